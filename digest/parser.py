"""markdown-it, set up for posts: CommonMark, tables, strikethrough, emphasis beside CJK, bare addresses."""

from __future__ import annotations

import functools
import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from digest.emphasis import befriend_cjk
from digest.links import bare

_WHERE_A_RULE_MAY_APPLY = re.compile(r"[\n*_~`\[\]<\\&]|!(?=\[)|:(?=//)")
"""What ends a stretch of plain text. The library stops at every colon and hyphen too, for plugins that are not here."""

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


@functools.cache
def parser() -> MarkdownIt:
    """The one parser; it keeps nothing of a text and is built when the first is read."""
    made = _Parser("commonmark", {"html": True, "maxNesting": _DEEPEST})
    made.enable(["table", "strikethrough"])
    made.disable("text_join")  # escaped characters must be told from plain ones until the stars are gone
    befriend_cjk(made)
    made.inline.ruler.at("linkify", _bare_url)
    made.inline.ruler.enable("linkify")
    made.inline.terminator_re = _WHERE_A_RULE_MAY_APPLY
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
