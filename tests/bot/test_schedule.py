"""The heartbeat."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.schedule import Schedule


def _now() -> datetime:
    return datetime.now(UTC)


async def test_a_job_that_raises_is_logged_and_runs_again() -> None:
    """A failing job says so in the log and does not end its own beat."""
    beats = 0
    again = asyncio.Event()

    async def job() -> None:
        nonlocal beats
        beats += 1
        if beats == 2:
            again.set()
        raise ValueError("the disk is gone")

    schedule = Schedule(now=_now)
    schedule.every(timedelta(milliseconds=20), "look:posts", job)
    with capture_logs() as logged:
        schedule.start()
        await asyncio.wait_for(again.wait(), timeout=60)
        schedule.stop()
    assert {"event": "job.failed", "job": "look:posts"}.items() <= logged[0].items()


async def test_a_slow_job_never_runs_twice_at_a_time(caplog: pytest.LogCaptureFixture) -> None:
    """A beat that falls into its job's own run is left out, without a word."""
    running, most, runs = 0, 0, 0
    enough = asyncio.Event()

    async def job() -> None:
        nonlocal running, most, runs
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1
        runs += 1
        if runs == 3:
            enough.set()

    schedule = Schedule(now=_now)
    schedule.every(timedelta(milliseconds=10), "slow", job)
    schedule.start()
    await asyncio.wait_for(enough.wait(), timeout=60)
    schedule.stop()
    assert most == 1
    assert "skipped" not in caplog.text


async def test_a_job_that_runs_when_the_beat_stops_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """Stopping cancels what runs, and complains of nothing."""
    runs = asyncio.Event()

    async def job() -> None:
        runs.set()
        await asyncio.sleep(60)

    schedule = Schedule(now=_now)
    schedule.every(timedelta(seconds=60), "look:posts", job)
    schedule.start()
    await asyncio.wait_for(runs.wait(), timeout=60)
    schedule.stop()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]
