"""The pictures of the documentation. `TEST_SCREENSHOTS=docs/images` keeps them; without it they are only made."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from adapters.discord.dialect import DiscordDialect
from adapters.platform import Reply
from adapters.telegram.dialect import TelegramDialect
from adapters.web.dialect import WebDialect
from adapters.web.server import entrance
from digest.choices import Layout
from tests.acceptance.browsers import chromium
from tests.adapters.web.desks import WORDS, MemoryDesk, with_buttons
from tests.adapters.web.showcase import daily, furnished
from tests.adapters.web.sites import KEY, server_for

pytestmark = pytest.mark.browser

DENSITY = 1.5
ASKED = "/today"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture: its name, its page, and how it is looked at (sizes in CSS pixels)."""

    name: str
    path: str
    width: int = 1240
    height: int = 860
    theme: str = "light"
    language: str = "zh-CN"
    asks: bool = False
    begins: str = ""


SHOTS = (
    Shot(name="inbox", path="/", height=980, begins=".day-name"),
    Shot(name="inbox-phone", path="/", width=390, height=844, theme="dark", asks=True),
    Shot(name="preview", path="/posts/1", height=980),
    Shot(name="deliveries", path="/deliveries"),
)


def desk_for_pictures() -> MemoryDesk:
    """A furnished desk on a good day: nothing is wrong."""
    desk = furnished(MemoryDesk(), WebDialect(), TelegramDialect(), DiscordDialect())
    desk.alert_rows = []
    desk.source_rows = desk.source_rows[:1]
    buttons = with_buttons("", ("查看全文", "/latest"), ("订阅", "/subscribe")).buttons
    desk.answers[ASKED] = Reply(documents=(daily(Layout.HEADLINES),), words=WORDS, buttons=buttons)
    return desk


async def _pose(page: Page, shot: Shot) -> None:
    if shot.asks:
        await page.fill("#text", ASKED)
        await page.keyboard.press("Enter")
        await expect(page.locator(".bubble.answer")).to_be_visible()
        await page.evaluate("document.activeElement.blur()")
    if shot.begins:
        await page.locator(shot.begins).first.scroll_into_view_if_needed()
        await page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")
    await page.evaluate("document.fonts.ready")


def _size(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG, from its first chunk."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


async def test_the_documentations_pictures_are_made_of_the_real_pages(tmp_path: Path) -> None:
    """README's screenshot is made by a test, of the real pages and the real dialects."""
    folder = Path(os.environ.get("TEST_SCREENSHOTS") or tmp_path)
    server = server_for(desk_for_pictures())
    address = await server.start()
    try:
        async with chromium() as browser:
            for shot in SHOTS:
                context = await browser.new_context(
                    viewport={"width": shot.width, "height": shot.height},
                    device_scale_factor=DENSITY,
                    color_scheme="dark" if shot.theme == "dark" else "light",
                    locale=shot.language,
                    timezone_id="Asia/Shanghai",
                )
                page = await context.new_page()
                await page.goto(entrance(address, KEY))
                await page.goto(address + shot.path)
                await _pose(page, shot)
                picture = await page.screenshot(path=folder / f"{shot.name}.png")
                assert _size(picture) == (shot.width * DENSITY, shot.height * DENSITY)
                await context.close()
    finally:
        await server.stop()
