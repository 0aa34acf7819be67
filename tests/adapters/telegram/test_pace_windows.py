"""The pace of Telegram against exact windows, whatever is sent, answered, given back and paid for, in any order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from adapters.platform import AccountId, Address, Platform
from adapters.telegram.pace import TelegramPace

NAMES = ("1", "2", "-1", "-2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A message that left, or may still."""

    moment: float
    name: str
    pays: bool

    @property
    def address(self) -> Address:
        """Where it goes."""
        return Address(platform=Platform.TELEGRAM, account=AccountId("7"), chat=self.name)


def crowds(moments: Sequence[float], seconds: float) -> Iterator[int]:
    """For each message, in the order in which they come, how many came in so many seconds up to it, with it."""
    first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= seconds - 1e-9:
            first += 1
        yield last - first + 1


class Sending(RuleBasedStateMachine):
    """Workers that send and give back as late as they like, a voice, and an allowance that comes and goes."""

    def __init__(self) -> None:
        super().__init__()
        self.pace = TelegramPace(born=0.0, paid=True)
        self.now = 0.0
        self.sent: list[Left] = []
        self.taken: list[Left] = []
        self.strangers = 0

    def spend(self, name: str) -> None:
        """Take a place now, if there is one."""
        left = Left(moment=self.now, name=name, pays=False)
        if self.pace.lane_wait(self.now) <= 0 and self.pace.wait(left.address, self.now) <= 0:
            self.pace.spend(left.address, self.now)
            self.taken.append(Left(moment=self.now, name=name, pays=self.pace.pays))
            self.sent = [left if left.moment <= self.now else self.leaving(left) for left in self.sent]

    def leaving(self, left: Left) -> Left:
        """An answer that has a place and leaves later, with the flag of that moment."""
        return replace(left, pays=self.pace.pays)

    def stranger(self) -> str:
        """A chat that was never written to."""
        self.strangers += 1
        return str(1000 + self.strangers)

    @rule(seconds=st.one_of(st.floats(0, 0.05), st.floats(0, 5.0)))
    def time_passes(self, seconds: float) -> None:
        """Nothing happens for a while."""
        self.now += seconds

    @rule(name=st.sampled_from(NAMES), messages=st.sampled_from((1, 2, 22)))
    def one_is_sent(self, name: str, messages: int) -> None:
        """One chat is brought so many, as soon as it may be."""
        address = Left(moment=0, name=name, pays=False).address
        for _ in range(messages):
            for _ in range(2):
                self.now += max(self.pace.lane_wait(self.now), self.pace.wait(address, self.now))
            self.spend(name)

    @rule(messages=st.integers(1, 45))
    def many_are_sent(self, messages: int) -> None:
        """To as many chats, as fast as they may."""
        for _ in range(messages):
            self.now += self.pace.lane_wait(self.now)
            self.spend(self.stranger())

    @rule(name=st.one_of(st.none(), st.sampled_from(NAMES)), answers=st.integers(1, 9))
    def readers_ask(self, name: str | None, answers: int) -> None:
        """One chat or many; what would have to wait is asked another time."""
        for _ in range(answers):
            left = Left(moment=0, name=name or self.stranger(), pays=False)
            if self.pace.answer_wait(left.address, self.now) <= 0:
                moment = self.now + self.pace.claim(left.address, self.now)
                self.sent.append(Left(moment=moment, name=left.name, pays=self.pace.pays))

    @rule(name=st.sampled_from((*NAMES, "")), which=st.integers(0, 5))
    def one_gives_back(self, name: str, which: int) -> None:
        """Somebody who took a place sends nothing after all, and notices late."""
        found = [left for left in self.taken if left.name == name or not name]
        if found:
            left = found[which % len(found)]
            self.taken.remove(left)
            self.pace.refund(left.address, left.moment)

    @rule(name=st.sampled_from(NAMES), which=st.integers(0, 1))
    def topics_take_turns(self, name: str, which: int) -> None:
        """Two topics of one chat have places, one gives its own back, and a third takes what is free."""
        self.one_is_sent(name, 2)
        self.one_gives_back(name, which)
        self.spend(name)

    @rule()
    def all_are_gone(self) -> None:
        """Whatever has a place leaves."""
        self.sent += self.taken
        self.taken.clear()

    @rule(messages=st.integers(-100, 100))
    def the_allowance_changes(self, messages: int) -> None:
        """More may be paid for, or less."""
        self.pace.grant(messages)

    def teardown(self) -> None:
        """What was sent, and what may still be, keeps every window."""
        every = sorted([*self.sent, *self.taken], key=lambda left: (left.moment, left.pays))  # the flag comes last
        chats: defaultdict[str, list[float]] = defaultdict(list)
        for left in every:
            chats[left.name].append(left.moment)
        for name, moments in chats.items():
            seconds, most = (60.0, 20) if name.startswith("-") else (1.0, 1)
            assert max(crowds(moments, seconds)) <= most, name
        assert self.pace.paid_left >= 0
        for left, crowd in zip(every, crowds([left.moment for left in every], 1.0), strict=True):
            assert crowd <= (1000 if left.pays else 30), left


TestSending = Sending.TestCase
TestSending.settings = settings(max_examples=60, stateful_step_count=30)
