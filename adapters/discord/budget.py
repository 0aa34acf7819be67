"""How many refusals an address may collect before Discord bans it, and how long nothing leaves any more before that.

Discord bans an address that gets 10,000 answers of 401, 403 or 429 within 10 minutes; a 429 of a resource that others
share does not count. Source: https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from itertools import repeat
from math import ceil
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

SLOT: Final = 10.0
"""Seconds whose refusals are written down together, as if all had come at their end."""

_COUNTED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})


class Budget:
    """The refusals of a whole process, because the ban is by address. `clock` gives seconds.

    `changed` is called when there is more to write down: a program that ends and begins again has the same address.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.changed: Callable[[], None] = _unheard
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
        self._forget(now)
        self._refused.append(now)
        if len(self._refused) == MOST:
            self._until = max(self._until, self._refused[MOST - ENOUGH - 1] + WINDOW)
        self.changed()

    def _forget(self, now: float) -> None:
        while self._refused and self._refused[0] <= now - WINDOW:
            self._refused.popleft()

    def bar(self, said: float | None) -> float:
        """The address is banned, for so many seconds if that is said; returns how many nothing leaves."""
        rest = self._ban if said is None else said
        self._ban = min(2 * self._ban, LONGEST_BAN)
        self._until = max(self._until, self._clock() + rest)
        self.changed()
        return rest

    def wait(self) -> float:
        """Seconds until a request may leave; 0 when one may leave now."""
        return max(0.0, self._until - self._clock())

    # --- Over a restart ------------------------------------------------------------------------------------------

    def written(self, wall: float) -> str:
        """What a restart has to know: until when nothing leaves, and the refusals that count.

        `wall`: the wall clock, in seconds since 1970; the one that counts may begin anew with the machine.
        """
        now = self._clock()
        self._forget(now)
        ahead = wall - now
        until = ceil(self._until + ahead) if self._until > now else 0
        slots = Counter(ceil((refused + ahead) / SLOT) for refused in self._refused)
        return " ".join([str(until), *(f"{slot}:{refusals}" for slot, refusals in sorted(slots.items()))])

    def recall(self, said: str, wall: float) -> None:
        """Go on where a program before this one was; what it wrote is not believed to be of the future.

        What cannot be read counts as nothing.
        """
        now = self._clock()
        ahead = wall - now
        with suppress(ValueError):
            until, *slots = said.split()
            stopped = min(int(until), wall + WINDOW) - ahead
            refused = [min(ended, wall) - ahead for slot in slots for ended in _refusals(slot)]
            self._refused.extend(sorted(refused))
            self._until = max(self._until, stopped)
        self._forget(now)


def _refusals(slot: str) -> Iterator[float]:
    """When what was written down together came, by the wall clock. Raises ValueError."""
    number, _, refusals = slot.partition(":")
    return repeat(int(number) * SLOT, min(MOST, int(refusals)))


def _unheard() -> None:
    """Nobody writes down."""
