"""How long an account on Discord waits, and what an error says about the account as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adapters import health
from adapters.discord.errors import ours
from adapters.platform import AccountDead, AccountTrouble, Throttled


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long an account waits, in seconds unless it says otherwise."""

    defer: float = 1.5
    """For an answer, before Discord is told that it takes longer; Discord waits 3 s."""
    late: float = 2.5
    """For what is suggested to somebody who types; afterwards nothing is."""
    word: float = 2.0
    """For the answer to the first word about an interaction, before it is said again."""
    rights: float = 10.0
    """For the answer to any other request that somebody waits for."""
    again: float = 0.3
    """Before an answer that did not arrive is given again."""
    first_rest: float = 1.0
    longest_rest: float = 60.0
    """Before Discord or its gateway is tried again: at most the first, twice as long each time, at most the longest."""
    connect: float = 30.0
    """For a connection to the gateway, until it says hello."""
    silence: float = 60.0
    """Without a word from the gateway, before a connection counts as lost; it acknowledges heartbeats every 41 s."""
    away: float = 5.0
    """Without the gateway, before it is told."""
    identify: float = 5.0
    """Between two sessions that begin in one of Discord's slots."""
    told: float = health.TOLD_AGAIN
    """Before it is told again how the account is: it may not have been written down."""
    dead: float = 180.0
    """Before a token that was refused is tried again."""
    commands: float = 300.0
    """Before commands that could not be registered are tried again."""
    drain: float = 25.0
    """For what was taken to be answered, when the listener stops."""
    news: tuple[float, ...] = (1.0, 4.0, 16.0, 64.0)
    """Before news of a chat that could not be noted is told again: each time, the last for all that follow."""
    hush: float = 60.0
    """Before the clock, which may jump, is looked at again: it tells which time-outs are over."""


def trouble_in(error: Exception) -> AccountTrouble:
    """What an error of a request says about the account."""
    return AccountTrouble.DEAD if isinstance(ours(error), AccountDead) else AccountTrouble.UNREACHABLE


def failures_now(before: int, lasted: float, patience: Patience) -> int:
    """How often in a row it has failed by now: what lasted for longer than any rest is no failure."""
    return 1 if lasted > patience.longest_rest else before + 1


def rest(failures: int, error: Exception, patience: Patience, random: Callable[[], float]) -> float:
    """Seconds until Discord is asked again after so many failures: any time up to a limit that doubles."""
    name = ours(error)
    if isinstance(name, Throttled):
        return name.retry_after
    if isinstance(name, AccountDead):
        return patience.dead * (1 + random() / 2)
    return health.ceiling(failures, first=patience.first_rest, longest=patience.longest_rest) * random()
