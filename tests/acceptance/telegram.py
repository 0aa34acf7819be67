"""The whole bot beside a simulated Telegram: what a town of Telegram has, beside what every town has (`town.py`)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import aiohttp

from adapters.platform import Platform
from storage.subscriptions import Place
from tests.acceptance.haste import HASTE
from tests.acceptance.town import ADMIN, OLD, AnyTown, Settled, Sudi, inhabited
from tests.platforms.faults import AnyFault
from tests.platforms.telegram.accounts import Popup
from tests.platforms.telegram.chats import Chat, Entry
from tests.platforms.telegram.faults import Fault
from tests.platforms.telegram.limits import Limits
from tests.platforms.telegram.person import Person
from tests.platforms.telegram.simulator import TelegramSimulator
from tests.platforms.telegram.transcript import Call

UNEVEN: Final = Limits(second=0.95, chat_second=0.95, minute=57.0)
"""Telegram's limits, a twentieth wider: what a thread does takes longer by the clock of a loop that hurries."""

FIRST: Final = 10_000
"""The number of the first person of the crowd."""

OWNER: Final = 102
"""Whose groups there are."""


BOT: Final = "sudi_test_bot"
"""How the bot is called."""

OTHER: Final = f"7000000002:{'BBHsimulated' * 3}"[:46]
RENEWED: Final = f"7000000001:{'CCHsimulated' * 3}"[:46]
"""Another bot's token, and a new one of the same bot."""


class Town(AnyTown[Chat | Person]):
    """A simulated Telegram and a bot, by one clock."""

    platform = Platform.TELEGRAM
    faults = Fault
    in_a_second = 30
    simulator: TelegramSimulator

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

    def crowd(self, number: int) -> Person:
        """Somebody of the crowd, who has started the bot."""
        person = self.simulator.person(FIRST + number, f"读者{number}")
        person.chat.is_started = True
        return person

    def place(self, chat: Chat | Person) -> Place:
        """As `AnyTown.place`."""
        found = chat.chat if isinstance(chat, Person) else chat
        return Place(platform=self.platform, account=str(self.simulator.bot.id), chat=str(found.id))

    async def subscribed(self) -> Chat:
        """A supergroup."""
        owner = self.simulator.person(OWNER, "群主")
        group = owner.creates_supergroup("读书会")
        owner.adds_bot(group)
        await self.presses(owner, await self.shown(group, "大家好，这里是速递"), "订阅")
        await self.shown(group, OLD)
        return group

    async def tells(self, chat: Chat | Person, command: str, words: str) -> None:
        """As `AnyTown.tells`."""
        assert isinstance(chat, Chat)
        self.simulator.person(OWNER, "群主").says(f"/{command}@{BOT}", chat)
        await self.shown(chat, words)

    def asks_for_help(self, number: int, times: int = 1) -> Callable[[], list[str]]:
        """As `AnyTown.asks_for_help`."""
        person = self.simulator.person(number, "小林")
        before = len(self.sent(person))
        for _ in range(times):
            person.says("/help")
        return lambda: [entry.text for entry in self.sent(person)[before:]]

    def is_anybody_waiting(self) -> bool:
        """Telegram shows nobody that an answer is due."""
        return False

    async def commanded(self, command: str) -> str:
        """As `AnyTown.commanded`."""
        admin = self.simulator.person(ADMIN, "站长")
        before = len(self.sent(admin))
        admin.says(f"/{command}")
        [answer] = await self.until(lambda: self.sent(admin)[before:], f"the answer to /{command}")
        return answer.text

    async def push(self, words: str) -> Callable[[], Awaitable[object]]:
        """As `AnyTown.push`."""
        admin = self.simulator.person(ADMIN, "站长")
        admin.says(f"/push {words}")
        preview = await self.shown(admin, "以上是预览")
        return lambda: self.presses(admin, preview, "确认发送")

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

    def fail(
        self, fault: AnyFault, chat: Chat | Person | None = None, *, method: str = "sendMessage", times: int = 1
    ) -> None:
        """Spoil what is sent to a chat, or to any, so many times; or another call."""
        assert isinstance(fault, Fault)
        self.simulator.fail(fault, method=method, chat=chat, times=times)

    def lose(self, chat: Chat | Person) -> None:
        """A person deletes their account."""
        assert isinstance(chat, Person)
        chat.deletes_account()

    def all_sends(self) -> list[Call]:
        """As `AnyTown.all_sends`."""
        return self.simulator.calls("sendMessage")

    def said(self) -> list[str]:
        """As `AnyTown.said`."""
        return [call.parameters["text"] for call in self.all_sends() if call.is_ok and call.chat >= FIRST]

    def order(self) -> list[int]:
        """As `AnyTown.order`."""
        return [call.chat - FIRST for call in self.all_sends() if call.is_ok and call.chat >= FIRST]

    def tries(self, chat: Chat | Person, words: str) -> list[bool]:
        """Telegram never knows."""
        found = chat.chat if isinstance(chat, Person) else chat
        return [False for call in self.all_sends() if call.chat == found.id and words in call.parameters["text"]]

    def sent(self, chat: Chat | Person) -> list[Entry]:
        """What the bot wrote in a chat."""
        return self.simulator.sent(chat)

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

    # --- What is Telegram's

    def settled(self, fault: AnyFault) -> Settled:
        """What may have been posted is never sent again."""
        return Settled(state="unknown", messages=int(fault.executes), tries=[False])

    def floods(self) -> Sequence[Fault]:
        """As `AnyTown.floods`."""
        return [Fault.flood(1)]

    def general_floods(self, seconds: int) -> Sequence[tuple[Fault, int]]:
        """Several chats at once."""
        return [(Fault.flood(seconds), 3)]

    def refusals(self) -> Sequence[Fault]:
        """As `AnyTown.refusals`."""
        return [Fault.says(400, "Bad Request: something odd")]

    def second_token(self) -> str:
        """As `AnyTown.second_token`."""
        return self.simulator.add_bot(OTHER, username="sudi_other_bot").token

    async def second_reader(self) -> Callable[[str], Sequence[Entry]]:
        """As `AnyTown.second_reader`."""
        [other] = [bot for bot in self.simulator.core.bots if bot.token == OTHER]
        mei = self.simulator.person(105, "小梅").talks_to(other)
        mei.says("/subscribe")

        def brought(words: str) -> list[Entry]:
            return [entry for entry in self.simulator.sent(mei, bot=other) if words in entry.text]

        await self.until(lambda: brought(OLD), "the other's latest issue")
        return brought

    def renewed(self, token: str) -> str:
        """As `AnyTown.renewed`."""
        assert token.partition(":")[0] == RENEWED.partition(":")[0]
        return RENEWED

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
