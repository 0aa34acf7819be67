"""One life of the bot in the simulated world, from its start to its stop or death, and the world that it lives in."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Concatenate, ParamSpec, TypeVar

from adapters.platform import (
    Account,
    AccountId,
    Address,
    Courier,
    Dialect,
    DoubtPolicy,
    Pace,
    Parcel,
    Platform,
    Receipt,
)
from bot.dispatch import Habits, Lane
from bot.promise import Promiser
from bot.rendition import Rendition, Renditions
from digest.choices import Choices, Layout
from digest.compose import Words
from digest.model import Digest, Post, Rules, SeriesRule
from digest.read import read
from storage import digests, subscriptions
from storage.database import Database
from storage.records import DigestId, PostId, SubscriptionId
from storage.sqlite import writing
from storage.store import Store, StoreError
from storage.subscriptions import Place
from tests.world.loop import VirtualLoop
from tests.world.platform import ANSWER, PassageDialect, SimulatedCourier, SimulatedPlatform, StrictPace
from tests.world.store import SyncSqliteStore

P = ParamSpec("P")
T = TypeVar("T")

BEGINNING = datetime(2025, 11, 21, 1, 0, tzinfo=UTC)
WORDS = Words(
    seen_before="seen before",
    commentary="commentary",
    continued="continued",
    read_on_site="read on",
    whole_story="all of it",
    unfold_story="open one",
)
SOURCE = "posts"
RULES = Rules(
    source=SOURCE,
    zone=UTC,
    may_push=True,
    series=(
        SeriesRule(series="daily", path="daily/*"),
        SeriesRule(series="rolling", path="rolling/*"),
        SeriesRule(series="breaking", path="breaking/*"),
    ),
)


@cache
def read_post(post: Post, source: str) -> Digest:
    """Reading is pure, so that a hundred universes may share it."""
    del source
    return read(post, RULES)


@dataclass(frozen=True, kw_only=True)
class Spot:
    """One account in the world: its platform's habits, and how many requests it may have in flight."""

    platform: Platform = Platform.TELEGRAM
    doubt: DoubtPolicy = DoubtPolicy.ASSUME_SENT
    doubt_push: DoubtPolicy = DoubtPolicy.ASSUME_SENT
    in_flight: int = 4
    pace: Callable[[float], Pace] = StrictPace
    wrap: Callable[[SimulatedCourier], Courier] = lambda courier: courier
    dialect: Callable[[Platform], Dialect] = PassageDialect

    @property
    def account(self) -> AccountId:
        """A bot's number."""
        return AccountId("7")


@dataclass(kw_only=True)
class Life:
    """A bot that runs: its store, promiser and lanes."""

    store: SyncSqliteStore
    promiser: Promiser
    lanes: list[Lane]
    couriers: list[SimulatedCourier]
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def wake(self) -> None:
        """Something has changed."""
        for lane in self.lanes:
            lane.wake()

    def slow_down(self, slow: Callable[..., Any], seconds: Callable[[], float]) -> None:
        """Let the store take so long from now on to write this unit, each time anew."""
        write = self.store.write

        async def slowly(unit: Any, *args: Any, **kwargs: Any) -> Any:
            if unit is slow:
                await asyncio.sleep(seconds())
            return await write(unit, *args, **kwargs)

        self.store.write = slowly  # type: ignore[method-assign]


async def _at_once(work: Callable[[], Rendition]) -> Rendition:
    """There are no threads here: what happens is decided by the seed alone."""
    return work()


