"""Answers one interaction: at once or, where that takes longer than Discord waits, behind a word that it does.

The first word is due within 3 seconds; whatever follows goes by the interaction's own token, for 15 minutes, and
counts to no pace. Source: https://docs.discord.com/developers/interactions/receiving-and-responding
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from http import HTTPStatus
from typing import Any, Final

from discord import DiscordException
from discord.http import Route

from adapters.discord.errors import ALREADY_ANSWERED
from adapters.discord.health import Patience
from adapters.discord.hearing import ONLY_ASKER, Slip
from adapters.discord.request import Answered, DiscordHTTP, Unanswered
from adapters.platform import Message

TRIES: Final = 3
"""For the first word, which is of no use after 3 seconds."""
TRIES_BEHIND: Final = 7
"""For what comes behind it, with a rest between that doubles: somebody sees that it is thought about."""
LONGEST_WAIT: Final = 30.0
"""Seconds that an answer waits where Discord asks it to; later nobody looks for it."""

CALLBACK: Final = "/interactions/{interaction_id}/{interaction_token}/callback"
ORIGINAL: Final = "/webhooks/{application_id}/{interaction_token}/messages/@original"
FOLLOW_UP: Final = "/webhooks/{application_id}/{interaction_token}"

log = logging.getLogger(__name__)


class First(IntEnum):
    """How an interaction is answered first, by Discord's own numbers."""

    MESSAGE = 4
    LATER = 5
    """A message will come; until then somebody sees that it is thought about."""
    UPDATE_LATER = 6
    """The message that was pressed may change, or nothing more comes."""
    UPDATE = 7
    CHOICES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """With what interactions are answered.

    `rival` is told when somebody else answered one, and `alone` when we did: at the first word.
    """

    http: DiscordHTTP = field(repr=False)
    patience: Patience
    rival: Callable[[], Awaitable[None]]
    alone: Callable[[], Awaitable[None]]


class Answer:
    """The answer to one interaction. `pressed`: it is a press; `secret`: only the asker sees a message that comes."""

    def __init__(self, desk: Desk, slip: Slip, *, pressed: bool, secret: bool) -> None:
        self._desk = desk
        self._slip = slip
        self._later = First.UPDATE_LATER if pressed else First.LATER
        self._secret = secret
        self._first: First | None = None
        self._turn = asyncio.Lock()
        self._waiting: asyncio.Task[None] | None = None

    # --- Deferring -----------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """From now on Discord is told in time if it takes longer."""
        self._waiting = asyncio.create_task(self._defer())

    async def _defer(self) -> None:
        await asyncio.sleep(self._desk.patience.defer)
        async with self._turn:
            if self._first is None:
                flags = {"data": {"flags": ONLY_ASKER}} if self._secret and self._later is First.LATER else {}
                await self._say_first({"type": int(self._later), **flags})

    def give_up(self) -> None:
        """Nobody will answer it."""
        if self._waiting is not None:
            self._waiting.cancel()

    async def end(self) -> None:
        """It is answered, or never will be."""
        if self._waiting is not None:
            async with self._turn:
                self._waiting.cancel()
            await asyncio.wait({self._waiting})

    # --- Answering -----------------------------------------------------------------------------------------------

    async def show(self, message: Message, *, secret: bool) -> None:
        """A new message; `secret`: only the asker sees it."""
        async with self._turn:
            flags = {"flags": ONLY_ASKER} if secret else {}
            match self._first:
                case None:
                    await self._say_first({"type": int(First.MESSAGE), "data": {**message, **flags}})
                case First.LATER if self._secret or not secret:
                    await self._tell(self._route("PATCH", ORIGINAL), _whole(message), once=False)
                case First.LATER:
                    await self._tell(self._route("DELETE", ORIGINAL), None, once=False)
                    await self._tell(self._route("POST", FOLLOW_UP), {**message, **flags}, once=True)
                case _:
                    await self._tell(self._route("POST", FOLLOW_UP), {**message, **flags}, once=True)

    async def replace(self, message: Message) -> None:
        """The message that was pressed becomes this one."""
        async with self._turn:
            if self._first is None:
                await self._say_first({"type": int(First.UPDATE), "data": _whole(message)})
            else:
                await self._tell(self._route("PATCH", ORIGINAL), _whole(message), once=False)

    async def be_silent(self) -> None:
        """There is nothing to say; a press is told to have arrived, and nobody is left waiting."""
        async with self._turn:
            if self._later is First.UPDATE_LATER:
                if self._first is None:
                    await self._say_first({"type": int(First.UPDATE_LATER)})
                return
            if self._first is None:
                await self._say_first({"type": int(First.LATER), "data": {"flags": ONLY_ASKER}})
            await self._tell(self._route("DELETE", ORIGINAL), None, once=False)

    async def offer(self, choices: Sequence[Mapping[str, Any]]) -> None:
        """What may be meant by what somebody types."""
        async with self._turn:
            await self._say_first({"type": int(First.CHOICES), "data": {"choices": list(choices)}})

    # --- Carrying ------------------------------------------------------------------------------------------------

    def _route(self, method: str, path: str) -> Route:
        slip = self._slip
        return Route(
            method,
            path,
            interaction_id=slip.id,
            interaction_token=slip.token,
            application_id=slip.application,
        )

    async def _say_first(self, said: Mapping[str, Any]) -> None:
        """The first word; where nobody can know whether it arrived, it is said again, and «answered» means by us."""
        self._first = First(said["type"])
        patience, doubted = self._desk.patience, False
        for tries in range(TRIES):
            wait = patience.again * (tries + 1)
            try:
                await self._desk.http.request(self._route("POST", CALLBACK), json=said, patience=patience.word)
                return await self._desk.alone()
            except Answered as error:
                if error.code == ALREADY_ANSWERED:
                    return None if doubted else await self._desk.rival()
                if not error.retry_after or error.retry_after > patience.word:
                    return log.log(_weight(error), "an interaction could not be answered: %s", error)
                wait = error.retry_after
            except DiscordException as error:
                doubted = doubted or isinstance(error, Unanswered)
                log.info("an interaction could not be answered yet: %s", error)
            await asyncio.sleep(wait)
        return None

    async def _tell(self, route: Route, said: Message | None, *, once: bool) -> None:
        """What comes behind the first word; `once`: where it may have arrived, it is not said again."""
        body: dict[str, Any] = {} if said is None else {"json": said}
        for tries in range(TRIES_BEHIND):
            wait = self._desk.patience.again * 2**tries
            try:
                await self._desk.http.request(route, patience=self._desk.patience.rights, **body)
            except Answered as error:
                if not error.retry_after or error.retry_after > LONGEST_WAIT:
                    return log.log(_weight(error), "an answer could not be given: %s", error)
                wait = error.retry_after
            except DiscordException as error:
                log.info("an answer could not be given yet: %s", error)
                if once and isinstance(error, Unanswered):
                    return None
            else:
                return None
            await asyncio.sleep(wait)
        return None


def _weight(error: Answered) -> int:
    """How a refusal is told in the log: that it is too late happens; all else is a mistake of ours."""
    return logging.INFO if error.status == HTTPStatus.NOT_FOUND else logging.WARNING


def _whole(message: Message) -> dict[str, Any]:
    """The message with everything that it no longer has."""
    return {"components": [], **message}
