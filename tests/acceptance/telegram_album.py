"""Pictures of a simulated Telegram: what stands in a chat, with a finger on a button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.acceptance.album import AnyAlbum
from tests.platforms.telegram.bubble import bubble
from tests.platforms.telegram.chats import Chat, Entry, Kind
from tests.platforms.telegram.person import Person

_COLOURS: Final = {
    Kind.PRIVATE: "#3c8dc5",
    Kind.GROUP: "#c2783a",
    Kind.SUPERGROUP: "#c2783a",
    Kind.CHANNEL: "#8353b4",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Some messages of a chat. `pressed`: the label that a finger is on; `popup`: what is shown for a moment.

    `topic`: the name of the forum's topic; `cut`: the most CSS pixels to show, the rest fades.
    """

    entries: Sequence[Entry]
    pressed: str = ""
    popup: str = ""
    topic: str = ""
    cut: int = 0


class Album(AnyAlbum):
    """What the chats of Telegram look like on a phone."""

    template = "telegram_chat.html"
    width = 400

    def keep(self, name: str, person: Person, scene: Scene) -> None:
        """Draw a scene as it is now, with the eyes of a person."""
        chat = scene.entries[0].chat
        entries = [bubble(entry, person.user.id) for entry in scene.entries]
        last = scene.entries[-1]
        assert not scene.pressed or scene.pressed in last.buttons
        self.draw(
            name,
            colour=_COLOURS[chat.kind],
            entries=entries,
            named=chat.kind is not Kind.PRIVATE,
            last=last.id,
            pressed=scene.pressed,
            popup=scene.popup,
            cut=scene.cut,
            **_heading(chat, person, scene),
        )


def _heading(chat: Chat, person: Person, scene: Scene) -> dict[str, Any]:
    """What a client shows above a chat."""
    if chat.kind is Kind.PRIVATE:
        return {"title": person.bot.user.first_name, "subtitle": "机器人"}
    if chat.kind is Kind.CHANNEL:
        return {"title": chat.title, "subtitle": f"频道 · @{chat.username}" if chat.username else "私有频道"}
    title = f"{chat.title} › {scene.topic}" if scene.topic else chat.title
    return {"title": title, "subtitle": f"群组 · {len(chat.present)} 位成员"}
