"""From a digest to a document: what is said in which layout, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, assert_never

from digest.choices import Layout
from digest.cutting import first_sentence
from digest.model import Digest, Story, StoryKey
from digest.richtext import Blocks, Heading, Link, Paragraph, Spans, Text, plain


class Folding(StrEnum):
    """How far a dialect can fold a body under its title."""

    NEVER = "never"
    """Not at all: where a chat wants it short, composing shortens it."""
    TO_LINES = "to_lines"
    """To its first few lines."""
    TO_TITLE = "to_title"
    """To nothing: only the title is left to be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The few words that composing adds, in the reader's language."""

    seen_before: str
    commentary: str
    continued: str
    read_on_site: str
    whole_story: str
    unfold_story: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What belongs together on a page: the intro, a story, the commentary, a list of repeats.

    `number`, `title` and `url` name a story. A `folded` body may be shown collapsed under its title.
    `continued` marks the rest of a passage that began on an earlier page. `hides` is the place in its digest, from 0,
    of a story of which more is known than stands here; None where nothing is held back.
    """

    title: Spans = ()
    number: int | None = None
    url: str | None = None
    body: Blocks = ()
    folded: bool = False
    continued: bool = False
    hides: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a dialect spells: a digest as composed for a layout, or an answer. An answer may have no title.

    `name` is the digest's, by which what its passages hide is asked for; empty where it cannot be.
    """

    title: str = ""
    name: str = ""
    url: str | None = None
    published: datetime | None = None
    topics: tuple[str, ...] = ()
    picture: str | None = None
    passages: tuple[Passage, ...] = ()


# --- Composing ---------------------------------------------------------------------------------------------------

Telling = Callable[[Passage], Passage]
"""What a layout leaves of a passage."""


def compose(
    digest: Digest, *, layout: Layout, folds: Folding, words: Words, seen: frozenset[StoryKey] = frozenset()
) -> Document:
    """The digest as a document in this layout, which says what of its stories it hides.

    Where the dialect folds, `brief` keeps all of a body. Stories whose key is in `seen` stand behind the new ones, a
    line each; their bodies stay within reach where they fold away. A digest that is its one story, as a push is, has
    the story's title alone, and is told as it is: who pushes what was told before means to.
    """
    known = frozenset() if _is_one_story(digest) else seen
    return Document(
        title=_title(digest),
        name=digest.name,
        url=digest.permalink,
        published=digest.published,
        topics=digest.topics,
        picture=digest.picture,
        passages=tuple(_passages(digest, layout, folds, words, known)),
    )


def compose_story(digest: Digest, place: int) -> Document | None:
    """One story of the digest, whole, numbered as in its headlines; None where no story has this place."""
    if not 0 <= place < len(digest.stories):
        return None
    told = _numbered(_placed(digest))[place].told()
    return Document(title=_title(digest), url=digest.permalink, published=digest.published, passages=(told,))


def _title(digest: Digest) -> str:
    return "" if _is_one_story(digest) else digest.title


def _is_one_story(digest: Digest) -> bool:
    match digest.stories:
        case (story,):
            # An address of its own needs a title to stand in.
            return plain(story.title) == digest.title and not digest.permalink
        case _:
            return False


def _telling(layout: Layout, folds: Folding) -> Telling:
    match layout:
        case Layout.FULL:
            return lambda passage: passage
        case Layout.BRIEF:
            return _in_a_sentence if folds is Folding.NEVER else _folded
        case Layout.HEADLINES:
            return _title_alone
        case _:
            assert_never(layout)


def _folded(passage: Passage) -> Passage:
    return replace(passage, folded=bool(passage.body))


def _in_a_sentence(passage: Passage) -> Passage:
    sentence = first_sentence(passage.body)
    return replace(passage, body=(Paragraph(sentence),) if sentence else ())


def _title_alone(passage: Passage) -> Passage:
    return replace(passage, body=())


