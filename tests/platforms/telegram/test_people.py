"""The person's side: what bots hear of it, and what their answers look like there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platforms.telegram.accounts import Popup
from tests.platforms.telegram.organising import Organiser
from tests.platforms.telegram.quiet import QuietTelegram, said
from tests.witnesses.bot_api import bot_api

OTHER = f"7000000002:{'AAHsimulated' * 3}"[:46]


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("/today@sudi_test_bot", True),
        ("/today@Sudi_Test_Bot 3", True),
        ("/today@other_bot", False),
        ("早 @sudi_test_bot", True),
        ("早", False),
        ("see a/b", False),
    ],
)
@pytest.mark.parametrize("has_privacy", [True, False])
def test_privacy_mode(text: str, heard: bool, has_privacy: bool) -> None:
    """With privacy mode a bot in a group hears what is meant for it; without, everything."""
    quiet = QuietTelegram(has_privacy=has_privacy)
    lin = quiet.person(101)
    group = lin.creates_group("群")
    lin.adds_bot(group)
    quiet.updates()
    lin.says(text, group)
    assert bool(quiet.updates()) is (heard or not has_privacy)


def test_what_a_private_bot_hears_beside(quiet: QuietTelegram) -> None:
    """Replies to the bot are heard, and bare commands as long as no other bot spoke last; administrators hear all."""
    other = quiet.add_bot(OTHER, username="other_bot")
    lin = quiet.person(101)
    group = lin.creates_supergroup("群")
    lin.adds_bot(group)
    lin.adds_bot(group, bot=other)
    assert quiet.send(group.id) == "ok"
    quiet.updates()
    lin.says("好", group, reply_to=quiet.messages(group)[-1])
    lin.says("/today", group)
    assert quiet.kinds() == ["message", "message"]
    quiet.core.call(OTHER, "sendMessage", {"chat_id": group.id, "text": "我"})
    lin.says("/today", group)
    assert quiet.kinds() == []
    lin.promotes_bot(group, "can_delete_messages")
    lin.says("早", group)
    assert quiet.kinds() == ["my_chat_member", "message"]


def test_faces(quiet: QuietTelegram) -> None:
    """An anonymous administrator speaks as the group, a channel as itself, and a person may speak as a channel."""
    lin = quiet.person(101)
    group, channel = lin.creates_supergroup("群"), lin.creates_channel("频道")
    lin.adds_bot(group, "can_delete_messages")
    lin.adds_bot(channel)
    quiet.updates()
    lin.hides(group)
    lin.says("/today", group)
    lin.says("号外", channel)
    lin.says("借名", group, speaks_as=channel)
    hidden, post, borrowed = quiet.updates()
    assert hidden["message"]["from"]["username"] == "GroupAnonymousBot"
    assert hidden["message"]["sender_chat"]["id"] == group.id
    assert post["channel_post"]["sender_chat"]["id"] == channel.id
    assert "from" not in post["channel_post"]
    assert borrowed["message"]["sender_chat"]["id"] == channel.id


def test_a_linked_channel_is_forwarded(quiet: QuietTelegram) -> None:
    """A post of a linked channel comes into its group by itself, also the bot's own."""
    lin = quiet.person(101)
    group, channel = lin.creates_supergroup("群"), lin.creates_channel("频道")
    lin.links(channel, group)
    lin.adds_bot(group, "can_delete_messages")
    lin.adds_bot(channel)
    quiet.updates()
    assert quiet.send(channel.id, "号外") == "ok"
    [update] = quiet.updates()
    assert update["message"]["is_automatic_forward"] is True
    assert update["message"]["forward_origin"]["message_id"] == quiet.messages(channel)[-1].id


def test_forwarding_names_the_channel(quiet: QuietTelegram) -> None:
    """A channel's post that is forwarded to the bot says which channel it is from."""
    lin = quiet.person(101)
    channel = lin.creates_channel("频道")
    post = lin.says("号外", channel)
    lin.forwards(post)
    [update] = quiet.updates()
    origin = update["message"]["forward_origin"]
    assert (origin["type"], origin["chat"]["id"], origin["message_id"]) == ("channel", channel.id, post.id)


def _pressed(quiet: QuietTelegram, person: Organiser) -> Any:
    keys = {"inline_keyboard": [[{"text": "好", "callback_data": "yes"}, {"text": "站", "url": "https://a.example/"}]]}
    assert quiet.send(person.user.id, reply_markup=keys) == "ok"
    quiet.updates()
    return quiet.messages(person.user.id)[-1]


