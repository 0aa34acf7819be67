"""The picture of a digest."""

from __future__ import annotations

import pytest

from digest.model import Post
from digest.pictures import is_badge, is_inline, is_picture
from digest.read import read
from tests.digest.posts import RULES


@pytest.mark.parametrize(
    ("head", "picture"),
    [
        ("title: t\nimage: https://a.b/front.png", "https://a.b/front.png"),
        ("title: t", "https://a.b/text.png"),
        ("title: t\nimage: front.png", "https://a.b/text.png"),
    ],
)
def test_picture_of_a_digest(head: str, picture: str) -> None:
    """Markup: images (26 % of posts): a digest's picture is the front matter's, else the first good one of its text."""
    text = f"---\n{head}\n---\n![x](https://img.shields.io/x.svg)\n\n1. [t](https://a.b/1)\n\n   ![y](https://a.b/text.png)\n"
    assert read(Post(path="x.md", data=text.encode()), RULES).picture == picture


@pytest.mark.parametrize(
    "url",
    [
        "https://img.shields.io/badge/a-b-green",
        "https://badgen.net/x",
        "https://badge.fury.io/py/x.svg",
        "https://github.com/x/y/workflows/ci/badge.svg",
        "https://codecov.io/gh/x/y/branch/main/graph/badge.svg",
        "https://api.star-history.com/svg?repos=x/y",
    ],
)
def test_badges(url: str) -> None:
    """A badge is none, wherever it is drawn."""
    assert is_badge(url)
    assert not is_picture(url, "x")


@pytest.mark.parametrize(
    ("url", "alt", "attributes", "good"),
    [
        ("https://a.b/c.jpg", "words", "", True),
        ("https://a.b/c.webp?w=100", "", ' width="100%"', True),
        ("https://a.b/badger.jpg", "a badger", "", True),
        ("https://a.b/c.png", "", ' width="32" height="32"', False),
        ("https://a.b/c.png", "", ' class="avatar"', False),
        ("https://a.b/c.png", "avatar", "", False),
        ("https://a.b/favicon.ico", "", "", False),
        ("https://a.b/x/1x1.gif", "", "", False),
        ("https://a.b/drawing.svg", "", "", False),
        ("https://a.b/images/qr.png", "", "", False),
    ],
)
def test_what_is_a_picture(url: str, alt: str, attributes: str, good: bool) -> None:
    """Faces, icons, codes to scan and points that only count are not worth being shown above a digest."""
    assert is_picture(url, alt, attributes) is good


def test_what_stands_in_a_line() -> None:
    """A picture whose words are a single sign stands in its line."""
    assert is_inline("🚀", "")
    assert is_inline(":rocket:", ' class="emoji"')
    assert not is_inline("a rocket", "")
    assert not is_inline("", "")
