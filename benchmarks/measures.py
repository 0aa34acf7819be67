"""Everything that is measured, by name. A process that measures imports this module, not the one that prints."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from benchmarks import beginning, bounds, discord, lane, look, pacing, posts, residing, servers, store, telegram
from benchmarks.figures import Figure

Measure = Callable[[], Coroutine[Any, Any, list[Figure]]]


async def looking() -> list[Figure]:
    """Look at a folder of 5,000 posts."""
    found = await asyncio.to_thread(look.measure)
    name = f"look at {look.POSTS:,} posts"
    return [
        Figure(name=f"{name}, unchanged", value=found.unchanged, unit="ms", at_most=100),
        Figure(name=f"{name}, one changed", value=found.one_changed, unit="ms"),
        Figure(name=f"{name}, after a restart", value=found.reopened, unit="ms"),
        Figure(name=f"{name}, the first time", value=found.first, unit="ms"),
    ]


MEASURES: dict[str, Measure] = {
    "spelling": posts.spelling,
    "checking": posts.checking,
    "bounds": bounds.bounds,
    "looking": looking,
    "recording": store.recording,
    "sending": lane.sending,
    "promising": store.promising,
    "requesting": telegram.requesting,
    "pacing": pacing.pacing,
    "requesting-discord": discord.requesting,
    "remembering": servers.remembering,
    "residing": residing.residing,
    "beginning": beginning.beginning,
}


def measured(name: str) -> list[Figure]:
    """The figures of one measurement."""
    return asyncio.run(MEASURES[name]())
