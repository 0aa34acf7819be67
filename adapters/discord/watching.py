"""Tells the reception what happens to channels and threads: gone, closed to the account, open to it; and greets.

Only those are looked at that something is brought to. From a channel's absence nothing is concluded: it is lost when
Discord says so, or when something is to be brought there and it is gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final

from adapters.discord.conversation import Showing
from adapters.discord.health import Patience
from adapters.discord.places import NOTHING, News, Places
from adapters.discord.speaking import rows_of
from adapters.platform import AccountId, Address, ChatEvent, ChatKind, Fate, Parcel, Platform, Reception, Reply

AT_ONCE: Final = 100
"""Changes that are looked at together: an account in thousands of servers has tens of thousands at its beginning.

If all of them are news, writing them keeps the store from others for less than 50 ms.
"""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is watched with."""

    me: AccountId
    places: Places
    reception: Reception
    showing: Showing
    patience: Patience


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to a channel or a thread. `fate`: None where one has to look; `above`: a thread's channel."""

    fate: Fate | None = None
    above: int = 0


class Watch:
    """Follows the news of one account's servers. What cannot be told is told later: nobody else says it again."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._changes: dict[int, Change] = {}
        self._joined: list[int] = []
        self._woken = asyncio.Event()

    def take(self, news: News) -> None:
        """Take note of news; of what comes while some is told, the latest of each channel counts."""
        lost = {place: Change(fate=Fate.LOST, above=above) for place, above in news.lost.items()}
        closed = {place: Change(fate=Fate.MUTE, above=above) for place, above in news.closed.items()}
        self._changes |= dict.fromkeys(news.touched, Change()) | lost | closed
        self._joined += [news.joined] if news.joined else []
        if news != NOTHING:
            self._woken.set()

    async def run(self) -> None:
        """Tell what there is, until cancelled."""
        rests = self._watched.patience.news
        failures = 0
        while True:
            await self._wait()
            self._woken.clear()
            if await self._tell() and await self._greet_all():
                failures = 0
                continue
            await asyncio.sleep(rests[min(failures, len(rests) - 1)])
            failures += 1
            self._woken.set()

    async def _wait(self) -> None:
        """Wait for news; that a time-out is over is some that nobody tells."""
        places, longest = self._watched.places, self._watched.patience.hush
        while not self._woken.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(min(places.hush_left, longest)):
                    await self._woken.wait()
            self.take(places.hush_news())

    async def _tell(self) -> bool:
        """Tell some changes; whether all of them could be told. What could not waits behind all others."""
        changes = self._next()
        try:
            late = await self._note(changes)
        except Exception:
            log.exception("news of channels could not be looked at, and are looked at again")
            late = changes
        self._changes |= {place: change for place, change in late.items() if place not in self._changes}
        return not late

    def _next(self) -> dict[int, Change]:
        """The oldest changes, so few that looking at them keeps nobody waiting; the others are next."""
        changes = {place: self._changes.pop(place) for place in list(islice(self._changes, AT_ONCE))}
        if self._changes:
            self._woken.set()
        return changes

    async def _note(self, changes: Mapping[int, Change]) -> Mapping[int, Change]:
        """Have noted what is not known yet of changes, together, so that it is written together; returns the others."""
        events = await self._news(changes)
        told = (self._watched.reception.note(event) for event in events.values())
        ends = dict(zip(events, await asyncio.gather(*told, return_exceptions=True), strict=True))
        failed = {place: error for place, error in ends.items() if isinstance(error, BaseException)}
        for error in list(failed.values())[:1]:
            log.error("news of %d channels could not be told, and is told again", len(failed), exc_info=error)
        return {place: changes[place] for place in failed}

    async def _news(self, changes: Mapping[int, Change]) -> dict[int, ChatEvent]:
        """What is not known yet of the changes that concern somebody."""
        found = ((place, self._event(place, changes[place])) for place in await self._concerned(changes))
        events = {place: event for place, event in found if event is not None}
        unheard = await self._watched.reception.unheard(events.values()) if events else frozenset()
        return {place: event for place, event in events.items() if event in unheard}

    async def _concerned(self, changes: Iterable[int]) -> list[int]:
        """Those that something is brought to, the oldest news first."""
        named = [str(place) for place in changes]
        concerned = await self._watched.reception.concerned(named) if named else frozenset()
        return [int(place) for place in named if place in concerned]

    def _event(self, place: int, change: Change) -> ChatEvent | None:
        """What there is to tell of a change; None of a channel that is not known any more."""
        fate, above, named = change.fate, change.above, ""
        if fate is None:
            spot = self._watched.places.spot(place)
            if spot is None:
                return None
            fate, above, named = spot.fate, spot.above, spot.chat_name
        address = Address(
            platform=Platform.DISCORD,
            account=self._watched.me,
            chat=str(above or place),
            thread=str(place) if above else "",
        )
        return ChatEvent(address=address, kind=ChatKind.GROUP, fate=fate, update="", alone=True, chat_name=named)

    async def _greet_all(self) -> bool:
        """Greet the servers that let the account in; whether that could be done."""
        joined, self._joined = self._joined, []
        while joined:
            try:
                await self._greet(joined[0])
            except Exception:
                log.exception("a server could not be greeted, and is greeted later")
                self._joined = [*joined[1:], joined[0], *self._joined]
                return False
            del joined[0]
        return True

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
            chat_name=spot.chat_name,
        )
        reply = await self._watched.reception.note(event)
        if reply is not None:
            await self._say(address, reply, f"hi{name}")

    async def _say(self, address: Address, reply: Reply, nonce: str) -> None:
        showing = self._watched.showing
        pages = await showing.pages(reply)
        for number, page in enumerate(pages, 1):
            rows = rows_of(reply.buttons) if number == len(pages) else []
            message = await showing.with_rows(page, rows)
            await self._watched.reception.send(Parcel(address=address, message=message, nonce=f"{nonce}:{number}"))
