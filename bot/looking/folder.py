"""A source's folder on disk: which files are posts, and their bytes. Blocking; called in a thread."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

from bot.looking.selection import EVERYTHING, Selection
from digest.read import LARGEST_POST
from storage.posts import Stamp

_TWIN = re.compile(r"(?P<stem>.*[^/])bak(?P<suffix>\.[^.]+)", re.IGNORECASE)
_SPELLED_BYTE = re.compile("\ufffd([89A-F][0-9A-F])")


class FolderLost(Exception):
    """The folder cannot be looked at; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def walk(folder: Path, selection: Selection = EVERYTHING) -> dict[str, Stamp]:
    """Every selected post of a folder and the folders in it, by its path within it (with `/`).

    Folders that are symbolic links are not entered; a file that is one counts while it leads to a file within the
    folder. Raises FolderLost when the folder or one in it cannot be listed: then nobody knows what is missing.
    """
    root = os.path.realpath(folder)
    found: dict[str, Stamp] = {}
    waiting = [""]
    while waiting:
        within = waiting.pop()
        for entry in _entries(root, within):
            name = entry.name
            path = f"{within}{name}"
            if entry.is_dir(follow_symlinks=False):
                if selection.enters(path, name):
                    waiting.append(f"{path}/")
            elif selection.takes(path, name) and (stamp := _stamp(entry, root)) is not None:
                found[as_text(path)] = stamp
    for twin in [path for path in found if is_twin(path, found.__contains__)]:
        del found[twin]
    return found


def read(folder: Path, path: str) -> bytes | None:
    """The bytes of a post; None where the file vanished. Raises OSError.

    No more is read than suffices to refuse it as too large. Nothing but a regular file is opened: a pipe of that name
    would never answer. A link that leads out of the folder leads nowhere, though it did not when the folder was walked.
    """
    place = os.path.realpath(folder / as_name(path))
    if not place.startswith(f"{os.path.realpath(folder).rstrip(os.sep)}{os.sep}"):
        return None
    try:
        handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        return file.read(LARGEST_POST + 1)


def as_text(name: str) -> str:
    """A file's name as text: bytes that are no UTF-8 (surrogates, to Python) become a replacement character and hex."""
    if name.isprintable():
        return name
    return "".join(f"\ufffd{ord(c) - 0xDC00:02X}" if 0xDC80 <= ord(c) <= 0xDCFF else c for c in name)  # noqa: PLR2004


def as_name(text: str) -> str:
    """The file's name that `as_text` made this text of."""
    return _SPELLED_BYTE.sub(lambda found: chr(0xDC00 + int(found[1], 16)), text)


def _entries(root: str, within: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(f"{root}/{within}") as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        # A folder within may vanish while we look: what was in it has vanished, and is judged as that.
        if not within:
            raise FolderLost("missing-folder") from None
        return []
    except OSError as error:
        raise FolderLost("unreadable-folder") from error


def _stamp(entry: os.DirEntry[str], root: str) -> Stamp | None:
    """Size and time of a regular file; None for anything else, and for what vanished meanwhile."""
    try:
        if not entry.is_file() or (entry.is_symlink() and not _leads_within(entry, root)):
            return None
        found = entry.stat()
    except OSError:
        return None
    return Stamp(found.st_size, found.st_mtime_ns)


def _leads_within(entry: os.DirEntry[str], root: str) -> bool:
    return os.path.realpath(entry.path).startswith(f"{root}{os.sep}")


def is_twin(path: str, found: Callable[[str], bool]) -> bool:
    """Whether a file is the backup of a post that is found beside it: `xbak.md` beside `x.md`."""
    twin = _TWIN.fullmatch(path) if "bak." in path.lower() else None
    return twin is not None and found(f"{twin['stem']}{twin['suffix']}")
