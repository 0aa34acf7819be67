"""One connection to the gateway, without its socket: what is said on it, in which order, and when it ends.

Source: Discord's developer documentation, «Gateway».
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from tests.platforms.discord.protocol import (
    EVENTS_A_MINUTE,
    Closed,
    Code,
    Op,
    identify_in,
    payload_in,
    resume_in,
)

if TYPE_CHECKING:
    from tests.platforms.discord.sessions import Gateway, Session

MINUTE: Final = 60.0
"""Seconds in which a client may send so many payloads."""

_NEED_SESSION: Final = {Op.PRESENCE, Op.VOICE_STATE, Op.REQUEST_MEMBERS, Op.SOUNDBOARD}


class Wire(Protocol):
    """What carries a connection's words; each may be called from any thread."""

    def write(self, text: str) -> None:
        """Send a payload."""

    def end(self, code: int) -> None:
        """Close with a code."""

    def cut(self) -> None:
        """Break off without a word."""


@dataclass(slots=True, kw_only=True, eq=False)
class Line:
    """A connection. `beaten`: when its last heartbeat came (or it began), in seconds of a clock that never hurries.

    `heard`: when its payloads of the last minute came. `session`: what was begun or resumed on it. `has_ended`: the
    gateway has closed or cut it, and says nothing more.
    """

    gateway: Gateway
    wire: Wire
    beaten: float
    heard: deque[float] = field(default_factory=deque)
    session: Session | None = None
    has_ended: bool = False

    # --- Saying

    def say(self, op: Op, data: Any) -> None:
        """A payload that is no event."""
        self.write(json.dumps({"op": int(op), "t": None, "s": None, "d": data}))

    def write(self, text: str) -> None:
        """A payload, as it stands."""
        if not self.has_ended and not self.gateway.is_frozen:
            self.wire.write(text)

    def end(self, code: int) -> None:
        """Close with a code."""
        if not self.has_ended:
            self.has_ended = True
            self.wire.end(code)

    def cut(self) -> None:
        """Break off without a word."""
        if not self.has_ended:
            self.has_ended = True
            self.wire.cut()

    # --- Hearing

    def open(self) -> None:
        """The first word is the gateway's."""
        self.gateway.lines.append(self)
        self.say(Op.HELLO, {"heartbeat_interval": round(self.gateway.terms.heartbeat * 1_000), "_trace": []})

    def hear(self, text: str | bytes, *, now: float) -> None:
        """A payload came. `now`: seconds of a clock that never hurries."""
        if self.has_ended:
            return
        try:
            self._count(now)
            self._answer(*payload_in(text), now=now)
        except Closed as closed:
            self.end(closed.code)

    def dies_at(self) -> float:
        """When it ends if no heartbeat comes, in seconds of a clock that never hurries."""
        terms = self.gateway.terms
        return self.beaten + 1.5 * terms.heartbeat + terms.grace

    def _count(self, now: float) -> None:
        self.heard.append(now)
        while self.heard[0] <= now - MINUTE:
            self.heard.popleft()
        if len(self.heard) > EVENTS_A_MINUTE:
            self.gateway.world.violation("more than 120 payloads in 60 seconds of a gateway connection")
            raise Closed(Code.RATE_LIMITED)

    def _answer(self, op: int, data: Any, *, now: float) -> None:
        if op == Op.HEARTBEAT:
            self._beat(data, now)
        elif op == Op.IDENTIFY:
            self._identify(data)
        elif op == Op.RESUME:
            self._resume(data)
        elif op in _NEED_SESSION:
            self._ask(op)
        else:
            raise Closed(Code.UNKNOWN_OP)

    def _beat(self, data: Any, now: float) -> None:
        if data is not None and type(data) is not int:
            raise Closed(Code.UNDECODABLE)
        self.beaten = now
        if not self.gateway.is_mute:
            self.say(Op.ACK, None)

    def _identify(self, data: Any) -> None:
        if self.session is not None:
            raise Closed(Code.ALREADY_AUTHENTICATED)
        asked = identify_in(data)
        self._may_pass()
        self.session = self.gateway.begin(self, asked)
        if self.session is None:
            self.say(Op.INVALID_SESSION, False)  # noqa: FBT003

    def _resume(self, data: Any) -> None:
        if self.session is not None:
            raise Closed(Code.ALREADY_AUTHENTICATED)
        asked = resume_in(data)
        self._may_pass()
        self.session = self.gateway.resume(self, asked)
        if self.session is None:
            self.say(Op.INVALID_SESSION, False)  # noqa: FBT003

    def _may_pass(self) -> None:
        refusal = self.gateway.refuses
        if refusal is not None and refusal.code is not None:
            self.gateway.refused += 1
            raise Closed(Code(refusal.code))

    def _ask(self, op: int) -> None:
        if self.session is None:
            raise Closed(Code.NOT_AUTHENTICATED)
        if op == Op.REQUEST_MEMBERS:
            self.gateway.world.violation("a bot without the intent for members asks for members")
