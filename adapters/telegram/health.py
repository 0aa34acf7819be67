"""Whether an account can listen, told when it changes, and how long it waits before it tries again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from adapters import health
from adapters.platform import AccountDead, AccountTrouble, NotSent, Throttled
from adapters.telegram.errors import ours
from adapters.telegram.request import Answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a listener waits, in seconds unless it says otherwise."""

    poll: int = 50
    """For updates, in one request; Telegram allows no more."""
    answer: float = 10.0
    """For the answer to a request that waits for nothing."""
    probation: float = 3.0
    """For a rival to show before an account is admitted: one that is established polls again sooner."""
    first_rest: float = 1.0
    longest_rest: float = 60.0
    """Before Telegram is asked again: at most the first, twice as long each time, at most the longest."""
    failures: int = 3
    """How often in a row an established listener is not answered before it is told (times)."""
    dead: float = 180.0
    """Before a token that was refused is tried again."""
    rival: float = 1.0
    """Before an established listener polls again after a rival did."""
    siege: float = 10.0
    """The same, where the rival persists."""
    besieged: int = 4
    """How often a rival shows within `turned_away` until it persists (times)."""
    turned_away: float = 30.0
    """At least, and twice that at most, before a newcomer that met a rival tries again."""
    again: float = 0.1
    longest_again: float = 0.5
    """Before updates are asked for while some are not answered yet, which come again at once: first, and at most."""
    drain: float = 25.0
    """For what was taken to be answered, when the listener stops."""
    spinner: float = 4.0
    """For an answer to a press, before the press is told to have arrived."""
    news: tuple[float, ...] = (1.0, 4.0, 16.0)
    """Before news of a chat that could not be noted is told again, each time."""
    hook: float = 300.0
    """Between two looks at whether Telegram still posts to our webhook."""
    menus: float = 5.0
    """Between two looks at whether the commands have to be registered again."""
    menus_again: float = 300.0
    """Before commands that could not be registered are tried again."""


class Outrun(NotSent):
    """Somebody else confirmed updates while this program was waiting to be admitted."""


class Health(health.Health):
    """Tells the reception how the account is."""

    async def failed(self, error: Exception, failures: int, patience: Patience) -> None:
        """Telegram did not answer, so often in a row: tell it where it lasts, or where the token is dead."""
        trouble = trouble_in(error)
        if trouble is AccountTrouble.DEAD or failures >= patience.failures:
            await self.ill(trouble, str(ours(error)))


def trouble_in(error: Exception) -> AccountTrouble:
    """What an error says about the account as a whole."""
    if is_conflict(error) or isinstance(error, Outrun):
        return AccountTrouble.RIVAL
    return AccountTrouble.DEAD if isinstance(ours(error), AccountDead) else AccountTrouble.UNREACHABLE


def is_conflict(error: Exception) -> bool:
    """Whether another program asked for updates, or a webhook takes them (Bot API: 409)."""
    return isinstance(error, Answered) and error.status == HTTPStatus.CONFLICT and bool(error.description)


def rest(failures: int, error: Exception, patience: Patience, random: Callable[[], float]) -> float:
    """Seconds until Telegram is asked again after so many failures: any time up to a limit that doubles."""
    name = ours(error)
    if isinstance(name, Throttled):
        return name.retry_after
    if isinstance(name, AccountDead):
        return patience.dead * (1 + random() / 2)
    return health.ceiling(failures, first=patience.first_rest, longest=patience.longest_rest) * random()
