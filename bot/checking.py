"""What `sudi check` and `sudi preview` say of files: read as Sudi will read them, without a store.

Their JSON is an interface that others rely on: one object a line and file. A file that cannot be opened is a
result like any other.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from adapters.platform import Dialect, Platform
from bot.catalogue import say_code, words
from bot.config import Settings
from bot.looking.folder import FolderLost, as_name, walk
from bot.rendition import Rendition, render
from digest.choices import Layout
from digest.model import Digest, Post, Rules
from digest.problems import Problem
from digest.read import read
from digest.richtext import plain

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of a larger file only so much is read: it is refused anyway, and reading refuses far smaller ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A file and what became of it: a digest, or why it could not even be opened (`fault`, a code, and its words)."""

    file: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file to look at, and the folder that it was found below; None for one that was named itself."""

    path: Path
    folder: Path | None = None


def posts_under(paths: Sequence[Path]) -> Iterator[Found]:
    """The files themselves, and every post below the folders as looking finds them, sorted."""
    for path in paths:
        if path.is_dir():
            yield from _below(path)
        else:
            yield Found(path=path)


def _below(folder: Path) -> Iterator[Found]:
    try:
        found = walk(folder)
    except FolderLost:
        yield Found(path=folder)
        return
    for within in sorted(found):
        yield Found(path=folder / as_name(within), folder=folder)


def check(path: Path, settings: Settings, *, folder: Path | None = None) -> Checked:
    """Read one file (found below `folder`) with the rules of the source that it lies in.

    Never raises for what is in a file or its name.
    """
    file = str(path)
    try:
        with open(path, "rb", opener=_without_waiting) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return Checked(file=file, fault="not-a-file")
            data = stream.read(MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return Checked(file=file, fault="missing")
    except (OSError, ValueError) as error:
        return Checked(file=file, fault="unreadable", why=getattr(error, "strerror", None) or str(error))
    rules, within = _rules(path, folder, settings)
    return Checked(file=file, digest=read(Post(path=within, data=data), rules))


def _without_waiting(name: str, flags: int) -> int:
    """A pipe without a writer must not keep us."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _rules(path: Path, below: Path | None, settings: Settings) -> tuple[Rules, str]:
    """The rules that count for a file, and its path within its source.

    In no source, the folder that was checked is taken for one; a file that was named itself keeps the path it has.
    """
    zone, whole = zone_of(settings), _whole(path)
    for source in settings.sources:
        if whole.is_relative_to(folder := _whole(source.folder)):
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


def checked_json(checked: Checked, language: str) -> dict[str, Any]:
    """The line of `sudi check --json`."""
    digest = checked.digest
    return {
        "file": checked.file,
        "ok": checked.sound,
        "title": digest.title if digest else "",
        "published": digest.published.isoformat() if digest and digest.published else None,
        "series": digest.series if digest else "",
        "stories": [
            {"number": story.number, "title": plain(story.title), "url": story.url, "key": story.key}
            for story in (digest.stories if digest else ())
        ],
        "problems": list(said_problems(checked, language)),
    }


def said_problems(checked: Checked, language: str) -> Iterator[dict[str, Any]]:
    """What is odd, in words."""
    if checked.fault:
        message = say_code(language, "problems", checked.fault, why=checked.why)
        yield {"line": 0, "code": checked.fault, "message": message}
    for problem in checked.problems:
        message = say_code(language, "problems", problem.code, **problem.details)
        yield {"line": problem.line, "code": str(problem.code), "message": message}


def dialects(*platforms: Platform) -> Mapping[Platform, Dialect]:
    """The dialects of the platforms (of all, where none is named); only theirs are imported."""
    return {platform: _dialect(platform) for platform in platforms or Platform}


def _dialect(platform: Platform) -> Dialect:
    match platform:
        case Platform.TELEGRAM:
            from adapters.telegram.dialect import TelegramDialect

            return TelegramDialect()
        case Platform.DISCORD:
            from adapters.discord.dialect import DiscordDialect

            return DiscordDialect()
        case Platform.WEB:
            from adapters.web.dialect import WebDialect

            return WebDialect()


def face(digest: Digest, dialect: Dialect, layout: Layout, language: str) -> Rendition:
    """Exactly the messages that a new reader of this layout and language would be sent."""
    return render(digest, dialect=dialect, layout=layout, words=words(language))
