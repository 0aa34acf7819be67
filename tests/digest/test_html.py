"""HTML within Markdown."""

from __future__ import annotations

import re

import pytest

from digest.markdown import Placed, blocks, parse
from digest.richtext import (
    Blocks,
    Bold,
    Break,
    CodeBlock,
    Heading,
    Image,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
    links,
    plain_blocks,
)


def _paragraph(text: str) -> Paragraph:
    return Paragraph((Text(text),))


_A = Link((Text("t"),), "https://a.b/c")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<h3><a href="https://a.b/c">t</a></h3>', (Heading((_A,), 3),)),
        ("<h2>\n  Words\n</h2>", (Heading((Text("Words"),), 2),)),
        ('<a href="https://a.b/c"><h3>t</h3></a>', (Heading((_A,), 3),)),
        ("<h2>never closed\n\ntext", (Heading((Text("never closed"),), 2), _paragraph("text"))),
        ("<p>one</p>\n<p>two<br>three</p>", (_paragraph("one"), Paragraph((Text("two"), Break(), Text("three"))))),
        ("<ul>\n<li>one</li>\n<li>two</li>\n</ul>", (List(((_paragraph("one"),), (_paragraph("two"),))),)),
        ("<ul><li>one<li>two</ul>", (List(((_paragraph("one"),), (_paragraph("two"),))),)),
        ('<ol start="3"><li>one</li></ol>', (List(((_paragraph("one"),),), 3),)),
        ("<ol start='x'><li>one</li></ol>", (List(((_paragraph("one"),),), 1),)),
        (
            "<ul><li>one<ul><li>in</li></ul></li><li>two</li></ul>",
            (List(((_paragraph("one"), List(((_paragraph("in"),),))), (_paragraph("two"),))),),
        ),
        ("<ol><li>one<ul><li>in<li>in two</ul><li>two</ol>", (
            List(((_paragraph("one"), List(((_paragraph("in"),), (_paragraph("in two"),)))), (_paragraph("two"),)), 1),
        )),
        ("<li>stray</li>", (List(((_paragraph("stray"),),)),)),
        ("<blockquote><p>q</p></blockquote>", (Quote((_paragraph("q"),)),)),
        ('<pre><code class="language-py">a &lt; <b>b</b>\n\n  c\n</code></pre>', (CodeBlock("a < b\n\n  c", "py"),)),
        ("<hr>", (Rule(),)),
        ("<p>one</p><hr/><p>two</p>", (_paragraph("one"), Rule(), _paragraph("two"))),
        (
            "<details>\n<summary>More</summary>\n\n- **inside**\n\n</details>",
            (Paragraph((Bold((Text("More"),)),)), List(((Paragraph((Bold((Text("inside"),)),)),),))),
        ),
        ("<details><summary><b>M</b></summary>in</details>", (Paragraph((Bold((Text("M"),)),)), _paragraph("in"))),
        ("<details><summary><h3>More</h3></summary>in</details>", (Heading((Text("More"),), 3), _paragraph("in"))),
        (
            '<figure><img src="https://a.b/c.png" alt="x"><figcaption>words</figcaption></figure>',
            (Image("https://a.b/c.png", "x"), _paragraph("words")),
        ),
        (
            '<picture><source srcset="x"><img src="https://a.b/c.png" alt="x"></picture>',
            (Image("https://a.b/c.png", "x"),),
        ),
        ("<dl><dt>term</dt><dd>meaning</dd></dl>", (Paragraph((Bold((Text("term"),)),)), _paragraph("meaning"))),
        ("<center>\n\n**x**\n\n</center>", (Paragraph((Bold((Text("x"),)),)),)),
        ("<div align='center'>\n\n- a\n- b\n\n</div>", (List(((_paragraph("a"),), (_paragraph("b"),))),)),
        ("<div>\n- a\n- b\n</div>", (List(((_paragraph("a"),), (_paragraph("b"),))),)),
        ("<ul>\n<li>\n\n**x**\n\n</li>\n</ul>", (List(((Paragraph((Bold((Text("x"),)),)),),)),)),
        ("<ul>\n\n<li>one</li>\n\n<li>two</li>\n\n</ul>", (List(((_paragraph("one"),), (_paragraph("two"),))),)),
        ("<font color='red'>text</font>", (_paragraph("text"),)),
        ("- <p>one</p><ul><li>in</li></ul>", (List(((_paragraph("one"), List(((_paragraph("in"),),))),)),)),
    ],
)  # fmt: skip
def test_blocks_of_html(html: str, expected: Blocks) -> None:
    """Markup: HTML (30 % of posts) that makes blocks makes the same blocks here, with Markdown or HTML in them."""
    assert blocks(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<table>\n<thead><tr><th>a</th><th>b</th></tr></thead>\n<tr><td>1</td><td><a href='https://a.b/c'>t</a></td></tr>\n</table>",
            Table(((Text("a"),), (Text("b"),)), (((Text("1"),), (_A,)),)),
        ),
        (
            "<table>\n  <tr>\n    <td>1</td>\n\n    <td>2</td>\n  </tr>\n\n  <tr>\n    <td>3</td><td>4</td></table>",
            Table((), (((Text("1"),), (Text("2"),)), ((Text("3"),), (Text("4"),)))),
        ),
        ("<table><tr><td>1<td>2<tr><td>3<td>4</table>", Table((), (
            ((Text("1"),), (Text("2"),)), ((Text("3"),), (Text("4"),)))
        )),
        (
            "<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>",
            Table((), (((Text("a"), Break(), Text("b")), (Text("c"),)),)),
        ),
        ("<table><tr><td>a</td><td></td></tr><tr><td></td><td></td></tr></table>", Table((), (((Text("a"),), ()),))),
    ],
)  # fmt: skip
def test_tables_of_html(html: str, expected: Table) -> None:
    """Markup: a table of HTML is a table, with the header it says and the links of its cells."""
    assert blocks(html) == (expected,)


