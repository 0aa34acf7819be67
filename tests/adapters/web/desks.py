"""A desk of the tests: it keeps its rows in memory, does what it is told, and tells the page of changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from adapters.platform import Button, Dialect, Message, Platform, Query, Reply
from adapters.web.desk import (
    AlertView,
    DeliveryView,
    DigestProgress,
    DrawnMessage,
    Face,
    InboxMessage,
    LaneView,
    Ledger,
    PostView,
    Preview,
    SourceView,
)
from digest.choices import Layout
from digest.compose import Document, Passage
from digest.richtext import Paragraph, Text
from tests.documents import WORDS

NOW = datetime(2025, 11, 21, 2, 30, tzinfo=UTC)
"""What the clock of these tests says: half past ten in the morning in Shanghai."""

Composer = Callable[[int, Layout], Document | None]
"""Gives the document of a post's number in a layout."""


def sentence(text: str) -> Document:
    """A document of one paragraph."""
    return Document(passages=(Passage(body=(Paragraph((Text(text),)),)),))


@dataclass
class MemoryDesk:
    """A desk whose rows a test writes itself."""

    dialects: tuple[Dialect, ...] = ()
    compose: Composer = lambda _post, _layout: None
    messages: list[InboxMessage] = field(default_factory=list)
    post_rows: list[PostView] = field(default_factory=list)
    source_rows: list[SourceView] = field(default_factory=list)
    delivery_rows: list[DeliveryView] = field(default_factory=list)
    progress: list[DigestProgress] = field(default_factory=list)
    lane_rows: list[LaneView] = field(default_factory=list)
    alert_rows: list[AlertView] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    queries: list[Query] = field(default_factory=list)
    settled: list[tuple[int, bool]] = field(default_factory=list)
    decided: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, Reply] = field(default_factory=dict)
    well: bool = True
    broken: bool = False
    number: int = 0
    over: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def change(self) -> None:
        """Tell the open pages."""
        self.number += 1
        self._changed.set()

    def bring(self, message: Message, at: datetime | None = None) -> None:
        """Bring a message to the inbox."""
        number = len(self.messages) + 1
        at = at or NOW + timedelta(seconds=number)
        self.messages.append(InboxMessage(id=number, message=message, sent_at=at))
        self.change()

    async def inbox(self, *, limit: int = 50, before: int | None = None) -> tuple[InboxMessage, ...]:
        """The messages that were brought."""
        if self.broken:
            raise OSError("the disk of 甲 is gone")
        older = [message for message in self.messages if before is None or message.id < before]
        return tuple(older[-limit:])

    async def posts(self, *, limit: int = 200) -> tuple[PostView, ...]:
        """The posts."""
        return tuple(self.post_rows[:limit])

    async def sources(self) -> tuple[SourceView, ...]:
        """The sources."""
        return tuple(self.source_rows)

    async def preview(self, post: int, layout: Layout, language: str) -> Preview | None:
        """A post's faces, spelled by the real dialects."""
        del language
        found = next((row for row in self.post_rows if row.id == post), None)
        if found is None:
            return None
        document = self.compose(post, layout)
        faces = tuple(self._face(dialect, document) for dialect in self.dialects) if document else ()
        return Preview(post=found, layout=layout, faces=faces)

    def _face(self, dialect: Dialect, document: Document) -> Face:
        spelling = dialect.spell(document, WORDS)
        drawn = tuple(
            DrawnMessage(message=message, html=dialect.draw(message), counts=dialect.count(message))
            for message in spelling.messages
        )
        return Face(platform=dialect.platform, messages=drawn, losses=spelling.losses)

    async def ledger(self, *, state: str | None = None, digest: int | None = None, limit: int = 100) -> Ledger:
        """The deliveries, counted and filtered."""
        rows = [row for row in self.delivery_rows if digest is None or row.digest == digest]
        totals: dict[str, int] = {}
        for row in rows:
            totals[row.state] = totals.get(row.state, 0) + 1
        return Ledger(
            held="all" in self.held,
            totals=totals,
            digests=tuple(replace(row, held=f"digest:{row.digest}" in self.held) for row in self.progress),
            lanes=tuple(replace(row, held=row.platform in self.held) for row in self.lane_rows),
            rows=tuple(row for row in rows if state is None or row.state == state)[:limit],
        )

    async def delivery(self, delivery: int) -> DeliveryView | None:
        """One delivery."""
        return next((row for row in self.delivery_rows if row.id == delivery), None)

    async def alerts(self) -> tuple[AlertView, ...]:
        """What is wrong."""
        return tuple(self.alert_rows)

    async def hold(self, scope: str) -> None:
        """Note what is held."""
        self.held.add(scope)
        self.change()

    async def release(self, scope: str) -> None:
        """Forget it."""
        self.held.discard(scope)
        self.change()

    async def release_backlog(self, source: str) -> None:
        """Note the decision."""
        self.decided.append(("release", source))

    async def keep_backlog(self, source: str) -> None:
        """Note the decision."""
        self.decided.append(("keep", source))

    async def believe_vanished(self, source: str) -> None:
        """Note the decision."""
        self.decided.append(("believe", source))

    async def settle(self, part: int, *, again: bool) -> None:
        """Note the decision."""
        self.settled.append((part, again))

    async def answer(self, query: Query) -> Reply:
        """What the test prepared, or the question itself."""
        self.queries.append(query)
        if self.broken:
            raise OSError("the disk of 甲 is gone")
        known = self.answers.get(query.text)
        return known or Reply(documents=(sentence(f"回答：{query.text}"),), words=WORDS)

    async def healthy(self) -> bool:
        """What the test says."""
        return self.well

    async def changes(self) -> AsyncIterator[int]:
        """Every change that the test makes."""
        while not self.over:
            await self._changed.wait()
            self._changed.clear()
            yield self.number


def with_buttons(text: str, *buttons: tuple[str, str]) -> Reply:
    """A reply of one sentence and buttons: (label, says)."""
    return Reply(
        documents=(sentence(text),),
        words=WORDS,
        buttons=tuple(Button(label=label, says=says) for label, says in buttons),
    )


def lane(platform: Platform, account: str) -> LaneView:
    """A lane that runs."""
    return LaneView(name=f"{platform}:{account}", platform=platform, held=False, paused_until=None, reason=None)
