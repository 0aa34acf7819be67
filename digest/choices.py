"""What a reader chooses: series, layout, language, zone, and who is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

EVERY_SERIES = "*"
"""In place of a series: every one, those to come included."""


class Layout(StrEnum):
    """How much of a digest a chat wants."""

    FULL = "full"
    BRIEF = "brief"
    HEADLINES = "headlines"


class Calls(StrEnum):
    """With what a chosen role is called."""

    BREAKING = "breaking"
    EVERY = "every"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A subscription's choices. An empty `zone` is the setting `time_zone`.

    `mention`: the id of the role whose members are called with what `calls` says; empty for nobody.
    """

    series: frozenset[str] = field(default_factory=lambda: frozenset({EVERY_SERIES}))
    layout: Layout = Layout.FULL
    language: str = "zh"
    zone: str = ""
    mention: str = ""
    calls: Calls = Calls.BREAKING

    def wants(self, series: str) -> bool:
        """Whether a digest of this series is to be brought."""
        return EVERY_SERIES in self.series or series in self.series
