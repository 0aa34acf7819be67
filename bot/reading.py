"""Reads posts so that none can cost more than it may: in booths, processes of their own that can be stopped.

A post that is not read in time or memory is read once more as text only, and one that ends its booth as well; the
operator sees it in the log, and among the post's problems. No booth is started before it is needed.
"""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection

import structlog

from bot.apart import begun, is_ready
from bot.booth import Cause, Failed, Order, bounded
from digest.identity import name_of
from digest.model import Digest, Post, Revision, Rules
from digest.problems import Code, Problem

MOST_WAIT = 20.0
"""Seconds until a booth is ended from outside: it counts its processor time itself, and the machine may be busy."""

MOST_WAIT_TO_START = 30.0
"""Seconds that a booth may take to start."""

AT_ONCE = os.cpu_count() or 1
"""So many posts are read at once, each in a booth of its own. Whoever has many to read asks from as many threads."""

SMALL = 16 * 1024
"""Bytes. A post of this size takes a quarter of a second at most: so long it may be read without a booth."""

REMEMBERED = 256
"""So many posts that cost too much are remembered, and not tried again."""

log = structlog.get_logger(__name__)

Answer = Digest | Failed
Attempt = Callable[[Order], Answer]


def read(post: Post, rules: Rules) -> Digest:
    """The digest that a post tells, within bounds of time and memory whatever the post is; from any thread.

    Never raises: a post that cannot be read, not even as text only, has a fatal problem.
    """
    return _booths(os.getpid()).read(post, rules)


def read_here(post: Post, rules: Rules) -> Digest:
    """The same in this process, by its main thread: for a process that does nothing but read (`bot.booth.confine`).

    What a library does without listening to signals is not bounded.
    """
    return _read(post, rules, lambda order: bounded(order.most_time, order.read))


@cache
def _booths(_process: int) -> Booths:
    booths = Booths()
    atexit.register(booths.close)
    return booths


def _read(post: Post, rules: Rules, attempt: Attempt, *, plainly: bool = False) -> Digest:
    """Read a post, and if need be as text only, and if need be not at all."""
    answer = None if plainly else attempt(Order(post=post, rules=rules))
    if isinstance(answer, Failed):
        _warn("post.read_as_text", post, rules, answer)
        answer = None
    answer = answer or attempt(Order(post=post, rules=rules, plainly=True))
    if isinstance(answer, Digest):
        return answer
    _warn("post.not_readable", post, rules, answer)
    problem = Problem(code=Code.TOO_COSTLY, details={"reason": answer.cause.value})
    return Digest(revision=name_of(post.data), series="", title="", problems=(problem,))


def _warn(event: str, post: Post, rules: Rules, failed: Failed) -> None:
    log.warning(event, source=rules.source, path=post.path, cause=failed.cause.value, words=failed.words)


# --- Booths ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Booth:
    """One process that reads, and the connection to it.

    `used`: whether it has answered before; `patience`: seconds until it is ended from outside.
    """

    program: subprocess.Popen[bytes]
    orders: Connection
    used: bool = False
    patience: float = MOST_WAIT

    @classmethod
    def started(cls) -> Booth:
        """Start a booth; raises OSError where that fails. It inherits the connection, and no secret."""
        booth = cls(*begun("bot.booth"))
        booth.wait()
        return booth

    def wait(self) -> None:
        """Wait until it has started; raises OSError where it does not."""
        try:
            ready = is_ready(self.orders, MOST_WAIT_TO_START)
        except BaseException:
            self.end()
            raise
        if not ready:
            self.end()
            raise ChildProcessError(f"a booth did not start: exit {self.program.returncode}")

    def read(self, order: Order) -> Answer:
        """Have a post read. A booth that does not answer is ended."""
        try:
            self.orders.send(order)
            if not self.orders.poll(self.patience):
                self.end()
                return Failed(cause=Cause.TIME, words="ended from outside")
            answer: Answer = pickle.loads(self.orders.recv_bytes())  # noqa: S301 - our own program wrote it
        except (EOFError, OSError):
            self.end()
            return Failed(cause=Cause.DEATH, words=f"exit {self.program.returncode}")
        except BaseException:
            self.end()
            raise
        self.used = True
        return answer

    @property
    def ended(self) -> bool:
        """Whether its process has ended."""
        return self.program.poll() is not None

    def end(self) -> None:
        """End its process, whatever it does."""
        self.orders.close()
        self.program.kill()
        self.program.wait()


@dataclass(slots=True)
class Booths:
    """The booths of a process: as many as read at once, at most one for each processor."""

    start: Callable[[], Booth] = Booth.started
    _idle: list[Booth] = field(default_factory=list)
    _heavy: OrderedDict[tuple[Revision, Rules], None] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))

    def read(self, post: Post, rules: Rules) -> Digest:
        """See `bot.reading.read`. What failed once is read as text only ever after, so that it stays the same."""
        key = (name_of(post.data), rules)

        def attempt(order: Order) -> Answer:
            answer = self._attempt(order)
            if isinstance(answer, Failed):
                self._remember(key)
            return answer

        return _read(post, rules, attempt, plainly=key in self._heavy)

    def close(self) -> None:
        """End the booths that nobody uses. Reading again starts new ones."""
        with self._lock:
            idle, self._idle = self._idle, []
        for booth in idle:
            booth.end()

    def _attempt(self, order: Order) -> Answer:
        with self._places:
            try:
                return self._read(order)
            except OSError as error:
                log.exception("booth.not_started", source=order.rules.source, path=order.post.path)
                return _without_booth(order, error)

    def _read(self, order: Order) -> Answer:
        booth = self._taken()
        known = booth.used
        answer = booth.read(order)
        if known and isinstance(answer, Failed) and answer.cause is Cause.DEATH:
            # It may have ended by itself just then, or because of a post before: only a fresh one can tell.
            booth = self.start()
            answer = booth.read(order)
        with self._lock:  # those that ended by themselves are let go, or each would stay behind as a dead process
            self._idle = [one for one in (*self._idle, booth) if not one.ended]
        return answer

    def _taken(self) -> Booth:
        while self._idle:
            with self._lock:
                booth = self._idle.pop() if self._idle else None
            if booth and not booth.ended:
                return booth
            if booth:
                booth.end()
        return self.start()

    def _remember(self, key: tuple[Revision, Rules]) -> None:
        with self._lock:
            self._heavy[key] = None
            while len(self._heavy) > REMEMBERED:
                self._heavy.popitem(last=False)


def _without_booth(order: Order, error: OSError) -> Answer:
    """Read a post where the system lets us start nothing: small ones as they are, others as text only."""
    if not order.plainly and len(order.post.data) > SMALL:
        return Failed(cause=Cause.DEATH, words=str(error))
    try:
        return order.read()
    except Exception as fault:  # noqa: BLE001 - a fault of reading itself is told, and stops no other post
        return Failed(cause=Cause.FAULT, words=repr(fault))
