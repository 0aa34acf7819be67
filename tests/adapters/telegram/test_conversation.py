"""What readers and the account say to each other: answers, pages, buttons and their presses, news of chats."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.platform import (
    Address,
    Button,
    ChatEvent,
    ChatKind,
    Doubt,
    Elsewhere,
    Fate,
    Grant,
    Notice,
    Parcel,
    Platform,
    Query,
    Reply,
)
from tests.adapters.telegram.front import Front, account, listening, reply
from tests.platforms.telegram.accounts import Press
from tests.platforms.telegram.chats import Chat, Entry
from tests.platforms.telegram.faults import Fault
from tests.platforms.telegram.person import Person
from tests.platforms.telegram.simulator import TelegramSimulator

LONG = reply("first " * 600, "second " * 550, "third " * 600)
"""An answer of three pages."""


async def answered(telegram: TelegramSimulator, chat: Chat | Person, number: int = 1) -> Entry:
    """The bot's message of this number in a chat."""
    await telegram.until(lambda: len(telegram.sent(chat)) >= number)
    return telegram.sent(chat)[number - 1]


async def done(telegram: TelegramSimulator, press: Press) -> Any:
    """What a press brought."""
    return await telegram.until(lambda: press.answer, "the answer to a press")


# --- Words -------------------------------------------------------------------------------------------------------


async def test_in_a_group_the_question_is_replied_to(telegram: TelegramSimulator) -> None:
    """In a group the answer replies to the question, in its topic; in private it only follows."""
    lin = telegram.person(101)
    forum = lin.creates_forum("读书会")
    async with listening(Front(), account(telegram.token, telegram.url)):
        lin.adds_bot(forum)
        topic = lin.opens_topic(forum, "AI")
        asked = lin.says("/today@sudi_test_bot", forum, thread=topic)
        below = await answered(telegram, forum)
        lin.says("/today")
        alone = await answered(telegram, lin)
    assert (below.reply_to, below.thread) == (asked.id, topic.id)
    assert alone.reply_to == 0


async def test_nothing_is_said_where_nothing_is_answered(telegram: TelegramSimulator) -> None:
    """A reply without documents says nothing, and its question is done."""
    lin = telegram.person(101)
    front = Front(answers={"/other": reply()})
    async with listening(front, account(telegram.token, telegram.url)):
        lin.says("/other")
        lin.says("/today")
        await answered(telegram, lin)
    assert [entry.text for entry in telegram.sent(lin)] == ["you said /today"]


async def test_a_forwarded_channel_is_asked_about_once(telegram: TelegramSimulator) -> None:
    """Forwarding a channel's message asks about that channel, and an album of them once."""
    lin = telegram.person(101)
    channel = lin.creates_channel("新闻", username="news")
    front = Front()
    async with listening(front, account(telegram.token, telegram.url)):
        entry = lin.forwards(lin.says("a post", channel))
        await answered(telegram, lin)
        album = entry.json() | {"media_group_id": "5", "forward_origin": entry.origin}
        telegram.emit({"message": album | {"message_id": 901}})
        telegram.emit({"message": album | {"message_id": 902}})
        lin.says("/last")
        await answered(telegram, lin, 3)
    assert front.said == [f"/channel @{channel.id}", f"/channel @{channel.id}", "/last"]


# --- Pages -------------------------------------------------------------------------------------------------------


async def test_a_long_answer_is_one_message_with_pages(telegram: TelegramSimulator) -> None:
    """A long answer is one message; turning its pages edits it, round from the last to the first."""
    lin = telegram.person(101)
    async with listening(Front(answers={"/long": LONG}), account(telegram.token, telegram.url)):
        lin.says("/long")
        entry = await answered(telegram, lin)
        assert entry.buttons == ["◀", "1/3", "▶"]
        assert entry.text.startswith("first")
        await done(telegram, lin.presses(entry, "▶"))
        await telegram.until(lambda: entry.text.startswith("second"))
        await done(telegram, lin.presses(entry, "▶"))
        await telegram.until(lambda: entry.text.startswith("third"))
        assert entry.buttons == ["◀", "3/3", "▶"]
        await done(telegram, lin.presses(entry, "▶"))
        await telegram.until(lambda: entry.text.startswith("first"))
        await done(telegram, lin.presses(entry, "1/3"))
    assert len(telegram.sent(lin)) == 1


