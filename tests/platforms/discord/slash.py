"""What Discord's client does with a slash command before a bot hears of it: who may use it, and what may be filled in.

Source: Discord's developer documentation, «Application commands» and «Receiving and responding».
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from tests.platforms.discord.accounts import BotAccount
from tests.platforms.discord.permissions import ALL, Permission, permissions_in
from tests.platforms.discord.servers import Channel, Guild, Json, Role, User

LONGEST_TEXT: Final = 6_000
"""Characters of what is typed into an option."""

IN_SERVER: Final = 0
IN_DM: Final = 1
"""Contexts of a command: servers, and the direct messages of the bot."""


class NotAllowed(AssertionError):
    """The client would not let the person do this."""


class OptionKind(IntEnum):
    """What an option takes, by Discord's own numbers."""

    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10


class GrantKind(IntEnum):
    """Whom a server lets use a command, by Discord's own numbers."""

    ROLE = 1
    USER = 2
    CHANNEL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A command as it was filled in: its options, and the things that they name."""

    options: list[Json]
    resolved: Json


# --- Who may use it


def usable(bot: BotAccount, user: User, channel: Channel) -> list[Json]:
    """The commands that somebody sees behind the slash in a channel."""
    return [command for command in bot.commands if may_use(bot, command, user, channel)]


def may_use(bot: BotAccount, command: Json, user: User, channel: Channel) -> bool:
    """Whether the client offers a command to somebody there."""
    contexts = command.get("contexts")
    if contexts is not None and (IN_SERVER if channel.guild else IN_DM) not in contexts:
        return False
    if channel.guild is None:
        return True
    granted = permissions_in(channel, user.id)
    if granted == ALL:
        return True
    if bot.id not in channel.guild.members or not granted & Permission.USE_APPLICATION_COMMANDS:
        return False
    let = _let(channel.guild, bot, command, user, channel)
    return _fits(command, granted) if let is None else let


def _let(guild: Guild, bot: BotAccount, command: Json, user: User, channel: Channel) -> bool | None:
    """What the server's settings say; None if nothing."""
    grants = guild.command_permissions.get(int(command["id"])) or guild.command_permissions.get(bot.application, [])
    place = channel.parent if channel.is_thread and channel.parent else channel
    if _said(grants, GrantKind.CHANNEL, [place.id], guild.id - 1) is False:
        return False
    mine = _said(grants, GrantKind.USER, [user.id], 0)
    return _said(grants, GrantKind.ROLE, [*guild.members[user.id].roles], guild.id) if mine is None else mine


def _fits(command: Json, granted: Permission) -> bool:
    """What the command asks for by itself; «0» is for administrators alone."""
    needed = command.get("default_member_permissions")
    return needed is None or (int(needed) != 0 and granted & int(needed) == int(needed))


def _said(grants: list[Json], kind: GrantKind, ids: list[int], everybody: int) -> bool | None:
    """What is said of these: yes if of any, else no if of any, else what is said of all."""
    said = [grant["permission"] for grant in grants if grant["type"] == kind and int(grant["id"]) in ids]
    if not said:
        said = [grant["permission"] for grant in grants if grant["type"] == kind and int(grant["id"]) == everybody]
    return any(said) if said else None


# --- What is filled in


