"""The page `docs/diagnoses.md`, made from the messages of every topic; `manage.py vocabulary`
writes it, since the engines have topics of their own."""

import string
from collections.abc import Iterator

from visualizer.dockerfile import (
    copying,
    failure_words,
    flags,
    policy,
    reading,
    scope,
    stages,
)
from visualizer.dockerfile.diagnosis import Message, Topic
from visualizer.dockerfile.rules import (
    commands,
    copies,
    forms,
    images,
    layers,
    settings,
    spelling,
    variables,
)

TOPICS: tuple[Topic, ...] = tuple(
    module.TOPIC
    for module in (
        reading,
        spelling,
        flags,
        stages,
        images,
        scope,
        variables,
        copying,
        copies,
        commands,
        forms,
        settings,
        layers,
        policy,
        failure_words,
    )
)
_HEAD = """# What Layercake says about a Dockerfile

<!-- Generated: `python manage.py vocabulary`. Do not edit. -->

Every diagnosis has a code that never changes, a severity, what happened, why, and what to try.
An **error** stops the build, a **warning** is very likely a mistake, a **hint** is a way to do it
better. ‹Words in angle quotes› are filled in from the file.
"""


def messages() -> Iterator[Message]:
    """Every message of this package, in the order of the page."""
    for topic in TOPICS:
        yield from topic.messages


def reference(*more: Topic) -> str:
    """The whole page as Markdown. `more` are the topics of other packages, put at the end."""
    parts = [_HEAD]
    for topic in (*TOPICS, *more):
        parts.append(f"\n## {topic.name}\n")
        parts += [_entry(message) for message in topic.messages]
    return "".join(parts)


def _entry(message: Message) -> str:
    return (
        f"\n### {message.code}\n\n**{message.severity}.** {_words(message.title)}\n\n"
        f"{_words(message.why)}\n\n*Try:* {_words(message.try_)}\n"
    )


def _words(template: str) -> str:
    parts = []
    for text, name, _, _ in string.Formatter().parse(template):
        parts.append(text + (f"‹{name}›" if name else ""))
    return "".join(parts).strip()
