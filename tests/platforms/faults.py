"""What can go wrong on the way to any platform: a trap waits for calls that fit and spoils so many of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


class Way(StrEnum):
    """What becomes of an answer's bytes."""

    WHOLE = "whole"
    HANG = "hang"
    RESET = "reset"
    DRIP = "drip"
    CUT = "cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyFault(ABC):
    """One way to go wrong. `executes`: whether the call is carried out all the same.

    `status`, `body`, `kind`: what is answered in place of the answer; `way`: how its bytes travel; `wait`: seconds
    before anything is answered; `delay`: seconds before it is carried out. Made by the functions below, and by those
    that a platform adds.
    """

    name: str
    executes: bool = False
    way: Way = Way.WHOLE
    status: int | None = None
    body: bytes | None = None
    kind: str = "application/json"
    wait: float = 0.0
    delay: float = 0.0

    # --- What a platform says in its own words

    @classmethod
    @abstractmethod
    def server_error(cls, status: int = 502, *, html: bool = False, executed: bool = False) -> Self:
        """5xx: as the platform says it, or in HTML as what stands before it does."""

    @classmethod
    @abstractmethod
    def flood(cls, retry_after: Any = None, *, html: bool = False) -> Self:
        """429 with whatever stands for the seconds: absent (None), negative, absurd, no number; or in HTML."""

    @classmethod
    @abstractmethod
    def half_json(cls) -> Self:
        """Carry it out, and answer half of the JSON."""

    @classmethod
    @abstractmethod
    def wrong_types(cls) -> Self:
        """Carry it out, and answer with JSON in which nothing is what it should be."""

    @classmethod
    @abstractmethod
    def huge(cls, megabytes: int = 64) -> Self:
        """Carry it out, and answer far too much."""

    # --- What may happen on the way to any

    @classmethod
    def hang(cls, *, executed: bool = False) -> Self:
        """Accept and never answer."""
        return cls(name="hang", executes=executed, way=Way.HANG)

    @classmethod
    def lost_answer(cls) -> Self:
        """Carry it out, then close without an answer."""
        return cls(name="executed, answer lost", executes=True, way=Way.CUT, body=b"")

    @classmethod
    def reset(cls, *, executed: bool) -> Self:
        """Reset the connection, before or after carrying it out."""
        return cls(name=f"reset {'after' if executed else 'before'}", executes=executed, way=Way.RESET)

    @classmethod
    def drip(cls, *, executed: bool = True, seconds: float = 1.0) -> Self:
        """A byte in so many seconds."""
        return cls(name="drip", executes=executed, way=Way.DRIP, wait=seconds)

    @classmethod
    def null(cls) -> Self:
        """Carry it out, and answer null."""
        return cls(name="null", executes=True, body=b"null")

    @classmethod
    def latency(cls, seconds: float) -> Self:
        """Answer properly, but late."""
        return cls(name=f"{seconds} s late", executes=True, wait=seconds)

    @classmethod
    def late(cls, seconds: float) -> Self:
        """Carry it out only then, whether or not somebody still waits for the answer."""
        return cls(name=f"carried out {seconds} s late", executes=True, delay=seconds)


@dataclass(slots=True, kw_only=True, eq=False)
class AnyTrap:
    """Waits for calls that fit; passes `after` of them, then spoils `times`."""

    after: int = 0
    times: int = 1
    hits: int = 0
    passed: int = 0

    def counts(self) -> bool:
        """A call fits: whether it is spoiled."""
        if self.hits >= self.times:
            return False
        if self.passed < self.after:
            self.passed += 1
            return False
        self.hits += 1
        return True

    def cancel(self) -> None:
        """Let everything pass from now on."""
        self.times = self.hits

    @property
    def is_spent(self) -> bool:
        """Whether it has spoiled all that it should."""
        return self.hits >= self.times
