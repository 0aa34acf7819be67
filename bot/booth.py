"""The program of a booth: a process of its own that reads posts, and in which one that costs too much can be stopped.

It reads one post after the other, each within a bound of processor time and of memory, and ends when whoever started
it does. It imports nothing that it does not need to read: no store, no platform, no settings.
"""

from __future__ import annotations

import gc
import pickle
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from types import FrameType
from typing import TypeVar

from bot.apart import READY
from digest.model import Digest, Post, Rules
from digest.read import read

MOST_TIME = 1.2
"""Seconds of processor time to read a post; ten times what the largest real one takes."""

MOST_TIME_PLAINLY = 0.7
"""Seconds of processor time to read a post as text only: a slow processor takes over half of it for the worst."""

MOST_MEMORY = 170 << 20
"""Bytes that a booth may hold, itself included."""

IDLE = 60.0
"""Seconds without a post after which a booth ends by itself."""

_AGAIN = 0.05
"""Seconds after which the time is up once more: the first time may have come where errors are swallowed."""

T = TypeVar("T")


class Cause(StrEnum):
    """Why a post could not be read as what it is."""

    TIME = "time"
    MEMORY = "memory"
    FAULT = "fault"
    DEATH = "death"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be read, and how."""

    post: Post
    rules: Rules
    plainly: bool = False

    @property
    def most_time(self) -> float:
        """Seconds of processor time that it may take."""
        return MOST_TIME_PLAINLY if self.plainly else MOST_TIME

    def read(self) -> Digest:
        """The digest, without any bound."""
        return read(self.post, self.rules, plainly=self.plainly)

    def written(self) -> bytes:
        """The digest as it goes over a connection."""
        return pickle.dumps(self.read(), pickle.HIGHEST_PROTOCOL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A post was not read; `words` tell an operator more."""

    cause: Cause
    words: str = ""


class TimeUpError(BaseException):
    """The time is up. Nothing on the way may take it for an error of the post."""


def bounded(seconds: float, work: Callable[[], T]) -> T | Failed:
    """The work done within so much processor time; to be called in a process's main thread, which alone can be told."""
    before = signal.signal(signal.SIGPROF, _time_up)
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN)
        try:
            return work()
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except TimeUpError:
        return Failed(cause=Cause.TIME)
    except MemoryError:
        return Failed(cause=Cause.MEMORY)
    except Exception:  # noqa: BLE001 - a fault of reading itself is told, and stops no other post
        return Failed(cause=Cause.FAULT, words=traceback.format_exc(limit=-4))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)  # the time may have been up just before it was stopped
        signal.signal(signal.SIGPROF, before)


def _time_up(_number: int, _frame: FrameType | None) -> None:
    raise TimeUpError


def confine() -> None:
    """Bound what this process may ever hold, where the system can, and leave no core behind."""
    for bound, most in ((resource.RLIMIT_DATA, MOST_MEMORY), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):
            resource.setrlimit(bound, (most, most))


def main() -> None:
    """Read what comes over the connection whose number is the last argument, until it closes."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # whoever started it is told so too, and closes the connection
    confine()
    gc.freeze()
    with Connection(int(sys.argv[-1])) as orders, suppress(EOFError, OSError):
        orders.send_bytes(READY)
        while orders.poll(IDLE):
            order: Order = orders.recv()
            gc.disable()  # a large post makes many objects that all stay: looking for others doubles the time
            answer = bounded(order.most_time, order.written)
            orders.send_bytes(pickle.dumps(answer) if isinstance(answer, Failed) else answer)
            gc.enable()
