"""Markdown to rich text: markdown-it's tokens become blocks of spans.

The tags of HTML make the same blocks, with Markdown within and around them. Dropped on the way: tags without a meaning
here, links that lead nowhere (their text stays), leftover stars, characters that are never shown. Nothing that a reader
would have seen is lost.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from digest.emphasis import without_stars
from digest.html import Piece, attribute, has_blocks, is_anchor, open_anchor, pieces, preformatted
from digest.lines import Findings, Line
from digest.manuscript import Manuscript, manuscript
from digest.parser import inline, parser_for
from digest.problems import Problem
from digest.richtext import (
    Block,
    Blocks,
    Bold,
    Break,
    CodeBlock,
    Heading,
    Image,
    Link,
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
    """A text in blocks, its first picture that is worth being shown above it, and what was odd about it."""

    placed: tuple[Placed, ...]
    picture: str | None = None
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
    builder.end()
    problems = (*written.problems, *findings.problems)
    return Parsed(placed=tuple(builder.placed), picture=findings.picture, problems=problems)


_MOST_LINES = 16_000
"""Lines of the text-only form. A text with more was made to cost; several of its lines become one."""


def paragraphs(text: str, *, first_line: int = 1) -> Parsed:
    """The text-only form: what stands between blank lines is a paragraph, and no markup means anything."""
    placed: list[Placed] = []
    lines: list[str] = []
    start = first_line
    for number, line in _gathered(without_stars(seen(text)[0])[0], first_line):
        if line:
            start = start if lines else number
            lines.append(line)
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


_PROSE = re.compile(r"\]\(|\*\*|https?://")
_LONGEST_UNDERLINED = 80
"""Characters. A longer «heading» over a `---` is a paragraph whose author forgot the blank line before the rule."""


_MARKDOWN = re.compile(r"^[ \t]*(?:[-*+]|\d{1,3}[.)]|#{1,6}|>)[ \t]+\S|^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
"""Blocks that an author wrote right below a tag, where Markdown does not look for them."""

_DEEPEST_HTML = 40
"""Blocks of HTML within each other; what stands deeper is shown without its frame."""


@dataclass(slots=True)
class _Open:
    """A block that was opened, by a token or by a tag of HTML, and what stands in it.

    `line` and `at` are where a tag stands; `mixed` counts the blocks that stand in it before the first of Markdown;
    `heads` says that it begins with a table's header.
    """

    token: Token
    tag: str = ""
    line: int = 0
    at: int = 0
    mixed: int | None = None
    heads: bool = False
    blocks: list[Block] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    items: list[Blocks] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    cells: list[Spans] = field(default_factory=list)
    rows: list[tuple[Spans, ...]] = field(default_factory=list)


_HOLDS = frozenset({"list_item_open", "blockquote_open", "li", "blockquote", "td"})
"""What blocks stand in."""


class _Builder:
    """Builds blocks out of the parser's tokens; finds places and problems on the way."""

    def __init__(self, findings: Findings, text: str, first_line: int) -> None:
        self._findings = findings
        self._offsets = [0, *itertools.accumulate(len(line) + 1 for line in text.split("\n"))]
        self._first_line = first_line
        self._open: list[_Open] = []
        self._framed = 0
        self._marked_up = False
        self._tag: Piece | None = None
        self._start = first_line
        self._weight = 0
        self._at = 0
        self.placed: list[Placed] = []

    def build(self, tokens: list[Token]) -> None:
        for token in tokens:
            if self._framed and token.nesting >= 0 and token.type not in {"html_block", "code_block"}:
                self._close_tags_before_markdown()
            if token.map and len(self._open) == self._framed:
                begin, end = token.map
                self._start = begin + self._first_line
                self._at = self._offsets[begin]
                self._weight = self._offsets[min(end, len(self._offsets) - 1)] - self._at
            if token.nesting > 0:
                self._open.append(_Open(token))
            elif token.nesting < 0:
                if self._framed:
                    self._close_tags_within()
                self._finish(self._open.pop())
            else:
                self._leaf(token)

    def end(self) -> None:
        """Close what its author left open. The Markdown behind such a tag is no part of it: that cannot be meant."""
        self._at = self._offsets[-1]
        loose: list[Placed] = []
        while self._open:
            opened = self._open[-1]
            if opened.mixed is not None:
                loose[:0] = opened.placed[opened.mixed :]
                del opened.blocks[opened.mixed :]
            self._close_tag()
        for placed in loose:
            self._put(placed)

    def _add(self, block: Block, items: tuple[int, ...] = ()) -> None:
        self._put(Placed(block=block, line=self._start, weight=self._weight, items=items))

    def _put(self, placed: Placed) -> None:
        for opened in reversed(self._open):
            if (opened.tag or opened.token.type) in _HOLDS:
                if opened.tag:
                    opened.placed.append(placed)
                    if self._tag is None and opened.mixed is None:
                        opened.mixed = len(opened.blocks)
                opened.blocks.append(placed.block)
                return
        self.placed.append(placed)
        self._weight = 0  # of several blocks that were written as one, the first has it all

    def _close_tags_before_markdown(self) -> None:
        """Lists and tables hold no Markdown but in their items and cells: what stands behind those is behind them."""
        while self._open and self._open[-1].tag and self._open[-1].tag not in _HOLDS:
            self._close_tag()

    def _line_of(self, token: Token) -> int:
        return (token.map[0] if token.map else 0) + self._first_line

    def _finish(self, opened: _Open) -> None:
        match opened.token.type:
            case "list_item_open":
                if opened.blocks or self._open[-1].token.type == "ordered_list_open":
                    self._open[-1].items.append(tuple(opened.blocks))
                    self._open[-1].lines.append(self._line_of(opened.token))
            case "bullet_list_open" if not opened.items:
                pass
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
                self._table(opened.rows[0], opened.rows[1:])

    def _table(self, header: tuple[Spans, ...], rows: Sequence[tuple[Spans, ...]]) -> None:
        """A table; without a word in its header it has none, and rows without a word go."""
        told = tuple(row for row in rows if any(map(_says_something, row)))
        titled = header if any(map(_says_something, header)) else ()
        if titled or told:
            self._add(Table(titled, told))

    def _leaf(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._inline(token)
            case "fence":
                self._add(CodeBlock(token.content.rstrip("\n"), seen(token.info.strip())[0].split(" ")[0]))
            case "code_block":
                self._indented(token)
            case "hr":
                self._add(Rule())
            case "html_block":
                self._marked_up = True
                self._html(token.content, self._line_of(token))

    def _inline(self, token: Token) -> None:
        opener = self._open[-1].token
        if token.content[:1] in {"|", "<"} and opener.type == "paragraph_open" and self._disguised(token):
            return
        line = Line(self._findings, token.content, self._line_of(token))
        spans = line.build(token.children or [])
        if opener.type in {"th_open", "td_open"}:
            self._open[-2].cells.append(_with_alts(spans, line.images))
        elif opener.type == "heading_open":
            self._heading(opener, _with_alts(spans, line.images), token.content)
        else:
            self._paragraph(spans, line.images)

    def _disguised(self, token: Token) -> bool:
        """Whether the paragraph is something else, which then is added."""
        if token.content[0] == "|":
            return self._piped(token)
        if not has_blocks(token.content):
            return False
        self._html(token.content, self._line_of(token))
        return True

    def _piped(self, token: Token) -> bool:
        """Whether the paragraph is a table whose header or whose columns its author did not write right."""
        written = token.content.split("\n")
        ruled = [number for number, line in enumerate(written[:2]) if _DELIMITERS.fullmatch(line)]
        if not ruled or not all(line.lstrip().startswith("|") for line in written):
            return False
        rows = [self._row(line, number) for number, line in enumerate(written, self._line_of(token))]
        self._table(rows[0] if ruled[0] else (), rows[ruled[0] + 1 :])
        return True

    def _row(self, written: str, number: int) -> tuple[Spans, ...]:
        cells = _PIPE.split(written.strip().removeprefix("|").removesuffix("|"))
        return tuple(_with_alts(*self._spans(cell.strip(), number)) for cell in cells)

    def _spans(self, source: str, number: int) -> tuple[Spans, Sequence[Image]]:
        line = Line(self._findings, source, number)
        return line.build(inline(source)), line.images

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

    def _indented(self, token: Token) -> None:
        """An indented block is code only if it looks like it: Chinese paragraphs are indented too, and HTML is."""
        content = token.content
        if self._marked_up and _MARKUP.match(content):
            self._html(content, self._line_of(token))
            return
        if not (any(map(is_cjk, content)) or _PROSE.search(content)):
            self._add(CodeBlock(content.rstrip("\n")))
            return
        for chunk in re.split(r"\n\s*\n", content):
            self._chunk("\n".join(line.strip() for line in chunk.strip().split("\n")))

    # --- HTML ----------------------------------------------------------------------------------------------------

    def _html(self, content: str, line: int) -> None:
        """Blocks of what a browser would show. Tags stay open behind it: Markdown may stand between them."""
        own = self._framed == len(self._open)
        at, anchor, outer = self._at, "", self._tag
        for piece in pieces(content):
            text = piece.text.strip()
            self._tag = piece if outer is None else outer
            if own:
                self._start = line + piece.text[: len(piece.text) - len(piece.text.lstrip())].count("\n")
                self._at, self._weight = at + piece.at, len(piece.text)
            if text:
                unclosed = open_anchor(anchor + text)
                if not is_anchor(text):
                    self._words(f"{anchor}{text}{'</a>' if unclosed else ''}", self._start if own else line)
                anchor = unclosed
            self._at += len(piece.text) if own else 0
            line += piece.text.count("\n")
            if piece.tag:
                self._begin_or_end(piece, line)
            line += piece.code.count("\n") + piece.attributes.count("\n")
        while self._open and self._open[-1].tag in _FORMS:
            self._close_tag()
        self._tag = outer

    def _words(self, text: str, line: int) -> None:
        """The words between two tags: blocks of Markdown where they look like it, else a line in its form."""
        form = next((opened.tag for opened in reversed(self._open) if opened.tag in _FORMS), "") if self._framed else ""
        if not form and "\n" in text and _MARKDOWN.search(text) and self._nested(text, line):
            return
        spans, images = self._spans(" ".join(text.split()), line)
        if not form or not _says_something(spans):
            self._paragraph(spans, images)
        elif form in {"summary", "dt"}:
            self._paragraph((Bold(spans),) if not isinstance(spans[0], Bold) else spans, images)
        else:
            self._add(Heading(_with_alts(spans, images), int(form[1])))

    def _nested(self, text: str, line: int) -> bool:
        """Whether the words are blocks of Markdown, which then are added."""
        dedented = "\n".join(written.strip() for written in text.split("\n"))
        tokens = parser_for(dedented).parse(dedented)
        if len(self._open) > _DEEPEST_HTML or any(token.type == "html_block" for token in tokens):
            return False
        inner = _Builder(self._findings, dedented, line)
        inner.build(tokens)
        for placed in inner.placed:
            self._start, self._weight = placed.line, placed.weight
            self._add(placed.block, placed.items)
        return True

    def _begin_or_end(self, piece: Piece, line: int) -> None:
        tag = piece.tag
        if tag == "pre":
            code, language = preformatted(piece.code)
            if code:
                self._weight = len(piece.code)
                self._add(CodeBlock(code, language))
        elif tag == "hr":
            self._add(Rule())
        elif tag.startswith("/"):
            self._end_tag(_FRAMES.get(tag[1:], ""))
        elif tag in _FRAMES and len(self._open) <= _DEEPEST_HTML:
            self._begin_tag(_FRAMES[tag], piece, line)

    def _begin_tag(self, tag: str, piece: Piece, line: int) -> None:
        for inner in _ENDED_BY.get(tag, ()):
            self._end_tag(inner, within=_LISTS if tag == "li" else _TABLES)
        if tag in {"tr", "td"} and not self._within("table"):
            return
        if tag == "td" and not self._within("tr"):
            self._push("tr", piece, line)
        if tag == "li" and not self._within("ul", "ol"):
            self._push("ul", piece, line)
        self._push(tag, piece, line)

    def _push(self, tag: str, piece: Piece, line: int) -> None:
        token = Token(
            "html", piece.tag, 0, attrs={"start": attribute("start", piece.attributes)} if tag == "ol" else {}
        )
        self._open.append(_Open(token, tag, line, self._at))
        self._framed += 1

    def _within(self, *tags: str) -> bool:
        """Whether one of the tags is open in what is being built."""
        for opened in reversed(self._open):
            if not opened.tag:
                return False
            if opened.tag in tags:
                return True
        return False

    def _end_tag(self, tag: str, within: frozenset[str] = frozenset()) -> None:
        """Close the tag and what is open in it; only if it is open itself, and within the innermost of others."""
        for opened in reversed(self._open):
            if not opened.tag or opened.tag in within:
                return
            if opened.tag == tag:
                while self._open[-1] is not opened:
                    self._close_tag()
                self._close_tag()
                return

    def _close_tags_within(self) -> None:
        while self._open[-1].tag:
            self._close_tag()

    def _close_tag(self) -> None:
        opened = self._open.pop()
        self._framed -= 1
        if self._framed == len(self._open):
            self._start, self._weight = opened.line, max(0, self._at - opened.at)
        self._finish_tag(opened)

    def _finish_tag(self, opened: _Open) -> None:
        outer = self._open[-1] if self._open else None
        match opened.tag:
            case "li" if outer and opened.blocks:
                outer.items.append(tuple(opened.blocks))
                outer.lines.append(opened.line)
            case "ul" | "ol" if opened.items:
                start = str(opened.token.attrs.get("start", "")) or "1"
                number = int(start) if start.isdecimal() and len(start) <= _LONGEST_NUMBER else 1
                self._add(List(tuple(opened.items), number if opened.tag == "ol" else None), tuple(opened.lines))
            case "blockquote" if opened.blocks:
                self._add(Quote(tuple(opened.blocks)))
            case "td" if outer:
                outer.items.append(tuple(opened.blocks))
                outer.heads = outer.heads or opened.token.tag == "th"
            case "tr" if outer:
                outer.heads = outer.heads or (opened.heads and not outer.items)
                outer.items.extend(opened.items)
                outer.lines.append(len(opened.items))
            case "table":
                self._html_table(opened)

    def _html_table(self, opened: _Open) -> None:
        """A table of lines; one that only arranges its page is what it holds, cell by cell."""
        if max(opened.lines, default=0) <= 1 or not all(_fits_cell(cell) for cell in opened.items):
            for cell in opened.items:
                for block in cell:
                    self._add(block)
            return
        cells = iter(opened.items)
        rows = [tuple(_celled(next(cells)) for _ in range(count)) for count in opened.lines]
        self._table(rows[0] if opened.heads else (), rows[1:] if opened.heads else rows)

    def _chunk(self, source: str) -> None:
        if source:
            self._paragraph(*self._spans(source, self._start))


_MARKUP = re.compile(r"\s*</?[a-z][a-z0-9]*(?:\s[^<>]*)?>", re.IGNORECASE)
"""How an indented line begins that goes on with a page in HTML, from which a blank line cut it off."""

_LONGEST_NUMBER = 9
_FRAMES = {
    **{tag: tag for tag in ("ul", "ol", "li", "blockquote", "table", "tr", "td", "summary", "dt")},
    **{f"h{level}": f"h{level}" for level in range(1, 7)},
    "th": "td",
}
"""The tags that make something of what they hold, and what they are called here."""

_FORMS = frozenset(["summary", "dt", *(f"h{level}" for level in range(1, 7))])
"""Of them those that are a line of their own form."""

_ENDED_BY = {"li": ("li",), "td": ("td",), "tr": ("td", "tr")}
"""What a tag ends whose own end may be left out."""

_LISTS, _TABLES = frozenset({"ul", "ol", "td", "blockquote"}), frozenset({"table"})
"""As far as which it does so."""

_DELIMITERS = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-*:?\s*)*")
_PIPE = re.compile(r"(?<!\\)\|")


def _fits_cell(cell: Blocks) -> bool:
    return all(isinstance(block, Paragraph | Image) for block in cell)


def _celled(cell: Blocks) -> Spans:
    """The blocks of a cell as one line; a picture is what it shows."""
    spans: list[Span] = []
    for block in cell:
        said: Spans = ()
        if isinstance(block, Paragraph):
            said = block.spans
        elif isinstance(block, Image):
            said = (Link((Text(block.alt or block.url),), block.url),)
        spans += (Break(), *said) if spans else said
    return tuple(spans)


def _says_something(spans: Spans) -> bool:
    """Whether there is anything to see. A line's first text never begins with a blank."""
    return bool(spans) and (isinstance(spans[0], Text) or bool(plain(spans).strip()))


def _with_alts(spans: Spans, images: Sequence[Image]) -> Spans:
    """A line that cannot hold a picture says what it shows instead."""
    told = (image.link if image.target else Text(image.alt) for image in images)
    return (*spans, *(span for span in told if plain((span,)).strip()))
