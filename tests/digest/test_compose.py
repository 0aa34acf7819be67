"""What is said of a digest in each layout, and in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from digest.choices import Layout
from digest.compose import Document, Folding, Passage, compose, compose_story
from digest.model import BREAKING, Digest, Rules, StoryKey
from digest.push import push_post
from digest.read import read
from digest.richtext import (
    Blocks,
    Bold,
    CodeBlock,
    Heading,
    Link,
    List,
    Paragraph,
    Rule,
    Table,
    Text,
    plain,
    plain_blocks,
)
from tests.documents import WORDS, digest, paragraph, story, text

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)

BODIES: dict[str, Blocks] = {
    "甲": (paragraph("甲一。甲二。"), paragraph("甲三。")),
    "乙": (paragraph("乙一；乙二！乙三。"),),
    "丙": (List(((paragraph("丙一。丙二。"),), (paragraph("丙三。"),))),),
}


def daily(**fields: Any) -> Digest:
    """Three stories in two sections, an intro, a commentary."""
    stories = (
        story(1, "甲", *BODIES["甲"]),
        story(2, "乙", *BODIES["乙"], section=(Heading(text("开源"), 2), paragraph("编辑挑选。"))),
        story(3, "丙", *BODIES["丙"]),
    )
    return digest(*stories, intro=(paragraph("今天。很短。"),), commentary=(paragraph("评一。评二。"),), **fields)


def keys(told: Digest, *titles: str) -> frozenset[StoryKey]:
    """The keys of the stories with these titles."""
    return frozenset(one.key for one in told.stories if plain(one.title) in titles and one.key)


def composed(
    told: Digest,
    layout: Layout = Layout.FULL,
    folds: Folding = Folding.NEVER,
    seen: frozenset[StoryKey] = frozenset(),
) -> Document:
    """The document in this layout."""
    return compose(told, layout=layout, folds=folds, words=WORDS, seen=seen)


def outline(document: Document) -> list[str]:
    """A line a passage: its number, its title, its body in brackets; a folded body in braces."""
    return [_line(passage) for passage in document.passages]


def _line(passage: Passage) -> str:
    number = "" if passage.number is None else f"{passage.number}. "
    body = plain_blocks(passage.body).replace("\n", "/")
    said = (f"{{{body}}}" if passage.folded else f"[{body}]") if body else ""
    return f"{number}{plain(passage.title)}{said}"


# --- Layouts -----------------------------------------------------------------------------------------------------

FULL = [
    "[今天。很短。]",
    "1. 甲[甲一。甲二。/甲三。]",
    "[开源/编辑挑选。]",
    "2. 乙[乙一；乙二！乙三。]",
    "3. 丙[丙一。丙二。/丙三。]",
    "点评[评一。评二。]",
]
FOLDED = [
    "[今天。很短。]",
    "1. 甲{甲一。甲二。/甲三。}",
    "[开源/编辑挑选。]",
    "2. 乙{乙一；乙二！乙三。}",
    "3. 丙{丙一。丙二。/丙三。}",
    "点评{评一。评二。}",
]
SHORTENED = [
    "[今天。很短。]",
    "1. 甲[甲一。]",
    "[开源/编辑挑选。]",
    "2. 乙[乙一；乙二！]",
    "3. 丙[丙一。]",
    "点评[评一。]",
]
TITLES = ["1. 甲", "2. 乙", "3. 丙"]


@pytest.mark.parametrize(
    ("layout", "folds", "expected"),
    [
        *[(Layout.FULL, folds, FULL) for folds in Folding],
        (Layout.BRIEF, Folding.TO_LINES, FOLDED),
        (Layout.BRIEF, Folding.TO_TITLE, FOLDED),
        (Layout.BRIEF, Folding.NEVER, SHORTENED),
        *[(Layout.HEADLINES, folds, TITLES) for folds in Folding],
    ],
)
def test_layouts(layout: Layout, folds: Folding, expected: list[str]) -> None:
    """Full is everything; brief folds bodies, or has the first sentence where nothing folds; headlines are titles."""
    assert outline(composed(daily(), layout, folds)) == expected


@pytest.mark.parametrize("layout", Layout)
def test_head(layout: Layout) -> None:
    """Title, permalink, date, topics and picture are the digest's in every layout."""
    told = daily(permalink="https://a.example/1", published=NOW, topics=("x", "y"), picture="https://a.example/p.png")
    document = composed(told, layout)
    assert document.title == told.title
    assert document.url == "https://a.example/1"
    assert (document.published, document.topics, document.picture) == (NOW, ("x", "y"), "https://a.example/p.png")


