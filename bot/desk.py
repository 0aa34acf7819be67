"""What editors and admins see and do: the store's rows as the pages show them, and their decisions as units of work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime

from adapters.platform import Dialect, Platform, Query, Reply
from adapters.web.desk import (
    AlertView,
    DeliveryView,
    DigestProgress,
    DrawnMessage,
    Face,
    InboxMessage,
    LaneView,
    Ledger,
    PartView,
    PostView,
    Preview,
    SourceView,
)
from adapters.web.listener import INBOX
from bot.catalogue import words
from bot.look import Source
from bot.looking import folder
from bot.pulse import Pulse
from bot.rendition import Read, render
from digest.choices import Choices, Layout
from digest.model import Digest, Post
from storage import alerts, digests, ledger, posts, standing, subscriptions
from storage.database import Database
from storage.ledger import DeliveryRow, DigestTally, LaneRow, PartRow, Settlement
from storage.names import account_names
from storage.posts import KeptPost
from storage.records import DeliveryId, DeliveryState, DigestId, PartId, PostId, SubscriptionState
from storage.store import Store, StoreError
from storage.subscriptions import Place

EVERYTHING = "all"
"""The scope of a hold that keeps everything from leaving."""

WITHDRAWN = "withdrawn"
"""How a post is shown whose digest was taken back, whatever the state of its file."""

SCHEDULED = "scheduled"
"""How a post is shown that waits for its own date."""

INBOX_PLACE = Place(platform=INBOX.platform, account=INBOX.account, chat=INBOX.chat)
"""The local inbox, as rows keep an address."""


async def welcome(store: Store, language: str, *, now: Callable[[], datetime]) -> bool:
    """Subscribe the local reader to every series at the first start; who left since, or was forgotten, is left alone.

    A reader who was never brought anything is brought the latest now: the sources may have come after the subscription.
    """
    return await store.write(_welcome, Choices(language=language), now())


async def bring_latest(store: Store, *, now: Callable[[], datetime]) -> bool:
    """Bring the local reader, once subscribed, the latest that is not brought yet: a source's first look has ended."""
    return await store.write(_bring_latest, now())


def _welcome(db: Database, choices: Choices, now: datetime) -> bool:
    reader, first = subscriptions.subscription_at(db, INBOX_PLACE), subscriptions.welcomed(db, INBOX_PLACE)
    if reader is None and not first:
        return False
    if reader is None:
        subscriptions.subscribe(db, INBOX_PLACE, choices, now=now)
        return True
    came = standing.standing(db, reader.id)
    return came.last_at is None and not came.waiting and _bring_latest(db, now)


def _bring_latest(db: Database, now: datetime) -> bool:
    reader = subscriptions.subscription_at(db, INBOX_PLACE)
    if reader is None or reader.state is not SubscriptionState.ACTIVE:
        return False
    return bool(ledger.promise_latest(db, reader.id, now=now))


