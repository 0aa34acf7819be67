"""The pictures of the guide to Discord, in its two languages: the whole bot on a strict simulator."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.acceptance.album import DENSITY
from tests.acceptance.browsers import chromium
from tests.acceptance.discord import town
from tests.acceptance.discord_album import Album
from tests.acceptance.discord_tour import EN, ZH, Cast, Tour
from tests.acceptance.test_screenshots import size

pytestmark = pytest.mark.browser

GUIDES = {"zh": "discord.zh.md", "en": "discord.md"}


async def _photograph(album: Album, folder: Path) -> None:
    async with chromium() as browser:
        for name in album.pages:
            width, height = size(await album.photograph(browser, name, folder))
            assert width == Album.width * DENSITY
            assert height > 100 * DENSITY


@pytest.mark.parametrize("cast", [ZH, EN], ids=["zh", "en"])
def test_the_guides_pictures_are_made_of_the_real_bot(cast: Cast, tmp_path: Path) -> None:
    """Every picture of the guide to Discord shows what the bot really answered, and every answer it shows is there."""
    with town(tmp_path / "town") as here:
        album = here.live(Tour(here, cast).walk())
    folder = Path(os.environ.get("TEST_SCREENSHOTS") or tmp_path) / "discord" / cast.language
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_photograph(album, folder))
    guide = (Path(__file__).parents[2] / "docs" / GUIDES[cast.language]).read_text(encoding="utf-8")
    assert {name for name in album.pages if f"images/discord/{cast.language}/{name}.png" in guide} == set(album.pages)
