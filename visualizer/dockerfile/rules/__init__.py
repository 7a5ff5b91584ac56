"""The table of rules. A rule is a small function from an Analysis to diagnoses; it stands in the
file of its topic, beside its words. To add one: write both there, add the function to the file's
RULES, and give it a pair of examples in `tests/dockerfile/diagnoses/`."""

from collections.abc import Callable, Iterable

from visualizer.dockerfile.analysis import Analysis
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
from visualizer.events.types import Diagnosis

Rule = Callable[[Analysis], Iterable[Diagnosis]]

RULES: tuple[Rule, ...] = (
    *spelling.RULES,
    *images.RULES,
    *forms.RULES,
    *commands.RULES,
    *variables.RULES,
    *copies.RULES,
    *settings.RULES,
    *layers.RULES,
)
