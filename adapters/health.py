"""Whether an account can listen, told to its reception when it changes, and how long it rests after failures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from math import inf
from typing import Final

from adapters.platform import AccountTrouble, Reception

TOLD_AGAIN: Final = 600.0
"""Seconds after which it is told again how the account is."""


class Impostor(Exception):
    """What answers at the API's address is another account than the token's."""


class Health:
    """Tells the reception how the account is: when it changes, and again after a while. `clock` gives seconds.

    What is told while nothing can be written down is lost: an alert that nobody sees, or one that never ends.
    """

    def __init__(self, reception: Reception, clock: Callable[[], float], *, again: float = TOLD_AGAIN) -> None:
        self._reception = reception
        self._clock = clock
        self._again = again
        self._trouble: AccountTrouble | None = None
        self._again_at = -inf

    async def ill(self, what: AccountTrouble, why: str) -> None:
        """The account cannot listen."""
        if self._is_due(what):
            await self._reception.trouble(what, why)

    async def well(self, *, but: AccountTrouble | None = None) -> None:
        """The account listens. `but`: a trouble that this does not end."""
        if (but is None or self._trouble is not but) and self._is_due(None):
            await self._reception.well()

    def _is_due(self, trouble: AccountTrouble | None) -> bool:
        now = self._clock()
        if trouble is self._trouble and now < self._again_at:
            return False
        self._trouble, self._again_at = trouble, now + self._again
        return True


def ceiling(failures: int, *, first: float, longest: float) -> float:
    """Seconds of rest after so many failures in a row, at most: the first, twice as long each time, then the longest.

    Any time up to it is waited, so that nobody tries at a moment that others choose as well.
    """
    return min(longest, first * 2.0 ** min(failures - 1, 16))


async def first_mistake(tasks: Iterable[asyncio.Task[None]]) -> Exception:
    """Wait until one of a listener's tasks ends by a mistake of ours; whatever its platform does is none."""
    waiting = set(tasks)
    while waiting:
        ended, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            if not task.cancelled() and isinstance(mistake := task.exception(), Exception):
                return mistake
    nothing: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
    return await nothing
