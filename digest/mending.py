"""What may be mended in a post without its author: only what leaves what readers see as it is, or better.

Mended are a byte order mark, line ends other than line feeds, control characters in the text, and emphasis beside CJK
that other renderers would show as stars. Every mending is read again before it is taken: one that would change a word,
a link, a story or a heading is left to the author. Front matter, code and HTML stay as they are written.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from markdown_it import MarkdownIt

from digest import frontmatter
from digest.likeness import as_good
from digest.model import Digest, Post, Rules
from digest.parser import parser_for
from digest.problems import Code
from digest.read import read
from digest.stars import Edit, restarred
from digest.writing import seen


class Kind(StrEnum):
    """What was mended. The value is the stable name that `sudi check --fix --json` prints."""

    BYTE_ORDER_MARK = "byte-order-mark"
    LINE_ENDS = "line-ends"
    CONTROL_CHARACTERS = "control-characters"
    EMPHASIS = "emphasis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One mending: the line that it begins on (from 1), how many lines it mends, and that line before and after.

    `before` and `after` are empty where nothing of it can be seen.
    """

    kind: Kind
    line: int
    count: int = 1
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A post's bytes after mending, and what was mended; the bytes are as they were if nothing was."""

    data: bytes
    fixes: tuple[Fix, ...] = ()


Reading = Callable[[Post, Rules], Digest]

_NO_TEXT = frozenset(
    {Code.NOT_TEXT, Code.CUT_OFF, Code.TOO_LARGE, Code.UNREADABLE_FILE, Code.EMPTY, Code.KEPT_ELSEWHERE}
)
_NO_MARKDOWN = frozenset({Code.TEXT_ONLY, Code.BROKEN_FRONT_MATTER})


def mend(post: Post, rules: Rules, reading: Reading = read) -> Mended:
    """Mend what is safe; what is no text is left alone. `reading` reads, where reading is to be bounded.

    The mended post tells the same stories in the same words, has no problem that it had not before, and is as it
    should be: mending it again changes nothing.
    """
    digest = reading(post, rules)
    codes = {problem.code for problem in digest.problems}
    if codes & _NO_TEXT:
        return Mended(data=post.data)
    bench = _Bench(post, rules, digest, reading)
    bench.take_mark()
    bench.take_line_ends()
    if not codes & _NO_MARKDOWN:
        bench.edit(Kind.CONTROL_CHARACTERS, _control_characters)
        bench.edit(Kind.EMPHASIS, _emphasis)
    return Mended(data=bench.data, fixes=tuple(bench.fixes))


# --- Trying ------------------------------------------------------------------------------------------------------

_Finder = Callable[[str], list[Edit]]
"""Finds in a text what is to be mended, from left to right; no edit touches a line's end."""

_MOST_TRIES = 40
"""Where the edits cannot be made together, so many of them are tried one by one."""

_MOST_ROUNDS = 4


class _Bench:
    """A post while it is mended: a change is kept if the post still reads as it did."""

    def __init__(self, post: Post, rules: Rules, digest: Digest, reading: Reading) -> None:
        self._path = post.path
        self._rules = rules
        self._digest = digest
        self._reading = reading
        self.data = post.data
        self.fixes: list[Fix] = []

    def take_mark(self) -> None:
        """Take out the byte order mark, and those behind it that are as idle."""
        marked = self.data
        while (without := self.data.removeprefix(codecs.BOM_UTF8)) != self.data and self._keeps(without):
            self.data = without
        if self.data != marked:
            self.fixes.append(Fix(kind=Kind.BYTE_ORDER_MARK, line=1))

    def take_line_ends(self) -> None:
        """Have every line end in a line feed."""
        other, count = re.subn(rb"\r\n?", b"\n", self.data)
        if count and self._keeps(other):
            line = self.data.count(b"\n", 0, self.data.index(b"\r")) + 1
            self.fixes.append(Fix(kind=Kind.LINE_ENDS, line=line, count=count))
            self.data = other

    def edit(self, kind: Kind, finder: _Finder) -> None:
        """Make those of the edits with which the post reads as it did, until nothing is left to find."""
        before = after = self.data.decode("utf-8")
        for _ in range(_MOST_ROUNDS):
            edited = self._edited(after, finder, starred=kind is Kind.EMPHASIS)
            if edited == after:
                break
            after = edited
        self.fixes += _changes(kind, before, after)
        self.data = after.encode("utf-8")

    def _edited(self, whole: str, finder: _Finder, *, starred: bool) -> str:
        text = _text_of(whole)
        edits = finder(text)
        head = whole[: len(whole) - len(text)]
        if edits and self._better(head, text, together := _applied(text, edits), starred=starred):
            return head + together
        for edit in reversed(edits[:_MOST_TRIES]):
            alone = _applied(text, [edit])
            text = alone if self._better(head, text, alone, starred=starred) else text
        return head + text

    def _better(self, head: str, before: str, after: str, *, starred: bool) -> bool:
        if starred and _stars_elsewhere(after) >= _stars_elsewhere(before):
            return False
        return self._keeps((head + after).encode("utf-8"))

    def _keeps(self, data: bytes) -> bool:
        return as_good(self._digest, self._reading(Post(path=self._path, data=data), self._rules))


