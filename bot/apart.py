"""Starts programs of our own in processes apart: they share one connection with us, and no secret."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from multiprocessing.connection import Connection, Pipe
from typing import Final

READY: Final = b"ready"
"""The first that a program says over its connection."""

_INHERITED: Final = re.compile(r"(?:PYTHON|LC_|LD_|DYLD_)\w*|PATH|LANG|TZ|TMPDIR")
"""Of the environment: what a Python needs to start. Any other variable may hold a token, whatever it is called."""


def begun(module: str) -> tuple[subprocess.Popen[bytes], Connection]:
    """Start the `main` of one of our modules; raises OSError where that fails.

    The number of its connection is its last argument. What is sent to our terminal does not reach it.
    """
    begin = f"import sys; sys.path[:] = sys.argv[1:-1]; from {module} import main; main()"
    here, there = Pipe()
    with there:
        program = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", begin, *sys.path, str(there.fileno())],
            pass_fds=[there.fileno()],
            env={name: value for name, value in os.environ.items() if _INHERITED.fullmatch(name)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    return program, here


def is_ready(connection: Connection, seconds: float) -> bool:
    """Whether the program at the other end says within this time that it has started."""
    try:
        return connection.poll(seconds) and connection.recv_bytes() == READY
    except EOFError:
        return False
