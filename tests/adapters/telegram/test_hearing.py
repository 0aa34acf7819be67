"""What updates say to the account, and which say nothing."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Update

from adapters.platform import Address, Asker, ChatEvent, ChatKind, Fate, Platform
from adapters.telegram.hearing import LONGEST_WORDS, Pressed, Said, Speaker, hear, line_of
from tests.adapters.telegram.updates import (
    ANNA,
    ANONYMOUS,
    BO,
    CHANNEL,
    COMMENTS,
    FORUM,
    GROUP,
    ME,
    OTHER_BOT,
    PRIVATE,
    SUDI,
    as_update,
    changed,
    message,
    pressed,
    said,
    was,
)

ORIGIN = {"type": "channel", "date": 1763692200, "chat": CHANNEL, "message_id": 5}
HIDDEN = {"type": "hidden_user", "date": 1763692200, "sender_user_name": "Somebody"}
USER = {"type": "user", "date": 1763692200, "sender_user": BO}
PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 90, "height": 90}]
OURS = message("Digest", GROUP, SUDI, message_id=30)
THEIRS = message("Digest", GROUP, BO, message_id=30)


def heard(json: dict[str, Any]) -> Said:
    """The words of an update that says something."""
    found = hear(as_update(json), ME)
    assert isinstance(found, Said)
    return found


def test_a_command_in_private() -> None:
    """A command in private is a question of its writer, in their language, from that chat."""
    address = Address(platform=Platform.TELEGRAM, account=ME.account, chat="4242")
    asker = Asker(address=address, person="4242", language="en-GB", kind=ChatKind.PRIVATE)
    assert heard(said("/today")) == Said(update="9", asker=asker, text="/today", message="31")


@pytest.mark.parametrize(
    "text", ["/start story_0123456789ab_3", "/start@sudi_bot x", "／today", "today", "今天 ", "/to/day"]
)
def test_every_word_in_private_is_for_us(text: str) -> None:
    """In private every word is for us as it is, with a deep link's payload and a full-width slash."""
    found = heard(said(text))
    assert (found.text, found.addressed) == (text, True)


@pytest.mark.parametrize(
    ("text", "more", "expected"),
    [
        ("/today", {}, ("/today", False)),
        ("／today", {}, ("／today", False)),
        ("/subscribe@sudi_bot daily", {}, ("/subscribe@sudi_bot daily", True)),
        ("/subscribe@Sudi_Bot daily", {}, ("/subscribe@Sudi_Bot daily", True)),
        ("/today", {"reply_to_message": OURS}, ("/today", True)),
        ("/today", {"reply_to_message": THEIRS}, ("/today", False)),
        ("@sudi_bot today", {}, ("today", True)),
        ("today, @SUDI_BOT", {}, ("today,", True)),
    ],
)
def test_words_in_a_group_that_may_be_for_us(text: str, more: dict[str, Any], expected: tuple[str, bool]) -> None:
    """In a group, commands and mentions are heard, and only a name or a command below a message of ours is sure."""
    found = heard(said(text, GROUP, **more))
    assert (found.text, found.addressed) == expected


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("today", {}),
        ("/today@else_bot", {}),
        ("/path/to", {}),
        ("// no", {}),
        ("@sudi_bot_two today", {}),
        ("mail a@sudi_bottom.org", {}),
        ("today", {"reply_to_message": THEIRS}),
        ("today", {"reply_to_message": OURS}),
        ("/stop", {"forward_origin": USER}),
        ("", {"photo": PHOTO}),
        ("/today " + "x" * LONGEST_WORDS, {"reply_to_message": OURS}),
    ],
)
def test_words_in_a_group_that_are_not_for_us(text: str, more: dict[str, Any]) -> None:
    """In a group, what people say to each other, other bots' commands and forwarded ones are not heard."""
    assert hear(as_update(said(text, GROUP, **more)), ME) is None


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"forward_origin": ORIGIN, "text": "/stop"}, "/channel @-1001000000300"),
        ({"forward_origin": ORIGIN, "photo": PHOTO, "media_group_id": "77"}, "/channel @-1001000000300"),
        ({"forward_origin": HIDDEN, "text": "/stop"}, ""),
        ({"forward_origin": USER, "text": "/stop"}, ""),
        ({"caption": "/today", "photo": PHOTO}, "/today"),
        ({"photo": PHOTO}, ""),
    ],
)
def test_what_is_sent_in_private_besides_text(more: dict[str, Any], expected: str) -> None:
    """A channel's forwarded message asks for that channel; somebody else's words are not taken for the forwarder's."""
    found = heard({"update_id": 9, "message": message() | more})
    assert (found.text, found.addressed) == (expected, True)
    assert found.album == more.get("media_group_id", "")


