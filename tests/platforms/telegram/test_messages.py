"""What may be written where, and the words in which Telegram refuses the rest."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platforms.telegram.chats import Chat, Topic
from tests.platforms.telegram.entities import HAS_JUDGE
from tests.platforms.telegram.messages import NOT_MODIFIED
from tests.platforms.telegram.quiet import QuietTelegram, said


@pytest.fixture
def lin(quiet: QuietTelegram) -> Any:
    """Somebody who has started the bot."""
    person = quiet.person(101)
    person.starts()
    return person


def button(**fields: str) -> dict[str, Any]:
    """A keyboard of one button."""
    return {"inline_keyboard": [[{"text": "好", **fields}]]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Bad Request: message text is empty"),
        (" \n\u200b\u2060", "Bad Request: text must be non-empty"),
        ("快" * 4096, "ok"),
        ("快" * 4097, "Bad Request: message is too long"),
        ("😀" * 2048 + " ", "ok"),
        ("😀" * 2049, "Bad Request: message is too long"),
        ("快" * 10923, "Bad Request: text is too long"),
        ("\ud83d", "Bad Request: strings must be encoded in UTF-8"),
    ],
)
def test_texts(quiet: QuietTelegram, lin: Any, text: str, words: str) -> None:
    """A text is 1 to 4,096 UTF-16 units once it is trimmed, and at most 32,768 bytes before."""
    assert quiet.send(lin.user.id, text) == words


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        ({"type": "bold", "offset": 0, "length": 2}, "ok"),
        ({"type": "bold", "offset": 0, "length": 9}, "Bad Request: entity ends after the end of the text"),
        ({"type": "bold", "offset": -1, "length": 2}, "Bad Request: entity begins before the text"),
        (
            {"type": "bold", "offset": 0, "length": 1},
            "Bad Request: entity beginning or end lies in the middle of a UTF-16 symbol",
        ),
    ],
)
def test_entities(quiet: QuietTelegram, lin: Any, entity: dict[str, Any], words: str) -> None:
    """Entities lie within the text, on whole characters."""
    assert quiet.send(lin.user.id, "😀 x", entities=[entity]) == words


@pytest.mark.skipif(not HAS_JUDGE, reason="Telegram's own parser (tdjson) is not built for this machine")
def test_telegrams_parser_judges(quiet: QuietTelegram, lin: Any) -> None:
    """What Telegram's own parser refuses is refused, and what it mends is mended."""
    link = {"type": "text_link", "offset": 0, "length": 2, "url": "http://localhost/"}
    assert quiet.send(lin.user.id, "abcd", entities=[link]).startswith("Bad Request: ")
    both = [{"type": "bold", "offset": 0, "length": 4}, {"type": "code", "offset": 1, "length": 2}]
    assert quiet.send(lin.user.id, "abcd", entities=both) == "ok"
    kept = quiet.messages(lin)[-1].entities
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in kept] != [("bold", 0, 4), ("code", 1, 2)]


def test_white_space_is_trimmed_and_entities_move(quiet: QuietTelegram, lin: Any) -> None:
    """White space at both ends goes, and the entities move along."""
    assert quiet.send(lin.user.id, "\n 快讯 \n", entities=[{"type": "bold", "offset": 2, "length": 3}]) == "ok"
    entry = quiet.messages(lin)[-1]
    assert (entry.text, entry.entities) == ("快讯", [{"type": "bold", "offset": 0, "length": 2}])


def test_over_a_hundred_entities_are_dropped_silently(quiet: QuietTelegram, lin: Any) -> None:
    """Of 150 entities 100 stay; bold ones go first, and nobody is told."""
    bold = [{"type": "bold", "offset": 4 * n, "length": 1} for n in range(60)]
    code = [{"type": "code", "offset": 4 * n + 2, "length": 1} for n in range(90)]
    assert quiet.send(lin.user.id, "a b " * 90, entities=bold + code) == "ok"
    kept = [entity["type"] for entity in quiet.messages(lin)[-1].entities]
    assert (kept.count("bold"), kept.count("code")) == (10, 90)


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (button(callback_data="x" * 64), "ok"),
        (button(callback_data="x" * 65), "Bad Request: BUTTON_DATA_INVALID"),
        (button(callback_data="快" * 22), "Bad Request: BUTTON_DATA_INVALID"),
        (button(callback_data=""), "Bad Request: BUTTON_DATA_INVALID"),
        (button(url="javascript:x"), "Bad Request: BUTTON_URL_INVALID"),
        (
            button(),
            "Bad Request: can't parse inline keyboard button: text buttons are unallowed in the inline keyboard",
        ),
        (
            button(url="https://a.example/", callback_data="x"),
            "Bad Request: can't parse inline keyboard button: exactly one optional field must be used",
        ),
        (
            {"inline_keyboard": button(callback_data="x")["inline_keyboard"] * 101},
            "Bad Request: reply markup is too long",
        ),
        (
            {"inline_keyboard": [button(callback_data="x")["inline_keyboard"][0] * 9]},
            "Bad Request: BUTTON_COUNT_INVALID",
        ),
    ],
)
def test_keyboards(quiet: QuietTelegram, lin: Any, markup: dict[str, Any], words: str) -> None:
    """A button has a label and one thing that it does, in at most 64 bytes; a keyboard has an end."""
    assert quiet.send(lin.user.id, reply_markup=markup) == words


