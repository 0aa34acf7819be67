"""Files as Sudi will read them: which ones a path names, and what each of them tells.

A file that cannot be opened is a result like any other.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.looking.folder import FolderLost, as_name, is_twin, walk
from bot.looking.selection import EVERYTHING, Selection, WhyNot
from bot.reading import read_here
from digest.model import Digest, Post, Rules
from digest.problems import Problem
from digest.read import LARGEST_POST

if TYPE_CHECKING:
    from bot.config import Settings

MOST_BYTES: Final = LARGEST_POST + 1
"""Of a larger file only so much is read: it is refused anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file to look at, and the folder that it was found below; None for one that was named itself.

    `aside`: why a file that was named itself is no post.
    """

    path: Path
    folder: Path | None = None
    aside: WhyNot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A file to read: where it lies, its path within its source, and the rules of that source.

    `aside`: why it is no post.
    """

    path: Path
    within: str
    rules: Rules
    aside: WhyNot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A file and what became of it: a digest, or why it could not even be opened (`fault`, a code, and its words)."""

    file: str
    data: bytes = b""
    digest: Digest | None = None
    fault: str = ""
    why: str = ""

    @property
    def sound(self) -> bool:
        """Whether nothing about the file forbids its delivery."""
        return self.digest is not None and self.digest.deliverable

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is odd about it."""
        return self.digest.problems if self.digest else ()


def posts_under(paths: Sequence[Path], settings: Settings) -> Iterator[Found]:
    """The files themselves, and every post below the folders as looking finds them, sorted."""
    for path in paths:
        if path.is_dir():
            yield from _below(path, settings)
        else:
            yield named(path, settings)


def named(path: Path, settings: Settings) -> Found:
    """A file that was named itself, and why it is no post where it is none.

    Where it lies in no source, that is only what is a post nowhere: whoever names a file may call it as he likes.
    """
    top, selection = _source_of(path, settings)
    alone = top == path
    whole, here = _whole(path), _whole(Path() if alone else top)
    if not path.is_file():
        return Found(path=path)
    within = whole.relative_to(here).as_posix() if whole.is_relative_to(here) else path.name
    twin = is_twin(within, lambda other: (here / other).is_file())
    why = WhyNot.BACKUP if twin else selection.why_not(within)
    return Found(path=path, aside=None if alone and why is WhyNot.UNSELECTED else why)


def _below(folder: Path, settings: Settings) -> Iterator[Found]:
    """The posts of a folder. Of one within a source, those that it selects; all where it selects none of a part."""
    top, selection = _source_of(folder, settings)
    try:
        selected = _selected(folder, top, selection)
        if not selected and _whole(folder) != _whole(top):
            selected = list(walk(folder))
    except FolderLost:
        yield Found(path=folder)
        return
    for within in sorted(map(as_name, selected)):
        yield Found(path=folder / within, folder=folder)


def _selected(folder: Path, top: Path, selection: Selection) -> list[str]:
    inner = os.path.relpath(_whole(folder), _whole(top))
    lead = "" if inner == os.curdir else f"{inner}/"
    return [path.removeprefix(lead) for path in walk(top, selection) if path.startswith(lead)]


def _source_of(folder: Path, settings: Settings) -> tuple[Path, Selection]:
    for source in settings.sources:
        top = source.place(settings.data_dir)
        if _whole(folder).is_relative_to(_whole(top)):
            return top, source.selection
    return folder, EVERYTHING


def check(path: Path, settings: Settings, *, folder: Path | None = None) -> Checked:
    """Read one file (found below `folder`) with the rules of the source that it lies in; in the main thread.

    Never raises for what is in a file or its name.
    """
    return examined(errand_of(Found(path=path, folder=folder), settings))


def examined(errand: Errand) -> Checked:
    """Read a file; see `check`."""
    file = str(errand.path)
    try:
        with open(errand.path, "rb", opener=_without_waiting) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return Checked(file=file, fault="not-a-file")
            data = stream.read(MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return Checked(file=file, fault="missing")
    except (OSError, ValueError) as error:
        return Checked(file=file, fault="unreadable", why=getattr(error, "strerror", None) or str(error))
    return as_read(errand, data)


def as_read(errand: Errand, data: bytes) -> Checked:
    """What the file tells if these are its bytes."""
    digest = read_here(Post(path=errand.within, data=data), errand.rules)
    return Checked(file=str(errand.path), data=data, digest=digest)


def errand_of(found: Found, settings: Settings) -> Errand:
    """The file with the rules that count for it."""
    rules, within = _rules(found.path, found.folder, settings)
    return Errand(path=found.path, within=within, rules=rules, aside=found.aside)


def _without_waiting(name: str, flags: int) -> int:
    """A pipe without a writer must not keep us."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _rules(path: Path, below: Path | None, settings: Settings) -> tuple[Rules, str]:
    """The rules that count for a file, and its path within its source.

    In no source, the folder that was checked is taken for one; a file that was named itself keeps the path it has.
    """
    zone, whole = zone_of(settings), _whole(path)
    for source in settings.sources:
        if whole.is_relative_to(folder := _whole(source.place(settings.data_dir))):
            return source.rules(zone), whole.relative_to(folder).as_posix()
    if below is not None:
        folder = _whole(below)
        return Rules(source=folder.name, zone=zone), whole.relative_to(folder).as_posix()
    here = Path.cwd() if whole.is_relative_to(Path.cwd()) else whole.anchor
    return Rules(source="", zone=zone), whole.relative_to(here).as_posix()


def _whole(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow a link out of the source


def zone_of(settings: Settings) -> tzinfo:
    """The zone of times that name none; UTC where nothing is set."""
    return ZoneInfo(settings.time_zone) if settings.time_zone else UTC
