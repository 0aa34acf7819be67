"""The heartbeat: what happens again and again. The truth is in the tables; a missed or doubled beat changes nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

Job = Callable[[], Awaitable[object]]

log = structlog.get_logger(__name__)


async def guarded(name: str, job: Job) -> None:
    """Run a job once; one that raises is logged with its name, and ends nobody else."""
    try:
        await job()
    except Exception:
        log.exception("job.failed", job=name)


def _is_news(record: logging.LogRecord) -> bool:
    """That a beat fell into its job's own run is meant so, and nothing to warn of."""
    return "maximum number of running instances" not in str(record.msg)


class Schedule:
    """Jobs at intervals, each at most once at a time; in memory, because the tables are the truth."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        logging.getLogger("apscheduler.scheduler").addFilter(_is_news)

    def every(self, interval: timedelta, name: str, job: Job, *, at_once: bool = True) -> None:
        """Run the job at this interval, first now (`at_once`) or after one interval.

        A job that raises is logged with its name and runs again at its next beat.
        """

        async def beat() -> None:
            try:
                await guarded(name, job)
            except asyncio.CancelledError:
                log.debug("job.stopped", job=name)

        self._scheduler.add_job(
            beat,
            IntervalTrigger(seconds=interval.total_seconds(), timezone=UTC),
            id=name,
            next_run_time=self._now() if at_once else self._now() + interval,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )

    def start(self) -> None:
        """Begin to beat."""
        self._scheduler.start()

    def stop(self) -> None:
        """Beat no more, if it ever did; a job that runs is cancelled."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
