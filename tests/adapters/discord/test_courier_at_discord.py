"""The courier, with the real library, before a strict Discord: what people see of each parcel, what refusals mean.

The faults of the way are here as far as one message is concerned: what is in the channel afterwards, what is said.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from adapters.discord.budget import Budget
from adapters.discord.courier import DiscordCourier
from adapters.discord.publishing import Publishing
from adapters.discord.request import DiscordHTTP
from adapters.platform import (
    AccountDead,
    AccountId,
    Address,
    Banned,
    ChatLost,
    CourierError,
    Doubt,
    Forbidden,
    Message,
    MessageLost,
    NotSent,
    Parcel,
    Platform,
    Poison,
    Receipt,
    Reception,
    Throttled,
    TooLarge,
)
from tests.platforms.discord.faults import Fault
from tests.platforms.discord.limits import STRICT, UNLIMITED, Limits
from tests.platforms.discord.person import Person
from tests.platforms.discord.servers import Channel, Guild
from tests.platforms.discord.servers import Message as Entry
from tests.platforms.discord.simulator import DiscordSimulator

GOLDEN = Path(__file__).parents[2] / "golden"
RIGHTS = ("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "SEND_MESSAGES_IN_THREADS")

MESSAGE: Message = {
    "embeds": [
        {
            "title": "AI 早报 \\#7",
            "url": "https://a.example/",
            "description": "**1\\.** [题](<https://a.example/?b=c&d>)\n𝐀",
            "color": 3_894_952,
            "footer": {"text": "模型 · 开源 · 1/2"},
        }
    ],
    "allowed_mentions": {"parse": []},
}
OTHER: Message = {**MESSAGE, "embeds": [{**MESSAGE["embeds"][0], "description": "更正 𝐁"}]}


@dataclass(slots=True)
class Notes:
    """What is written down of publishing."""

    left: list[tuple[str, str]] = field(default_factory=list)

    async def note_unpublished(self, chat: str, message: str) -> None:
        """Write it down."""
        self.left.append((chat, message))

    async def unpublished(self) -> tuple[tuple[str, str], ...]:
        """What is left."""
        return tuple(self.left)

    async def note_published(self, chat: str, message: str) -> None:
        """Strike it out."""
        self.left.remove((chat, message))


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A courier before a simulated Discord, and somebody who leads a server there."""

    simulator: DiscordSimulator
    courier: DiscordCourier
    publishing: Publishing
    lin: Person
    server: Guild
    numbers: count[int]

    def parcel(self, channel: Channel | Person, message: Message = MESSAGE, **more: Any) -> Parcel:
        """A message on its way to a channel, with a nonce of its own."""
        return Parcel(
            **{"address": self.address(channel), "message": message, "nonce": f"n{next(self.numbers)}", **more}
        )

    def address(self, channel: Channel | Person) -> Address:
        """Where a channel is; a thread stands below its channel."""
        place = channel.dm if isinstance(channel, Person) else channel
        account = AccountId(str(self.simulator.bot.id))
        if place.is_thread and place.parent is not None:
            return Address(platform=Platform.DISCORD, account=account, chat=str(place.parent.id), thread=str(place.id))
        return Address(platform=Platform.DISCORD, account=account, chat=str(place.id))

    def seen(self, channel: Channel | Person) -> list[Entry]:
        """What the account wrote, as it stands in the channel."""
        return self.simulator.sent(channel)

    def channel(self, name: str = "快讯") -> Channel:
        """A text channel."""
        return self.lin.creates_channel(self.server, name)

    def threads(self, forum: Channel) -> list[Channel]:
        """The threads of a forum or a channel."""
        return [channel for channel in self.simulator.core.channels.values() if channel.parent is forum]


@asynccontextmanager
async def office(*, limits: Limits = UNLIMITED, total: float = 10.0) -> AsyncIterator[Office]:
    """A courier; behind it, the simulator must have found nothing that nobody may ask."""
    clock = asyncio.get_running_loop().time
    async with (
        DiscordSimulator(limits=limits) as simulator,
        DiscordHTTP(simulator.token, budget=Budget(clock), api_url=simulator.api_url, total=total) as http,
    ):
        lin = simulator.person(101, "小林")
        server = lin.creates_server("读书会")
        lin.adds_bot(server, *RIGHTS)
        publishing = Publishing(http, clock=clock, random=lambda: 0.5)
        courier = DiscordCourier(http, me=AccountId(str(simulator.bot.id)), publishing=publishing)
        yield Office(
            simulator=simulator, courier=courier, publishing=publishing, lin=lin, server=server, numbers=count()
        )
        await publishing.stop()
        assert simulator.violations == []


