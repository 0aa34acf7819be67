"""What a bot can read of itself and of its servers (resources/user, application, guild; events/gateway)."""

from __future__ import annotations

from tests.platforms.discord.accounts import BotAccount
from tests.platforms.discord.answers import refusal
from tests.platforms.discord.core import Asking
from tests.platforms.discord.permissions import base
from tests.platforms.discord.reaching import own_guild
from tests.platforms.discord.servers import Guild, Json


def me(asking: Asking) -> Json:
    """GET /users/@me."""
    told = asking.bot.user.json()
    return told | {"mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}


def application(asking: Asking) -> Json:
    """GET /applications/@me."""
    bot = asking.bot
    owner = next(iter(asking.core.people), bot.user)
    return _APPLICATION | {
        "id": str(bot.application),
        "name": bot.user.name,
        "bot": bot.user.json(),
        "bot_public": bot.is_public,
        "flags": bot.flags,
        "flags_new": str(bot.flags),
        "interactions_endpoint_url": bot.interactions_endpoint,
        "approximate_guild_count": len(asking.core.guilds_of(bot)),
        "owner": owner.json(),
    }


_APPLICATION: Json = {
    "icon": None,
    "description": "",
    "type": None,
    "bot_require_code_grant": False,
    "integration_types_config": {"0": {}},
    "verify_key": "0" * 64,
    "redirect_uris": [],
    "role_connections_verification_url": None,
    "approximate_user_install_count": 0,
    "approximate_user_authorization_count": 0,
    "event_webhooks_status": 1,
    "explicit_content_filter": 0,
    "team": None,
    "eligible_oauth2_scopes": [],
}


def gateway(asking: Asking) -> Json:
    """GET /gateway/bot."""
    return asking.core.about_gateway(asking.bot)


def my_guilds(asking: Asking) -> list[Json]:
    """GET /users/@me/guilds: page by page, at most 200."""
    query = {name: int(asking.query[name]) for name in ("before", "after", "limit") if name in asking.query}
    limit = query.get("limit", 200)
    found = [
        guild
        for guild in sorted(asking.core.guilds_of(asking.bot), key=lambda guild: guild.id)
        if guild.id > query.get("after", 0) and ("before" not in query or guild.id < query["before"])
    ]
    kept = found[-limit:] if "before" in query else found[:limit]
    counts = asking.wants("with_counts")
    return [_my_guild(guild, asking.bot, counts=counts) for guild in kept]


def _my_guild(guild: Guild, bot: BotAccount, *, counts: bool) -> Json:
    told: Json = {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": guild.owner.id == bot.id,
        "permissions": str(int(base(guild, guild.members[bot.id]))),
        "features": guild.json()["features"],
    }
    size = len(guild.members)
    return told | ({"approximate_member_count": size, "approximate_presence_count": size} if counts else {})


def guild(asking: Asking) -> Json:
    """GET /guilds/{guild_id}."""
    found = own_guild(asking)
    size = len(found.members)
    counts = {"approximate_member_count": size, "approximate_presence_count": size}
    return found.json() | (counts if asking.wants("with_counts") else {})


def roles(asking: Asking) -> list[Json]:
    """GET /guilds/{guild_id}/roles."""
    return [role.json() for role in own_guild(asking).roles.values()]


def channels(asking: Asking) -> list[Json]:
    """GET /guilds/{guild_id}/channels: all but threads, those that the bot does not see too."""
    return [channel.json() for channel in own_guild(asking).channels.values()]


def member(asking: Asking) -> Json:
    """GET /guilds/{guild_id}/members/{user_id}."""
    found = own_guild(asking).members.get(asking.given["user_id"])
    if found is None:
        raise refusal(10007 if asking.given["user_id"] in asking.core.users else 10013)
    return found.json()