@pytest.mark.parametrize("layout", Layout)
def test_stories_keep_their_links(layout: Layout) -> None:
    """Every story leads to its address in every layout."""
    told = daily()
    urls = [passage.url for passage in composed(told, layout).passages if passage.url]
    assert urls == [one.url for one in told.stories]


@pytest.mark.parametrize(
    ("layout", "folds", "leads"),
    [
        (Layout.FULL, Folding.NEVER, False),
        (Layout.BRIEF, Folding.TO_LINES, False),
        (Layout.BRIEF, Folding.NEVER, True),
        (Layout.HEADLINES, Folding.TO_LINES, True),
    ],
)
def test_permalink(layout: Layout, folds: Folding, *, leads: bool) -> None:
    """What was left out can be read on the publisher's site: the last line leads there, and only then."""
    last = composed(daily(permalink="https://a.example/1"), layout, folds).passages[-1]
    link = Paragraph((Link((Text("阅读原文"),), "https://a.example/1"),))
    assert (last.body == (link,)) is leads
    assert "阅读原文" not in "".join(outline(composed(daily(), layout, folds)))


@pytest.mark.parametrize(
    ("body", "brief"),
    [
        ((paragraph("Version 3.5 is out. More tomorrow."),), "Version 3.5 is out."),
        ((Paragraph((Text("他说："), Bold(text("“好。”")), Text("然后走了。"))),), "他说：“好。”"),
        ((Heading(text("小题"), 4), paragraph("正文。后文。")), "正文。"),
        ((Rule(), CodeBlock("print(1)\nprint(2)")), "print(1)"),
        ((), ""),
    ],
)
def test_first_sentence(body: Blocks, brief: str) -> None:
    """Where nothing folds, brief keeps a body's first sentence, or its first line where it has no sentence."""
    [passage] = composed(digest(story(1, "题", *body)), Layout.BRIEF).passages
    assert plain_blocks(passage.body) == brief


def test_nothing_to_fold() -> None:
    """A story without a body is not folded."""
    [passage] = composed(digest(story(1, "题")), Layout.BRIEF, Folding.TO_LINES).passages
    assert not passage.folded


def test_brief_shortens_whatever_stands_first() -> None:
    """A body that is only a table is told by its first line."""
    body = Table((text("名"), text("值")), ((text("甲"), text("1")),))
    [passage] = composed(digest(story(1, "题", body)), Layout.BRIEF).passages
    assert len(plain_blocks(passage.body).split("\n")) == 1


# --- Numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "layout", "expected"),
    [
        ((3, 4), Layout.FULL, [3, 4]),
        ((None, None), Layout.FULL, [None, None]),
        ((None, None), Layout.HEADLINES, [1, 2]),
        ((3, None), Layout.HEADLINES, [3, 2]),
        ((None,), Layout.HEADLINES, [None]),
    ],
)
def test_numbers(numbers: tuple[int | None, ...], layout: Layout, expected: list[int | None]) -> None:
    """Stories keep the numbers that the post gives them; several headlines without are counted."""
    told = digest(*[story(number, title) for number, title in zip(numbers, "甲乙", strict=False)])
    assert [passage.number for passage in composed(told, layout).passages] == expected


def test_numbers_stay_when_stories_move() -> None:
    """A story keeps its number behind those that are new."""
    told = daily()
    passages = composed(told, Layout.HEADLINES, seen=keys(told, "甲")).passages
    assert [passage.number for passage in passages] == [2, 3, None, 1]


