"""What there is on the simulated Telegram: users, chats of every kind, their members, topics and history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any, Final

Json = dict[str, Any]

GENERAL: Final = 1
"""The topic that every forum has; the Bot API never names it."""

ADMIN_RIGHTS: Final = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
CHANNEL_RIGHTS: Final = ("can_post_messages", "can_edit_messages")
GROUP_RIGHTS: Final = ("can_pin_messages", "can_manage_topics")

PERMISSIONS: Final = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)


class Kind(StrEnum):
    """What a chat is."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


class Status(StrEnum):
    """What somebody is in a chat."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    RESTRICTED = "restricted"
    LEFT = "left"
    KICKED = "kicked"


PRESENT: Final = frozenset({Status.CREATOR, Status.ADMINISTRATOR, Status.MEMBER, Status.RESTRICTED})
LEADING: Final = frozenset({Status.CREATOR, Status.ADMINISTRATOR})


@dataclass(slots=True, kw_only=True, eq=False)
class User:
    """A person, or a bot seen as a user."""

    id: int
    first_name: str
    is_bot: bool = False
    username: str = ""
    language_code: str = ""
    is_deactivated: bool = False

    def json(self) -> Json:
        """As the Bot API shows a user."""
        told: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.username:
            told["username"] = self.username
        if self.language_code and not self.is_bot:
            told["language_code"] = self.language_code
        return told


GROUP_ANONYMOUS: Final = User(id=1087968824, first_name="Group", is_bot=True, username="GroupAnonymousBot")
SERVICE: Final = User(id=777000, first_name="Telegram")
CHANNEL_BOT: Final = User(id=136817688, first_name="Channel", is_bot=True, username="Channel_Bot")


@dataclass(slots=True, kw_only=True, eq=False)
class Member:
    """Somebody in a chat, or who was there. `rights`: an administrator's; `may_send`: a restricted member's."""

    user: User
    status: Status
    rights: frozenset[str] = frozenset()
    is_anonymous: bool = False
    may_send: bool = False

    @property
    def is_present(self) -> bool:
        """Whether they are in the chat."""
        return self.status in PRESENT

    @property
    def leads(self) -> bool:
        """Whether they own or administer the chat."""
        return self.status in LEADING

    def may(self, right: str) -> bool:
        """Whether they have an administrator's right."""
        return self.status is Status.CREATOR or (self.status is Status.ADMINISTRATOR and right in self.rights)

    def json(self, kind: Kind) -> Json:
        """As the Bot API shows a member of such a chat."""
        told: Json = {"status": str(self.status), "user": self.user.json()}
        if self.status is Status.CREATOR:
            told["is_anonymous"] = self.is_anonymous
        elif self.status is Status.ADMINISTRATOR:
            told |= {"can_be_edited": False, "is_anonymous": self.is_anonymous}
            more = CHANNEL_RIGHTS if kind is Kind.CHANNEL else GROUP_RIGHTS
            told |= {right: right in self.rights for right in (*ADMIN_RIGHTS, *more)}
        elif self.status is Status.RESTRICTED:
            told |= dict.fromkeys(PERMISSIONS, self.may_send) | {"is_member": True, "until_date": 0}
        elif self.status is Status.KICKED:
            told["until_date"] = 0
        return told


@dataclass(slots=True, kw_only=True, eq=False)
class Topic:
    """A forum's topic. `gone`: the answer to whoever writes into it once it is deleted."""

    id: int
    title: str
    is_closed: bool = False
    gone: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class Entry:
    """A message in a chat's history, as it is now. `author`: who wrote it, even where nobody can see it.

    `service` holds the fields of a service message; `edits`: how often it was edited; `paid`: with stars.
    """

    chat: Chat
    id: int
    date: int
    author: int = 0
    sender: User | None = None
    sender_chat: Chat | None = None
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    thread: int = 0
    reply_to: int = 0
    silent: bool = False
    keyboard: Json | None = None
    preview: Json | None = None
    origin: Json | None = None
    is_automatic: bool = False
    edited: int = 0
    edits: int = 0
    paid: bool = False
    service: Json = field(default_factory=dict)

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons, row by row."""
        return [button["text"] for row in self.rows for button in row]

    @property
    def rows(self) -> list[list[Json]]:
        """Its inline keyboard."""
        rows: list[list[Json]] = (self.keyboard or {}).get("inline_keyboard", [])
        return rows

    def json(self, *, with_reply: bool = True) -> Json:
        """As the Bot API shows a message."""
        told: Json = {"message_id": self.id, "date": self.date, "chat": self.chat.json()}
        if self.sender is not None:
            told["from"] = self.sender.json()
        if self.sender_chat is not None:
            told["sender_chat"] = self.sender_chat.json()
        told |= self._place()
        if with_reply and (answered := self.chat.entries.get(self.reply_to or self._topic)) and answered is not self:
            told["reply_to_message"] = answered.json(with_reply=False)
        if self.origin is not None:
            told["forward_origin"] = self.origin
        if self.is_automatic:
            told["is_automatic_forward"] = True
        if self.edited:
            told["edit_date"] = self.edited
        return told | self._content()

    @property
    def _topic(self) -> int:
        return self.thread if self.chat.is_forum and self.thread != GENERAL else 0

    def _place(self) -> Json:
        """Where it stands: a topic, or the thread that a reply in a supergroup belongs to."""
        if self._topic:
            return {"message_thread_id": self.thread, "is_topic_message": True}
        if self.chat.kind is Kind.SUPERGROUP and not self.chat.is_forum and self.thread:
            return {"message_thread_id": self.thread}
        return {}

    def _content(self) -> Json:
        told = dict(self.service)
        if self.text:
            told["text"] = self.text
        if self.entities:
            told["entities"] = self.entities
        if self.preview:
            told["link_preview_options"] = self.preview
        if self.keyboard:
            told["reply_markup"] = self.keyboard
        return told


@dataclass(slots=True, kw_only=True, eq=False)
class Chat:
    """A chat. A private one is seen from its bot: `person` is the other side.

    `ids` numbers its messages: private chats and groups share one sequence, supergroups and channels have their own.
    `may_send`: whether ordinary members may; `silenced`: the answer to whoever may not. `last_bot`: the last to speak.
    """

    id: int
    kind: Kind
    ids: Iterator[int] = field(default_factory=lambda: count(1))
    title: str = ""
    username: str = ""
    person: User | None = None
    is_forum: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)
    linked: Chat | None = None
    is_started: bool = False
    is_blocked: bool = False
    is_deleted: bool = False
    migrated_to: Chat | None = None
    may_send: bool = True
    silenced: str = "not enough rights to send text messages to the chat"
    hides_members: bool = False
    last_bot: int = 0

    def json(self) -> Json:
        """As the Bot API shows a chat within something else."""
        told: Json = {"id": self.id, "type": str(self.kind)}
        if self.person is not None:
            told["first_name"] = self.person.first_name
        else:
            told["title"] = self.title
        name = self.person.username if self.person else self.username
        if name:
            told["username"] = name
        if self.is_forum:
            told["is_forum"] = True
        return told

    def member(self, user: User) -> Member:
        """What somebody is here; who was never here has left."""
        return self.members.get(user.id) or Member(user=user, status=Status.LEFT)

    @property
    def present(self) -> list[Member]:
        """Who is here."""
        return [member for member in self.members.values() if member.is_present]

    @property
    def shown(self) -> list[Entry]:
        """What a person sees, in order."""
        return list(self.entries.values())
