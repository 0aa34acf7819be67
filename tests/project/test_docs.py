"""The documentation speaks of what is there, and of all of it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

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
    assert goals(en) == goals(zh)
    assert len(re.findall(r"^## ", en, re.MULTILINE)) == len(re.findall(r"^## ", zh, re.MULTILINE))


def goals(text: str) -> set[str]:
    """Where a page's links lead, in whatever language, without anchors; headings have one for each language."""
    found = (re.sub(r"\.zh(?=\.md)|/(?:zh|en)(?=/)", "", target.partition("#")[0]) for target in LINK.findall(text))
    return {target for target in found if target}


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
