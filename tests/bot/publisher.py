"""A publisher with a real Git repository, for tests of sources that are one."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bot.looking.checkout import Checkout
from bot.looking.git import Git
from bot.looking.repository import Repository

IDENTITY = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Commits to the repository at `folder`."""

    folder: Path

    @property
    def url(self) -> str:
        """Its address."""
        return self.folder.as_uri()

    def git(self, *arguments: str) -> str:
        """What git prints, run in the repository."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environment = plain | IDENTITY | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        ended = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=environment, check=True, capture_output=True, text=True
        )
        return ended.stdout.strip()

    def commit(self, *, amend: bool = False, **files: str) -> str:
        """Commit what is there and these files (`__` stands for the dot before the ending, `_0_` for a slash)."""
        for name, text in files.items():
            self.write(name.replace("_0_", "/").replace("__", "."), text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=x", *(["--amend"] if amend else []))
        return self.git("rev-parse", "HEAD")

    def write(self, path: str, text: str) -> Path:
        """Write a file that will be committed."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def delete(self, path: str) -> None:
        """Delete a file."""
        (self.folder / path).unlink()


def publisher(folder: Path) -> Publisher:
    """A publisher whose repository is empty."""
    folder.mkdir(parents=True)
    found = Publisher(folder=folder)
    found.git("init", "--quiet", "--initial-branch=main")
    return found


def checkout(
    home: Path, url: str, *, branch: str = "", folder: str = "", limit: float = 60.0, path: str | None = None
) -> Checkout:
    """A checkout of a repository; `path` is where programs are looked for."""
    environ = {**os.environ, "HOME": str(home.parent)} | ({"PATH": path} if path is not None else {})
    repository = Repository(url=url, branch=branch, folder=folder, endings=("md", "markdown"))
    return Checkout("news", repository, home=home, git=Git(environ, limit=limit))


def files(found: Checkout) -> dict[str, str]:
    """What is in the folder of the posts."""
    return {
        path.relative_to(found.folder).as_posix(): path.read_text(encoding="utf-8")
        for path in found.folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