async def test_pages_survive_a_restart(telegram: TelegramSimulator) -> None:
    """Pages are asked anew by what stands in the button, so they turn after a restart, and to the last that is left."""
    lin = telegram.person(101)
    async with listening(Front(answers={"/long": LONG}), account(telegram.token, telegram.url)):
        lin.says("/long")
        entry = await answered(telegram, lin)
    shorter = reply("first " * 600, "second " * 550)
    async with listening(Front(answers={"/long": shorter}), account(telegram.token, telegram.url)):
        await done(telegram, lin.presses(entry, "◀"))
        await telegram.until(lambda: entry.text.startswith("second"))
    assert entry.buttons == ["◀", "2/2", "▶"]


async def test_fault_39_in_a_group_only_whoever_asked_turns_pages(telegram: TelegramSimulator) -> None:
    """In a group, somebody else who turns the pages of an answer is told that they are not theirs."""
    lin, mei = telegram.person(101), telegram.person(102)
    group = lin.creates_group("读书会", mei)
    front = Front(answers={"/long": LONG})
    async with listening(front, account(telegram.token, telegram.url)):
        lin.adds_bot(group)
        mei.says("/long", group)
        entry = await answered(telegram, group)
        popup = await done(telegram, lin.presses(entry, "▶"))
        assert (popup.text, popup.is_alert) == ("notice not_yours", True)
        assert entry.text.startswith("first")
        await done(telegram, mei.presses(entry, "▶"))
        await telegram.until(lambda: entry.text.startswith("second"))
    assert front.notices == [Notice.NOT_YOURS]


async def test_what_was_asked_anonymously_is_turned_by_administrators(telegram: TelegramSimulator) -> None:
    """The pages of what an anonymous administrator asked are turned by administrators, whose presses have a name."""
    lin, mei = telegram.person(101), telegram.person(102)
    group = lin.creates_supergroup("读书会", mei)
    async with listening(Front(answers={"/long": LONG}), account(telegram.token, telegram.url)):
        lin.adds_bot(group)
        lin.hides(group)
        lin.says("/long", group)
        entry = await answered(telegram, group)
        assert (await done(telegram, mei.presses(entry, "▶"))).text == "notice not_yours"
        await done(telegram, lin.presses(entry, "▶"))
        await telegram.until(lambda: entry.text.startswith("second"))


async def test_what_was_asked_as_a_channel_is_turned_by_administrators(telegram: TelegramSimulator) -> None:
    """The pages of what somebody asked as a channel, who cannot press as one, are turned by administrators."""
    lin, mei = telegram.person(101), telegram.person(102)
    group, channel = lin.creates_supergroup("读书会", mei), mei.creates_channel("美美")
    async with listening(Front(answers={"/long": LONG}), account(telegram.token, telegram.url)):
        lin.adds_bot(group)
        mei.says("/long", group, speaks_as=channel)
        entry = await answered(telegram, group)
        assert (await done(telegram, mei.presses(entry, "▶"))).text == "notice not_yours"
        await done(telegram, lin.presses(entry, "▶"))
        await telegram.until(lambda: entry.text.startswith("second"))


async def test_words_that_no_button_holds_are_kept(telegram: TelegramSimulator) -> None:
    """The pages of a question too long for a button turn all the same; what is kept no more has expired."""
    lin, asked = telegram.person(101), "/long " + "词" * 60
    front = Front(answers={asked: LONG})
    async with listening(front, account(telegram.token, telegram.url)):
        lin.says(asked)
        entry = await answered(telegram, lin)
        await done(telegram, lin.presses(entry, "▶"))
        await telegram.until(lambda: entry.text.startswith("second"))
        front.memory.clear()
        popup = await done(telegram, lin.presses(entry, "◀"))
    assert popup.text == "notice expired"


