"""Every message is what the platforms' specifications ask for, and holds nothing that they do not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from adapters.platform import Platform
from tests.golden.faces import CASES, Case
from tests.witnesses import specifications

every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@pytest.fixture(scope="module")
def telegram() -> Draft202012Validator:
    """The parameters of sendMessage."""
    return specifications.telegram_message()


@pytest.fixture(scope="module")
def discord() -> Draft202012Validator:
    """The body of Create Message."""
    return specifications.discord_message()


@every_case
def test_telegram_messages(case: Case, telegram: Draft202012Validator) -> None:
    """Every golden message is a valid call of sendMessage once it has an address."""
    for message in case.spelling(Platform.TELEGRAM).messages:
        telegram.validate(message)


@every_case
def test_discord_messages(case: Case, discord: Draft202012Validator) -> None:
    """Every golden message is a valid body of Create Message."""
    for message in case.spelling(Platform.DISCORD).messages:
        discord.validate(message)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"text": ""},
        {"text": "x", "markup": "none"},
        {"text": "x" * 4097},
        {"text": "x", "entities": [{"type": "heading", "offset": 0, "length": 1}]},
        {"text": "x", "entities": [{"type": "bold", "offset": "0", "length": 1}]},
        {"text": "x", "link_preview_options": {"disabled": True}},
        {"text": "x", "reply_markup": {"inline_keyboard": [{"text": "1", "callback_data": "/story"}]}},
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"label": "1", "callback_data": "/story"}]]}},
    ],
)
def test_telegram_refuses(message: Mapping[str, Any], telegram: Draft202012Validator) -> None:
    """What Telegram does not know, or takes otherwise, is refused."""
    assert not telegram.is_valid(message)


@pytest.mark.parametrize(
    "message",
    [
        {"embed": {"title": "x"}},
        {"embeds": [{"titel": "x"}]},
        {"embeds": [{"title": "x" * 257}]},
        {"embeds": [{"description": "x" * 4097}]},
        {"embeds": [{"color": "blue"}]},
        {"embeds": [{"footer": "x"}]},
        {"embeds": [], "allowed_mentions": {"parse": ["all"]}},
        *(
            {"content": "x", "components": [{"type": 1, "components": [{"type": 3, "custom_id": "a", **menu}]}]}
            for menu in (
                {"options": [{"label": "x"}]},
                {"options": [{"label": "x" * 101, "value": "1"}]},
                {"options": [{"label": "x", "value": str(number)} for number in range(26)]},
                {"options": [{"label": "x", "value": "1"}], "title": "x"},
            )
        ),
    ],
)
def test_discord_refuses(message: Mapping[str, Any], discord: Draft202012Validator) -> None:
    """What Discord does not know, or takes otherwise, is refused."""
    assert not discord.is_valid(message)
