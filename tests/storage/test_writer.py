"""How the one writer makes transactions of units: on a recording transaction, with a clock that is set by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import pytest

from storage.database import Database, Row
from storage.store import StoreBusy, StoreError, StoreFull
from storage.writer import BATCH_SECONDS, Writer

T = TypeVar("T")


class Recorded:
    """A transaction that writes down what it is told, and fails where a test wants it to."""

    def __init__(self, *, fails: Mapping[str, Exception] | None = None, rolls_back: bool = False) -> None:
        self.told: list[str] = []
        self.open = False
        self.fails = dict(fails or {})
        self.rolls_back = rolls_back

    def _tell(self, what: str) -> None:
        self.told.append(what)
        if what in self.fails:
            self.open = self.open and not self.rolls_back
            raise self.fails[what]

    def begin(self) -> None:
        """Begin."""
        self._tell("begin")
        self.open = True

    def commit(self) -> None:
        """Commit."""
        self._tell("commit")
        self.open = False

    def rollback(self) -> None:
        """Roll back."""
        self._tell("rollback")
        self.open = False

    def mark(self) -> None:
        """Begin a unit."""
        self._tell("mark")

    def keep(self) -> None:
        """Keep a unit."""
        self._tell("keep")

    def undo(self) -> None:
        """Undo a unit."""
        self._tell("undo")

    def run(self, query: str, **values: Any) -> int:
        """Any statement."""
        self._tell(query)
        return len(values)

    def many(self, query: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Never asked."""
        raise NotImplementedError

    def one(self, query: str, **values: Any) -> Row | None:
        """Never asked."""
        raise NotImplementedError

    def all(self, query: str, **values: Any) -> list[Row]:
        """Never asked."""
        raise NotImplementedError


class Clock:
    """Seconds, set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """What it shows."""
        return self.now


async def hop(work: Callable[[], T]) -> T:
    """A hop that takes a turn of the loop, as a thread's would."""
    await asyncio.sleep(0)
    return work()


def one_statement(db: Database, query: str) -> int:
    """A unit."""
    return db.run(query)


async def told(transaction: Recorded, *queries: str, clock: Clock | None = None) -> list[int | BaseException]:
    """What became of units that are asked for at once."""
    writer = Writer(transaction, hop, clock or Clock())
    return await asyncio.gather(*(writer.write(one_statement, query) for query in queries), return_exceptions=True)


async def test_what_waits_shares_a_transaction() -> None:
    """All units that wait run in one transaction, each in a savepoint, and their callers resume after its commit."""
    transaction = Recorded()
    assert await told(transaction, "a", "b") == [0, 0]
    assert transaction.told == ["begin", "mark", "a", "keep", "mark", "b", "keep", "commit"]


async def test_a_failing_unit_is_undone_within_the_transaction() -> None:
    """A unit that raises goes back to its savepoint; the transaction goes on and is committed."""
    transaction = Recorded(fails={"a": ValueError("mine")})
    assert [type(each) for each in await told(transaction, "a", "b")] == [ValueError, int]
    assert transaction.told == ["begin", "mark", "a", "undo", "mark", "b", "keep", "commit"]


async def test_units_that_come_meanwhile_are_the_next_batch() -> None:
    """What is asked for while a transaction runs goes into the next one, which begins without a timer."""
    transaction = Recorded()
    writer = Writer(transaction, hop, Clock())
    first = asyncio.ensure_future(writer.write(one_statement, "a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = asyncio.ensure_future(writer.write(one_statement, "b"))
    await asyncio.gather(first, second)
    assert transaction.told == ["begin", "mark", "a", "keep", "commit", "begin", "mark", "b", "keep", "commit"]


@pytest.mark.parametrize("error", [StoreFull("full"), StoreBusy("busy"), StoreError("input or output")])
async def test_a_failing_commit_fails_its_whole_batch(error: StoreError) -> None:
    """A commit that fails fails every unit of its batch with its reason, and the next batch begins afresh."""
    transaction = Recorded(fails={"commit": error})
    writer = Writer(transaction, hop, Clock())
    units = (writer.write(one_statement, query) for query in "ab")
    assert await asyncio.gather(*units, return_exceptions=True) == [error, error]
    assert transaction.told[-2:] == ["commit", "rollback"]
    transaction.fails.clear()
    assert await writer.write(one_statement, "c") == 0


async def test_a_transaction_that_cannot_begin_fails_its_whole_batch() -> None:
    """Where the write lock cannot be had, every unit that waits hears so, and nothing is rolled back."""
    busy = StoreBusy("busy")
    transaction = Recorded(fails={"begin": busy})
    assert await told(transaction, "a", "b") == [busy, busy]
    assert transaction.told == ["begin"]


async def test_a_full_disk_ends_the_transaction() -> None:
    """A full disk met by one unit fails the whole batch: nothing of it may count as recorded."""
    full = StoreFull("full")
    transaction = Recorded(fails={"b": full})
    assert await told(transaction, "a", "b", "c") == [full, full, full]
    assert transaction.told == ["begin", "mark", "a", "keep", "mark", "b", "rollback"]


async def test_a_transaction_that_the_database_undid_fails_its_whole_batch() -> None:
    """Where an error made the database roll everything back, no unit of the batch is told that it was kept."""
    gone = StoreError("input or output")
    transaction = Recorded(fails={"b": gone}, rolls_back=True)
    assert await told(transaction, "a", "b", "c") == [gone, gone, gone]
    assert "commit" not in transaction.told


async def test_a_batch_ends_when_its_time_is_spent() -> None:
    """No unit begins after a batch's time is spent; the rest follows in order; the longest is known."""
    transaction, clock = Recorded(), Clock()
    writer = Writer(transaction, hop, clock)

    def slow(db: Database, query: str) -> int:
        clock.now += BATCH_SECONDS * 0.75
        return db.run(query)

    await asyncio.gather(*(writer.write(slow, query) for query in "abc"))
    steps = [step for step in transaction.told if step not in {"mark", "keep"}]
    assert steps == ["begin", "a", "b", "commit", "begin", "c", "commit"]
    assert writer.longest == BATCH_SECONDS * 1.5


async def test_closing_waits_for_the_last_commit() -> None:
    """Closing takes no more units and returns when the last one is committed."""
    transaction = Recorded()
    writer = Writer(transaction, hop, Clock())
    waiting = asyncio.ensure_future(writer.write(one_statement, "a"))
    await asyncio.sleep(0)
    await writer.close()
    assert transaction.told[-1] == "commit"
    assert await waiting == 0
    with pytest.raises(StoreError, match="closed"):
        await writer.write(one_statement, "b")


async def test_nobody_waits_for_ever_when_the_loop_is_taken_down() -> None:
    """When everything is cancelled at once, as at the end of a program, callers are cancelled; none waits for ever."""
    never = asyncio.Event()

    async def stuck(work: Callable[[], T]) -> T:
        await never.wait()
        return work()

    writer = Writer(Recorded(), stuck, Clock())
    before = asyncio.all_tasks()
    caller = asyncio.ensure_future(writer.write(one_statement, "a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for task in asyncio.all_tasks() - before - {caller}:
        task.cancel()
    await asyncio.wait([caller], timeout=10)
    assert caller.cancelled()
    never.set()
    assert await writer.write(one_statement, "b") == 0
    await writer.close()
