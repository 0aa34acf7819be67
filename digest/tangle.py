"""Whether a text is too tangled to be parsed as Markdown: a cheap look that finds bombs before they go off.

What a text costs to parse grows with its lines and marks; only what is looked for here costs more. The bounds lie well
above what the largest real posts hold. A look cannot know every bomb: who must be sure reads within a bound of time.
"""

from __future__ import annotations

import re

_MOST_WEIGHT = 50_000
"""Marks, with what else counts as marks. As much takes about a second."""

_MARKS = "*_~`[]<&!\\|"
_ADDRESS = 4
"""What an address in the text counts: it costs as much as a few marks."""
_LINE = 4
"""What a line counts."""

_DEEP_BRACKETS = 24
_DEEPEST_BRACKETS = 90
_MOST_DEEP_BRACKETS = 1_500
"""Brackets that are opened within so many others, in the whole text: a parser looks for the end of each."""

_DEEPEST_BLOCKS = 16

_MOST_UNCLOSED = 500
_UNCLOSED = (("<?", "?>"), ("<!", ">"))
"""HTML that is looked for to the end of its paragraph, again from each place where it may begin."""

_BRACKET = re.compile(r"(?<!\\)[\[\]]|\n[ \t]*\n")
_NESTED = re.compile(r"^([ \t]*)((?:(?:[-*+>]|\d{1,9}[.)])[ \t]*)+)", re.MULTILINE)
_BLOCK_MARK = re.compile(r">|(?:[-*+]|\d[.)])(?=[ \t]|$)")
"""What opens a block within another. A line of dashes, however long, is a rule and opens none."""
_RULE = re.compile(r"(?:-[ \t]*)+$|(?:\*[ \t]*)+$", re.MULTILINE)


def tangled(text: str) -> int:
    """The line, counted from 1, from which on the text is too tangled to be parsed; 0 when it is not."""
    for found in (_too_many(text), _too_open(text), _too_deep_brackets(text), _too_deep_blocks(text)):
        if found is not None:
            return text.count("\n", 0, found) + 1
    return 0


def overfull(text: str) -> bool:
    """Whether so many marks are written that no tags and comments taken away make of it what can be parsed."""
    return _weight(text) > 2 * _MOST_WEIGHT


def _weight(text: str) -> int:
    return sum(map(text.count, _MARKS)) + _ADDRESS * text.count("://") + _LINE * text.count("\n")


def _too_many(text: str) -> int | None:
    return 0 if _weight(text) > _MOST_WEIGHT else None


def _too_open(text: str) -> int | None:
    for opening, closing in _UNCLOSED:
        last = text.rfind(closing) + 1
        if text.count(opening, last) > _MOST_UNCLOSED:
            return text.find(opening, last)
    return None


def _too_deep_brackets(text: str) -> int | None:
    if text.count("[") <= _DEEP_BRACKETS:
        return None
    depth = deep = 0
    for found in _BRACKET.finditer(text):
        bracket = found[0]
        if bracket == "[":
            depth += 1
            deep += depth > _DEEP_BRACKETS
            if depth > _DEEPEST_BRACKETS or deep > _MOST_DEEP_BRACKETS:
                return found.start()
        else:
            depth = max(0, depth - 1) if bracket == "]" else 0
    return None


def _too_deep_blocks(text: str) -> int | None:
    """Where lists and quotes stand in each other too deeply. What is only indented far, as in code, is not deep."""
    outer: list[int] = []
    for found in _NESTED.finditer(text):
        indent = len(found[1].expandtabs(4))
        while outer and outer[-1] >= indent:
            outer.pop()
        more = _DEEPEST_BLOCKS - len(outer)
        if len(found[2]) > more and len(_BLOCK_MARK.findall(found[2])) > more and not _RULE.match(text, found.start(2)):
            return found.start()
        outer.append(indent)
    return None
