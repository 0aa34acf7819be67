"""What writers are told to put into their repositories works: the hooks, the workflow, every command and option."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from bot.cli import main
from bot.looking.selection import EVERYTHING

GOOD = "---\ntitle: 题\ndate: 2026-11-21T09:00:00+08:00\n---\n\n1. [甲](https://example.com/1)\n\n2. [乙](https://example.com/2)\n"


@pytest.fixture
def page(root: Path) -> str:
    """The page for writers."""
    return (root / "docs" / "writing-posts.md").read_text(encoding="utf-8")


def _blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def _named(page: str, language: str, name: str) -> str:
    """The block that says in its first lines which file it is."""
    return next(block for block in _blocks(page, language) if f"# {name}\n" in "\n".join(block.split("\n")[:3]))


def _calls(text: str) -> Iterator[list[str]]:
    """The arguments of every call of `sudi check` in a text."""
    for line in text.split("\n"):
        if found := re.search(r"(?<![\w/.-])sudi check\b(?P<rest>[^;|&`\n]*)", line):
            yield shlex.split(found["rest"], comments=True)


def _parsed(arguments: list[str]) -> click.Context:
    # Within the context of its group, as when it is called: a command remembers the first one's spellings of help.
    group = click.Context(main, info_name="sudi", **main.context_settings)
    return main.commands["check"].make_context("check", arguments or ["posts"], parent=group)


def _hooks(root: Path) -> list[dict[str, Any]]:
    hooks = yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert isinstance(hooks, list)
    return hooks


def test_every_documented_check_is_understood(page: str) -> None:
    """Every call of `sudi check` on the page is one that the program understands."""
    calls = [call for language in ("sh", "yaml") for block in _blocks(page, language) for call in _calls(block)]
    assert len(calls) >= 8
    assert {option for call in calls for option in call if option.startswith("--")} >= {"--fix", "--diff", "--format"}
    for call in calls:
        _parsed(call)


def test_every_option_of_check_is_on_the_page(page: str) -> None:
    """Every option of `sudi check` is named on the page for writers."""
    named = {option for parameter in main.commands["check"].params for option in parameter.opts if option[:2] == "--"}
    assert not {option for option in named if option not in page}


def test_the_hooks_of_this_repository_run_what_exists(root: Path) -> None:
    """Each hook that other repositories may name calls the program with arguments that it understands."""
    for hook in _hooks(root):
        assert {"id", "name", "entry", "language"} <= set(hook)
        program, verb, *rest = shlex.split(hook["entry"])
        assert (program, verb) == ("sudi", "check")
        _parsed([*rest, "a.md"])
        assert re.search(hook["exclude"], "content/README.zh.md")
        assert not re.search(hook["exclude"], "content/posts/2026-11-21-security-news.md")


@pytest.mark.parametrize(
    "path",
    [
        *("p/_index.md", "_index.zh.md", "p/x.bak.md", "x-bak.md", "README.md", "p/readme.zh.md", "LICENSE.md"),
        *("p/.x.md", ".github/x.md", "~$x.md", "node_modules/a/x.md", "_site/x.md", "CODE_OF_CONDUCT.md"),
        *("p/x.md", "p/index.md", "p/my_index.md", "p/bak.md", "p/readmes.md", "p/security news.md", "_posts/x.md"),
    ],
)
def test_the_hooks_leave_out_what_is_never_a_post(root: Path, path: str) -> None:
    """The hooks check a file if looking would take it for a post, and no other."""
    for hook in _hooks(root):
        assert (re.search(hook["exclude"], path) is None) is (EVERYTHING.why_not(path) is None)


def test_the_documented_configuration_names_our_hooks(page: str, root: Path) -> None:
    """The configuration that the page shows names a hook that is there, once: the other one says the same again."""
    (repository,) = yaml.safe_load(_named(page, "yaml", ".pre-commit-config.yaml"))["repos"]
    assert [hook["id"] for hook in repository["hooks"]] == ["sudi-check"]
    assert {hook["id"] for hook in _hooks(root)} == {"sudi-check", "sudi-fix"}
    assert "`sudi-fix`" in page


def test_the_documented_workflow_is_one(page: str) -> None:
    """The workflow that the page shows is YAML with a job that installs Sudi and annotates."""
    workflow = yaml.safe_load(_named(page, "yaml", ".github/workflows/posts.yml"))
    (job,) = workflow["jobs"].values()
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert runs[0].startswith("pip install")
    assert list(_calls(runs[-1])) == [["--format", "github", "content/posts"]]
    assert job["steps"][0]["uses"].startswith("actions/checkout@")
    assert True in workflow  # YAML 1.1 reads the key «on» as a yes; GitHub does not


@pytest.fixture
def repository(tmp_path: Path, page: str, root: Path) -> Path:
    """A publisher's repository with the documented hook, and a `sudi` on its path."""
    folder = tmp_path / "site"
    hook, program = folder / ".githooks" / "pre-commit", tmp_path / "bin" / "sudi"
    for path, text in (
        (hook, _named(page, "sh", ".githooks/pre-commit")),
        (program, f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(root))} exec {shlex.quote(sys.executable)} -m bot "$@"\n'),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
    _git(folder, "init", "-q")
    _git(folder, "config", "core.hooksPath", ".githooks")
    return folder


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "SUDI_", "LC_", "LANG"))}
    here = {"PATH": f"{folder.parent / 'bin'}:{os.environ['PATH']}", "HOME": str(folder.parent), "LANG": "en_US.UTF-8"}
    who = ("-c", "user.name=Writer", "-c", "user.email=writer@example.com")
    command = ["git", *who, *arguments]
    return subprocess.run(command, cwd=folder, env=ours | here, capture_output=True, text=True, check=False)


def test_the_documented_hook_of_git_guards_commits(repository: Path) -> None:
    """The hook lets a sound post pass, stops one that cannot be delivered, and looks at what is staged alone."""
    posts = repository / "content" / "posts"
    posts.mkdir(parents=True)
    (posts / "good one.md").write_text(GOOD, encoding="utf-8")
    (posts / "unfinished.md").write_text("", encoding="utf-8")
    _git(repository, "add", "content/posts/good one.md")
    assert _git(repository, "commit", "-q", "-m", "one").returncode == 0
    _git(repository, "add", "content/posts/unfinished.md")
    (posts / "unfinished.md").write_text(GOOD, encoding="utf-8")
    stopped = _git(repository, "commit", "-q", "-m", "two")
    assert stopped.returncode == 1
    assert "✗ content/posts/unfinished.md" in stopped.stdout + stopped.stderr
    _git(repository, "add", "content/posts/unfinished.md")
    assert _git(repository, "commit", "-q", "-m", "two").returncode == 0
    (repository / "notes.txt").write_text("x", encoding="utf-8")
    _git(repository, "add", "notes.txt")
    assert _git(repository, "commit", "-q", "-m", "three").returncode == 0
