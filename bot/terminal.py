"""Shows things in a terminal: drawn messages as text, and lines that no odd name can break."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final

import regex

_BLOCKS: Final = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figure",
        "footer",
        "header",
        "hr",
    }
    | {
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tr",
        "ul",
    }
)
_STYLES: Final = {
    "b": "bold",
    "strong": "bold",
    "h1": "bold",
    "h2": "bold",
    "h3": "bold",
    "h4": "bold",
    "i": "italic",
    "em": "italic",
    "s": "strike",
    "del": "strike",
    "a": "underline",
    "code": "cyan",
    "pre": "cyan",
}
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

Segment = tuple[str, str]
"""Text, and its styles as words between spaces."""


class _Drawing(HTMLParser):
    """Takes drawn HTML down as segments: blocks begin lines, quotes and lists are set in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.segments: list[Segment] = []
        self._styles: list[str] = []
        self._indent = 0
        self._numbers: list[int | None] = []
        self._fresh = True
        self._literal = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._line()
        if tag in {"blockquote", "ul", "ol"}:
            self._indent += 1
        if tag in {"ul", "ol"}:
            self._numbers.append(int(dict(attrs).get("start") or 1) if tag == "ol" else None)
        if tag == "pre":
            self._literal += 1
        if tag == "br":
            self._line(always=True)
        if tag == "li":
            self._write(self._mark())
        if tag == "img":
            self._write(f"[{dict(attrs).get('alt') or '…'}]")
        if tag in _STYLES:
            self._styles.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _STYLES and tag in self._styles:
            self._styles.reverse()
            self._styles.remove(tag)
            self._styles.reverse()
        if tag in {"blockquote", "ul", "ol"}:
            self._indent = max(0, self._indent - 1)
        if tag in {"ul", "ol"}:
            self._numbers = self._numbers[:-1]
        if tag == "pre":
            self._literal = max(0, self._literal - 1)
        if tag in {"td", "th"}:
            self._write("  ")
        if tag in _BLOCKS:
            self._line()

    def _mark(self) -> str:
        """What stands before an item of the innermost list."""
        number = self._numbers[-1] if self._numbers else None
        if number is None:
            return "• "
        self._numbers[-1] = number + 1
        return f"{number}. "

    def handle_data(self, data: str) -> None:
        if not self._literal:
            data = re.sub(r"[ \t\r\f]+", " ", data)
        for number, line in enumerate(data.split("\n")):
            if number:
                self._line(always=True)
            if line.strip() or (line and not self._fresh):
                self._write(line)

    def _write(self, text: str) -> None:
        if self._fresh:
            self.segments.append(("  " * self._indent, ""))
            self._fresh = False
        style = " ".join(dict.fromkeys(_STYLES[tag] for tag in self._styles))
        self.segments.append((_CONTROL.sub("", text), style))

    def _line(self, *, always: bool = False) -> None:
        if not self._fresh or always:
            self.segments.append(("\n", ""))
            self._fresh = True


def segments(html: str) -> list[Segment]:
    """What drawn HTML says, styled; runs of empty lines are one."""
    drawing = _Drawing()
    drawing.feed(html)
    drawing.close()
    return list(_without_gaps(drawing.segments))


def _without_gaps(found: list[Segment]) -> Iterator[Segment]:
    breaks = 2
    for text, style in found:
        breaks = breaks + 1 if text == "\n" else 0
        if breaks <= 2:  # noqa: PLR2004 - the end of a line, and one empty line
            yield text, style


def shown(text: str) -> str:
    """A name or a line of somebody's, safe to print: no control characters, no lone surrogates."""
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text))


_PICTURES: Final = {code: 0x2400 + code for code in range(0x20)} | {0x09: 0x20, 0x7F: 0x2421}


def visible(text: str) -> str:
    """The same on one line, with a picture in place of each control character (␛, ␀): as many characters as before."""
    return shown(text.translate(_PICTURES))


def cells(text: str) -> int:
    """The columns that a text takes in a terminal: two for each wide character."""
    from rich.cells import cell_len

    return cell_len(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What fits of a line, and the columns `before` what is meant of it, and those that are `marked`."""

    text: str
    before: int = 0
    marked: int = 0


_CUT: Final = "…"


def fitted(text: str, start: int = 0, end: int = 0, *, width: int) -> Window:
    """The text within so many columns, cut between graphemes and around the characters from `start` to `end`."""
    pieces = regex.findall(r"\X", text)
    first = _begin(pieces, text, start, width) if cells(text) > width else 0
    begun = len("".join(pieces[:first]))
    kept, room = [_CUT] if first else [], width - (1 if first else 0)
    for place, piece in enumerate(pieces[first:], first):
        last = place == len(pieces) - 1
        if cells(piece) > room - (0 if last else 1):
            kept.append(_CUT)
            break
        kept.append(piece)
        room -= cells(piece)
    told = "".join(kept)
    lead = (_CUT if first else "") + text[begun : max(start, begun)]
    marked = min(cells(text[max(start, begun) : end]), max(0, cells(told) - cells(lead)))
    return Window(text=told, before=cells(lead), marked=max(1, marked))


def _begin(pieces: list[str], text: str, start: int, width: int) -> int:
    """The grapheme to begin with, so that what is meant stands in the first half, and no more is cut than needed."""
    if cells(text[:start]) <= width // 2:
        return 0
    at = length = room = 0
    while at < len(pieces) - 1 and length + len(pieces[at]) <= start:
        length += len(pieces[at])
        at += 1
    while at and room + cells(pieces[at - 1]) <= width // 2:
        at -= 1
        room += cells(pieces[at])
    return at


def json_line(value: Any) -> str:
    """A value as one line of JSON in UTF-8. A lone surrogate (a byte of a file's name) stays, as its escape."""
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
