"""What an account may do in a channel, and what it lacks there."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.discord.rights import (
    ALL,
    INVITED,
    Channel,
    Right,
    channel_in,
    lacks,
    rights_in,
    server_in,
    silences,
)
from adapters.discord.venues import Kind
from adapters.platform import Lack

ME, OWNER, GUILD, NEWS, OTHERS = 100, 1, 10, 20, 21
MODERATING = INVITED | Right.MANAGE_THREADS
BASE = Right.VIEW | Right.WRITE | Right.EMBED | Right.WRITE_IN_THREADS


def overwrite(holder: int, *, allow: int = 0, deny: int = 0, member: bool = False) -> dict[str, Any]:
    """An overwrite as Discord tells it."""
    return {"id": str(holder), "type": int(member), "allow": str(allow), "deny": str(deny)}


def guild(
    *, everyone: int = BASE, news: int = 0, mine: tuple[int, ...] = (NEWS,), owner: int = OWNER
) -> dict[str, Any]:
    """A server as the gateway tells it, with the account in it."""
    roles = [(GUILD, everyone), (NEWS, news), (OTHERS, ALL)]
    return {
        "id": str(GUILD),
        "name": "Town",
        "owner_id": str(owner),
        "roles": [{"id": str(role), "permissions": str(rights), "mentionable": role == NEWS} for role, rights in roles],
        "members": [
            {"user": {"id": "7"}, "roles": []},
            {"user": {"id": str(ME)}, "roles": [str(role) for role in mine]},
        ],
        "channels": [],
    }


def channel(*overwrites: dict[str, Any], kind: int = Kind.TEXT, **more: Any) -> Channel:
    """A channel with overwrites."""
    return channel_in({"id": "30", "type": kind, "name": "news", "permission_overwrites": list(overwrites), **more}, ME)


@pytest.mark.parametrize(
    ("server", "overwrites", "expected"),
    [
        (guild(), (), BASE),
        (guild(everyone=0, news=Right.VIEW), (), Right.VIEW),
        (guild(everyone=0, news=Right.VIEW, mine=()), (), 0),
        (guild(everyone=0, news=Right.ADMINISTRATOR), (overwrite(GUILD, deny=BASE),), ALL),
        (guild(everyone=0, owner=ME), (overwrite(ME, deny=BASE, member=True),), ALL),
        (guild(), (overwrite(GUILD, deny=Right.WRITE),), BASE & ~Right.WRITE),
        (guild(), (overwrite(GUILD, deny=Right.WRITE), overwrite(NEWS, allow=Right.WRITE)), BASE),
        (guild(), (overwrite(NEWS, deny=Right.WRITE), overwrite(GUILD, allow=Right.WRITE)), BASE & ~Right.WRITE),
        (guild(), (overwrite(NEWS, deny=Right.EMBED), overwrite(ME, allow=Right.EMBED, member=True)), BASE),
        (guild(), (overwrite(ME, deny=Right.VIEW, member=True), overwrite(NEWS, allow=Right.VIEW)), BASE & ~Right.VIEW),
        (guild(), (overwrite(OTHERS, deny=BASE),), BASE),
        (guild(), (overwrite(7, deny=BASE, member=True),), BASE),
    ],
)
def test_rights_in_a_channel(server: dict[str, Any], overwrites: tuple[dict[str, Any], ...], expected: int) -> None:
    """Everybody's rights and the account's roles count, then the channel's overwrites: everybody's, roles', its own."""
    assert rights_in(server_in(server, ME), channel(*overwrites), ME) == expected


def test_of_several_roles_the_one_that_allows_counts() -> None:
    """Where one role takes a right and another gives it, it is given."""
    server = server_in(guild(mine=(NEWS, OTHERS)) | {"roles": guild()["roles"][:2]}, ME)
    both = channel(overwrite(OTHERS, deny=Right.WRITE), overwrite(NEWS, allow=Right.WRITE))
    assert rights_in(server, both, ME) == BASE