# --- What people see ---------------------------------------------------------------------------------------------


async def test_every_face_arrives_as_it_was_drawn() -> None:
    """Every message of the golden posts stands in the channel as it was spelled, and calls nobody."""
    faces = sorted(GOLDEN.glob("*.discord.json"))
    assert len(faces) > 8
    async with office() as post:
        channel = post.channel()
        for face in faces:
            for message in json.loads(face.read_text())["messages"]:
                receipt = await post.courier.send(post.parcel(channel, message))
                entry = post.seen(channel)[-1]
                assert str(entry.id) == receipt.message
                [shown], [meant] = entry.embeds, message["embeds"]
                assert {name: shown[name] for name in meant if name != "timestamp"} == {
                    name: value for name, value in meant.items() if name != "timestamp"
                }, face.name
                below = [part["custom_id"] for row in message.get("components", []) for part in row["components"]]
                assert (entry.content, entry.is_silent) == ("", False)
                assert [part["custom_id"] for part in entry.buttons] == below
                assert not any((entry.pings.everyone, entry.pings.roles, entry.pings.users)), face.name


async def test_it_arrives_in_channels_of_every_kind() -> None:
    """A message arrives in private, in text, announcement and voice channels, in threads, and in forums as a thread."""
    async with office() as post:
        text, forum = post.channel(), post.lin.creates_forum(post.server, "论坛")
        news = post.lin.creates_announcements(post.server, "公告")
        thread = post.lin.opens_thread(text, "AI")
        for place in (post.lin, text, news, thread):
            receipt = await post.courier.send(post.parcel(place))
            [entry] = post.seen(place)
            assert receipt == Receipt(message=str(entry.id), thread=str(thread.id) if place is thread else "")
        receipt = await post.courier.send(post.parcel(forum))
        [opened] = post.threads(forum)
        assert receipt == Receipt(message=str(opened.id), thread=str(opened.id))
        assert [entry.id for entry in post.seen(opened)] == [opened.id]


async def test_silence_and_a_role_that_is_called() -> None:
    """A silent message makes no sound; a configured role is called, and neither everybody nor anybody else is."""
    async with office() as post:
        channel, role = post.channel(), post.lin.creates_role(post.server, "读者", mentionable=True)
        shout = {**MESSAGE, "content": "@everyone"}
        await post.courier.send(post.parcel(channel, silent=True))
        await post.courier.send(post.parcel(channel, mention=str(role.id)))
        await post.courier.send(post.parcel(channel, shout))
        silent, called, shouted = post.seen(channel)
        assert [entry.is_silent for entry in (silent, called, shouted)] == [True, False, False]
        assert (called.content, set(called.pings.roles), called.pings.everyone) == (f"<@&{role.id}>", {role.id}, False)
        assert (set(shouted.pings.roles), shouted.pings.everyone) == (set(), False)


async def test_a_digest_in_a_forum() -> None:
    """A digest opens one thread with its title and tags of its topics; later parts and corrections stand inside."""
    async with office() as post:
        forum = post.lin.creates_forum(post.server, "论坛", ["模型", "芯片", "开源"], needs_tag=True)
        first = await post.courier.send(post.parcel(forum))
        second = await post.courier.send(post.parcel(forum, reply_to=first))
        [thread] = post.threads(forum)
        names = {tag.id: tag.name for tag in forum.tags.values()}
        assert (thread.name, [names[tag] for tag in thread.applied_tags]) == ("AI 早报 #7", ["模型", "开源"])
        assert [str(entry.id) for entry in post.seen(thread)] == [first.message, second.message]
        await post.courier.edit(post.parcel(forum, OTHER), second)
        assert [entry.edits for entry in post.seen(thread)] == [0, 1]
        renamed = {**MESSAGE, "embeds": [{**MESSAGE["embeds"][0], "title": "AI 早报 \\#8"}]}
        await post.courier.edit(post.parcel(forum, renamed), first)
        assert thread.name == "AI 早报 #8"
        for receipt in (second, first):
            assert not thread.is_archived
            await post.courier.delete(post.address(forum), receipt)
        assert (post.seen(thread), thread.is_archived, thread.name) == ([], False, "AI 早报 #8")


