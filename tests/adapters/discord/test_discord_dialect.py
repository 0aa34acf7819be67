"""How Discord spells each block and span, and how our preview draws it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import adapters.web
from adapters.discord.dialect import COLOR, DiscordDialect
from digest.compose import Document, Passage
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
    Spans,
    Strike,
    Table,
    Text,
)
from tests.adapters.spelled import lost, message_of, messages_of
from tests.documents import WORDS, paragraph, text

DIALECT = DiscordDialect()
ZERO_WIDTH = "\u200b"


def embed_of(*passages: Passage, **head: Any) -> dict[str, Any]:
    """The one embed of a document."""
    message = message_of(DIALECT, *passages, **head)
    assert message["allowed_mentions"] == {"parse": []}
    [embed] = message["embeds"]
    return dict(embed)


def spelled(*blocks: Block) -> str:
    """Blocks as an embed's description."""
    description: str = embed_of(Passage(body=blocks))["description"]
    return description


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("a*b_c~d`e|f[g]h\\i", "a\\*b\\_c\\~d\\`e\\|f\\[g\\]h\\\\i"),
        ("<@1> <#2> <t:3> </x:4> <:y:5>", "\\<@1> \\<#2> \\<t:3> \\</x:4> \\<:y:5>"),
        ("@everyone @here @someone", "\\@everyone \\@here @someone"),
        ("# a", "\\# a"),
        ("> a", "\\> a"),
        ("- a", "\\- a"),
        ("+ a", "\\+ a"),
        ("-# a", "\\-# a"),
        ("1. a", "1\\. a"),
        ("2026.12 a", "2026.12 a"),
        ("a - b # c > d 1. e", "a - b # c > d 1. e"),
        ("https://a.example/b", "https\\://a.example/b"),
        ("3:00 和 a: b", "3:00 和 a: b"),
        ("a\u202eb\x07c\ud83d", "abc"),
    ],
)
def test_escaping(said: str, expected: str) -> None:
    """What Discord would read as markup, a mention or an address is escaped, and nothing else."""
    assert spelled(paragraph(said)) == expected


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ((Bold(text("粗")), Italic(text("斜")), Strike(text("删"))), "**粗**_斜_~~删~~"),
        ((Text("的"), Bold(text("“引号”")), Text("，")), "的**“引号”**，"),
        ((Bold((Text("a"), Italic((Text("b"),)), Text("c"))),), f"**a_b_{ZERO_WIDTH}c**"),
        ((Italic(text("a")), Text("b")), f"_a_{ZERO_WIDTH}b"),
        ((Italic(text("a")), Text("中")), "_a_中"),
        ((Bold(text(" a ")), Text("b")), "**a** b"),
        ((Bold(text("a")), Text("*")), "**a**\\*"),
        ((Text("a"), Bold(text("\ud83d")), Text("b")), "ab"),
        ((Bold((Text("a"), Break(), Text("b"))),), "**a**\n**b**"),
        ((Text("a"), Break(), Text("- b")), "a\n\\- b"),
        ((Code("a*b"),), "`a*b`"),
        ((Code("a`b"),), "``a`b``"),
        ((Code("`a"),), "`` `a``"),
        ((Code("`a``b"),), "\\`a\\`\\`b"),
        ((Code("a"), Bold((Code("*"),))), f"`a`{ZERO_WIDTH}`*`"),
        ((Text("a"), Code("\u202e"), Text("b")), "ab"),
        ((Link(text("见"), "https://a.example/b"),), "[见](<https://a.example/b>)"),
        ((Link(text("见"), "https://a.example/b_(c)<d>?e=f g"),), "[见](<https://a.example/b_%28c%29%3Cd%3E?e=f%20g>)"),
        ((Link((Bold(text("粗")), Text(" 细")), "https://a.example/"),), "[**粗** 细](<https://a.example/>)"),
        ((Bold((Text("见 "), Link(text("x"), "https://a.example/"))),), "**见** [**x**](<https://a.example/>)"),
        ((Link(text("[a] b"), "https://a.example/"),), "[\\[a\\] b](<https://a.example/>)"),
        ((Link(text("[a"), "https://a.example/"),), "[［a](<https://a.example/>)"),
        ((Link(text("https://a.example/x"), "https://a.example/x"),), "<https://a.example/x>"),
        ((Link(text("https://a.example/中"), "https://a.example/%E4%B8%AD"),), "<https://a.example/%E4%B8%AD>"),
        ((Text("见"), Link((), "https://a.example/"), Text("。")), "见<https://a.example/>。"),
    ],
)
def test_spans(spans: Spans, expected: str) -> None:
    """Marks open and close where Discord reads them so, code is fenced, addresses stand in angle brackets."""
    assert spelled(Paragraph(spans)) == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        *[(Heading(text("题"), level), f"{'#' * level} 题") for level in (1, 2, 3)],
        (Heading(text("题"), 4), "**题**"),
        (List(((paragraph("a"),), (paragraph("b"),))), "- a\n- b"),
        (List(((paragraph("a"),), (paragraph("b"),)), 9), "9. a\n10. b"),
        (List(((paragraph("a"), List(((paragraph("b"),),), 1)),)), "- a\n  1. b"),
        (List(((List(((paragraph("a"),),)),), (paragraph("b"),))), f"- {ZERO_WIDTH}\n  - a\n- b"),
        (List(((paragraph("a"),), ())), f"- a\n- {ZERO_WIDTH}"),
        (List(((paragraph("a"), paragraph("b")),)), "- a\n  b"),
        (List(((Heading(text("题"), 1), Quote((paragraph("q"),))),)), "- **题**\n  q"),
        (Quote((paragraph("a"), paragraph("b"))), "> a\n> b"),
        (Quote((Paragraph((Text("a"), Break(), Text("b"))),)), "> a\n> b"),
        (Quote((paragraph("a"), Quote((paragraph("b"),)))), "> a\n> b"),
        (CodeBlock("a\n\n  b\n", "python"), "```python\na\n\n  b\n```"),
        (CodeBlock("x", "c++"), "```\nx\n```"),
        (CodeBlock("```"), f"```\n`{ZERO_WIDTH}`{ZERO_WIDTH}`{ZERO_WIDTH}\n```"),
        (
            Table((text("名"), text("值")), ((text("a"), (Link(text("b"), "https://a.example/"),)),)),
            "**名 \\| 值**\na \\| [b](<https://a.example/>)",
        ),
        (Rule(), "———"),
        (Image("https://a.example/p.png", "图"), "[图](<https://a.example/p.png>)"),
        (Image("https://a.example/p.png"), "<https://a.example/p.png>"),
    ],
)
def test_blocks(block: Block, expected: str) -> None:
    """Every block is spelled in what Discord reads: no tables, rules or images, three levels of headings."""
    assert spelled(block) == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Heading(text("题"), 3), {}),
        (Heading(text("题"), 4), {"heading-level": 1}),
        (List(((Heading(text("题"), 1),),)), {"heading-level": 1}),
        (Table((), ((text("a"),),)), {"table": 1}),
        (Image("https://a.example/p.png"), {"image": 1}),
        (Rule(), {"rule": 1}),
        (Quote((Quote((paragraph("a"),)),)), {"nested-quote": 1}),
        (List(((Quote((paragraph("a"),)),),)), {"nested-quote": 1}),
        (Paragraph((Code("`a``b"),)), {"code-form": 1}),
        (Paragraph((Link(text("见 https://b.example/"), "https://a.example/"),)), {"url-in-link": 1}),
        (Paragraph((Link(text("[a"), "https://a.example/"),)), {"bracket": 1}),
        (Paragraph((Link(text("a"), "mailto:a@a.example"),)), {"mail-link": 1}),
        (Paragraph((Bold((Italic(text("a")),)), Link(text("b"), "https://a.example/"), Code("c"))), {}),
    ],
)
def test_losses(block: Block, expected: dict[str, int]) -> None:
    """What Discord cannot show is named and counted; nothing else is."""
    assert lost(DIALECT, block) == expected