def _telling_again(layout: Layout, folds: Folding) -> Telling:
    """What is left of a story that the reader knows."""
    return _folded if folds is Folding.TO_TITLE and layout is not Layout.HEADLINES else _title_alone


def _passages(
    digest: Digest, layout: Layout, folds: Folding, words: Words, seen: frozenset[StoryKey]
) -> Iterator[Passage]:
    tell, titles_alone = _telling(layout, folds), layout is Layout.HEADLINES
    if not digest.stories:
        # The text itself: a headline of it is its first sentence, for there is nothing else to say.
        yield from _shown(Passage(body=digest.intro), _in_a_sentence if titles_alone else tell)
    elif not titles_alone:
        yield from _shown(Passage(body=digest.intro), lambda intro: intro)
    stories = _placed(digest)
    new, known = _told_apart(_numbered(stories) if titles_alone else stories, seen)
    yield from _told(new, tell, sections=not titles_alone)
    if known:
        yield Passage(title=(Text(words.seen_before),))
        yield from _told(known, _telling_again(layout, folds), sections=not titles_alone)
    if not titles_alone:
        yield from _shown(_commentary(digest.commentary, words), tell)
    if digest.permalink and _shortens(tell):
        yield Passage(body=(Paragraph((Link((Text(words.read_on_site),), digest.permalink),)),))


def _shortens(tell: Telling) -> bool:
    return tell is _in_a_sentence or tell is _title_alone


def _shown(passage: Passage, tell: Telling) -> Iterator[Passage]:
    if passage.body:
        yield tell(passage)


class _Placed(NamedTuple):
    """A story and its place in its digest."""

    place: int
    story: Story

    def told(self) -> Passage:
        """The story as a passage, whole."""
        story = self.story
        return Passage(number=story.number, title=story.title, url=story.url, body=story.body)


def _placed(digest: Digest) -> Sequence[_Placed]:
    return [_Placed(place, story) for place, story in enumerate(digest.stories)]


def _told(stories: Sequence[_Placed], tell: Telling, *, sections: bool) -> Iterator[Passage]:
    for placed in stories:
        if placed.story.section and sections:
            yield Passage(body=placed.story.section)
        whole = placed.told()
        told = tell(whole)
        yield told if told.body == whole.body else replace(told, hides=placed.place)


def _numbered(stories: Sequence[_Placed]) -> Sequence[_Placed]:
    """The stories, those without a number numbered by their place; one alone is not counted."""
    if len(stories) == 1:
        return stories
    return [placed if placed.story.number is not None else _with(placed, number=placed.place + 1) for placed in stories]


def _with(placed: _Placed, **changes: Any) -> _Placed:
    return placed._replace(story=replace(placed.story, **changes))


def _told_apart(stories: Sequence[_Placed], seen: frozenset[StoryKey]) -> tuple[list[_Placed], list[_Placed]]:
    """The stories that are new to the reader, and the others. A section's words stay with those that are new."""
    new: list[_Placed] = []
    known: list[_Placed] = []
    for section in _sections(stories):
        news = [placed for placed in section if placed.story.key is None or placed.story.key not in seen]
        olds = [placed for placed in section if placed.story.key is not None and placed.story.key in seen]
        words = section[0].story.section
        leading, following = (news, olds) if news else (olds, news)
        leading[0] = _with(leading[0], section=words)
        following[:] = [_with(placed, section=()) for placed in following]
        new.extend(news)
        known.extend(olds)
    return new, known


def _sections(stories: Sequence[_Placed]) -> Iterator[list[_Placed]]:
    section: list[_Placed] = []
    for placed in stories:
        if placed.story.section and section:
            yield section
            section = []
        section.append(placed)
    if section:
        yield section


def _commentary(blocks: Blocks, words: Words) -> Passage:
    match blocks:
        case (Heading(spans), *rest) if rest:
            return Passage(title=spans, body=tuple(rest))
        case _:
            return Passage(title=(Text(words.commentary),), body=blocks)
