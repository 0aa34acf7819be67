"""What the paces of all platforms have in common: evenly spaced places, and the answers' share of them. Pure.

A server counts when a message arrives, not when it left. So a second's worth of messages is spread over a little more
than a second, by what two messages may gain on each other on their way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SECOND: Final = 1.02
"""Seconds that a second's worth of messages takes."""
SLACK: Final = 0.004
"""Seconds by which a message may be late without delaying those behind it."""
ANSWER_SHARE: Final = 4
"""One place in so many is for answers, where there are more of them."""
ANSWERS_AT_ONCE: Final = 8
"""Answers that may come together before their share counts."""
_MOMENT: Final = 1e-6
"""Seconds that are nothing: what sums of fractions leave over."""


@dataclass(slots=True, kw_only=True)
class Places:
    """Places in a line, `every` so many seconds; the next is free at `free_at`, or later, when somebody wants it."""

    every: float
    free_at: float

    def at(self, now: float) -> float:
        """When whoever takes the next place may leave."""
        return max(now, self.free_at)

    def take(self, at: float) -> None:
        """Somebody leaves at a moment that was free."""
        self.free_at = max(self.free_at, at - SLACK) + self.every


@dataclass(slots=True, kw_only=True)
class Share:
    """How far the answers have used up their share of the places; `until`: the moment to which they have."""

    until: float

    def free_at(self, every: float) -> float:
        """When the next answer may be given a place, where there is one `every` so many seconds."""
        return self.until - ANSWERS_AT_ONCE * ANSWER_SHARE * every

    def take(self, now: float, every: float) -> None:
        """An answer is given a place."""
        self.until = max(self.until, now) + ANSWER_SHARE * every


def is_before(moment: float, other: float) -> bool:
    """Whether a moment is earlier than another, by more than sums of fractions leave over."""
    return other - moment > _MOMENT


def left(moment: float, now: float) -> float:
    """Seconds until a moment; 0 once it is there."""
    return moment - now if is_before(now, moment) else 0.0
