"""The person's side, what owners and moderators do: servers, channels, threads, roles, who may do what, and the bot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from tests.platforms.discord.accounts import BotAccount
from tests.platforms.discord.permissions import ALL, Permission, base
from tests.platforms.discord.servers import (
    POSTS_ONLY,
    REQUIRE_TAG,
    Channel,
    ChannelKind,
    Guild,
    Json,
    Message,
    Overwrite,
    Role,
    Tag,
    User,
)
from tests.platforms.discord.slash import GrantKind
from tests.platforms.discord.world import World

INVITED: Final = ("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "SEND_MESSAGES_IN_THREADS")
"""What a bot is invited with, unless a test says otherwise."""


class Organiser:
    """Somebody who founds and leads servers. What they do is done at once; the bots hear of it by the gateway."""

    def __init__(self, world: World, user: User, bot: BotAccount) -> None:
        self.world = world
        self.user = user
        self.bot = bot

    # --- Servers and their members

    def creates_server(self, name: str, *others: Organiser, locale: str = "zh-CN") -> Guild:
        """Found a server with a channel «general» in which the system speaks."""
        with self.world.lock:
            return self.world.add_guild(self.user, name, *(other.user for other in others), locale=locale)

    def deletes_server(self, server: Guild) -> None:
        """The server is gone with everything in it."""
        assert server.owner is self.user
        with self.world.lock:
            self.world.delete_guild(server)

    def joins(self, server: Guild) -> None:
        """Become a member."""
        with self.world.lock:
            self.world.add_member(server, self.user)

    def leaves(self, server: Guild) -> None:
        """Be no member any more."""
        with self.world.lock:
            server.members.pop(self.user.id, None)
            self.world.changed()

    def adds_bot(self, server: Guild, *permissions: str, bot: BotAccount | None = None) -> Role:
        """Invite the bot with these permissions; the role that it gets."""
        with self._leads(server, Permission.MANAGE_GUILD):
            return self.world.add_bot_to(server, bot or self.bot, _sum(permissions or INVITED))

    def removes_bot(self, server: Guild, bot: BotAccount | None = None) -> None:
        """Throw the bot out."""
        with self._leads(server, Permission.KICK_MEMBERS):
            self.world.remove_bot_from(server, bot or self.bot)

    def times_out_bot(self, server: Guild, seconds: float) -> None:
        """Let the bot write nothing for so many seconds; 0: let it again. It must not be an administrator."""
        with self._leads(server, Permission.MODERATE_MEMBERS):
            until = self.world.date + seconds if seconds else 0.0
            assert base(server, server.members[self.bot.user.id]) != ALL, "administrators cannot be timed out"
            self.world.silence(server, self.bot.user, until)

    def sets_system_channel(self, server: Guild, channel: Channel | None) -> None:
        """Say where the system speaks, or nowhere."""
        with self._leads(server, Permission.MANAGE_GUILD):
            self.world.edit_guild(server, system_channel=channel.id if channel else 0)

    def forbids_words(self, server: Guild, *words: str) -> None:
        """AutoMod lets nothing through that holds one of these; none: everything."""
        with self._leads(server, Permission.MANAGE_GUILD):
            server.automod = set(words)

    # --- Channels

    def creates_channel(
        self, server: Guild, name: str, kind: ChannelKind = ChannelKind.TEXT, *, category: Channel | None = None
    ) -> Channel:
        """A new channel of any kind."""
        with self._leads(server, Permission.MANAGE_CHANNELS):
            return self.world.add_channel(server, kind, name, category=category)

    def creates_announcements(self, server: Guild, name: str) -> Channel:
        """A new announcement channel."""
        return self.creates_channel(server, name, ChannelKind.ANNOUNCEMENT)

    def creates_forum(
        self,
        server: Guild,
        name: str,
        tags: Iterable[str] = (),
        *,
        needs_tag: bool = False,
        kind: ChannelKind = ChannelKind.FORUM,
    ) -> Channel:
        """A new forum (or media channel); `needs_tag`: each post in it needs one of its tags."""
        with self._leads(server, Permission.MANAGE_CHANNELS):
            return self.world.add_channel(server, kind, name, tags=tags, needs_tag=needs_tag)

    def sets_tags(self, forum: Channel, *names: str, needs_tag: bool = False, moderated: Iterable[str] = ()) -> None:
        """A forum has these tags; a tag that it had already stays the same one."""
        with self._leads(_server(forum), Permission.MANAGE_CHANNELS):
            kept = {tag.name: tag for tag in forum.tags.values()}
            tags = [kept.get(name) or Tag(id=self.world.new_id(), name=name) for name in names]
            tags = [replace(tag, is_moderated=tag.name in set(moderated)) for tag in tags]
            flags = forum.flags | REQUIRE_TAG if needs_tag else forum.flags & ~REQUIRE_TAG
            self.world.edit_channel(forum, tags={tag.id: tag for tag in tags}, flags=flags)

    def renames(self, place: Channel | Guild, name: str) -> None:
        """Call a channel, a thread or a server otherwise."""
        if isinstance(place, Guild):
            with self._leads(place, Permission.MANAGE_GUILD):
                self.world.edit_guild(place, name=name)
            return
        with self._leads(_server(place), Permission.MANAGE_CHANNELS):
            if place.is_thread:
                self.world.edit_thread(place, by=self.user, name=name)
            else:
                self.world.edit_channel(place, name=name)

    def deletes(self, what: Channel | Message | Role, server: Guild | None = None) -> None:
        """Take away a channel, a thread, a message, or a role of a server."""
        with self.world.lock:
            if isinstance(what, Message):
                self.world.delete_message(what)
            elif isinstance(what, Channel):
                with self._leads(_server(what), Permission.MANAGE_CHANNELS):
                    self.world.delete_channel(what)
            else:
                assert server is not None, "of which server?"
                with self._leads(server, Permission.MANAGE_ROLES):
                    self.world.delete_role(server, what)

    # --- Threads

    def opens_thread(
        self, channel: Channel, name: str, text: str = "", *, tags: Iterable[str] = (), private: bool = False
    ) -> Channel:
        """Open a thread in a channel, or a post with its first text in a forum."""
        with self.world.lock:
            kind = ChannelKind.PRIVATE_THREAD if private else ChannelKind.PUBLIC_THREAD
            chosen = [tag.id for tag in channel.tags.values() if tag.name in set(tags)]
            assert not (channel.needs_tag and not chosen), "this forum needs a tag"
            thread = self.world.open_thread(channel, name, owner=self.user, kind=kind, tags=chosen)
            if text or channel.kind in POSTS_ONLY:
                self.world.post(thread, self.user, content=text or name)
            return thread

    def adds_to_thread(self, thread: Channel, whom: User) -> None:
        """Take somebody, such as the bot, into a thread."""
        with self.world.lock:
            self.world.add_to_thread(thread, whom)

    def archives(self, thread: Channel) -> None:
        """Close a thread; whoever writes into it opens it again."""
        self._changes_thread(thread, is_archived=True)

    def unarchives(self, thread: Channel) -> None:
        """Open a thread again."""
        self._changes_thread(thread, is_archived=False)

    def locks(self, thread: Channel) -> None:
        """Close a thread so that only moderators open it again."""
        self._changes_thread(thread, is_locked=True, is_archived=True)

    def unlocks(self, thread: Channel) -> None:
        """Take the lock away and open the thread."""
        self._changes_thread(thread, is_locked=False, is_archived=False)

    def _changes_thread(self, thread: Channel, **fields: Any) -> None:
        with self._leads(_server(thread), Permission.MANAGE_THREADS):
            self.world.edit_thread(thread, **fields)

    # --- Roles and permissions

    def creates_role(self, server: Guild, name: str, *permissions: str, mentionable: bool = False) -> Role:
        """A new role; `mentionable`: everybody may call it."""
        with self._leads(server, Permission.MANAGE_ROLES):
            return self.world.add_role(server, name, _sum(permissions), is_mentionable=mentionable)

    def changes_role(self, server: Guild, role: Role, *permissions: str) -> None:
        """A role has exactly these permissions; also the bot's own, and @everyone."""
        with self._leads(server, Permission.MANAGE_ROLES):
            self.world.edit_role(server, role, permissions=_sum(permissions))

    def gives(self, server: Guild, role: Role, whom: Organiser | BotAccount) -> None:
        """Give somebody a role."""
        self._sets_roles(server, whom, lambda roles: roles | {role.id})

    def takes(self, server: Guild, role: Role, whom: Organiser | BotAccount) -> None:
        """Take somebody's role."""
        self._sets_roles(server, whom, lambda roles: roles - {role.id})

    def denies(self, channel: Channel, *permissions: str, whom: Role | User | None = None) -> None:
        """Deny permissions in a channel to the bot, or to whom it is said."""
        self._overwrites(channel, whom, deny=_sum(permissions))

    def allows(self, channel: Channel, *permissions: str, whom: Role | User | None = None) -> None:
        """Allow permissions in a channel to the bot, or to whom it is said; what was denied is not any more."""
        self._overwrites(channel, whom, allow=_sum(permissions))

    def clears(self, channel: Channel, whom: Role | User | None = None) -> None:
        """Neither allow nor deny the bot, or whom it is said, anything in a channel."""
        with self._leads(_server(channel), Permission.MANAGE_ROLES):
            self.world.overwrite(channel, whom or self.bot.user)

    def lets(self, server: Guild, command: str, *whom: Role | User | Channel, permission: bool = True) -> None:
        """Say in the server's settings who may use a command (or not), and where; nobody named: as it came."""
        with self._leads(server, Permission.MANAGE_GUILD):
            [found] = [one for one in self.bot.commands if one["name"] == command.removeprefix("/")]
            grants = [_grant(one, permission=permission) for one in whom]
            server.command_permissions[int(found["id"])] = grants
            told = {"id": found["id"], "application_id": str(self.bot.application), "guild_id": str(server.id)}
            told["permissions"] = grants
            self.world.emit("APPLICATION_COMMAND_PERMISSIONS_UPDATE", self.bot.id, told, guild=server.id)

    def _sets_roles(self, server: Guild, whom: Organiser | BotAccount, change: Callable[[set[int]], set[int]]) -> None:
        with self._leads(server, Permission.MANAGE_ROLES):
            wanted = change(server.members[whom.user.id].roles)
            self.world.set_roles(server, whom.user, [role for role in server.roles.values() if role.id in wanted])

    def _overwrites(self, channel: Channel, whom: Role | User | None, *, allow: int = 0, deny: int = 0) -> None:
        who = whom or self.bot.user
        with self._leads(_server(channel), Permission.MANAGE_ROLES):
            old = channel.overwrites.get(who.id, Overwrite(id=who.id))
            allowed, denied = old.allow & ~deny | allow, old.deny & ~allow | deny
            self.world.overwrite(channel, who, allow=allowed, deny=denied)

    @contextmanager
    def _leads(self, server: Guild, permission: Permission) -> Iterator[None]:
        """Do it under the world's lock, if one may."""
        with self.world.lock:
            assert self.user.id in server.members, f"{self.user.name} is not in {server.name}"
            roles = server.members[self.user.id].roles | {server.id}
            granted = _or(server.roles[role].permissions for role in roles if role in server.roles)
            leads = granted & (permission | Permission.ADMINISTRATOR)
            assert server.owner is self.user or leads, f"{self.user.name} may not do that"
            yield


def _grant(whom: Role | User | Channel, *, permission: bool) -> Json:
    kinds = {Role: GrantKind.ROLE, User: GrantKind.USER, Channel: GrantKind.CHANNEL}
    return {"id": str(whom.id), "type": int(kinds[type(whom)]), "permission": permission}


def _server(channel: Channel) -> Guild:
    assert channel.guild is not None, "a direct message is nobody's to lead"
    return channel.guild


def _sum(permissions: Iterable[str]) -> int:
    return _or(int(Permission[name]) for name in permissions)


def _or(numbers: Iterable[int]) -> int:
    whole = 0
    for number in numbers:
        whole |= number
    return whole