def test_tables_that_arrange() -> None:
    """A table that only arranges a page is what stands in it."""
    html = "<table><tr><td><h1>News</h1><p>one</p></td></tr><tr><td><ul><li>two</li></ul></td></tr></table>"
    assert blocks(html) == (Heading((Text("News"),), 1), _paragraph("one"), List(((_paragraph("two"),),)))


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        ('<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ?x=1"></iframe>', ["https://www.youtube.com/watch?v=dQw4w9WgXcQ"]),
        ('text <iframe src="//player.bilibili.com/player.html?aid=1&bvid=BV1xx411c7mD&p=1"></iframe>', ["https://www.bilibili.com/video/BV1xx411c7mD"]),
        ('<iframe src="https://player.vimeo.com/video/123" width="1"></iframe>', ["https://vimeo.com/123"]),
        ('<iframe src="https://x.example.com/embed"></iframe>', ["https://x.example.com/embed"]),
        ('text <iframe src="//x.example.com/(a)"></iframe>', ["https://x.example.com/%28a%29"]),
        ('<iframe src="https://x.example.com/embed" height="0" width="0"></iframe>', []),
        ('<iframe src="https://x.example.com/embed" style="display: none"></iframe>', []),
        ('<iframe src="/embed"></iframe>', []),
        ('<video src="https://a.b/c.mp4" controls></video>', ["https://a.b/c.mp4"]),
        ('<video controls>\n<source src="https://a.b/c.mp4">\nno film\n</video>', ["https://a.b/c.mp4"]),
        ('<a href="https://a.b/c"><img src="https://a.b/i.png" alt="x"></a>', ["https://a.b/c"]),
    ],
)  # fmt: skip
def test_what_is_embedded(html: str, urls: list[str]) -> None:
    """Markup: a film in a frame is a link to where it is watched; other frames that can be seen lead to their page."""
    found = blocks(html)
    assert [link.url for link in links(found)] == urls
    assert "<" not in plain_blocks(found)


