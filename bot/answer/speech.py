"""Builds replies: plain words become documents, and a choice becomes a button."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from adapters.platform import Button, Reply
from bot.answer.command import Asked
from bot.catalogue import say, say_code, words
from digest.compose import Document, Passage
from digest.model import BREAKING
from digest.richtext import Block, Break, List, Paragraph, Span, Text


def lines(text: str) -> tuple[Block, ...]:
    """Paragraphs for words: an empty line parts them, a line's end breaks them. Nothing in them is markup."""
    return tuple(_paragraph(part) for part in text.split("\n\n") if part.strip())


def _paragraph(text: str) -> Paragraph:
    spans: list[Span] = []
    for line in text.strip("\n").split("\n"):
        spans += [Break(), Text(line)] if spans else [Text(line)]
    return Paragraph(tuple(spans))


def points(texts: Iterable[str]) -> List:
    """A list with bullets, one line each."""
    return List(tuple((Paragraph((Text(text),)),) for text in texts))


def spoken(*blocks: Block, title: str = "") -> Document:
    """An answer of these blocks."""
    return Document(title=title, passages=(Passage(body=blocks),))


def reply(asked: Asked, *documents: Document, buttons: Sequence[Button] = (), only_asker: bool = False) -> Reply:
    """A reply in the asker's language."""
    return Reply(documents=documents, words=words(asked.language), buttons=tuple(buttons), only_asker=only_asker)


def tell(asked: Asked, text: str, *buttons: Button, only_asker: bool = False) -> Reply:
    """A reply of plain words."""
    return reply(asked, spoken(*lines(text)), buttons=buttons, only_asker=only_asker)


def button(asked: Asked, key: str, says: str, *, in_place: bool = False) -> Button:
    """A button with words of the catalogue."""
    return Button(label=asked.say(f"button_{key}"), says=says, in_place=in_place)


def opener(asked: Asked, key: str, url: str) -> tuple[Button, ...]:
    """A button with words of the catalogue that opens an address; none where there is no address."""
    return (Button(label=asked.say(f"button_{key}"), url=url),) if url else ()


def series_name(language: str, series: str) -> str:
    """A series as readers call it, or as its source names it."""
    words_of = say_code(language, "words", f"series_{series}")
    return series if words_of == f"series_{series}" else words_of


def joined(language: str, names: Iterable[str]) -> str:
    """Names in a row: «a、b» or «a, b»."""
    return say(language, "words.comma").join(names)


def when(asked: Asked, moment: datetime, zone: tzinfo) -> str:
    """A moment in the reader's zone: the time today, else with its day."""
    here, today = moment.astimezone(zone), asked.now.astimezone(zone)
    if here.date() == today.date():
        return asked.say("when_today", time=f"{here:%H:%M}")
    return asked.say("when_day", year=here.year, month=here.month, day=here.day, time=f"{here:%H:%M}")


def ordered(series: Iterable[str]) -> list[str]:
    """Series as they are listed: by name, pushes last."""
    return sorted(series, key=lambda name: (name == BREAKING, name))
