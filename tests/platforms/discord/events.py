"""What the gateway tells, compared with what is documented: each event's own fields, and the objects inside of it.

Source: Discord's developer documentation, «Gateway events» and «Receiving and responding»; the objects inside are those
of the REST API, whose specification is machine-readable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.platforms.discord.servers import THREADS, Json
from tests.witnesses.discord_api import DiscordApi, discord_api

Inside = Iterator[tuple[str, Any]]
"""Objects by the names of their schemas."""

_ONLY_BY_GATEWAY: Final = {
    "joined_at",
    "large",
    "unavailable",
    "member_count",
    "voice_states",
    "members",
    "channels",
    "threads",
    "presences",
    "stage_instances",
    "guild_scheduled_events",
    "soundboard_sounds",
}
"""The fields of GUILD_CREATE that no answer of the REST API has («Guild Create Extra Fields»)."""

_INTERACTION: Final = {
    "id",
    "application_id",
    "type",
    "data",
    "guild",
    "guild_id",
    "channel",
    "channel_id",
    "member",
    "user",
    "token",
    "version",
    "message",
    "app_permissions",
    "locale",
    "guild_locale",
    "entitlements",
    "authorizing_integration_owners",
    "context",
    "attachment_size_limit",
}
_ALWAYS: Final = _INTERACTION - {"guild", "guild_id", "member", "user", "message", "guild_locale"}

_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "GUILD_ROLE_CREATE": frozenset({"guild_id", "role"}),
    "GUILD_ROLE_UPDATE": frozenset({"guild_id", "role"}),
    "GUILD_ROLE_DELETE": frozenset({"guild_id", "role_id"}),
    "THREAD_DELETE": frozenset({"id", "guild_id", "parent_id", "type"}),
    "THREAD_LIST_SYNC": frozenset({"guild_id", "channel_ids", "threads", "members"}),
    "APPLICATION_COMMAND_PERMISSIONS_UPDATE": frozenset({"id", "application_id", "guild_id", "permissions"}),
}
"""Events that have exactly these fields."""


def problem_in(name: str, data: Json) -> str | None:
    """What is wrong with an event; None where nothing is, or where there is no specification to compare with."""
    api = discord_api()
    if api is None:
        return None
    if (fields := _FIELDS.get(name)) is not None and data.keys() != fields:
        return f"{name} has not exactly {sorted(fields)}"
    return next(_problems(api, name, data), None)


def _problems(api: DiscordApi, name: str, data: Json) -> Iterator[str]:
    if name == "INTERACTION_CREATE":
        yield from _of_interaction(data)
    if name == "GUILD_DELETE" and data.keys() - {"unavailable"} != {"id"}:
        yield "GUILD_DELETE says more than the server, and whether it is unavailable"
    if name == "GUILD_CREATE" and (missing := _ONLY_BY_GATEWAY - {"unavailable"} - data.keys()):
        yield f"GUILD_CREATE lacks {sorted(missing)}"
    for schema, thing in _inside(name, data):
        if problem := api.thing(schema, thing):
            yield f"{name}: {problem}"


def _of_interaction(data: Json) -> Iterator[str]:
    if unknown := data.keys() - _INTERACTION:
        yield f"INTERACTION_CREATE does not know {sorted(unknown)}"
    if missing := _ALWAYS - data.keys():
        yield f"INTERACTION_CREATE lacks {sorted(missing)}"
    if ("member" in data) is ("user" in data) or ("member" in data) is not ("guild_id" in data):
        yield "INTERACTION_CREATE has a member in a server, else a user"
    if (data["type"] == 3) is not ("message" in data):
        yield "INTERACTION_CREATE tells a message where one was pressed"


def _inside(name: str, data: Json) -> Inside:
    """The objects that stand in an event."""
    if name in _READ:
        yield from _READ[name](data)
    elif name.startswith("CHANNEL_"):
        yield "GuildChannelResponse", data


def _guild(data: Json) -> Inside:
    yield "GuildResponse", {key: value for key, value in data.items() if key not in _ONLY_BY_GATEWAY}
    for channel in data.get("channels", []):
        yield "GuildChannelResponse", channel | {"guild_id": data["id"]}
    for thread in data.get("threads", []):
        yield "ThreadResponse", thread | {"guild_id": data["id"]}
    for member in data.get("members", []):
        yield "GuildMemberResponse", member


def _thread(data: Json) -> Inside:
    yield "ThreadResponse", {key: value for key, value in data.items() if key != "newly_created"}


def _threads(data: Json) -> Inside:
    for thread in data["threads"]:
        yield "ThreadResponse", thread


def _role(data: Json) -> Inside:
    yield "GuildRoleResponse", data["role"]


def _member(data: Json) -> Inside:
    yield "GuildMemberResponse", {key: value for key, value in data.items() if key != "guild_id"}


def _interaction(data: Json) -> Inside:
    if "user" in data:
        yield "UserResponse", data["user"]
    if "member" in data:
        yield "GuildMemberResponse", {key: value for key, value in data["member"].items() if key != "permissions"}
    if "message" in data:
        yield "MessageResponse", data["message"]
    channel = {key: value for key, value in data["channel"].items() if key != "permissions"}
    if "guild_id" not in data:
        yield "PrivateChannelResponse", channel
    else:
        yield ("ThreadResponse" if channel["type"] in THREADS else "GuildChannelResponse"), channel
    resolved = data["data"].get("resolved", {})
    for schema, kind in (("UserResponse", "users"), ("GuildRoleResponse", "roles")):
        for thing in resolved.get(kind, {}).values():
            yield schema, thing


_READ: Final[Mapping[str, Callable[[Json], Inside]]] = {
    "GUILD_CREATE": _guild,
    "GUILD_UPDATE": _guild,
    "THREAD_CREATE": _thread,
    "THREAD_UPDATE": _thread,
    "THREAD_LIST_SYNC": _threads,
    "GUILD_ROLE_CREATE": _role,
    "GUILD_ROLE_UPDATE": _role,
    "GUILD_MEMBER_UPDATE": _member,
    "INTERACTION_CREATE": _interaction,
}
