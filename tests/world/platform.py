"""A simulated platform with faults, and its courier: it counts what each chat was really shown."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from adapters.platform import (
    AccountDead,
    Address,
    ChatLost,
    Count,
    CourierError,
    Doubt,
    Forbidden,
    Message,
    MessageLost,
    Moved,
    NotSent,
    Parcel,
    Platform,
    Poison,
    Receipt,
    Spelling,
    ThreadLost,
    Throttled,
)
from digest.compose import Document, Folding, Words
from digest.richtext import plain, plain_blocks

ANSWER = "answer"
"""What stands in place of a digest's title in a message that answers a reader: no ledger knows of it."""

Place = tuple[str, str]
"""A chat and a thread."""


@dataclass(frozen=True, slots=True)
class PassageDialect:
    """Spells one message a passage; the digest's title stands in each, so that nobody needs to trust a nonce."""

    platform: Platform
    folds: Folding = Folding.NEVER

    def spell(self, document: Document, words: Words) -> Spelling:
        """A message a passage, one at least."""
        del words
        texts = [f"{plain(passage.title)} {plain_blocks(passage.body)}".strip() for passage in document.passages]
        messages = tuple(
            {"digest": document.title, "k": number, "text": text} for number, text in enumerate(texts or [""], start=1)
        )
        return Spelling(messages=messages)

    def draw(self, message: Message) -> str:
        """Nobody looks."""
        return str(message["text"])

    def count(self, message: Message) -> tuple[Count, ...]:
        """Nothing is limited."""
        del message
        return ()


@dataclass(slots=True, kw_only=True)
class Faults:
    """How likely each fault is, for one request; `quiet` times have none. Latencies in seconds."""

    not_sent: float = 0.0
    request_lost: float = 0.0
    answer_lost: float = 0.0
    chat_throttled: float = 0.0
    lane_throttled: float = 0.0
    forbidden: float = 0.0
    poison: float = 0.0
    request_latency: tuple[float, float] = (0.01, 0.2)
    answer_latency: tuple[float, float] = (0.01, 0.2)


@dataclass(slots=True, kw_only=True)
class Shown:
    """A message in a chat, from `at` on; `gone` when it was taken back."""

    id: str
    place: Place
    message: Message
    nonce: str
    at: float
    edits: int = 0
    gone: bool = False


@dataclass(slots=True, kw_only=True)
class Room:
    """What a chat does to who writes there; one that `keeps` refuses every deletion for good.

    `called`: what it tells with each answer that people call it.
    """

    called: str = ""
    lost: bool = False
    forbidden: bool = False
    keeps: bool = False
    moved_to: str | None = None
    closed_threads: set[str] = field(default_factory=set)
    always: Callable[[], CourierError] | None = None


class SimulatedPlatform:
    """What really happened: the messages of every chat, and when each request was made."""

    def __init__(self, random: Random, *, nonce_window: float | None = None, idempotent: bool = False) -> None:
        self.random = random
        self.faults = Faults()
        self.dead = False
        self.rooms: defaultdict[str, Room] = defaultdict(Room)
        self.shown: list[Shown] = []
        self.calls: list[tuple[float, Place, str]] = []
        self.doubts = 0
        self._nonce_window = nonce_window
        self._idempotent = idempotent

    def visible(self, place: Place | None = None) -> list[Shown]:
        """What stands in a chat now, or in all."""
        return [shown for shown in self.shown if not shown.gone and place in {None, shown.place}]

    def refusal(self, address: Address) -> CourierError | None:
        """What the chat answers to anything, if it is not to be written to."""
        room = self.rooms[address.chat]
        if self.dead:
            return AccountDead("the token is dead")
        if room.always is not None:
            return room.always()
        if room.lost:
            return ChatLost("the chat is gone")
        if room.moved_to is not None:
            return Moved("it is a supergroup now", to=room.moved_to)
        if address.thread in room.closed_threads:
            return ThreadLost("the thread is gone")
        return Forbidden("not here") if room.forbidden else None

    def post(self, parcel: Parcel, now: float) -> Receipt:
        """Show a message, unless it is known to be there."""
        place = (parcel.address.chat, parcel.address.thread)
        for shown in self.shown:
            if shown.place == place and not shown.gone and self._same(shown, parcel, now):
                shown.message = dict(parcel.message)
                return Receipt(message=shown.id, chat_name=self.rooms[place[0]].called)
        made = Shown(id=str(len(self.shown) + 1), place=place, message=dict(parcel.message), nonce=parcel.nonce, at=now)
        self.shown.append(made)
        return Receipt(message=made.id, chat_name=self.rooms[place[0]].called)

    def _same(self, shown: Shown, parcel: Parcel, now: float) -> bool:
        """The web has one place for each message of a digest; others know a nonce again for a while, or never."""
        if self._idempotent:
            return [shown.message[key] for key in ("digest", "k")] == [parcel.message[key] for key in ("digest", "k")]
        young = self._nonce_window is not None and now - shown.at < self._nonce_window
        return young and shown.nonce == parcel.nonce

    def change(self, receipt: Receipt, message: Message | None) -> Receipt:
        """Replace a message, or take it back."""
        shown = self.shown[int(receipt.message) - 1]
        if shown.gone:
            if message is None:
                return receipt
            raise MessageLost("there is no such message")
        if message is None:
            shown.gone = True
        else:
            shown.message = dict(message)
            shown.edits += 1
        return receipt

    def take_back(self, address: Address, receipt: Receipt) -> Receipt:
        """Take a message back, where the chat lets one."""
        if self.rooms[address.chat].keeps:
            raise Poison("what is said is said")
        return self.change(receipt, None)


