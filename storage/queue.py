"""What a lane reads and records while it sends: what is due, the intent of each message, and what became of it.

Moments that a lane counts with a thousand times a second are milliseconds, as the rows keep them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from digest.choices import Calls, Layout
from digest.model import BREAKING, Revision, StoryKey
from digest.repeats import LOOK_BACK, SHARE_OF, Earlier, told_before
from storage.database import Database, Row
from storage.records import (
    Action,
    DeliveryId,
    DeliveryState,
    DigestId,
    LaneId,
    PartState,
    Reason,
    SubscriptionId,
    Urgency,
)

BEFORE_IN_SOURCE = 2 * SHARE_OF
"""Digests of a source that are read back from one on: as many issues, told in two languages."""

BEFORE_IN_ALL = 3 * LOOK_BACK
"""The same of all sources together."""

Repeats = Mapping[DigestId, frozenset[StoryKey]]
"""The digests before one in which its stories stand, with the keys of those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A delivery that is due, with what its messages depend on. `fresh_from`: the moment its news is from, in ms.

    `mention` is the role that the chat chose, and `calls` with what it is called. `chat_name`: what people call the
    chat, as far as that is known.
    """

    id: DeliveryId
    digest: DigestId
    subscription: SubscriptionId
    urgency: Urgency
    due: int
    step: int
    attempts: int
    fresh_from: int
    chat: str
    thread: str
    layout: Layout
    language: str
    version: int
    refusals: int
    revision: Revision
    series: str
    withdrawn: bool
    mention: str = ""
    calls: Calls = Calls.BREAKING
    chat_name: str = ""

    @property
    def called(self) -> str:
        """The id of the role whose members are called when its digest first comes; empty for nobody."""
        return self.mention if self.series == BREAKING or self.calls is Calls.EVERY else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in a lane's queue."""

    urgency: Urgency = Urgency.BREAKING
    digest: int = 0
    due: int = -1
    id: int = 0


FRONT = Position()
"""Where a queue begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneNow:
    """How a lane stands: who owns it, and until when it rests (in ms), and why."""

    epoch: int
    paused_until: int | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePage:
    """What is due, in order, and how the lane stands.

    `rest`: where the page ended, if it was full; `next_due`: when more will be due, in ms.
    """

    lane: LaneNow
    rows: tuple[Queued, ...] = ()
    rest: Position | None = None
    next_due: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One part as it was tried in `chat`; `message` and `thread` are its receipt, `content` what was meant."""

    number: int
    action: Action
    state: PartState
    reason: str | None
    chat: str
    message: str | None
    thread: str
    intended_at: int
    content: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A rendition as it is kept: its name and its messages as JSON."""

    name: str
    platform: str
    messages: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is about to be done for a delivery that was read at `queued.step`."""

    queued: Queued
    number: int
    action: Action
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a delivery ends."""

    state: DeliveryState
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The bytes of a post's revision, the source they came from, and their path within it."""

    data: bytes
    source: str
    path: str


# --- Owning a lane -----------------------------------------------------------------------------------------------


def own(db: Database, lane: LaneId, *, now: int) -> LaneNow:
    """Become the owner of a lane: raise its epoch, and call unknown what its owner before left on its way."""
    doubt_sending(db, lane, reason=Reason.CRASH, now=now)
    row = db.one("queue.own", lane=lane)
    if row is None:
        raise LookupError(f"there is no lane {lane}")
    return _lane_now(row)


def doubt_sending(db: Database, lane: LaneId, *, reason: str, now: int) -> int:
    """Call unknown whatever is on its way in a lane; returns how many messages that are."""
    db.run("queue.doubted_deliveries", lane=lane)
    return len(db.all("queue.doubt_sending", lane=lane, reason=reason, now=now))


def lane_now(db: Database, lane: LaneId) -> LaneNow:
    """How a lane stands."""
    row = db.one("queue.lane_now", lane=lane)
    if row is None:
        raise LookupError(f"there is no lane {lane}")
    return _lane_now(row)