def test_presses(quiet: QuietTelegram) -> None:
    """A press waits for one answer, soon: a short text, an alert, or the bot's own address."""
    lin = quiet.person(101)
    lin.starts()
    entry = _pressed(quiet, lin)
    assert lin.presses(entry, "站").answer == Popup(url="https://a.example/")
    press = lin.presses(entry, "好")
    [update] = quiet.updates()
    query = update["callback_query"]
    assert (query["data"], query["message"]["message_id"]) == ("yes", entry.id)

    def answer(**parameters: Any) -> str:
        return said(quiet.ask("answerCallbackQuery", callback_query_id=query["id"], **parameters))

    assert answer(text="长" * 201) == "Bad Request: MESSAGE_TOO_LONG"
    assert answer(url="https://a.example/") == "Bad Request: URL_INVALID"
    assert not press.is_answered
    assert answer(url="https://t.me/sudi_test_bot?start=story_1") == "ok"
    assert press.answer == Popup(url="https://t.me/sudi_test_bot?start=story_1")
    late = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert answer(text="又") == late


def test_late_and_forged_presses(quiet: QuietTelegram) -> None:
    """A press that is old is not answered any more; one on a message that is gone shows only its number."""
    lin = quiet.person(101)
    lin.starts()
    entry = _pressed(quiet, lin)
    lin.deletes(entry)
    press = lin.presses_data(entry, "/push now")
    [update] = quiet.updates()
    assert update["callback_query"]["message"] == {"chat": lin.chat.json(), "message_id": entry.id, "date": 0}
    quiet.moment += 16
    assert said(quiet.ask("answerCallbackQuery", callback_query_id=press.id)).startswith(
        "Bad Request: query is too old"
    )


def test_blocking_and_coming_back(quiet: QuietTelegram) -> None:
    """Blocking and unblocking are told as changes of the bot's own membership."""
    lin = quiet.person(101)
    lin.starts()
    lin.blocks()
    lin.starts("again")
    kinds = [
        update["my_chat_member"]["new_chat_member"]["status"] if "my_chat_member" in update else "message"
        for update in quiet.updates()
    ]
    assert kinds == ["message", "kicked", "member", "message"]


def test_members(quiet: QuietTelegram) -> None:
    """Who leads a chat, and what somebody is in it, can be asked; other bots only by asking for them."""
    other = quiet.add_bot(OTHER, username="other_bot")
    lin, wen, stranger = quiet.person(101), quiet.person(102), quiet.person(103)
    group = lin.creates_supergroup("群", wen)
    lin.adds_bot(group, "can_delete_messages")
    lin.adds_bot(group, "can_pin_messages", bot=other)
    lin.promotes(group, wen, "can_pin_messages")

    def status(number: int) -> str:
        answer = quiet.ask("getChatMember", chat_id=group.id, user_id=number)
        return str(answer.body["result"]["status"]) if answer.is_ok else said(answer)

    assert [status(person.user.id) for person in (lin, wen, stranger)] == ["creator", "administrator", "left"]
    assert status(999) == "Bad Request: user not found"
    lin.demotes(group, wen)
    assert status(102) == "member"
    leaders = quiet.ask("getChatAdministrators", chat_id=group.id).body["result"]
    assert [leader["user"]["id"] for leader in leaders] == [101, quiet.bot.id]
    assert len(quiet.ask("getChatAdministrators", chat_id=group.id, return_bots=True).body["result"]) == 3
    assert quiet.ask("getChatMemberCount", chat_id=group.id).body["result"] == 4


def test_hidden_members(quiet: QuietTelegram) -> None:
    """Where members are hidden, only a bot that leads learns who somebody else is."""
    lin = quiet.person(101)
    group = lin.creates_supergroup("群")
    lin.adds_bot(group)
    lin.hides_members(group)
    assert said(quiet.ask("getChatMember", chat_id=group.id, user_id=101)) == "Bad Request: CHAT_ADMIN_REQUIRED"
    assert said(quiet.ask("getChatMember", chat_id=group.id, user_id=quiet.bot.id)) == "ok"
    lin.promotes_bot(group)
    assert said(quiet.ask("getChatMember", chat_id=group.id, user_id=101)) == "ok"


def test_a_link_into_a_group(quiet: QuietTelegram) -> None:
    """A link that adds the bot to a group says its payload there; topics and small groups work alike."""
    lin = quiet.person(101)
    group = lin.creates_group("群")
    lin.starts_in(group, "daily")
    assert quiet.messages(group)[-1].text == "/start@sudi_test_bot daily"
    assert quiet.kinds() == ["my_chat_member", "message", "message"]
    lin.removes_bot(group, is_banned=False)
    assert quiet.send(group.id) == "Forbidden: bot is not a member of the group chat"


def test_edited_words(quiet: QuietTelegram) -> None:
    """What a person edits comes as an edited message, in a channel as an edited post."""
    lin = quiet.person(101)
    channel = lin.creates_channel("频道")
    lin.adds_bot(channel)
    for entry in (lin.says("/todya"), lin.says("号外", channel)):
        lin.edits(entry, "/today")
    assert quiet.kinds() == ["my_chat_member", "message", "channel_post", "edited_message", "edited_channel_post"]


