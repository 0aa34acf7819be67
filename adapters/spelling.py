"""What the dialects share: what is never shown, what may be linked, what a message says and a story is called."""

from __future__ import annotations

from collections import Counter
from typing import Final, Protocol, TypeVar

from adapters.platform import Loss, Message, Spelling
from digest.compose import Document, Passage, Words
from digest.cutting import Run, is_blank
from digest.paging import Page, Piece, Speller, paginate, typeset
from digest.richtext import plain
from digest.writing import one_line, seen

PieceT = TypeVar("PieceT", bound=Piece)

NOTHING: Final = "…"
"""What a message says that has nothing to say: no platform takes an empty one."""

_FOLLOWED = ("https://", "http://")


def clean(text: str) -> str:
    """The text without control characters, halves of surrogate pairs and what turns the direction of writing."""
    return text if text.isprintable() else seen(text)[0]


def is_web(url: str) -> bool:
    """Whether the address is one of the web."""
    return url.lower().startswith(_FOLLOWED)


def mail(url: str) -> str | None:
    """The mail address of a mailto link."""
    return url[7:].partition("?")[0] if url.lower().startswith("mailto:") else None


def label(passage: Passage, words: Words) -> tuple[str, str]:
    """What stands before and behind a passage's title: its number, and that it goes on from the page before."""
    before = "" if passage.number is None else f"{passage.number}. "
    gap = " " if words.continued[:1].isascii() else ""
    return before, f"{gap}{words.continued}" if passage.continued else ""


def called(passage: Passage) -> str:
    """What a story is called in words alone, on one line: its title, else its address."""
    said = (one_line(clean(words)) for words in (plain(passage.title), passage.url or ""))
    return next((words for words in said if not is_blank(words)), NOTHING)


def tells_one(document: Document) -> bool:
    """Whether a story is all that it tells, so that it needs no name beside what else there is."""
    return sum(1 for passage in document.passages if passage.title or passage.url) == 1


def url_of(run: Run) -> str | None:
    """Where a run leads: what neighbouring runs of one link have in common."""
    return run.url


def losses(counted: Counter[str]) -> tuple[Loss, ...]:
    """The losses, by name."""
    return tuple([Loss(what=what, times=times) for what, times in sorted(counted.items())])


class PagingSpeller(Speller[PieceT], Protocol[PieceT]):
    """Spells a document that may take several messages."""

    lost: Counter[str]
    passages: tuple[Passage, ...]

    def message(self, page: Page[PieceT]) -> Message:
        """One page as a message."""


def paged(speller: PagingSpeller[PieceT]) -> Spelling:
    """The speller's passages in as many messages as they need. Losses are counted once, before anything is cut."""
    galleys = typeset(speller.passages, speller)
    lost = losses(speller.lost)
    return Spelling(messages=tuple(map(speller.message, paginate(galleys, speller))), losses=lost)
