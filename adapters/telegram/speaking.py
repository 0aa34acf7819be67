"""Turns a reply into pages with buttons: one message is in the chat, and it shows one page. Pure.

Documents that fit are told on one page, a line between them. Buttons stand in rows that a phone shows whole.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, Final

from adapters.platform import Button, Dialect, Message, Reply
from adapters.telegram.pressing import Wish

LONGEST_POPUP: Final = 200
"""Characters of the text that a press is answered with (Bot API, answerCallbackQuery)."""

LONGEST_LABEL: Final = 64
"""Code points of a label; a phone shows about thirty."""

MOST_IN_A_ROW: Final = 4
ROW_WIDTH: Final = 36
"""Half widths that a row of buttons has on a narrow phone; a Chinese character takes two."""

_MARGIN = 3
"""Half widths of a button that are not its label."""

_BETWEEN = "\n\n———\n\n"
_WIDE = frozenset("WF")

Key = dict[str, Any]
"""A button as the Bot API takes it; its data may still be too long."""


def pages_of(reply: Reply, dialect: Dialect) -> tuple[Message, ...]:
    """What the reply says, a message each page."""
    pages: list[Message] = []
    for document in reply.documents:
        first, *others = dialect.spell(document, reply.words).messages
        joined = _joined(pages[-1], first, dialect) if pages else None
        if joined is None:
            pages.append(first)
        else:
            pages[-1] = joined
        pages += others
    return tuple(pages)


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
    rows = [*own, *([_key(button) for button in row] for row in rows_of(buttons))]
    return [*rows, list(turning)] if turning else rows


def turning(page: int, pages: int, *, words: str, turner: str) -> list[Key]:
    """The row that turns pages, counted from 1; behind the last comes the first. Empty where there is only one."""
    if pages <= 1:
        return []
    before, behind = (page - 2) % pages + 1, page % pages + 1
    labels = (("◀", before), (f"{page}/{pages}", page), ("▶", behind))
    return [{"text": label, "callback_data": Wish(words=words, page=to, turner=turner).data} for label, to in labels]


def rows_of(buttons: Sequence[Button]) -> Iterator[list[Button]]:
    """The buttons in rows, short ones beside each other, what belongs together apart from the rest."""
    row: list[Button] = []
    for button in buttons:
        if row and (button.apart or not _fits_in_a_row([*row, button])):
            yield row
            row = []
        row.append(button)
    if row:
        yield row


def _fits_in_a_row(row: Sequence[Button]) -> bool:
    widest = max(width(button.label) for button in row)
    return len(row) <= MOST_IN_A_ROW and len(row) * (widest + _MARGIN) <= ROW_WIDTH


def width(text: str) -> int:
    """How wide a text is, in half widths."""
    return sum(2 if unicodedata.east_asian_width(character) in _WIDE else 1 for character in text)


def _key(button: Button) -> Key:
    label = button.label if len(button.label) <= LONGEST_LABEL else f"{button.label[: LONGEST_LABEL - 1]}…"
    if button.url:
        return {"text": label, "url": button.url}
    return {"text": label, "callback_data": Wish(words=button.says, in_place=button.in_place).data}
