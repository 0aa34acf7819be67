"""The pace of Discord, held against a server that counts strictly: 50 requests a second, and its channels' windows."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise
from random import Random

import pytest

from adapters.discord.pace import EVERY, LONGEST_WINDOW, ROUNDED, USUAL, WINDOW, DiscordPace, Doing
from adapters.pacing import SLACK
from adapters.platform import AccountId, Address, Platform

JITTER = 0.008
"""Seconds that a request comes earlier or later than the others, by its way."""
AWAY = 0.05
"""Seconds that an answer needs to come back."""


def channel(name: str, thread: str = "") -> Address:
    """A channel of the account."""
    return Address(platform=Platform.DISCORD, account=AccountId("7"), chat=name, thread=thread)


@dataclass(kw_only=True)
class Counting:
    """Counts as Discord does: 50 requests in any second, and so many into a channel from its first one on."""

    most: int = 5
    seconds: float = 5.0
    arrived: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    all: deque[float] = field(default_factory=deque)
    windows: dict[str, tuple[float, int]] = field(default_factory=dict)

    def hear(self, name: str, moment: float) -> tuple[int, float]:
        """A request arrives; how many are left in its channel, and for how many seconds."""
        while self.all and self.all[0] <= moment - 1.0:
            self.all.popleft()
        self.all.append(moment)
        self.arrived.append(moment)
        self.refused["all"] += len(self.all) > 50
        began, count = self.windows.get(name, (moment, 0))
        if moment - began >= self.seconds:
            began, count = moment, 0
        self.refused["channel"] += count >= self.most
        self.windows[name] = began, min(count + 1, self.most)
        return self.most - self.windows[name][1], began + self.seconds - moment


def run(pace: DiscordPace, names: list[str], *, server: Counting, until: float, tells: bool = True) -> list[float]:
    """Send as fast as the pace allows, one at a time into each channel; when each message left."""
    random, now = Random(1), 0.0  # noqa: S311 the same seed, the same way
    sent: list[float] = []
    ways: list[tuple[float, str]] = []
    coming: list[tuple[float, str, int, float]] = []
    busy: set[str] = set()
    while now < until:
        while ways and ways[0][0] <= now:
            moment, name = heappop(ways)
            remaining, reset_after = server.hear(name, moment)
            heappush(coming, (moment + AWAY, name, remaining, reset_after))
        while coming and coming[0][0] <= now:
            moment, name, remaining, reset_after = heappop(coming)
            busy.discard(name)
            if tells:
                pace.learn(Doing.CREATE, name, remaining=remaining, reset_after=reset_after, now=now)
        name = next((name for name in names if name not in busy and pace.wait(channel(name), now) <= 0), "")
        if name and pace.lane_wait(now) <= 0:
            pace.spend(channel(name), now)
            names.remove(name)
            names.append(name)
            busy.add(name)
            sent.append(now)
            heappush(ways, (now + AWAY + random.uniform(-JITTER, JITTER), name))
        now += max(0.002, min(pace.lane_wait(now), 0.005))
    return sent


def test_what_is_allowed_is_used() -> None:
    """Over many channels 97 % of 45 a second leave, no second holds more than 45, and a strict server refuses none."""
    server = Counting()
    sent = run(DiscordPace(born=0.0), [str(name) for name in range(100)], server=server, until=30.0)
    assert sum(server.refused.values()) == 0
    assert len(sent) >= 0.97 * 45 * 30
    assert all(later - earlier >= 1.0 for earlier, later in zip(sent, sent[45:], strict=False))


@pytest.mark.parametrize("tells", [True, False])
def test_a_channel_is_brought_what_it_takes(tells: bool) -> None:
    """A channel is brought five messages in five seconds, and never one too many, whether its answers tell or not."""
    server = Counting()
    sent = run(DiscordPace(born=0.0), ["5"], server=server, until=30.0, tells=tells)
    assert sum(server.refused.values()) == 0
    assert len(sent) >= 0.9 * 30


@pytest.mark.parametrize(("most", "seconds"), [(1, 3.0), (2, 10.0), (10, 5.0)])
def test_a_channels_own_window_is_learned(most: int, seconds: float) -> None:
    """What a channel's answers tell counts, whether it takes fewer than usual or more."""
    server = Counting(most=most, seconds=seconds)
    sent = run(DiscordPace(born=0.0), ["5"], server=server, until=30.0)
    assert server.refused == {"all": 0, "channel": 0}
    assert len(sent) >= 0.9 * most * 30 / seconds


