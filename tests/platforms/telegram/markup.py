"""Keyboards below messages: what Telegram takes of them."""

from __future__ import annotations

import re
from typing import Final

from tests.platforms.telegram.answers import bad
from tests.platforms.telegram.chats import Json

MOST_BUTTONS: Final = 100
MOST_IN_A_ROW: Final = 8
LONGEST_DATA: Final = 64
"""Bytes."""
MOST_BYTES: Final = 4_096
"""Of labels, data and addresses together; Telegram names no figure, and larger ones were refused."""

_URL: Final = re.compile(r"(?:https?://[^\s/?#]+\.[^\s/?#]+|https?://[\d.]+|tg://)\S*", re.IGNORECASE)
_ACTIONS: Final = frozenset({"url", "callback_data", "switch_inline_query", "copy_text", "web_app", "login_url", "pay"})


def keyboard(markup: Json | None, *, is_channel: bool) -> Json | None:
    """The inline keyboard that stands below the message; None for none, or for another kind of markup."""
    if markup is None:
        return None
    if "inline_keyboard" not in markup:
        if is_channel:
            raise bad("reply keyboard can't be used in channels")
        return None
    rows: list[list[Json]] = markup["inline_keyboard"]
    kept = [row for row in rows if row]
    for button in [button for row in kept for button in row]:
        _is_button(button)
    _is_small_enough(kept)
    return {"inline_keyboard": kept} if kept else None


def _is_button(button: Json) -> None:
    actions = _ACTIONS & button.keys()
    if not button.get("text"):
        raise bad("can't parse inline keyboard button: text must be non-empty")
    if not actions:
        raise bad("can't parse inline keyboard button: text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad("can't parse inline keyboard button: exactly one optional field must be used")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= LONGEST_DATA:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in button and not _URL.fullmatch(button["url"]):
        raise bad("BUTTON_URL_INVALID")


def _is_small_enough(rows: list[list[Json]]) -> None:
    buttons = [button for row in rows for button in row]
    size = sum(len(value.encode()) for button in buttons for value in button.values() if isinstance(value, str))
    if len(buttons) > MOST_BUTTONS or size > MOST_BYTES:
        raise bad("reply markup is too long")
    if any(len(row) > MOST_IN_A_ROW for row in rows):
        raise bad("BUTTON_COUNT_INVALID")
