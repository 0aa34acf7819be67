"""How fast a bot may ask: a bucket for each route and channel, a bot in all, and how often an address may be refused.

Source: topics/rate-limits. What the documentation leaves open is taken the strict way: who asks in spite of a wait that
it was told is refused again.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from tests.platforms.discord.answers import ApiError

_BLINK: Final = 1e-9
"""Seconds that two sums of the same floats may differ."""

VIA: Final = "1.1 google"
"""What every answer of Discord itself has, and none that stands before it gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many requests in a window of so many seconds that begins with the first of them."""

    most: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is allowed. Seconds throughout.

    `per_second`: a bot's requests. `writes`, `edits`, `deletes`, `reads`: per channel; `crossposts` as well. `posts`:
    threads opened in a channel. `renames`: names and topics that a channel is given, which is documented nowhere, known
    to everybody, and told by no header. `others`: every other route, by its major parameter. `refused`: answers of 401,
    403 and 429 (but for a shared bucket's) to an address in `refused_in`; then it is banned for `banned`. `nonces`: how
    long a nonce is remembered. `commands_a_day`: how many may be created. `opens_archived`: whether a message opens an
    archived thread, as the documentation says (topics/threads); strictly it is refused.
    """

    per_second: int = 50
    second: float = 1.0
    writes: Rate = Rate(most=5, seconds=5.0)
    edits: Rate = Rate(most=5, seconds=5.0)
    deletes: Rate = Rate(most=5, seconds=1.0)
    reads: Rate = Rate(most=5, seconds=5.0)
    crossposts: Rate = Rate(most=10, seconds=3_600.0)
    posts: Rate = Rate(most=5, seconds=5.0)
    renames: Rate = Rate(most=2, seconds=600.0)
    others: Rate = Rate(most=10, seconds=5.0)
    refused: int = 10_000
    refused_in: float = 600.0
    banned: float = 3_600.0
    nonces: float = 180.0
    commands_a_day: int = 200
    opens_archived: bool = False


STRICT: Final = Limits()
UNLIMITED: Final = Limits(
    per_second=10**9,
    writes=Rate(most=10**9, seconds=1.0),
    edits=Rate(most=10**9, seconds=1.0),
    deletes=Rate(most=10**9, seconds=1.0),
    reads=Rate(most=10**9, seconds=1.0),
    posts=Rate(most=10**9, seconds=1.0),
    renames=Rate(most=10**9, seconds=1.0),
    others=Rate(most=10**9, seconds=1.0),
)


@dataclass(slots=True, kw_only=True)
class Bucket:
    """What is left of a rate. `told_at`: when somebody was told to wait until the window is over."""

    name: str
    rate: Rate
    is_shared: bool = False
    used: int = 0
    resets: float = float("-inf")
    told_at: float = float("-inf")

    def claim(self, now: float) -> float:
        """Take one; 0, or the seconds until there is one again."""
        if now + _BLINK >= self.resets:
            self.used, self.resets, self.told_at = 0, now + self.rate.seconds, float("-inf")
        if self.used >= self.rate.most:
            return max(self.resets - now, 0.001)
        self.used += 1
        return 0.0

    def hasty(self, now: float) -> float | None:
        """Seconds since somebody was told to wait, if the wait is not over."""
        return now - self.told_at if self.told_at > float("-inf") and now + _BLINK < self.resets else None

    def headers(self, now: float, since: float) -> dict[str, str]:
        """What every answer tells of it; `since`: seconds since 1970 at which the clock began."""
        return {
            "X-RateLimit-Limit": str(self.rate.most),
            "X-RateLimit-Remaining": str(self.rate.most - self.used),
            "X-RateLimit-Reset": f"{since + self.resets:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, self.resets - now):.3f}",
            "X-RateLimit-Bucket": hashlib.md5(self.name.encode(), usedforsecurity=False).hexdigest(),
        }


@dataclass(slots=True)
class Sliding:
    """At most `most` in any stretch of `span` seconds."""

    most: int
    span: float
    times: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Seconds until one more may pass; 0 when it may now."""
        self._forget(now)
        return max(0.001, self.times[-self.most] + self.span - now) if len(self.times) >= self.most else 0.0

    def add(self, now: float) -> None:
        """One more has passed."""
        self.times.append(now)

    def count(self, now: float) -> int:
        """How many passed in the last stretch."""
        self._forget(now)
        return len(self.times)

    def _forget(self, now: float) -> None:
        while self.times and self.times[0] + self.span <= now + _BLINK:
            self.times.popleft()


@dataclass(slots=True, kw_only=True)
class Gate:
    """What one address was refused of late, and until when it is banned."""

    limits: Limits
    refused: Sliding = field(init=False)
    banned_until: float = float("-inf")

    def __post_init__(self) -> None:
        self.refused = Sliding(self.limits.refused, self.limits.refused_in)

    def check(self, now: float) -> None:
        """Raises ApiError while the address is banned: HTML, and no sign that Discord itself answered."""
        if now < self.banned_until:
            raise ApiError(429, {}, {"Retry-After": str(ceil(self.banned_until - now))}, text=_BANNED)

    def note(self, now: float, status: int, scope: str) -> None:
        """An answer went out; refusals count."""
        if status not in {401, 403, 429} or scope == "shared" or now < self.banned_until:
            return
        self.refused.add(now)
        if self.refused.count(now) >= self.limits.refused:
            self.banned_until = now + self.limits.banned


_BANNED: Final = (
    "<!doctype html><html><head><title>Access denied | discord.com</title></head>"
    "<body><h1>Error 1015</h1><p>You are being rate limited</p></body></html>"
)


def too_many(wait: float, scope: str, headers: dict[str, str] | None = None) -> ApiError:
    """429 as Discord says it; `scope`: `user`, `shared` or `global`."""
    told = {"Retry-After": str(ceil(wait)), "X-RateLimit-Scope": scope, **(headers or {})}
    if scope == "global":
        told["X-RateLimit-Global"] = "true"
    body = {
        "message": "You are being rate limited.",
        "retry_after": ceil(wait * 1_000 - 1e-6) / 1_000,
        "global": scope == "global",
        "code": 0,
    }
    return ApiError(429, body, told)
