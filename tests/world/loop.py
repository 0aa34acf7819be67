"""An event loop on virtual time: it starts at 0 and jumps to its next timer; the same program makes the same steps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class Stuck(Exception):
    """Everything waits, and nothing will ever happen again."""


class TooManySteps(Exception):
    """The universe went round and round: its budget of steps is spent."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs what is ready, then lets time jump. `budget`: turns of the loop until it gives up."""

    def __init__(self, *, budget: int) -> None:
        super().__init__()
        self._selector = self
        self._clock_resolution = 1e-6
        self._seconds = 0.0
        self.budget = budget
        self._at_step: dict[int, Callable[[], None]] = {}
        self.steps = 0

    def time(self) -> float:
        """Virtual seconds."""
        return self._seconds

    def after_steps(self, steps: int, what: Callable[[], None]) -> None:
        """Do something after so many turns of the loop, wherever everybody is by then."""
        self._at_step[self.steps + max(1, steps)] = what

    def select(self, timeout: float | None) -> list[Any]:
        """One turn of the loop: let the time pass that nobody uses."""
        self.steps += 1
        if self.steps > self.budget:
            raise TooManySteps(f"{self.steps} steps in {self._seconds:.0f} s")
        if (what := self._at_step.pop(self.steps, None)) is not None:
            what()
            return []
        if timeout is None:
            raise Stuck(f"at {self._seconds:.3f} s")
        self._seconds += max(0.0, timeout)
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none: nothing comes from outside."""

    def _write_to_self(self) -> None:
        """Nobody calls from another thread."""
