"""Markdown to rich text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from digest.markdown import blocks, paragraphs, parse
from digest.problems import Code as ProblemCode
from digest.richtext import (
    Block,
    Blocks,
    Bold,
    Break,
    Code,
    CodeBlock,
    Heading,
    Image,
    Italic,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Strike,
    Table,
    Text,
    links,
    plain,
    plain_blocks,
)
from tests.digest.posts import scraps


def _paragraph(text: str) -> Paragraph:
    return Paragraph((Text(text),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\n\ntwo", (_paragraph("one"), _paragraph("two"))),
        ("## Two", (Heading((Text("Two"),), 2),)),
        ("---", (Rule(),)),
        ("> q\n>\n> r", (Quote((_paragraph("q"), _paragraph("r"))),)),
        ("- a\n- b", (List(((_paragraph("a"),), (_paragraph("b"),))),)),
        ("3. a\n4. b", (List(((_paragraph("a"),), (_paragraph("b"),)), 3),)),
        ("- a\n  - b", (List(((_paragraph("a"), List(((_paragraph("b"),),))),)),)),
        ("```py x\ncode\n\nmore\n```", (CodeBlock("code\n\nmore", "py"),)),
        ("| a | b |\n|---|---|\n| 1 | 2 |", (Table(((Text("a"),), (Text("b"),)), (((Text("1"),), (Text("2"),)),)),)),
        ("![alt](https://a.b/c.png)", (Image("https://a.b/c.png", "alt"),)),
        ("x ![alt](https://a.b/c.png) y", (_paragraph("x  y"), Image("https://a.b/c.png", "alt"))),
        ("![alt](c.png)", (_paragraph("alt"),)),
        (
            "**b** *i* ~~s~~ `c`",
            (
                Paragraph(
                    (
                        Bold((Text("b"),)),
                        Text(" "),
                        Italic((Text("i"),)),
                        Text(" "),
                        Strike((Text("s"),)),
                        Text(" "),
                        Code("c"),
                    )
                ),
            ),
        ),
        ("[t][r]\n\n[r]: https://a.b/", (Paragraph((Link((Text("t"),), "https://a.b/"),)),)),
        ("a\\\nb", (Paragraph((Text("a"), Break(), Text("b"))),)),
        ("", ()),
        ("<!-- only a comment -->", ()),
    ],
)
def test_blocks(text: str, expected: Blocks) -> None:
    """Every construct of Markdown becomes its block or span."""
    assert blocks(text) == expected


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("a <b>b</b> <strong>c</strong>", (Text("a "), Bold((Text("b"),)), Text(" "), Bold((Text("c"),)))),
        ("<i>a</i><em>b</em>", (Italic((Text("a"),)), Italic((Text("b"),)))),
        ("x<s>a</s><del>b</del>", (Text("x"), Strike((Text("a"),)), Strike((Text("b"),)))),
        ("x <code>a*b</code>", (Text("x "), Code("a*b"))),
        ('x <a href="https://a.b/?c=1&amp;d=2">t</a>', (Text("x "), Link((Text("t"),), "https://a.b/?c=1&d=2"))),
        ('x <a href="javascript:1">t</a>', (Text("x t"),)),
        ("x <a name='n'>t</a>", (Text("x t"),)),
        ("x<br>y <br>\n<br>", (Text("x"), Break(), Text("y"))),
        ("a<br>b<br/>c", (Text("a"), Break(), Text("b"), Break(), Text("c"))),
        ("x <span style='color:red'>t</span><sup>2</sup>", (Text("x t2"),)),
        ("x <!-- hidden --> y", (Text("x y"),)),
        ("x <script>alert(1)</script> y", (Text("x  y"),)),
        ("x <b>never closed", (Text("x never closed"),)),
        ("x </b> y", (Text("x  y"),)),
        ("x <b>a *b</b> c*", (Text("x "), Bold((Text("a "), Italic((Text("b"),)))), Text(" c"))),
        ("1 < 2 &amp; 3 &gt; 2", (Text("1 < 2 & 3 > 2"),)),
    ],
)
def test_inline_html(html: str, shown: tuple[object, ...]) -> None:
    """Tags with a meaning keep it, the others go and leave their text, comments and scripts go altogether."""
    (paragraph,) = blocks(html)
    assert isinstance(paragraph, Paragraph)
    assert paragraph.spans == shown


def test_html_blocks() -> None:
    """A block of HTML is the text in it: headings, paragraphs, pictures; nothing of its markup leaks."""
    html = (
        '<div align="center">\n<h1>Big &amp; <b>bold</b></h1>\n<p>One</p><p>Two\nlines</p><!-- x -->\n'
        '<img src="https://a.b/c.png" alt="pic">\n</div>'
    )
    assert blocks(html) == (
        Heading((Text("Big & "), Bold((Text("bold"),))), 1),
        _paragraph("One"),
        _paragraph("Two lines"),
        Image("https://a.b/c.png", "pic"),
    )


def test_details() -> None:
    """Markup: `<details>` (3 % of posts): what can be unfolded on a site is simply shown, below its summary."""
    assert plain_blocks(blocks("<details>\n<summary>More</summary>\n\n**inside**\n\n</details>")) == "More\ninside"


@pytest.mark.parametrize(
    "html",
    [
        "<style>\np { color: red }\n</style>",
        "<script>\n\nalert(1)\n\n</script>",
        "<!--\n\nx\n\n-->",
        "<?php echo 1 ?>",
        "<!DOCTYPE html>",
    ],
)
def test_hidden_html(html: str) -> None:
    """Scripts, styles, comments and declarations are never shown."""
    assert plain_blocks(blocks(f"before\n\n{html}\n\nafter")) == "before\nafter"


def test_indented_chinese_is_no_code() -> None:
    """An indented paragraph of Chinese is prose; indented code stays code."""
    assert blocks("    缩进的 **中文**") == (Paragraph((Text("缩进的 "), Bold((Text("中文"),)))),)
    assert blocks("    a = b * c") == (CodeBlock("a = b * c"),)


def test_paragraph_above_a_rule() -> None:
    """A long paragraph right above a rule is no heading: its author forgot the blank line."""
    assert blocks("一段话。" * 30 + "\n---") == (_paragraph("一段话。" * 30), Rule())
    assert blocks("Short\n---") == (Heading((Text("Short"),), 2),)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("第一行\n第二行", "第一行\n第二行"),
        ("[title](https://a.b/)\nbody of the story", "title\nbody of the story"),
        ("Name: x\nPlace: y", "Name: x\nPlace: y"),
        (
            (
                "This paragraph was wrapped by an editor at some column, as letters always\n"
                "were, and nobody meant a break in the middle of its only sentence."
            ),
            (
                "This paragraph was wrapped by an editor at some column, as letters always "
                "were, and nobody meant a break in the middle of its only sentence."
            ),
        ),
    ],
)
def test_line_ends(text: str, shown: str) -> None:
    """A line's end within a paragraph is a break, unless an editor wrapped the line there."""
    assert plain_blocks(blocks(text)) == shown


