"""The ledger: promises in pages, holds, doubts that a person settles, and what the desk reads of it all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from digest.choices import EVERY_SERIES
from digest.model import BREAKING
from storage.database import Database, Row
from storage.records import (
    Action,
    DeliveryId,
    DeliveryState,
    DigestId,
    LaneId,
    PartId,
    PartState,
    Reason,
    SubscriptionId,
    Urgency,
)
from storage.times import from_ms, to_ms

AT_FIRST = 5
"""Whoever wants every series is brought the latest of so many at first: an archive may have hundreds of series."""

_NEWEST = 2**62
"""Greater than every id: where a list begins that counts backwards."""


# --- Promising ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedPage:
    """One page of promises: how many deliveries were made or opened; `done`: the digest's last page."""

    digest: DigestId
    deliveries: int
    done: bool


def unpromised(db: Database) -> bool:
    """Whether anything is left to promise or to correct."""
    return db.one("ledger.unpromised") is not None


def promise_on(db: Database, *, page: int, now: datetime) -> int:
    """Promise and correct a page more, where anything is left; how many deliveries were made or opened."""
    pages = (promise_page(db, page=page, now=now), correct_page(db, page=page, now=now))
    return sum(done.deliveries for done in pages if done is not None)


def promise_page(db: Database, *, page: int, now: datetime) -> PromisedPage | None:
    """Promise the next digest to the next page of subscriptions, pushes first; None when everything is promised.

    A digest that was only indexed is no news, and neither is a translation of it that comes later.
    """
    digest = db.one("ledger.promising_push") or db.one("ledger.promising")
    if digest is None:
        return None
    reach: dict[str, Any] = {"series": digest["series"], "cursor": digest["cursor"]}
    last, done = _page_end(db.one("ledger.wanting_until", page=page, **reach), page)
    others = db.all("ledger.told_otherwise", digest=digest["id"], work=digest["work"])
    if last is None or digest["withdrawn"] or any(other["indexed"] for other in others):
        db.run("ledger.promised_to", digest=digest["id"], cursor=None, count=0)
        return PromisedPage(digest=digest["id"], deliveries=0, done=True)
    urgency = Urgency.BREAKING if digest["series"] == BREAKING else Urgency.NEWEST
    query = "ledger.promise_telling_page" if others else "ledger.promise_page"
    made = db.run(query, digest=digest["id"], last=last, urgency=urgency, now=to_ms(now), **reach)
    db.run("ledger.promised_to", digest=digest["id"], cursor=None if done else last, count=made)
    return PromisedPage(digest=digest["id"], deliveries=made, done=done)


def _page_end(found: Row | None, page: int) -> tuple[int | None, bool]:
    """The last subscription of a page (None: it is empty), and whether none can follow, because it is not full."""
    if found is None or found["last"] is None:
        return None, True
    return int(found["last"]), int(found["found"]) < page


def correct_page(db: Database, *, page: int, now: datetime) -> PromisedPage | None:
    """Bring the next changed digest to the next page of those who have an older one; None when nothing is left.

    Of one that was withdrawn or skipped, what had not begun is skipped, and its translations are promised to those
    who would have been brought it.
    """
    digest = db.one("ledger.correcting")
    if digest is None:
        return None
    found = db.one("ledger.delivered_until", digest=digest["id"], cursor=digest["cursor"], page=page)
    last, done = _page_end(found, page)
    changed = 0 if last is None else _correct(db, digest, last, now)
    db.run("ledger.corrected_to", digest=digest["id"], cursor=None if done else last)
    if done and (digest["withdrawn"] or digest["skipped"] is not None):
        db.run("ledger.promise_instead", digest=digest["id"])
    return PromisedPage(digest=digest["id"], deliveries=changed, done=done)


def _correct(db: Database, digest: Row, last: int, now: datetime) -> int:
    where: dict[str, Any] = {"digest": digest["id"], "cursor": digest["cursor"], "last": last, "now": to_ms(now)}
    if digest["skipped"] is not None:
        return db.run("ledger.skip_page", reason=digest["skipped"], started=1, **where)
    if digest["withdrawn"]:
        db.run("ledger.skip_page", reason=Reason.WITHDRAWN, started=0, **where)
    return db.run("ledger.reopen_page", urgency=Urgency.CORRECTION, withdrawn=digest["withdrawn"], **where)


