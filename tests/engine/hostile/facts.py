"""What a tape has told its learner, as short facts that an attack can name, and in words."""

import re

from visualizer.events import types as event
from visualizer.events.types import AnyEvent


def facts(tape: list[AnyEvent]) -> set[str]:
    """`limit:<what>`, `diagnosis:<code>`, `exit:<reason>`, `removed`."""
    return {fact for each in tape if (fact := _fact(each))}


def has_told(tape: list[AnyEvent], told: tuple[tuple[str, ...], ...]) -> bool:
    """Whether all facts of one of these were told; `output:<text>` is that the text was shown."""
    known, shown = facts(tape), output(tape)
    return any(
        all(
            fact.removeprefix("output:") in shown if fact.startswith("output:") else fact in known
            for fact in wanted
        )
        for wanted in told
    )


def output(tape: list[AnyEvent]) -> str:
    """All that steps and main processes have written."""
    kinds = (event.StepOutput, event.ContainerOutput)
    return "".join(each.text for each in tape if isinstance(each, kinds))


def in_words(tape: list[AnyEvent]) -> str:
    """For a table: the first words of each kind, as the lab's page shows them."""
    refused = ", ".join(dict.fromkeys(re.findall(r"^no-(\w+)$", output(tape), re.MULTILINE)))
    found = dict.fromkeys(words for each in tape if (words := _words(each)))
    return "; ".join([*([f"refused: {refused}"] if refused else []), *found])


def _fact(each: AnyEvent) -> str:
    match each:
        case event.LimitReached(what=what) | event.OutputTruncated(what=what):
            return f"limit:{what}"
        case event.StepFailed(diagnosis=event.Diagnosis(code=code)):
            return f"diagnosis:{code}"
        case event.BuildFailed(diagnosis=event.Diagnosis(code=code)):
            return f"diagnosis:{code}"
        case event.ContainerExited(reason=reason):
            return f"exit:{reason}"
        case event.ContainerRemoved():
            return "removed"
    return ""


def _words(each: AnyEvent) -> str:
    match each:
        case event.LimitReached(what=what) | event.OutputTruncated(what=what):
            return f"limit `{what}`"
        case event.BuildFailed(diagnosis=event.Diagnosis(title=title)):
            return f"“{title}”"
        case event.BuildFailed(message=message):
            return f"“{message}”"
        case event.ImageBuilt():
            return "it builds, and nothing comes of it"
        case event.ContainerExited(reason=reason):
            return f"ends: {reason}"
        case event.ContainerRemoved():
            return "removed"
    return ""
