"""A Git repository as a folder to look at: received again and again, without history, and swapped in whole.

What lies on disk below `home`: `git`, what was received; `tree`, the files; and `ready`, which names the commit that
the tree is at, and is not there while the tree is being changed. Whatever is odd about it is not mended but received
anew, beside it. Blocking work on disk is done in a thread.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from bot.looking.git import Git, GitFailed, Trouble, git_folder, tree_of
from bot.looking.repository import Repository
from digest.identity import name_of

READY: Final = "ready"
HEAD: Final = "refs/sudi/head"
"""Where the commit that was received is noted; whatever was there before is overwritten."""
PATIENCE_FOR_ALL: Final = 8.0
"""So many times longer may it take to receive a repository for the first time."""

_FILTERS_OFF: Final = "* -text -eol -crlf -ident -filter -working-tree-encoding -diff -merge\n"
"""Attributes that overrule those of the repository: files are what was committed, and no command is run on them."""
_SAFE_NAME = re.compile(r"[\w-][\w.-]{0,60}")
_SPECIAL = re.compile(r"([\\*?\[\]!# ])")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of asking the remote: the commit that the tree is at now, and whether it was another one before."""

    commit: str
    changed: bool


class Checkout:
    """A source's repository below `home`. `still` is held by whoever needs that its files stay as they are."""

    def __init__(self, name: str, repository: Repository, *, home: Path, git: Git) -> None:
        self.repository = repository
        self.still = asyncio.Lock()
        self._name = name
        self._home = home.absolute()
        self._git = git

    @property
    def folder(self) -> Path:
        """The folder of the posts."""
        return folder_at(self._home, self.repository)

    @property
    def commit(self) -> str:
        """The commit that the tree is at; empty where there is none, or it was left half changed."""
        kept = _kept(self._home)
        return str(kept.get("commit", "")) if kept.get("of") == _identity(self.repository) else ""

    def is_ready(self) -> bool:
        """Whether the files are all there, of one commit."""
        return bool(self.commit)

    async def fetch(self) -> Fetched:
        """Ask the remote, and bring the files to what it has; raises GitFailed, with the files as they were."""
        if self.repository.lacks_secret:
            raise GitFailed(Trouble.NO_TOKEN)
        try:
            return await self._fetch()
        except GitFailed as failure:
            unnamed = failure.trouble is Trouble.NO_BRANCH and not self.repository.branch
            trouble = Trouble.NO_COMMIT if unnamed else failure.trouble
            raise GitFailed(trouble, self.repository.hide(failure.why)) from None

    async def _fetch(self) -> Fetched:
        await self._git.version()
        before = self.commit
        if not before:
            return await self._anew()
        try:
            return await self._forward(before)
        except GitFailed as failure:
            if failure.trouble is not Trouble.BROKEN:
                raise
            log.warning("source.received_anew", source=self._name, why=self.repository.hide(failure.why))
            return await self._anew()
        except OSError as error:
            log.warning("source.received_anew", source=self._name, why=str(error.strerror))
            return await self._anew()

    async def _forward(self, before: str) -> Fetched:
        """Receive what is new, and change the files in place."""
        await self._git.run("rev-parse", "--verify", "--quiet", HEAD, home=self._home)
        commit = await self._receive(self._home, longer=1.0)
        await self._find_folder(self._home)
        async with self.still:
            (self._home / READY).unlink(missing_ok=True)
            await self._check_out(self._home, longer=1.0)
            await asyncio.to_thread(_mark, self._home, self.repository, commit)
        if commit != before:
            await self._git.run("gc", "--auto", "--quiet", home=self._home)
        return Fetched(commit=commit, changed=commit != before)

    async def _anew(self) -> Fetched:
        """Receive everything beside what is there, and take its place."""
        try:
            beside = await asyncio.to_thread(_place_beside, self._home)
            try:
                commit = await self._receive_all(beside)
                async with self.still:
                    await asyncio.to_thread(_swap, self._home, beside)
            finally:
                await asyncio.to_thread(shutil.rmtree, beside, ignore_errors=True)
        except OSError as error:
            raise GitFailed(Trouble.NO_ROOM, error.strerror or type(error).__name__) from error
        return Fetched(commit=commit, changed=True)

    async def _receive_all(self, home: Path) -> str:
        await self._git.run("init", "--quiet", "--template=", home=home)
        await self._git.run("config", "core.sparseCheckout", "true", home=home)
        await self._git.run("config", "remote.origin.url", self.repository.url, home=home)
        await asyncio.to_thread(_say_what_counts, home, self.repository)
        commit = await self._receive(home, longer=PATIENCE_FOR_ALL)
        await self._find_folder(home)
        await self._check_out(home, longer=PATIENCE_FOR_ALL)
        await asyncio.to_thread(_mark, home, self.repository, commit)
        return commit

    async def _receive(self, home: Path, *, longer: float) -> str:
        """The commit that the branch is at now, with its files received."""
        options = ("--quiet", "--depth=1", "--no-tags", "--force", "--no-recurse-submodules", "--filter=blob:none")
        await self._git.run(
            "fetch",
            *options,
            "origin",
            f"+{_ref(self.repository)}:{HEAD}",
            home=home,
            asks=self.repository,
            longer=longer,
        )
        return (await self._git.run("rev-parse", "--verify", f"{HEAD}^{{commit}}", home=home)).strip()

    async def _find_folder(self, home: Path) -> None:
        await _find_folder(self._git, self.repository, home)

    async def _check_out(self, home: Path, *, longer: float) -> None:
        """Bring the files to the commit; what nobody committed goes. The folder is there even if no post is in it."""
        await asyncio.to_thread(_make_folder, tree_of(home))
        asks = self.repository
        await self._git.run("reset", "--hard", "--quiet", HEAD, home=home, asks=asks, longer=longer)
        await self._git.run("clean", "-ffdxq", home=home, longer=longer)
        await asyncio.to_thread(_make_folder, tree_of(home) / self.repository.folder)