@pytest.mark.parametrize(("attributes", "shown"), [("", "x.example.com"), (' title="A [live] demo"', "A [live] demo")])
def test_what_a_frame_is_called(attributes: str, shown: str) -> None:
    """The link to what a frame shows is called by the frame's title, else by its host."""
    frame = f'<iframe src="https://x.example.com/embed"{attributes}></iframe>'
    assert plain_blocks(blocks(f"text {frame}")) == f"text {shown}"
    assert plain_blocks(blocks(frame)).split() == re.findall(r"[\w.]+", shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a < b and c > d", "a < b and c > d"),
        ("a List<int> and Map<String, int>", "a List<int> and Map<String, int>"),
        ("Option<T> is <T>", "Option<T> is <T>"),
        ("run it with <your-name>", "run it with <your-name>"),
        ("1 <2 and 3> 2", "1 <2 and 3> 2"),
        ("I <3 it", "I <3 it"),
        ("<x-card kind='a'>in</x-card>", "in"),
        ("<Note>in</Note>", "in"),
        ("<Note />text", "text"),
    ],
)
def test_what_only_looks_like_html(text: str, shown: str) -> None:
    """Markup: what looks like a tag and is none is not lost; components are not shown."""
    assert plain_blocks(blocks(text)) == shown


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("x <mark>a</mark> <u>b</u> <small>c</small>", "x a b c"),
        ("one<p>two</p>three", "one\ntwo\nthree"),
        ("x<ul><li>a</li><li>b</li></ul>", "x\na\nb"),
        ("H<sub>2</sub>O, x<sup>2</sup>", "H2O, x2"),
        ("<kbd>Ctrl</kbd>+<kbd>C</kbd>", "Ctrl+C"),
        ("x <svg><path d='1'/></svg>y", "x y"),
        ("x <b>**y", "x y"),
        ("before <script>if (a < b) { alert(1) }</script> after", "before  after"),
    ],
)
def test_html_in_a_line(html: str, shown: str) -> None:
    """Markup: of HTML within a line the words stay, on lines of their own where a browser would put them there."""
    assert plain_blocks(blocks(html)) == shown


def _places(placed: tuple[Placed, ...]) -> list[tuple[str, int, int, tuple[int, ...]]]:
    return [(type(one.block).__name__, one.line, one.weight, one.items) for one in placed]


def test_places_of_html() -> None:
    """Every block of HTML knows its line and its weight, a list those of its items."""
    text = "# a\n\n<div>\n<h3>title</h3>\n<p>words</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n</div>\n\nend"
    placed = parse(text, first_line=11).placed
    assert [(kind, line, items) for kind, line, _, items in _places(placed)] == [
        ("Heading", 11, ()),
        ("Heading", 14, ()),
        ("Paragraph", 15, ()),
        ("List", 16, (17, 18)),
        ("Paragraph", 22, ()),
    ]
    assert all(one.weight for one in placed)
    assert sum(one.weight for one in placed) <= len(text)


def test_unclosed_list_keeps_what_follows_apart() -> None:
    """What stands behind a tag that was never closed is not swallowed by it."""
    follow = "\n\n# Two\n\n1. [t](https://a.b/c)\n"
    expected = (Heading((Text("Two"),), 1), List(((Paragraph((_A,)),),), 1))
    one = List(((_paragraph("one"),),))
    assert blocks(f"<ul>\n<li>one{follow}") == (one, *expected)
    assert blocks(f"<ul>\n<li>one</li>{follow}") == (one, *expected)
    assert blocks(f"<blockquote>\n<p>one{follow}") == (Quote((_paragraph("one"),)), *expected)
    assert blocks(f"<table><tr><td>one</td><td>two{follow}")[1:] == expected
    assert [one.line for one in parse(f"<ul>\n<li>one{follow}").placed] == [1, 4, 6]


def test_deep_html_is_flattened() -> None:
    """Tags within tags end somewhere, and their text stays."""
    text = "".join(f"<ul><li>{n}" for n in range(300))
    assert plain_blocks(blocks(text)).replace("\n", "") == "".join(map(str, range(300)))