@pytest.mark.parametrize("closed", [None, Person.archives, Person.locks])
async def test_a_digest_that_is_taken_back_by_a_moderator(closed: Callable[[Person, Channel], None] | None) -> None:
    """Where the account manages threads, the thread of a digest goes with its first message, whatever its state."""
    async with office() as post:
        forum = post.lin.creates_forum(post.server, "论坛")
        receipt = await post.courier.send(post.parcel(forum))
        post.lin.allows(forum, "MANAGE_THREADS")
        if closed is not None:
            closed(post.lin, post.threads(forum)[0])
        for _ in range(2):
            await post.courier.delete(post.address(forum), receipt)
        assert post.threads(forum) == []


@pytest.mark.parametrize("moderates", [True, False])
@pytest.mark.parametrize("closed", [None, Person.archives])
async def test_a_digest_that_readers_talk_about_is_taken_back(
    *, moderates: bool, closed: Callable[[Person, Channel], None] | None
) -> None:
    """Taking a digest back leaves what readers wrote and the thread as it was; without them nothing is left."""
    async with office() as post:
        forum = post.lin.creates_forum(post.server, "论坛")
        first = await post.courier.send(post.parcel(forum))
        second = await post.courier.send(post.parcel(forum, reply_to=first))
        [thread] = post.threads(forum)
        reply = post.lin.says("写得好", thread)
        if moderates:
            post.lin.allows(forum, "MANAGE_THREADS")
        if closed is not None:
            closed(post.lin, thread)
        for receipt in (second, first, first):
            await post.courier.delete(post.address(forum), receipt)
        assert (list(thread.messages.values()), thread.name) == ([reply], "AI 早报 #7")
        assert thread.is_archived is (closed is not None)
        post.lin.deletes(reply)
        await post.courier.delete(post.address(forum), first)
        assert [left.is_archived for left in post.threads(forum)] == ([] if moderates else [True])


async def test_a_digest_that_is_called_otherwise_again_and_again() -> None:
    """Discord lets a thread be renamed twice in ten minutes: further corrections change the message alone."""
    async with office(limits=STRICT) as post:
        forum = post.lin.creates_forum(post.server, "论坛")
        first = await post.courier.send(post.parcel(forum))
        [thread] = post.threads(forum)
        for title in "一二三":
            await post.courier.edit(post.parcel(forum, {"embeds": [{"title": title, "description": "新"}]}), first)
        [entry] = post.seen(thread)
        assert (entry.embeds[0]["title"], thread.name) == ("三", "二")


async def test_a_forum_that_wants_a_tag() -> None:
    """A forum whose posts need a tag gets its first where none fits; one that has none for us refuses as a whole."""
    async with office() as post:
        forum = post.lin.creates_forum(post.server, "论坛", needs_tag=True)
        with pytest.raises(Forbidden):
            await post.courier.send(post.parcel(forum))
        post.lin.sets_tags(forum, "内部", needs_tag=True, moderated=["内部"])
        with pytest.raises(Forbidden):
            await post.courier.send(post.parcel(forum))
        assert [call.code for call in post.simulator.calls("POST", "/threads")] == [50_013]
        post.lin.sets_tags(forum, "内部", "体育", "财经", needs_tag=True, moderated=["内部"])
        await post.courier.send(post.parcel(forum))
        [thread] = post.threads(forum)
        assert [forum.tags[tag].name for tag in thread.applied_tags] == ["体育"]


async def test_the_threads_of_a_forum_that_somebody_deletes() -> None:
    """When a digest's thread is deleted, its later parts and its corrections are lost, the forum is not."""
    async with office() as post:
        forum = post.lin.creates_forum(post.server, "论坛")
        receipt = await post.courier.send(post.parcel(forum))
        post.lin.deletes(post.threads(forum)[0])
        with pytest.raises(MessageLost):
            await post.courier.send(post.parcel(forum, reply_to=receipt))
        with pytest.raises(MessageLost):
            await post.courier.edit(post.parcel(forum, OTHER), receipt)
        await post.courier.delete(post.address(forum), receipt)
        await post.courier.send(post.parcel(forum))


