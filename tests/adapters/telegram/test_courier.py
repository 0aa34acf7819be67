"""What the courier asks of the Bot API for each parcel, and what each answer means to whoever handed it over."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
import telegram
from structlog.testing import capture_logs

from adapters.platform import (
    AccountId,
    Address,
    ChatLost,
    CourierError,
    Doubt,
    Forbidden,
    Message,
    MessageLost,
    NotSent,
    Parcel,
    Platform,
    Poison,
    Receipt,
    ThreadLost,
    Throttled,
)
from adapters.telegram.courier import TelegramCourier, plain
from adapters.telegram.errors import Unformatted
from adapters.telegram.request import AiohttpRequest
from tests.adapters.bare_server import (
    Asked,
    BareServer,
    Script,
    answers,
    hangs,
    http,
    says_and_leaves,
    serving,
)

TOKEN = "123456789:AAH_abcdefghijklmnopqrstuvwxyz01234"  # noqa: S105 nobody's

MESSAGE: Message = {
    "text": "速递 𝐀 link",
    "entities": [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "text_link", "offset": 6, "length": 4, "url": "https://a.example/?b=c&d"},
    ],
    "link_preview_options": {"url": "https://a.example/?b=c&d", "prefer_small_media": True},
    "reply_markup": {"inline_keyboard": [[{"text": "1", "callback_data": "/story 1"}]]},
}
HERE = Address(platform=Platform.TELEGRAM, account=AccountId("123456789"), chat="-1001234567890")
PARCEL = Parcel(address=HERE, message=MESSAGE, nonce="1.1.0.abc")
RECEIPT = Receipt(message="77")


def posted(number: object = 77, **more: object) -> bytes:
    """A message, as it is answered."""
    chat = {"id": -1001234567890, "type": "supergroup", "title": "x"}
    return http(200, {"ok": True, "result": {"message_id": number, "date": 1, "chat": chat, "text": "x", **more}})


def refused(status: int, description: str, **parameters: object) -> bytes:
    """A refusal, as it is answered."""
    body = {"ok": False, "error_code": status, "description": description}
    return http(status, {**body, "parameters": parameters} if parameters else body)


DONE = http(200, {"ok": True, "result": True})


def method_of(asked: Asked) -> str:
    """The Bot API method that was asked for."""
    found = re.search(r"/([A-Za-z]+) HTTP", asked.line)
    return found[1] if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A courier, and the server that it speaks to."""

    courier: TelegramCourier
    server: BareServer

    @property
    def asked(self) -> list[tuple[str, Any]]:
        """What was asked: the methods and their parameters."""
        return [(method_of(asked), asked.json) for asked in self.server.asked]


@asynccontextmanager
async def post(script: Script, *, paid: Callable[[], bool] = lambda: False, total: float = 5.0) -> AsyncIterator[Post]:
    """A courier on the real library, whose server follows the script."""
    async with serving(script) as server, AiohttpRequest(total=total) as request:
        bot = telegram.Bot(TOKEN, base_url=f"{server.url}/bot", request=request, get_updates_request=request)
        yield Post(courier=TelegramCourier(bot, paid=paid), server=server)


# --- What is asked for -------------------------------------------------------------------------------------------


async def test_what_is_previewed_is_what_is_sent() -> None:
    """A message leaves as the dialect spelled it, to the last key, and nothing but its chat is added."""
    async with post(answers(posted())) as office:
        assert await office.courier.send(PARCEL) == RECEIPT
    assert office.asked == [("sendMessage", {"chat_id": -1001234567890, **MESSAGE})]


