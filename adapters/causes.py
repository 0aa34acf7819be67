"""Why something did not arrive, or is not heard: stable codes, told in words only where somebody reads them.

What an error says of itself is a line such as `no-connection: api.telegram.org`: causes, the wider before the narrower,
and behind them what somebody else said, which is never translated. Rows, logs and JSON keep the line as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

Say = Callable[..., str]
"""The catalogue's words for a key, in one language."""


class Cause(StrEnum):
    """What can be in the way of a message, a question or an account; the words are `causes.<code>`."""

    # On the way there and back.
    CLOSED = "closed"
    NO_HOST = "no-host"
    BAD_CERTIFICATE = "bad-certificate"
    NO_TLS = "no-tls"
    NO_PROXY = "no-proxy"
    PROXY_REFUSES = "proxy-refuses"
    CONNECTING_TOO_LONG = "connecting-too-long"
    NO_CONNECTION = "no-connection"
    NO_ANSWER = "no-answer"
    NOT_GRANTED = "not-granted"
    """A connection to be kept was refused."""
    CUT_SHORT = "cut-short"
    NO_HTTP = "no-http"
    DISCONNECTED = "disconnected"
    BROKEN_OFF = "broken-off"

    # What a request is, or what is answered to it.
    BAD_ADDRESS = "bad-address"
    NO_FILES = "no-files"
    TOO_MANY_BYTES = "too-many-bytes"
    """Behind it stands how many."""
    KEPT_BACK = "kept-back"
    """Too much was refused; behind it stands for how many seconds nothing leaves."""
    NO_RESULT = "no-result"
    """Behind it stands the status that was answered."""
    NOT_THE_PLATFORM = "not-the-platform"
    """Something before the platform answered; behind it stands what."""
    NO_METHOD = "no-method"
    UNREADABLE = "unreadable"
    OTHER_MESSAGE = "other-message"
    BAD_RECEIPT = "bad-receipt"
    BAD_THREAD = "bad-thread"
    NOT_LOOKED_FOR = "not-looked-for"
    """Whether it is there already could not be found out."""
    STEP_BEFORE = "step-before"
    """What has to come before it failed."""

    # What keeps an account from writing in a chat.
    TAGS_CHANGED = "tags-changed"
    TAG_NEEDED = "tag-needed"
    TITLE_NEEDED = "title-needed"
    NO_THREAD_THERE = "no-thread-there"
    ONLY_FORUMS = "only-forums"
    HIDDEN = "hidden"
    LACKS_PERMISSION = "lacks-permission"
    VERIFICATION = "verification"
    NOT_WRITTEN_THERE = "not-written-there"
    NOT_DONE_THERE = "not-done-there"
    ARCHIVED = "archived"
    NOT_WOKEN = "not-woken"
    LOCKED = "locked"
    THREAD_CLOSED = "thread-closed"
    THREAD_GONE = "thread-gone"
    THREADS_FULL = "threads-full"
    ANNOUNCEMENTS_FULL = "announcements-full"
    EXPLICIT = "explicit"
    RULES = "rules"
    """A server's own rules stopped it."""
    LINK_BLOCKED = "link-blocked"

    # What keeps an account from being heard.
    OTHER_ACCOUNT = "other-account"
    SHARED_TOKEN = "shared-token"  # noqa: S105 a code
    HOOK_CHANGED = "hook-changed"
    GATEWAY_SILENT = "gateway-silent"
    GATEWAY_UNKNOWN = "gateway-unknown"
    GATEWAY_REFUSES = "gateway-refuses"
    CLOSED_WITH = "closed-with"
    """Behind it stands the code of the close."""
    NO_SESSION = "no-session"
    """Behind it stand the seconds until one may begin."""
    NO_SUCH_SHARD = "no-such-shard"
    TOO_MANY_SERVERS = "too-many-servers"
    OLD_GATEWAY = "old-gateway"
    BAD_INTENT = "bad-intent"
    INTENT_DENIED = "intent-denied"


_KNOWN = frozenset(Cause)


def because(cause: Cause, said: object = "") -> str:
    """The line of a cause, with what is behind it: another line, or what somebody else said."""
    return f"{cause}: {said}" if str(said) else str(cause)


def taken_apart(line: str) -> tuple[tuple[Cause, ...], str]:
    """The causes that a line begins with, and what somebody else said behind them; either may be nothing."""
    causes = []
    while line:
        head, _, rest = line.partition(": ")
        if head not in _KNOWN:
            break
        causes.append(Cause(head))
        line = rest
    return tuple(causes), line


def in_words(line: str, say: Say) -> str:
    """A line in words: what somebody else said stands in quotes, unless the words of its cause have a place for it."""
    causes, said = taken_apart(line)
    told = [say(f"causes.{cause}", said="") for cause in causes]
    placed = say(f"causes.{causes[-1]}", said=said) if causes else ""
    if told and placed != told[-1]:
        told[-1] = placed
    elif said:
        told.append(say("words.quoted", said=said))
    return say("words.colon").join(told) or say("reasons.unknown")


def reason_in_words(reason: str, say: Say) -> str:
    """Why something of the ledger is as it is: a code (`reasons.<code>`), with the line that stands behind it."""
    code, _, line = reason.partition(": ")
    try:
        what = say(f"reasons.{code}")
    except KeyError:
        return in_words(reason, say)
    return say("words.with_detail", what=what, detail=in_words(line, say)) if line else what
