"""The one writer: everything that waits runs in one transaction, each unit in a savepoint, in one hop to its thread.

A batch begins as soon as the commit before has ended; there is no timer. Callers resume after the commit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from storage.database import Database
from storage.store import StoreBusy, StoreError, StoreFull, StoreUnusable

P = ParamSpec("P")
T = TypeVar("T")

BATCH_SECONDS = 0.010
"""No unit is begun after this long in one transaction, so that a page of promises and the commit still fit in 50 ms."""


class Transaction(Database, Protocol):
    """A database that the writer can begin, commit and roll back, as a whole or to a mark."""

    @property
    def open(self) -> bool:
        """Whether a transaction is going on; the database may have rolled it back by itself after a grave error."""

    def begin(self) -> None:
        """Take the write lock; raises StoreBusy when somebody else keeps it."""

    def commit(self) -> None:
        """Make everything durable; raises StoreError."""

    def rollback(self) -> None:
        """Undo everything since `begin`."""

    def mark(self) -> None:
        """Begin a unit."""

    def keep(self) -> None:
        """End a unit with its effects."""

    def undo(self) -> None:
        """End a unit without its effects."""


class Hop(Protocol):
    """Runs a function where the connection lives."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """Its result, or what it raised."""


@dataclass(slots=True)
class Waiting:
    """A unit that waits for its transaction, and the caller who waits for its answer."""

    unit: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    answer: asyncio.Future[Any]
    value: Any = None
    error: Exception | None = None

    def settle(self) -> None:
        """Tell the caller, unless it was cancelled meanwhile."""
        if self.answer.done():
            return
        if self.error is None:
            self.answer.set_result(self.value)
        else:
            self.answer.set_exception(self.error)


class Writer:
    """Collects units and runs them in batches.

    `clock` counts seconds and never goes back; it is called in the connection's thread.
    """

    def __init__(self, database: Transaction, hop: Hop, clock: Callable[[], float]) -> None:
        self._database = database
        self._hop = hop
        self._clock = clock
        self._queue: deque[Waiting] = deque()
        self._draining: asyncio.Task[None] | None = None
        self._closed = False
        self.longest = 0.0
        """Seconds that the longest transaction lasted, from its lock to the end of its commit."""

    async def write(self, unit: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `Store.write`."""
        if self._closed:
            raise StoreError("The store is closed.")
        waiting = Waiting(unit, args, kwargs, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._set_going()
        answer: T = await waiting.answer
        return answer

    async def close(self) -> None:
        """Take no more units; return when the last one is committed."""
        self._closed = True
        self._set_going()
        if self._draining is not None:
            await asyncio.wait([self._draining])

    def _set_going(self) -> None:
        if self._queue and (self._draining is None or self._draining.done()):
            self._draining = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        while self._queue:
            await self._run_batch()

    async def _run_batch(self) -> None:
        batch = tuple(self._queue)
        self._queue.clear()
        try:
            ran, lasted = await self._hop(lambda: run_batch(self._database, batch, self._clock))
            self.longest = max(self.longest, lasted)
        except asyncio.CancelledError:
            # The loop is being taken down: the thread may still commit, but nobody can be told.
            for waiting in batch:
                waiting.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 whatever ended the transaction, every caller must hear of it
            for waiting in batch:
                waiting.error = error
            ran = len(batch)
        self._queue.extendleft(reversed(batch[ran:]))
        for waiting in batch[:ran]:
            waiting.settle()


def run_batch(database: Transaction, batch: Sequence[Waiting], clock: Callable[[], float]) -> tuple[int, float]:
    """Run units in one transaction until the time for a batch is spent; how many ran, and in how many seconds."""
    database.begin()
    try:
        began = clock()
        ran = _run_units(database, batch, clock, until=began + BATCH_SECONDS)
        database.commit()
    except BaseException:
        if database.open:
            database.rollback()
        raise
    return ran, clock() - began


def _run_units(database: Transaction, batch: Sequence[Waiting], clock: Callable[[], float], *, until: float) -> int:
    for ran, waiting in enumerate(batch, start=1):
        _run_unit(database, waiting)
        if clock() > until:
            return ran
    return len(batch)


def _run_unit(database: Transaction, waiting: Waiting) -> None:
    database.mark()
    try:
        waiting.value = waiting.unit(database, *waiting.args, **waiting.kwargs)
    except (StoreBusy, StoreFull, StoreUnusable):
        raise
    except Exception as error:
        if not database.open:
            raise
        database.undo()
        waiting.error = _raisable(error)
    else:
        database.keep()


def _raisable(error: Exception) -> Exception:
    """A future refuses StopIteration: it becomes RuntimeError, as within a generator."""
    if not isinstance(error, StopIteration):
        return error
    raised = RuntimeError("a unit of work raised StopIteration")
    raised.__cause__ = error
    return raised