@pytest.mark.parametrize("archived", [False, True])
async def test_the_threads_of_a_forum_that_somebody_locks(*, archived: bool) -> None:
    """When a digest's thread is locked nothing more comes into it, and the forum is not to blame: others are opened."""
    async with office() as post:
        forum = post.lin.creates_forum(post.server, "论坛")
        receipt = await post.courier.send(post.parcel(forum))
        [thread] = post.threads(forum)
        post.lin.locks(thread)
        if archived:
            post.lin.archives(thread)
        for change in (
            post.courier.send(post.parcel(forum, reply_to=receipt)),
            post.courier.edit(post.parcel(forum, OTHER), receipt),
            post.courier.delete(post.address(forum), receipt),
        ):
            with pytest.raises(MessageLost):
                await change
        assert len(post.seen(thread)) == 1
        await post.courier.send(post.parcel(forum))
        assert len(post.threads(forum)) == 2


async def test_a_correction_replaces_the_message() -> None:
    """An edit leaves one message with the new text, calls nobody again, and can be repeated."""
    async with office() as post:
        channel, role = post.channel(), post.lin.creates_role(post.server, "读者", mentionable=True)
        parcel = post.parcel(channel, mention=str(role.id))
        receipt = await post.courier.send(parcel)
        for _ in range(2):
            assert await post.courier.edit(replace(parcel, message=OTHER), receipt) == receipt
        [entry] = post.seen(channel)
        assert entry.embeds[0]["description"] == OTHER["embeds"][0]["description"]
        assert entry.content == f"<@&{role.id}>"


async def test_fault_29_what_can_no_longer_be_changed() -> None:
    """A message that is gone is taken back with success and edited in vain; taking back works once and again."""
    async with office() as post:
        channel = post.channel()
        gone, there = [await post.courier.send(post.parcel(channel)) for _ in range(2)]
        post.lin.deletes(post.seen(channel)[0])
        await post.courier.delete(post.address(channel), gone)
        with pytest.raises(MessageLost):
            await post.courier.edit(post.parcel(channel, OTHER), gone)
        for _ in range(2):
            await post.courier.delete(post.address(channel), there)
        assert post.seen(channel) == []


async def test_a_thread_that_sleeps() -> None:
    """An archived thread is opened once for a message, and for a correction; a locked one stays closed."""
    async with office() as post:
        thread = post.lin.opens_thread(post.channel(), "AI")
        receipt = await post.courier.send(post.parcel(thread))
        post.lin.archives(thread)
        await post.courier.send(post.parcel(thread))
        assert not thread.is_archived
        post.lin.archives(thread)
        await post.courier.edit(post.parcel(thread, OTHER), receipt)
        assert [entry.edits for entry in post.seen(thread)] == [1, 0]
        post.lin.locks(thread)
        with pytest.raises(Forbidden):
            await post.courier.send(post.parcel(thread))
        assert len(post.seen(thread)) == 2


async def test_announcements_are_published() -> None:
    """What is brought to an announcement channel is published to those who follow it; nothing else is."""
    async with office() as post:
        notes = Notes()
        await post.publishing.begin(cast("Reception", notes))
        news, text = post.lin.creates_announcements(post.server, "公告"), post.channel()
        for place in (news, news, text):
            await post.courier.send(post.parcel(place))
        await post.simulator.until(lambda: not notes.left)
        assert [entry.is_published for entry in post.seen(news)] == [True, True]
        assert [entry.is_published for entry in post.seen(text)] == [False]
        assert len(post.simulator.calls("POST", "/crosspost")) == 2


# --- What is refused ---------------------------------------------------------------------------------------------

Mishap = Callable[[Office, Channel], object]


@pytest.mark.parametrize(
    ("mishap", "meanings"),
    [
        (lambda post, _channel: post.lin.removes_bot(post.server), {ChatLost, Forbidden}),
        (lambda post, channel: post.lin.deletes(channel), {ChatLost}),
        (lambda post, _channel: post.lin.deletes_server(post.server), {ChatLost, Forbidden}),
        (lambda post, channel: post.lin.denies(channel, "SEND_MESSAGES"), {Forbidden}),
        (lambda post, channel: post.lin.denies(channel, "VIEW_CHANNEL"), {Forbidden}),
        (lambda post, _channel: post.simulator.revoke(), {AccountDead}),
    ],
    ids=["removed", "deleted", "server-deleted", "silenced", "blinded", "revoked"],
)
async def test_fault_31_a_channel_that_is_lost(mishap: Mishap, meanings: set[type[CourierError]]) -> None:
    """A channel that is gone, or that keeps the account out, says so, known or not, and nothing stands there."""
    for known in (False, True):
        async with office() as post:
            channel = post.channel()
            if known:
                await post.courier.send(post.parcel(channel))
            mishap(post, channel)
            with pytest.raises(CourierError) as caught:
                await post.courier.send(post.parcel(channel))
            assert type(caught.value) in meanings
            assert len(post.seen(channel)) <= known


