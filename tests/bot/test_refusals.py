"""What a platform refuses is kept over a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.discord.budget import MOST, Budget
from adapters.platform import Platform
from bot.refusals import Refusals
from storage.refusals import refusals
from storage.sqlite import SqliteStore

NOON = datetime(2025, 11, 21, 12, 0, tzinfo=UTC)


def noon() -> datetime:
    """A wall clock that stands."""
    return NOON


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A real store."""
    opened = await SqliteStore.open(tmp_path / "sudi.db", now=noon)
    yield opened
    await opened.close()


async def lived(budget: Budget, store: SqliteStore, refused: int) -> None:
    """A program begins, is refused so often, and is killed once that is written down."""
    kept = Refusals(Platform.DISCORD, budget, store=store, now=noon)
    await kept.recall()
    running = asyncio.create_task(kept.run())
    for _ in range(refused):
        budget.note(403)
    said = budget.written(NOON.timestamp())
    while await store.read(refusals, Platform.DISCORD) != said:  # noqa: ASYNC110 (nobody tells)
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})


async def test_a_crash_loop_does_not_use_up_the_address(store: SqliteStore) -> None:
    """A program that ends and begins again is silent after as many refusals as one that goes on."""
    clock = asyncio.get_running_loop().time
    for _ in range(10):
        budget = Budget(clock)
        await lived(budget, store, MOST // 10)
    assert budget.wait() > 0
    again = Budget(clock)
    await lived(again, store, 0)
    assert again.wait() > 0


async def test_nothing_is_written_where_nothing_is_refused(store: SqliteStore) -> None:
    """A platform that refuses nothing costs the store nothing."""
    budget = Budget(asyncio.get_running_loop().time)
    kept = Refusals(Platform.DISCORD, budget, store=store, now=noon)
    await kept.recall()
    running = asyncio.create_task(kept.run())
    budget.note(200)
    await asyncio.sleep(0)
    running.cancel()
    assert await store.read(refusals, Platform.DISCORD) == ""
