"""Whatever a post is: it is read, the same each time, nothing of it is lost, and what was read can be spelled.

`make fuzz` looks for longer. What it found stays here as an example, with a sentence.
"""

from __future__ import annotations

import itertools
import pickle
import re
from dataclasses import replace
from itertools import product

from hypothesis import example, given

from bot.catalogue import words
from bot.checking.faces import dialects
from bot.rendition import render
from digest.choices import Layout
from digest.model import Digest, Post
from digest.problems import Code
from digest.read import read
from digest.richtext import plain, plain_blocks
from tests.digest.fuzzing import bodies, fuzzed, raw, texts
from tests.digest.posts import RULES

_RULES = replace(RULES, base_url="https://a.b/", permalink="https://a.b/{stem}")
_DIALECTS = tuple(dialects().values())
_ZH = words("zh")


def _read(data: bytes) -> Digest:
    return read(Post(path="2025-11-21-a-post.md", data=data), _RULES)


@fuzzed
@given(raw())
def test_any_bytes_are_read(data: bytes) -> None:
    """Any bytes are read without an error, to the same digest each time, and the digest goes over a connection."""
    digest = _read(data)
    assert digest == _read(data)
    assert pickle.loads(pickle.dumps(digest)) == digest  # noqa: S301 - our own


@fuzzed
@example(b"***")  # a rule alone was something to deliver
@given(raw())
def test_any_bytes_are_read_plainly(data: bytes) -> None:
    """Any bytes are read as text only as well, and are fatal there only where they are fatal anyway."""
    parsed, digest = _read(data), read(Post(path="2025-11-21-a-post.md", data=data), _RULES, plainly=True)
    assert digest.title == parsed.title or Code.TITLE_FALLBACK in {problem.code for problem in digest.problems}
    assert digest.deliverable >= parsed.deliverable
    assert digest.stories == ()


@fuzzed
@example("---\ntitle: t\n---\n" + "a\n\n" * 30_000)  # the text-only form itself took too long, and the post was lost
@example("---\ntitle: t\n---\n" + "[" * 40_000)  # what one line holds was copied once for each place to cut it
@example("---\ntitle: t\n---\n" + "[^a]" * 40_000)  # notes were rendered before the text was refused
@given(texts())
def test_what_is_read_can_be_spelled(text: str) -> None:
    """Every digest is composed and spelled in every dialect and layout, in messages that say something."""
    digest = _read(text.encode(errors="replace"))
    if not digest.deliverable:
        return
    for dialect, layout in product(_DIALECTS, Layout):
        assert render(digest, dialect=dialect, layout=layout, words=_ZH).messages


_MARKED = re.compile(r"[\u5000-\u8fff]")
_HIDES = re.compile(r"<|&|`|~~~|\{[{%]|\]:|\[\^|!\[|\||-->|(?m:^[ \t>]*Title:)")
"""What may begin something that is not shown: a tag, a comment, a shortcode, a definition, a cell too many."""


def _told(digest: Digest) -> set[str]:
    """The marked characters that a digest shows."""
    said = [digest.title, plain_blocks(digest.intro), plain_blocks(digest.commentary)]
    for story in digest.stories:
        said += [plain(story.title), plain_blocks(story.body), plain_blocks(story.section)]
    return set(_MARKED.findall("".join(said)))


@fuzzed
@given(bodies())
def test_no_word_is_lost(body: str) -> None:
    """Every word of a text that hides nothing is told by its stories or around them."""
    if _HIDES.search(body):
        return
    counts = itertools.count(0x5000)
    marked = re.sub("词语|word", lambda _: chr(next(counts)) * 2, body)
    digest = _read(f"---\ntitle: t\n---\n\n{marked}".encode(errors="replace"))
    assert {chr(code) for code in range(0x5000, next(counts))} <= _told(digest)
