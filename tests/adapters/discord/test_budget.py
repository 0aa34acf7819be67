"""How many refusals an address collects, and when nothing leaves any more."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord.budget import ENOUGH, LONGEST_BAN, MOST, SLOT, WINDOW, Budget

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


# --- Over a restart ----------------------------------------------------------------------------------------------

NOON = 1_763_726_400.0
"""The wall clock when a budget is written down, in seconds since 1970."""


def restarted(budget: Budget, away: float = 0.0) -> tuple[Budget, Clock]:
    """A new budget with a clock of its own, which recalls another's so many seconds (of the wall clock) later."""
    clock = Clock(now=5.0)
    again = Budget(clock)
    again.recall(budget.written(NOON), NOON + away)
    return again, clock


def test_what_was_refused_before_a_restart_counts_behind_it() -> None:
    """However often a program begins again, its refusals within ten minutes are counted together."""
    budget = Budget(Clock(now=70.0))
    for life in range(4):
        spend(budget, MOST // 4 - (life == 3))
        budget, clock = restarted(budget, 30.0)
    assert budget.wait() == 0
    spend(budget, 1)
    assert budget.wait() > 0
    clock.now += WINDOW
    assert budget.wait() == 0


@pytest.mark.parametrize(("away", "left"), [(0, WINDOW), (WINDOW - 1, 1), (WINDOW, 0), (365 * 86_400, 0)])
def test_a_stop_lasts_over_a_restart(away: float, left: float) -> None:
    """Where nothing might leave, nothing leaves behind a restart either, for as long as it would have lasted."""
    budget = Budget(Clock())
    spend(budget, MOST)
    again, _ = restarted(budget, away)
    assert left <= again.wait() <= (left + 1 if left else 0)


def test_a_ban_lasts_over_a_restart() -> None:
    """The address is as banned as before."""
    budget = Budget(Clock())
    budget.bar(90.0)
    again, _ = restarted(budget, 30.0)
    assert 60 <= again.wait() <= 61


def test_refusals_of_long_ago_are_forgotten_over_a_restart() -> None:
    """Of what was written down, what is older than the window counts no more, give or take some seconds."""
    budget = Budget(Clock())
    spend(budget, MOST - 1)
    for away, waits in ((WINDOW - 1, True), (WINDOW + SLOT, False)):
        again, _ = restarted(budget, away)
        spend(again, 1)
        assert (again.wait() > 0) is waits


def test_a_clock_that_was_turned_back_silences_nobody_for_long() -> None:
    """What seems to be of the future counts as of now: a window later everything is as new."""
    budget = Budget(Clock())
    spend(budget, MOST)
    again, clock = restarted(budget, -365 * 86_400.0)
    assert 0 < again.wait() <= WINDOW
    clock.now += WINDOW
    assert again.wait() == 0
    spend(again, MOST - 1)
    assert again.wait() == 0


@pytest.mark.parametrize("said", ["", "0", "nonsense", "0 5", "0 x:y", "0 5:-3", "-1 7:nan", "inf 1:1"])
def test_what_cannot_be_read_counts_as_nothing(said: str) -> None:
    """A note that is none of ours keeps nobody from beginning."""
    budget = Budget(Clock())
    budget.recall(said, NOON)
    assert budget.wait() == 0
    spend(budget, MOST - 1)
    assert budget.wait() == 0


def test_whoever_writes_down_is_told_what_is_new() -> None:
    """Each refusal that counts, and each ban, is told as soon as it is noted; nothing else is."""
    budget, told = Budget(Clock()), []
    budget.changed = lambda: told.append(1)
    for status, scope in ((200, ""), (404, ""), (429, "shared")):
        budget.note(status, scope)
    assert not told
    budget.note(403)
    budget.bar(None)
    assert len(told) == 2
