"""How fast a whole lane delivers, and how soon a command is answered while it does."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from adapters.platform import Account, AccountId, Address, Asker, DoubtPolicy, Platform, Query
from adapters.web.courier import WebCourier, WebPace
from benchmarks.figures import Figure, quantile
from benchmarks.posts import issue
from benchmarks.stage import invite, multiply, now, post_of_today, publish, read_here, store_in
from bot.answer.answerer import Answerer
from bot.catalogue import words
from bot.checking.faces import dialects
from bot.config import Settings
from bot.dispatch import Change, Lane
from bot.promise import Promiser
from bot.rendition import Renditions
from storage.database import Database
from storage.sqlite import SqliteStore

DELIVERIES = 30_000
IN_FLIGHT = 64
PAUSE = 0.02
"""Seconds between two commands."""


class Arrivals:
    """Counts what the lane says has changed, until every delivery has ended; each has one message."""

    def __init__(self) -> None:
        self.all = asyncio.Event()
        self._left = DELIVERIES

    def __call__(self, change: Change) -> None:
        """One more."""
        self._left -= change.digest is not None
        if self._left == 0:
            self.all.set()


async def sending() -> list[Figure]:
    """Deliver an issue to many chats by the real dispatcher, its courier answering at once, and ask meanwhile."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        async with store_in(folder) as store:
            await store.write(invite)
            await store.write(publish, post_of_today(issue()))
        await asyncio.to_thread(multiply, folder, DELIVERIES)
        async with store_in(folder) as store:
            await Promiser(store, now=now).promise()
            return await _send(store)


async def _send(store: SqliteStore) -> list[Figure]:
    arrived = Arrivals()
    lane = _lane(store, arrived)
    start = time.perf_counter()
    running = asyncio.create_task(lane.run())
    asking = asyncio.create_task(_ask(store))
    await arrived.all.wait()
    seconds = time.perf_counter() - start
    asking.cancel()
    (answers,) = await asyncio.gather(asking)
    await lane.stop()
    await running
    if left := await store.read(_open):
        raise RuntimeError(f"{left} deliveries are still open")
    return [
        Figure(
            name=f"deliveries by the whole dispatcher, {IN_FLIGHT} in flight", value=DELIVERIES / seconds, unit="/s"
        ),
        Figure(
            name="answer to /today meanwhile, p99",
            value=quantile(answers, 0.99) * 1000,
            unit="ms",
            at_most=100,
            note=f"{len(answers)} answers; the median is {quantile(answers, 0.5) * 1000:.1f} ms.",
        ),
    ]


def _lane(store: SqliteStore, arrived: Callable[[Change], None]) -> Lane:
    account = Account(
        platform=Platform.WEB,
        id=AccountId("local"),
        courier=WebCourier(),
        pace=WebPace(),
        doubt=DoubtPolicy.REPEAT,
        doubt_push=DoubtPolicy.REPEAT,
        in_flight=IN_FLIGHT,
    )
    renditions = Renditions(store=store, read=read_here, dialects=dialects(Platform.WEB), words=words)
    return Lane(account, store=store, renditions=renditions, now=now, random=lambda: 0.5, changed=arrived)


def _open(db: Database) -> int:
    row = db.one("ledger.open_in_all")
    return 0 if row is None else int(row["n"])


async def _ask(store: SqliteStore) -> list[float]:
    """Ask for today's digests again and again until cancelled; how long each answer took."""
    answerer = Answerer(
        store=store, dialects=dialects(Platform.WEB), settings=Settings(), now=now, token=lambda: "bench-token"
    )
    place = Address(platform=Platform.WEB, account=AccountId("local"), chat="1")
    query = Query(asker=Asker(address=place, person="1"), text="/today")
    taken: list[float] = []
    try:
        while True:
            start = time.perf_counter()
            await answerer.answer(query)
            taken.append(time.perf_counter() - start)
            await asyncio.sleep(PAUSE)
    except asyncio.CancelledError:
        return taken
