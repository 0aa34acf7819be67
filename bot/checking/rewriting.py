"""Mends a file where that is safe: in its place and whole, or only to show what would change."""

from __future__ import annotations

import difflib
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bot.checking.files import Checked, Errand, as_read, examined
from bot.checking.report import Finding, Report, fault, report_of, set_aside
from bot.reading import read_here
from digest.mending import Mended, mend
from digest.model import Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done besides reading: `fix` writes what was mended, `diff` shows it."""

    fix: bool = False
    diff: bool = False


class ChangedMeanwhileError(Exception):
    """Somebody else has saved the file since it was read."""


def checked_file(errand: Errand, wish: Wish) -> Report:
    """Check a file, and mend it as wished. Never raises for what is in a file, nor where it cannot be written."""
    if errand.aside is not None:
        return set_aside(errand, errand.aside)
    try:
        return _checked(examined(errand), errand, wish)
    except Exception as error:  # noqa: BLE001 - a fault of ours is told with the file it met, and stops no other
        return Report(file=str(errand.path), findings=(fault("crashed", why=type(error).__name__),))


def checked_text(errand: Errand, data: bytes, wish: Wish) -> Report:
    """The same for a text that was handed in; it has no place to be written to."""
    return _checked(as_read(errand, data), errand, replace(wish, fix=False))


def _checked(checked: Checked, errand: Errand, wish: Wish) -> Report:
    if checked.digest is None or not (wish.fix or wish.diff):
        return report_of(checked, errand)
    mended = mend(Post(path=errand.within, data=checked.data), errand.rules, read_here)
    if not mended.fixes:
        return report_of(checked, errand)
    told = _written(checked, mended, errand) if wish.fix else replace(report_of(checked, errand), fixes=mended.fixes)
    return replace(told, diff=_diff(told.file, checked.data, mended.data) if wish.diff else "")


def _written(checked: Checked, mended: Mended, errand: Errand) -> Report:
    """The report of the mended file; of the file as it is, and why, where it could not be written."""
    try:
        overwrite(errand.path, checked.data, mended.data)
    except (ChangedMeanwhileError, OSError) as error:
        told = report_of(checked, errand)
        return replace(told, findings=(_unwritten(error), *told.findings))
    return replace(report_of(as_read(errand, mended.data), errand), fixes=mended.fixes)


def _unwritten(error: Exception) -> Finding:
    if isinstance(error, ChangedMeanwhileError):
        return fault("changed-meanwhile")
    return fault("unwritable", why=getattr(error, "strerror", None) or str(error))


def overwrite(path: Path, before: bytes, after: bytes) -> None:
    """Put other bytes into a file, at once and whole: whoever reads it sees the old or the new ones.

    Its mode stays, and its owner where that is allowed; a link stays a link, and what it leads to is written. Raises
    ChangedMeanwhileError where the file does not hold the bytes that it is thought to hold, and OSError.
    """
    goal = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(prefix=f".{goal.name[:50]}.", suffix=".tmp", dir=goal.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(handle)
        _dress(name, goal.stat())
        _refuse_change(goal, before)
        os.replace(name, goal)  # noqa: PTH105 - the other way round it reads as if the goal were moved
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _refuse_change(path: Path, before: bytes) -> None:
    if path.read_bytes() != before:
        raise ChangedMeanwhileError


def _dress(name: str, like: os.stat_result) -> None:
    """Give a file the mode of another, and its owner where that is allowed."""
    with suppress(PermissionError):
        os.chown(name, like.st_uid, like.st_gid)
    Path(name).chmod(stat.S_IMODE(like.st_mode))


def _diff(file: str, before: bytes, after: bytes) -> str:
    """What changes, in the unified format. A carriage return is shown as ␍, a byte order mark as its code."""
    old, new = (_lines(data) for data in (before, after))
    return "\n".join(difflib.unified_diff(old, new, f"a/{file.lstrip('/')}", f"b/{file.lstrip('/')}", lineterm=""))


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace").replace("\r\n", "␍\n").replace("\r", "␍\n").replace("\ufeff", "<U+FEFF>")
    return text.removesuffix("\n").split("\n")
