"""How long a look at a folder of 5,000 posts takes: unchanged, after a restart, and the first time."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.look import Looked, Looker, Source
from digest.model import Rules
from storage.sqlite import SqliteStore

POSTS = 5_000
TIMES = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class LookFigures:
    """Milliseconds; all but `first` are medians. `reopened`: the first look after a restart, from the store alone."""

    unchanged: float
    reopened: float
    one_changed: float
    first: float


def measure(posts: int = POSTS) -> LookFigures:
    """Measure in a temporary folder; takes about half a minute, most of it for the first look."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "posts"
        _fill(folder, posts)
        return asyncio.run(_measure(folder, Path(place) / "sudi.db"))


def _fill(folder: Path, posts: int) -> None:
    for number in range(posts):
        file = folder / f"{2020 + number // 1000}" / f"{number:05}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\ntitle: 第 {number} 期\n---\n\n1. [标题](https://example.com/{number})\n\n   正文。\n")


async def _measure(folder: Path, database: Path) -> LookFigures:
    def now() -> datetime:
        return datetime.now(UTC)

    source = Source(folder=folder, rules=Rules(source="bench", zone=UTC))
    store = await SqliteStore.open(database, now=now)
    try:
        looker = Looker(store, now)
        first = await _milliseconds(lambda: looker.look(source))
        await looker.look(source)
        unchanged = [await _milliseconds(lambda: looker.look(source)) for _ in range(TIMES)]
        reopened = [await _milliseconds(lambda: Looker(store, now).look(source)) for _ in range(TIMES)]
        changed = [await _changed(looker, source, number) for number in range(TIMES)]
    finally:
        await store.close()
    return LookFigures(
        unchanged=statistics.median(unchanged),
        reopened=statistics.median(reopened),
        one_changed=statistics.median(changed),
        first=first,
    )


async def _changed(looker: Looker, source: Source, number: int) -> float:
    await asyncio.to_thread((source.folder / "2020" / "00000.md").write_text, f"# 第 {number} 版\n\n正文。\n")
    return await _milliseconds(lambda: looker.look(source))


async def _milliseconds(look: Callable[[], Awaitable[Looked]]) -> float:
    start = time.perf_counter()
    await look()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    print(measure())
