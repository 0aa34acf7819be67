"""Messages: sending with nonces, editing, deleting, reading and publishing (resources/message)."""

from __future__ import annotations

from typing import Any

from tests.platforms.discord.answers import Mistake, bad_length, invalid, refusal
from tests.platforms.discord.bodies import check_bytes, check_message, check_not_empty, shown_components, shown_embeds
from tests.platforms.discord.core import Asking
from tests.platforms.discord.mentions import mentioned
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.reaching import (
    check_open,
    has,
    named_message,
    seen_channel,
    writable_channel,
)
from tests.platforms.discord.servers import CROSSPOSTED, SILENT, Channel, ChannelKind, Json, Message
from tests.platforms.discord.world import may

SUPPRESS_EMBEDS = 1 << 2
_CREATED_WITH = SILENT | SUPPRESS_EMBEDS
_NOT_SIMULATED = ("message_reference", "sticker_ids", "poll", "attachments", "tts")
"""Fields of a message with rules of their own, of which the simulator knows none."""


def create(asking: Asking) -> Json:
    """POST /channels/{channel_id}/messages."""
    fields = asking.fields
    check_message(fields)
    check_nonce(fields.get("nonce"))
    for name in filter(fields.get, _NOT_SIMULATED):
        asking.core.violation(f"{name} is not simulated")
    channel = writable_channel(asking, fields.get("embeds") or [])
    check_open(asking, channel)
    first = _first_with(asking, fields)
    if first is not None:
        asking.repeats = True
        return first.json()
    check_text(asking, channel, fields)
    check_bytes(asking.size, asking.body)
    message = post(asking, channel, fields)
    remember_nonce(asking, message)
    return message.json()


def check_nonce(nonce: Any) -> None:
    """Raises 50035 for a nonce of more than 25 characters."""
    if isinstance(nonce, str) and len(nonce) > 25:
        raise invalid(bad_length(("nonce",), 0, 25))


def _first_with(asking: Asking, fields: Json) -> Message | None:
    """The message of the past few minutes with the same nonce, in whatever channel; raises 10008 if it is deleted.

    «It will be checked for uniqueness in the past few minutes. If another message was created by the same author with
    the same nonce, that message will be returned» (resources/message, create message).
    """
    _forget_nonces(asking)
    nonce = fields.get("nonce")
    if nonce is None or not fields.get("enforce_nonce"):
        return None
    found = asking.core.nonces.get((asking.bot.id, str(nonce)))
    if found is None:
        return None
    message = found[1]
    if message.id not in message.channel.messages or message.channel.id not in asking.core.channels:
        raise refusal(10008)
    return message


def remember_nonce(asking: Asking, message: Message) -> None:
    """A message's nonce is known from now on."""
    if message.nonce is not None:
        key, now = (asking.bot.id, str(message.nonce)), asking.core.now()
        asking.core.nonces[key] = (now, message)
        asking.core.nonce_times.append((now, key))


def _forget_nonces(asking: Asking) -> None:
    core = asking.core
    while core.nonce_times and core.nonce_times[0][0] + core.limits.nonces <= core.now():
        at, key = core.nonce_times.popleft()
        if key in core.nonces and core.nonces[key][0] == at:
            del core.nonces[key]


def check_text(asking: Asking, channel: Channel, fields: Json) -> None:
    """Raises what is said of an empty message, and where AutoMod or the filter for links find a word."""
    embeds = fields.get("embeds") or []
    check_not_empty(fields.get("content") or "", embeds)
    automod = channel.guild.automod if channel.guild else set[str]()
    if not automod and not asking.core.blocked:
        return
    text = str(fields.get("content") or "") + str(embeds)
    if any(word in text for word in automod):
        raise refusal(200000)
    if any(word in text for word in asking.core.blocked):
        raise refusal(240000)


def post(asking: Asking, channel: Channel, fields: Json, *, number: int = 0, **more: Any) -> Message:
    """Post what a body says as the bot. `number`: the message's id, if it is given already."""
    content = (fields.get("content") or "").strip()
    called = mentioned(content, fields.get("allowed_mentions"), channel, asking.bot.id, asking.core.users)
    flags = (fields.get("flags") or 0) | more.pop("flags", 0)
    check_flags(flags, _CREATED_WITH | more.pop("may_flags", 0))
    return asking.core.post(
        channel,
        asking.bot.user,
        number=number,
        content=content,
        embeds=shown_embeds(fields.get("embeds")),
        components=shown_components(fields.get("components")),
        flags=flags,
        nonce=fields.get("nonce"),
        pings=called.pings,
        mentioned_roles=called.roles,
        mentioned=called.users,
        **more,
    )


