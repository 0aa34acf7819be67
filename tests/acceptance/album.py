"""Pictures of what stands in a simulated chat, as a person there sees it; a browser photographs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader
from playwright.async_api import Browser, expect

from tests.platforms.telegram.bubble import bubble
from tests.platforms.telegram.chats import Chat, Entry, Kind
from tests.platforms.telegram.page import STYLE
from tests.platforms.telegram.person import Person

WIDTH: Final = 400
"""CSS pixels: a phone's."""

DENSITY: Final = 1.25

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


@dataclass(slots=True)
class Album:
    """Scenes as HTML, by the names of their pictures; each as it was when it was kept."""

    pages: dict[str, str] = field(default_factory=dict)
    _html: Environment = field(
        default_factory=lambda: Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    )

    def keep(self, name: str, person: Person, scene: Scene) -> None:
        """Draw a scene as it is now, with the eyes of a person."""
        assert name not in self.pages
        chat = scene.entries[0].chat
        entries = [bubble(entry, person.user.id) for entry in scene.entries]
        last = scene.entries[-1]
        assert not scene.pressed or scene.pressed in last.buttons
        self.pages[name] = self._html.get_template("chat.html").render(
            style=STYLE.read_text(encoding="utf-8"),
            width=WIDTH,
            colour=_COLOURS[chat.kind],
            entries=entries,
            named=chat.kind is not Kind.PRIVATE,
            last=last.id,
            pressed=scene.pressed,
            popup=scene.popup,
            cut=scene.cut,
            **_heading(chat, person, scene),
        )

    async def photograph(self, browser: Browser, name: str, folder: Path) -> bytes:
        """Make the picture of a scene, and keep it in a folder."""
        context = await browser.new_context(
            viewport={"width": WIDTH, "height": 600}, device_scale_factor=DENSITY, color_scheme="light", locale="zh-CN"
        )
        page = await context.new_page()
        await page.set_content(self.pages[name])
        await page.evaluate("document.fonts.ready")
        chat = page.locator("#chat")
        await expect(chat).to_be_visible()
        picture = await chat.screenshot(path=folder / f"{name}.png")
        await context.close()
        return picture


def _heading(chat: Chat, person: Person, scene: Scene) -> dict[str, Any]:
    """What a client shows above a chat."""
    if chat.kind is Kind.PRIVATE:
        return {"title": person.bot.user.first_name, "subtitle": "机器人"}
    if chat.kind is Kind.CHANNEL:
        return {"title": chat.title, "subtitle": f"频道 · @{chat.username}" if chat.username else "私有频道"}
    title = f"{chat.title} › {scene.topic}" if scene.topic else chat.title
    return {"title": title, "subtitle": f"群组 · {len(chat.present)} 位成员"}
