"""The person's side, what owners and administrators do: make chats and topics, add the bot, promote and remove it."""

from __future__ import annotations

from typing import Any

from tests.platforms.telegram.about import change_member
from tests.platforms.telegram.accounts import BotAccount
from tests.platforms.telegram.chats import (
    ADMIN_RIGHTS,
    CHANNEL_RIGHTS,
    GENERAL,
    GROUP_ANONYMOUS,
    GROUP_RIGHTS,
    Chat,
    Entry,
    Json,
    Kind,
    Member,
    Status,
    Topic,
    User,
)
from tests.platforms.telegram.core import Core

_SUPERGROUPS = -1_001_000_000_000
_GROUPS = -4_000_000_000


class Organiser:
    """Somebody who founds and leads chats. What they do is done at once; the bots hear of it by updates."""

    def __init__(self, core: Core, user: User, bot: BotAccount) -> None:
        self.core = core
        self.user = user
        self.bot = bot

    # --- Chats

    def creates_group(self, title: str, *others: Organiser) -> Chat:
        """Found a small group."""
        return self._found(Kind.GROUP, title, others)

    def creates_supergroup(self, title: str, *others: Organiser, username: str = "") -> Chat:
        """Found a supergroup."""
        return self._found(Kind.SUPERGROUP, title, others, username)

    def creates_forum(self, title: str, *others: Organiser, username: str = "") -> Chat:
        """Found a supergroup with topics."""
        chat = self.creates_supergroup(title, *others, username=username)
        self.turns_topics_on(chat)
        return chat

    def creates_channel(self, title: str, *others: Organiser, username: str = "") -> Chat:
        """Found a channel."""
        return self._found(Kind.CHANNEL, title, others, username)

    def turns_topics_on(self, chat: Chat) -> None:
        """A supergroup becomes a forum; what was said stands in General."""
        with self.core.lock:
            chat.is_forum = True
            chat.topics[GENERAL] = Topic(id=GENERAL, title="General")
            for entry in chat.entries.values():
                entry.thread = GENERAL

    def links(self, channel: Chat, group: Chat) -> None:
        """The channel's posts are forwarded to the group by themselves."""
        channel.linked, group.linked = group, channel

    def upgrades(self, group: Chat, *, leaves_first: bool = False) -> Chat:
        """A group becomes a supergroup: a new chat with new message ids; the old one only says where it went.

        `leaves_first`: the bots hear that they are out of the group before they hear where it went.
        """
        with self.core.lock:
            new = self._new(Kind.SUPERGROUP, group.title, "")
            new.members = {
                number: Member(user=member.user, status=member.status, rights=member.rights)
                for number, member in group.members.items()
            }
            bots = [bot for bot in self.core.bots if group.member(bot.user).is_present]
            if leaves_first:
                self._moves(bots, group, new)
            # Where it went is told also to those who heard already that they are out.
            kept = {bot.id: group.members[bot.id] for bot in bots}
            group.members |= {bot.id: Member(user=bot.user, status=Status.MEMBER) for bot in bots}
            self._serves(group, {"migrate_to_chat_id": new.id})
            group.members |= kept
            self._serves(new, {"migrate_from_chat_id": group.id}, face=GROUP_ANONYMOUS)
            if not leaves_first:
                self._moves(bots, group, new)
            group.migrated_to = new
            return new

    def renames(self, chat: Chat, title: str) -> None:
        """Give a group or a channel another title; a message in it says so."""
        with self.core.lock:
            chat.title = title
            self._serves(chat, {"new_chat_title": title})

    def deletes_chat(self, chat: Chat) -> None:
        """The chat is gone; the bots in it hear that they were thrown out."""
        with self.core.lock:
            for bot in self.core.bots:
                if chat.member(bot.user).is_present:
                    change_member(self.core, bot, chat, Member(user=bot.user, status=Status.KICKED), by=self.user)
            chat.is_deleted = True

    # --- Members

    def joins(self, chat: Chat) -> None:
        """Come in."""
        self._changes(chat, Member(user=self.user, status=Status.MEMBER))
        if chat.kind is not Kind.CHANNEL:
            self._serves(chat, {"new_chat_members": [self.user.json()]})

    def leaves(self, chat: Chat) -> None:
        """Go."""
        self._changes(chat, Member(user=self.user, status=Status.LEFT))
        if chat.kind is not Kind.CHANNEL:
            self._serves(chat, {"left_chat_member": self.user.json()})

    def promotes(self, chat: Chat, other: Organiser, *rights: str, is_anonymous: bool = False) -> None:
        """Make somebody an administrator; without rights named, with all."""
        kept = frozenset(rights or self._all_rights(chat)) | {"can_manage_chat"}
        member = Member(user=other.user, status=Status.ADMINISTRATOR, rights=kept, is_anonymous=is_anonymous)
        self._changes(chat, member)

    def demotes(self, chat: Chat, other: Organiser) -> None:
        """Make an administrator an ordinary member again."""
        self._changes(chat, Member(user=other.user, status=Status.MEMBER))

    def hides(self, chat: Chat, *, hidden: bool = True) -> None:
        """Speak anonymously from now on, as owners and administrators may; or no more."""
        chat.members[self.user.id].is_anonymous = hidden

    def silences_everybody(self, chat: Chat, *, answer: str = "") -> None:
        """Only administrators may write from now on; `answer`: what others are told (or CHAT_WRITE_FORBIDDEN)."""
        chat.may_send = False
        chat.silenced = answer or chat.silenced

    def lets_everybody_speak(self, chat: Chat) -> None:
        """Ordinary members may write again."""
        chat.may_send = True

    def hides_members(self, chat: Chat) -> None:
        """Only administrators learn who is in the chat."""
        chat.hides_members = True

    # --- The bot

    def adds_bot(self, chat: Chat, *rights: str, bot: BotAccount | None = None) -> None:
        """Add the bot, as an administrator if rights are named or in a channel (there: with the right to post)."""
        bot = bot or self.bot
        assert bot.can_join_groups
        with self.core.lock:
            if rights or chat.kind is Kind.CHANNEL:
                change_member(self.core, bot, chat, self._administrator(chat, bot, rights), by=self.user)
            else:
                change_member(self.core, bot, chat, Member(user=bot.user, status=Status.MEMBER), by=self.user)
            if chat.kind is not Kind.CHANNEL:
                self._serves(chat, {"new_chat_members": [bot.user.json()]})

    def promotes_bot(self, chat: Chat, *rights: str, bot: BotAccount | None = None) -> None:
        """Make the bot an administrator with these rights, and no others."""
        bot = bot or self.bot
        change_member(self.core, bot, chat, self._administrator(chat, bot, rights), by=self.user)

    def demotes_bot(self, chat: Chat, *, bot: BotAccount | None = None) -> None:
        """Make the bot an ordinary member; in a channel there are none: it is out."""
        bot = bot or self.bot
        status = Status.LEFT if chat.kind is Kind.CHANNEL else Status.MEMBER
        change_member(self.core, bot, chat, Member(user=bot.user, status=status), by=self.user)

    def restricts_bot(self, chat: Chat, *, may_send: bool = False, bot: BotAccount | None = None) -> None:
        """Take from the bot the right to write."""
        bot = bot or self.bot
        restricted = Member(user=bot.user, status=Status.RESTRICTED, may_send=may_send)
        change_member(self.core, bot, chat, restricted, by=self.user)

    def removes_bot(self, chat: Chat, *, bot: BotAccount | None = None, is_banned: bool = True) -> None:
        """Throw the bot out; if it is not banned, it has left."""
        bot = bot or self.bot
        status = Status.KICKED if is_banned else Status.LEFT
        with self.core.lock:
            change_member(self.core, bot, chat, Member(user=bot.user, status=status), by=self.user)
            if chat.kind is not Kind.CHANNEL:
                self._serves(chat, {"left_chat_member": bot.user.json()})

    # --- Topics

    def opens_topic(self, chat: Chat, title: str) -> Topic:
        """A new topic, named after its first message."""
        with self.core.lock:
            entry = Entry(chat=chat, id=next(chat.ids), date=self.core.date, author=self.user.id, sender=self.user)
            entry.thread, entry.service = entry.id, {"forum_topic_created": {"name": title, "icon_color": 7322096}}
            chat.topics[entry.id] = Topic(id=entry.id, title=title)
            chat.entries[entry.id] = entry
            for bot in self.core.bots:
                if chat.member(bot.user).is_present:
                    self.core.emit(bot, "message", entry.json())
            return chat.topics[entry.id]

    def closes_topic(self, chat: Chat, topic: Topic) -> None:
        """Only who manages topics may write there from now on."""
        topic.is_closed = True
        self._serves(chat, {"forum_topic_closed": {}}, thread=topic.id)

    def reopens_topic(self, chat: Chat, topic: Topic) -> None:
        """Everybody may write there again."""
        topic.is_closed = False
        self._serves(chat, {"forum_topic_reopened": {}}, thread=topic.id)

    def deletes_topic(self, chat: Chat, topic: Topic, *, answer: str = "message thread not found") -> None:
        """The topic and what was said in it are gone; `answer`: what is said to who writes there (or TOPIC_DELETED)."""
        with self.core.lock:
            topic.gone = answer
            for number in [entry.id for entry in chat.shown if entry.thread == topic.id]:
                del chat.entries[number]

    # --- How it is done

    def _found(self, kind: Kind, title: str, others: tuple[Organiser, ...], username: str = "") -> Chat:
        with self.core.lock:
            chat = self._new(kind, title, username)
            chat.members = {other.user.id: Member(user=other.user, status=Status.MEMBER) for other in others}
            chat.members[self.user.id] = Member(user=self.user, status=Status.CREATOR)
            made = {
                Kind.GROUP: "group_chat_created",
                Kind.SUPERGROUP: "supergroup_chat_created",
                Kind.CHANNEL: "channel_chat_created",
            }
            self._serves(chat, {made[kind]: True})
            return chat

    def _new(self, kind: Kind, title: str, username: str) -> Chat:
        if kind is Kind.GROUP:
            number = _GROUPS - len(self.core.chats) - 1
            chat = Chat(id=number, kind=kind, title=title, ids=self.core.private_ids)
        else:
            chat = Chat(id=_SUPERGROUPS - len(self.core.chats) - 1, kind=kind, title=title, username=username)
        self.core.chats[chat.id] = chat
        return chat

    def _moves(self, bots: list[BotAccount], group: Chat, new: Chat) -> None:
        """The bots hear that they are in the new chat, and no more in the old one."""
        for bot in bots:
            member, new.members[bot.id] = new.members[bot.id], Member(user=bot.user, status=Status.LEFT)
            change_member(self.core, bot, new, member, by=self.user)
            change_member(self.core, bot, group, Member(user=bot.user, status=Status.LEFT), by=self.user)

    def _changes(self, chat: Chat, new: Member) -> None:
        """Somebody's place changes; bots that lead the chat and ask for it hear of it."""
        with self.core.lock:
            old = chat.member(new.user)
            chat.members[new.user.id] = new
            told: dict[str, Any] = {"chat": chat.json(), "from": self.user.json(), "date": self.core.date}
            told |= {"old_chat_member": old.json(chat.kind), "new_chat_member": new.json(chat.kind)}
            for bot in self.core.bots:
                if chat.member(bot.user).leads:
                    self.core.emit(bot, "chat_member", told)

    def _serves(self, chat: Chat, service: Json, *, thread: int = 0, face: User | None = None) -> Entry:
        """A service message; `face`: who seems to have caused it, where the chat speaks for itself."""
        who: dict[str, Any] = {"sender_chat": chat} if chat.kind is Kind.CHANNEL or face else {}
        if chat.kind is not Kind.CHANNEL:
            who["sender"] = face or self.user
        with self.core.lock:
            stands = thread or (GENERAL if chat.is_forum else 0)
            return self.core.post(chat, author=self.user.id, thread=stands, service=service, **who)

    def _administrator(self, chat: Chat, bot: BotAccount, rights: tuple[str, ...]) -> Member:
        unknown = set(rights) - {*ADMIN_RIGHTS, *CHANNEL_RIGHTS, *GROUP_RIGHTS}
        assert not unknown, unknown
        kept = frozenset(rights or (("can_post_messages",) if chat.kind is Kind.CHANNEL else ())) | {"can_manage_chat"}
        return Member(user=bot.user, status=Status.ADMINISTRATOR, rights=kept)

    @staticmethod
    def _all_rights(chat: Chat) -> tuple[str, ...]:
        return (*ADMIN_RIGHTS, *(CHANNEL_RIGHTS if chat.kind is Kind.CHANNEL else GROUP_RIGHTS))
