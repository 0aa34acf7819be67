"""Turns a reply into pages with buttons: one message is in the chat, and it shows one page. Pure.

Documents that fit are told on one page, a line between them. Buttons stand in rows that a phone shows whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from adapters import showing
from adapters.platform import Button, Dialect, Message, Reply
from adapters.pressing import Wish
from digest.cutting import shorten

MOST_DATA: Final = 64
"""Bytes of a button's data (Bot API, InlineKeyboardButton)."""

LONGEST_POPUP: Final = 200
"""Characters of the text that a press is answered with (Bot API, answerCallbackQuery)."""

LONGEST_LABEL: Final = 64
"""Code points of a label; a phone shows about thirty."""

MOST_IN_A_ROW: Final = 4

_BETWEEN = "\n\n———\n\n"

Key = dict[str, Any]
"""A button as the Bot API takes it; its data may still be too long."""


def fits(data: str) -> bool:
    """Whether Telegram takes so much data of a button."""
    return len(data.encode("utf-8", "replace")) <= MOST_DATA


def pages_of(reply: Reply, dialect: Dialect) -> tuple[Message, ...]:
    """What the reply says, a message each page."""
    return showing.pages_of(reply, dialect, partial(_joined, dialect=dialect))


def _joined(one: Message, two: Message, dialect: Dialect) -> Message | None:
    """Both on one page, where they fit and have no buttons of their own."""
    if "reply_markup" in one or "reply_markup" in two:
        return None
    before = f"{one['text']}{_BETWEEN}"
    shift = len(before.encode("utf-16-le", "surrogatepass")) >> 1
    entities = [*one.get("entities", ())]
    entities += [{**entity, "offset": entity["offset"] + shift} for entity in two.get("entities", ())]
    page = {**one, "text": f"{before}{two['text']}"} | ({"entities": entities} if entities else {})
    return page if all(count.used <= count.limit for count in dialect.count(page)) else None


def popup_of(reply: Reply, pages: Sequence[Message]) -> str | None:
    """The words of a reply that one person needs to see for a moment; None where it has to stay, or does not fit."""
    if not reply.only_asker or reply.buttons or len(pages) != 1:
        return None
    text: str = pages[0]["text"]
    return text if len(text.encode("utf-16-le", "surrogatepass")) >> 1 <= LONGEST_POPUP else None


# --- Buttons -----------------------------------------------------------------------------------------------------


def keyboard(page: Message, buttons: Sequence[Button], turning: Sequence[Key] = ()) -> list[list[Key]]:
    """The rows below a page: its own, the reply's, and those that turn pages."""
    own: list[list[Key]] = page.get("reply_markup", {}).get("inline_keyboard", [])
    rows = [*own, *([_key(button) for button in row] for row in showing.rows_of(buttons, most=MOST_IN_A_ROW))]
    return [*rows, list(turning)] if turning else rows


def turning(page: int, pages: int, *, words: str, turner: str) -> list[Key]:
    """The row that turns pages, counted from 1; behind the last comes the first. Empty where there is only one."""
    wishes = showing.turns(page, pages, words=words, turner=turner)
    return [{"text": label, "callback_data": wish.data} for label, wish in wishes]


def _key(button: Button) -> Key:
    label = shorten(button.marked, LONGEST_LABEL)
    if button.url:
        return {"text": label, "url": button.url}
    return {"text": label, "callback_data": Wish(words=button.says, in_place=button.in_place).data}
