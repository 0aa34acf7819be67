"""How fast a bot may write: sliding windows over all chats, over one chat and over one group, and honest refusals.

The figures are those that Telegram's own FAQ for bots names; what they leave open is taken the strict way: the windows
slide, edits count like messages, and whoever was told to wait has to wait to the end.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import ceil
from typing import Final

_BLINK: Final = 1e-9
"""Seconds that two sums of the same floats may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a bot may do. Seconds throughout."""

    per_second: int = 30
    paid_per_second: int = 1_000
    second: float = 1.0
    chat_burst: int = 1
    chat_second: float = 1.0
    group_per_minute: int = 20
    minute: float = 60.0
    query_life: float = 15.0
    deletable: float = 48 * 3600.0
    update_life: float = 24 * 3600.0


STRICT: Final = Limits()
TOLERANT: Final = Limits(second=0.9, chat_second=0.9, minute=59.5)
"""STRICT for tests in real time, where what left evenly may arrive in bunches."""

UNLIMITED: Final = Limits(per_second=10**9, paid_per_second=10**9, chat_burst=10**9, group_per_minute=10**9)


@dataclass(slots=True)
class Window:
    """At most `most` in any stretch of `span` seconds; after a refusal closed until what it named is over."""

    most: int
    span: float
    times: deque[float] = field(default_factory=deque)
    closed_until: float = float("-inf")
    told_at: float = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until one more may pass; 0 when it may now."""
        while self.times and self.times[0] + self.span <= now + _BLINK:
            self.times.popleft()
        until_room = self.times[-self.most] + self.span - now if len(self.times) >= self.most else 0.0
        until_open = self.closed_until - now
        return max(0.0, until_room, until_open if until_open > _BLINK else 0.0)

    def is_closed(self, now: float) -> bool:
        """Whether somebody was told to wait and the time is not over."""
        return self.closed_until > now + _BLINK

    def close(self, seconds: float, now: float) -> None:
        """Somebody is told to wait that long."""
        if not self.is_closed(now):
            self.told_at = now
        self.closed_until = max(self.closed_until, now + seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """A refusal. `hasty`: how long ago the bot had been told to wait already; None if it had not."""

    retry_after: int
    whole_bot: bool
    hasty: float | None


class Pacer:
    """The windows of one bot."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.paid = 0
        self._bot = Window(limits.per_second, limits.second)
        self._paid = Window(limits.paid_per_second, limits.second)
        self._chats: dict[int, Window] = {}
        self._groups: dict[int, Window] = {}

    def claim(self, chat: int, now: float, *, is_group: bool, pays: bool) -> Flood | None:
        """Let one message pass, or say why not; a message beyond the free ones is paid for, if it may be."""
        windows = [self._chat(chat), *([self._group(chat)] if is_group else []), self._paid]
        costs = pays and self._bot.wait(now) > 0
        if not costs:
            windows.append(self._bot)
        slowest = max(windows, key=lambda window: window.wait(now))
        if slowest.wait(now) > 0:
            return self._refused(slowest, now)
        for window in windows:
            window.times.append(now)
        self.paid += costs
        return None

    def close(self, seconds: float, now: float, *, chat: int | None = None) -> None:
        """Somebody was told to wait by other means: for one chat, or for all."""
        (self._bot if chat is None else self._chat(chat)).close(seconds, now)

    def _refused(self, window: Window, now: float) -> Flood:
        hasty = now - window.told_at if window.is_closed(now) else None
        seconds = max(1, ceil(window.wait(now) - _BLINK))
        window.close(seconds, now)
        return Flood(retry_after=seconds, whole_bot=window is self._bot or window is self._paid, hasty=hasty)

    def _chat(self, chat: int) -> Window:
        if chat not in self._chats:
            self._chats[chat] = Window(self.limits.chat_burst, self.limits.chat_second)
        return self._chats[chat]

    def _group(self, chat: int) -> Window:
        if chat not in self._groups:
            self._groups[chat] = Window(self.limits.group_per_minute, self.limits.minute)
        return self._groups[chat]
