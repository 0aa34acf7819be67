"""Parameters as they come over HTTP, where everything may be text, as the types that they mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.platforms.telegram.chats import Json

_INTEGERS: Final = frozenset(
    {"message_id", "message_thread_id", "user_id", "offset", "limit", "timeout", "cache_time", "max_connections"}
)
_FLAGS: Final = frozenset(
    {
        "disable_notification",
        "protect_content",
        "allow_paid_broadcast",
        "show_alert",
        "drop_pending_updates",
        "return_bots",
    }
)
_STRUCTURES: Final = frozenset(
    {
        "entities",
        "link_preview_options",
        "reply_parameters",
        "reply_markup",
        "allowed_updates",
        "commands",
        "scope",
        "message_ids",
        "menu_button",
    }
)
_TRUTHS: Final = {"true": True, "True": True, "1": True, "false": False, "False": False, "0": False}


class Misspelled(Exception):
    """A parameter cannot be read."""


def understood(parameters: Mapping[str, Any]) -> Json:
    """The parameters with their types; raises Misspelled. What is already typed stays as it is."""
    return {name: _value(name, value) for name, value in parameters.items() if value is not None}


def _value(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        if name in _INTEGERS:
            return int(value)
        if name in _FLAGS:
            return _TRUTHS[value]
        if name in _STRUCTURES:
            return json.loads(value)
    except (ValueError, KeyError):
        raise Misspelled(f"can't parse {name}") from None
    return int(value) if name == "chat_id" and value.lstrip("-").isascii() and value.lstrip("-").isdigit() else value