def test_a_wrapped_line_may_end_in_bold() -> None:
    """A line that an editor wrapped behind bold words goes on; a line that is all in bold is one of its own."""
    start, end = "A paragraph that an editor wrapped at some column after **bold words**", "rather than before them."
    assert plain_blocks(blocks(f"{start}\n{end}")) == f"{start.replace('**', '')} {end}"
    assert plain_blocks(blocks(f"**{start.replace('**', '')}**\n{end}")) == f"{start.replace('**', '')}\n{end}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("$x_i * y_i$ and *z*", "$x_i * y_i$ and z"),
        ("$$\na_1 \\\\\n*b*\n$$", "$$\na_1 \\\\\n*b*\n$$"),
        (r"\(x_i\) and \[a^2 * b * c\]", r"\(x_i\) and \[a^2 * b * c\]"),
        (r"$\alpha < \beta$", r"$\alpha < \beta$"),
        ("5$ *and* 10$", "5$ and 10$"),
        ("\\$5 and **$6**", "$5 and $6"),
        ("$5 **and** $6", "$5 and $6"),
        (r"\(a note\)", "(a note)"),
        (r"\[ *a* and \[b_1\] and \(c \(d_2\)", r"[ a and \[b_1\] and (c \(d_2\)"),
        (r"$x^{[2]}$ and $a_{[i]}$", r"$x^{[2]}$ and $a_{[i]}$"),
    ],
)
def test_formulas(text: str, shown: str) -> None:
    """Formulas stay readable: nothing in them is markup, and their backslashes stay; prices are no formulas."""
    assert plain_blocks(blocks(text)) == shown


