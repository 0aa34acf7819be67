"""Channels and threads: reading them, opening a forum's post, archiving and locking (resources/channel)."""

from __future__ import annotations

from typing import Any

from tests.platforms.discord.answers import Answer, bad_length, invalid, missing, refusal
from tests.platforms.discord.bodies import check_bytes, check_message
from tests.platforms.discord.core import Asking
from tests.platforms.discord.limits import Bucket, too_many
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.reaching import has, own_guild, seen_channel
from tests.platforms.discord.sending import check_text, post
from tests.platforms.discord.servers import POSTS_ONLY, Channel, ChannelKind, Json
from tests.platforms.discord.snowflakes import timestamp
from tests.platforms.discord.world import may

LONGEST_NAME = 100
MOST_TAGS = 5
_THREADED = frozenset({ChannelKind.TEXT, ChannelKind.ANNOUNCEMENT})
_RENAMED_BY_OWNER = {"name", "archived", "auto_archive_duration", "applied_tags"}


def read(asking: Asking) -> Json:
    """GET /channels/{channel_id}."""
    return seen_channel(asking).json()


def active(asking: Asking) -> Json:
    """GET /guilds/{guild_id}/threads/active: those that the bot sees, with its own memberships."""
    guild, me = own_guild(asking), asking.bot.id
    for thread in list(guild.threads.values()):
        asking.core.archive_if_idle(thread)
    seen = [thread for thread in guild.active_threads if may(thread, me, Permission.VIEW_CHANNEL)]
    return {
        "threads": [thread.json() for thread in seen],
        "members": [_membership(thread, me) for thread in seen if me in thread.thread_members],
        "has_more": False,
    }


def _membership(thread: Channel, user: int) -> Json:
    joined = timestamp(thread.archived_at)
    return {"id": str(thread.id), "user_id": str(user), "join_timestamp": joined, "flags": 1}


def start(asking: Asking) -> Answer:
    """POST /channels/{channel_id}/threads: in a forum with its first message, in a text channel without one."""
    channel = seen_channel(asking)
    _check_name(asking.fields.get("name"))
    if channel.kind in POSTS_ONLY:
        return Answer(status=201, body=_post_in(asking, channel))
    if channel.kind not in _THREADED:
        raise refusal(50024)
    kind = ChannelKind(asking.fields.get("type") or ChannelKind.PRIVATE_THREAD)
    private = kind is ChannelKind.PRIVATE_THREAD
    needed = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
    if not may(channel, asking.bot.id, needed):
        raise refusal(50013)
    thread = asking.core.open_thread(channel, asking.fields["name"], owner=asking.bot.user, kind=kind)
    return Answer(status=201, body=thread.json())


def _check_name(name: Any) -> None:
    if not name:
        raise invalid(missing(("name",)))
    if len(name) > LONGEST_NAME:
        raise invalid(bad_length(("name",), 1, LONGEST_NAME))


def _post_in(asking: Asking, forum: Channel) -> Json:
    fields: Json = asking.fields.get("message") or {}
    if not fields:
        raise invalid(missing(("message",)))
    check_message(fields, ("message",))
    needed = Permission.SEND_MESSAGES | (Permission.EMBED_LINKS if fields.get("embeds") else Permission.NONE)
    if not may(forum, asking.bot.id, needed):
        raise refusal(50013)
    tags = _chosen_tags(asking, forum, asking.fields.get("applied_tags") or [])
    check_text(asking, forum, fields)
    check_bytes(asking.size, asking.body)
    minutes = asking.fields.get("auto_archive_duration") or 1_440
    thread = asking.core.open_thread(
        forum, asking.fields["name"], owner=asking.bot.user, tags=tags, archives_after=minutes
    )
    message = post(asking, thread, fields, number=thread.id)
    return thread.json() | {"message": message.json()}


def _chosen_tags(asking: Asking, forum: Channel, given: list[str]) -> list[int]:
    tags = [int(tag) for tag in given]
    if len(tags) > MOST_TAGS:
        raise invalid(bad_length(("applied_tags",), 0, MOST_TAGS))
    if any(tag not in forum.tags for tag in tags):
        raise refusal(10087)
    if forum.needs_tag and not tags:
        raise refusal(40067)
    moderates = has(forum, asking.bot.id, Permission.MANAGE_THREADS)
    if not moderates and any(forum.tags[tag].is_moderated for tag in tags):
        raise refusal(50013)
    return tags


def edit(asking: Asking) -> Json:
    """PATCH /channels/{channel_id}: of a thread its name, whether it is archived or locked, its tags."""
    channel = seen_channel(asking)
    if "name" in asking.fields:
        _check_name(asking.fields["name"])
    if channel.guild is None:
        raise refusal(50003)
    if channel.is_thread:
        _check_edit(asking, channel)
        _count_rename(asking, channel)
        _edit_thread(asking, channel)
    elif not has(channel, asking.bot.id, Permission.MANAGE_CHANNELS):
        raise refusal(50013)
    else:
        _count_rename(asking, channel)
        asking.core.edit_channel(
            channel, **{name: asking.fields[name] for name in ("name", "topic") if name in asking.fields}
        )
    return channel.json()


def delete(asking: Asking) -> Json:
    """DELETE /channels/{channel_id}: a thread by whoever manages threads, another channel by whoever manages those."""
    channel = seen_channel(asking)
    if channel.guild is None:
        raise refusal(50003)
    needed = Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS
    if not has(channel, asking.bot.id, needed):
        raise refusal(50013)
    told = channel.json()
    asking.core.delete_channel(channel)
    return told


def _check_edit(asking: Asking, thread: Channel) -> None:
    """Raises where a thread may not be changed like that."""
    if thread.is_archived and asking.fields.get("archived") is not False:
        raise refusal(50083)
    if not _may_edit(asking, thread):
        raise refusal(50013)


def _count_rename(asking: Asking, channel: Channel) -> None:
    """Raises 429 where a channel is called otherwise too often."""
    now = {"name": channel.name, "topic": channel.topic}
    if all(asking.fields.get(name, known) == known for name, known in now.items()):
        return
    bucket = asking.core.renames.setdefault(channel.id, Bucket(name="renames", rate=asking.core.limits.renames))
    if wait := bucket.claim(asking.core.now()):
        raise too_many(wait, "user")


def _edit_thread(asking: Asking, thread: Channel) -> None:
    fields = asking.fields
    changed: dict[str, Any] = {}
    if "applied_tags" in fields and thread.parent is not None:
        changed["applied_tags"] = tuple(_chosen_tags(asking, thread.parent, fields["applied_tags"]))
    for given, own in _FIELDS.items():
        if given in fields:
            changed[own] = fields[given]
    asking.core.edit_thread(thread, by=asking.bot.user, **changed)


_FIELDS = {
    "name": "name",
    "archived": "is_archived",
    "locked": "is_locked",
    "auto_archive_duration": "archives_after",
}


def _may_edit(asking: Asking, thread: Channel) -> bool:
    """Who manages threads may all; its owner most; whoever writes there may open it, unless it is locked."""
    if has(thread, asking.bot.id, Permission.MANAGE_THREADS):
        return True
    if thread.is_locked or "locked" in asking.fields:
        return False
    if thread.owner == asking.bot.id:
        return set(asking.fields) <= _RENAMED_BY_OWNER
    writes = may(thread, asking.bot.id, Permission.SEND_MESSAGES_IN_THREADS)
    return writes and asking.fields == {"archived": False}
