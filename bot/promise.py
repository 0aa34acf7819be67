"""Promises digests to whoever wants them, and corrections to whoever has them, page by page.

Each page is one unit of work that moves the cursor along: a restart goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from storage import ledger
from storage.store import Store

PAGE = 2_000
"""Subscriptions in one page, at most."""
SMALLEST_PAGE = 100
LONGEST_WRITE = 0.025
"""Seconds. A page that took longer makes the next one smaller, so that nobody waits for the writer for 50 ms."""


class Promiser:
    """Makes the deliveries of the digests that have something left to promise.

    `made` is called after each page that made any, so that lanes look at their queues.
    """

    def __init__(
        self, store: Store, *, now: Callable[[], datetime], made: Callable[[], None] = lambda: None, page: int = PAGE
    ) -> None:
        self._store = store
        self._now = now
        self._made = made
        self._most = page

    async def promise(self) -> int:
        """Promise everything that is left, a page of corrections beside each of promises; how many deliveries.

        Raises StoreError; what was promised until then is kept.
        """
        deliveries, page, loop = 0, self._most, asyncio.get_running_loop()
        while await self._store.read(ledger.unpromised):
            began = loop.time()
            made = await self._store.write(ledger.promise_on, page=page, now=self._now())
            page = next_page(page, loop.time() - began, most=self._most)
            deliveries += made
            if made:
                self._made()
        return deliveries


def next_page(page: int, seconds: float, *, most: int) -> int:
    """How large the next page is, after one that took so long."""
    if seconds > LONGEST_WRITE:
        return min(most, max(SMALLEST_PAGE, page // 2))
    return min(most, page + page // 8 + 1)
