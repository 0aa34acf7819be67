"""What a request may reach: the channel, the message, the server that it names, or the refusal instead."""

from __future__ import annotations

from tests.platforms.discord.answers import refusal
from tests.platforms.discord.core import Asking
from tests.platforms.discord.permissions import Permission, permissions_in
from tests.platforms.discord.servers import WRITABLE, Channel, Guild, Json, Message
from tests.platforms.discord.world import may


def seen_channel(asking: Asking) -> Channel:
    """The channel that the path names; raises 10003 or 50001."""
    channel = asking.core.channels.get(asking.given["channel_id"])
    if channel is None:
        raise refusal(10003)
    if not may(channel, asking.bot.id, Permission.VIEW_CHANNEL):
        raise refusal(50001)
    asking.core.archive_if_idle(channel)
    return channel


def writable_channel(asking: Asking, embeds: list[Json]) -> Channel:
    """The channel that the path names, where the bot may write this; raises what Discord raises."""
    channel = seen_channel(asking)
    if channel.kind not in WRITABLE:
        raise refusal(50008)
    check_rights(channel, asking.bot.id, embeds)
    if channel.guild is None:
        check_person(asking, channel)
    return channel


def check_rights(channel: Channel, bot: int, embeds: list[Json]) -> None:
    """Raises 50013 where the bot may not write, or not with embeds."""
    needed = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    if embeds:
        needed |= Permission.EMBED_LINKS
    if not may(channel, bot, needed):
        raise refusal(50013)


def check_person(asking: Asking, channel: Channel) -> None:
    """Raises where somebody does not want to hear of the bot, or shares no server with it."""
    person = next(user for user in channel.recipients if user.id != asking.bot.id)
    if person.id in channel.blocked_by:
        raise refusal(50007)
    if not any({person.id, asking.bot.id} <= guild.members.keys() for guild in asking.core.guilds.values()):
        raise refusal(50278)


def check_open(asking: Asking, thread: Channel) -> None:
    """Raises where a thread is locked or archived; a message may open an archived one, if the limits say so."""
    if not thread.is_thread:
        return
    moderates = may(thread, asking.bot.id, Permission.MANAGE_THREADS)
    if thread.is_locked and not moderates:
        raise refusal(160005)
    if thread.is_archived and not asking.core.limits.opens_archived:
        raise refusal(50083)


def named_message(asking: Asking, channel: Channel) -> Message:
    """The message that the path names; raises 10008. Ephemeral ones are not found by their channel."""
    message = channel.messages.get(asking.given["message_id"])
    if message is None or message.seen_by:
        raise refusal(10008)
    return message


def own_guild(asking: Asking) -> Guild:
    """The server that the path names, if the bot is in it; raises 10004."""
    guild = asking.core.guilds.get(asking.given["guild_id"])
    if guild is None or asking.bot.id not in guild.members or not guild.is_available:
        raise refusal(10004)
    return guild


def has(channel: Channel, bot: int, permission: Permission) -> bool:
    """Whether the bot has any of these permissions in a channel."""
    return bool(permissions_in(channel, bot) & permission)
