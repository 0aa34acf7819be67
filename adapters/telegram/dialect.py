"""How Telegram spells: plain text and entities, never markup that could fail to parse.

What it gives up, and how the loss is called:

| loss            | instead                                                                |
|-----------------|------------------------------------------------------------------------|
| `table`         | a line a row, cells between bars, the header bold                       |
| `image`         | a link with the picture's description                                   |
| `rule`          | a short line of dashes                                                  |
| `heading-level` | a bold line, whatever the level                                         |
| `nested-quote`  | quotes do not nest: one quote                                           |
| `code-in-link`  | code cannot stand in a link: the link stays                             |
| `styled-code`   | code can be neither bold, italic nor struck: it stays code              |
| `mail-link`     | the mail address in words; Telegram links it by itself                  |
| `long-url`      | an address over `LONGEST_URL` in words                                  |
| `bad-url`       | an address that Telegram refuses (no dot in its host, a login) in words |

A folded body is an expandable quote. A digest of one story shows the preview of its link, small, below the text; a
digest with a picture shows it above the text of its first part; all other previews are off, because one story of
many would look like the only one.

A story of which more is known than a message shows has a button below that message: its number there, or where no
number tells it from the others, its title. Pressing it asks `/story`, the digest's name and the story's place.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple, assert_never

from adapters.platform import Count, Message, Platform, Spelling
from adapters.spelling import NOTHING, called, clean, label, mail, paged, tells_one, url_of
from adapters.telegram.drawing import drawn
from digest.compose import Document, Folding, Passage, Words
from digest.cutting import (
    BOLD,
    CODE,
    ITALIC,
    STRIKE,
    Run,
    Runs,
    image_line,
    is_blank,
    row_spans,
    runs_of,
    shorten,
    trimmed,
)
from digest.paging import SHORT_TITLE, Page, Size, with_address_below, with_short_title
from digest.richtext import (
    Block,
    Blocks,
    CodeBlock,
    Heading,
    Image,
    List,
    Paragraph,
    Quote,
    Rule,
    Spans,
    Table,
    Text,
)
from digest.writing import one_line

LONGEST_TEXT: Final = 4_096
"""UTF-16 code units of a message's text (Bot API, sendMessage: 1-4096 characters; offsets are UTF-16). The 32,768
bytes that a request's text may have cannot be reached with so many units."""

MOST_ENTITIES: Final = 100
"""Entities that Telegram keeps of a message; it drops the others without a word (measured)."""

MOST_ENTITY_BYTES: Final = 9_499
"""Bytes of all entities together (measured: about 9,500), counted as JSON, which is more than Telegram does."""

LONGEST_URL: Final = 2_048
"""Bytes of an address in JSON. Telegram names no limit; browsers and proxies begin to cut behind this one."""

MOST_BUTTONS: Final = 90
"""Buttons of stories below one message. Telegram refuses more than 100 as «reply markup is too long» (no document
names it; widely met); the others are for what an answer has below its pages."""

MOST_KEYBOARD_BYTES: Final = 9_000
"""Bytes of these buttons, as JSON that is plain ASCII, the longest way to write them. Over about 10,000 all buttons
below a message are refused in the same words, however few they are."""

MOST_IN_ROW: Final = 8
"""Buttons side by side; Telegram takes no more of them in a row of an inline keyboard."""

LONGEST_TITLE: Final = 256
"""Code points of a digest's title above its text; a longer title is shortened there and told in full below."""

_LABEL = 30
"""Code points of a title on a button, which has one line; apps cut what does not fit."""

_PART = 16
"""Units kept free for « (12345/12345)»."""

_LEADING = "\u2060"
"""Stands before a text that begins with a space, which Telegram would take away, and every offset would be wrong."""

_BULLETS = ("•", "◦", "▪")
_INDENT = "    "
_DEEPEST = 6
_LINE = "———"
_BETWEEN_BLOCKS = "\n\n"

_URL = re.compile(r"https?://[^\s/?#@:\\\[\]]*\.[^\s/?#@:\\\[\]]*(?::([1-9]\d{0,4}))?(?:[/?#]\S*)?", re.IGNORECASE)
_HIGHEST_PORT = 65_535

