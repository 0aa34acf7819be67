"""Everything that can be asked of the simulated Discord."""

from __future__ import annotations

from typing import Final

from tests.platforms.discord import reading, registering, responding, sending, threads
from tests.platforms.discord.core import Operation, Route

_MESSAGES = "/channels/{channel_id}/messages"
_MESSAGE = f"{_MESSAGES}/{{message_id}}"
_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
_ORIGINAL = f"{_WEBHOOK}/messages/@original"
_FOLLOWED = f"{_WEBHOOK}/messages/{{message_id}}"
_COMMANDS = "/applications/{application_id}/commands"
_CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
_CHANNEL = "channel_id"
_GUILD = "guild_id"


def _of_token(method: str, template: str, operation: Operation) -> Route:
    """A route whose path holds an interaction's token; it needs no other and counts for no bot."""
    return Route(method=method, template=template, operation=operation, major="token", is_open=True)


ROUTES: Final[tuple[Route, ...]] = (
    Route(method="GET", template="/users/@me", operation=reading.me),
    Route(method="GET", template="/users/@me/guilds", operation=reading.my_guilds),
    Route(method="POST", template="/users/@me/channels", operation=sending.open_dm),
    Route(method="GET", template="/applications/@me", operation=reading.application),
    Route(method="GET", template="/oauth2/applications/@me", operation=reading.application),
    Route(method="GET", template="/gateway/bot", operation=reading.gateway),
    Route(method="GET", template="/guilds/{guild_id}", operation=reading.guild, major=_GUILD),
    Route(method="GET", template="/guilds/{guild_id}/roles", operation=reading.roles, major=_GUILD),
    Route(method="GET", template="/guilds/{guild_id}/channels", operation=reading.channels, major=_GUILD),
    Route(method="GET", template="/guilds/{guild_id}/members/{user_id}", operation=reading.member, major=_GUILD),
    Route(method="GET", template="/guilds/{guild_id}/threads/active", operation=threads.active, major=_GUILD),
    Route(method="GET", template="/channels/{channel_id}", operation=threads.read, major=_CHANNEL),
    Route(method="PATCH", template="/channels/{channel_id}", operation=threads.edit, major=_CHANNEL),
    Route(method="DELETE", template="/channels/{channel_id}", operation=threads.delete, major=_CHANNEL),
    Route(
        method="POST",
        template="/channels/{channel_id}/threads",
        operation=threads.start,
        rate="posts",
        major=_CHANNEL,
        unlisted=("message",),
    ),
    Route(method="GET", template=_MESSAGES, operation=sending.read_all, rate="reads", major=_CHANNEL),
    Route(method="POST", template=_MESSAGES, operation=sending.create, rate="writes", major=_CHANNEL),
    Route(method="GET", template=_MESSAGE, operation=sending.read, rate="reads", major=_CHANNEL),
    Route(method="PATCH", template=_MESSAGE, operation=sending.edit, rate="edits", major=_CHANNEL),
    Route(method="DELETE", template=_MESSAGE, operation=sending.delete, rate="deletes", major=_CHANNEL),
    Route(
        method="POST",
        template=f"{_MESSAGE}/crosspost",
        operation=sending.crosspost,
        rate="crossposts",
        major=_CHANNEL,
        is_shared=True,
    ),
    Route(method="GET", template=_COMMANDS, operation=registering.listed),
    Route(method="PUT", template=_COMMANDS, operation=registering.overwrite),
    _of_token("POST", _CALLBACK, responding.callback),
    _of_token("POST", _WEBHOOK, responding.follow_up),
    _of_token("GET", _ORIGINAL, responding.read),
    _of_token("PATCH", _ORIGINAL, responding.edit),
    _of_token("DELETE", _ORIGINAL, responding.delete),
    _of_token("GET", _FOLLOWED, responding.read),
    _of_token("PATCH", _FOLLOWED, responding.edit),
    _of_token("DELETE", _FOLLOWED, responding.delete),
)
