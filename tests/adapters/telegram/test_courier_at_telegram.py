"""The courier, with the real library, before a strict Telegram: what people see of each parcel, what refusals mean.

The faults of the way are here as far as one message is concerned: what is in the chat afterwards, and what is said.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import telegram

from adapters.platform import (
    AccountDead,
    AccountId,
    Address,
    ChatLost,
    CourierError,
    Doubt,
    Forbidden,
    Message,
    MessageLost,
    Moved,
    NotSent,
    Parcel,
    Platform,
    Poison,
    ThreadLost,
    Throttled,
    TooLarge,
)
from adapters.telegram.courier import TelegramCourier, plain
from adapters.telegram.request import AiohttpRequest
from tests.platforms.telegram.chats import Chat, Entry
from tests.platforms.telegram.faults import Fault
from tests.platforms.telegram.limits import STRICT, UNLIMITED, Limits
from tests.platforms.telegram.person import Person
from tests.platforms.telegram.simulator import TelegramSimulator

GOLDEN = Path(__file__).parents[2] / "golden"
TWO_DAYS = 48 * 3600.0

MESSAGE: Message = {
    "text": "速递 𝐀 link",
    "entities": [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "text_link", "offset": 6, "length": 4, "url": "https://a.example/?b=c&d"},
    ],
    "link_preview_options": {"url": "https://a.example/?b=c&d", "prefer_small_media": True},
    "reply_markup": {"inline_keyboard": [[{"text": "1", "callback_data": "/story 1"}]]},
}
OTHER: Message = {**MESSAGE, "text": "更正 𝐁 link"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A courier before a simulated Telegram, and somebody who leads chats there."""

    simulator: TelegramSimulator
    courier: TelegramCourier
    lin: Person

    def parcel(self, chat: Chat | Person, message: Message = MESSAGE, **more: Any) -> Parcel:
        """A message on its way to a chat."""
        return Parcel(address=self.address(chat), message=message, nonce="1", **more)

    def address(self, chat: Chat | Person, thread: int | str = "") -> Address:
        """Where a chat is."""
        number = chat.chat.id if isinstance(chat, Person) else chat.id
        account = AccountId(str(self.simulator.bot.id))
        return Address(platform=Platform.TELEGRAM, account=account, chat=str(number), thread=str(thread))

    def seen(self, chat: Chat | Person) -> list[Entry]:
        """What the account wrote, as it stands in the chat."""
        return self.simulator.sent(chat)

    def group(self) -> Chat:
        """A supergroup that the account is in."""
        group = self.lin.creates_supergroup("读书会")
        self.lin.adds_bot(group)
        return group


@asynccontextmanager
async def office(
    *, limits: Limits = UNLIMITED, paid: Callable[[], bool] = lambda: False, total: float = 10.0
) -> AsyncIterator[Office]:
    """A courier; behind it, the simulator must have found nothing that nobody may ask."""
    async with TelegramSimulator(limits=limits) as simulator, AiohttpRequest(total=total) as request:
        bot = telegram.Bot(
            simulator.token, base_url=f"{simulator.url}/bot", request=request, get_updates_request=request
        )
        lin = simulator.person(101, "小林")
        lin.starts()
        yield Office(simulator=simulator, courier=TelegramCourier(bot, paid=paid), lin=lin)
        assert simulator.violations == []


# --- What people see ---------------------------------------------------------------------------------------------


async def test_every_face_arrives_as_it_was_drawn() -> None:
    """Every message of the golden posts stands in the chat as it was spelled: text, entities, preview and buttons."""
    faces = sorted(GOLDEN.glob("*.telegram.json"))
    assert len(faces) > 8
    async with office() as post:
        for face in faces:
            for message in json.loads(face.read_text())["messages"]:
                receipt = await post.courier.send(post.parcel(post.lin, message))
                entry = post.seen(post.lin)[-1]
                assert (str(entry.id), entry.text) == (receipt.message, message["text"]), face.name
                assert is_marked(entry, message.get("entities", [])), face.name
                assert entry.preview == message["link_preview_options"], face.name
                assert entry.keyboard == message.get("reply_markup"), face.name
                assert (entry.silent, entry.paid, entry.reply_to) == (False, False, 0)


def is_marked(entry: Entry, entities: list[Any]) -> bool:
    """Whether every character has its marks; Telegram joins neighbours, and adds what it finds by itself."""
    from tests.witnesses.tdlib import forms  # it is not built for every machine

    meant, there = forms(entry.text, entities), forms(entry.text, entry.entities)
    return all(ours <= theirs for ours, theirs in zip(meant, there, strict=True))


