"""A newsroom for tests of looking: a real folder, a real store, a clock that is set by hand, and one subscriber."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

from bot.look import Looked, Looker, Settling, Source
from digest.choices import Choices
from digest.model import Rules
from storage import digests, ledger, posts
from storage.alerts import Alert, open_alerts
from storage.digests import KeptDigest
from storage.ledger import DeliveryRow
from storage.posts import KeptPost
from storage.records import DeliveryState
from storage.sqlite import SqliteStore
from storage.subscriptions import Place, subscribe

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
SETTLE = timedelta(seconds=60)
HERE = Place(platform="web", account="local", chat="inbox")


def post(title: str, words: str = "Something happened.", **front: str) -> str:
    """A post with a title, one story and whatever else its front matter says."""
    lines = [f"title: {title}", *(f"{key}: {value}" for key, value in front.items())]
    head = "\n".join(lines)
    return f"---\n{head}\n---\n\n1. [{title}](https://example.com/{crc32(title.encode())})\n\n   {words}\n"


@dataclass
class Newsroom:
    """What a test does to the folder and the clock, and what it reads of the store."""

    folder: Path
    store: SqliteStore
    looker: Looker
    source: Source
    clock: list[datetime] = field(default_factory=lambda: [START])
    ticks: int = 0

    @property
    def now(self) -> datetime:
        """What the clock shows."""
        return self.clock[0]

    def save(self, path: str, text: str | bytes) -> Path:
        """Write a file, at a new time of the file system's own."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.touch(path)
        return file

    def touch(self, path: str) -> None:
        """Give a file a time that it never had."""
        self.ticks += 1
        os.utime(self.folder / path, ns=(self.ticks * 1_000_000, self.ticks * 1_000_000))

    def rename(self, path: str, new: str) -> None:
        """Rename a file."""
        (self.folder / new).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).rename(self.folder / new)

    def delete(self, path: str) -> None:
        """Delete a file."""
        (self.folder / path).unlink()

    async def look(self, *, after: float = 5) -> Looked:
        """Look, so many seconds later, and make the promises that follow."""
        self.clock[0] += timedelta(seconds=after)
        looked = await self.looker.look(self.source)
        while await self.store.write(ledger.promise_page, page=100, now=self.now):
            pass
        while await self.store.write(ledger.correct_page, page=100, now=self.now):
            pass
        return looked

    async def settle(self) -> Looked:
        """Look, and look again when everything has settled; what the second look did."""
        await self.look()
        return await self.look(after=61)

    async def posts(self) -> dict[str, KeptPost]:
        """The posts by path, those that are gone only where nothing else has their path."""
        found = await self.store.read(posts.posts, None, 10_000)
        return {kept.path: kept for kept in sorted(found, key=lambda kept: kept.state != "gone")}

    async def state(self, path: str) -> str:
        """The state of the post at a path."""
        return (await self.posts())[path].state.value

    async def digest(self, path: str) -> KeptDigest | None:
        """The digest of the post at a path."""
        return await self.store.read(digests.digest_at, self.source.name, path)

    async def deliveries(self, state: DeliveryState | None = None) -> list[DeliveryRow]:
        """The deliveries, the newest first."""
        return await self.store.read(ledger.deliveries, state=state, limit=10_000)

    async def delivered(self) -> list[str]:
        """The titles of what was promised, in order."""
        return [row.title for row in reversed(await self.deliveries())]

    async def alerts(self) -> dict[str, Alert]:
        """What is wrong now."""
        return {alert.name: alert for alert in await self.store.read(open_alerts)}


@asynccontextmanager
async def open_newsroom(
    tmp_path: Path, *, settling: Settling | None = None, may_push: bool = False
) -> AsyncIterator[Newsroom]:
    """A newsroom with an empty folder that was not looked at, and one subscriber to every series."""
    folder = tmp_path / "posts"
    folder.mkdir(parents=True)
    store = await SqliteStore.open(tmp_path / "sudi.db", now=lambda: START)
    clock = [START]
    source = Source(
        folder=folder,
        rules=Rules(source="news", zone=UTC, may_push=may_push),
        settling=settling or Settling(settle=SETTLE),
    )
    try:
        await store.write(subscribe, HERE, Choices(), now=START)
        yield Newsroom(folder=folder, store=store, looker=Looker(store, lambda: clock[0]), source=source, clock=clock)
    finally:
        await store.close()