def check_flags(flags: int, allowed: int) -> None:
    """Raises 50035 for flags that nobody may set."""
    if flags & ~allowed:
        words = f"Only these flags can be set: {allowed}"
        raise invalid(Mistake(path=("flags",), code="MESSAGE_FLAGS_INVALID", words=words))


def edit(asking: Asking) -> Json:
    """PATCH /channels/{channel_id}/messages/{message_id}."""
    check_message(asking.fields)
    channel = seen_channel(asking)
    message = named_message(asking, channel)
    if message.author.id != asking.bot.id:
        raise refusal(50005)
    check_open(asking, channel)
    if asking.fields.get("embeds") and not may(channel, asking.bot.id, Permission.EMBED_LINKS):
        raise refusal(50013)
    check_text(asking, channel, as_edited(message, asking.fields))
    check_bytes(asking.size, asking.body)
    revise(asking, message)
    return message.json()


def as_edited(message: Message, fields: Json) -> Json:
    """What the message would hold after the edit; what is not named stays."""
    return {"content": message.content, "embeds": message.embeds} | {
        name: fields[name] for name in ("content", "embeds") if name in fields
    }


def revise(asking: Asking, message: Message) -> None:
    """Change what the body names; an edit calls nobody."""
    fields, changed = asking.fields, dict[str, Any]()
    if "content" in fields:
        changed["content"] = (fields["content"] or "").strip()
    if "embeds" in fields:
        changed["embeds"] = shown_embeds(fields["embeds"])
    if "components" in fields:
        changed["components"] = shown_components(fields["components"])
    if fields.get("flags") is not None:
        check_flags(fields["flags"], SUPPRESS_EMBEDS | message.flags)
        changed["flags"] = message.flags & ~SUPPRESS_EMBEDS | fields["flags"] & SUPPRESS_EMBEDS
    asking.core.revise(message, **changed)


def delete(asking: Asking) -> None:
    """DELETE /channels/{channel_id}/messages/{message_id}."""
    channel = seen_channel(asking)
    message = named_message(asking, channel)
    if message.author.id != asking.bot.id and not has(channel, asking.bot.id, Permission.MANAGE_MESSAGES):
        raise refusal(50003 if channel.guild is None else 50013)
    check_open(asking, channel)
    if message.is_note:
        raise refusal(50021)
    asking.core.delete_message(message)


def read(asking: Asking) -> Json:
    """GET /channels/{channel_id}/messages/{message_id}."""
    return named_message(asking, _history(asking)).json()


def read_all(asking: Asking) -> list[Json]:
    """GET /channels/{channel_id}/messages: the youngest first."""
    query = {name: int(value) for name, value in asking.query.items()}
    found = [
        message
        for message in _history(asking).shown()
        if message.id > query.get("after", 0) and ("before" not in query or message.id < query["before"])
    ]
    limit = query.get("limit", 50)
    kept = found[:limit] if "after" in query else found[-limit:]
    return [message.json() for message in reversed(kept)]


def _history(asking: Asking) -> Channel:
    channel = seen_channel(asking)
    if channel.guild is not None and not has(channel, asking.bot.id, Permission.READ_MESSAGE_HISTORY):
        raise refusal(50001)
    return channel


def crosspost(asking: Asking) -> Json:
    """POST /channels/{channel_id}/messages/{message_id}/crosspost."""
    channel = seen_channel(asking)
    if channel.kind is not ChannelKind.ANNOUNCEMENT:
        raise refusal(50024)
    message = named_message(asking, channel)
    needed = Permission.SEND_MESSAGES
    if message.author.id != asking.bot.id:
        needed |= Permission.MANAGE_MESSAGES
    if not may(channel, asking.bot.id, needed):
        raise refusal(50013)
    if message.is_published:
        raise refusal(40033)
    message.flags |= CROSSPOSTED
    asking.core.changed()
    return message.json()


def open_dm(asking: Asking) -> Json:
    """POST /users/@me/channels."""
    recipient = asking.core.users.get(int(asking.fields.get("recipient_id") or 0))
    if recipient is None:
        raise refusal(10013)
    if recipient.is_bot:
        raise refusal(50007)
    return asking.core.dm(asking.bot, recipient).json()
