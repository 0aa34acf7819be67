"""What is kept of servers, and what follows from events out of their usual order."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pytest

from adapters.discord.places import NOTHING, Places
from adapters.discord.rights import INVITED
from adapters.discord.venues import Kind
from adapters.platform import Fate
from benchmarks.servers import CHANNELS, ME, kept, server

Json = dict[str, Any]


def whole(number: int = 0) -> Json:
    """A server as the gateway tells it."""
    said: Json = json.loads(server(number))
    return said


NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def nothing_known() -> Places:
    """What is known at the beginning."""
    return Places(ME, now=lambda: NOW)


def known(*numbers: int, now: Callable[[], datetime] = lambda: NOW) -> Places:
    """What is known after some servers were announced and told."""
    places = Places(ME, now=now)
    places.read("READY", {"guilds": [{"id": whole(number)["id"]} for number in numbers]})
    for number in numbers:
        places.read("GUILD_CREATE", whole(number))
    return places


def test_a_server_takes_little_memory() -> None:
    """A server of thirty channels and twenty roles takes at most 20 kB."""
    assert kept(servers=20) <= 20_000


def test_a_server_is_told_whole() -> None:
    """All channels and threads of a server that comes up are looked at, and it is new unless it was announced."""
    places = nothing_known()
    news = places.read("GUILD_CREATE", whole())
    assert (len(news.touched), news.joined) == (CHANNELS + 5, int(whole()["id"]))
    assert places.read("GUILD_CREATE", whole()).joined == 0
    assert nothing_known().read("GUILD_CREATE", {"id": "5", "unavailable": True}) == NOTHING


def test_what_was_announced_is_not_new() -> None:
    """Servers that are announced when a session begins are not greeted, nor is one that was away for a while."""
    places = nothing_known()
    said = whole()
    places.read("READY", {"guilds": [{"id": said["id"]}]})
    assert places.read("GUILD_CREATE", said).joined == 0
    assert places.read("GUILD_DELETE", {"id": said["id"], "unavailable": True}) == NOTHING
    assert places.spot(int(said["channels"][0]["id"])) is not None
    assert places.read("GUILD_CREATE", said).joined == 0


def test_from_absence_nothing_is_concluded() -> None:
    """A server that is not announced any more is forgotten, and nothing is said of its channels."""
    places = known(0, 1)
    assert places.read("READY", {"guilds": [{"id": whole(0)["id"]}], "shard": [0, 1]}) == NOTHING
    assert set(places.servers) == {int(whole(0)["id"])}
    assert places.spot(int(whole(1)["channels"][0]["id"])) is None


def test_each_shard_announces_its_own() -> None:
    """What one shard announces says nothing of the servers of another."""
    places = known(0, 1)
    mine = int(whole(0)["id"])
    places.read("READY", {"guilds": [], "shard": [(mine >> 22) % 1_000, 1_000]})
    assert mine not in places.servers
    assert places.servers


def about_me(server: int, *roles: int, **more: Any) -> Json:
    """What is told of the account in a server."""
    return {"guild_id": str(server), "user": {"id": str(ME)}, "roles": [str(role) for role in roles], **more}


def test_a_time_out_that_is_lifted() -> None:
    """Whatever is told of the account itself in a server, a lifted time-out too, has all its channels looked at."""
    places, server = known(0), int(whole()["id"])
    told = about_me(server, *places.servers[server].mine, communication_disabled_until=None)
    assert len(places.read("GUILD_MEMBER_UPDATE", told).touched) == CHANNELS + 5
    assert places.read("GUILD_MEMBER_UPDATE", told | {"user": {"id": "5"}}) == NOTHING


TOWN: Json = {
    "id": "5",
    "owner_id": "1",
    "roles": [{"id": "5", "permissions": str(int(INVITED))}],
    "members": [{"user": {"id": str(ME)}, "roles": []}],
    "channels": [{"id": "6", "type": Kind.TEXT, "name": "news"}],
}
"""A server with one channel, in which the account may write."""
UNTIL = NOW + timedelta(minutes=10)


def fate(places: Places) -> Fate:
    """Whether anything can be brought to the channel."""
    spot = places.spot(6)
    assert spot is not None
    return spot.fate


def test_a_time_out_that_ends() -> None:
    """A time-out closes a server until it is over and some seconds more, for clocks differ; then all is looked at."""
    now = [NOW]
    places = Places(ME, now=lambda: now[0])
    places.read("GUILD_CREATE", TOWN)
    assert (places.hush_left, fate(places)) == (inf, Fate.OPEN)
    places.read("GUILD_MEMBER_UPDATE", about_me(5, communication_disabled_until=UNTIL.isoformat()))
    assert (places.hush_left, fate(places)) == (605.0, Fate.MUTE)
    places.read("GUILD_MEMBER_UPDATE", about_me(5))
    assert (places.hush_news(), fate(places)) == (NOTHING, Fate.MUTE)
    now[0] = UNTIL + timedelta(seconds=4)
    assert (places.hush_left, places.hush_news(), fate(places)) == (1.0, NOTHING, Fate.MUTE)
    now[0] = UNTIL + timedelta(seconds=5)
    assert (places.hush_left, fate(places)) == (0.0, Fate.OPEN)
    assert places.hush_news().touched == {6}
    assert (places.hush_left, places.hush_news()) == (inf, NOTHING)


def test_a_time_out_under_a_clock_that_jumps() -> None:
    """A clock that was ahead says too early that a time-out is over; set right, the server is looked at twice more."""
    now = [UNTIL + timedelta(hours=1)]
    places = Places(ME, now=lambda: now[0])
    member = {**TOWN["members"][0], "communication_disabled_until": UNTIL.isoformat()}
    places.read("GUILD_CREATE", TOWN | {"members": [member]})
    assert (places.hush_left, places.hush_news(), fate(places)) == (inf, NOTHING, Fate.OPEN)
    for _ in range(2):
        now[0] = NOW
        assert (places.hush_news().touched, places.hush_left, fate(places)) == (frozenset({6}), 605.0, Fate.MUTE)
        assert places.hush_news() == NOTHING
        now[0] = UNTIL + timedelta(hours=1)
        assert (places.hush_news().touched, places.hush_left, fate(places)) == (frozenset({6}), inf, Fate.OPEN)
    places.read("GUILD_MEMBER_UPDATE", about_me(5, communication_disabled_until=None))
    now[0] = NOW
    assert (places.hush_news(), fate(places)) == (NOTHING, Fate.OPEN)


@pytest.mark.parametrize("until", ["2026-11-22T11:59:50.000000+00:00", "2026-11-22T12:59:00", "soon", 7, None])
def test_a_time_out_that_is_none(until: object) -> None:
    """A time-out that is over, or cannot be read, is none."""
    places = nothing_known()
    member = {**TOWN["members"][0], "communication_disabled_until": until}
    places.read("GUILD_CREATE", TOWN | {"members": [member]})
    assert (places.hush_left, fate(places)) == (inf, Fate.OPEN)


def test_a_time_out_of_an_owner_and_of_a_server_that_is_gone() -> None:
    """Whoever owns the server cannot be timed out; of one that is gone nobody waits for the end of a time-out."""
    places = nothing_known()
    places.read("GUILD_CREATE", TOWN)
    places.read("GUILD_MEMBER_UPDATE", about_me(5, communication_disabled_until=UNTIL.isoformat()))
    assert fate(places) is Fate.MUTE
    places.read("GUILD_UPDATE", TOWN | {"owner_id": str(ME)})
    assert fate(places) is Fate.OPEN
    places.read("GUILD_DELETE", {"id": "5"})
    assert places.hush_left == inf


def test_a_channel_changes_its_kind_and_is_gone() -> None:
    """A channel that becomes of another kind is what it is now; as a kind to which nothing is brought it is lost."""
    places, said = known(0), whole()
    channel = said["channels"][0] | {"guild_id": said["id"]}
    name = int(channel["id"])
    places.read("CHANNEL_UPDATE", channel | {"type": Kind.ANNOUNCEMENT})
    venue = places.venue(channel["id"])
    assert venue is not None
    assert (venue.kind, venue.server) == (Kind.ANNOUNCEMENT, said["id"])
    assert name in places.read("CHANNEL_UPDATE", channel | {"type": Kind.VOICE}).lost
    assert places.venue(channel["id"]) is None


def test_a_forum_is_known_with_its_tags() -> None:
    """What a forum asks of posts, and its server, is known without asking Discord, whether it is told alone or not."""
    said = whole()
    tags = [{"id": "7", "name": "AI"}]
    forum = {"id": "31", "type": Kind.FORUM, "flags": 1 << 4, "available_tags": tags}
    within, alone = nothing_known(), known(0)
    within.read("GUILD_CREATE", said | {"channels": [*said["channels"], forum]})
    alone.read("CHANNEL_CREATE", forum | {"guild_id": said["id"]})
    for places in (within, alone):
        venue = places.venue("31")
        assert venue is not None
        assert (venue.is_forum, venue.needs_tag, [tag.name for tag in venue.tags]) == (True, True, ["AI"])
        assert venue.moderates is False
        assert venue.server == said["id"]
        assert places.venue("no number") is None


def test_threads_that_come_into_sight() -> None:
    """Threads of a channel that the account sees now are looked at; one that is archived is forgotten."""
    places, said = known(0), whole()
    thread = said["threads"][0] | {"id": "41", "guild_id": said["id"]}
    assert places.read("THREAD_LIST_SYNC", {"guild_id": said["id"], "threads": [thread]}).touched == {41}
    spot = places.spot(41)
    assert spot is not None
    assert (spot.itself.id, spot.above) == (41, int(thread["parent_id"]))
    asleep = thread | {"thread_metadata": {"archived": True}}
    assert places.read("THREAD_UPDATE", asleep) == NOTHING
    assert places.spot(41) is None


@pytest.mark.parametrize("event", sorted(nothing_known().events - {"READY", "GUILD_CREATE"}))
def test_events_of_servers_that_nobody_knows(event: str) -> None:
    """What happens in a server that is not known, as between its loss and its return, changes nothing."""
    said = {"id": "1", "guild_id": "1", "role_id": "1", "type": 11, "user": {"id": str(ME)}, "roles": []}
    places = nothing_known()
    news = places.read(event, said | {"role": {"id": "1", "permissions": "0"}, "parent_id": "2"})
    assert not news.touched
    assert not news.lost
    assert not places.servers


def test_the_owner_may_do_everything() -> None:
    """A server that the account is given is open in every channel, whatever its roles say."""
    places, said = known(0), whole()
    name = int(said["channels"][0]["id"])
    places.read("GUILD_UPDATE", said | {"roles": [role | {"permissions": "0"} for role in said["roles"]]})
    before = places.spot(name)
    places.read("GUILD_UPDATE", said | {"owner_id": str(ME)})
    behind = places.spot(name)
    assert before is not None
    assert behind is not None
    assert (before.fate, behind.fate) == (Fate.MUTE, Fate.OPEN)