async def test_it_arrives_in_chats_of_every_kind() -> None:
    """A message arrives in private chats, groups, supergroups and channels, by its number or a channel's name."""
    async with office() as post:
        group, channel = post.lin.creates_group("小组"), post.lin.creates_channel("频道", username="sudi_news")
        post.lin.adds_bot(group)
        post.lin.adds_bot(channel)
        for chat in (post.lin, group, post.group(), channel):
            receipt = await post.courier.send(post.parcel(chat))
            assert [str(entry.id) for entry in post.seen(chat)] == [receipt.message]
        named = replace(post.address(channel), chat="@sudi_news")
        await post.courier.send(replace(post.parcel(channel), address=named))
        assert [entry.text for entry in post.seen(channel)] == [MESSAGE["text"]] * 2


async def test_topics_of_a_forum() -> None:
    """A message comes to stand in its topic; one for General, which has no number or the first, in General."""
    async with office() as post:
        forum = post.lin.creates_forum("论坛")
        post.lin.adds_bot(forum)
        topic = post.lin.opens_topic(forum, "AI")
        receipts = [
            await post.courier.send(replace(post.parcel(forum), address=post.address(forum, thread)))
            for thread in (topic.id, "1", "")
        ]
        assert [entry.thread for entry in post.seen(forum)] == [topic.id, 1, 1]
        assert [receipt.thread for receipt in receipts] == [str(topic.id), "", ""]
        assert "message_thread_id" not in post.simulator.calls("sendMessage")[1].parameters


async def test_later_parts_reply_to_the_first() -> None:
    """Part k is a reply to part 1, in its topic too; where part 1 is gone, or elsewhere, it arrives without."""
    async with office() as post:
        forum = post.lin.creates_forum("论坛")
        post.lin.adds_bot(forum)
        topic = post.lin.opens_topic(forum, "AI")
        for address in (post.address(post.lin), post.address(forum, topic.id), post.address(forum)):
            parcel = replace(post.parcel(post.lin), address=address)
            first = await post.courier.send(parcel)
            second = await post.courier.send(replace(parcel, reply_to=first))
            await post.courier.delete(address, first)
            await post.courier.send(replace(parcel, reply_to=first))
            where = forum if address.chat == str(forum.id) else post.lin
            two, three = post.seen(where)[-2:]
            assert (str(two.id), two.reply_to, three.reply_to) == (second.message, int(first.message), 0)
        fallen = replace(post.parcel(forum), reply_to=replace(second, thread=str(topic.id)))
        await post.courier.send(fallen)
        assert post.seen(forum)[-1].reply_to == 0


async def test_silence() -> None:
    """A silent message makes no sound; the others do."""
    async with office() as post:
        await post.courier.send(post.parcel(post.lin, silent=True))
        await post.courier.send(post.parcel(post.lin))
        assert [entry.silent for entry in post.seen(post.lin)] == [True, False]


async def test_a_correction_replaces_the_message() -> None:
    """An edit leaves one message with the new text, its preview and its buttons; a second one changes nothing more."""
    async with office() as post:
        receipt = await post.courier.send(post.parcel(post.lin))
        for _ in range(2):
            assert await post.courier.edit(post.parcel(post.lin, OTHER), receipt) == receipt
        [entry] = post.seen(post.lin)
        assert (entry.text, entry.keyboard, entry.edits) == (OTHER["text"], MESSAGE["reply_markup"], 1)
        assert entry.preview == MESSAGE["link_preview_options"]
        assert [call.status for call in post.simulator.calls("editMessageText")] == [200, 400]


async def test_fault_29_what_can_no_longer_be_changed() -> None:
    """A message that is gone is taken back with success and edited in vain; one older than two days stays."""
    async with office() as post:
        group = post.group()
        for chat in (post.lin, group):
            gone, old = [await post.courier.send(post.parcel(chat)) for _ in range(2)]
            post.lin.deletes(post.seen(chat)[0])
            await post.courier.delete(post.address(chat), gone)
            with pytest.raises(MessageLost):
                await post.courier.edit(post.parcel(chat, OTHER), gone)
            post.simulator.advance(TWO_DAYS + 1)
            with pytest.raises(MessageLost, match="can't be deleted"):
                await post.courier.delete(post.address(chat), old)
            await post.courier.edit(post.parcel(chat, OTHER), old)
            assert [entry.text for entry in post.seen(chat)] == [OTHER["text"]]


async def test_taking_back() -> None:
    """A message that is taken back is gone, in a channel as well."""
    async with office() as post:
        channel = post.lin.creates_channel("频道")
        post.lin.adds_bot(channel)
        for chat in (post.lin, channel):
            receipt = await post.courier.send(post.parcel(chat))
            await post.courier.delete(post.address(chat), receipt)
            await post.courier.delete(post.address(chat), receipt)
            assert post.seen(chat) == []


