"""What a member may do in a channel, computed as Discord's documentation describes it (topics/permissions)."""

from __future__ import annotations

from enum import IntFlag
from typing import Final

from tests.platforms.discord.servers import Channel, Guild, Member, Overwrite


class Permission(IntFlag):
    """The permissions that matter to a bot like Sudi, by Discord's own names."""

    NONE = 0
    KICK_MEMBERS = 1 << 1
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40


ALL: Final = Permission((1 << 53) - 1)
"""What an owner or an administrator has."""

EVERYBODY: Final = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.CONNECT
    | Permission.SPEAK
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What @everyone has in a new server."""

IN_DMS: Final = EVERYBODY & ~(Permission.CREATE_PUBLIC_THREADS | Permission.SEND_MESSAGES_IN_THREADS)
"""What anybody has in a direct message."""


_ALL: Final = int(ALL)
_ADMINISTRATOR: Final = int(Permission.ADMINISTRATOR)
_SEE: Final = int(Permission.VIEW_CHANNEL)
_WRITE: Final = int(Permission.SEND_MESSAGES)
_WRITE_IN_THREADS: Final = int(Permission.SEND_MESSAGES_IN_THREADS)
_MANAGE_THREADS: Final = int(Permission.MANAGE_THREADS)
_SILENCED: Final = int(Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY)
_NEED_WRITING: Final = int(Permission.MENTION_EVERYONE | Permission.ATTACH_FILES | Permission.EMBED_LINKS)
# Numbers, because sets of flags are slow and this is asked for each of thousands of messages.


def base(guild: Guild, member: Member) -> int:
    """What a member may do in a server, before a channel's overwrites."""
    if guild.owner.id == member.user.id:
        return _ALL
    granted = int(guild.everyone.permissions)
    for role in member.roles:
        if role in guild.roles:
            granted |= int(guild.roles[role].permissions)
    return _ALL if granted & _ADMINISTRATOR else granted


def permissions_in(channel: Channel, user: int) -> Permission:
    """What a user may do in a channel, with everything that is implied; NONE for who is not there.

    A thread has its parent's overwrites. Without VIEW_CHANNEL nothing is left, and without the right to write (in a
    thread: to write in threads) neither mentions nor embeds nor files (topics/permissions, «Implicit Permissions»).
    A private thread is only for its members and for whoever manages threads. Who is timed out only reads, but owners
    and administrators cannot be.
    """
    guild = channel.guild
    if guild is None:
        return IN_DMS if any(person.id == user for person in channel.recipients) else Permission.NONE
    member = guild.members.get(user)
    if member is None:
        return Permission.NONE
    granted = base(guild, member)
    if granted == _ALL:
        return ALL
    place = channel.parent if channel.is_thread and channel.parent else channel
    granted = _overwritten(granted, place, guild, member)
    if member.silenced_until and member.silenced_until > guild.date():
        granted &= _SILENCED
    return Permission(_implied(granted, channel, user))


def _overwritten(granted: int, channel: Channel, guild: Guild, member: Member) -> int:
    """Everyone's overwrite, then all roles' together, then the member's own."""
    overwrites = channel.overwrites
    if not overwrites:
        return granted
    roles = [overwrites[role] for role in member.roles if role in overwrites]
    everyone, own = overwrites.get(guild.id), overwrites.get(member.user.id)
    for step in ([everyone] if everyone else [], roles, [own] if own else []):
        granted = _applied(granted, step)
    return granted


def _applied(granted: int, overwrites: list[Overwrite]) -> int:
    denied = allowed = 0
    for overwrite in overwrites:
        denied |= int(overwrite.deny)
        allowed |= int(overwrite.allow)
    return granted & ~denied | allowed


def _implied(granted: int, channel: Channel, user: int) -> int:
    if not granted & _SEE or (channel.is_private_thread and not _is_inside(granted, channel, user)):
        return 0
    if not granted & (_WRITE_IN_THREADS if channel.is_thread else _WRITE):
        granted &= ~_NEED_WRITING
    return granted


def _is_inside(granted: int, thread: Channel, user: int) -> bool:
    return user in thread.thread_members or bool(granted & _MANAGE_THREADS)
