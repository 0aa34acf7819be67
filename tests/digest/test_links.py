"""Which addresses may stand behind a link."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.links import address
from digest.markdown import blocks, parse
from digest.problems import Code
from digest.richtext import links, plain, plain_blocks


@pytest.mark.parametrize(
    ("written", "followed"),
    [
        ("https://a.b/c?d=e#f", "https://a.b/c?d=e#f"),
        ("HTTP://A.b/c", "http://a.b/c"),
        ("https://a.b/c_(d)", "https://a.b/c_(d)"),
        ("https://a.b/中 文", "https://a.b/%E4%B8%AD%20%E6%96%87"),
        ("https://例子.中国/x", "https://xn--fsqu00a.xn--fiqs8s/x"),
        ("//a.b/c", "https://a.b/c"),
        ("github.com/x", "https://github.com/x"),
        ("www.example.com", "https://www.example.com"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("", None),
        ("#part", None),
        ("/relative", None),
        ("README.md", None),
        ("https://", None),
        ("http:///x", None),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("tg://user?id=1", None),
        ("https://a.b:99999/", None),
        ("https://a.b/" + "x" * 3_000, None),
    ],
)
def test_address(written: str, followed: str | None) -> None:
    """Only absolute http(s) and mailto addresses stand behind links; what merely lacks its scheme gets it."""
    assert address(written) == followed


@pytest.mark.parametrize(
    ("written", "followed"),
    [
        ("c.md", "https://a.b/p/c.md"),
        ("/c", "https://a.b/c"),
        ("../c", "https://a.b/c"),
        ("https://x.y/", "https://x.y/"),
        ("javascript:1", None),
    ],
)
def test_relative(written: str, followed: str | None) -> None:
    """A relative address is joined to the source's base address."""
    assert address(written, "https://a.b/p/") == followed


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("见https://a.b/c。后", "https://a.b/c"),
        ("见 https://a.b/c，后", "https://a.b/c"),
        ("（https://a.b/c）", "https://a.b/c"),
        ("(see https://a.b/c_(d))", "https://a.b/c_(d)"),
        ("https://a.b/c.", "https://a.b/c"),
        ("https://a.b/c后面的字", "https://a.b/c"),
        ("**https://a.b/c**", "https://a.b/c"),
        ("https://a.b/__init__.py", "https://a.b/__init__.py"),
        ("https://a.b/x\\_y", "https://a.b/x_y"),
        ("https://a.b/?x=1&amp;y=2", "https://a.b/?x=1&y=2"),
        ("https://a.b/?x=1&copy=2", "https://a.b/?x=1&copy=2"),
        ("<https://a.b/c>", "https://a.b/c"),
        ("`https://a.b/c`", None),
        ("xhttps://a.b/c", None),
        ("https://nothing", None),
    ],
)
def test_bare(text: str, url: str | None) -> None:
    """An address in the text becomes a link that swallows no Chinese text, no closing punctuation and no markup."""
    assert [link.url for link in links(blocks(text))] == ([url] if url else [])


def test_bare_address_keeps_the_text() -> None:
    """The text around an address and its own spelling stay as they are."""
    assert plain_blocks(blocks("见https://a.b/%E4%B8%AD。后")) == "见https://a.b/%E4%B8%AD。后"


def test_bad_link_becomes_text() -> None:
    """A link that leads nowhere is shown as text, and named with its line."""
    parsed = parse("one\n\n[words](javascript:1) [more](c.md)", first_line=5)
    assert plain_blocks(parsed.blocks) == "one\nwords more"
    assert list(links(parsed.blocks)) == []
    assert [(p.code, p.line, p.details["link"]) for p in parsed.problems] == [
        (Code.BAD_LINK, 7, "javascript:1"),
        (Code.BAD_LINK, 7, "c.md"),
    ]


def test_links_do_not_nest() -> None:
    """A link within a link is its text."""
    found = list(links(blocks('<a href="https://a.b/">x [y](https://c.d/) https://e.f/</a>')))
    assert [(plain(link.spans), link.url) for link in found] == [("x y https://e.f/", "https://a.b/")]


@given(st.text(max_size=60))
def test_never_raises(text: str) -> None:
    """Whatever stands as an address, what comes out is safe or nothing."""
    for base in ("", "https://a.b/p/", "not a base"):
        followed = address(text, base)
        assert followed is None or followed.startswith(("http://", "https://", "mailto:"))