def test_overwrites_of_other_people_are_not_kept() -> None:
    """What a channel gives and takes from single people is forgotten, unless it is the account."""
    found = channel(overwrite(7, deny=BASE, member=True), overwrite(ME, deny=BASE, member=True), overwrite(NEWS))
    assert [one.holder for one in found.overwrites] == [ME, NEWS]


@pytest.mark.parametrize(
    ("kind", "rights", "more", "expected"),
    [
        (Kind.TEXT, INVITED, {}, ()),
        (Kind.TEXT, ALL, {}, ()),
        (Kind.TEXT, 0, {}, (Lack.VIEW, Lack.WRITE, Lack.EMBED)),
        (Kind.TEXT, INVITED & ~Right.WRITE_IN_THREADS, {}, ()),
        (Kind.ANNOUNCEMENT, INVITED & ~Right.EMBED, {}, (Lack.EMBED,)),
        (Kind.FORUM, INVITED & ~Right.WRITE_IN_THREADS, {}, (Lack.WRITE_IN_THREADS,)),
        (Kind.MEDIA, INVITED & ~Right.WRITE, {}, (Lack.WRITE,)),
        (Kind.FORUM, INVITED, {"flags": 1 << 4}, (Lack.TAG,)),
        (Kind.FORUM, INVITED, {"flags": 1 << 4, "available_tags": [{"id": "1", "moderated": True}]}, (Lack.TAG,)),
        (Kind.FORUM, INVITED, {"flags": 1 << 4, "available_tags": [{"id": "1", "name": "AI"}]}, ()),
        (Kind.FORUM, MODERATING, {"flags": 1 << 4, "available_tags": [{"id": "1", "moderated": True}]}, ()),
        (Kind.FORUM, MODERATING, {"flags": 1 << 4, "available_tags": []}, (Lack.TAG,)),
        (Kind.PUBLIC_THREAD, INVITED & ~Right.WRITE, {}, ()),
        (Kind.PUBLIC_THREAD, INVITED & ~Right.WRITE_IN_THREADS, {}, (Lack.WRITE_IN_THREADS,)),
        (Kind.PRIVATE_THREAD, INVITED, {"thread_metadata": {"locked": True}}, (Lack.UNLOCKED,)),
        (Kind.PUBLIC_THREAD, MODERATING, {"thread_metadata": {"locked": True}}, ()),
    ],
)
def test_what_is_missing(kind: Kind, rights: int, more: dict[str, Any], expected: tuple[Lack, ...]) -> None:
    """Each kind of channel needs rights of its own; a forum may want tags, and a thread may be locked."""
    assert lacks(rights, channel(kind=kind, **more)) == expected


@pytest.mark.parametrize(("rights", "expected"), [(INVITED, (Lack.MENTION,)), (INVITED | Right.MENTION, ())])
def test_calling_a_role_may_need_a_right(rights: int, expected: tuple[Lack, ...]) -> None:
    """A role that not everybody may call is called only with the right to."""
    assert lacks(rights, channel(), calls=True) == expected


def test_what_silences_an_account() -> None:
    """Without a call something still comes; in a forum the first message comes without writing in threads."""
    forum, thread = channel(kind=Kind.FORUM), channel(kind=Kind.PUBLIC_THREAD)
    assert {lack for lack in Lack if not silences(lack, forum)} == {Lack.MENTION, Lack.WRITE_IN_THREADS}
    assert {lack for lack in Lack if not silences(lack, thread)} == {Lack.MENTION}


def test_rest_tells_a_server_in_parts() -> None:
    """What REST says of a server, its channels and the account in it, is the same as the gateway's whole."""
    whole = guild(news=Right.MENTION) | {"channels": [{"id": "30", "type": 0, "name": "news"}, {"id": "31", "type": 2}]}
    told = server_in(whole, ME)
    parts = {name: said for name, said in whole.items() if name not in {"members", "channels"}}
    assert server_in(parts, ME, member={"roles": [str(NEWS)]}, channels=whole["channels"]) == told
    assert (list(told.channels), told.callable, told.mine) == ([30], frozenset({NEWS}), frozenset({NEWS}))
