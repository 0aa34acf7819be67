"""Whose turn it is in a lane: what was read of its queue, at most one delivery a chat, the most urgent first.

Only what is in memory; the rows are the queue. Seconds are those of a monotonic clock.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from itertools import count

from adapters.platform import AccountId, Address, Pace, Platform
from bot.rendition import Rendition
from bot.standing import Standings
from storage.queue import Queued
from storage.records import SubscriptionId, Urgency


class Turn:
    """A chat's turn: the delivery it is at, and what is known of it.

    `standings` and `rendition` are None until they are read and chosen. `more`: other deliveries for this chat were
    read and passed over; `overtaken`: one of them is more urgent; `paid`: its place in the pace is taken (since the
    moment `taken`), not used.
    """

    __slots__ = ("address", "more", "overtaken", "paid", "queued", "rendition", "standings", "taken", "waiting")

    def __init__(self, queued: Queued, address: Address) -> None:
        self.address = address
        self.queued = queued
        self.standings: Standings | None = None
        self.rendition: Rendition | None = None
        self.waiting = False
        self.more = False
        self.overtaken = False
        self.paid = False
        self.taken = 0.0

    def restart(self, queued: Queued, address: Address) -> None:
        """Go on with another delivery, or with the same as it was read again."""
        self.address = address
        self.queued = queued
        self.standings = None
        self.rendition = None
        self.overtaken = False


class Turns:
    """The turns of a lane: those that wait, those whose chat must rest, and those that somebody has taken."""

    def __init__(self, platform: Platform, account: AccountId, pace: Pace) -> None:
        self._platform = platform
        self._account = account
        self._pace = pace
        self._turns: dict[SubscriptionId, Turn] = {}
        self._waiting: dict[Urgency, deque[Turn]] = {urgency: deque() for urgency in Urgency}
        self._resting: list[tuple[float, int, Turn]] = []
        self._numbers = count()

    @property
    def ready(self) -> int:
        """How many turns wait, roughly: a turn that was overtaken while it waited counts twice."""
        return sum(map(len, self._waiting.values()))

    @property
    def resting(self) -> int:
        """How many turns wait for their chat to have rested."""
        return len(self._resting)

    def add(self, rows: Iterable[Queued]) -> int:
        """Take in what was read, in order; returns for how many chats it is their first delivery here."""
        known = len(self._turns)
        for row in rows:
            turn = self._turns.get(row.subscription)
            if turn is None:
                turn = self._turns[row.subscription] = Turn(row, self._address(row))
                self._line_up(turn)
            elif row.id != turn.queued.id:
                self._pass_over(turn, row)
        return len(self._turns) - known

    def _pass_over(self, turn: Turn, row: Queued) -> None:
        turn.more = True
        if row.urgency >= turn.queued.urgency:
            return
        if turn.waiting:
            turn.restart(row, self._address(row))
            self._line_up(turn)
        else:
            turn.overtaken = True

    def take(self, now: float) -> Turn | None:
        """The next turn whose chat may be sent to; those whose chat must rest step aside until it has."""
        self._end_rests(now)
        for urgency, line in self._waiting.items():
            while line:
                turn = line.popleft()
                if not turn.waiting or turn.queued.urgency is not urgency:
                    continue
                wait = self._pace.wait(turn.address, now)
                if wait <= 0:
                    turn.waiting = False
                    return turn
                heapq.heappush(self._resting, (now + wait, next(self._numbers), turn))
        return None

    def _end_rests(self, now: float) -> None:
        while self._resting and self._resting[0][0] <= now:
            _, _, turn = heapq.heappop(self._resting)
            if turn.waiting:
                self._waiting[turn.queued.urgency].appendleft(turn)

    def rest_ends(self) -> float | None:
        """When the first chat that must rest has rested."""
        return self._resting[0][0] if self._resting else None

    def go_on(self, turn: Turn, queued: Queued) -> None:
        """A turn that was taken goes on with its delivery, before those that have not begun."""
        turn.queued = queued
        turn.waiting = True
        self._waiting[queued.urgency].appendleft(turn)

    def restart(self, turn: Turn, queued: Queued) -> None:
        """A turn that was taken goes on with what was read for its chat."""
        turn.restart(queued, self._address(queued))
        self._line_up(turn)

    def end(self, turn: Turn) -> None:
        """Nothing is known of the chat any more."""
        turn.waiting = False
        self._turns.pop(turn.queued.subscription, None)

    def _line_up(self, turn: Turn) -> None:
        turn.waiting = True
        self._waiting[turn.queued.urgency].append(turn)

    def _address(self, row: Queued) -> Address:
        return Address(platform=self._platform, account=self._account, chat=row.chat, thread=row.thread)
