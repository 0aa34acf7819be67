"""What a platform is: how it spells (a dialect), how it carries (a courier), how it hears (a listener).

The mandatory parts are tiny; each further ability is a protocol of its own. What can go wrong while carrying is
named by what to do next:

    CourierError
    ├── NotSent                 it never left: try again
    ├── Throttled(retry_after)  wait, this chat or the whole lane; no attempt was used
    ├── Doubt                   nobody can know whether it was posted: the policy of the platform decides
    └── Refused                 it was answered, and the answer is no
        ├── ChatLost            the reader left, or the chat is gone: suspend
        ├── ThreadLost          the thread is gone: the chat itself instead
        ├── MessageLost         the message to edit or delete is gone: stop editing it
        ├── Forbidden           may not write here: suspend after a few
        ├── Moved(to)           the chat has another address now
        ├── TooLarge            our measure was wrong: poison for this message
        ├── Poison              our bug: never again as it is
        └── AccountDead         the token is dead: stop the lane
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NewType, Protocol

from digest.compose import Document, Folding, Words

Message = Mapping[str, Any]
"""One message as its platform's API takes it, JSON throughout, less what belongs to the address."""

AccountId = NewType("AccountId", str)
"""A bot's numeric id on its platform, as text; `local` for the web."""


class Platform(StrEnum):
    """The platforms that Sudi speaks."""

    TELEGRAM = "telegram"
    DISCORD = "discord"
    WEB = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a message goes. `thread` is a forum topic or a Discord thread; empty for the chat itself."""

    platform: Platform
    account: AccountId
    chat: str
    thread: str = ""

    @property
    def lane(self) -> str:
        """The name of the lane that serves this address, as `telegram:123`."""
        return f"{self.platform}:{self.account}"


# --- Dialect -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How much of one limit a message uses, in the platform's own unit (`unit` names it: `utf16`, `entities`, …)."""

    unit: str
    used: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Something that the dialect could not spell as it was (`what` is a stable code, such as `table`), how often."""

    what: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """A document in one dialect: the messages in order, and what was given up."""

    messages: tuple[Message, ...]
    losses: tuple[Loss, ...] = ()


class Dialect(Protocol):
    """How a platform spells rich text, and its limits. Pure."""

    @property
    def platform(self) -> Platform:
        """The platform whose dialect this is."""

    @property
    def folds(self) -> Folding:
        """How far a folded passage is collapsed."""

    def spell(self, document: Document, words: Words) -> Spelling:
        """The messages that say the document, none over any limit; at least one."""

    def draw(self, message: Message) -> str:
        """Safe HTML that shows the spelled message, and only it, the way the platform would."""

    def count(self, message: Message) -> tuple[Count, ...]:
        """How much of each limit the message uses; the limit that readers know comes first."""


# --- Courier -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the platform answered: the message's id, and the thread that it opened, if any."""

    message: str
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message on its way.

    `nonce` names (delivery, part, attempt's message) and is the same when the same thing is sent again;
    `reply_to` is the receipt of part 1, for later parts; `silent` asks for no sound.
    """

    address: Address
    message: Message
    nonce: str
    reply_to: Receipt | None = None
    silent: bool = False


class Courier(Protocol):
    """Carries messages of a lane."""

    async def send(self, parcel: Parcel) -> Receipt:
        """Bring a new message; raises CourierError, and nothing else, when it does not arrive for certain."""

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        """Replace the message of the receipt; «not modified» is success. Raises CourierError."""

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """Take the message of the receipt back; one that is gone already is success. Raises CourierError."""


class Pace(Protocol):
    """How fast a lane may send. Pure: seconds of a monotonic clock come as arguments."""

    def lane_wait(self, now: float) -> float:
        """Seconds until anything of the lane may leave; 0 when something may leave now."""

    def wait(self, address: Address, now: float) -> float:
        """Seconds until a message to this address may leave; 0 when it may leave now."""

    def spend(self, address: Address, now: float) -> None:
        """A message to this address leaves now."""


class DoubtPolicy(StrEnum):
    """What is done with a send whose outcome nobody knows."""

    ASSUME_SENT = "assume_sent"
    RESEND_ONCE = "resend_once"
    REPLAY_NONCE = "replay_nonce"
    REPEAT = "repeat"
    ASK = "ask"


class CourierError(Exception):
    """A message did not arrive for certain; the subclass says what to do next, the text why (no secrets)."""


class NotSent(CourierError):
    """It failed before the first byte left: it can be tried again."""


class Throttled(CourierError):
    """The platform asks to wait `retry_after` seconds (already clamped to something sane)."""

    def __init__(self, why: str, *, retry_after: float, whole_lane: bool = False) -> None:
        super().__init__(why)
        self.retry_after = retry_after
        self.whole_lane = whole_lane


class Doubt(CourierError):
    """The request left and no usable answer came: it may have been posted."""


class Refused(CourierError):
    """The platform answered, and the answer is no."""


class ChatLost(Refused):
    """The reader left, or the chat is gone."""


class ThreadLost(Refused):
    """The thread is gone; the chat is not."""


class MessageLost(Refused):
    """The message to edit or delete is gone, or may no longer be changed."""


class Forbidden(Refused):
    """The account may not write here."""


class Moved(Refused):
    """The chat has another id now: `to`."""

    def __init__(self, why: str, *, to: str) -> None:
        super().__init__(why)
        self.to = to


class TooLarge(Refused):
    """The platform measured more than its limit: our measure was wrong."""


class Poison(Refused):
    """The platform cannot accept this message as it is: our bug."""


class AccountDead(Refused):
    """The account's token is dead, or the account is banned."""


# --- Listener ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and from where. `person` is a numeric id on the platform; `language` what the platform says."""

    address: Address
    person: str
    language: str = ""
    is_admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a reader said, and how it is answered. `update` names the platform's update, for doing things once."""

    asker: Asker
    text: str
    update: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A choice below a reply; pressing it asks `says` in the presser's name."""

    label: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered: documents to be spelled in the asker's dialect, in order, and buttons below the last.

    `only_asker`: only the asker needs to see it.
    """

    documents: tuple[Document, ...]
    words: Words
    buttons: tuple[Button, ...] = ()
    only_asker: bool = False


Answer = Callable[[Query], Awaitable[Reply]]
"""How a listener asks: it never raises for what a person said."""


class Listener(Protocol):
    """Hears readers, turns what they say into queries, and brings the replies back."""

    async def start(self, answer: Answer) -> None:
        """Begin to listen; returns once it listens."""

    async def stop(self) -> None:
        """Take no new query, and return when the queries that were taken are answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One bot on a platform, wired: its lane's courier, pace and policies."""

    platform: Platform
    id: AccountId
    courier: Courier
    pace: Pace
    doubt: DoubtPolicy
    doubt_push: DoubtPolicy
    listener: Listener | None = None
    in_flight: int = 32

    @property
    def lane(self) -> str:
        """The name of the lane."""
        return f"{self.platform}:{self.id}"
