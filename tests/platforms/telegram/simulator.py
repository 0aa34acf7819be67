"""A strict Telegram of our own: its Bot API on loopback, its rules, its people, and its bad days.

In an asynchronous test::

    async with TelegramSimulator() as simulator:
        bot = telegram.Bot(simulator.token, base_url=f"{simulator.url}/bot", …)
        lin = simulator.person(101, "小林")
        lin.starts()                                        # /start in the private chat
        group = lin.creates_group("读书会")
        lin.adds_bot(group)                                 # with rights: lin.adds_bot(group, "can_delete_messages")
        lin.says("/today@sudi_test_bot", group)
        answer = await simulator.until(lambda: simulator.last(group, by_bot=True))
        press = lin.presses(answer, "全文")
        popup = (await simulator.until(lambda: press.answer)).text
        assert not simulator.violations

In a synchronous test, whose program is a child process: `with running_simulator() as simulator:`; `until`,
`refuse` and `listen` are plain calls there. On virtual time without sockets: `Simulation(now=loop.time)`, and
`InProcessRequest(simulator.wire)` as the request class of the library.

- **Who there is**: `simulator.bot` (the account of `simulator.token`), `simulator.add_bot(token, username=…, name=…)`,
  `simulator.person(id, first_name, language_code=…, username=…)`. What a person can do stands in `person.Person` and
  `organising.Organiser`: `starts(payload)`, `says(text, chat, thread=, reply_to=, speaks_as=)`, `forwards`, `edits`,
  `deletes`, `presses(entry, label)`, `presses_data(entry, data)`, `blocks`, `unblocks`, `deletes_account`,
  `talks_to(bot)`; `creates_group/supergroup/forum/channel`, `joins`, `leaves`, `adds_bot(chat, *rights)`,
  `promotes_bot`, `demotes_bot`, `restricts_bot`, `removes_bot`, `promotes(chat, person, *rights)`, `demotes`,
  `hides(chat)` (anonymous administrator), `silences_everybody`, `hides_members`, `opens_topic`, `closes_topic`,
  `reopens_topic`, `deletes_topic`, `turns_topics_on`, `upgrades(group)`, `links(channel, group)`, `deletes_chat`,
  `starts_in(group, payload)` (a link that adds the bot). A person's private chat is `person.chat`.
- **What is seen**: `simulator.messages(chat)` is what stands there now, in order, as `chats.Entry` (text, entities,
  thread, reply_to, silent, keyboard, buttons, edits, edited, paid, author, service); `simulator.sent(chat)` only what
  the bot wrote.
- **What was asked**: `simulator.calls("sendMessage")` are `transcript.Call`s: at, parameters, status, answer, fault,
  hasty.
- **What nobody may ask** is in `simulator.violations`: unknown methods and parameters, wrong types, and answers or
  updates of the simulator itself that the specification does not know. A test ends with
  `assert not simulator.violations`.
- **Bad days**: `simulator.fail(Fault.server_error(502), method="sendMessage", times=3, chat=…, after=…)`; the faults
  stand in `faults.Fault`. `await simulator.refuse()` takes no connections until `await simulator.listen()`, at the same
  port; `simulator.hang_up()` closes what is open. `simulator.revoke()`, `simulator.retoken(token)`;
  `simulator.emit(update)` (raw), `simulator.replays(n)`, `simulator.reorders()`.
- **Time**: `simulator.advance(seconds)` lets the clock of Telegram jump (48 hours, expired presses, windows).
- **Pace**: `limits.STRICT` unless `limits=` says otherwise: 30 in any second for a bot, 1 in any second for a chat, 20
  in any minute for a group or channel, edits included; a 429 names the seconds until there is room, and the window
  stays closed that long. `simulator.floods` are the calls that got a 429, `simulator.hasty(grace)` those made while
  the bot had been told to wait. `limits.TOLERANT` is for programs in real time, whose even steps arrive in bunches.
  `simulator.bot.pacer.paid` counts messages paid for with `allow_paid_broadcast`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

from aiohttp import web

from tests.platforms.running import Clock
from tests.platforms.served import InLoop, InThread, Served, running
from tests.platforms.telegram.accounts import BotAccount
from tests.platforms.telegram.chats import Chat, Entry, Json, User
from tests.platforms.telegram.core import Core
from tests.platforms.telegram.faults import Fault, Trap
from tests.platforms.telegram.limits import STRICT, Limits
from tests.platforms.telegram.methods import METHODS
from tests.platforms.telegram.person import Person
from tests.platforms.telegram.server import Server
from tests.platforms.telegram.transcript import Call
from tests.platforms.telegram.wire import Wire

TOKEN: Final = f"7000000001:{'AAHsimulated' * 3}"[:46]
"""A token that has the right form and opens nothing."""


class Simulation:
    """What can be done with the simulator from any thread; no sockets."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "sudi_test_bot",
        name: str = "Sudi",
        has_privacy: bool = True,
        limits: Limits = STRICT,
        now: Callable[[], float] | None = None,
        is_checked: bool = True,
    ) -> None:
        self._clock = Clock()
        self.core = Core(
            now=now or self._clock, since=time.time(), methods=METHODS, limits=limits, is_checked=is_checked
        )
        self.wire = Wire(self.core)
        self.bot = self.core.add_bot(token, username=username, name=name, has_privacy=has_privacy)
        self._people: dict[int, Person] = {}

    # --- Who there is

    @property
    def token(self) -> str:
        """The bot's token, as it is now."""
        return self.bot.token

    def add_bot(self, token: str, *, username: str, name: str = "Other", has_privacy: bool = True) -> BotAccount:
        """One more bot."""
        return self.core.add_bot(token, username=username, name=name, has_privacy=has_privacy)

    def person(
        self, number: int, first_name: str = "小林", *, language_code: str = "zh-hans", username: str = ""
    ) -> Person:
        """Somebody, the same one for the same number."""
        if number not in self._people:
            user = User(id=number, first_name=first_name, language_code=language_code, username=username)
            self.core.users[number] = user
            self._people[number] = Person(self.core, user, self.bot)
        return self._people[number]

    # --- What is seen

    def messages(self, chat: Chat | Person | int) -> list[Entry]:
        """What somebody sees in a chat now, in order."""
        with self.core.lock:
            return self._chat(chat).shown

    def sent(self, chat: Chat | Person | int, *, bot: BotAccount | None = None) -> list[Entry]:
        """What the bot wrote of it."""
        author = (bot or self.bot).id
        return [entry for entry in self.messages(chat) if entry.author == author]

    def last(self, chat: Chat | Person | int, *, by_bot: bool = False) -> Entry | None:
        """The newest message, or the bot's newest; None if there is none."""
        found = self.sent(chat) if by_bot else self.messages(chat)
        return found[-1] if found else None

    def _chat(self, chat: Chat | Person | int) -> Chat:
        if isinstance(chat, Chat):
            return chat
        if isinstance(chat, Person):
            return chat.chat
        return self.bot.private[chat] if chat > 0 else self.core.chats[chat]

    # --- What was asked

    def calls(self, method: str = "", *, chat: int | None = None) -> list[Call]:
        """The calls of a method (or all), to a chat (or all)."""
        return [
            call
            for call in list(self.core.transcript)
            if (not method or call.method.lower() == method.lower()) and (chat is None or call.chat == chat)
        ]

    @property
    def violations(self) -> list[str]:
        """What nobody may ask, and what the simulator should not have said."""
        return self.core.violations

    @property
    def floods(self) -> list[Call]:
        """The calls that were told to wait."""
        return [call for call in self.calls() if call.status == 429]

    def hasty(self, grace: float = 0.0) -> list[Call]:
        """The calls that came later than `grace` seconds after the bot was told to wait, and too early."""
        return [call for call in self.calls() if call.hasty is not None and call.hasty > grace]

    # --- Bad days

    def fail(
        self,
        fault: Fault,
        *,
        method: str = "",
        times: int = 1,
        chat: Chat | Person | int | None = None,
        bot: BotAccount | None = None,
        after: int = 0,
    ) -> Trap:
        """Spoil calls that fit, so many of them, once `after` of them have passed."""
        number = self._chat(chat).id if isinstance(chat, Chat | Person) else chat
        trap = Trap(fault=fault, method=method, times=times, chat=number, bot=bot.id if bot else None, after=after)
        with self.core.lock:
            self.wire.traps.append(trap)
        return trap

    def recover(self) -> None:
        """No call is spoiled any more."""
        with self.core.lock:
            self.wire.traps.clear()

    def revoke(self, bot: BotAccount | None = None) -> None:
        """Make the token worthless."""
        with self.core.lock:
            self.core.revoke(bot or self.bot)

    def retoken(self, token: str, bot: BotAccount | None = None) -> None:
        """Give the same bot a new token; the old one is worthless."""
        with self.core.lock:
            self.core.retoken(bot or self.bot, token)

    def emit(self, update: Json, bot: BotAccount | None = None) -> int:
        """An update as it is, known or not; without a number it gets the next one. Its number."""
        with self.core.lock:
            return self.core.emit_raw(bot or self.bot, update)

    def replays(self, number: int = 1, bot: BotAccount | None = None) -> None:
        """The last updates come once more, whatever was confirmed."""
        account = bot or self.bot
        with self.core.lock:
            account.again = list(account.told)[-number:]
            self.core.changed()

    def reorders(self, bot: BotAccount | None = None) -> None:
        """What waits to be fetched comes in the wrong order."""
        account = bot or self.bot
        with self.core.lock:
            account.pending.reverse()

    def advance(self, seconds: float) -> None:
        """Let the clock of Telegram jump (not with a clock of one's own)."""
        self._clock.ahead += seconds
        self.core.changed()


class _Served(Simulation, Served):
    """A simulation with a server; its `url` is what SUDI_TELEGRAM_API_URL wants, and the library with `/bot` behind."""

    def __init__(self, *, port: int = 0, more: Callable[[web.Application], None] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.server = Server(self.wire, port=port, more=more)


class TelegramSimulator(_Served, InLoop):
    """The simulator with its server, inside the event loop of a test."""


class RunningSimulator(_Served, InThread):
    """The simulator with its server in a thread, for tests that are synchronous."""


def running_simulator(**options: Any) -> AbstractContextManager[RunningSimulator]:
    """The simulator in a thread; options as for `TelegramSimulator`."""
    return running(RunningSimulator(**options))