_STYLES = ((BOLD, "bold"), (ITALIC, "italic"), (STRIKE, "strikethrough"))
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        ("blockquote", "expandable_blockquote", "pre", "code", "text_link", "bold", "italic", "strikethrough")
    )
}


class _Entity(NamedTuple):
    """One entity; `value` is a link's address or a code block's language."""

    offset: int
    length: int
    kind: str
    value: str = ""

    @property
    def bytes(self) -> int:
        """Its bytes in JSON, at most."""
        return 48 + len(self.kind) + (14 + _json_bytes(self.value) if self.value else 0)


_NO_SIZE: Size = (0, 0, 0, 0)
"""Nothing of any unit: text, entities, the entities' bytes, the keyboard's bytes."""


class _Piece(NamedTuple):
    """A head or a block, spelled; `gap` is what stands between it and the next block.

    An entity's offset counts from the piece's own beginning.
    """

    text: str
    entities: tuple[_Entity, ...]
    size: Size
    gap: str = _BETWEEN_BLOCKS


class _Button(NamedTuple):
    """Opens a story below a message; `long`: it is labelled with words, and has a row of its own."""

    label: str
    says: str
    long: bool

    @property
    def share(self) -> int:
        """What it takes of `MOST_KEYBOARD_BYTES`: its bytes, but so much that there are never too many buttons."""
        return max(40 + _json_bytes(self.label) + len(self.says), MOST_KEYBOARD_BYTES // MOST_BUTTONS)


def _key(button: _Button) -> dict[str, str]:
    return {"text": button.label, "callback_data": button.says}


def _keyboard(buttons: Iterable[_Button]) -> list[list[dict[str, str]]]:
    """The buttons in rows of about the same length."""
    rows: list[list[dict[str, str]]] = []
    for long, group in groupby(buttons, key=lambda button: button.long):
        keys = [_key(button) for button in group]
        lines = len(keys) if long else -(-len(keys) // MOST_IN_ROW)
        width = -(-len(keys) // lines)
        rows += [keys[at : at + width] for at in range(0, len(keys), width)]
    return rows


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) >> 1


def _json_bytes(text: str) -> int:
    return len(text) if text.isascii() and '"' not in text and "\\" not in text else len(json.dumps(text)) - 2


def _is_linkable(url: str) -> bool:
    """Whether Telegram takes the address (source: TDLib's own check of addresses)."""
    found = _URL.fullmatch(url)
    return found is not None and int(found[1] or 1) <= _HIGHEST_PORT and _json_bytes(url) <= LONGEST_URL


class _Ink:
    """Takes text and remembers where each entity lies."""

    __slots__ = ("at", "entities", "margin", "parts")

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.at = 0
        self.entities: list[_Entity] = []
        self.margin = ""

    def write(self, text: str) -> None:
        """Append text; its lines begin at the margin."""
        if self.margin and "\n" in text:
            text = text.replace("\n", "\n" + self.margin)
        self.parts.append(text)
        self.at += len(text) if text.isascii() else len(text.encode("utf-16-le")) >> 1

    def mark(self, start: int, end: int, kind: str, value: str = "") -> None:
        """What was written from `start` to `end` is of this kind."""
        if end > start:
            self.entities.append(_Entity(start, end - start, kind, value))

    def run(self, run: Run) -> tuple[int, int]:
        """Append a run with its styles; where it begins and ends, less the white space at its ends."""
        text, marks, _ = run
        text = clean(text)
        if not marks and run.url is None:
            self.write(text)
            return 0, 0
        core = text.strip()
        lead, _, tail = ("", "", "") if core == text else text.partition(core) if core else (text, "", "")
        if lead:
            self.write(lead)
        start = self.at
        if core:
            self.write(core)
        end = self.at
        if marks & CODE:
            self.mark(start, end, "code")
        elif marks:
            for style, kind in _STYLES:
                if marks & style:
                    self.mark(start, end, kind)
        if tail:
            self.write(tail)
        return start, end

    def runs(self, runs: Iterable[Run]) -> None:
        """Append runs, with one link over all neighbours that lead to one place."""
        linked: str | None = None
        begin = end = 0
        for run in runs:
            if run.url != linked:
                self.mark(begin, end, "text_link", linked or "")
                linked, begin, end = run.url, 0, 0
            start, stop = self.run(run)
            if linked is not None and stop > start:
                begin = begin if end else start
                end = stop
        self.mark(begin, end, "text_link", linked or "")

    def piece(self, separator: int = 2) -> _Piece | None:
        """What was written, unless there is nothing to see; it may be separated by so many units from what precedes."""
        text = "".join(self.parts)
        if is_blank(text):
            return None
        if text[-1].isspace():
            self._cut_to(text.rstrip())
            text = text.rstrip()
        entity_bytes = 0
        for entity in self.entities:
            entity_bytes += entity.bytes
        return _Piece(text, tuple(self.entities), (self.at + separator, len(self.entities), entity_bytes, 0))

    def _cut_to(self, text: str) -> None:
        self.at = _units(text)
        cut = [entity._replace(length=min(entity.length, self.at - entity.offset)) for entity in self.entities]
        self.entities = [entity for entity in cut if entity.length > 0]


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramDialect:
    """Telegram's way to spell: parameters of sendMessage, less what belongs to the address."""

    platform: Platform = Platform.TELEGRAM
    folds: Folding = Folding.TO_LINES

    def spell(self, document: Document, words: Words) -> Spelling:
        """The messages that say the document, none over any limit; at least one."""
        if document.url and not _is_linkable(document.url):
            document = with_address_below(document)
        if len(document.title) > LONGEST_TITLE:
            document = with_short_title(document)
        return paged(_Speller(document, words))

    def draw(self, message: Message) -> str:
        """A bubble."""
        return drawn(message)

    def count(self, message: Message) -> tuple[Count, ...]:
        """Text, entities, and the entities' bytes."""
        entities = message.get("entities", [])
        return (
            Count(unit="utf16", used=_units(message["text"]), limit=LONGEST_TEXT),
            Count(unit="entities", used=len(entities), limit=MOST_ENTITIES),
            Count(unit="entity-bytes", used=len(json.dumps(entities)), limit=MOST_ENTITY_BYTES),
        )


class _Speller:
    """Spells one document."""

    def __init__(self, document: Document, words: Words) -> None:
        self.lost: Counter[str] = Counter()
        self._words = words
        self._title = one_line(document.title)
        self._url = document.url
        topics = one_line(" · ".join(document.topics))
        ending = (Passage(body=(Paragraph((Text(topics),)),)),) if topics else ()
        self.passages = (*document.passages, *ending)
        self._preview = _preview(document)
        self._name = document.name
        self._tells_one = tells_one(document)
        self._numbers = Counter(passage.number for passage in document.passages)

    # --- What paging asks for

    def room(self, *, first: bool, only: bool) -> Size:
        """What a page has for pieces, less its title line."""
        ink = _Ink()
        self._write_title(ink, first=first)
        title = ink.piece()
        used, entities, entity_bytes, _ = title.size if title else _NO_SIZE
        part = 0 if only else _PART + 2
        text, bytes_left = LONGEST_TEXT - used - part, MOST_ENTITY_BYTES - 2 - entity_bytes
        return text, MOST_ENTITIES - entities, bytes_left, MOST_KEYBOARD_BYTES

    def head(self, passage: Passage) -> _Piece | None:
        """The number, and the title in bold, linked."""
        ink = _Ink()
        before, behind = label(passage, self._words)
        runs = [Run(text, (marks | BOLD) & ~CODE, passage.url or url) for text, marks, url in runs_of(passage.title)]
        if passage.url and is_blank("".join([run.text for run in runs])):
            runs = [Run(passage.url, url=passage.url)]
        if before:
            ink.write(before)
        ink.runs(self.settled(trimmed(runs)))
        if behind:
            ink.write(clean(behind))
        piece = ink.piece()
        button = self._button(passage)
        if not passage.folded and button is None:
            return piece
        text, entities, (units, number, size, keys), _ = piece or _Piece("", (), _NO_SIZE)
        if passage.folded:
            number, size = number + 1, size + _Entity(0, 0, "expandable_blockquote").bytes
        return _Piece(text, entities, (units, number, size, keys + (button.share if button else 0)))

    def _button(self, passage: Passage) -> _Button | None:
        """What opens the story of which the passage hides something; it stands once, where the story begins."""
        if passage.hides is None or passage.continued or not self._name:
            return None
        says = f"/story {self._name} {passage.hides}"
        if passage.number is not None and self._numbers[passage.number] == 1:
            return _Button(str(passage.number), says, long=False)
        if self._tells_one:
            return _Button(self._words.whole_story, says, long=True)
        return _Button(shorten(called(passage), _LABEL), says, long=True)

    def block(self, block: Block, passage: Passage) -> _Piece | None:
        """The block, in text and entities."""
        ink = _Ink()
        self._block(ink, block, depth=0, quoted=passage.folded)
        piece = ink.piece()
        return piece._replace(gap="\n") if piece and isinstance(block, Heading) else piece

    def settled(self, runs: Runs) -> Runs:
        """The runs with addresses in words where Telegram takes no link, and without code in links."""
        if not any(run.url is not None or run.marks & CODE for run in runs):
            return runs
        settled: list[Run] = []
        for url, group in groupby(runs, key=url_of):
            same = list(group)
            settled += map(self._plain_code, same) if url is None else self._link(url, same)
        return settled

    def _plain_code(self, run: Run) -> Run:
        if run.marks & CODE and run.marks != CODE:
            self.lost["styled-code"] += 1
            return run._replace(marks=CODE)
        return run

    def _link(self, url: str, runs: list[Run]) -> Iterator[Run]:
        if any(run.marks & CODE for run in runs):
            self.lost["code-in-link"] += 1
            runs = [run._replace(marks=run.marks & ~CODE) for run in runs]
        if _is_linkable(url):
            yield from runs
            return
        address = mail(url)
        self.lost["mail-link" if address else "long-url" if _json_bytes(url) > LONGEST_URL else "bad-url"] += 1
        yield from [Run(run.text, run.marks) for run in runs]
        said = "".join([run.text for run in runs])
        if said not in {url, address}:
            yield Run(f" ({address or url})")

    # --- Blocks

    def _block(self, ink: _Ink, block: Block, *, depth: int, quoted: bool) -> None:
        match block:
            case Paragraph(spans):
                ink.runs(self.settled(trimmed(runs_of(spans))))
            case Heading(spans):
                self.lost["heading-level"] += 1
                self._bold(ink, spans)
            case List(items, start):
                self._list(ink, items, start, depth=depth, quoted=quoted)
            case Quote(blocks):
                self._quote(ink, blocks, depth=depth, quoted=quoted)
            case CodeBlock(text, language):
                _write_code(ink, text, language)
            case Table(header, rows):
                self._table(ink, header, rows)
            case Rule():
                self.lost["rule"] += 1
                ink.write(_LINE)
            case Image():
                self.lost["image"] += 1
                self._block(ink, image_line(block), depth=depth, quoted=quoted)
            case _:
                assert_never(block)

    def _bold(self, ink: _Ink, spans: Spans) -> None:
        runs = [Run(run.text, run.marks | BOLD, run.url) for run in trimmed(runs_of(spans))]
        ink.runs(self.settled(runs))

    def _blocks(self, ink: _Ink, blocks: Blocks, separator: str, *, depth: int, quoted: bool) -> None:
        written = ink.at
        for block in blocks:
            if ink.at > written:
                ink.write(separator)
                written = ink.at
            self._block(ink, block, depth=depth, quoted=quoted)

    def _list(self, ink: _Ink, items: Sequence[Blocks], start: int | None, *, depth: int, quoted: bool) -> None:
        margin = ink.margin
        for place, item in enumerate(items):
            if place:
                ink.write("\n")
            ink.write(f"{_BULLETS[min(depth, len(_BULLETS) - 1)]} " if start is None else f"{start + place}. ")
            ink.margin = _INDENT * min(depth + 1, _DEEPEST)
            if item and not isinstance(item[0], Paragraph | Heading | Image):
                ink.write("\n")
            self._blocks(ink, item, "\n", depth=depth + 1, quoted=quoted)
            ink.margin = margin

    def _quote(self, ink: _Ink, blocks: Blocks, *, depth: int, quoted: bool) -> None:
        if quoted:
            self.lost["nested-quote"] += 1
        start = ink.at
        self._blocks(ink, blocks, "\n", depth=depth, quoted=True)
        if not quoted:
            ink.mark(start, ink.at, "blockquote")

    def _table(self, ink: _Ink, header: Sequence[Spans], rows: Sequence[Sequence[Spans]]) -> None:
        self.lost["table"] += 1
        if header:
            self._bold(ink, row_spans(header))
        for number, row in enumerate(rows):
            if header or number:
                ink.write("\n")
            ink.runs(self.settled(trimmed(runs_of(row_spans(row)))))

    # --- Messages

    def _write_title(self, ink: _Ink, *, first: bool) -> None:
        if not self._title:
            return
        title = self._title if first else shorten(self._title, SHORT_TITLE)
        ink.runs([Run(title, BOLD, self._url if first else None)])

    def message(self, page: Page[_Piece]) -> Message:
        """One message of the document."""
        ink = _Ink()
        self._write_title(ink, first=page.number == 1)
        if page.of > 1:
            ink.write(f"{' ' if ink.at else ''}({page.number}/{page.of})")
        tight = False
        for galley in page.galleys:
            _append(ink, "\n" if tight and galley.is_line else _BETWEEN_BLOCKS, (galley.head,))
            begun = galley.head is not None and galley.head.text
            start = _append(ink, "\n" if begun else _BETWEEN_BLOCKS, galley.blocks)
            if galley.passage.folded:
                ink.mark(start, ink.at, "expandable_blockquote")
            tight = galley.is_line
        return self._parameters(ink, page)

    def _parameters(self, ink: _Ink, page: Page[_Piece]) -> Message:
        ink.entities.sort(key=lambda entity: (entity.offset, -entity.length, _RANK[entity.kind]))
        message: dict[str, Any] = {"text": "".join(ink.parts) or NOTHING}
        if ink.entities:
            message["entities"] = [_as_json(entity) for entity in ink.entities]
        message["link_preview_options"] = self._preview if page.number == 1 else {"is_disabled": True}
        buttons = [button for galley in page.galleys if (button := self._button(galley.passage))]
        if buttons:
            message["reply_markup"] = {"inline_keyboard": _keyboard(buttons)}
        return message


def _append(ink: _Ink, separator: str, pieces: Sequence[_Piece | None]) -> int:
    """Write the pieces behind what stands already; where the first of them begins."""
    begins = None
    for piece in pieces:
        if piece is None or not piece.text:
            continue
        if ink.at:
            ink.write(separator)
        elif piece.text[0].isspace():
            ink.write(_LEADING)
        begins = ink.at if begins is None else begins
        at = ink.at
        ink.entities += [_Entity(at + offset, length, kind, value) for offset, length, kind, value in piece.entities]
        ink.write(piece.text)
        separator = piece.gap
    return ink.at if begins is None else begins


def _write_code(ink: _Ink, text: str, language: str) -> None:
    margin, ink.margin = ink.margin, ""
    start = ink.at
    ink.write(clean(text).expandtabs(len(_INDENT)).strip("\n").rstrip())
    ink.mark(start, ink.at, "pre", one_line(language))
    ink.margin = margin


def _preview(document: Document) -> dict[str, Any]:
    """The link preview of the first part."""
    if document.picture and _is_linkable(document.picture):
        return {"url": document.picture, "prefer_large_media": True, "show_above_text": True}
    stories = [passage for passage in document.passages if passage.url]
    if len(stories) == 1 and stories[0].url and _is_linkable(stories[0].url):
        return {"url": stories[0].url, "prefer_small_media": True}
    return {"is_disabled": True}


def _as_json(entity: _Entity) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": entity.kind, "offset": entity.offset, "length": entity.length}
    if entity.value:
        plain["url" if entity.kind == "text_link" else "language"] = entity.value
    return plain
