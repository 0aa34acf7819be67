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
        ("github.com", "https://github.com"),
        ("Example.com?a=1", "https://example.com/?a=1"),
        ("a.example.com:8080/x", "https://a.example.com:8080/x"),
        ("https://https://a.b/c", "https://a.b/c"),
        ("http://https://a.b/c", "https://a.b/c"),
        ("http://http//a.b/c", "http://a.b/c"),
        ("https//a.b/c", "https://a.b/c"),
        ("https:/a.b/c", "https://a.b/c"),
        ("https：//a.b/c", "https://a.b/c"),
        ("https://https.example.com/", "https://https.example.com/"),
        ("https://zh.wikipedia.org/wiki/中_(文)", "https://zh.wikipedia.org/wiki/%E4%B8%AD_(%E6%96%87)"),
        ("https://www.google.com/url?q=https://a.b/c&sa=D", "https://a.b/c"),
        ("https://link.zhihu.com/?target=https%3A//a.b/中文", "https://a.b/%E4%B8%AD%E6%96%87"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("", None),
        ("notes.io", None),
        ("main.rs", None),
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
    """Markup: scheme-less links (0.2 % of posts) get their scheme; only absolute http(s) and mailto addresses stand."""
    assert address(written) == followed


@pytest.mark.parametrize(
    ("written", "followed"),
    [
        ("c.md", "https://a.b/p/c.md"),
        ("/c", "https://a.b/c"),
        ("../c", "https://a.b/c"),
        ("./c d.md#e", "https://a.b/p/c%20d.md#e"),
        ("中文/", "https://a.b/p/%E4%B8%AD%E6%96%87/"),
        ("?page=2", "https://a.b/p/?page=2"),
        ("#part", None),
        ("", None),
        ("https://x.y/", "https://x.y/"),
        ("javascript:1", None),
    ],
)
def test_relative(written: str, followed: str | None) -> None:
    """Markup: relative links (9 % of posts) are joined to the source's base address."""
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
        ("访问https://a.b/c？d=1！", "https://a.b/c"),
        ("https://a.b/c？", "https://a.b/c"),
        ("《https://a.b/c》", "https://a.b/c"),
        ("链接：https://a.b/c#d、另", "https://a.b/c#d"),
        ("https://a.b/c…", "https://a.b/c"),
        ("见 https://zh.wikipedia.org/wiki/人_(工)。后", "https://zh.wikipedia.org/wiki/%E4%BA%BA_(%E5%B7%A5)"),
        ("https://a.b/c**后**", "https://a.b/c"),
        ("https://www.google.com/url?q=https://a.b/c", "https://a.b/c"),
        ("`https://a.b/c`", None),
        ("xhttps://a.b/c", None),
        ("https://nothing", None),
    ],
)
def test_bare(text: str, url: str | None) -> None:
    """Markup: bare URLs (38 % of posts, glued to CJK punctuation) are links that swallow no Chinese and no markup."""
    assert [link.url for link in links(blocks(text))] == ([url] if url else [])


@pytest.mark.parametrize(
    ("text", "words", "url"),
    [
        ("[x](https://a.b/c_(d))", "x", "https://a.b/c_(d)"),
        ("[x](https://zh.wikipedia.org/wiki/中文_(消歧义))后", "x", "https://zh.wikipedia.org/wiki/%E4%B8%AD%E6%96%87_(%E6%B6%88%E6%AD%A7%E4%B9%89)"),
        ("[x](https://a.b/c_(d)", "x", "https://a.b/c_(d)"),
        ("[x](https://a.b/c_(d) 后", "x", "https://a.b/c_(d)"),
        ("[x](https://a.b/c d)", "x", "https://a.b/c%20d"),
        ("[x]( https://a.b/c d e )", "x", "https://a.b/c%20d%20e"),
        ("[x](https://a.b/c d(e).pdf)", "x", "https://a.b/c%20d(e).pdf"),
        ('[x](https://a.b/c "d e")', "x", "https://a.b/c"),
        ("[x](https://a.b/c 'd e')", "x", "https://a.b/c"),
        ("[x](https://a.b/c (d e))", "x", "https://a.b/c"),
        ("[x](<https://a.b/c d>)", "x", "https://a.b/c%20d"),
        ("[x] (https://a.b/c)", "x", "https://a.b/c"),
        ("- [标题] (https://a.b/c)", "标题", "https://a.b/c"),
        ("［x］（https://a.b/c）", "x", "https://a.b/c"),
        ("[x]（https://a.b/c）", "x", "https://a.b/c"),
        ("［x］(https://a.b/c)", "x", "https://a.b/c"),
        ("[x](github.com/x)", "x", "https://github.com/x"),
        ("[x](https://https://a.b/c)", "x", "https://a.b/c"),
        ("[**x**][id]\n\n[id]: https://a.b/c 'title'", "x", "https://a.b/c"),
        ("[x][]\n\n[X]: <https://a.b/c>", "x", "https://a.b/c"),
        ("[x]\n\n[x]: https://a.b/c", "x", "https://a.b/c"),
        ("[[x]](https://a.b/c)", "[x]", "https://a.b/c"),
    ],
)  # fmt: skip
def test_link_targets(text: str, words: str, url: str) -> None:
    """Markup: `)` in URLs (0.7 % of posts), blanks and full-width brackets in links, reference links (22 %)."""
    found = list(links(blocks(text)))
    assert [(plain(link.spans), link.url) for link in found] == [(words, url)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[x]()", "x"),
        ("[](https://a.b/c)", "https://a.b/c"),
        ("[x](#part)", "x"),
        ("[x](../y.md) z", "x z"),
        ("[x](y.md)", "x"),
        ("[x][missing]", "[x][missing]"),
        ("see [1] (and 2)", "see [1] (and 2)"),
        ("（见[x]）（https是什么）", "（见[x]）（https是什么）"),
        ("f(x) [y] (z)", "f(x) [y] (z)"),
    ],
)
def test_links_that_lead_nowhere(text: str, shown: str) -> None:
    """Markup: an empty href (0.2 % of posts), an anchor or a relative link is its words."""
    assert plain_blocks(blocks(text)) == shown


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