def pause(db: Database, lane: LaneId, *, until: int, reason: str) -> None:
    """Let a lane rest until a moment; a longer rest stays."""
    db.run("queue.pause", lane=lane, until=until, reason=reason)


def _lane_now(row: Row) -> LaneNow:
    return LaneNow(epoch=row["epoch"], paused_until=row["paused_until"], reason=row["pause_reason"])


# --- What is due -------------------------------------------------------------------------------------------------


def due_page(db: Database, lane: LaneId, platform: str, *, now: int, limit: int, after: Position = FRONT) -> DuePage:
    """What is due in a lane and not held, the most urgent first, then the oldest digest, from a place on."""
    held = {row["scope"] for row in db.all("ledger.holds")}
    if held & {"all", platform}:
        return DuePage(lane=lane_now(db, lane))
    rows: list[Queued] = []
    next_due: int | None = None
    for place, digest in _queued_digests(db, lane, after):
        if digest["skipped"] is not None or f"digest:{digest['id']}" in held:
            continue
        rows += _due_of(db, lane, place, digest, now=now, limit=limit - len(rows))
        if len(rows) >= limit:
            last = rows[-1]
            rest = Position(urgency=last.urgency, digest=last.digest, due=last.due, id=last.id)
            return DuePage(lane=lane_now(db, lane), rows=tuple(rows), rest=rest)
        later = db.one("queue.next_due", lane=lane, urgency=place.urgency, digest=digest["id"], now=now)
        if later is not None and (next_due is None or later["due"] < next_due):
            next_due = later["due"]
    return DuePage(lane=lane_now(db, lane), rows=tuple(rows), next_due=next_due)


def _queued_digests(db: Database, lane: LaneId, after: Position) -> Iterator[tuple[Position, Row]]:
    """The digests of which something is open, in the queue's order, each with the place to read on from."""
    for urgency in Urgency:
        if urgency < after.urgency:
            continue
        place = after if urgency == after.urgency else Position(urgency=urgency)
        last = place.digest - 1
        while (digest := db.one("queue.next_queued", lane=lane, urgency=urgency, after=last)) is not None:
            last = digest["id"]
            yield (place if last == place.digest else Position(urgency=urgency, digest=last)), digest


def _due_of(db: Database, lane: LaneId, place: Position, digest: Row, *, now: int, limit: int) -> list[Queued]:
    rows = db.all(
        "queue.due",
        lane=lane,
        urgency=place.urgency,
        digest=digest["id"],
        now=now,
        after_due=place.due,
        after_id=place.id,
        limit=limit,
    )
    return [_queued(row, digest) for row in rows]


def due_for(db: Database, subscription: SubscriptionId, *, now: int) -> Queued | None:
    """What is due next for one subscription and not held."""
    row = db.one("queue.due_for", subscription=subscription, now=now)
    return None if row is None else _queued(row, row)


def look_again(db: Database, lane: LaneId, subscription: SubscriptionId, *, now: int) -> tuple[LaneNow, Queued | None]:
    """How the lane stands and what is due for a subscription: for whoever found that something had changed."""
    return lane_now(db, lane), due_for(db, subscription, now=now)


def _queued(row: Row, digest: Row) -> Queued:
    urgency = Urgency(row["urgency"])
    return Queued(
        id=row["id"],
        digest=row["digest_id"],
        subscription=row["subscription_id"],
        urgency=urgency,
        due=row["due"],
        step=row["step"],
        attempts=row["attempts"],
        fresh_from=digest["first_seen"] if urgency <= Urgency.NEWEST else row["promised_at"],
        chat=row["chat"],
        thread=row["thread"],
        layout=Layout(row["layout"]),
        language=row["language"],
        version=row["version"],
        refusals=row["refusals"],
        revision=digest["revision"],
        series=digest["series"],
        withdrawn=bool(digest["withdrawn"]),
        mention=row["mention"],
        calls=Calls(row["calls"]),
        chat_name=row["chat_name"],
    )


