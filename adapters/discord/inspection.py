"""Looks at an account from outside, for whoever operates it: who it is, where it is, what it lacks there.

It only asks, and never by the gateway: whoever listens with the same token is not disturbed. It asks slowly, because
all who use a token share its requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from discord.http import Route

from adapters.discord.budget import Budget
from adapters.discord.errors import ours
from adapters.discord.inviting import invitation
from adapters.discord.request import Answered, DiscordHTTP, safe
from adapters.discord.rights import (
    Channel,
    Server,
    channel_in,
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
GAP: Final = 0.08
"""Seconds between two requests: a quarter of the account's 50 a second, for it may be busy sending."""
PAGE: Final = 200
"""Servers that are listed at a time (https://docs.discord.com/developers/resources/user#get-current-user-guilds)."""
MOST_PAGES: Final = 10

_PRIVATE: Final = frozenset({Kind.DM.value})

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
    """A channel or thread to look at, and the role that is called there; empty for nobody."""

    channel: str
    mention: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel or thread, what it and its server are called, and what the account can do there.

    `rests`: the thread is archived, and awakes with the next message; `role_gone`: there is no such role to call.
    """

    channel: str
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
            asks = _Asks(http, gap=gap)
            async with asyncio.timeout_at(ends):
                me, application = await asks.ask("/users/@me"), await asks.ask("/applications/@me")
                gateway = await asks.ask("/gateway/bot")
            looks = _Looks(asks=asks, me=number(me["id"]), ends=ends)
            servers, places = await asyncio.gather(looks.servers(), looks.places(spots))
            return _inspection(me, application, gateway, servers, places)
    except TimeoutError:
        raise NotSent("no answer in time") from None
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


class _Asks:
    """Asks one thing after the other, never faster than it may, and again where it is told to wait."""

    def __init__(self, http: DiscordHTTP, *, gap: float) -> None:
        self._http = http
        self._gap = gap
        self._clock = asyncio.get_running_loop().time
        self._next = 0.0
        self._known: dict[str, asyncio.Task[Any]] = {}

    async def ask(self, path: str, *, params: Mapping[str, Any] | None = None) -> Any:
        """What is answered; raises what `DiscordHTTP.request` raises."""
        while True:
            await self._turn()
            try:
                return await self._http.request(Route("GET", path), params=params)
            except Answered as refusal:
                if refusal.status != HTTPStatus.TOO_MANY_REQUESTS or refusal.banned or refusal.retry_after is None:
                    raise
                await asyncio.sleep(refusal.retry_after)

    async def once(self, path: str) -> Any:
        """The same, asked only once, whoever wants to know it."""
        if path not in self._known:
            self._known[path] = asyncio.ensure_future(self.ask(path))
        return await self._known[path]

    async def _turn(self) -> None:
        begins = max(self._next, self._clock())
        self._next = begins + self._gap
        await asyncio.sleep(begins - self._clock())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looks:
    """Looks at the servers and channels of an account; what is not answered until `ends` stays unknown."""

    asks: _Asks
    me: int
    ends: float

    async def servers(self) -> tuple[str, ...]:
        """What the servers are called that the account is in, as far as they could be listed."""
        names: list[str] = []
        last = "0"
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self.ends):
                for _ in range(MOST_PAGES):
                    page = await self.asks.ask("/users/@me/guilds", params={"limit": PAGE, "after": last})
                    names += [safe(str(server.get("name", ""))) for server in page]
                    if len(page) < PAGE:
                        break
                    last = page[-1]["id"]
        return tuple(names)

    async def places(self, spots: Sequence[Spot]) -> tuple[Place, ...]:
        """How it is in each of these channels."""
        return tuple(await asyncio.gather(*(self._look(spot) for spot in spots)))

    async def _look(self, spot: Spot) -> Place:
        try:
            async with asyncio.timeout_at(self.ends):
                return await self._place(spot)
        except Exception as error:  # noqa: BLE001 - one channel that nobody understands hides no other
            return Place(channel=spot.channel, seat=_without(error))

    async def _place(self, spot: Spot) -> Place:
        said = await self.asks.once(f"/channels/{spot.channel}")
        if said.get("type") in _PRIVATE:
            return Place(channel=spot.channel, seat=Seat.PRIVATE)
        here = channel_in(said, self.me)
        above = channel_in(await self.asks.once(f"/channels/{here.parent}"), self.me) if here.is_thread else here
        server = await self._server(str(said["guild_id"]))
        missing = missing_in(server, here, above, me=self.me, role=spot.mention)
        return Place(
            channel=spot.channel,
            seat=Seat.LACKS if any(silences(lack, here) for lack in missing) else Seat.WRITES,
            title=safe(here.name),
            server=safe(server.name),
            lacks=missing,
            rests=bool((said.get("thread_metadata") or {}).get("archived")),
            role_gone=bool(spot.mention) and number(spot.mention) not in server.roles,
        )

    async def _server(self, server: str) -> Server:
        said = await self.asks.once(f"/guilds/{server}")
        return server_in(said, self.me, member=await self.asks.once(f"/guilds/{server}/members/{self.me}"), channels=())


def missing_in(server: Server, here: Channel, above: Channel, *, me: int, role: str) -> tuple[Lack, ...]:
    """What the account lacks in a channel, or in a thread that stands in the channel `above`. Pure.

    `role`: the one that is called; one that is gone is called by nobody.
    """
    calls = number(role) in server.roles and not may_call(server, role)
    return lacks(rights_in(server, above, me), here, calls=calls)


def _without(error: Exception) -> Seat:
    """What an error instead of an answer says."""
    match ours(error):
        case ChatLost():
            return Seat.GONE
        case Forbidden():
            return Seat.HIDDEN
        case _:
            return Seat.UNSEEN