# --- What is refused ---------------------------------------------------------------------------------------------

Mishap = Callable[[Office, Chat], object]


@pytest.mark.parametrize(
    ("mishap", "meaning"),
    [
        (lambda post, group: post.lin.removes_bot(group), ChatLost),
        (lambda post, group: post.lin.deletes_chat(group), ChatLost),
        (lambda post, group: post.lin.restricts_bot(group), Forbidden),
        (lambda post, group: post.lin.silences_everybody(group), Forbidden),
        (lambda post, _group: post.simulator.revoke(), AccountDead),
    ],
    ids=["removed", "deleted", "restricted", "silenced", "revoked"],
)
async def test_fault_31_a_group_that_is_lost(mishap: Mishap, meaning: type[CourierError]) -> None:
    """A group that threw the account out, is gone, or lets nobody write says so, and nothing stands there."""
    async with office() as post:
        group = post.group()
        mishap(post, group)
        with pytest.raises(CourierError) as caught:
            await post.courier.send(post.parcel(group))
        assert type(caught.value) is meaning
        assert post.seen(group) == []


async def test_fault_31_a_reader_who_is_lost() -> None:
    """Who blocks the account, deletes their own, or never wrote to it is lost; who comes back is brought things."""
    async with office() as post:
        post.lin.blocks()
        with pytest.raises(ChatLost, match="blocked"):
            await post.courier.send(post.parcel(post.lin))
        post.lin.unblocks()
        await post.courier.send(post.parcel(post.lin))
        wang, stranger = post.simulator.person(102, "小王"), post.simulator.person(103, "小张")
        for person in (wang, stranger):
            group = person.creates_supergroup("读书会")
            person.adds_bot(group)
        wang.starts()
        wang.deletes_account()
        for person, words in ((wang, "deactivated"), (stranger, "initiate")):
            with pytest.raises(ChatLost, match=words):
                await post.courier.send(post.parcel(person))
        with pytest.raises(ChatLost, match="chat not found"):
            await post.courier.send(replace(post.parcel(post.lin), address=replace(post.address(post.lin), chat="999")))


async def test_a_channel_that_may_not_be_written_to() -> None:
    """A channel in which the account may not post forbids it; one that it was demoted in is lost."""
    async with office() as post:
        channel = post.lin.creates_channel("频道")
        post.lin.adds_bot(channel, "can_edit_messages")
        with pytest.raises(Forbidden):
            await post.courier.send(post.parcel(channel))
        post.lin.demotes_bot(channel)
        with pytest.raises(ChatLost):
            await post.courier.send(post.parcel(channel))


@pytest.mark.parametrize("answer", ["message thread not found", "TOPIC_DELETED"])
async def test_a_topic_that_is_gone(answer: str) -> None:
    """A topic that is closed, deleted or was never there is lost, and the chat is not."""
    async with office() as post:
        forum = post.lin.creates_forum("论坛")
        post.lin.adds_bot(forum)
        closed, deleted = post.lin.opens_topic(forum, "AI"), post.lin.opens_topic(forum, "芯片")
        post.lin.closes_topic(forum, closed)
        post.lin.deletes_topic(forum, deleted, answer=answer)
        for thread in (closed.id, deleted.id, 999):
            with pytest.raises(ThreadLost):
                await post.courier.send(replace(post.parcel(forum), address=post.address(forum, thread)))
        await post.courier.send(post.parcel(forum))


async def test_fault_30_a_group_that_became_a_supergroup() -> None:
    """A group that was upgraded says where it is now, and there it can be written to."""
    async with office() as post:
        group = post.lin.creates_group("小组")
        post.lin.adds_bot(group)
        now = post.lin.upgrades(group)
        with pytest.raises(Moved) as caught:
            await post.courier.send(post.parcel(group))
        assert caught.value.to == str(now.id)
        await post.courier.send(post.parcel(now))
        assert len(post.seen(now)) == 1


async def test_fault_07_a_flood() -> None:
    """Too much for one chat is told to wait so long; another chat is brought its message meanwhile."""
    async with office(limits=STRICT) as post:
        group = post.group()
        await post.courier.send(post.parcel(post.lin))
        with pytest.raises(Throttled) as caught:
            await post.courier.send(post.parcel(post.lin))
        assert (caught.value.retry_after, caught.value.whole_lane) == (1.0, False)
        await post.courier.send(post.parcel(group))