def promise_latest(db: Database, subscription: SubscriptionId, *, now: datetime) -> int:
    """Promise a subscription the latest digest of each series that it wants, pushes aside; returns how many.

    Of one that wants every series, the `AT_FIRST` newest of those.
    """
    found = db.all("ledger.latest_wanted", subscription=subscription)
    newest = list(dict.fromkeys(row["id"] for row in found))
    if any(row["series"] == EVERY_SERIES for row in db.all("subscriptions.wants", subscription=subscription)):
        newest = newest[:AT_FIRST]
    made = 0
    for digest in sorted(newest):
        where = {"digest": digest, "subscription": subscription, "urgency": Urgency.CATCH_UP, "now": to_ms(now)}
        promised = db.run("ledger.promise_one", **where)
        if promised:
            db.run("ledger.count_promised", digest=digest, count=promised)
        made += promised or db.run("ledger.reopen_one", **where)
    return made


def skip_unwanted(db: Database, subscription: SubscriptionId, *, now: datetime) -> int:
    """Skip what is open for a subscription of series that it does not want any more."""
    return db.run("ledger.skip_unwanted", subscription=subscription, now=to_ms(now))


def skip_digest(db: Database, digest: DigestId, *, reason: str) -> None:
    """Let nothing more of a digest leave, at once; its open deliveries are skipped by the pages that follow."""
    db.run("ledger.skip_digest", digest=digest, reason=reason)


def unskip_digest(db: Database, digest: DigestId) -> None:
    """Let a digest be brought again; what was skipped stays skipped."""
    db.run("ledger.unskip_digest", digest=digest)


# --- Holding, pausing, settling ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What an admin keeps from leaving: `all`, a platform's name, or `digest:ID`."""

    scope: str
    since: datetime
    by: str


def hold(db: Database, scope: str, *, by: str, now: datetime) -> bool:
    """Keep everything of a scope from leaving; False when it was held already."""
    return db.run("ledger.hold", scope=scope, by=by, now=to_ms(now)) > 0


def release(db: Database, scope: str) -> bool:
    """Let a scope go again; False when it was not held."""
    return db.run("ledger.release", scope=scope) > 0


def holds(db: Database) -> list[Hold]:
    """What is held."""
    return [Hold(scope=row["scope"], since=from_ms(row["since"]), by=row["by"]) for row in db.all("ledger.holds")]


def unpause(db: Database, lane: LaneId, *, reason: str) -> bool:
    """Let a lane go on before its rest is over; False when it does not rest for this reason."""
    return db.run("ledger.unpause", lane=lane, reason=reason) > 0


class Settlement(StrEnum):
    """What a person says about a doubt."""

    SENT = "sent"
    AGAIN = "again"


def settle_unknown(db: Database, part: PartId, settlement: Settlement, *, now: datetime) -> bool:
    """Settle a part whose outcome is unknown: count it as sent, or send it again.

    False when it is not unknown, or is to be sent again to a chat that is brought nothing.
    """
    found = db.one("ledger.part_of_doubt", part=part)
    if found is None:
        return False
    if settlement is Settlement.SENT:
        db.run("ledger.settle_doubt", part=part, state=PartState.SENT, reason=Reason.SETTLED, now=to_ms(now))
        db.run("ledger.note_settled", delivery=found["delivery_id"])
        db.run("ledger.settle_delivery", delivery=found["delivery_id"])
        return True
    where = {"delivery": found["delivery_id"], "urgency": Urgency.CATCH_UP, "now": to_ms(now)}
    if not db.run("ledger.reopen_delivery", **where):
        return False
    db.run("ledger.settle_doubt", part=part, state=PartState.FAILED, reason=AGAIN, now=to_ms(now))
    return True


AGAIN = Reason.AGAIN
"""The reason of a failed part that a person decided to send again: it stands for nothing."""


def answered(db: Database, lane: LaneId, update: str, *, now: datetime) -> bool:
    """Note that an update's effect is done, in the unit that does it; False when it was done before."""
    return db.run("ledger.answer_once", lane=lane, update=update, now=to_ms(now)) > 0


def forget_answered(db: Database, *, before: datetime) -> int:
    """Forget updates that no platform repeats any more."""
    return db.run("ledger.forget_answered", before=to_ms(before))


