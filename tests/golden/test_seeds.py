"""The publisher's own posts, on every face: by what must hold of them, because they are not ours to copy."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from adapters.platform import Message, Platform
from digest.choices import Layout
from digest.model import Digest
from digest.richtext import Blocks, Bold, Heading, Link, List, Paragraph, Quote, Spans, plain
from tests.golden.faces import DIALECTS, SEEDS, Case, digest_of
from tests.witnesses.shown import Seen, read

PATHS = sorted(SEEDS.glob("*.txt"))

pytestmark = pytest.mark.skipif(not PATHS, reason="the publisher's posts are not beside this repository")
every_seed = pytest.mark.parametrize("path", PATHS, ids=[path.stem[:3] for path in PATHS])
everywhere = pytest.mark.parametrize("platform", Platform)


def _seen(platform: Platform, message: Message) -> list[Seen]:
    """What a reader sees of a message."""
    return read(DIALECTS[platform].draw(message))


def _one_message(path: Path, platform: Platform, layout: Layout = Layout.FULL) -> tuple[Digest, Message]:
    digest = digest_of(path)
    [message] = Case(name=path.stem, digest=digest, layout=layout).spelling(platform).messages
    return digest, message


def _said(seen: list[Seen]) -> str:
    return "".join(one.char for one in seen)


def _without_blanks(text: str) -> str:
    return "".join(text.split())


@every_seed
@everywhere
@pytest.mark.parametrize("layout", Layout)
def test_one_message(path: Path, platform: Platform, layout: Layout) -> None:
    """Each seed is one message, within every limit, in every layout; nothing is given up and no stars are left."""
    case = Case(name=path.stem, digest=digest_of(path), layout=layout)
    spelling = case.spelling(platform)
    [message] = spelling.messages
    assert all(0 <= count.used <= count.limit for count in DIALECTS[platform].count(message))
    assert {loss.what for loss in spelling.losses} <= {"heading-level"}
    assert "**" not in _said(_seen(platform, message))


@every_seed
@everywhere
def test_titles_are_linked_in_order(path: Path, platform: Platform) -> None:
    """Every story's title is seen, linked to its address, in order, and nothing else is linked."""
    digest, message = _one_message(path, platform)
    links: list[tuple[str, str]] = []
    for one in _seen(platform, message):
        if one.url and links and links[-1][1] == one.url:
            links[-1] = (links[-1][0] + one.char, one.url)
        elif one.url:
            links.append((one.char, one.url))
    assert links == [(_without_blanks(plain(story.title)), story.url) for story in digest.stories]


@every_seed
@everywhere
def test_bold_stays_bold(path: Path, platform: Platform) -> None:
    """Every bold span of a story's body, the intro and the commentary is seen in bold, in order, and no other."""
    digest, message = _one_message(path, platform)
    meant = [*_bold_in(digest.intro), *(said for story in digest.stories for said in _bold_in(story.body))]
    meant += _bold_in(digest.commentary)
    groups = groupby(_seen(platform, message), key=lambda one: "bold" in one.forms and not one.url)
    bold = [_said(list(group)) for is_bold, group in groups if is_bold]
    ours = {_without_blanks(digest.title), "点评", *[f"{story.number}." for story in digest.stories]}
    assert [said for said in bold if said not in ours] == [_without_blanks(said) for said in meant]


def test_no_bold_was_missed() -> None:
    """The seeds have 46 bold spans."""
    digests = [digest_of(path) for path in PATHS]
    bodies = [body for one in digests for body in (one.intro, one.commentary, *(story.body for story in one.stories))]
    assert sum(len(_bold_in(body)) for body in bodies) == 46


def _bold_in(blocks: Blocks) -> list[str]:
    found: list[str] = []
    for block in blocks:
        match block:
            case Paragraph(spans):
                found += _bold_spans(spans)
            case List(items):
                found += [said for item in items for said in _bold_in(item)]
            case Quote(inner):
                found += _bold_in(inner)
            case Heading():
                pass
            case _:
                raise AssertionError(block)
    return found


def _bold_spans(spans: Spans) -> list[str]:
    found = []
    for span in spans:
        if isinstance(span, Bold):
            found.append(plain(span.spans))
        elif isinstance(span, Link):
            found += _bold_spans(span.spans)
    return found
