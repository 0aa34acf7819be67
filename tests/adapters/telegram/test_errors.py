"""The gate: what each answer of the Bot API, and each error of the library, means to us."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.error import Forbidden as LibraryForbidden
from telegram.request import HTTPXRequest

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
    ThreadLost,
    Throttled,
    TooLarge,
)
from adapters.telegram.errors import AlreadyGone, Unchanged, Unformatted, ours
from adapters.telegram.request import Answered, NeverLeft, Unanswered
from adapters.wire import wait_of
from tests.adapters.bare_server import Script, answers, hangs, http, says_and_leaves, serving

TOKEN = "123456789:AAH_abcdefghijklmnopqrstuvwxyz01234"  # noqa: S105 nobody's

MEANINGS: list[tuple[int, str, type[CourierError]]] = [
    (403, "Forbidden: bot was blocked by the user", ChatLost),
    (403, "Forbidden: user is deactivated", ChatLost),
    (403, "Forbidden: bot can't initiate conversation with a user", ChatLost),
    (403, "Forbidden: bot was kicked from the group chat", ChatLost),
    (403, "Forbidden: bot was kicked from the supergroup chat", ChatLost),
    (403, "Forbidden: bot was kicked from the channel chat", ChatLost),
    (403, "Forbidden: bot is not a member of the channel chat", ChatLost),
    (403, "Forbidden: the group chat was deleted", ChatLost),
    (400, "Bad Request: chat not found", ChatLost),
    (400, "Bad Request: PEER_ID_INVALID", ChatLost),
    (400, "Bad Request: group chat was deactivated", ChatLost),
    (400, "Bad Request: group chat was upgraded to a supergroup chat", ChatLost),
    (400, "Bad Request: not enough rights to send text messages to the chat", Forbidden),
    (400, "Bad Request: need administrator rights in the channel chat", Forbidden),
    (400, "Bad Request: have no rights to send a message", Forbidden),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Forbidden),
    (400, "Bad Request: CHAT_RESTRICTED", Forbidden),
    (400, "Bad Request: CHAT_ADMIN_REQUIRED", Forbidden),
    (403, "Forbidden: CHAT_WRITE_FORBIDDEN", Forbidden),
    (403, "Forbidden: something that nobody has seen", Forbidden),
    (400, "Bad Request: message thread not found", ThreadLost),
    (400, "Bad Request: TOPIC_CLOSED", ThreadLost),
    (400, "Bad Request: TOPIC_DELETED", ThreadLost),
    (400, "Bad Request: can't parse entities: Unsupported start tag", Unformatted),
    (400, "Bad Request: ENTITY_BOUNDS_INVALID", Unformatted),
    (400, "Bad Request: BUTTON_DATA_INVALID", Unformatted),
    (400, "Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL", Unformatted),
    (400, "Bad Request: message is too long", TooLarge),
    (400, "Bad Request: MESSAGE_TOO_LONG", TooLarge),
    (413, "Request Entity Too Large", TooLarge),
    (400, "Bad Request: message text is empty", Poison),
    (400, "Bad Request: something that nobody has seen", Poison),
    (418, "I'm a teapot", Poison),
    (
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same",
        Unchanged,
    ),
    (400, "Bad Request: message to delete not found", AlreadyGone),
    (400, "Bad Request: message to edit not found", MessageLost),
    (400, "Bad Request: message can't be edited", MessageLost),
    (400, "Bad Request: message can't be deleted for everyone", MessageLost),
    (400, "Bad Request: message can't be deleted", MessageLost),
    (400, "Bad Request: MESSAGE_ID_INVALID", MessageLost),
    (401, "Unauthorized", AccountDead),
    (404, "Not Found", AccountDead),
    (400, "Bad Request: Logged out", AccountDead),
    (409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running", NotSent),
    (429, "Too Many Requests: retry after 9", Throttled),
]


@pytest.mark.parametrize(("status", "description", "meaning"), MEANINGS, ids=lambda value: str(value)[:60])
def test_what_a_refusal_means(status: int, description: str, meaning: type[CourierError]) -> None:
    """Each refusal means what to do next, however its words are cased, and keeps them."""
    for words in (description, description.lower(), description.upper()):
        error = ours(Answered(status, words, {}))
        assert type(error) is meaning
        assert str(error) == f"{status}: {words}"


def test_our_success_is_only_for_who_asked_for_it() -> None:
    """«Not modified» and «to delete not found» are refusals that do no harm where nobody asked for that."""
    assert isinstance(ours(Answered(400, "message to delete not found", {})), MessageLost)
    assert not isinstance(ours(Answered(400, "message is not modified", {})), MessageLost)


@pytest.mark.parametrize("to", [-1001234567890, "-1001234567890"])
def test_fault_30_a_chat_that_moved(to: object) -> None:
    """An upgraded group says where it is now."""
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    error = ours(Answered(400, words, {"migrate_to_chat_id": to}))
    assert isinstance(error, Moved)
    assert error.to == "-1001234567890"


@pytest.mark.parametrize("to", [None, 0, True, "x", "", [], 1.5])
def test_a_chat_that_moved_nowhere(to: object) -> None:
    """A new chat that cannot be one is none."""
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    assert isinstance(ours(Answered(400, words, {"migrate_to_chat_id": to})), ChatLost)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (7, 7.0),
        (0.25, 0.25),
        ("12", 12.0),
        (7_200, 7_200.0),
        (10**30, 86_400.0),
        ("9" * 5_000, 86_400.0),
        (float("inf"), 86_400.0),
        (float("nan"), 5.0),
        (0, 5.0),
        (-3, 5.0),
        ("soon", 5.0),
        ("-3", 5.0),
        ("", 5.0),
        (None, 5.0),
        (True, 5.0),
        ([7], 5.0),
    ],
    ids=lambda value: str(value)[:12],
)
def test_fault_09_how_long_to_wait(said: object, seconds: float) -> None:
    """A wait is what the 429 says, a day at most, and 5 s where that cannot be read or cannot be meant."""
    assert wait_of(said) == seconds
    error = ours(Answered(429, "Too Many Requests", {"retry_after": said}))
    assert isinstance(error, Throttled)
    assert (error.retry_after, error.whole_lane) == (seconds, False)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (302, NotSent),
        (400, NotSent),
        (401, NotSent),
        (403, NotSent),
        (404, NotSent),
        (407, NotSent),
        (408, Doubt),
        (413, TooLarge),
    ],
)
def test_refused_by_something_else(status: int, meaning: type[CourierError]) -> None:
    """What refuses or redirects before the Bot API says nothing of chats or tokens: nothing was posted; it may pass."""
    error = ours(Answered(status, "", {}))
    assert type(error) is meaning
    assert str(error) == f"not-the-platform: {status}"


def test_fault_09_a_429_without_words() -> None:
    """A 429 in HTML is a 429."""
    error = ours(Answered(429, "", {}))
    assert isinstance(error, Throttled)
    assert error.retry_after == 5.0


def test_how_far_a_request_came() -> None:
    """What never left can be tried again; what was not answered, or is no error of the library, is a doubt."""
    assert type(ours(NeverLeft("no-host: a.example"))) is NotSent
    assert type(ours(Unanswered("no-result: 502"))) is Doubt
    assert str(ours(Unanswered("no-result: 502"))) == "no-result: 502"
    assert type(ours(KeyError("message_id"))) is Doubt
    poison = Poison("x")
    assert ours(poison) is poison


# --- The library on its own request class ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (BadRequest("Bad Request: chat not found"), ChatLost),
        (BadRequest("Bad Request: message is not modified: …"), Unchanged),
        (BadRequest("Something that nobody has seen"), Poison),
        (LibraryForbidden("Forbidden: bot was blocked by the user"), ChatLost),
        (LibraryForbidden("Forbidden: something that nobody has seen"), Forbidden),
        (InvalidToken(f"The token `{TOKEN}` was rejected by the server."), AccountDead),
        (Conflict("Conflict: terminated by other getUpdates request"), NotSent),
        (TimedOut(), Doubt),
        (TimedOut("Pool timeout: All connections in the connection pool are occupied."), NotSent),
        (NetworkError("Bad Gateway"), Doubt),
        (NetworkError("Too Many Requests (429). Parsing the server response failed"), Throttled),
        (NetworkError(f"httpx.ReadError: https://api.telegram.org/bot{TOKEN}/sendMessage"), Doubt),
        (TelegramError("Invalid server response"), Doubt),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else type(value).__name__,
)
def test_the_librarys_own_errors(error: TelegramError, meaning: type[CourierError]) -> None:
    """The library's classes mean the same as our own, and bring no token with them."""
    found = ours(error)
    assert type(found) is meaning
    assert TOKEN not in str(found)


