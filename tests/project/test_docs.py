"""The documentation speaks of what is there, and of all of it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from adapters.platform import AccountTrouble
from bot.catalogue import catalogue, say
from bot.cli import main

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```(\w*)\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
SPOKEN = {"", "sh", "console", "bash", "text"}
"""What code is written in that a reader may type."""
INLINE = re.compile(r"`[^`\n]*`")
PICTURE = re.compile(r"""(?:\]\(|src=")([^\s()"]+\.png)""")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def pages(files: list[Path], root: Path) -> dict[Path, str]:
    """Every page of documentation."""
    found = [
        path for path in files if path.suffix == ".md" and path.relative_to(root).parts[0] not in {"examples", "tests"}
    ]
    return {path: path.read_text(encoding="utf-8") for path in found}


def _anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+?) *$", FENCE.sub("", text), re.MULTILINE)
    plain = (
        re.sub(r"[`*]", "", LINK.sub(lambda link: link[0].split("](")[0].lstrip("!["), heading)) for heading in headings
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def _spoken(pages: dict[Path, str], program: str) -> set[str]:
    """The words that follow a program's name in code: `sudi run` speaks of `run`."""
    found = (code for text in pages.values() for code in CODE.findall(text))
    code = [block or inline for language, block, inline in found if language in SPOKEN]
    calls = re.compile(rf"(?:^|[\s/|(])(?:{program}) +(?!-)([a-z][a-z-]*)", re.MULTILINE)
    return {word for block in code for word in calls.findall(re.sub(r"(?:^|\s)#.*", "", block, flags=re.MULTILINE))}


def _commands() -> set[str]:
    assert isinstance(main, click.Group)
    context = click.Context(main)
    return {
        name for name in main.list_commands(context) if (found := main.get_command(context, name)) and not found.hidden
    }


def test_links_lead_somewhere(pages: dict[Path, str]) -> None:
    """Every link within the documentation leads to a file, and to a heading where it names one."""
    for page, text in pages.items():
        for target in LINK.findall(INLINE.sub("", FENCE.sub("", text))):
            path, _, anchor = unquote(target).partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            goal = (page.parent / path).resolve() if path else page
            assert goal.exists(), f"{page.name}: {target}"
            assert not anchor or anchor in _anchors(goal.read_text(encoding="utf-8")), f"{page.name}: {target}"


def test_every_page_can_be_found(pages: dict[Path, str], root: Path) -> None:
    """Every page is linked from an index: nobody needs to list a folder to find it."""
    linked = {
        (page.parent / unquote(target).partition("#")[0]).resolve()
        for page, text in pages.items()
        for target in LINK.findall(INLINE.sub("", text))
        if "://" not in target
    }
    assert set(pages) - linked <= {root / "README.md"}


def test_every_command_is_in_the_documentation(pages: dict[Path, str]) -> None:
    """Every command of `sudi` is in the documentation, and the documentation speaks of no other."""
    assert _spoken(pages, "sudi") == _commands()


