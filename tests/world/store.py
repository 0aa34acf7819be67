"""The store of the simulated world: the same writer, SQL and schema, run inline on plain sqlite3.

aiosqlite's threads would make a universe irreproducible.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from storage.database import Database
from storage.sqlite import SqliteDatabase, reading, run_read, sqlite_statements, writing
from storage.store import StoreError
from storage.writer import Writer

P = ParamSpec("P")
T = TypeVar("T")


class SyncSqliteStore:
    """A deterministic store on a SQLite file. Opened again after `kill`, it has what was committed, and nothing else.

    Made within a running event loop, whose clock it uses.
    """

    def __init__(
        self, path: Path | str, *, now: Callable[[], datetime] = lambda: datetime.fromtimestamp(0, UTC)
    ) -> None:
        self._writing = writing(Path(path), now=now)
        # A killed process loses nothing that it handed to the system; only a power loss would.
        self._writing.execute("PRAGMA synchronous = OFF")
        self._reading = reading(Path(path))
        self._reader = SqliteDatabase(self._reading, sqlite_statements())
        self._over: str | None = None
        self._writer = Writer(
            SqliteDatabase(self._writing, sqlite_statements()), self._hop, asyncio.get_running_loop().time
        )

    async def write(self, unit: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `Store.write`."""
        return await self._writer.write(unit, *args, **kwargs)

    async def read(self, unit: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `Store.read`."""
        return await self._hop(partial(run_read, self._reader, unit, *args, **kwargs))

    async def close(self) -> None:
        """As `Store.close`."""
        await self._writer.close()
        self._end("The store is closed.")

    def kill(self) -> None:
        """Die: what was not committed is lost, and who waits for it never hears that it was done."""
        self._end("The process was killed.")

    async def _hop(self, work: Callable[[], T]) -> T:
        """Run at once; the loop turns before and after, so that a kill can fall on either side of the commit."""
        await self._turn()
        result = work()
        await self._turn()
        return result

    async def _turn(self) -> None:
        await asyncio.sleep(0)
        if self._over:
            raise StoreError(self._over)

    def _end(self, why: str) -> None:
        self._over = self._over or why
        self._reading.close()
        self._writing.close()