def test_a_full_channel_lets_others_pass() -> None:
    """A channel of which nothing is left waits until there is more, as its answer said; the lane and others do not."""
    pace = DiscordPace(born=0.0)
    pace.spend(channel("5"), 10.0)
    pace.learn(Doing.CREATE, "5", remaining=0, reset_after=4.0, now=10.1)
    assert pace.wait(channel("5"), 10.1) == pytest.approx(4.0 + ROUNDED)
    assert pace.wait(channel("6"), 10.1) == 0
    assert pace.lane_wait(10.1) == 0
    assert pace.wait(channel("5"), 14.2) == 0


def test_a_late_answer_gives_nothing_back() -> None:
    """Answers may overtake each other: of one window, the least that was told counts."""
    pace = DiscordPace(born=0.0)
    for _ in range(2):
        pace.spend(channel("5"), 10.0)
    pace.learn(Doing.CREATE, "5", remaining=0, reset_after=4.0, now=11.0)
    pace.learn(Doing.CREATE, "5", remaining=1, reset_after=3.9, now=11.1)
    assert pace.wait(channel("5"), 11.1) > 3


def test_a_new_window_is_noticed() -> None:
    """An answer that speaks of a later window than the one before gives all back that this one holds."""
    pace = DiscordPace(born=0.0)
    pace.spend(channel("5"), 10.0)
    pace.learn(Doing.CREATE, "5", remaining=0, reset_after=4.0, now=10.1)
    pace.learn(Doing.CREATE, "5", remaining=4, reset_after=5.0, now=14.05)
    assert pace.wait(channel("5"), 14.06) == 0


def test_kinds_of_requests_are_counted_apart() -> None:
    """What edits have left says nothing of new messages; a channel waits for whichever is used up."""
    pace = DiscordPace(born=0.0)
    pace.spend(channel("5"), 10.0)
    pace.learn(Doing.CREATE, "5", remaining=0, reset_after=4.0, now=10.1)
    pace.learn(Doing.EDIT, "5", remaining=4, reset_after=5.0, now=10.2)
    pace.learn(Doing.OTHER, "5", remaining=0, reset_after=300.0, now=10.3)
    assert pace.wait(channel("5"), 10.3) == pytest.approx(3.8 + ROUNDED)
    assert pace.wait(channel("5"), 14.2) == 0


def test_a_thread_is_a_channel_of_its_own() -> None:
    """Discord counts by the id that a request names: a thread, its channel and another thread do not share."""
    pace = DiscordPace(born=0.0)
    pace.learn(Doing.CREATE, "9", remaining=0, reset_after=4.0, now=10.0)
    assert pace.wait(channel("5", "9"), 10.0) == pytest.approx(4.0 + ROUNDED)
    assert pace.wait(channel("5"), 10.0) == pace.wait(channel("5", "8"), 10.0) == 0


@pytest.mark.parametrize("reset_after", [float("nan"), -3.0, 0.0])
def test_nonsense_is_not_learned(reset_after: float) -> None:
    """A window that has ended, or whose end cannot be read, holds nothing back."""
    pace = DiscordPace(born=0.0)
    pace.learn(Doing.CREATE, "5", remaining=0, reset_after=reset_after, now=10.0)
    assert pace.wait(channel("5"), 10.0) == 0


