"""What the tours of all guides share: a bot with two series from before, and posts as if they were written now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.acceptance.press import noon_zone
from tests.acceptance.town import AnyTown, Sudi

_SETTINGS = """
[[sources]]
folder = "{folder}"

[[sources.series]]
series = "daily"
title = "{daily}"

[[sources.series]]
series = "rolling"
title = "{rolling}"
"""


def sudi_with_series(
    here: AnyTown[Any], before: Sequence[Path], *, daily: str = "速递$", rolling: str = "过去4小时", **variables: str
) -> Sudi:
    """A bot with a daily and a rolling issue from before; the words are what their titles are known by."""
    sudi = here.sudi(SUDI_SOURCES="", **variables)
    settings = _SETTINGS.format(folder=sudi.posts, daily=daily, rolling=rolling)
    (sudi.folder / "sudi.toml").write_text(settings, encoding="utf-8")
    for path in before:
        sudi.save(path.name, path.read_text(encoding="utf-8"))
    return sudi


async def indexed(here: AnyTown[Any], sudi: Sudi, posts: int) -> None:
    """Wait until it knows so many posts from before."""
    look = "SELECT 1 FROM post WHERE state = 'indexed'"
    await here.until(lambda: len(sudi.rows(look)) == posts, "its first look")


def of_today(path: Path) -> str:
    """An example post as if it were written now."""
    now = datetime.now(ZoneInfo(noon_zone()))
    text = path.read_text(encoding="utf-8")
    return re.sub(r"^date: .*$", f"date: {now.isoformat(timespec='seconds')}", text, count=1, flags=re.MULTILINE)
