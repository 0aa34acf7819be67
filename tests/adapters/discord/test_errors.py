"""What each refusal of Discord's, and each failure of the way, means to whoever sends."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from adapters.causes import Cause
from adapters.discord.errors import AlreadyGone, Archived, Blocked, Locked, TagsRefused, ours
from adapters.discord.request import Answered, NeverLeft, Oversized, Spared, Unanswered
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
    NotSent,
    Poison,
    Throttled,
    TooLarge,
)
from bot.verdict import Case, LanePauses, judge
from storage.records import Action

MEANINGS: list[tuple[int, int, type[CourierError]]] = [
    (404, 10_003, ChatLost),
    (404, 10_004, ChatLost),
    (404, 10_013, ChatLost),
    (403, 50_007, ChatLost),
    (400, 50_033, ChatLost),
    (403, 50_278, ChatLost),
    (403, 50_001, Forbidden),
    (403, 50_013, Forbidden),
    (400, 50_008, Forbidden),
    (403, 50_009, Forbidden),
    (400, 50_024, Forbidden),
    (400, 40_067, TagsRefused),
    (404, 10_087, TagsRefused),
    (400, 220_001, Forbidden),
    (400, 220_002, Forbidden),
    (400, 220_003, Forbidden),
    (403, 160_005, Locked),
    (400, 160_006, Forbidden),
    (403, 99_999, Forbidden),
    (403, 0, Forbidden),
    (400, 50_083, Archived),
    (404, 10_008, AlreadyGone),
    (403, 50_005, MessageLost),
    (404, 10_062, MessageLost),
    (404, 10_015, MessageLost),
    (401, 50_027, MessageLost),
    (400, 40_060, MessageLost),
    (400, 50_035, Poison),
    (400, 50_006, Poison),
    (400, 50_109, Poison),
    (400, 99_999, Poison),
    (400, 0, Poison),
    (400, 200_000, Blocked),
    (400, 200_001, Blocked),
    (400, 240_000, Blocked),
    (400, 20_009, Blocked),
    (400, 40_005, TooLarge),
    (413, 40_005, TooLarge),
    (413, 99_999, TooLarge),
    (400, 30_046, ChatThrottled),
    (429, 30_046, ChatThrottled),
    (429, 20_028, ChatThrottled),
    (400, 20_022, ChatThrottled),
    (429, 20_016, ChatThrottled),
    (429, 40_003, Throttled),
    (429, 0, Throttled),
    (400, 130_000, Throttled),
    (401, 0, AccountDead),
    (401, 40_001, AccountDead),
    (403, 40_002, AccountDead),
    (404, 0, NotSent),
    (403, 40_333, NotSent),
]


@pytest.mark.parametrize(("status", "code", "meaning"), MEANINGS)
def test_what_a_refusal_means(status: int, code: int, meaning: type[CourierError]) -> None:
    """A refusal means what its code says, else what its status says; its text says why."""
    error = ours(Answered(status, {"code": code, "message": "the words"}))
    assert type(error) is meaning
    assert "the words" in str(error)


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (20_009, Cause.EXPLICIT),
        (40_067, Cause.TAG_NEEDED),
        (50_001, Cause.HIDDEN),
        (50_008, Cause.NOT_WRITTEN_THERE),
        (50_013, Cause.LACKS_PERMISSION),
        (50_024, Cause.NOT_DONE_THERE),
        (160_005, Cause.LOCKED),
        (200_000, Cause.RULES),
        (220_001, Cause.TITLE_NEEDED),
    ],
)
def test_what_is_in_the_way_is_named(code: int, cause: Cause) -> None:
    """What somebody may change has a name, told in words wherever it is read; Discord's own words stand behind it."""
    assert str(ours(Answered(400, {"code": code, "message": "X"}))) == f"{cause}: 400: X ({code})"


@pytest.mark.parametrize("fault", ["BASE_TYPE_MAX_LENGTH", "MAX_EMBED_SIZE_EXCEEDED", "BASE_TYPE_BAD_LENGTH"])
def test_a_field_that_is_too_long(fault: str) -> None:
    """A body with a field that is too long is too large; our measure was wrong."""
    errors = {"embeds": {"0": {"description": {"_errors": [{"code": fault, "message": "x"}]}}}}
    error = ours(Answered(400, {"code": 50_035, "message": "Invalid Form Body", "errors": errors}))
    assert type(error) is TooLarge
    assert "embeds.0.description" in str(error)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"retry_after": 1.5, "scope": "user"}, (Throttled, 1.5, False)),
        ({"retry_after": 1.5, "scope": "shared"}, (ChatThrottled, 1.5, False)),
        ({"retry_after": 1.5, "scope": "global"}, (Throttled, 1.5, True)),
        ({"retry_after": None}, (Throttled, 5.0, False)),
    ],
)
def test_fault_09_throttled(settings: dict[str, Any], expected: tuple[type[Throttled], float, bool]) -> None:
    """A 429 is waited for as long as it says, or five seconds; by the whole lane if global, by its chat if shared."""
    error = ours(Answered(429, {"message": "x", "code": 0}, **settings))
    assert isinstance(error, Throttled)
    assert (type(error), error.retry_after, error.whole_lane) == expected


def test_a_banned_address_rests_the_lane_and_is_told() -> None:
    """An address that is banned lets the whole lane rest, with a reason of its own, which raises an alert."""
    error = ours(Answered(429, {}, retry_after=90.0, banned=True))
    assert type(error) is Banned
    case = Case(action=Action.SEND, attempts=0, now=1_000, stale_at=10**9, jitter=0.5, policy=DoubtPolicy.REPLAY_NONCE)
    assert judge(error, case) == LanePauses(until=91_000, reason="address-banned")


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(302, NotSent), (400, NotSent), (401, NotSent), (403, NotSent), (407, NotSent), (408, Doubt), (413, TooLarge)],
)
def test_refused_by_something_else(status: int, meaning: type[CourierError]) -> None:
    """What refuses before Discord says nothing of channels or tokens: nothing was posted; it may pass."""
    error = ours(Answered(status, {}))
    assert type(error) is meaning
    assert str(error) == f"not-the-platform: {status}"


def test_failures_of_the_way() -> None:
    """What never left is not sent, what was not answered is a doubt, what was kept back waits or is too large."""
    assert type(ours(NeverLeft("no-connection: x"))) is NotSent
    assert type(ours(Unanswered("no-result: 502", 502))) is Doubt
    assert type(ours(Oversized("too-many-bytes: 10001"))) is TooLarge
    spared = ours(Spared(12.0))
    assert isinstance(spared, Throttled)
    assert (spared.retry_after, spared.whole_lane) == (12.0, True)


def test_the_librarys_own_errors() -> None:
    """What the library itself raises enters through the same gate, without its text."""
    not_found, causeless = (discord.GatewayNotFound() for _ in range(2))  # type: ignore[no-untyped-call]
    not_found.__cause__ = Answered(401, {"code": 0, "message": "401: Unauthorized"})
    assert type(ours(not_found)) is AccountDead
    assert type(ours(discord.LoginFailure("secret"))) is AccountDead
    limited = ours(discord.RateLimited(40.0))
    assert isinstance(limited, Throttled)
    assert limited.retry_after == 40.0
    for error in (discord.ClientException("secret"), RuntimeError("secret"), causeless):
        assert (type(ours(error)), "secret" in str(ours(error))) == (Doubt, False)
    kept = Forbidden("x")
    assert ours(kept) is kept
