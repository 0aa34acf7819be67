"""What is wrong with a line of front matter that cannot be read: the slip that its writer most likely made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final


class Slip(StrEnum):
    """A slip of the pen. The value is the name of the advice that helps."""

    TAB = "tab"
    BRACKET = "bracket"
    """A `[` or `{` without its `]` or `}`."""
    QUOTE = "quote"
    """A quote without its other half."""
    WIDE_COLON = "wide-colon"
    GLUED = "glued"
    """No blank behind the colon."""
    COLON = "colon"
    """A colon within a value that is not quoted."""
    INDENT = "indent"
    SIGIL = "sigil"
    """A value that begins with `!`, `&` or `*`, which make something else of it than text."""
    VALUE = "value"
    """Some other sign within a value that is not quoted."""
    NO_KEY = "no-key"
    """No key and value at all."""
    FENCE = "fence"
    """Nothing in the line itself: the front matter does not end where it should."""


_LINE = re.compile(r"(?P<indent>[ \t]*)[\"']?[\w.-]+[\"']?[ \t]*(?P<mark>[:：=])(?P<gap>[ \t]*)(?P<value>.*)")
_CLOSING: Final = {"[": "]", "{": "}"}


def slip_in(line: str) -> Slip:
    """The slip in a line that cannot be read."""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Slip.TAB
    found = _LINE.fullmatch(line.rstrip())
    if found is None:
        return Slip.NO_KEY
    if found["mark"] == "：":
        return Slip.WIDE_COLON
    if found["mark"] == ":" and found["value"] and not found["gap"]:
        return Slip.GLUED
    value = found["value"]
    return _unclosed(value) or (Slip.INDENT if found["indent"] or not value else _within(value))


def _unclosed(value: str) -> Slip | None:
    first = value[:1]
    if first in _CLOSING and value.count(first) > value.count(_CLOSING[first]):
        return Slip.BRACKET
    return Slip.QUOTE if first in {'"', "'"} and value.count(first) % 2 else None


def _within(value: str) -> Slip:
    if value.startswith(("!", "&", "*")):
        return Slip.SIGIL
    return Slip.COLON if re.search(r":(?:\s|$)", value) else Slip.VALUE


def last_open(lines: Sequence[str]) -> int | None:
    """The last of the lines in which a bracket or a quote is opened that swallows what follows; None without one."""
    open_ones = (Slip.BRACKET, Slip.QUOTE)
    return next((at for at in range(len(lines) - 1, -1, -1) if slip_in(lines[at]) in open_ones), None)
