"""What can be done on the page, by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.platforms.discord.faults import Fault
from tests.platforms.discord.organising import INVITED
from tests.platforms.discord.person import Person
from tests.platforms.discord.servers import POSTS_ONLY, Channel, ChannelKind, Guild, Json, Message
from tests.platforms.discord.simulator import Simulation
from tests.platforms.discord.slash import NotAllowed, OptionKind, called, usable
from tests.platforms.discord.uses import Use

FAULTS: Final[dict[str, Callable[[], Fault]]] = {
    "502": Fault.server_error,
    "502 in HTML, carried out": lambda: Fault.server_error(html=True, executed=True),
    "429 for 5 s": lambda: Fault.flood(5),
    "429 for all channels": lambda: Fault.flood(5, scope="global"),
    "429 for two hours": lambda: Fault.flood(7_200),
    "address banned": Fault.banned,
    "never answers": Fault.hang,
    "carried out, answer lost": Fault.lost_answer,
    "reset before": lambda: Fault.reset(executed=False),
    "reset after": lambda: Fault.reset(executed=True),
    "a byte a second": Fault.drip,
    "half a JSON": Fault.half_json,
    "wrong types": Fault.wrong_types,
    "null": Fault.null,
    "3 s late": lambda: Fault.latency(3.0),
}

KINDS: Final[dict[str, ChannelKind]] = {
    "text": ChannelKind.TEXT,
    "announcements": ChannelKind.ANNOUNCEMENT,
    "forum": ChannelKind.FORUM,
    "media": ChannelKind.MEDIA,
    "voice": ChannelKind.VOICE,
}

_WORDS: Final = re.compile(r"([^\s:]+):(\"[^\"]*\"|\S*)")
"""An option as it is typed: `name:value`, the value in quotes if it has spaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Who does something, in which channel, and what the form says."""

    simulation: Simulation
    person: Person
    channel: Channel
    form: Mapping[str, str]

    @property
    def message(self) -> Message:
        """The message that is meant."""
        return self.channel.messages[int(self.form["message"])]

    @property
    def server(self) -> Guild:
        """The server that is open."""
        assert self.channel.guild is not None, "that is done in a server"
        return self.channel.guild

    @property
    def ruled(self) -> Channel:
        """The channel whose overwrites hold here: a thread has its parent's."""
        return self.channel.parent if self.channel.is_thread and self.channel.parent else self.channel

    @property
    def permissions(self) -> tuple[str, ...]:
        """The permissions that are ticked."""
        return tuple(name for name in self.form if name.isupper())


Act = Callable[[Doing], Any]
"""Does it; a channel that comes back is opened, a use is shown."""


# --- What is typed


def _says(at: Doing) -> Any:
    """A text, or a command as a person types it: `/subscribe channel:#news series:"日报"`."""
    text = at.form["text"]
    if not text.startswith("/"):
        return at.person.says(text, at.channel)
    name, options = understood(text, at.person, at.channel)
    return at.person.commands(name, at.channel, **options)


def _types(at: Doing) -> Use:
    """A command of which the last option is just being typed."""
    name, options = understood(at.form["text"], at.person, at.channel)
    return at.person.types(name, at.channel, **options)


def understood(line: str, person: Person, channel: Channel) -> tuple[str, dict[str, Any]]:
    """The command that is typed and what its options are filled with; raises NotAllowed."""
    name = line.split(maxsplit=1)[0]
    command = called(usable(person.bot, person.user, channel), name, person.user.locale)
    kinds = {}
    for option in command.get("options", []):
        for word in (option["name"], (option.get("name_localizations") or {}).get(person.user.locale)):
            kinds[word] = OptionKind(option["type"])
    typed = {word: value.strip('"') for word, value in _WORDS.findall(line[len(name) :])}
    if unknown := typed.keys() - kinds.keys():
        raise NotAllowed(f"{name} has no option {sorted(unknown)}")
    return name, {word: _meant(kinds[word], value, channel) for word, value in typed.items()}


def _meant(kind: OptionKind, value: str, channel: Channel) -> Any:
    """What a typed word stands for."""
    guild = channel.guild
    if kind in {OptionKind.INTEGER, OptionKind.NUMBER}:
        return int(value)
    if kind is OptionKind.BOOLEAN:
        return value.lower() in {"true", "yes", "是"}
    if kind is OptionKind.STRING or guild is None:
        return value
    named: dict[OptionKind, list[Any]] = {
        OptionKind.CHANNEL: [*guild.channels.values(), *guild.threads.values()],
        OptionKind.ROLE: [*guild.roles.values()],
        OptionKind.USER: [member.user for member in guild.members.values()],
    }
    wanted = value.lstrip("#@")
    found = [thing for thing in named.get(kind, []) if wanted in {str(thing.id), thing.name.lstrip("@")}]
    return found[0] if found else value


