"""The composition root: makes everything, wires it together, starts it, and stops it in order."""

from __future__ import annotations

import asyncio
import random
import secrets
import signal
from collections.abc import Callable, Coroutine, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

import structlog

from adapters.discord.budget import Budget
from adapters.discord.dialect import DiscordDialect
from adapters.platform import Account, Dialect, Platform
from adapters.telegram.dialect import TelegramDialect
from adapters.web.dialect import WebDialect
from adapters.web.server import CannotListen, PortTaken, WebServer, entrance
from bot import reading
from bot.accounts import Surroundings, accounts
from bot.allowance import Allowance, Payer
from bot.answer.answerer import Answerer
from bot.catalogue import say, words
from bot.config import Settings
from bot.data_folder import DATABASE, key_of, prepare
from bot.demo import POSTS, arrive, settings_for
from bot.desk import StoreDesk, welcome
from bot.dispatch import Habits, Lane
from bot.errand import Errand
from bot.exits import Exit
from bot.fetching import Fetcher, Remote
from bot.presence import Announcing, Presence, settle_absent
from bot.promise import Promiser
from bot.pulse import Pulse
from bot.refusals import Refusals
from bot.remote import Unreachable
from bot.rendition import Renditions
from bot.schedule import Schedule, guarded
from bot.teller import Teller
from bot.watch import Watch, zone_of
from digest.model import Digest, Post
from storage import ledger
from storage.lock import DataFolderLock
from storage.sqlite import SqliteStore
from storage.store import Store

BEAT: Final = timedelta(seconds=10)
"""How often the queue and the promises are looked at though nobody asked."""
TIDY: Final = timedelta(hours=6)
REPLAYS: Final = timedelta(days=7)
"""No platform repeats an update after so long."""
log = structlog.get_logger(__name__)


async def run(settings: Settings, *, demo: bool = False) -> Exit:
    """Run until asked to stop by SIGINT or SIGTERM; a second one ends now, with its doubts recorded.

    Raises StoreError where the data folder cannot be used, Unreachable where the page's address cannot.
    """
    settings = settings_for(settings) if demo else settings
    prepare(settings.data_dir)
    lock = DataFolderLock(settings.data_dir)
    with lock:
        store = await SqliteStore.open(settings.data_dir / DATABASE, now=_now)
        try:
            zone = await store.read(zone_of, settings)
            program = Program(settings, store, zone, demo=demo)
            await program.run(announced=lock.tell)
        finally:
            await store.close()
    return Exit.FINE


def _now() -> datetime:
    return datetime.now(UTC)


