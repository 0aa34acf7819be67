"""Keeps an account's pace supplied with messages that it may pay for, never more a day (of UTC) than a setting says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final, Protocol, runtime_checkable

import structlog

from storage.allowance import take_allowance
from storage.store import Store, StoreError

log = structlog.get_logger(__name__)

LARGEST_BLOCK: Final = 1000
"""Messages taken of the day's allowance at once: a second of them."""
BLOCKS_A_DAY: Final = 20
"""An allowance is taken in so many blocks, so that a restart forfeits a twentieth of it at most; or the least block."""
LEAST_BLOCK: Final = 100
"""Messages of which half last until the next look: a lane that has to wait for more is slower than without paying."""
GLANCE: Final = 0.05
"""Seconds between two looks at what is left of the block."""
STORE_RESTS: Final = 5.0
"""Seconds until a store that could not do its work is asked again."""


@runtime_checkable
class Payer(Protocol):
    """What pays: a pace with paid messages."""

    @property
    def paid_left(self) -> int:
        """Messages that may still be paid for."""

    def grant(self, messages: int) -> None:
        """So many more; or fewer, where it is negative."""


class Allowance:
    """What one lane may pay for, `per_day` messages a day. `now` is the wall clock."""

    def __init__(self, lane: str, payer: Payer, *, store: Store, now: Callable[[], datetime], per_day: int) -> None:
        self._lane = lane
        self._payer = payer
        self._store = store
        self._now = now
        self._per_day = per_day
        self._block = max(1, min(LEAST_BLOCK, per_day), min(LARGEST_BLOCK, per_day // BLOCKS_A_DAY))
        self._day: date | None = None
        self._used_up = False

    async def run(self) -> None:
        """Top the pace up until cancelled."""
        while True:
            try:
                await self.top_up()
            except StoreError as error:
                log.warning("allowance.waits_for_store", lane=self._lane, why=str(error))
                await asyncio.sleep(STORE_RESTS)
            await asyncio.sleep(GLANCE)

    async def top_up(self) -> None:
        """Take another block where less than half of one is left; what is left of yesterday's ends with it.

        Raises StoreError.
        """
        day = self._now().astimezone(UTC).date()
        if day != self._day:
            self._day, self._used_up = day, False
            self._payer.grant(-self._payer.paid_left)
        if self._used_up or 2 * self._payer.paid_left >= self._block:
            return
        given = await self._store.write(take_allowance, self._lane, day=day, block=self._block, per_day=self._per_day)
        self._payer.grant(given)
        if given < self._block:
            self._used_up = True
            log.info("allowance.used_up", lane=self._lane, per_day=self._per_day)
