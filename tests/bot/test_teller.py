"""What is told at the terminal, whether anybody reads it or not."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import closing
from typing import TextIO

import pytest

from bot.teller import Teller


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIO]]:
    """A pipe: where it is read, and the stream that is written."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        yield reading, stream
    os.close(reading)


def _fill(stream: TextIO) -> int:
    """Write as much as fits; the number of bytes."""
    number, written = stream.fileno(), 0
    os.set_blocking(number, False)
    while True:
        try:
            written += os.write(number, b"." * 4096)
        except BlockingIOError:
            os.set_blocking(number, True)
            return written


def _read(number: int, size: int) -> bytes:
    found = b""
    while len(found) < size:
        found += os.read(number, size - len(found))
    return found


def test_fault_47_a_terminal_that_is_stopped_holds_nobody_up(pipe: tuple[int, TextIO]) -> None:
    """Whoever tells something goes on though nobody reads it; who reads later finds it whole and in order."""
    reading, stream = pipe
    filled = _fill(stream)
    teller = Teller(stream)
    teller.say("第一行")
    teller.say("x" * 100_000)
    stream.flush()  # the stream itself is not held by whoever waits to write
    teller.close()
    assert _read(reading, filled).strip(b".") == b""
    assert _read(reading, 100_011).decode() == "第一行\n" + "x" * 100_000 + "\n"


def test_fault_47_a_terminal_that_is_gone_is_no_fault(pipe: tuple[int, TextIO]) -> None:
    """What nobody can read is told in vain, and ends nothing."""
    reading, stream = pipe
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, reading)  # the pipe's reader is gone
    os.close(nothing)
    with closing(Teller(stream)) as teller:
        teller.say("a")
    closed = io.StringIO()
    closed.close()
    with closing(Teller(closed)) as teller:
        teller.say("b")


def test_what_was_told_is_there_when_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    """Everything is printed before the teller is closed; where no stream is named, it is the program's own output."""
    with closing(Teller()) as teller:
        for number in range(100):
            teller.say(f"{number}\udcff")
    assert capsys.readouterr().out.splitlines() == [f"{number}\\udcff" for number in range(100)]
