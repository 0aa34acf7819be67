"""How a subscription stands: what it was brought last, and how much is on its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.records import SubscriptionId
from storage.times import from_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a chat was brought last for certain (None for nothing yet), and how many digests are on their way to it."""

    waiting: int
    last_title: str | None = None
    last_at: datetime | None = None


def standing(db: Database, subscription: SubscriptionId) -> Standing:
    """How one subscription stands."""
    waiting = db.one("standing.waiting", subscription=subscription)
    last = db.one("standing.last", subscription=subscription)
    count = 0 if waiting is None else int(waiting["n"])
    if last is None:
        return Standing(waiting=count)
    return Standing(waiting=count, last_title=last["title"], last_at=from_ms(last["ended_at"]))


def count_active(db: Database) -> int:
    """How many subscriptions are brought what they want."""
    row = db.one("standing.active")
    return 0 if row is None else int(row["n"])
