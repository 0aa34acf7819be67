"""markdown-it, set up for posts: CommonMark, tables, strikethrough, emphasis beside CJK, bare addresses."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from markdown_it import MarkdownIt, helpers
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from digest.emphasis import befriend_cjk
from digest.links import bare

_WHERE_A_RULE_MAY_APPLY = re.compile(r"[\n*_~`\[\]<\\&]|!(?=\[)|:(?=//)")
"""What ends a stretch of plain text. The library stops at every colon and hyphen too, for plugins that are not here."""

_OR_A_FORMULA = re.compile(rf"{_WHERE_A_RULE_MAY_APPLY.pattern}|\$")

_DEEPEST = 100
"""Blocks and brackets within each other. What stands deeper would be lost: such posts are not parsed at all."""


class _Parser(MarkdownIt):
    """Leaves every address as written: which of them may stand is decided in `digest.links`."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - the library's name
        return link

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 - the library's signature
        return True


class _Destination(NamedTuple):
    """What the library's helper answers: whether an address was found, where it ends, and how it reads."""

    ok: bool
    pos: int
    str: str


_PLAIN_DESTINATION = re.compile(r"[^\s\x00-\x20\x7f<()\\&]+(?=\))")
_LOOSE_DESTINATION = re.compile(
    r"(?:https?:|//|www\.|\.{0,2}/)[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*"
    r"(?:[ ]+(?![\"'(])[^\s<>()\"]+(?:\([^\s<>()\"]*\)[^\s<>()\"]*)*){0,20}(?=[ ]*\))"
)
"""An address with blanks in it, which Markdown does not know."""

_UNBALANCED = re.compile(r"https?://[^\s<>()]+\([^\s<>()]*(?=\)(?:[^)]|$))")
"""An address with a bracket whose partner is the link's own: one of the two was forgotten."""


class _Helpers:
    """The library's helpers, with a short cut for addresses without anything special, which most are."""

    parseLinkLabel = staticmethod(helpers.parseLinkLabel)  # noqa: N815 - the library's name
    parseLinkTitle = staticmethod(helpers.parseLinkTitle)  # noqa: N815 - the library's name

    @staticmethod
    def parseLinkDestination(string: str, pos: int, maximum: int) -> _Destination:  # noqa: N802 - the library's name
        found = _PLAIN_DESTINATION.match(string, pos, maximum)
        if found:
            return _Destination(ok=True, pos=found.end(), str=found[0])
        slow = helpers.parseLinkDestination(string, pos, maximum)
        if slow.ok and string[slow.pos : slow.pos + 1] == ")":
            return _Destination(ok=True, pos=slow.pos, str=slow.str)
        if loose := _LOOSE_DESTINATION.match(string, pos, maximum):
            return _Destination(ok=True, pos=loose.end(), str=loose[0])
        if unbalanced := _UNBALANCED.match(string, pos, maximum):
            return _Destination(ok=True, pos=unbalanced.end(), str=f"{unbalanced[0]})")
        return _Destination(ok=slow.ok, pos=slow.pos, str=slow.str)


_NEEDED_FOR = (
    ("table", "|"),
    ("fence", "```", "~~~"),
    ("heading", "#"),
    ("strikethrough", "~~"),
    ("html_block", "<"),
    ("html_inline", "<"),
    ("autolink", "<"),
    ("blockquote", ">"),
    ("reference", "]:"),
    ("image", "!["),
    ("backticks", "`"),
    ("escape", "\\"),
    ("math", "$"),
    ("spelled_math", "\\"),
    ("entity", "&"),
)
"""Rules, and what must stand somewhere in a text for them to apply. Without it they would only be asked in vain."""


def parser_for(text: str) -> MarkdownIt:
    """A parser with the rules that the text can need. It keeps nothing of any text, and is built when first needed."""
    needless = [rule for rule, *marks in _NEEDED_FOR if not any([mark in text for mark in marks])]  # noqa: C419
    return _parser(tuple(needless))


