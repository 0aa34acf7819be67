"""What there is on the simulated Discord: users, servers, roles, channels of every kind, threads and messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from tests.platforms.discord.snowflakes import born, timestamp

Json = dict[str, Any]


class ChannelKind(IntEnum):
    """What a channel is, by Discord's own numbers (resources/channel, «Channel Types»)."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15
    MEDIA = 16


THREADS: Final = frozenset({ChannelKind.ANNOUNCEMENT_THREAD, ChannelKind.PUBLIC_THREAD, ChannelKind.PRIVATE_THREAD})
POSTS_ONLY: Final = frozenset({ChannelKind.FORUM, ChannelKind.MEDIA})
"""Channels that hold threads and no messages of their own."""
WRITABLE: Final = THREADS | {
    ChannelKind.TEXT,
    ChannelKind.DM,
    ChannelKind.VOICE,
    ChannelKind.STAGE,
    ChannelKind.ANNOUNCEMENT,
}
"""Channels that hold messages."""

REQUIRE_TAG: Final = 1 << 4
"""The flag of a forum in which every post needs a tag."""
PINNED: Final = 1 << 1
CROSSPOSTED: Final = 1 << 0
EPHEMERAL: Final = 1 << 6
LOADING: Final = 1 << 7
SILENT: Final = 1 << 12
"""Flags of a message: published, only for its asker, «is thinking …», without a sound."""


@dataclass(slots=True, kw_only=True, eq=False)
class User:
    """A person, or a bot seen as a user."""

    id: int
    name: str
    is_bot: bool = False
    locale: str = "zh-CN"

    def json(self) -> Json:
        """As Discord shows a user."""
        told: Json = {
            "id": str(self.id),
            "username": f"user{self.id}" if not self.is_bot else self.name.lower(),
            "global_name": None if self.is_bot else self.name,
            "avatar": None,
            "discriminator": "0001" if self.is_bot else "0",
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
        }
        return told | ({"bot": True} if self.is_bot else {})