@pytest.mark.parametrize(
    ("chat", "named"),
    [
        ({"type": "channel", "title": "AI \x07频道", "username": "aidaily"}, "AI 频道 (@aidaily)"),
        ({"type": "supergroup", "title": "Readers"}, "Readers"),
        ({"type": "private", "first_name": "Anna", "username": "anna"}, ""),
        ({"type": "group", "title": 7, "username": ["x"]}, ""),
    ],
)
async def test_what_people_call_the_chat_comes_with_the_answer(chat: dict[str, object], named: str) -> None:
    """Telegram answers with the chat of the message: what it is called now is told, and costs no request."""
    async with post(answers(posted(chat={"id": -1001234567890} | chat))) as office:
        assert (await office.courier.send(PARCEL)).chat_name == named
    assert len(office.asked) == 1


@pytest.mark.parametrize(
    ("parcel", "beside"),
    [
        (replace(PARCEL, address=replace(HERE, chat="@sudi_news")), {"chat_id": "@sudi_news"}),
        (replace(PARCEL, address=replace(HERE, thread="7")), {"message_thread_id": 7}),
        (replace(PARCEL, address=replace(HERE, thread="1")), {}),
        (replace(PARCEL, silent=True), {"disable_notification": True}),
        (
            replace(PARCEL, reply_to=RECEIPT),
            {"reply_parameters": {"message_id": 77, "allow_sending_without_reply": True}},
        ),
        (
            replace(PARCEL, address=replace(HERE, thread="7"), reply_to=replace(RECEIPT, thread="7")),
            {"message_thread_id": 7, "reply_parameters": {"message_id": 77, "allow_sending_without_reply": True}},
        ),
        (replace(PARCEL, reply_to=replace(RECEIPT, thread="7")), {}),
    ],
    ids=["name", "thread", "general", "silent", "reply", "reply-in-thread", "reply-elsewhere"],
)
async def test_what_belongs_to_the_address(parcel: Parcel, beside: dict[str, Any]) -> None:
    """The thread (never General), the reply within it and silence stand beside the message where they are asked for."""
    async with post(answers(posted())) as office:
        receipt = await office.courier.send(parcel)
    assert office.asked == [("sendMessage", {"chat_id": -1001234567890, **MESSAGE, **beside})]
    assert receipt == Receipt(message="77", thread="7" if "message_thread_id" in beside else "")


async def test_a_paid_message() -> None:
    """A message that is paid for says so; edits never do."""
    left = [True, False]
    async with post(answers(posted()), paid=lambda: left.pop(0)) as office:
        await office.courier.send(PARCEL)
        await office.courier.send(PARCEL)
        await office.courier.edit(PARCEL, RECEIPT)
    assert [asked.get("allow_paid_broadcast") for _, asked in office.asked] == [True, None, None]


async def test_an_edit_carries_the_whole_message() -> None:
    """An edit brings the message with its buttons, which Telegram would take away else, and nothing of the sending."""
    parcel = replace(PARCEL, address=replace(HERE, thread="7"), silent=True, reply_to=RECEIPT)
    for said in (posted(), DONE):
        async with post(answers(said)) as office:
            assert await office.courier.edit(parcel, RECEIPT) == RECEIPT
        assert office.asked == [("editMessageText", {"chat_id": -1001234567890, "message_id": 77, **MESSAGE})]


async def test_a_deletion_names_the_message() -> None:
    """A message is taken back by its number in its chat."""
    async with post(answers(DONE)) as office:
        await office.courier.delete(HERE, RECEIPT)
    assert office.asked == [("deleteMessage", {"chat_id": -1001234567890, "message_id": 77})]


async def test_what_has_no_number() -> None:
    """A thread or a message that Telegram can have no number for is lost, and nothing is asked."""
    async with post(answers(DONE)) as office:
        with pytest.raises(ThreadLost):
            await office.courier.send(replace(PARCEL, address=replace(HERE, thread="x")))
        with pytest.raises(MessageLost):
            await office.courier.edit(PARCEL, Receipt(message="local-1"))
        with pytest.raises(MessageLost):
            await office.courier.delete(HERE, Receipt(message=""))
    assert office.asked == []


# --- What is answered --------------------------------------------------------------------------------------------

Act = Callable[[TelegramCourier], Awaitable[object]]


