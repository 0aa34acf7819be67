"""Carries messages to Telegram: what the dialect spelled leaves as it is, and beside it what belongs to the address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import structlog
import telegram

from adapters.causes import Cause
from adapters.platform import Address, CourierError, Doubt, Message, MessageLost, Parcel, Poison, Receipt, ThreadLost
from adapters.telegram.errors import AlreadyGone, Unchanged, Unformatted, ours
from adapters.telegram.hearing import name_of

T = TypeVar("T")

log = structlog.get_logger(__name__)

GENERAL: Final = "1"
"""The topic that every forum has; `message_thread_id` must not name it (https://core.telegram.org/api/forum)."""

_NO_PREVIEW: Final = {"is_disabled": True}


class TelegramCourier:
    """Keeps `adapters.platform.Courier` on a bot of the library, which is initialized and shut down by its owner.

    `paid` says of the message that leaves next whether it is paid for (`allow_paid_broadcast`).
    """

    def __init__(self, bot: telegram.Bot, *, paid: Callable[[], bool] = lambda: False) -> None:
        self._bot = bot
        self._paid = paid

    async def send(self, parcel: Parcel) -> Receipt:
        """Bring a new message; raises CourierError, and nothing else, when it does not arrive for certain.

        A message whose formatting is refused is sent once more as its text alone, and one that is refused while it is
        paid for once more unpaid: a refusal is definite, nothing was posted.
        """
        paid = self._paid()
        try:
            return await self._send(parcel, parcel.message, paid=paid)
        except Unformatted as error:
            if plain(parcel.message) == parcel.message:
                raise
            _note("telegram.sent_plain", parcel, error)
            return await self._send(parcel, plain(parcel.message), paid=paid)
        except Poison as error:
            if not paid:
                raise
            _note("telegram.sent_unpaid", parcel, error)
            return await self._send(parcel, parcel.message, paid=False)

    async def _send(self, parcel: Parcel, message: Message, *, paid: bool) -> Receipt:
        beside = _beside(parcel, paid=paid)
        sent = await _carried(
            self._bot.send_message(
                chat_id=_chat(parcel.address), text=message["text"], api_kwargs={**_rest(message), **beside}
            )
        )
        return Receipt(message=str(_id(sent)), thread=_thread(parcel.address), chat_name=name_of(sent.chat))

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        """Replace the message of the receipt, its buttons too; «not modified» is success. Raises CourierError.

        Formatting that is refused is left out here as well.
        """
        try:
            await self._edit(parcel, parcel.message, receipt)
        except Unformatted as error:
            if plain(parcel.message) == parcel.message:
                raise
            _note("telegram.edited_plain", parcel, error)
            await self._edit(parcel, plain(parcel.message), receipt)
        return receipt

    async def _edit(self, parcel: Parcel, message: Message, receipt: Receipt) -> None:
        number = _message(receipt)
        try:
            edited = await _carried(
                self._bot.edit_message_text(
                    chat_id=_chat(parcel.address), message_id=number, text=message["text"], api_kwargs=_rest(message)
                )
            )
        except Unchanged:
            return
        if edited is not True and _id(edited) != number:
            raise Doubt(Cause.OTHER_MESSAGE)

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """Take the message of the receipt back; one that is gone already is success. Raises CourierError."""
        try:
            deleted = await _carried(self._bot.delete_message(chat_id=_chat(address), message_id=_message(receipt)))
        except AlreadyGone:
            return
        if deleted is not True:
            raise Doubt(Cause.UNREADABLE)


def plain(message: Message) -> Message:
    """The plain-text form of a message: nothing of it can be refused for how it is formatted."""
    return {"text": message["text"], "link_preview_options": _NO_PREVIEW}


async def _carried(request: Awaitable[T]) -> T:
    """What the library answers, through the gate."""
    try:
        return await request
    except CourierError:
        raise
    except Exception as error:  # an answer of wrong types can raise anything in the library
        raise ours(error) from error


def _note(event: str, parcel: Parcel, error: CourierError) -> None:
    log.warning(event, lane=parcel.address.lane, chat=parcel.address.chat, nonce=parcel.nonce, error=str(error))


# --- What a request says beside the message ----------------------------------------------------------------------


def _rest(message: Message) -> dict[str, Any]:
    """The message as it was spelled, less its text, which the library's methods want by itself."""
    return {name: value for name, value in message.items() if name != "text"}


def _beside(parcel: Parcel, *, paid: bool) -> dict[str, Any]:
    """What belongs to the address, and to this one sending."""
    beside: dict[str, Any] = {}
    if thread := _thread(parcel.address):
        beside["message_thread_id"] = _number(thread, ThreadLost(Cause.BAD_THREAD))
    if parcel.reply_to is not None and parcel.reply_to.thread == _thread(parcel.address):
        beside["reply_parameters"] = {
            "message_id": _message(parcel.reply_to),
            "allow_sending_without_reply": True,
        }
    if parcel.silent:
        beside["disable_notification"] = True
    if paid:
        beside["allow_paid_broadcast"] = True
    return beside


def _chat(address: Address) -> int | str:
    """A chat's number, or its @name."""
    return int(address.chat) if address.chat.removeprefix("-").isdecimal() else address.chat


def _thread(address: Address) -> str:
    return "" if address.thread == GENERAL else address.thread


def _message(receipt: Receipt) -> int:
    return _number(receipt.message, MessageLost(Cause.BAD_RECEIPT))


def _number(text: str, otherwise: CourierError) -> int:
    if not text.isdecimal():
        raise otherwise
    return int(text)


def _id(answered: object) -> int:
    """The id in an answer; raises Doubt when the answer is not what it should be, for the message may be there."""
    number = answered.message_id if isinstance(answered, telegram.Message) else None
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        raise Doubt(Cause.UNREADABLE)
    return number
