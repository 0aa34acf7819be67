"""The two commands of the README, and the few beside them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

LONG_AGO, NOW = 1_000_000_000, 1_700_000_000


@pytest.fixture
def clone(tmp_path: Path, root: Path) -> Path:
    """What installing reads, in a folder with a space in its name, as if it was written long ago."""
    folder = tmp_path / "a clone"
    for name in ("Makefile", "pyproject.toml", "requirements/run.txt", "requirements/dev.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, folder / name)
        os.utime(folder / name, (LONG_AGO, LONG_AGO))
    return folder


def _make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def _installed(folder: Path, *stamps: str) -> None:
    python = folder / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    for path in (python, *(folder / ".venv" / stamp for stamp in stamps)):
        path.touch()
        os.utime(path, (NOW, NOW))


def test_a_fresh_clone_installs_in_two_lines(clone: Path) -> None:
    """The install is two lines: what is pinned, with hashes, then Sudi itself without dependencies or isolation."""
    lines = [line for line in _make(clone, "-n", "run").stdout.splitlines() if " -m pip " in line]
    assert len(lines) == 2
    assert lines[0].endswith("install --require-hashes -r requirements/run.txt")
    assert lines[1].endswith("install --no-deps --no-build-isolation --editable .")


def test_starting_again_installs_nothing(clone: Path) -> None:
    """A second `make run` calls no pip: its stamp is fresh."""
    _installed(clone, "ready-to-run")
    told = _make(clone, "-n", "run")
    assert told.returncode == 0
    assert "pip" not in told.stdout
    assert "-m bot run --demo" in told.stdout


def test_new_pins_are_installed(clone: Path) -> None:
    """When the pins change, the next `make run` installs them."""
    _installed(clone, "ready-to-run", "ready-to-work")
    os.utime(clone / "requirements/run.txt", (NOW + 1, NOW + 1))
    assert "-r requirements/run.txt" in _make(clone, "-n", "run").stdout
    assert "-r requirements/dev.txt" in _make(clone, "-n", "test").stdout


@pytest.mark.parametrize("python", ["", "/no/such/python"])
def test_without_a_fit_python_it_says_so(clone: Path, python: str) -> None:
    """Where there is no Python 3.11 with venv, it says so and what to do, and leaves nothing half made."""
    told = _make(clone, "setup", f"PYTHON={python}")
    assert told.returncode != 0
    assert "needs Python 3.11 or newer with venv" in told.stderr
    assert "python3-venv" in told.stderr
    assert not (clone / ".venv").exists()


def test_the_examples_are_copied_once(clone: Path, root: Path) -> None:
    """`make run` copies the example posts to var/posts if that is not there yet, and never touches it again."""
    shutil.copytree(root / "examples", clone / "examples")
    assert _make(clone, "var/posts").returncode == 0
    copied = {path.name for path in (clone / "var/posts").iterdir()}
    assert copied == {path.name for path in (root / "examples/posts").iterdir()}
    mine = clone / "var/posts" / min(copied)
    mine.write_text("mine", encoding="utf-8")
    assert _make(clone, "var/posts").returncode == 0
    assert mine.read_text(encoding="utf-8") == "mine"


def test_help_names_every_target(root: Path) -> None:
    """`make` alone tells every target with what it does, and there are few enough to read."""
    phony = re.search(r"^\.PHONY: (.+)$", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony
    told = re.findall(r"^  make ([\w-]+) +\S", _make(root, "help").stdout, re.MULTILINE)
    assert told == phony[1].split()
    assert len(told) <= 14


@pytest.mark.parametrize("script", ["run", "wheel"])
def test_the_checks_are_runnable(root: Path, script: str) -> None:
    """`.ci/run` and what it calls are executable and parse."""
    path = root / ".ci" / script
    assert os.access(path, os.X_OK)
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0


def test_the_checks_call_each_proof(root: Path) -> None:
    """`.ci/run` calls the tests and the long ones, style, types and layers, the wheel alone, the pages in a browser."""
    calls = re.findall(r"^(make \w+|\.ci/wheel)\b", (root / ".ci/run").read_text(encoding="utf-8"), re.MULTILINE)
    assert calls == ["make test", "make long", "make lint", ".ci/wheel", "make browser"]
