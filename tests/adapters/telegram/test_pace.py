"""The pace of Telegram, held against a server that counts strictly."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

import pytest

from adapters.pacing import SLACK
from adapters.platform import AccountId, Address, Pace, Platform
from adapters.telegram.pace import CHAT_EVERY, EVERY, GROUP_EVERY, TelegramPace

JITTER = 0.008
"""Seconds that a message comes earlier or later than the others, by its way."""


def chat(name: str, thread: str = "") -> Address:
    """A chat of the account."""
    return Address(platform=Platform.TELEGRAM, account=AccountId("7"), chat=name, thread=thread)


@dataclass(kw_only=True)
class Counting:
    """Counts as a strict server would: so many in any window of so many seconds, that is all."""

    free: int = 30
    left: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    all: deque[float] = field(default_factory=deque)
    chats: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def hear(self, name: str, moment: float, *, pays: bool = False) -> None:
        """A message arrives."""
        self._count(self.all, moment, 1.0, 1000 if pays else self.free, "lane")
        self._count(self.chats[name], moment, *((60.0, 20) if name.startswith("-") else (1.0, 1)), "chat")

    def _count(self, window: deque[float], moment: float, seconds: float, most: int, what: str) -> None:
        while window and window[0] <= moment - seconds:
            window.popleft()
        window.append(moment)
        self.refused[what] += len(window) > most


def run(pace: TelegramPace, names: list[str], *, until: float, late: float = 0.0, seed: int = 1) -> Counting:
    """Send as fast as the pace allows, to the first chat that may be written to; every way takes its own time."""
    random, server, now, arrivals = Random(seed), Counting(), 0.0, []  # noqa: S311 the same seed, the same way
    while now < until:
        if (wait := pace.lane_wait(now)) > 0:
            now += wait + random.uniform(0, late)
            continue
        name = next((name for name in names if pace.wait(chat(name), now) <= 0), None)
        if name is None:
            now += min(pace.wait(chat(name), now) for name in names) + random.uniform(0, late)
            continue
        pace.spend(chat(name), now)
        names.remove(name)
        names.append(name)
        server.left.append(now)
        arrivals.append((now + random.uniform(-JITTER, JITTER), name, pace.pays))
    for moment, name, pays in sorted(arrivals):
        server.hear(name, moment, pays=pays)
    return server


@pytest.mark.parametrize("late", [0.0, 0.004])
def test_windows_are_kept_and_used(late: float) -> None:
    """Over many chats 97 % of 30 a second leave, and a strict server refuses none, though the program is a bit late."""
    server = run(TelegramPace(born=0.0), [str(name) for name in range(200)], until=300.0, late=late)
    assert sum(server.refused.values()) == 0
    assert len(server.left) >= 0.97 * 30 * 300


class Exact(TelegramPace):
    """Exactly as fast as is allowed, with nothing left for the way."""

    def __init__(self) -> None:
        super().__init__(born=0.0)
        self._next = 0.0

    def lane_wait(self, now: float) -> float:
        """As `Pace.lane_wait`."""
        return max(0.0, self._next - now)

    def spend(self, address: Address, now: float) -> None:
        """As `Pace.spend`."""
        super().spend(address, now)
        self._next = now + 1 / 30


def test_exact_pace_is_refused() -> None:
    """Without anything left for the way, one too many falls into some second: the counting notices."""
    server = run(Exact(), [str(name) for name in range(200)], until=300.0)
    assert server.refused["lane"] > 0


def test_group_and_chat_windows_are_kept_and_used() -> None:
    """20 a minute go into a group and a channel, and 1 a second into a private chat, 97 % of that, and never more."""
    for name, allowed in (("-1001", 20 / 60), ("5", 1.0)):
        server = run(TelegramPace(born=0.0), [name], until=600.0)
        assert server.refused == {"lane": 0, "chat": 0}
        assert len(server.left) >= 0.97 * allowed * 600


def test_messages_leave_evenly() -> None:
    """There is no burst: the first second lets through no more than any other, and so does the first minute."""
    server = run(TelegramPace(born=0.0), [str(name) for name in range(100)], until=3.0)
    gaps = [later - earlier for earlier, later in pairwise(server.left)]
    assert min(gaps) >= EVERY - SLACK - 1e-9
    assert max(gaps[1:]) == pytest.approx(EVERY)


def test_topics_share_their_chats_window() -> None:
    """Windows are counted by chat: a forum's topics have one together."""
    pace = TelegramPace(born=0.0)
    pace.spend(chat("-1001", "4"), 10.0)
    assert pace.wait(chat("-1001", "9"), 10.0) == pytest.approx(GROUP_EVERY)


def test_new_owner_takes_every_window_for_spent() -> None:
    """Whoever begins knows nothing of what was sent just before: every window counts as spent."""
    pace: Pace = TelegramPace(born=100.0)
    assert pace.lane_wait(100.0) == pytest.approx(EVERY)
    assert pace.wait(chat("5"), 100.0) == pytest.approx(CHAT_EVERY)
    assert pace.wait(chat("-5"), 100.0) == pytest.approx(GROUP_EVERY)


