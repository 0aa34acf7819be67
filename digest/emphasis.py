"""Where stars, underscores and tildes may open and close in a text that has CJK in it.

CommonMark does not close `**` between CJK punctuation and a letter, which is how Chinese, Japanese and Korean are
written. The rule here is the CJK-friendly amendment by tats-u: beside a CJK character, punctuation never stands in
the way. What is left of `**` after it is an author's slip, and is taken out.
"""

from __future__ import annotations

import functools
import re

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_inline import StateInline, emphasis, strikethrough
from markdown_it.rules_inline.state_inline import Scanned

from digest.writing import is_cjk

LITERAL_STAR = "\ufdd0"
"""Stands for a star that its author escaped, until the leftover ones are gone. It is no character of any text."""


def befriend_cjk(parser: MarkdownIt) -> None:
    """Replace the parser's rules for emphasis and strikethrough by ones that follow the amendment."""
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.inline.ruler.at("strikethrough", _strikethrough)


def _emphasis(state: StateInline, silent: bool) -> bool:
    if silent or state.src[state.pos] not in "*_":
        return False
    state.scanDelims = functools.partial(_scan, state)  # type: ignore[method-assign]
    return emphasis.tokenize(state, silent)


def _strikethrough(state: StateInline, silent: bool) -> bool:
    if silent or state.src[state.pos] != "~":
        return False
    state.scanDelims = functools.partial(_scan, state)  # type: ignore[method-assign]
    return strikethrough.tokenize(state, silent)


def _scan(state: StateInline, start: int, within_words: bool) -> Scanned:
    text, end = state.src, start
    while end < state.posMax and text[end] == text[start]:
        end += 1
    before, cjk_before = _before(text, start)
    after = text[end] if end < state.posMax else " "
    if isWhiteSpace(ord(before)) or isWhiteSpace(ord(after)):
        return Scanned(not isWhiteSpace(ord(after)), not isWhiteSpace(ord(before)), end - start)
    opens, closes = _punctuates(before), _punctuates(after)
    if within_words:
        beside_cjk = cjk_before or is_cjk(after)
        opens, closes = opens or beside_cjk or not closes, closes or beside_cjk or not opens
    return Scanned(opens, closes, end - start)


def _before(text: str, start: int) -> tuple[str, bool]:
    """The character that stands before, less its variation selector, and whether it counts as CJK."""
    before = text[start - 1] if start else " "
    if "\ufe00" <= before <= "\ufe0e":
        chosen = text[start - 2] if start > 1 else " "
        if not isWhiteSpace(ord(chosen)):
            return chosen, is_cjk(chosen) or (before == "\ufe01" and chosen in "‘’“”")
    return before, is_cjk(before) or "\U000e0100" <= before <= "\U000e01ef"


def _punctuates(char: str) -> bool:
    return isMdAsciiPunct(ord(char)) or isPunctChar(char)


_STARS = re.compile(r" ?\*{2,} ?")
_WORD_BEFORE = re.compile(r"[A-Za-z0-9]\*{2,}$")
_POWER = re.compile(r"[0-9)] \*\* [0-9(]\Z")
_WORD_AFTER = re.compile(r"[A-Za-z0-9]")
_ARGUMENTS = re.compile(r"(?:kw(?:arg)?s?|opt(?:ion)?s|params|config|defaults|data)\b(?! [a-z])|[a-z_][\w.]*[),]")


_APART = re.compile(r"(?<!\S)(__|~~)[ \u3000](?=\S)([^_~\n]{1,200})(?<=\S)[ \u3000]\1(?!\S)")
"""Marks that blanks keep from being any."""


def without_marks(text: str) -> str:
    """The text less leftover `__` and `~~` around words that stand apart from them."""
    return _APART.sub(r"\2", text)


def without_stars(text: str) -> tuple[str, int]:
    """The text less leftover `**`, and where the first stood (-1: nowhere). Words (`F**k`, `**kwargs`) keep theirs."""
    found = [stars for stars in _STARS.finditer(text) if not _in_word(text, stars)]
    if not found:
        return text, -1
    pieces, end = [], 0
    for stars in found:
        blank = " " if stars[0].startswith(" ") or stars[0].endswith(" ") else ""
        pieces += [text[end : stars.start()], blank]
        end = stars.end()
    return "".join([*pieces, text[end:]]), found[0].start()


def _in_word(text: str, stars: re.Match[str]) -> bool:
    start = stars.start() + stars[0].startswith(" ")
    if stars[0].endswith(" "):
        return stars[0] == " ** " and _POWER.search(text, max(0, start - 2), stars.end() + 1) is not None
    if _WORD_AFTER.match(text, stars.end()) is None:
        return False
    if start == stars.start() and start and _WORD_AFTER.match(text, start - 1):
        return True
    return _ARGUMENTS.match(text, stars.end()) is not None
