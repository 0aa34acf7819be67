"""The nouns of a digest's life: post, story, digest, and the rules of the source it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NewType

from digest.problems import Problem
from digest.richtext import Blocks, Spans

Revision = NewType("Revision", str)
"""The name of a post's text: what `identity.name_of` makes of its bytes."""

StoryKey = NewType("StoryKey", str)
"""A story's canonical URL without scheme: what tells that two digests tell the same story."""

BREAKING = "breaking"
"""The series of pushes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRule:
    """Posts whose path (a glob within the source) and title (a regular expression) fit belong to a series."""

    series: str
    path: str = "*"
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a source says about its posts."""

    source: str
    zone: tzinfo
    series: tuple[SeriesRule, ...] = ()
    base_url: str = ""
    permalink: str = ""
    may_push: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A Markdown file as found: `path` within its source (with `/`), and its bytes."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One item of a digest.

    `title` never holds the link itself (the link is `url`); `body` holds no repeat of the title. `section` is
    what stands between the story before it and this one: a section's heading and its words.
    """

    title: Spans
    number: int | None = None
    url: str | None = None
    key: StoryKey | None = None
    body: Blocks = ()
    section: Blocks = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A post that was read. Without stories, `intro` holds the whole text.

    `name` is short and made of where the post lies (`identity.short_name`): it is what a button asks by, and stays
    the same over every edit. Empty where nothing can be asked about the digest.
    `published` is aware, as the post says it; None where nothing says it (then first seen counts).
    `language` is a lower-case primary tag such as `zh`. `commentary` begins with its heading, if it has one.
    `slug` is the `id` (else the `slug`) of the front matter as text: it is copied too often to be an identity, but
    it tells a moved post.
    """

    revision: Revision
    series: str
    title: str
    name: str = ""
    slug: str = ""
    published: datetime | None = None
    language: str = ""
    topics: tuple[str, ...] = ()
    intro: Blocks = ()
    stories: tuple[Story, ...] = ()
    commentary: Blocks = ()
    picture: str | None = None
    permalink: str | None = None
    draft: bool = False
    withdrawn: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def deliverable(self) -> bool:
        """Whether nothing about the post forbids bringing it to anyone (a draft is sound, but waits)."""
        return not any(problem.fatal for problem in self.problems)
