"""Presses below answers, as all platforms take them: what they wish, and that two in a moment are one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from typing import Final

from adapters.platform import Asker, Reception
from adapters.pressing import Wish, kept_as, name_in, wish_in

TWICE: Final = 1.0
"""Seconds after a press was answered within which the same one again is the same press."""

log = logging.getLogger(__name__)


class Presses:
    """What is pressed below the answers of one account. `clock` gives seconds."""

    def __init__(self, reception: Reception, clock: Callable[[], float]) -> None:
        self._reception = reception
        self._clock = clock
        self._answered: dict[Hashable, float] = {}

    def is_new(self, press: Hashable) -> bool:
        """Whether this press is not one that was just answered."""
        answered = self._answered.get(press)
        return answered is None or self._clock() - answered > TWICE

    def answered(self, press: Hashable) -> None:
        """A press is answered now."""
        now = self._clock()
        self._answered = {known: then for known, then in self._answered.items() if now - then <= TWICE}
        self._answered[press] = now

    async def wish(self, data: str) -> Wish | None:
        """What a button's data wishes; None for what no button of ours holds, or not any more."""
        name = name_in(data)
        kept = await self._reception.kept(name) if name else data
        return wish_in(kept) if kept else None


async def short(reception: Reception, data: str, fits: Callable[[str], bool]) -> str | None:
    """A button's data as short as it has to be: kept, where it does not fit; None where it cannot be kept."""
    if fits(data):
        return data
    try:
        return kept_as(await reception.keep(data))
    except Exception:
        log.exception("a button could not be kept, and is left out")
    return None


def shown(wish: Wish, asker: Asker) -> Wish:
    """What the pages of an answer wish when they are turned: the wish that asked for it, from the first page on."""
    return wish if wish.page else Wish(words=wish.words, page=1, turner=asker.person)
