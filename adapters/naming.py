"""What people call a chat: foreign text, made safe to be shown on one line anywhere."""

from __future__ import annotations

from typing import Final

import regex

from digest.cutting import shorten
from digest.writing import one_line

LONGEST_TITLE: Final = 60
LONGEST_BESIDE: Final = 60
"""Code points that are kept of a chat's title, and of what tells it from others."""

_BLANK = regex.compile(r"[\p{Default_Ignorable_Code_Point}\s\u2800]*")
"""What takes room at most: blanks, joiners, fillers."""
_FROM_THE_RIGHT = regex.compile(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}]")
_FROM_THE_LEFT: Final = "\u200e"
"""The mark behind which writing goes on from the left: else a number's sign would stand behind it."""


def chat_name(title: str, beside: str = "") -> str:
    """A chat's name: `AI 频道 (@aidaily)`, `#news (Reading)`; empty where it has no title, or none that is seen.

    `beside`: what tells it from others that are called the same: its public name, the server that it is in.
    """
    named, other = shorten(one_line(title), LONGEST_TITLE), shorten(one_line(beside), LONGEST_BESIDE)
    if _BLANK.fullmatch(named):
        return ""
    return f"{named} ({other})" if other else named


def numbered(chat_name: str, chat: str, thread: str = "") -> str:
    """A chat as people know it, with its number and its thread's behind: those are what it is looked up by."""
    named = f"{chat_name}{_FROM_THE_LEFT}" if _FROM_THE_RIGHT.search(chat_name) else chat_name
    return " ".join(filter(None, (named, chat, thread)))
