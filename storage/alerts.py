"""What an operator should see until it is settled: one row for each thing that is wrong, told once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.names import account_names
from storage.records import LaneId
from storage.times import from_ms, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that is wrong: its name (`source:daily`), a code, the words that the code's sentence needs."""

    name: str
    code: str
    details: Mapping[str, str | int]
    raised_at: datetime


def raise_alert(db: Database, name: str, code: str, details: Mapping[str, str | int], now: datetime) -> bool:
    """Open an alert; True only when it is new: it was not open, or open for another code.

    An open one takes over the new details silently.
    """
    words = json.dumps(dict(details), ensure_ascii=False)
    if db.run("alerts.open", name=name, code=code, details=words, now=to_ms(now)):
        return True
    db.run("alerts.reword", name=name, details=words)
    return False


def turn_alert(db: Database, name: str, code: str, details: Mapping[str, str | int]) -> None:
    """Let an open alert say something else of the same matter, which is no news; one that is not open stays so."""
    db.run("alerts.turn", name=name, code=code, details=json.dumps(dict(details), ensure_ascii=False))


def settle_alert(db: Database, name: str, now: datetime) -> bool:
    """End an alert; True when it was open."""
    return db.run("alerts.settle", name=name, now=to_ms(now)) > 0


def settle_topics(db: Database, lane: LaneId, chat: str, now: datetime) -> None:
    """End what is told of the topics of a chat: somebody has decided about it since."""
    db.run("alerts.settle_topics", lane=lane, chat=chat, now=to_ms(now))


def forget_topics(db: Database, lane: LaneId, chat: str) -> None:
    """Erase what was told of the topics of a chat."""
    db.run("alerts.forget_topics", lane=lane, chat=chat)


def open_alerts(db: Database) -> list[Alert]:
    """What is wrong now, the newest first.

    What is about a lane also says what people call its account (`called`), and what is about a chat what they call that
    (`chat_name`), where it is known.
    """
    called = account_names(db)
    return [
        Alert(
            name=row["name"],
            code=row["code"],
            details=_named(db, json.loads(row["details"]), called),
            raised_at=from_ms(row["raised_at"]),
        )
        for row in db.all("alerts.still_open")
    ]


def _named(db: Database, details: Mapping[str, str | int], accounts: Mapping[str, str]) -> Mapping[str, str | int]:
    account = accounts.get(str(details.get("lane")))
    named = details if account is None else {**details, "called": account}
    chat = db.one("subscriptions.named", lane=details.get("lane"), chat=details["chat"]) if "chat" in details else None
    return named if chat is None else {**named, "chat_name": chat["chat_name"]}
