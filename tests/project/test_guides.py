"""The guides to the platforms show what the bot says there, all of it, and the same in each language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pytest

from adapters.platform import AccountTrouble, Platform
from bot.catalogue import catalogue, knows, say, say_on
from tests.project.test_docs import goals

TURNING: Final = ("◀", "▶")

FEW: Final = 2
"""Letters of its own with which a sentence is none: anything would fit it."""

NOT_ON_DISCORD: Final = frozenset({"start", "channel"})
"""Commands that Discord is not offered."""

LANGUAGES: Final = ("zh", "en")

Guides = Mapping[str, str]
"""The guide to a platform, by its language."""


def _guides(root: Path, platform: Platform) -> Guides:
    named = {"en": f"{platform}.md", "zh": f"{platform}.zh.md"}
    return {language: (root / "docs" / name).read_text(encoding="utf-8") for language, name in named.items()}


@pytest.fixture(scope="module", params=[Platform.TELEGRAM, Platform.DISCORD])
def platform(request: pytest.FixtureRequest) -> Platform:
    """A platform that has a guide."""
    found: Platform = request.param
    return found


@pytest.fixture(scope="module")
def guides(root: Path, platform: Platform) -> Guides:
    """The guide to the platform."""
    return _guides(root, platform)


@pytest.fixture(scope="module")
def discord(root: Path) -> Guides:
    """The guide to Discord."""
    return _guides(root, Platform.DISCORD)


# --- What a guide has of the catalogue ---------------------------------------------------------------------------


def _keys(table: str) -> list[str]:
    """What a table of the catalogue has, without the forms for numbers."""
    return [key.removeprefix(f"{table}.") for key in catalogue("zh") if key.startswith(f"{table}.")]


def _buttons(language: str, platform: Platform) -> set[str]:
    """The labels of all buttons below answers there, up to where somebody's name stands in them."""
    kept = {"button_today"} if platform is Platform.DISCORD else set()  # it stands below the greeting alone
    keys = [key for key in _keys("answers") if key.startswith("button_") and key not in kept]
    labels = {_words(language, platform, key) for key in keys}
    return {label.partition("{")[0].strip() for label in labels} - {""}


def _words(language: str, platform: Platform, key: str) -> str:
    """The words of an answer there, with what is filled in still open."""
    own = f"answers_{platform}.{key}"
    return catalogue(language)[own if knows(own) else f"answers.{key}"]


def _pattern(text: str) -> re.Pattern[str]:
    """What a text of the catalogue may look like, with anything in the places that are filled in."""
    return re.compile(".+?".join(map(re.escape, re.split(r"\{\w+\}", text))))


def _first_sentence(text: str) -> re.Pattern[str]:
    """How the first sentence of a text may look."""
    found = re.match(r".+?[。.](?= |$|[^@ ])", text)
    return _pattern(found[0] if found else text)


def _told(guide: str) -> list[str]:
    """The first cells of the tables that have two: what is said, with what to do about it."""
    return re.findall(r"^\| ([^|]+) \| [^|]+ \|$", guide, re.MULTILINE)


def _untold(guide: str, texts: Iterable[str]) -> list[str]:
    """The texts of which no table of the guide has the first sentence."""
    cells = _told(guide)
    return [text for text in texts if not any(_first_sentence(text).fullmatch(cell) for cell in cells)]


# --- Every guide -------------------------------------------------------------------------------------------------


def test_the_guide_shows_every_command(guides: Guides, platform: Platform) -> None:
    """The guide has every command that a person uses there, with its word in Chinese, in both languages."""
    there = {key.split(".")[0] for key in _keys("commands")} - {"story"}
    assert {"start", "today", "push"} <= there
    there -= NOT_ON_DISCORD if platform is Platform.DISCORD else set()
    for guide in guides.values():
        rows = set(re.findall(r"^\| `/(\w+)(?: [^`]*)?` \| (\w+)", guide, re.MULTILINE))
        assert {(name, say("zh", f"commands.{name}.word")) for name in there} <= rows


def test_the_guide_shows_every_button(guides: Guides, platform: Platform) -> None:
    """Every button's label is in the guide: in both pages in Chinese, in the English one also in English."""
    zh, en = _buttons("zh", platform), _buttons("en", platform)
    assert len(zh) > 10
    for label in {*zh, *TURNING}:
        assert label in guides["zh"], label
        assert label in guides["en"], label
    for label in en:
        assert label in guides["en"], label


