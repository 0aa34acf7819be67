"""Tells the reception what happens to channels and threads: gone, closed to the account, open to it; and greets.

Only those are looked at that something is brought to. From a channel's absence nothing is concluded: it is lost when
Discord says so, or when something is to be brought there and it is gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from adapters.discord.conversation import Showing
from adapters.discord.health import Patience
from adapters.discord.places import NOTHING, News, Places
from adapters.discord.speaking import rows_of
from adapters.platform import AccountId, Address, ChatEvent, ChatKind, Fate, Parcel, Platform, Reception, Reply

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is watched with."""

    me: AccountId
    places: Places
    reception: Reception
    showing: Showing
    patience: Patience


class Watch:
    """Follows the news of one account's servers."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._touched: set[int] = set()
        self._lost: dict[int, int] = {}
        self._closed: dict[int, int] = {}
        self._joined: list[int] = []
        self._woken = asyncio.Event()

    def take(self, news: News) -> None:
        """Take note of news; what comes while some is told is told together."""
        for place in news.touched:
            self._touched.add(place)
            self._lost.pop(place, None)
            self._closed.pop(place, None)
        self._touched -= news.lost.keys() | news.closed.keys()
        self._lost |= news.lost
        self._closed |= news.closed
        self._joined += [news.joined] if news.joined else []
        if news != NOTHING:
            self._woken.set()

    async def run(self) -> None:
        """Tell what there is, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            touched, self._touched = self._touched, set()
            lost, self._lost = self._lost, {}
            closed, self._closed = self._closed, {}
            joined, self._joined = self._joined, []
            ends = [*await self._ended(lost, Fate.LOST), *await self._ended(closed, Fate.MUTE)]
            for event in [*ends, *await self._changes(touched)]:
                await self._note(event)
            for server in joined:
                await self._greet(server)

    async def _ended(self, places: dict[int, int], fate: Fate) -> list[ChatEvent]:
        concerned = await self._concerned(places)
        return [self._event(place, above, fate) for place, above in places.items() if str(place) in concerned]

    async def _changes(self, touched: Iterable[int]) -> list[ChatEvent]:
        concerned = await self._concerned(touched)
        spots = ((place, self._watched.places.spot(place)) for place in touched if str(place) in concerned)
        return [self._event(place, spot.above, spot.fate) for place, spot in spots if spot is not None]

    async def _concerned(self, places: Iterable[int]) -> frozenset[str]:
        """Those that something is brought to; asked again until the store can tell."""
        named = [str(place) for place in places]
        if not named:
            return frozenset()
        for seconds in self._watched.patience.news:
            try:
                return await self._watched.reception.concerned(named)
            except Exception:
                log.exception("nobody can tell where something is brought to, and it is asked again")
                await asyncio.sleep(seconds)
        return await self._watched.reception.concerned(named)

    def _event(self, place: int, above: int, fate: Fate) -> ChatEvent:
        address = Address(
            platform=Platform.DISCORD,
            account=self._watched.me,
            chat=str(above or place),
            thread=str(place) if above else "",
        )
        return ChatEvent(address=address, kind=ChatKind.GROUP, fate=fate, update="", alone=True)

    async def _note(self, event: ChatEvent) -> Reply | None:
        """What is said of it. Nobody says it twice, so it is told again where it could not be noted."""
        for seconds in self._watched.patience.news:
            try:
                return await self._watched.reception.note(event)
            except Exception:
                log.exception("news of a channel could not be noted, and is told again")
                await asyncio.sleep(seconds)
        return await self._watched.reception.note(event)

    # --- Greeting ------------------------------------------------------------------------------------------------

    async def _greet(self, name: int) -> None:
        """Say who we are in the channel that a server has for that, if we may write there; else to nobody."""
        server = self._watched.places.servers.get(name)
        spot = self._watched.places.spot(server.system) if server else None
        if server is None or spot is None or spot.fate is not Fate.OPEN:
            return
        address = Address(platform=Platform.DISCORD, account=self._watched.me, chat=str(server.system))
        event = ChatEvent(
            address=address,
            kind=ChatKind.GROUP,
            fate=Fate.OPEN,
            update="",
            title=server.name,
            new=True,
            alone=True,
        )
        reply = await self._note(event)
        if reply is not None:
            await self._say(address, reply, f"hi{name}")

    async def _say(self, address: Address, reply: Reply, nonce: str) -> None:
        showing = self._watched.showing
        pages = await showing.pages(reply)
        for number, page in enumerate(pages, 1):
            rows = rows_of(reply.buttons) if number == len(pages) else []
            message = await showing.with_rows(page, rows)
            await self._watched.reception.send(Parcel(address=address, message=message, nonce=f"{nonce}:{number}"))
