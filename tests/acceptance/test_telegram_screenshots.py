"""The pictures of the guide to Telegram: the whole bot on a strict simulator. They are kept as the others are."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.acceptance.album import DENSITY
from tests.acceptance.browsers import chromium
from tests.acceptance.telegram import town
from tests.acceptance.telegram_album import Album
from tests.acceptance.telegram_tour import Tour
from tests.acceptance.test_screenshots import size

pytestmark = pytest.mark.browser

GUIDE = Path(__file__).parents[2] / "docs/telegram.md"


async def _photograph(album: Album, folder: Path) -> None:
    async with chromium() as browser:
        for name in album.pages:
            width, height = size(await album.photograph(browser, name, folder))
            assert width == Album.width * DENSITY
            assert height > 100 * DENSITY


def test_the_guides_pictures_are_made_of_the_real_bot(tmp_path: Path) -> None:
    """Every picture of the guide to Telegram shows what the bot really answered, and every answer it shows is there."""
    with town(tmp_path / "town") as here:
        album = here.live(Tour(here).walk())
    folder = Path(os.environ.get("TEST_SCREENSHOTS") or tmp_path) / "telegram"
    folder.mkdir(exist_ok=True)
    asyncio.run(_photograph(album, folder))
    guide = GUIDE.read_text(encoding="utf-8")
    assert {name for name in album.pages if f"images/telegram/{name}.png" in guide} == set(album.pages)
