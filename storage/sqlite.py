"""The store on SQLite: one writing connection in its own thread, readers apart, durable when acknowledged."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from operator import itemgetter
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar
from urllib.parse import quote

import aiosqlite

from storage.database import Database, Row
from storage.migrate import Migration, migrations, pending, statements
from storage.query import Query, queries, respell
from storage.store import StoreBusy, StoreConflict, StoreError, StoreFull, StoreTrouble, StoreUnusable
from storage.writer import Writer

P = ParamSpec("P")
T = TypeVar("T")

APPLICATION: Final = 0x53756469
"""«Sudi» in the header of the file: whose database it is."""
OLDEST_SQLITE: Final = (3, 37, 0)
"""The first with STRICT tables."""
BUSY_TIMEOUT: Final = timedelta(seconds=5)
READERS: Final = 3
CHECKED_BYTES: Final = 64 * 1024 * 1024
"""A larger database is not read through at every start: that would take longer than a second."""


_LOCKED = (StoreBusy, StoreTrouble.LOCKED, "Another program keeps the database locked; Sudi tries again")
_DAMAGED = (StoreUnusable, StoreTrouble.DAMAGED, "The database is damaged: stop Sudi and restore a backup")
_BARRED = (StoreUnusable, StoreTrouble.BARRED, "The database cannot be opened or written: check who owns its folder")
MEANINGS: Final[Mapping[int, tuple[type[StoreError], StoreTrouble, str]]] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_PROTOCOL: _LOCKED,
    sqlite3.SQLITE_FULL: (
        StoreFull,
        StoreTrouble.FULL,
        "The disk is full: free some space, nothing is sent until then",
    ),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: _BARRED,
    sqlite3.SQLITE_READONLY: _BARRED,
    sqlite3.SQLITE_CONSTRAINT: (StoreConflict, StoreTrouble.FAILED, "The schema forbids this row"),
}
"""What the primary result codes of SQLite mean to us (https://sqlite.org/rescode.html)."""


def gate(error: sqlite3.Error) -> Exception:
    """What an error of SQLite means to us; a mistake in our own code, which has no code, stays what it is."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return error
    usual = (StoreError, StoreTrouble.FAILED, "The database could not do its work")
    kind, trouble, sentence = MEANINGS.get(code & 0xFF, usual)
    return kind(f"{sentence} ({error}).", trouble, {"said": str(error)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A query as SQLite runs it fastest: numbered parameters, and what picks their values from a mapping."""

    sql: str
    bind: Callable[[Mapping[str, Any]], tuple[Any, ...]]


def statement(query: Query) -> Statement:
    """Number the parameters of a query."""
    names = query.parameters
    numbered = respell(query.sql, lambda name: f"?{names.index(name) + 1}")
    # itemgetter gives a tuple only for two names and more.
    bind = itemgetter(*names) if len(names) > 1 else lambda values: tuple(values[name] for name in names)
    return Statement(sql=numbered, bind=bind)


@cache
def sqlite_statements() -> Mapping[str, Statement]:
    """Every query as SQLite runs it."""
    return {name: statement(query) for name, query in queries().items()}


class SqliteDatabase:
    """A connection as units of work and the writer see it."""

    __slots__ = ("_connection", "_control", "_known")

    def __init__(self, connection: sqlite3.Connection, known: Mapping[str, Statement]) -> None:
        self._connection = connection
        self._control = connection.cursor()
        self._known = known

    def run(self, query: str, **values: Any) -> int:
        """As `Database.run`."""
        known = self._known[query]
        try:
            return self._connection.execute(known.sql, known.bind(values)).rowcount
        except sqlite3.Error as error:
            raise gate(error) from error

    def many(self, query: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """As `Database.many`."""
        known = self._known[query]
        try:
            self._connection.executemany(known.sql, map(known.bind, rows))
        except sqlite3.Error as error:
            raise gate(error) from error

    def one(self, query: str, **values: Any) -> Row | None:
        """As `Database.one`."""
        known = self._known[query]
        try:
            cursor = self._connection.execute(known.sql, known.bind(values))
            row: Row | None = cursor.fetchone()
            # An unfinished statement would keep the transaction from being committed.
            cursor.close()
        except sqlite3.Error as error:
            raise gate(error) from error
        return row

    def all(self, query: str, **values: Any) -> list[Row]:
        """As `Database.all`."""
        known = self._known[query]
        try:
            return self._connection.execute(known.sql, known.bind(values)).fetchall()
        except sqlite3.Error as error:
            raise gate(error) from error

    @property
    def open(self) -> bool:
        """Whether a transaction is going on."""
        return self._connection.in_transaction

    def begin(self) -> None:
        """Take the write lock at once: a transaction that asks for it later fails instead of waiting."""
        self._do("BEGIN IMMEDIATE")

    def look(self) -> None:
        """Begin to read: all queries up to `rollback` see the same state."""
        self._do("BEGIN")

    def commit(self) -> None:
        """Make everything durable."""
        self._do("COMMIT")

    def rollback(self) -> None:
        """Undo everything."""
        self._do("ROLLBACK")

    def mark(self) -> None:
        """Begin a unit."""
        self._do("SAVEPOINT unit")

    def keep(self) -> None:
        """End a unit with its effects."""
        self._do("RELEASE unit")

    def undo(self) -> None:
        """End a unit without its effects."""
        self._do("ROLLBACK TO unit")
        self._do("RELEASE unit")

    def _do(self, control: str) -> None:
        try:
            self._control.execute(control)
        except sqlite3.Error as error:
            raise gate(error) from error


def writing(
    path: Path,
    *,
    now: Callable[[], datetime],
    busy_timeout: timedelta = BUSY_TIMEOUT,
    known: tuple[Migration, ...] | None = None,
) -> sqlite3.Connection:
    """The writing connection to a database of this version's schema, which is made or migrated where needed.

    `known` are the migrations up to this version. Raises StoreUnusable, having touched nothing, for what is damaged,
    newer or not ours; StoreBusy; StoreFull.
    """
    known = migrations() if known is None else known
    try:
        inspect(path, busy_timeout=busy_timeout, known=known)
        connection = _connect(path, busy_timeout)
        try:
            _prepare(connection, known, now)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise _at(path, gate(error)) from error
    return connection


def reading(path: Path, *, busy_timeout: timedelta = BUSY_TIMEOUT) -> sqlite3.Connection:
    """A connection that cannot write; raises StoreError."""
    try:
        connection = _connect(path, busy_timeout)
        connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise _at(path, gate(error)) from error
    return connection


def inspect(path: Path, *, busy_timeout: timedelta, known: tuple[Migration, ...]) -> bool:
    """Look at a database without touching it; raises StoreUnusable when this version must not open it.

    Returns whether its schema is this version's already: the next start brings it there.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreUnusable(
            f"Python brings SQLite {sqlite3.sqlite_version}, and Sudi needs 3.37 or newer.",
            StoreTrouble.OLD_SQLITE,
            {"sqlite": sqlite3.sqlite_version, "needed": ".".join(map(str, OLDEST_SQLITE[:2]))},
        )
    if not path.exists() or path.stat().st_size == 0:
        return False
    # A reader makes the files beside the database anew where they are missing; «immutable» keeps it from that.
    logged = path.with_name(f"{path.name}-wal").exists()
    with closing(_connect(path, busy_timeout, mode="ro" if logged else "ro&immutable=1")) as connection:
        tables = connection.execute("SELECT count(*) AS n FROM sqlite_master").fetchone()["n"]
        if tables and connection.execute("PRAGMA application_id").fetchone()["application_id"] != APPLICATION:
            raise StoreUnusable(
                f"{path} is a database of another program: choose another data folder.",
                StoreTrouble.FOREIGN,
                {"file": str(path)},
            )
        left = pending(_version(connection), known)
        large = path.stat().st_size > CHECKED_BYTES
        found = connection.execute(f"PRAGMA quick_check({'fact' if large else 1})").fetchone()["quick_check"]
    if found != "ok":
        details = {"said": f"{path}: {found}"}
        raise StoreUnusable(f"{path} is damaged: restore a backup ({found}).", StoreTrouble.DAMAGED, details)
    return not left


def _connect(path: Path, busy_timeout: timedelta, *, mode: str = "rwc") -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        timeout=busy_timeout.total_seconds(),
        isolation_level=None,
        cached_statements=512,
        uri=True,
    )
    connection.row_factory = _as_dict
    return connection


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> dict[str, Any]:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()["user_version"]
    return version


def _prepare(connection: sqlite3.Connection, known: tuple[Migration, ...], now: Callable[[], datetime]) -> None:
    connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    # Not every SQLite is built so: what is forgotten leaves the file as well.
    connection.execute("PRAGMA secure_delete = ON").fetchone()
    # RETURNING keeps its rows in a temporary table; in a file's cache each costs 80 µs of malloc and trim.
    connection.execute("PRAGMA temp_store = MEMORY")
    for migration in pending(_version(connection), known):
        _migrate(connection, migration, now())
    # Only now: a migration that rebuilds a table has to drop one that others refer to.
    connection.execute("PRAGMA foreign_keys = ON")


def _migrate(connection: sqlite3.Connection, migration: Migration, now: datetime) -> None:
    """One migration in one transaction, unless another process was faster."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection) < migration.number:
            _apply(connection, migration, now)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _apply(connection: sqlite3.Connection, migration: Migration, now: datetime) -> None:
    for command in statements(migration.sql):
        connection.execute(command)
    noted = (f"migrated:{migration.name}", now.isoformat())
    connection.execute("INSERT INTO fact (name, value) VALUES (?, ?)", noted)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {migration.number}")
    if connection.execute("PRAGMA foreign_key_check").fetchone():
        raise StoreUnusable(f"The migration {migration.name} would leave rows without what they refer to.")


def _at(path: Path, error: Exception) -> Exception:
    if not isinstance(error, StoreError):
        return error
    details = {**error.details, "said": f"{path}: {error.details.get('said', '')}"}
    return type(error)(f"{path}: {error}", error.trouble, details)


class OneHop(aiosqlite.Connection):
    """An aiosqlite connection that runs a whole function in its thread; aiosqlite offers only single statements."""

    database: SqliteDatabase

    @classmethod
    async def open(cls, connector: Callable[[], sqlite3.Connection]) -> Self:
        """Connect in a thread of its own."""
        connection = cls(connector, iter_chunk_size=64)
        # A program that ends by an error must end, even where nobody closed the store.
        connection._thread.daemon = True
        try:
            await connection
        except BaseException:
            # Its thread reports its end to this loop, and must do so before the loop is closed.
            await asyncio.to_thread(connection._thread.join)
            raise
        connection.database = await connection.run(lambda: SqliteDatabase(connection._conn, sqlite_statements()))
        return connection

    async def run(self, work: Callable[[], T]) -> T:
        """Run a function in the connection's thread. `_execute` is how every public method of aiosqlite does it."""
        result: T = await self._execute(work)  # type: ignore[no-untyped-call]
        return result


class SqliteStore:
    """The store on a SQLite file. Made by `open`."""

    def __init__(self, writer: OneHop, readers: list[OneHop], clock: Callable[[], float]) -> None:
        self._connection = writer
        self._writer = Writer(writer.database, writer.run, clock)
        self._closed = False
        self._idle: asyncio.LifoQueue[OneHop] = asyncio.LifoQueue()
        for reader in readers:
            self._idle.put_nowait(reader)

    @property
    def longest_write(self) -> float:
        """Seconds that the longest write lock lasted since the store was opened."""
        return self._writer.longest

    @classmethod
    async def open(
        cls, path: Path | str, *, now: Callable[[], datetime], busy_timeout: timedelta = BUSY_TIMEOUT
    ) -> SqliteStore:
        """Open a database, which is made or migrated where needed.

        Raises StoreUnusable, having touched nothing, when it is damaged, newer or not ours; StoreBusy; StoreFull.
        """
        path = Path(path)
        writer = await OneHop.open(lambda: writing(path, now=now, busy_timeout=busy_timeout))
        readers: list[OneHop] = []
        try:
            while len(readers) < READERS:
                readers.append(await OneHop.open(lambda: reading(path, busy_timeout=busy_timeout)))
        except BaseException:
            for connection in (*readers, writer):
                await connection.close()
            raise
        return cls(writer, readers, asyncio.get_running_loop().time)

    def write(
        self, unit: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]:
        """As `Store.write`."""
        return self._writer.write(unit, *args, **kwargs)

    async def read(self, unit: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `Store.read`."""
        if self._closed:
            raise StoreError("The store is closed.")
        reader = await self._idle.get()
        work = partial(run_read, reader.database, unit, *args, **kwargs)
        running = asyncio.ensure_future(reader.run(work))
        # A cancelled caller leaves its reader busy: it is idle again only when the query has ended.
        running.add_done_callback(lambda _: self._idle.put_nowait(reader))
        return await asyncio.shield(running)

    async def close(self) -> None:
        """As `Store.close`."""
        if self._closed:
            return
        self._closed = True
        await self._writer.close()
        for _ in range(READERS):
            # Reads that wait stand in front of us.
            reader = await self._idle.get()
            await reader.close()
        await self._connection.close()


def run_read(
    database: SqliteDatabase, unit: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run a unit on one consistent state of the database."""
    database.look()
    try:
        return unit(database, *args, **kwargs)
    finally:
        if database.open:
            database.rollback()
