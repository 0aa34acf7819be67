"""What the beginning of a session costs an account on Discord whose servers have thousands of subscribed channels."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Collection, Coroutine, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

import structlog

from adapters.discord.conversation import Showing
from adapters.discord.dialect import DiscordDialect
from adapters.discord.health import Patience
from adapters.discord.places import News, Places
from adapters.discord.rights import Server
from adapters.discord.watching import Watch, Watched
from adapters.platform import Account, AccountId, ChatEvent, DoubtPolicy, Parcel, Platform, Receipt, Reply
from adapters.web.courier import WebCourier, WebPace
from benchmarks.figures import Figure
from benchmarks.servers import CHANNELS, ME, server
from benchmarks.stage import CHATS, now, store_in
from bot.answer.answerer import Answerer
from bot.config import Settings
from bot.reception import FrontDesk
from storage.database import Database
from storage.sqlite import SqliteStore
from storage.subscriptions import Place, subscribe

SUBSCRIBED: Final = 20_000
"""Channels; in each of their servers all are."""
AT_ONCE: Final = 500
"""Channels that are subscribed in one transaction, so that the scene is set soon."""


GLANCE: Final = 0.01
"""Seconds between two looks at whether it is done."""

T = TypeVar("T")


class _Silent:
    """A voice that has nothing to say."""

    async def send(self, parcel: Parcel) -> Receipt | None:
        """As `Voiced.send`."""
        raise NotImplementedError

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt | None:
        """As `Voiced.edit`."""
        raise NotImplementedError


class _Desk(FrontDesk):
    """A front desk of which is known when it is at rest, and how much it was brought.

    `looked_at`: channels and threads that were asked about; `noted`: events that were written down.
    """

    looked_at = 0
    noted = 0
    _asked = 0

    @property
    def is_at_rest(self) -> bool:
        """Whether nobody waits for it."""
        return self._asked == 0

    async def _counted(self, work: Coroutine[None, None, T]) -> T:
        self._asked += 1
        try:
            return await work
        finally:
            self._asked -= 1

    async def concerned(self, chats: Collection[str]) -> frozenset[str]:
        """As `Reception.concerned`."""
        self.looked_at += len(chats)
        return await self._counted(super().concerned(chats))

    async def unheard(self, events: Collection[ChatEvent]) -> frozenset[ChatEvent]:
        """As `Reception.unheard`."""
        return await self._counted(super().unheard(events))

    async def note(self, event: ChatEvent) -> Reply | None:
        """As `Reception.note`."""
        self.noted += 1
        return await self._counted(super().note(event))


def _account() -> Account:
    return Account(
        platform=Platform.DISCORD,
        id=AccountId(str(ME)),
        courier=WebCourier(),
        pace=WebPace(),
        doubt=DoubtPolicy.REPEAT,
        doubt_push=DoubtPolicy.REPEAT,
    )


def _desk(store: SqliteStore) -> _Desk:
    dialects = {Platform.DISCORD: DiscordDialect()}
    answerer = Answerer(store=store, dialects=dialects, settings=Settings(), now=now, token=lambda: "token")
    return _Desk(_account(), store=store, answerer=answerer, voice=_Silent(), now=now, decided=lambda: None)


async def _subscribe(store: SqliteStore, servers: Iterable[Server]) -> None:
    """Subscribe every channel of the servers."""
    chats = [str(channel) for server in servers for channel in server.channels]
    places = [Place(platform=Platform.DISCORD, account=str(ME), chat=chat) for chat in chats]

    def work(db: Database, some: list[Place]) -> None:
        for place in some:
            subscribe(db, place, CHATS, now=now())

    for first in range(0, len(places), AT_ONCE):
        await store.write(work, places[first : first + AT_ONCE])


async def _session(store: SqliteStore, places: Places, news: list[News]) -> tuple[float, int]:
    """Processor time until all is looked at that a session tells at its beginning, and how much was written down."""
    desk = _desk(store)
    showing = Showing(reception=desk, dialect=DiscordDialect())
    watch = Watch(Watched(me=AccountId(str(ME)), places=places, reception=desk, showing=showing, patience=Patience()))
    running = asyncio.create_task(watch.run())
    told = sum(len(one.touched) for one in news)
    begun = time.process_time()
    for one in news:
        watch.take(one)
    while desk.looked_at < told or not desk.is_at_rest:  # noqa: ASYNC110 (nobody tells)
        await asyncio.sleep(GLANCE)
    seconds = time.process_time() - begun
    running.cancel()
    await asyncio.wait({running})
    return seconds, desk.noted


async def beginning() -> list[Figure]:
    """Begin a session when no channel's name is known yet, and again when nothing has changed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    places = Places(ME, now=now)
    news = [places.read("GUILD_CREATE", json.loads(server(number))) for number in range(SUBSCRIBED // CHANNELS)]
    news = [replace(one, joined=0) for one in news]
    with tempfile.TemporaryDirectory() as folder:
        async with store_in(Path(folder)) as store:
            await _subscribe(store, places.servers.values())
            new, written = await _session(store, places, news)
            same, again = await _session(store, places, news)
    name = f"a session begins, {written:,} subscribed channels of Discord"
    return [
        Figure(
            name=name,
            value=same,
            unit="s",
            reference=new,
            note="Processor time; beside it: when each has another name than before.",
        ),
        Figure(name="channels that are written down though nothing changed", value=again, unit="", at_most=0),
    ]
