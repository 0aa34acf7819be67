"""Whether a text is too tangled to be parsed as Markdown: a cheap look that finds bombs before they go off.

The bounds lie well above what the largest real posts hold, and so low that a text at the size cap which stays below
them is parsed within a second or two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MOST_LINES = 12_000
_MOST_MARKS = 40_000
_MOST_MARKS_TOGETHER = 6_000
_MARKS = "*_~`[]<&!\\|"
_ADDRESS_MARKS = 4
"""What an address in the text counts: it costs as much as a few marks."""

_DEEPEST_BRACKETS = 24
_DEEPEST_BLOCKS = 16
_INDENT = 2
"""Columns that each list within a list needs at the least."""

_BRACKET = re.compile(r"(?<!\\)[\[\]]|\n[ \t]*\n")
_NESTED = re.compile(r"^([ \t]*)((?:(?:[-*+>]|\d{1,9}[.)])[ \t]*)+)", re.MULTILINE)
_BLOCK_MARK = re.compile(r">|(?:[-*+]|\d[.)])(?=[ \t]|$)", re.MULTILINE)
"""What opens a block within another. A line of dashes, however long, is a rule and opens none."""


def tangled(text: str) -> int:
    """The line, counted from 1, from which on the text is too tangled to be parsed; 0 when it is not."""
    for found in (_too_many(text), _too_long(text), _too_deep_brackets(text), _too_deep_blocks(text)):
        if found is not None:
            return text.count("\n", 0, found) + 1
    return 0


def _marks(text: str) -> int:
    return sum(map(text.count, _MARKS)) + _ADDRESS_MARKS * text.count("://")


def _too_many(text: str) -> int | None:
    too_many = text.count("\n") > _MOST_LINES or _marks(text) > _MOST_MARKS
    return 0 if too_many else None


def _too_long(text: str) -> int | None:
    """Where a paragraph holds so many marks that pairing them would take long."""
    if _marks(text) <= _MOST_MARKS_TOGETHER:
        return None
    start = 0
    for end in [*_ends(text), len(text)]:
        if end - start > _MOST_MARKS_TOGETHER and _marks(text[start:end]) > _MOST_MARKS_TOGETHER:
            return start
        start = end
    return None


def _too_deep_brackets(text: str) -> int | None:
    if text.count("[") <= _DEEPEST_BRACKETS:
        return None
    depth = 0
    for found in _BRACKET.finditer(text):
        bracket = found[0]
        if bracket == "[":
            depth += 1
            if depth > _DEEPEST_BRACKETS:
                return found.start()
        else:
            depth = max(0, depth - 1) if bracket == "]" else 0
    return None


def _too_deep_blocks(text: str) -> int | None:
    for found in _NESTED.finditer(text):
        depth = len(found[1].expandtabs(4)) // _INDENT
        if depth + len(found[2]) > _DEEPEST_BLOCKS and depth + len(_BLOCK_MARK.findall(found[2])) > _DEEPEST_BLOCKS:
            return found.start()
    return None


# --- Where paragraphs end ----------------------------------------------------------------------------------------

_PREFIX = re.compile(r"[ \d.)*+>-]*")
_ITEM = re.compile(r" *([-*+]|\d{1,9}[.)]) {1,4}(?=[^ ])")
_RULE = re.compile(r" *([-*_])(?: *\1){2,} *")
_HEADING = re.compile(r" *#{1,6} ")
_HEADER = re.compile(r" *\|[^\\`]*\| *")
_DELIMITER = re.compile(r" *\|(?: *:?-+:? *\|)+ *")
_OPAQUE = re.compile(r"```|~~~|<(?!https?:)")
_RAW = (
    (
        re.compile(r"<(?:script|pre|style|textarea)\b", re.IGNORECASE),
        re.compile(r"</(?:script|pre|style)>", re.IGNORECASE),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(r"<![A-Za-z]"), re.compile(r">")),
)
"""HTML that blank lines do not end, and what ends it."""


@dataclass(slots=True)
class _Stretch:
    """Lines that may be one paragraph. Columns count from 0.

    `least` is the first column of the line that is indented least, `inside` that of the text of the list item which
    the first line begins (0: it begins none). A `quote` is not ended by its next line, what is `opaque` (code, HTML)
    by no line but a blank one. `columns` are those of a table's header, and `rows` says that rows follow.
    """

    least: int
    inside: int
    quote: bool
    opaque: bool
    columns: int
    rows: bool = False

    @classmethod
    def begun(cls, line: str, *, within: bool) -> _Stretch:
        """What the line begins, `within` an item or on its own, where four columns make it code."""
        indent = _indent(line)
        item = _item(line) if within or indent < _CODE else None
        prefix = _PREFIX.match(line)
        return cls(
            least=indent if within else min(indent, _CODE - 1),
            inside=item.end() if item else 0,
            quote=prefix is not None and ">" in prefix[0],
            opaque=_opaque(line),
            columns=line.count("|") if _HEADER.fullmatch(line) else 0,
        )

    def ends_before(self, line: str) -> bool:
        """Whether the line surely begins something else. In doubt it does not."""
        indent = _indent(line)
        nested = 0 < self.inside <= indent < self.inside + _CODE
        if self.opaque or not (nested or indent <= self.least):
            return False
        if item := _item(line):
            first = not item[1][0].isdigit() or int(item[1][:-1]) == 1
            return first or indent < self.inside
        if self.rows and line.lstrip(" ").startswith("|"):
            return True
        return _HEADING.match(line) is not None or (line.lstrip(" ").startswith(">") and not self.quote)

    def take(self, line: str) -> None:
        """The line belongs to it, as far as can be told."""
        indent = _indent(line)
        self.least = min(self.least, indent)
        self.inside = self.inside if indent >= self.inside else 0
        self.opaque = self.opaque or _opaque(line)
        self.rows = self.columns > 0 and line.count("|") == self.columns and _DELIMITER.fullmatch(line) is not None
        self.columns = 0


_CODE = 4
"""Columns of indentation that make code, or go on with a paragraph."""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _item(line: str) -> re.Match[str] | None:
    found = _ITEM.match(line)
    return found if found and line[found.end()].isprintable() and not _RULE.fullmatch(line) else None


def _opaque(line: str) -> bool:
    return _OPAQUE.match(_PREFIX.sub("", line, count=1)) is not None


def _raw(line: str) -> re.Pattern[str] | None:
    """What ends the HTML that the line begins, where a blank line does not and it does not end by itself."""
    rest = _PREFIX.sub("", line, count=1)
    for opening, closing in _RAW:
        if found := opening.match(rest):
            return None if closing.search(rest, found.end()) else closing
    return None


def _ends(text: str) -> Iterator[int]:
    """Where, for sure, one paragraph ends and the next begins."""
    stretch: _Stretch | None = None
    raw: re.Pattern[str] | None = None
    at = 0
    for written in text.split("\n"):
        line = written.expandtabs(4).rstrip(" ")
        if raw:
            raw = None if raw.search(line) else raw
        elif not line:
            yield at
            stretch = None
        else:
            if stretch is None:
                stretch = _Stretch.begun(line, within=False)
            elif stretch.ends_before(line):
                yield at
                stretch = _next(stretch, line)
            else:
                stretch.take(line)
            raw = _raw(line)
        at += len(written) + 1


def _next(stretch: _Stretch, line: str) -> _Stretch:
    if stretch.rows and line.lstrip(" ").startswith("|"):
        return stretch
    return _Stretch.begun(line, within=True)
