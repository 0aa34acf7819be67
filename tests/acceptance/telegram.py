"""The whole bot beside a simulated Telegram: what a town of Telegram has, beside what every town has (`town.py`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import aiohttp

from adapters.platform import Platform
from storage.subscriptions import Place
from tests.acceptance.haste import HASTE
from tests.acceptance.town import OLD, AnyTown, Sudi, inhabited
from tests.platforms.telegram.accounts import Popup
from tests.platforms.telegram.chats import Chat, Entry
from tests.platforms.telegram.limits import Limits
from tests.platforms.telegram.person import Person
from tests.platforms.telegram.simulator import TelegramSimulator

UNEVEN: Final = Limits(second=0.95, chat_second=0.95, minute=57.0)
"""Telegram's limits, a twentieth wider: what a thread does takes longer by the clock of a loop that hurries."""

FIRST: Final = 10_000
"""The number of the first person of the crowd."""


class Town(AnyTown):
    """A simulated Telegram and a bot, by one clock."""

    platform = Platform.TELEGRAM

    def __init__(self, folder: Path, *, haste: float = HASTE, **variables: str) -> None:
        super().__init__(folder, haste=haste, **variables)
        self.simulator = TelegramSimulator(now=self.loop.time, limits=UNEVEN)

    def settings(self) -> dict[str, str]:
        """The simulator's address and the bot's token."""
        return {"SUDI_TELEGRAM_TOKEN": self.simulator.token, "SUDI_TELEGRAM_API_URL": self.simulator.url}

    # --- Who there is

    async def connected(self, sudi: Sudi, **variables: str) -> Sudi:
        """The same bot, started, and heard of by Telegram: it has asked which commands are known."""
        before = len(self.simulator.calls("getMyCommands"))
        await sudi.start(**variables)
        await self.until(lambda: len(self.simulator.calls("getMyCommands")) > before, "its commands")
        return sudi

    async def running(self, *, crowd: int = 0, **variables: str) -> Sudi:
        """A bot that is connected, and knows one post from before; a crowd subscribed long ago (`reader` says who)."""
        sudi = self.sudi(**variables)
        if crowd:
            await self.let_subscribe(sudi, [self.reader(number) for number in range(crowd)])
        return await self.with_old_post(sudi)

    def reader(self, number: int) -> Person:
        """Somebody of the crowd, who has started the bot."""
        person = self.simulator.person(FIRST + number, f"读者{number}")
        person.chat.is_started = True
        return person

    async def let_subscribe(self, sudi: Sudi, people: list[Person]) -> None:
        """These people have been subscribed for long; the bot does not run yet."""
        account = str(self.simulator.bot.id)
        places = [Place(platform=self.platform, account=account, chat=str(person.user.id)) for person in people]
        await self.subscribe_all(sudi, places)

    async def subscriber(self, number: int = 101, name: str = "小林", *, latest: str = OLD) -> Person:
        """Somebody who has started the bot and pressed «subscribe», and was brought the latest issue."""
        person = self.simulator.person(number, name)
        person.starts()
        await self.presses(person, await self.shown(person, "你好，这里是速递"), "订阅")
        await self.shown(person, "订阅好了")
        await self.shown(person, latest)
        return person

    # --- What is seen

    def asked(self) -> str:
        """The last calls, as a reader of a failed test wants them."""
        last = [call for call in self.simulator.calls() if call.method != "getUpdates"][-15:]
        return "\n".join(f"{call.at:.2f} {call.method} {call.parameters} {call.answer} {call.fault}" for call in last)

    def violations(self) -> list[str]:
        """What the Bot API does not know."""
        return self.simulator.violations

    def texts(self, chat: Chat | Person, words: str) -> list[Entry]:
        """The bot's messages in a chat that have these words."""
        return [entry for entry in self.simulator.sent(chat) if words in entry.text]

    async def shown(self, chat: Chat | Person, words: str, *, times: int = 1) -> Entry:
        """The newest of the bot's messages in a chat that has these words, once there are so many."""

        def look() -> Entry | None:
            found = self.texts(chat, words)
            return found[-1] if len(found) >= times else None

        return await self.until(look, f"{words!r} among {[entry.text[:60] for entry in self.simulator.sent(chat)]}")

    async def presses(self, person: Person, entry: Entry, label: str) -> Popup:
        """What a press is answered with."""
        press = person.presses(entry, label)
        return await self.until(lambda: press.answer, f"the answer to {label}")

    # --- Opening and closing

    async def open(self) -> None:
        """Let Telegram be there."""
        await self.simulator.server.start()

    async def shut(self) -> None:
        """Let it be gone."""
        await self.simulator.server.stop()


@contextmanager
def town(folder: Path, *, haste: float = HASTE, **variables: str) -> Iterator[Town]:
    """A town for a while."""
    with inhabited(Town(folder, haste=haste, **variables)) as made:
        yield made


async def posted(address: str, update: Mapping[str, Any], *, secret: str = "") -> int:
    """The status with which an update is taken that somebody posts to an address."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
    body = BytesIO(json.dumps(update).encode())
    async with aiohttp.ClientSession() as stranger, stranger.post(address, data=body, headers=headers) as answer:
        return answer.status