async def test_what_is_our_own_mistake() -> None:
    """A text that is too long, or empty, is refused for good."""
    async with office() as post:
        with pytest.raises(TooLarge):
            await post.courier.send(post.parcel(post.lin, {"text": "x" * 4_097}))
        with pytest.raises(Poison):
            await post.courier.send(post.parcel(post.lin, {"text": ""}))
        assert post.seen(post.lin) == []


async def test_what_telegram_does_not_take_as_it_is() -> None:
    """A message whose buttons or entities are refused arrives as its text alone, once."""
    wrong: Message = {**MESSAGE, "reply_markup": {"inline_keyboard": [[{"text": "1", "callback_data": "x" * 65}]]}}
    async with office() as post:
        await post.courier.send(post.parcel(post.lin, wrong))
        post.simulator.fail(Fault.says(400, "Bad Request: can't parse entities: …"), method="sendMessage")
        await post.courier.send(post.parcel(post.lin))
        assert [(entry.text, entry.buttons) for entry in post.seen(post.lin)] == [(MESSAGE["text"], [])] * 2
        assert post.seen(post.lin)[0].preview == plain(MESSAGE)["link_preview_options"]


async def test_what_is_paid_for() -> None:
    """Messages that are paid for are; when the money is gone, they arrive unpaid."""
    async with office(paid=lambda: True) as post:
        await post.courier.send(post.parcel(post.lin))
        post.simulator.bot.stars = 0
        await post.courier.send(post.parcel(post.lin))
        assert [entry.paid for entry in post.seen(post.lin)] == [True, False]


# --- What goes wrong on the way ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "arrives"),
    [
        (Fault.server_error(500), 0),
        (Fault.server_error(502, html=True), 0),
        (Fault.server_error(504, html=True, executed=True), 1),
        (Fault.hang(), 0),
        (Fault.hang(executed=True), 1),
        (Fault.drip(seconds=0.05), 1),
        (Fault.half_json(), 1),
        (Fault.wrong_types(), 1),
        (Fault.null(), 1),
        (Fault.huge(2), 1),
        (Fault.lost_answer(), 1),
        (Fault.reset(executed=False), 0),
        (Fault.reset(executed=True), 1),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else str(value),
)
async def test_fault_10_11_12_nobody_knows(fault: Fault, arrives: int) -> None:
    """Whatever is lost behind the first byte is a doubt, whether the message stands there or not; other chats go on."""
    async with office(total=0.5) as post:
        group = post.group()
        post.simulator.fail(fault, method="sendMessage", chat=post.lin)
        with pytest.raises(Doubt):
            await post.courier.send(post.parcel(post.lin))
        assert len(post.seen(post.lin)) == arrives
        await post.courier.send(post.parcel(group))
        await post.courier.send(post.parcel(post.lin))
        assert len(post.seen(post.lin)) == arrives + 1


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(None, 5.0), (-3, 5.0), (0, 5.0), ("soon", 5.0), (10**12, 86_400.0), (7_200, 7_200.0), ("html", 5.0)],
    ids=str,
)
async def test_fault_09_a_429_that_says_nothing(said: object, seconds: float) -> None:
    """A 429 without a wait, with one that cannot be, or in HTML is a wait that can be; nothing was posted."""
    async with office() as post:
        post.simulator.fail(Fault.flood(html=True) if said == "html" else Fault.flood(said))
        with pytest.raises(Throttled) as caught:
            await post.courier.send(post.parcel(post.lin))
        assert caught.value.retry_after == seconds
        assert post.seen(post.lin) == []


async def test_fault_13_while_telegram_is_down() -> None:
    """While Telegram takes no connections nothing leaves; when it is back, connections of before do no harm."""
    async with office() as post:
        await post.courier.send(post.parcel(post.lin))
        await post.simulator.refuse()
        with pytest.raises(NotSent):
            await post.courier.send(post.parcel(post.lin))
        await post.simulator.listen()
        await post.courier.send(post.parcel(post.lin))
        assert len(post.seen(post.lin)) == 2


async def test_edits_and_deletions_in_doubt_can_be_repeated() -> None:
    """An edit or a deletion whose answer was lost is a doubt, and succeeds when it is repeated."""
    async with office() as post:
        receipt = await post.courier.send(post.parcel(post.lin))
        post.simulator.fail(Fault.lost_answer(), method="editMessageText")
        with pytest.raises(Doubt):
            await post.courier.edit(post.parcel(post.lin, OTHER), receipt)
        assert await post.courier.edit(post.parcel(post.lin, OTHER), receipt) == receipt
        post.simulator.fail(Fault.lost_answer(), method="deleteMessage")
        with pytest.raises(Doubt):
            await post.courier.delete(post.address(post.lin), receipt)
        await post.courier.delete(post.address(post.lin), receipt)
        assert post.seen(post.lin) == []
