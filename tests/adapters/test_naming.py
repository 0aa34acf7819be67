"""What people call chats, as it is kept and shown."""

from __future__ import annotations

import pytest

from adapters.naming import LONGEST_BESIDE, LONGEST_TITLE, chat_name, numbered


@pytest.mark.parametrize(
    ("title", "beside", "named"),
    [
        ("AI 频道", "@aidaily", "AI 频道 (@aidaily)"),
        ("#新闻", "AI 日报服务器", "#新闻 (AI 日报服务器)"),
        ("Reading", "", "Reading"),
        ("", "@somebody", ""),
        (" \n\t ", "", ""),
        ("\u3164\x07", "@somebody", ""),
        ("\u2800\u200b \u2060\ufe0f", "", ""),
        ("two\nlines\u2028three", "a\tb", "two lines three (a b)"),
        ("\x1b[31mred\x07\u202egnp.exe", "", "[31mredgnp.exe"),
        ("half \ud83d a pair", "", "half a pair"),
        ("👩‍👩‍👧‍👦", "", "👩‍👩‍👧‍👦"),
    ],
)
def test_a_chat_is_called_by_its_title_and_what_tells_it_from_others(title: str, beside: str, named: str) -> None:
    """A name is one line of what can be shown, with the public name or the server behind; no title, no name."""
    assert chat_name(title, beside) == named


@pytest.mark.parametrize("title", ["x" * 300, "字" * 300, "👩‍👩‍👧‍👦" * 60, "a" + "\u0301" * 500])
def test_a_name_is_short_whatever_it_is(title: str) -> None:
    """However long a title is, the name has room in a table, and is never cut within what is seen as one character."""
    named = chat_name(title, title)
    assert len(named) <= LONGEST_TITLE + LONGEST_BESIDE + len(" ()")
    assert not named.removesuffix("…").endswith("\u200d")


@pytest.mark.parametrize(
    ("named", "chat", "thread", "shown"),
    [
        ("#news (Reading)", "12", "", "#news (Reading) 12"),
        ("", "-1001", "7", "-1001 7"),
        ("Readers", "-1001", "7", "Readers -1001 7"),
        ("ערוץ", "-1001", "7", "ערוץ\u200e -1001 7"),
        ("أخبار (@akhbar)", "-1001", "", "أخبار (@akhbar)\u200e -1001"),
    ],
)
def test_a_chat_stands_with_its_number_behind(named: str, chat: str, thread: str, shown: str) -> None:
    """A chat is told by its name and the numbers by which it is looked up; by those alone where it has no name.

    Behind a name that is written from the right, numbers are read from the left all the same.
    """
    assert numbered(named, chat, thread) == shown
