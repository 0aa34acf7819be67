"""How Telegram spells each block and span. What is expected stands in Telegram's HTML, which is easier to read."""

from __future__ import annotations

import re
from typing import Any

import pytest

from adapters.telegram.dialect import TelegramDialect
from bot.terminal import segments
from digest.compose import Passage
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
from tests.documents import paragraph, text
from tests.witnesses.telegram_html import as_html

DIALECT = TelegramDialect()
URL = "https://a.example/b_(c)?d=e&f=%20#g"


def spelled(*blocks: Block, folded: bool = False) -> str:
    """Blocks in Telegram's HTML."""
    return as_html(message_of(DIALECT, Passage(title=text("T") if folded else (), body=blocks, folded=folded)))


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        (text("*_~`[](){}#+-=|.! <b>&amp; \\"), "*_~`[](){}#+-=|.! &lt;b&gt;&amp;amp; \\"),
        ((Bold(text("粗")), Italic(text("斜")), Strike(text("删"))), "<b>粗</b><i>斜</i><s>删</s>"),
        ((Bold((Italic((Strike(text("x")),)),)),), "<b><i><s>x</s></i></b>"),
        ((Bold((Text("a"), Italic(text("b")))),), "<b>a</b><b><i>b</i></b>"),
        ((Text("🧑‍🚀"), Bold(text("粗"))), "🧑‍🚀<b>粗</b>"),
        ((Bold(text(" 粗 ")), Text("x")), "<b>粗</b> x"),
        ((Text("a"), Break(), Text("b")), "a\nb"),
        ((Link(text("见"), URL),), f'<a href="{URL.replace("&", "&amp;")}">见</a>'),
        (
            (Link((Text("见 "), Bold(text("粗"))), "https://a.example/"),),
            '<a href="https://a.example/">见 <b>粗</b></a>',
        ),
        ((Bold((Link(text("见"), "https://a.example/"),)),), '<a href="https://a.example/"><b>见</b></a>'),
        ((Code("a*b"),), "<code>a*b</code>"),
        (text("a\u202eb\x07c\ud83d"), "abc"),
    ],
)
def test_spans(spans: Spans, expected: str) -> None:
    """Text is never escaped, forms nest, links stand outermost, offsets count UTF-16, blanks stand outside forms."""
    assert spelled(Paragraph(spans)) == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Heading(text("题"), 2), "<b>题</b>"),
        (List(((paragraph("a"),), (paragraph("b"),))), "• a\n• b"),
        (List(((paragraph("a"),), (paragraph("b"),)), 9), "9. a\n10. b"),
        (
            List(((paragraph("a"), List(((paragraph("b"), List(((paragraph("c"),),))),), 1)),)),
            "• a\n    1. b\n        ▪ c",
        ),
        (List(((paragraph("a", "b"), Quote((paragraph("q"),))),)), "• ab\n    <blockquote>q</blockquote>"),
        (List(((Paragraph((Text("a"), Break(), Text("b"))),),)), "• a\n    b"),
        (Quote((paragraph("a"), paragraph("b"))), "<blockquote>a\nb</blockquote>"),
        (Quote((paragraph("a"), Quote((paragraph("b"),)))), "<blockquote>a\nb</blockquote>"),
        (CodeBlock("a\n\n  b\n"), "<pre>a\n\n  b</pre>"),
        (CodeBlock("a\n\tx", "python"), '<pre><code class="language-python">a\n    x</code></pre>'),
        (
            Table((text("名"), text("值")), ((text("a"), (Link(text("b"), "https://a.example/"),)),)),
            '<b>名 | 值</b>\na | <a href="https://a.example/">b</a>',
        ),
        (Table((), ((text("a"), text("b")),)), "a | b"),
        (Rule(), "———"),
        (Image("https://a.example/p.png", "图"), '<a href="https://a.example/p.png">图</a>'),
        (Image("https://a.example/p.png"), '<a href="https://a.example/p.png">https://a.example/p.png</a>'),
    ],
)
def test_blocks(block: Block, expected: str) -> None:
    """Every block is spelled so that it reads well in a chat."""
    assert spelled(block) == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Heading(text("题"), 4), {"heading-level": 1}),
        (Table((), ((text("a"),),)), {"table": 1}),
        (Image("https://a.example/p.png"), {"image": 1}),
        (Rule(), {"rule": 1}),
        (Quote((Quote((paragraph("a"),)),)), {"nested-quote": 1}),
        (Paragraph((Link((Code("a"),), "https://a.example/"),)), {"code-in-link": 1}),
        (Paragraph((Bold((Code("a"),)),)), {"styled-code": 1}),
        (Paragraph((Link(text("a"), "mailto:a@a.example"),)), {"mail-link": 1}),
        (Paragraph((Link(text("a"), "http://localhost/"),)), {"bad-url": 1}),
        (Paragraph((Bold((Italic(text("a")),)), Link(text("b"), URL), Code("c"))), {}),
        (List(((paragraph("a"),),)), {}),
        (CodeBlock("a"), {}),
    ],
)
def test_losses(block: Block, expected: dict[str, int]) -> None:
    """What Telegram cannot show is named and counted; nothing else is."""
    assert lost(DIALECT, block) == expected


