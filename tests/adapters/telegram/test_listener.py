"""The account's life against a strict Telegram of our own, with the real library: it hears, answers, and confirms."""

from __future__ import annotations

import asyncio

import pytest

from adapters.platform import AccountTrouble, Query, Reply
from adapters.telegram.account import identity_of
from tests.adapters.telegram.front import Front, account, beginning, listening, reply
from tests.platforms.telegram.accounts import Webhook
from tests.platforms.telegram.faults import Fault
from tests.platforms.telegram.simulator import TelegramSimulator

RIVAL, DEAD, UNREACHABLE = AccountTrouble.RIVAL, AccountTrouble.DEAD, AccountTrouble.UNREACHABLE


def confirmed(telegram: TelegramSimulator) -> bool:
    """Whether nothing waits to be fetched."""
    return not telegram.bot.pending


async def test_a_question_is_answered_and_confirmed(telegram: TelegramSimulator) -> None:
    """A command is answered where it was asked, and then Telegram is told that it need not come again."""
    front, lin = Front(), telegram.person(101)
    async with listening(front, account(telegram.token, telegram.url)) as known:
        assert known.listener is not None
        assert known.listener.name == "@sudi_test_bot"
        lin.says("/today")
        answer = await telegram.until(lambda: telegram.last(lin, by_bot=True))
        await telegram.until(lambda: confirmed(telegram))
    assert answer.text == "you said /today"
    [query] = front.heard
    assert (query.asker.person, query.asker.language, query.update) == ("101", "zh-hans", "700000001")
    assert front.troubles == [None]


async def test_what_was_not_answered_comes_again(telegram: TelegramSimulator) -> None:
    """A listener that ends before an answer is given has confirmed only what came before it: the next one hears it."""
    stuck, lin = asyncio.Event(), telegram.person(101)

    async def answering(query: Query) -> Reply:
        if query.text == "/hang":
            stuck.set()
            await asyncio.Event().wait()
        return reply("answered")

    first = Front(answering=answering)
    async with listening(first, account(telegram.token, telegram.url, drain=0.05)):
        lin.says("/one")
        await telegram.until(lambda: telegram.sent(lin))
        lin.says("/hang")
        lin.says("/behind")
        await stuck.wait()
    second = Front()
    async with listening(second, account(telegram.token, telegram.url)):
        await telegram.until(lambda: len(telegram.sent(lin)) == 3)
    assert first.said == ["/one", "/hang"]
    assert second.said == ["/hang", "/behind"]


async def test_one_chat_waits_for_no_other(telegram: TelegramSimulator) -> None:
    """Other chats are answered beside a slow answer, and in one chat answers keep the order of questions."""
    slow, lin, mei = asyncio.Event(), telegram.person(101), telegram.person(102)

    async def answering(query: Query) -> Reply:
        if query.text == "/slow":
            await slow.wait()
        return reply(query.text)

    async with listening(Front(answering=answering), account(telegram.token, telegram.url)):
        lin.says("/slow")
        lin.says("/after")
        mei.says("/1")
        await telegram.until(lambda: len(telegram.sent(mei)) == 1)
        mei.says("/2")
        await telegram.until(lambda: len(telegram.sent(mei)) == 2)
        assert not telegram.sent(lin)
        slow.set()
        await telegram.until(lambda: len(telegram.sent(lin)) == 2)
        await telegram.until(lambda: confirmed(telegram))
    assert [entry.text for entry in telegram.sent(lin)] == ["/slow", "/after"]


async def test_a_flooding_chat_fills_no_more_than_its_line(telegram: TelegramSimulator) -> None:
    """While one chat's two hundred questions wait for a slow answer, others are heard all the same."""
    slow, lin, mei = asyncio.Event(), telegram.person(101), telegram.person(102)

    async def answering(query: Query) -> Reply:
        if query.asker.person == "101":
            await slow.wait()
        return reply(query.text) if query.asker.person == "102" else reply()

    front = Front(answering=answering)
    async with listening(front, account(telegram.token, telegram.url)):
        for number in range(200):
            lin.says(f"/{number}")
        mei.says("/today")
        await telegram.until(lambda: telegram.sent(mei))
        slow.set()
        await telegram.until(lambda: confirmed(telegram))
    assert front.said[0] == "/0"
    assert len(front.said) < 60


