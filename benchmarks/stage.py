"""The scene that the measurements play on: a store in a folder, a digest, and as many subscriptions as wanted."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

from digest.choices import Choices
from digest.model import Digest, Post, Rules
from digest.read import read
from storage import digests
from storage.database import Database
from storage.records import DigestId, SubscriptionId
from storage.sqlite import SqliteStore
from storage.subscriptions import Place, subscribe

SOURCE = "bench"
CHATS = Choices(series=frozenset({"*"}), zone="Asia/Shanghai")


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def read_here(post: Post, source: str) -> Digest:
    """Read a post by the rules of this scene."""
    return read(post, Rules(source=source, zone=UTC))


@asynccontextmanager
async def store_in(folder: Path) -> AsyncIterator[SqliteStore]:
    """An open store, with everything as in the product."""
    store = await SqliteStore.open(folder / "sudi.db", now=now)
    try:
        yield store
    finally:
        await store.close()


def post_of_today(text: str) -> bytes:
    """A post that is of today, so that nothing about it is stale."""
    return text.replace("{date}", now().isoformat()).encode()


def publish(db: Database, data: bytes) -> DigestId:
    """Have a digest promised to everybody."""
    digest = read_here(Post(path="post.md", data=data), SOURCE)
    return digests.publish(db, path="post.md", data=data, digest=digest, now=now(), source=SOURCE)


def invite(db: Database) -> SubscriptionId:
    """The first subscription, as a reader makes it."""
    return subscribe(db, Place(platform="web", account="local", chat="1"), CHATS, now=now())


def multiply(folder: Path, chats: int) -> None:
    """Copy the one subscription until there are this many; the store is closed meanwhile."""
    with closing(sqlite3.connect(folder / "sudi.db")) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(subscription)")]
        copied = ", ".join({"id": "n.i", "chat": "n.i"}.get(column, f"s.{column}") for column in columns)
        numbers = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        many = f"INSERT INTO subscription {numbers} SELECT {copied} FROM n, subscription s"  # noqa: S608 our own names
        connection.execute(many, (chats,))
        wants = "SELECT w.series, s.id FROM wanted w, subscription s WHERE s.id > 1"
        connection.execute(f"INSERT INTO wanted (series, subscription_id) {wants}")
