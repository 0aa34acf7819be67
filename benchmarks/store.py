"""How fast the store records deliveries, beside bare aiosqlite, and how well it promises to a million."""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import aiosqlite

from benchmarks.figures import Figure, quantile
from benchmarks.posts import issue
from benchmarks.stage import invite, multiply, now, post_of_today, publish, store_in
from bot.promise import Promiser
from storage import ledger, queue
from storage.database import Database
from storage.queue import End, Intent, Kept, Queued
from storage.records import Action, DeliveryState, LaneId, PartState
from storage.sqlite import SqliteStore
from storage.times import to_ms

DELIVERIES = 40_000
BARE_DELIVERIES = 1_000
IN_FLIGHT = 64
CHATS = 1_000_000


async def recording() -> list[Figure]:
    """Record deliveries, each by its intent and its receipt, and read meanwhile."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        await _prepare(folder, DELIVERIES)
        async with store_in(folder) as store:
            await Promiser(store, now=now).promise()
            before = await _bare(folder)
            seconds, reads = await _record_all(store)
            after = await _bare(folder)
            longest = store.longest_write
    return [
        Figure(
            name=f"deliveries recorded, {IN_FLIGHT} in flight, synchronous=FULL",
            value=DELIVERIES / seconds,
            unit="/s",
            reference=(before + after) / 2,
            at_least=8_000,
            note="Beside it: two bare aiosqlite commits for each delivery.",
        ),
        Figure(name="a read of the store meanwhile, p99", value=quantile(reads, 0.99) * 1000, unit="ms", at_most=100),
        Figure(name="longest write lock meanwhile", value=longest * 1000, unit="ms"),
    ]


async def promising() -> list[Figure]:
    """Promise a digest to a million subscriptions; in a process of its own, whose memory is measured as a whole."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        await _prepare(folder, CHATS)
        async with store_in(folder) as store:
            start = time.perf_counter()
            made = await Promiser(store, now=now).promise()
            seconds = time.perf_counter() - start
            longest = store.longest_write
    if made != CHATS:
        raise RuntimeError(f"{made} deliveries were promised, not {CHATS}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    name = "promise a digest to 1,000,000 subscriptions"
    return [
        Figure(name=name, value=seconds, unit="s", at_most=15),
        Figure(name=f"{name}: memory of the whole process", value=memory, unit="MB", at_most=300),
        Figure(name=f"{name}: longest write lock", value=longest * 1000, unit="ms", at_most=50),
    ]


async def _prepare(folder: Path, chats: int) -> None:
    async with store_in(folder) as store:
        await store.write(invite)
        await store.write(publish, post_of_today(issue()))
    await asyncio.to_thread(multiply, folder, chats)


async def _record_all(store: SqliteStore) -> tuple[float, list[float]]:
    """Bring everything with a courier that answers at once; seconds, and the seconds of each read meanwhile."""
    lane = LaneId(1)
    owned = await store.write(queue.own, lane, now=to_ms(now()))
    page = await store.read(queue.due_page, lane, "web", now=to_ms(now()), limit=DELIVERIES)
    kept = await _keep(store, page.rows[0], owned.epoch)
    rows = iter(page.rows[1:])
    start = time.perf_counter()
    workers = [asyncio.create_task(_work(store, rows, owned.epoch, kept)) for _ in range(IN_FLIGHT)]
    reader = asyncio.create_task(_read_on(store))
    await asyncio.gather(*workers)
    seconds = time.perf_counter() - start
    reader.cancel()
    (reads,) = await asyncio.gather(reader)
    return seconds, reads


async def _keep(store: SqliteStore, first: Queued, epoch: int) -> int:
    rendition = Kept(name="bench", platform="web", messages='[{"html":""}]')
    intent = Intent(queued=first, number=1, action=Action.SEND, epoch=epoch)
    kept = await store.write(queue.intend, intent, rendition, now=to_ms(now()))
    if kept is None:
        raise RuntimeError("the first intent was refused")
    return kept


async def _work(store: SqliteStore, rows: Iterator[Queued], epoch: int, kept: int) -> None:
    end = End(state=DeliveryState.SENT)
    for row in rows:
        intent = Intent(queued=row, number=1, action=Action.SEND, epoch=epoch)
        if await store.write(queue.intend, intent, kept, now=to_ms(now())) is None:
            raise RuntimeError("an intent was refused")
        await store.write(
            queue.settle_part, row, state=PartState.SENT, message=str(row.id), thread="", end=end, now=to_ms(now())
        )


async def _read_on(store: SqliteStore) -> list[float]:
    """Read what the page of deliveries reads, a hundred times a second, until cancelled."""
    taken: list[float] = []
    try:
        while True:
            start = time.perf_counter()
            await store.read(_standing)
            taken.append(time.perf_counter() - start)
            await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        return taken


def _standing(db: Database) -> object:
    return ledger.deliveries(db, limit=20)


async def _bare(folder: Path) -> float:
    """Deliveries per second by two bare aiosqlite commits for each, one after the other, on the same disk."""
    path = folder / "bare.db"
    async with aiosqlite.connect(path) as db:
        await db.execute("PRAGMA journal_mode = WAL")
        await db.execute("PRAGMA synchronous = FULL")
        await db.execute("CREATE TABLE IF NOT EXISTS part (id INTEGER PRIMARY KEY, state TEXT, message TEXT)")
        start = time.perf_counter()
        for _ in range(BARE_DELIVERIES):
            intended = await db.execute("INSERT INTO part (state) VALUES ('sending')")
            await db.commit()
            await db.execute("UPDATE part SET state = 'sent', message = '1' WHERE id = ?", (intended.lastrowid,))
            await db.commit()
        return BARE_DELIVERIES / (time.perf_counter() - start)
