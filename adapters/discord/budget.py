"""How many refusals an address may collect before Discord bans it, and how long nothing leaves any more before that.

Discord bans an address that gets 10,000 answers of 401, 403 or 429 within 10 minutes; a 429 of a resource that others
share does not count. Source: https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

WINDOW: Final = 600.0
"""Seconds for which a refusal counts."""
MOST: Final = 2_000
"""Refusals within them at which nothing leaves any more: a fifth, for others may share the address."""
ENOUGH: Final = 1_500
"""Refusals within them at which it goes on."""

FIRST_BAN: Final = 5.0
LONGEST_BAN: Final = 600.0
"""Seconds that a ban is left alone which does not say how long it lasts; it doubles with each that follows."""

_COUNTED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})


class Budget:
    """The refusals of a whole process, because the ban is by address. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._refused: deque[float] = deque(maxlen=MOST)
        self._until = clock()
        self._ban = FIRST_BAN

    def note(self, status: int, scope: str = "") -> None:
        """An answer was heard: its status, and for a 429 its scope (`user`, `global`, `shared`)."""
        if status < HTTPStatus.BAD_REQUEST:
            self._ban = FIRST_BAN
        if status not in _COUNTED or scope == "shared":
            return
        now = self._clock()
        while self._refused and self._refused[0] <= now - WINDOW:
            self._refused.popleft()
        self._refused.append(now)
        if len(self._refused) == MOST:
            self._until = max(self._until, self._refused[MOST - ENOUGH - 1] + WINDOW)

    def bar(self, said: float | None) -> float:
        """The address is banned, for so many seconds if that is said; returns how many nothing leaves."""
        rest = self._ban if said is None else said
        self._ban = min(2 * self._ban, LONGEST_BAN)
        self._until = max(self._until, self._clock() + rest)
        return rest

    def wait(self) -> float:
        """Seconds until a request may leave; 0 when one may leave now."""
        return max(0.0, self._until - self._clock())
