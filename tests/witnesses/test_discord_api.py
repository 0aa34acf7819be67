"""The quick check of Discord's REST API sees what the specification forbids."""

from __future__ import annotations

from typing import Any

import pytest

from tests.witnesses.discord_api import DiscordApi, discord_api
from tests.witnesses.specifications import discord_message

MESSAGES = "/channels/{channel_id}/messages"
CHANNEL = "/channels/{channel_id}"
REFUSED = {"message": "Invalid Form Body", "code": 50035}


@pytest.fixture(scope="module")
def api() -> DiscordApi:
    """The specification."""
    found = discord_api()
    if found is None:
        pytest.skip("the specification does not lie beside this repository")
    return found


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"content": "x", "nonce": "n1", "enforce_nonce": True, "flags": 4096}, None),
        ({"embeds": [{"title": "x", "fields": [{"name": "a", "value": "b"}]}]}, None),
        ({"content": "x", "allowed_mentions": {"parse": [], "roles": ["12"]}}, None),
        ({"content": "x", "colour": 3}, "messages.colour is unknown"),
        ({"content": 3}, "messages.content is no string or null"),
        ({"content": "x", "embeds": [{"title": "x" * 257}]}, "embeds[0].title is longer than 256"),
        ({"embeds": [{"fields": [{"name": "a"}]}]}, "fields[0].value is missing"),
        ({"embeds": [{}] * 11}, "embeds has more items than 10"),
        ({"allowed_mentions": {"roles": ["x"]}}, "roles[0]"),
        ({"nonce": "x" * 26}, "nonce"),
        ({"embeds": [{"timestamp": "yesterday"}]}, "is no date-time"),
        ({"flags": True}, "is no integer"),
    ],
)
def test_requests(api: DiscordApi, body: dict[str, Any], problem: str | None) -> None:
    """Unknown and missing fields, wrong types, lengths and forms are told with their place."""
    found = api.request("POST", MESSAGES, body)
    assert found is None if problem is None else problem in str(found)


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x", "embeds": [{"title": "x", "footer": {"text": "y"}, "color": 3}]},
        {"content": "x", "components": [{"type": 1, "components": [{"type": 2, "style": 1, "custom_id": "a"}]}]},
        {"content": "x", "embeds": [{"titel": "x"}]},
        {"content": "x", "embeds": [{"color": 1 << 24}]},
        {"content": "x" * 4_001},
    ],
)
def test_the_slow_check_agrees(api: DiscordApi, body: dict[str, Any]) -> None:
    """A schema validator that knows nothing of Discord comes to the same verdict."""
    assert (api.request("POST", MESSAGES, body) is None) == discord_message().is_valid(body)


def test_answers(api: DiscordApi) -> None:
    """Answers are held against what their status has; a refusal says its code, and field by field what is wrong."""
    channel = {"id": "1", "type": 16, "guild_id": "2", "name": "图", "position": 0, "flags": 0}
    assert api.answer("GET", CHANNEL, 200, channel) is None
    assert "none of" in str(api.answer("GET", CHANNEL, 200, channel | {"type": 99}))
    assert "is no string" in str(api.answer("GET", CHANNEL, 200, channel | {"id": 1}))
    errors = {"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "x"}]}}
    assert api.answer("POST", MESSAGES, 400, REFUSED | {"errors": errors}) is None
    assert api.answer("POST", MESSAGES, 400, REFUSED | {"errors": {"content": "x"}})
    assert "code is missing" in str(api.answer("POST", MESSAGES, 403, {"message": "x"}))
    assert "retry_after is missing" in str(api.answer("POST", MESSAGES, 429, REFUSED | {"global": False}))
    assert "never answers 302" in str(api.answer("GET", CHANNEL, 302, {}))


def test_routes(api: DiscordApi) -> None:
    """Only what there is is known, with the queries that there are."""
    assert api.knows("POST", MESSAGES)
    assert not api.knows("PUT", MESSAGES)
    assert api.query("GET", MESSAGES, ["limit"]) is None
    assert "limits is unknown" in str(api.query("GET", MESSAGES, ["limits"]))
    assert "takes no body" in str(api.request("GET", MESSAGES, {}))
    assert api.request("GET", MESSAGES, None) is None


def test_permissions_are_strings_or_numbers(api: DiscordApi) -> None:
    """The permissions that a command asks for are documented as digits in a string."""
    commands = "/applications/{application_id}/commands"
    command: dict[str, Any] = {"name": "push", "description": "x"}
    assert api.request("PUT", commands, [command | {"default_member_permissions": "32"}]) is None
    assert api.request("PUT", commands, [command | {"default_member_permissions": 32}]) is None
    assert api.request("PUT", commands, [command | {"default_member_permissions": "all"}])