def test_strange_updates(quiet: QuietTelegram) -> None:
    """Updates come of unknown kinds, huge, in the wrong order and again, if a test wants it."""
    lin = quiet.person(101)
    quiet.emit({"dance": {"steps": [1, 2]}})
    quiet.emit({"message": "x" * 1_000_000})
    lin.starts()
    quiet.reorders()
    found = quiet.updates()
    numbers = [update["update_id"] for update in found]
    assert numbers == sorted(numbers, reverse=True)
    quiet.ask("getUpdates", offset=max(numbers) + 1)
    quiet.replays(3)
    again = quiet.ask("getUpdates", offset=max(numbers) + 1).body["result"]
    assert [update["update_id"] for update in again] == sorted(numbers)


def test_a_channel_that_the_bot_is_not_in(quiet: QuietTelegram) -> None:
    """A public channel can be looked up by anybody, its members only from within."""
    lin = quiet.person(101)
    lin.creates_channel("频道", username="daily")
    assert quiet.ask("getChat", chat_id="@daily").body["result"]["title"] == "频道"
    refused = "Bad Request: member list is inaccessible"
    assert said(quiet.ask("getChatAdministrators", chat_id="@daily")) == refused
    assert quiet.send("@daily") == "Forbidden: bot is not a member of the channel chat"
    assert said(quiet.ask("getChat", chat_id="@nobody")) == "Bad Request: chat not found"


@pytest.mark.parametrize(
    ("commands", "words"),
    [
        ([{"command": "today", "description": "今天"}], "ok"),
        ([{"command": "Today", "description": "今天"}], "Bad Request: BOT_COMMAND_INVALID"),
        ([{"command": "today", "description": ""}], "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": f"c{n}", "description": "x"} for n in range(101)], "Bad Request: BOT_COMMANDS_TOO_MUCH"),
    ],
)
def test_commands(quiet: QuietTelegram, commands: list[dict[str, str]], words: str) -> None:
    """Commands are kept by scope and language, if they are spelled as Telegram wants."""
    scope = {"type": "all_private_chats"}
    assert said(quiet.ask("setMyCommands", commands=commands, scope=scope, language_code="zh")) == words
    kept = quiet.ask("getMyCommands", scope=scope, language_code="zh").body["result"]
    assert kept == (commands if words == "ok" else [])
    assert quiet.ask("getMyCommands").body["result"] == []


def test_descriptions(quiet: QuietTelegram) -> None:
    """A description is kept by language; another language falls back to the one without."""
    assert said(quiet.ask("setMyDescription", description="速递")) == "ok"
    assert said(quiet.ask("setMyDescription", description="Express", language_code="en")) == "ok"
    told = [
        quiet.ask("getMyDescription", language_code=code).body["result"]["description"] for code in ("", "en", "fr")
    ]
    assert told == ["速递", "Express", "速递"]
    assert not quiet.ask("setMyShortDescription", short_description="x" * 121).is_ok


@pytest.mark.skipif(bot_api() is None, reason="the specification does not lie beside this repository")
@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("sendPhoto", {"chat_id": 101, "photo": "x"}),
        ("sendTelegram", {}),
        ("sendMessage", {"chat_id": 101, "text": "x", "parse": "HTML"}),
        ("sendMessage", {"chat_id": 101, "text": "x", "disable_notification": 1}),
        ("sendMessage", {"chat_id": 101, "text": "x", "entities": [{"type": "loud", "offset": 0, "length": 1}]}),
        ("logOut", {}),
        ("sendMessage", {"chat_id": 101, "text": "x", "reply_parameters": {"message_id": 1, "quote": "x"}}),
        ("sendMessage", {"chat_id": 101, "text": "x", "reply_markup": {"force_reply": True}}),
        ("sendMessage", {"chat_id": 101, "text": "x", "reply_parameters": {}}),
        ("getUpdates", {"allowed_updates": ["messages"]}),
    ],
)
def test_what_nobody_may_ask(quiet: QuietTelegram, method: str, parameters: dict[str, Any]) -> None:
    """Unknown methods and parameters, wrong types and logging out are noted as violations."""
    quiet.ask(method, **parameters)
    assert quiet.violations
    quiet.forgiven = list(quiet.violations)


def test_tokens(quiet: QuietTelegram) -> None:
    """What is no token is not found, an unknown or revoked one unauthorized, a new one is the same bot."""
    assert quiet.core.call("bot", "getMe", {}).status == 404
    assert quiet.core.call(OTHER, "getMe", {}).status == 401
    old, new = quiet.token, quiet.token[:-3] + "new"
    quiet.retoken(new)
    assert quiet.core.call(old, "getMe", {}).body["description"] == "Unauthorized"
    assert quiet.core.call(new, "getMe", {}).body["result"]["id"] == quiet.bot.id
    assert new not in repr(quiet.core.transcript)
