"""What a reader chooses: series, layout, language, zone."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A subscription's choices. An empty `zone` is the setting `time_zone`."""

    series: frozenset[str] = field(default_factory=lambda: frozenset({EVERY_SERIES}))
    layout: Layout = Layout.FULL
    language: str = "zh"
    zone: str = ""

    def wants(self, series: str) -> bool:
        """Whether a digest of this series is to be brought."""
        return EVERY_SERIES in self.series or series in self.series
