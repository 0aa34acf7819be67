"""The simulated Discord without sockets: what there is, how it changes, and what the bots get to hear of it.

Everything happens at the moment that `now` tells (seconds of any clock); a date is that moment after `since`.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from tests.platforms.discord.accounts import BotAccount
from tests.platforms.discord.asked import Interaction, InteractionKind
from tests.platforms.discord.permissions import EVERYBODY, Permission, permissions_in
from tests.platforms.discord.servers import (
    POSTS_ONLY,
    REQUIRE_TAG,
    THREADS,
    Channel,
    ChannelKind,
    Guild,
    Json,
    Member,
    Message,
    Overwrite,
    Role,
    Tag,
    User,
)
from tests.platforms.discord.snowflakes import Snowflakes, born

SINCE: Final = 1_780_000_000.0
"""Seconds since 1970 at which the clock of the simulator starts, unless a test says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that a bot hears by the gateway.

    `kind`: Discord's name, such as CHANNEL_UPDATE. `bot`: whose gateway tells it, as a user id. `guild`: the server
    by which its shard is found, 0 for none (then shard 0 tells it). `data`: the `d` of the dispatch.
    """

    kind: str
    bot: int
    guild: int
    data: Json


class World:
    """Everything that there is, and every way in which it changes. Each change is told to `listeners` as events.

    `now`: seconds. Whoever calls from another thread than the server's takes `lock`.
    """

    def __init__(self, *, now: Callable[[], float], since: float = SINCE) -> None:
        self.now = now
        self.since = since
        self.lock = threading.RLock()
        self.bots: list[BotAccount] = []
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.interactions: dict[str, Interaction] = {}
        self.listeners: list[Callable[[Event], None]] = []
        self.watchers: list[Callable[[], None]] = []
        self.violations: list[str] = []
        self.new_id = Snowflakes(lambda: self.date)
        self._tokens: dict[str, BotAccount] = {}
        self._dms: dict[tuple[int, int], Channel] = {}

    @property
    def date(self) -> float:
        """The moment, in seconds since 1970."""
        return self.since + self.now()

    def changed(self) -> None:
        """Wake whoever waits for something to happen."""
        for watcher in list(self.watchers):
            watcher()

    def violation(self, what: str) -> None:
        """Something that no bot of ours may ask, or that the simulator should not have said."""
        self.violations.append(what)

    def emit(self, kind: str, bot: int, data: Json, *, guild: int = 0) -> None:
        """Tell one bot something by its gateway."""
        event = Event(kind=kind, bot=bot, guild=guild, data=data)
        for listener in list(self.listeners):
            listener(event)
        self.changed()

    # --- Bots and people

    def add_bot(self, token: str, *, name: str, application: int = 0) -> BotAccount:
        """A new bot with this token; its id is the token's first part. The application's id is another one."""
        number = id_of(token)
        user = User(id=number, name=name, is_bot=True)
        bot = BotAccount(user=user, token=token, application=application or number + 1_000)
        self.users[number] = user
        self.bots.append(bot)
        self._tokens[token] = bot
        return bot

    def bot_of(self, token: str) -> BotAccount | None:
        """The bot with this token; None if there is none."""
        return self._tokens.get(token)

    def bot_with(self, number: int) -> BotAccount:
        """The bot with this user id."""
        return next(bot for bot in self.bots if bot.id == number)

    def retoken(self, bot: BotAccount, token: str) -> None:
        """The bot's token is revoked, and this one stands for it."""
        self.revoke(bot)
        bot.token, bot.is_revoked = token, False
        self._tokens[token] = bot
        self.changed()

    def revoke(self, bot: BotAccount) -> None:
        """The bot's token is worth nothing any more."""
        self._tokens.pop(bot.token, None)
        bot.is_revoked = True
        self.changed()

    def add_user(self, number: int, name: str, *, locale: str = "zh-CN") -> User:
        """Somebody, the same one for the same number."""
        return self.users.setdefault(number, User(id=number, name=name, locale=locale))

    @property
    def people(self) -> list[User]:
        """Everybody who is no bot."""
        return [user for user in self.users.values() if not user.is_bot]

    def dm(self, bot: BotAccount, user: User) -> Channel:
        """The direct messages of somebody with a bot."""
        key = (bot.id, user.id)
        if key not in self._dms:
            channel = Channel(id=self.new_id(), kind=ChannelKind.DM, recipients=(bot.user, user))
            self._dms[key] = self.channels[channel.id] = channel
        return self._dms[key]

    # --- Servers, their members and roles

    def add_guild(self, owner: User, name: str, *others: User, locale: str = "zh-CN") -> Guild:
        """A new server with a system channel «general» (a text channel); no bot is in it yet."""
        guild = Guild(id=self.new_id(), name=name, owner=owner, date=lambda: self.date, locale=locale)
        guild.roles[guild.id] = Role(id=guild.id, name="@everyone", permissions=EVERYBODY, position=0)
        self.guilds[guild.id] = guild
        for user in (owner, *others):
            self.add_member(guild, user)
        guild.system_channel = self.add_channel(guild, ChannelKind.TEXT, "general").id
        return guild

    def add_member(self, guild: Guild, user: User) -> Member:
        """Somebody joins (a bot joins by `add_bot_to`)."""
        guild.members[user.id] = Member(user=user, joined=self.date)
        self.changed()
        return guild.members[user.id]

    def add_bot_to(self, guild: Guild, bot: BotAccount, permissions: int) -> Role:
        """A bot is invited with these permissions: it gets a role of its own, and hears GUILD_CREATE."""
        position = max(role.position for role in guild.roles.values()) + 1
        role = Role(id=self.new_id(), name=bot.user.name, permissions=permissions, position=position, bot=bot.id)
        guild.roles[role.id] = role
        self.add_member(guild, bot.user).roles.add(role.id)
        told = self.guild_create(guild, bot.id)
        del told["unavailable"]  # it stands only where the server was known before
        self.emit("GUILD_CREATE", bot.id, told, guild=guild.id)
        self._tell(guild, "GUILD_ROLE_CREATE", {"guild_id": str(guild.id), "role": role.json()}, but=bot.id)
        return role

    def remove_bot_from(self, guild: Guild, bot: BotAccount) -> None:
        """A bot is thrown out; its role goes with it."""
        guild.members.pop(bot.id, None)
        for role in [role for role in guild.roles.values() if role.bot == bot.id]:
            del guild.roles[role.id]
        self.emit("GUILD_DELETE", bot.id, {"id": str(guild.id)}, guild=guild.id)

    def delete_guild(self, guild: Guild) -> None:
        """The server is deleted."""
        del self.guilds[guild.id]
        for channel in (*guild.channels.values(), *guild.threads.values()):
            self.channels.pop(channel.id, None)
        for bot in self._bots_in(guild):
            self.emit("GUILD_DELETE", bot, {"id": str(guild.id)}, guild=guild.id)

    def suffer_outage(self, guild: Guild) -> None:
        """The server has an outage: the bots hear GUILD_DELETE with `unavailable`."""
        guild.is_available = False
        self._tell(guild, "GUILD_DELETE", {"id": str(guild.id), "unavailable": True})

    def recover_from_outage(self, guild: Guild) -> None:
        """The outage is over: the bots hear GUILD_CREATE."""
        guild.is_available = True
        for bot in self._bots_in(guild):
            self.emit("GUILD_CREATE", bot, self.guild_create(guild, bot), guild=guild.id)

    def edit_guild(self, guild: Guild, **fields: Any) -> None:
        """Set fields of the server (name, system_channel, locale, owner)."""
        _set(guild, fields)
        self._tell(guild, "GUILD_UPDATE", guild.json())

    def guild_create(self, guild: Guild, bot: int) -> Json:
        """The server as GUILD_CREATE tells it to a bot: with all channels, and the active threads that it sees."""
        seen = [thread for thread in guild.active_threads if may(thread, bot, Permission.VIEW_CHANNEL)]
        return guild.created(bot, seen)

    def guilds_of(self, bot: BotAccount) -> list[Guild]:
        """The servers that a bot is in, in order of their ids."""
        return [guild for guild in self.guilds.values() if bot.id in guild.members]

    def add_role(self, guild: Guild, name: str, permissions: int = 0, *, is_mentionable: bool = False) -> Role:
        """A new role below the bots' own."""
        role = Role(id=self.new_id(), name=name, permissions=permissions, is_mentionable=is_mentionable)
        guild.roles[role.id] = role
        self._tell(guild, "GUILD_ROLE_CREATE", {"guild_id": str(guild.id), "role": role.json()})
        return role

    def edit_role(self, guild: Guild, role: Role, **fields: Any) -> None:
        """Set fields of a role (name, permissions, is_mentionable)."""
        before = self._visible(guild)
        _set(role, fields)
        self._tell(guild, "GUILD_ROLE_UPDATE", {"guild_id": str(guild.id), "role": role.json()})
        self._sync_threads(guild, before)

    def delete_role(self, guild: Guild, role: Role) -> None:
        """The role is gone, from its members too."""
        before = self._visible(guild)
        del guild.roles[role.id]
        for member in guild.members.values():
            member.roles.discard(role.id)
        self._tell(guild, "GUILD_ROLE_DELETE", {"guild_id": str(guild.id), "role_id": str(role.id)})
        self._sync_threads(guild, before)

    def set_roles(self, guild: Guild, user: User, roles: Iterable[Role]) -> None:
        """A member has exactly these roles. A bot hears only of its own (no member intent)."""
        before = self._visible(guild)
        member = guild.members[user.id]
        member.roles = {role.id for role in roles}
        self._tell_member(guild, member)
        self._sync_threads(guild, before)
        self.changed()

    def silence(self, guild: Guild, user: User, until: float) -> None:
        """Time a member out until a moment (seconds since 1970; 0: no more); of its end nobody hears."""
        guild.members[user.id].silenced_until = until
        self._tell_member(guild, guild.members[user.id])
        self.changed()

    def _tell_member(self, guild: Guild, member: Member) -> None:
        if member.user.is_bot:
            told = member.json() | {"guild_id": str(guild.id)}
            self.emit("GUILD_MEMBER_UPDATE", member.user.id, told, guild=guild.id)

    # --- Channels and threads

    def add_channel(
        self,
        guild: Guild,
        kind: ChannelKind,
        name: str,
        *,
        category: Channel | None = None,
        overwrites: Iterable[Overwrite] = (),
        tags: Iterable[str] = (),
        needs_tag: bool = False,
        topic: str | None = None,
    ) -> Channel:
        """A new channel of any kind but a thread or a direct message; `tags` are a forum's."""
        assert kind not in THREADS
        assert kind is not ChannelKind.DM
        made = [Tag(id=self.new_id(), name=tag) for tag in tags]
        channel = Channel(
            id=self.new_id(),
            kind=kind,
            name=name,
            guild=guild,
            parent=category,
            position=len(guild.channels),
            topic=topic,
            flags=REQUIRE_TAG if needs_tag else 0,
            overwrites={overwrite.id: overwrite for overwrite in overwrites},
            tags={tag.id: tag for tag in made},
        )
        guild.channels[channel.id] = self.channels[channel.id] = channel
        self._tell(guild, "CHANNEL_CREATE", channel.json())
        return channel

    def edit_channel(self, channel: Channel, **fields: Any) -> None:
        """Set fields of a channel (name, topic, flags, tags, overwrites, kind)."""
        guild = _guild(channel)
        before = self._visible(guild)
        _set(channel, fields)
        self._tell(guild, "CHANNEL_UPDATE", channel.json())
        self._sync_threads(guild, before)

    def overwrite(self, channel: Channel, whom: Role | User, *, allow: int = 0, deny: int = 0) -> None:
        """Allow and deny a role or a member something in a channel; nothing at all takes the overwrite away."""
        overwrites = {number: old for number, old in channel.overwrites.items() if number != whom.id}
        if allow or deny:
            new = Overwrite(id=whom.id, is_role=isinstance(whom, Role), allow=allow, deny=deny)
            overwrites[whom.id] = new
        self.edit_channel(channel, overwrites=overwrites)

    def delete_channel(self, channel: Channel) -> None:
        """The channel or thread is gone, with a channel's threads."""
        guild = _guild(channel)
        if channel.is_thread:
            self._delete_thread(guild, channel)
            return
        for thread in [thread for thread in guild.threads.values() if thread.parent is channel]:
            self._forget_thread(guild, thread)
        del guild.channels[channel.id], self.channels[channel.id]
        self._tell(guild, "CHANNEL_DELETE", channel.json())

    def open_thread(
        self,
        parent: Channel,
        name: str,
        *,
        owner: User,
        kind: ChannelKind = ChannelKind.PUBLIC_THREAD,
        tags: Iterable[int] = (),
        archives_after: int = 1_440,
    ) -> Channel:
        """A new thread (in a forum: a post, without its message); its owner is in it."""
        guild = _guild(parent)
        thread = Channel(
            id=self.new_id(),
            kind=ChannelKind.ANNOUNCEMENT_THREAD if parent.kind is ChannelKind.ANNOUNCEMENT else kind,
            name=name,
            guild=guild,
            parent=parent,
            owner=owner.id,
            archived_at=self.date,
            archives_after=archives_after,
            applied_tags=tuple(tags),
            thread_members={owner.id},
        )
        assert parent.kind in POSTS_ONLY | {ChannelKind.TEXT, ChannelKind.ANNOUNCEMENT}
        guild.threads[thread.id] = self.channels[thread.id] = thread
        self._tell(guild, "THREAD_CREATE", thread.json() | {"newly_created": True}, sees=thread)
        return thread

    def edit_thread(self, thread: Channel, *, by: User | None = None, **fields: Any) -> None:
        """Set fields of a thread (name, is_archived, is_locked, applied_tags, thread_members).

        `by`: who does; called otherwise, the thread keeps a note of it (resources/message, «Message Types»).
        """
        if "is_archived" in fields and fields["is_archived"] != thread.is_archived:
            thread.archived_at = self.date
        is_renamed = fields.get("name", thread.name) != thread.name
        _set(thread, fields)
        self._tell(_guild(thread), "THREAD_UPDATE", thread.json(), sees=thread)
        if by is not None and is_renamed:
            self.post(thread, by, content=thread.name, is_note=True)

    def add_to_thread(self, thread: Channel, user: User) -> None:
        """Somebody is taken into a thread; a bot that did not see it before hears of it as of a new one."""
        saw = may(thread, user.id, Permission.VIEW_CHANNEL)
        thread.thread_members.add(user.id)
        if user.is_bot and not saw:
            self.emit("THREAD_CREATE", user.id, thread.json(), guild=_guild(thread).id)
        self.changed()

    def archive_if_idle(self, thread: Channel) -> None:
        """A thread in which nothing has happened for long enough archives itself (topics/threads)."""
        if not thread.is_thread or thread.is_archived:
            return
        last = next(reversed(thread.messages), thread.id)
        idle = self.date - max(born(last), thread.archived_at)
        if idle > thread.archives_after * 60:
            self.edit_thread(thread, is_archived=True)

    def _delete_thread(self, guild: Guild, thread: Channel) -> None:
        told = {"id": str(thread.id), "guild_id": str(guild.id), "type": int(thread.kind)}
        told["parent_id"] = str(thread.parent.id) if thread.parent else ""
        self._tell(guild, "THREAD_DELETE", told, sees=thread)
        self._forget_thread(guild, thread)
        self.changed()

    def _forget_thread(self, guild: Guild, thread: Channel) -> None:
        del guild.threads[thread.id], self.channels[thread.id]

    def _visible(self, guild: Guild) -> dict[int, set[int]]:
        """Which channels each bot sees."""
        return {
            bot: {c.id for c in guild.channels.values() if may(c, bot, Permission.VIEW_CHANNEL)}
            for bot in self._bots_in(guild)
        }

    def _sync_threads(self, guild: Guild, before: dict[int, set[int]]) -> None:
        """Who sees a channel anew hears of its active threads (gateway events, «Thread List Sync»)."""
        for bot, seen in self._visible(guild).items():
            gained = seen - before.get(bot, set())
            if not gained:
                continue
            open_there = [t for t in guild.active_threads if t.parent is not None and t.parent.id in gained]
            threads = [thread.json() for thread in open_there if may(thread, bot, Permission.VIEW_CHANNEL)]
            told = {"guild_id": str(guild.id), "channel_ids": [str(c) for c in sorted(gained)]}
            self.emit("THREAD_LIST_SYNC", bot, told | {"threads": threads, "members": []}, guild=guild.id)

    # --- Messages and interactions

    def post(self, channel: Channel, author: User, *, number: int = 0, **fields: Any) -> Message:
        """Something new in a channel, with a given id if there is one; an archived thread opens unless it is locked."""
        fields |= {"position": channel.total_sent}
        message = Message(id=number or self.new_id(), channel=channel, author=author, sent=self.date, **fields)
        channel.messages[message.id] = message
        channel.total_sent += 1
        if channel.is_thread and channel.is_archived and not channel.is_locked:
            self.edit_thread(channel, is_archived=False)
        self.changed()
        return message

    def revise(self, message: Message, **fields: Any) -> None:
        """A message is edited."""
        _set(message, fields)
        message.edited = self.date
        message.edits += 1
        self.changed()

    def delete_message(self, message: Message) -> None:
        """A message is gone; its thread, if it has one, stays."""
        message.channel.messages.pop(message.id, None)
        self.changed()

    def ask(
        self,
        bot: BotAccount,
        kind: InteractionKind,
        user: User,
        channel: Channel,
        data: Json,
        *,
        message: Message | None = None,
    ) -> Interaction:
        """A person asks something of a bot: the interaction is open, and the bot hears INTERACTION_CREATE."""
        number = self.new_id()
        interaction = Interaction(
            id=number,
            token=base64.urlsafe_b64encode(f"interaction:{number}:{'simulated' * 8}".encode()).decode().rstrip("="),
            bot=bot.id,
            application=bot.application,
            kind=kind,
            user=user,
            channel=channel,
            data=data,
            born=self.now(),
            message=message,
        )
        self.interactions[interaction.token] = interaction
        guild = channel.guild.id if channel.guild else 0
        self.emit("INTERACTION_CREATE", bot.id, interaction.json(), guild=guild)
        return interaction

    # --- Who hears

    def _bots_in(self, guild: Guild) -> list[int]:
        return [bot.id for bot in self.bots if bot.id in guild.members]

    def _tell(self, guild: Guild, kind: str, data: Json, *, but: int = 0, sees: Channel | None = None) -> None:
        """Tell the bots of a server; of a thread only those who see it."""
        for bot in self._bots_in(guild):
            if bot != but and (sees is None or may(sees, bot, Permission.VIEW_CHANNEL)):
                self.emit(kind, bot, data, guild=guild.id)
        self.changed()


def may(channel: Channel, user: int, permission: Permission) -> bool:
    """Whether somebody has all of these permissions in a channel."""
    return permissions_in(channel, user) & permission == permission


def id_of(token: str) -> int:
    """The bot's user id, which the first part of its token is."""
    first = token.split(".", 1)[0]
    return int(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))


def token_for(number: int) -> str:
    """A token that has the right form and opens nothing."""
    first = base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")
    return f"{first}.GsimUL.simulated-simulated-simulated-simulat"


def _guild(channel: Channel) -> Guild:
    assert channel.guild is not None, "a direct message has no server"
    return channel.guild


def _set(thing: Any, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        assert hasattr(thing, name), name
        setattr(thing, name, value)