class Program:
    """Everything that runs, wired. `zone` is for times that name none."""

    def __init__(self, settings: Settings, store: Store, zone: tzinfo, *, demo: bool) -> None:
        self._settings = settings
        self._store = store
        self._demo = demo
        self._teller = Teller()
        self._pulse = Pulse()
        self._watch = Watch(
            settings,
            store,
            zone,
            now=_now,
            random=random.SystemRandom().random,
            decided=self._decided,
            noticed=self._pulse.beat,
        )
        self._dialects: Mapping[Platform, Dialect] = {
            Platform.TELEGRAM: TelegramDialect(),
            Platform.DISCORD: DiscordDialect(),
            Platform.WEB: WebDialect(),
        }
        self._key = key_of(settings.data_dir, lambda: secrets.token_urlsafe(24))
        self._answerer = self._make_answerer()
        self._budget = Budget(asyncio.get_running_loop().time)
        self._refusals = Refusals(Platform.DISCORD, self._budget, store=store, now=_now)
        self._receptions: dict[str, Announcing] = {}
        self._presences = [self._presence(account) for account in accounts(settings, self._surroundings())]
        self._fetchers = self._make_fetchers()
        self._promising = Errand("promise", Promiser(store, now=_now, made=self._wake).promise)
        self._schedule = Schedule(now=_now)
        self._tasks: list[asyncio.Task[None]] = []
        self._start: Callable[[Coroutine[Any, Any, None]], None]

    # --- Wiring --------------------------------------------------------------------------------------------------

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            dialects=self._dialects, random=random.SystemRandom().random, now=_now, key=self._key, budget=self._budget
        )

    def _presence(self, account: Account) -> Presence:
        lane = self._lane(account)
        reception = Announcing(
            account,
            store=self._store,
            answerer=self._answerer,
            voice=lane.voice,
            now=_now,
            decided=self._decided,
            tell=self._tell_of,
        )
        self._receptions[account.lane] = reception
        return Presence(
            account, lane=lane, reception=reception, store=self._store, now=_now, random=random.SystemRandom().random
        )

    def _lane(self, account: Account) -> Lane:
        renditions = Renditions(store=self._store, read=self._read, dialects=self._dialects, words=words)
        return Lane(
            account,
            store=self._store,
            renditions=renditions,
            now=_now,
            random=random.SystemRandom().random,
            changed=lambda _: self._pulse.beat(),
            habits=Habits(stale_after=timedelta(hours=self._settings.stale_hours)),
        )

    def _allowances(self) -> Iterator[Allowance]:
        """What keeps the accounts supplied that may pay for messages."""
        per_day = self._settings.telegram_paid_per_day
        for account in (presence.account for presence in self._presences):
            if account.platform is Platform.TELEGRAM and per_day and isinstance(account.pace, Payer):
                yield Allowance(account.lane, account.pace, store=self._store, now=_now, per_day=per_day)

    def _make_fetchers(self) -> dict[str, Fetcher]:
        """What keeps each checkout fresh."""
        found = {}
        for source in self._settings.sources:
            if (checkout := self._watch.checkouts.get(source.called)) is not None:
                every = self._settings.fetch_seconds if source.fetch_seconds is None else source.fetch_seconds
                remote = Remote(source=source.called, checkout=checkout, every=timedelta(seconds=every))
                found[source.called] = Fetcher(
                    remote,
                    self._store,
                    now=_now,
                    random=random.SystemRandom().random,
                    told=self._pulse.beat,
                )
        return found

    def _read(self, post: Post, source: str) -> Digest:
        return reading.read(post, self._watch.rules(source))

    def _make_answerer(self) -> Answerer:
        return Answerer(
            store=self._store,
            dialects=self._dialects,
            settings=self._settings,
            now=_now,
            token=lambda: secrets.token_hex(6),
            rules=self._watch.rules,
            changed=self._decided,
        )

    def _server(self, port: int) -> WebServer:
        settings = self._settings
        desk = StoreDesk(
            store=self._store,
            sources=self._watch.sources,
            dialects=self._dialects,
            read=self._read,
            answer=self._answerer.answer,
            pulse=self._pulse,
            now=_now,
            looked_at=self._watch.looked_at,
            decided=self._decided,
        )
        return WebServer(
            desk=desk,
            say=say,
            dialect=self._dialects[Platform.WEB],
            key=self._key,
            now=_now,
            token=lambda: secrets.token_hex(8),
            host=settings.host,
            port=port,
            hosts=settings.allowed_hosts,
            zone=self._watch.zone,
            doors={path: door for presence in self._presences for path, door in presence.account.doors.items()},
        )

    def _decided(self) -> None:
        """Somebody decided something: there may be something to promise or to send, and pages to show it."""
        self._watch.rest_no_more()
        self._promising.ask()
        self._wake()
        self._pulse.beat()

    def _wake(self) -> None:
        for presence in self._presences:
            presence.lane.wake()

    # --- Running -------------------------------------------------------------------------------------------------

    async def run(self, *, announced: Callable[[str], None]) -> None:
        """Start everything, run until a signal, stop everything. `announced` is told the page's address."""
        asked_to_stop = _signals()
        await self._refusals.recall()
        server, address = await self._listen()
        try:
            announced(address)
            self._tell(address)
            async with asyncio.TaskGroup() as group:
                self._begin(group)
                await asked_to_stop.wait()
                asked_to_stop.clear()
                await self._end(asked_to_stop)
        finally:
            self._schedule.stop()
            self._pulse.end()
            await server.stop()
            self._teller.close()

    async def _listen(self) -> tuple[WebServer, str]:
        settings = self._settings
        server = self._server(settings.port)
        try:
            return server, await server.start()
        except PortTaken:
            if not self._demo:
                raise Unreachable("port_taken", host=settings.host, port=settings.port) from None
        except CannotListen as error:
            raise Unreachable("cannot_bind", host=settings.host, port=settings.port, why=str(error)) from None
        server = self._server(0)
        return server, await server.start()

    def _tell(self, address: str) -> None:
        """What somebody who starts Sudi needs to know. The address carries the key: it is printed, never logged."""
        language = self._settings.language
        for source in self._settings.sources:
            if source.git:
                self._teller.say(say(language, "cli.run_fetches", name=source.called, place=source.whereabouts))
            else:
                self._teller.say(say(language, "cli.run_watches", folder=source.folder.absolute()))
        if not self._watch.sources:
            self._teller.say(say(language, "cli.run_no_sources"))
        self._teller.say(say(language, "cli.run_page", address=entrance(address, self._key)))

    def _tell_of(self, account: Account, key: str) -> None:
        """How an account is, once it is so: its code is that of a sentence."""
        name = account.listener.name if account.listener else ""
        platform = say(self._settings.language, f"words.platform_{account.platform}")
        self._teller.say(say(self._settings.language, f"cli.{key}", platform=platform, name=name or account.id))
        self._pulse.beat()

    def _begin(self, group: asyncio.TaskGroup) -> None:
        self._start = lambda work: self._tasks.append(group.create_task(work))
        for presence in self._presences:
            self._start(presence.run())
        self._start(guarded("refusals", self._refusals.run))
        self._start(guarded("settle_absent", self._settle_absent))
        for allowance in self._allowances():
            self._start(allowance.run())
        for fetcher in self._fetchers.values():
            self._start(fetcher.run())
        self._start(self._promising.run())
        self._promising.ask()
        self._start(self._begin_looking())

    async def _settle_absent(self) -> None:
        lanes = [presence.account.lane for presence in self._presences]
        await self._store.write(settle_absent, lanes, _now())

    async def _begin_looking(self) -> None:
        """The schedule, and the first look at each source. The local reader then subscribes to what was found."""
        self._schedule.every(BEAT, "promise", self._beat, at_once=False)
        for lane, reception in self._receptions.items():  # each in its own time: one that is slow keeps no other back
            self._schedule.every(BEAT, f"tell:{lane}", reception.tell_subscribers, at_once=False)
        self._schedule.every(TIDY, "tidy", self._tidy)
        self._schedule.start()
        await self._watch.begin(self._schedule, lambda: guarded("welcome", self._welcome))

    async def _welcome(self) -> None:
        if await welcome(self._store, self._settings.language, now=_now):
            self._decided()
        for source in self._watch.sources.values():
            if self._demo and source.folder == POSTS:
                self._start(arrive(source.folder))

    async def _beat(self) -> None:
        self._promising.ask()
        self._wake()

    async def _tidy(self) -> None:
        await self._store.write(ledger.forget_answered, before=_now() - REPLAYS)

    # --- Stopping ------------------------------------------------------------------------------------------------

    async def _end(self, asked_again: asyncio.Event) -> None:
        """Take no new work, and wait for the answers in flight; a second signal does not wait."""
        log.info("stopping")
        self._schedule.stop()
        await self._leave(asked_again)
        for task in self._tasks:
            task.cancel()

    async def _leave(self, asked_again: asyncio.Event) -> None:
        stopped = asyncio.gather(*(presence.stop() for presence in self._presences))
        again = asyncio.ensure_future(asked_again.wait())
        waits: set[asyncio.Future[Any]] = {stopped, again}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if not stopped.done():
                await asyncio.gather(*(presence.stop(now=True) for presence in self._presences))
            await stopped
        finally:
            again.cancel()


def _signals() -> asyncio.Event:
    """Set by SIGINT and SIGTERM."""
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    return asked