def test_every_target_is_in_the_documentation(pages: dict[Path, str], root: Path) -> None:
    """Every target of make is in the documentation, and the documentation speaks of no other."""
    targets = re.search(r"^\.PHONY: (.+)$", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert targets
    assert _spoken(pages, "make") | {"help"} == set(targets[1].split())


def test_both_readmes_say_the_same(root: Path) -> None:
    """The Chinese and the English README show the same commands, pictures and pages."""
    en, zh = ((root / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    assert _spoken({root: en}, "sudi") == _spoken({root: zh}, "sudi")
    assert _spoken({root: en}, "make") == _spoken({root: zh}, "make")
    assert _goals(en) == _goals(zh)
    assert len(re.findall(r"^## ", en, re.MULTILINE)) == len(re.findall(r"^## ", zh, re.MULTILINE))


def _goals(text: str) -> set[str]:
    """Where a page's links lead, in whatever language, without anchors; headings have one for each language."""
    found = (target.partition("#")[0].replace(".zh.md", ".md") for target in LINK.findall(text))
    return {target for target in found if target}


# --- The guide to Telegram ---------------------------------------------------------------------------------------

TURNING = ("◀", "▶")

FEW = 2
"""Letters of its own with which a sentence is none: anything would fit it."""


@pytest.fixture(scope="module")
def guides(root: Path) -> dict[str, str]:
    """The guide to Telegram by its language."""
    named = {"en": "telegram.md", "zh": "telegram.zh.md"}
    return {language: (root / "docs" / name).read_text(encoding="utf-8") for language, name in named.items()}


def _buttons(language: str) -> set[str]:
    """The labels of all buttons below answers, up to where somebody's name stands in them."""
    labels = {text for key, text in catalogue(language).items() if key.startswith("answers.button_")}
    return {label.partition("{")[0].strip() for label in labels} - {""}


def test_the_guide_shows_every_command(guides: dict[str, str]) -> None:
    """The guide to Telegram has every command that a person types, with its word in Chinese, in both languages."""
    commands = {key.split(".")[1] for key in catalogue("zh") if key.startswith("commands.")} - {"story"}
    assert {"start", "today", "push"} <= commands
    for guide in guides.values():
        rows = set(re.findall(r"^\| `/(\w+)(?: [^`]*)?` \| (\w+)", guide, re.MULTILINE))
        assert {(name, say("zh", f"commands.{name}.word")) for name in commands} <= rows


def test_the_guide_shows_every_button(guides: dict[str, str]) -> None:
    """Every button's label is in the guide: in both pages as pictures show it, in the English one also in English."""
    zh, en = _buttons("zh"), _buttons("en")
    assert len(zh) > 10
    for label in {*zh, *TURNING}:
        assert label in guides["zh"], label
        assert label in guides["en"], label
    for label in en:
        assert label in guides["en"], label


def test_both_guides_show_the_same(guides: dict[str, str]) -> None:
    """The Chinese and the English guide have the same pictures, pages, headings, settings and alerts' rows."""
    en, zh = guides["en"], guides["zh"]
    assert _goals(en) == _goals(zh)
    assert re.findall(r"^#+ ", en, re.MULTILINE) == re.findall(r"^#+ ", zh, re.MULTILINE)
    assert len(re.findall(r"^\|", en, re.MULTILINE)) == len(re.findall(r"^\|", zh, re.MULTILINE))
    assert set(re.findall(r"SUDI_\w+", en)) - {"SUDI_LANGUAGE"} == set(re.findall(r"SUDI_\w+", zh))


def _said(language: str, *tables: str) -> list[re.Pattern[str]]:
    """What these tables of the catalogue say, with anything in the places that are filled in."""
    words = [text for key, text in catalogue(language).items() if key.partition(".")[0] in tables]
    parted = [re.split(r"\{\w+\}", text) for text in words]
    return [re.compile(".+?".join(map(re.escape, pieces))) for pieces in parted if len("".join(pieces)) > FEW]


def test_the_guides_transcripts_are_what_is_printed(guides: dict[str, str]) -> None:
    """Every line of the guide's transcripts is one that the doctor, the start or a mistake in the settings prints."""
    for language, guide in guides.items():
        known = _said(language, "doctor", "cli", "mistakes")
        lines = [
            line
            for _, block in re.findall(r"^```(console|text)\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
            for line in block.splitlines()
        ]
        printed = [re.sub(r"^(?:[✓·✗]| +\w+\[1\](?:：|:)) ?", "", line) for line in lines if not line.startswith("$ ")]
        assert len(printed) > 15
        assert not [line for line in printed if not any(pattern.fullmatch(line) for pattern in known)]


def test_the_guide_tells_every_alert_of_an_account(guides: dict[str, str]) -> None:
    """Each alert about an account stands in the guide by its first sentence, with what to do."""
    heard_as_sent = [trouble for trouble in AccountTrouble if trouble is not AccountTrouble.DEAF]  # by one connection
    codes = [*heard_as_sent, "account-failed", "lane-failed", "chats-lost", "thread-lost"]
    for language, guide in guides.items():
        cells = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", guide, re.MULTILINE)
        for code in codes:
            text = re.match(r".+?[。.](?= |$|[^@ ])", catalogue(language)[f"alerts.{code}"])
            assert text
            sentence = re.compile(".+?".join(map(re.escape, re.split(r"\{\w+\}", text[0]))))
            assert any(sentence.fullmatch(cell) for cell in cells), (language, code, text[0])


def test_every_picture_is_shown(pages: dict[Path, str], root: Path) -> None:
    """No picture lies in the documentation that no page shows."""
    shown = {(page.parent / target).resolve() for page, text in pages.items() for target in PICTURE.findall(text)}
    assert set((root / "docs/images").rglob("*.png")) <= shown


def test_every_module_of_reading_has_its_place(pages: dict[Path, str], root: Path) -> None:
    """The page on architecture says of each module of `digest`, and of the folders around it, what it decides."""
    named = set(re.findall(r"`(\w+)`", pages[root / "docs/architecture.md"]))
    for folder in ("digest", "bot/looking", "bot/checking"):
        modules = {path.stem for path in (root / folder).glob("*.py")} - {"__init__"}
        assert modules
        assert not modules - named, folder
