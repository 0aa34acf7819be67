"""Whether two digests tell readers the same: the same stories, words and links, with no less emphasis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from digest.model import Digest, Revision, Story
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
    Span,
    Spans,
    Strike,
    Table,
    Text,
)

_Letter = tuple[str, frozenset[str]]
"""A character that can be seen (or where a block begins), and the forms that it stands in."""

_EMPHASIS = frozenset({"bold", "italic"})


def as_good(before: Digest, after: Digest) -> bool:
    """Whether `after` tells the same stories in the same words and forms, with no problem that was not there before.

    What was not emphasised may be so now; of punctuation, emphasis does not matter.
    """
    old, new = (Counter(problem.code for problem in digest.problems) for digest in (before, after))
    return new <= old and _frame(before) == _frame(after) and _same_words(list(_told(before)), list(_told(after)))


def _frame(digest: Digest) -> tuple[object, ...]:
    """What a digest is, less its words and problems."""
    bare = replace(digest, revision=Revision(""), intro=(), stories=(), commentary=(), problems=())
    return (bare, *((story.number, story.url, story.key) for story in digest.stories))


def _same_words(before: list[_Letter], after: list[_Letter]) -> bool:
    if [letter for letter, _ in before] != [letter for letter, _ in after]:
        return False
    forms = zip(before, after, strict=True)
    return all(old <= new and new - old <= _EMPHASIS for (letter, old), (_, new) in forms if letter.isalnum())


def _told(digest: Digest) -> Iterator[_Letter]:
    yield from _of_blocks(digest.intro)
    for story in digest.stories:
        yield "story", frozenset()
        yield from _of_story(story)
    yield "commentary", frozenset()
    yield from _of_blocks(digest.commentary)


def _of_story(story: Story) -> Iterator[_Letter]:
    yield from _of_blocks(story.section)
    yield from _of_spans(story.title, frozenset())
    yield from _of_blocks(story.body)


def _of_blocks(blocks: Blocks) -> Iterator[_Letter]:
    for block in blocks:
        yield from _of_block(block)


def _of_block(block: Block) -> Iterator[_Letter]:
    match block:
        case Paragraph(spans):
            yield from _of_spans(spans, frozenset())
        case Heading(spans, level):
            yield from _of_spans(spans, frozenset({f"heading {level}"}))
        case List(items, start):
            for item in items:
                yield f"item from {start}", frozenset()
                yield from _of_blocks(item)
        case Quote(inner):
            yield "quote", frozenset()
            yield from _of_blocks(inner)
        case Table(header, rows):
            for cell in (cell for row in (header, *rows) for cell in row):
                yield "cell", frozenset()
                yield from _of_spans(cell, frozenset())
        case CodeBlock() | Image() | Rule():
            yield str(block), frozenset()
        case _:
            assert_never(block)


def _of_spans(spans: Spans, forms: frozenset[str]) -> Iterator[_Letter]:
    for span in spans:
        yield from _of_span(span, forms)


def _of_span(span: Span, forms: frozenset[str]) -> Iterator[_Letter]:
    match span:
        case Text(text):
            yield from ((letter, forms) for letter in text if not letter.isspace())
        case Code(text):
            yield f"code {text}", forms
        case Bold(inner):
            yield from _of_spans(inner, forms | {"bold"})
        case Italic(inner):
            yield from _of_spans(inner, forms | {"italic"})
        case Strike(inner):
            yield from _of_spans(inner, forms | {"strike"})
        case Link(inner, url):
            yield from _of_spans(inner, forms | {f"link {url}"})
        case Break():
            yield "break", frozenset()
        case _:
            assert_never(span)