async def test_a_press_that_fails_is_told_so(telegram: TelegramSimulator) -> None:
    """Whoever presses a button hears that it did not work, where what it says cannot be looked up."""

    class Closed(Front):
        """A reception that cannot look up what it kept."""

        async def kept(self, name: str) -> str | None:
            raise OSError(name)

    lin, long = telegram.person(101), Button(label="Long", says="/" + "x" * 80)
    front = Closed(answers={"/menu": reply("menu", buttons=(long,))})
    async with listening(front, account(telegram.token, telegram.url)):
        lin.says("/menu")
        popup = await done(telegram, lin.presses(await answered(telegram, lin), "Long"))
    assert popup.text == "notice failed"


# --- Presses -----------------------------------------------------------------------------------------------------

BUTTONS = (
    Button(label="New", says="/new"),
    Button(label="Here", says="/here", in_place=True),
    Button(label="Secret", says="/secret"),
    Button(label="Open", url="https://example.org/"),
)
MENU = {"/menu": reply("menu", buttons=BUTTONS), "/secret": reply("only for you", only_asker=True)}


async def test_what_buttons_do(telegram: TelegramSimulator) -> None:
    """A button asks in its presser's name: the answer is new, in the message's place, or shown for a moment."""
    lin = telegram.person(101)
    front = Front(answers=MENU)
    async with listening(front, account(telegram.token, telegram.url)):
        lin.says("/menu")
        entry = await answered(telegram, lin)
        assert entry.buttons == ["New", "Here", "Secret", "Open"]
        await done(telegram, lin.presses(entry, "New"))
        assert (await answered(telegram, lin, 2)).text == "you said /new"
        popup = await done(telegram, lin.presses(entry, "Secret"))
        assert (popup.text, popup.is_alert) == ("only for you", True)
        quiet = await done(telegram, lin.presses(entry, "Here"))
        assert (quiet.text, quiet.url) == ("", "")
        await telegram.until(lambda: entry.text == "you said /here")
    assert [(query.text, query.asker.person, query.addressed) for query in front.heard[1:]] == [
        ("/new", "101", True),
        ("/secret", "101", True),
        ("/here", "101", True),
    ]
    assert len(telegram.sent(lin)) == 2


async def test_fault_39_a_press_that_comes_twice_is_one(telegram: TelegramSimulator) -> None:
    """A button pressed twice at once is asked once, and both presses are answered; another person's is another."""
    lin, mei = telegram.person(101), telegram.person(102)
    group = lin.creates_group("读书会", mei)
    front = Front(answers=MENU)
    async with listening(front, account(telegram.token, telegram.url)):
        lin.adds_bot(group)
        lin.says("/menu", group)
        entry = await answered(telegram, group)
        presses = [lin.presses(entry, "New"), lin.presses(entry, "New"), mei.presses(entry, "New")]
        for press in presses:
            await done(telegram, press)
        await telegram.until(lambda: front.said.count("/new") == 2)
    assert [query.asker.person for query in front.heard if query.text == "/new"] == ["101", "102"]


async def test_fault_39_made_up_data_has_expired(telegram: TelegramSimulator) -> None:
    """Whatever a hostile client says in a press, it is answered, and what no button of ours holds asks nothing."""
    lin = telegram.person(101)
    front = Front(answers=MENU)
    async with listening(front, account(telegram.token, telegram.url)):
        lin.says("/menu")
        entry = await answered(telegram, lin)
        for data in ("today", "#0123456789abcdef", "#", "=", "1~~", "0~101~/menu", "\x00"):
            assert (await done(telegram, lin.presses_data(entry, data))).text == "notice expired"
    assert front.said == ["/menu"]


async def test_fault_39_made_up_data_changes_no_message(telegram: TelegramSimulator) -> None:
    """A press of a button that a message does not have changes nothing of it: the answer is a message of its own."""
    lin, mei = telegram.person(101), telegram.person(102)
    group = lin.creates_group("读书会", mei)
    front = Front(answers=MENU | {"/long": LONG})
    async with listening(front, account(telegram.token, telegram.url)):
        lin.adds_bot(group)
        lin.says("/menu", group)
        entry = await answered(telegram, group)
        for number, data in enumerate(("=/new", "2~102~/long"), 2):
            await done(telegram, mei.presses_data(entry, data))
            await answered(telegram, group, number)
        assert (entry.text, entry.buttons) == ("menu", ["New", "Here", "Secret", "Open"])
        assert [sent.text.split()[0] for sent in telegram.sent(group)] == ["menu", "you", "second"]


