"""What a platform is: how it spells (a dialect), how it carries (a courier), how it hears (a listener).

The mandatory parts are tiny; each further ability is a protocol of its own. What can go wrong while carrying is
named by what to do next:

    CourierError
    ├── NotSent                 it never left: try again
    ├── Throttled(retry_after)  wait, this chat or the whole lane; no attempt was used
    │   ├── ChatThrottled       it is a limit of this chat alone, for however long
    │   └── Banned              the platform takes nothing from our address for a while: the whole lane, and say so
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

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NewType, Protocol, runtime_checkable

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
    """What the platform answered: the message's id, and the thread that it opened, if any.

    `chat_name`: what people call the chat now, where the answer tells it; where the message is does not depend on it.
    """

    message: str
    thread: str = ""
    chat_name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message on its way.

    `nonce` names (delivery, part, attempt's message) and is the same when the same thing is sent again;
    `reply_to` is the receipt of the first part that stands, for later parts; `silent` asks for no sound. `mention` is
    the id of a role whose members are called; empty for nobody. `doubted_at`: since when it is in doubt whether this
    very message is there already; None on a first try. `series`: what the series of its digest is called, in every
    language; nothing for what is no digest's.
    """

    address: Address
    message: Message
    nonce: str
    reply_to: Receipt | None = None
    silent: bool = False
    mention: str = ""
    doubted_at: datetime | None = None
    series: tuple[str, ...] = ()


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

    def refund(self, address: Address, taken: float) -> None:
        """What was spent for this address at the moment `taken` did not leave after all."""

    def answer_wait(self, address: Address, now: float) -> float:
        """Seconds until an answer to this address may be given a place: answers take a quarter of the pace at most."""

    def claim(self, address: Address, now: float) -> float:
        """Give an answer the lane's next place, before all that waits; seconds until it."""


class DoubtPolicy(StrEnum):
    """What is done with a send whose outcome nobody knows."""

    ASSUME_SENT = "assume_sent"
    RESEND_ONCE = "resend_once"
    REPLAY_NONCE = "replay_nonce"
    REPEAT = "repeat"
    ASK = "ask"


class CourierError(Exception):
    """A message did not arrive for certain; the subclass says what to do next.

    The text says why, as `adapters.causes` has it: codes, and behind them foreign words; no secrets.
    """


class NotSent(CourierError):
    """It failed before the first byte left: it can be tried again."""


class Throttled(CourierError):
    """The platform asks to wait `retry_after` seconds (already clamped to something sane)."""

    def __init__(self, why: str, *, retry_after: float, whole_lane: bool = False) -> None:
        super().__init__(why)
        self.retry_after = retry_after
        self.whole_lane = whole_lane


class ChatThrottled(Throttled):
    """A limit of this chat alone, as for its edits: however long it lasts, it says nothing of the account."""


class Banned(Throttled):
    """The platform takes nothing more from our network address for a while, whoever sends it."""

    def __init__(self, why: str, *, retry_after: float) -> None:
        super().__init__(why, retry_after=retry_after, whole_lane=True)


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


class ChatKind(StrEnum):
    """What a chat is to those who are in it."""

    PRIVATE = "private"
    """One person and the account."""
    GROUP = "group"
    """Many who write."""
    CHANNEL = "channel"
    """Few write, many read; nobody can be answered there."""


class Audience(StrEnum):
    """Who may use a command."""

    EVERYONE = "everyone"
    DECIDERS = "deciders"
    """Whoever may decide for the chat that is spoken of: in a group, its administrators."""
    ADMINS = "admins"


PUBLIC: Final = "public"
"""The option that lets everybody see an answer, where an answer is else for its asker alone; no word of a command."""


