"""The publisher's own posts are read perfectly."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from digest.model import Digest, Post, Rules
from digest.read import read
from digest.richtext import Bold, Heading, Paragraph, Text, plain, plain_blocks

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
RULES = Rules(source="demo", zone=ZoneInfo("Asia/Shanghai"))

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the publisher's posts are not beside this repository")


def _seed(number: int) -> Digest:
    (path,) = SEEDS.glob(f"{number:03}_*.txt")
    return read(Post(path=f"{path.stem}.md", data=path.read_bytes()), RULES)


@pytest.mark.parametrize(("seed", "count"), [(0, 5), (1, 4), (2, 5), (3, 12), (4, 11)])
def test_every_story_is_whole(seed: int, count: int) -> None:
    """Each seed has its stories, numbered from 1, each with title, link, key and body, and nothing odd."""
    digest = _seed(seed)
    assert [story.number for story in digest.stories] == list(range(1, count + 1))
    for story in digest.stories:
        assert plain(story.title)
        assert story.url is not None
        assert story.url.startswith("https://")
        assert story.key is not None
        assert len(plain_blocks(story.body)) > 60
        assert plain(story.title) not in plain_blocks(story.body)
        assert story.section == ()
    assert digest.problems == ()


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_lost_and_no_stars_are_left(seed: int) -> None:
    """Every letter of a seed's text is in its digest, in order, and no literal stars are."""
    digest = _seed(seed)
    (path,) = SEEDS.glob(f"{seed:03}_*.txt")
    source = path.read_text(encoding="utf-8").split("---\n", 2)[2]
    parts = [plain_blocks(digest.intro)]
    for story in digest.stories:
        parts += [f"{story.number}.[{plain(story.title)}]({story.url})", plain_blocks(story.body)]
    parts.append(plain_blocks(digest.commentary))
    text = "".join("".join(parts).split())
    assert "*" not in text
    assert text == "".join(source.replace("**", "").replace("---", "").replace("###", "").split())


@pytest.mark.parametrize(
    ("seed", "intro", "commentary"),
    [
        (0, "今日全球AI领域风起云涌", "今天的几条新闻，看似孤立"),
        (1, "今日全球AI领域动态呈现", "今天的几条新闻串起来看，很有意思"),
        (2, "今日全球AI动态聚焦于", "点评"),
        (3, "", ""),
        (4, "", ""),
    ],
)
def test_intro_and_commentary(seed: int, intro: str, commentary: str) -> None:
    """Intro and commentary stand where the editor wrote them, and only there."""
    digest = _seed(seed)
    assert plain_blocks(digest.intro).startswith(intro)
    assert plain_blocks(digest.commentary).startswith(commentary)
    assert (bool(digest.intro), bool(digest.commentary)) == (bool(intro), bool(commentary))


def test_commentary_begins_with_its_heading() -> None:
    """The third seed's commentary begins with its heading."""
    assert _seed(2).commentary[0] == Heading((Text("点评"),), 3)


def test_two_series() -> None:
    """The daily and the rolling issue are two series."""
    assert {_seed(n).series for n in (0, 1, 2)} == {"全球AI新闻速递"}
    assert {_seed(n).series for n in (3, 4)} == {"过去4小时全球AI发生了什么？"}


def test_shared_stories() -> None:
    """8 of the stories of the second rolling issue already stood in the first."""
    first, second = ({story.key for story in _seed(n).stories} for n in (3, 4))
    assert len(first & second) == 8


def test_head() -> None:
    """Title, date with its offset, topics and language are those of the front matter and the text."""
    digest = _seed(1)
    assert digest.title == "2025.11.10 全球AI新闻速递"
    assert digest.published == datetime(2025, 11, 10, 9, 10, 3, 447_000, tzinfo=RULES.zone)
    assert digest.topics == ("人工智能", "大模型", "AI芯片", "监管政策")
    assert digest.language == "zh"
    assert digest.deliverable


def test_bold_beside_punctuation() -> None:
    """Bold that ends in Chinese punctuation before a letter is bold."""
    (body,) = _seed(2).stories[4].body
    assert isinstance(body, Paragraph)
    assert Bold((Text("“神经回路”"),)) in body.spans