async def test_a_press_ends_before_a_slow_answer(telegram: TelegramSimulator) -> None:
    """A press whose answer takes long is told to have arrived, and what should have been shown then is a message."""
    slow, lin = asyncio.Event(), telegram.person(101)

    async def answering(query: Query) -> Reply:
        if query.text == "/secret":
            await slow.wait()
        return MENU[query.text]

    async with listening(Front(answering=answering), account(telegram.token, telegram.url)):
        lin.says("/menu")
        entry = await answered(telegram, lin)
        popup = await done(telegram, lin.presses(entry, "Secret"))
        assert popup.text == ""
        slow.set()
        assert (await answered(telegram, lin, 2)).text == "only for you"
    assert len(telegram.calls("answerCallbackQuery")) == 1


async def test_a_press_that_is_answered_holds_nobody_up(telegram: TelegramSimulator) -> None:
    """Whoever presses again is answered as soon as the press before is: it waits for no look of a button to end."""
    lin = telegram.person(101)
    async with listening(Front(answers=MENU), account(telegram.token, telegram.url, spinner=60.0)):
        lin.says("/menu")
        entry = await answered(telegram, lin)
        assert (await done(telegram, lin.presses(entry, "Secret"))).text == "only for you"
        await done(telegram, lin.presses(entry, "New"))
        assert (await answered(telegram, lin, 2)).text == "you said /new"


async def test_a_press_whose_answer_fails_ends(telegram: TelegramSimulator) -> None:
    """A mistake of ours in answering a press leaves no button busy, and stops nothing."""
    lin = telegram.person(101)

    async def answering(query: Query) -> Reply:
        if query.text == "/new":
            raise RuntimeError
        return MENU.get(query.text, reply("fine"))

    async with listening(Front(answering=answering), account(telegram.token, telegram.url)):
        lin.says("/menu")
        entry = await answered(telegram, lin)
        await done(telegram, lin.presses(entry, "New"))
        lin.says("/today")
        assert (await answered(telegram, lin, 2)).text == "fine"


async def test_a_press_that_telegram_has_forgotten(telegram: TelegramSimulator) -> None:
    """Where Telegram takes no answer to a press any more, what should have been shown for a moment is a message."""
    lin = telegram.person(101)
    async with listening(Front(answers=MENU), account(telegram.token, telegram.url)):
        lin.says("/menu")
        entry = await answered(telegram, lin)
        telegram.fail(Fault.says(400, "Bad Request: query is too old"), method="answerCallbackQuery")
        lin.presses(entry, "Secret")
        assert (await answered(telegram, lin, 2)).text == "only for you"


async def test_what_one_person_is_told_stands_in_no_place_of_others(telegram: TelegramSimulator) -> None:
    """What only its asker needs to see never takes the place of a message, though nothing can be shown for a moment."""
    lin, mei = telegram.person(101), telegram.person(102)
    group = lin.creates_group("读书会", mei)
    answers = MENU | {"/here": reply("not for you", only_asker=True)}
    async with listening(Front(answers=answers), account(telegram.token, telegram.url)):
        lin.adds_bot(group)
        lin.says("/menu", group)
        entry = await answered(telegram, group)
        telegram.fail(Fault.says(400, "Bad Request: query is too old"), method="answerCallbackQuery")
        mei.presses(entry, "Here")
        assert (await answered(telegram, group, 2)).text == "not for you"
        assert entry.text == "menu"


