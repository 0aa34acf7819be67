"""What an account may pay for a day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from adapters.telegram.pace import PAID_EVERY, TelegramPace
from bot.allowance import GLANCE, Allowance
from storage.allowance import take_allowance
from storage.sqlite import SqliteStore

NOON = datetime(2025, 11, 21, 12, 0, tzinfo=UTC)
LANE = "telegram:7"


class Clock:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        """Now."""
        return self.now


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A real store."""
    opened = await SqliteStore.open(tmp_path / "sudi.db", now=lambda: NOON)
    yield opened
    await opened.close()


async def use_all(allowance: Allowance, pace: TelegramPace) -> int:
    """Use whatever is granted until nothing is any more; how much that was."""
    used = 0
    while True:
        await allowance.top_up()
        if pace.paid_left == 0:
            return used
        used += pace.paid_left
        pace.grant(-pace.paid_left)


async def test_no_more_a_day_than_is_allowed(store: SqliteStore) -> None:
    """However fast it is used, an account pays for no more a day than its setting says; the next day begins anew."""
    clock, pace = Clock(), TelegramPace(born=0.0, paid=True)
    allowance = Allowance(LANE, pace, store=store, now=clock, per_day=5010)
    assert await use_all(allowance, pace) == 5010
    clock.now += timedelta(days=1)
    assert await use_all(allowance, pace) == 5010


async def test_allowance_survives_restarts(store: SqliteStore) -> None:
    """A restart gives nothing twice: what was taken is taken, and at most a twentieth of the day's is forfeited."""
    used = 0
    for _ in range(4):
        pace = TelegramPace(born=0.0, paid=True)
        allowance = Allowance(LANE, pace, store=store, now=Clock(), per_day=2000)
        await allowance.top_up()
        assert 0 < pace.paid_left <= 100
        used += 30
    pace = TelegramPace(born=0.0, paid=True)
    used += await use_all(Allowance(LANE, pace, store=store, now=Clock(), per_day=2000), pace)
    assert 2000 - 4 * 100 <= used <= 2000


@pytest.mark.parametrize("per_day", [30, 100, 200, 5_000, 1_000_000])
async def test_a_small_allowance_keeps_nobody_waiting(store: SqliteStore, per_day: int) -> None:
    """Half of what is granted lasts until the next look, however fast it is used; or else it is all of the day's."""
    pace = TelegramPace(born=0.0, paid=True)
    allowance = Allowance(LANE, pace, store=store, now=Clock(), per_day=per_day)
    await allowance.top_up()
    assert pace.paid_left / 2 >= min(GLANCE / PAID_EVERY, per_day / 2) - 1


async def test_allowance_ends_with_its_day(store: SqliteStore) -> None:
    """What is left of a block when the day ends is not used on the next one beside that day's own."""
    clock, pace = Clock(), TelegramPace(born=0.0, paid=True)
    allowance = Allowance(LANE, pace, store=store, now=clock, per_day=100)
    await allowance.top_up()
    clock.now += timedelta(days=1)
    assert await use_all(allowance, pace) == 100


async def test_lanes_have_their_own(store: SqliteStore) -> None:
    """One account's messages use up nothing of another's."""
    for lane in ("telegram:7", "telegram:8"):
        given = await store.write(take_allowance, lane, day=date(2025, 11, 21), block=500, per_day=300)
        assert given == 300
        assert await store.write(take_allowance, lane, day=date(2025, 11, 21), block=500, per_day=300) == 0


async def test_clock_that_is_set_back_gives_nothing_twice(store: SqliteStore) -> None:
    """A wall clock that is set back to yesterday and put right again begins no day a second time."""
    clock, pace = Clock(), TelegramPace(born=0.0, paid=True)
    allowance = Allowance(LANE, pace, store=store, now=clock, per_day=100)
    assert await use_all(allowance, pace) == 100
    for days in (-1, 1):
        clock.now += timedelta(days=days)
        assert await use_all(allowance, pace) == 0
