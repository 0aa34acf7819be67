"""One process a data folder: a lock that its owner's death releases, and that tells others whom to ask."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from storage.store import StoreBusy, StoreTrouble, StoreUnusable

FILE = "sudi.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a data folder: the process, and the address of its page (empty while it has none)."""

    pid: int
    address: str


class DataFolderLock:
    """The lock on a data folder. The system releases it when its process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._file: IO[str] | None = None

    def acquire(self, address: str = "") -> None:
        """Take the folder; raises StoreBusy, naming who holds it, and StoreUnusable where no lock can be made."""
        file = self._open()
        if not _locked(file):
            holder = _read(file)
            file.close()
            folder = self._path.parent
            raise StoreBusy(_who(folder, holder), folder=str(folder), holder=_named(holder))
        self._file = file
        self.tell(address)

    def tell(self, address: str) -> None:
        """Note the address of the page for those who come later; the lock must be held."""
        if self._file is None:
            raise RuntimeError("the lock is not held")
        self._file.seek(0)
        self._file.truncate()
        self._file.write(f"{os.getpid()}\n{address}\n")
        self._file.flush()

    def release(self) -> None:
        """Let the folder go; harmless where it is not held."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None

    def holder(self) -> Holder | None:
        """Who holds the folder now, this process included; None when nobody does."""
        if not self._path.exists():
            return None
        with self._open() as file:
            return None if _locked(file) else _read(file)

    def _open(self) -> IO[str]:
        try:
            return self._path.open("a+", encoding="utf-8")
        except OSError as error:
            details = {"folder": str(self._path.parent), "said": error.strerror or str(error)}
            raise StoreUnusable(f"The data folder cannot be used: {error}.", StoreTrouble.NO_FOLDER, details) from error

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _locked(file: IO[str]) -> bool:
    """Whether the lock could be taken; closing the file lets it go."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: IO[str]) -> Holder:
    file.seek(0)
    pid, _, address = file.read().partition("\n")
    return Holder(pid=int(pid) if pid.isdigit() else 0, address=address.strip())


def _named(holder: Holder) -> str:
    """Who it is, without words of any language: its address and its process."""
    return " · ".join(filter(None, (holder.address, f"PID {holder.pid}" if holder.pid else ""))) or "?"


def _who(folder: Path, holder: Holder) -> str:
    who = f"process {holder.pid}" if holder.pid else "another process"
    at = f" ({holder.address})" if holder.address else ""
    return f"{folder} is in use by {who}{at}: stop it, or give this one a data folder of its own."
