"""What stands in a chat, and what is to be done, by tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.platform import DoubtPolicy, Receipt
from bot.standing import GONE, NONCE_HOLDS, Delete, Edit, Event, Send, end_of, next_step, stand
from storage.ledger import AGAIN
from storage.records import Action, DeliveryState, PartState

RECEIPT = Receipt(message="9")
ASSUME = DoubtPolicy.ASSUME_SENT


def sent(number: int, content: str) -> Event:
    """A message that arrived."""
    return Event(number=number, action=Action.SEND, state=PartState.SENT, content=content, receipt=RECEIPT)


def taken(number: int, state: PartState) -> Event:
    """A message that was to be taken back."""
    return Event(number=number, action=Action.DELETE, state=state, content=None, reason="refused")


def event(action: Action, state: PartState, content: str | None = "a", *, reason: str | None = None) -> Event:
    """Something that was tried with message 1."""
    return Event(number=1, action=action, state=state, content=content, reason=reason)


@pytest.mark.parametrize(
    ("desired", "events", "step"),
    [
        (["a"], [], Send(number=1)),
        (["a"], [sent(1, "a")], None),
        (["a", "b"], [sent(1, "a")], Send(number=2)),
        (["x", "b"], [sent(1, "a"), sent(2, "b")], Edit(number=1, receipt=RECEIPT)),
        (["a"], [sent(1, "a"), sent(2, "b")], Delete(number=2, receipt=RECEIPT)),
        ([], [sent(1, "a"), sent(2, "b"), sent(3, "c")], Delete(number=3, receipt=RECEIPT)),
        ([], [sent(1, "a")], Delete(number=1, receipt=RECEIPT)),
        ([], [sent(1, "a"), sent(2, "b"), taken(2, PartState.FAILED)], Delete(number=1, receipt=RECEIPT)),
        ([], [sent(1, "a"), sent(2, "b"), taken(2, PartState.UNKNOWN)], Delete(number=2, receipt=RECEIPT)),
        ([], [], None),
        ([], [sent(1, "a"), event(Action.DELETE, PartState.SENT, None)], None),
        (["a"], [sent(1, "a"), event(Action.DELETE, PartState.SENT, None)], Send(number=1)),
        (["a"], [event(Action.SEND, PartState.UNKNOWN)], None),
        (["x"], [event(Action.SEND, PartState.UNKNOWN)], None),
        ([], [event(Action.SEND, PartState.UNKNOWN)], None),
        (["a"], [event(Action.SEND, PartState.FAILED, reason="refused")], None),
        (["x"], [event(Action.SEND, PartState.FAILED, reason="refused")], Send(number=1)),
        (["a"], [event(Action.SEND, PartState.FAILED, reason=AGAIN)], Send(number=1)),
        (["x"], [sent(1, "a"), event(Action.EDIT, PartState.UNKNOWN, "x")], Edit(number=1, receipt=RECEIPT)),
        (["x"], [sent(1, "a"), event(Action.EDIT, PartState.FAILED, "x", reason=GONE)], None),
        (["y"], [sent(1, "a"), event(Action.EDIT, PartState.FAILED, "x", reason=GONE)], None),
        (["x"], [sent(1, "a"), event(Action.EDIT, PartState.FAILED, "x", reason="refused")], None),
        (
            ["y"],
            [sent(1, "a"), event(Action.EDIT, PartState.FAILED, "x", reason="refused")],
            Edit(number=1, receipt=RECEIPT),
        ),
        ([], [sent(1, "a"), event(Action.DELETE, PartState.UNKNOWN, None)], Delete(number=1, receipt=RECEIPT)),
        ([], [sent(1, "a"), event(Action.DELETE, PartState.FAILED, None, reason="refused")], None),
        (
            ["x"],
            [sent(1, "a"), event(Action.DELETE, PartState.FAILED, None, reason="refused")],
            Edit(number=1, receipt=RECEIPT),
        ),
    ],
)
def test_next_step_is_a_difference(desired: list[str], events: list[Event], step: object) -> None:
    """A delivery has a difference to make: send what is missing, edit what differs, take the last back of too many."""
    assert next_step(desired, stand(events), ASSUME, 0) == step


@pytest.mark.parametrize(
    ("policy", "doubts", "now", "repeated"),
    [
        (DoubtPolicy.ASSUME_SENT, 1, 0, False),
        (DoubtPolicy.ASK, 1, 0, False),
        (DoubtPolicy.RESEND_ONCE, 1, 0, True),
        (DoubtPolicy.RESEND_ONCE, 2, 0, False),
        (DoubtPolicy.REPLAY_NONCE, 1, NONCE_HOLDS - 1, True),
        (DoubtPolicy.REPLAY_NONCE, 3, NONCE_HOLDS, False),
        (DoubtPolicy.REPLAY_NONCE, 1, -1, False),
        (DoubtPolicy.REPEAT, 9, NONCE_HOLDS, True),
    ],
)
def test_doubts_are_repeated_by_policy(policy: DoubtPolicy, doubts: int, now: int, *, repeated: bool) -> None:
    """A send in doubt, also one that a crash left behind, is made again only as its policy has it."""
    standings = stand([event(Action.SEND, PartState.UNKNOWN)] * doubts)
    assert (next_step(["a"], standings, policy, now) == Send(number=1)) is repeated
    if policy is not DoubtPolicy.REPEAT:
        assert next_step(["changed"], standings, policy, now) is None


def test_delivery_ends_with_its_worst_part() -> None:
    """A delivery ends with its worst part's state, and that part's reason."""
    assert end_of(stand([])) == (DeliveryState.SKIPPED, "nothing-to-send")
    assert end_of(stand([sent(1, "a"), sent(2, "b")])) == (DeliveryState.SENT, None)
    doubt = event(Action.SEND, PartState.UNKNOWN, reason="doubt: lost")
    assert end_of(stand([doubt, sent(2, "b")])) == (DeliveryState.UNKNOWN, "doubt: lost")
    failed = Event(number=3, action=Action.SEND, state=PartState.FAILED, content="c", reason="refused: no")
    assert end_of(stand([doubt, sent(2, "b"), failed])) == (DeliveryState.FAILED, "refused: no")


@given(
    before=st.lists(st.sampled_from("abc"), max_size=5),
    after=st.lists(st.sampled_from("abc"), max_size=5),
)
def test_steps_lead_to_what_is_desired(before: list[str], after: list[str]) -> None:
    """From any messages to any others, the steps end, and then exactly the desired ones stand there."""
    events = [sent(number, content) for number, content in enumerate(before, start=1)]
    for _ in range(20):
        step = next_step(after, stand(events), ASSUME, 0)
        if step is None:
            break
        action = {Send: Action.SEND, Edit: Action.EDIT, Delete: Action.DELETE}[type(step)]
        content = None if isinstance(step, Delete) else after[step.number - 1]
        done = Event(number=step.number, action=action, state=PartState.SENT, content=content, receipt=RECEIPT)
        events.append(done)
    standings = stand(events)
    assert [standings[number].content for number in sorted(standings) if standings[number].content] == after


@given(
    parts=st.integers(min_value=1, max_value=4),
    kept=st.integers(min_value=0, max_value=3),
    ends=st.lists(st.sampled_from([PartState.SENT, PartState.UNKNOWN, PartState.FAILED]), max_size=12),
    policy=st.sampled_from(DoubtPolicy),
)
def test_what_is_taken_back_goes_from_the_last(
    parts: int, kept: int, ends: list[PartState], policy: DoubtPolicy
) -> None:
    """Nothing is taken back while something behind it can be, whatever becomes of each try, under every policy."""
    events = [sent(number, "a") for number in range(1, parts + 1)]
    for end in ends:
        standings = stand(events)
        step = next_step(["a"] * min(kept, parts), standings, policy, 0)
        if step is None:
            break
        assert isinstance(step, Delete)
        behind = [standings[number] for number in range(step.number + 1, parts + 1)]
        assert all(standing.stays or standing.receipt is None for standing in behind)
        events.append(taken(step.number, end))
