"""Updates as Telegram posts them, made of few words, each checked against Telegram's specification."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Update

from adapters.platform import AccountId
from adapters.telegram.hearing import Me
from tests.platforms.telegram.chats import ADMIN_RIGHTS, PERMISSIONS
from tests.witnesses.bot_api import bot_api

Json = dict[str, Any]

ME = Me(account=AccountId("5000001"), username="sudi_bot")

ANNA: Json = {"id": 4242, "is_bot": False, "first_name": "Anna", "language_code": "en-GB"}
BO: Json = {"id": 777, "is_bot": False, "first_name": "Bo"}
SUDI: Json = {"id": 5000001, "is_bot": True, "first_name": "Sudi", "username": "sudi_bot"}
OTHER_BOT: Json = {"id": 5000002, "is_bot": True, "first_name": "Else", "username": "else_bot"}
ANONYMOUS: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}

PRIVATE: Json = {"id": 4242, "type": "private", "first_name": "Anna"}
GROUP: Json = {"id": -200, "type": "group", "title": "Readers"}
FORUM: Json = {"id": -1001000000200, "type": "supergroup", "title": "Forum", "is_forum": True}
CHANNEL: Json = {"id": -1001000000300, "type": "channel", "title": "News", "username": "news"}
COMMENTS: Json = {"id": -1001000000400, "type": "supergroup", "title": "Comments"}


def message(text: str = "", chat: Json = PRIVATE, by: Json = ANNA, **more: Any) -> Json:
    """A message."""
    words = {"text": text} if text else {}
    return {"message_id": 31, "date": 1763692200, "chat": chat, "from": by, **words, **more}


def said(text: str = "", chat: Json = PRIVATE, by: Json = ANNA, *, update: int = 9, **more: Any) -> Json:
    """The update of a message."""
    return {"update_id": update, "message": message(text, chat, by, **more)}


def pressed(data: str, chat: Json = PRIVATE, by: Json = ANNA, *, update: int = 9, **more: Any) -> Json:
    """The update of a press below message 31, which we wrote."""
    below = message("Hello", chat, SUDI, **more)
    return {
        "update_id": update,
        "callback_query": {"id": "88", "from": by, "chat_instance": "5", "data": data, "message": below},
    }


def changed(before: Json, after: Json, chat: Json = GROUP, by: Json = ANNA, *, update: int = 9) -> Json:
    """The update of what we were in a chat, and are now."""
    change = {"chat": chat, "from": by, "date": 1763692200, "old_chat_member": before, "new_chat_member": after}
    return {"update_id": update, "my_chat_member": change}


def was(status: str, **more: Any) -> Json:
    """What we are in a chat."""
    member: Json = {"status": status, "user": SUDI}
    if status == "administrator":
        member |= dict.fromkeys(("can_be_edited", *ADMIN_RIGHTS), False) | {"is_anonymous": False}
    if status == "restricted":
        member |= dict.fromkeys(PERMISSIONS, False) | {"is_member": True, "until_date": 0}
    if status == "kicked":
        member |= {"until_date": 0}
    return member | more


def as_update(json: Json) -> Update:
    """The update as the library reads it; a test skips where the specification is not beside the repository."""
    api = bot_api()
    if api is None:
        pytest.skip("Telegram's specification is not beside this repository")
    assert api.thing("Update", json) is None
    return Update.de_json(json)
