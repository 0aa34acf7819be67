"""The project speaks of itself alone: no machine, no index, no secret stands in its files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

# In pieces, so that this file may be looked at as well.
INDEXES = ("py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs", "simple" + "/\n")
MACHINE = re.compile(
    r"(?<![\w.:*$}/-])/(?:" + "|".join(["ho" + "me", "ro" + "ot", "Us" + "ers", "wo" + "rk", "t" + "mp"]) + r")/[\w.-]"
)
TOKEN = re.compile(r"\b\d{8,10}:[\w-]{35}\b")


@pytest.fixture(scope="module")
def texts(files: list[Path]) -> dict[Path, str]:
    """Every file of the project that is text."""
    found = {}
    for path in files:
        data = path.read_bytes()
        if b"\0" not in data[:8192]:
            found[path] = data.decode("utf-8")
    assert len(found) > 40
    return found


def test_no_file_names_a_package_index(texts: dict[Path, str]) -> None:
    """No file names the host of a package index: packages come from wherever the machine is told to get them."""
    assert not [(path, index) for path, text in texts.items() for index in INDEXES if index in text]


def test_no_file_names_a_machine_path(texts: dict[Path, str]) -> None:
    """No file names a path of the machine that it was written on."""
    assert not [(path, found[0]) for path, text in texts.items() if (found := MACHINE.search(text))]


def test_no_file_holds_a_token(texts: dict[Path, str]) -> None:
    """No file holds what looks like a bot's token, unless a test made it up."""
    held = [path for path, text in texts.items() if any(len(set(found)) > 12 for found in TOKEN.findall(text))]
    assert not [path for path in held if "tests" not in path.parts]


def test_every_text_ends_its_last_line(texts: dict[Path, str]) -> None:
    """Every text is UTF-8 with Unix line ends, and ends its last line; what tests feed to Sudi may be as it likes."""
    ours = {path: text for path, text in texts.items() if "golden" not in path.parts and text}
    assert not [path for path, text in ours.items() if not text.endswith("\n") or "\r" in text]


def test_the_changelog_knows_this_version(root: Path, project: dict[str, Any]) -> None:
    """The changelog has a section for the version that is built, with its date, below what is unreleased."""
    headings = re.findall(r"^## \[([^\]]+)\](.*)$", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0][0] == "Unreleased"
    assert headings[1][0] == project["project"]["version"]
    assert re.fullmatch(r" - \d{4}-\d{2}-\d{2}", headings[1][1])


def test_no_test_folder_is_a_package(root: Path) -> None:
    """Nothing under `tests/` is a package: `tests/storage` would shadow `storage`."""
    assert not list((root / "tests").rglob("__init__.py"))
