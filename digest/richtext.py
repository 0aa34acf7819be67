"""Rich text: the small neutral document that stands between Markdown and the platforms.

A text is a tuple of blocks; what a block says is a tuple of spans. Both sets are closed: a dialect spells every
one of them or states what it loses. The leaves are built positionally, because trees are read more often than
they are labelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never


@dataclass(frozen=True, slots=True)
class Text:
    """Plain characters, without line breaks."""

    text: str


@dataclass(frozen=True, slots=True)
class Bold:
    """Strong emphasis."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Italic:
    """Emphasis."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Strike:
    """Struck-through text."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Code:
    """Code within a line; its text is literal."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link; `url` is absolute and http(s) or mailto. Links do not nest."""

    spans: Spans
    url: str


@dataclass(frozen=True, slots=True)
class Break:
    """A line break within a block."""


Span = Text | Bold | Italic | Strike | Code | Link | Break
Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within the text; `level` counts from 1 to 6."""

    spans: Spans
    level: int


@dataclass(frozen=True, slots=True)
class List:
    """A list; ordered from `start` on, or with bullets where `start` is None."""

    items: tuple[Blocks, ...]
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Quoted blocks."""

    blocks: Blocks


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Literal lines; `language` may be empty."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: a header (possibly empty) and rows of cells."""

    header: tuple[Spans, ...]
    rows: tuple[tuple[Spans, ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A thematic break."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture at an absolute http(s) address; `target` is where it leads, empty for nowhere."""

    url: str
    alt: str = ""
    target: str = ""

    @property
    def link(self) -> Link:
        """The picture as a link: to where it leads, else to itself."""
        return Link((Text(self.alt.strip() or self.target or self.url),), self.target or self.url)


Block = Paragraph | Heading | List | Quote | CodeBlock | Table | Rule | Image
Blocks = tuple[Block, ...]


def plain(spans: Spans) -> str:
    """What the spans say, without their form; a break is a newline."""
    if len(spans) == 1:  # as most forms within a line have, and many lines
        only = spans[0]
        return only.text if isinstance(only, Text) else _plain_span(only)
    return "".join([span.text if isinstance(span, Text) else _plain_span(span) for span in spans])


def _plain_span(span: Span) -> str:
    match span:
        case Text(text) | Code(text):
            return text
        case Bold(spans) | Italic(spans) | Strike(spans) | Link(spans):
            return plain(spans)
        case Break():
            return "\n"
        case _:
            assert_never(span)


def plain_blocks(blocks: Blocks) -> str:
    """What the blocks say: one line a paragraph, heading, list item's block, code line or table row."""
    return "\n".join(spoken for block in blocks if (spoken := _plain_block(block)))


def _plain_block(block: Block) -> str:
    match block:
        case Paragraph(spans) | Heading(spans):
            return plain(spans)
        case List(items):
            return "\n".join(plain_blocks(item) for item in items)
        case Quote(blocks):
            return plain_blocks(blocks)
        case CodeBlock(text) | Image(_, text):
            return text
        case Table(header, rows):
            return "\n".join(" ".join(plain(cell) for cell in row) for row in (header, *rows) if row)
        case Rule():
            return ""
        case _:
            assert_never(block)


def in_a_row(parts: Iterable[Spans]) -> Spans:
    """The parts on one line, a dot between them."""
    spans: list[Span] = []
    for part in parts:
        spans += (Text(" · "), *part) if spans else part
    return tuple(spans)


def links(blocks: Blocks) -> Iterator[Link]:
    """Every link of the blocks, in reading order."""
    for spans in lines(blocks):
        yield from links_in(spans)


def links_in(spans: Spans) -> Iterator[Link]:
    """Every link of the spans, in reading order."""
    for span in spans:
        match span:
            case Link():
                yield span
            case Bold(inner) | Italic(inner) | Strike(inner):
                yield from links_in(inner)
            case Text() | Code() | Break():
                pass
            case _:
                assert_never(span)


def lines(blocks: Blocks) -> Iterator[Spans]:
    """What each paragraph, heading and cell of the blocks says, in reading order; of a picture, where it leads."""
    for block in blocks:
        match block:
            case Paragraph(spans) | Heading(spans):
                yield spans
            case List(items):
                for item in items:
                    yield from lines(item)
            case Quote(inner):
                yield from lines(inner)
            case Table(header, rows):
                for row in (header, *rows):
                    yield from row
            case Image(target=target) if target:
                yield (block.link,)
            case CodeBlock() | Rule() | Image():
                pass
            case _:
                assert_never(block)


def split_spans(spans: Spans, at: int) -> tuple[Spans, Spans]:
    """The spans before and from the character `at` of what they say; a form around the place stands on both sides."""
    before: list[Span] = []
    for index, span in enumerate(spans):
        length = len(_plain_span(span))
        if at < length:
            left, right = _split_span(span, at)
            return (*before, *left), (*right, *spans[index + 1 :])
        before.append(span)
        at -= length
    return tuple(before), ()


def _split_span(span: Span, at: int) -> tuple[Spans, Spans]:
    if at <= 0:
        return (), (span,)
    match span:
        case Text(text):
            return (Text(text[:at]),), (Text(text[at:]),)
        case Code(text):
            return (Code(text[:at]),), (Code(text[at:]),)
        case Bold(inner) | Italic(inner) | Strike(inner):
            left, right = split_spans(inner, at)
            return (type(span)(left),), (type(span)(right),)
        case Link(inner, url):
            left, right = split_spans(inner, at)
            return (Link(left, url),), (Link(right, url),)
        case Break():
            return (), (span,)
        case _:
            assert_never(span)
