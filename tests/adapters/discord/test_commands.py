"""Slash commands as they are registered, from the one declaration."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from adapters.discord.commands import are_same, chosen, registered
from adapters.platform import Suggestion, Taking
from tests.adapters.discord.interactions import COMMANDS, LAYOUTS, option
from tests.witnesses.discord_api import discord_api


def by_name() -> dict[str, dict[str, Any]]:
    """The commands of the tests, as they are registered."""
    return {command["name"]: command for command in registered(COMMANDS, "zh")}


def test_commands_are_as_the_specification_wants_them() -> None:
    """Discord's own specification takes the commands as they are registered."""
    api = discord_api()
    if api is None:
        pytest.skip("the specification is not beside this repository")
    assert api.request("PUT", "/applications/{application_id}/commands", registered(COMMANDS, "zh")) is None


def test_words_stand_in_every_language() -> None:
    """A command is described in Chinese and English, and called so where Discord takes the name."""
    today = by_name()["today"]
    assert today["description"] == "今天的"
    assert today["description_localizations"]["zh-CN"] == "今天的"
    assert today["description_localizations"]["en-US"] == "Today's"
    assert today["name_localizations"] == {"zh-CN": "今天", "zh-TW": "今天"}
    assert registered(COMMANDS, "en")[0]["description"] == "Today's"


@pytest.mark.parametrize(
    ("name", "rights", "contexts"), [("today", None, [0, 1]), ("subscribe", 0x20, [0, 1]), ("push", None, [1])]
)
def test_who_may_use_a_command_and_where(name: str, rights: int | None, contexts: list[int]) -> None:
    """Whoever manages a server decides there; an admin's commands are for private; no user installs anything."""
    said = by_name()[name]
    assert (said["default_member_permissions"], said["contexts"], said["integration_types"]) == (rights, contexts, [0])


def test_options_are_of_the_kind_that_they_take() -> None:
    """A channel, a role, something suggested, a choice and free words are asked for as Discord knows them."""
    channel, series, layout, role = by_name()["subscribe"]["options"]
    assert (channel["type"], channel["channel_types"]) == (7, [0, 5, 10, 11, 12, 15, 16])
    assert channel["name_localizations"]["zh-CN"] == "频道"
    assert (series["type"], series["autocomplete"]) == (3, True)
    assert [choice["value"] for choice in layout["choices"]] == ["headlines", "full"]
    assert layout["choices"][0]["name_localizations"]["en-US"] == "Headlines"
    assert role["type"] == 8
    assert [one["name"] for one in by_name()["push"]["options"]] == ["text", "series"]  # what is required comes first


def test_limits_are_kept() -> None:
    """Long words are shortened, and no option has more choices than Discord takes."""
    assert len(by_name()["push"]["description_localizations"]["en-US"]) == 100
    many = tuple(Suggestion(labels={"en": "x" * 200}, says=f"{number}") for number in range(30))
    crowded = replace(COMMANDS[0], options=(option("layout", Taking.CHOICE, choices=many),))
    [choices] = [each["choices"] for each in registered([crowded], "en")[0]["options"]]
    assert (len(choices), len(choices[0]["name"])) == (25, 100)
    long = Suggestion(labels={"en": "x"}, says="y" * 101)
    assert not registered([replace(COMMANDS[0], options=(option("a", Taking.CHOICE, choices=(long,)),))], "en")[0][
        "options"
    ][0]["choices"]


def as_told(commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The commands as Discord tells them back: with ids, in another order, and with what says nothing."""
    told = copy.deepcopy(commands)
    for number, command in enumerate(told):
        rights = command["default_member_permissions"]
        command["default_member_permissions"] = None if rights is None else str(rights)
        command["contexts"].reverse()
        command |= {"id": str(number), "version": "1", "application_id": "77", "nsfw": False, "dm_permission": True}
        command.setdefault("name_localizations", None)
        for each in command["options"]:
            each.setdefault("required", False)
    return told[::-1]


def test_what_is_registered_is_known_again() -> None:
    """Commands that are registered as they should be are not registered again."""
    wanted = registered(COMMANDS, "zh")
    assert are_same(wanted, as_told(wanted))


@pytest.mark.parametrize("change", ["description", "options", "rights", "contexts", "gone", "more"])
def test_whatever_changes_is_seen(change: str) -> None:
    """A word, an option, a right, a place, a command more or less: each is registered anew."""
    wanted = registered(COMMANDS, "zh")
    there = as_told(wanted)
    match change:
        case "description":
            there[0]["description_localizations"]["en-US"] = "Otherwise"
        case "options":
            del there[0]["options"][0]
        case "rights":
            there[1]["default_member_permissions"] = "8"
        case "contexts":
            there[0]["contexts"] = [0]
        case "gone":
            del there[0]
        case _:
            there.append(there[0] | {"name": "old"})
    assert not are_same(wanted, there)


@pytest.mark.parametrize(("language", "expected"), [("zh-CN", "全文"), ("en-GB", "Everything"), ("fr", "全文")])
def test_words_in_somebodys_language(language: str, expected: str) -> None:
    """What is suggested is told in the language of whoever types, and in any other where it is unknown."""
    assert chosen(LAYOUTS[1].labels, language) == expected
