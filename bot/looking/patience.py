"""How long whatever fails is left alone: twice as long after each failure in a row, up to a limit, jittered. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Rests between two attempts: `usual` while all is well, at most `longest` after failures."""

    usual: timedelta
    longest: timedelta

    def rest(self, failures: int, jitter: float) -> timedelta:
        """How long to rest after so many failures in a row; `jitter` is a random number from 0 to 1.

        Never shorter than usual; half of what is longer is left to chance, so that many do not come back at once.
        """
        if failures == 0:
            return self.usual
        window = min(self.usual * (1 << min(failures, 20)), max(self.longest, self.usual))
        return max(self.usual, window / 2 + window / 2 * jitter)
