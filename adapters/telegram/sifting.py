"""Leaves of an update what can be heard of it, before the library reads it. Pure.

The library makes an object of everything: of a hundred presses below a post with eighty buttons it makes ten thousand,
which takes most of a second, and nobody is answered meanwhile. And it reads all updates of an answer or none, so that
an odd one would stop the others for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Container, Iterator
from typing import Any, Final

from telegram import Update

from adapters.telegram.hearing import CONTENT, WANTED

Json = dict[str, Any]

_PLACE: Final = frozenset({"message_id", "date", "chat", "from"})
_WORDS: Final = frozenset(
    {
        *_PLACE,
        *CONTENT,
        "caption",
        "forward_origin",
        "is_automatic_forward",
        "is_topic_message",
        "media_group_id",
        "message_thread_id",
        "migrate_from_chat_id",
        "migrate_to_chat_id",
        "new_chat_title",
        "reply_to_message",
        "sender_chat",
        "text",
    }
)
_BELOW: Final = frozenset({*_PLACE, "is_topic_message", "message_thread_id", "reply_markup"})
"""What is looked at of a message, and of one below which a button was pressed (`hearing`)."""

log = logging.getLogger(__name__)


def sifted(update: object) -> Json | None:
    """What is left of an update: of an odd one, and one that says nothing to us, its number; None without one."""
    read = readable(update)
    if read is None or not isinstance(update, dict):
        return None
    return slim(update) if read.effective_chat is not None else {"update_id": read.update_id}


def readable(update: object) -> Update | None:
    """The update as the library reads it; None where it cannot be one. What is in it is not logged."""
    if not isinstance(update, dict) or not _is_number(update.get("update_id")):
        log.warning("something that is no update was left out")
        return None
    try:
        read = Update.de_json(slim(update))
        _ = read.effective_chat  # asked of everything, and looked up only now
    except Exception as error:  # noqa: BLE001 - the library raises all kinds of errors for what it does not expect
        log.warning("update %s cannot be read (%s), and is left out", update["update_id"], type(error).__name__)
        return Update(update["update_id"])
    return read


def slim(update: Json) -> Json:
    """The update with what is looked at alone; what is of another kind than it should be stays as it is."""
    return {"update_id": update["update_id"]} | {
        kind: _SLIMMING[kind](update[kind]) if isinstance(update[kind], dict) else update[kind]
        for kind in WANTED
        if kind in update
    }


def _message(message: Json) -> Json:
    left = _only(message, _WORDS)
    if isinstance(earlier := left.get("reply_to_message"), dict):
        left["reply_to_message"] = _only(earlier, _PLACE)
    return left


def _press(press: Json) -> Json:
    """Of the buttons, those that say what was pressed."""
    below = press.get("message")
    if not isinstance(below, dict):
        return press
    below = _only(below, _BELOW)
    if "reply_markup" in below:
        same = [
            button for button in _buttons(below["reply_markup"]) if button.get("callback_data") == press.get("data")
        ]
        below["reply_markup"] = {"inline_keyboard": [same[:1]]}
    return press | {"message": below}


def _buttons(markup: object) -> Iterator[Json]:
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    for row in rows if isinstance(rows, list) else ():
        yield from (button for button in (row if isinstance(row, list) else ()) if isinstance(button, dict))


_SLIMMING: Final = {"message": _message, "callback_query": _press, "my_chat_member": dict}


def _only(message: Json, names: Container[str]) -> Json:
    return {name: value for name, value in message.items() if name in names}


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
