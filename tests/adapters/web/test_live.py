"""Changes, told to open pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.web.live import Beacon


async def _changes(*numbers: int) -> AsyncIterator[int]:
    for number in numbers:
        yield number


async def _broken() -> AsyncIterator[int]:
    yield 1
    raise OSError("gone")


async def test_whoever_waits_is_woken_by_the_next_change() -> None:
    """A change wakes every open page."""
    beacon = Beacon()
    waiting = [asyncio.create_task(beacon.after(0, 60)) for _ in range(3)]
    await asyncio.sleep(0)
    beacon.stir()
    assert await asyncio.gather(*waiting) == [1, 1, 1]


async def test_a_change_that_was_missed_is_told_at_once() -> None:
    """Whoever saw less than there is does not wait."""
    beacon = Beacon()
    await beacon.watch(_changes(7, 9))
    assert await beacon.after(0, 60) == 2


async def test_patience_ends_without_a_change() -> None:
    """Without a change the count stays, after the patience."""
    assert await Beacon().after(0, 0) == 0


async def test_the_end_wakes_everybody() -> None:
    """At the end nobody waits any longer."""
    beacon = Beacon()
    waiting = asyncio.create_task(beacon.after(0, 60))
    await asyncio.sleep(0)
    beacon.end()
    assert await waiting == 0
    assert beacon.over
    assert await beacon.after(0, 60) == 0


async def test_a_watch_that_breaks_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """When changes cannot be followed any longer, the log says so."""
    await Beacon().watch(_broken())
    assert "no longer told" in caplog.text
