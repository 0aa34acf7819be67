"""Promises digests to whoever wants them, and corrections to whoever has them, page by page.

Each page is one unit of work that moves the cursor along: a restart goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from storage import ledger
from storage.store import Store

PAGE = 2_000
"""Subscriptions in one page: their promises are written within the 50 ms that a write may last."""


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
        self._page = page

    async def promise(self) -> int:
        """Promise everything that is left, a page of corrections between two of promises; how many deliveries.

        Raises StoreError; what was promised until then is kept.
        """
        deliveries = 0
        while await self._store.read(ledger.unpromised):
            pages = [
                await self._store.write(ledger.promise_page, page=self._page, now=self._now()),
                await self._store.write(ledger.correct_page, page=self._page, now=self._now()),
            ]
            made = sum(page.deliveries for page in pages if page is not None)
            deliveries += made
            if made:
                self._made()
        return deliveries