def test_no_channel_is_silenced_for_long() -> None:
    """However long a window is said to be, it is believed for an hour at most."""
    pace = DiscordPace(born=0.0)
    pace.learn(Doing.CREATE, "5", remaining=0, reset_after=float("inf"), now=10.0)
    assert pace.wait(channel("5"), 10.0) == pytest.approx(LONGEST_WINDOW + ROUNDED)


def test_messages_leave_evenly() -> None:
    """There is no burst: the first second lets through no more than any other."""
    sent = run(DiscordPace(born=0.0), [str(name) for name in range(100)], server=Counting(), until=3.0)
    assert min(later - earlier for earlier, later in pairwise(sent)) >= EVERY - SLACK - 1e-9


def test_state_is_bounded() -> None:
    """However many channels there are, only those are remembered whose window has not ended."""
    pace, now, most = DiscordPace(born=0.0), 10.0, 0
    for name in range(20_000):
        now += EVERY
        pace.spend(channel(str(name)), now)
        pace.learn(Doing.CREATE, str(name), remaining=4, reset_after=5.0, now=now + 0.1)
        if name % 1000 == 0:
            pace.learn(Doing.CREATE, str(name), remaining=0, reset_after=40.0, now=now + 0.1)
        most = max(most, len(pace._channels), len(pace._ends))
    assert most <= WINDOW / EVERY + 10


# --- Refunds -----------------------------------------------------------------------------------------------------


def test_refund_gives_everything_back() -> None:
    """What was spent for a message that did not leave after all is given back, once, to the lane and the channel."""
    pace = DiscordPace(born=0.0)
    for moment in range(1, USUAL + 1):
        pace.spend(channel("5"), moment / 10)
    assert pace.wait(channel("5"), USUAL / 10) > 0
    pace.refund(channel("5"), USUAL / 10)
    assert pace.lane_wait(USUAL / 10) == 0
    assert pace.wait(channel("5"), USUAL / 10) == 0
    pace.refund(channel("5"), USUAL / 10)
    pace.spend(channel("5"), 1.0)
    assert pace.wait(channel("5"), 1.0) > 0


def test_refund_moves_no_other_request() -> None:
    """Once another request has taken a later place, a refund gives back the channel's only: two never leave at once."""
    pace = DiscordPace(born=0.0)
    pace.spend(channel("5"), 10.0)
    pace.claim_other(10.0 + EVERY)
    pace.refund(channel("5"), 10.0)
    assert pace.lane_wait(10.0 + EVERY) >= EVERY - SLACK - 1e-9


def test_late_refund_leaves_the_message_behind_it_alone() -> None:
    """A place that is given back when another message has left for the channel frees nothing."""
    pace = DiscordPace(born=0.0)
    for index in range(USUAL):
        pace.spend(channel("5"), 10.0 + index * EVERY)
    pace.refund(channel("5"), 10.0)
    assert pace.wait(channel("5"), 10.2) > 0


# --- Answers, and other requests ---------------------------------------------------------------------------------


def test_an_answer_waits_for_its_channel() -> None:
    """An answer into a channel of which nothing is left waits for it as a message does."""
    pace = DiscordPace(born=0.0)
    pace.learn(Doing.CREATE, "5", remaining=0, reset_after=4.0, now=10.0)
    assert pace.answer_wait(channel("5"), 10.0) == pytest.approx(4.0 + ROUNDED)
    assert pace.claim(channel("5"), 10.0) == pytest.approx(4.0 + ROUNDED)


def test_other_requests_take_places_as_well() -> None:
    """Look-ups and publishing count with Discord as messages do: each takes the next place, and messages follow."""
    pace = DiscordPace(born=0.0)
    first, second, third = (pace.claim_other(10.0) for _ in range(3))
    assert first == 0
    assert second == pytest.approx(EVERY - SLACK)
    assert third == pytest.approx(second + EVERY)
    assert pace.lane_wait(10.0) == pytest.approx(third + EVERY)