async def send(courier: TelegramCourier) -> object:
    """Send it."""
    return await courier.send(PARCEL)


async def edit(courier: TelegramCourier) -> object:
    """Edit it."""
    return await courier.edit(PARCEL, RECEIPT)


async def delete(courier: TelegramCourier) -> object:
    """Delete it."""
    await courier.delete(HERE, RECEIPT)
    return None


@pytest.mark.parametrize("act", [send, edit, delete])
@pytest.mark.parametrize(
    ("script", "meaning"),
    [
        (answers(refused(403, "Forbidden: bot was blocked by the user")), ChatLost),
        (answers(refused(400, "Bad Request: not enough rights")), Forbidden),
        (answers(refused(429, "Too Many Requests: retry after 5", retry_after=5)), Throttled),
        (answers(http(502, "<html>")), Doubt),
        (says_and_leaves(reset=True), Doubt),
        (hangs(), Doubt),
    ],
    ids=["blocked", "rights", "429", "502", "reset", "hang"],
)
async def test_every_error_is_one_of_ours(act: Act, script: Script, meaning: type[CourierError]) -> None:
    """Sends, edits and deletions raise what says what to do next, with its cause, and ask once."""
    async with post(script, total=1.5) as office:
        with pytest.raises(CourierError) as caught:
            await act(office.courier)
    assert type(caught.value) is meaning
    assert caught.value.__cause__ is not None
    assert TOKEN not in repr((caught.value, caught.value.__cause__))
    assert len(office.asked) == 1


@pytest.mark.parametrize("act", [send, edit, delete])
async def test_fault_13_nothing_left(act: Act) -> None:
    """While nobody listens nothing leaves, and it can be tried again."""
    async with post(answers(DONE)) as office:
        pass
    async with AiohttpRequest() as request:
        bot = telegram.Bot(TOKEN, base_url=f"{office.server.url}/bot", request=request, get_updates_request=request)
        with pytest.raises(NotSent):
            await act(TelegramCourier(bot))


@pytest.mark.parametrize(
    "result",
    [True, False, None, 77, "77", [], {}, {"message_id": 77}, [77]],
    ids=repr,
)
async def test_fault_11_an_answer_of_another_kind(result: object) -> None:
    """A result that is no message leaves it open whether one was posted."""
    async with post(answers(http(200, {"ok": True, "result": result}))) as office:
        with pytest.raises(Doubt):
            await office.courier.send(PARCEL)
        if result is not True:
            with pytest.raises(Doubt):
                await office.courier.edit(PARCEL, RECEIPT)
            with pytest.raises(Doubt):
                await office.courier.delete(HERE, RECEIPT)


@pytest.mark.parametrize("number", ["77", None, 0, -1, 7.5, True, [77], {}], ids=repr)
async def test_fault_11_a_message_without_a_number(number: object) -> None:
    """A message whose number is none may be there, and cannot be found again."""
    async with post(answers(posted(number))) as office:
        with pytest.raises(Doubt):
            await office.courier.send(PARCEL)
        with pytest.raises(Doubt):
            await office.courier.edit(PARCEL, RECEIPT)


async def test_another_message_than_the_one_edited() -> None:
    """An answer that tells of another message says nothing of this one."""
    async with post(answers(posted(78))) as office:
        with pytest.raises(Doubt, match="other-message"):
            await office.courier.edit(PARCEL, RECEIPT)


async def test_fault_29_what_is_done_already() -> None:
    """«Not modified» is success for an edit, «not found» for a deletion; nothing else of that kind is."""
    unmodified = refused(
        400, "Bad Request: message is not modified: specified new message content and reply markup are …"
    )
    async with post(answers(unmodified)) as office:
        assert await office.courier.edit(PARCEL, RECEIPT) == RECEIPT
    async with post(answers(refused(400, "Bad Request: message to delete not found"))) as office:
        await office.courier.delete(HERE, RECEIPT)
    async with post(answers(refused(400, "Bad Request: message can't be deleted for everyone"))) as office:
        with pytest.raises(MessageLost):
            await office.courier.delete(HERE, RECEIPT)
    for words in ("message to edit not found", "message can't be edited"):
        async with post(answers(refused(400, f"Bad Request: {words}"))) as office:
            with pytest.raises(MessageLost):
                await office.courier.edit(PARCEL, RECEIPT)