def _selects(at: Doing) -> Use:
    menus = {part["custom_id"]: part for part in at.message.buttons if "options" in part}
    menu: Json = menus[at.form["menu"]]
    labels = {option["value"]: option["label"] for option in menu["options"]}
    return at.person.selects(at.message, menu["custom_id"], labels[at.form["value"]])


# --- Servers and channels


def _founds(at: Doing) -> Channel:
    """A new server with everybody in it."""
    others = [person for person in everybody(at.simulation) if person is not at.person]
    server = at.person.creates_server(at.form["name"] or "server", *others)
    return server.channels[server.system_channel]


def _creates(at: Doing) -> Channel:
    kind, name = KINDS[at.form["kind"]], at.form["name"] or at.form["kind"]
    if kind in POSTS_ONLY:
        tags = at.form.get("tags", "").split()
        return at.person.creates_forum(at.server, name, tags, needs_tag="needs_tag" in at.form, kind=kind)
    return at.person.creates_channel(at.server, name, kind)


def _opens(at: Doing) -> Channel:
    tags = at.form.get("tags", "").split()
    return at.person.opens_thread(at.channel, at.form["name"] or "话题", tags=tags, private="private" in at.form)


def _deletes(at: Doing) -> Channel | None:
    if "message" in at.form:
        at.person.deletes(at.message)
        return None
    at.person.deletes(at.channel)
    return at.channel.parent if at.channel.is_thread else at.person.dm


def _adds_bot(at: Doing) -> None:
    at.person.adds_bot(at.server, *(at.permissions or INVITED))


def _times_out_bot(at: Doing) -> None:
    at.person.times_out_bot(at.server, float(at.form["seconds"]))


def _sets_tags(at: Doing) -> None:
    at.person.sets_tags(at.ruled, *at.form.get("tags", "").split(), needs_tag="needs_tag" in at.form)


def _creates_role(at: Doing) -> None:
    at.person.creates_role(at.server, at.form["name"], *at.permissions, mentionable="mentionable" in at.form)


def _outage(at: Doing) -> None:
    world = at.simulation.core
    (world.suffer_outage if at.server.is_available else world.recover_from_outage)(at.server)


def _comes(at: Doing) -> None:
    """Somebody new on Discord, in the server that is open."""
    number = 101 + len(everybody(at.simulation))
    person = at.simulation.person(number, at.form["name"] or str(number), locale=at.form.get("language") or "zh-CN")
    if at.channel.guild is not None:
        person.joins(at.channel.guild)


def _fails(at: Doing) -> None:
    at.simulation.fail(
        FAULTS[at.form["fault"]](),
        path=at.form.get("path", ""),
        times=int(at.form["times"]),
        channel=at.channel if "here" in at.form else None,
    )


def everybody(simulation: Simulation) -> list[Person]:
    """The people there are."""
    return [simulation.person(user.id) for user in simulation.core.users.values() if not user.is_bot]


ACTS: Final[dict[str, Act]] = {
    "says": _says,
    "types": _types,
    "presses": lambda at: at.person.presses(at.message, at.form["label"]),
    "selects": _selects,
    "founds": _founds,
    "creates": _creates,
    "opens": _opens,
    "deletes": _deletes,
    "adds bot": _adds_bot,
    "removes bot": lambda at: at.person.removes_bot(at.server),
    "denies": lambda at: at.person.denies(at.ruled, *at.permissions),
    "allows": lambda at: at.person.allows(at.ruled, *at.permissions),
    "times out bot": _times_out_bot,
    "sets tags": _sets_tags,
    "archives": lambda at: at.person.archives(at.channel),
    "unarchives": lambda at: at.person.unarchives(at.channel),
    "locks": lambda at: at.person.locks(at.channel),
    "unlocks": lambda at: at.person.unlocks(at.channel),
    "creates role": _creates_role,
    "forbids words": lambda at: at.person.forbids_words(at.server, *at.form["words"].split()),
    "outage": _outage,
    "comes": _comes,
    "joins": lambda at: at.person.joins(at.server),
    "blocks": lambda at: at.person.blocks(),
    "unblocks": lambda at: at.person.unblocks(),
    "fails": _fails,
    "recovers": lambda at: at.simulation.recover(),
    "revokes": lambda at: at.simulation.revoke(),
    "restores": lambda at: at.simulation.retoken(at.simulation.token),
    "forgets": lambda at: at.simulation.violations.clear(),
    "gateway: cut": lambda at: at.simulation.gateway.drop(),
    "gateway: reconnect, please": lambda at: at.simulation.gateway.ask_to_reconnect(),
    "gateway: session is invalid": lambda at: at.simulation.gateway.invalidate(),
    "gateway: 4004": lambda at: at.simulation.gateway.close(4004),
    "gateway: no acknowledgements": lambda at: at.simulation.gateway.mute(),
    "gateway: nobody gets in": lambda at: at.simulation.gateway.refuse(),
    "gateway: behave": lambda at: at.simulation.gateway.listen(),
}
