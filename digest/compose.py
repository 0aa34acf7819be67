"""From a digest to a document, and from a document to pages: what is said, in which order, and where it may be cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest.richtext import Blocks, Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The few words that composing adds, in the reader's language."""

    seen_before: str
    commentary: str
    continued: str
    read_on_site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What belongs together on a page: the intro, a story, the commentary, a list of repeats.

    `number`, `title` and `url` name a story. A `folded` body may be shown collapsed under its title.
    `continued` marks the rest of a passage that began on an earlier page.
    """

    title: Spans = ()
    number: int | None = None
    url: str | None = None
    body: Blocks = ()
    folded: bool = False
    continued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a dialect spells: a digest as composed for a layout, or an answer. An answer may have no title."""

    title: str = ""
    url: str | None = None
    published: datetime | None = None
    topics: tuple[str, ...] = ()
    picture: str | None = None
    passages: tuple[Passage, ...] = ()