@pytest.mark.parametrize(
    "json",
    [
        said("/today", PRIVATE, OTHER_BOT),
        said("/today", GROUP, SUDI),
        said("", PRIVATE, pinned_message=message("x")),
        said("", GROUP, delete_chat_photo=True),
        {"update_id": 9, "edited_message": message("/today", edit_date=1763692300)},
        {"update_id": 9, "channel_post": message("/today", CHANNEL)},
        said("/today", CHANNEL),
        said("/today", COMMENTS, BO, sender_chat=CHANNEL, is_automatic_forward=True),
        said("/today", {**COMMENTS, "is_direct_messages": True}),
        {"update_id": 9, "poll_answer": {"poll_id": "1", "user": ANNA, "option_ids": [], "option_persistent_ids": []}},
        {"update_id": 9},
    ],
)
def test_what_says_nothing_to_us(json: dict[str, Any]) -> None:
    """Bots, ourselves, service messages, edits, channel posts and their copies, and kinds unknown here say nothing."""
    assert hear(as_update(json), ME) is None


@pytest.mark.parametrize(
    ("sender", "speaker"), [(GROUP, Speaker.CHAT), (CHANNEL, Speaker.CHANNEL)], ids=["anonymous", "as a channel"]
)
def test_who_speaks_in_a_chats_name(sender: dict[str, Any], speaker: Speaker) -> None:
    """An anonymous administrator speaks as the chat, others as a channel; none is the bot that stands in."""
    found = heard(said("/status", GROUP, ANONYMOUS, sender_chat=sender))
    assert (found.speaker, found.asker.person, found.asker.language) == (speaker, str(sender["id"]), "")


@pytest.mark.parametrize(
    ("more", "thread"),
    [
        ({"message_thread_id": 12, "is_topic_message": True}, "12"),
        ({}, ""),
        ({"message_thread_id": 12}, ""),
    ],
    ids=["topic", "general", "thread of replies"],
)
def test_the_thread_is_a_topic(more: dict[str, Any], thread: str) -> None:
    """A forum's topic is the thread; «General» has none, and a thread of replies is no topic."""
    assert heard(said("/today@sudi_bot", FORUM, **more)).asker.address.thread == thread
    press = hear(as_update(pressed("/today", FORUM, **more)), ME)
    assert isinstance(press, Pressed)
    assert press.asker.address.thread == thread


BUTTONS = {"inline_keyboard": [[{"text": "+", "callback_data": "=/subscribe +daily"}]]}


def test_a_press() -> None:
    """A press is its presser's, whoever asked before, and says what stands in the button."""
    press = hear(as_update(pressed("=/subscribe +daily", GROUP, BO, reply_markup=BUTTONS)), ME)
    address = Address(platform=Platform.TELEGRAM, account=ME.account, chat="-200")
    asker = Asker(address=address, person="777", kind=ChatKind.GROUP)
    assert press == Pressed(
        update="9", asker=asker, press="88", data="=/subscribe +daily", message="31", chat_name="Readers"
    )


@pytest.mark.parametrize("more", [{}, {"reply_markup": BUTTONS}])
def test_fault_39_a_press_that_a_program_made_up(more: dict[str, Any]) -> None:
    """What is said by no button of the message below which it was pressed was made up, or is from before an edit."""
    press = hear(as_update(pressed("=/subscribe -daily", GROUP, BO, **more)), ME)
    assert isinstance(press, Pressed)
    assert (press.reachable, press.genuine) == (True, False)


def test_a_press_below_a_message_that_is_out_of_reach() -> None:
    """A press below a message that Telegram does not show any more is heard, and known to be out of reach."""
    json = pressed("/today")
    json["callback_query"]["message"] = {"chat": PRIVATE, "message_id": 31, "date": 0}
    press = hear(as_update(json), ME)
    assert isinstance(press, Pressed)
    assert (press.reachable, press.message, press.asker.address.chat) == (False, "31", "4242")


@pytest.mark.parametrize("missing", ["data", "message"])
def test_a_press_without_words_or_message(missing: str) -> None:
    """A game's button and one below an inline message are not ours."""
    json = pressed("/today")
    del json["callback_query"][missing]
    json["callback_query"] |= {"game_short_name": "g"} if missing == "data" else {"inline_message_id": "i"}
    assert hear(as_update(json), ME) is None


POSTS = {"can_post_messages": True}
OUTSIDER = {"is_member": False}


