"""How many refusals an address collects, and when nothing leaves any more."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord.budget import ENOUGH, LONGEST_BAN, MOST, WINDOW, Budget

BANNED = 10_000
"""Refusals within ten minutes that ban an address."""


@dataclass(slots=True)
class Clock:
    """A clock that is set by hand."""

    now: float = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def spend(budget: Budget, times: int, status: int = 403, scope: str = "") -> None:
    """Collect refusals."""
    for _ in range(times):
        budget.note(status, scope)


def test_only_what_bans_counts() -> None:
    """401, 403 and 429 count; other refusals, successes, and a 429 of what others share do not."""
    for status, scope in ((400, ""), (404, ""), (200, ""), (500, ""), (429, "shared")):
        budget = Budget(Clock())
        spend(budget, MOST, status, scope)
        assert budget.wait() == 0
    for status, scope in ((401, ""), (403, ""), (429, ""), (429, "user"), (429, "global")):
        budget = Budget(Clock())
        spend(budget, MOST - 1, status, scope)
        assert budget.wait() == 0
        spend(budget, 1, status, scope)
        assert budget.wait() > 0


def test_it_goes_on_when_enough_has_passed() -> None:
    """Nothing leaves until no more than three quarters of the allowed refusals are left in the window."""
    clock = Clock()
    budget = Budget(clock)
    for second in range(MOST):
        clock.now = second * 0.1
        budget.note(403)
    assert clock.now + budget.wait() == (MOST - ENOUGH - 1) * 0.1 + WINDOW
    clock.now += budget.wait()
    assert budget.wait() == 0


def test_what_is_older_than_the_window_is_forgotten() -> None:
    """Refusals that are ten minutes old count no more."""
    clock = Clock()
    budget = Budget(clock)
    spend(budget, MOST - 1)
    clock.now = WINDOW
    spend(budget, MOST - 1)
    assert budget.wait() == 0


@settings(max_examples=25)
@given(st.lists(st.floats(0, 5), max_size=200), st.integers(1, 64))
def test_no_ban_whatever_is_refused(pauses: list[float], in_flight: int) -> None:
    """Whoever asks before each request, so many at once, never comes near the ban, however everything is refused."""
    clock = Clock()
    budget = Budget(clock)
    heard: list[float] = []
    for pause in pauses * 20:
        if budget.wait() == 0:
            spend(budget, in_flight)
            heard += [clock.now] * in_flight
        clock.now += pause
        assert len(heard) - bisect_right(heard, clock.now - WINDOW) < BANNED / 4


def test_a_ban_that_says_how_long() -> None:
    """A ban that says how long it lasts is left alone for so long."""
    clock = Clock()
    budget = Budget(clock)
    assert budget.bar(90.0) == 90.0
    assert budget.wait() == 90.0


def test_a_ban_that_does_not_say_how_long() -> None:
    """It is left alone for five seconds, then twice as long each time, ten minutes at most, until something passes."""
    clock = Clock()
    budget = Budget(clock)
    rests = [budget.bar(None) for _ in range(9)]
    assert rests == [5, 10, 20, 40, 80, 160, 320, LONGEST_BAN, LONGEST_BAN]
    budget.note(200)
    assert budget.bar(None) == 5.0