async def reach(git: Git, repository: Repository) -> None:
    """Ask the remote whether it is there and has the branch; raises GitFailed."""
    if repository.lacks_secret:
        raise GitFailed(Trouble.NO_TOKEN)
    await git.version()
    if not await git.run("ls-remote", "--quiet", "--", repository.url, _ref(repository), asks=repository):
        raise GitFailed(Trouble.NO_BRANCH if repository.branch else Trouble.NO_COMMIT)


async def find_folder(git: Git, repository: Repository, home: Path) -> None:
    """Whether what is kept of this repository and branch has the folder; raises GitFailed where it surely has not."""
    received: list[Any] = (await asyncio.to_thread(_kept, home)).get("of", [])
    if received[:2] == _identity(repository)[:2]:
        await _find_folder(git, repository, home)


async def _find_folder(git: Git, repository: Repository, home: Path) -> None:
    """The folder must be one in the commit: no link, which could lead anywhere."""
    if not repository.folder:
        return
    try:
        kind = await git.run("cat-file", "-t", f"{HEAD}:{repository.folder}", home=home)
    except GitFailed as failure:
        raise GitFailed(Trouble.NO_FOLDER, failure.why) from failure
    if kind.strip() != "tree":
        raise GitFailed(Trouble.NO_FOLDER)


def _ref(repository: Repository) -> str:
    return f"refs/heads/{repository.branch}" if repository.branch else "HEAD"


def folder_at(home: Path, repository: Repository) -> Path:
    """The folder of the posts of a repository that is kept at `home`."""
    return tree_of(home) / repository.folder


def place_of(data: Path, source: str) -> Path:
    """Where the repository of a source is kept within the data folder, whatever it is called."""
    plain = _SAFE_NAME.fullmatch(source) is not None and source == source.lower()
    return data / "sources" / (source if plain else f"source-{name_of(source.encode())[:16]}")


# --- On disk; called in a thread ---------------------------------------------------------------------------------


def _identity(repository: Repository) -> list[Any]:
    """What must be received anew when it changes."""
    return [repository.url, repository.branch, repository.folder, list(repository.endings)]


def _kept(home: Path) -> dict[str, Any]:
    """What is noted of the tree; nothing where there is none, or it was left half changed."""
    try:
        kept = json.loads((home / READY).read_bytes())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) and isinstance(kept.get("of"), list) else {}


def _place_beside(home: Path) -> Path:
    """An empty folder beside the place; whatever an earlier attempt left there goes."""
    home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in home.parent.glob(f".{home.name}~*"):
        shutil.rmtree(left, ignore_errors=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{home.name}~", dir=home.parent))
    tree_of(beside).mkdir()
    return beside


def _swap(home: Path, beside: Path) -> None:
    """Put what is beside into its place."""
    old = Path(tempfile.mkdtemp(prefix=f".{home.name}~", dir=home.parent))
    if home.is_dir() and not home.is_symlink():
        home.rename(old / "old")
    else:
        home.unlink(missing_ok=True)
    beside.rename(home)
    shutil.rmtree(old, ignore_errors=True)


def _say_what_counts(home: Path, repository: Repository) -> None:
    """Which files are wanted, and that none of them has a say."""
    folder = git_folder(home) / "info"
    folder.mkdir(exist_ok=True)
    (folder / "attributes").write_text(_FILTERS_OFF, encoding="utf-8")
    plain = _SPECIAL.sub(r"\\\1", repository.folder)
    within = f"/{plain}" if plain else ""
    wanted = [f"{within}/**/*.{_either(ending)}" for ending in repository.endings] or [f"{within}/"]
    (folder / "sparse-checkout").write_text("\n".join(wanted) + "\n", encoding="utf-8")


def _either(ending: str) -> str:
    """A pattern of an ending in large or small letters."""
    return "".join(f"[{sign}{sign.upper()}]" if sign.isalpha() and sign.isascii() else sign for sign in ending)


def _mark(home: Path, repository: Repository, commit: str) -> None:
    new = home / f"{READY}.new"
    new.write_text(json.dumps({"commit": commit, "of": _identity(repository)}), encoding="utf-8")
    os.replace(new, home / READY)  # noqa: PTH105 - the same


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
