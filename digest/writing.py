"""What writing is made of: which characters are CJK, which are never shown, and which language a text is in."""

from __future__ import annotations

import functools
import re

import regex

_CJK = regex.compile(
    r"(?V1)[[\p{East_Asian_Width=W}\p{East_Asian_Width=F}\p{East_Asian_Width=H}]--\p{Emoji_Presentation}--\p{Cn}]"
    r"|\p{Script=Hangul}|[\u3400-\u9FFF\uF900-\uFAFF\U00020000-\U0003FFFD]"
)
"""Wide and no emoji, or Hangul; and the blocks whose unassigned places are wide as well (Standard Annex 11)."""

_FIRST_CJK = "\u1100"
"""No character before this one is CJK."""


def is_cjk(char: str) -> bool:
    """Whether it is CJK in the sense of the CJK-friendly amendment to CommonMark."""
    return char >= _FIRST_CJK and _is_wide(char)


@functools.lru_cache(maxsize=4096)
def _is_wide(char: str) -> bool:
    return _CJK.match(char) is not None


def columns(text: str) -> int:
    """How wide the text is: a CJK character takes two columns, any other one."""
    return len(text) + sum(map(is_cjk, text))


_NEWLINES = re.compile("\r\n?|[\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, less tab and newline
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of writing
    "\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff"  # marks and codes that are no characters
    "\ud800-\udfff]"  # halves of a surrogate pair
)


def is_printable(text: str) -> bool:
    """Whether the text has only line feeds and characters that are shown as they are: most do, which is soon seen."""
    return text.isprintable() or text.replace("\n", "").isprintable()


def seen(text: str) -> tuple[str, int, int]:
    """The text as it may be shown, with line feeds; how many characters were taken out; the line of the first."""
    if is_printable(text):
        return text, 0, 0
    text = _NEWLINES.sub("\n", text)
    first = _UNSEEN.search(text)
    if first is None:
        return text, 0, 0
    text_seen, count = _UNSEEN.subn("", text)
    return text_seen, count, text.count("\n", 0, first.start()) + 1


_JOINTS = re.compile(
    "[\u00ad\u180e\u200b\u2060]"  # where a word may or must not be parted
    "|(?<![^\x00-\x7f\u2000-\u206f\u3000-\u9fff\uff00-\uffef])[\u200c\u200d]"  # joiners behind what joins nothing
    "|[\u200c\u200d](?=[\x00-\x7f\u2000-\u206f\u3000-\u9fff\uff00-\uffef]|$)"
)
_WIDE_BLANK = re.compile("^([ \t]*(?:[-*+]|#{1,6}|>|\\d{1,3}[.)]))[\u00a0\u2002\u2003\u3000]+", re.MULTILINE)


def without_joints(text: str) -> str:
    """The text without characters of no width that would keep Markdown's marks from being known.

    Joiners within emoji and within words of scripts that need them stay. A mark at the beginning of a line that a
    hard or wide blank follows gets a plain one.
    """
    return _WIDE_BLANK.sub(r"\1 ", _JOINTS.sub("", text))


def one_line(text: str) -> str:
    """What may be shown of the text, on one line: every run of white space is one blank."""
    return " ".join(_UNSEEN.sub("", text.replace("\ufeff", "")).split())


_SAMPLE = 500
"""Characters that are looked at to tell a language."""

_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]+")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]+")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]+")
_NO_WORDS = re.compile(r"https?://[!-~]+|</?[A-Za-z][^<>\n]*>")
"""Addresses and tags, whose letters are of no language."""
_ENOUGH = 0.1
"""A tenth of the letters tells the script that a text is written in: names and code are Latin everywhere."""


def language_of(text: str) -> str:
    """The language that the script of a text tells: `zh`, `ja`, `ko`, `en`; empty when there is no letter."""
    sample = _NO_WORDS.sub("", text[: _SAMPLE * 2])[:_SAMPLE]
    letters = sum(map(str.isalpha, sample))
    if not letters:
        return ""
    hangul, kana, han = (len("".join(script.findall(sample))) for script in (_HANGUL, _KANA, _HAN))
    if hangul > letters * _ENOUGH and hangul > kana:
        return "ko"
    if kana > (kana + han) * _ENOUGH and kana + han > letters * _ENOUGH:
        return "ja"
    return "zh" if han > letters * _ENOUGH else "en"