def test_a_text_that_begins_with_blanks() -> None:
    """Telegram would take leading blanks away: a character of no width stands before them."""
    assert spelled(CodeBlock("  x")) == "\u2060<pre>  x</pre>"


def test_blocks_stand_apart() -> None:
    """An empty line parts blocks; a heading stands close to what it heads."""
    assert spelled(paragraph("a"), Heading(text("b"), 3), paragraph("c"), paragraph("d")) == "a\n\n<b>b</b>\nc\n\nd"


def test_a_folded_body() -> None:
    """A folded body is one expandable quote under its title; a quote in it is text, because quotes do not nest."""
    blocks: Blocks = (paragraph("a"), Quote((paragraph("b"),)))
    assert spelled(*blocks, folded=True) == "<b>T</b>\n<blockquote expandable>a\n\nb</blockquote>"
    assert lost(DIALECT, *blocks, folded=True) == {"nested-quote": 1}


def test_a_document() -> None:
    """Title, stories, topics: what leads somewhere is linked, the title is bold, titles alone stand close."""
    message = message_of(
        DIALECT,
        Passage(body=(paragraph("导语"),)),
        Passage(number=1, title=text("甲"), url="https://a.example/1", body=(paragraph("正文"),)),
        Passage(number=2, title=text("乙"), url="https://a.example/2"),
        Passage(number=3, title=(Text("丙 "), Code("x")), url="https://a.example/3"),
        Passage(number=4, title=text("丁")),
        title="日报",
        url="https://a.example/",
        topics=("x", "y"),
    )
    assert as_html(message) == (
        '<a href="https://a.example/"><b>日报</b></a>\n\n导语\n\n'
        '1. <a href="https://a.example/1"><b>甲</b></a>\n正文\n\n'
        '2. <a href="https://a.example/2"><b>乙</b></a>\n'
        '3. <a href="https://a.example/3"><b>丙</b> <b>x</b></a>\n4. <b>丁</b>\n\nx · y'
    )


STORY = Passage(title=text("题"), url="https://a.example/1")


@pytest.mark.parametrize(
    ("passages", "picture", "expected"),
    [
        ((STORY,), None, {"url": "https://a.example/1", "prefer_small_media": True}),
        ((STORY, Passage(body=(paragraph("评"),))), None, {"url": "https://a.example/1", "prefer_small_media": True}),
        ((STORY, STORY), None, {"is_disabled": True}),
        ((Passage(body=(paragraph("文"),)),), None, {"is_disabled": True}),
        ((Passage(title=text("题"), url="http://localhost/"),), None, {"is_disabled": True}),
        (
            (STORY, STORY),
            "https://a.example/p.png",
            {"url": "https://a.example/p.png", "prefer_large_media": True, "show_above_text": True},
        ),
        ((STORY, STORY), "http://localhost/p.png", {"is_disabled": True}),
    ],
)
def test_link_preview(passages: tuple[Passage, ...], picture: str | None, expected: dict[str, Any]) -> None:
    """A digest of one story shows the preview of its link, one with a picture the picture, all others none."""
    assert message_of(DIALECT, *passages, title="日报", picture=picture)["link_preview_options"] == expected


def test_later_parts_have_no_preview() -> None:
    """Only the first part shows a preview."""
    long = Passage(title=text("题"), url="https://a.example/1", body=(paragraph("字" * 5_000),))
    first, second = messages_of(DIALECT, long)
    assert first["link_preview_options"] == {"url": "https://a.example/1", "prefer_small_media": True}
    assert second["link_preview_options"] == {"is_disabled": True}


def test_counts() -> None:
    """Text is counted in UTF-16 units, entities by number and by bytes; what readers know comes first."""
    message = message_of(DIALECT, Passage(body=(Paragraph((Text("😀"), Bold(text("粗")))),)))
    counts = [(count.unit, count.used, count.limit) for count in DIALECT.count(message)]
    assert counts[:2] == [("utf16", 3, 4_096), ("entities", 1, 100)]
    assert counts[2][0] == "entity-bytes"
    assert 0 < counts[2][1] < 100 < counts[2][2]


def test_a_hundred_entities() -> None:
    """A message that would hold more than 100 entities is parted, though its text is short."""
    spans = tuple(span for place in range(120) for span in (Bold(text("粗")), Text(f"{place}。")))
    messages = messages_of(DIALECT, Passage(body=(Paragraph(spans),)))
    assert len(messages) == 2
    assert sum(len(message["entities"]) for message in messages) == 120
    assert max(len(message["entities"]) for message in messages) <= 100


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ((Paragraph((Text("a"), Break(), Bold(text("b")))),), "a<br><strong>b</strong>"),
        ((CodeBlock("<b>", 'py"x'),), '<pre class="tg-pre" data-language="py&quot;x">&lt;b&gt;</pre>'),
        (
            (paragraph("a"), Quote((paragraph("q"),)), paragraph("b")),
            'a<br><blockquote class="tg-quote">q</blockquote><br>b',
        ),
        (
            (Paragraph((Italic(text("😀")), Strike(text("c")), Code("d"))),),
            '<em>😀</em><s>c</s><code class="tg-code">d</code>',
        ),
    ],
)
def test_drawing(blocks: Blocks, expected: str) -> None:
    """The drawing is safe HTML, made from the text and the entities alone."""
    drawn = DIALECT.draw(message_of(DIALECT, Passage(body=blocks)))
    assert re.sub(r"^<div class=\"tg-bubble\"><div class=\"tg-text\">|</div></div>$", "", drawn) == expected


