"""Which files of a source are posts: globs that name them, globs that leave some out, and what is never one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

POSTS: Final = ("*.md", "*.markdown")
"""What posts are called where nothing else is said."""

_ENDINGS: Final = ("md", "markdown")
_NO_POST = re.compile(
    r"""
      (?P<hidden>[.~])       # swap files (.x.md.swp, .#x.md), what Syncthing and rsync are writing, lock files (~$x.md)
    | (?P<section>_index\.)  # Hugo's page about a section
    | (?P<backup>.*[ ._-]bak\.[^.]+$)
    | (?P<project>(?:readme|changelog|contributing|contributors|license|licence|security|code_of_conduct)
        (?:[._-].*)?\.[^.]+$)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NO_FOLDER: Final = frozenset({"node_modules", "__pycache__", "_site"})
DRAFTS: Final = "_drafts"
"""Jekyll's folder of drafts, which is entered only where drafts are published."""


class WhyNot(StrEnum):
    """Why a file is no post. The values are the codes that `sudi check` tells."""

    HIDDEN = "no-post-hidden"
    SECTION = "no-post-section"
    BACKUP = "no-post-backup"
    PROJECT = "no-post-project"
    FOLDER = "no-post-folder"
    """It lies in a folder that is not entered."""
    UNSELECTED = "no-post-unselected"
    """Its source does not select it."""


_NAMED_ENDING = re.compile(r"\.(?P<ending>\w+)$")
_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Glob:
    """A pattern over paths within a source, compiled.

    Without a slash it fits a name in any folder, with one the path from the source's top; `*` stays within a folder,
    `**` goes through any number of them, and what ends with a slash fits everything below a folder. Large and small
    letters are the same. `ending`: the file ending that it names. `plain`: it names one file, and no more.
    """

    fits: re.Pattern[str]
    ending: str = ""
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """The posts of a source: what fits one of `include` and none of `exclude`. Raises ValueError for a bad pattern.

    A pattern that names no ending fits only Markdown. Junk (hidden files, READMEs, backups) is none, unless a pattern
    without wildcards names that very file. `drafts`: whether the folder of drafts is entered.
    """

    include: tuple[str, ...] = POSTS
    exclude: tuple[str, ...] = ()
    drafts: bool = False
    _in: tuple[Glob, ...] = field(init=False, repr=False, compare=False)
    _out: tuple[Glob, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_in", tuple(glob(pattern) for pattern in self.include))
        object.__setattr__(self, "_out", tuple(glob(pattern) for pattern in self.exclude))

    def enters(self, path: str, name: str) -> bool:
        """Whether posts may lie in the folder of this path."""
        if name.startswith(".") or name in _NO_FOLDER or (name == DRAFTS and not self.drafts):
            return False
        return not (self._out and (_fits(self._out, path) or _fits(self._out, f"{path}/")))

    def takes(self, path: str, name: str) -> bool:
        """Whether the file of this path is a post."""
        ending = name.rpartition(".")[2].lower()
        junk = _NO_POST.match(name) is not None
        named = (
            found.fits.fullmatch(path) is not None
            for found in self._in
            if (found.plain or not junk) and (found.ending or ending in _ENDINGS)
        )
        return any(named) and not (self._out and _fits(self._out, path))

    def why_not(self, path: str) -> WhyNot | None:
        """Why the file of this path is no post; None where it is one."""
        above, _, name = path.rpartition("/")
        steps = above.split("/") if above else []
        if not all(self.enters("/".join(steps[: at + 1]), step) for at, step in enumerate(steps)):
            return WhyNot.FOLDER
        if self.takes(path, name):
            return None
        junk = _NO_POST.match(name)
        return WhyNot[junk.lastgroup.upper()] if junk and junk.lastgroup else WhyNot.UNSELECTED

    @property
    def endings(self) -> tuple[str, ...]:
        """The endings that its posts may have."""
        return tuple(dict.fromkeys(_endings(self._in)))


def glob(pattern: str) -> Glob:
    """A pattern compiled; raises ValueError where there is nothing in it, or it leads out of the source."""
    words = pattern.strip().removeprefix("./").removeprefix("/")
    steps = words.rstrip("/").split("/")
    if not all(steps) or ".." in steps:
        raise ValueError(pattern)
    anchored = "/" in words.rstrip("/") or pattern.startswith(("/", "./"))
    below = words.endswith("/")
    whole = "".join(_pieces(steps if anchored else ["**", *steps])) + ("/.*" if below else "")
    last = _NAMED_ENDING.search(steps[-1]) if not below else None
    try:
        fits = re.compile(whole, re.IGNORECASE | re.DOTALL)
    except re.error:
        raise ValueError(pattern) from None
    return Glob(fits=fits, ending=last["ending"].lower() if last else "", plain=not below and not _WILD.search(words))


def _pieces(steps: Iterable[str]) -> Iterator[str]:
    """The regular expression of each step of a path, with the slashes between them."""
    waiting = ""
    for step in steps:
        if step == "**":
            yield f"{waiting}(?:[^/]+/)*" if waiting else "(?:[^/]+/)*"
            waiting = ""
            continue
        yield waiting + _step(step)
        waiting = "/"
    if not waiting:
        yield ".+"


def _step(step: str) -> str:
    """The regular expression of one step: `*`, `?` and `[a-c]` within a name."""
    return "".join(_sign(sign) for sign in re.findall(r"\*+|\?|\[!?[^\]/]+\]|.", step, re.DOTALL))


def _sign(sign: str) -> str:
    if sign.startswith("*"):
        return "[^/]*"
    if sign == "?":
        return "[^/]"
    if len(sign) > 1:
        within = sign[1:-1].replace("\\", r"\\")
        return f"[^{within[1:]}]" if within.startswith("!") else f"[{within.replace('^', chr(92) + '^')}]"
    return re.escape(sign)


def _fits(globs: Iterable[Glob], path: str) -> bool:
    return any(found.fits.fullmatch(path) for found in globs)


def _endings(globs: Iterable[Glob]) -> Iterator[str]:
    for found in globs:
        yield from (found.ending,) if found.ending else _ENDINGS


EVERYTHING: Final = Selection()
"""Every Markdown file that is no junk."""