class Taking(StrEnum):
    """What an option of a command takes."""

    CHAT = "chat"
    """A chat, named in front of all other words as `@id`."""
    ROLE = "role"
    """A role of a server, written `role:id`."""
    SUGGESTED = "suggested"
    """Words that `Reception.suggest` knows, or any others."""
    CHOICE = "choice"
    """One of the option's choices."""
    WORDS = "words"
    """Any words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Something that can be chosen: what a person reads, by language, and what it says in a command."""

    labels: Mapping[str, str]
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing that stands behind a command: its name and what it is for, by language.

    Where a command is written as words, its options follow each other in their order.
    """

    name: str
    names: Mapping[str, str]
    about: Mapping[str, str]
    taking: Taking
    choices: tuple[Suggestion, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A command as platforms list it: what it does, by language, for whom it is, and what may stand behind it.

    `names`: what it is called besides, by language.
    """

    name: str
    about: Mapping[str, str]
    audience: Audience
    options: tuple[Option, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and from where. `person` is a numeric id on the platform; `language` what the platform says.

    `is_admin`: the way the question came proves it (the page's key); platforms leave it to those who answer.
    """

    address: Address
    person: str
    language: str = ""
    is_admin: bool = False
    kind: ChatKind = ChatKind.PRIVATE


class Grant(StrEnum):
    """Whether a chat that somebody named can be decided about, and if not, what is in the way."""

    GRANTED = "granted"
    UNKNOWN = "unknown"
    """There is no such chat, or the account is not in it."""
    NOT_YOURS = "not_yours"
    """Whoever asks does not administer it."""
    CANNOT_POST = "cannot_post"
    """The account is there, and may not write; `lacks` says what is missing, where that is known."""
    NOT_HERE = "not_here"
    """Other chats are not spoken of where others read it."""
    WRONG_KIND = "wrong_kind"
    """Nothing can be brought to a chat of this kind."""


class Lack(StrEnum):
    """What an account lacks in a chat to bring what it should."""

    VIEW = "view"
    WRITE = "write"
    EMBED = "embed"
    WRITE_IN_THREADS = "write_in_threads"
    MENTION = "mention"
    """To call the role that was chosen."""
    TAG = "tag"
    """A tag that fits, where every post must have one."""
    UNLOCKED = "unlocked"
    """The thread is locked."""
    JOINED = "joined"
    """The thread is private, and the account is not in it."""
    HUSHED = "hushed"
    """That a time-out is over, for as long as which it may write nowhere in the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of a server. `open`: anybody may call its members; else the account must not lack MENTION."""

    id: str
    name: str
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A chat that somebody named: another one, or the one in which they ask.

    `address` and `title` are known where it is not UNKNOWN. `name`: what a person writes to name it, as `@news` or
    `#news`; empty where it has no such name. `lacks`: what is missing there to bring everything; with CANNOT_POST
    nothing is brought at all. `roles`: those that can be called there; where there are none, chats have no roles.
    `chat_name`: what people who are not in the chat call it (`adapters.naming`); empty where nobody knows.
    """

    grant: Grant
    address: Address | None = None
    title: str = ""
    name: str = ""
    kind: ChatKind = ChatKind.CHANNEL
    lacks: tuple[Lack, ...] = ()
    roles: tuple[Role, ...] = ()
    chat_name: str = ""

    @property
    def id(self) -> str:
        """What names the chat for `Scene.elsewhere`, less the `@`: a thread has an id of its own. Empty if unknown."""
        return "" if self.address is None else self.address.thread or self.address.chat


class Scene(Protocol):
    """What can be found out about a question's surroundings; asked only where the answer depends on it."""

    async def decides(self) -> bool:
        """Whether the asker may decide for the chat they ask in, as it is now. Raises CourierError."""

    async def elsewhere(self, name: str) -> Elsewhere:
        """The chat that the asker names, by its public name or its id; checked now. Raises CourierError."""

    def link(self, payload: str = "", *, into: ChatKind = ChatKind.PRIVATE) -> str:
        """An address that opens the account with `/start payload`, or adds it to a group or a channel; or empty."""


class _Here:
    """The scene where one person decides for one chat, and there are no others."""

    async def decides(self) -> bool:
        return True

    async def elsewhere(self, name: str) -> Elsewhere:
        del name
        return Elsewhere(grant=Grant.UNKNOWN)

    def link(self, payload: str = "", *, into: ChatKind = ChatKind.PRIVATE) -> str:
        del payload, into
        return ""


HERE: Scene = _Here()
"""Nobody else decides, and no other chat is known: the page, the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a reader said, and how it is answered. `update` names the platform's update, for doing things once.

    `addressed`: it is surely meant for us; in a group, a command may be meant for another bot. `chat_name`: what
    people call the chat in which it is said, where the question tells it; a person's chat has no name.
    """

    asker: Asker
    text: str
    update: str = ""
    addressed: bool = True
    scene: Scene = HERE
    chat_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A choice below a reply; pressing it asks `says` in the presser's name, or opens `url`.

    `in_place`: what is answered then stands in the place of what the button was below. `apart`: it begins a row.
    `chosen`: it stands for what is chosen now. `menu`: what the choice is called that this button and those beside it
    with the same words belong to; a platform that has menus shows them as one.
    """

    label: str
    says: str = ""
    url: str = ""
    in_place: bool = False
    apart: bool = False
    chosen: bool = False
    menu: str = ""

    @property
    def marked(self) -> str:
        """Its label, with a mark where it is chosen: for platforms that show every choice as a button."""
        return f"✓ {self.label}" if self.chosen else self.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered: documents to be spelled in the asker's dialect, in order, and buttons below the last.

    `only_asker`: only the asker needs to see it. No documents: nothing is said.
    """

    documents: tuple[Document, ...]
    words: Words
    buttons: tuple[Button, ...] = ()
    only_asker: bool = False


class Fate(StrEnum):
    """What became of a chat, for the account."""

    OPEN = "open"
    """The account may write there now: it was added, let in again, or given the right."""
    MUTE = "mute"
    """The account is there, and may not write any more."""
    LOST = "lost"
    """The account was blocked or thrown out, or the chat is gone."""
    MOVED = "moved"
    """The chat has the id `to` now."""
    NAMED = "named"
    """People call the chat otherwise; nothing else happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatEvent:
    """Something happened to a chat. `by`: who did it, where that is a person to whom it may be said.

    `new`: the account was not there before. `alone`: it happened to exactly this address, where threads have rights of
    their own, and to nothing below or above it; otherwise the address names no thread, and it happened to all of the
    chat. `chat_name`: what people call the chat (`adapters.naming`), where the platform tells it; a person's chat has
    no name.
    """

    address: Address
    kind: ChatKind
    fate: Fate
    update: str
    by: Asker | None = None
    title: str = ""
    new: bool = False
    to: str = ""
    alone: bool = False
    chat_name: str = ""


class AccountTrouble(StrEnum):
    """What can be wrong with an account as a whole."""

    DEAD = "account-dead"
    """Its token is refused."""
    RIVAL = "account-rival"
    """Another program listens with the same token."""
    UNREACHABLE = "account-unreachable"
    """Its platform does not answer."""
    DEAF = "account-deaf"
    """It is answered what it asks, and hears nobody: what it sends goes on."""


class Notice(StrEnum):
    """What a listener itself has to tell somebody who asked, or pressed a button."""

    EXPIRED = "expired"
    """What the button said is not known any more."""
    NOT_YOURS = "not_yours"
    """Only whoever asked may press it."""
    FAILED = "failed"
    """The answer could not be made."""


class Reception(Protocol):
    """What a listener brings what it hears to, and who brings back the answers: one for each account."""

    @property
    def commands(self) -> tuple[Offered, ...]:
        """Every command, in the order of the help."""

    @property
    def admins(self) -> frozenset[str]:
        """The persons of this platform who are admins now."""

    async def answer(self, query: Query) -> Reply:
        """The reply; never raises for what a person said. A reader who asks too fast waits here."""

    async def note(self, event: ChatEvent) -> Reply | None:
        """Take note of what happened to a chat; returns what should be said about it, to the chat or to `by`."""

    async def unheard(self, events: Collection[ChatEvent]) -> frozenset[ChatEvent]:
        """Those of these events of which something is not known yet. It only reads, so that thousands cost little."""

    async def send(self, parcel: Parcel) -> Receipt | None:
        """Bring an answer, before everything else in the lane; None where it could not be brought (it is logged)."""

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt | None:
        """The same for an answer that changes one that was given."""

    async def keep(self, says: str) -> str:
        """Keep what a button says, when the platform has no room for it; returns its name (16 letters and digits)."""

    async def kept(self, name: str) -> str | None:
        """What was kept under a name; None when it is too old."""

    async def suggest(self, asker: Asker, command: str, option: str, typed: str) -> Sequence[Suggestion]:
        """What may be meant by what was typed so far for an option, the likeliest first; at most 25. Never raises."""

    async def concerned(self, chats: Collection[str]) -> frozenset[str]:
        """Those of these chats and threads that something is brought to itself, or was until it was interrupted."""

    async def tell(self, notice: Notice, asker: Asker) -> Reply:
        """The words of a notice, in the language of whom it is told; a sentence of at most 200 characters."""

    async def note_unpublished(self, chat: str, message: str) -> None:
        """Keep in mind that a message is still to be published to those who follow its channel. Never raises."""

    async def unpublished(self) -> Sequence[tuple[str, str]]:
        """What is still to be published: chat and message, in the order in which it was noted."""

    async def note_published(self, chat: str, message: str) -> None:
        """It is published, or never will be. Never raises."""

    async def trouble(self, what: AccountTrouble, why: str = "") -> None:
        """The account cannot listen. May be told again and again; `why` is a line of `adapters.causes`."""

    async def well(self) -> None:
        """The account listens (again)."""


class Listener(Protocol):
    """Hears readers, turns what they say into queries, and brings the replies back."""

    @property
    def name(self) -> str:
        """What people call the account, as `@sudi_bot`; empty before it is known."""

    async def start(self, reception: Reception) -> None:
        """Begin to listen; returns once it listens, however long the platform is away. Cancelled, it leaves nothing.

        Before it returns nothing may be sent: another program may be using the account.
        """

    async def stop(self) -> None:
        """Take no new query, and return when the queries that were taken are answered."""


@runtime_checkable
class Fallible(Protocol):
    """A listener that says when a mistake of ours ended its listening: it is then stopped, and started again."""

    async def failed(self) -> Exception:
        """Wait until that happens; returns the mistake."""


Door = Callable[[Mapping[str, str], bytes], Awaitable[int]]
"""Takes what a platform posts to the web server: its headers (names in lower case) and its body; returns a status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One bot on a platform, wired: its lane's courier, pace and policies.

    `doors`: paths of the web server at which its platform posts what it hears. `close` ends its connections.
    `private_chat`: the chat in which a person (an id) is spoken to alone, where that is not called as the person is;
    raises CourierError.
    """

    platform: Platform
    id: AccountId
    courier: Courier
    pace: Pace
    doubt: DoubtPolicy
    doubt_push: DoubtPolicy
    listener: Listener | None = None
    in_flight: int = 32
    doors: Mapping[str, Door] = field(default_factory=dict)
    close: Callable[[], Awaitable[None]] | None = None
    private_chat: Callable[[str], Awaitable[str]] | None = None

    @property
    def lane(self) -> str:
        """The name of the lane."""
        return f"{self.platform}:{self.id}"