# --- What a chat has ---------------------------------------------------------------------------------------------


def tried(db: Database, delivery: DeliveryId) -> tuple[Tried, ...]:
    """What was tried of a delivery, in order."""
    renditions: dict[int, list[Mapping[str, Any]]] = {}
    found: list[Tried] = []
    for row in db.all("queue.parts_had", delivery=delivery):
        kept = row["rendition_id"]
        if kept not in renditions:
            renditions[kept] = _messages(db, kept)
        found.append(_tried(row, renditions[kept]))
    return tuple(found)


def _messages(db: Database, rendition: int) -> list[Mapping[str, Any]]:
    row = db.one("queue.messages", rendition=rendition)
    messages: list[Mapping[str, Any]] = [] if row is None else json.loads(row["messages"])
    return messages


def _tried(row: Row, messages: Sequence[Mapping[str, Any]]) -> Tried:
    number = row["number"]
    return Tried(
        number=number,
        action=Action(row["action"]),
        state=PartState(row["state"]),
        reason=row["reason"],
        chat=row["chat"],
        message=row["message"],
        thread=row["thread"] or "",
        intended_at=row["intended_at"],
        content=messages[number - 1] if number <= len(messages) else None,
    )


def repeats(db: Database, digest: DigestId) -> Repeats:
    """Where the stories of a digest stood just before it; what stands everywhere in its source counts for none."""
    rows = db.all("queue.before", digest=digest, last_of_source=BEFORE_IN_SOURCE, last_of_all=BEFORE_IN_ALL)
    return told_before([_earlier(list(of_one)) for _, of_one in groupby(rows, key=itemgetter("id"))])


def _earlier(rows: Sequence[Row]) -> Earlier[DigestId]:
    return Earlier(
        id=DigestId(rows[0]["id"]),
        work=rows[0]["work"],
        same_source=bool(rows[0]["same_source"]),
        keys=frozenset(StoryKey(row["key"]) for row in rows if row["key"] is not None),
    )


def seen(db: Database, delivery: DeliveryId, subscription: SubscriptionId, repeated: Repeats) -> frozenset[StoryKey]:
    """Of the stories that stood in digests before, those that a subscription had been brought when this one began.

    What came after this delivery's first message does not count, so that the answer stays the same between parts.
    """
    first = db.one("queue.first_part", delivery=delivery)
    before = None if first is None else first["id"]
    where = {"subscription": subscription, "before": _NO_PART if before is None else before}
    brought = (keys for digest, keys in repeated.items() if db.one("queue.brought", digest=digest, **where) is not None)
    return frozenset[StoryKey]().union(*brought)


_NO_PART = 2**62
"""Greater than the id of any part."""


def text_of(db: Database, digest: DigestId, revision: Revision) -> Source | None:
    """The text of one revision of a digest's post."""
    row = db.one("queue.text_of", digest=digest, revision=revision)
    return None if row is None else Source(data=bytes(row["data"]), source=row["source"], path=row["path"])


# --- Intents and what became of them -----------------------------------------------------------------------------


def intend(db: Database, intent: Intent, rendition: int | Kept, *, now: int) -> int | None:
    """Record that a message is about to leave; None when anything has changed since its delivery was read.

    `rendition` is where it is kept, or what is to be kept now; returns where it is kept.
    """
    kept = rendition if isinstance(rendition, int) else _keep(db, rendition)
    queued = intent.queued
    made = db.run(
        "queue.intend",
        delivery=queued.id,
        step=queued.step,
        number=intent.number,
        action=intent.action,
        rendition=kept,
        epoch=intent.epoch,
        version=queued.version,
        chat=queued.chat,
        thread=queued.thread,
        revision=queued.revision,
        withdrawn=queued.withdrawn,
        now=now,
    )
    return kept if made else None