# --- Seen before -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("titles", "folds", "expected"),
    [
        (
            ("甲",),
            Folding.TO_LINES,
            ["[开源/编辑挑选。]", "2. 乙[乙一；乙二！乙三。]", "3. 丙[丙一。丙二。/丙三。]", "之前发过", "1. 甲"],
        ),
        (
            ("乙",),
            Folding.NEVER,
            ["1. 甲[甲一。甲二。/甲三。]", "[开源/编辑挑选。]", "3. 丙[丙一。丙二。/丙三。]", "之前发过", "2. 乙"],
        ),
        (
            ("乙", "丙"),
            Folding.NEVER,
            ["1. 甲[甲一。甲二。/甲三。]", "之前发过", "[开源/编辑挑选。]", "2. 乙", "3. 丙"],
        ),
        (
            ("丙",),
            Folding.TO_TITLE,
            [
                "1. 甲[甲一。甲二。/甲三。]",
                "[开源/编辑挑选。]",
                "2. 乙[乙一；乙二！乙三。]",
                "之前发过",
                "3. 丙{丙一。丙二。/丙三。}",
            ],
        ),
        (("甲", "乙", "丙"), Folding.NEVER, ["之前发过", "1. 甲", "[开源/编辑挑选。]", "2. 乙", "3. 丙"]),
    ],
)
def test_seen_stories(titles: tuple[str, ...], folds: Folding, expected: list[str]) -> None:
    """What the reader has seen stands behind what is new, a line each; a section's words stay with what is new.

    Where a body folds away to nothing it stays within reach.
    """
    told = daily()
    lines = outline(composed(told, folds=folds, seen=keys(told, *titles)))
    assert lines == ["[今天。很短。]", *expected, "点评[评一。评二。]"]


def test_seen_headlines() -> None:
    """Headlines lead with what is new, too, without sections, and fold nothing."""
    told = daily()
    document = composed(told, Layout.HEADLINES, Folding.TO_TITLE, seen=keys(told, "甲", "丙"))
    assert outline(document) == ["2. 乙", "之前发过", "1. 甲", "3. 丙"]


def test_a_story_without_a_key_is_new() -> None:
    """A story that nothing tells apart from others is never taken for seen."""
    told = digest(story(1, "甲"), replace(story(2, "乙"), key=None))
    assert outline(composed(told, seen=keys(told, "甲"))) == ["2. 乙", "之前发过", "1. 甲"]


@pytest.mark.parametrize("layout", Layout)
def test_nothing_is_seen(layout: Layout) -> None:
    """Without repeats, nothing is said about repeats."""
    assert "之前发过" not in outline(composed(daily(), layout, seen=frozenset({StoryKey("other.example/1")})))


# --- What is hidden ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layout", "folds", "expected"),
    [
        (Layout.FULL, Folding.NEVER, [None, None, 1]),
        (Layout.FULL, Folding.TO_LINES, [None, None, 1]),
        (Layout.FULL, Folding.TO_TITLE, [None, None, None]),
        (Layout.BRIEF, Folding.NEVER, [0, None, 1]),
        (Layout.BRIEF, Folding.TO_LINES, [None, None, 1]),
        (Layout.HEADLINES, Folding.NEVER, [0, None, 1]),
        (Layout.HEADLINES, Folding.TO_TITLE, [0, None, 1]),
    ],
)
def test_hidden_bodies(layout: Layout, folds: Folding, expected: list[int | None]) -> None:
    """A story that is told with less than its body says its place in the digest, wherever it stands; others do not."""
    told = digest(story(1, "甲", *BODIES["甲"]), story(7, "乙", *BODIES["乙"]), story(3, "丙"), name="beef")
    document = composed(told, layout, folds, seen=keys(told, "乙"))
    assert document.name == "beef"
    assert [passage.hides for passage in document.passages if passage.url] == expected


