"""How a push waits for its confirmation: its words, who wrote it, and since when. A restart forgets none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.times import from_ms, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedPush:
    """A push that is not confirmed yet. `by` names who wrote it, as `telegram:5`."""

    name: str
    by: str
    text: str
    proposed_at: datetime


def propose(db: Database, push: ProposedPush, *, forget_before: datetime) -> None:
    """Keep a push until it is confirmed, and forget those that were written before a moment."""
    db.run("pushes.forget_older", before=to_ms(forget_before))
    db.run("pushes.propose", name=push.name, by=push.by, text=push.text, now=to_ms(push.proposed_at))


def proposed(db: Database, name: str) -> ProposedPush | None:
    """The push of a name, while it waits."""
    row = db.one("pushes.proposed", name=name)
    if row is None:
        return None
    return ProposedPush(name=row["name"], by=row["by"], text=row["text"], proposed_at=from_ms(row["proposed_at"]))


def take(db: Database, name: str, by: str) -> str | None:
    """Take the words of a push out, to publish or to drop them; None unless it waits and `by` wrote it.

    Of two who take it at once, one gets it.
    """
    row = db.one("pushes.take", name=name, by=by)
    return None if row is None else str(row["text"])
