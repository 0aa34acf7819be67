"""An account's life as it hears: it proves who it is, registers its commands, listens, and at the end answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from discord.http import Route

from adapters.causes import Cause
from adapters.discord.answering import Desk
from adapters.discord.commands import are_same, registered
from adapters.discord.conversation import Conversation, Showing, Table, Turn
from adapters.discord.errors import ours
from adapters.discord.gateway import Gateway
from adapters.discord.health import Patience, rest, trouble_in
from adapters.discord.hearing import hear, line_of, number_of
from adapters.discord.places import Places
from adapters.discord.publishing import Publishing
from adapters.discord.request import DiscordHTTP
from adapters.discord.scene import Outlook
from adapters.discord.watching import Watch, Watched
from adapters.health import Health, Impostor, first_mistake
from adapters.lines import Lines
from adapters.platform import AccountId, AccountTrouble, Dialect, Reception

INTERACTION: Final = "INTERACTION_CREATE"
QUIET: Final = 60.0
"""Seconds without a rival after which an account that answers is well again."""

log = logging.getLogger(__name__)

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """What a listener is made of. `random` gives numbers from 0 to 1, `clock` seconds."""

    http: DiscordHTTP = field(repr=False)
    account: AccountId
    places: Places
    publishing: Publishing
    dialect: Dialect
    language: str
    random: Callable[[], float]
    clock: Callable[[], float]
    patience: Patience


class DiscordListener:
    """Keeps `adapters.platform.Listener` for one account."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._username = ""
        self._application = ""
        self._rival_at = 0.0
        self._rivals = False
        self._registered: frozenset[str] = frozenset()
        self._tasks: list[asyncio.Task[None]] = []
        self._lines: Lines[Turn] | None = None

    @property
    def name(self) -> str:
        """What people call the account; empty before it is known."""
        return self._username

    # --- Beginning -----------------------------------------------------------------------------------------------

    async def start(self, reception: Reception) -> None:
        """Begin to listen; returns once Discord knows the account, whatever its gateway does."""
        health = Health(reception, self._ears.clock, again=self._ears.patience.told)
        failures = 0
        while True:
            try:
                await self._admit()
            except Exception as error:  # noqa: BLE001 - whatever breaks, it is tried again
                failures += 1
                await asyncio.sleep(await self._refused(health, error, failures))
            else:
                break
        await self._register(reception)
        await self._ears.publishing.begin(reception)
        self._begin(reception, health)

    async def _admit(self) -> None:
        """One try to be known. Raises what a request raises, and Impostor."""
        http = self._ears.http
        await http.open()
        me = await http.request(Route("GET", "/users/@me"))
        if me.get("id") != self._ears.account:
            raise Impostor
        application = await http.request(Route("GET", "/applications/@me"))
        self._username, self._application = str(me.get("username") or ""), str(application["id"])
        if application.get("interactions_endpoint_url"):
            log.warning("commands are sent to an address of the application's settings, and not heard here")

    async def _refused(self, health: Health, error: Exception, failures: int) -> float:
        """Tell why the account is not known; returns the seconds until the next try."""
        patience, random = self._ears.patience, self._ears.random
        if isinstance(error, Impostor):
            await health.ill(AccountTrouble.DEAD, Cause.OTHER_ACCOUNT)
            return patience.dead * (1 + random())
        await health.ill(trouble_in(error), str(ours(error)))
        return rest(failures, error, patience, random)

    def _begin(self, reception: Reception, health: Health) -> None:
        ears, showing = self._ears, Showing(reception=reception, dialect=self._ears.dialect)
        conversation = Conversation(self._table(showing, health))
        self._lines = lines = Lines(conversation.answer, number_of=_number_of, line_of=_line_of)
        watch = Watch(
            Watched(me=ears.account, places=ears.places, reception=reception, showing=showing, patience=ears.patience)
        )

        def heard(event: str, said: Json) -> None:
            if event == INTERACTION:
                self._take(said, reception, conversation, lines)
            elif event in ears.places.events:
                watch.take(ears.places.read(event, said))

        gateway = Gateway(
            ears.http,
            health,
            ears.patience,
            events={INTERACTION, *ears.places.events},
            hear=heard,
            clock=ears.clock,
            random=ears.random,
        )
        works = (gateway.run(), watch.run(), self._keep_registered(reception))
        self._tasks = [asyncio.create_task(work) for work in works]

    def _table(self, showing: Showing, health: Health) -> Table:
        ears = self._ears

        async def rival() -> None:
            self._rivals, self._rival_at = True, ears.clock()
            await health.ill(AccountTrouble.RIVAL, Cause.SHARED_TOKEN)

        async def alone() -> None:
            if self._rivals and ears.clock() - self._rival_at > QUIET:
                self._rivals = False
                await health.well()

        return Table(
            desk=Desk(http=ears.http, patience=ears.patience, rival=rival, alone=alone),
            outlook=Outlook(
                http=ears.http,
                me=ears.account,
                application=self._application,
                places=ears.places,
                patience=ears.patience.rights,
            ),
            showing=showing,
            language=ears.language,
            clock=ears.clock,
        )

    def _take(self, said: Json, reception: Reception, conversation: Conversation, lines: Lines[Turn]) -> None:
        """Put an interaction in line; one that is known already is heard once."""
        heard = hear(said, self._ears.account, reception.commands, self._registered)
        if heard is None or self._lines is None or lines.knows(number_of(heard)):
            return
        turn = conversation.begin(heard)
        if lines.take(turn) is None:
            turn.answer.give_up()

    async def failed(self) -> Exception:
        """As `Fallible.failed`: whatever Discord does is no mistake, so this hardly ever returns."""
        return await first_mistake(self._tasks)

    # --- Commands ------------------------------------------------------------------------------------------------

    async def _keep_registered(self, reception: Reception) -> None:
        """Register the commands as soon as that can be done."""
        while not self._registered:
            await asyncio.sleep(self._ears.patience.commands)
            await self._register(reception)

    async def _register(self, reception: Reception) -> None:
        """Register the commands, unless they are registered already: only so many may be made in a day."""
        http, application = self._ears.http, self._application
        path = "/applications/{application_id}/commands"
        wanted = registered(reception.commands, self._ears.language)
        self._registered = frozenset()
        try:
            route = Route("GET", path, application_id=application)
            there = await http.request(route, params={"with_localizations": "true"})
            if not are_same(wanted, there):
                there = await http.request(Route("PUT", path, application_id=application), json=wanted)
                log.info("%d commands are registered", len(wanted))
            self._registered = frozenset(str(command["id"]) for command in there)
        except Exception as error:  # noqa: BLE001 - whatever breaks, listening goes on
            log.warning("the commands are not registered: %s", ours(error))

    # --- Ending --------------------------------------------------------------------------------------------------

    async def stop(self) -> None:
        """Take no new interaction, answer those that were taken, and leave the gateway so that it is seen."""
        lines, self._lines = self._lines, None
        if lines is not None and not await lines.drain(self._ears.patience.drain):
            log.warning("some interactions were not answered in time")
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._ears.publishing.stop()


def _number_of(turn: Turn) -> int:
    return number_of(turn.heard)


def _line_of(turn: Turn) -> str:
    return line_of(turn.heard)