def test_private_chats(quiet: QuietTelegram) -> None:
    """A bot writes to people who started it, as long as they are there and have not blocked it."""
    lin, wen = quiet.person(101), quiet.person(102)
    assert quiet.send(101) == "Bad Request: chat not found"
    lin.starts()
    assert quiet.send(101) == "ok"
    group = lin.creates_group("群", wen)
    lin.adds_bot(group)
    assert quiet.send(102) == "Forbidden: bot can't initiate conversation with a user"
    lin.blocks()
    assert quiet.send(101) == "Forbidden: bot was blocked by the user"
    lin.unblocks()
    assert quiet.send(101) == "ok"
    lin.deletes_account()
    assert quiet.send(101) == "Forbidden: user is deactivated"
    assert quiet.send(quiet.bot.id) == "Forbidden: bot can't send messages to bots"


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_being_thrown_out(quiet: QuietTelegram, lin: Any, kind: str) -> None:
    """Whoever is not in a chat, was thrown out of it, or left it is told so, in the words for its kind."""
    chat = getattr(lin, f"creates_{kind}")("聊天")
    assert quiet.send(chat.id) == "Bad Request: chat not found"
    lin.adds_bot(chat)
    assert quiet.send(chat.id) == "ok"
    lin.removes_bot(chat)
    assert quiet.send(chat.id) == f"Forbidden: bot was kicked from the {kind} chat"
    lin.adds_bot(chat)
    assert said(quiet.ask("leaveChat", chat_id=chat.id)) == "ok"
    assert quiet.send(chat.id) == f"Forbidden: bot is not a member of the {kind} chat"
    lin.adds_bot(chat)
    lin.deletes_chat(chat)
    gone = "Forbidden: the group chat was deleted" if kind == "group" else "Bad Request: chat not found"
    assert quiet.send(chat.id) == gone


def test_rights(quiet: QuietTelegram, lin: Any) -> None:
    """Writing takes the right to post in a channel, and not to be silenced in a group."""
    channel, group = lin.creates_channel("频道", username="daily"), lin.creates_supergroup("群")
    lin.adds_bot(channel, "can_delete_messages")
    assert quiet.send("@daily") == "Bad Request: need administrator rights in the channel chat"
    lin.promotes_bot(channel, "can_post_messages")
    assert quiet.send("@Daily") == "ok"
    assert quiet.messages(channel)[-1].sender_chat is channel
    lin.adds_bot(group)
    silenced = "Bad Request: not enough rights to send text messages to the chat"
    lin.restricts_bot(group)
    assert quiet.send(group.id) == silenced
    lin.demotes_bot(group)
    lin.silences_everybody(group)
    assert quiet.send(group.id) == silenced
    lin.silences_everybody(group, answer="CHAT_WRITE_FORBIDDEN")
    assert quiet.send(group.id) == "Bad Request: CHAT_WRITE_FORBIDDEN"
    lin.promotes_bot(group)
    assert quiet.send(group.id) == "ok"
    lin.demotes_bot(group)
    lin.lets_everybody_speak(group)
    assert quiet.send(group.id) == "ok"


def _forum(lin: Any) -> tuple[Chat, Topic]:
    forum = lin.creates_forum("论坛")
    lin.adds_bot(forum)
    return forum, lin.opens_topic(forum, "日报")


