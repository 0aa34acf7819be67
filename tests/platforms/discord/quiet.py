"""The simulator without sockets, its clock in the test's hand: a request is a function call."""

from __future__ import annotations

import json
from typing import Any

from tests.platforms.discord.answers import Answer
from tests.platforms.discord.core import USER_AGENT
from tests.platforms.discord.limits import UNLIMITED, Limits
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.servers import Channel, Guild, Role
from tests.platforms.discord.simulator import Simulation
from tests.platforms.discord.transcript import Request

WRITER = ("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "SEND_MESSAGES_IN_THREADS", "READ_MESSAGE_HISTORY")
"""What a bot like Sudi asks for, and reading."""


class QuietDiscord(Simulation):
    """`moment` is the clock, in seconds; `forgiven` are the violations that a test expects.

    There is one server with the bot and two people in it, whose @everyone may nothing but see.
    """

    def __init__(self, *, limits: Limits = UNLIMITED) -> None:
        self.moment = 0.0
        self.forgiven: list[str] = []
        super().__init__(now=lambda: self.moment, limits=limits)
        self.lin = self.person(101, "小林")
        self.ada = self.person(102, "Ada", locale="en-US")
        self.server: Guild = self.lin.creates_server("读书会", self.ada)
        self.role: Role = self.lin.adds_bot(self.server, *WRITER)
        self.lin.changes_role(self.server, self.server.everyone, "VIEW_CHANNEL")
        self.general: Channel = self.core.channels[self.server.system_channel]

    def ask(self, method: str, path: str, body: Any = None, *, token: str | None = "", **query: str | int) -> Answer:
        """A request, now; `token` None sends none."""
        headers = {"user-agent": f"{USER_AGENT}https://sudi.example, 1)"}
        if token is not None:
            headers["authorization"] = f"Bot {token or self.token}"
        size = len(json.dumps(body, ensure_ascii=False).encode()) if body is not None else 0
        asked = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in query.items()}
        return self.core.call(Request(method=method, path=path, query=asked, headers=headers, body=body, size=size))

    def send(self, channel: Channel, content: str = "x", **fields: Any) -> Answer:
        """A message in a channel."""
        return self.ask("POST", f"/channels/{channel.id}/messages", {"content": content, **fields})

    def lacks(self, channel: Channel, *permissions: str) -> None:
        """The bot loses permissions in a channel."""
        denied = sum(Permission[name] for name in permissions)
        self.core.overwrite(channel, self.role, deny=denied)


def code_of(answer: Answer) -> int:
    """0 for what was done, else Discord's code, or the status where there is none."""
    return 0 if answer.is_ok else answer.code or answer.status
