"""Shows a reply in pages of one message each, with buttons in rows: what all platforms share of it. Pure.

Documents that fit are told on one page. Buttons stand in rows that a phone shows whole.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from adapters.platform import Button, Dialect, Message, Reply
from adapters.pressing import Wish

ROW_WIDTH: Final = 36
"""Half widths that a row of buttons has on a narrow phone; a Chinese character takes two."""

_MARGIN = 3
"""Half widths of a button that are not its label."""

_WIDE = frozenset("WF")


def pages_of(
    reply: Reply, dialect: Dialect, joined: Callable[[Message, Message], Message | None]
) -> tuple[Message, ...]:
    """What the reply says, a message each page. `joined`: two messages as one, where they fit; else None."""
    pages: list[Message] = []
    for document in reply.documents:
        first, *others = dialect.spell(document, reply.words).messages
        both = joined(pages[-1], first) if pages else None
        if both is None:
            pages.append(first)
        else:
            pages[-1] = both
        pages += others
    return tuple(pages)


def turns(page: int, pages: int, *, words: str, turner: str) -> Iterator[tuple[str, Wish]]:
    """The labels that turn pages, counted from 1, and what they wish; behind the last comes the first.

    None where there is only one page.
    """
    if pages > 1:
        before, behind = (page - 2) % pages + 1, page % pages + 1
        for label, to in (("◀", before), (f"{page}/{pages}", page), ("▶", behind)):
            yield label, Wish(words=words, page=to, turner=turner)


def rows_of(buttons: Sequence[Button], *, most: int) -> Iterator[list[Button]]:
    """The buttons in rows of at most so many, short ones beside each other, what belongs together apart."""
    row: list[Button] = []
    for button in buttons:
        if row and (button.apart or not _fits_in_a_row([*row, button], most)):
            yield row
            row = []
        row.append(button)
    if row:
        yield row


def _fits_in_a_row(row: Sequence[Button], most: int) -> bool:
    widest = max(width(button.marked) for button in row)
    return len(row) <= most and len(row) * (widest + _MARGIN) <= ROW_WIDTH


def width(text: str) -> int:
    """How wide a text is, in half widths."""
    return sum(2 if unicodedata.east_asian_width(character) in _WIDE else 1 for character in text)
