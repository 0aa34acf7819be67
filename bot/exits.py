"""How the program ends: the exit codes of `sudi`."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """One meaning for each code; `docs/operating.md` lists them."""

    FINE = 0
    WRONG = 1
    """What was asked about is not right: a post that cannot be delivered, a refusal, something to mend."""
    MISUSE = 2
    """The command line or the settings are wrong: nothing was done."""
    UNREACHABLE = 3
    """The database or the running Sudi cannot be used now: trying later may help."""
    BROKEN = 70
    """Something that should not happen: a mistake of Sudi's own."""
    INTERRUPTED = 130
    """The user stopped it."""
    UNREAD = 141
    """Whoever read the output has gone before its end, as `head` does; what every Unix program ends with then."""
