"""How the web spells each block and span: safe HTML, whole, in one message."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.web.dialect import WebDialect
from digest.compose import Document, Passage
from digest.richtext import (
    Block,
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
from tests.adapters.spelled import lost, message_of
from tests.documents import WORDS, paragraph, text

DIALECT = WebDialect()
SAFELY = 'rel="noopener noreferrer nofollow" target="_blank"'


def html_of(*passages: Passage, **head: Any) -> str:
    """The article's inside."""
    message = message_of(DIALECT, *passages, **head)
    assert list(message) == ["html"]
    assert DIALECT.draw(message) == message["html"]
    inside = re.fullmatch(r'<article class="digest">(.*)</article>', message["html"], re.DOTALL)
    assert inside
    return inside[1]


def spelled(*blocks: Block) -> str:
    """Blocks in HTML."""
    inside = re.fullmatch(
        r'<section class="digest-passage"><div class="digest-body">(.*)</div></section>',
        html_of(Passage(body=blocks)),
        re.DOTALL,
    )
    assert inside
    return inside[1]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        (text("<b>&amp;\"'"), "&lt;b&gt;&amp;amp;&quot;&#x27;"),
        (text("**a** _b_ `c`"), "**a** _b_ `c`"),
        (text("a\u202eb\x07c\ud83d"), "abc"),
        ((Text("a"), Break(), Text("b")), "a<br>b"),
        ((Bold(text("粗")), Italic(text("斜")), Strike(text("删"))), "<strong>粗</strong><em>斜</em><s>删</s>"),
        ((Bold((Italic(text("x")),)),), "<strong><em>x</em></strong>"),
        ((Code("<a>"),), '<code class="digest-code">&lt;a&gt;</code>'),
        ((Link(text("见"), "https://a.example/?a=1&b"),), f'<a href="https://a.example/?a=1&amp;b" {SAFELY}>见</a>'),
        ((Link(text("写信"), "mailto:a@a.example"),), f'<a href="mailto:a@a.example" {SAFELY}>写信</a>'),
        (
            (Link(text("x"), 'https://a.example/"><b>'),),
            f'<a href="https://a.example/&quot;&gt;&lt;b&gt;" {SAFELY}>x</a>',
        ),
        ((Link(text("x"), "javascript:alert(1)"),), "x (javascript:alert(1))"),
        ((Link((), "https://a.example/"),), f'<a href="https://a.example/" {SAFELY}>https://a.example/</a>'),
    ],
)
def test_spans(spans: Spans, expected: str) -> None:
    """Everything is escaped, forms nest, and only http, https and mailto are linked."""
    assert spelled(Paragraph(spans)) == f"<p>{expected}</p>"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Heading(text("题"), 1), '<h4 class="digest-heading">题</h4>'),
        (Heading(text("题"), 3), '<h6 class="digest-heading">题</h6>'),
        (Heading(text("题"), 6), '<h6 class="digest-heading">题</h6>'),
        (List(((paragraph("a"),),)), '<ul class="digest-list"><li>a</li></ul>'),
        (
            List(((paragraph("a"), List(((paragraph("b"), paragraph("c")),), 3)),)),
            '<ul class="digest-list"><li>a<ol class="digest-list" start="3"><li>b<p>c</p></li></ol></li></ul>',
        ),
        (
            Quote((paragraph("a"), Quote((paragraph("b"),)))),
            (
                '<blockquote class="digest-quote"><p>a</p>'
                '<blockquote class="digest-quote"><p>b</p></blockquote></blockquote>'
            ),
        ),
        (
            CodeBlock("a\n <b>", 'x"'),
            '<pre class="digest-pre" data-language="x&quot;"><code>a\n &lt;b&gt;</code></pre>',
        ),
        (CodeBlock("a"), '<pre class="digest-pre"><code>a</code></pre>'),
        (
            Table((text("名"),), ((text("a"),),)),
            (
                '<div class="digest-table"><table><thead><tr><th>名</th></tr></thead>'
                "<tbody><tr><td>a</td></tr></tbody></table></div>"
            ),
        ),
        (
            Table((), ((text("a"), text("b")),)),
            '<div class="digest-table"><table><tbody><tr><td>a</td><td>b</td></tr></tbody></table></div>',
        ),
        (Rule(), '<hr class="digest-rule">'),
        (
            Image("https://a.example/p.png", "图<"),
            f'<p class="digest-image"><a href="https://a.example/p.png" {SAFELY}>图&lt;</a></p>',
        ),
    ],
)
def test_blocks(block: Block, expected: str) -> None:
    """Every block is its element; a picture is a link, because a page of ours loads nothing from elsewhere."""
    assert spelled(block) == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Heading(text("题"), 3), {}),
        (Heading(text("题"), 4), {"heading-level": 1}),
        (Image("https://a.example/p.png"), {"image": 1}),
        (Paragraph((Link(text("x"), "ftp://a.example/"),)), {"bad-url": 1}),
        (Table((), ((text("a"),),)), {}),
        (Quote((Quote((paragraph("a"),)),)), {}),
        (Rule(), {}),
    ],
)
def test_losses(block: Block, expected: dict[str, int]) -> None:
    """What a page does not show is named and counted; nothing else is."""
    assert lost(DIALECT, block) == expected


def test_a_document() -> None:
    """Title, date, picture, stories and topics, each in its element; the picture is a loss."""
    document = Document(
        title="日报 <1>",
        url="https://a.example/",
        published=datetime(2026, 12, 1, 9, 15, tzinfo=UTC),
        topics=("x&y", ""),
        picture="https://a.example/p.png",
        passages=(Passage(number=1, title=text("甲"), url="https://a.example/1", body=(paragraph("文"),)),),
    )
    spelling = DIALECT.spell(document, WORDS)
    assert spelling.messages[0]["html"] == (
        '<article class="digest">'
        f'<h2 class="digest-title"><a href="https://a.example/" {SAFELY}>日报 &lt;1&gt;</a></h2>'
        '<time class="digest-time" datetime="2026-12-01T09:15:00+00:00">2026-12-01 09:15</time>'
        f'<p class="digest-picture"><a href="https://a.example/p.png" {SAFELY}>https://a.example/p.png</a></p>'
        '<section class="digest-passage"><h3 class="digest-head"><span class="digest-number">1. </span>'
        f'<a href="https://a.example/1" {SAFELY}>甲</a></h3><div class="digest-body"><p>文</p></div></section>'
        '<ul class="digest-topics"><li>x&amp;y</li></ul></article>'
    )
    assert [(loss.what, loss.times) for loss in spelling.losses] == [("picture", 1)]


def test_folds() -> None:
    """A folded body opens under its title; one without a title under its first sentence."""
    titled = Passage(title=text("甲"), body=(paragraph("一。二。"),), folded=True)
    assert html_of(titled) == (
        '<details class="digest-passage digest-fold"><summary class="digest-head">甲</summary>'
        '<div class="digest-body"><p>一。二。</p></div></details>'
    )
    bare = Passage(body=(paragraph("一。二。"),), folded=True)
    assert '<summary class="digest-head"><span class="digest-gist">一。</span></summary>' in html_of(bare)


def test_one_message_however_long() -> None:
    """A page holds everything: 500 stories are one message, and its bytes are counted."""
    passages = tuple(Passage(number=n, title=text(f"题{n}"), body=(paragraph("字" * 300),)) for n in range(500))
    message = message_of(DIALECT, *passages, title="报")
    [count] = DIALECT.count(message)
    assert (count.unit, count.used) == ("bytes", len(message["html"].encode()))
    assert count.used > 450_000
