"""Asks Discord one thing after the other, and slowly: all who use a token share its requests."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from discord.http import Route

from adapters.discord.request import Answered, DiscordHTTP

GAP: Final = 0.08
"""Seconds between two requests: a quarter of an account's 50 a second, which may be busy sending."""


class Asks:
    """Asks never faster than it may, and again where it is told to wait. `gap`: seconds between two requests."""

    def __init__(self, http: DiscordHTTP, *, gap: float = GAP) -> None:
        self._http = http
        self._gap = gap
        self._clock = asyncio.get_running_loop().time
        self._next = 0.0
        self._known: dict[str, asyncio.Task[Any]] = {}

    @property
    def told_at(self) -> datetime | None:
        """What time it is, as the last answer told; None where it does not say."""
        return self._http.told_at

    async def ask(self, path: str, *, params: Mapping[str, Any] | None = None) -> Any:
        """What is answered to a GET; raises what `DiscordHTTP.request` raises."""
        while True:
            await self._turn()
            try:
                return await self._http.request(Route("GET", path), params=params)
            except Answered as refusal:
                if refusal.status != HTTPStatus.TOO_MANY_REQUESTS or refusal.banned or refusal.retry_after is None:
                    raise
                await asyncio.sleep(refusal.retry_after)

    async def once(self, path: str) -> Any:
        """The same, asked only once, whoever wants to know it. All who ask have to wait until the same moment."""
        if path not in self._known:
            self._known[path] = asyncio.ensure_future(self.ask(path))
        return await self._known[path]

    async def _turn(self) -> None:
        begins = max(self._next, self._clock())
        self._next = begins + self._gap
        await asyncio.sleep(begins - self._clock())