class StoreDesk:
    """The desk over the store.

    `read` reads a post of a source by name; `answer` is what a chat would be answered; `looked_at` tells when a source
    was last looked at; `decided` is called when a decision may have given the lanes something to do.
    """

    def __init__(
        self,
        *,
        store: Store,
        sources: Mapping[str, Source],
        dialects: Mapping[Platform, Dialect],
        read: Read,
        answer: Callable[[Query], Awaitable[Reply]],
        pulse: Pulse,
        now: Callable[[], datetime],
        looked_at: Callable[[str], datetime | None],
        decided: Callable[[], None],
    ) -> None:
        self._store = store
        self._sources = sources
        self._dialects = dialects
        self._read = read
        self._answer = answer
        self._pulse = pulse
        self._now = now
        self._looked_at = looked_at
        self._decided = decided

    # --- Seeing --------------------------------------------------------------------------------------------------

    async def inbox(self, *, limit: int = 50, before: int | None = None) -> tuple[InboxMessage, ...]:
        """As `Desk.inbox`."""
        return await self._store.read(_inbox, limit, before)

    async def posts(self, *, limit: int = 200) -> tuple[PostView, ...]:
        """As `Desk.posts`."""
        kept = await self._store.read(posts.posts, limit=limit)
        return tuple(_post_view(post) for post in kept)

    async def sources(self) -> tuple[SourceView, ...]:
        """As `Desk.sources`."""
        looked = {name: self._looked_at(name) for name in self._sources}
        return await self._store.read(_sources, self._sources, looked)

    async def preview(self, post: int, layout: Layout, language: str) -> Preview | None:
        """As `Desk.preview`."""
        kept = await self._store.read(posts.post, PostId(post))
        if kept is None:
            return None
        data = await self._text(kept)
        if data is None:
            return Preview(post=_post_view(kept), layout=layout, faces=())
        digest = await asyncio.to_thread(self._read, Post(path=kept.path, data=data), kept.source)
        faces = await asyncio.to_thread(self._faces, digest, layout, language) if digest.deliverable else ()
        return Preview(post=_post_view(kept), layout=layout, faces=faces)

    async def ledger(self, *, state: str | None = None, digest: int | None = None, limit: int = 100) -> Ledger:
        """As `Desk.ledger`."""
        wanted = None if state is None else DeliveryState(state)
        return await self._store.read(_ledger, wanted, None if digest is None else DigestId(digest), limit)

    async def delivery(self, delivery: int) -> DeliveryView | None:
        """As `Desk.delivery`."""
        return await self._store.read(_delivery, DeliveryId(delivery))

    async def alerts(self) -> tuple[AlertView, ...]:
        """As `Desk.alerts`."""
        return tuple(
            AlertView(name=alert.name, code=alert.code, details=alert.details, raised_at=alert.raised_at)
            for alert in await self._store.read(alerts.open_alerts)
        )

    async def healthy(self) -> bool:
        """As `Desk.healthy`."""
        try:
            await self._store.read(ledger.holds)
        except StoreError:
            return False
        return True

    def changes(self) -> AsyncIterator[int]:
        """As `Desk.changes`."""
        return self._pulse.follow()

    # --- Deciding ------------------------------------------------------------------------------------------------

    async def hold(self, scope: str) -> None:
        """As `Desk.hold`."""
        await self._store.write(ledger.hold, scope, by="desk", now=self._now())
        self._decided()

    async def release(self, scope: str) -> None:
        """As `Desk.release`."""
        await self._store.write(ledger.release, scope)
        self._decided()

    async def release_backlog(self, source: str) -> None:
        """As `Desk.release_backlog`."""
        await self._in_pages(digests.release_backlog, source)

    async def keep_backlog(self, source: str) -> None:
        """As `Desk.keep_backlog`."""
        await self._in_pages(digests.keep_backlog, source)

    async def _in_pages(self, decide: Callable[[Database, str, datetime], int], source: str) -> None:
        """Decide about a source page by page; what was decided before a failure stays decided."""
        while await self._store.write(decide, source, self._now()):
            self._decided()
        self._decided()

    async def believe_vanished(self, source: str) -> None:
        """As `Desk.believe_vanished`."""
        await self._store.write(posts.believe_vanished, source)
        self._decided()

    async def settle(self, part: int, *, again: bool) -> None:
        """As `Desk.settle`."""
        settlement = Settlement.AGAIN if again else Settlement.SENT
        await self._store.write(ledger.settle_unknown, PartId(part), settlement, now=self._now())
        self._decided()

    async def answer(self, query: Query) -> Reply:
        """As `Desk.answer`."""
        return await self._answer(query)

    # --- Texts and faces -----------------------------------------------------------------------------------------

    async def _text(self, kept: KeptPost) -> bytes | None:
        """The text of a post: as kept for its digest, else as its file has it now."""
        if kept.digest is not None:
            return await self._store.read(_text_of_digest, kept.digest)
        source = self._sources.get(kept.source)
        if source is None:
            return None
        try:
            return await asyncio.to_thread(folder.read, source.folder, kept.path)
        except OSError:
            return None

    def _faces(self, digest: Digest, layout: Layout, language: str) -> tuple[Face, ...]:
        return tuple(_face(digest, dialect, layout, language) for dialect in self._dialects.values())


def _face(digest: Digest, dialect: Dialect, layout: Layout, language: str) -> Face:
    rendition = render(digest, dialect=dialect, layout=layout, words=words(language))
    drawn = tuple(
        DrawnMessage(message=message, html=dialect.draw(message), counts=dialect.count(message))
        for message in rendition.messages
    )
    return Face(platform=dialect.platform, messages=drawn, losses=rendition.losses)


# --- Units of work -----------------------------------------------------------------------------------------------


