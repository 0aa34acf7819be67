"""What to do after an error: one pure function for a message, and what many errors together say about a lane."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import assert_never

from adapters.platform import (
    AccountDead,
    Banned,
    ChatLost,
    ChatThrottled,
    CourierError,
    Doubt,
    DoubtPolicy,
    Forbidden,
    MessageLost,
    Moved,
    NotSent,
    Refused,
    ThreadLost,
    Throttled,
)
from bot.standing import GONE, NONCE_HOLDS
from storage.records import Action, Reason

FIRST_WAIT = 2_000
"""The longest wait before the second try, in ms; it doubles with each."""
LONGEST_WAIT = 600_000
"""The longest wait between two tries, in ms."""
REFUSAL_WAIT = 600_000
"""How long a chat that refuses is left alone before it is asked again, in ms."""
LONG_THROTTLE = 120.0
"""Seconds. A platform that asks for a longer rest than any chat's window means the whole account."""
SHORTEST_THROTTLE = 0.5
LONGEST_THROTTLE = 24 * 3600.0
"""Seconds within which a wait that a platform asks for is believed."""
SUSPENDED_AFTER = 3
"""Refusals in a row until a chat is suspended."""


# --- One message -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a verdict looks at beside the error.

    Moments are ms; `stale_at`: until when it is worth trying; `jitter`: a random number from 0 to 1; `refusals`: how
    often the chat refused before, `doubts`: how often this message was in doubt before, `doubted_at`: when it first
    left.
    """

    action: Action
    attempts: int
    now: int
    stale_at: int
    jitter: float
    policy: DoubtPolicy
    chat: str = ""
    refusals: int = 0
    doubts: int = 0
    doubted_at: int = 0
    in_thread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """It is certainly not there: the chat waits until `at`, then again.

    `tried`: an attempt was used up; `refused`: the chat may not be written to, which is counted.
    """

    at: int
    reason: str
    tried: bool = True
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePauses:
    """The whole lane rests until `until`; the message is certainly not there."""

    until: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend:
    """The chat is brought nothing until it comes back; `said`: what the refusal says of itself."""

    reason: Reason
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropThread:
    """From now on to the chat itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The chat's address is another one now."""

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """This message will never be taken: go on with the next."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """It may be there: record that, and go on; again from `again_at` on, where the policy repeats it."""

    reason: str
    again_at: int | None = None


Verdict = Retry | LanePauses | Suspend | DropThread | Move | Fail | Unknown


def judge(error: CourierError, case: Case) -> Verdict:
    """What to do after an error."""
    if (rest := lane_rest(error, case.now)) is not None:
        return rest
    match error:
        case NotSent():
            return _again(case, error)
        case Throttled():
            return _throttled(error, case)
        case Doubt():
            return _doubt(error, case)
        case Refused():
            return _refused(error, case)
        case _:
            return Unknown(reason=_told(Reason.UNEXPECTED, error))


def lane_rest(error: CourierError, now: int) -> LanePauses | None:
    """The rest that one error alone asks of the whole lane, from a moment (ms) on."""
    match error:
        case Banned():
            return LanePauses(until=now + round(sane_wait(error.retry_after) * 1000), reason=Reason.ADDRESS_BANNED)
        case ChatThrottled():
            return None
        case Throttled() if error.whole_lane or sane_wait(error.retry_after) > LONG_THROTTLE:
            return LanePauses(until=now + round(sane_wait(error.retry_after) * 1000), reason=Reason.THROTTLED)
        case AccountDead():
            return LanePauses(until=now + ACCOUNT_REST, reason=Reason.ACCOUNT_DEAD)
        case _:
            return None


def words_of(error: Exception) -> str:
    """What an error says, so that it can be stored: a platform's answer may hold half a character."""
    return str(error).encode("utf-8", "replace").decode("utf-8")


def _told(reason: Reason, error: CourierError) -> str:
    """A reason, with what an error says of itself."""
    return f"{reason}: {words_of(error)}"


def _again(case: Case, error: NotSent) -> Retry | Fail:
    """Full jitter over a window that doubles, until the news is stale."""
    at = case.now + backoff(case.attempts, case.jitter)
    return _stale(error) if at >= case.stale_at else Retry(at=at, reason=_told(Reason.NOT_SENT, error))


def _stale(error: CourierError) -> Fail:
    return Fail(reason=_told(Reason.STALE, error))


def backoff(attempts: int, jitter: float) -> int:
    """Milliseconds to wait after so many tries before, at least a little."""
    window = min(LONGEST_WAIT, FIRST_WAIT << min(attempts, 20))
    return 100 + int(jitter * window)


def _throttled(error: Throttled, case: Case) -> Verdict:
    until = case.now + round(sane_wait(error.retry_after) * 1000)
    if until >= case.stale_at:
        return _stale(error)
    return Retry(at=until, reason=Reason.THROTTLED, tried=False)


def sane_wait(seconds: float) -> float:
    """A wait that a platform asked for, within what can be meant."""
    if not seconds > 0:
        return SHORTEST_THROTTLE
    return min(max(seconds, SHORTEST_THROTTLE), LONGEST_THROTTLE)


def _doubt(error: Doubt, case: Case) -> Unknown:
    return Unknown(reason=_told(Reason.DOUBT, error), again_at=_repeat_at(case))