async def test_fault_36_odd_updates_are_answered_once_or_ignored(
    telegram: TelegramSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Updates that come again, disordered, unknown, malformed or huge stop nothing, and none is answered twice."""
    front, lin = Front(), telegram.person(101)
    async with listening(front, account(telegram.token, telegram.url)):
        lin.says("/one")
        await telegram.until(lambda: confirmed(telegram))
        telegram.replays(1)
        telegram.emit({"a_kind_of_tomorrow": {"secret": "words"}})
        telegram.emit({"message": {"message_id": "words", "chat": []}})
        telegram.emit({"message": None, "callback_query": {"id": 3}})
        telegram.emit({"message": {"date": 10**30, "message_id": 1, "chat": {"id": 1, "type": "private"}}})
        huge = {"id": 101, "type": "private", "first_name": "x"}
        text = {"message_id": 99, "date": 1, "chat": huge, "from": lin.user.json(), "text": "huge " * 400_000}
        telegram.emit({"message": text})
        lin.says("/two")
        lin.says("/three")
        telegram.reorders()
        await telegram.until(lambda: len(telegram.sent(lin)) == 3)
        telegram.replays(6)
        lin.says("/four")
        await telegram.until(lambda: len(telegram.sent(lin)) == 4)
        await telegram.until(lambda: confirmed(telegram))
    assert sorted(front.said) == ["/four", "/one", "/three", "/two"]
    assert "words" not in caplog.text
    assert "huge" not in caplog.text
    telegram.violations.clear()


async def test_fault_33_a_dead_token_is_told_once(telegram: TelegramSimulator) -> None:
    """A token that is revoked while the account listens is told once, however often it is tried, and not its text."""
    front, lin = Front(), telegram.person(101)
    async with listening(front, account(telegram.token, telegram.url)):
        telegram.revoke()
        await telegram.until(lambda: DEAD in front.troubles)
        tried = len(telegram.calls("getUpdates"))
        await telegram.until(lambda: len(telegram.calls("getUpdates")) > tried + 2)
        assert front.troubles == [None, DEAD]
        lin.says("/today")
    assert not telegram.sent(lin)


async def test_a_dead_token_is_not_admitted(telegram: TelegramSimulator) -> None:
    """A token that is dead from the start is told once, and the account is not admitted."""
    front = Front()
    telegram.revoke()
    async with beginning(front, account(telegram.token, telegram.url)) as task:
        await telegram.until(lambda: len(telegram.calls("getMe")) > 3)
        assert not task.done()
    assert front.troubles == [DEAD]


async def test_a_token_of_another_bot_is_not_admitted(telegram: TelegramSimulator) -> None:
    """An account that answers with another number than its token's is an impostor's."""
    front = Front()
    telegram.bot.user.id += 1
    async with beginning(front, account(telegram.token, telegram.url)) as task:
        await telegram.until(lambda: front.troubles)
        assert not task.done()
    telegram.bot.user.id -= 1
    assert front.troubles == [DEAD]


async def test_it_waits_while_telegram_is_away(telegram: TelegramSimulator) -> None:
    """While Telegram does not answer at the start, that is told once; as soon as it does, the account is admitted."""
    front, lin = Front(), telegram.person(101)
    await telegram.refuse()
    async with beginning(front, account(telegram.token, telegram.url)) as task:
        await telegram.until(lambda: front.troubles)
        await asyncio.sleep(0.3)
        assert front.troubles == [UNREACHABLE]
        await telegram.listen()
        await asyncio.wait_for(task, 10)
        lin.says("/today")
        await telegram.until(lambda: telegram.sent(lin))
    assert front.troubles == [UNREACHABLE, None]


async def test_it_goes_on_after_an_outage(telegram: TelegramSimulator) -> None:
    """An outage is told once when it lasts, and over when Telegram answers; what was said meanwhile is answered."""
    front, lin = Front(), telegram.person(101)
    async with listening(front, account(telegram.token, telegram.url)):
        trap = telegram.fail(Fault.server_error(502, html=True), method="getUpdates", times=10_000)
        lin.says("/today")
        await telegram.until(lambda: UNREACHABLE in front.troubles)
        trap.cancel()
        await telegram.until(lambda: front.troubles[-1] is None)
        await telegram.until(lambda: telegram.sent(lin))
    assert front.troubles == [None, UNREACHABLE, None]


FLOOD = Fault.flood(1)
"""Telegram names whole seconds, so this one costs one."""

BAD_ANSWERS = (
    Fault.half_json(),
    Fault.wrong_types(),
    Fault.null(),
    Fault.lost_answer(),
    Fault.reset(executed=True),
    Fault.reset(executed=False),
    Fault.server_error(500, executed=True),
    Fault.says(400, "Bad Request: something new"),
    Fault.says(403, "", executed=True),
    FLOOD,
)


async def test_fault_11_polls_that_fail_in_any_way_lose_nothing(telegram: TelegramSimulator) -> None:
    """However polls fail, executed or not, every question is answered once, in order, and nothing is told of it."""
    front, lin = Front(), telegram.person(101)
    async with listening(front, account(telegram.token, telegram.url, failures=100)):
        for number, fault in enumerate(BAD_ANSWERS):
            telegram.fail(fault, method="getUpdates", times=1 if fault is FLOOD else 2)
            lin.says(f"/{number}")
        await telegram.until(lambda: len(telegram.sent(lin)) == len(BAD_ANSWERS))
        await telegram.until(lambda: confirmed(telegram))
    assert front.said == [f"/{number}" for number in range(len(BAD_ANSWERS))]
    assert front.troubles == [None]


async def test_fault_34_a_second_program_is_turned_away(telegram: TelegramSimulator) -> None:
    """A second program with the same token is not admitted: it says so and sends nothing, and the first goes on."""
    first, second, lin = Front(), Front(), telegram.person(101)
    async with listening(first, account(telegram.token, telegram.url, turned_away=1.0)):
        later = account(telegram.token, telegram.url, probation=2.0, turned_away=60.0)
        async with beginning(second, later) as task:
            await telegram.until(lambda: second.troubles)
            assert not task.done()
            lin.says("/today")
            await telegram.until(lambda: telegram.sent(lin))
            await telegram.until(lambda: confirmed(telegram))
    assert (first.troubles, second.troubles) == ([None], [RIVAL])
    assert (first.said, second.said) == (["/today"], [])


async def test_fault_34_a_program_that_is_too_busy_to_wait_is_noticed(telegram: TelegramSimulator) -> None:
    """Where updates wait, no poll lasts long enough to be ended; they vanish when the program that is there answers."""
    front, lin = Front(), telegram.person(101)
    lin.says("/today")
    async with beginning(front, account(telegram.token, telegram.url, probation=5.0, turned_away=60.0)) as task:
        await telegram.until(lambda: telegram.calls("getUpdates"))
        telegram.bot.pending.clear()
        lin.says("/more")
        await telegram.until(lambda: front.troubles)
        assert not task.done()
    assert front.troubles == [RIVAL]
    assert front.said == []


async def test_a_rival_that_persists_is_told(telegram: TelegramSimulator) -> None:
    """A program that polls with the same token again and again is told, and that it is gone."""
    front = Front()
    async with listening(front, account(telegram.token, telegram.url, turned_away=2.0, siege=0.1, poll=1)):
        trap = telegram.fail(Fault.says(409, "Conflict: terminated by other getUpdates request"), times=10_000)
        await telegram.until(lambda: RIVAL in front.troubles)
        trap.cancel()
        await telegram.until(lambda: front.troubles[-1] is None)
    assert front.troubles == [None, RIVAL, None]


async def test_fault_45_stopping_answers_what_was_fetched(telegram: TelegramSimulator) -> None:
    """Who stops the listener gets it back when all that was fetched is answered and confirmed, and nothing new is."""
    started, lin = asyncio.Event(), telegram.person(101)

    async def answering(query: Query) -> Reply:
        started.set()
        await asyncio.sleep(0.2)
        return reply(query.text)

    async with listening(Front(answering=answering), account(telegram.token, telegram.url)) as known:
        lin.says("/one")
        await started.wait()
        assert known.listener is not None
        await known.listener.stop()
        assert [entry.text for entry in telegram.sent(lin)] == ["/one"]
        assert confirmed(telegram)
        lin.says("/late")
        await asyncio.sleep(0.1)
    assert [pending.update["message"]["text"] for pending in telegram.bot.pending] == ["/late"]


async def test_a_webhook_is_removed_by_whoever_polls(
    telegram: TelegramSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Polling removes a webhook that was set, and the log names its host alone."""
    front, lin = Front(), telegram.person(101)
    telegram.bot.webhook = Webhook(url="https://hook.example.org/path/secret")
    async with listening(front, account(telegram.token, telegram.url)):
        lin.says("/today")
        await telegram.until(lambda: telegram.sent(lin))
    assert "hook.example.org" in caplog.text
    assert "path/secret" not in caplog.text


async def test_nothing_that_is_shown_holds_the_token(telegram: TelegramSimulator) -> None:
    """An account, a question and its surroundings can be printed: the library's bot, which shows its token, is not."""
    front, lin = Front(), telegram.person(101)
    async with listening(front, account(telegram.token, telegram.url)) as known:
        lin.says("/today")
        await telegram.until(lambda: telegram.sent(lin))
        shown = repr((known, vars(known.listener), vars(known.courier)["_paid"], front.heard))
    assert "TelegramScene" in shown
    assert telegram.token.partition(":")[2] not in shown


@pytest.mark.parametrize("token", ["", "x", "123", "123:", ":abc", "0123456:AAAA", "12:ab cd", "١٢٣:AAAAAAAAA"])
def test_what_is_no_token(token: str) -> None:
    """What is no token is refused without being repeated."""
    with pytest.raises(ValueError, match="no token") as refused:
        identity_of(token)
    assert str(refused.value) == "this is no token of a Telegram bot"


def test_an_account_is_its_tokens_number() -> None:
    """A new token of the same bot is the same account."""
    assert identity_of("7000000001:AAAA") == identity_of("7000000001:BBBB") == "7000000001"
