"""Whom a message calls: what its text names, less what was not allowed and what the author may not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.platforms.discord.permissions import Permission, permissions_in
from tests.platforms.discord.servers import Channel, Json, Pings, Role, User

_ROLE: Final = re.compile(r"<@&(\d+)>")
_USER: Final = re.compile(r"<@!?(\d+)>")
_EVERYBODY: Final = re.compile(r"@(?:everyone|here)\b")
_CODE: Final = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentioned:
    """What a text names and is allowed to name; `pings`: those who really hear it."""

    roles: tuple[int, ...]
    users: tuple[User, ...]
    pings: Pings


def mentioned(content: str, allowed: Any, channel: Channel, author: int, users: Mapping[int, User]) -> Mentioned:
    """Whom a text in a channel names. Without `allowed` everything that is named (resources/message).

    A role is called only if it may be by anybody, or if the author may mention everyone.
    """
    text = _CODE.sub(" ", content)
    all_of = set(allowed.get("parse") or []) if isinstance(allowed, dict) else {"roles", "users", "everyone"}
    named: Json = allowed if isinstance(allowed, dict) else {}
    known = channel.guild.roles if channel.guild else {}
    roles = [
        known[role] for role in _numbers(_ROLE, text) if role in known and _is_allowed("roles", role, all_of, named)
    ]
    people = [
        users[user] for user in _numbers(_USER, text) if user in users and _is_allowed("users", user, all_of, named)
    ]
    may_all = bool(permissions_in(channel, author) & Permission.MENTION_EVERYONE) and channel.guild is not None
    return Mentioned(
        roles=tuple(role.id for role in roles),
        users=tuple(people),
        pings=Pings(
            roles=tuple(role.id for role in roles if _is_called(role, may_all=may_all)),
            users=tuple(user.id for user in people),
            everyone=may_all and "everyone" in all_of and bool(_EVERYBODY.search(text)),
        ),
    )


def _numbers(form: re.Pattern[str], text: str) -> list[int]:
    return list(dict.fromkeys(int(number) for number in form.findall(text)))


def _is_allowed(kind: str, number: int, all_of: set[str], named: Json) -> bool:
    return kind in all_of or str(number) in (named.get(kind) or [])


def _is_called(role: Role, *, may_all: bool) -> bool:
    return role.is_mentionable or may_all