def test_topics(quiet: QuietTelegram, lin: Any) -> None:
    """A topic is named by its id, General never; closed, deleted and unknown ones are refused."""
    forum, topic = _forum(lin)
    assert quiet.send(forum.id, message_thread_id=topic.id) == "ok"
    told = quiet.messages(forum)[-1].json()
    assert (told["message_thread_id"], told["is_topic_message"]) == (topic.id, True)
    assert quiet.send(forum.id) == "ok"
    assert "message_thread_id" not in quiet.messages(forum)[-1].json()
    for unknown in (1, 999):
        assert quiet.send(forum.id, message_thread_id=unknown) == "Bad Request: message thread not found"
    lin.closes_topic(forum, topic)
    assert quiet.send(forum.id, message_thread_id=topic.id) == "Bad Request: TOPIC_CLOSED"
    lin.promotes_bot(forum, "can_manage_topics")
    assert quiet.send(forum.id, message_thread_id=topic.id) == "ok"
    lin.deletes_topic(forum, topic, answer="TOPIC_DELETED")
    assert quiet.send(forum.id, message_thread_id=topic.id) == "Bad Request: TOPIC_DELETED"
    assert quiet.send(101, message_thread_id=7) == "Bad Request: message thread not found"


def test_closed_general(quiet: QuietTelegram, lin: Any) -> None:
    """General can be closed like any topic."""
    forum, _ = _forum(lin)
    lin.closes_topic(forum, forum.topics[1])
    assert quiet.send(forum.id) == "Bad Request: TOPIC_CLOSED"


def test_replies(quiet: QuietTelegram, lin: Any) -> None:
    """A reply needs its message, unless it may be sent without; in a forum it stands in the message's topic."""
    forum, topic = _forum(lin)
    asked = lin.says("/today", forum, thread=topic)
    assert quiet.send(forum.id, reply_parameters={"message_id": asked.id}) == "ok"
    answer = quiet.messages(forum)[-1]
    assert (answer.thread, answer.reply_to) == (topic.id, asked.id)
    gone = {"message_id": 999}
    assert quiet.send(101, reply_parameters=gone) == "Bad Request: message to be replied not found"
    assert quiet.send(101, reply_parameters=gone | {"allow_sending_without_reply": True}) == "ok"
    assert quiet.messages(lin)[-1].reply_to == 0
    other = lin.opens_topic(forum, "周报")
    elsewhere = {"message_thread_id": other.id, "reply_parameters": {"message_id": asked.id}}
    assert quiet.send(forum.id, **elsewhere) == "Bad Request: message to be replied not found"


def test_replies_in_a_supergroup_make_threads(quiet: QuietTelegram, lin: Any) -> None:
    """In a supergroup without topics a reply carries a thread's number, and is no topic's message."""
    group = lin.creates_supergroup("群")
    lin.adds_bot(group)
    asked = lin.says("/today", group)
    assert quiet.send(group.id, reply_parameters={"message_id": asked.id}) == "ok"
    told = quiet.messages(group)[-1].json()
    assert told["message_thread_id"] == asked.id
    assert "is_topic_message" not in told


def test_edits(quiet: QuietTelegram, lin: Any) -> None:
    """A bot edits what it wrote itself, if something changes; buttons that are not named again go."""
    mine = quiet.ask("sendMessage", chat_id=101, text="旧", reply_markup=button(callback_data="x")).body["result"]

    def edit(number: int, **parameters: Any) -> str:
        quiet.moment += 60
        return said(quiet.ask("editMessageText", chat_id=101, message_id=number, **parameters))

    number = mine["message_id"]
    assert edit(number, text="旧", reply_markup=button(callback_data="x")) == f"Bad Request: {NOT_MODIFIED}"
    assert edit(number, text="旧") == "ok"
    assert edit(number, text="新") == "ok"
    entry = quiet.messages(lin)[-1]
    assert (entry.text, entry.buttons, entry.edits) == ("新", [], 2)
    assert edit(999, text="新") == "Bad Request: message to edit not found"
    assert edit(quiet.messages(lin)[0].id, text="新") == "Bad Request: message can't be edited"