def named(command: Json, words: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """What was filled in, by the options' own names, whether a person says these or those of their language."""
    own: dict[str, str] = {}
    for option in command.get("options", []):
        own |= {_local(option, locale): option["name"]} | {option["name"]: option["name"]}
    unknown = [word for word in words if word not in own]
    if unknown:
        raise NotAllowed(f"/{command['name']} has no option {unknown}")
    return {own[word]: value for word, value in words.items()}


def _local(thing: Json, locale: str) -> str:
    return str((thing.get("name_localizations") or {}).get(locale, thing["name"]))


def called(commands: list[Json], name: str, locale: str) -> Json:
    """The command with this name, or with this name in a language; raises NotAllowed."""
    wanted = name.removeprefix("/")
    found = [command for command in commands if wanted in {command["name"], _local(command, locale)}]
    if not found:
        raise NotAllowed(f"no command {name} there")
    return found[0]


def filled(command: Json, values: Mapping[str, Any], user: User, channel: Channel) -> Filled:
    """The command as the client sends it; raises NotAllowed for what the client would not send."""
    missing = [option["name"] for option in command.get("options", []) if option.get("required")]
    if missing := [name for name in missing if name not in values]:
        raise NotAllowed(f"/{command['name']} needs {missing}")
    return _filling(command, values, user, channel)


def typed(command: Json, values: Mapping[str, Any], focused: str, user: User, channel: Channel) -> Filled:
    """The command as the client sends it while somebody types into an option; raises NotAllowed."""
    option = next(option for option in command["options"] if option["name"] == focused)
    if not option.get("autocomplete"):
        raise NotAllowed(f"{focused} of /{command['name']} offers nothing while one types")
    filling = _filling(command, values, user, channel)
    return Filled(
        options=[option | ({"focused": True} if option["name"] == focused else {}) for option in filling.options],
        resolved=filling.resolved,
    )


def _filling(command: Json, values: Mapping[str, Any], user: User, channel: Channel) -> Filled:
    form = _Form(user=user, channel=channel)
    options = {option["name"]: option for option in command.get("options", [])}
    sent = [
        {"name": name, "type": options[name]["type"], "value": form.value(options[name], value)}
        for name, value in values.items()
    ]
    return Filled(options=sent, resolved=form.resolved)


@dataclass(slots=True, kw_only=True)
class _Form:
    """Somebody fills in a command's options, each by its kind."""

    user: User
    channel: Channel
    resolved: Json = field(default_factory=dict)

    def value(self, option: Json, value: Any) -> Any:
        """What the client sends for it."""
        ways: dict[OptionKind, Callable[[Json, Any], Any]] = {
            OptionKind.STRING: self._text,
            OptionKind.INTEGER: self._number,
            OptionKind.NUMBER: self._number,
            OptionKind.BOOLEAN: self._switch,
            OptionKind.USER: self._user,
            OptionKind.CHANNEL: self._channel,
            OptionKind.ROLE: self._role,
            OptionKind.MENTIONABLE: self._mentionable,
        }
        return ways[OptionKind(option["type"])](option, value)

    def _text(self, option: Json, value: Any) -> str:
        _must(isinstance(value, str), option, "takes a text")
        if option.get("choices"):
            return str(_chosen(option, value))
        if option.get("autocomplete"):
            return str(value)
        length = len(value)
        _must(option.get("min_length", 0) <= length <= option.get("max_length", LONGEST_TEXT), option, "has its length")
        return str(value)

    def _number(self, option: Json, value: Any) -> Any:
        if option.get("choices"):
            return _chosen(option, value)
        kinds = (int,) if option["type"] == OptionKind.INTEGER else (int, float)
        _must(isinstance(value, kinds) and not isinstance(value, bool), option, "takes a number")
        _must(option.get("min_value", value) <= value <= option.get("max_value", value), option, "has its limits")
        return value

    def _switch(self, option: Json, value: Any) -> bool:
        _must(isinstance(value, bool), option, "is yes or no")
        return bool(value)

    def _user(self, option: Json, value: Any) -> str:
        _must(isinstance(value, User), option, "takes a user")
        self._resolve("users", value.id, value.json())
        if self.channel.guild is not None and value.id in self.channel.guild.members:
            member = self.channel.guild.members[value.id].json(user=False)
            member["permissions"] = str(int(permissions_in(self.channel, value.id)))
            self._resolve("members", value.id, {name: told for name, told in member.items() if name not in _MUTES})
        return str(value.id)

    def _channel(self, option: Json, value: Any) -> str:
        _must(isinstance(value, Channel) and value.guild is self.channel.guild, option, "takes a channel of the server")
        _must(self.channel.guild is not None, option, "can be filled in only in a server")
        _must(int(value.kind) in option.get("channel_types", [int(value.kind)]), option, "takes other channels")
        granted = permissions_in(value, self.user.id)
        _must(bool(granted & Permission.VIEW_CHANNEL), option, "takes a channel that one sees")
        self._resolve("channels", value.id, shown_in_part(value, granted))
        return str(value.id)

    def _role(self, option: Json, value: Any) -> str:
        guild = self.channel.guild
        _must(isinstance(value, Role) and guild is not None and value.id in guild.roles, option, "takes a role")
        self._resolve("roles", value.id, value.json())
        return str(value.id)

    def _mentionable(self, option: Json, value: Any) -> str:
        return self._role(option, value) if isinstance(value, Role) else self._user(option, value)

    def _resolve(self, kind: str, number: int, told: Json) -> None:
        self.resolved.setdefault(kind, {})[str(number)] = told


_MUTES: Final = {"deaf", "mute"}
_IN_PART: Final = (
    "id",
    "name",
    "type",
    "parent_id",
    "thread_metadata",
    "topic",
    "position",
    "flags",
    "nsfw",
    "last_message_id",
    "rate_limit_per_user",
    "guild_id",
    "owner_id",
    "message_count",
    "member_count",
    "total_message_sent",
    "applied_tags",
)


def shown_in_part(channel: Channel, granted: Permission) -> Json:
    """A channel as an interaction shows it, with what the asker may do there."""
    told = channel.json()
    return {name: told[name] for name in _IN_PART if name in told} | {"permissions": str(int(granted))}


def _chosen(option: Json, value: Any) -> Any:
    """The value of a choice that is named by its name (in whatever language) or its value."""
    for choice in option["choices"]:
        names = {choice["name"], *(choice.get("name_localizations") or {}).values()}
        if value == choice["value"] or value in names:
            return choice["value"]
    raise NotAllowed(f"{option['name']} has no choice {value!r}")


def _must(is_so: bool, option: Json, what: str) -> None:
    if not is_so:
        raise NotAllowed(f"{option['name']} {what}")
