"""What the pages need of the program: a desk that shows posts, faces and deliveries, and takes decisions.

The views carry values, not sentences: words are looked up by the pages, in the language of whoever looks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adapters.platform import Count, Loss, Message, Platform, Query, Reply
from digest.choices import Layout
from digest.problems import Problem


class Say(Protocol):
    """Looks words up in the catalogues: `say("zh", "pages.inbox")`."""

    def __call__(self, language: str, key: str, /, **values: object) -> str:
        """The words of a key with its placeholders filled; raises KeyError for an unknown key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxMessage:
    """One message that the local subscriber was brought, as it stands now (edits applied)."""

    id: int
    message: Message
    sent_at: datetime
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PostView:
    """A post as found. `state` is its stable name (`published`, `bad`, …); `digest` is None where it was not kept.

    `due` is its own date, where it waits for that.
    """

    id: int
    source: str
    path: str
    state: str
    title: str
    series: str
    first_seen: datetime
    published: datetime | None
    stories: int
    problems: tuple[Problem, ...]
    copy_of: str | None = None
    of_earlier: bool = False
    digest: int | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnMessage:
    """A spelled message with its picture (safe HTML) and its counts."""

    message: Message
    html: str
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A post on one platform: the messages, and what the dialect gave up."""

    platform: Platform
    messages: tuple[DrawnMessage, ...]
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A post in one layout on every platform."""

    post: PostView
    layout: Layout
    faces: tuple[Face, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """One message of a delivery and what became of it."""

    id: int
    number: int
    attempt: int
    action: str
    state: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """A delivery and why it is where it is (`reason` is a stable code or a platform's words).

    `called`: what people call the account that brings it, and `chat_name` what they call the chat, where that is known.
    """

    id: int
    digest: int
    title: str
    series: str
    lane: str
    chat: str
    state: str
    reason: str | None
    urgency: int
    due: datetime
    ended_at: datetime | None
    parts: tuple[PartView, ...] = ()
    called: str = ""
    chat_name: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestProgress:
    """How far a digest has come: deliveries by state."""

    digest: int
    title: str
    series: str
    first_seen: datetime
    counts: Mapping[str, int]
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneView:
    """A lane: whether it is held or paused, and why. `called`: what people call its account, where that is known."""

    name: str
    platform: str
    held: bool
    paused_until: datetime | None
    reason: str | None
    called: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A source with its last look and last error (a stable code with details, or none); `backlog` counts held posts.

    `folder` is where its posts lie; of a repository (`is_repository`) its address, with `branch`, when it was last
    received whole, and when its remote is asked again.
    """

    name: str
    folder: str
    looked_at: datetime | None
    error: str | None
    backlog: int = 0
    branch: str = ""
    fetched_at: datetime | None = None
    next_fetch: datetime | None = None
    is_repository: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """Something that an operator should see: `code` is looked up as `alerts.<code>` with `details`."""

    name: str
    code: str
    details: Mapping[str, str | int]
    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The deliveries page: totals by state, progress by digest, lanes, and the rows that were asked for."""

    held: bool
    totals: Mapping[str, int]
    digests: tuple[DigestProgress, ...]
    lanes: tuple[LaneView, ...]
    rows: tuple[DeliveryView, ...]


class Desk(Protocol):
    """What editors and admins see and do."""

    async def inbox(self, *, limit: int = 50, before: int | None = None) -> tuple[InboxMessage, ...]:
        """The local subscriber's messages, oldest first; `before` pages back."""

    async def posts(self, *, limit: int = 200) -> tuple[PostView, ...]:
        """The posts, latest first seen first."""

    async def sources(self) -> tuple[SourceView, ...]:
        """The sources."""

    async def preview(self, post: int, layout: Layout, language: str) -> Preview | None:
        """A post's faces, composed as for a new reader of this language; None where there is no such post."""

    async def ledger(self, *, state: str | None = None, digest: int | None = None, limit: int = 100) -> Ledger:
        """The deliveries, newest first, of one state or digest."""

    async def delivery(self, delivery: int) -> DeliveryView | None:
        """One delivery with its parts."""

    async def alerts(self) -> tuple[AlertView, ...]:
        """What is wrong now."""

    async def hold(self, scope: str) -> None:
        """Keep everything unsent of `all`, a platform, or `digest:ID` from leaving."""

    async def release(self, scope: str) -> None:
        """Let it go again."""

    async def release_backlog(self, source: str) -> None:
        """Promise the posts that were held as a backlog."""

    async def keep_backlog(self, source: str) -> None:
        """Index the posts that were held as a backlog, and send nothing."""

    async def believe_vanished(self, source: str) -> None:
        """Take the posts that vanished from a failing source for deleted, at the next look."""

    async def settle(self, part: int, *, again: bool) -> None:
        """Settle a part whose outcome is unknown: count it as sent, or send it again."""

    async def answer(self, query: Query) -> Reply:
        """What a chat would be answered."""

    async def healthy(self) -> bool:
        """Whether the store answers and the lanes run."""

    def changes(self) -> AsyncIterator[int]:
        """A growing number whenever something that a page shows may have changed (coalesced); ends at shutdown."""