def _keep(db: Database, rendition: Kept) -> int:
    db.run("queue.keep_rendition", name=rendition.name, platform=rendition.platform, messages=rendition.messages)
    row = db.one("queue.rendition_id", name=rendition.name)
    if row is None:
        raise LookupError(f"the rendition {rendition.name} was not kept")
    kept: int = row["id"]
    return kept


def _which(queued: Queued) -> Mapping[str, Any]:
    """What tells a delivery's step from any other, though the numbers of forgotten chats are given again."""
    return {"delivery": queued.id, "step": queued.step, "chat": queued.chat}


def was_intended(db: Database, queued: Queued) -> bool:
    """Whether a message was intended for the delivery as it was read; False once its chat was forgotten."""
    return db.one("queue.intended", **_which(queued)) is not None


def settle_part(
    db: Database,
    queued: Queued,
    *,
    state: PartState,
    now: int,
    reason: str | None = None,
    message: str | None = None,
    thread: str | None = None,
    replayed: bool = False,
    end: End | None = None,
) -> bool:
    """Record what became of the part that was intended, and that its delivery goes on or ends; whether it ended.

    `replayed`: the platform knows a message again, so that this was also the outcome of the earlier tries in doubt.
    A delivery does not end when its digest has changed since its messages were composed, or one of its doubts was
    settled meanwhile. Of a chat that was forgotten meanwhile nothing is recorded: its delivery's id may be another's.
    """
    known = db.run(
        "queue.settle_part",
        **_which(queued),
        state=state,
        reason=reason,
        message=message,
        thread=thread,
        now=now,
    )
    if known and replayed:
        db.run("queue.settle_replayed", **_which(queued), message=message, thread=thread, now=now)
    if known and end is not None and _end(db, queued, end, now):
        return True
    if known:
        db.run("queue.go_on", delivery=queued.id)
    return False


def _end(db: Database, queued: Queued, end: End, now: int) -> bool:
    ended = db.run(
        "queue.end_delivery",
        delivery=queued.id,
        step=queued.step,
        revision=queued.revision,
        withdrawn=queued.withdrawn,
        state=end.state,
        reason=end.reason,
        now=now,
    )
    return ended > 0


def doubt_part(db: Database, queued: Queued, *, reason: str, now: int) -> bool:
    """Call unknown what was intended for a delivery and never settled; False when there is no such part."""
    left = db.run("queue.doubt_part", reason=reason, now=now, **_which(queued)) > 0
    if left:
        db.run("queue.go_on", delivery=queued.id)
    return left


def give_up(db: Database, queued: Queued, *, now: int, until: int) -> None:
    """After a mistake of ours: what may have left is in doubt, and the chat rests until a moment."""
    doubt_part(db, queued, reason=MISTAKE, now=now)
    let_wait(db, queued.subscription, until=until)


MISTAKE = Reason.MISTAKE
"""The reason of a part whose answer was lost by a mistake of ours."""


def take_out(db: Database, queued: Queued, *, reason: str, tried: bool) -> None:
    """A part certainly did not leave: its delivery will be tried again. `tried`: whether that used up an attempt."""
    if db.run("queue.take_out", **_which(queued)):
        db.run("queue.try_again", delivery=queued.id, tried=int(tried), reason=reason)


def let_wait(db: Database, subscription: SubscriptionId, *, until: int) -> None:
    """Let a chat rest until a moment, with everything that is open for it, so that it keeps its order."""
    db.run("queue.chat_waits", subscription=subscription, until=until)
    db.run("queue.dues_wait", subscription=subscription, until=until)


def close(db: Database, queued: Queued, end: End, *, now: int) -> bool:
    """End a delivery that has nothing more to send; False when anything has changed since it was read."""
    changed = db.run(
        "queue.close_delivery",
        **_which(queued),
        revision=queued.revision,
        withdrawn=queued.withdrawn,
        state=end.state,
        reason=end.reason,
        now=now,
    )
    return changed > 0
