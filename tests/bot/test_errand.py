"""Work that is done when it is asked for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from structlog.testing import capture_logs

from bot.errand import Errand
from storage.store import StoreBusy


@asynccontextmanager
async def _running(job: Callable[[], Awaitable[object]]) -> AsyncIterator[Errand]:
    errand = Errand("test", job, rest=0.01)
    task = asyncio.create_task(errand.run())
    yield errand
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_many_requests_are_one_run_and_one_made_meanwhile_is_another() -> None:
    """Requests before a run are one run; a request during a run is not lost."""
    runs = 0
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def job() -> None:
        nonlocal runs
        runs += 1
        begun.set()
        await go_on.wait()

    async with _running(job) as errand:
        for _ in range(100):
            errand.ask()
        await asyncio.wait_for(begun.wait(), timeout=60)
        errand.ask()
        go_on.set()
        await asyncio.sleep(0.05)
        assert runs == 2


async def test_a_job_that_fails_is_logged_and_tried_again() -> None:
    """Neither a busy store nor a fault ends the errand; both are logged, and the work is done in the end."""
    faults = [StoreBusy("locked"), ValueError("a mistake")]
    done = asyncio.Event()

    async def job() -> None:
        if faults:
            raise faults.pop(0)
        done.set()

    with capture_logs() as logged:
        async with _running(job) as errand:
            errand.ask()
            await asyncio.wait_for(done.wait(), timeout=60)
    assert [line["event"] for line in logged] == ["errand.waits_for_store", "errand.failed"]
