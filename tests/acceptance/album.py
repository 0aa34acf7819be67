"""Pictures of what stands in a simulated chat, as a person there sees it; a browser photographs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Final, Literal

from jinja2 import Environment, FileSystemLoader
from playwright.async_api import Browser, expect

from tests.platforms.page import STYLE

DENSITY: Final = 1.25


class AnyAlbum:
    """Scenes as HTML, by the names of their pictures; each as it was when it was kept.

    `width`: CSS pixels; `theme`: the colours that people mostly see that platform in.
    """

    template: ClassVar[str]
    width: ClassVar[int]
    theme: ClassVar[Literal["light", "dark"]] = "light"

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self._html = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)

    def draw(self, name: str, **seen: Any) -> None:
        """Keep a scene under a name that no other has; `seen` is what the platform's template needs."""
        assert name not in self.pages
        style = STYLE.read_text(encoding="utf-8")
        page = self._html.get_template(self.template)
        self.pages[name] = page.render(style=style, width=self.width, theme=self.theme, **seen)

    async def photograph(self, browser: Browser, name: str, folder: Path) -> bytes:
        """Make the picture of a scene, and keep it in a folder."""
        context = await browser.new_context(
            viewport={"width": self.width, "height": 600},
            device_scale_factor=DENSITY,
            color_scheme=self.theme,
            locale="zh-CN",
        )
        page = await context.new_page()
        await page.set_content(self.pages[name])
        await page.evaluate("document.fonts.ready")
        chat = page.locator("#chat")
        await expect(chat).to_be_visible()
        picture = await chat.screenshot(path=folder / f"{name}.png")
        await context.close()
        return picture
