"""A strict Discord of our own: its REST API and gateway on loopback, its rules, its people, and its bad days.

In an asynchronous test::

    async with DiscordSimulator() as simulator:
        # the bot under test takes simulator.token and simulator.api_url
        lin = simulator.person(101, "小林")
        server = lin.creates_server("读书会")
        lin.adds_bot(server, "VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS")
        news = lin.creates_announcements(server, "快讯")
        use = lin.commands("subscribe", news)
        answer = await simulator.until(lambda: use.answer)
        assert not simulator.violations

In a synchronous test, whose program is a child process: `with running_simulator() as simulator:`; `until`, `refuse`
and `listen` are plain calls there. On virtual time without sockets: `Simulation(now=loop.time)` and
`inprocess.InProcessSession(simulation.wire)` in place of an aiohttp session.

- **Who there is**: `simulator.bot` (the account of `simulator.token`), `simulator.add_bot(token, name=…)`,
  `simulator.person(id, name, locale=…)`. What a person can do stands in `person.Person` and `organising.Organiser`.
  Everything that there is and every way in which it changes stands in `world.World`, which is `simulator.core`.
- **What is seen**: `simulator.messages(channel)` is what stands there now, in order, as `servers.Message` (content,
  embeds, components, buttons, pings, is_silent, is_published, edits); `simulator.sent(channel)` is what the bot
  wrote of it.
- **What was asked**: `simulator.calls("POST", "/messages")` are `transcript.Call`s: at, route, given, body, status,
  code, scope, fault, hasty, repeats.
- **What nobody may ask** is in `simulator.violations`: unknown routes and fields, wrong types, and answers of the
  simulator itself that the specification does not know. A test ends with `assert not simulator.violations`.
- **Bad days**: `simulator.fail(Fault.server_error(502), method="POST", path="/messages$", times=3, channel=…)`; the
  faults stand in `faults.Fault`. `await simulator.refuse()` takes no connections until `await simulator.listen()`,
  at the same port; `simulator.hang_up()` closes what is open, the gateway's connections too. `simulator.revoke()`,
  `simulator.retoken(token)`. What the gateway can do wrong stands in `simulator.gateway` (`sessions.Gateway`).
- **Words**: `simulator.block("word")` answers 240000; `lin.forbids_words(server, "word")` answers 200000.
- **Time**: `simulator.advance(seconds)` lets the clock of Discord jump (tokens, nonces, windows).
- **Pace**: `limits.STRICT` unless `limits=` says otherwise. `simulator.floods` are the calls that got a 429,
  `simulator.hasty(grace)` those made while the bot had been told to wait; `simulator.let_hours_pass()` ends all waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

from aiohttp import web

from tests.platforms.discord.accounts import BotAccount
from tests.platforms.discord.core import Core
from tests.platforms.discord.faults import Fault, Trap
from tests.platforms.discord.gateway import gateway_handler
from tests.platforms.discord.limits import STRICT, Limits
from tests.platforms.discord.person import Person
from tests.platforms.discord.routes import ROUTES
from tests.platforms.discord.server import API, Server
from tests.platforms.discord.servers import Channel, Message
from tests.platforms.discord.sessions import Gateway, Terms
from tests.platforms.discord.transcript import Call
from tests.platforms.discord.wire import Wire
from tests.platforms.discord.world import token_for
from tests.platforms.running import Clock
from tests.platforms.served import InLoop, InThread, Served, running

BOT_ID: Final = 1_100_000_000_000_000_001
TOKEN: Final = token_for(BOT_ID)
"""A token that has the right form and opens nothing."""


class Simulation:
    """What can be done with the simulator from any thread; no sockets."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        name: str = "Sudi",
        limits: Limits = STRICT,
        terms: Terms | None = None,
        now: Callable[[], float] | None = None,
        is_checked: bool = True,
    ) -> None:
        self._clock = Clock()
        since = {"since": time.time()} if now is None else {}
        self.core = Core(now=now or self._clock, routes=ROUTES, limits=limits, is_checked=is_checked, **since)
        self.wire = Wire(self.core)
        self.gateway = Gateway(self.core, terms=terms or Terms(), address=self._gateway_url)
        self.core.about_gateway = self.gateway.about
        self.bot = self.core.add_bot(token, name=name)
        self._people: dict[int, Person] = {}

    def _gateway_url(self) -> str:
        return "ws://127.0.0.1:9/gateway"

    # --- Who there is

    @property
    def token(self) -> str:
        """The bot's token, as it is now."""
        return self.bot.token

    def add_bot(self, token: str, *, name: str = "Other") -> BotAccount:
        """One more bot."""
        return self.core.add_bot(token, name=name)

    def person(self, number: int, name: str = "小林", *, locale: str = "zh-CN") -> Person:
        """Somebody, the same one for the same number."""
        if number not in self._people:
            self._people[number] = Person(self.core, self.core.add_user(number, name, locale=locale), self.bot)
        return self._people[number]

    # --- What is seen

    def messages(self, channel: Channel | Person | int, *, viewer: int = 0) -> list[Message]:
        """What everybody sees in a channel now, in order; with a viewer what is meant only for them too."""
        with self.core.lock:
            return self._channel(channel).shown(viewer)

    def sent(self, channel: Channel | Person | int, *, bot: BotAccount | None = None) -> list[Message]:
        """What the bot wrote of it."""
        author = (bot or self.bot).id
        return [message for message in self.messages(channel) if message.author.id == author and not message.is_note]

    def last(self, channel: Channel | Person | int) -> Message | None:
        """The newest message of the bot; None if there is none."""
        return next(reversed(self.sent(channel)), None)

    def _channel(self, channel: Channel | Person | int) -> Channel:
        if isinstance(channel, Channel):
            return channel
        return channel.dm if isinstance(channel, Person) else self.core.channels[channel]

    # --- What was asked

    def calls(self, method: str = "", path: str = "", *, channel: Channel | int | None = None) -> list[Call]:
        """The calls with a method (or all) whose path's template has this in it, to a channel (or all)."""
        number = channel.id if isinstance(channel, Channel) else channel
        return [
            call
            for call in list(self.core.transcript)
            if method in {"", call.method} and path in call.route and (number is None or call.channel == number)
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
        path: str = "",
        times: int = 1,
        channel: Channel | int | None = None,
        bot: BotAccount | None = None,
        after: int = 0,
    ) -> Trap:
        """Spoil requests that fit, so many of them, once `after` of them have passed. `path`: a regular expression."""
        number = channel.id if isinstance(channel, Channel) else channel
        trap = Trap(
            fault=fault,
            method=method,
            path=path,
            times=times,
            channel=number,
            bot=bot.id if bot else None,
            after=after,
        )
        with self.core.lock:
            self.wire.traps.append(trap)
        return trap

    def recover(self) -> None:
        """No request is spoiled any more."""
        with self.core.lock:
            self.wire.traps.clear()

    def let_hours_pass(self) -> None:
        """The windows of all buckets are over, as if nobody had asked anything for long."""
        with self.core.lock:
            self.core.forget_buckets()

    def block(self, word: str) -> None:
        """Refuse whatever has this in it as a harmful link (240000)."""
        with self.core.lock:
            self.core.blocked.add(word)

    def revoke(self, bot: BotAccount | None = None) -> None:
        """Make the token worthless."""
        with self.core.lock:
            self.core.revoke(bot or self.bot)

    def retoken(self, token: str, bot: BotAccount | None = None) -> None:
        """Give the same bot a new token; the old one is worthless."""
        with self.core.lock:
            self.core.retoken(bot or self.bot, token)

    def advance(self, seconds: float) -> None:
        """Let the clock of Discord jump (not with a clock of one's own)."""
        self._clock.ahead += seconds
        self.core.changed()


class _Served(Simulation, Served):
    """A simulation with a server."""

    def __init__(self, *, port: int = 0, more: Callable[[web.Application], None] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.server: Server = Server(self.wire, port=port, gateway=gateway_handler(self), more=more)

    @property
    def api_url(self) -> str:
        """The REST API: what SUDI_DISCORD_API_URL wants."""
        return self.server.url + API

    def _gateway_url(self) -> str:
        return self.server.gateway_url


class DiscordSimulator(_Served, InLoop):
    """The simulator with its server, inside the event loop of a test."""


class RunningSimulator(_Served, InThread):
    """The simulator with its server in a thread, for tests that are synchronous."""


def running_simulator(**options: Any) -> AbstractContextManager[RunningSimulator]:
    """The simulator in a thread; options as for `DiscordSimulator`."""
    return running(RunningSimulator(**options))