def test_a_story_alone() -> None:
    """A story that is asked for is told whole, under its digest's title, numbered as in the headlines."""
    told = digest(story(None, "甲"), story(None, "乙", *BODIES["乙"]), title="日报", permalink="https://a.example/1")
    document = compose_story(told, 1)
    assert document is not None
    assert (document.title, document.url) == ("日报", "https://a.example/1")
    assert outline(document) == ["2. 乙[乙一；乙二！乙三。]"]
    assert document.passages[0].hides is None


@pytest.mark.parametrize("place", [-1, 2, 99])
def test_a_story_that_is_not_there(place: int) -> None:
    """A place that no story has (any more) tells nothing."""
    assert compose_story(digest(story(1, "甲"), story(2, "乙")), place) is None


# --- Texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layout", "folds", "expected"),
    [
        (Layout.FULL, Folding.NEVER, ["[一。二。/三。]"]),
        (Layout.BRIEF, Folding.TO_LINES, ["{一。二。/三。}"]),
        (Layout.BRIEF, Folding.NEVER, ["[一。]"]),
        (Layout.HEADLINES, Folding.TO_LINES, ["[一。]"]),
        (Layout.HEADLINES, Folding.NEVER, ["[一。]"]),
    ],
)
def test_text_without_stories(layout: Layout, folds: Folding, expected: list[str]) -> None:
    """A post without stories is its text: whole, folded, or its first sentence, which is its headline, too."""
    essay = digest(title="文", intro=(paragraph("一。二。"), paragraph("三。")))
    assert outline(composed(essay, layout, folds)) == expected


@pytest.mark.parametrize(
    ("commentary", "expected"),
    [
        ((Heading(text("Takeaways"), 2), paragraph("一。")), "Takeaways[一。]"),
        ((paragraph("一。"),), "点评[一。]"),
        ((paragraph("一。"), Heading(text("二"), 3), paragraph("三。")), "点评[一。/二/三。]"),
        ((Heading(text("只有标题"), 3),), "点评[只有标题]"),
    ],
)
def test_commentary(commentary: Blocks, expected: str) -> None:
    """The commentary stands under its own heading, else under ours."""
    assert outline(composed(digest(story(1, "题"), commentary=commentary))) == ["1. 题", expected]


# --- Pushes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", Layout)
def test_a_push_says_its_headline_once(layout: Layout) -> None:
    """A push is its one story: it has no title besides, and no number."""
    rules = Rules(source="desk", zone=UTC, may_push=True)
    pushed = read(push_post("供电恢复 https://a.example/1\n先恢复读。再恢复写。", now=NOW), rules)
    document = composed(pushed, layout)
    assert pushed.series == BREAKING
    assert document.title == ""
    assert document.published == NOW
    expected = {Layout.FULL: "[先恢复读。再恢复写。]", Layout.BRIEF: "[先恢复读。]", Layout.HEADLINES: ""}
    assert outline(document) == [f"供电恢复{expected[layout]}"]
    assert document.passages[0].url == "https://a.example/1"


def test_a_push_of_known_news_is_told_all_the_same() -> None:
    """What an editor pushes is told whole, also to those who were told that story before: as it was shown."""
    rules = Rules(source="desk", zone=UTC, may_push=True)
    pushed = read(push_post("供电恢复 https://a.example/1\n先恢复读。再恢复写。", now=NOW), rules)
    known = frozenset(story.key for story in pushed.stories if story.key)
    assert known
    assert compose(pushed, layout=Layout.FULL, folds=Folding.NEVER, words=WORDS, seen=known) == composed(
        pushed, Layout.FULL
    )


def test_one_story_under_another_title() -> None:
    """A digest of one story whose title says something else keeps its title."""
    assert composed(digest(story(1, "题"), title="日报")).title == "日报"


def test_one_story_with_an_address_of_its_own() -> None:
    """A digest of one story keeps its title where it has a permalink: the title leads there."""
    document = composed(digest(story(1, "题"), title="题", permalink="https://a.example/1"))
    assert (document.title, document.url) == ("题", "https://a.example/1")
