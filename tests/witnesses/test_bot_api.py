"""The quick check of Telegram's Bot API sees what the specification forbids."""

from __future__ import annotations

from typing import Any

import pytest

from tests.witnesses.bot_api import BotApi, bot_api

PRIVATE = {"id": 1, "type": "private"}
LIN = {"id": 1, "is_bot": False, "first_name": "小林"}


@pytest.fixture(scope="module")
def api() -> BotApi:
    """The specification."""
    found = bot_api()
    if found is None:
        pytest.skip("the specification does not lie beside this repository")
    return found


@pytest.mark.parametrize(
    ("method", "parameters", "problem"),
    [
        ("sendMessage", {"chat_id": 1, "text": "x"}, None),
        ("sendmessage", {"chat_id": "@daily", "text": "x", "entities": []}, None),
        ("sendMessage", {"text": "x"}, "sendMessage.chat_id is missing"),
        ("sendMessage", {"chat_id": 1, "text": "x", "disable_web_page_preview": True}, "is unknown"),
        ("sendMessage", {"chat_id": True, "text": "x"}, "sendMessage.chat_id is no int"),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "entities": [{"type": "loud", "offset": 0, "length": 1}]},
            "none of",
        ),
        ("sendMessage", {"chat_id": 1, "text": "x", "entities": {}}, "is no array"),
        ("setMyCommands", {"commands": [], "scope": {"type": "all_group_chats"}}, None),
        ("setMyCommands", {"commands": [], "scope": {"type": "everywhere"}}, "none of"),
    ],
)
def test_requests(api: BotApi, method: str, parameters: dict[str, Any], problem: str | None) -> None:
    """Missing, unknown and mistyped parameters are seen, at any depth."""
    told = api.request(method, parameters)
    assert told is None if problem is None else problem in (told or "")


@pytest.mark.parametrize(
    ("method", "result", "fits"),
    [
        ("sendMessage", {"message_id": 1, "date": 1, "chat": PRIVATE, "text": "x"}, True),
        ("sendMessage", {"message_id": "1", "date": 1, "chat": PRIVATE}, False),
        ("sendMessage", True, False),
        ("editMessageText", True, True),
        ("getUpdates", [{"update_id": 1}], True),
        ("getUpdates", [{"update_id": 1, "dance": {}}], False),
        ("getChatMember", {"status": "left", "user": LIN}, True),
        ("getChatMember", {"status": "gone", "user": LIN}, False),
        ("deleteMessage", 1, False),
    ],
)
def test_answers(api: BotApi, method: str, result: Any, fits: bool) -> None:
    """An answer of another type, or with fields that nobody knows, is seen."""
    assert (api.answer(method, result) is None) is fits


def test_names(api: BotApi) -> None:
    """A method is known whatever its case; the kinds of updates are the fields of an update."""
    assert api.method("SENDmessage") == "sendMessage"
    assert api.method("sendLove") is None
    assert {"message", "my_chat_member", "callback_query"} < api.fields("Update")
