"""The edges of every dialect, by name: titles, addresses and numbers that no ordinary post has."""

from __future__ import annotations

import pytest

from adapters.discord.dialect import DiscordDialect
from adapters.platform import Dialect
from adapters.telegram.dialect import TelegramDialect
from adapters.web.dialect import WebDialect
from digest.compose import Passage
from digest.richtext import Blocks, Bold, Break, Code, Image, Link, List, Paragraph, Spans, Table, Text
from tests.adapters.spelled import lost, messages_of
from tests.documents import WORDS, paragraph, text
from tests.faces import Face

TELEGRAM = TelegramDialect()
DISCORD = DiscordDialect()
WEB = WebDialect()

chats = pytest.mark.parametrize("dialect", [TELEGRAM, DISCORD], ids=lambda dialect: dialect.platform)
everywhere = pytest.mark.parametrize("dialect", [TELEGRAM, DISCORD, WEB], ids=lambda dialect: dialect.platform)

LONG_ADDRESS = "https://a.example/" + "p" * 6_000


def faces_of(dialect: Dialect, *passages: Passage, title: str = "题", url: str | None = None) -> list[Face]:
    """How the messages look, each of them within its limits."""
    return [Face(dialect.draw(message)) for message in messages_of(dialect, *passages, title=title, url=url)]


def body(*spans: Spans) -> Passage:
    """A passage of paragraphs."""
    return Passage(body=tuple(Paragraph(line) for line in spans))


def said(faces: list[Face]) -> str:
    """All that is shown, without blanks."""
    return "".join("".join(face.text.split()) for face in faces)


# --- Titles ------------------------------------------------------------------------------------------------------


@chats
def test_a_long_title(dialect: Dialect) -> None:
    """A title of 5,000 characters is shortened in its line, and told whole, with its link, in the text."""
    faces = faces_of(dialect, body(text("尾")), title="题" * 5_000, url="https://a.example/")
    shortened = "题" * 79 + "…"
    assert len(faces) > 1
    assert all(face.lines[0].startswith(shortened) for face in faces)
    assert said(faces).count("题") == 5_000 + 79 * len(faces)
    assert {url for face in faces for url in face.links} == {"https://a.example/"}


@chats
def test_a_long_title_of_a_story(dialect: Dialect) -> None:
    """A story's title of 5,000 characters is shortened in its head, and told whole, with its link, in its body."""
    story = Passage(number=7, title=text("题" * 5_000), url="https://a.example/", body=(paragraph("尾"),))
    faces = faces_of(dialect, story, title="报")
    heads = [line for face in faces for line in face.lines if line.startswith("7. ")]
    assert heads[0] == "7. " + "题" * 79 + "…"
    assert heads[1:] == [heads[0] + "（续）"] * (len(faces) - 1)
    assert said(faces).count("题") == 5_000 + 79 * len(faces)
    assert {url for face in faces for url in face.links} == {"https://a.example/"}


def test_a_title_that_grows() -> None:
    """A title of 200 stars, which takes 400 code points when it is escaped, is told in the text."""
    faces = faces_of(DISCORD, body(text("尾")), title="*" * 200)
    assert faces[0].lines == ["*" * 79 + "…", "*" * 200, "尾"]


# --- Addresses ---------------------------------------------------------------------------------------------------


@chats
def test_a_long_address(dialect: Dialect) -> None:
    """An address of 6,000 characters is told in words, whole, wherever it stands."""
    linked = body((Link(text("见"), LONG_ADDRESS),))
    assert LONG_ADDRESS in said_less_repeats(faces_of(dialect, linked))
    assert LONG_ADDRESS in said_less_repeats(faces_of(dialect, Passage(title=text("见"), url=LONG_ADDRESS)))
    assert LONG_ADDRESS in said_less_repeats(faces_of(dialect, body(text("尾")), url=LONG_ADDRESS))
    assert LONG_ADDRESS in said_less_repeats(faces_of(dialect, Passage(body=(Image(LONG_ADDRESS, "图"),))))
    assert lost(dialect, Paragraph((Link(text("见"), LONG_ADDRESS),))) == {"long-url": 1}


def said_less_repeats(faces: list[Face]) -> str:
    """All that is shown, less the title line and the marked heads of later parts."""
    lines = [line for face in faces for line in face.lines[1:] if not line.endswith(("（续）", "…"))]
    return "".join(lines)


@everywhere
@pytest.mark.parametrize(
    ("spans", "shown"),
    [
        ((Link(text("写信"), "mailto:desk@a.example"),), "写信 (desk@a.example)"),
        ((Link(text("desk@a.example"), "mailto:desk@a.example"),), "desk@a.example"),
        ((Link((), "mailto:desk@a.example"),), "mailto:desk@a.example"),
    ],
)
def test_mail(dialect: Dialect, spans: Spans, shown: str) -> None:
    """A mail address is linked on the web; the chats say it, once."""
    [face] = faces_of(dialect, body(spans))
    if dialect is WEB:
        assert face.links == ["mailto:desk@a.example"]
    else:
        assert face.lines[1:] == [shown]
        assert face.links == []


