"""Answers what was heard: asks the reception, and says what it replies by the interaction's own token."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from adapters.discord.answering import Answer, Desk
from adapters.discord.commands import choices
from adapters.discord.hearing import Heard, Pressed, Said, Typed
from adapters.discord.scene import DiscordScene, Outlook
from adapters.discord.speaking import Key, Row, components, fits, pages_of, rows_of, turning
from adapters.platform import Asker, ChatKind, Dialect, Message, Notice, Query, Reception, Reply
from adapters.presses import Presses, short, shown
from adapters.pressing import Wish

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """Shows replies: as messages, with what stands below them."""

    reception: Reception
    dialect: Dialect

    async def pages(self, reply: Reply) -> tuple[Message, ...]:
        """In a thread: headlines of a thousand stories take a fifth of a second, and others want an answer too."""
        return await asyncio.to_thread(pages_of, reply, self.dialect) if reply.documents else ()

    async def page(self, reply: Reply, pages: Sequence[Message], wish: Wish) -> Message:
        """One page as a message: the one that is wished, or the last, if there are fewer by now."""
        number = min(max(wish.page, 1), len(pages))
        turns = turning(number, len(pages), words=wish.words, turner=wish.turner)
        return await self.with_rows(pages[number - 1], [*rows_of(reply.buttons), *turns])

    async def with_rows(self, page: Message, rows: Iterable[Row]) -> Message:
        """A page with what stands below it, its own first; what has no room there is kept."""
        kept = [replace(row, keys=tuple([key async for key in self._short(row.keys)])) for row in rows]
        shown = [*page.get("components", ()), *components(kept)]
        return {**page, "components": shown} if shown else page

    async def _short(self, keys: Iterable[Key]) -> AsyncIterator[Key]:
        """The keys of a row; one whose words have no room and cannot be kept is left out."""
        for key in keys:
            data = await short(self.reception, key.data, fits)
            if data is not None:
                yield replace(key, data=data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What an answer is made with. `language` is for whoever speaks none of ours."""

    desk: Desk
    outlook: Outlook
    showing: Showing
    language: str
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that was heard, and its answer, which has begun: Discord is told in time if it takes longer."""

    heard: Heard
    answer: Answer


class Conversation:
    """All that people and the account say to each other."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._reception = table.showing.reception
        self._presses = Presses(self._reception, table.clock)

    def begin(self, heard: Heard) -> Turn:
        """Take something up."""
        secret = heard.asker.kind is not ChatKind.PRIVATE and not (isinstance(heard, Said) and heard.public)
        answer = Answer(self._table.desk, heard.slip, pressed=isinstance(heard, Pressed), secret=secret)
        if not isinstance(heard, Typed):
            answer.begin()
        return Turn(heard, answer)

    async def answer(self, turn: Turn) -> None:
        """Answer it."""
        heard, answer = turn.heard, turn.answer
        try:
            match heard:
                case Said():
                    await self._words(heard, answer)
                case Pressed():
                    await self._press(heard, answer)
                case Typed():
                    await self._suggest(heard, answer)
                case _:
                    assert_never(heard)
        except Exception:
            await self._fail(heard, answer)
            raise
        finally:
            await answer.end()

    async def _fail(self, heard: Heard, answer: Answer) -> None:
        """Leave nobody waiting for an answer that could not be made."""
        if isinstance(heard, Typed):
            await answer.offer(())
        else:
            await self._refuse(heard.asker, answer, Notice.FAILED)

    # --- Words ---------------------------------------------------------------------------------------------------

    async def _words(self, said: Said, answer: Answer) -> None:
        reply = await self._ask(said, said.text)
        pages = await self._table.showing.pages(reply)
        if not pages:
            await answer.be_silent()
            return
        message = await self._table.showing.page(reply, pages, shown(Wish(words=said.text), said.asker))
        await answer.show(message, secret=_is_secret(said.asker, reply, public=said.public))

    async def _ask(self, heard: Said | Pressed, words: str) -> Reply:
        scene = DiscordScene(outlook=self._table.outlook, asker=heard.asker, where=heard.where)
        return await self._reception.answer(Query(asker=heard.asker, text=words, update=heard.slip.id, scene=scene))

    async def _suggest(self, typed: Typed, answer: Answer) -> None:
        """What is too late is of no use: then nothing is suggested."""
        found = []
        try:
            async with asyncio.timeout(self._table.desk.patience.late):
                found = list(await self._reception.suggest(typed.asker, typed.command, typed.option, typed.typed))
        except TimeoutError:
            log.info("what may be meant is known too late")
        await answer.offer(choices(found, typed.asker.language, self._table.language))

    # --- Presses -------------------------------------------------------------------------------------------------

    async def _press(self, pressed: Pressed, answer: Answer) -> None:
        if not self._presses.is_new(_key(pressed)):
            await answer.be_silent()
            return
        try:
            await self._pressed(pressed, answer)
        finally:
            self._presses.answered(_key(pressed))

    async def _pressed(self, pressed: Pressed, answer: Answer) -> None:
        wish = await self._presses.wish(pressed.data)
        if wish is None:
            await self._refuse(pressed.asker, answer, Notice.EXPIRED)
        elif wish.page and not _may_turn(pressed.asker, wish):
            await self._refuse(pressed.asker, answer, Notice.NOT_YOURS)
        else:
            await self._grant(pressed, wish, answer)

    async def _refuse(self, asker: Asker, answer: Answer, notice: Notice) -> None:
        reply = await self._reception.tell(notice, asker)
        pages = await self._table.showing.pages(reply)
        if pages:
            await answer.show(pages[0], secret=asker.kind is not ChatKind.PRIVATE)
        else:
            await answer.be_silent()

    async def _grant(self, pressed: Pressed, wish: Wish, answer: Answer) -> None:
        """Ask what the button says, and show the answer: in the message's place, or below it."""
        asker = pressed.asker
        reply = await self._ask(pressed, wish.words)
        pages = await self._table.showing.pages(reply)
        if not pages:
            await answer.be_silent()
            return
        message = await self._table.showing.page(reply, pages, shown(wish, asker))
        if _may_change(pressed) and (wish.page or (wish.in_place and not reply.only_asker)):
            await answer.replace(message)
        else:
            await answer.show(message, secret=asker.kind is not ChatKind.PRIVATE)


def _is_secret(asker: Asker, reply: Reply, *, public: bool) -> bool:
    return asker.kind is not ChatKind.PRIVATE and (reply.only_asker or not public)


def _may_turn(asker: Asker, wish: Wish) -> bool:
    """Where others see the pages, only whoever asked turns them."""
    return asker.kind is ChatKind.PRIVATE or asker.person == wish.turner


def _may_change(pressed: Pressed) -> bool:
    """Whether an answer may take the message's place: where others see it, only through a button that it has."""
    return pressed.genuine or pressed.own or pressed.asker.kind is ChatKind.PRIVATE


def _key(pressed: Pressed) -> tuple[str, str, str]:
    return pressed.message, pressed.asker.person, pressed.data
