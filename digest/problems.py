"""What can be odd about a post: codes, never sentences. The sentences stand in the catalogues of `bot/locales`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Code(StrEnum):
    """One kind of oddity. The value is the stable name that `sudi check --json` prints."""

    # What cannot be delivered.
    UNREADABLE_FILE = "unreadable-file"
    NOT_TEXT = "not-text"
    CUT_OFF = "cut-off"
    KEPT_ELSEWHERE = "kept-elsewhere"
    TOO_LARGE = "too-large"
    TOO_COSTLY = "too-costly"
    EMPTY = "empty"
    NO_TITLE = "no-title"
    BROKEN_FRONT_MATTER = "broken-front-matter"
    MISPLACED_DRAFT = "misplaced-draft"
    # Warnings: the post is delivered.
    MENDED_FRONT_MATTER = "mended-front-matter"
    SKIPPED_FRONT_MATTER = "skipped-front-matter"
    UNCLOSED_FRONT_MATTER = "unclosed-front-matter"
    REPEATED_KEY = "repeated-key"
    DRAFT = "draft"
    WITHDRAWN = "withdrawn"
    TITLE_FALLBACK = "title-fallback"
    NO_DATE = "no-date"
    BAD_DATE = "bad-date"
    NO_STORIES = "no-stories"
    TEXT_ONLY = "text-only"
    STORY_WITHOUT_LINK = "story-without-link"
    REPEATED_LINK = "repeated-link"
    LEFTOVER_STARS = "leftover-stars"
    BAD_LINK = "bad-link"
    UNCLOSED_COMMENT = "unclosed-comment"
    DROPPED_TAG = "dropped-tag"
    LEFT_TO_GENERATOR = "left-to-generator"
    LITERAL_BRACES = "literal-braces"
    UNREADABLE_CHARACTERS = "unreadable-characters"
    PUSH_NOT_ALLOWED = "push-not-allowed"


FATAL = frozenset(
    {
        Code.UNREADABLE_FILE,
        Code.NOT_TEXT,
        Code.CUT_OFF,
        Code.KEPT_ELSEWHERE,
        Code.TOO_LARGE,
        Code.TOO_COSTLY,
        Code.EMPTY,
        Code.NO_TITLE,
        Code.BROKEN_FRONT_MATTER,
        Code.MISPLACED_DRAFT,
    }
)
"""With one of these a post is not delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One oddity: where (line counted from 1; 0 for the whole file), what, and the words its sentence needs."""

    code: Code
    line: int = 0
    details: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def fatal(self) -> bool:
        """Whether the post cannot be delivered because of it."""
        return self.code in FATAL