def test_a_fold_is_lost() -> None:
    """Nothing folds: a folded body is shown, and the loss is named once."""
    passages = (Passage(body=(paragraph("a"),), folded=True), Passage(body=(paragraph("b"),), folded=True))
    spelling = DIALECT.spell(Document(passages=passages), WORDS)
    assert [(loss.what, loss.times) for loss in spelling.losses] == [("fold", 1)]
    assert spelling.messages[0]["embeds"][0]["description"] == "a\n\nb"


def test_blocks_stand_apart() -> None:
    """An empty line parts blocks; a heading stands close to what it heads."""
    assert spelled(paragraph("a"), Heading(text("b"), 3), paragraph("c"), paragraph("d")) == "a\n\n### b\nc\n\nd"


def test_an_embed() -> None:
    """Title, stories, topics and date stand in their places of the embed; the title leads to the post."""
    published = datetime(2026, 12, 1, 9, 15, tzinfo=UTC)
    embed = embed_of(
        Passage(number=1, title=text("甲"), url="https://a.example/1", body=(paragraph("正文"),)),
        Passage(number=2, title=text("乙"), url="https://a.example/2"),
        Passage(number=3, title=text("丙*"), url="https://a.example/3"),
        Passage(number=4, title=text("丁")),
        title="日报 *特刊*",
        url="https://a.example/(1)",
        topics=("x", "y"),
        published=published,
        picture="https://a.example/p.png",
    )
    assert embed == {
        "title": "日报 \\*特刊\\*",
        "url": "https://a.example/%281%29",
        "description": (
            "**1\\.** [**甲**](<https://a.example/1>)\n正文\n\n"
            "**2\\.** [**乙**](<https://a.example/2>)\n"
            "**3\\.** [**丙\\***](<https://a.example/3>)\n"
            "**4\\.** **丁**"
        ),
        "color": COLOR,
        "timestamp": "2026-12-01T09:15:00+00:00",
        "footer": {"text": "x · y"},
        "image": {"url": "https://a.example/p.png"},
    }


