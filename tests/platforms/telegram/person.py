"""The person's side, what everybody does: write, press buttons, edit, forward, block."""

from __future__ import annotations

from typing import Any

from tests.platforms.telegram.about import change_member
from tests.platforms.telegram.accounts import BotAccount, Popup, Press
from tests.platforms.telegram.chats import (
    CHANNEL_BOT,
    GENERAL,
    GROUP_ANONYMOUS,
    Chat,
    Entry,
    Json,
    Kind,
    Member,
    Status,
    Topic,
)
from tests.platforms.telegram.core import origin_of
from tests.platforms.telegram.entities import LONGEST, entities_of, units
from tests.platforms.telegram.organising import Organiser


class Person(Organiser):
    """Somebody with a Telegram client. What they do is done at once; the bots hear of it by updates."""

    @property
    def chat(self) -> Chat:
        """Their private chat with the bot."""
        return self.core.private(self.bot, self.user)

    def talks_to(self, bot: BotAccount) -> Person:
        """The same person, with another bot before them."""
        return Person(self.core, self.user, bot)

    # --- Writing

    def starts(self, payload: str = "") -> Entry:
        """Press «Start», or follow a link t.me/<bot>?start=<payload>."""
        return self.says(f"/start {payload}".strip())

    def starts_in(self, chat: Chat, payload: str = "", *rights: str) -> Entry:
        """Follow a link t.me/<bot>?startgroup=<payload>: add the bot, and say so in the group."""
        self.adds_bot(chat, *rights)
        return self.says(f"/start@{self.bot.user.username} {payload}".strip(), chat)

    def says(
        self,
        text: str,
        chat: Chat | None = None,
        *,
        thread: Topic | int = 0,
        reply_to: Entry | None = None,
        speaks_as: Chat | None = None,
    ) -> Entry:
        """Write a text: to the bot in private, or in a chat. `speaks_as`: a channel of theirs whose face they show."""
        assert units(text) <= LONGEST
        with self.core.lock:
            where = chat or self._opened()
            return self.core.post(
                where,
                author=self.user.id,
                **self._face(where, speaks_as),
                **self._place(where, thread, reply_to),
                text=text,
                entities=entities_of(text),
            )

    def forwards(self, entry: Entry, chat: Chat | None = None) -> Entry:
        """Forward a message: to the bot in private, or to a chat."""
        with self.core.lock:
            where = chat or self._opened()
            return self.core.post(
                where,
                author=self.user.id,
                **self._face(where, None),
                **self._place(where, 0, None),
                text=entry.text,
                entities=entry.entities,
                origin=entry.origin or origin_of(entry),
            )

    def edits(self, entry: Entry, text: str) -> None:
        """Change one's own words."""
        assert entry.author == self.user.id
        with self.core.lock:
            self.core.revise(entry, text=text, entities=entities_of(text))

    def deletes(self, entry: Entry) -> None:
        """Take a message away; no bot is told."""
        with self.core.lock:
            entry.chat.entries.pop(entry.id, None)

    # --- Buttons

    def presses(self, entry: Entry, label: str) -> Press:
        """Press the button with this label; the press has the bot's answer as soon as it has come.

        A button that opens an address is answered at once. A message that is gone meanwhile is shown by its number.
        """
        [button] = [button for row in entry.rows for button in row if button["text"] == label]
        return self.presses_data(entry, button.get("callback_data", ""), url=button.get("url", ""))

    def presses_data(self, entry: Entry, data: str, *, url: str = "") -> Press:
        """Press a button that a hostile client makes up: anything may stand in it."""
        with self.core.lock:
            number = f"{self.user.id}{next(self.core.numbers):012d}"
            press = Press(id=number, at=self.core.now(), person=self.user, entry=entry, data=data)
            if url:
                press.answer = Popup(url=url)
                return press
            bot = next(bot for bot in self.core.bots if bot.id == entry.author)
            bot.presses[press.id] = press
            self.core.emit(bot, "callback_query", self._query(press))
            return press

    def _query(self, press: Press) -> Json:
        entry, chat = press.entry, press.entry.chat
        gone: Json = {"chat": chat.json(), "message_id": entry.id, "date": 0}
        return {
            "id": press.id,
            "from": self.user.json(),
            "message": entry.json() if entry.id in chat.entries else gone,
            "chat_instance": str(abs(chat.id) * 7919),
            "data": press.data,
        }

    # --- Coming and going

    def blocks(self) -> None:
        """Block the bot."""
        with self.core.lock:
            self.chat.is_blocked = True
            self._tells_of_blocking(Status.MEMBER, Status.KICKED)

    def unblocks(self) -> None:
        """Let the bot write again."""
        with self.core.lock:
            self.chat.is_blocked = False
            self._tells_of_blocking(Status.KICKED, Status.MEMBER)

    def deletes_account(self) -> None:
        """Leave Telegram; nobody is told."""
        self.user.is_deactivated = True

    def _tells_of_blocking(self, old: Status, new: Status) -> None:
        chat = self.chat
        chat.members[self.bot.id] = Member(user=self.bot.user, status=old)
        change_member(self.core, self.bot, chat, Member(user=self.bot.user, status=new), by=self.user)

    # --- How it is done

    def _opened(self) -> Chat:
        chat = self.chat
        if chat.is_blocked:
            self.unblocks()
        chat.is_started = True
        return chat

    def _face(self, chat: Chat, speaks_as: Chat | None) -> dict[str, Any]:
        if chat.kind is Kind.PRIVATE:
            return {"sender": self.user}
        assert not chat.is_deleted
        assert chat.migrated_to is None
        member = chat.member(self.user)
        assert member.is_present, f"{self.user.first_name} is not in {chat.title}"
        if chat.kind is Kind.CHANNEL:
            assert member.may("can_post_messages")
            return {"sender_chat": chat}
        if speaks_as is not None:
            return {"sender": CHANNEL_BOT, "sender_chat": speaks_as}
        if member.is_anonymous:
            return {"sender": GROUP_ANONYMOUS, "sender_chat": chat}
        assert member.leads or chat.may_send
        return {"sender": self.user}

    def _place(self, chat: Chat, thread: Topic | int, reply_to: Entry | None) -> dict[str, Any]:
        number = thread.id if isinstance(thread, Topic) else thread
        if chat.is_forum:
            number = number or (reply_to.thread if reply_to else GENERAL)
            topic = chat.topics[number]
            assert not topic.gone
            assert not topic.is_closed or chat.member(self.user).may("can_manage_topics")
        elif reply_to is not None and chat.kind is Kind.SUPERGROUP:
            number = reply_to.thread or reply_to.id
        return {"thread": number, "reply_to": reply_to.id if reply_to else 0}
