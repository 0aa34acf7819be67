"""Checks many files on all cores: processes of their own, whose reports come back in the order of the files.

A process that dies is told of with the file that it was at, and loses nothing else. Only so many reports are held as
are needed to keep the order.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Final, Self

from bot.apart import READY, begun, is_ready
from bot.booth import confine
from bot.checking.files import Errand
from bot.checking.report import Report, fault
from bot.checking.rewriting import Wish, checked_file

WORTH_A_CREW: Final = 300
"""From so many files on, starting processes takes less time than they save."""

_BATCH: Final = 8
"""Files that a mate is handed at once; it holds at most two batches."""

_AHEAD: Final = 64
"""Batches for each mate that may be under way or wait for one before them."""

_TO_START: Final = 60.0
"""Seconds that a mate may take to start."""

_MOST_SILENCE: Final = 60.0
"""Seconds after which mates of which none says anything are ended. Reading bounds itself by far less."""

Order = tuple[Sequence[Errand], Wish]


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def reports(errands: Iterable[Errand], wish: Wish, *, jobs: int) -> Iterator[Report]:
    """A report for each file, in their order, made by so many processes; by this one where no other can be started."""
    waiting = iter(errands)
    try:
        crew = Crew.started(jobs, wish)
    except OSError:
        yield from (checked_file(errand, wish) for errand in waiting)
        return
    with crew:
        yield from crew.reports(waiting)


# --- A mate ------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Mate:
    """One process that checks, the connection to it, and the files that it has yet to answer for, by their places."""

    program: subprocess.Popen[bytes]
    line: Connection
    under_way: deque[tuple[int, Errand]] = field(default_factory=deque)

    @classmethod
    def started(cls) -> Mate:
        """Start a mate; raises OSError where that fails. It inherits the connection, and no secret."""
        return cls(*begun("bot.checking.crew"))

    def greet(self) -> None:
        """Wait until it has started; raises OSError where it does not."""
        if not is_ready(self.line, _TO_START):
            raise ChildProcessError("a process that checks did not start")

    def end(self) -> None:
        """Have it finish the file that it is at, so that none is left half-written, and end."""
        self.line.close()
        try:
            self.program.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.program.kill()
            self.program.wait()


# --- A crew ------------------------------------------------------------------------------------------------------


class Crew:
    """The mates, what they are at, and the reports that wait for one before them."""

    def __init__(self, mates: Sequence[Mate], wish: Wish) -> None:
        self._mates = list(mates)
        self._wish = wish
        self._handed = self._told = 0
        self._made: dict[int, Report] = {}
        self._again: deque[tuple[int, Errand]] = deque()

    @classmethod
    def started(cls, jobs: int, wish: Wish) -> Crew:
        """Start so many mates; raises OSError where one cannot be started."""
        with ExitStack() as ends:
            mates = []
            for _ in range(jobs):
                mates.append(Mate.started())
                ends.callback(mates[-1].end)
            for mate in mates:
                mate.greet()
            ends.pop_all()
        return cls(mates, wish)

    def __enter__(self) -> Self:
        """Work with them."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every mate."""
        for mate in self._mates:
            mate.line.close()
        for mate in self._mates:
            mate.end()

    def reports(self, waiting: Iterator[Errand]) -> Iterator[Report]:
        """A report for each file, in their order."""
        self._hand_out(waiting)
        while any(mate.under_way for mate in self._mates) or self._made:
            while (report := self._made.pop(self._told, None)) is not None:
                self._told += 1
                yield report
            self._hand_out(waiting)
            self._listen([mate for mate in self._mates if mate.under_way])

    def _listen(self, busy: Sequence[Mate]) -> None:
        """Hear whoever has something to say; who is silent for too long is ended, which is heard next."""
        speaking = wait([mate.line for mate in busy], _MOST_SILENCE) if busy else []
        for mate in busy:
            if not speaking:
                mate.program.kill()
            elif mate.line in speaking:
                self._hear(mate)

    def _hand_out(self, waiting: Iterator[Errand]) -> None:
        """Give each mate that will soon have nothing to do something to do."""
        for mate in list(self._mates):
            while len(mate.under_way) <= _BATCH and (batch := self._next_batch(waiting)):
                if not self._handed_to(mate, batch):
                    break

    def _handed_to(self, mate: Mate, batch: Sequence[tuple[int, Errand]]) -> bool:
        """Whether the mate took the files. One that has died meanwhile is replaced; what it was at is still heard."""
        try:
            mate.line.send(([errand for _, errand in batch], self._wish))
        except OSError:
            self._again.extend(batch)
            if not mate.under_way:
                self._replace(mate)
            return False
        mate.under_way.extend(batch)
        return True

    def _next_batch(self, waiting: Iterator[Errand]) -> list[tuple[int, Errand]]:
        if self._again:
            return [self._again.popleft() for _ in range(min(_BATCH, len(self._again)))]
        if self._handed - self._told > _AHEAD * _BATCH * len(self._mates):
            return []
        batch = list(enumerate(islice(waiting, _BATCH), self._handed))
        self._handed += len(batch)
        return batch

    def _hear(self, mate: Mate) -> None:
        try:
            report: Report = mate.line.recv()
        except (EOFError, OSError):
            self._bury(mate)
            return
        self._made[mate.under_way.popleft()[0]] = report

    def _bury(self, mate: Mate) -> None:
        """A mate has died over a file: that is told, and another mate takes what it had before it."""
        mate.end()
        place, errand = mate.under_way.popleft()
        why = str(mate.program.returncode)
        self._made[place] = Report(file=str(errand.path), findings=(fault("crashed", why=why),))
        self._again.extend(mate.under_way)
        self._replace(mate)

    def _replace(self, mate: Mate) -> None:
        mate.end()
        self._mates.remove(mate)
        fresh = Mate.started()
        self._mates.append(fresh)
        fresh.greet()


# --- The program of a mate ---------------------------------------------------------------------------------------


def main() -> None:
    """Check the files that come over the connection whose number is the last argument, until it closes."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # whoever started it is told so too, and closes the connection
    confine()
    with Connection(int(sys.argv[-1])) as line, suppress(EOFError, OSError):
        line.send_bytes(READY)
        while True:
            errands, wish = line.recv()
            for errand in errands:
                line.send(checked_file(errand, wish))
