"""The gate through which every error of the library enters ours; nothing else of Telegram's errors is known beyond it.

What each answer means stands in tables of phrases, looked for without regard to case. Telegram spells one reason in
several ways: the Bot API server puts some into words, and hands others through under their names in Telegram's own API,
such as those at https://core.telegram.org/method/messages.sendMessage. No list of the words is published; these are the
ones that are known from public programs and reports. What is in no table is refused for good (`Poison`, or `Forbidden`
with a 403).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.error import Forbidden as LibraryForbidden

from adapters.causes import Cause, because
from adapters.platform import (
    AccountDead,
    ChatLost,
    CourierError,
    Doubt,
    Forbidden,
    MessageLost,
    Moved,
    NotSent,
    Poison,
    Refused,
    ThreadLost,
    Throttled,
    TooLarge,
)
from adapters.telegram.request import Answered, NeverLeft, Unanswered, safe
from adapters.wire import UNREADABLE_WAIT, wait_of


class Unchanged(Refused):
    """The message says that already: success for whoever edits it."""


class AlreadyGone(MessageLost):
    """The message to delete is not there: success for whoever deletes it."""


class Unformatted(Poison):
    """Telegram takes no entity, button or preview as it is: its text alone may pass."""


# --- What the words of a refusal mean ----------------------------------------------------------------------------

_UNCHANGED = ("message is not modified", "message_not_modified")
_GONE = ("message to delete not found",)
_MESSAGE_LOST = (
    "message to edit not found",
    "message can't be edited",
    "message can't be deleted",
    "message_id_invalid",
    "message_edit_time_expired",
    "message_delete_forbidden",
    "message_author_required",
)
_THREAD_LOST = ("message thread not found", "topic_closed", "topic_deleted", "topic_id_invalid")
_CHAT_LOST = (
    "bot was blocked by the user",
    "user_is_blocked",
    "user is deactivated",
    "user_deactivated",
    "input_user_deactivated",
    "user is deleted",
    "can't initiate conversation",
    "bot was kicked",
    "bot is not a member",
    "chat was deleted",
    "chat was deactivated",
    "chat is deactivated",
    "upgraded to a supergroup",
    "chat not found",
    "user not found",
    "chat_id_invalid",
    "peer_id_invalid",
    "channel_invalid",
    "channel_private",
    "channel is private",
)
"""A group that was upgraded is lost where the answer does not say to which chat."""
_FORBIDDEN = (
    "not enough rights",
    "need administrator rights",
    "have no rights",
    "have no write access",
    "chat_write_forbidden",
    "chat_admin_required",
    "chat_restricted",
    "chat_guest_send_forbidden",
    "chat_send_plain_forbidden",
    "user_banned_in_channel",
    "user_restricted",
    "allow_payment_required",
)
_TOO_LARGE = ("message is too long", "message_too_long", "request entity too large")
_UNFORMATTED = (
    "can't parse",
    "entity_",
    "entities_too_long",
    "entities too long",
    "button_",
    "reply_markup",
    "reply markup",
    "inline keyboard",
    "webpage_",
    "wrong http url",
)
_DEAD = ("logged out", "unauthorized", "bot is deactivated")

_MEANINGS: Final[tuple[tuple[type[Refused], tuple[str, ...]], ...]] = (
    (Unchanged, _UNCHANGED),
    (AlreadyGone, _GONE),
    (MessageLost, _MESSAGE_LOST),
    (ThreadLost, _THREAD_LOST),
    (ChatLost, _CHAT_LOST),
    (Forbidden, _FORBIDDEN),
    (TooLarge, _TOO_LARGE),
    (Unformatted, _UNFORMATTED),
    (AccountDead, _DEAD),
)
"""What a refusal means by its words; the first that fits."""


def ours(error: Exception) -> CourierError:
    """Our name for an error of the library, or of whatever went wrong around a request. Pure; no text holds a token."""
    match error:
        case CourierError():
            return error
        case Answered():
            return _answered(error)
        case NeverLeft():
            return NotSent(safe(str(error)))
        case Unanswered():
            return Doubt(safe(str(error)))
        case TelegramError():
            return _by_library(error)
        case _:
            return Doubt(type(error).__name__)


# --- What our own request class raises ---------------------------------------------------------------------------


def _answered(error: Answered) -> CourierError:
    why = str(error)
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(why, retry_after=wait_of(error.parameters.get("retry_after")))
    if not error.description:
        return _foreign(error)
    if (to := _moved_to(error.parameters.get("migrate_to_chat_id"))) is not None:
        return Moved(why, to=to)
    return _by_status(error.status, why)


def _by_status(status: int, why: str) -> CourierError:
    match status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.NOT_FOUND:
            return AccountDead(why)
        case HTTPStatus.CONFLICT:
            return NotSent(why)  # it is about who hears the account's updates, and refuses no message for good
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return TooLarge(why)
        case HTTPStatus.FORBIDDEN:
            return _by_words(why, otherwise=Forbidden)
        case _:
            return _by_words(why, otherwise=Poison)


def _foreign(error: Answered) -> CourierError:
    """Refused by something before the Bot API, which therefore did nothing; only a gateway's time-out may lie."""
    why = because(Cause.NOT_THE_PLATFORM, error)
    if error.status == HTTPStatus.REQUEST_TIMEOUT:
        return Doubt(why)
    return TooLarge(why) if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else NotSent(why)


def _by_words(why: str, *, otherwise: type[Refused]) -> Refused:
    words = why.casefold()
    for meaning, phrases in _MEANINGS:
        if any(phrase in words for phrase in phrases):
            return meaning(why)
    return otherwise(why)


def _moved_to(said: object) -> str | None:
    if isinstance(said, str) and said.removeprefix("-").isdecimal():
        return said
    return str(said) if isinstance(said, int) and not isinstance(said, bool) and said else None


# --- What the library raises on a request class of its own -------------------------------------------------------

_NOT_CONNECTED: Final = frozenset(
    {
        "ConnectError",
        "ConnectTimeout",
        "PoolTimeout",
        "ProxyError",
        "UnsupportedProtocol",
    }
)
"""Errors of httpx before a byte is written (https://www.python-httpx.org/exceptions/)."""


def _by_library(error: TelegramError) -> CourierError:
    """The library's classes; their texts are not kept where they may hold an address or a token."""
    match error:
        case RetryAfter():
            return Throttled("429", retry_after=wait_of(_seconds(error)))
        case ChatMigrated():
            return Moved("400", to=str(error.new_chat_id))
        case LibraryForbidden():
            return _by_words(safe(str(error)), otherwise=Forbidden)
        case BadRequest():
            return _by_words(safe(str(error)), otherwise=Poison)
        case NetworkError():
            return _network(error)
        case _:
            return _WORDLESS.get(type(error), Doubt)(type(error).__name__)


_WORDLESS: Final[dict[type[TelegramError], type[CourierError]]] = {InvalidToken: AccountDead, Conflict: NotSent}


def _seconds(error: RetryAfter) -> object:
    """The wait that an error was made with: its own attribute warns of a change to come."""
    return error.__reduce__()[1][0]


def _network(error: NetworkError) -> CourierError:
    words, cause = str(error).casefold(), type(error.__cause__).__name__ if error.__cause__ else type(error).__name__
    if cause in _NOT_CONNECTED or words.startswith("pool timeout"):
        return NotSent(cause)
    if words.startswith("too many requests"):
        return Throttled("429", retry_after=UNREADABLE_WAIT)
    return Doubt(cause)