async def test_below_a_message_that_is_gone_the_answer_is_new(telegram: TelegramSimulator) -> None:
    """A press below a message out of reach is answered by a new message, also where it would be in its place."""
    lin = telegram.person(101)
    async with listening(Front(answers=MENU), account(telegram.token, telegram.url)):
        lin.says("/menu")
        entry = await answered(telegram, lin)
        lin.deletes(entry)
        await done(telegram, lin.presses(entry, "Here"))
        await telegram.until(lambda: [told.text for told in telegram.sent(lin)] == ["you said /here"])


async def test_a_story_is_expanded_in_private(telegram: TelegramSimulator) -> None:
    """A story's button opens it in private: from a group or a channel by a link to the account, in private at once."""
    lin = telegram.person(101)
    group, channel = lin.creates_group("读书会"), lin.creates_channel("新闻")
    story = "/story 0123456789ab 3"
    front = Front(answers={"/menu": reply("menu", buttons=(Button(label="3", says=story),))})
    async with listening(front, account(telegram.token, telegram.url)):
        lin.adds_bot(group)
        lin.adds_bot(channel)
        lin.says("/menu", group)
        entry = await answered(telegram, group)
        opened = await done(telegram, lin.presses(entry, "3"))
        assert opened.url == "https://t.me/sudi_test_bot?start=story_0123456789ab_3"
        lin.says("/menu")
        own = await answered(telegram, lin)
        await done(telegram, lin.presses(own, "3"))
        assert (await answered(telegram, lin, 2)).text == f"you said {story}"
    assert front.said == ["/menu", "/menu", story]


async def test_a_hundred_readers_press_at_once(telegram: TelegramSimulator) -> None:
    """When a post comes, many press its buttons at once; each of them gets an answer."""
    lin = telegram.person(101)
    readers = [telegram.person(number) for number in range(200, 300)]
    channel = lin.creates_channel("新闻")
    async with listening(Front(), account(telegram.token, telegram.url)) as known:
        lin.adds_bot(channel)
        address = Address(platform=Platform.TELEGRAM, account=known.id, chat=str(channel.id))
        row = [[{"text": "1", "callback_data": "/story 0123456789ab 1"}]]
        message = {"text": "news", "reply_markup": {"inline_keyboard": row}}
        await known.courier.send(Parcel(address=address, message=message, nonce="1"))
        entry = telegram.sent(channel)[0]
        presses = [reader.presses(entry, "1") for reader in readers]
        await telegram.until(lambda: all(press.answer for press in presses))
    assert {press.answer.url for press in presses if press.answer} == {
        "https://t.me/sudi_test_bot?start=story_0123456789ab_1"
    }


# --- News of a chat ----------------------------------------------------------------------------------------------


async def test_a_welcome_stands_in_the_group_and_a_channels_in_private(telegram: TelegramSimulator) -> None:
    """A welcome is said in the group that the account was added to; of a channel, to who added it, in private."""
    lin = telegram.person(101)
    front = Front(welcome=reply("welcome", buttons=(Button(label="Today", says="/today"),)))
    async with listening(front, account(telegram.token, telegram.url)):
        lin.starts()
        await answered(telegram, lin)
        group, channel = lin.creates_group("读书会"), lin.creates_channel("新闻")
        lin.adds_bot(group)
        assert (await answered(telegram, group)).buttons == ["Today"]
        lin.adds_bot(channel)
        assert (await answered(telegram, lin, 2)).text == "welcome"
    assert [(event.kind, event.fate, event.new) for event in front.events] == [
        (ChatKind.GROUP, Fate.OPEN, True),
        (ChatKind.CHANNEL, Fate.OPEN, True),
    ]
    assert not telegram.sent(channel)


async def test_blocking_is_news_and_answered_to_nobody(telegram: TelegramSimulator) -> None:
    """Who blocks the account is not written to about it; letting it in again is news as well."""
    lin = telegram.person(101)
    front = Front(welcome=reply("hm"))
    async with listening(front, account(telegram.token, telegram.url)):
        lin.starts()
        await answered(telegram, lin)
        lin.blocks()
        lin.unblocks()
        await telegram.until(lambda: len(front.events) == 2)
        await answered(telegram, lin, 2)
    assert [event.fate for event in front.events] == [Fate.LOST, Fate.OPEN]
    assert len(telegram.calls("sendMessage")) == 2