# --- What is refused for its form --------------------------------------------------------------------------------

UNPARSED = refused(400, "Bad Request: can't parse entities: unexpected end")


def test_the_plain_form() -> None:
    """The plain form is the text alone: no entity, no button, no preview; it is its own plain form."""
    assert plain(MESSAGE) == {"text": MESSAGE["text"], "link_preview_options": {"is_disabled": True}}
    assert plain(plain(MESSAGE)) == plain(MESSAGE)


async def test_refused_formatting_leaves_as_plain_text() -> None:
    """A message whose formatting is refused is sent once more as its text alone, in the same place, and it is told."""
    parcel = replace(PARCEL, address=replace(HERE, thread="7"), silent=True)
    with capture_logs() as logs:
        async with post(answers(UNPARSED, posted())) as office:
            assert await office.courier.send(parcel) == Receipt(message="77", thread="7")
            office.server.script = answers(refused(400, "Bad Request: BUTTON_DATA_INVALID"), posted())
            assert await office.courier.edit(parcel, RECEIPT) == RECEIPT
    place = {"chat_id": -1001234567890, "message_thread_id": 7, "disable_notification": True}
    assert office.asked[1] == ("sendMessage", {**place, **plain(MESSAGE)})
    assert office.asked[3] == ("editMessageText", {"chat_id": -1001234567890, "message_id": 77, **plain(MESSAGE)})
    assert [(entry["event"], entry["log_level"], entry["error"]) for entry in logs] == [
        ("telegram.sent_plain", "warning", "400: Bad Request: can't parse entities: unexpected end"),
        ("telegram.edited_plain", "warning", "400: Bad Request: BUTTON_DATA_INVALID"),
    ]


async def test_plain_text_is_tried_once() -> None:
    """What is refused as plain text as well, or is plain already, is poison."""
    async with post(answers(UNPARSED)) as office:
        for act in (send, edit):
            with pytest.raises(Unformatted):
                await act(office.courier)
        assert len(office.asked) == 4
        bare = replace(PARCEL, message=plain(MESSAGE))
        with pytest.raises(Unformatted):
            await office.courier.send(bare)
        with pytest.raises(Unformatted):
            await office.courier.edit(bare, RECEIPT)
        assert len(office.asked) == 6


async def test_an_edit_that_is_plain_already() -> None:
    """A message that was made plain before, and is so still, is edited with success."""
    async with post(answers(UNPARSED, refused(400, "Bad Request: message is not modified"))) as office:
        assert await office.courier.edit(PARCEL, RECEIPT) == RECEIPT


async def test_other_poison_is_not_sent_again() -> None:
    """What is refused for another reason is poison, and is not sent again."""
    async with post(answers(refused(400, "Bad Request: message text is empty"))) as office:
        with pytest.raises(Poison, match="400: Bad Request: message text is empty"):
            await office.courier.send(PARCEL)
    assert len(office.asked) == 1


async def test_what_cannot_be_paid_for_leaves_unpaid() -> None:
    """A message that is refused while it is paid for is sent once more unpaid, and it is told."""
    poor = refused(400, "Bad Request: BALANCE_TOO_LOW")
    with capture_logs() as logs:
        async with post(answers(poor, posted()), paid=lambda: True) as office:
            assert await office.courier.send(PARCEL) == RECEIPT
            office.server.script = answers(poor)
            with pytest.raises(Poison):
                await office.courier.send(PARCEL)
    assert [asked.get("allow_paid_broadcast") for _, asked in office.asked] == [True, None, True, None]
    assert [entry["event"] for entry in logs] == ["telegram.sent_unpaid"] * 2
