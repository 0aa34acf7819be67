"""The whole bot beside a simulated Discord: what a town of Discord has, beside what every town has (`town.py`)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from adapters.discord.budget import Budget
from adapters.platform import Platform
from storage.refusals import keep_refusals
from storage.subscriptions import Place
from tests.acceptance.haste import HASTE
from tests.acceptance.town import ADMIN, OLD, AnyTown, Settled, Sudi, inhabited
from tests.platforms.discord.accounts import BotAccount
from tests.platforms.discord.faults import Fault
from tests.platforms.discord.person import BUTTON, MENU, Person
from tests.platforms.discord.servers import Channel, ChannelKind, Guild, Json, Message
from tests.platforms.discord.sessions import Terms
from tests.platforms.discord.simulator import DiscordSimulator
from tests.platforms.discord.transcript import Call
from tests.platforms.discord.uses import Use
from tests.platforms.discord.world import token_for
from tests.platforms.faults import AnyFault

OWNER: Final = 102
"""Whose server it is."""

HEARTBEAT: Final = 0.5
"""Seconds between heartbeats: the library's own thread takes no part in the hurry, and what waits for it does."""

MESSAGES: Final = "/messages$"
MESSAGE: Final = "/messages/[0-9]+$"
THREADS: Final = "/threads$"
"""Paths, as faults look for them: where messages are sent, where they are changed, where threads are opened."""

_SENT_TO: Final = "/channels/{channel_id}/messages"


OTHER: Final = token_for(1_170_000_000_000_000_002)
"""Another bot's token."""