# --- What the desk reads --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTally:
    """How far a digest has come: its deliveries by state."""

    digest: DigestId
    title: str
    series: str
    first_seen: datetime
    held: bool
    counts: Mapping[DeliveryState, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All deliveries by state, and the newest digests of which something was promised."""

    totals: Mapping[DeliveryState, int]
    digests: tuple[DigestTally, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """One message of a delivery and what became of it."""

    id: PartId
    number: int
    attempt: int
    action: Action
    state: PartState
    reason: str | None
    intended_at: datetime
    ended_at: datetime | None
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A delivery and why it is where it is. `chat_name`: what people call the chat; empty where nobody told it."""

    id: DeliveryId
    digest: DigestId
    title: str
    series: str
    lane: str
    chat: str
    thread: str
    state: DeliveryState
    reason: str | None
    urgency: Urgency
    due: datetime
    ended_at: datetime | None
    attempts: int
    parts: tuple[PartRow, ...] = ()
    chat_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtRow:
    """A part whose outcome is unknown, and where it was to go."""

    id: PartId
    delivery: DeliveryId
    digest: DigestId
    title: str
    lane: str
    chat: str
    thread: str
    number: int
    action: Action
    reason: str | None
    intended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One message that a subscription has, as it reads now."""

    id: PartId
    digest: DigestId
    number: int
    sent_at: datetime
    edited: bool
    message: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRow:
    """A lane: whether it is held or rests, and why. `called`: what people call its account, where that is known."""

    id: LaneId
    name: str
    platform: str
    account: str
    held: bool
    paused_until: datetime | None
    reason: str | None
    called: str = ""


def overview(db: Database, *, limit: int = 20) -> Overview:
    """All deliveries by state, and the tallies of the newest digests.

    Sent ones are not counted: they are what was promised, less the rest. So a million of them cost nothing.
    """
    newest = db.all("ledger.promised_digests", before=_NEWEST, limit=limit)
    return Overview(totals=_totals(db), digests=tuple(_tally(db, row) for row in newest))


def failed_since(db: Database, since: datetime) -> int:
    """How many deliveries failed since a moment."""
    return _count(db, "ledger.failed_since", since=to_ms(since))


def tally_of(db: Database, digest: DigestId) -> DigestTally | None:
    """How far one digest has come; None when nothing of it was promised."""
    rows = db.all("ledger.promised_digests", before=digest + 1, limit=1)
    return _tally(db, rows[0]) if rows and rows[0]["id"] == digest else None


def _totals(db: Database) -> Mapping[DeliveryState, int]:
    promised = _count(db, "ledger.promised_in_all")
    return _counts(promised, _count(db, "ledger.open_in_all"), db.all("ledger.trouble_in_all"))


def _tally(db: Database, row: Row) -> DigestTally:
    open_ones = _count(db, "ledger.open_of_digest", digest=row["id"])
    trouble = db.all("ledger.trouble_of_digest", digest=row["id"])
    return DigestTally(
        digest=row["id"],
        title=row["title"],
        series=row["series"],
        first_seen=from_ms(row["first_seen"]),
        held=bool(row["held"]),
        counts=_counts(row["promised"], open_ones, trouble),
    )


def _counts(promised: int, open_ones: int, trouble: list[Row]) -> Mapping[DeliveryState, int]:
    counts = dict.fromkeys(DeliveryState, 0)
    counts[DeliveryState.OPEN] = open_ones
    counts.update({DeliveryState(row["state"]): row["n"] for row in trouble})
    counts[DeliveryState.SENT] = max(0, promised - sum(counts.values()))
    return counts


def _count(db: Database, query: str, **values: Any) -> int:
    row = db.one(query, **values)
    return 0 if row is None else int(row["n"])


_TROUBLE = frozenset({DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.SKIPPED})


def deliveries(
    db: Database,
    *,
    state: DeliveryState | None = None,
    digest: DigestId | None = None,
    limit: int = 100,
    before: DeliveryId | None = None,
) -> list[DeliveryRow]:
    """Deliveries, the newest first, of one state or digest or all; `before` (the last one shown) pages back."""
    page: dict[str, Any] = {"limit": limit, "before": _NEWEST if before is None else before}
    match digest, state:
        case None, None:
            rows = db.all("ledger.list_any", **page)
        case None, _:
            query = "ledger.list_trouble" if state in _TROUBLE else "ledger.list_state"
            rows = [] if _is_nothing_open(db, state) else db.all(query, state=state, **page)
        case _, None:
            rows = db.all("ledger.list_digest", digest=digest, **page)
        case _:
            query = "ledger.list_digest_trouble" if state in _TROUBLE else "ledger.list_digest_state"
            none = _is_nothing_open(db, state, digest)
            rows = [] if none else db.all(query, digest=digest, state=state, **page)
    return [_delivery_row(row) for row in rows]


def _is_nothing_open(db: Database, state: DeliveryState | None, digest: DigestId | None = None) -> bool:
    """Whether a list of what is open is empty: indexes tell it, without a walk over everything that was sent."""
    if state is not DeliveryState.OPEN:
        return False
    if digest is None:
        return db.one("ledger.any_open") is None
    return _count(db, "ledger.open_of_digest", digest=digest) == 0


def delivery(db: Database, delivery_id: DeliveryId) -> DeliveryRow | None:
    """One delivery with its parts."""
    row = db.one("ledger.delivery", delivery=delivery_id)
    return None if row is None else _delivery_row(row, parts_of(db, delivery_id))


def parts_of(db: Database, delivery_id: DeliveryId) -> tuple[PartRow, ...]:
    """The parts of a delivery in the order of their intents."""
    return tuple(
        PartRow(
            id=row["id"],
            number=row["number"],
            attempt=row["attempt"],
            action=Action(row["action"]),
            state=PartState(row["state"]),
            reason=row["reason"],
            intended_at=from_ms(row["intended_at"]),
            ended_at=_moment(row["ended_at"]),
            message=row["message"],
        )
        for row in db.all("ledger.parts", delivery=delivery_id)
    )


def unknown_parts(db: Database, *, limit: int = 100, before: PartId | None = None) -> list[DoubtRow]:
    """The doubts, the newest first."""
    rows = db.all("ledger.unknown_parts", limit=limit, before=_NEWEST if before is None else before)
    return [
        DoubtRow(
            id=row["id"],
            delivery=row["delivery_id"],
            digest=row["digest_id"],
            title=row["title"],
            lane=row["lane"],
            chat=row["chat"],
            thread=row["thread"],
            number=row["number"],
            action=Action(row["action"]),
            reason=row["reason"],
            intended_at=from_ms(row["intended_at"]),
        )
        for row in rows
    ]


def inbox(
    db: Database, subscription: SubscriptionId, *, limit: int = 50, before: PartId | None = None
) -> list[InboxRow]:
    """What a subscription has been brought and still has, oldest first, edits applied; `before` pages back."""
    start = _NEWEST if before is None else before
    rows = db.all("ledger.inbox", subscription=subscription, limit=limit, before=start)
    return [
        InboxRow(
            id=row["id"],
            digest=row["digest_id"],
            number=row["number"],
            sent_at=from_ms(row["ended_at"]),
            edited=bool(row["edited"]),
            message=json.loads(row["messages"])[row["number"] - 1],
        )
        for row in reversed(rows)
    ]


def lanes(db: Database) -> list[LaneRow]:
    """The lanes."""
    return [
        LaneRow(
            id=row["id"],
            name=row["name"],
            platform=row["platform"],
            account=row["account"],
            held=bool(row["held"]),
            paused_until=_moment(row["paused_until"]),
            reason=row["pause_reason"],
            called=row["called"],
        )
        for row in db.all("ledger.lanes")
    ]


def _delivery_row(row: Row, parts: tuple[PartRow, ...] = ()) -> DeliveryRow:
    return DeliveryRow(
        id=row["id"],
        digest=row["digest_id"],
        title=row["title"],
        series=row["series"],
        lane=row["lane"],
        chat=row["chat"],
        thread=row["thread"],
        state=DeliveryState(row["state"]),
        reason=row["reason"],
        urgency=Urgency(row["urgency"]),
        due=from_ms(max(row["due"], row["promised_at"])),
        ended_at=_moment(row["ended_at"]),
        attempts=row["attempts"],
        parts=parts,
        chat_name=row["chat_name"],
    )


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)
