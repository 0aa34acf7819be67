"""How a bot gets its updates: it fetches them, or they are brought to its webhook."""

from __future__ import annotations

import ipaddress
import re
from collections import deque
from itertools import islice
from typing import Any, Final
from urllib.parse import urlsplit

from tests.platforms.telegram.accounts import BotAccount, Webhook
from tests.platforms.telegram.answers import bad, conflict
from tests.platforms.telegram.chats import Json
from tests.platforms.telegram.core import Core

MOST_AT_ONCE: Final = 100
LONGEST_POLL: Final = 50
"""Seconds."""

RIVAL: Final = "terminated by other getUpdates request; make sure that only one bot instance is running"
HOOKED: Final = "terminated by setWebhook request"

_PORTS: Final = frozenset({80, 88, 443, 8443})


def get_updates(core: Core, bot: BotAccount, given: Json) -> list[Json]:
    """What waits from an offset on; everything before it is done (Bot API, getUpdates). Waiting is the server's."""
    may_poll(bot)
    _ask_for(core, bot, given)
    _expire(core, bot)
    offset, limit = given.get("offset", 0), given.get("limit", MOST_AT_ONCE)
    if offset < 0 and bot.pending:
        offset = bot.pending[max(0, len(bot.pending) + offset)].id
    confirm(bot, offset)
    limit = limit if 1 <= limit <= MOST_AT_ONCE else MOST_AT_ONCE
    again, bot.again = bot.again, []
    return [*again, *(pending.update for pending in islice(bot.pending, limit))]


def confirm(bot: BotAccount, offset: int) -> None:
    """Everything before an offset is done."""
    if any(pending.id < offset for pending in bot.pending):
        bot.pending = deque(pending for pending in bot.pending if pending.id >= offset)


def may_poll(bot: BotAccount) -> None:
    """Raise ApiError while a webhook is set."""
    if bot.webhook is not None:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )


def begin_poll(core: Core, bot: BotAccount, *, why: str = RIVAL) -> int:
    """A new poll ends the one that waits; the number of the new one."""
    bot.polls += 1
    bot.ended_poll = why
    core.changed()
    return bot.polls


def set_webhook(core: Core, bot: BotAccount, given: Json) -> bool:
    """Bring the updates to an address from now on (Bot API, setWebhook)."""
    url = given.get("url", "")
    if not url:
        return delete_webhook(core, bot, given)
    _is_address(url)
    secret, connections = given.get("secret_token", ""), given.get("max_connections", 40)
    if secret and not re.fullmatch(r"[\w-]{1,256}", secret, re.ASCII):
        raise bad("secret token contains unallowed characters" if len(secret) <= 256 else "secret token is too long")
    if not 1 <= connections <= 100:
        raise bad("max_connections must be between 1 and 100")
    _ask_for(core, bot, given)
    if given.get("drop_pending_updates"):
        bot.pending.clear()
    bot.webhook = Webhook(url=url, secret=secret, connections=connections)
    begin_poll(core, bot, why=HOOKED)
    return True


def delete_webhook(core: Core, bot: BotAccount, given: Json) -> bool:
    """Bring the updates no more (Bot API, deleteWebhook)."""
    bot.webhook = None
    if given.get("drop_pending_updates"):
        bot.pending.clear()
    core.changed()
    return True


def get_webhook_info(core: Core, bot: BotAccount, given: Json) -> Json:
    """Where updates are brought, and what went wrong last (Bot API, getWebhookInfo)."""
    del given
    _expire(core, bot)
    hook = bot.webhook
    told: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(bot.pending)}
    if hook is not None:
        told |= {"url": hook.url, "max_connections": hook.connections}
        if hook.error:
            told |= {"last_error_date": hook.error_date, "last_error_message": hook.error}
    if bot.allowed:
        told["allowed_updates"] = list(bot.allowed)
    return told


def refuse_to_leave(core: Core, bot: BotAccount, given: Json) -> Any:
    """No bot of ours logs out of the server (logOut, close)."""
    del bot, given
    core.violation("a bot asks to be logged out")
    raise bad("the bot can't be logged out here")


def _ask_for(core: Core, bot: BotAccount, given: Json) -> None:
    """Kinds of updates stay asked for until others are; only what comes from now on is sorted by them."""
    if "allowed_updates" in given:
        bot.allowed = tuple(given["allowed_updates"])
        known = core.kinds_of_updates()
        for kind in [kind for kind in bot.allowed if known and kind not in known]:
            core.violation(f"updates of the kind {kind} are asked for")


def _expire(core: Core, bot: BotAccount) -> None:
    while bot.pending and core.now() - bot.pending[0].at > core.limits.update_life:
        bot.pending.popleft()


def _is_address(url: str) -> None:
    """Raise ApiError unless Telegram would call there; on loopback, plain HTTP and any port are enough."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise bad("bad webhook: invalid URL specified") from None
    if _is_loopback(parts.hostname or ""):
        return
    if parts.scheme != "https":
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if "." not in (parts.hostname or ""):
        raise bad("bad webhook: Failed to resolve host: Name or service not known")
    if port not in _PORTS:
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
