"""The states and ids that rows are made of."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NewType

LaneId = NewType("LaneId", int)
PostId = NewType("PostId", int)
DigestId = NewType("DigestId", int)
SubscriptionId = NewType("SubscriptionId", int)
DeliveryId = NewType("DeliveryId", int)
PartId = NewType("PartId", int)


class PostState(StrEnum):
    """What became of a post's file."""

    SETTLING = "settling"
    """Seen, but still within its settle time."""
    INDEXED = "indexed"
    """Kept from the first look at its source; nothing was promised for it."""
    PUBLISHED = "published"
    """Its digest is promised."""
    DRAFT = "draft"
    """The post says that it is one; it waits for its next revision."""
    BACKLOG = "backlog"
    """One of too many at once: held until an admin releases or keeps it."""
    COPY = "copy"
    """The same text as another path: it waits, and both are named."""
    BAD = "bad"
    """It cannot be delivered; its problems say why."""
    GONE = "gone"
    """Its file vanished."""


class SubscriptionState(StrEnum):
    """Whether a subscription is brought anything."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    """The chat is lost or refuses; it resumes with its choices."""
    ENDED = "ended"


class DeliveryState(StrEnum):
    """What became of a promise. Everything but `open` is an end; the end is that of its worst part."""

    OPEN = "open"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    SKIPPED = "skipped"


class PartState(StrEnum):
    """What became of one message."""

    SENDING = "sending"
    """The intent is committed; the answer is not in."""
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a delivery, a part, a subscription or a lane is as it is; the words are `reasons.<code>`.

    Behind a code and a colon may stand what an error said of itself.
    """

    # What became of a message.
    NOT_SENT = "not-sent"
    DOUBT = "doubt"
    REFUSED = "refused"
    UNEXPECTED = "unexpected"
    CRASH = "crash"
    STOPPED = "stopped"
    MISTAKE = "mistake"
    """Its answer was lost by a mistake of ours."""
    STALE = "stale"
    CANNOT_COMPOSE = "cannot-compose"
    MESSAGE_LOST = "message-lost"
    """The message to change is gone: there is nothing left to change."""
    REPLAYED = "replayed"
    """The platform knew its nonce again."""
    SETTLED = "settled"
    AGAIN = "again"
    """A person decided to send it again: it stands for nothing."""

    # Why nothing is brought.
    NOTHING_TO_SEND = "nothing-to-send"
    WITHDRAWN = "withdrawn"
    POST_DELETED = "post-deleted"
    UNWANTED = "unwanted"
    UNSUBSCRIBED = "unsubscribed"

    # What is the matter with a chat.
    FORBIDDEN = "forbidden"
    CHAT_LOST = "chat-lost"
    THREAD_LOST = "thread-lost"
    MOVED = "moved"

    # Why a lane rests.
    THROTTLED = "throttled"
    ADDRESS_BANNED = "address-banned"
    ACCOUNT_DEAD = "account-dead"
    CHATS_LOST = "chats-lost"
    UNREACHABLE = "unreachable"
    DOUBTS = "doubts"

    UNKNOWN = "unknown"


class Action(StrEnum):
    """What a part does to the chat."""

    SEND = "send"
    EDIT = "edit"
    DELETE = "delete"


class Urgency(IntEnum):
    """In which order a lane sends; smaller leaves first. Answers are no deliveries and go before all of these."""

    BREAKING = 1
    NEWEST = 2
    CORRECTION = 3
    CATCH_UP = 4
