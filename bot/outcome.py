"""Records what became of a part, with everything that a verdict entails, in one unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.verdict import DropThread, Fail, LanePauses, Move, Retry, Suspend, Unknown, Verdict
from storage import queue, subscriptions
from storage.alerts import raise_alert
from storage.database import Database
from storage.queue import End, Queued
from storage.records import LaneId, PartState, Reason, SubscriptionId, SubscriptionState
from storage.times import from_ms, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An error that was judged: `end`, if the delivery ends with this part; `rest`, if the whole lane must.

    `mistaken`: subscriptions whose chats only seemed to be lost, suspended since `mistaken_since` (ms).
    """

    lane: LaneId
    lane_name: str
    queued: Queued
    verdict: Verdict
    end: End | None = None
    rest: LanePauses | None = None
    mistaken: tuple[SubscriptionId, ...] = ()
    mistaken_since: int = 0


def record(db: Database, trouble: Trouble, *, now: datetime) -> bool:
    """Record an error and what follows from it; whether the delivery has ended.

    Of a chat that was forgotten meanwhile nothing is left to record; its numbers may be another's.
    """
    ended = queue.was_intended(db, trouble.queued) and _record_verdict(db, trouble, now)
    for rest in (trouble.verdict, trouble.rest):
        if isinstance(rest, LanePauses):
            _pause(db, trouble, rest, now)
    return ended


def record_pause(db: Database, lane: LaneId, name: str, rest: LanePauses, *, now: datetime) -> None:
    """Record that a lane rests, and alert whoever must end it."""
    queue.pause(db, lane, until=rest.until, reason=rest.reason)
    if rest.reason in _ALERTED:
        raise_alert(db, f"lane:{name}", rest.reason, {"lane": name}, now)


def _record_verdict(db: Database, trouble: Trouble, now: datetime) -> bool:
    queued, verdict = trouble.queued, trouble.verdict
    match verdict:
        case Retry():
            queue.take_out(db, queued, reason=verdict.reason, tried=verdict.tried)
            queue.let_wait(db, queued.subscription, until=verdict.at)
            if verdict.refused:
                subscriptions.count_refusal(db, queued.subscription)
        case LanePauses():
            queue.take_out(db, queued, reason=verdict.reason, tried=False)
        case Suspend():
            queue.take_out(db, queued, reason=verdict.reason, tried=False)
            subscriptions.suspend(db, queued.subscription, reason=verdict.reason, said=verdict.said, now=now)
        case DropThread() | Move():
            queue.take_out(db, queued, reason=Reason.MOVED, tried=False)
            _readdress(db, trouble, verdict, now)
        case Fail():
            return _settle(db, trouble, PartState.FAILED, verdict.reason, now)
        case Unknown():
            ended = _settle(db, trouble, PartState.UNKNOWN, verdict.reason, now)
            if verdict.again_at is not None:
                queue.let_wait(db, queued.subscription, until=verdict.again_at)
            return ended
        case _:
            assert_never(verdict)
    return False


def _settle(db: Database, trouble: Trouble, state: PartState, reason: str, now: datetime) -> bool:
    return queue.settle_part(db, trouble.queued, state=state, reason=reason, end=trouble.end, now=to_ms(now))


def _readdress(db: Database, trouble: Trouble, verdict: DropThread | Move, now: datetime) -> None:
    queued = trouble.queued
    if isinstance(verdict, Move):
        subscriptions.move_chat(db, trouble.lane, chat=queued.chat, to=verdict.to, now=now)
        return
    served = subscriptions.readdress(
        db, queued.subscription, chat=queued.chat, thread="", reason=Reason.THREAD_LOST, now=now
    )
    found = subscriptions.subscription_of(db, served)
    goes_on = found is not None and found.state is SubscriptionState.ACTIVE
    details = {"lane": trouble.lane_name, "chat": queued.chat, "thread": queued.thread}
    name = f"thread:{trouble.lane_name}:{queued.chat}:{queued.thread}"
    raise_alert(db, name, "thread-lost" if goes_on else "thread-ended", details, now)


_ALERTED = frozenset({Reason.ACCOUNT_DEAD, Reason.ADDRESS_BANNED, Reason.CHATS_LOST})
"""Rests that an operator must end, or know of."""


def _pause(db: Database, trouble: Trouble, rest: LanePauses, now: datetime) -> None:
    record_pause(db, trouble.lane, trouble.lane_name, rest, now=now)
    for subscription in trouble.mistaken:
        since = from_ms(trouble.mistaken_since)
        subscriptions.unsuspend(db, subscription, reason=Reason.CHAT_LOST, since=since)