def test_parts() -> None:
    """Every part says its title, topics and number; only the first leads to the post and shows its picture."""
    passages = [Passage(body=(paragraph("字" * 2_000),)) for _ in range(3)]
    picture = "https://a.example/p.png"
    parts = messages_of(DIALECT, *passages, title="日报", url="https://a.example/", topics=("x",), picture=picture)
    embeds = [message["embeds"][0] for message in parts]
    assert [embed["footer"]["text"] for embed in embeds] == [
        f"x · {n}/{len(embeds)}" for n in range(1, len(embeds) + 1)
    ]
    assert [embed["title"] for embed in embeds] == ["日报"] * len(embeds)
    assert ["url" in embed for embed in embeds] == ["image" in embed for embed in embeds]
    assert [embed for embed in embeds if "url" in embed] == embeds[:1]


def test_counts() -> None:
    """Texts are counted in code points, the whole in bytes; what readers know comes first."""
    message = message_of(DIALECT, Passage(body=(paragraph("😀*"),)), title="😀题")
    counts = {count.unit: (count.used, count.limit) for count in DIALECT.count(message)}
    assert list(counts) == ["description", "title", "embed", "bytes"]
    assert counts["description"] == (3, 4_096)
    assert counts["title"] == (2, 256)
    assert counts["embed"] == (5, 6_000)
    assert counts["bytes"][1] == 9_499


def test_bytes_are_a_limit() -> None:
    """Chinese text reaches the limit of bytes before that of code points."""
    one = message_of(DIALECT, Passage(body=(paragraph("x" * 4_000),)))
    two = messages_of(DIALECT, Passage(body=(paragraph("字" * 4_000),)))
    assert len(one["embeds"][0]["description"]) == 4_000
    assert len(two) == 2


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ((Paragraph((Bold((Text("a"), Italic(text("中")))), Strike(text("c")), Code("`d"))),), None),
        ((Heading(text("题"), 2),), '<div class="dc-heading dc-heading-2">题</div>'),
        ((List(((paragraph("a"),),), 5),), '<ol class="dc-list" start="5"><li>a</li></ol>'),
        ((CodeBlock("<b>", "html"),), '<pre class="dc-pre"><code>&lt;b&gt;</code></pre>'),
        ((paragraph("*a* _b_ [c](d) <e>"),), "*a* _b_ [c](d) &lt;e&gt;"),
    ],
)
def test_drawing(blocks: Blocks, expected: str | None) -> None:
    """The drawing is safe HTML, read from the spelled Markdown alone."""
    message = message_of(DIALECT, Passage(body=blocks))
    drawn = re.sub(r"^.*<div class=\"dc-description\">|</div></div></div>$", "", DIALECT.draw(message))
    forms = '<strong>a<em>中</em></strong><del>c</del><code class="dc-code">`d</code>'
    assert drawn == (forms if expected is None else expected)


def test_the_preview_has_the_colour_that_is_sent() -> None:
    """The bar at the side of the drawn embed has the colour that the message says."""
    style = (Path(adapters.web.__file__).parent / "static/page.css").read_text(encoding="utf-8")
    drawn = re.search(r"\.dc-embed \{[^}]*border-left: 4px solid #([0-9a-f]{6})", style)
    assert drawn
    assert drawn[1] == f"{COLOR:06x}"