@dataclass(slots=True, kw_only=True, eq=False)
class Role:
    """A role of a server; `id` is the server's for @everyone. `bot`: the bot whose own role it is, or 0."""

    id: int
    name: str
    permissions: int = 0
    position: int = 1
    is_mentionable: bool = False
    bot: int = 0

    def json(self) -> Json:
        """As Discord shows a role."""
        told: Json = {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(int(self.permissions)),
            "position": self.position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": bool(self.bot),
            "mentionable": self.is_mentionable,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }
        return told | ({"tags": {"bot_id": str(self.bot)}} if self.bot else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Overwrite:
    """What a channel allows or denies a role (or @everyone, whose id is the server's) or one member."""

    id: int
    is_role: bool = True
    allow: int = 0
    deny: int = 0

    def json(self) -> Json:
        """As Discord shows an overwrite."""
        return {
            "id": str(self.id),
            "type": 0 if self.is_role else 1,
            "allow": str(int(self.allow)),
            "deny": str(int(self.deny)),
        }


@dataclass(slots=True, kw_only=True, eq=False)
class Member:
    """Somebody in a server. `joined`: seconds since 1970. `roles`: ids, without @everyone.

    `silenced_until`: when a time-out ends, in seconds since 1970; 0 if there never was one.
    """

    user: User
    joined: float
    silenced_until: float = 0.0
    roles: set[int] = field(default_factory=set)

    def json(self, *, user: bool = True) -> Json:
        """As Discord shows a member; in a message without the user."""
        told: Json = {
            "avatar": None,
            "banner": None,
            "communication_disabled_until": timestamp(self.silenced_until) if self.silenced_until else None,
            "flags": 0,
            "joined_at": timestamp(self.joined),
            "nick": None,
            "pending": False,
            "premium_since": None,
            "roles": [str(role) for role in sorted(self.roles)],
            "mute": False,
            "deaf": False,
        }
        return told | ({"user": self.user.json()} if user else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag of a forum. `is_moderated`: only whoever manages threads may set it."""

    id: int
    name: str
    is_moderated: bool = False

    def json(self) -> Json:
        """As Discord shows a tag."""
        return {
            "id": str(self.id),
            "name": self.name,
            "moderated": self.is_moderated,
            "emoji_id": None,
            "emoji_name": None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Pings:
    """Whom a message really called: roles and users by id, and whether everybody."""

    roles: tuple[int, ...] = ()
    users: tuple[int, ...] = ()
    everyone: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """A message. `sent`, `edited`: seconds since 1970; `edited` is None until it is edited.

    `seen_by`: the only user who sees it (an ephemeral answer), 0 for everybody. `pings`: whom it called when it came.
    `interaction`: the id of the interaction that it answers, 0 if none; `asked_by` who asked; `asked_as` the kind of
    that interaction (2 a command, 3 a press), `pressed` the message that was pressed. `position`: how many were in its
    channel before. `is_note`: Discord itself wrote it, when its author called the thread otherwise.
    """

    id: int
    channel: Channel
    author: User
    sent: float
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    flags: int = 0
    nonce: str | int | None = None
    pings: Pings = field(default_factory=Pings)
    mentioned_roles: tuple[int, ...] = ()
    mentioned: tuple[User, ...] = ()
    edited: float | None = None
    edits: int = 0
    seen_by: int = 0
    application: int = 0
    interaction: int = 0
    asked_by: User | None = None
    asked_as: int = 2
    pressed: int = 0
    reply_to: int = 0
    thread: Channel | None = None
    position: int = 0
    is_note: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether it came without a sound."""
        return bool(self.flags & SILENT)

    @property
    def is_published(self) -> bool:
        """Whether it was published to the channels that follow."""
        return bool(self.flags & CROSSPOSTED)

    @property
    def buttons(self) -> list[Json]:
        """Its components that can be used (buttons and menus), in order, out of their rows."""
        return [inner for row in self.components for inner in row.get("components", [])]

    def json(self) -> Json:
        """As Discord shows a message."""
        told: Json = {
            "id": str(self.id),
            "type": self._type,
            "channel_id": str(self.channel.id),
            "author": self.author.json(),
            "content": self.content,
            "timestamp": timestamp(self.sent),
            "edited_timestamp": timestamp(self.edited) if self.edited is not None else None,
            "tts": False,
            "mention_everyone": self.pings.everyone,
            "mentions": [user.json() for user in self.mentioned],
            "mention_roles": [str(role) for role in self.mentioned_roles],
            "attachments": [],
            "embeds": self.embeds,
            "components": self.components,
            "flags": self.flags,
            "pinned": False,
        }
        return told | self._more()

    @property
    def _type(self) -> int:
        if self.is_note:
            return 4
        if self.interaction and self.asked_as == 2:
            return 20
        return 19 if self.reply_to else 0

    def _more(self) -> Json:
        told: Json = {}
        if self.nonce is not None:
            told["nonce"] = self.nonce
        if self.interaction:
            told |= {"interaction_metadata": self._asked(), "webhook_id": str(self.application)}
        if self.application:
            told["application_id"] = str(self.application)
        if self.thread is not None:
            told["thread"] = self.thread.json()
        if self.channel.is_thread:
            told["position"] = self.position
        return told

    def _asked(self) -> Json:
        assert self.asked_by is not None
        told: Json = {
            "id": str(self.interaction),
            "type": self.asked_as,
            "user": self.asked_by.json(),
            "authorizing_integration_owners": {"0": str(self.channel.guild.id if self.channel.guild else 0)},
        }
        return told | ({"interacted_message_id": str(self.pressed)} if self.asked_as == 3 else {})


@dataclass(slots=True, kw_only=True, eq=False)
class Channel:
    """A channel of any kind, a thread, or a direct message.

    In a server `guild` is set; of a thread `parent` is its channel, of any other channel its category. A thread's own:
    `owner`, `is_archived`, `is_locked`, `archived_at` (seconds since 1970), `archives_after` (minutes),
    `thread_members` (ids of users), `applied_tags` (ids). A forum's: `tags`, `flags & REQUIRE_TAG`. A direct
    message's: `recipients`, of whom one is the bot. `messages`: by id, oldest first, deleted ones are gone.
    """

    id: int
    kind: ChannelKind
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    position: int = 0
    topic: str | None = None
    flags: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    tags: dict[int, Tag] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    recipients: tuple[User, ...] = ()
    owner: int = 0
    is_archived: bool = False
    is_locked: bool = False
    archived_at: float = 0.0
    archives_after: int = 1_440
    applied_tags: tuple[int, ...] = ()
    thread_members: set[int] = field(default_factory=set)
    total_sent: int = 0
    blocked_by: set[int] = field(default_factory=set)

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread of any kind (a forum's post is one)."""
        return self.kind in THREADS

    @property
    def is_private_thread(self) -> bool:
        """Whether only its members see it."""
        return self.kind is ChannelKind.PRIVATE_THREAD

    @property
    def is_post(self) -> bool:
        """Whether it is a thread of a forum: its first message has its id, and counts in none of its numbers."""
        return self.parent is not None and self.parent.kind in POSTS_ONLY

    @property
    def needs_tag(self) -> bool:
        """Whether every post of this forum needs a tag."""
        return bool(self.flags & REQUIRE_TAG)

    def shown(self, viewer: int = 0) -> list[Message]:
        """What somebody (0: anybody) sees there, oldest first."""
        return [message for message in self.messages.values() if message.seen_by in {0, viewer}]

    def json(self) -> Json:
        """As Discord shows a channel."""
        told: Json = {"id": str(self.id), "type": int(self.kind), "flags": self.flags}
        if self.kind is not ChannelKind.CATEGORY:
            last = next(reversed(self.messages), None)
            told["last_message_id"] = str(last) if last is not None else None
        if self.guild is None:
            return told | {"recipients": [user.json() for user in self.recipients if not user.is_bot]}
        told |= {"guild_id": str(self.guild.id), "name": self.name}
        told["parent_id"] = str(self.parent.id) if self.parent else None
        return told | (self._as_thread() if self.is_thread else self._as_channel())

    def _as_channel(self) -> Json:
        told: Json = {
            "position": self.position,
            "permission_overwrites": [overwrite.json() for overwrite in self.overwrites.values()],
        }
        if self.kind is ChannelKind.CATEGORY:
            return told
        told |= {"rate_limit_per_user": 0, "nsfw": False}
        if self.kind in {ChannelKind.VOICE, ChannelKind.STAGE}:
            return told | {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
        told["topic"] = self.topic
        if self.kind in POSTS_ONLY:
            told |= {
                "available_tags": [tag.json() for tag in self.tags.values()],
                "default_reaction_emoji": None,
                "default_sort_order": None,
                "default_forum_layout": 0,
            }
        return told

    def _as_thread(self) -> Json:
        return {
            "owner_id": str(self.owner),
            "rate_limit_per_user": 0,
            "message_count": sum(number != self.id for number in self.messages),
            "total_message_sent": max(0, self.total_sent - self.is_post),
            "member_count": len(self.thread_members),
            "applied_tags": [str(tag) for tag in self.applied_tags],
            "thread_metadata": {
                "archived": self.is_archived,
                "archive_timestamp": timestamp(self.archived_at),
                "auto_archive_duration": self.archives_after,
                "locked": self.is_locked,
                "create_timestamp": timestamp(born(self.id)),
                **({"invitable": True} if self.is_private_thread else {}),
            },
        }


@dataclass(slots=True, kw_only=True, eq=False)
class Guild:
    """A server. `is_available`: False while it has an outage. `automod`: words that AutoMod does not let through.

    `command_permissions`: who may use a command, by the command's id or the application's for all of them. `date`: the
    seconds since 1970 now.
    """

    id: int
    name: str
    owner: User
    date: Callable[[], float]
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    threads: dict[int, Channel] = field(default_factory=dict)
    system_channel: int = 0
    locale: str = "zh-CN"
    is_available: bool = True
    automod: set[str] = field(default_factory=set)
    command_permissions: dict[int, list[Json]] = field(default_factory=dict)

    @property
    def everyone(self) -> Role:
        """The role that everybody has."""
        return self.roles[self.id]

    @property
    def active_threads(self) -> list[Channel]:
        """The threads that are not archived."""
        return [thread for thread in self.threads.values() if not thread.is_archived]

    def json(self) -> Json:
        """As Discord shows a server by REST (GET /guilds/{id})."""
        return _GUILD | {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner.id),
            "system_channel_id": str(self.system_channel) if self.system_channel else None,
            "preferred_locale": self.locale,
            "roles": [role.json() for role in self.roles.values()],
        }

    def created(self, bot: int, seen: list[Channel]) -> Json:
        """As the gateway shows it to a bot when it comes up: with channels, the threads it sees, and itself."""
        member = self.members[bot]
        return self.json() | {
            "joined_at": timestamp(member.joined),
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "voice_states": [],
            "members": [member.json()],
            "channels": [without_guild(channel.json()) for channel in self.channels.values()],
            "threads": [without_guild(thread.json()) for thread in seen],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


def without_guild(told: Mapping[str, Any]) -> Json:
    """A channel as it stands inside of its server."""
    return {name: value for name, value in told.items() if name != "guild_id"}


_GUILD: Final[Json] = {
    "icon": None,
    "description": None,
    "home_header": None,
    "splash": None,
    "discovery_splash": None,
    "features": ["COMMUNITY", "NEWS"],
    "banner": None,
    "application_id": None,
    "region": "deprecated",
    "afk_channel_id": None,
    "afk_timeout": 300,
    "system_channel_flags": 0,
    "widget_enabled": False,
    "widget_channel_id": None,
    "verification_level": 1,
    "default_message_notifications": 1,
    "mfa_level": 0,
    "explicit_content_filter": 2,
    "max_presences": None,
    "max_members": 500_000,
    "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25,
    "vanity_url_code": None,
    "premium_tier": 0,
    "premium_subscription_count": 0,
    "rules_channel_id": None,
    "safety_alerts_channel_id": None,
    "public_updates_channel_id": None,
    "premium_progress_bar_enabled": False,
    "nsfw": False,
    "nsfw_level": 0,
    "emojis": [],
    "stickers": [],
    "incidents_data": None,
}