class Forgetful(Front):
    """A reception that cannot write anything down at first."""

    full = True

    async def keep(self, says: str) -> str:
        """Not while the disk is full."""
        if self.full:
            raise OSError
        return await super().keep(says)

    async def note(self, event: ChatEvent) -> Reply | None:
        """Not the first time."""
        if self.full:
            self.full = False
            raise OSError
        return await super().note(event)


async def test_news_that_was_not_noted_is_told_again(telegram: TelegramSimulator) -> None:
    """News of a chat comes only once from Telegram, so it is told again until it is noted."""
    lin, front = telegram.person(101), Forgetful()
    async with listening(front, account(telegram.token, telegram.url)):
        group = lin.creates_group("读书会")
        lin.adds_bot(group)
        await telegram.until(lambda: front.events)
    assert [event.fate for event in front.events] == [Fate.OPEN]


async def test_a_button_that_cannot_be_kept_is_left_out(telegram: TelegramSimulator) -> None:
    """While nothing can be kept, an answer comes all the same, with the buttons that need no keeping."""
    lin, long = telegram.person(101), Button(label="Long", says="/" + "x" * 80)
    front = Forgetful(answers={"/menu": reply("menu", buttons=(long, Button(label="New", says="/new")))})
    async with listening(front, account(telegram.token, telegram.url)):
        lin.says("/menu")
        assert (await answered(telegram, lin)).buttons == ["New"]


async def test_a_migration_is_told_once(telegram: TelegramSimulator) -> None:
    """A group that becomes a supergroup tells so in both chats, and is news once."""
    lin = telegram.person(101)
    front = Front()
    async with listening(front, account(telegram.token, telegram.url)):
        group = lin.creates_group("读书会")
        lin.adds_bot(group)
        new = lin.upgrades(group)
        lin.says("/today", new)
        await answered(telegram, new)
    moves = [(event.address.chat, event.to) for event in front.events if event.fate is Fate.MOVED]
    assert moves == [(str(group.id), str(new.id))]


# --- Scenes ------------------------------------------------------------------------------------------------------


async def scene_of(front: Front, telegram: TelegramSimulator, text: str) -> Query:
    """The query of words that were said."""
    await telegram.until(lambda: text in front.said)
    return next(query for query in front.heard if query.text == text)


async def test_who_decides(telegram: TelegramSimulator) -> None:
    """In private the person decides, in a group its administrators, an anonymous one too, and nobody as a channel."""
    lin, mei = telegram.person(101), telegram.person(102)
    group, channel = lin.creates_supergroup("读书会", mei), mei.creates_channel("美美")
    front = Front(answering=None)
    async with listening(front, account(telegram.token, telegram.url)):
        lin.adds_bot(group)
        mei.says("/own")
        lin.says("/lin", group)
        mei.says("/mei", group)
        mei.says("/channel", group, speaks_as=channel)
        lin.hides(group)
        lin.says("/hidden", group)
        decided = {
            text: await (await scene_of(front, telegram, text)).scene.decides()
            for text in ("/own", "/lin", "/mei", "/channel", "/hidden")
        }
    assert decided == {"/own": True, "/lin": True, "/mei": False, "/channel": False, "/hidden": True}


async def test_whoever_is_demoted_decides_nothing_any_more(telegram: TelegramSimulator) -> None:
    """Who administers a group is asked for each decision: whoever was just demoted ends no subscription there."""
    lin, mei = telegram.person(101), telegram.person(102)
    group = lin.creates_supergroup("读书会", mei)
    front = Front()
    async with listening(front, account(telegram.token, telegram.url)):
        lin.adds_bot(group)
        lin.promotes(group, mei)
        mei.says("/stop", group)
        scene = (await scene_of(front, telegram, "/stop")).scene
        assert await scene.decides()
        lin.demotes(group, mei)
        assert not await scene.decides()


