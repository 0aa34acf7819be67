"""What interactions say."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.discord.hearing import Pressed, Said, Typed, hear, line_of, number_of
from adapters.platform import Address, Asker, ChatKind, Platform
from tests.adapters.discord.interactions import (
    CHANNEL,
    COMMANDS,
    ME,
    SERVER,
    THREAD,
    channel,
    command,
    given,
    interaction,
    press,
)


def words(told: dict[str, Any]) -> str:
    """The words of a command."""
    heard = hear(told, ME, COMMANDS)
    assert isinstance(heard, Said)
    return heard.text


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (command("today"), "/today"),
        (command("today", given("public", "public")), "/today"),
        (command("subscribe"), f"/subscribe @{CHANNEL}"),
        (command("subscribe", private=True), "/subscribe"),
        (command("subscribe", channel=channel(THREAD, 11, CHANNEL)), f"/subscribe @{THREAD}"),
        (command("subscribe", given("channel", "911", 7)), "/subscribe @911"),
        (
            command(
                "subscribe",
                given("role", "800", 8),
                given("layout", "headlines"),
                given("series", "日报"),
                given("channel", "911", 7),
            ),
            "/subscribe @911 日报 headlines role:800",
        ),
        (command("subscribe", given("role", SERVER, 8)), f"/subscribe @{CHANNEL} role:everyone"),
        (command("push", given("text", " two\nlines "), private=True), "/push two lines"),
        (command("gone", given("text", "x")), "/gone"),
    ],
)
def test_a_command_becomes_words(told: dict[str, Any], expected: str) -> None:
    """What is filled in becomes the words that are known everywhere, in their order; in a server a place is named."""
    assert words(told) == expected


def test_only_what_may_be_shown_to_all_is() -> None:
    """An answer is public where its command offers that, whatever else is filled in."""
    told = {name: hear(command(name, given("public", "public")), ME, COMMANDS) for name in ("today", "subscribe")}
    assert {name: isinstance(heard, Said) and heard.public for name, heard in told.items()} == {
        "today": True,
        "subscribe": False,
    }


def test_who_asks_and_where() -> None:
    """A thread is asked in by its channel and itself; the language is the asker's; rights are those of now."""
    heard = hear(command("subscribe", rights=0x20, channel=channel(THREAD, 11, CHANNEL)), ME, COMMANDS, {"1"})
    assert isinstance(heard, Said)
    address = Address(platform=Platform.DISCORD, account=ME, chat=CHANNEL, thread=THREAD)
    assert heard.asker == Asker(address=address, person="42", language="zh-CN", kind=ChatKind.GROUP)
    assert (heard.where.server, heard.where.rights, heard.where.guarded) == (SERVER, 0x20, True)
    assert (heard.slip.id, heard.slip.application, number_of(heard)) == ("5000", "77", 5000)
    assert line_of(heard) == f"{CHANNEL}/{THREAD}/42"


def test_in_private_there_is_no_server() -> None:
    """In private one person asks, and nobody guards anything."""
    heard = hear(command("subscribe", given("role", "800", 8), private=True), ME, COMMANDS, {"1"})
    assert isinstance(heard, Said)
    assert (heard.asker.kind, heard.where.server, heard.where.guarded) == (ChatKind.PRIVATE, "", False)
    assert heard.where.channels == {"930": channel("930", 1)}


def test_a_token_is_not_shown() -> None:
    """The token that opens the answer is in no text that shows what was heard."""
    assert "secret-token" not in repr(hear(command("today"), ME, COMMANDS))


STORY = "/story a 7", False


@pytest.mark.parametrize(
    ("told", "data", "own", "genuine"),
    [
        (press("0:/today"), "/today", False, True),
        (press("12:=/settings full", flags=64), "=/settings full", True, True),
        (press("0:/a:b"), "/a:b", False, True),
        (press("0:/push", below=[]), "/push", False, False),
        (press("1:menu", "/x", below=[{"custom_id": "1:menu", "options": [{"value": "/x"}]}]), "/x", False, True),
        (press("1:menu", "/y", below=[{"custom_id": "1:menu", "options": [{"value": "/x"}]}]), "/y", False, False),
        (press("0:/story a", "7", below=[{"custom_id": "0:/story a", "options": [{"value": "7"}]}]), *STORY, True),
        (press("0:/story a", "7", below=[{"custom_id": "0:/story a", "options": [{"value": "8"}]}]), *STORY, False),
    ],
)
def test_a_press(told: dict[str, Any], data: str, own: bool, genuine: bool) -> None:
    """A button says what stands in it, a menu what was chosen, behind its own words if it has any.

    What the message does not have is not genuine.
    """
    heard = hear(told, ME, COMMANDS)
    assert isinstance(heard, Pressed)
    assert (heard.data, heard.message, heard.own, heard.genuine) == (data, "6000", own, genuine)


def test_somebody_types() -> None:
    """What was typed into which option of which command is known, and it waits for nothing."""
    told = interaction(4, {"name": "subscribe", "options": [given("series", "日", focused=True), given("layout", "x")]})
    heard = hear(told, ME, COMMANDS)
    assert isinstance(heard, Typed)
    assert (heard.command, heard.option, heard.typed, line_of(heard)) == ("subscribe", "series", "日", "")


@pytest.mark.parametrize(
    "told",
    [
        interaction(1, {}),
        interaction(5, {"custom_id": "x"}),
        interaction(2, {"name": "Quote", "type": 3}),
        interaction(4, {"name": "subscribe", "options": []}),
        interaction(3, {"custom_id": "nothing", "component_type": 2}, message={"id": "1"}),
        interaction(3, {"custom_id": "0:/x", "component_type": 2}),
        interaction(3, {"custom_id": "0:/x", "component_type": 5}, message={"id": "1"}),
        interaction(3, {"custom_id": "0:/story a", "component_type": 3, "values": []}, message={"id": "1"}),
        command("today") | {"channel": {}},
        command("today", private=True) | {"user": {"id": "1", "bot": True}},
        command("today", private=True) | {"user": None},
        command("today", private=True) | {"context": 2},
    ],
)
def test_what_says_nothing_to_us(told: dict[str, Any]) -> None:
    """Pings, forms, other kinds of commands, presses of nothing and other bots are not answered."""
    assert hear(told, ME, COMMANDS) is None
