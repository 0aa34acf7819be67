"""Answers what was heard: asks the reception, says what it replies, and ends every press.

A press is answered whatever becomes of it, because until then its button looks busy (Bot API, CallbackQuery).
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, assert_never

from telegram import Bot, Update

from adapters.lines import Recent
from adapters.platform import (
    Address,
    Asker,
    ChatEvent,
    ChatKind,
    CourierError,
    Dialect,
    Fate,
    Message,
    Notice,
    Parcel,
    Query,
    Receipt,
    Reception,
    Reply,
)
from adapters.presses import Presses, short, shown
from adapters.pressing import Wish
from adapters.telegram.errors import ours
from adapters.telegram.health import Patience
from adapters.telegram.hearing import Heard, Me, Pressed, Said, Speaker, hear
from adapters.telegram.scene import TelegramScene
from adapters.telegram.speaking import Key, fits, keyboard, pages_of, popup_of, turning

LONGEST_STOP: Final = 5.0
"""Seconds to tell that a press has arrived; later than this nobody looks at it any more."""

_STORY = re.compile(r"/story ([0-9A-Za-z]{1,40}) (\d{1,4})", re.ASCII)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What an answer is made with."""

    bot: Bot = field(repr=False)
    me: Me
    dialect: Dialect
    reception: Reception
    patience: Patience
    clock: Callable[[], float]


class Conversation:
    """All that readers and the account say to each other."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._reception = table.reception
        self._albums = Recent(1_000)
        self._moves = Recent(1_000)
        self._presses = Presses(table.reception, table.clock)

    async def answer(self, update: Update) -> None:
        """Answer one update."""
        heard: Heard | None = hear(update, self._table.me)
        match heard:
            case None:
                return
            case Said():
                await self._words(heard)
            case Pressed():
                await self._press(heard)
            case ChatEvent():
                await self._news(heard)
            case _:
                assert_never(heard)

    # --- Words ---------------------------------------------------------------------------------------------------

    async def _words(self, said: Said) -> None:
        """Answer a message; in a group as a reply to it. Messages that were sent as one are answered as one."""
        asker = said.asker
        if said.album and not self._albums.add((asker.address.chat, said.album)):
            return
        scene = self._scene(asker, said.speaker)
        query = Query(
            asker=asker,
            text=said.text,
            update=said.update,
            addressed=said.addressed,
            scene=scene,
            chat_name=said.chat_name,
        )
        reply = await self._reception.answer(query)
        pages = await self._pages(reply)
        if pages:
            wish = shown(Wish(words=said.text), asker)
            beside = _receipt(asker.address, said.message) if asker.kind is ChatKind.GROUP else None
            await self._send(asker.address, said.update, await self._page(reply, pages, wish), beside)

    def _scene(self, asker: Asker, speaker: Speaker = Speaker.PERSON) -> TelegramScene:
        table = self._table
        return TelegramScene(bot=table.bot, me=table.me, asker=asker, speaker=speaker)

    async def _pages(self, reply: Reply) -> tuple[Message, ...]:
        """In a thread: a digest of thousands of stories takes a tenth of a second, and others want an answer too."""
        return await asyncio.to_thread(pages_of, reply, self._table.dialect) if reply.documents else ()

    async def _page(self, reply: Reply, pages: Sequence[Message], wish: Wish) -> Message:
        """One page as a message: the one that is wished, or the last, if there are fewer by now."""
        number = min(max(wish.page, 1), len(pages))
        row = turning(number, len(pages), words=wish.words, turner=wish.turner)
        return await self._buttoned(pages[number - 1], keyboard(pages[number - 1], reply.buttons, row))

    async def _buttoned(self, page: Message, rows: list[list[Key]]) -> Message:
        """A page with buttons; what they say and has no room in them is kept."""
        shown = [[short async for short in self._short(row)] for row in rows]
        return {**page, "reply_markup": {"inline_keyboard": [row for row in shown if row]}} if rows else page

    async def _short(self, row: Sequence[Key]) -> AsyncIterator[Key]:
        """The buttons of a row; one whose words have no room and cannot be kept is left out."""
        for key in row:
            data = await short(self._reception, key.get("callback_data", ""), fits)
            if data is not None:
                yield {**key, "callback_data": data} if data else key

    async def _send(self, address: Address, update: str, message: Message, reply_to: Receipt | None = None) -> None:
        await self._reception.send(
            Parcel(address=address, message=message, nonce=f"answer:{update}", reply_to=reply_to)
        )

    # --- Presses -------------------------------------------------------------------------------------------------

    async def _press(self, pressed: Pressed) -> None:
        async with self._spinning(pressed) as spinner:
            if not self._presses.is_new(_key(pressed)):
                return
            try:
                await self._pressed(pressed, spinner)
            except Exception:
                await self._refuse(pressed.asker, spinner, Notice.FAILED)
                raise
            finally:
                self._presses.answered(_key(pressed))

    @asynccontextmanager
    async def _spinning(self, pressed: Pressed) -> AsyncIterator[_Spinner]:
        """Around the answer to a press: behind it or after a while, the press is told to have arrived."""
        spinner = _Spinner(self._table.bot, pressed.press)
        late = asyncio.create_task(spinner.stop_after(self._table.patience.spinner))
        try:
            yield spinner
        finally:
            await spinner.stop()
            await asyncio.wait({late})

    async def _pressed(self, pressed: Pressed, spinner: _Spinner) -> None:
        asker = pressed.asker
        if asker.kind is not ChatKind.PRIVATE and (story := _STORY.fullmatch(pressed.data)):
            link = self._scene(asker).link(f"story_{story[1]}_{story[2]}")
            await spinner.stop(url=link)
            return
        wish = await self._presses.wish(pressed.data)
        if wish is None:
            await self._refuse(asker, spinner, Notice.EXPIRED)
        elif wish.page and not await self._may_turn(asker, wish):
            await self._refuse(asker, spinner, Notice.NOT_YOURS)
        else:
            await self._grant(pressed, wish, spinner)

    async def _may_turn(self, asker: Asker, wish: Wish) -> bool:
        """In a group whoever asked; what was asked in a chat's name any administrator, for nobody presses in one."""
        if asker.kind is ChatKind.PRIVATE or asker.person == wish.turner:
            return True
        try:
            return wish.turner.startswith("-") and await self._scene(asker).decides()
        except CourierError:
            return False

    async def _refuse(self, asker: Asker, spinner: _Spinner, notice: Notice) -> None:
        reply = await self._reception.tell(notice, asker)
        pages = await self._pages(reply)
        await spinner.stop(text=pages[0]["text"] if pages else "")

    async def _grant(self, pressed: Pressed, wish: Wish, spinner: _Spinner) -> None:
        """Ask what the button says, and show the answer: for a moment, in the message's place, or below it."""
        asker = pressed.asker
        scene = self._scene(asker)
        query = Query(asker=asker, text=wish.words, update=pressed.update, scene=scene, chat_name=pressed.chat_name)
        reply = await self._reception.answer(query)
        pages = await self._pages(reply)
        popup = popup_of(reply, pages)
        if popup is not None and await spinner.stop(text=popup):
            return
        await spinner.stop()
        if not pages or asker.kind is ChatKind.CHANNEL:
            return
        message = await self._page(reply, pages, shown(wish, asker))
        below = _receipt(asker.address, pressed.message)
        if _may_change(pressed) and (wish.page or (wish.in_place and not reply.only_asker)):
            parcel = Parcel(address=asker.address, message=message, nonce=f"answer:{pressed.update}")
            await self._reception.edit(parcel, below)
        else:
            beside = below if pressed.reachable and asker.kind is ChatKind.GROUP else None
            await self._send(asker.address, pressed.update, message, beside)

    # --- News of a chat ------------------------------------------------------------------------------------------

    async def _news(self, event: ChatEvent) -> None:
        """Tell the reception, and say what it says of it: in the chat, or where that cannot be, to who did it."""
        if event.fate is Fate.MOVED and not self._moves.add((event.address.chat, event.to)):
            return
        reply = await self._noted(event)
        address = _told_at(event)
        if reply is None or address is None:
            return
        pages = await self._pages(reply)
        for number, page in enumerate(pages, 1):
            buttons = reply.buttons if number == len(pages) else ()
            message = await self._buttoned(page, keyboard(page, buttons))
            await self._send(address, f"{event.update}:{number}", message)

    async def _noted(self, event: ChatEvent) -> Reply | None:
        """What is said of it. Unlike a question it is not asked again, so it is told again where it was not noted."""
        for seconds in self._table.patience.news:
            try:
                return await self._reception.note(event)
            except Exception:
                log.exception("news of a chat could not be noted, and is told again", extra={"update": event.update})
                await asyncio.sleep(seconds)
        return await self._reception.note(event)


