"""How a problem looks: the line as it is written, the place in it that is meant, and the line as readers see it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from digest import frontmatter
from digest.markdown import blocks, paragraphs
from digest.model import Digest
from digest.problems import Code, Problem
from digest.richtext import plain_blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A line of a file (from 1; 0 where none is meant) as written, and the characters that are meant of it.

    `seen` is what readers are shown instead, less its form; None where it is not about what they see.
    """

    line: int = 0
    text: str = ""
    start: int = 0
    end: int = 0
    seen: str | None = None


class Page:
    """A file's text, in which the places of problems are looked up."""

    def __init__(self, data: bytes, digest: Digest, base_url: str) -> None:
        text = re.sub(r"\r\n?", "\n", data.decode("utf-8-sig", "replace"))
        self._digest = digest
        self._base_url = base_url
        self._lines = text.split("\n")
        self._first = frontmatter.split(text).first_line
        self._definitions = "\n".join(line for line in self._lines if _DEFINITION.match(line))

    def excerpt(self, problem: Problem) -> Excerpt:
        """Where the problem is, and how it will look."""
        found = _placed(problem, self._lines, self._first)
        if problem.code in _ABOUT_THE_HEAD:
            return replace(found, seen=_instead(problem, self._digest))
        if problem.fatal or found.line < self._first:
            return found
        return replace(found, seen=self._seen(problem, found.text))

    def _seen(self, problem: Problem, line: str) -> str:
        mark, words = _parted(line)
        if problem.code is Code.TEXT_ONLY:
            return plain_blocks(paragraphs(line).blocks)
        read = blocks(f"{words[:_LONGEST]}\n\n{self._definitions[:_LONGEST]}", base_url=self._base_url)
        return f"{mark}{' '.join(plain_blocks(read).split())}".strip()


_LONGEST: Final = 20_000
"""Characters of a line, and as many of what is defined elsewhere for it, that are read again to show it."""

_DEFINITION = re.compile(r" {0,3}\[(?!\^)[^\[\]]+\]:\s*\S")
_MARK = re.compile(r"(?:[ \t]*>)*[ \t]*((?:\d{1,9}[.)]|[-*+])[ \t]+|#{1,6}[ \t]+)?")
_ABOUT_THE_HEAD = frozenset({Code.TITLE_FALLBACK, Code.NO_DATE, Code.BAD_DATE})


def _instead(problem: Problem, digest: Digest) -> str:
    """The title or the date that is used; empty where there is none."""
    if problem.code is Code.TITLE_FALLBACK:
        return digest.title
    return f"{digest.published:%Y-%m-%d %H:%M %z}".strip() if digest.published else ""


def _parted(line: str) -> tuple[str, str]:
    """A list's mark, which stays as it is, and the words behind it."""
    found = _MARK.match(line)
    mark = found[1] or "" if found else ""
    return ("" if mark.startswith("#") else mark), line[found.end() if found else 0 :]


# --- Where -------------------------------------------------------------------------------------------------------

_LINES_ON: Final = 6
"""So many lines on from where a problem was found its words may stand: a paragraph is named by its first line."""

_HEAD_KEYS: Final[Mapping[Code, str]] = {
    Code.DRAFT: "|".join(frontmatter.KEEPING_BACK),
    Code.WITHDRAWN: "withdrawn",
    Code.PUSH_NOT_ALLOWED: "series",
}


def _placed(problem: Problem, lines: Sequence[str], first: int) -> Excerpt:
    if not problem.line:
        return _in_head(problem, lines[: first - 1])
    at = min(problem.line, len(lines)) - 1
    near = range(at, min(at + _LINES_ON, len(lines)))
    for number in sorted(near, key=lambda number: not _has_its_stars(problem, lines[number])):
        for start, end in _marked(problem, lines[number]):
            return Excerpt(line=number + 1, text=lines[number], start=start, end=end)
    return Excerpt(line=at + 1, text=lines[at])


def _in_head(problem: Problem, head: Sequence[str]) -> Excerpt:
    for number, line in enumerate(head, 1):
        for start, end in _value(problem, line):
            return Excerpt(line=number, text=line, start=start, end=end)
    return Excerpt()


def _value(problem: Problem, line: str) -> Iterator[tuple[int, int]]:
    """The value of the key that the problem is about, where the line of a front matter has it."""
    keys = _HEAD_KEYS.get(problem.code)
    wanted = rf"[\s\"']*(?:{keys})[\s\"']*[:：=]\s*(?P<value>.*?)\s*"
    if keys and (found := re.fullmatch(wanted, line, re.IGNORECASE)):
        yield found.span("value")


def _marked(problem: Problem, line: str) -> Iterator[tuple[int, int]]:
    """The places of a line that the problem may mean, the likeliest first."""
    yield from _value(problem, line)
    if problem.code is Code.LEFTOVER_STARS:
        yield from _stars(str(problem.details.get("near", "")), line)
    if problem.code is Code.UNREADABLE_CHARACTERS:
        yield from (found.span() for found in _UNSEEN.finditer(line))
    for name in ("link", "near", "date", "title", "tag", "key"):
        words = str(problem.details.get(name, "")).removesuffix("…")
        if words and (at := line.find(words)) >= 0:
            yield at, at + len(words)


_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]+")
_STARS = re.compile(r"\*{2,}")


def _stars(near: str, line: str) -> Iterator[tuple[int, int]]:
    """The stars that stand, or stood, within the words that the problem names; else the first ones."""
    found = [stars.span() for stars in _STARS.finditer(line)]
    found.sort(key=lambda span: _beside(line, span) not in near.replace("*", ""))
    yield from found


def _has_its_stars(problem: Problem, line: str) -> bool:
    """Whether stars of the line stand within the words that the problem names: others are in code, or mean bold."""
    near = str(problem.details.get("near", "")).replace("*", "")
    stars = _STARS.finditer(line) if problem.code is Code.LEFTOVER_STARS else ()
    return any(_beside(line, found.span()) in near for found in stars)


def _beside(line: str, span: tuple[int, int]) -> str:
    """The words on both sides of the stars, as they read without any."""
    before, after = line[: span[0]].replace("*", ""), line[span[1] :].replace("*", "")
    return before[-_BESIDE:] + after[:_BESIDE]


_BESIDE: Final = 4
"""Characters on each side of stars that tell them from other stars of the line."""
