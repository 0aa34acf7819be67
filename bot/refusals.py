"""Keeps over a restart how much a platform refused of late: a ban is by address, which a restart does not change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

import structlog

from adapters.platform import Platform
from storage.refusals import keep_refusals, refusals
from storage.store import Store, StoreError

log = structlog.get_logger(__name__)

STORE_RESTS: Final = 5.0
"""Seconds until a store that could not do its work is asked again."""


class Counted(Protocol):
    """A budget of refusals. `changed` is called when there is more to write down."""

    changed: Callable[[], None]

    def written(self, wall: float) -> str:
        """What a restart has to know; `wall`: seconds since 1970."""

    def recall(self, said: str, wall: float) -> None:
        """Go on where a program before this one was."""


class Refusals:
    """What one platform's budget counts, written down as soon as it is heard. `now` is the wall clock."""

    def __init__(self, platform: Platform, budget: Counted, *, store: Store, now: Callable[[], datetime]) -> None:
        self._platform = platform
        self._budget = budget
        self._store = store
        self._now = now
        self._changed = asyncio.Event()
        budget.changed = self._changed.set

    async def recall(self) -> None:
        """Go on where a program before this one was: before anything is asked. Raises StoreError."""
        said = await self._store.read(refusals, self._platform)
        if said:
            self._budget.recall(said, self._now().timestamp())

    async def run(self) -> None:
        """Write down what is new, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._write()
            except StoreError as error:
                log.warning("refusals.wait_for_store", platform=self._platform, why=str(error))
                await asyncio.sleep(STORE_RESTS)
                self._changed.set()

    async def _write(self) -> None:
        await self._store.write(keep_refusals, self._platform, self._budget.written(self._now().timestamp()))
