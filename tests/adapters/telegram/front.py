"""A reception of the tests: it answers by a table, carries answers with the real courier, and remembers everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import adapters
from adapters.platform import (
    Account,
    AccountTrouble,
    Asker,
    Audience,
    Button,
    ChatEvent,
    Courier,
    Notice,
    Offered,
    Parcel,
    Query,
    Receipt,
    Reply,
    Suggestion,
)
from adapters.telegram.account import telegram_account
from adapters.telegram.dialect import TelegramDialect
from adapters.telegram.health import Patience
from adapters.telegram.webhook import Webhook
from bot.catalogue import words
from digest.compose import Document, Passage
from digest.richtext import Paragraph, Text

QUICK = Patience(
    poll=5,
    probation=0.1,
    first_rest=0.05,
    longest_rest=0.1,
    dead=0.1,
    rival=0.1,
    siege=0.3,
    turned_away=0.2,
    again=0.02,
    longest_again=0.05,
    drain=3.0,
    spinner=0.1,
    news=(0.05,),
    hook=0.05,
    menus=0.05,
    menus_again=0.1,
)
"""The waits of a listener, for tests."""

COMMANDS = (
    Offered(name="start", about={"zh": "开始", "en": "Begin"}, audience=Audience.EVERYONE),
    Offered(name="today", about={"zh": "今天的", "en": "Today's"}, audience=Audience.EVERYONE),
    Offered(name="subscribe", about={"zh": "订阅", "en": "Subscribe"}, audience=Audience.DECIDERS),
    Offered(name="push", about={"zh": "推送", "en": "Push"}, audience=Audience.ADMINS),
)


def document(text: str) -> Document:
    """A document of one paragraph."""
    return Document(passages=(Passage(body=(Paragraph((Text(text),)),)),))


def reply(*texts: str, buttons: tuple[Button, ...] = (), only_asker: bool = False) -> Reply:
    """A reply of so many documents."""
    return Reply(
        documents=tuple(document(text) for text in texts), words=words("zh"), buttons=buttons, only_asker=only_asker
    )


Answering = Callable[[Query], Awaitable[Reply]]


@dataclass
class Front:
    """Keeps `Reception`. What is asked is answered by `answers`, else repeated; the rest is what came."""

    courier: Courier | None = None
    answers: dict[str, Reply] = field(default_factory=dict)
    answering: Answering | None = None
    heard: list[Query] = field(default_factory=list)
    events: list[ChatEvent] = field(default_factory=list)
    troubles: list[AccountTrouble | None] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    memory: dict[str, str] = field(default_factory=dict)
    admins: frozenset[str] = frozenset()
    commands: tuple[Offered, ...] = COMMANDS
    welcome: Reply | None = None
    sent: list[Parcel] = field(default_factory=list)
    to_publish: list[tuple[str, str]] = field(default_factory=list)

    @property
    def said(self) -> list[str]:
        """The words that were asked."""
        return [query.text for query in self.heard]

    async def answer(self, query: Query) -> Reply:
        """By the table, or the words themselves."""
        self.heard.append(query)
        if self.answering is not None:
            return await self.answering(query)
        return self.answers.get(query.text, reply(f"you said {query.text}"))

    async def note(self, event: ChatEvent) -> Reply | None:
        """Remember, and say what was told to be said."""
        self.events.append(event)
        return self.welcome

    async def send(self, parcel: Parcel) -> Receipt | None:
        """Straight to the courier."""
        assert self.courier is not None
        self.sent.append(parcel)
        return await self.courier.send(parcel)

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt | None:
        """Straight to the courier."""
        assert self.courier is not None
        return await self.courier.edit(parcel, receipt)

    async def keep(self, says: str) -> str:
        """Under a number."""
        name = f"{len(self.memory):016d}"
        self.memory[name] = says
        return name

    async def kept(self, name: str) -> str | None:
        """What was kept."""
        return self.memory.get(name)

    async def suggest(self, asker: Asker, command: str, option: str, typed: str) -> Sequence[Suggestion]:
        """What was typed, and nothing else."""
        del asker, command, option
        return (Suggestion(labels={"zh": typed, "en": typed}, says=typed),)

    async def concerned(self, chats: Collection[str]) -> frozenset[str]:
        """All of them."""
        return frozenset(chats)

    async def note_unpublished(self, chat: str, message: str) -> None:
        """Remember."""
        self.to_publish.append((chat, message))

    async def unpublished(self) -> Sequence[tuple[str, str]]:
        """What was remembered."""
        return tuple(self.to_publish)

    async def note_published(self, chat: str, message: str) -> None:
        """Forget."""
        self.to_publish.remove((chat, message))

    async def tell(self, notice: Notice, asker: Asker) -> Reply:
        """The notice's own name."""
        del asker
        self.notices.append(notice)
        return reply(f"notice {notice}", only_asker=True)

    async def trouble(self, what: AccountTrouble, why: str = "") -> None:
        """Remember."""
        assert ":AAH" not in why
        self.troubles.append(what)

    async def well(self) -> None:
        """Remember, as None."""
        self.troubles.append(None)


def account(token: str, url: str, *, webhook: Webhook | None = None, **patience: Any) -> Account:
    """The account of a token at a simulator, with quick waits."""
    return telegram_account(
        token,
        api_url=url,
        webhook=webhook,
        dialect=TelegramDialect(),
        language="zh",
        random=lambda: 0.5,
        paid=False,
        patience=replace(QUICK, **patience),
    )


def ours() -> list[asyncio.Task[Any]]:
    """The tasks of the product that are not done."""
    product = str(Path(adapters.__file__).parent)
    return [task for task in asyncio.all_tasks() if task.get_stack(limit=1)[0].f_code.co_filename.startswith(product)]


@asynccontextmanager
async def beginning(front: Front, known: Account) -> AsyncIterator[asyncio.Task[None]]:
    """An account that is being started; at the end it is stopped and closed, and left no task."""
    before = set(ours())
    assert known.listener is not None
    front.courier = known.courier
    task = asyncio.create_task(known.listener.start(front))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await known.listener.stop()
        if known.close is not None:
            await known.close()
    assert set(ours()) <= before


@asynccontextmanager
async def listening(front: Front, known: Account) -> AsyncIterator[Account]:
    """An account that listens."""
    async with beginning(front, known) as task:
        async with asyncio.timeout(10):
            await task
        yield known