def _may_change(pressed: Pressed) -> bool:
    """Whether an answer may take the message's place: where others read it, only through a button that it has."""
    return pressed.reachable and (pressed.genuine or pressed.asker.kind is ChatKind.PRIVATE)


def _told_at(event: ChatEvent) -> Address | None:
    if event.fate is Fate.OPEN and event.kind is not ChatKind.CHANNEL:
        return event.address
    return event.by.address if event.by and event.kind is not ChatKind.PRIVATE else None


def _receipt(address: Address, message: str) -> Receipt:
    return Receipt(message=message, thread=address.thread)


def _key(pressed: Pressed) -> tuple[str, str, str, str]:
    return pressed.asker.address.chat, pressed.message, pressed.asker.person, pressed.data


class _Spinner:
    """The busy look of one pressed button."""

    def __init__(self, bot: Bot, press: str) -> None:
        self._bot = bot
        self._press = press
        self._stopped = asyncio.Event()

    async def stop(self, *, text: str = "", url: str = "") -> bool:
        """Tell that the press arrived, with words that are shown for a moment, or an address that is opened.

        Returns whether they were shown: a press is answered once, and for some time only.
        """
        if self._stopped.is_set():
            return False
        self._stopped.set()
        more: dict[str, Any] = {"text": text, "show_alert": True} if text else {"url": url} if url else {}
        try:
            async with asyncio.timeout(LONGEST_STOP):
                await self._bot.answer_callback_query(self._press, **more)
        except Exception as error:  # noqa: BLE001 - the press itself was answered, or will be
            log.info("a press could not be answered: %s", ours(error))
            return False
        return True

    async def stop_after(self, seconds: float) -> None:
        """Stop when so much time has passed, unless it was stopped before."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            await self.stop()
