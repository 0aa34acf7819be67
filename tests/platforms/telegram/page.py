"""The page on which a developer is a person on the simulated Telegram: read, type, press, found, block, spoil."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from tests.platforms.page import AnyPage
from tests.platforms.telegram.accounts import Press
from tests.platforms.telegram.acts import ACTS, FAULTS, Doing, everybody
from tests.platforms.telegram.bubble import bubble
from tests.platforms.telegram.chats import GENERAL, Chat, Kind
from tests.platforms.telegram.person import Person
from tests.platforms.telegram.simulator import Simulation
from tests.platforms.telegram.transcript import Call

_SHOWN_FOR: Final = 8.0
"""Seconds that a popup is shown."""
_CALLS: Final = 14


@dataclass(slots=True, kw_only=True)
class Seat:
    """Who the developer is and which chat is open."""

    person: Person
    chat: Chat
    thread: int

    @property
    def fields(self) -> Mapping[str, int]:
        """What names this seat."""
        return {"who": self.person.user.id, "chat": self.chat.id, "thread": self.thread}


class Page(AnyPage[Seat]):
    """The page of one simulation. `refuse` takes no connections for so many seconds."""

    platform = "Telegram"
    folder = "telegram"

    def __init__(self, simulation: Simulation, *, refuse: Callable[[float], Awaitable[None]]) -> None:
        super().__init__(lock=simulation.core.lock, refuse=refuse)
        self._simulation = simulation
        self._press: Press | None = None
        simulation.person(101, "小林", username="xiaolin")
        simulation.person(102, "小文", username="xiaowen")
        simulation.person(103, "Ada", language_code="en", username="ada_reads")

    def act(self, seat: Seat, form: Mapping[str, str]) -> None:
        """Do what was clicked; a chat that comes of it is opened."""
        if form["act"] == "press":
            self._press = seat.person.presses(seat.chat.entries[int(form["entry"])], form["label"])
            return
        found = ACTS[form["act"]](Doing(simulation=self._simulation, person=seat.person, chat=seat.chat, form=form))
        if isinstance(found, Chat):
            seat.chat, seat.thread = found, 0

    def seat(self, given: Mapping[str, str]) -> Seat:
        """The seat that an address or a form names."""
        person = self._simulation.person(int(given.get("who", 101)))
        number, thread = int(given.get("chat", person.user.id)), int(given.get("thread", 0))
        chat = self._simulation.core.chats.get(number, person.chat)
        if not chat.is_forum or thread not in chat.topics:
            thread = GENERAL if chat.is_forum else 0
        return Seat(person=person, chat=chat, thread=thread)

    def seen(self, seat: Seat) -> dict[str, Any]:
        """What the templates need."""
        simulation = self._simulation
        bot = simulation.bot
        here = [entry for entry in seat.chat.shown if not seat.chat.is_forum or entry.thread == seat.thread]
        return {
            "people": everybody(simulation),
            "chats": [seat.person.chat, *self._chats_of(seat.person)],
            "entries": [bubble(entry, seat.person.user.id) for entry in here],
            "member": seat.chat.member(bot.user),
            "bot": bot,
            "commands": self._commands(seat),
            "calls": list(islice(filter(_is_told, reversed(simulation.core.transcript)), _CALLS)),
            "violations": simulation.violations[-5:],
            "popup": self._popup(),
            "faults": list(FAULTS),
            "traps": [trap for trap in simulation.wire.traps if not trap.is_spent],
        }

    def _chats_of(self, person: Person) -> list[Chat]:
        return [chat for chat in self._simulation.core.chats.values() if chat.member(person.user).is_present]

    def _commands(self, seat: Seat) -> list[dict[str, Any]]:
        """What a client would offer here, most particular scope first."""
        kept = self._simulation.bot.commands
        language = seat.person.user.language_code[:2]
        scopes = ["all_private_chats"]
        if seat.chat.kind is not Kind.PRIVATE:
            leads = seat.chat.member(seat.person.user).leads
            scopes = [*(["all_chat_administrators"] if leads else []), "all_group_chats"]
        keys = [(scope, code) for scope in (*scopes, "default") for code in (language, "")]
        return next((kept[key] for key in keys if key in kept), [])

    def _popup(self) -> Press | None:
        press, now = self._press, self._simulation.core.now()
        return press if press and press.answer and now - press.at < _SHOWN_FOR else None


def _is_told(call: Call) -> bool:
    """A poll that went well is not worth a line."""
    return call.method != "getUpdates" or not call.is_ok or bool(call.fault)
