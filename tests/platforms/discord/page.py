"""The page on which a developer is a person on the simulated Discord: read, type, press, found, throw out, spoil."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from tests.platforms.discord.acts import ACTS, FAULTS, KINDS, Doing, everybody
from tests.platforms.discord.bubble import bubble, label
from tests.platforms.discord.organising import INVITED
from tests.platforms.discord.person import Person
from tests.platforms.discord.servers import POSTS_ONLY, WRITABLE, Channel, Guild, Json
from tests.platforms.discord.simulator import Simulation
from tests.platforms.discord.slash import usable
from tests.platforms.discord.uses import Use
from tests.platforms.page import AnyPage

_SHOWN_FOR: Final = 8.0
"""Seconds that it is shown what came of a use, behind its end."""
_CALLS: Final = 14
_RIGHTS: Final = ("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "SEND_MESSAGES_IN_THREADS", "MENTION_EVERYONE")
"""The permissions that can be ticked."""


@dataclass(slots=True, kw_only=True)
class Seat:
    """Who the developer is and which channel is open."""

    person: Person
    channel: Channel

    @property
    def fields(self) -> Mapping[str, int]:
        """What names this seat."""
        return {"who": self.person.user.id, "channel": self.channel.id}


class Page(AnyPage[Seat]):
    """The page of one simulation. `refuse` takes no connections for so many seconds."""

    platform = "Discord"
    folder = "discord"

    def __init__(self, simulation: Simulation, *, refuse: Callable[[float], Awaitable[None]]) -> None:
        super().__init__(lock=simulation.core.lock, refuse=refuse)
        self._simulation = simulation
        self._use: Use | None = None
        self._html.globals["label"] = label
        simulation.person(101, "小林")
        simulation.person(102, "小文")
        simulation.person(103, "Ada", locale="en-US")

    def seat(self, given: Mapping[str, str]) -> Seat:
        """The seat that an address or a form names; without one, the direct messages of the first person."""
        person = self._simulation.person(int(given.get("who", 101)))
        number = int(given.get("channel") or 0)
        return Seat(person=person, channel=self._simulation.core.channels.get(number, person.dm))

    def act(self, seat: Seat, form: Mapping[str, str]) -> None:
        """Do what was clicked; a channel that comes of it is opened, a use is followed."""
        doing = Doing(simulation=self._simulation, person=seat.person, channel=seat.channel, form=form)
        found = ACTS[form["act"]](doing)
        if isinstance(found, Channel):
            seat.channel = found
        if isinstance(found, Use):
            self._use = found

    def seen(self, seat: Seat) -> dict[str, Any]:
        """What the templates need."""
        simulation, guild = self._simulation, seat.channel.guild
        return {
            "people": everybody(simulation),
            "servers": [(server, places(server)) for server in simulation.core.guilds.values()],
            "messages": [bubble(message, seat.person.user.id) for message in seat.person.sees(seat.channel)],
            "bot": simulation.bot,
            "is_here": guild is not None and simulation.bot.id in guild.members,
            "is_writable": seat.channel.kind in WRITABLE,
            "commands": [typed(command, seat.person) for command in self._commands(seat)],
            "calls": list(islice(reversed(simulation.core.transcript), _CALLS)),
            "violations": simulation.violations[-5:],
            "use": self._followed(),
            "faults": list(FAULTS),
            "kinds": list(KINDS),
            "posts_only": POSTS_ONLY,
            "rights": _RIGHTS,
            "invited": INVITED,
            "troubles": [name for name in ACTS if name.startswith("gateway: ")],
            "traps": [trap for trap in simulation.wire.traps if not trap.is_spent],
            "sessions": simulation.gateway.of(simulation.bot),
        }

    def _commands(self, seat: Seat) -> list[Json]:
        return usable(self._simulation.bot, seat.person.user, seat.channel) if seat.channel.kind in WRITABLE else []

    def _followed(self) -> Use | None:
        """The last use, as long as there is something to see of it beside its answer."""
        use, now = self._use, self._simulation.core.now()
        if use is None or now - use.interaction.born > _SHOWN_FOR:
            return None
        return use if use.choices is not None or use.did_not_respond or not use.is_answered else None


def places(server: Guild) -> list[tuple[Channel, list[Channel]]]:
    """A server's channels, each with its threads."""
    return [
        (channel, [thread for thread in server.threads.values() if thread.parent is channel])
        for channel in server.channels.values()
    ]


def typed(command: Json, person: Person) -> tuple[str, str, str]:
    """A command's name and its options as they are typed, and what it is for, in a person's language."""
    options = [f"{_local(option, 'name', person)}:" for option in command.get("options", [])]
    return _local(command, "name", person), " ".join(options), _local(command, "description", person)


def _local(thing: Json, field: str, person: Person) -> str:
    return str((thing.get(f"{field}_localizations") or {}).get(person.user.locale, thing.get(field, "")))
