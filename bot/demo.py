"""What `make run` shows somebody new: example posts, and one more that arrives."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Final

import structlog

from bot.config import Settings, SourceSettings

POSTS: Final = Path("var/posts")
"""The folder that the demo watches: yours to write into."""
LATER: Final = Path("examples/later")
"""The posts that arrive while one watches."""
ARRIVAL_SECONDS: Final = 10.0
"""How long after the start they arrive."""

log = structlog.get_logger(__name__)


def settings_for(settings: Settings) -> Settings:
    """The settings of a demo: without sources of their own it watches the examples, and is quick about it."""
    if settings.sources:
        return settings
    sources = (SourceSettings(folder=POSTS),)
    return settings.model_copy(update={"sources": sources, "settle_seconds": 1.0, "look_seconds": 1.0})


async def arrive(folder: Path, *, later: Path = LATER, after: float = ARRIVAL_SECONDS) -> None:
    """Save the later posts into the watched folder after so many seconds, unless they are there."""
    await asyncio.sleep(after)
    arrived = await asyncio.to_thread(_save, folder, later)
    for name in arrived:
        log.info("demo.arrival", path=name)


def _save(folder: Path, later: Path) -> list[str]:
    arrived = []
    for post in sorted(later.glob("*.md")):
        if folder.is_dir() and not (folder / post.name).exists():
            shutil.copyfile(post, folder / post.name)
            arrived.append(post.name)
    return arrived
