"""Discord's Markdown, as far as we write it: what is escaped, how marks open and close, how code is fenced."""

from __future__ import annotations

import re
from typing import Final

from adapters.spelling import clean
from digest.cutting import BOLD, ITALIC, STRIKE, Run, Runs

ZERO_WIDTH: Final = "\u200b"
"""A space that is not seen: it parts characters that would be read together."""

# `\` before a letter would be shown: «@» is escaped before the two words only, and «:» where an address would begin.
_MARKUP = ("\\", "*", "_", "~", "|", "`", "[", "]", "<", "@everyone", "@here", "://")
"""What is escaped: the backslash first. Replacing one after the other takes no longer the more there is of them."""
_LINE_START = re.compile(r"[ \t]*(?:[#>+-]|\d+(?=\.(?:\s|$)))")
_LISTED = re.compile(r"- |\d+\. ")
_UNSAFE_IN_URL = re.compile(r"[\s<>()\\\"`\x00-\x1f]")
LINK_TEXT = re.compile(r"(?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*")
_SWALLOWS = {"_": re.compile(r"[0-9A-Za-z_]"), "~~": re.compile("[_~]"), "**": re.compile(r"\*")}
"""Before which character a mark would not close."""

MARKS: Final = frozenset("*_~")
"""The characters of marks."""

_STYLES = ((BOLD, "**"), (ITALIC, "_"), (STRIKE, "~~"))


def escaped(text: str) -> str:
    """The text so that Discord shows every character; what could begin a block is escaped wherever a run begins."""
    text = clean(text)
    opening = _LINE_START.match(text)
    begun = "" if opening is None else _begun(opening[0])
    text = text if opening is None else text[opening.end() :]
    for mark in _MARKUP:
        text = text.replace(mark, f"\\{mark}")
    return begun + text


def _begun(said: str) -> str:
    """What would begin a block, escaped."""
    if said[-1].isdigit():  # the dot that follows makes it a list
        return said + "\\"
    return f"{said[:-1]}\\{said[-1]}"


def begins_list(spelled: str) -> bool:
    """Whether a list stands first in what was spelled."""
    return _LISTED.match(spelled) is not None


def address(url: str) -> str:
    """The address as it may stand in angle brackets."""
    return _UNSAFE_IN_URL.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)


def code(text: str) -> str | None:
    """Code within a line; None where its backticks leave no fence that Discord would read."""
    text = clean(text).replace("\n", " ")
    if "`" not in text:
        return f"`{text}`" if text else ""
    inside = {len(fence) for fence in re.findall("`+", text)}
    fence = next((fence for fence in ("`", "``") if len(fence) not in inside), None)
    if fence is None:
        return None
    return f"{fence}{' ' if text[0] == '`' else ''}{text}{' ' if text[-1] == '`' else ''}{fence}"


def simple(runs: Runs) -> str | None:
    """Runs of plain and bold text on one line, which are most; None for all others, which take a `Line`."""
    out = []
    was_bold = False
    for text, marks, url in runs:
        if marks > BOLD or url is not None or "\n" in text or (was_bold and marks):
            return None
        core = text.strip() if marks else ""
        said = escaped(core)
        was_bold = said != ""
        if was_bold:
            lead, _, tail = text.partition(core)
            out += [lead, "**", said, "**", tail]
        else:
            out.append(escaped(text))
    return "".join(out)


class Line:
    """Writes runs of one link, or of none, with the marks opened and closed around them."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open: list[tuple[int, str]] = []
        self._closed = ""
        self._gap = ""

    def text(self) -> str:
        """What was written."""
        self._close(0)
        return "".join(self._out) + self._gap

    def run(self, run: Run, spelled: str) -> None:
        """Write a run, spelled already; white space at its ends stands outside its marks."""
        core = spelled.strip(" \t\u3000")
        if not core:
            self._gap += spelled
            return
        lead, _, tail = spelled.partition(core)
        styles = [style for style in _STYLES if run.marks & style[0]]
        kept = next((n for n, style in enumerate(styles) if self._open[n : n + 1] != [style]), len(styles))
        self._close(min(kept, len(self._open)))
        self._put(self._gap + lead)
        for style in styles[kept:]:
            self._put(style[1])
            self._open.append(style)
        self._put(core)
        self._gap = tail

    def line_break(self) -> None:
        """End the line, and every mark with it."""
        self._close(0)
        self._out.append("\n")
        self._gap = self._closed = ""

    def _close(self, keep: int) -> None:
        while len(self._open) > keep:
            mark = self._open.pop()[1]
            if mark == "~~" and self._out[-1].endswith("~"):
                self._out.append(ZERO_WIDTH)  # an escaped tilde and the mark would be read as the mark and a tilde
            self._out.append(mark)
            self._closed = mark

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._closed and _SWALLOWS[self._closed].match(text):
            self._out.append(ZERO_WIDTH)
        elif text[0] == "`" and self._out and self._out[-1].endswith("`"):
            self._out.append(ZERO_WIDTH)  # code beside code: their fences would be read as one
        self._out.append(text)
        self._closed = ""


def fenced(text: str, language: str) -> str:
    """A code block. Three backticks inside would end it: a character of no width parts them."""
    code = clean(text).strip("\n").rstrip().replace("```", f"`{ZERO_WIDTH}`{ZERO_WIDTH}`")
    if code.endswith("`"):
        code += ZERO_WIDTH
    name = language if re.fullmatch(r"[A-Za-z0-9-]+", language) else ""
    return f"```{name}\n{code}\n```" if code else ""
