"""One process a data folder, even when the first one dies without a word."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.lock import DataFolderLock, Holder
from storage.store import StoreBusy, StoreUnusable

ROOT = Path(__file__).parents[2]
PROGRAM = """
import pathlib, sys
from storage.lock import DataFolderLock
lock = DataFolderLock(pathlib.Path(sys.argv[1]))
lock.acquire("http://127.0.0.1:8765")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the folder."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_fault_34_a_second_process_is_refused(tmp_path: Path, other: subprocess.Popen[bytes]) -> None:
    """The second process on a data folder is refused, and hears who holds it and where its page is."""
    with pytest.raises(StoreBusy, match=rf"process {other.pid} \(http://127\.0\.0\.1:8765\)"):
        DataFolderLock(tmp_path).acquire()
    assert DataFolderLock(tmp_path).holder() == Holder(pid=other.pid, address="http://127.0.0.1:8765")


def test_fault_34_a_killed_process_lets_go(tmp_path: Path, other: subprocess.Popen[bytes]) -> None:
    """A process that is killed holds nothing any more, whatever stands in the file."""
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert DataFolderLock(tmp_path).holder() is None
    with DataFolderLock(tmp_path):
        assert DataFolderLock(tmp_path).holder() == Holder(pid=os.getpid(), address="")


def test_a_lock_is_released_and_told_anew(tmp_path: Path) -> None:
    """A lock is free after its release, and says the address that it was told last."""
    lock = DataFolderLock(tmp_path)
    assert lock.holder() is None
    lock.acquire("http://first.example")
    lock.tell("http://a.example")
    assert DataFolderLock(tmp_path).holder() == Holder(pid=os.getpid(), address="http://a.example")
    with pytest.raises(StoreBusy):
        DataFolderLock(tmp_path).acquire()
    lock.release()
    lock.release()
    assert lock.holder() is None
    with pytest.raises(RuntimeError):
        lock.tell("http://b.example")


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """Where no lock can be made the error names the folder."""
    with pytest.raises(StoreUnusable, match="nowhere"):
        DataFolderLock(tmp_path / "nowhere").acquire()