def test_a_restart_breaks_no_window() -> None:
    """Whoever begins at the moment at which somebody else ended keeps the windows of both together."""
    server = Counting()
    for born, died in pairwise((0.0, 1.5, 2.7, 4.0, 4.01, 9.0)):
        pace, now, names = TelegramPace(born=born), born, [str(name) for name in range(100)]
        while now < died:
            now += pace.lane_wait(now) or min(pace.wait(chat(name), now) for name in names)
            for name in names:
                if pace.lane_wait(now) <= 0 and pace.wait(chat(name), now) <= 0 and now < died:
                    pace.spend(chat(name), now)
                    server.hear(name, now)
    assert server.refused == {"lane": 0, "chat": 0}


def test_state_is_bounded() -> None:
    """However many chats there are, only those are remembered that were written to within the longest window."""
    pace, now, most = TelegramPace(born=0.0), 10.0, 0
    for name in range(50_000):
        now += EVERY
        pace.spend(chat(f"{'-' if name % 3 else ''}{name}"), now)
        most = max(most, len(pace._chats))
    assert most <= GROUP_EVERY / EVERY + 20


# --- Refunds -----------------------------------------------------------------------------------------------------


def test_refund_gives_everything_back() -> None:
    """What was spent for a message that did not leave after all is given back: the lane's place and the chat's."""
    pace = TelegramPace(born=0.0)
    pace.spend(chat("5"), 10.0)
    pace.refund(chat("5"), 10.0)
    assert pace.lane_wait(10.01) == 0
    assert pace.wait(chat("5"), 10.01) == 0


def test_refund_leaves_answers_alone() -> None:
    """A delivery that gives back its place late does not give back that of an answer which left meanwhile."""
    pace = TelegramPace(born=0.0)
    pace.spend(chat("5"), 10.0)
    pace.claim(chat("5"), 12.0)
    pace.refund(chat("5"), 10.0)
    assert pace.wait(chat("5"), 12.1) == pytest.approx(CHAT_EVERY - 0.1)


def test_late_refund_leaves_the_message_behind_it_alone() -> None:
    """A place that is given back when another message has left for the chat, to a topic of it, frees nothing."""
    pace = TelegramPace(born=0.0)
    pace.spend(chat("-5", "4"), 10.0)
    pace.spend(chat("-5", "9"), 10.0 + GROUP_EVERY)
    pace.refund(chat("-5", "4"), 10.0)
    assert pace.wait(chat("-5"), 10.0 + GROUP_EVERY) == pytest.approx(GROUP_EVERY)


# --- Answers -----------------------------------------------------------------------------------------------------


def test_chat_is_kept_free_for_its_answer() -> None:
    """Where a chat's answer and its digest wait for the same moment, the answer has it; without one the digest does."""
    pace = TelegramPace(born=0.0)
    pace.spend(chat("5"), 10.0)
    wait = pace.answer_wait(chat("5"), 10.0)
    assert wait == pytest.approx(CHAT_EVERY)
    assert 0 < pace.wait(chat("5"), 10.0 + wait) < 1
    assert pace.answer_wait(chat("5"), 10.0 + wait) == 0
    assert pace.wait(chat("5"), 11.5) == 0


# --- Paid broadcasts ---------------------------------------------------------------------------------------------


def test_paid_pace_reaches_a_thousand() -> None:
    """With an allowance 97 % of 1,000 a second leave, each marked, and a strict server refuses none."""
    pace = TelegramPace(born=0.0, paid=True)
    pace.grant(100_000)
    server = run(pace, [str(name) for name in range(3000)], until=12.0)
    assert sum(server.refused.values()) == 0
    assert len([moment for moment in server.left if moment >= 2]) >= 0.97 * 1000 * 10


def test_paid_pace_ends_with_the_allowance() -> None:
    """When the allowance is used up, the free pace goes on, once what was paid for is not counted with it any more."""
    pace = TelegramPace(born=0.0, paid=True)
    pace.grant(1000)
    server = run(pace, [str(name) for name in range(3000)], until=60.0)
    assert sum(server.refused.values()) == 0
    assert pace.paid_left == 0
    assert not pace.pays
    assert 0.97 * (1000 + 57 * 30) <= len(server.left) <= 1000 + 60 * 30


def test_nothing_is_paid_below_the_free_pace() -> None:
    """What fits into the free pace uses nothing up and is not marked."""
    pace, now = TelegramPace(born=0.0, paid=True), 10.0
    pace.grant(10)
    for name in range(50):
        now += EVERY
        pace.spend(chat(str(name)), now)
        assert not pace.pays
    assert pace.paid_left == 10


def test_paid_message_that_did_not_leave_is_not_counted() -> None:
    """The allowance is given back as well."""
    pace = TelegramPace(born=0.0, paid=True)
    pace.grant(5)
    pace.spend(chat("1"), 10.0)
    pace.spend(chat("2"), 10.002)
    assert pace.paid_left == 4
    pace.refund(chat("2"), 10.002)
    assert pace.paid_left == 5


def test_grant_can_be_taken_back() -> None:
    """An allowance ends with its day, and never falls below nothing."""
    pace = TelegramPace(born=0.0, paid=True)
    pace.grant(5)
    pace.grant(-9)
    assert pace.paid_left == 0
