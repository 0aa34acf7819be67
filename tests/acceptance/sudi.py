"""The real program as a child process, in a folder of its own, seen from outside: its page, its files, its signals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TypeVar

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 30.0

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """A browser without script: it has the cookie."""

    address: str
    opener: urllib.request.OpenerDirector

    def see(self, path: str = "/") -> str:
        """The HTML of a page."""
        with self.opener.open(f"{self.address}{path}", timeout=PATIENCE) as answer:
            text: str = answer.read().decode()
            return text

    def wait_for(self, words: str, path: str = "/") -> str:
        """The page, as soon as it shows these words."""
        return until(lambda: page if words in (page := self.see(path)) else None, f"{words!r} on {path}")


class Sudi:
    """A running Sudi: `folder` is its working folder."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, out: Path) -> None:
        self.process = process
        self.folder = folder
        self._out = out

    @property
    def key(self) -> str:
        """The key of its page."""
        return (self.folder / "var/data/key").read_text().strip()

    @property
    def printed(self) -> str:
        """Everything that it has printed and logged."""
        return self._out.read_text()

    def visit(self) -> Visitor:
        """Open the printed address."""
        entrance = until(lambda: re.search(r"(http://[\w.:]+)/\?key=(\S+)", self.printed), "the printed address")
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )
        opener.open(entrance[0], timeout=PATIENCE).close()
        return Visitor(address=entrance[1], opener=opener)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and wait for the end; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def sudi(folder: Path, *arguments: str, **variables: str) -> Iterator[Sudi]:
    """Run `sudi run …` in a folder; it is killed at the end if it still runs."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SUDI_")}
    environment = inherited | {"PYTHONPATH": str(REPOSITORY), "SUDI_PORT": "0"} | variables
    number = len(list(folder.glob("out-*.txt"))) + 1
    with (folder / f"out-{number}.txt").open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Sudi(process, folder, Path(out.name))
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(PATIENCE)


def until(look: Callable[[], T | None], what: str) -> T:
    """What looking finds, as soon as it finds something."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if (found := look()) is not None:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain for {what}")
