"""Keeps the checkouts of Git sources fresh: each asks its remote in its own time, and rests longer while it fails.

What came of it is kept for those who ask; a failure is told once, as an alert and in the log, and so is its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.looking.checkout import Checkout, Fetched
from bot.looking.git import GitFailed, Trouble
from bot.looking.patience import Patience
from bot.looking.repository import told
from storage import alerts, posts
from storage.database import Database
from storage.store import Store, StoreError

LONGEST_REST: Final = timedelta(hours=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """What is fetched: a source by name, its checkout, and how often its remote is asked."""

    source: str
    checkout: Checkout
    every: timedelta


class Fetcher:
    """Fetches one remote again and again.

    `now` is the clock, `random` a number from 0 to 1; `told` is called when there is something new to show of it.
    """

    def __init__(
        self,
        remote: Remote,
        store: Store,
        *,
        now: Callable[[], datetime],
        random: Callable[[], float],
        told: Callable[[], None],
    ) -> None:
        self._remote = remote
        self._store = store
        self._now = now
        self._random = random
        self._told = told
        self._patience = Patience(usual=remote.every, longest=max(LONGEST_REST, remote.every))
        self._failures = 0

    async def run(self) -> None:
        """Fetch, rest, and so on, until cancelled."""
        while True:
            rest = await self.fetch()
            await asyncio.sleep(rest.total_seconds())

    async def fetch(self) -> timedelta:
        """Ask the remote once; how long to rest then. Raises nothing: whatever fails is tried again."""
        self._failures += 1  # until it is known to have come through
        try:
            return await self._fetch()
        except StoreError as error:
            log.warning("fetch.waits_for_store", source=self._remote.source, why=str(error))
        except Exception:
            log.exception("fetch.failed", source=self._remote.source)
        return self._patience.rest(self._failures, self._random())

    async def _fetch(self) -> timedelta:
        try:
            fetched = await self._remote.checkout.fetch()
        except GitFailed as failure:
            return await self._failed(failure)
        self._failures = 0
        rest = self._patience.rest(0, 0.0)
        if fetched.changed:
            log.info("source.fetched", source=self._remote.source, commit=fetched.commit)
        if await self._store.write(_well, self._remote.source, fetched, self._now(), rest):
            log.info("source.reachable", source=self._remote.source)
        self._told()
        return rest

    async def _failed(self, failure: GitFailed) -> timedelta:
        rest = self._patience.rest(self._failures, self._random())
        if await self._store.write(_ill, self._remote, failure.trouble, self._now(), rest):
            log.warning("source.unreachable", source=self._remote.source, code=failure.trouble, why=failure.why)
        self._told()
        return rest


def _well(db: Database, source: str, fetched: Fetched, now: datetime, rest: timedelta) -> bool:
    """It was received; True when it could not be before."""
    posts.add_source(db, source)
    posts.note_fetch(db, source, fetched.commit, now, following=now + rest)
    return alerts.settle_alert(db, fetch_alert_of(source), now)


def _ill(db: Database, remote: Remote, trouble: Trouble, now: datetime, rest: timedelta) -> bool:
    """It could not be received; True when that is news."""
    name = remote.source
    posts.add_source(db, name)
    posts.fail_fetch(db, name, trouble, now, following=now + rest)
    details = {"source": name, **told(remote.checkout.repository)}
    return alerts.raise_alert(db, fetch_alert_of(name), trouble, details, now)


def fetch_alert_of(source: str) -> str:
    """The name of what is wrong with a source's remote."""
    return f"fetch:{source}"
