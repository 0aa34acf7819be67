"""Posts in every known shape fall into intro, stories, sections and commentary."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.division import Division, divide
from digest.markdown import paragraphs, parse
from digest.richtext import Blocks, Break, Heading, Link, Paragraph, Rule, Text, links, plain, plain_blocks
from tests.digest.posts import SPELLINGS, Told, Written, linked, scraps, written


def _divided(text: str) -> Division:
    return divide(parse(text).placed)


def _told(division: Division) -> list[tuple[int | None, str, str | None, str]]:
    return [(item.number, plain(item.title), item.url, plain_blocks(item.body)) for item in division.items]


@given(written())
def test_every_shape_is_read_back(post: Written) -> None:
    """A post in any of the shapes is read back with its intro, its stories whole and in order, and its commentary."""
    division = _divided(post.text)
    assert plain_blocks(division.intro) == post.intro
    assert plain_blocks(division.commentary) == post.commentary
    assert [(plain(item.title), item.url) for item in division.items] == [(one.title, one.url) for one in post.stories]
    bodies = [plain_blocks(item.body) for item in division.items]
    assert all(one.body in body for one, body in zip(post.stories, bodies, strict=True))


_BODY = "这是一段足够长的正文，说的是这条新闻的来龙去脉。"
_TWO = tuple(Told(title=f"第{n}条新闻的标题在这里", url=f"https://example.com/{n}", body=_BODY) for n in "一二")


@pytest.mark.parametrize("shape", sorted(SPELLINGS))
def test_shapes_number_their_stories(shape: str) -> None:
    """Numbers are those of the text: lists that count give them, the others none."""
    numbers = [1, 2] if shape.partition(" ")[0] in {"S1", "S2", "S3", "S5", "S9"} else [None, None]
    assert [item.number for item in _divided(SPELLINGS[shape](_TWO)).items] == numbers


def test_body_below_a_title_that_nobody_indented() -> None:
    """A body that lacks its indentation belongs to the story above it, lists in it included."""
    division = _divided(
        "1. [One title](https://a.b/1)\n\nbody\n\n- detail\n\n2. [Two title](https://a.b/2)\n\nlast\n\n---\n\nend"
    )
    assert _told(division) == [
        (1, "One title", "https://a.b/1", "body\ndetail"),
        (2, "Two title", "https://a.b/2", "last"),
    ]
    assert plain_blocks(division.commentary) == "end"


def test_tenth_body_that_lost_its_indentation() -> None:
    """When the numbers grow to two digits and the indentation does not, the body still belongs to its story."""
    items = [f"{n}. [Title number {n}](https://a.b/{n})\n\n   Body of {n}" for n in range(8, 13)]
    division = _divided("\n\n".join(items))
    assert _told(division) == [(n, f"Title number {n}", f"https://a.b/{n}", f"Body of {n}") for n in range(8, 13)]
    assert division.commentary == ()


def test_sections() -> None:
    """What stands between stories, a heading and its words, is kept as the section of the next one."""
    division = _divided(
        "intro\n\n## Models\n\n- [One title](https://a.b/1)\n- [Two title](https://a.b/2)\n\n## Tools\n\nwords\n\n- [Three](https://a.b/3)\n"
    )
    assert plain_blocks(division.intro) == "intro"
    assert [plain_blocks(item.section) for item in division.items] == ["Models", "", "Tools\nwords"]


def test_commentary_under_a_heading() -> None:
    """A heading such as 点评 begins the commentary, also where stories are headings themselves."""
    division = _divided(
        "## [One](https://a.b/1)\n\nbody\n\n### detail\n\nmore\n\n## [Two](https://a.b/2)\n\nlast\n\n### 点评\n\nend"
    )
    assert _told(division) == [
        (None, "One", "https://a.b/1", "body\ndetail\nmore"),
        (None, "Two", "https://a.b/2", "last"),
    ]
    assert division.commentary == (Heading((Text("点评"),), 3), Paragraph((Text("end"),)))


def test_rules_at_the_edges_go() -> None:
    """Rules that only part intro, stories and commentary are dropped; one within the commentary stays."""
    stories = "1. [One](https://a.b/1)\n2. [Two](https://a.b/2)"
    division = _divided(f"---\n\nintro\n\n---\n\n{stories}\n\n---\n\nend\n\n---\n\npost scriptum\n\n---\n")
    assert division.intro == (Paragraph((Text("intro"),)),)
    assert division.commentary == (Paragraph((Text("end"),)), Rule(), Paragraph((Text("post scriptum"),)))


def test_rules_between_stories_go() -> None:
    """Rules between stories part them and belong to none."""
    division = _divided("## [One](https://a.b/1)\n\nbody\n\n---\n\n## [Two](https://a.b/2)\n\nlast\n\n---\n\nend")
    assert [plain_blocks(item.body) for item in division.items] == ["body", "last"]
    assert not any(isinstance(block, Rule) for item in division.items for block in item.body)


@pytest.mark.parametrize(
    ("item", "title", "url", "body"),
    [
        ("[Title](https://a.b/1)", "Title", "https://a.b/1", ""),
        ("**[Title](https://a.b/1)**", "Title", "https://a.b/1", ""),
        ("[**Title**](https://a.b/1)", "Title", "https://a.b/1", ""),
        ("🚀 [Title](https://a.b/1)", "🚀 Title", "https://a.b/1", ""),
        ("[Title](https://a.b/1) - words on it", "Title", "https://a.b/1", "words on it"),
        ("[Title](https://a.b/1)：说明文字", "Title", "https://a.b/1", "说明文字"),
        ("**Title of it**：words [原文](https://a.b/1)", "Title of it", "https://a.b/1", "words 原文"),
        ("Words about it ([来源](https://a.b/1))", "Words about it", "https://a.b/1", ""),
        ("Words about it https://a.b/1", "Words about it", "https://a.b/1", ""),
        ("Words about [a thing](https://a.b/1) of note", "Words about a thing of note", "https://a.b/1", ""),
        ("[OpenAI](https://o.ai) 发布了新模型 [详情](https://a.b/1)", "OpenAI 发布了新模型", "https://a.b/1", "OpenAI"),
        ("[苹果发布新芯片](https://a.b/1) 公司今天宣布降价", "苹果发布新芯片", "https://a.b/1", "公司今天宣布降价"),
        ("[One](https://a.b/1)\n  second line", "One", "https://a.b/1", "second line"),
        ("<https://a.b/1>", "https://a.b/1", "https://a.b/1", ""),
        ("**[OpenAI](https://a.b/1) launches GPT-6** text", "OpenAI launches GPT-6", "https://a.b/1", "text"),
        ("**🔥 [A](https://a.b/1)** y", "🔥 A", "https://a.b/1", "y"),
        ("**[A](https://a.b/1) x** y [B](https://d.e/)", "A x", "https://a.b/1", "y B"),
        ("**[A](https://a.b/1) and [B](https://d.e/)**：text", "A and B", "https://a.b/1", "text\nB"),
    ],
)
def test_one_story(item: str, title: str, url: str, body: str) -> None:
    """Title, link and body of an item are told apart; the title holds no link, and the body no repeat of it."""
    division = _divided(f"- {item}\n- [Another title](https://a.b/2)")
    assert _told(division)[0] == (None, title, url, body)


def test_long_sentence_becomes_title_and_body() -> None:
    """Of a long text without a title, the first sentence is the title and the rest the body, its links kept."""
    first, rest = "今天发布了一个新的模型，能力更强。", "更多的细节在后面，" * 12
    division = _divided(f"- {first}{rest}[来源](https://a.b/1)\n- [Another](https://a.b/2)")
    assert _told(division)[0] == (None, first, "https://a.b/1", rest.removesuffix("，"))


@pytest.mark.parametrize("title", ["**标题在这里**：", "[标题在这里](https://a.b/1)："])
def test_lines_of_one_paragraph_stay_in_one(title: str) -> None:
    """What stands behind a title and on the lines below it is one paragraph, parted where it was."""
    body = (
        _divided(f"- {title}第一行\n  第二行 [文件](https://a.b/2)\n\n  另一段\n- [Another](https://a.b/3)")
        .items[0]
        .body
    )
    link = Link((Text("文件"),), "https://a.b/2")
    assert body == (
        Paragraph((Text("第一行"), Break(), Text("第二行 "), link)),
        Paragraph((Text("另一段"),)),
    )


@pytest.mark.parametrize(
    ("mark", "number"),
    [("1、", 1), ("2）", 2), ("（3）", 3), ("(4)", 4), ("5．", 5), ("【6】", 6), ("⑦", 7), ("8.", 8), ("9\\.", 9)],
)
def test_pseudo_numbers(mark: str, number: int) -> None:
    """Numbers that Markdown does not know as a list count stories all the same."""
    division = _divided(f"{mark}[标题一](https://a.b/1)\n\n正文\n\n{mark}[标题二](https://a.b/2)\n\n正文")
    assert [(item.number, plain(item.title)) for item in division.items] == [(number, "标题一"), (number, "标题二")]


@pytest.mark.parametrize(
    "text",
    [
        "An essay.\n\nWith paragraphs, and **bold** words, and [a link](https://a.b/) in passing.",
        "2025.11 是一个好月份\n\n3.5 版本也发布了",
        "# Title\n\n" + "A long essay. " * 80 + "\n\n- [further](https://a.b/1)\n- [reading](https://a.b/2)",
        "- no link\n- in any item",
        "",
    ],
)
def test_no_stories(text: str) -> None:
    """What fits no shape has no stories, and its text is the intro."""
    division = _divided(text)
    assert division.items == ()
    assert division.commentary == ()
    assert plain_blocks(division.intro) == plain_blocks(parse(text).blocks)


def test_overview_and_details() -> None:
    """A post that first lists its stories and then tells them counts them once."""
    overview = "- [One thing happened](#one)\n- [Another happened](#two)\n\n"
    details = "".join(f"## [Story {n}](https://a.b/{n})\n\n{'words ' * 30}\n\n" for n in (1, 2))
    assert len(_divided(overview + details).items) == 2


def _everything(division: Division) -> str:
    parts: list[Blocks | str] = [division.intro]
    for item in division.items:
        parts += [item.section, plain(item.title), item.body]
    parts.append(division.commentary)
    return "\n".join(part if isinstance(part, str) else plain_blocks(part) for part in parts)


def _letters(text: str) -> str:
    """What is left of a text for comparing: no blanks, punctuation or numbers, and no addresses that became links."""
    return re.sub(r"[\W\d_]+", "", re.sub(r"https?://[!-~]+", "", text))


@given(written())
def test_nothing_of_a_post_is_lost(post: Written) -> None:
    """All of the text ends up in the intro, a section, a story or the commentary, in order, less labels of links."""
    said, kept = (_letters(text) for text in (plain_blocks(parse(post.text).blocks), _everything(_divided(post.text))))
    if post.shape == "S12":  # the head of a column stands before each of its cells
        said, kept = "".join(sorted(set(said) - set("项目"))), "".join(sorted(set(kept)))
    assert _unlabelled(kept) == _unlabelled(said)


def _unlabelled(text: str) -> str:
    """What is left without the words that only say where a link is: the title is that link."""
    return re.sub("来源|原文链接|Readmore", "", text)


@given(scraps())
def test_nothing_of_any_text_is_lost(text: str) -> None:
    """However odd a text is, every letter of its blocks is in the digest."""
    division = _divided(text)
    said, kept = _letters(plain_blocks(parse(text).blocks)), _letters(_everything(division))
    assert set(said) <= set(kept) | set("来源链接原文linksourceabc")
    if not division.items:
        assert kept == said


def _links(division: Division) -> set[str | None]:
    blocks = [division.intro, *(block for item in division.items for block in (item.section, item.body))]
    found = {link.url for part in (*blocks, division.commentary) for link in links(part)}
    return found | {item.url for item in division.items}


@given(st.one_of(linked(), scraps(), written().map(lambda post: post.text)))
def test_no_link_is_lost(text: str) -> None:
    """Every link of a text is a story's, or stands in a body, a section, the intro or the commentary."""
    assert {link.url for link in links(parse(text).blocks)} <= _links(_divided(text))


def test_text_only_has_no_stories() -> None:
    """The text-only form of a list is text."""
    assert divide(paragraphs("[a](https://a.b)").placed).items == ()
