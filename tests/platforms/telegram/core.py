"""The simulated Telegram without sockets: what there is, what a call does, and what the bots get to hear of it.

Everything happens at the moment that `now` tells (seconds of any clock); a date is that moment after `since`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final

from tests.platforms.telegram.accounts import WELL_FORMED, BotAccount, Pending
from tests.platforms.telegram.answers import Answer, ApiError, bad, done, not_found, unauthorized
from tests.platforms.telegram.chats import SERVICE, Chat, Entry, Json, Kind, User
from tests.platforms.telegram.hearing import hears, kind_of_update
from tests.platforms.telegram.limits import STRICT, Limits, Pacer
from tests.platforms.telegram.parameters import Misspelled, understood
from tests.platforms.telegram.transcript import Call
from tests.witnesses.bot_api import BotApi, bot_api

SINCE: Final = 1_780_000_000.0
"""Seconds since 1970 at which the clock of the simulator starts, unless a test says otherwise."""

Method = Callable[["Core", BotAccount, Json], Any]
"""What a method does: from the bot and the parameters to the result; raises ApiError."""


class Core:
    """The simulated Telegram.

    `now`: seconds. `limits`: how fast a bot may be. `is_checked`: whether requests, answers and updates are compared
    with the specification (it lies beside the repository or not; where it does not, nothing is compared).
    """

    def __init__(
        self,
        *,
        now: Callable[[], float],
        methods: Mapping[str, Method],
        since: float = SINCE,
        limits: Limits = STRICT,
        is_checked: bool = True,
    ) -> None:
        self.now = now
        self.since = since
        self.limits = limits
        self.lock = threading.RLock()
        self.bots: list[BotAccount] = []
        self.users: dict[int, User] = {SERVICE.id: SERVICE}
        self.chats: dict[int, Chat] = {}
        self.transcript: list[Call] = []
        self.violations: list[str] = []
        self.watchers: list[Callable[[], None]] = []
        self.private_ids = count(1)
        self.numbers = count(1)
        self.methods = methods
        self.hasty: float | None = None
        self._api: BotApi | None = bot_api() if is_checked else None
        self._tokens: dict[str, BotAccount] = {}

    # --- Who there is

    @property
    def date(self) -> int:
        """The moment, as Telegram dates things."""
        return int(self.since + self.now())

    def add_bot(self, token: str, *, username: str, name: str, has_privacy: bool = True) -> BotAccount:
        """A new bot with this token; its id is the token's number."""
        number = int(token.split(":", 1)[0])
        user = User(id=number, first_name=name, is_bot=True, username=username)
        bot = BotAccount(user=user, token=token, pacer=Pacer(self.limits), has_privacy=has_privacy)
        self.users[number] = user
        self.bots.append(bot)
        self._tokens[token] = bot
        return bot

    def retoken(self, bot: BotAccount, token: str) -> None:
        """The bot's token is revoked, and this one stands for it."""
        self.revoke(bot)
        bot.token, bot.is_revoked = token, False
        self._tokens[token] = bot
        self.changed()

    def revoke(self, bot: BotAccount) -> None:
        """The bot's token is worth nothing any more."""
        self._tokens.pop(bot.token, None)
        bot.is_revoked = True
        self.changed()

    def bot_of(self, token: str) -> BotAccount:
        """The bot with this token; raises ApiError."""
        if not WELL_FORMED.fullmatch(token):
            raise not_found()
        if token not in self._tokens:
            raise unauthorized()
        return self._tokens[token]

    def private(self, bot: BotAccount, person: User) -> Chat:
        """The private chat of somebody with a bot."""
        if person.id not in bot.private:
            bot.private[person.id] = Chat(id=person.id, kind=Kind.PRIVATE, person=person, ids=self.private_ids)
        return bot.private[person.id]

    # --- Calls

    def call(self, token: str, method: str, parameters: Mapping[str, Any], *, fault: str = "") -> Answer:
        """Carry a call out, now; the transcript keeps it."""
        with self.lock:
            self.hasty = None
            bot: BotAccount | None = None
            given: Json = dict(parameters)
            name = method
            try:
                bot = self.bot_of(token)
                name, given = self._understood(method, parameters)
                answer = done(self.methods[name.lower()](self, bot, given))
                self._check(name, answer)
            except ApiError as refusal:
                answer = refusal.answer
            except (AttributeError, KeyError, TypeError, ValueError) as stumble:
                # The parameters are not what the specification says, or the simulator is wrong: both are to be seen.
                self.violation(f"{name}: {stumble!r}")
                answer = bad("wrong parameters").answer
            self.note(bot, name, given, answer, fault=fault)
            return answer

    def note(self, bot: BotAccount | None, method: str, given: Json, answer: Answer | None, *, fault: str = "") -> None:
        """Keep a call in the transcript; without an answer it was not carried out."""
        self.transcript.append(
            Call(
                number=len(self.transcript) + 1,
                at=self.now(),
                bot=bot.id if bot else 0,
                method=method,
                parameters=given,
                status=answer.status if answer else 0,
                answer=answer.body if answer else {},
                fault=fault,
                hasty=self.hasty,
            )
        )

    def kinds_of_updates(self) -> frozenset[str]:
        """The kinds of updates that there are; empty where the specification is not there."""
        return self._api.fields("Update") - {"update_id"} if self._api else frozenset()

    def violation(self, what: str) -> None:
        """Something that no bot of ours may ask, or that the simulator should not have said."""
        self.violations.append(what)

    def _understood(self, method: str, parameters: Mapping[str, Any]) -> tuple[str, Json]:
        name = self._api.method(method) if self._api else method
        if name is None or name.lower() not in self.methods:
            self.violation(f"{method} is no method that is simulated")
            raise not_found("method not found")
        try:
            given = understood(parameters)
        except Misspelled as problem:
            self.violation(f"{name}: {problem}")
            raise bad(str(problem)) from problem
        if self._api and (wrong := self._api.request(name, given)):
            self.violation(wrong)
        return name, given

    def _check(self, method: str, answer: Answer) -> None:
        # Updates were checked when they came up, unless a test made up strange ones.
        if self._api and method != "getUpdates" and (wrong := self._api.answer(method, answer.body["result"])):
            self.violation(f"the simulator's own answer: {wrong}")

    # --- What happens

    def post(self, chat: Chat, **fields: Any) -> Entry:
        """Something new in a chat: it gets its number, and the bots hear of it."""
        entry = Entry(chat=chat, id=next(chat.ids), date=self.date, **fields)
        chat.entries[entry.id] = entry
        self._tell_all(entry, edited=False)
        if chat.kind is Kind.CHANNEL and chat.linked is not None and not entry.service:
            self._forward_to_the_group(entry, chat.linked)
        return entry

    def revise(self, entry: Entry, **fields: Any) -> None:
        """Something in a chat is edited, and the bots hear of it."""
        for name, value in fields.items():
            setattr(entry, name, value)
        entry.edited = self.date
        entry.edits += 1
        self._tell_all(entry, edited=True)

    def emit(self, bot: BotAccount, kind: str, what: Json) -> None:
        """An update for a bot, if it wants this kind."""
        if bot.wants(kind):
            self.emit_raw(bot, {kind: what}, is_checked=True)

    def emit_raw(self, bot: BotAccount, update: Json, *, is_checked: bool = False) -> int:
        """An update as it is, known kind or not; its number."""
        with self.lock:
            return self._queued(bot, update, is_checked=is_checked)

    def _queued(self, bot: BotAccount, update: Json, *, is_checked: bool) -> int:
        number: int = update.get("update_id", bot.next_update)
        bot.next_update = max(bot.next_update, number + 1)
        whole = {"update_id": number, **update}
        if is_checked and self._api and (wrong := self._api.thing("Update", whole)):
            self.violation(f"the simulator's own update: {wrong}")
        bot.pending.append(Pending(at=self.now(), update=whole))
        bot.told.append(whole)
        self.changed()
        return number

    def changed(self) -> None:
        """Wake whoever waits for something to happen."""
        for watcher in list(self.watchers):
            watcher()

    def _tell_all(self, entry: Entry, *, edited: bool) -> None:
        for bot in self.bots:
            if hears(bot, entry):
                self.emit(bot, kind_of_update(entry, edited=edited), entry.json())

    def _forward_to_the_group(self, entry: Entry, group: Chat) -> None:
        self.post(
            group,
            sender=SERVICE,
            sender_chat=entry.chat,
            text=entry.text,
            entities=entry.entities,
            origin=origin_of(entry),
            is_automatic=True,
        )


def origin_of(entry: Entry) -> Json:
    """Where a forwarded message came from."""
    if entry.chat.kind is Kind.CHANNEL:
        return {"type": "channel", "date": entry.date, "chat": entry.chat.json(), "message_id": entry.id}
    if entry.sender_chat is not None:
        return {"type": "chat", "date": entry.date, "sender_chat": entry.sender_chat.json()}
    assert entry.sender is not None
    return {"type": "user", "date": entry.date, "sender_user": entry.sender.json()}
