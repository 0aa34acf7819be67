"""The front matter of a post, and the traps around it."""

from __future__ import annotations

import pytest
from hypothesis import given

from digest.frontmatter import split
from digest.problems import Code
from tests.digest.bombs import HEADS, TOML_HEADS
from tests.digest.posts import scraps


def test_yaml() -> None:
    """YAML between two lines of dashes is front matter, and the text begins behind it."""
    front = split('---\ntitle: "标题"\ncategories: ["a", "b"]\n---\n\ntext')
    assert (front.word("title"), front.words("categories")) == ("标题", ("a", "b"))
    assert (front.text, front.first_line) == ("\ntext", 5)


def test_toml() -> None:
    """TOML between two lines of plus signs is front matter, its dates and truths as words."""
    front = split('+++\ntitle = "x"\ndate = 2025-11-21T09:00:00+08:00\ndraft = true\ntags = ["a", 1]\n+++\ntext')
    assert front.word("date") == "2025-11-21T09:00:00+08:00"
    assert front.says("draft")
    assert front.words("tags") == ("a", "1")
    assert front.text == "text"


@pytest.mark.parametrize("written", ["no", "12:30", "2025-11-21", "1_000", "0o17", "~", "null", "1e3", "yes"])
def test_scalars_stay_as_written(written: str) -> None:
    """YAML 1.1 changes no word: `no` stays «no», `12:30` stays «12:30», a date stays as it was written."""
    assert split(f"---\ntitle: {written}\n---\n").word("title") == written


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nThe text begins with a rule.\n\n---\n\nMore.",
        "---\n\nUpdate: we moved.\n\n---\n\nMore.",
        "---\nNote: a rule, and no closing one",
        "---\n- one\n- two\n---\nmore",
        "No front matter at all.\n\n---\n\nMore.",
        "+++\njust a line\n+++\nmore",
        "--- title: x\n---\n",
    ],
)
def test_leading_rule_swallows_nothing(text: str) -> None:
    """A text that merely begins with a rule has no front matter and loses nothing."""
    front = split(text)
    assert (front.text, front.values, front.problem) == (text, {}, None)


@pytest.mark.parametrize(
    ("text", "line", "near"),
    [
        ("---\ntitle: a: b\nx: 1\n---\ntext", 2, "title: a: b"),
        ("---\ntitle: x\ndate: [1, 2\n---\ntext", 3, "date: [1, 2"),
        ("---\ntitle: x\nand no end", 2, "title: x"),
        ("---\n\ttitle: x\n---\ntext", 2, "title: x"),
        ("+++\ntitle = x\n+++\ntext", 2, "title = x"),
        ("# a comment: here\n", 0, ""),
        ("---\n# about\ntitle: a: b\n---\n", 3, "title: a: b"),
    ],
)
def test_broken(text: str, line: int, near: str) -> None:
    """Front matter that cannot be read is a problem with its line and the words around it."""
    problem = split(text).problem
    if not line:
        assert problem is None
        return
    assert problem is not None
    assert (problem.code, problem.line, problem.details["near"]) == (Code.BROKEN_FRONT_MATTER, line, near)


@pytest.mark.parametrize("name", HEADS)
def test_bombs(name: str) -> None:
    """Tags that make objects, aliases that multiply, and depth are refused before anything is made of them."""
    front = split(f"---\n{HEADS[name]}\n---\ntext")
    assert front.problem is not None or not front.values


@pytest.mark.parametrize("name", TOML_HEADS)
def test_toml_bombs(name: str) -> None:
    """Keys of many dots, depth and length are refused before anything is made of them."""
    problem = split(f"+++\n{TOML_HEADS[name]}\n+++\ntext").problem
    assert problem is not None
    assert problem.code is Code.BROKEN_FRONT_MATTER


def test_honest_dots() -> None:
    """Dots within words, comments and numbers are no keys."""
    words, numbers = "a.b.c.d.e.f.g.h.i.j.k.l.m", ", ".join(["0.5"] * 20)
    front = split(f"+++\ntitle = \"{words}\" # {words}\nother = '''\n{words}'''\nnumbers = [{numbers}]\n+++\ntext")
    assert (front.word("title"), front.word("other")) == (words, words)


def test_honest_exclamation() -> None:
    """An exclamation mark, an ampersand or a star within words is none of these."""
    front = split("---\ntitle: Hello !world & *co\nother: 'a * b'\n---\ntext")
    assert front.word("title") == "Hello !world & *co"


def test_keys_are_lower_case_and_first_wins() -> None:
    """Keys are read in any case, and the first of several that says something counts."""
    front = split("---\nTitle: x\nPubDate: 2025-01-01\n---\n")
    assert front.word("title") == "x"
    assert front.word("date", "pubdate") == "2025-01-01"


def test_words_of_a_text() -> None:
    """A list that was written as a text is split at its commas, Chinese ones included, and repeats count once."""
    assert split("---\ntags: a，b、c, a\n---\n").words("tags") == ("a", "b", "c")


def test_nested_picture() -> None:
    """A cover that is a mapping names its picture."""
    assert split("---\ncover:\n  image: https://a.b/c.png\n---\n").word("cover") == "https://a.b/c.png"


@given(scraps())
def test_never_raises(text: str) -> None:
    """Whatever a file begins with, its front matter is parted from it without an exception and without loss."""
    front = split(f"---\n{text}")
    assert front.text.strip() in f"---\n{text}"
