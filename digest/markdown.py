"""Markdown to rich text: markdown-it's tokens become blocks of spans.

Dropped on the way: HTML comments and tags without a meaning here, links that lead nowhere (their text stays),
leftover stars, characters that are never shown. Nothing that a reader would have seen is lost.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from digest.emphasis import without_stars
from digest.lines import Findings, Line
from digest.manuscript import Manuscript, manuscript
from digest.parser import parser_for
from digest.problems import Problem
from digest.richtext import (
    Block,
    Blocks,
    Break,
    CodeBlock,
    Heading,
    Image,
    List,
    Paragraph,
    Quote,
    Rule,
    Span,
    Spans,
    Table,
    Text,
    plain,
)
from digest.writing import is_cjk, seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A block and the line it begins on; for a list also the lines of its items. Lines count from 1.

    `weight` is the number of characters in which it is written.
    """

    block: Block
    line: int
    weight: int
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A text in blocks, and what was odd about it."""

    placed: tuple[Placed, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def blocks(self) -> Blocks:
        """The blocks without their places."""
        return tuple(placed.block for placed in self.placed)


def blocks(text: str, *, base_url: str = "") -> Blocks:
    """The Markdown as rich text. Relative links are joined to `base_url`, or shown as text without it."""
    return parse(text, base_url=base_url).blocks


def parse(text: str, *, base_url: str = "", first_line: int = 1) -> Parsed:
    """The Markdown as rich text with places and problems; `first_line` is the line of the file that it begins on."""
    return parse_manuscript(manuscript(text, first_line=first_line), base_url=base_url)


def parse_manuscript(written: Manuscript, *, base_url: str = "") -> Parsed:
    """The manuscript as rich text with places and problems."""
    findings = Findings(base_url)
    builder = _Builder(findings, written.text, written.first_line)
    builder.build(parser_for(written.text).parse(written.text))
    return Parsed(placed=tuple(builder.placed), problems=(*written.problems, *findings.problems))


_MOST_LINES = 16_000
"""Lines of the text-only form. A text with more was made to cost; several of its lines become one."""


def paragraphs(text: str, *, first_line: int = 1) -> Parsed:
    """The text-only form: what stands between blank lines is a paragraph, and no markup means anything."""
    placed: list[Placed] = []
    lines: list[str] = []
    start = first_line
    for number, line in _gathered(seen(text)[0], first_line):
        if line:
            start = start if lines else number
            lines.append(without_stars(line)[0] if "**" in line else line)
        elif lines:
            placed.append(Placed(block=Paragraph(_broken(lines)), line=start, weight=sum(map(len, lines))))
            lines = []
    return Parsed(placed=tuple(placed))


def _gathered(text: str, first_line: int) -> Iterator[tuple[int, str]]:
    """The lines with their numbers, without white space at their ends; the last is blank."""
    lines = [line.strip() for line in text.split("\n")]
    together = -(-len(lines) // _MOST_LINES)
    for start in range(0, len(lines), together):
        yield start + first_line, " ".join(filter(None, lines[start : start + together]))
    yield len(lines) + first_line, ""


def _broken(lines: list[str]) -> Spans:
    spans: list[Span] = [Text(lines[0])]
    for line in lines[1:]:
        spans += (Break(), Text(line))
    return tuple(spans)


_HIDDEN_HTML = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|svg|iframe|noscript|object|head)\b.*?(?:</\1\s*>|\Z)"
    r"|<!\[CDATA\[.*?(?:\]\]>|\Z)|<[?!][^>]*>",
    re.DOTALL | re.IGNORECASE,
)
_BLOCK_TAG = re.compile(
    r"<(/?(?:address|article|aside|blockquote|body|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form"
    r"|h[1-6]|header|hr|html|li|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul))\b[^<>]*>",
    re.IGNORECASE,
)
_PROSE = re.compile(r"\]\(|\*\*|https?://")
_LONGEST_UNDERLINED = 80
"""Characters. A longer «heading» over a `---` is a paragraph whose author forgot the blank line before the rule."""


@dataclass(slots=True)
class _Open:
    """A block that was opened: the token that opened it, and what stands in it."""

    token: Token
    blocks: list[Block] = field(default_factory=list)
    items: list[Blocks] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    cells: list[Spans] = field(default_factory=list)
    rows: list[tuple[Spans, ...]] = field(default_factory=list)


class _Builder:
    """Builds blocks out of the parser's tokens; finds places and problems on the way."""

    def __init__(self, findings: Findings, text: str, first_line: int) -> None:
        self._findings = findings
        self._offsets = [0, *itertools.accumulate(len(line) + 1 for line in text.split("\n"))]
        self._first_line = first_line
        self._open: list[_Open] = []
        self._start = first_line
        self._weight = 0
        self.placed: list[Placed] = []

    def build(self, tokens: list[Token]) -> None:
        for token in tokens:
            if token.map and not self._open:
                begin, end = token.map
                self._start = begin + self._first_line
                self._weight = self._offsets[min(end, len(self._offsets) - 1)] - self._offsets[begin]
            if token.nesting > 0:
                self._open.append(_Open(token))
            elif token.nesting < 0:
                self._finish(self._open.pop())
            else:
                self._leaf(token)

    def _add(self, block: Block, items: tuple[int, ...] = ()) -> None:
        for opened in reversed(self._open):
            if opened.token.type in {"list_item_open", "blockquote_open"}:
                opened.blocks.append(block)
                return
        self.placed.append(Placed(block=block, line=self._start, weight=self._weight, items=items))
        self._weight = 0  # of several blocks that were written as one, the first has it all

    def _line_of(self, token: Token) -> int:
        return (token.map[0] if token.map else 0) + self._first_line

    def _finish(self, opened: _Open) -> None:
        match opened.token.type:
            case "list_item_open":
                self._open[-1].items.append(tuple(opened.blocks))
                self._open[-1].lines.append(self._line_of(opened.token))
            case "bullet_list_open":
                self._add(List(tuple(opened.items)), tuple(opened.lines))
            case "ordered_list_open":
                start = int(opened.token.attrs.get("start", 1))
                self._add(List(tuple(opened.items), start), tuple(opened.lines))
            case "blockquote_open":
                self._add(Quote(tuple(opened.blocks)))
            case "tr_open":
                table = next(outer for outer in reversed(self._open) if outer.token.type == "table_open")
                table.rows.append(tuple(opened.cells))
            case "table_open":
                self._add(Table(opened.rows[0], tuple(opened.rows[1:])))

    def _leaf(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._inline(token)
            case "fence":
                self._add(CodeBlock(token.content.rstrip("\n"), seen(token.info.strip())[0].split(" ")[0]))
            case "code_block":
                self._indented(token.content)
            case "hr":
                self._add(Rule())
            case "html_block":
                self._html(token)

    def _inline(self, token: Token) -> None:
        opener = self._open[-1].token
        line = Line(self._findings, token.content, self._line_of(token))
        spans = line.build(token.children or [])
        if opener.type in {"th_open", "td_open"}:
            self._open[-2].cells.append(_with_alts(spans, line.images))
        elif opener.type == "heading_open":
            self._heading(opener, _with_alts(spans, line.images), token.content)
        else:
            self._paragraph(spans, line.images)

    def _paragraph(self, spans: Spans, images: Sequence[Image]) -> None:
        if _says_something(spans):
            self._add(Paragraph(spans))
        for image in images:
            self._add(image)

    def _heading(self, opener: Token, spans: Spans, source: str) -> None:
        if not _says_something(spans):
            return
        underlined = opener.markup == "-"
        if underlined and ("\n" in source or len(source) > _LONGEST_UNDERLINED):
            self._add(Paragraph(spans))
            self._add(Rule())
        else:
            self._add(Heading(spans, int(opener.tag[1])))

    def _indented(self, content: str) -> None:
        """An indented block is code only if it looks like it: Chinese paragraphs are indented too."""
        if not (any(map(is_cjk, content)) or _PROSE.search(content)):
            self._add(CodeBlock(content.rstrip("\n")))
            return
        for chunk in re.split(r"\n\s*\n", content):
            self._chunk("\n".join(line.strip() for line in chunk.strip().split("\n")))

    def _html(self, token: Token) -> None:
        level = 0
        pieces = _BLOCK_TAG.split(_HIDDEN_HTML.sub("", token.content))
        for piece, tag in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
            self._chunk(" ".join(piece.split()), level)
            if tag.lower() == "hr":
                self._add(Rule())
            level = int(tag[1]) if re.fullmatch(r"[hH][1-6]", tag) else 0

    def _chunk(self, source: str, level: int = 0) -> None:
        if not source:
            return
        line = Line(self._findings, source, self._start)
        spans = line.build(parser_for(source).parseInline(source)[0].children or [])
        if level and _says_something(spans):
            self._add(Heading(_with_alts(spans, line.images), level))
        else:
            self._paragraph(spans, line.images)


def _says_something(spans: Spans) -> bool:
    """Whether there is anything to see. A line's first text never begins with a blank."""
    return bool(spans) and (isinstance(spans[0], Text) or bool(plain(spans).strip()))


def _with_alts(spans: Spans, images: Sequence[Image]) -> Spans:
    """A line that cannot hold a picture says what it shows instead."""
    return (*spans, *(Text(image.alt) for image in images if image.alt))
