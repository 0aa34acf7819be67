"""A reception of the tests, for a listener of any platform: it answers by a table, and remembers everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import adapters
from adapters.platform import (
    Account,
    AccountTrouble,
    Asker,
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
from bot.catalogue import words
from digest.compose import Document, Passage
from digest.richtext import Paragraph, Text


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
    commands: tuple[Offered, ...] = ()
    welcome: Reply | None = None
    sent: list[Parcel] = field(default_factory=list)
    secrets: tuple[str, ...] = (":AAH",)
    reasons: list[str] = field(default_factory=list)
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

    async def unheard(self, events: Collection[ChatEvent]) -> frozenset[ChatEvent]:
        """All of them."""
        return frozenset(events)

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
        assert not any(secret in why for secret in self.secrets)
        self.reasons.append(why)
        self.troubles.append(what)

    async def well(self) -> None:
        """Remember, as None."""
        self.troubles.append(None)


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
        async with asyncio.timeout(60):
            await task
        yield known
