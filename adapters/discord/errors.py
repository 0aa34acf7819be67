"""The gate through which every error of the library enters ours; nothing else of Discord's errors is known beyond it.

What a refusal means stands in tables by Discord's code, and what is in none is refused for good (`Poison`, or
`Forbidden` with a 403). Source: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from discord import DiscordException, GatewayNotFound, LoginFailure, RateLimited

from adapters.causes import Cause, because
from adapters.discord.request import Answered, NeverLeft, Oversized, Spared, Unanswered, safe
from adapters.platform import (
    AccountDead,
    Banned,
    ChatLost,
    ChatThrottled,
    CourierError,
    Doubt,
    Forbidden,
    MessageLost,
    NotSent,
    Poison,
    Refused,
    Throttled,
    TooLarge,
)
from adapters.wire import wait_of

UNKNOWN_CHANNEL: Final = 10_003
UNKNOWN_MESSAGE: Final = 10_008
ALREADY_PUBLISHED: Final = 40_033
"""A message that is published already."""
ALREADY_ANSWERED: Final = 40_060
"""An interaction that somebody answered already."""

DISABLED_WAIT: Final = 60.0
"""Seconds to wait where Discord has switched something off for a while."""


class AlreadyGone(MessageLost):
    """The message is not there: success for whoever deletes it."""


class Archived(Forbidden):
    """The thread sleeps: whoever may write there may wake it."""


class Locked(Forbidden):
    """The thread is closed to all but its moderators."""


class TagsRefused(Forbidden):
    """A forum does not take a post with these tags, or without any: its tags are others than was thought."""


class Blocked(Poison):
    """A server's rules, or Discord's, let this message not pass; others they may."""


# --- What the codes mean -----------------------------------------------------------------------------------------

_CHAT_LOST = {
    UNKNOWN_CHANNEL,
    10_004,  # unknown server
    10_013,  # unknown user
    50_007,  # the user takes no messages from the account
    50_033,  # no such recipient
    50_278,  # no server in common with the user
}
_MESSAGE_LOST = {
    10_015,  # unknown webhook: an interaction whose 15 minutes are over
    10_062,  # unknown interaction: its 3 seconds are over
    ALREADY_ANSWERED,
    50_005,  # somebody else's message
    50_021,  # a message of the system
    50_027,  # an interaction's token that is none any more
}
_DEAD = {
    40_001,  # unauthorized
    40_002,  # the account must be verified first
    50_014,  # the token is none
}
_BLOCKED: Final[dict[int, Cause]] = {
    20_009: Cause.EXPLICIT,
    200_000: Cause.RULES,
    200_001: Cause.RULES,  # a title
    240_000: Cause.LINK_BLOCKED,
}
_CHAT_THROTTLED = {
    20_016,  # slow mode
    20_022,  # edits in announcement channels
    20_028,  # messages of a channel
    20_029,  # messages of a server
    30_046,  # edits of messages that are older than an hour
}
_THROTTLED = {
    40_003,  # opens private chats too fast
    40_062,  # a resource that others share
}
_DISABLED = {
    40_004,  # sending is switched off
    40_006,  # a feature is switched off
    130_000,  # overloaded
}
_BEFORE_DISCORD = {
    40_333,  # what stands before Discord lets the request not pass
}
_TOO_LARGE = {
    40_005,  # the request
    50_045,  # a file
}
_TOO_LONG = frozenset({"BASE_TYPE_MAX_LENGTH", "BASE_TYPE_BAD_LENGTH", "MAX_EMBED_SIZE_EXCEEDED"})
"""What is said of a field that is too long (no list of these names is published)."""

_FORBIDDEN: Final[dict[int, Cause]] = {
    10_087: Cause.TAGS_CHANGED,
    40_067: Cause.TAG_NEEDED,
    50_001: Cause.HIDDEN,
    50_008: Cause.NOT_WRITTEN_THERE,
    50_009: Cause.VERIFICATION,
    50_013: Cause.LACKS_PERMISSION,
    50_024: Cause.NOT_DONE_THERE,
    50_083: Cause.ARCHIVED,
    160_005: Cause.LOCKED,
    160_006: Cause.THREADS_FULL,
    160_007: Cause.ANNOUNCEMENTS_FULL,
    220_001: Cause.TITLE_NEEDED,
    220_002: Cause.NO_THREAD_THERE,
    220_003: Cause.ONLY_FORUMS,
}
"""What keeps the account from writing, so that it can be told to whoever can change it."""

_CAUSES: Final = {**_FORBIDDEN, **_BLOCKED}
_TAG_GONE: Final = 10_087
_TAG_NEEDED: Final = 40_067
_ARCHIVED: Final = 50_083
_LOCKED: Final = 160_005

_MEANINGS: Final[dict[int, type[Refused]]] = {
    **dict.fromkeys(_CHAT_LOST, ChatLost),
    **dict.fromkeys(_MESSAGE_LOST, MessageLost),
    **dict.fromkeys(_DEAD, AccountDead),
    **dict.fromkeys(_BLOCKED, Blocked),
    **dict.fromkeys(_TOO_LARGE, TooLarge),
    **dict.fromkeys(_FORBIDDEN, Forbidden),
    _TAG_GONE: TagsRefused,
    _TAG_NEEDED: TagsRefused,
    _ARCHIVED: Archived,
    _LOCKED: Locked,
    UNKNOWN_MESSAGE: AlreadyGone,
}
"""What a refusal means by its code. An unknown message is one that was deleted, also where one is made: its nonce was
that of a message that somebody has taken away since."""


def ours(error: Exception) -> CourierError:
    """Our name for an error of the library, or of whatever went wrong around a request. Pure; no text holds a token."""
    match error:
        case CourierError():
            return error
        case Answered():
            return _answered(error)
        case NeverLeft():
            return _never_left(error)
        case Unanswered():
            return Doubt(safe(str(error)))
        case DiscordException():
            return _by_library(error)
        case _:
            return Doubt(type(error).__name__)


def _never_left(error: NeverLeft) -> CourierError:
    if isinstance(error, Spared):
        return Throttled(str(error), retry_after=error.retry_after, whole_lane=True)
    if isinstance(error, Oversized):
        return TooLarge(str(error))
    return NotSent(safe(str(error)))


def _answered(error: Answered) -> CourierError:
    why = str(error)
    if error.banned:
        return Banned(because(Cause.NOT_THE_PLATFORM, why), retry_after=wait_of(error.retry_after))
    if throttled := _throttled(error, why):
        return throttled
    if (not error.text and not error.code) or error.code in _BEFORE_DISCORD:
        return _foreign(error)
    if cause := _CAUSES.get(error.code):
        why = because(cause, why)
    if meaning := _MEANINGS.get(error.code):
        return meaning(why)
    return _by_status(error, why)


def _throttled(error: Answered, why: str) -> Throttled | None:
    """What a refusal asks to wait for, if it is one that passes: the chat's own limit, or the account's."""
    if error.code in _CHAT_THROTTLED or error.scope == "shared":
        return ChatThrottled(why, retry_after=wait_of(error.retry_after))
    if error.status == HTTPStatus.TOO_MANY_REQUESTS or error.code in _THROTTLED:
        return Throttled(why, retry_after=wait_of(error.retry_after), whole_lane=error.scope == "global")
    if error.code in _DISABLED:
        return Throttled(why, retry_after=error.retry_after or DISABLED_WAIT)
    return None


def _by_status(error: Answered, why: str) -> CourierError:
    match error.status:
        case HTTPStatus.UNAUTHORIZED:
            return AccountDead(why)
        case HTTPStatus.FORBIDDEN:
            return Forbidden(why)
        case HTTPStatus.NOT_FOUND if not error.code:
            return NotSent(because(Cause.NO_METHOD, why))
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return TooLarge(why)
        case _ if any(one.code in _TOO_LONG for one in error.complaints):
            return TooLarge(why)
        case _:
            return Poison(why)


def _foreign(error: Answered) -> CourierError:
    """Refused by something before Discord, which therefore did nothing; only a gateway's time-out may lie."""
    why = because(Cause.NOT_THE_PLATFORM, error)
    if error.status == HTTPStatus.REQUEST_TIMEOUT:
        return Doubt(why)
    return TooLarge(why) if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else NotSent(why)


def _by_library(error: DiscordException) -> CourierError:
    """The library's own classes; their texts are not kept where they may hold an address or a token."""
    match error:
        case GatewayNotFound() if isinstance(error.__cause__, Exception):
            return ours(error.__cause__)
        case LoginFailure():
            return AccountDead("401")
        case RateLimited():
            return Throttled("429", retry_after=wait_of(error.retry_after))
        case _:
            return Doubt(type(error).__name__)
