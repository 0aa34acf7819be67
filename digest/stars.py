"""Emphasis beside CJK, written so that every Markdown renderer shows it.

`**“词”**的` is bold to the eye of whoever wrote it, and to Sudi; CommonMark shows the stars, because a letter touches
them on one side and punctuation on the other. `“**词**”的` says the same everywhere: punctuation goes out of the stars,
and a bracket takes its partner along. So do blanks (`** 词**`), of which not even Sudi knows what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar

from digest.writing import is_cjk


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters of a text, from `start` to `end`, and what shall stand in their place."""

    start: int
    end: int
    words: str


_RUN = re.compile(r"(?<!\*)\*{1,3}(?!\*)")
_BULLET = re.compile(r"[ \t>]*\*(?=[ \t])")


def restarred(line: str) -> list[Edit]:
    """What to write instead in a line of text, from left to right. Stars that mean none must not be in it.

    Runs of as many stars pair in their order. Where their number is odd nobody knows which pair was meant.
    """
    bullet = _BULLET.match(line)
    runs = list(_RUN.finditer(line, bullet.end() if bullet else 0))
    found = [
        edit
        for length in (1, 2, 3)
        for opening, closing in _pairs([run for run in runs if len(run[0]) == length])
        if (edit := _mended(line, opening, closing))
    ]
    found.sort(key=lambda edit: edit.start)
    return found if all(left.end <= right.start for left, right in pairwise(found)) else found[:1]


def _pairs(runs: list[re.Match[str]]) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    if len(runs) % 2 == 0:
        yield from zip(runs[::2], runs[1::2], strict=True)


def _mended(line: str, opening: re.Match[str], closing: re.Match[str]) -> Edit | None:
    """The edit that makes the pair work in CommonMark; None where it does already, or where it is not to be touched."""
    stars, inner = opening[0], line[opening.end() : closing.start()]
    before, after = line[: opening.start()][-1:], line[closing.end() :][:1]
    words = inner.strip(_BLANKS)
    if not words or not any(is_cjk(char) for char in (*before, words[0], words[-1], *after)):
        return None
    left = _outside(inner[: len(inner) - len(inner.lstrip(_BLANKS))], before)
    right = _outside(inner[len(inner.rstrip(_BLANKS)) :], after)
    outer = (before + left)[-1:], (right + after)[:1]
    if inner == words and _opens(outer[0], words) and _closes(words, outer[1]):
        return None
    if len(stars) != _BOLD and inner != words:
        return None  # a single star between blanks may mean «times», or a list
    written = _written(stars, words, *outer)
    if written is None or written.count(stars) > _MOST_RUNS:
        return None
    return Edit(opening.start(), closing.end(), left + written + right)


_BLANKS = " \u3000\xa0"
_BOLD = 2
_MOST_RUNS = 4
"""Two emphasised pieces. More of them nobody would want to read in a source."""


def _outside(blanks: str, beside: str) -> str:
    """Blanks that go out of the stars; none where a blank, or a line's beginning or end, is there already."""
    return "" if not beside or beside.isspace() else blanks


def _opens(before: str, words: str) -> bool:
    """Whether CommonMark lets stars open between the character `before` (empty: a line begins) and the words."""
    return not _punctuates(words[0]) or not before or before.isspace() or _punctuates(before)


def _closes(words: str, after: str) -> bool:
    """Whether CommonMark lets stars close between the words and the character `after` (empty: a line ends)."""
    return not _punctuates(words[-1]) or not after or after.isspace() or _punctuates(after)


def _punctuates(char: str) -> bool:
    return isMdAsciiPunct(ord(char)) or isPunctChar(char)


_PARTNERS = dict(zip("“‘「『（《〈【〔［｛([{", "”’」』）》〉】〕］｝)]}", strict=True))
_OPENING = {closing: opening for opening, closing in _PARTNERS.items()}
_FREE = frozenset("。，、；：！？…—～·.,;:!?")
"""Punctuation that may stand out of the emphasis without its partner."""


def _written(stars: str, words: str, before: str, after: str) -> str | None:
    """The words with their stars so that they work; None where no way is known."""
    if not words:
        return ""
    if words != words.strip(_BLANKS):
        return None
    opens, closes = _opens(before, words), _closes(words, after)
    if opens and closes:
        return f"{stars}{words}{stars}"
    if not closes and words[-1] in _FREE:
        rest = _written(stars, words[:-1], before, words[-1])
        return None if rest is None else rest + words[-1]
    if not opens and words[0] in _FREE:
        rest = _written(stars, words[1:], words[0], after)
        return None if rest is None else words[0] + rest
    return _split(stars, words, before, after, at=len(words) - 1 if opens else 0)


def _split(stars: str, words: str, before: str, after: str, *, at: int) -> str | None:
    """The bracket at one end goes out with its partner: emphasis ends before each, and begins again behind it."""
    first, last = sorted((at, _partner(words, at)))
    if first < 0:
        return None
    opening, closing = words[first], words[last]
    head = _written(stars, words[:first], before, opening)
    middle = _written(stars, words[first + 1 : last], opening, closing)
    tail = _written(stars, words[last + 1 :], closing, after)
    if head is None or middle is None or tail is None:
        return None
    return f"{head}{opening}{middle}{closing}{tail}"


def _partner(words: str, at: int) -> int:
    """Where the partner of the bracket at this place stands; -1 where there is none, or it is no bracket."""
    char = words[at]
    if char in _PARTNERS:
        other, places = _PARTNERS[char], range(at, len(words))
    elif char in _OPENING:
        other, places = _OPENING[char], range(at, -1, -1)
    else:
        return -1
    depth = 0
    for place in places:
        depth += (words[place] == char) - (words[place] == other)
        if depth == 0:
            return place
    return -1
