"""Promising, page by page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.promise import LONGEST_WRITE, SMALLEST_PAGE, Promiser, next_page
from digest.choices import Choices
from digest.model import Post
from storage import digests, ledger, subscriptions
from storage.database import Database
from storage.ledger import DeliveryRow
from storage.records import Urgency
from storage.subscriptions import Place
from tests.world.life import SOURCE, post, read_post
from tests.world.store import SyncSqliteStore

NOW = datetime(2025, 11, 21, tzinfo=UTC)


def invite(db: Database, *series: str, chats: int) -> None:
    """So many chats that want these series."""
    for chat in range(chats):
        place = Place(platform="web", account="local", chat=f"{'-'.join(series)}{chat}")
        subscriptions.subscribe(db, place, Choices(series=frozenset(series)), now=NOW)


def publish(db: Database, path: str) -> None:
    """A new post."""
    data = post(path, "one").encode()
    digest = read_post(Post(path=path, data=data), SOURCE)
    digests.publish(db, path=path, data=data, digest=digest, now=NOW, source=SOURCE)


async def rows(store: SyncSqliteStore) -> list[DeliveryRow]:
    """Every delivery, the first one first."""
    return list(reversed(await store.read(ledger.deliveries, limit=1000)))


async def test_everyone_who_wants_it_is_promised_once(tmp_path: Path) -> None:
    """Each digest is promised to each active subscription that wants its series or every one, page by page."""
    store = SyncSqliteStore(tmp_path / "x.db")
    await store.write(invite, "daily", chats=7)
    await store.write(invite, "*", chats=5)
    await store.write(invite, "daily", "*", chats=3)
    await store.write(invite, "rolling", chats=4)
    await store.write(publish, "daily/1.md")
    beats: list[None] = []
    promiser = Promiser(store, now=lambda: NOW, page=4, made=lambda: beats.append(None))
    assert await promiser.promise() == 15
    assert await promiser.promise() == 0
    assert len({row.chat for row in await rows(store)}) == 15
    assert len(beats) >= 3
    overview = await store.read(ledger.overview)
    assert sum(overview.totals.values()) == 15
    await store.close()


async def test_promising_goes_on_after_a_death(tmp_path: Path) -> None:
    """A restart goes on where it was: none is missing, none is there twice."""
    store = SyncSqliteStore(tmp_path / "x.db")
    await store.write(invite, "*", chats=10)
    await store.write(publish, "daily/1.md")
    await store.write(ledger.promise_on, page=4, now=NOW)
    store.kill()
    store = SyncSqliteStore(tmp_path / "x.db")
    assert len(await rows(store)) == 4
    assert await Promiser(store, now=lambda: NOW, page=4).promise() == 6
    assert len({row.chat for row in await rows(store)}) == 10
    await store.close()


async def test_push_is_promised_before_all_others(tmp_path: Path) -> None:
    """A push does not wait for the promises of a digest."""
    store = SyncSqliteStore(tmp_path / "x.db")
    await store.write(invite, "*", chats=3)
    for path in ("daily/1.md", "breaking/2.md"):
        await store.write(publish, path)
    await Promiser(store, now=lambda: NOW, page=2).promise()
    urgencies = [row.urgency for row in await rows(store)]
    assert urgencies == [Urgency.BREAKING] * 3 + [Urgency.NEWEST] * 3
    await store.close()


@pytest.mark.parametrize(
    ("page", "seconds", "following"),
    [
        (1000, LONGEST_WRITE * 2, 500),
        (SMALLEST_PAGE, LONGEST_WRITE * 2, SMALLEST_PAGE),
        (1000, LONGEST_WRITE / 2, 1126),
        (1999, LONGEST_WRITE / 2, 2000),
    ],
)
def test_pages_shrink_when_they_take_long(page: int, seconds: float, following: int) -> None:
    """No page keeps the writer for long: a slow one makes the next smaller, a quick one larger again."""
    assert next_page(page, seconds, most=2000) == following
