"""How fast one account may send on Discord: evenly within what it may do in all, and by what each channel allows. Pure.

A bot may make 50 requests a second, whatever they are, and a few into one channel, as its answers say: how many are
left and when there will be more (discord.com/developers/docs/topics/rate-limits). We make 45 and space them evenly: 46
take 1.02 s, so no second ever holds more than 45, and what their ways add or take away stays far below the limit. A
channel of which nothing is left waits in the lane, and others are served meanwhile.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from enum import StrEnum
from math import nan
from typing import Final

from adapters.pacing import SECOND, Places, Share, left
from adapters.platform import Address

EVERY: Final = SECOND / 45
"""Seconds between two requests of an account."""
USUAL: Final = 5
"""Messages that a channel usually takes in one window, until its answers say how many."""
WINDOW: Final = 5.25
"""Seconds of a usual window: 5, and what the way to it may take longer for the first message than for one behind it."""
LONGEST_WINDOW: Final = 3600.0
"""Seconds for which a channel is believed to take nothing more, at most."""
ROUNDED: Final = 0.01
"""Seconds by which an answer may call a window's end too early, for it is rounded."""
SAME: Final = 0.5
"""Seconds by which answers may differ that speak of the end of the same window."""


class Doing(StrEnum):
    """What a request does: Discord counts each of these apart, in every channel."""

    CREATE = "create"
    """Brings a message, or opens a thread with one."""
    EDIT = "edit"
    DELETE = "delete"
    OTHER = "other"
    """Whatever else: it does not hold messages back."""


@dataclass(slots=True, kw_only=True)
class _Window:
    """How many requests may still be made until a moment; then there are more."""

    left: int
    until: float


@dataclass(slots=True, kw_only=True)
class _Channel:
    """A channel that was written to lately: when last, and its windows by what they count; None: nothing was heard."""

    taken: float = nan
    windows: dict[Doing | None, _Window] = field(default_factory=dict)

    @property
    def free_at(self) -> float:
        """From when on anything may be brought; whether it is a message or an edit is not known before it leaves."""
        return max((window.until for window in self.windows.values() if window.left <= 0), default=0.0)

    @property
    def ends(self) -> float:
        """When nothing of all this matters any more."""
        return max((window.until for window in self.windows.values()), default=0.0)

    def take(self, at: float) -> None:
        """Somebody writes to it."""
        self.taken = at
        self.windows = {doing: window for doing, window in self.windows.items() if window.until > at}
        if not self.windows:
            self.windows[None] = _Window(left=USUAL, until=at + WINDOW)
        self._count(-1)

    def give_back(self) -> None:
        """Whoever took a place last did not write after all."""
        self.taken = nan
        self._count(1)

    def _count(self, by: int) -> None:
        for window in self.windows.values():
            window.left += by

    def learn(self, doing: Doing, told: _Window) -> None:
        """An answer told how a window stands. Answers may come late: of one window the least that was told counts."""
        self.windows.pop(None, None)
        known = self.windows.get(doing)
        if known is not None and told.until <= known.until + SAME:
            told.left = min(told.left, known.left)
        self.windows[doing] = told


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """When the lane was free before the last place was taken, and which channel took it."""

    channel: str
    free_at: float


class DiscordPace:
    """The pace of one account, new at the moment `born` (seconds, as all moments here): what was sent before counts.

    The owner before it kept the same pace. What it left of a channel's window tells the first answer there, which may
    be a 429. Only channels whose window has not ended are remembered.
    """

    def __init__(self, *, born: float) -> None:
        self._places = Places(every=EVERY, free_at=born + EVERY)
        self._answers = Share(until=born)
        self._channels: dict[str, _Channel] = {}
        self._ends: list[tuple[float, str]] = []
        self._before: _Before | None = None

    # --- Deliveries ----------------------------------------------------------------------------------------------

    def lane_wait(self, now: float) -> float:
        """As `Pace.lane_wait`."""
        return left(self._places.at(now), now)

    def wait(self, address: Address, now: float) -> float:
        """As `Pace.wait`."""
        return left(self._free_at(address), now)

    def spend(self, address: Address, now: float) -> None:
        """As `Pace.spend`."""
        self._take(address, now, now)

    def refund(self, address: Address, taken: float) -> None:
        """As `Pace.refund`. A place is free again if nobody has taken a later one: the lane's, and the channel's."""
        name = _channel_of(address)
        channel = self._channels.get(name)
        if channel is None or channel.taken != taken:
            return
        channel.give_back()
        if self._before is not None and self._before.channel == name:
            self._places.free_at = self._before.free_at
            self._before = None

    # --- Answers, and other requests -----------------------------------------------------------------------------

    def answer_wait(self, address: Address, now: float) -> float:
        """As `Pace.answer_wait`."""
        return left(max(self._free_at(address), self._answers.free_at(EVERY)), now)

    def claim(self, address: Address, now: float) -> float:
        """As `Pace.claim`."""
        at = max(self._places.at(now), self._free_at(address))
        self._answers.take(now, EVERY)
        self._take(address, at, now)
        return left(at, now)

    def claim_other(self, now: float) -> float:
        """Give a request that brings nothing the lane's next place, before all that waits; seconds until it."""
        at = self._places.at(now)
        self._places.take(at)
        self._before = None
        return left(at, now)

    # --- What answers tell ---------------------------------------------------------------------------------------

    def learn(self, doing: Doing, channel: str, *, remaining: int, reset_after: float, now: float) -> None:
        """An answer told how a channel stands: so many requests are left until so many seconds have passed.

        `channel` is the id that the request named: a thread has its own.
        """
        if doing is Doing.OTHER or not reset_after > 0:
            return
        told = _Window(left=remaining, until=now + min(reset_after, LONGEST_WINDOW) + ROUNDED)
        self._remembered(channel, told.until).learn(doing, told)
        self._forget(now)

    # --- Places --------------------------------------------------------------------------------------------------

    def _take(self, address: Address, at: float, now: float) -> None:
        name = _channel_of(address)
        self._before = _Before(channel=name, free_at=self._places.free_at)
        self._places.take(at)
        self._remembered(name, at + WINDOW).take(at)
        self._forget(now)

    def _free_at(self, address: Address) -> float:
        channel = self._channels.get(_channel_of(address))
        return 0.0 if channel is None else channel.free_at

    def _remembered(self, name: str, until: float) -> _Channel:
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = _Channel()
            heapq.heappush(self._ends, (until, name))
        return channel

    def _forget(self, now: float) -> None:
        """Forget the channels whose windows have ended; each stands in the heap once, at its end or before."""
        while self._ends and self._ends[0][0] <= now:
            _, name = heapq.heappop(self._ends)
            ends = self._channels[name].ends
            if ends > now:
                heapq.heappush(self._ends, (ends, name))
            else:
                del self._channels[name]


def _channel_of(address: Address) -> str:
    """What Discord counts by: a thread is a channel of its own."""
    return address.thread or address.chat
