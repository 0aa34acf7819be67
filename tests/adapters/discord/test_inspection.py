"""Looking at an account from outside: the transport before the simulated Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.discord.inspection import PAGE, Inspection, Place, Seat, Spot, inspect
from adapters.platform import AccountDead, Banned, CourierError, Lack, NotSent
from tests.platforms.discord.faults import Fault
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.servers import Channel, ChannelKind
from tests.platforms.discord.simulator import TOKEN, DiscordSimulator


@pytest.fixture
async def simulator() -> AsyncIterator[DiscordSimulator]:
    """A Discord; nothing that nobody may ask is asked of it, and it never has to say «wait»."""
    async with DiscordSimulator() as running:
        yield running
        assert not running.violations


async def look(simulator: DiscordSimulator, *spots: Spot | Channel, patience: float = 15.0) -> Inspection:
    """Look at its bot, quickly."""
    asked = [spot if isinstance(spot, Spot) else spot_of(spot) for spot in spots]
    return await inspect(simulator.token, api_url=simulator.api_url, spots=asked, patience=patience, gap=0.021)


def spot_of(channel: Channel, mention: str = "") -> Spot:
    """What is asked about a channel or a thread."""
    parent = str(channel.parent.id) if channel.is_thread and channel.parent else ""
    return Spot(channel=str(channel.id), parent=parent, mention=mention)


def told(seen: Inspection) -> list[tuple[str, Seat, tuple[Lack, ...]]]:
    """What each place is called, and what was found of it."""
    return [(place.title, place.seat, place.lacks) for place in seen.places]


async def test_who_the_account_is_and_where(simulator: DiscordSimulator) -> None:
    """Its name, its application, its servers and the invitation with exactly what it needs; the gateway stays shut."""
    lin = simulator.person(101)
    for name in ("读书会", "技术群"):
        lin.adds_bot(lin.creates_server(name))
    lin.creates_server("别人的")
    seen = await look(simulator)
    assert (seen.name, seen.title) == ("sudi", "Sudi")
    assert (sorted(seen.servers), seen.count) == (["技术群", "读书会"], 2)
    asked = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.EMBED_LINKS
    permissions = int(asked | Permission.SEND_MESSAGES_IN_THREADS)
    assert seen.invitation == (
        f"https://discord.com/oauth2/authorize?client_id={simulator.bot.application}"
        f"&scope=bot+applications.commands&permissions={permissions}"
    )
    assert (seen.is_public, seen.endpoint, seen.starts) == (True, "", simulator.bot.session_starts_left)
    assert simulator.bot.session_starts_left == simulator.bot.session_starts
    assert {call.method for call in simulator.calls()} == {"GET"}


async def test_what_is_set_wrong_in_the_portal_is_found(simulator: DiscordSimulator) -> None:
    """An endpoint to which Discord posts instead is told by its host alone, and whether others may invite the bot."""
    simulator.bot.interactions_endpoint = "https://other.example/secret-path"
    simulator.bot.is_public = False
    seen = await look(simulator)
    assert (seen.endpoint, seen.is_public) == ("other.example", False)


async def test_all_servers_are_listed_page_by_page(simulator: DiscordSimulator) -> None:
    """A bot in more servers than a page holds is asked page by page, none twice."""
    lin = simulator.person(101)
    for number in range(PAGE + 3):
        lin.adds_bot(lin.creates_server(f"群{number}"))
    seen = await look(simulator)
    assert (len(set(seen.servers)), seen.count) == (PAGE + 3, PAGE + 3)
    assert len(simulator.calls("GET", "/users/@me/guilds")) == 2


async def test_each_channel_is_asked_what_it_would_refuse(simulator: DiscordSimulator) -> None:
    """Of channels of every kind it is found what is missing, also where the account does not see the channel at all."""
    lin = simulator.person(101)
    server = lin.creates_server("读书会")
    role = lin.adds_bot(server)
    writes, news = lin.creates_channel(server, "能写"), lin.creates_announcements(server, "快讯")
    mute, plain, hidden = (lin.creates_channel(server, name) for name in ("禁言", "没有嵌入", "看不见"))
    forum = lin.creates_forum(server, "论坛", ["AI"])
    lin.denies(mute, "SEND_MESSAGES", whom=role)
    lin.denies(plain, "EMBED_LINKS", whom=role)
    lin.denies(hidden, "VIEW_CHANNEL", "SEND_MESSAGES", whom=role)
    lin.denies(forum, "SEND_MESSAGES_IN_THREADS", whom=role)
    seen = await look(simulator, writes, news, mute, plain, hidden, forum)
    assert told(seen) == [
        ("能写", Seat.WRITES, ()),
        ("快讯", Seat.WRITES, ()),
        ("禁言", Seat.LACKS, (Lack.WRITE,)),
        ("没有嵌入", Seat.LACKS, (Lack.EMBED,)),
        ("看不见", Seat.LACKS, (Lack.VIEW, Lack.WRITE)),
        ("论坛", Seat.WRITES, (Lack.WRITE_IN_THREADS,)),
    ]
    assert {place.server for place in seen.places} == {"读书会"}
    assert len(simulator.calls("GET", "/guilds/{guild_id}/members")) == 1


async def test_threads_have_rights_and_states_of_their_own(simulator: DiscordSimulator) -> None:
    """A thread wants another permission than its channel; a locked one is shut, an archived one only rests."""
    lin = simulator.person(101)
    server = lin.creates_server("读书会")
    role = lin.adds_bot(server)
    channel, mute = lin.creates_channel(server, "大厅"), lin.creates_channel(server, "禁言")
    fine, locked, rests = (lin.opens_thread(channel, name) for name in ("能写", "锁定", "归档"))
    silent = lin.opens_thread(mute, "不能说")
    lin.locks(locked)
    lin.archives(rests)
    lin.denies(mute, "SEND_MESSAGES_IN_THREADS", whom=role)
    seen = await look(simulator, fine, locked, rests, silent)
    assert told(seen) == [
        ("能写", Seat.WRITES, ()),
        ("锁定", Seat.LACKS, (Lack.UNLOCKED,)),
        ("归档", Seat.WRITES, ()),
        ("不能说", Seat.LACKS, (Lack.WRITE_IN_THREADS,)),
    ]
    assert [place.rests for place in seen.places if place.spot != spot_of(locked)] == [False, True, False]


async def test_a_thread_in_a_hidden_channel_is_told_by_its_channel(simulator: DiscordSimulator) -> None:
    """Of a thread whose channel is not shown, what is missing in the channel is found all the same."""
    lin = simulator.person(101)
    server = lin.creates_server("读书会")
    role = lin.adds_bot(server)
    channel = lin.creates_channel(server, "看不见")
    thread = lin.opens_thread(channel, "里面")
    lin.denies(channel, "VIEW_CHANNEL", whom=role)
    seen = await look(simulator, thread)
    assert told(seen) == [("看不见", Seat.LACKS, (Lack.VIEW,))]


async def test_what_is_gone_what_is_elsewhere_and_what_is_private(simulator: DiscordSimulator) -> None:
    """A deleted channel is gone; one of a server without the bot is hidden; a person's only sending can tell of."""
    lin = simulator.person(101)
    server, left = lin.creates_server("读书会"), lin.creates_server("走了")
    for one in (server, left):
        lin.adds_bot(one)
    gone, elsewhere = lin.creates_channel(server, "删了"), lin.creates_channel(left, "那里")
    lin.deletes(gone)
    lin.removes_bot(left)
    seen = await look(simulator, gone, elsewhere, lin.dm)
    assert [place.seat for place in seen.places] == [Seat.GONE, Seat.HIDDEN, Seat.PRIVATE]


