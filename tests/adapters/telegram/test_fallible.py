"""A mistake of ours in the middle of listening: it is told to whoever runs the listener, who starts it again."""

from __future__ import annotations

import asyncio

from adapters.platform import AccountTrouble, Fallible
from adapters.telegram.listener import TelegramListener
from tests.adapters.telegram.front import Front, account, listening
from tests.platforms.telegram.simulator import TelegramSimulator


class Clumsy(Front):
    """A reception with a mistake: it cannot hear twice that all is well."""

    async def well(self) -> None:
        """Remember, and fail the second time."""
        await super().well()
        if self.troubles.count(None) == 2:
            raise MistakeOfOurs


class MistakeOfOurs(Exception):
    """Nothing that a platform could do."""


async def test_a_mistake_that_ends_the_listening_is_handed_over(telegram: TelegramSimulator) -> None:
    """The listener says what ended it; stopped and started again it hears what was said meanwhile."""
    front, lin = Clumsy(), telegram.person(101)
    async with listening(front, account(telegram.token, telegram.url)) as known:
        listener = known.listener
        assert isinstance(listener, TelegramListener)
        fallible: Fallible = listener
        failing = asyncio.create_task(fallible.failed())
        await telegram.refuse()
        await telegram.until(lambda: AccountTrouble.UNREACHABLE in front.troubles)
        assert not failing.done()
        await telegram.listen()
        assert isinstance(await failing, MistakeOfOurs)
        lin.says("/today")
        await listener.stop()
        await listener.start(front)
        answer = await telegram.until(lambda: telegram.last(lin, by_bot=True))
        assert answer.text == "you said /today"
