"""What is done after an error, by tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.platform import (
    AccountDead,
    ChatLost,
    ChatThrottled,
    CourierError,
    Doubt,
    DoubtPolicy,
    Forbidden,
    MessageLost,
    Moved,
    NotSent,
    Poison,
    ThreadLost,
    Throttled,
    TooLarge,
)
from bot.standing import GONE
from bot.verdict import (
    ACCOUNT_REST,
    LONGEST_WAIT,
    STORM,
    TROUBLED,
    Case,
    DropThread,
    Fail,
    LanePauses,
    Move,
    Retry,
    Suspend,
    Unknown,
    Verdict,
    Weather,
    backoff,
    judge,
    sane_wait,
)
from storage.records import Action, Reason

NOW = 1_000_000
DAY = 86_400_000
CASE = Case(action=Action.SEND, attempts=0, now=NOW, stale_at=NOW + DAY, jitter=0.5, policy=DoubtPolicy.ASSUME_SENT)


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (NotSent("refused"), Retry(at=NOW + 1100, reason="not-sent: refused")),
        (Throttled("slow", retry_after=7), Retry(at=NOW + 7000, reason="throttled", tried=False)),
        (Throttled("slow", retry_after=7, whole_lane=True), LanePauses(until=NOW + 7000, reason="throttled")),
        (Throttled("slow", retry_after=7200), LanePauses(until=NOW + 7_200_000, reason="throttled")),
        (ChatThrottled("edits", retry_after=7200), Retry(at=NOW + 7_200_000, reason="throttled", tried=False)),
        (Doubt("lost"), Unknown(reason="doubt: lost")),
        (ChatLost("left"), Suspend(reason=Reason.CHAT_LOST)),
        (MessageLost("gone"), Fail(reason=GONE)),
        (Moved("up", to="-100"), Move(to="-100")),
        (TooLarge("4097"), Fail(reason="refused: 4097")),
        (Poison("bad"), Fail(reason="refused: bad")),
        (AccountDead("401"), LanePauses(until=NOW + ACCOUNT_REST, reason="account-dead")),
        (CourierError("what?"), Unknown(reason="unexpected: what?")),
    ],
)
def test_each_error_says_what_to_do_next(error: CourierError, verdict: Verdict) -> None:
    """Errors are values that say what to do next; a 429 uses up no attempt."""
    assert judge(error, CASE) == verdict


@pytest.mark.parametrize(
    ("policy", "doubts", "again"),
    [
        (DoubtPolicy.ASSUME_SENT, 0, False),
        (DoubtPolicy.ASK, 0, False),
        (DoubtPolicy.RESEND_ONCE, 0, True),
        (DoubtPolicy.RESEND_ONCE, 1, False),
        (DoubtPolicy.REPLAY_NONCE, 0, True),
        (DoubtPolicy.REPLAY_NONCE, 1, True),
        (DoubtPolicy.REPEAT, 5, True),
    ],
)
def test_what_a_policy_does_with_a_doubt(policy: DoubtPolicy, doubts: int, *, again: bool) -> None:
    """What is done with a doubt is a policy: assumed, asked, sent once more, with the same nonce, or repeated."""
    verdict = judge(Doubt("lost"), replace(CASE, policy=policy, doubts=doubts, doubted_at=NOW - 1000))
    assert isinstance(verdict, Unknown)
    assert (verdict.again_at is not None) is again


def test_nonce_is_not_replayed_when_old() -> None:
    """The same nonce again within two minutes; after that the message is assumed to be there."""
    case = replace(CASE, policy=DoubtPolicy.REPLAY_NONCE, doubts=3, doubted_at=NOW - 119_000, jitter=1.0)
    assert judge(Doubt("lost"), case) == Unknown(reason="doubt: lost")


def test_edits_are_repeated_freely() -> None:
    """A doubt about an edit or a deletion is tried again: doing it twice changes nothing."""
    for action in (Action.EDIT, Action.DELETE):
        verdict = judge(Doubt("lost"), replace(CASE, action=action))
        assert verdict == Unknown(reason="doubt: lost", again_at=NOW + 1100)


def test_thread_is_given_up_before_the_chat() -> None:
    """A lost thread falls back to the chat itself; a chat without a thread cannot."""
    assert judge(ThreadLost("closed"), replace(CASE, in_thread=True)) == DropThread()
    assert isinstance(judge(ThreadLost("closed"), CASE), Fail)


def test_refusing_chat_is_suspended_after_a_few() -> None:
    """A chat that may not be written to is asked again later, and suspended after a few refusals."""
    first = judge(Forbidden("no"), CASE)
    assert isinstance(first, Retry)
    assert first.refused
    assert judge(Forbidden("no"), replace(CASE, refusals=2)) == Suspend(reason=Reason.FORBIDDEN, said="no")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NotSent("no-host"), "stale: no-host"),
        (Forbidden("hidden"), "stale: hidden"),
        (Throttled("slow", retry_after=60), "stale: slow"),
    ],
)
def test_retries_end_when_stale(error: CourierError, reason: str) -> None:
    """Retries end when the news is stale; what was in the way of the last one is kept."""
    assert judge(error, replace(CASE, stale_at=NOW + 50)) == Fail(reason=reason)


@given(attempts=st.integers(0, 10_000), jitter=st.floats(0, 1))
def test_backoff_has_full_jitter_and_a_limit(attempts: int, jitter: float) -> None:
    """The wait is anywhere within a window that doubles with each attempt, up to a limit."""
    assert 100 <= backoff(attempts, jitter) <= LONGEST_WAIT + 100
    assert backoff(attempts, 0.0) == 100


@pytest.mark.parametrize(
    ("asked", "believed"), [(-5.0, 0.5), (0.0, 0.5), (float("nan"), 0.5), (3.0, 3.0), (1e12, 86_400.0)]
)
def test_absurd_waits_are_clamped(asked: float, believed: float) -> None:
    """A negative or absurd `retry_after` is clamped to what can be meant."""
    assert sane_wait(asked) == believed


def weather_after(errors: Sequence[tuple[CourierError, int, int]]) -> LanePauses | None:
    """What the last of some errors (error, chat, ms) makes of the weather."""
    weather, rest = Weather(), None
    for error, chat, moment in errors:
        rest = weather.after(error, chat, now=moment, jitter=1.0)
    return rest


def test_several_chats_throttled_together_mean_the_lane() -> None:
    """A 429 in several chats within two seconds pauses the whole lane; in one chat, or slowly, it does not."""
    slow = Throttled("slow", retry_after=9)
    assert weather_after([(slow, 1, 0), (slow, 1, 1), (slow, 1, 2), (slow, 1, 3)]) is None
    assert weather_after([(slow, 1, 0), (slow, 2, 2500), (slow, 3, 5000)]) is None
    assert weather_after([(slow, 1, 0), (slow, 2, 500), (slow, 3, 1999)]) == LanePauses(
        until=10_999, reason="throttled"
    )


def test_limits_of_chats_are_no_limit_of_the_lane() -> None:
    """Chats that have a limit of their own, as for edits, wait for themselves, however many and for however long."""
    full = ChatThrottled("edits", retry_after=3_000)
    assert weather_after([(full, 1, 0), (full, 2, 500), (full, 3, 999), (full, 4, 1_999)]) is None


def test_storm_of_lost_chats() -> None:
    """Ten different chats lost in a row mean the token, not the chats; one message that arrives ends the count."""
    lost = ChatLost("gone")
    storm = [(lost, chat, chat) for chat in range(STORM)]
    assert weather_after(storm[:-1]) is None
    assert weather_after([(lost, 1, moment) for moment in range(50)]) is None
    rest = weather_after(storm)
    assert rest is not None
    assert rest.reason == "chats-lost"
    weather = Weather()
    for error, chat, moment in storm[:-1]:
        weather.after(error, chat, now=moment, jitter=0.0)
    weather.clear()
    assert weather.after(lost, 99, now=99, jitter=0.0) is None
    assert weather.lost == (99,)


def test_old_losses_are_no_storm() -> None:
    """Chats that were lost in the course of a day are no storm, and their suspensions are no mistake."""
    slowly = [(ChatLost("gone"), chat, chat * ACCOUNT_REST) for chat in range(STORM * 2)]
    assert weather_after(slowly) is None


def test_doubts_in_a_row_pause_a_lane_of_few_chats() -> None:
    """Three doubts in a row let a lane rest however few chats it serves, then each that follows, until one arrives."""
    weather, lost = Weather(), Doubt("answered 502")
    rests = [weather.after(lost, 1, now=0, jitter=1.0) for _ in range(5)]
    assert [rest is not None for rest in rests] == [False, False, True, True, True]
    assert [rest.until for rest in rests if rest] == [2_500, 4_500, 8_500]
    weather.clear()
    assert [weather.after(lost, 1, now=0, jitter=1.0) for _ in range(2)] == [None, None]


def test_unreachable_platform_pauses_the_lane_longer_and_longer() -> None:
    """When several chats in a row cannot be reached the lane rests, each time longer, up to a minute."""
    weather, rests = Weather(), []
    for chat in range(TROUBLED * 8):
        rest = weather.after(NotSent("down"), chat, now=0, jitter=1.0)
        if rest is not None:
            rests.append(rest.until)
    assert len(rests) == 8
    assert rests == sorted(rests)
    assert rests[-1] == 60_500
