"""Since when messages are in doubt, whatever the wall clock says."""

from __future__ import annotations

from bot.doubts import Doubts
from bot.standing import NONCE_HOLDS, NOTHING, Standing
from storage.records import DeliveryId, PartState

ONE = DeliveryId(1)
NOON = 1_750_000_000_000
"""A moment of the wall clock, in ms."""


def doubt(at: int, doubts: int = 1) -> Standing:
    """A message in doubt since a moment of the wall clock."""
    return Standing(state=PartState.UNKNOWN, content="a", doubts=doubts, doubted_at=at)


def test_a_doubt_is_as_old_as_it_is() -> None:
    """However the wall clock jumps, a doubt began as long ago as the other clock says."""
    doubts = Doubts()
    doubts.note(ONE, 1, doubt(NOON), left=100.0)
    for jump in (0, 3_600_000, -3_600_000):
        standings = doubts.dated(ONE, {1: doubt(NOON), 2: NOTHING}, now=130.0, wall=NOON + jump)
        assert standings[1].doubted_at == NOON + jump - 30_000
        assert standings[2] == NOTHING


def test_only_the_first_doubt_counts() -> None:
    """A message that is in doubt once more has been so since it first left."""
    doubts = Doubts()
    doubts.note(ONE, 1, doubt(NOON), left=100.0)
    doubts.note(ONE, 1, doubt(NOON, doubts=2), left=150.0)
    assert doubts.dated(ONE, {1: doubt(NOON, doubts=2)}, now=160.0, wall=NOON)[1].doubted_at == NOON - 60_000


def test_what_the_rows_say_is_believed_once() -> None:
    """After a restart a doubt is as old as the rows say, and from then on as old as it grows."""
    doubts = Doubts()
    doubts.recall(ONE, {1: doubt(NOON - 20_000)}, now=5.0, wall=NOON)
    doubts.recall(ONE, {1: doubt(NOON - 20_000)}, now=15.0, wall=NOON - 3_600_000)
    assert doubts.dated(ONE, {1: doubt(NOON - 20_000)}, now=15.0, wall=NOON)[1].doubted_at == NOON - 30_000


def test_a_doubt_of_the_future_is_old() -> None:
    """A wall clock that was set back while nothing ran leaves no doubt that could still be young."""
    doubts = Doubts()
    doubts.recall(ONE, {1: doubt(NOON + 1)}, now=5.0, wall=NOON)
    assert doubts.dated(ONE, {1: doubt(NOON + 1)}, now=5.0, wall=NOON)[1].doubted_at == NOON - NONCE_HOLDS


def test_nothing_is_remembered_for_long() -> None:
    """What is in doubt no more, by an answer, by the rows or because its delivery ended, is forgotten."""
    doubts = Doubts()
    doubts.note(ONE, 1, doubt(NOON), left=1.0)
    doubts.note(ONE, 1, NOTHING, left=2.0)
    assert len(doubts) == 0
    doubts.note(ONE, 1, doubt(NOON), left=1.0)
    doubts.recall(ONE, {1: NOTHING}, now=2.0, wall=NOON)
    assert len(doubts) == 0
    doubts.note(ONE, 1, doubt(NOON), left=1.0)
    doubts.forget(ONE)
    assert len(doubts) == 0
