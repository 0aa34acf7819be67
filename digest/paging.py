"""From a document to pages: where each message of it ends.

Cutting is the same for every platform; measuring is not. A dialect spells the pieces and says their sizes in its
own units, paging adds them up, and asks for smaller pieces only where one is too large for a page. So every block
is spelled once, and time grows with the length of the document alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import le, sub
from typing import Final, Generic, Protocol, TypeVar, assert_never

from digest.compose import Document, Passage
from digest.cutting import Run, Runs, grains, image_line, row_spans, runs_of, shorten, spans_of
from digest.richtext import (
    Block,
    Blocks,
    Bold,
    CodeBlock,
    Heading,
    Image,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Spans,
    Table,
    Text,
    plain,
)

Size = tuple[int, ...]
"""What a piece needs of a page, in the units of its dialect. Pieces together never need more than their sizes' sum."""


class Piece(Protocol):
    """A head or a block, spelled."""

    @property
    def size(self) -> Size:
        """What it needs of a page, with what separates it from the piece before."""


PieceT = TypeVar("PieceT", bound=Piece)
SpelledT_co = TypeVar("SpelledT_co", bound=Piece, covariant=True)


class Speller(Protocol[SpelledT_co]):
    """What paging needs of a dialect. A piece is None where nothing is to be seen."""

    def head(self, passage: Passage) -> SpelledT_co | None:
        """The passage's number, title and link, and what its fold needs."""

    def block(self, block: Block, passage: Passage) -> SpelledT_co | None:
        """A block of the passage's body."""

    def settled(self, runs: Runs) -> Runs:
        """The runs with what this dialect cannot link put into words, so that they may be cut anywhere."""

    def room(self, *, first: bool, only: bool) -> Size:
        """What a page has for pieces: the first or a later one; the only one needs no count of parts."""


@dataclass(frozen=True, slots=True)
class Galley(Generic[PieceT]):
    """A passage, or what stands of it on one page, in pieces."""

    passage: Passage
    head: PieceT | None
    blocks: tuple[PieceT | None, ...]

    @property
    def pieces(self) -> Iterator[PieceT]:
        """The pieces with something to be seen, in order."""
        return (piece for piece in (self.head, *self.blocks) if piece is not None)

    @property
    def is_line(self) -> bool:
        """Whether it is a story's title alone, which may stand close to others of its kind."""
        is_story = self.passage.number is not None or self.passage.url is not None
        return is_story and not any(self.blocks)

    @property
    def leads(self) -> bool:
        """Whether it only announces what follows it."""
        body = self.passage.body
        return isinstance(body[-1], Heading) if body else self.passage.number is None and self.passage.url is None


@dataclass(frozen=True, slots=True)
class Page(Generic[PieceT]):
    """One message's worth: part `number` of `of`."""

    number: int
    of: int
    galleys: tuple[Galley[PieceT], ...]


SHORT_TITLE: Final = 80
"""Code points of a title where it is repeated, or where the whole of it has to stand in the body."""


def typeset(passages: Sequence[Passage], speller: Speller[PieceT]) -> list[Galley[PieceT]]:
    """Every passage in pieces, each block whole."""
    return [
        Galley(passage, speller.head(passage), tuple([speller.block(block, passage) for block in passage.body]))
        for passage in passages
    ]


def paginate(galleys: Sequence[Galley[PieceT]], speller: Speller[PieceT]) -> tuple[Page[PieceT], ...]:
    """The galleys on pages, none over the speller's room; at least one page.

    A page breaks between passages first, then between blocks, then within a block (list items, table rows, code
    lines, the blocks of a quote), then between sentences, words and grapheme clusters.
    """
    whole = speller.room(first=True, only=True)
    if _within(_total([piece for galley in galleys for piece in galley.pieces], whole), whole):
        return (Page(1, 1, tuple(galleys)),)
    press = _Press(speller)
    for place, galley in enumerate(galleys, start=1):
        press.add(galley, galleys[place] if galley.leads and place < len(galleys) else None)
    return press.finished()


def with_short_title(document: Document) -> Document:
    """The document with a title that fits a line; the whole title then stands first in the text."""
    title = Text(document.title)
    whole = Bold((Link((title,), document.url),) if document.url else (title,))
    passages = (Passage(body=(Paragraph((whole,)),)), *document.passages)
    return replace(document, title=shorten(document.title, SHORT_TITLE), url=None, passages=passages)


def with_address_below(document: Document) -> Document:
    """The document with its own address in the text, for a title that cannot link to it."""
    if document.url is None:
        return document
    passages = (Passage(body=(Paragraph((Link((), document.url),)),)), *document.passages)
    return replace(document, url=None, passages=passages)


def _within(size: Size, room: Size) -> bool:
    return all(map(le, size, room))


def _less(room: Size, size: Size) -> Size:
    return tuple(map(sub, room, size))


