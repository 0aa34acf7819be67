"""What the gateway speaks: its operations, its close codes, its intents, and how a session is asked for.

Source: Discord's developer documentation, «Gateway» and «Opcodes and status codes».
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any, Final

VERSION: Final = 10
"""The version of the API."""

LARGEST: Final = 4_096
"""Bytes of a payload that a client sends."""

EVENTS_A_MINUTE: Final = 120
"""Payloads that a client may send in any 60 seconds of a connection."""


class Op(IntEnum):
    """What a payload is."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    ACK = 11
    SOUNDBOARD = 31


class Code(IntEnum):
    """Why the gateway closes a connection."""

    UNKNOWN_ERROR = 4000
    UNKNOWN_OP = 4001
    UNDECODABLE = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQUENCE = 4007
    RATE_LIMITED = 4008
    TIMED_OUT = 4009
    INVALID_SHARD = 4010
    SHARDING_REQUIRED = 4011
    INVALID_VERSION = 4012
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class Closed(Exception):
    """The connection ends, with this code."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.name)
        self.code = code


class Intent(IntFlag):
    """What a session wants to hear of."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_INTEGRATIONS = 1 << 4
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    AUTO_MODERATION_CONFIGURATION = 1 << 20
    AUTO_MODERATION_EXECUTION = 1 << 21
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


PRIVILEGED: Final = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT
"""Intents that must be switched on in the developer portal first."""

NOBODY_ASKS: Final = Intent(0)

_OF_GUILDS: Final = ("GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE", "GUILD_ROLE_", "CHANNEL_", "THREAD_", "STAGE_")

_WANTED_BY: Final[Mapping[str, Intent]] = {
    "GUILD_MEMBER_": Intent.GUILD_MEMBERS,
    "GUILD_BAN_": Intent.GUILD_MODERATION,
    "GUILD_AUDIT_LOG_": Intent.GUILD_MODERATION,
    "GUILD_INTEGRATIONS_": Intent.GUILD_INTEGRATIONS,
    "INTEGRATION_": Intent.GUILD_INTEGRATIONS,
    "WEBHOOKS_": Intent.GUILD_WEBHOOKS,
    "INVITE_": Intent.GUILD_INVITES,
    "AUTO_MODERATION_RULE_": Intent.AUTO_MODERATION_CONFIGURATION,
    "AUTO_MODERATION_ACTION_": Intent.AUTO_MODERATION_EXECUTION,
    **dict.fromkeys(_OF_GUILDS, Intent.GUILDS),
}


def wanted_by(name: str, *, in_guild: bool) -> Intent:
    """The intent without which nobody hears of an event; none for what is told to everybody (interactions)."""
    if name.startswith("MESSAGE_"):
        return Intent.GUILD_MESSAGES if in_guild else Intent.DIRECT_MESSAGES
    return next((intent for start, intent in _WANTED_BY.items() if name.startswith(start)), NOBODY_ASKS)


def shard_of(guild: int | None, count: int) -> int:
    """The shard that hears of a guild; what belongs to none (a direct message) is heard by the first."""
    return 0 if guild is None else (guild >> 22) % count


@dataclass(frozen=True, slots=True, kw_only=True)
class Identify:
    """A session is asked for."""

    token: str
    intents: Intent
    shard: int = 0
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """A session is to go on behind this event."""

    token: str
    session: str
    sequence: int


def payload_in(text: str | bytes) -> tuple[int, Any]:
    """The operation of a payload and what it carries; raises Closed."""
    if isinstance(text, bytes) or len(text.encode()) > LARGEST:
        raise Closed(Code.UNDECODABLE)
    try:
        payload = json.loads(text)
    except ValueError as problem:
        raise Closed(Code.UNDECODABLE) from problem
    if not isinstance(payload, dict) or type(payload.get("op")) is not int:
        raise Closed(Code.UNDECODABLE)
    return payload["op"], payload.get("d")


def identify_in(given: Any) -> Identify:
    """The session that is asked for; raises Closed."""
    _needs(given, {"token": str, "properties": dict, "intents": int})
    _needs(given["properties"], {"os": str, "browser": str, "device": str})
    if not 50 <= given.get("large_threshold", 50) <= 250:
        raise Closed(Code.UNDECODABLE)
    if given["intents"] < 0 or given["intents"] & ~int(~Intent(0)):
        raise Closed(Code.INVALID_INTENTS)
    shard, count = _shard(given.get("shard", [0, 1]))
    return Identify(token=given["token"], intents=Intent(given["intents"]), shard=shard, count=count)


def resume_in(given: Any) -> Resume:
    """The session that is to go on; raises Closed."""
    _needs(given, {"token": str, "session_id": str, "seq": int})
    return Resume(token=given["token"], session=given["session_id"], sequence=given["seq"])


def _shard(given: Any) -> tuple[int, int]:
    if not isinstance(given, list) or len(given) != 2 or any(type(part) is not int for part in given):
        raise Closed(Code.UNDECODABLE)
    shard, count = given
    if not 0 <= shard < count:
        raise Closed(Code.INVALID_SHARD)
    return shard, count


def _needs(given: Any, kinds: Mapping[str, type]) -> None:
    if not isinstance(given, dict) or any(type(given.get(name)) is not kind for name, kind in kinds.items()):
        raise Closed(Code.UNDECODABLE)