# --- Buttons -----------------------------------------------------------------------------------------------------


def hiding(place: int, *, number: int | None = None, title: str = "题") -> Passage:
    """A story's title, below which its body is not shown."""
    return Passage(number=number, title=text(title), url=f"https://a.example/{place}", hides=place)


def keyboard(*passages: Passage, name: str = "0123456789ab") -> list[list[dict[str, str]]]:
    """The rows of buttons below a document's one message."""
    rows: list[list[dict[str, str]]] = (
        message_of(DIALECT, *passages, name=name).get("reply_markup", {}).get("inline_keyboard", [])
    )
    return rows


def labels(*passages: Passage) -> list[list[str]]:
    """What the buttons say, row by row."""
    return [[key["text"] for key in row] for row in keyboard(*passages)]


def test_a_button_asks_for_its_story() -> None:
    """A button is labelled by the story's number as readers see it, and asks for its place in the digest."""
    rows = keyboard(hiding(4, number=2), Passage(number=3, title=text("全"), url="https://a.example/9"))
    assert rows == [[{"text": "2", "callback_data": "/story 0123456789ab 4"}]]


@pytest.mark.parametrize(
    ("stories", "rows"),
    [(1, [1]), (7, [7]), (8, [8]), (9, [5, 4]), (17, [6, 6, 5]), (40, [8, 8, 8, 8, 8])],
)
def test_rows_of_numbers(stories: int, rows: list[int]) -> None:
    """At most eight numbers stand in a row, and the rows are about equally long."""
    shown = labels(*[hiding(place, number=place + 1) for place in range(stories)])
    assert list(map(len, shown)) == rows
    assert [label for row in shown for label in row] == [str(number) for number in range(1, stories + 1)]


@pytest.mark.parametrize(
    ("passages", "expected"),
    [
        ((hiding(0),), [["展开全文"]]),
        ((hiding(0, title="甲"), hiding(1, title="乙" * 40)), [["甲"], ["乙" * 29 + "…"]]),
        (
            (
                hiding(0, number=1, title="甲"),
                hiding(1, number=1, title="乙"),
                hiding(2, number=2),
                hiding(3, number=3),
            ),
            [["甲"], ["乙"], ["2", "3"]],
        ),
        ((hiding(0, title="\u200b"), hiding(1, number=2)), [["https://a.example/0"], ["2"]]),
    ],
)
def test_labels_without_a_number(passages: tuple[Passage, ...], expected: list[list[str]]) -> None:
    """Where no number tells a story from the others its title labels its button, in a row of its own."""
    assert labels(*passages) == expected


def test_no_buttons() -> None:
    """Nothing stands below a message that hides nothing, or whose digest cannot be asked for."""
    shown = Passage(number=1, title=text("题"), url="https://a.example/1", body=(paragraph("体"),))
    assert "reply_markup" not in message_of(DIALECT, shown, name="0123456789ab")
    assert keyboard(hiding(0, number=1), name="") == []


def test_a_button_stands_below_its_own_message() -> None:
    """Each part has the buttons of the stories that begin in it, and a story that goes on has none again."""
    stories = [hiding(place, number=place + 1, title="题" * 600) for place in range(12)]
    huge = hiding(12, number=13, title="长" * 9_000)
    messages = messages_of(DIALECT, *stories, huge, title="报", name="beef")
    below = [
        [key["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", []) for key in row]
        for message in messages
    ]
    begun = [re.findall(r"(?m)^(\d+)\. (?!.*（续）)", message["text"]) for message in messages]
    assert below == begun
    assert sum(map(len, below)) == 13
    assert below[-1] == []


def test_buttons_are_drawn() -> None:
    """The drawing shows the buttons below the bubble, and what they say is escaped."""
    drawn = DIALECT.draw(message_of(DIALECT, hiding(0, title="<b>"), hiding(1, number=7), name="beef"))
    assert drawn.startswith('<div class="tg-message"><div class="tg-bubble">')
    assert drawn.endswith(
        '<div class="tg-keyboard"><div class="tg-row"><span class="tg-key">&lt;b&gt;</span></div>'
        '<div class="tg-row"><span class="tg-key">7</span></div></div></div>'
    )


def test_buttons_stand_apart_where_the_drawing_is_text() -> None:
    """The terminal, which knows no buttons, shows the numbers of two stories as two."""
    drawn = DIALECT.draw(message_of(DIALECT, hiding(0, number=1), hiding(1, number=2), name="beef"))
    assert "".join(words for words, _ in segments(drawn)).split()[-2:] == ["1", "2"]
