"""Lines of updates, what is remembered of them, and how the account's health is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from adapters.health import TOLD_AGAIN
from adapters.lines import Lines, Recent
from adapters.platform import AccountTrouble, Audience
from adapters.telegram.health import Health, Patience, is_conflict, rest, trouble_in
from adapters.telegram.hearing import line_of, number_of
from adapters.telegram.menus import menu, places
from adapters.telegram.request import Answered, NeverLeft, Unanswered
from tests.adapters.telegram.front import COMMANDS, Front
from tests.adapters.telegram.updates import PRIVATE, as_update, said

PATIENCE = Patience()


def update(number: int, text: str = "x", *, chat: int = 4242) -> Update:
    """An update in a private chat."""
    return as_update(said(text, {**PRIVATE, "id": chat}, update=number))


def serving(done: list[int], blocked: set[int] | None = None) -> Callable[[Update], Awaitable[None]]:
    """Answers by noting an update's number; those that are blocked never end."""

    async def serve(update: Update) -> None:
        if update.update_id in (blocked or ()):
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        done.append(update.update_id)

    return serve


def lines_of(serve: Callable[[Update], Awaitable[None]], **more: int) -> Lines[Update]:
    """Lines in which updates are served."""
    return Lines(serve, number_of=number_of, line_of=line_of, **more)


async def test_a_line_keeps_its_order_and_waits_for_no_other() -> None:
    """Updates of one chat are answered in their order; a chat whose answer hangs holds nobody else up."""
    done: list[int] = []
    lines = lines_of(serving(done, {3}))
    taken = [lines.take(update(number, chat=number % 2 + 1)) for number in (1, 2, 3, 4, 5, 6)]
    await asyncio.wait({future for future in (taken[1], taken[3], taken[5]) if future is not None})
    assert done == [1, 2, 4, 6]
    assert len(lines) == 2
    assert await lines.drain(0.01) is False
    assert [future.cancelled() for future in taken if future is not None] == [False, False, True, False, True, False]
    assert len(lines) == 0


async def test_an_update_is_answered_once() -> None:
    """An update that comes again waits for the same answer, and is known when it was answered."""
    done: list[int] = []
    lines = lines_of(serving(done))
    first = lines.take(update(1))
    assert first is not None
    assert lines.take(update(1)) is first
    await first
    assert lines.take(update(1)) is None
    assert await lines.drain(1) is True
    assert done == [1]


async def test_an_answer_that_fails_is_over(caplog: pytest.LogCaptureFixture) -> None:
    """An update whose answer is a mistake of ours is done with, and its words are not logged."""

    async def serve(_update: Update) -> None:
        raise RuntimeError

    lines = lines_of(serve)
    answered = lines.take(update(1, "private words"))
    assert answered is not None
    await answered
    assert lines.take(update(1)) is None
    assert "private words" not in caplog.text


async def test_a_line_has_an_end(caplog: pytest.LogCaptureFixture) -> None:
    """What comes while a chat's line is full is not answered, does not wait, and is told once."""
    done: list[int] = []
    lines = lines_of(serving(done), longest=3)
    taken = [lines.take(update(number)) for number in range(1, 6)]
    assert [future is not None for future in taken] == [True, True, True, False, False]
    assert await lines.drain(1) is True
    assert done == [1, 2, 3]
    assert len(caplog.records) == 1


async def test_so_many_are_served_at_a_time() -> None:
    """No more chats are served at a time than there are places, and whoever waits for room gets it."""
    busy, most = 0, 0

    async def serve(_update: Update) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0)
        busy -= 1

    lines = lines_of(serve, at_once=4)
    for number in range(1, 21):
        lines.take(update(number, chat=number))
    await lines.room(10)
    assert len(lines) < 10
    assert await lines.drain(1) is True
    assert most == 4


async def test_updates_of_no_chat_are_lines_of_their_own() -> None:
    """An update that belongs to no chat waits for nobody."""
    done: list[int] = []
    lines = lines_of(serving(done, {1}))
    lines.take(as_update({"update_id": 1}))
    other = lines.take(as_update({"update_id": 2}))
    assert other is not None
    await other
    assert done == [2]
    await lines.drain(0)