def test_nested_blocks() -> None:
    """Markup: nested lists (16 % of posts) and quotes (37 %) keep what stands in them, with rules and code."""
    text = "1. a\n   - b\n     - c\n\n   > d\n   > - e\n2. f\n\n   ```\n   g\n   ```\n"
    inner = List(((_paragraph("b"), List(((_paragraph("c"),),))),))
    quote = Quote((_paragraph("d"), List(((_paragraph("e"),),))))
    assert blocks(text) == (List(((_paragraph("a"), inner, quote), (_paragraph("f"), CodeBlock("g"))), 1),)


def test_line_feeds_of_other_systems() -> None:
    """Markup: CRLF (1 % of posts) and lone carriage returns end lines like any other."""
    text = "# a\n\n- **b**\n- c\n\n{% comment %}\nx\n{% endcomment %}\n\n| d | e |\n|---|---|\n| f | g |\n"
    assert blocks(text.replace("\n", "\r\n")) == blocks(text.replace("\n", "\r")) == blocks(text)


@pytest.mark.parametrize(
    ("text", "header", "rows"),
    [
        ("| a | b |\n|---|:-:|\n| 1 | 2 | 3 |\n| 4 |", ["a", "b"], [["1", "2"], ["4", ""]]),
        ("|---|---|\n| 一 | 二 |\n| 三 | 四 |", [], [["一", "二"], ["三", "四"]]),
        ("| a | b | c |\n|---|---|\n| 1 | 2 | 3 |", ["a", "b", "c"], [["1", "2", "3"]]),
        ("|  |  |\n|---|---|\n| 1 | 2 |", [], [["1", "2"]]),
        ("| a | b |\n|---|---|\n|  |  |\n| 1 |  |", ["a", "b"], [["1", ""]]),
        ("a | b\n--|--\n**1** | [t](https://a.b/)", ["a", "b"], [["1", "t"]]),
        ("| a | b |\n|---|---|\n| x \\| y | ![pic](https://a.b/c.png) |", ["a", "b"], [["x | y", "pic"]]),
    ],
)
def test_tables(text: str, header: list[str], rows: list[list[str]]) -> None:
    """Markup: tables (11 % of posts), ragged or without a header, are tables."""
    (table,) = blocks(text)
    assert isinstance(table, Table)
    assert [plain(cell) for cell in table.header] == header
    assert [[plain(cell) for cell in row] for row in table.rows] == rows


def test_tables_keep_their_links() -> None:
    """Markup: the links of a table's cells lead on, also where the table has no header."""
    for head in ("| a | b |\n|---|---|", "|---|---|"):
        found = links(blocks(f"{head}\n| **[t](https://a.b/c)** | https://d.e/f |"))
        assert [link.url for link in found] == ["https://a.b/c", "https://d.e/f"]


def test_pipes_without_a_table() -> None:
    """A line that begins with a pipe is no table without a rule."""
    assert plain_blocks(blocks("| one | two |\n| three")) == "| one | two |\n| three"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0. a\n1. b", List(((_paragraph("a"),), (_paragraph("b"),)), 0)),
        ("1998. a", List(((_paragraph("a"),),), 1998)),
        ("- a\n-\n- b", List(((_paragraph("a"),), (_paragraph("b"),)))),
        ("a\n===", Heading((Text("a"),), 1)),
        ("a\n---", Heading((Text("a"),), 2)),
        ("***", Rule()),
        ("___", Rule()),
        ("* * *", Rule()),
        ("one  \ntwo", Paragraph((Text("one"), Break(), Text("two")))),
        ("term\n: meaning", Paragraph((Text("term"), Break(), Text(": meaning")))),
        ("H~2~O and 1~2", _paragraph("H~2~O and 1~2")),
    ],
)
def test_rarer_constructs(text: str, expected: Block) -> None:
    """Markup: rules (26 % of posts), quotes (37 %), headings that are underlined, lists that begin anywhere."""
    assert blocks(text) == (expected,)