@pytest.mark.parametrize(
    ("age", "chat", "whose", "rights", "words"),
    [
        (0, "private", "bot", (), "ok"),
        (0, "private", "person", (), "ok"),
        (48 * 3600 + 1, "private", "bot", (), "Bad Request: message can't be deleted for everyone"),
        (0, "supergroup", "person", (), "Bad Request: message can't be deleted"),
        (0, "supergroup", "person", ("can_delete_messages",), "ok"),
        (48 * 3600 + 1, "supergroup", "bot", (), "Bad Request: message can't be deleted for everyone"),
        (48 * 3600 + 1, "supergroup", "bot", ("can_delete_messages",), "ok"),
        (0, "group", "person", (), "Bad Request: message can't be deleted"),
        (0, "group", "person", ("can_pin_messages",), "ok"),
        (0, "channel", "bot", ("can_post_messages",), "ok"),
        (0, "channel", "person", ("can_post_messages",), "Bad Request: message can't be deleted"),
        (0, "channel", "person", ("can_delete_messages",), "ok"),
    ],
)
def test_deletes(  # noqa: PLR0917 - a row of the table
    quiet: QuietTelegram, lin: Any, age: int, chat: str, whose: str, rights: Any, words: str
) -> None:
    """A bot takes back what it wrote within 48 hours; others' messages in private, or with the right to."""
    where = lin.chat if chat == "private" else getattr(lin, f"creates_{chat}")("聊天")
    if chat != "private":
        lin.adds_bot(where, "can_post_messages", *rights) if chat == "channel" else lin.adds_bot(where, *rights)
    if whose == "bot":
        assert quiet.send(where.id) == "ok"
    else:
        lin.says("话", where)
    if chat == "channel":
        lin.promotes_bot(where, *rights)
    number = quiet.messages(where)[-1].id
    quiet.moment += age
    assert said(quiet.ask("deleteMessage", chat_id=where.id, message_id=number)) == words
    assert (number in where.entries) == (words != "ok")


def test_deleting_what_is_gone(quiet: QuietTelegram, lin: Any) -> None:
    """A message that is not there cannot be deleted; of several, those that are there go."""
    assert quiet.send(101) == "ok"
    number = quiet.messages(lin)[-1].id
    assert said(quiet.ask("deleteMessages", chat_id=101, message_ids=[number, 999])) == "ok"
    gone = "Bad Request: message to delete not found"
    assert said(quiet.ask("deleteMessage", chat_id=101, message_id=number)) == gone


def test_migration(quiet: QuietTelegram, lin: Any) -> None:
    """A group that became a supergroup says where it went; both chats tell, and message ids begin anew."""
    group = lin.creates_group("群")
    lin.adds_bot(group)
    quiet.updates()
    new = lin.upgrades(group)
    told = quiet.updates()
    messages = [update["message"] for update in told if "message" in update]
    assert [message.get("migrate_to_chat_id") for message in messages] == [new.id, None]
    assert [message.get("migrate_from_chat_id") for message in messages] == [None, group.id]
    quiet.moment += 60
    answer = quiet.ask("sendMessage", chat_id=group.id, text="x")
    assert said(answer) == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer.body["parameters"] == {"migrate_to_chat_id": new.id}
    assert quiet.send(new.id) == "ok"
    assert quiet.messages(new)[-1].id == 2


def test_migration_told_the_other_way_round(quiet: QuietTelegram, lin: Any) -> None:
    """A bot may hear that it is out of the group before it hears where the group went."""
    group = lin.creates_group("群")
    lin.adds_bot(group)
    quiet.updates()
    new = lin.upgrades(group, leaves_first=True)
    told = [update.get("my_chat_member") or update["message"] for update in quiet.updates()]
    assert [(each["chat"]["id"], "new_chat_member" in each) for each in told] == [
        (new.id, True),
        (group.id, True),
        (group.id, False),
        (new.id, False),
    ]
    assert quiet.send(new.id) == "ok"


def test_message_ids(quiet: QuietTelegram, lin: Any) -> None:
    """Private chats and groups share one sequence of message ids; a supergroup has its own."""
    group, supergroup = lin.creates_group("群"), lin.creates_supergroup("大群")
    lin.adds_bot(group)
    lin.adds_bot(supergroup)
    for chat in (101, group.id, supergroup.id):
        assert quiet.send(chat) == "ok"
    private, small, large = (quiet.sent(chat)[-1].id for chat in (lin, group, supergroup))
    assert small == private + 1
    assert large == 3


def test_silence_and_preview_are_kept(quiet: QuietTelegram, lin: Any) -> None:
    """What is seen says whether it came silently, and what its preview shows."""
    preview = {"url": "https://a.example/b", "show_above_text": True}
    assert quiet.send(101, disable_notification=True, link_preview_options=preview) == "ok"
    entry = quiet.messages(lin)[-1]
    assert (entry.silent, entry.preview) == (True, preview)
