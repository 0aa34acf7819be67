"""The example posts are what they are said to be: both series, in Chinese and English, and one with oddities."""

from __future__ import annotations

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
