"""Real processes, really killed: what the ledger promises after fifty deaths."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from digest.choices import Choices
from digest.model import Post
from storage import digests, subscriptions
from storage.database import Database
from storage.sqlite import SqliteStore
from storage.subscriptions import Place
from tests.acceptance.mortal import IN_FLIGHT
from tests.world.life import SOURCE, post, read_post

pytestmark = pytest.mark.long

LIVES = int(os.environ.get("TEST_LIVES", "50"))
CHATS = 400
ISSUES = 5
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """How many lives were killed, what was handed to the courier, and what the ledger says."""

    killed: int
    told: Counter[tuple[str, str, int]]
    deliveries: list[dict[str, Any]]
    parts: list[dict[str, Any]]

    def parts_in(self, state: str) -> Counter[tuple[str, str, int]]:
        """The messages that the ledger has in a state."""
        return Counter((row["chat"], row["title"], row["number"]) for row in self.parts if row["state"] == state)


def fill(db: Database) -> None:
    """Chats that want everything, and issues that nothing is promised of yet."""
    now = datetime.now(UTC)
    for chat in range(CHATS):
        place = Place(platform="telegram", account="7", chat=f"c{chat}")
        subscriptions.subscribe(db, place, Choices(), now=now)
    for issue in range(ISSUES):
        path, data = f"daily/{issue}.md", post(f"Issue {issue}", f"first {issue}", f"second {issue}").encode()
        digest = read_post(Post(path=path, data=data), SOURCE)
        digests.publish(db, path=path, data=data, digest=digest, now=now, source=SOURCE)


async def prepare(database: Path) -> None:
    """Make the database that all lives share."""
    store = await SqliteStore.open(database, now=lambda: datetime.now(UTC))
    await store.write(fill)
    await store.close()


def read_rows(database: Path, query: str) -> list[dict[str, Any]]:
    """Read the ledger past the program."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """Live and die, once for all tests of this module."""
    folder = tmp_path_factory.mktemp("mortal")
    database, log = folder / "sudi.db", folder / "log"
    asyncio.run(prepare(database))
    ended = subprocess.run(
        [sys.executable, "-m", "tests.acceptance.mortal", str(database), str(log), str(LIVES), "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    answer = json.loads(ended.stdout.splitlines()[-1])
    assert answer["last"] == 0, ended.stderr
    told = [json.loads(line) for line in log.read_text().splitlines()]
    return Aftermath(
        killed=answer["killed"],
        told=Counter((line["chat"], line["digest"], line["k"]) for line in told),
        deliveries=read_rows(database, "SELECT * FROM delivery"),
        parts=read_rows(
            database,
            "SELECT p.*, s.chat, g.title FROM part p JOIN delivery d ON d.id = p.delivery_id"
            " JOIN subscription s ON s.id = d.subscription_id JOIN digest g ON g.id = d.digest_id",
        ),
    )


def test_killed_in_the_middle(aftermath: Aftermath) -> None:
    """The lives that count ended in the middle of their work."""
    assert aftermath.killed >= LIVES // 2
    assert len({row["epoch"] for row in aftermath.parts}) >= LIVES // 4


def test_fault_01_everybody_is_promised_once(aftermath: Aftermath) -> None:
    """Killed while deliveries are promised, it goes on at its page: none is missing, none is there twice."""
    promised = Counter((row["digest_id"], row["subscription_id"]) for row in aftermath.deliveries)
    assert len(promised) == CHATS * ISSUES
    assert set(promised.values()) == {1}


def test_nothing_is_lost(aftermath: Aftermath) -> None:
    """Killed at random moments, every delivery ends, and every message was handed over or is unknown."""
    assert {row["state"] for row in aftermath.deliveries} <= {"sent", "unknown"}
    known = set(aftermath.told) | set(aftermath.parts_in("unknown"))
    assert len(known) == CHATS * ISSUES * 2


def test_nothing_is_sent_twice(aftermath: Aftermath) -> None:
    """No message is handed to the courier twice."""
    assert max(aftermath.told.values()) == 1


def test_every_doubt_is_recorded(aftermath: Aftermath) -> None:
    """What was handed over and is not known as sent is unknown: at most one message for each request in flight."""
    sent, unknown = aftermath.parts_in("sent"), aftermath.parts_in("unknown")
    assert set(aftermath.told) - set(sent) <= set(unknown)
    assert set(sent) <= set(aftermath.told)
    assert sum(unknown.values()) <= aftermath.killed * IN_FLIGHT
    assert aftermath.parts_in("sending") == Counter()