def test_both_guides_show_the_same(guides: Guides) -> None:
    """The Chinese and the English guide have the same pictures, pages, headings, settings and tables' rows."""
    en, zh = guides["en"], guides["zh"]
    assert goals(en) == goals(zh)
    assert re.findall(r"^#+ ", en, re.MULTILINE) == re.findall(r"^#+ ", zh, re.MULTILINE)
    assert len(re.findall(r"^\|", en, re.MULTILINE)) == len(re.findall(r"^\|", zh, re.MULTILINE))
    assert set(re.findall(r"SUDI_\w+", en)) - {"SUDI_LANGUAGE"} == set(re.findall(r"SUDI_\w+", zh))


def _said(language: str, *tables: str) -> list[re.Pattern[str]]:
    """What these tables of the catalogue say."""
    words = [text for key, text in catalogue(language).items() if key.partition(".")[0] in tables]
    return [_pattern(text) for text in words if len(re.sub(r"\{\w+\}", "", text)) > FEW]


def test_the_guides_transcripts_are_what_is_printed(guides: Guides) -> None:
    """Every line of the guide's transcripts is one that the doctor, the start or a mistake in the settings prints."""
    for language, guide in guides.items():
        known = _said(language, "doctor", "cli", "mistakes")
        lines = [
            line
            for _, block in re.findall(r"^```(console|text)\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
            for line in block.splitlines()
            if not line.startswith(("$ ", "/"))
        ]
        printed = [re.sub(r"^(?:[✓·✗]| +\w+\[1\](?:：|:)) ?", "", line) for line in lines]
        assert len(printed) > 15
        assert not [line for line in printed if not any(pattern.fullmatch(line) for pattern in known)]


def test_the_guide_tells_every_alert_of_an_account(guides: Guides, platform: Platform) -> None:
    """Each alert about an account stands in the guide by its first sentence, with what to do."""
    codes: list[str] = [*AccountTrouble, "account-failed", "lane-failed", "chats-lost"]
    if platform is Platform.TELEGRAM:  # it hears by the connection that it sends by, and has topics that end
        codes = [*(code for code in codes if code != AccountTrouble.DEAF), "thread-lost"]
    for language, guide in guides.items():
        assert not _untold(guide, (catalogue(language)[f"alerts.{code}"] for code in codes))


# --- The guide to Discord ----------------------------------------------------------------------------------------

WELL: Final = {"discord_fine", "discord_servers", "discord_writes", "discord_invite"}
"""What the doctor says of a bot of which nothing is to be mended or known."""

IN_THE_WAY: Final = (
    "lacks_all",
    "lacks_mention",
    "lack_tag",
    "lack_unlocked",
    "lack_hushed",
    "grant_wrong_kind",
    "grant_unknown_id",
    "grant_not_yours",
    "deciders_only",
    "elsewhere_in_private",
    "subscribe_listed",
    "role_everyone",
    "cannot_ask",
    "admin_link_gone",
    "notice_expired",
    "notice_not_yours",
    "slow_down",
)
"""Answers that refuse something."""


def test_what_the_doctor_says_of_discord_is_in_its_guide(discord: Guides) -> None:
    """Each sentence that the doctor has for what is wrong on Discord stands in the guide, with what to do."""
    keys = [key for key in _keys("doctor") if key.startswith("discord_") and key.partition(".")[0] not in WELL]
    assert len(keys) > 15
    for language, guide in discord.items():
        said = [catalogue(language)[f"doctor.{key}"] for key in keys if f"doctor.{key}" in catalogue(language)]
        assert not _untold(guide, said)


def test_what_refuses_on_discord_is_in_its_guide(discord: Guides) -> None:
    """Each answer that refuses something on Discord stands in the guide by its first sentence, with what to do."""
    for language, guide in discord.items():
        assert not _untold(guide, (_words(language, Platform.DISCORD, key) for key in IN_THE_WAY))


def test_every_option_is_in_the_guide_to_discord(discord: Guides) -> None:
    """Every option of a command stands in the guide as it is called, and with every choice of when a role is called."""
    options = [key for key in _keys("options") if key.endswith(".name")]
    assert len(options) > 8
    for language, guide in discord.items():
        rows = re.findall(r"^\| `/\w+` \| \w+ \| ([^|]*) \| [^|]+ \|$", guide, re.MULTILINE)
        listed = {name.strip() for row in rows for name in re.split(r"[、,]", row)} - {""}
        assert {say(language, f"options.{key}") for key in options} == listed
        assert all(say(language, f"words.calls_{when}") in guide for when in ("breaking", "every", "nobody"))


def test_the_permissions_that_discord_is_asked_for_are_in_the_guide(discord: Guides) -> None:
    """Each permission of the invitation is in the guide, as Discord's settings call it."""
    for language, guide in discord.items():
        for lack in ("write", "embed", "write_in_threads", "mention"):
            assert say_on(language, Platform.DISCORD, f"lack_{lack}").strip("「」“”") in guide, lack
