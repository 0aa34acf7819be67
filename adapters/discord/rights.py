"""What an account may do in a channel of a server, and what it lacks to bring everything there. Pure.

Source of the rules: https://docs.discord.com/developers/topics/permissions (overwrites, implicit permissions, threads).
A time-out of the account takes nearly all of it away, whatever the rights are, and ends without a word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from struct import Struct
from typing import Any, Final

from adapters.discord.venues import Kind, Venue, venue_in
from adapters.platform import Lack


class Right(IntEnum):
    """Single rights, by the bit that stands for each; several are their sum, a plain number."""

    ADMINISTRATOR = 1 << 3
    MANAGE_SERVER = 1 << 5
    VIEW = 1 << 10
    WRITE = 1 << 11
    EMBED = 1 << 14
    MENTION = 1 << 17
    """To call roles that not everybody may call, and everybody."""
    MANAGE_THREADS = 1 << 34
    WRITE_IN_THREADS = 1 << 38


INVITED: Final = Right.VIEW | Right.WRITE | Right.EMBED | Right.WRITE_IN_THREADS
"""What an account is invited with: exactly what it needs to bring everything to channels, threads and forums."""

LATE: Final = timedelta(seconds=5)
"""How long after its end a time-out counts as over: our clock may be before Discord's."""

ALL: Final = (1 << 63) - 1
"""Every right, also of those that have no name here."""

DECIDING: Final = Right.ADMINISTRATOR | Right.MANAGE_SERVER
"""Whoever has one of these decides for a server."""


FORUMS: Final = frozenset({Kind.FORUM, Kind.MEDIA})
THREADS: Final = frozenset({Kind.ANNOUNCEMENT_THREAD, Kind.PUBLIC_THREAD, Kind.PRIVATE_THREAD})
CHANNELS: Final = frozenset({Kind.TEXT, Kind.ANNOUNCEMENT}) | FORUMS
"""The kinds of a server's channels to which something can be brought."""


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel gives and takes beyond its server's roles; `holder` is a role, or the account itself."""

    holder: int
    allow: int
    deny: int


