"""Permissions on the simulated Discord, computed as its documentation says, and what a bot hears of changes."""

from __future__ import annotations

import pytest

from tests.platforms.discord.permissions import ALL, IN_DMS, Permission, permissions_in
from tests.platforms.discord.quiet import QuietDiscord, code_of
from tests.platforms.discord.servers import ChannelKind
from tests.platforms.discord.snowflakes import EPOCH, Snowflakes, at, born
from tests.platforms.discord.world import Event, id_of, token_for

SEE, WRITE, EMBED = Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES, Permission.EMBED_LINKS
NOTHING = Permission.NONE


def of_ada(quiet: QuietDiscord) -> Permission:
    """What Ada, who has what @everyone has, may do in the first channel."""
    return permissions_in(quiet.general, 102)


def test_roles_add_up(quiet: QuietDiscord) -> None:
    """What @everyone and all one's roles grant is granted; an administrator and the owner may all."""
    assert of_ada(quiet) == SEE
    writer = quiet.core.add_role(quiet.server, "写", WRITE)
    embedder = quiet.core.add_role(quiet.server, "嵌", EMBED)
    quiet.core.set_roles(quiet.server, quiet.ada.user, [writer, embedder])
    assert of_ada(quiet) == SEE | WRITE | EMBED
    quiet.core.overwrite(quiet.general, quiet.server.everyone, deny=SEE)
    assert of_ada(quiet) == NOTHING
    assert permissions_in(quiet.general, 101) == ALL
    quiet.core.edit_role(quiet.server, writer, permissions=Permission.ADMINISTRATOR)
    assert of_ada(quiet) == ALL


def test_overwrites_have_an_order(quiet: QuietDiscord) -> None:
    """@everyone's overwrite comes first, then those of all roles, where allowing wins, then the member's own."""
    one = quiet.core.add_role(quiet.server, "一")
    two = quiet.core.add_role(quiet.server, "二")
    quiet.core.set_roles(quiet.server, quiet.ada.user, [one, two])
    quiet.core.overwrite(quiet.general, quiet.server.everyone, allow=WRITE)
    assert of_ada(quiet) & WRITE
    quiet.core.overwrite(quiet.general, one, deny=WRITE)
    assert not of_ada(quiet) & WRITE
    quiet.core.overwrite(quiet.general, two, allow=WRITE)
    assert of_ada(quiet) & WRITE
    quiet.core.overwrite(quiet.general, quiet.ada.user, deny=WRITE)
    assert not of_ada(quiet) & WRITE


def test_what_follows_from_what(quiet: QuietDiscord) -> None:
    """Who may not see may nothing; who may not write may neither embed nor call anybody."""
    role = quiet.core.add_role(quiet.server, "多", WRITE | EMBED | Permission.MENTION_EVERYONE)
    quiet.core.set_roles(quiet.server, quiet.ada.user, [role])
    quiet.core.overwrite(quiet.general, role, deny=WRITE)
    assert of_ada(quiet) == SEE
    quiet.core.overwrite(quiet.general, role, deny=SEE)
    assert of_ada(quiet) == NOTHING


def test_threads_have_their_channels_permissions(quiet: QuietDiscord) -> None:
    """A thread has what its channel says; a private one is for its members and for whoever manages threads."""
    thread = quiet.core.open_thread(quiet.general, "话题", owner=quiet.lin.user, kind=ChannelKind.PRIVATE_THREAD)
    assert permissions_in(thread, 102) == NOTHING
    quiet.core.edit_thread(thread, thread_members={101, 102})
    assert permissions_in(thread, 102) == SEE
    quiet.core.overwrite(quiet.general, quiet.server.everyone, deny=SEE)
    assert permissions_in(thread, 102) == NOTHING


def test_a_time_out(quiet: QuietDiscord) -> None:
    """Who is timed out may only read, until it ends, of which nobody hears; the bot hears of its beginning."""
    events = heard(quiet)
    assert code_of(quiet.send(quiet.general)) == 0
    quiet.lin.times_out_bot(quiet.server, 600)
    assert code_of(quiet.send(quiet.general)) == 50013
    assert quiet.ask("GET", f"/channels/{quiet.general.id}").status == 200
    quiet.moment += 601
    assert code_of(quiet.send(quiet.general)) == 0
    quiet.lin.times_out_bot(quiet.server, 600)
    quiet.lin.times_out_bot(quiet.server, 0)
    assert code_of(quiet.send(quiet.general)) == 0
    told = [event.data["communication_disabled_until"] for event in events if event.kind == "GUILD_MEMBER_UPDATE"]
    assert [until is None for until in told] == [False, False, True]
    quiet.lin.changes_role(quiet.server, quiet.role, "ADMINISTRATOR")
    with pytest.raises(AssertionError):
        quiet.lin.times_out_bot(quiet.server, 600)


def test_strangers_and_direct_messages(quiet: QuietDiscord) -> None:
    """Who is not in a server may nothing there; in direct messages both may write."""
    assert permissions_in(quiet.general, 103) == NOTHING
    channel = quiet.core.dm(quiet.bot, quiet.ada.user)
    assert permissions_in(channel, 102) == IN_DMS
    assert permissions_in(channel, 101) == NOTHING


def heard(quiet: QuietDiscord) -> list[Event]:
    """What the bot hears from now on."""
    events: list[Event] = []
    quiet.core.listeners.append(events.append)
    return events


def test_what_a_bot_hears(quiet: QuietDiscord) -> None:
    """Every change of what concerns a bot is told; of threads only what it sees, and who sees anew hears of them."""
    thread = quiet.core.open_thread(quiet.general, "话题", owner=quiet.lin.user)
    events = heard(quiet)
    quiet.lacks(quiet.general, "VIEW_CHANNEL")
    quiet.core.edit_thread(thread, name="改")
    quiet.core.overwrite(quiet.general, quiet.role)
    quiet.core.set_roles(quiet.server, quiet.ada.user, [])
    quiet.core.set_roles(quiet.server, quiet.bot.user, [quiet.role])
    quiet.core.delete_channel(thread)
    assert [event.kind for event in events] == [
        "CHANNEL_UPDATE",
        "CHANNEL_UPDATE",
        "THREAD_LIST_SYNC",
        "GUILD_MEMBER_UPDATE",
        "THREAD_DELETE",
    ]
    assert [each["name"] for each in events[2].data["threads"]] == ["改"]


def test_coming_and_going(quiet: QuietDiscord) -> None:
    """An outage is not the end: only without `unavailable` the server is lost."""
    events = heard(quiet)
    quiet.core.suffer_outage(quiet.server)
    quiet.core.recover_from_outage(quiet.server)
    quiet.lin.removes_bot(quiet.server)
    assert [(event.kind, event.data.get("unavailable")) for event in events] == [
        ("GUILD_DELETE", True),
        ("GUILD_CREATE", False),
        ("GUILD_DELETE", None),
    ]


def test_ids_tell_their_moment() -> None:
    """A younger thing has the larger id, many in a millisecond too, and its id tells when it was made."""
    make = Snowflakes(lambda: EPOCH + 1.5)
    first, second = make(), make()
    assert (first < second, born(first), at(EPOCH + 1.5)) == (True, EPOCH + 1.5, first)
    assert id_of(token_for(123)) == 123