class World:
    """The platforms, the database file, and the bot's lives. `jump` is how far the wall clock was moved (seconds)."""

    def __init__(
        self, folder: Path, *, seed: int = 0, spots: tuple[Spot, ...] = (Spot(),), budget: int = 60_000
    ) -> None:
        self.random = Random(seed)  # noqa: S311 the same seed, the same world
        self.spots = spots
        self.platforms = {spot.platform: _platform(spot, seed) for spot in spots}
        self.path = folder / "world.db"
        shutil.copy(_empty_database(folder.parent), self.path)
        self.loop = VirtualLoop(budget=budget)
        self.loop.set_exception_handler(self._on_error)
        self.life: Life | None = None
        self.deaths = 0
        self._buried: list[Life] = []
        self.in_flight_at_deaths = 0
        self.said: dict[str, str] = {}
        self.jump = 0.0
        self.set_back = False
        self.errors: list[str] = []
        self.habits = Habits(heartbeat=900.0)
        self.lane_class: type[Lane] = Lane

    def _on_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        del loop
        self.errors.append(str(context.get("exception") or context["message"]))

    def now(self) -> datetime:
        """The wall clock."""
        return BEGINNING + timedelta(seconds=self.loop.time() + self.jump)

    def run(self, story: Awaitable[T]) -> T:
        """Let a story happen, from its beginning to its end."""

        async def tell() -> T:
            try:
                return await story
            finally:
                self.die()

        try:
            result = self.loop.run_until_complete(tell())
        finally:
            self._sweep()
        assert self.errors == [], self.errors
        return result

    def _sweep(self) -> None:
        """Cancel whoever is left over, so that nothing outlives its universe."""
        self.loop.budget += 10_000
        while left := asyncio.all_tasks(self.loop):
            for task in left:
                task.cancel()
            self.loop.run_until_complete(asyncio.wait(left))
        self.loop.close()

    # --- Lives ---------------------------------------------------------------------------------------------------

    def born(self) -> Life:
        """Start the bot on what the file holds."""
        store = SyncSqliteStore(self.path, now=self.now)
        dialects = {spot.platform: spot.dialect(spot.platform) for spot in self.spots}
        renditions = Renditions(store=store, read=read_post, dialects=dialects, words=lambda _: WORDS, run=_at_once)
        couriers = [SimulatedCourier(self.platforms[spot.platform]) for spot in self.spots]
        lanes = [
            self._lane(spot, courier, store, renditions) for spot, courier in zip(self.spots, couriers, strict=True)
        ]
        life = Life(store=store, promiser=Promiser(store, now=self.now, page=3), lanes=lanes, couriers=couriers)
        self.life = life
        life.tasks = [self.loop.create_task(lane.run()) for lane in lanes]
        life.tasks.append(self.loop.create_task(self._promise(life)))
        return life

    def _lane(self, spot: Spot, courier: SimulatedCourier, store: Store, renditions: Renditions) -> Lane:
        account = Account(
            platform=spot.platform,
            id=spot.account,
            courier=spot.wrap(courier),
            pace=spot.pace(self.loop.time()),
            doubt=spot.doubt,
            doubt_push=spot.doubt_push,
            in_flight=spot.in_flight,
        )
        return self.lane_class(
            account, store=store, renditions=renditions, now=self.now, random=self.random.random, habits=self.habits
        )

    async def _promise(self, life: Life) -> None:
        await life.promiser.promise()
        life.wake()

    def die(self) -> None:
        """Kill -9: what is not committed is gone; what has left is on its way."""
        life, self.life = self.life, None
        if life is None:
            return
        self.deaths += 1
        self._buried.append(life)
        for courier, spot in zip(life.couriers, self.spots, strict=True):
            courier.killed = True
            self.in_flight_at_deaths += spot.in_flight
        life.store.kill()
        for task in life.tasks:
            task.cancel()

    async def stop(self, *, now: bool = False) -> None:
        """Stop as on SIGTERM, or as on the second one."""
        life = self.life
        assert life is not None
        for lane in life.lanes:
            await lane.voice.stop(now=now)
            await lane.stop(now=now)
        await asyncio.gather(*life.tasks, return_exceptions=True)
        await life.store.close()
        self.life = None

    # --- What people do ------------------------------------------------------------------------------------------

    async def do(self, unit: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Have a unit done, however often the bot dies meanwhile."""
        while True:
            life = self.life
            if life is None:
                await asyncio.sleep(0.5)
                continue
            try:
                result = await life.store.write(unit, *args, **kwargs)
                await life.promiser.promise()
            except StoreError:
                await asyncio.sleep(0.5)
                continue
            life.wake()
            return result

    async def subscribe(
        self,
        chat: str,
        *series: str,
        platform: Platform = Platform.TELEGRAM,
        layout: Layout = Layout.FULL,
        language: str = "zh",
        thread: str = "",
    ) -> SubscriptionId:
        """A chat subscribes."""
        place = Place(platform=platform, account="7", chat=chat, thread=thread)
        choices = Choices(series=frozenset(series or ("*",)), layout=layout, language=language)
        return await self.do(lambda db: subscriptions.subscribe(db, place, choices, now=self.now()))

    def ask(self, chat: str, number: int, platform: Platform = Platform.TELEGRAM) -> asyncio.Future[Receipt | None]:
        """A reader asks the bot, which lives or does not; the answer comes when it does, if it does."""
        if self.life is None:
            return self.loop.create_future()
        lane = self.life.lanes[[spot.platform for spot in self.spots].index(platform)]
        address = Address(platform=platform, account=AccountId("7"), chat=chat)
        message = {"digest": ANSWER, "k": number, "text": "…"}
        return self.loop.create_task(lane.voice.send(Parcel(address=address, message=message, nonce=f"a{number}")))

    async def crowd(self, chats: int, *, platform: Platform = Platform.TELEGRAM, names: Sequence[str] = ()) -> None:
        """So many chats subscribe to everything, by the hundred thousand: while the bot does not live.

        They are called `names`, or else `c1`, `c2`, ….
        """
        self.born()
        await self.subscribe("c1", platform=platform)
        await self.stop()
        with closing(sqlite3.connect(self.path)) as connection, connection:
            columns = [row[1] for row in connection.execute("PRAGMA table_info(subscription)")]
            copied = ", ".join({"id": "n.i", "chat": "'c' || n.i"}.get(column, f"s.{column}") for column in columns)
            numbers = f"WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {chats})"  # noqa: S608 our own names
            connection.execute(f"INSERT INTO subscription {numbers} SELECT {copied} FROM n, subscription s")  # noqa: S608 our own names
            connection.execute(
                "INSERT INTO wanted (series, subscription_id) SELECT w.series, s.id FROM wanted w, subscription s"
                " WHERE s.id > 1"
            )
            named = ((name, number) for number, name in enumerate(names, start=1))
            connection.executemany("UPDATE subscription SET chat = ? WHERE id = ?", named)

    async def publish(self, path: str, text: str) -> DigestId:
        """A post is saved for the first time."""
        data = text.encode()
        digest = read_post(Post(path=path, data=data), SOURCE)
        return await self.do(
            lambda db: digests.publish(db, path=path, data=data, digest=digest, now=self.now(), source=SOURCE)
        )

    async def revise(self, digest_id: DigestId, text: str) -> None:
        """A post is saved again."""

        def unit(db: Database) -> None:
            kept = digests.digest(db, digest_id)
            assert kept is not None
            data = text.encode()
            digest = read_post(Post(path=kept.path, data=data), SOURCE)
            digests.revise(db, PostId(kept.post), data, digest, promised=True)

        await self.do(unit)

    async def withdraw(self, digest_id: DigestId) -> None:
        """A post is taken back."""

        def unit(db: Database) -> None:
            kept = digests.digest(db, digest_id)
            assert kept is not None
            digests.withdraw(db, kept.post)

        await self.do(unit)

    async def settle(self, *, within: float = 40 * 3600.0) -> None:
        """Wait until nothing is open any more; looking wakes nobody."""
        until, wait = self.loop.time() + within, 5.0
        while await self._is_busy():
            assert self.loop.time() < until, "something stays open for ever"
            await asyncio.sleep(wait)
            wait = min(600.0, 1.5 * wait)

    async def _is_busy(self) -> bool:
        return self.life is None or await self.life.store.read(_busy)


def _busy(db: Database) -> bool:
    return bool(db.one("ledger.open_in_all")["n"]) or db.one("ledger.unpromised") is not None  # type: ignore[index]


def story(number: int, text: str, *, key: str | None = None) -> str:
    """One story of a post."""
    return f"{number}. [{text}](https://example.org/{key or text.replace(' ', '-')})\n\n    {text}, told at length.\n"


def post(title: str, *stories: str) -> str:
    """A post of these stories' titles."""
    items = "\n".join(story(number, text) for number, text in enumerate(stories, start=1))
    return f"---\ntitle: {title}\n---\n\n{items}"


_PARAGRAPH = "这一段写得很长，为的是一条消息装不下。" * 170


def long_post(title: str) -> str:
    """A post of three messages, one where only its headlines are wanted."""
    items = (f"{n}. [第{n}条](https://example.org/{title}/{n})\n\n    {_PARAGRAPH}\n" for n in (1, 2, 3))
    return f"---\ntitle: {title}\n---\n\n" + "\n".join(items)


def _platform(spot: Spot, seed: int) -> SimulatedPlatform:
    random = Random(f"{seed}:{spot.platform}")  # noqa: S311 the same seed, the same world
    nonce_window = 300.0 if spot.doubt is DoubtPolicy.REPLAY_NONCE else None
    return SimulatedPlatform(random, nonce_window=nonce_window, idempotent=spot.doubt is DoubtPolicy.REPEAT)


@cache
def _empty_database(folder: Path) -> Path:
    """A migrated database, made once."""
    path = folder / "empty.db"
    connection = writing(path, now=lambda: BEGINNING)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path