@pytest.mark.parametrize(
    ("before", "after", "chat", "fate", "new"),
    [
        (was("left"), was("member"), GROUP, Fate.OPEN, True),
        (was("kicked"), was("administrator"), GROUP, Fate.OPEN, True),
        (was("member"), was("restricted"), GROUP, Fate.MUTE, False),
        (was("restricted"), was("restricted", can_send_messages=True), GROUP, Fate.OPEN, False),
        (was("restricted", **OUTSIDER), was("member"), GROUP, Fate.OPEN, True),
        (was("restricted"), was("restricted", **OUTSIDER), GROUP, Fate.LOST, False),
        (was("member"), was("left"), GROUP, Fate.LOST, False),
        (was("member"), was("kicked"), GROUP, Fate.LOST, False),
        (was("left"), was("administrator", **POSTS), CHANNEL, Fate.OPEN, True),
        (was("left"), was("administrator"), CHANNEL, Fate.MUTE, True),
        (was("administrator"), was("administrator", **POSTS), CHANNEL, Fate.OPEN, False),
        (was("administrator", **POSTS), was("member"), CHANNEL, Fate.MUTE, False),
        (was("kicked"), was("member"), PRIVATE, Fate.OPEN, False),
        (was("member"), was("kicked"), PRIVATE, Fate.LOST, False),
    ],
)
def test_what_becomes_of_a_chat(
    before: dict[str, Any], after: dict[str, Any], chat: dict[str, Any], fate: Fate, new: bool
) -> None:
    """Being added, let in, muted, thrown out or blocked is news of the chat, with who did it and whether it is new."""
    event = hear(as_update(changed(before, after, chat)), ME)
    assert isinstance(event, ChatEvent)
    assert (event.fate, event.new, event.title) == (fate, new, chat.get("title", ""))
    assert event.chat_name == {-200: "Readers", CHANNEL["id"]: "News (@news)"}.get(chat["id"], "")
    assert event.address == Address(platform=Platform.TELEGRAM, account=ME.account, chat=str(chat["id"]))
    assert event.by is not None
    assert (event.by.person, event.by.address.chat) == ("4242", "4242")


@pytest.mark.parametrize(
    ("before", "after", "chat"),
    [
        (was("member"), was("administrator"), GROUP),
        (was("administrator", **POSTS), was("administrator", **POSTS, can_edit_messages=True), CHANNEL),
    ],
)
def test_who_changes_other_rights_is_told_nothing(
    before: dict[str, Any], after: dict[str, Any], chat: dict[str, Any]
) -> None:
    """Where it could write before, the chat is open still, and nobody did anything of which there is more to say."""
    event = hear(as_update(changed(before, after, chat)), ME)
    assert isinstance(event, ChatEvent)
    assert (event.fate, event.new, event.by) == (Fate.OPEN, False, None)


@pytest.mark.parametrize(
    ("chat", "named"), [(GROUP, "Readers"), (FORUM | {"username": "forum"}, "Forum (@forum)"), (PRIVATE, "")]
)
def test_words_tell_what_the_chat_is_called(chat: dict[str, Any], named: str) -> None:
    """A question tells what people call a group; a person's chat has no name, however the person is called."""
    json = said("/today", chat | ({"username": "anna"} if chat is PRIVATE else {}))
    press = hear(as_update(pressed("/today", chat)), ME)
    assert isinstance(press, Pressed)
    assert (heard(json).chat_name, press.chat_name) == (named, named)


def test_a_group_that_is_renamed() -> None:
    """A group's new title is news of its name alone, whoever gave it."""
    event = hear(as_update(said("", FORUM | {"username": "forum"}, new_chat_title="A new\n title")), ME)
    assert isinstance(event, ChatEvent)
    assert (event.fate, event.chat_name, event.by) == (Fate.NAMED, "A new title (@forum)", None)
    assert event.address == Address(platform=Platform.TELEGRAM, account=ME.account, chat=str(FORUM["id"]))


def test_an_anonymous_administrator_adds_nobody_who_can_be_told() -> None:
    """Who acts anonymously cannot be told in private."""
    event = hear(as_update(changed(was("left"), was("member"), GROUP, ANONYMOUS)), ME)
    assert isinstance(event, ChatEvent)
    assert event.by is None


def test_a_position_that_is_unknown_changes_nothing() -> None:
    """A position that a later Telegram invents is no news."""
    json = changed(was("member"), {"status": "visitor", "user": SUDI})
    assert hear(Update.de_json(json), ME) is None


@pytest.mark.parametrize(
    "json",
    [said("", GROUP, migrate_to_chat_id=COMMENTS["id"]), said("", COMMENTS, migrate_from_chat_id=GROUP["id"])],
    ids=["told in the old chat", "told in the new chat"],
)
def test_a_migration(json: dict[str, Any]) -> None:
    """Both chats of a migration tell the same: the old one has moved to the new one."""
    event = hear(as_update(json), ME)
    assert isinstance(event, ChatEvent)
    assert (event.fate, event.address.chat, event.to) == (Fate.MOVED, "-200", "-1001000000400")


@pytest.mark.parametrize(
    ("json", "line"),
    [
        (said("x"), "4242"),
        (pressed("x"), "4242"),
        (changed(was("member"), was("kicked"), PRIVATE), "4242"),
        (said("x", GROUP), "-200/4242"),
        (said("x", GROUP, BO), "-200/777"),
        (said("x", GROUP, ANONYMOUS, sender_chat=GROUP), "-200/-200"),
        (pressed("x", GROUP, BO), "-200/777"),
        (pressed("x", CHANNEL, BO), "-1001000000300/777"),
        (changed(was("left"), was("member")), "-200"),
        ({"update_id": 9}, ""),
    ],
)
def test_what_is_answered_in_order(json: dict[str, Any], line: str) -> None:
    """What one person does in one chat is answered in order; in a group or a channel nobody waits for others."""
    assert line_of(as_update(json)) == line
