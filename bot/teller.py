"""Tells who sits at the terminal, in a thread of its own: one that is stopped (Ctrl-S, a full pipe) stops nobody."""

from __future__ import annotations

import os
import queue
import sys
import threading
from typing import Final, TextIO

import structlog

MOST: Final = 1_000
"""Lines that wait for somebody to read them; what comes beyond is not told."""
LAST_LINES: Final = 1.0
"""Seconds that the last lines have to be printed."""

log = structlog.get_logger(__name__)


class Teller:
    """Prints lines to a stream (standard output where none is given), in order, as soon as it takes them."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lines: queue.Queue[str | None] = queue.Queue(MOST)
        self._writer = threading.Thread(target=self._write, name="terminal", daemon=True)
        self._writer.start()

    def say(self, line: str) -> None:
        """Have a line printed; returns at once. Nobody may read it: what runs does not depend on that."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            log.info("printed.in_vain")

    def close(self) -> None:
        """Return when everything is printed, or after a second."""
        try:
            self._lines.put_nowait(None)
        except queue.Full:
            return
        self._writer.join(LAST_LINES)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                _print(self._stream, f"{line}\n")
            except (OSError, ValueError):
                log.info("printed.in_vain")


def _print(stream: TextIO, text: str) -> None:
    """Past the stream's own buffer, where it is a file: whoever waits to write would hold that, also at the exit."""
    text = text.encode("utf-8", "backslashreplace").decode()
    try:
        number = stream.fileno()
    except (OSError, ValueError, AttributeError):
        stream.write(text)
        stream.flush()
        return
    rest = text.encode(stream.encoding or "utf-8", "backslashreplace")
    while rest:
        rest = rest[os.write(number, rest) :]