def _total(pieces: Sequence[Piece], room: Size) -> Size:
    """The sizes of the pieces, added up; nothing at all has no size in any unit of the room."""
    return tuple(map(sum, zip(*[piece.size for piece in pieces], strict=True))) if pieces else (0,) * len(room)


class _Press(Generic[PieceT]):
    """Fills page after page."""

    def __init__(self, speller: Speller[PieceT]) -> None:
        self.speller = speller
        self.later = speller.room(first=False, only=False)
        self.left = speller.room(first=True, only=False)
        self._sheet: list[Galley[PieceT]] = []
        self._pages: list[tuple[Galley[PieceT], ...]] = []

    def add(self, galley: Galley[PieceT], following: Galley[PieceT] | None) -> None:
        """Put the galley behind what stands already, if possible on one page with the one that follows."""
        alone = _total([*galley.pieces], self.left)
        both = _total([*galley.pieces, *following.pieces], self.left) if following else alone
        for size in (both, alone):
            if _within(size, self.left) or _within(size, self.later):
                if not _within(size, self.left):
                    self.turn()
                self.place(galley)
                self.left = _less(self.left, alone)
                return
        _Pour(self, galley).pour()

    def place(self, galley: Galley[PieceT]) -> None:
        """Put the galley on the page; its room is taken by whoever knows it."""
        self._sheet.append(galley)

    def turn(self) -> None:
        """Begin a page."""
        if self._sheet:
            self._pages.append(tuple(self._sheet))
        self._sheet = []
        self.left = self.later

    def finished(self) -> tuple[Page[PieceT], ...]:
        """All pages."""
        self.turn()
        return tuple([Page(number, len(self._pages), sheet) for number, sheet in enumerate(self._pages, start=1)])


