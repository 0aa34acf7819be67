"""The example posts are what they are said to be: both series, in Chinese and English, and one with oddities."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from digest.model import Digest, Post, Rules
from digest.problems import Code
from digest.read import read
from digest.richtext import links, plain, plain_blocks

EXAMPLES = Path(__file__).parents[2] / "examples"
RULES = Rules(source="posts", zone=UTC)
DAILY, ROLLING = "AI新闻速递", "过去4小时AI发生了什么？"


def _read(name: str) -> Digest:
    path = EXAMPLES / name
    return read(Post(path=path.name, data=path.read_bytes()), RULES)


@pytest.fixture(scope="module")
def digests() -> dict[str, Digest]:
    """Every example as it is read."""
    names = [path.relative_to(EXAMPLES).as_posix() for path in sorted(EXAMPLES.rglob("*.md"))]
    return {name: _read(name) for name in names}


def _published(digest: Digest) -> datetime:
    assert digest.published
    return digest.published


def test_every_example_can_be_delivered(digests: dict[str, Digest]) -> None:
    """Every example can be delivered, and only the one that shows oddities has any that a writer would mend."""
    assert all(digest.deliverable for digest in digests.values())
    odd = {name: {problem.code for problem in digest.problems} for name, digest in digests.items() if digest.problems}
    assert odd == {
        "more/2026-11-15-notes.md": {Code.STORY_WITHOUT_LINK, Code.REPEATED_LINK},
        "more/2026-11-16-essay.md": {Code.NO_STORIES},
        "shapes/markup.md": {Code.NO_STORIES},
    }


@pytest.mark.parametrize(
    ("name", "series", "stories", "framed"),
    [
        ("posts/2026-11-20.md", DAILY, 5, True),
        ("posts/2026-11-21.md", DAILY, 5, True),
        ("posts/2026-11-21-08.md", ROLLING, 6, False),
        ("posts/2026-11-21-12.md", ROLLING, 7, False),
        ("later/2026-11-21-16.md", ROLLING, 5, False),
        ("more/2026-11-17-weekly.md", "The Practical Models Weekly", 6, True),
    ],
)
def test_stories_are_found(name: str, series: str, stories: int, framed: bool) -> None:
    """A daily has an intro and a commentary, a rolling issue only stories; each has a title, a link and a body."""
    digest = _read(name)
    assert (digest.series, len(digest.stories)) == (series, stories)
    assert bool(digest.intro) == bool(digest.commentary) == framed
    assert all(story.url and story.key and plain(story.title) and story.body for story in digest.stories)


SHAPES: dict[str, list[tuple[int | None, str, str]]] = {
    "numbered-links": [
        (1, "语音模型缩到 300 MB，手机可听写", "https://example.com/a/1"),
        (2, "翻译耳机公布延迟测试：平均 0.8 秒", "https://example.com/a/2"),
    ],
    "numbered-bold": [
        (1, "Small models learn to say no.", "https://example.org/b/1"),
        (2, "Benchmarks get an expiry date.", "https://example.org/b/2"),
    ],
    "numbered-text": [
        (1, "图书馆开放古籍识别接口", "https://example.com/c/1"),
        (2, "机器人足球赛改用统一硬件", "https://example.com/c/2"),
        (3, "地铁站台试点实时手语播报", "https://example.com/c/3"),
    ],
    "linked-headings": [
        (None, "少用一半数据，效果持平", "https://example.com/d/1"),
        (None, "把失败的实验写成数据集", "https://example.com/d/2"),
        (None, "缓存能省多少钱？", "https://example.com/d/3"),
    ],
    "numbered-headings": [
        (1, "自动字幕进入直播课堂", "https://example.com/e/1"),
        (2, "医院试用病历摘要工具", "https://example.com/e/2"),
    ],
    "bullet-links": [
        (None, "浏览器里的向量检索", "https://example.com/f/1"),
        (None, "给提示词写单元测试", "https://example.com/f/2"),
        (None, "一行命令画出调用链", "https://example.com/f/3"),
    ],
    "bullet-bold": [
        (None, "小模型学会说“不知道”", "https://example.com/g/1"),
        (None, "评测集有了保质期", "https://example.com/g/2"),
    ],
    "bullet-text": [
        (None, "出版社把有声书音色交给读者投票", "https://example.com/h/1"),
        (None, "数据许可证 2.0 发布", "https://example.com/h/2"),
        (None, "天文台用小模型筛选图像", "https://example.com/h/3"),
    ],
    "counted-paragraphs": [
        (1, "出租车队试用语音派单", "https://example.com/i/1"),
        (2, "二手书店上线封面识别", "https://example.com/i/2"),
        (3, "气象站公开十年观测数据", "https://example.com/i/3"),
    ],
    "bold-lines": [
        (None, "门锁厂商承诺七年安全更新", "https://example.com/j/1"),
        (None, "阅读器加入离线词典", "https://example.com/j/2"),
    ],
    "linked-lines": [
        (None, "A robot arm that folds shirts", "https://example.org/k/1"),
        (None, "Maps that admit what they do not know", "https://example.org/k/2"),
    ],
    "table-rows": [
        (None, "Pico ASR", "https://example.com/l/1"),
        (None, "Table Talk", "https://example.com/l/3"),
    ],
    "plain-headings": [
        (None, "A terminal that explains its errors", "https://example.com/m/1"),
        (None, "Why we moved back to one server", "https://example.com/m/2"),
    ],
    "markup": [],
}
"""The stories of the example of each shape, by the names that the documentation gives to the shapes."""


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_is_read_as_it_is_meant(name: str) -> None:
    """The example of each shape tells the stories that a person sees in it: numbers, titles, links."""
    stories = _read(f"shapes/{name}.md").stories
    assert [(story.number, plain(story.title), story.url) for story in stories] == SHAPES[name]
    assert all(story.key for story in stories)


def test_each_shape_is_shown_to_writers() -> None:
    """The page for writers shows the example of each shape word for word, and a picture of what it becomes."""
    page = (EXAMPLES.parent / "docs/writing-posts.md").read_text(encoding="utf-8")
    shown = [block for _, block in re.findall(r"^(`{3,})markdown\n(.*?)^\1$", page, re.MULTILINE | re.DOTALL)]
    assert {path.stem for path in (EXAMPLES / "shapes").glob("*.md")} == set(SHAPES)
    for name in SHAPES:
        text = (EXAMPLES / f"shapes/{name}.md").read_text(encoding="utf-8")
        assert any(text.endswith(block) for block in shown), name
        assert f'"images/shapes/{name}.png"' in page
        assert (EXAMPLES.parent / f"docs/images/shapes/{name}.png").exists()


def test_no_stars_are_left(digests: dict[str, Digest]) -> None:
    """Emphasis beside Chinese punctuation is understood: no literal `**` is left."""
    for digest in digests.values():
        blocks = (*digest.intro, *(block for story in digest.stories for block in story.body), *digest.commentary)
        assert "**" not in plain_blocks(blocks)


def test_rolling_issues_repeat_stories() -> None:
    """The rolling issues share stories, so that an example shows what a reader has seen before."""
    keys = [
        {story.key for story in _read(name).stories}
        for name in ("posts/2026-11-21-08.md", "posts/2026-11-21-12.md", "later/2026-11-21-16.md")
    ]
    assert len(keys[0] & keys[1]) == 3
    assert len(keys[1] & keys[2]) == 2


def test_the_later_post_is_the_newest(digests: dict[str, Digest]) -> None:
    """What arrives while the demo runs is newer than everything that was there."""
    later = [_published(digest) for name, digest in digests.items() if name.startswith("later/")]
    assert len(later) == 1
    assert later[0] > max(_published(digest) for name, digest in digests.items() if name.startswith("posts/"))


def test_examples_are_in_both_languages(digests: dict[str, Digest]) -> None:
    """The examples are in Chinese and English, so that both are seen."""
    assert {digest.language for digest in digests.values()} == {"zh", "en"}


def test_examples_lead_to_nobody(digests: dict[str, Digest]) -> None:
    """Every link of an example leads to a domain that is reserved for examples."""
    for digest in digests.values():
        urls = {story.url for story in digest.stories} | {
            link.url for link in links((*digest.intro, *digest.commentary))
        }
        assert {urlsplit(url).hostname for url in urls if url} <= {"example.com", "example.org"}
