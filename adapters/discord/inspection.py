"""Looks at an account from outside, for whoever operates it: who it is, where it is, what it lacks there.

It only asks, and never by the gateway: whoever listens with the same token is not disturbed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from discord import DiscordException

from adapters.causes import Cause
from adapters.discord.asking import GAP, Asks
from adapters.discord.budget import Budget
from adapters.discord.errors import ours
from adapters.discord.inviting import invitation
from adapters.discord.request import DiscordHTTP, safe
from adapters.discord.rights import (
    Channel,
    Server,
    channel_in,
    is_hushed,
    lacks,
    may_call,
    number,
    rights_in,
    server_in,
    silences,
)
from adapters.discord.venues import Kind
from adapters.platform import ChatLost, Forbidden, Lack, NotSent

PATIENCE: Final = 15.0
"""Seconds that an inspection takes at most; what was not answered by then is not known."""
PAGE: Final = 200
"""Servers that are listed at a time (https://docs.discord.com/developers/resources/user#get-current-user-guilds)."""
MOST_PAGES: Final = 10
MOST_SEARCHED: Final = 25
"""Servers in which a channel is looked for that is not shown to the account."""

_PRIVATE: Final = frozenset({Kind.DM, Kind.GROUP_DM})

_Json = Mapping[str, Any]


class Seat(StrEnum):
    """What an account can do in a channel or thread."""

    WRITES = "writes"
    PRIVATE = "private"
    """It is a person's: whether they still hear it, only sending tells."""
    LACKS = "lacks"
    """So much is missing that nothing can be brought."""
    HIDDEN = "hidden"
    """It is not shown to the account, or is in a server where the account is not any more."""
    GONE = "gone"
    UNSEEN = "unseen"
    """Nobody could tell in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A channel to look at, or a thread in the channel `parent`, and the role that is called there, if one is."""

    channel: str
    parent: str = ""
    mention: str = ""

    @property
    def within(self) -> str:
        """The channel that has the rights."""
        return self.parent or self.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel or thread, what it and its server are called, and what the account can do there.

    `rests`: the thread is archived, and awakes with the next message; `role_gone`: there is no such role to call.
    """

    spot: Spot
    seat: Seat
    title: str = ""
    server: str = ""
    lacks: tuple[Lack, ...] = ()
    rests: bool = False
    role_gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was found of an account.

    `name` is the bot's, `title` its application's; `servers`: what those are called that were listed, of `count`.
    `endpoint`: the host to which Discord posts what readers ask, instead of telling it by the gateway. `is_public`:
    everybody may invite it; `needs_code`: an invitation does not suffice. `starts`: how often the gateway may still be
    opened, and `again_in` how many seconds it is until it may be opened more often.
    """

    name: str
    title: str
    invitation: str
    servers: tuple[str, ...]
    count: int
    places: tuple[Place, ...]
    is_public: bool = True
    needs_code: bool = False
    endpoint: str = ""
    starts: int | None = None
    again_in: float = 0.0


async def inspect(
    token: str, *, api_url: str, spots: Sequence[Spot], patience: float = PATIENCE, gap: float = GAP
) -> Inspection:
    """Look at the account of a token, and at some channels; raises CourierError where it is not answered.

    `patience`: seconds that all of it may take; `gap`: seconds between two requests.
    """
    loop = asyncio.get_running_loop()
    ends = loop.time() + patience
    try:
        async with _http(token, api_url, patience) as http:
            asks = Asks(http, gap=gap)
            async with asyncio.timeout_at(ends):
                me, application = await asks.ask("/users/@me"), await asks.ask("/applications/@me")
                gateway = await asks.ask("/gateway/bot")
            looks = _Looks(asks=asks, me=number(me["id"]), ends=ends)
            servers, seen = await asyncio.gather(looks.servers(), looks.places(spots))
            places = await looks.revealed(seen, servers)
            return _inspection(me, application, gateway, tuple(servers.values()), places)
    except TimeoutError:
        raise NotSent(Cause.NO_ANSWER) from None
    except Exception as error:  # noqa: BLE001 - whatever breaks has a name of ours
        raise ours(error) from None


def _http(token: str, api_url: str, patience: float) -> DiscordHTTP:
    budget = Budget(asyncio.get_running_loop().time)
    return DiscordHTTP(token, api_url=api_url, budget=budget, connect=patience, total=patience)


def _inspection(
    me: _Json, application: _Json, gateway: _Json, servers: tuple[str, ...], places: tuple[Place, ...]
) -> Inspection:
    starts = gateway.get("session_start_limit") or {}
    return Inspection(
        name=safe(str(me.get("username", ""))),
        title=safe(str(application.get("name", ""))),
        invitation=invitation(str(application["id"])),
        servers=servers,
        count=max(len(servers), number(application.get("approximate_guild_count"))),
        places=places,
        is_public=bool(application.get("bot_public", True)),
        needs_code=bool(application.get("bot_require_code_grant")),
        endpoint=urlsplit(str(application.get("interactions_endpoint_url") or "")).hostname or "",
        starts=starts.get("remaining"),
        again_in=number(starts.get("reset_after")) / 1000,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looks:
    """Looks at the servers and channels of an account; what is not answered until `ends` stays unknown."""

    asks: Asks
    me: int
    ends: float

    async def servers(self) -> dict[str, str]:
        """What the servers are called that the account is in, by their ids, as far as they could be listed."""
        found: dict[str, str] = {}
        with suppress(TimeoutError, DiscordException):
            async with asyncio.timeout_at(self.ends):
                for _ in range(MOST_PAGES):
                    after = max(found, key=int, default="0")
                    page = await self.asks.ask("/users/@me/guilds", params={"limit": PAGE, "after": after})
                    found |= {server["id"]: safe(str(server.get("name", ""))) for server in page}
                    if len(page) < PAGE:
                        break
        return found

    async def places(self, spots: Sequence[Spot]) -> list[Place]:
        """How it is in each of these channels."""
        return await asyncio.gather(*(self._look(spot) for spot in spots))

    async def revealed(self, places: Sequence[Place], servers: Collection[str]) -> tuple[Place, ...]:
        """The same, with what can be known of those that are hidden: a server lists also what it does not show."""
        hidden = {place.spot.within for place in places if place.seat is Seat.HIDDEN}
        found: dict[str, tuple[Server, Channel]] = {}
        with suppress(TimeoutError, DiscordException):
            async with asyncio.timeout_at(self.ends):
                for server in list(servers)[:MOST_SEARCHED]:
                    if hidden <= found.keys():
                        break
                    found |= await self._listed(server, hidden)
        return tuple(self._revealed(place, found) for place in places)

    async def _listed(self, server: str, hidden: Collection[str]) -> dict[str, tuple[Server, Channel]]:
        listed = await self.asks.ask(f"/guilds/{server}/channels")
        found = {said["id"]: channel_in(said, self.me) for said in listed if said["id"] in hidden}
        return {channel: (await self._server(server), above) for channel, above in found.items()}

    def _revealed(self, place: Place, found: Mapping[str, tuple[Server, Channel]]) -> Place:
        spot = place.spot
        if place.seat is not Seat.HIDDEN or spot.within not in found:
            return place
        server, above = found[spot.within]
        here = replace(above, kind=Kind.PUBLIC_THREAD, parent=above.id, forum=None) if spot.parent else above
        seen = place_in(server, spot, here, above, me=self.me, now=self.asks.told_at)
        return seen if Lack.VIEW in seen.lacks else replace(seen, seat=Seat.HIDDEN)

    async def _look(self, spot: Spot) -> Place:
        try:
            async with asyncio.timeout_at(self.ends):
                return await self._place(spot)
        except Exception as error:  # noqa: BLE001 - one channel that nobody understands hides no other
            return Place(spot=spot, seat=_without(error))

    async def _place(self, spot: Spot) -> Place:
        said = await self.asks.once(f"/channels/{spot.channel}")
        if said.get("type") in _PRIVATE:
            return Place(spot=spot, seat=Seat.PRIVATE)
        here = channel_in(said, self.me)
        above = channel_in(await self.asks.once(f"/channels/{here.parent}"), self.me) if here.is_thread else here
        server = await self._server(str(said["guild_id"]))
        rests = bool((said.get("thread_metadata") or {}).get("archived"))
        return replace(place_in(server, spot, here, above, me=self.me, now=self.asks.told_at), rests=rests)

    async def _server(self, server: str) -> Server:
        said = await self.asks.once(f"/guilds/{server}")
        return server_in(said, self.me, member=await self.asks.once(f"/guilds/{server}/members/{self.me}"), channels=())


def place_in(
    server: Server, spot: Spot, here: Channel, above: Channel, *, me: int, now: datetime | None = None
) -> Place:
    """How it is in a channel, or in a thread that stands in the channel `above`. Pure.

    A role that is gone is called by nobody: nothing is missing for it. `now`: None where nobody knows, so that no
    time-out is told of.
    """
    role_gone = bool(spot.mention) and number(spot.mention) not in server.roles
    calls = bool(spot.mention) and not role_gone and not may_call(server, spot.mention)
    hushed = now is not None and is_hushed(server, me, now)
    missing = lacks(rights_in(server, above, me), here, calls=calls, hushed=hushed)
    return Place(
        spot=spot,
        seat=Seat.LACKS if any(silences(lack, here) for lack in missing) else Seat.WRITES,
        title=safe(here.name),
        server=safe(server.name),
        lacks=missing,
        role_gone=role_gone,
    )


def _without(error: Exception) -> Seat:
    """What an error instead of an answer says."""
    match ours(error):
        case ChatLost():
            return Seat.GONE
        case Forbidden():
            return Seat.HIDDEN
        case _:
            return Seat.UNSEEN