def test_the_librarys_errors_that_say_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait and a new chat are taken from the library's errors as well."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    wait, moved = ours(RetryAfter(7)), ours(ChatMigrated(-1001234567890))
    assert isinstance(wait, Throttled)
    assert wait.retry_after == 7.0
    assert isinstance(moved, Moved)
    assert moved.to == "-1001234567890"


async def by_httpx(script: Script, scheme: str = "http", **settings: Any) -> CourierError:
    """What a failed request of the library on httpx means."""
    async with serving(script) as server, HTTPXRequest(**settings) as request:
        with pytest.raises(TelegramError) as caught:
            await request.post(f"{scheme}://127.0.0.1:{server.port}/bot{TOKEN}/sendMessage")
        error = ours(caught.value)
    assert TOKEN not in str(error)
    return error


async def test_the_gate_holds_on_httpx() -> None:
    """What the library raises on httpx is told apart as well: never left, refused, or a doubt."""
    assert type(await by_httpx(hangs(), "https", connect_timeout=0.05)) is NotSent
    assert type(await by_httpx(hangs(), read_timeout=0.1)) is Doubt
    assert type(await by_httpx(says_and_leaves())) is Doubt
    assert type(await by_httpx(answers(http(502, "<html>")))) is Doubt
    assert type(await by_httpx(answers(http(429, "<html>")))) is Throttled
    assert type(await by_httpx(answers(http(400, {"ok": False, "description": "chat not found"})))) is ChatLost
    async with HTTPXRequest() as request:
        with pytest.raises(NetworkError) as caught:
            await request.post(f"http://127.0.0.1:9/bot{TOKEN}/x")
    assert isinstance(caught.value.__cause__, httpx.ConnectError)
    assert type(ours(caught.value)) is NotSent
