"""What stands for a hole in reading that nobody has found: words of a source's rules that do harm when they are used.

They are used only where a post has a relative link, and never where it is read as text only.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from digest.model import Post, Rules
from tests.digest.posts import RULES

TRAPPED = Post(path="x.md", data="---\ntitle: t\n---\n\n词语 [a](b.md) 词语\n".encode())
"""A post that uses them."""


def _endless() -> None:
    while True:
        pass


def _deaf() -> None:
    signal.signal(signal.SIGPROF, signal.SIG_IGN)
    _endless()


def _greedy() -> None:
    held = []
    while True:
        held.append(bytearray(1 << 20))


def _deadly() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _swallowing() -> None:
    for _ in range(3):
        with suppress(BaseException):
            _endless()
    _endless()


def _faulty() -> None:
    raise SystemError("a fault")


HARMS: dict[str, Callable[[], None]] = {
    harm.__name__.strip("_"): harm for harm in (_endless, _deaf, _greedy, _deadly, _swallowing, _faulty)
}


class Trap(str):
    """A base URL that does the harm that it names."""

    __slots__ = ()

    def __str__(self) -> str:
        HARMS[super().__str__()]()
        return "https://a.b/"


def trap(harm: str) -> Rules:
    """The rules of a source whose posts do this harm."""
    return replace(RULES, source="trap", base_url=Trap(harm))
