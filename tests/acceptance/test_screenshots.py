"""The pictures of the documentation. `TEST_SCREENSHOTS=docs/images` keeps them; without it they are only made."""

from __future__ import annotations

import os
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, FloatRect, Page, expect

from adapters.discord.dialect import DiscordDialect
from adapters.platform import Platform, Reply
from adapters.telegram.dialect import TelegramDialect
from adapters.web.dialect import WebDialect
from adapters.web.server import entrance
from digest.choices import Layout
from digest.richtext import plain
from tests.acceptance.browsers import chromium
from tests.adapters.web.desks import MemoryDesk, with_buttons
from tests.adapters.web.showcase import daily, furnished, posts
from tests.adapters.web.sites import KEY, server_for
from tests.documents import WORDS
from tests.golden.faces import CASES, DIALECTS, EXAMPLES, Case, digest_of

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


def size(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG, from its first chunk."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures are kept."""
    return Path(os.environ.get("TEST_SCREENSHOTS") or tmp_path)


@asynccontextmanager
async def _opened(browser: Browser, address: str, shot: Shot) -> AsyncIterator[Page]:
    """The shot's page before whoever has the key."""
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
    yield page
    await context.close()


async def test_the_documentations_pictures_are_made_of_the_real_pages(folder: Path) -> None:
    """README's screenshot is made by a test, of the real pages and the real dialects."""
    server = server_for(desk_for_pictures())
    address = await server.start()
    try:
        async with chromium() as browser:
            for shot in SHOTS:
                async with _opened(browser, address, shot) as page:
                    await _pose(page, shot)
                    picture = await page.screenshot(path=folder / f"{shot.name}.png")
                    assert size(picture) == (shot.width * DENSITY, shot.height * DENSITY)
    finally:
        await server.stop()


# --- What each shape of post becomes -----------------------------------------------------------------------------

SHAPES = sorted((EXAMPLES / "shapes").glob("*.md"))

NARROW, MARGIN = 366, 8
"""CSS pixels: the width of the page, a phone's, and what is left of the room around a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """A message to be shown alone: the file of its picture, and what it brings."""

    file: str
    case: Case


def portraits() -> tuple[Portrait, ...]:
    """What the example of each shape becomes, and an issue half of which its reader knows."""
    shapes = (Portrait(file=f"shapes/{path.stem}.png", case=_case(path)) for path in SHAPES)
    known = next(case for case in CASES if case.name == "rolling.seen.headlines")
    return (*shapes, Portrait(file="seen-before.png", case=known))


def _case(path: Path) -> Case:
    return Case(name=path.stem, digest=digest_of(path))


def desk_of(cases: Sequence[Case]) -> MemoryDesk:
    """A desk on which each case is a post, for readers on Telegram."""
    desk = MemoryDesk()
    desk.dialects = (DIALECTS[Platform.TELEGRAM],)
    desk.compose = lambda post, _layout: cases[post - 1].document(Platform.TELEGRAM)
    desk.post_rows = [replace(posts()[0], id=at, path=f"{case.name}.md") for at, case in enumerate(cases, 1)]
    return desk


async def _message(page: Page, path: Path) -> bytes:
    """The picture of the only message on a page of previews."""
    message = page.locator(".room-telegram .message")
    await expect(message).to_have_count(1)
    box = await message.bounding_box()
    assert box
    x, y, width, height = (round(box[side]) for side in ("x", "y", "width", "height"))
    clip = FloatRect(x=x - MARGIN, y=y - MARGIN, width=width + 2 * MARGIN, height=height + 2 * MARGIN)
    return await page.screenshot(path=path, full_page=True, clip=clip)


async def test_each_shape_has_a_picture_of_its_preview(folder: Path) -> None:
    """What each example of a shape becomes, and what a repeat does, is shown in a picture of its preview."""
    (folder / "shapes").mkdir(exist_ok=True)
    told = portraits()
    server = server_for(desk_of([portrait.case for portrait in told]))
    address = await server.start()
    try:
        async with chromium() as browser, _opened(browser, address, Shot(name="", path="/posts", width=NARROW)) as page:
            for at, portrait in enumerate(told, 1):
                await page.goto(f"{address}/posts/{at}")
                width, height = size(await _message(page, folder / portrait.file))
                assert NARROW * DENSITY * 0.8 < width < NARROW * DENSITY
                assert height > 100 * DENSITY
                for story in portrait.case.digest.stories:
                    await expect(page.locator(".room-telegram .picture")).to_contain_text(plain(story.title))
    finally:
        await server.stop()