@pytest.mark.parametrize(
    ("text", "picture"),
    [
        ("![a](https://a.b/c.png)", "https://a.b/c.png"),
        ("[![a](https://a.b/c.png)](https://d.e/)", "https://a.b/c.png"),
        ('<p><img src="https://a.b/c.png" width="600"></p>', "https://a.b/c.png"),
        ('<img src="data:image/gif;base64,x" data-src="https://a.b/c.png">', "https://a.b/c.png"),
        ("![a](/c.png)", "https://s.e/c.png"),
        ("![build](https://img.shields.io/x.svg) ![a](https://a.b/c.png)", "https://a.b/c.png"),
        ("![](https://github.com/x/y/actions/workflows/z/badge.svg)", None),
        ('<img src="https://a.b/open" width="1" height="1">', None),
        ('<img src="https://a.b/c.png" width="20">', None),
        ("![x](https://a.b/logo.png)", None),
        ("![🚀](https://a.b/rocket.png)", None),
        ("![me](https://avatars.githubusercontent.com/u/1)", None),
        ("![x](https://a.b/emoji/rocket.png)", None),
        ("![x](javascript:1)", None),
        ("`![a](https://a.b/c.png)`", None),
        ("text", None),
    ],
)
def test_picture(text: str, picture: str | None) -> None:
    """Markup: images (26 % of posts): the first that is worth it is the digest's picture; badges and emoji are not."""
    assert parse(text, base_url="https://s.e/").picture == picture


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see ![pic](https://a.b/c.png) here", (_paragraph("see  here"), Image("https://a.b/c.png", "pic"))),
        ("![🚀](https://a.b/r.png) up", (_paragraph("🚀 up"),)),
        ('<img class="emoji" alt=":rocket:" src="https://a.b/r.png"> up', (_paragraph("🚀 up"),)),
        ("![build](https://img.shields.io/x.svg)", (_paragraph("build"),)),
        ('<img src="https://a.b/open" width="1" height="1">', ()),
        ("[![](https://img.shields.io/x.svg)](https://d.e/) x", (_paragraph("x"),)),
        ("[![alt](https://a.b/c.png)](https://d.e/)", (Image("https://a.b/c.png", "alt", "https://d.e/"),)),
        ("## [![alt](https://a.b/c.png)](https://d.e/)", (Heading((Link((Text("alt"),), "https://d.e/"),), 2),)),
    ],
)
def test_images(text: str, shown: Blocks) -> None:
    """Markup: an image is a block of its own, a drawn letter or a badge is its words."""
    assert blocks(text) == shown


def test_unseen_characters_go() -> None:
    """Control and bidi characters and lone surrogates are taken out, also those written as references."""
    parsed = parse("one\n\na\x07b\u202ec\ud800d &#x202e;&#8237;e")
    assert plain_blocks(parsed.blocks) == "one\nabcd e"
    assert [(p.code, p.line, p.details["count"]) for p in parsed.problems] == [
        (ProblemCode.UNREADABLE_CHARACTERS, 3, 3)
    ]


def test_emoji_stay_whole() -> None:
    """Joiners and selectors within emoji are kept."""
    assert plain_blocks(blocks("👩‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿")) == "👩‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿"


def test_places() -> None:
    """Every block knows the line of the file that it begins on, and a list those of its items."""
    parsed = parse("# a\n\ntext\n\n- one\n- two\n\n  more\n", first_line=10)
    assert [(placed.line, placed.items) for placed in parsed.placed] == [(10, ()), (12, ()), (14, (14, 15))]


def test_text_only() -> None:
    """The text-only form keeps the text, in paragraphs and lines, and gives no markup a meaning."""
    form = paragraphs("[[a](b)\nsecond *line*\n\n**next**\n", first_line=3)
    assert form.blocks == (Paragraph((Text("[[a](b)"), Break(), Text("second *line*"))), _paragraph("next"))
    assert [placed.line for placed in form.placed] == [3, 6]


def test_deep_forms_are_flattened() -> None:
    """Forms within forms end somewhere, and their text stays."""
    text = "".join(f"<b><i>{n}" for n in range(60)) + "</i></b>" * 60
    assert plain_blocks(blocks(text)) == "".join(map(str, range(60)))


_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


@given(scraps())
def test_nothing_leaks(text: str) -> None:
    """However markup is strewn over a text, no unseen character and no comment comes out."""
    shown = plain_blocks(blocks(text))
    assert not _UNSEEN.search(shown)


@given(scraps())
def test_words_survive(text: str) -> None:
    """A paragraph of words behind any markup that is closed by a blank line is still there."""
    closed = text.replace("<!--", "").replace("<script>", "").replace("```", "") + "\n\n尾声在此\n"
    assert "尾声在此" in plain_blocks(blocks(closed))