def _with_short_head(passage: Passage, head: Piece | None, page: Size) -> Passage:
    """The passage; with a title that takes more than a quarter of a page, the whole title stands in its body."""
    if head is None or _within(head.size, tuple([room // 4 for room in page])):
        return passage
    whole = Bold((Link(passage.title, passage.url),) if passage.url else passage.title)
    return replace(passage, title=_short(passage), url=None, body=(Paragraph((whole,)), *passage.body))


def _short(passage: Passage) -> Spans:
    line = " ".join(plain(passage.title).split())
    return (Text(shorten(line, SHORT_TITLE)),) if line else ()


Wrap = Callable[[Block, bool], Block]
"""Puts a piece of a block back into the blocks that held it; told whether it is the first piece."""

_FIRST: Final = True
"""What a Wrap is told of a block's first piece."""

_SURELY_FITS: Final = 64
"""Code points of one form that fit every page: the dialects' rooms are thousands of units."""


class _Pour(Generic[PieceT]):
    """Spreads a galley that is too large for a page over several: block by block, each cut where it must be."""

    def __init__(self, press: _Press[PieceT], galley: Galley[PieceT]) -> None:
        self._press = press
        self._speller = press.speller
        self._passage = _with_short_head(galley.passage, galley.head, press.later)
        self._head = self._speller.head(self._passage)
        self._rest = self._speller.head(replace(self._passage, title=_short(self._passage), url=None, continued=True))
        rooms = [_less(press.later, head.size) for head in (self._head, self._rest) if head is not None]
        self._fresh = tuple(map(min, press.later, *rooms)) if rooms else press.later
        self._pieces: list[PieceT] = []
        self._guess = 8

    def pour(self) -> None:
        """Place all of it. A page that is more than half full is left to what stands on it."""
        press = self._press
        if not _within(tuple([room // 2 for room in press.later]), press.left):
            press.turn()
        self._open()
        for block in self._passage.body:
            self._put(block, lambda piece, _: piece)
        self._close()

    def _open(self) -> None:
        if self._head is not None:
            self._press.left = _less(self._press.left, self._head.size)

    def _close(self) -> None:
        if self._pieces or self._head is not None:
            self._press.place(Galley(self._passage, self._head, tuple(self._pieces)))

    def _carry(self) -> None:
        """Go on on the next page; a head under which nothing stands yet goes along as it is."""
        if self._pieces:
            self._close()
            self._pieces = []
            self._head = self._rest
            self._passage = replace(self._passage, continued=True)
        self._press.turn()
        self._open()

    def _spelled(self, block: Block) -> PieceT | None:
        return self._speller.block(block, self._passage)

    def _append(self, piece: PieceT) -> None:
        self._pieces.append(piece)
        self._press.left = _less(self._press.left, piece.size)

    def _put(self, block: Block, wrap: Wrap) -> None:
        piece = self._spelled(wrap(block, _FIRST))
        if piece is None:
            return
        if _within(piece.size, self._press.left):
            self._append(piece)
        elif _within(piece.size, self._fresh):
            self._carry()
            self._append(piece)
        else:
            self._break_up(block, wrap)

    def _break_up(self, block: Block, wrap: Wrap) -> None:
        match block:
            case Paragraph(spans):
                self._break_line(spans, Paragraph, wrap)
            case Heading(spans, level):
                self._break_line(spans, lambda cut: Heading(cut, level), wrap)
            case List(items, start):
                self._break_list(items, start, wrap)
            case Quote(blocks):
                self._break_quote(blocks, wrap)
            case CodeBlock(text, language):
                self._break_code(text, language, wrap)
            case Table(header, rows):
                self._break_table(header, rows, wrap)
            case Image():
                self._put(image_line(block), wrap)
            case Rule():
                pass
            case _:
                assert_never(block)

    def _break_line(self, spans: Spans, rebuilt: Callable[[Spans], Block], wrap: Wrap) -> None:
        def fits(runs: Runs) -> bool:
            if len(runs) == 1 and len(runs[0].text) <= _SURELY_FITS:
                return True
            piece = self._spelled(wrap(rebuilt(spans_of(runs)), _FIRST))
            return piece is None or _within(piece.size, self._fresh)

        units = list(grains(self._speller.settled(runs_of(spans)), fits))

        def built(start: int, end: int) -> Block:
            return wrap(rebuilt(spans_of([run for unit in units[start:end] for run in unit])), start == 0)

        self._flow(len(units), built, lambda _: None)

    def _break_list(self, items: Sequence[Blocks], start: int | None, wrap: Wrap) -> None:
        def listed(begin: int, held: Sequence[Blocks]) -> Block:
            return List(tuple(held), None if start is None else start + begin)

        def break_item(place: int) -> None:
            # The item's mark stands once, before its first piece.
            def marked(piece: Block, first: bool) -> Block:
                return wrap(listed(place, [(piece,)]) if first else piece, first and place == 0)

            for number, block in enumerate(items[place]):
                self._put(block, marked if number == 0 else lambda piece, _: wrap(piece, not _FIRST))

        self._flow(len(items), lambda a, b: wrap(listed(a, items[a:b]), a == 0), break_item)

    def _break_quote(self, blocks: Blocks, wrap: Wrap) -> None:
        self._flow(
            len(blocks),
            lambda start, end: wrap(Quote(blocks[start:end]), start == 0),
            lambda place: self._put(blocks[place], lambda piece, first: wrap(Quote((piece,)), first and place == 0)),
        )

    def _break_code(self, text: str, language: str, wrap: Wrap) -> None:
        lines = text.split("\n")

        def break_line(place: int) -> None:
            units = grains([Run(lines[place])], lambda runs: len(runs[0].text) <= _SURELY_FITS)
            chunks = [run.text for unit in units for run in unit]
            self._flow(
                len(chunks),
                lambda start, end: wrap(CodeBlock("".join(chunks[start:end]), language), start == place == 0),
                lambda _: None,
            )

        self._flow(
            len(lines),
            lambda start, end: wrap(CodeBlock("\n".join(lines[start:end]), language), start == 0),
            break_line,
        )

    def _break_table(self, header: tuple[Spans, ...], rows: tuple[tuple[Spans, ...], ...], wrap: Wrap) -> None:
        if header and rows:
            self._put(Table(header, ()), wrap)
        elif header:
            self._put(Paragraph((Bold(row_spans(header)),)), wrap)
        self._flow(
            len(rows),
            lambda start, end: wrap(Table((), rows[start:end]), start == 0 and not header),
            lambda place: self._put(
                Paragraph(row_spans(rows[place])), lambda piece, first: wrap(piece, first and place == 0 and not header)
            ),
        )

    def _flow(self, count: int, built: Callable[[int, int], Block], break_unit: Callable[[int], None]) -> None:
        """Place units 0 to `count`, as many at once as the page takes; one too large for any page is broken itself."""
        place = 0
        while place < count:
            place, piece = self._most(place, count, built)
            if piece is not None:
                self._append(piece)
            if place == count:
                return
            unit = self._spelled(built(place, place + 1))
            if unit is not None and _within(unit.size, self._fresh):
                self._carry()
            else:
                break_unit(place)
                place += 1

    def _most(self, start: int, count: int, built: Callable[[int, int], Block]) -> tuple[int, PieceT | None]:
        """Where the units from `start` on that the page takes end, and their piece."""
        best: PieceT | None = None
        fits, fails = start, count + 1
        guess, halve = self._guess, False
        while fits < count and fits + 1 < fails:
            end = min(max(start + guess, fits + 1), fails - 1, count)
            piece = self._spelled(built(start, end))
            if piece is None or _within(piece.size, self._press.left):
                fits, best = end, piece
            else:
                fails = end
            # From the share of the room that these units take; by halves where that comes closer too slowly.
            guess = (fits + fails) // 2 - start if halve else _share(end - start, piece, self._press.left)
            halve = not halve
        self._guess = max(1, fits - start)
        return fits, best


def _share(units: int, piece: Piece | None, room: Size) -> int:
    """How many units would fill the room, if all were like these."""
    if piece is None:
        return 2 * units
    return min([units * limit // used for used, limit in zip(piece.size, room, strict=True) if used], default=2 * units)
