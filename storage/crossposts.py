"""What is still to be published to those who follow a channel: it may wait for longer than a run lasts."""

from __future__ import annotations

from datetime import datetime

from storage.database import Database
from storage.records import LaneId
from storage.times import to_ms


def note_unpublished(db: Database, lane: LaneId, chat: str, message: str, *, now: datetime) -> None:
    """Keep in mind that a message is still to be published; one that is kept already keeps its place."""
    db.run("crossposts.note", lane=lane, chat=chat, message=message, now=to_ms(now))


def unpublished(db: Database, lane: str) -> list[tuple[str, str]]:
    """What is still to be published in a lane, by its name: chat and message, in the order in which it was noted."""
    return [(row["chat"], row["message"]) for row in db.all("crossposts.waiting", lane=lane)]


def note_published(db: Database, lane: str, chat: str, message: str) -> None:
    """A message is published, or never will be."""
    db.run("crossposts.done", lane=lane, chat=chat, message=message)


def forget_chat(db: Database, lane: LaneId, chat: str) -> None:
    """Forget what is still to be published in a chat."""
    db.run("crossposts.forget_chat", lane=lane, chat=chat)