def inline(text: str) -> list[Token]:
    """The tokens of a text that is no block. Most words between two tags have no mark: no rule is asked for those."""
    if _OR_A_FORMULA.search(text) is None:
        return [Token("text", "", 0, content=text)] if text else []
    (parsed,) = parser_for(text).parseInline(text)
    return parsed.children or []


@functools.lru_cache(maxsize=64)
def _parser(needless: tuple[str, ...]) -> MarkdownIt:
    made = _Parser("commonmark", {"html": True, "maxNesting": _DEEPEST})
    made.helpers = _Helpers  # type: ignore[assignment]
    made.enable(["table", "strikethrough"])
    made.inline.ruler2.disable("fragments_join")  # texts are joined where their spans are built
    made.disable("text_join")  # escaped characters must be told from plain ones until the stars are gone
    befriend_cjk(made)
    made.inline.ruler.at("linkify", _bare_url)
    made.inline.ruler.enable("linkify")
    made.inline.ruler.before("escape", "spelled_math", _spelled_math)
    made.inline.ruler.before("escape", "math", _math)
    made.inline.terminator_re = _WHERE_A_RULE_MAY_APPLY if "math" in needless else _OR_A_FORMULA
    made.disable(list(needless))
    return made


_SCHEME_BEFORE = re.compile(r"(?<![A-Za-z0-9])https?$", re.IGNORECASE)


def _bare_url(state: StateInline, silent: bool) -> bool:
    """The inline rule for addresses that stand in the text as they are."""
    at = state.pos
    if state.src[at] != ":" or state.linkLevel > 0 or not state.src.startswith("://", at):
        return False
    scheme = _SCHEME_BEFORE.search(state.src, max(0, at - 6), at)
    found = bare(state.src, at) if scheme else None
    if scheme is None or found is None:
        return False
    rest, length = found
    if not silent:
        if not state.pending.endswith(scheme[0]):
            return False
        state.pending = state.pending[: -len(scheme[0])]
        opening = state.push("link_open", "a", 1)
        opening.attrs = {"href": scheme[0].lower() + rest}
        state.push("text_special", "", 0).content = scheme[0] + rest
        state.push("link_close", "a", -1)
    state.pos += length
    return True


_FORMULA = re.compile(
    r"\$\$(?!\$)(?:[^$\n]|\n(?!\s*\n)|\$(?!\$)){1,4000}\$\$|\$(?![\s$])(?:\\.|[^$\\`\n]){1,400}(?<!\s)\$(?![\d$])"
)
_SPELLED_FORMULA = re.compile(r"\\\((?:[^\n\\]|\\(?!\()){1,400}?\\\)|\\\[(?:[^\n\\]|\\(?!\[)|\n(?!\s*\n)){1,4000}?\\\]")
"""None begins within another: each is looked for once, and no text is looked through again and again."""

_FORMULA_MARKS = re.compile(r"[\\_^{*~<|]")
_NO_FORMULA = re.compile(r"\]\(|\*\*|[。，！？；]|://")


def _math(state: StateInline, silent: bool) -> bool:
    """The inline rule for formulas between dollars: nothing in them is markup, and all of them is shown."""
    if state.src[state.pos] != "$":
        return False
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    if found is None or not _FORMULA_MARKS.search(found[0]) or _NO_FORMULA.search(found[0]):
        return False
    return _literal(state, found[0], silent=silent)


def _spelled_math(state: StateInline, silent: bool) -> bool:
    """The inline rule for formulas between brackets with backslashes, which otherwise are mere brackets."""
    if not state.src.startswith(("\\(", "\\["), state.pos):
        return False
    found = _SPELLED_FORMULA.match(state.src, state.pos, state.posMax)
    if found is None or not _FORMULA_MARKS.search(found[0][2:-2]) or _NO_FORMULA.search(found[0]):
        return False
    return _literal(state, found[0], silent=silent)


def _literal(state: StateInline, text: str, *, silent: bool) -> bool:
    for number, line in enumerate(() if silent else text.split("\n")):
        if number:
            state.push("softbreak", "br", 0)
        state.push("text_special", "", 0).content = line
    state.pos += len(text)
    return True