@everywhere
def test_a_link_without_words(dialect: Dialect) -> None:
    """A link with nothing to see says its address, in a line and as a title."""
    bare, head = "https://a.example/bare", "https://a.example/head"
    [face] = faces_of(dialect, Passage(url=head), body((Link((Text(" \u200b"),), bare),)))
    assert face.lines[1:] == [head, bare]
    assert face.links == [head, bare]


def test_an_address_in_the_words_of_a_link() -> None:
    """Discord shows no link whose words hold an address: the link stands behind the words."""
    [face] = faces_of(DISCORD, body((Link(text("见 https://b.example/"), "https://a.example/"),)))
    assert face.lines[1:] == ["见 https://b.example/ (https://a.example/)"]
    assert face.links == ["https://a.example/"]


@pytest.mark.parametrize("url", ["http://localhost/", "https://user@a.example/", "https://a.example:99999/"])
def test_addresses_that_telegram_refuses(url: str) -> None:
    """What Telegram does not take as a link stands in words."""
    [face] = faces_of(TELEGRAM, body((Link(text("见"), url),)))
    assert face.lines[1:] == [f"见 ({url})"]
    assert face.links == []
    assert lost(TELEGRAM, Paragraph((Link(text("见"), url),))) == {"bad-url": 1}


# --- Numbers -----------------------------------------------------------------------------------------------------


@chats
def test_more_than_99_parts(dialect: Dialect) -> None:
    """Every part says its number and how many there are, beyond 99 as well."""
    long = Passage(body=tuple(paragraph("字" * 3_000) for _ in range(120)))
    messages = messages_of(dialect, long, title="题")
    assert len(messages) > 99
    for number, message in enumerate(messages, start=1):
        if dialect is TELEGRAM:
            assert message["text"].split("\n")[0] == f"题 ({number}/{len(messages)})"
        else:
            assert message["embeds"][0]["footer"]["text"] == f"{number}/{len(messages)}"


@everywhere
def test_stories_and_items_are_numbered(dialect: Dialect) -> None:
    """A story's number and those of an ordered list are shown, over the parts as well."""
    items: tuple[Blocks, ...] = tuple((paragraph(f"项{place}。" + "字" * 90),) for place in range(60))
    faces = faces_of(dialect, Passage(number=12, title=text("题"), body=(List(items, 5),)))
    lines = [line for face in faces for line in face.lines]
    assert "12. 题" in lines
    numbers = [line.split(". ")[0] for line in lines if "项" in line]
    assert numbers == [str(5 + place) for place in range(60)]


@chats
def test_a_table_over_parts(dialect: Dialect) -> None:
    """A table's rows are told once each, in order, its header first."""
    rows = tuple((text(f"行{place}甲" + "字" * 60), text(f"乙{place}")) for place in range(80))
    faces = faces_of(dialect, Passage(body=(Table((text("名"), text("值")), rows),)))
    lines = [line for face in faces for line in face.lines[1:] if line != WORDS.continued]
    assert len(faces) > 1
    assert lines == ["名 | 值", *[f"行{place}甲{'字' * 60} | 乙{place}" for place in range(80)]]


# --- Forms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["**", "_", "~~"])
def test_code_that_holds_a_mark(mark: str) -> None:
    """Discord looks for a mark's end in code, too: such code stands outside marks, and the marks around it close."""
    spans: Spans = (Bold((Text("甲"), Code(mark), Text("乙"))),)
    [message] = messages_of(DISCORD, body(spans))
    assert message["embeds"][0]["description"] == f"**甲**`{mark}`**乙**"
    assert lost(DISCORD, Paragraph(spans)) == {"styled-code": 1}


def test_code_in_marks() -> None:
    """Code without a mark's character stays bold on Discord."""
    [message] = messages_of(DISCORD, body((Bold((Text("甲"), Code("x"))),)))
    assert message["embeds"][0]["description"] == "**甲`x`**"


@everywhere
def test_what_is_drawn_cannot_act(dialect: Dialect) -> None:
    """A link is drawn so that it tells its target nothing of the page, and what looks like HTML is text."""
    link = Link(text("见"), "https://a.example/?a=1&b=2")
    [message] = messages_of(dialect, body((link,), text("<script>alert(1)</script>")))
    drawn = dialect.draw(message)
    assert '<a href="https://a.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow" target="_blank">见</a>' in drawn
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in drawn


@chats
def test_nothing_to_say(dialect: Dialect) -> None:
    """A document with nothing to see is a message all the same, and no platform takes an empty one."""
    [message] = messages_of(dialect, body((Text(" \u200b"), Break())), title="")
    assert "…" in Face(dialect.draw(message)).text