class SimulatedCourier:
    """Carries to the simulated platform; a killed one does nothing any more, but what has left will arrive."""

    def __init__(self, platform: SimulatedPlatform) -> None:
        self._platform = platform
        self.killed = False
        self.on_its_way = 0

    async def send(self, parcel: Parcel) -> Receipt:
        """As `Courier.send`."""
        return await self._request("send", parcel.address, lambda now: self._platform.post(parcel, now))

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        """As `Courier.edit`."""
        return await self._request("edit", parcel.address, lambda _: self._platform.change(receipt, parcel.message))

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """As `Courier.delete`."""
        await self._request("delete", address, lambda _: self._platform.take_back(address, receipt))

    async def _request(self, what: str, address: Address, do: Callable[[float], Receipt]) -> Receipt:
        loop = asyncio.get_running_loop()
        if self.killed:
            await loop.create_future()
        answer: asyncio.Future[Receipt] = loop.create_future()
        self._platform.calls.append((loop.time(), (address.chat, address.thread), what))
        self.on_its_way += 1
        fate = Fate.of(self._platform)
        if fate.before is not None:
            loop.call_later(fate.request, _answer, answer, fate.before)
        else:
            loop.call_later(fate.request, self._arrive, answer, address, do, fate)
        try:
            return await answer
        finally:
            self.on_its_way -= 1

    def _arrive(
        self, answer: asyncio.Future[Receipt], address: Address, do: Callable[[float], Receipt], fate: Fate
    ) -> None:
        loop = answer.get_loop()
        result: Receipt | CourierError
        try:
            result = fate.refused or self._platform.refusal(address) or do(loop.time())
        except CourierError as error:
            result = error
        if fate.answer_lost:
            self._platform.doubts += 1
            result = Doubt("the answer was lost")
        loop.call_later(fate.answer, _answer, answer, result)


def _answer(answer: asyncio.Future[Receipt], result: Receipt | CourierError) -> None:
    if answer.done():
        return
    if isinstance(result, CourierError):
        answer.set_exception(result)
    else:
        answer.set_result(result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What happens to one request: it fails before it leaves, is refused, loses its answer, or nothing of it."""

    before: CourierError | None
    refused: CourierError | None
    answer_lost: bool
    request: float
    answer: float

    @classmethod
    def of(cls, platform: SimulatedPlatform) -> Fate:
        """Draw a fate."""
        random, faults = platform.random, platform.faults
        before: CourierError | None = None
        if random.random() < faults.not_sent:
            before = NotSent("connection refused")
        elif random.random() < faults.request_lost:
            before = Doubt("reset after the request was written")
            platform.doubts += 1
        return cls(
            before=before,
            refused=_refused(random, faults),
            answer_lost=random.random() < faults.answer_lost,
            request=random.uniform(*faults.request_latency),
            answer=random.uniform(*faults.answer_latency),
        )


def _refused(random: Random, faults: Faults) -> CourierError | None:
    if random.random() < faults.chat_throttled:
        return Throttled("slow down here", retry_after=random.uniform(1, 40))
    if random.random() < faults.lane_throttled:
        return Throttled("slow down", retry_after=random.uniform(1, 300), whole_lane=True)
    if random.random() < faults.forbidden:
        return Forbidden("not now")
    return Poison("cannot be read") if random.random() < faults.poison else None


class StrictPace:
    """Evenly spaced: `every` seconds between any two messages, `chat_every` between two in one chat.

    Begun anew, it takes every window for spent.
    """

    def __init__(self, started: float, *, every: float = 1 / 30, chat_every: float = 1.0) -> None:
        self._every = every
        self._chat_every = chat_every
        self._next = started + every
        self._all_chats = started + chat_every
        self._chats: dict[str, float] = {}
        self._before = ("", 0.0, 0.0)

    def lane_wait(self, now: float) -> float:
        """As `Pace.lane_wait`."""
        return max(0.0, self._next - now)

    def wait(self, address: Address, now: float) -> float:
        """As `Pace.wait`."""
        return max(0.0, self._chats.get(address.chat, self._all_chats) - now)

    def spend(self, address: Address, now: float) -> None:
        """As `Pace.spend`."""
        self._take(address, now)

    def refund(self, address: Address, taken: float) -> None:
        """As `Pace.refund`."""
        del taken
        chat, lane_before, chat_before = self._before
        if chat == address.chat:
            self._next = lane_before
            self._chats[chat] = chat_before

    def answer_wait(self, address: Address, now: float) -> float:
        """As `Pace.answer_wait`; here answers may take every place."""
        return max(self.wait(address, now), self.lane_wait(now))

    def claim(self, address: Address, now: float) -> float:
        """As `Pace.claim`."""
        at = max(now, self._next)
        self._take(address, at)
        return at - now

    def _take(self, address: Address, at: float) -> None:
        self._before = (address.chat, self._next, self._chats.get(address.chat, self._all_chats))
        self._next = at + self._every
        self._chats[address.chat] = at + self._chat_every
