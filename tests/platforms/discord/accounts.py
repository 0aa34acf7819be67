"""A bot on the simulated Discord: its token, its application and its commands."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from tests.platforms.discord.servers import Json, User


@dataclass(slots=True, kw_only=True, eq=False)
class BotAccount:
    """A bot. `application`: the id of its application, which is not the bot's. `flags`: the application's.

    `commands`: the global ones, as they were registered, with ids; `created`: when commands were created, in seconds
    of the clock. `shards`, `session_starts_left`, `session_reset_after` (seconds), `max_concurrency`: what
    GET /gateway/bot says.
    """

    user: User
    token: str
    application: int
    flags: int = 0
    is_revoked: bool = False
    interactions_endpoint: str | None = None
    is_public: bool = True
    commands: list[Json] = field(default_factory=list)
    created: deque[float] = field(default_factory=deque)
    shards: int = 1
    session_starts: int = 1_000
    session_starts_left: int = 1_000
    session_reset_after: float = 86_400.0
    max_concurrency: int = 1

    @property
    def id(self) -> int:
        """The bot's user id."""
        return self.user.id
