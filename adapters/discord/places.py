"""The servers that an account is in, as far as they say what it may do there: kept from what the gateway tells.

Nothing else is kept of what comes, and nothing of the library's: a server of 30 channels and 20 roles takes some
kilobytes. What somebody typed, who is there and who speaks is never asked for.
Source of the events: https://docs.discord.com/developers/events/gateway-events
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf
from typing import Any, Final

from adapters.discord.rights import (
    CHANNELS,
    LATE,
    THREADS,
    Channel,
    Server,
    channel_in,
    hush_of,
    is_hushed,
    known_to,
    lacks,
    number,
    rights_in,
    roles_of,
    server_in,
    silences,
)
from adapters.discord.venues import Kind, Venue
from adapters.naming import chat_name
from adapters.platform import Fate, Lack

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What an event changed.

    `touched`: channels and threads whose rights may be others now; `lost`: those that are gone, with the channel that
    a thread stood below, else 0; `closed`: threads that were locked and archived, the same; `joined`: a
    server that the account was let into just now.
    """

    touched: frozenset[int] = frozenset()
    lost: Mapping[int, int] = field(default_factory=dict)
    closed: Mapping[int, int] = field(default_factory=dict)
    joined: int = 0


NOTHING: Final = News()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A channel, or a thread with the channel that it stands below, and what the account may do there.

    `hushed`: a time-out keeps it from writing in the server.
    """

    server: Server
    channel: Channel
    thread: Channel | None = None
    rights: int = 0
    hushed: bool = False

    @property
    def itself(self) -> Channel:
        """The thread, or the channel."""
        return self.thread or self.channel

    @property
    def above(self) -> int:
        """The channel that a thread stands below; 0 for a channel."""
        return self.channel.id if self.thread else 0

    @property
    def chat_name(self) -> str:
        """What people call it, as `#news (Reading)`; a thread with its channel. Empty where nobody told it."""
        if self.thread is None:
            return chat_name(marked(self.channel.name), self.server.name)
        around = " · ".join(filter(None, (marked(self.channel.name), self.server.name)))
        return chat_name(marked(self.thread.name), around)

    def lacks(self, *, calls: bool = False) -> tuple[Lack, ...]:
        """What is missing to bring everything here."""
        return lacks(self.rights, self.itself, calls=calls, hushed=self.hushed)

    @property
    def fate(self) -> Fate:
        """Whether anything can be brought here."""
        return Fate.MUTE if any(silences(lack, self.itself) for lack in self.lacks()) else Fate.OPEN


def marked(name: str) -> str:
    """A channel's or a thread's name as Discord shows it; empty for none."""
    return f"#{name}" if name else ""


class Places:
    """What is known of the servers of the account `me`. `now` is the wall clock."""

    def __init__(self, me: int, *, now: Callable[[], datetime]) -> None:
        self._me = me
        self._now = now
        self._timed: set[int] = set()
        self._hushed: set[int] = set()
        self.servers: dict[int, Server] = {}
        self._home: dict[int, int] = {}
        self._expected: set[int] = set()
        self._readers: dict[str, Callable[[Json], News]] = {
            "READY": self._ready,
            "GUILD_CREATE": self._server,
            "GUILD_UPDATE": self._server_changed,
            "GUILD_DELETE": self._server_gone,
            "GUILD_ROLE_CREATE": self._role,
            "GUILD_ROLE_UPDATE": self._role,
            "GUILD_ROLE_DELETE": self._role_gone,
            "GUILD_MEMBER_UPDATE": self._member,
            "CHANNEL_CREATE": self._channel,
            "CHANNEL_UPDATE": self._channel,
            "CHANNEL_DELETE": self._channel_gone,
            "THREAD_CREATE": self._thread,
            "THREAD_UPDATE": self._thread,
            "THREAD_DELETE": self._thread_gone,
            "THREAD_LIST_SYNC": self._threads,
        }

    @property
    def events(self) -> frozenset[str]:
        """The events that are read."""
        return frozenset(self._readers)

    def read(self, event: str, said: Json) -> News:
        """Take note of an event."""
        return self._readers[event](said)

    # --- What is known -------------------------------------------------------------------------------------------

    def spot(self, place: int) -> Spot | None:
        """A channel or a thread, if it is known."""
        server = self.servers.get(self._home.get(place, 0))
        if server is None:
            return None
        above = server.threads.get(place)
        channel = server.channels.get(place if above is None else above)
        if channel is None:
            return None
        rights, hushed = rights_in(server, channel, self._me), self.is_hushed(server)
        if above is None:
            return Spot(server=server, channel=channel, rights=rights, hushed=hushed)
        named, locked = server.titles.get(place, ""), place in server.locked
        thread = Channel(id=place, kind=Kind.PUBLIC_THREAD, name=named, parent=above, locked=locked)
        return Spot(server=server, channel=channel, thread=thread, rights=rights, hushed=hushed)

    def venue(self, place: str) -> Venue | None:
        """What a channel is to whoever brings something there, if it is known."""
        found = self.spot(number(place)) if place.isdecimal() else None
        if found is None:
            return None
        venue = known_to(found.itself.forum or Venue(kind=found.itself.kind), found.rights)
        return replace(venue, server=str(found.server.id))  # a channel within its server does not name it

    # --- Time-outs -----------------------------------------------------------------------------------------------

    def is_hushed(self, server: Server) -> bool:
        """Whether a time-out keeps the account from writing in a server now."""
        return is_hushed(server, self._me, self._now())

    @property
    def hush_left(self) -> float:
        """Seconds until the first time-out is over of those that are not; without end where there is none."""
        ends = (self.servers[server].hushed_until for server in self._hushed)
        first = min((end for end in ends if end is not None), default=None)
        return inf if first is None else max(0.0, (first + LATE - self._now()).total_seconds())

    def hush_news(self) -> News:
        """What time-outs changed since the last look, of which no event tells.

        They are over; or they are not, where the clock was ahead and has been set back.
        """
        turned = {server for server in self._timed if self._is_timed(server) is not (server in self._hushed)}
        self._hushed ^= turned
        found = (self.servers[server] for server in turned)
        return News(touched=frozenset(place for server in found for place in _all_of(server).touched))

    def _is_timed(self, server: int) -> bool:
        """Whether a time-out of the account is to end in a server, be it without effect."""
        until = self.servers[server].hushed_until
        return until is not None and self._now() < until + LATE

    def _note_hush(self, server: Server) -> None:
        """Take note of a server's time-out, or that there is none."""
        self._unhush(server.id)
        self._timed |= set() if server.hushed_until is None else {server.id}
        self._hushed |= {server.id} if self._is_timed(server.id) else set()

    def _unhush(self, server: int) -> None:
        self._timed.discard(server)
        self._hushed.discard(server)

    # --- Servers -------------------------------------------------------------------------------------------------

    def _ready(self, said: Json) -> News:
        """A session begins: its servers are told next, one by one."""
        announced = {number(server["id"]) for server in said.get("guilds") or ()}
        shard, shards = said.get("shard") or (0, 1)
        for server in [known for known in self.servers if (known >> 22) % shards == shard and known not in announced]:
            self._forget(server)  # what became of it, nobody says
        self._expected |= announced
        return NOTHING

    def _server(self, said: Json) -> News:
        """A server is there: as announced, back again, or new to us."""
        if said.get("unavailable"):
            return NOTHING
        server = server_in(said, self._me)
        is_new = server.id not in self._expected and server.id not in self.servers
        self._expected.discard(server.id)
        self._forget(server.id)
        self.servers[server.id] = server
        self._note_hush(server)
        places = frozenset({*server.channels, *server.threads})
        self._home |= dict.fromkeys(places, server.id)
        return News(touched=places, joined=server.id if is_new else 0)

    def _server_changed(self, said: Json) -> News:
        server = self.servers.get(number(said["id"]))
        if server is None:
            return NOTHING
        told = server_in(said, self._me, member={"roles": []}, channels=())
        server.name, server.owner, server.system = told.name, told.owner, told.system
        server.roles, server.named, server.callable = told.roles, told.named, told.callable
        return _all_of(server)

    def _server_gone(self, said: Json) -> News:
        """The account was put out, or the server is gone; one that is only away for a while comes back."""
        server = number(said["id"])
        if said.get("unavailable"):
            self._expected.add(server)
            return NOTHING
        return News(lost=self._forget(server))

    def _forget(self, server: int) -> dict[int, int]:
        known = self.servers.pop(server, None)
        self._unhush(server)
        gone = {} if known is None else dict.fromkeys(known.channels, 0) | known.threads
        for place in gone:
            self._home.pop(place, None)
        return gone

    # --- Roles ---------------------------------------------------------------------------------------------------

    def _role(self, said: Json) -> News:
        server, role = self.servers.get(number(said["guild_id"])), said["role"]
        if server is None:
            return NOTHING
        name, rights = number(role["id"]), number(role["permissions"])
        calls = {name} if role.get("mentionable") else set()
        server.callable = server.callable - {name} | calls
        changed = server.roles.get(name) != rights
        server.roles[name], server.named[name] = rights, str(role.get("name") or "")
        return _all_of(server) if changed and name in {server.id, *server.mine} else NOTHING

    def _role_gone(self, said: Json) -> News:
        server, role = self.servers.get(number(said["guild_id"])), number(said["role_id"])
        if server is None:
            return NOTHING
        server.roles.pop(role, None)
        server.named.pop(role, None)
        server.callable -= {role}
        had = role in server.mine
        server.mine -= {role}
        return _all_of(server) if had else NOTHING

    def _member(self, said: Json) -> News:
        """Our own roles, or a time-out that is given or lifted; without a privileged intent nobody else's are told."""
        server = self.servers.get(number(said["guild_id"]))
        if server is None or number(said["user"]["id"]) != self._me or "roles" not in said:
            return NOTHING
        server.mine = roles_of(said)
        if "communication_disabled_until" in said:
            server.hushed_until = hush_of(said)
            self._note_hush(server)
        return _all_of(server)

    # --- Channels and threads ------------------------------------------------------------------------------------

    def _channel(self, said: Json) -> News:
        server, channel = self.servers.get(number(said.get("guild_id"))), channel_in(said, self._me)
        if server is None:
            return NOTHING
        if channel.kind not in CHANNELS:
            return News(lost=self._drop(server, channel.id))
        server.channels[channel.id] = channel
        self._home[channel.id] = server.id
        return News(touched=frozenset({channel.id, *_below(server, channel.id)}))

    def _channel_gone(self, said: Json) -> News:
        server = self.servers.get(number(said.get("guild_id")))
        return NOTHING if server is None else News(lost=self._drop(server, number(said["id"])))

    def _drop(self, server: Server, channel: int) -> dict[int, int]:
        """Forget a channel with its threads; which were known."""
        if server.channels.pop(channel, None) is None:
            return {}
        gone = {channel: 0} | dict.fromkeys(_below(server, channel), channel)
        for place in gone:
            self._home.pop(place, None)
            server.threads.pop(place, None)
            server.titles.pop(place, None)
        server.locked -= gone.keys()
        return gone

    def _thread(self, said: Json) -> News:
        """A thread begins, or changes; one that is archived is forgotten until it wakes: there is no end of them."""
        server = self.servers.get(number(said.get("guild_id")))
        if server is None or said.get("type") not in THREADS:
            return NOTHING
        thread = channel_in(said, self._me)
        self._keep(server, thread)
        if not (said.get("thread_metadata") or {}).get("archived"):
            return News(touched=frozenset({thread.id}))
        closed = thread.locked and (spot := self.spot(thread.id)) is not None and spot.fate is Fate.MUTE
        self._lose(server, thread.id)
        return News(closed={thread.id: thread.parent}) if closed else NOTHING

    def _keep(self, server: Server, thread: Channel) -> int:
        server.threads[thread.id], server.titles[thread.id] = thread.parent, thread.name
        server.locked = server.locked - {thread.id} | ({thread.id} if thread.locked else set())
        self._home[thread.id] = server.id
        return thread.id

    def _lose(self, server: Server, thread: int) -> None:
        server.threads.pop(thread, None)
        server.titles.pop(thread, None)
        server.locked -= {thread}
        self._home.pop(thread, None)

    def _thread_gone(self, said: Json) -> News:
        server, thread = self.servers.get(number(said.get("guild_id"))), number(said["id"])
        if server is None:
            return NOTHING
        self._lose(server, thread)
        return News(lost={thread: number(said.get("parent_id"))})

    def _threads(self, said: Json) -> News:
        """The threads of channels that the account sees now."""
        server, threads = self.servers.get(number(said.get("guild_id"))), said.get("threads") or ()
        if server is None:
            return NOTHING
        return News(touched=frozenset(self._keep(server, channel_in(thread, self._me)) for thread in threads))


def _below(server: Server, channel: int) -> Iterable[int]:
    return (thread for thread, above in server.threads.items() if above == channel)


def _all_of(server: Server) -> News:
    return News(touched=frozenset({*server.channels, *server.threads}))
