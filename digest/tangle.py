"""Whether a text is too tangled to be parsed as Markdown: a cheap look that finds bombs before they go off.

The bounds lie well above what the largest real posts hold, and so low that a text at the size cap which stays below
them is parsed within a second or two.
"""

from __future__ import annotations

import re

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
_BLOCK_MARK = re.compile(r"[-*+>]|\d[.)]")
_BLANK = re.compile(r"\n[ \t]*\n")


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
    if len(text) < _MOST_MARKS_TOGETHER:
        return None
    start = 0
    for blank in [*(found.end() for found in _BLANK.finditer(text)), len(text)]:
        if blank - start > _MOST_MARKS_TOGETHER:
            paragraph = text[start:blank]
            if _marks(paragraph) > _MOST_MARKS_TOGETHER:
                return start
        start = blank
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
