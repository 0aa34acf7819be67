"""What an editor pushes reads back as it was written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import BREAKING, Digest, Rules, Story
from digest.problems import Code
from digest.push import push_post
from digest.read import read
from digest.richtext import Bold, Paragraph, Text, links, plain, plain_blocks
from tests.digest.posts import scraps

NOW = datetime(2025, 11, 21, 9, tzinfo=UTC)
RULES = Rules(source="push", zone=UTC, may_push=True)


def _pushed(text: str) -> Digest:
    return read(push_post(text, now=NOW), RULES)


def _story(text: str) -> Story:
    (story,) = _pushed(text).stories
    return story


@pytest.mark.parametrize(
    ("text", "title", "url", "body"),
    [
        ("https://a.b/c/d?x=1", "a.b/c/d", "https://a.b/c/d?x=1", ""),
        ("Something happened", "Something happened", None, ""),
        ("Something happened https://a.b/c", "Something happened", "https://a.b/c", ""),
        ("https://a.b/c\nSomething happened\nmore", "Something happened", "https://a.b/c", "more"),
        (
            "标题\n\n正文一\n正文二\n\n正文三 https://a.b/c",
            "标题",
            "https://a.b/c",
            "正文一\n正文二\n正文三 https://a.b/c",
        ),
        ("标题\nhttps://a.b/c\n正文", "标题", "https://a.b/c", "正文"),
        ("见 https://a.b/c。后文", "见 a.b。后文", "https://a.b/c", ""),
        ("新闻（https://www.a.b/c?d=e）来了", "新闻（a.b）来了", "https://www.a.b/c?d=e", ""),
        ("both https://a.b/c and https://d.e/f say so", "both a.b and d.e say so", "https://a.b/c", "https://d.e/f"),
        ("A（https://a.b/c、https://d.e/f）\nmore", "A（a.b、d.e）", "https://a.b/c", "more\nhttps://d.e/f"),
        ("It happened https://a.b/c https://d.e/f?g", "It happened", "https://a.b/c", "https://d.e/f?g"),
        ("https://a.b/c https://d.e/f\nIt happened", "It happened", "https://a.b/c", "https://d.e/f"),
        ("https://a.b/c it is, not https://a.b/c", "it is, not", "https://a.b/c", ""),
        (
            "https://a.b/c\nAs https://d.e/f says\nsee https://d.e/f",
            "As d.e says",
            "https://a.b/c",
            "see https://d.e/f",
        ),
        (
            "甲 https://a.b/c?d 与乙 https://d.e/f?g 都说了。" + "后" * 120 + " https://h.i/j 后",
            "甲 a.b 与乙 d.e 都说了。",
            "https://a.b/c?d",
            "后" * 120 + " https://h.i/j 后\nhttps://d.e/f?g",
        ),
        (
            "第一句话在这里。" + "后" * 130 + " https://a.b/c 后",
            "第一句话在这里。",
            "https://a.b/c",
            "后" * 130 + " https://a.b/c 后",
        ),
        ("见 https://a.b/c?d=e 的第一句话。" + "后" * 130, "见 a.b 的第一句话。", "https://a.b/c?d=e", "后" * 130),
        ("https://a.b/c 标题", "标题", "https://a.b/c", ""),
        ("第一句话在这里。" + "后" * 130, "第一句话在这里。", None, "后" * 130),
        ("1、一\n2、二\n3、三", "1、一", None, "2、二\n3、三"),
        ("# 不是标题\n- 不是列表\n> 不是引用", "# 不是标题", None, "- 不是列表\n> 不是引用"),
        ('"quoted": title', '"quoted": title', None, ""),
        (
            "title\n---\n<b>x</b> &amp; `c` [l](https://d.e/)",
            "title",
            "https://d.e/",
            "---\n<b>x</b> &amp; `c` [l](https://d.e/)",
        ),
    ],
)
def test_push(text: str, title: str, url: str | None, body: str) -> None:
    """The first line is the title, the first link the link, the rest the body, word for word.

    Within the title a host stands for each address: the title leads to the first, and the others follow the body.
    """
    digest = _pushed(text)
    assert (digest.series, digest.title, digest.published) == (BREAKING, title, NOW)
    (story,) = digest.stories
    assert (plain(story.title), story.url, plain_blocks(story.body)) == (title, url, body)
    assert digest.problems == ()


def test_bold_is_markup() -> None:
    """Two stars around words make them bold, wherever punctuation stands."""
    assert _story('t\n与**“粗”**体 a**"b"**c').body == (
        Paragraph((Text("与"), Bold((Text("“粗”"),)), Text("体 a"), Bold((Text('"b"'),)), Text("c"))),
    )


def test_tags_in_bold_are_words() -> None:
    """What looks like a tag is told as it was written, in bold as well."""
    assert _story("t\n**<div>** **a<b>c**").body == (
        Paragraph((Bold((Text("<div>"),)), Text(" "), Bold((Text("a<b>c"),)))),
    )


@pytest.mark.parametrize("line", ["[R & D]", "[x_1 = 2]", "[:<]", "(a_b)", "f(x_1) [y^2]", r"\(a_b\)", r"\[a_b\]"])
def test_brackets_are_no_formula(line: str) -> None:
    """Brackets around signs that formulas are made of are told as they were written."""
    assert plain_blocks(_story(f"t\n{line}").body) == line


def test_further_links_stay_links() -> None:
    """Other addresses in the body are links, and swallow no text."""
    story = _story("t https://a.b/1\n见https://d.e/f_g_(h)。后")
    assert [link.url for link in links(story.body)] == ["https://d.e/f_g_(h)"]
    assert plain_blocks(story.body) == "见https://d.e/f_g_(h)。后"


@pytest.mark.parametrize("text", ["", " \n ", "\u202e"])
def test_nothing_to_push(text: str) -> None:
    """Nothing makes a post that cannot be delivered, and says so."""
    digest = _pushed(text)
    assert not digest.deliverable
    assert {problem.code for problem in digest.problems} >= {Code.NO_TITLE, Code.EMPTY}


def test_names_differ() -> None:
    """Two pushes at one moment are two posts."""
    assert push_post("one", now=NOW).path != push_post("two", now=NOW).path


@given(st.one_of(scraps(), st.text("a中 *_#-1.>`[]()<&\\\n~|!:/\"'", max_size=60)))
def test_reads_back_as_written(text: str) -> None:
    """Whatever markup a push seems to hold, every visible character of its body reads back, in order."""
    digest = _pushed(f"标题\n{text}")
    (story,) = digest.stories
    written, kept = (
        "".join(char for char in said.replace("amp", "") if char.isalnum())  # in an address `&amp;` is its ampersand
        for said in (text, plain_blocks(story.body))
    )
    assert kept == written or (story.url is not None and kept in written)
    assert digest.deliverable