def _inbox(db: Database, limit: int, before: int | None) -> tuple[InboxMessage, ...]:
    subscription = subscriptions.subscription_at(db, INBOX_PLACE)
    if subscription is None:
        return ()
    rows = ledger.inbox(db, subscription.id, limit=limit, before=None if before is None else PartId(before))
    return tuple(InboxMessage(id=row.id, message=row.message, sent_at=row.sent_at, edited=row.edited) for row in rows)


def _sources(
    db: Database, configured: Mapping[str, Source], looked: Mapping[str, datetime | None]
) -> tuple[SourceView, ...]:
    views = []
    for name, source in configured.items():
        kept = posts.source(db, name)
        views.append(
            SourceView(
                name=name,
                folder=str(source.folder) if source.checkout is None else source.checkout.repository.url,
                looked_at=looked[name],
                error=kept.error or kept.fetch_error,
                branch="" if source.checkout is None else source.checkout.repository.branch,
                fetched_at=kept.fetched_at,
                next_fetch=kept.next_fetch,
                is_repository=source.checkout is not None,
                backlog=posts.backlog(db, name),
            )
        )
    return tuple(views)


def _text_of_digest(db: Database, digest: DigestId) -> bytes | None:
    kept = digests.digest(db, digest)
    return None if kept is None else digests.text_of(db, kept.revision)


def _ledger(db: Database, state: DeliveryState | None, digest: DigestId | None, limit: int) -> Ledger:
    overview = ledger.overview(db)
    tallies = overview.digests
    if digest is not None and digest not in {tally.digest for tally in tallies}:
        asked = ledger.tally_of(db, digest)
        tallies = (*tallies, asked) if asked is not None else tallies
    rows = ledger.deliveries(db, state=state, digest=digest, limit=limit)
    called = account_names(db)
    return Ledger(
        held=any(hold.scope == EVERYTHING for hold in ledger.holds(db)),
        totals=_by_state(overview.totals),
        digests=tuple(_progress(tally) for tally in tallies),
        lanes=tuple(_lane_view(lane) for lane in ledger.lanes(db)),
        rows=tuple(_delivery_view(row, called) for row in rows),
    )


def _delivery(db: Database, delivery: DeliveryId) -> DeliveryView | None:
    row = ledger.delivery(db, delivery)
    return None if row is None else _delivery_view(row, account_names(db))


# --- Views -------------------------------------------------------------------------------------------------------


def _post_view(post: KeptPost) -> PostView:
    return PostView(
        id=post.id,
        source=post.source,
        path=post.path,
        state=WITHDRAWN if post.withdrawn else SCHEDULED if post.due_at else post.state,
        title=post.title,
        series=post.series,
        first_seen=post.first_seen,
        published=post.published_at,
        stories=post.stories,
        problems=post.problems,
        copy_of=post.copy_of,
        of_earlier=post.of_earlier,
        digest=post.digest,
        due=post.due_at,
    )


def _progress(tally: DigestTally) -> DigestProgress:
    return DigestProgress(
        digest=tally.digest,
        title=tally.title,
        series=tally.series,
        first_seen=tally.first_seen,
        counts=_by_state(tally.counts),
        held=tally.held,
    )


def _lane_view(lane: LaneRow) -> LaneView:
    return LaneView(
        name=lane.name,
        platform=lane.platform,
        held=lane.held,
        paused_until=lane.paused_until,
        reason=lane.reason,
        called=lane.called,
    )


def _delivery_view(row: DeliveryRow, called: Mapping[str, str]) -> DeliveryView:
    return DeliveryView(
        id=row.id,
        digest=row.digest,
        title=row.title,
        series=row.series,
        lane=row.lane,
        chat=row.chat,
        state=row.state,
        reason=row.reason,
        urgency=row.urgency,
        due=row.due,
        ended_at=row.ended_at,
        parts=tuple(_part_view(part) for part in row.parts),
        called=called.get(row.lane, ""),
        chat_name=row.chat_name,
        thread=row.thread,
    )


def _part_view(part: PartRow) -> PartView:
    return PartView(
        id=part.id,
        number=part.number,
        attempt=part.attempt,
        action=part.action,
        state=part.state,
        reason=part.reason,
        at=part.ended_at or part.intended_at,
    )


def _by_state(counts: Mapping[DeliveryState, int]) -> dict[str, int]:
    return {state.value: count for state, count in counts.items()}