class Town(AnyTown[Channel]):
    """A simulated Discord with a server in which the bot is, and a bot, by one clock."""

    platform = Platform.DISCORD
    faults = Fault
    in_a_second = 45
    simulator: DiscordSimulator

    def __init__(self, folder: Path, *, haste: float = HASTE, **variables: str) -> None:
        super().__init__(folder, haste=haste, **variables)
        self.simulator = DiscordSimulator(now=self.loop.time, terms=Terms(heartbeat=HEARTBEAT))
        # What is younger than a moment of the bot's own clock is told from ids, in which Discord's stands.
        self.simulator.core.since = time.time() - self.loop.time()
        self.owner = self.simulator.person(OWNER, "群主")
        self.server = self.found("读书会")
        self._crowd: dict[int, Channel] = {}
        self._helped: list[Use] = []

    def settings(self) -> dict[str, str]:
        """The simulator's address and the bot's token."""
        return {"SUDI_DISCORD_TOKEN": self.simulator.token, "SUDI_DISCORD_API_URL": self.simulator.api_url}

    # --- Who and what there is

    def found(self, name: str, *, bot: BotAccount | None = None) -> Guild:
        """A server of the owner's, into which the bot is invited with what its invitation asks for."""
        guild = self.owner.creates_server(name)
        self.owner.adds_bot(guild, bot=bot)
        return guild

    def channel(self, name: str, kind: ChannelKind = ChannelKind.TEXT) -> Channel:
        """A new channel of the server."""
        return self.owner.creates_channel(self.server, name, kind)

    def crowd(self, number: int) -> Channel:
        """One of the many channels of the server."""
        if number not in self._crowd:
            self._crowd[number] = self.channel(f"频道{number}")
        return self._crowd[number]

    def member(self, number: int, name: str, *, locale: str = "zh-CN") -> Person:
        """Somebody of the server, who leads nothing."""
        person = self.simulator.person(number, name, locale=locale)
        if person.user.id not in self.server.members:
            person.joins(self.server)
        return person

    # --- Bots

    async def connected(self, sudi: Sudi, **variables: str) -> Sudi:
        """The same bot, started, and hearing by the gateway."""
        before = set(self.simulator.gateway.sessions)
        await sudi.start(**variables)
        await self.until(lambda: self.hearing(before), "its session")
        return sudi

    def hearing(self, before: set[str]) -> bool:
        """Whether the bot has a session that it did not have before."""
        return any(session.id not in before for session in self.simulator.gateway.of(self.simulator.bot))

    async def has_been_refused(self, sudi: Sudi, times: int) -> None:
        """Discord refused so much just now, and nothing else of late; the bot does not run yet."""
        budget = Budget(lambda: 0.0)
        for _ in range(times):
            budget.note(HTTPStatus.FORBIDDEN)
        await self.with_store(sudi, lambda db: keep_refusals(db, self.platform, budget.written(time.time())))

    def place(self, chat: Channel) -> Place:
        """The address of a channel or a thread, as rows keep it."""
        account = str(self.simulator.bot.id)
        if chat.is_thread and chat.parent is not None:
            return Place(platform=self.platform, account=account, chat=str(chat.parent.id), thread=str(chat.id))
        return Place(platform=self.platform, account=account, chat=str(chat.id))

    async def subscribed(self) -> Channel:
        """A channel of the server."""
        news = self.channel("每日新闻")
        await self.asks(self.owner, "subscribe", news)
        await self.shown(news, OLD)
        return news

    async def tells(self, chat: Channel, command: str, words: str) -> None:
        """As `AnyTown.tells`."""
        assert words in text_of(await self.asks(self.owner, command, chat))

    # --- What people do

    async def answered(self, use: Use) -> Use:
        """What somebody asked, once it is answered for good; of typing, once something is offered."""
        return await self.until(
            lambda: use if use.answer or use.choices is not None else None, f"an answer to {use.interaction.data}"
        )

    async def asks(self, person: Person, command: str, channel: Channel | None = None, /, **options: Any) -> Message:
        """What a command is answered with. Without a channel: in the direct messages with the bot."""
        use = await self.answered(person.commands(command, channel, **options))
        assert use.answer is not None
        return use.answer

    async def presses(self, person: Person, message: Message, label: str) -> Message:
        """What a press on a button is answered with, or the message that it changed."""
        use = await self.answered(person.presses(message, label))
        assert use.answer is not None
        return use.answer

    async def chooses(self, person: Person, message: Message, menu: str, *labels: str) -> Message:
        """What a choice in a menu is answered with, or the message that it changed."""
        use = await self.answered(person.selects(message, menu, *labels))
        assert use.answer is not None
        return use.answer

    def asks_for_help(self, number: int, times: int = 1) -> Callable[[], list[str]]:
        """As `AnyTown.asks_for_help`."""
        uses = [self.member(number, "小林").commands("help", self.crowd(0)) for _ in range(times)]
        self._helped += uses
        return lambda: [text_of(use.answer) for use in uses if use.answer]

    def is_anybody_waiting(self) -> bool:
        """Whether Discord shows anybody that the bot did not respond."""
        return not all(use.is_answered and not use.interaction.refusals for use in self._helped)

    async def commanded(self, command: str) -> str:
        """As `AnyTown.commanded`."""
        return text_of(await self.asks(self.member(ADMIN, "站长"), command))

    async def push(self, words: str) -> Callable[[], Awaitable[object]]:
        """As `AnyTown.push`."""
        admin = self.member(ADMIN, "站长")
        preview = await self.asks(admin, "push", 内容=words)
        return lambda: self.presses(admin, preview, "确认发送")

    async def lets_call(self, chat: Channel) -> Sequence[int]:
        """Choose a role that anybody may call; the latest issue comes as well."""
        role = self.owner.creates_role(self.server, "突发读者", mentionable=True)
        await self.asks(self.owner, "subscribe", chat, 身份组=role)
        await self.shown(chat, OLD)
        return [role.id]

    def calls(self, chat: Channel, words: str) -> Sequence[int]:
        """The roles that were pinged."""
        pinged = [message.pings for message in self.texts(chat, words)]
        assert not any(pings.everyone or pings.users for pings in pinged)
        return [role for pings in pinged for role in pings.roles]

    def fail(
        self,
        fault: AnyFault,
        chat: Channel | None = None,
        *,
        method: str = "POST",
        path: str = MESSAGES,
        times: int = 1,
    ) -> None:
        """Spoil what is sent to a channel, or to any, so many times; or another request."""
        assert isinstance(fault, Fault)
        self.simulator.fail(fault, method=method, path=path, channel=chat, times=times)

    def lose(self, chat: Channel) -> None:
        """A channel is not there any more."""
        self.fail(Fault.says(10003), chat, times=99)

    # --- What is seen

    def asked(self) -> str:
        """The last calls, as a reader of a failed test wants them."""
        last = self.simulator.calls()[-20:]
        return "\n".join(
            f"{call.at:.2f} {call.line} {call.body} {call.status} {call.words} {call.fault}" for call in last
        )

    def violations(self) -> list[str]:
        """What Discord's specification does not know, and messages that would call whoever their text names."""
        return [*self.simulator.violations, *(call.line for call in self.simulator.calls() if _calls_anybody(call))]

    def sends(self, channel: Channel | None = None) -> list[Call]:
        """Every try to send a message to a channel or to any, in order."""
        return [call for call in self.simulator.calls("POST", channel=channel) if call.route == _SENT_TO]

    def brought(self) -> list[Channel]:
        """Where the messages went that were posted, in order."""
        return [self.simulator.core.channels[call.channel] for call in self.sends() if call.is_ok and not call.repeats]

    def all_sends(self) -> list[Call]:
        """As `AnyTown.all_sends`."""
        return self.sends()

    def said(self) -> list[str]:
        """As `AnyTown.said`."""
        return [str(call.body) for call in self.sends() if call.is_ok]

    def order(self) -> list[int]:
        """As `AnyTown.order`."""
        numbers = {channel.id: number for number, channel in self._crowd.items()}
        return [numbers[channel.id] for channel in self.brought() if channel.id in numbers]

    def tries(self, chat: Channel, words: str) -> list[bool]:
        """Whether the nonce was known; one message has one."""
        calls = [call for call in self.sends(chat) if words in str(call.body)]
        assert len({call.body["nonce"] for call in calls}) == 1
        return [call.repeats for call in calls]

    def sent(self, chat: Channel) -> list[Message]:
        """What the bot wrote in a channel, except answers, in order."""
        mine = [message for message in chat.shown() if message.author.id == self.simulator.bot.id]
        return [message for message in mine if not message.interaction]

    def texts(self, chat: Channel, words: str) -> list[Message]:
        """The bot's messages in a channel that have these words."""
        return [message for message in self.sent(chat) if words in text_of(message)]

    async def shown(self, chat: Channel, words: str, *, times: int = 1) -> Message:
        """The newest of the bot's messages in a channel that has these words, once there are so many."""

        def look() -> Message | None:
            found = self.texts(chat, words)
            return found[-1] if len(found) >= times else None

        return await self.until(look, f"{words!r} among {[text_of(one)[:60] for one in self.sent(chat)]}")

    def posts(self, forum: Channel) -> list[Channel]:
        """The threads of a forum, the oldest first."""
        return [thread for thread in self.server.threads.values() if thread.parent is forum]

    # --- What is Discord's

    def settled(self, fault: AnyFault) -> Settled:
        """What may have been posted is sent again with its nonce."""
        return Settled(state="sent", messages=1, tries=[False, fault.executes])

    def floods(self) -> Sequence[Fault]:
        """The bot's own window of a channel, and the one that all share."""
        return [Fault.flood(1), Fault.flood(1, scope="shared")]

    def general_floods(self, seconds: int) -> Sequence[tuple[Fault, int]]:
        """By its global limit, or by several channels at once."""
        return [(Fault.flood(seconds, scope="global"), 1), (Fault.flood(seconds), 3)]

    def refusals(self) -> Sequence[Fault]:
        """As `AnyTown.refusals`."""
        return [Fault.says(200000), Fault.says(50035)]

    def second_token(self) -> str:
        """As `AnyTown.second_token`."""
        return self.simulator.add_bot(OTHER, name="Other").token

    async def second_reader(self) -> Callable[[str], Sequence[Message]]:
        """As `AnyTown.second_reader`."""
        [other] = [bot for bot in self.simulator.core.bots if bot.token == OTHER]
        theirs = self.channel("另一处")
        self.owner.adds_bot(self.server, bot=other)
        second = self.owner.talks_to(other)
        await self.until(lambda: "subscribe" in second.offered(theirs), "its commands")
        await self.asks(second, "subscribe", theirs)

        def brought(words: str) -> list[Message]:
            said = [message for message in theirs.shown() if message.author.id == other.id]
            return [message for message in said if words in text_of(message)]

        await self.until(lambda: brought(OLD), "the other's latest issue")
        return brought

    def renewed(self, token: str) -> str:
        """As `AnyTown.renewed`."""
        return f"{token[:-4]}anew"

    # --- Opening and closing

    async def open(self) -> None:
        """Let Discord be there."""
        await self.simulator.listen()

    async def shut(self) -> None:
        """Let it be gone."""
        await self.simulator.refuse()


