"""What is measured: a number, what was measured beside it in the same run, and the goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure. `reference` is measured beside it; the goal is a bound from above or from below; `note` explains."""

    name: str
    value: float
    unit: str
    reference: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The value to its reference."""
        return self.value / self.reference if self.reference else None

    @property
    def goal(self) -> str | None:
        """The goal in words, such as `≤ 3`."""
        if self.at_most is not None:
            return f"≤ {self.at_most:,g}"
        return None if self.at_least is None else f"≥ {self.at_least:,g}"

    @property
    def ok(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return None if self.at_least is None else self.value >= self.at_least

    def to_json(self) -> dict[str, Any]:
        """As it stands in the results."""
        ratio = None if self.ratio is None else round(self.ratio, 2)
        reference = None if self.reference is None else round(self.reference, 3)
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "reference": reference,
            "ratio": ratio,
            "goal": self.goal,
            "ok": self.ok,
        }


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    return sorted(values)[max(0, ceil(len(values) * share) - 1)]