async def test_forums_that_want_tags_are_told_apart(simulator: DiscordSimulator) -> None:
    """A forum that wants a tag has one that the bot may use, or nothing can be brought there."""
    lin = simulator.person(101)
    server = lin.creates_server("读书会")
    lin.adds_bot(server)
    free, some = lin.creates_forum(server, "随意"), lin.creates_forum(server, "有标签", ["AI"], needs_tag=True)
    none = lin.creates_forum(server, "没有标签", needs_tag=True)
    seen = await look(simulator, free, some, none)
    assert [(place.seat, place.lacks) for place in seen.places] == [
        (Seat.WRITES, ()),
        (Seat.WRITES, ()),
        (Seat.LACKS, (Lack.TAG,)),
    ]


async def test_a_time_out_is_told_while_it_lasts(simulator: DiscordSimulator) -> None:
    """While the account is timed out it lacks nothing else, and may write nowhere; by Discord's clock it ends."""
    lin = simulator.person(101)
    server = lin.creates_server("读书会")
    lin.adds_bot(server)
    news = lin.creates_channel(server, "快讯")
    lin.times_out_bot(server, 600)
    assert told(await look(simulator, news)) == [("快讯", Seat.LACKS, (Lack.HUSHED,))]
    simulator.advance(610)
    assert told(await look(simulator, news)) == [("快讯", Seat.WRITES, ())]


