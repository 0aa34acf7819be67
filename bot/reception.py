"""What an account's listener brings what it hears to: answers, notes what happens to chats, and tells what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol, assert_never

import structlog

from adapters.platform import (
    Account,
    AccountTrouble,
    Address,
    Asker,
    ChatEvent,
    ChatKind,
    CourierError,
    Fate,
    Notice,
    Offered,
    Parcel,
    Query,
    Receipt,
    Reply,
    Suggestion,
)
from bot.answer.answerer import Answerer
from bot.answer.welcome import Noted
from bot.haste import Haste
from bot.verdict import ACCOUNT_REST
from digest.identity import name_of
from storage import alerts, buttons, crossposts, ledger, queue, subscriptions
from storage.database import Database
from storage.records import LaneId, Reason, SubscriptionState
from storage.store import Store, StoreError
from storage.times import to_ms

log = structlog.get_logger(__name__)

_NAMED: Final = 16
"""Letters of a nonce that name what is told and to whom; platforms take 25 characters in all."""

LOST: Final = Reason.CHAT_LOST
"""Why a chat is suspended that the account cannot reach any more."""
MUTE: Final = subscriptions.FORBIDDEN
"""Why a chat is suspended in which the account may not write."""
OVER: Final = frozenset({LOST, MUTE})
"""What is over once the account may write in a chat."""


class Voiced(Protocol):
    """What brings answers, before everything else in the lane."""

    async def send(self, parcel: Parcel) -> Receipt | None:
        """Bring a new answer; None where it could not be brought."""

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt | None:
        """Replace an answer that was given."""


class FrontDesk:
    """Keeps `adapters.platform.Reception` for one account.

    `decided` is called after a committed effect: there may be something to send. `now` is the wall clock.
    """

    def __init__(
        self,
        account: Account,
        *,
        store: Store,
        answerer: Answerer,
        voice: Voiced,
        now: Callable[[], datetime],
        decided: Callable[[], None],
    ) -> None:
        self._account = account
        self._store = store
        self._answerer = answerer
        self._voice = voice
        self._now = now
        self._decided = decided
        self._haste = Haste()
        self._is_well = False
        self._log = log.bind(lane=account.lane)

    # --- What the listener shows ---------------------------------------------------------------------------------

    @property
    def commands(self) -> tuple[Offered, ...]:
        """Every command that people of this platform type, in the order of the help."""
        return tuple(command.offered for command in self._answerer.offered(self._account.platform))

    @property
    def admins(self) -> frozenset[str]:
        """The persons of this platform who are admins, as of the last question, and of the last time all was well."""
        return self._answerer.admins(self._account.platform)

    # --- What readers say ----------------------------------------------------------------------------------------

    async def answer(self, query: Query) -> Reply:
        """The reply. A reader who asks too fast waits here; whose questions pile up is told so once, then nothing."""
        if not self._answerer.heeds(query):
            return self._answerer.silence(query)
        person = query.asker.person
        wait = self._haste.wait(person, asyncio.get_running_loop().time())
        if wait is None:
            if not self._haste.tell(person):
                return self._answerer.silence(query)
            self._log.info("reader.too_fast", person=person)
            return self._answerer.slow_down(query)
        if wait > 0:
            await asyncio.sleep(wait)
        return await self._answerer.answer(query)

    async def tell(self, notice: Notice, asker: Asker) -> Reply:
        """What the listener itself has to say, in the language of whom it is told."""
        return self._answerer.notice(notice, asker)

    async def send(self, parcel: Parcel) -> Receipt | None:
        """Bring an answer; None where it could not be brought."""
        return await self._voice.send(parcel)

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt | None:
        """The same for an answer that changes one that was given."""
        return await self._voice.edit(parcel, receipt)

    async def keep(self, says: str) -> str:
        """Keep what a button says; returns its name. Raises StoreError."""
        return await self._store.write(buttons.keep_button, says, now=self._now())

    async def kept(self, name: str) -> str | None:
        """What was kept under a name; None when it is too old. Raises StoreError."""
        return await self._store.read(buttons.kept_button, name, now=self._now())

    async def suggest(self, asker: Asker, command: str, option: str, typed: str) -> Sequence[Suggestion]:
        """What may be meant by what was typed so far for an option; nothing while that cannot be looked up."""
        return await self._answerer.suggest(asker, command, option, typed)

    # --- What happens to chats -----------------------------------------------------------------------------------

    async def note(self, event: ChatEvent) -> Reply | None:
        """Suspend, resume or move what is brought to the chat, once; returns what should be said. Raises StoreError."""
        noted = await self._store.write(note, event, now=self._now())
        tell = self._log.info if noted.changed or event.new else self._log.debug
        tell("chat.changed", chat=event.address.chat, fate=event.fate, new=event.new, changed=noted.changed)
        if noted.changed:
            self._decided()
        return self._answerer.told_of(event, noted)

    async def concerned(self, chats: Collection[str]) -> frozenset[str]:
        """Those of these chats and threads that something is brought to, or was until then. Raises StoreError."""
        return await self._store.read(subscriptions.concerned, self._account.lane, chats)

    async def unheard(self, events: Collection[ChatEvent]) -> frozenset[ChatEvent]:
        """Those of these events of which something is not known yet. Raises StoreError."""
        return await self._store.read(_unheard, events)

    async def tell_subscribers(self) -> None:
        """Tell those who subscribed chats in which the account may not write any more, once, while it is well."""
        if not self._is_well:
            return
        try:
            untold = await self._store.write(lambda db: subscriptions.take_untold(db, self._lane(db)))
        except StoreError as error:
            self._log.warning("account.cannot_record", error=str(error))
            return
        chats: dict[str, list[subscriptions.Untold]] = {}
        for one in untold:
            chats.setdefault(one.person, []).append(one)
        for person, closed in chats.items():
            await self._tell_subscriber(person, closed)

    async def _tell_subscriber(self, person: str, closed: Sequence[subscriptions.Untold]) -> None:
        """Tell somebody of all their chats at once: a server may close a hundred in a moment."""
        account, count = self._account, len(closed)
        try:
            chat = await account.private_chat(person) if account.private_chat else person
        except CourierError as error:
            self._log.info("subscriber.not_reached", person=person, chats=count, why=str(error))
            return
        untold = [one for one in closed if one.chat != chat]
        if not untold:
            return
        address = Address(platform=account.platform, account=account.id, chat=chat)
        named = ":".join(f"{one.chat}:{one.thread}" for one in untold)
        name = name_of(f"untold:{named}:{person}".encode())[:_NAMED]
        for number, message in enumerate(self._answerer.told_subscriber(untold, account.platform), 1):
            if await self.send(Parcel(address=address, message=message, nonce=f"{name}-{number}")) is None:
                self._log.info("subscriber.not_told", person=person, chats=count)

    # --- What is still to be published ---------------------------------------------------------------------------

    async def note_unpublished(self, chat: str, message: str) -> None:
        """Keep in mind that a message is still to be published; where that cannot be kept, it is logged."""
        now = self._now()
        await self._guarded(
            self._store.write(lambda db: crossposts.note_unpublished(db, self._lane(db), chat, message, now=now))
        )

    async def unpublished(self) -> Sequence[tuple[str, str]]:
        """What is still to be published: chat and message, in order. Raises StoreError."""
        return await self._store.read(crossposts.unpublished, self._account.lane)

    async def note_published(self, chat: str, message: str) -> None:
        """It is published, or never will be."""
        await self._guarded(self._store.write(crossposts.note_published, self._account.lane, chat, message))

    # --- The account itself --------------------------------------------------------------------------------------

    async def trouble(self, what: AccountTrouble, why: str = "") -> None:
        """Alert once; an account whose token is dead sends nothing until it is well."""
        self._is_well = False
        if await self._guarded(self._store.write(self._alert, what, why)):
            self._log.warning("account.trouble", what=what, why=why)
        self._decided()

    def _alert(self, db: Database, what: AccountTrouble, why: str) -> bool:
        """Whether it is news. A dead token has the name under which sending tells of it: it is told once."""
        lane, now = self._account.lane, self._now()
        dead = what is AccountTrouble.DEAD
        if dead:
            queue.pause(db, self._lane(db), until=to_ms(now) + ACCOUNT_REST, reason=AccountTrouble.DEAD)
        name = f"lane:{lane}" if dead else f"account:{lane}"
        return alerts.raise_alert(db, name, what, {"lane": lane, "why": why}, now)

    async def well(self) -> None:
        """Settle what was wrong: the account listens, and sends. Who the admins are is read anew."""
        self._is_well = True
        if await self._guarded(self._store.write(self._settle)):
            self._log.info("account.well")
            self._decided()
        await self._guarded(self._answerer.learn_admins())

    def _settle(self, db: Database) -> bool:
        lane, now = self._account.lane, self._now()
        over = ledger.unpause(db, self._lane(db), reason=AccountTrouble.DEAD)
        if any(alert.name == f"lane:{lane}" and alert.code == AccountTrouble.DEAD for alert in alerts.open_alerts(db)):
            over = alerts.settle_alert(db, f"lane:{lane}", now) or over
        return alerts.settle_alert(db, f"account:{lane}", now) or over

    def _lane(self, db: Database) -> LaneId:
        return subscriptions.lane_at(db, self._account.platform, self._account.id)

    async def _guarded(self, work: Awaitable[object]) -> bool:
        """Whether it is done and was news; a store that cannot take it now is told of when it can."""
        try:
            return bool(await work)
        except StoreError as error:
            self._log.warning("account.cannot_record", error=str(error))
            return False


def note(db: Database, event: ChatEvent, *, now: datetime) -> Noted:
    """Do what follows from what happened to a chat, unless its update did it before."""
    lane = subscriptions.lane_at(db, event.address.platform, event.address.account)
    first = ledger.answered(db, lane, event.update, now=now) if event.update else True
    changed = first and _follow(db, lane, event, now)
    place = _place(event)
    if first:
        thread = event.address.thread if event.alone else None
        subscriptions.name_chat(db, lane, place.chat, event.chat_name, thread=thread)
    own = subscriptions.subscription_at(db, place)
    return Noted(
        changed=changed,
        again=not first,
        brought=subscriptions.is_brought(db, lane, place.chat),
        language=own.choices.language if own else None,
    )


def _place(event: ChatEvent) -> subscriptions.Place:
    """The chat itself, where it is now."""
    address = event.address
    return subscriptions.Place(platform=address.platform, account=address.account, chat=event.to or address.chat)


def _unheard(db: Database, events: Collection[ChatEvent]) -> frozenset[ChatEvent]:
    return frozenset(event for event in events if _is_news(db, event))


def _is_news(db: Database, event: ChatEvent) -> bool:
    """Whether anything changes if it is noted; looked up of what happened to one address, and may be told again."""
    if event.update or event.new or event.to or not event.alone:
        return True
    known = subscriptions.glimpse(db, replace(_place(event), thread=event.address.thread))
    if known is None:
        return False
    return event.chat_name not in {"", known.chat_name} or _changes(event.fate, known)


def _changes(fate: Fate, known: subscriptions.Glimpse) -> bool:
    """Whether a subscription that stands like this is suspended, resumed or moved by it."""
    match fate:
        case Fate.OPEN:
            return known.reason in OVER or (known.state is SubscriptionState.ACTIVE and known.refusals > 0)
        case Fate.MUTE | Fate.LOST:
            return known.state is SubscriptionState.ACTIVE
        case Fate.MOVED:
            return True
        case Fate.NAMED:
            return False
        case _:
            assert_never(fate)


def _follow(db: Database, lane: LaneId, event: ChatEvent, now: datetime) -> bool:
    """Whether anything changed."""
    chat, thread = event.address.chat, event.address.thread if event.alone else None
    match event.fate:
        case Fate.OPEN:
            resumed = subscriptions.resume_chat(db, lane, chat, thread=thread, reasons=OVER, now=now)
            return resumed + subscriptions.accept_chat(db, lane, chat, thread=thread) > 0
        case Fate.MUTE:
            suspended = subscriptions.suspend_chat(db, lane, chat, thread=thread, reason=MUTE, now=now)
            if event.by is not None and event.kind is ChatKind.CHANNEL:
                subscriptions.told(db, lane, chat, event.by.person)
            return suspended > 0
        case Fate.LOST:
            return subscriptions.suspend_chat(db, lane, chat, thread=thread, reason=LOST, now=now) > 0
        case Fate.MOVED:
            # The chat that it was may have been lost before this came.
            moved = subscriptions.move_chat(db, lane, chat=chat, to=event.to, now=now)
            resumed = subscriptions.resume_chat(db, lane, event.to, reasons={LOST}, now=now)
            return moved + resumed > 0
        case Fate.NAMED:
            return False
        case _:
            assert_never(event.fate)