async def test_a_group_that_hides_its_members_has_administrators(telegram: TelegramSimulator) -> None:
    """Where Telegram does not tell an ordinary member who somebody is, it still tells who administers the group."""
    lin, mei = telegram.person(101), telegram.person(102)
    group = lin.creates_supergroup("读书会", mei)
    front = Front()
    async with listening(front, account(telegram.token, telegram.url)):
        lin.adds_bot(group)
        lin.hides_members(group)
        lin.says("/lin", group)
        mei.says("/mei", group)
        decided = [await (await scene_of(front, telegram, text)).scene.decides() for text in ("/lin", "/mei")]
    assert decided == [True, False]


async def test_a_chat_that_is_named_from_elsewhere(telegram: TelegramSimulator) -> None:
    """A chat that is named is looked at: whether there is one, whose it is, and whether the account may write there."""
    lin, mei = telegram.person(101), telegram.person(102, username="mei_mei")
    news = lin.creates_channel("新闻", username="news_of_lin")
    mute, foreign = lin.creates_channel("静"), mei.creates_channel("别人的", mei, username="foreign")
    absent = lin.creates_channel("空", username="empty_one")
    group = lin.creates_supergroup("读书会")
    front = Front()
    async with listening(front, account(telegram.token, telegram.url)):
        lin.adds_bot(news)
        lin.adds_bot(mute, "can_delete_messages")
        mei.adds_bot(foreign)
        lin.adds_bot(group)
        mei.starts()
        lin.says("/go")
        scene = (await scene_of(front, telegram, "/go")).scene

        async def seen(name: str) -> tuple[Grant, str, str]:
            found: Elsewhere = await scene.elsewhere(name)
            return found.grant, found.title, found.address.chat if found.address else ""

        assert await seen("@news_of_lin") == (Grant.GRANTED, "新闻", str(news.id))
        assert await seen(f"@{news.id}") == (Grant.GRANTED, "新闻", str(news.id))
        assert await seen(str(group.id)) == (Grant.GRANTED, "读书会", str(group.id))
        assert await seen(str(mute.id)) == (Grant.CANNOT_POST, "静", str(mute.id))
        assert await seen("@foreign") == (Grant.NOT_YOURS, "别人的", str(foreign.id))
        unknown = (Grant.UNKNOWN, "", "")
        for name in ("@empty_one", str(absent.id), "@nobody_here", "@mei_mei", "102", "@-1", "x", "", "@a/../b"):
            assert await seen(name) == unknown
        assert (await scene.elsewhere(str(group.id))).kind is ChatKind.GROUP
        assert [(await scene.elsewhere(str(chat.id))).name for chat in (news, group)] == ["@news_of_lin", ""]
        upgraded = lin.creates_group("小组")
        lin.adds_bot(upgraded)
        new = lin.upgrades(upgraded)
        assert await seen(str(upgraded.id)) == (Grant.GRANTED, "小组", str(new.id))


async def test_while_telegram_does_not_say_nobody_decides(telegram: TelegramSimulator) -> None:
    """Where Telegram does not tell who administers a chat, nothing is decided about it, and no page is turned."""
    lin, mei = telegram.person(101), telegram.person(102)
    group = lin.creates_supergroup("读书会", mei)
    front = Front(answers={"/long": LONG})
    async with listening(front, account(telegram.token, telegram.url)):
        lin.adds_bot(group)
        lin.hides(group)
        lin.says("/long", group)
        entry = await answered(telegram, group)
        mei.says("/mei", group)
        scene = (await scene_of(front, telegram, "/mei")).scene
        lin.starts()
        lin.says("/alone")
        alone = (await scene_of(front, telegram, "/alone")).scene
        telegram.fail(Fault.server_error(502), method="getChatMember", times=100)
        telegram.fail(Fault.server_error(502), method="getChat", times=100)
        assert (await done(telegram, lin.presses(entry, "▶"))).text == "notice not_yours"
        with pytest.raises(Doubt):
            await scene.decides()
        with pytest.raises(Doubt):
            await alone.elsewhere(str(group.id))