def _repeat_at(case: Case) -> int | None:
    at = case.now + backoff(case.doubts, case.jitter)
    if at >= case.stale_at:
        return None
    if case.action is not Action.SEND:
        return at  # an edit or a deletion that is done twice is done
    match case.policy:
        case DoubtPolicy.REPEAT:
            return at
        case DoubtPolicy.RESEND_ONCE:
            return at if case.doubts == 0 else None
        case DoubtPolicy.REPLAY_NONCE:
            return at if at - case.doubted_at < NONCE_HOLDS else None
        case DoubtPolicy.ASSUME_SENT | DoubtPolicy.ASK:
            return None
        case _:
            assert_never(case.policy)


def _refused(error: Refused, case: Case) -> Verdict:
    match error:
        case ChatLost():
            return Suspend(reason=Reason.CHAT_LOST)
        case ThreadLost() if case.in_thread:
            return DropThread()
        case Forbidden():
            return _forbidden(error, case)
        case Moved() if error.to != case.chat:
            return Move(to=error.to)
        case _:
            return Fail(reason=GONE if isinstance(error, MessageLost) else _told(Reason.REFUSED, error))


def _forbidden(error: Forbidden, case: Case) -> Verdict:
    if case.refusals + 1 >= SUSPENDED_AFTER:
        return Suspend(reason=Reason.FORBIDDEN, said=words_of(error))
    at = case.now + REFUSAL_WAIT
    if at >= case.stale_at:
        return _stale(error)
    return Retry(at=at, reason=_told(Reason.FORBIDDEN, error), refused=True)


# --- A whole lane ------------------------------------------------------------------------------------------------

ACCOUNT_REST = 3_600_000
"""How long a lane rests whose account is dead, before one message tries again, in ms."""
SEVERAL_CHATS = 3
TOGETHER = 2_000
"""As many chats throttled within so many ms mean the account, not the chats."""
STORM = 10
"""Chats lost in a row, without one that was not, that mean a wrong token."""
LOST_TOGETHER = ACCOUNT_REST + 600_000
"""Milliseconds for which a lost chat counts: more than a rest, so that a storm that outlasts one is known at once."""
TROUBLED = 5
"""Chats in a row that could not be reached, or left a doubt, that mean the network or the platform."""
DOUBTED = 3
"""Doubts in a row that mean the same where few chats are written to: each of them may be a message that is lost."""
LONGEST_REST = 60_000
"""How long a lane rests at most before it tries a troubled platform again, in ms."""


class Weather:
    """What the errors of many chats together say about a lane. It forgets everything when a message arrives."""

    def __init__(self) -> None:
        self._throttled: deque[tuple[int, int]] = deque()
        self._lost: dict[int, int] = {}
        self._troubled: set[int] = set()
        self._doubts = 0
        self._rests = 0

    @property
    def lost(self) -> tuple[int, ...]:
        """The chats that were lost in a row."""
        return tuple(self._lost)

    @property
    def lost_since(self) -> int:
        """When the first of them was lost, in ms."""
        return min(self._lost.values(), default=0)

    def clear(self) -> None:
        """A message arrived."""
        if self._lost or self._troubled or self._rests:
            self._lost.clear()
            self._troubled.clear()
            self._doubts = self._rests = 0

    def after(self, error: CourierError, chat: int, *, now: int, jitter: float) -> LanePauses | None:
        """Whether a lane should rest after one more error, in the chat of a subscription."""
        match error:
            case ChatThrottled():
                return None
            case Throttled():
                return self._after_throttle(error, chat, now)
            case ChatLost():
                return self._after_loss(chat, now)
            case NotSent() | Doubt():
                return self._after_trouble(error, chat, now, jitter)
            case _:
                return None

    def _after_throttle(self, error: Throttled, chat: int, now: int) -> LanePauses | None:
        self._throttled.append((now, chat))
        while self._throttled[0][0] <= now - TOGETHER:
            self._throttled.popleft()
        if len({chat for _, chat in self._throttled}) < SEVERAL_CHATS:
            return None
        return LanePauses(until=now + round(sane_wait(error.retry_after) * 1000), reason=Reason.THROTTLED)

    def _after_loss(self, chat: int, now: int) -> LanePauses | None:
        self._lost = {lost: at for lost, at in self._lost.items() if at > now - LOST_TOGETHER}
        self._lost.setdefault(chat, now)
        if len(self._lost) < STORM:
            return None
        return LanePauses(until=now + ACCOUNT_REST, reason=Reason.CHATS_LOST)

    def _after_trouble(self, error: CourierError, chat: int, now: int, jitter: float) -> LanePauses | None:
        self._troubled.add(chat)
        self._doubts += isinstance(error, Doubt)
        if len(self._troubled) < TROUBLED and self._doubts < (1 if self._rests else DOUBTED):
            return None
        self._troubled.clear()
        self._doubts = 0
        rest = min(LONGEST_REST, FIRST_WAIT << min(self._rests, 10))
        self._rests += 1
        reason = Reason.UNREACHABLE if isinstance(error, NotSent) else Reason.DOUBTS
        return LanePauses(until=now + 500 + int(jitter * rest), reason=reason)
