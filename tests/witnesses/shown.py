"""What a reader sees: each character with its forms, read from HTML, or from rich text without the dialects' help."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from html.parser import HTMLParser
from itertools import groupby
from typing import Final, NamedTuple, assert_never
from urllib.parse import unquote

from digest.compose import Document, Passage
from digest.richtext import (
    Block,
    Bold,
    Break,
    Code,
    CodeBlock,
    Heading,
    Image,
    Italic,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Spans,
    Strike,
    Table,
    Text,
    plain,
)

_FORMS: Final = {"strong": "bold", "em": "italic", "del": "strike", "s": "strike", "code": "code", "pre": "block"}
_PLACES: Final = {"blockquote": "quote", "li": "item", "h1": "heading1", "h2": "heading2", "h3": "heading3"}
_HEADINGS: Final = {f"dc-heading dc-heading-{level}": f"heading{level}" for level in (1, 2, 3)}


class Seen(NamedTuple):
    """A character, how it is written, where it leads, and what it stands in."""

    char: str
    forms: frozenset[str]
    url: str = ""
    places: tuple[str, ...] = ()


_BRACKETS: Final = str.maketrans("［］", "[]")
"""A full-width bracket may stand for one that would end a link's text."""


def is_seen(char: str) -> bool:
    """Whether a character leaves ink: no white space, nothing that only controls."""
    return not char.isspace() and unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zs"}


class _Reader(HTMLParser):
    """Reads every character of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[Seen] = []
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "br":
            return
        if tag == "a":
            self._open.append((tag, f"url:{unquote(values.get('href') or '')}"))
        else:
            kind = _HEADINGS.get(values.get("class") or "") or _FORMS.get(tag) or _PLACES.get(tag) or ""
            self._open.append((tag, kind))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag

    def handle_data(self, data: str) -> None:
        kinds = [kind for _, kind in self._open if kind]
        forms = frozenset(kind for kind in kinds if kind in _FORMS.values())
        if "block" in forms:
            forms = frozenset({"block"})
        url = next((kind[4:] for kind in kinds if kind.startswith("url:")), "")
        places = tuple(kind for kind in kinds if kind in _PLACES.values())
        self.seen += [Seen(char, forms, url, places) for char in data.translate(_BRACKETS) if is_seen(char)]


def read(html: str) -> list[Seen]:
    """Every character of the HTML that leaves ink."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.seen


# --- What Discord is to show of a document ------------------------------------------------------------------------


def meant(document: Document) -> list[Seen]:
    """Every character that an embed's description is to show of a document, less where it stands."""
    return [
        Seen(char, forms, unquote(url))
        for said, forms, url in _passages(document.passages)
        for char in said
        if is_seen(char)
    ]


_Said = tuple[str, frozenset[str], str]
_NONE: Final = frozenset[str]()
_BOLD: Final = frozenset({"bold"})


def _passages(passages: Sequence[Passage]) -> Iterator[_Said]:
    for passage in passages:
        if passage.number is not None:
            yield f"{passage.number}.", _BOLD, ""
        yield from _line(passage.title, _BOLD, passage.url or "")
        for block in passage.body:
            yield from _block(block, held=False)


def _line(spans: Spans, forms: frozenset[str], url: str) -> Iterator[_Said]:
    for (same, target), group in groupby(_pieces(spans, forms, url), key=lambda piece: piece[1:]):
        said = "".join(piece[0] for piece in group)
        yield said, _code_forms(said, same) if "code" in same else same, target


def _pieces(spans: Spans, forms: frozenset[str], url: str) -> Iterator[_Said]:
    for span in spans:
        match span:
            case Text(said) if said:
                yield said, forms, url
            case Code(said) if said:
                yield said, forms | {"code"}, url
            case Bold(inner):
                yield from _pieces(inner, forms | {"bold"}, url)
            case Italic(inner):
                yield from _pieces(inner, forms | {"italic"}, url)
            case Strike(inner):
                yield from _pieces(inner, forms | {"strike"}, url)
            case Link(inner, target):
                yield from _link(inner, forms, url or target)
            case Break():
                yield "\n", forms, url
            case Text() | Code():
                pass
            case _:
                assert_never(span)


def _link(spans: Spans, forms: frozenset[str], url: str) -> Iterator[_Said]:
    if not url.startswith("http"):
        yield from _pieces(spans, forms, "")
    elif unquote(plain(spans)) == unquote(url):
        yield url, _NONE, url
    else:
        yield from _pieces(spans, forms, url)


def _code_forms(code: str, forms: frozenset[str]) -> frozenset[str]:
    """What is left of the forms of code: Discord seeks a mark's end in it, and knows fences of 1 or 2 backticks."""
    if re.search("[*_~]", code):
        forms = frozenset({"code"})
    return forms - {"code"} if {1, 2} <= {len(ticks) for ticks in re.findall("`+", code)} else forms


def _block(block: Block, *, held: bool) -> Iterator[_Said]:  # noqa: PLR0911 - one for each block
    match block:
        case Paragraph(spans):
            return _line(spans, _NONE, "")
        case Heading(spans, level):
            return _line(spans, _BOLD if held or level > 3 else _NONE, "")
        case List(items):
            return _held(inner for item in items for inner in item)
        case Quote(blocks):
            return _held(blocks)
        case CodeBlock(said):
            return iter([(said, frozenset({"block"}), "")])
        case Table(header, rows):
            return _rows([(header, _BOLD), *[(row, _NONE) for row in rows]])
        case Rule():
            return iter([("———", _NONE, "")])
        case Image(url, alt):
            return iter([(alt, _NONE, url)])
        case _:
            assert_never(block)


def _held(blocks: Iterable[Block]) -> Iterator[_Said]:
    for block in blocks:
        yield from _block(block, held=True)


def _rows(rows: Sequence[tuple[Sequence[Spans], frozenset[str]]]) -> Iterator[_Said]:
    for cells, forms in rows:
        for place, cell in enumerate(cells):
            if place:
                yield "|", forms, ""
            yield from _line(cell, forms, "")