async def test_the_role_that_is_called_is_looked_at(simulator: DiscordSimulator) -> None:
    """A role that everybody may call needs no permission; another one needs it; one that is gone is told."""
    lin = simulator.person(101)
    server = lin.creates_server("读书会")
    lin.adds_bot(server)
    channel = lin.creates_channel(server, "快讯")
    opened = lin.creates_role(server, "读者", mentionable=True)
    closed = lin.creates_role(server, "编辑")
    spots = [spot_of(channel, mention=str(role)) for role in (opened.id, closed.id, 999)]
    seen = await look(simulator, *spots)
    assert [(place.seat, place.lacks, place.role_gone) for place in seen.places] == [
        (Seat.WRITES, (), False),
        (Seat.WRITES, (Lack.MENTION,), False),
        (Seat.WRITES, (), True),
    ]


async def test_one_channel_that_is_not_answered_hides_no_other(simulator: DiscordSimulator) -> None:
    """Where nothing is answered in time nothing is told, and the others are told all the same."""
    lin = simulator.person(101)
    server = lin.creates_server("读书会")
    lin.adds_bot(server)
    channels = [lin.creates_channel(server, name, ChannelKind.TEXT) for name in ("一", "二", "三")]
    simulator.fail(Fault.server_error(502), path="^/channels", channel=channels[1], times=9)
    seen = await look(simulator, *channels)
    assert [place.seat for place in seen.places] == [Seat.WRITES, Seat.UNSEEN, Seat.WRITES]
    assert seen.places[1] == Place(spot=spot_of(channels[1]), seat=Seat.UNSEEN)


async def test_being_told_to_wait_is_no_answer(simulator: DiscordSimulator) -> None:
    """Who is told to wait waits and asks again; nothing is lost for it."""
    simulator.fail(Fault.flood(0.05), path="/users/@me$")
    assert (await look(simulator)).name
    assert [bool(call.fault) for call in simulator.calls() if call.route == "/users/@me"] == [True, False]


async def test_a_refused_token_is_told_as_such(simulator: DiscordSimulator) -> None:
    """A token that was reset opens nothing."""
    simulator.revoke()
    with pytest.raises(AccountDead):
        await look(simulator)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.banned(), Banned),
        (Fault.server_error(502), CourierError),
        (Fault.half_json(), CourierError),
        (Fault.wrong_types(), CourierError),
    ],
)
async def test_what_keeps_from_looking_is_an_error_of_ours(
    simulator: DiscordSimulator, fault: Any, error: type[CourierError]
) -> None:
    """An address that is banned is told apart; whatever else breaks is an error of ours, without the token."""
    simulator.fail(fault, times=99)
    with pytest.raises(error) as caught:
        await look(simulator, patience=2.0)
    assert TOKEN not in f"{caught.value!r} {caught.value}"


async def test_an_absent_discord_is_told_as_such(simulator: DiscordSimulator) -> None:
    """Where nobody listens nothing was sent."""
    await simulator.refuse()
    with pytest.raises(NotSent):
        await look(simulator)