_OVERWRITE = Struct("<QQQ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel or a thread of a server. A thread's `parent` is the channel whose rights are its own as well.

    `packed`: its overwrites, in a form that takes a fifth of the memory, because there are hundreds of thousands of
    them. `forum`: what a forum is to whoever brings something there.
    """

    id: int
    kind: int
    name: str
    parent: int = 0
    packed: bytes = b""
    locked: bool = False
    forum: Venue | None = None

    @property
    def overwrites(self) -> tuple[Overwrite, ...]:
        """What it gives and takes."""
        return tuple(Overwrite(*one) for one in _OVERWRITE.iter_unpack(self.packed))

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread."""
        return self.kind in THREADS

    @property
    def can_receive(self) -> bool:
        """Whether something can be brought to a channel of this kind."""
        return self.kind in CHANNELS or self.kind in THREADS


@dataclass(slots=True, kw_only=True)
class Server:
    """A server, as far as it says what the account may do: changed in place by what is heard of it.

    `roles`: what each gives; `named`: what each is called; `callable`: those that everybody may call; `mine`: the
    account's own. `threads` are known by the channel that they stand below, `titles` is what they are called, and
    `locked` are those that are. `hushed_until`: when the last time-out of the account ends, or did.
    """

    id: int
    name: str
    owner: int
    system: int
    """The channel for the server's own messages, or 0."""
    roles: dict[int, int]
    named: dict[int, str]
    callable: frozenset[int]
    mine: frozenset[int]
    channels: dict[int, Channel]
    threads: dict[int, int]
    titles: dict[int, str]
    locked: frozenset[int] = frozenset()
    hushed_until: datetime | None = None


# --- What Discord says --------------------------------------------------------------------------------------------


def number(said: object) -> int:
    """An id, or a sum of rights, as Discord writes it; 0 for none."""
    return int(said) if isinstance(said, str | int) and said else 0


def channel_in(said: Mapping[str, Any], me: int) -> Channel:
    """A channel, as the REST API and the gateway tell it, with the overwrites that can concern the account."""
    kind = number(said.get("type"))
    return Channel(
        id=number(said["id"]),
        kind=kind,
        name=str(said.get("name") or ""),
        parent=number(said.get("parent_id")) if kind in THREADS else 0,
        packed=b"".join(_overwrites(said.get("permission_overwrites") or (), me)),
        locked=bool((said.get("thread_metadata") or {}).get("locked")),
        forum=venue_in(said) if kind in FORUMS else None,
    )


def _overwrites(said: Iterable[Mapping[str, Any]], me: int) -> Iterator[bytes]:
    for one in said:
        holder = number(one["id"])
        if number(one["type"]) == 0 or holder == me:
            yield _OVERWRITE.pack(holder, number(one["allow"]), number(one["deny"]))


def server_in(
    said: Mapping[str, Any],
    me: int,
    *,
    member: Mapping[str, Any] | None = None,
    channels: Iterable[Mapping[str, Any]] | None = None,
) -> Server:
    """A server as the gateway tells it whole; or as REST tells its parts: itself, the account in it, its channels."""
    roles = {number(role["id"]): number(role["permissions"]) for role in said.get("roles") or ()}
    found = [channel_in(channel, me) for channel in (said.get("channels") or () if channels is None else channels)]
    threads = [channel_in(thread, me) for thread in said.get("threads") or ()]
    itself = member if member is not None else _member(said, me)
    return Server(
        id=number(said["id"]),
        name=str(said.get("name") or ""),
        owner=number(said.get("owner_id")),
        system=number(said.get("system_channel_id")),
        roles=roles,
        named={number(role["id"]): str(role.get("name") or "") for role in said.get("roles") or ()},
        callable=frozenset(number(role["id"]) for role in said.get("roles") or () if role.get("mentionable")),
        mine=roles_of(itself),
        channels={channel.id: channel for channel in found if channel.kind in CHANNELS},
        threads={thread.id: thread.parent for thread in threads},
        titles={thread.id: thread.name for thread in threads},
        locked=frozenset(thread.id for thread in threads if thread.locked),
        hushed_until=hush_of(itself),
    )


def _member(said: Mapping[str, Any], me: int) -> Mapping[str, Any]:
    members: Iterable[Mapping[str, Any]] = said.get("members") or ()
    return next((member for member in members if number(member["user"]["id"]) == me), {})


def hush_of(member: Mapping[str, Any]) -> datetime | None:
    """When somebody's time-out ends, or did; None where there was none, or none that can be read.

    Source: https://docs.discord.com/developers/resources/guild#guild-member-object
    """
    try:
        until = datetime.fromisoformat(member.get("communication_disabled_until") or "")
    except (TypeError, ValueError):
        return None
    return until if until.tzinfo is not None else None


def is_hushed(server: Server, me: int, now: datetime) -> bool:
    """Whether a time-out keeps the account from writing in a server; owners and administrators have none."""
    until = server.hushed_until
    return until is not None and now < until + LATE and rights_of(server, me, server.mine) != ALL


def roles_of(member: Mapping[str, Any]) -> frozenset[int]:
    """The roles of somebody in a server."""
    return frozenset(number(role) for role in member.get("roles") or ())


# --- What follows -------------------------------------------------------------------------------------------------


def rights_of(server: Server, person: int, roles: Collection[int]) -> int:
    """What somebody with these roles may do in a server, where no channel says otherwise."""
    if person == server.owner:
        return ALL
    rights = server.roles.get(server.id, 0)  # everybody's role has the server's id
    for role in roles:
        rights |= server.roles.get(role, 0)
    return ALL if rights & Right.ADMINISTRATOR else rights


def rights_in(server: Server, channel: Channel, me: int) -> int:
    """What the account may do in a channel; for a thread, `channel` is the one that it stands below.

    A right is told by itself: without VIEW, none of the others is of any use.
    """
    rights = rights_of(server, me, server.mine)
    if rights == ALL:
        return ALL
    overwrites = {overwrite.holder: overwrite for overwrite in channel.overwrites}
    for level in ((server.id,), server.mine - {server.id}, (me,)):
        found = [overwrites[holder] for holder in level if holder in overwrites]
        for overwrite in found:
            rights &= ~overwrite.deny
        for overwrite in found:
            rights |= overwrite.allow
    return rights


def lacks(rights: int, channel: Channel, *, calls: bool = False, hushed: bool = False) -> tuple[Lack, ...]:
    """What is missing to bring everything to a channel or a thread.

    `calls`: a role is to be called that not everybody may. `hushed`: the account is timed out.
    """
    missing = tuple(lack for lack, is_missing in _needs(rights, channel, calls=calls) if is_missing)
    return (*missing, Lack.HUSHED) if hushed else missing


def _needs(rights: int, channel: Channel, *, calls: bool) -> Iterator[tuple[Lack, bool]]:
    yield Lack.VIEW, not rights & Right.VIEW
    if not channel.is_thread:
        yield Lack.WRITE, not rights & Right.WRITE
    if channel.is_thread or channel.kind in FORUMS:
        yield Lack.WRITE_IN_THREADS, not rights & Right.WRITE_IN_THREADS
    yield Lack.EMBED, not rights & Right.EMBED
    yield Lack.UNLOCKED, channel.locked and not rights & Right.MANAGE_THREADS
    yield Lack.TAG, channel.forum is not None and not known_to(channel.forum, rights).takes_posts
    yield Lack.MENTION, calls and not rights & Right.MENTION


def known_to(forum: Venue, rights: int) -> Venue:
    """The same venue for an account that has these rights there."""
    return replace(forum, moderates=bool(rights & Right.MANAGE_THREADS))


def silences(lack: Lack, channel: Channel) -> bool:
    """Whether nothing at all can be brought while this is missing."""
    match lack:
        case Lack.MENTION:
            return False
        case Lack.WRITE_IN_THREADS:
            return channel.is_thread
        case _:
            return True


def may_call(server: Server, role: str) -> bool:
    """Whether everybody may call a role."""
    return number(role) in server.callable
