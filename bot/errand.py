"""Work that is done when it is asked for: many requests in a short time are one run, and never two at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from storage.store import StoreError

log = structlog.get_logger(__name__)


class Errand:
    """A job that runs once for all requests made before it begins.

    Where the store cannot do its work, or the job has a fault, it is logged and tried again after `rest` seconds.
    """

    def __init__(self, name: str, job: Callable[[], Awaitable[object]], *, rest: float = 1.0) -> None:
        self._name = name
        self._job = job
        self._rest = rest
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Have it run soon. May be called at any time, cheaply."""
        self._asked.set()

    async def run(self) -> None:
        """Run whenever asked, until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            try:
                await self._job()
            except StoreError as error:
                log.warning("errand.waits_for_store", errand=self._name, why=str(error))
                await self._again()
            except Exception:
                log.exception("errand.failed", errand=self._name)
                await self._again()

    async def _again(self) -> None:
        await asyncio.sleep(self._rest)
        self._asked.set()