async def test_in_a_group_no_other_chat_is_spoken_of(telegram: TelegramSimulator) -> None:
    """Where others read it, a chat that is named is not looked up, whoever names it."""
    lin, front = telegram.person(101), Front()
    group, news = lin.creates_supergroup("读书会"), lin.creates_channel("新闻", username="news_of_lin")
    async with listening(front, account(telegram.token, telegram.url)):
        lin.adds_bot(group)
        lin.adds_bot(news)
        lin.says("/go", group)
        scene = (await scene_of(front, telegram, "/go")).scene
        asked = len(telegram.calls("getChat"))
        assert await scene.elsewhere("@news_of_lin") == Elsewhere(grant=Grant.NOT_HERE)
        assert len(telegram.calls("getChat")) == asked


async def test_links_to_the_account(telegram: TelegramSimulator) -> None:
    """A link opens the account with a payload, or adds it to a group or a channel; what Telegram refuses is none."""
    lin, front = telegram.person(101), Front()
    async with listening(front, account(telegram.token, telegram.url)):
        lin.says("/go")
        link = (await scene_of(front, telegram, "/go")).scene.link
    place = "https://t.me/sudi_test_bot"
    assert link() == place
    assert link("admin_x-Y_1") == f"{place}?start=admin_x-Y_1"
    assert link("x" * 65) == link("a b") == link("ä") == ""
    assert link(into=ChatKind.GROUP) == f"{place}?startgroup"
    assert link("s_x", into=ChatKind.GROUP) == f"{place}?startgroup=s_x"
    admin = "admin=post_messages+edit_messages+delete_messages"
    assert link(into=ChatKind.CHANNEL) == f"{place}?startchannel&{admin}"


# --- Commands ----------------------------------------------------------------------------------------------------


def listed(telegram: TelegramSimulator, scope: str, language: str = "") -> list[str] | None:
    """The names of the commands of a scope."""
    found = [commands for (kind, code), commands in telegram.bot.commands.items() if kind == scope and code == language]
    return [command["command"] for command in found[0]] if found else None


@pytest.fixture
def scopes() -> dict[str, list[str]]:
    """Which commands stand in which scope."""
    return {
        "all_private_chats": ["start", "today", "subscribe"],
        "all_group_chats": ["today"],
        "all_chat_administrators": ["today", "subscribe"],
    }


async def test_commands_are_registered_by_scope_and_language(
    telegram: TelegramSimulator, scopes: dict[str, list[str]]
) -> None:
    """Commands are registered for everybody, groups, their administrators and each admin, in every language, once."""
    lin = telegram.person(101)
    lin.starts()
    front = Front(admins=frozenset({"101"}))
    async with listening(front, account(telegram.token, telegram.url)):
        await telegram.until(lambda: len(telegram.bot.commands) == 12)
    kinds = {kind for kind, _ in telegram.bot.commands}
    [admin] = [kind for kind in kinds if kind not in scopes]
    for language in ("", "zh", "en"):
        assert {kind: listed(telegram, kind, language) for kind in scopes} == scopes
        assert listed(telegram, admin, language) == ["start", "today", "subscribe", "push"]
    about = {
        code: commands[0]["description"] for (kind, code), commands in telegram.bot.commands.items() if kind == admin
    }
    assert about == {"": "开始", "zh": "开始", "en": "Begin"}
    written = len(telegram.calls("setMyCommands"))
    again = Front(admins=frozenset({"101"}))
    read = len(telegram.calls("getMyCommands"))
    async with listening(again, account(telegram.token, telegram.url)):
        await telegram.until(lambda: len(telegram.calls("getMyCommands")) == read + 12)
        assert len(telegram.calls("setMyCommands")) == written
        again.admins = frozenset()
        await telegram.until(lambda: len(telegram.bot.commands) == 9)


async def test_commands_that_cannot_be_registered_are_tried_again(telegram: TelegramSimulator) -> None:
    """What fails to be registered stops nothing, and is tried again until it stands."""
    lin = telegram.person(101)
    telegram.fail(Fault.server_error(500), method="setMyCommands", times=3)
    async with listening(Front(), account(telegram.token, telegram.url)):
        lin.says("/today")
        await answered(telegram, lin)
        await telegram.until(lambda: len(telegram.bot.commands) == 9)