@given(st.lists(st.integers(0, 20)), st.integers(1, 5))
def test_what_is_recent(numbers: list[int], most: int) -> None:
    """So many of the newest are remembered, and whoever is remembered is not new."""
    recent = Recent(most)
    for number in numbers:
        known = number in recent
        assert recent.add(number) is not known
        assert number in recent
    assert sum(number in recent for number in set(numbers)) <= most


# --- Health ------------------------------------------------------------------------------------------------------

CONFLICT = Answered(409, "Conflict: terminated by other getUpdates request", {})
REVOKED = Answered(401, "Unauthorized", {})


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (CONFLICT, AccountTrouble.RIVAL),
        (REVOKED, AccountTrouble.DEAD),
        (Answered(404, "Not Found", {}), AccountTrouble.DEAD),
        (Answered(404, "", {}), AccountTrouble.UNREACHABLE),
        (Answered(409, "", {}), AccountTrouble.UNREACHABLE),
        (Unanswered("no-answer"), AccountTrouble.UNREACHABLE),
        (NeverLeft("no-host"), AccountTrouble.UNREACHABLE),
        (RuntimeError(), AccountTrouble.UNREACHABLE),
    ],
)
def test_what_an_error_says_of_the_account(error: Exception, trouble: AccountTrouble) -> None:
    """The Bot API itself says that a token is dead or a rival polls; whatever else breaks, Telegram is away."""
    assert trouble_in(error) is trouble
    assert is_conflict(error) is (trouble is AccountTrouble.RIVAL)


@given(st.integers(1, 100), st.floats(0, 1))
def test_rests_grow_to_a_limit(failures: int, random: float) -> None:
    """The rest is anything up to a limit that doubles with each failure, and a minute at most."""
    away = rest(failures, Unanswered("x"), PATIENCE, lambda: random)
    assert 0 <= away <= min(PATIENCE.longest_rest, PATIENCE.first_rest * 2 ** (failures - 1))
    assert rest(failures, REVOKED, PATIENCE, lambda: random) >= PATIENCE.dead
    assert rest(failures, Answered(429, "slow down", {"retry_after": 7}), PATIENCE, lambda: random) == 7


async def test_health_is_told_when_it_changes() -> None:
    """What is wrong is told once until something else is, and that all is well once as well."""
    front = Front()
    health = Health(front, lambda: 0.0)
    for what in (AccountTrouble.UNREACHABLE, AccountTrouble.UNREACHABLE, AccountTrouble.DEAD):
        await health.ill(what, "why")
    await health.well()
    await health.well()
    for failures in range(1, PATIENCE.failures + 3):
        await health.failed(Unanswered("x"), failures, PATIENCE)
    assert front.troubles == [AccountTrouble.UNREACHABLE, AccountTrouble.DEAD, None, AccountTrouble.UNREACHABLE]


async def test_health_is_told_again_now_and_then() -> None:
    """How the account is is told again after a while, for what was told may not have been written down."""
    front, moments = Front(), (0.0, TOLD_AGAIN - 1, TOLD_AGAIN, TOLD_AGAIN + 1, 1000.0, 1000.0 + TOLD_AGAIN)
    health = Health(front, iter(moments).__next__)
    for _ in range(4):
        await health.well()
    for _ in range(2):
        await health.ill(AccountTrouble.DEAD, "why")
    assert front.troubles == [None, None, AccountTrouble.DEAD, AccountTrouble.DEAD]


# --- Menus -------------------------------------------------------------------------------------------------------


def test_what_a_menu_lists() -> None:
    """A menu lists, in a language, what its readers may ask; what only a link or a button asks is not for groups."""
    everyone, all_of_it = frozenset({Audience.EVERYONE}), frozenset(Audience)
    names = [command.command for command in menu(COMMANDS, everyone, "zh", group=True)]
    assert names == ["today"]
    assert [command.description for command in menu(COMMANDS, all_of_it, "en")] == [
        "Begin",
        "Today's",
        "Subscribe",
        "Push",
    ]
    assert menu(COMMANDS, all_of_it, "fr") == menu(COMMANDS, frozenset(), "zh") == ()


def test_where_menus_stand() -> None:
    """There is a menu for private chats, groups, their administrators and each admin with a number."""
    assert list(places({"7", "x", "-1", "3"})) == ["private", "groups", "deciders", "3", "7"]