async def test_a_thread_that_is_gone() -> None:
    """A subscribed thread that is deleted is lost, and nothing is written into its channel instead."""
    async with office() as post:
        channel = post.channel()
        thread = post.lin.opens_thread(channel, "AI")
        post.lin.deletes(thread)
        with pytest.raises(ChatLost):
            await post.courier.send(post.parcel(thread))
        assert post.seen(channel) == []


async def test_a_reader_who_takes_no_messages() -> None:
    """Who blocks the account is lost; who lets it in again is brought things."""
    async with office() as post:
        post.lin.blocks()
        with pytest.raises(ChatLost):
            await post.courier.send(post.parcel(post.lin))
        post.lin.unblocks()
        await post.courier.send(post.parcel(post.lin))
        assert len(post.seen(post.lin)) == 1


async def test_words_that_are_not_let_through() -> None:
    """A message that AutoMod or Discord stops is refused alone: the channel gets the next."""
    async with office() as post:
        channel = post.channel()
        post.lin.forbids_words(post.server, "题")
        post.simulator.block("更正")
        for message in (MESSAGE, OTHER):
            with pytest.raises(Poison):
                await post.courier.send(post.parcel(channel, message))
        await post.courier.send(post.parcel(channel, {"embeds": [{"description": "x"}]}))
        assert len(post.seen(channel)) == 1


async def test_what_is_our_own_mistake() -> None:
    """An empty message, one with too long a field and one of too many bytes are refused for good."""
    async with office() as post:
        channel = post.channel()
        with pytest.raises(Poison):
            await post.courier.send(post.parcel(channel, {"content": ""}))
        for embed in ({"description": "x" * 4_097}, {"title": "x" * 257, "description": "x"}):
            with pytest.raises(TooLarge):
                await post.courier.send(post.parcel(channel, {"embeds": [embed]}))
        asked = len(post.simulator.calls("POST"))
        with pytest.raises(TooLarge):
            await post.courier.send(post.parcel(channel, {"embeds": [{"description": "字" * 3_400}]}))
        assert len(post.simulator.calls("POST")) == asked
        assert post.seen(channel) == []
        assert all("is longer than" in violation for violation in post.simulator.violations)
        post.simulator.violations.clear()


async def test_fault_07_a_flood() -> None:
    """Too much for one channel is told to wait so long; another channel is brought its message meanwhile."""
    async with office(limits=STRICT) as post:
        channel, other = post.channel(), post.channel("别处")
        for _ in range(STRICT.writes.most):
            await post.courier.send(post.parcel(channel))
        with pytest.raises(Throttled) as caught:
            await post.courier.send(post.parcel(channel))
        assert 0 < caught.value.retry_after <= STRICT.writes.seconds
        assert not caught.value.whole_lane
        await post.courier.send(post.parcel(other))


# --- What goes wrong on the way ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault.server_error(500),
        Fault.server_error(502, html=True),
        Fault.server_error(504, html=True, executed=True),
        Fault.hang(),
        Fault.hang(executed=True),
        Fault.drip(seconds=0.05),
        Fault.half_json(),
        Fault.wrong_types(),
        Fault.null(),
        Fault.huge(9),
        Fault.lost_answer(),
        Fault.reset(executed=False),
        Fault.reset(executed=True),
    ],
    ids=lambda fault: fault.name,
)
async def test_fault_10_11_12_nobody_knows(fault: Fault) -> None:
    """What is lost behind the first byte is a doubt; sent again under its nonce, the message stands there once."""
    async with office(total=0.5) as post:
        channel, other = post.channel(), post.channel("别处")
        post.simulator.fail(fault, method="POST", path="/messages$", channel=channel)
        parcel = post.parcel(channel)
        with pytest.raises(Doubt):
            await post.courier.send(parcel)
        await post.courier.send(post.parcel(other))
        receipt = await post.courier.send(replace(parcel, doubted_at=datetime.now(UTC)))
        assert [str(entry.id) for entry in post.seen(channel)] == [receipt.message]