def text_of(message: Message) -> str:
    """What a reader sees of a message: its own words, and those of its embeds."""
    return "\n".join([message.content, *(told for embed in message.embeds for told in _texts(embed))])


def _texts(embed: Json) -> Iterator[str]:
    yield embed.get("title", "")
    yield embed.get("description", "")
    yield embed.get("footer", {}).get("text", "")


def _calls_anybody(call: Call) -> bool:
    """Whether a message, or an answer, leaves it to its text who is called."""
    body = call.body if isinstance(call.body, dict) else {}
    message = body.get("message") or body.get("data") or body
    says = isinstance(message, dict) and ("embeds" in message or "content" in message)
    return says and message.get("allowed_mentions", {}).get("parse") != []


def buttons(message: Message) -> list[str]:
    """The labels of a message's buttons, in order."""
    return [str(part.get("label", "")) for part in message.buttons if part["type"] == BUTTON]


def chosen(message: Message) -> dict[str, list[str]]:
    """What is chosen in each of a message's menus."""
    return {
        menu["placeholder"]: [one["label"] for one in menu["options"] if one.get("default")]
        for menu in message.buttons
        if menu["type"] == MENU
    }


@contextmanager
def town(folder: Path, *, haste: float = HASTE, **variables: str) -> Iterator[Town]:
    """A town for a while."""
    with inhabited(Town(folder, haste=haste, **variables)) as made:
        yield made
