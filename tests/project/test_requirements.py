"""What is installed is pinned, hashed, and comes from wherever the machine gets its packages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

BOTH = ["run.txt", "dev.txt"]
PIN = re.compile(
    r"(?P<name>[a-z0-9.-]+)==(?P<version>[\w.+!-]+)(?: ; (?P<where>.+?))?(?: --hash=sha256:\w{64})+",
)


def _pins(path: Path) -> dict[tuple[str, str], str]:
    """The version of each (package, where), and a failure for a line that is no hashed pin."""
    pins = {}
    for line in path.read_text(encoding="utf-8").replace("\\\n", "").splitlines():
        found = PIN.fullmatch(re.sub(r"\s+", " ", line).strip())
        assert found, f"not a hashed pin: {line}"
        pins[found["name"], found["where"] or ""] = found["version"]
    return pins


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s<>=!~;\[]", requirement)[0]).lower()


@pytest.mark.parametrize("name", BOTH)
def test_every_requirement_is_pinned_and_hashed(root: Path, name: str) -> None:
    """Requirement files are pinned and hashed, and name no package index."""
    path = root / "requirements" / name
    assert len(_pins(path)) > 20
    assert "://" not in path.read_text(encoding="utf-8")


def test_the_pins_for_work_hold_the_pins_for_running(root: Path) -> None:
    """Whoever has installed what working takes has installed what running takes, in the same versions."""
    run, dev = (_pins(root / "requirements" / name) for name in BOTH)
    assert run.items() <= dev.items()


def test_the_pins_hold_what_the_project_asks_for(root: Path, project: dict[str, Any]) -> None:
    """Every dependency of pyproject.toml is pinned, with what building takes: nothing is fetched unpinned."""
    run, dev = ({name for name, _ in _pins(root / "requirements" / file)} for file in BOTH)
    groups = project["dependency-groups"]
    assert {_name(asked).replace(".", "-") for asked in project["project"]["dependencies"]} <= {_name(n) for n in run}
    assert {_name(asked) for asked in groups["build"]} <= run
    assert {_name(asked) for asked in groups["dev"]} <= dev