def _applied(text: str, edits: Sequence[Edit]) -> str:
    for edit in reversed(edits):
        text = text[: edit.start] + edit.words + text[edit.end :]
    return text


def _changes(kind: Kind, before: str, after: str) -> Iterator[Fix]:
    pairs = zip(before.split("\n"), after.split("\n"), strict=True)
    for number, (old, new) in enumerate(pairs, 1):
        if old != new:
            yield Fix(kind=kind, line=number, before=old, after=new)


def _text_of(whole: str) -> str:
    """The text behind the front matter; nothing where it cannot be told from it."""
    text = frontmatter.split(whole).text
    return text if whole.endswith(text) else ""


@cache
def _commonmark() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])


def _stars_elsewhere(text: str) -> int:
    """How many stars a renderer shows that knows CommonMark and nothing of CJK."""
    inline = (token for token in _commonmark().parse(text) if token.type == "inline")
    return sum(child.content.count("*") for token in inline for child in token.children or () if child.type == "text")


# --- What can be mended ------------------------------------------------------------------------------------------

_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff]")
"""What is shown nowhere. Marks that turn the direction of writing are not among them: a site may need them."""

_MEANS_NO_EMPHASIS = re.compile(
    r"\\[!-/:-@\[-`{-~]"  # escapes
    r"|(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)"  # code
    r"|<!--[\s\S]*?-->|<[A-Za-z/][^<>]*>"  # HTML, and addresses in brackets
    r"|\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\]\[[^\[\]\n]*\]|https?://[!-~]+"  # where links lead
    r"|\{\{[^{}]*\}\}|\{%[^{}]*%\}"  # what a site's generator reads
    r"|\$\$[^$]*\$\$|\$[^$\n]+\$"  # formulas
)
_OTHER_STAR = "\ufdd1"
"""Stands for a star that means no emphasis, while stars are looked for. It is no character of any text."""


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Where paragraphs, headings and cells stand in a text: what is not code, HTML or a definition."""
    shown, _, _ = seen(text)
    offsets = [0]
    for line in text.split("\n"):
        offsets.append(offsets[-1] + len(line) + 1)
    if shown.count("\n") != len(offsets) - 2:
        return
    found = {(*token.map,) for token in parser_for(shown).parse(shown) if token.type == "inline" and token.map}
    for begin, end in sorted(found):
        yield offsets[begin], min(offsets[end] - 1, len(text))


def _control_characters(text: str) -> list[Edit]:
    if _CONTROL.search(text) is None:
        return []
    return [
        Edit(found.start(), found.end(), "")
        for start, end in _stretches(text)
        for found in _CONTROL.finditer(text, start, end)
    ]


def _emphasis(text: str) -> list[Edit]:
    if "*" not in text:
        return []
    return [edit for start, end in _stretches(text) for edit in _in_stretch(text[start:end], start)]


def _in_stretch(stretch: str, at: int) -> Iterator[Edit]:
    hidden = _MEANS_NO_EMPHASIS.sub(lambda found: found[0].replace("*", _OTHER_STAR), stretch)
    for line in hidden.split("\n"):
        for edit in restarred(line):
            yield Edit(at + edit.start, at + edit.end, edit.words.replace(_OTHER_STAR, "*"))
        at += len(line) + 1
