"""How the CLI reaches the program: by a query to the running one, or by opening the store itself.

The CLI is one more listener. While `sudi run` runs, it alone writes; a verb that changes something is then a query
to it, with the key from the data folder.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bot.config import Settings
from bot.data_folder import DATABASE, KEY
from storage.database import Database
from storage.lock import DataFolderLock
from storage.store import StoreBusy

PATIENCE: Final = 30.0
"""Seconds that an answer of the running program may take."""
MOST_ANSWER: Final = 16 * 1024 * 1024


class Unreachable(Exception):
    """The program or its store cannot be reached; `key` and `values` name the sentence (`cli.<key>`)."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer as the API gives it: as text, as the page's messages, and what could be pressed."""

    text: str
    documents: tuple[Mapping[str, Any], ...]
    buttons: tuple[Mapping[str, str], ...]

    def pressing(self, start: str) -> str | None:
        """What the first button says that begins so."""
        return next((button["says"] for button in self.buttons if button["says"].startswith(start)), None)

    def json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {"text": self.text, "documents": list(self.documents), "buttons": list(self.buttons)}


Ask = Callable[[str], Said]
"""Asks one query as an admin; raises Unreachable or StoreError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What asking takes: the settings, the asker's language, the clock, and names that nobody guesses."""

    settings: Settings
    language: str
    now: Callable[[], datetime]
    token: Callable[[], str]


@contextmanager
def reached(means: Means) -> Iterator[tuple[Ask, bool]]:
    """How to ask, and whether a running program answers. Otherwise the store is ours for as long as this lasts.

    Raises Unreachable where there is no store yet, or somebody holds it who cannot be asked.
    """
    folder = means.settings.data_dir
    if not (folder / DATABASE).exists():
        raise Unreachable("no_store", folder=str(folder))
    lock = DataFolderLock(folder)
    try:
        lock.acquire()
    except StoreBusy:
        yield _over_http(_address(lock, folder), means), True
        return
    try:
        yield lambda text: asyncio.run(_ask_store(text, means)), False
    finally:
        lock.release()


def _address(lock: DataFolderLock, folder: Path) -> str:
    """Where whoever holds the folder answers."""
    holder = lock.holder()
    if holder is None or not holder.address:
        raise Unreachable("locked", folder=str(folder), holder=holder.pid if holder else "?")
    return holder.address


def _over_http(address: str, means: Means) -> Ask:
    key = read_key(means.settings.data_dir)

    def ask(text: str) -> Said:
        body = json.dumps({"text": text, "update": f"cli-{means.token()}"}).encode()
        headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Accept-Language": means.language,
        }
        answer = fetch(f"{address}/api/query", body, headers)
        return Said(text=answer["text"], documents=tuple(answer["documents"]), buttons=tuple(answer["buttons"]))

    return ask


def fetch(url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Any:
    """JSON from the running program, past any proxy; raises Unreachable."""
    address = url.rsplit("/api/", 1)[0].removesuffix("/healthz")
    request = urllib.request.Request(url, data=body, headers=dict(headers or {}))  # noqa: S310 - from our own lock
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE) as response:
            return json.loads(response.read(MOST_ANSWER))
    except urllib.error.HTTPError as error:
        raise Unreachable("unreachable", address=address, why=f"HTTP {error.code}") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None) or error
        raise Unreachable("unreachable", address=address, why=str(why)) from None


def read_key(folder: Path) -> str:
    """The key of the page; raises Unreachable."""
    try:
        return (folder / KEY).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        raise Unreachable("no_key", file=str(folder / KEY)) from None


async def _ask_store(text: str, means: Means) -> Said:
    from adapters.platform import Platform
    from adapters.web.api import plain_document
    from adapters.web.dialect import WebDialect
    from adapters.web.listener import local_query
    from bot.answer.answerer import Answerer
    from storage.sqlite import SqliteStore

    dialect = WebDialect()
    store = await SqliteStore.open(means.settings.data_dir / DATABASE, now=means.now)
    try:
        answerer = Answerer(
            store=store,
            dialects={Platform.WEB: dialect},
            settings=means.settings,
            now=means.now,
            token=means.token,
            idle=True,
        )
        reply = await answerer.answer(local_query(text, language=means.language, update=f"cli-{means.token()}"))
    finally:
        await store.close()
    spellings = [dialect.spell(document, reply.words) for document in reply.documents]
    return Said(
        text="\n\n".join(plain_document(document) for document in reply.documents),
        documents=tuple(dict(message) for spelling in spellings for message in spelling.messages),
        buttons=tuple({"label": button.marked, "says": button.says} for button in reply.buttons),
    )


@contextmanager
def peeked(settings: Settings, *, current: bool = False) -> Iterator[Database]:
    """The database, only to read, whoever writes meanwhile; raises Unreachable where there is none, or StoreError.

    `current`: where it is still of an earlier version, which the next start changes, that is Unreachable as well.
    """
    from storage.migrate import migrations
    from storage.sqlite import BUSY_TIMEOUT, SqliteDatabase, gate, inspect, reading, sqlite_statements

    path = settings.data_dir / DATABASE
    if not path.exists():
        raise Unreachable("no_store", folder=str(settings.data_dir))
    try:
        is_current = inspect(path, busy_timeout=BUSY_TIMEOUT, known=migrations())
    except sqlite3.Error as error:
        raise gate(error) from error
    if current and not is_current:
        raise Unreachable("store_older")
    with closing(reading(path)) as connection:
        yield SqliteDatabase(connection, sqlite_statements())