@pytest.mark.parametrize(
    "fault",
    [Fault.server_error(502), Fault.lost_answer(), Fault.reset(executed=False), Fault.half_json()],
    ids=lambda fault: fault.name,
)
async def test_fault_12_a_post_in_a_forum_that_nobody_knows(fault: Fault) -> None:
    """A thread in doubt is looked for before it is opened again, so that there is one, next to others of its name."""
    async with office(total=0.5) as post:
        forum = post.lin.creates_forum(post.server, "论坛")
        earlier = await post.courier.send(post.parcel(forum))
        post.simulator.advance(3_600)
        post.simulator.fail(fault, method="POST", path="/threads$", channel=forum)
        parcel = post.parcel(forum)
        with pytest.raises(Doubt):
            await post.courier.send(parcel)
        since = datetime.fromtimestamp(post.simulator.core.date, UTC) - timedelta(seconds=5)
        receipt = await post.courier.send(replace(parcel, doubted_at=since))
        assert sorted(str(thread.id) for thread in post.threads(forum)) == [earlier.thread, receipt.thread]


async def test_a_nonce_of_a_message_that_was_deleted() -> None:
    """A message that was deleted before it is sent again is lost, the channel is not; nothing comes twice."""
    async with office() as post:
        channel = post.channel()
        post.simulator.fail(Fault.lost_answer(), method="POST", path="/messages$")
        parcel = post.parcel(channel)
        with pytest.raises(Doubt):
            await post.courier.send(parcel)
        post.lin.deletes(post.seen(channel)[0])
        with pytest.raises(MessageLost):
            await post.courier.send(parcel)
        assert post.seen(channel) == []


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(None, 5.0), (-3, 5.0), (0, 5.0), ("soon", 5.0), (10**12, 86_400.0), (7_200, 7_200.0)],
    ids=str,
)
async def test_fault_09_a_429_that_says_nothing(said: object, seconds: float) -> None:
    """A 429 without a wait, or with one that cannot be, is a wait that can be; nothing was posted."""
    async with office() as post:
        channel = post.channel()
        post.simulator.fail(Fault.flood(said), method="POST")
        with pytest.raises(Throttled) as caught:
            await post.courier.send(post.parcel(channel))
        assert (caught.value.retry_after, caught.value.whole_lane) == (seconds, False)
        assert post.seen(channel) == []


async def test_fault_09_a_429_in_html_is_a_banned_address() -> None:
    """A 429 that does not come from Discord itself lets the whole lane rest, and nothing leaves meanwhile."""
    async with office() as post:
        channel = post.channel()
        await post.courier.send(post.parcel(channel))
        post.simulator.fail(Fault.flood(html=True), method="POST")
        with pytest.raises(Banned) as caught:
            await post.courier.send(post.parcel(channel))
        assert (caught.value.retry_after, caught.value.whole_lane) == (5.0, True)
        asked = len(post.simulator.calls())
        with pytest.raises(Throttled) as spared:
            await post.courier.send(post.parcel(channel))
        assert spared.value.whole_lane
        assert len(post.simulator.calls()) == asked


async def test_a_global_429_is_the_lanes() -> None:
    """A global 429 lets the whole lane wait."""
    async with office() as post:
        post.simulator.fail(Fault.flood(1.5, scope="global"))
        with pytest.raises(Throttled) as caught:
            await post.courier.send(post.parcel(post.channel()))
        assert (caught.value.retry_after, caught.value.whole_lane) == (1.5, True)


async def test_fault_13_while_discord_is_down() -> None:
    """While Discord takes no connections nothing leaves; when it is back, connections of before do no harm."""
    async with office() as post:
        channel = post.channel()
        await post.courier.send(post.parcel(channel))
        await post.simulator.refuse()
        with pytest.raises(NotSent):
            await post.courier.send(post.parcel(channel))
        await post.simulator.listen()
        await post.courier.send(post.parcel(channel))
        assert len(post.seen(channel)) == 2


async def test_edits_and_deletions_in_doubt_can_be_repeated() -> None:
    """An edit or a deletion whose answer was lost is a doubt, and succeeds when it is repeated."""
    async with office() as post:
        channel = post.channel()
        receipt = await post.courier.send(post.parcel(channel))
        post.simulator.fail(Fault.lost_answer(), method="PATCH")
        with pytest.raises(Doubt):
            await post.courier.edit(post.parcel(channel, OTHER), receipt)
        assert await post.courier.edit(post.parcel(channel, OTHER), receipt) == receipt
        post.simulator.fail(Fault.server_error(502, executed=True), method="DELETE")
        with pytest.raises(Doubt):
            await post.courier.delete(post.address(channel), receipt)
        await post.courier.delete(post.address(channel), receipt)
        assert post.seen(channel) == []
