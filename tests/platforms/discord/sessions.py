"""The gateway without sockets: who may begin a session, who hears what, and what is told again after a loss."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.platforms.discord.accounts import BotAccount
from tests.platforms.discord.events import problem_in
from tests.platforms.discord.lines import Line
from tests.platforms.discord.protocol import (
    PRIVILEGED,
    VERSION,
    Closed,
    Code,
    Identify,
    Intent,
    Op,
    Resume,
    shard_of,
    wanted_by,
)
from tests.platforms.discord.servers import Guild, Json
from tests.platforms.discord.world import Event, World

DAY: Final = 86_400.0
"""Seconds in which a bot may begin so many sessions."""

_COMPARED: Final = 20
"""Servers of a new session that are compared with the documentation; thousands would take seconds."""

_SWITCHED_ON: Final = {
    Intent.GUILD_PRESENCES: 1 << 12 | 1 << 13,
    Intent.GUILD_MEMBERS: 1 << 14 | 1 << 15,
    Intent.MESSAGE_CONTENT: 1 << 18 | 1 << 19,
}
"""The flags of an application that switch a privileged intent on (resources/application, «Application Flags»)."""


@dataclass(slots=True, kw_only=True)
class Terms:
    """What the gateway demands, in seconds where it is time.

    `heartbeat`: the interval that it tells; `grace`: how much later than one and a half of it the connection ends.
    `keeps`: how long a session that lost its connection may be resumed; `remembers`: how many events are told again.
    `identify_gap`: in so many seconds as many sessions may begin as the bot's `max_concurrency` says. `guilds_a_shard`:
    no shard may have more servers.
    """

    heartbeat: float = 41.25
    grace: float = 5.0
    keeps: float = 120.0
    remembers: int = 2_000
    identify_gap: float = 5.0
    guilds_a_shard: int = 2_500


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """What a bot hears by one shard. `told`: the events of late with their numbers, as they were written.

    `line`: the connection, if there is one; `left`: when the last one was lost, in seconds of the simulator's clock.
    """

    id: str
    bot: BotAccount
    token: str
    shard: int
    count: int
    intents: Intent
    told: deque[tuple[int, str]]
    sequence: int = 0
    line: Line | None = None
    left: float = 0.0

    def tell(self, name: str, data: Any) -> None:
        """An event, with the next number."""
        self.sequence += 1
        payload = {"op": int(Op.DISPATCH), "t": name, "s": self.sequence, "d": data}
        self.told.append((self.sequence, json.dumps(payload, ensure_ascii=False)))
        if self.line is not None:
            self.line.write(self.told[-1][1])

    def behind(self, sequence: int) -> list[str] | None:
        """What came behind an event; None if that is not known any more."""
        missed = [(number, text) for number, text in self.told if number > sequence]
        return [text for _, text in missed] if len(missed) == self.sequence - sequence else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How whoever connects is sent away. `code`: closes what identifies or resumes; None: there is no websocket."""

    code: int | None = None


class Gateway:
    """The gateway's sessions. `address`: tells where the websocket is, once the server listens.

    `refused`: how often somebody was sent away who wanted a session, or the one before.
    """

    def __init__(self, world: World, *, terms: Terms, address: Callable[[], str]) -> None:
        self.world = world
        self.terms = terms
        self.address = address
        self.sessions: dict[str, Session] = {}
        self.lines: list[Line] = []
        self.identified: list[Identify] = []
        self.resumed: list[Resume] = []
        self.refuses: Refusal | None = None
        self.refused = 0
        self.is_mute = False
        self.is_frozen = False
        self._resets: dict[int, float] = {}
        self._latest: dict[tuple[int, int], float] = {}
        world.listeners.append(self.hear)
        world.watchers.append(self._end_what_is_revoked)

    # --- Where it is

    def about(self, bot: BotAccount) -> Json:
        """What `GET /gateway/bot` answers."""
        self._renew_starts(bot)
        reset_after = self._resets[bot.id] - self.world.now()
        return {
            "url": self.address(),
            "shards": bot.shards,
            "session_start_limit": {
                "total": bot.session_starts,
                "remaining": bot.session_starts_left,
                "reset_after": round(reset_after * 1_000),
                "max_concurrency": bot.max_concurrency,
            },
        }

    def spend_starts(self, bot: BotAccount, *, leaves: int, resets: float) -> None:
        """So many sessions are left to begin, until so many seconds have passed."""
        bot.session_starts_left = leaves
        self._resets[bot.id] = self.world.now() + resets

    def _renew_starts(self, bot: BotAccount) -> None:
        now = self.world.now()
        if now >= self._resets.setdefault(bot.id, now + DAY):
            bot.session_starts_left, self._resets[bot.id] = bot.session_starts, now + DAY

    # --- Beginning

    def begin(self, line: Line, asked: Identify) -> Session | None:
        """A new session; None if it comes too fast behind another one. Raises Closed."""
        self.identified.append(asked)
        bot = self._bot(asked.token)
        if asked.intents & PRIVILEGED & ~_switched_on(bot):
            raise Closed(Code.DISALLOWED_INTENTS)
        guilds = [guild for guild in self.world.guilds_of(bot) if shard_of(guild.id, asked.count) == asked.shard]
        if len(guilds) > self.terms.guilds_a_shard:
            raise Closed(Code.SHARDING_REQUIRED)
        if not self._is_due(bot, asked.shard):
            return None
        session = Session(
            id=f"{self.world.new_id():032x}",
            bot=bot,
            token=asked.token,
            shard=asked.shard,
            count=asked.count,
            intents=asked.intents,
            told=deque(maxlen=self.terms.remembers),
            line=line,
        )
        self.sessions[session.id] = session
        self._welcome(session, guilds)
        return session

    def _bot(self, token: str) -> BotAccount:
        bot = self.world.bot_of(token)
        if bot is None:
            raise Closed(Code.AUTHENTICATION_FAILED)
        return bot

    def _is_due(self, bot: BotAccount, shard: int) -> bool:
        """Whether a session may begin now; a bot that begins more than it may in a day loses its token."""
        self._renew_starts(bot)
        now = self.world.now()
        key = (bot.id, shard % bot.max_concurrency)
        if now - self._latest.get(key, -self.terms.identify_gap) < self.terms.identify_gap * 0.95:
            return False
        if bot.session_starts_left <= 0:
            self.world.violation("a session began although none was left for this day")
            self.world.revoke(bot)
            raise Closed(Code.AUTHENTICATION_FAILED)
        bot.session_starts_left -= 1
        self._latest[key] = now
        return True

    def _welcome(self, session: Session, guilds: list[Guild]) -> None:
        bot = session.bot
        ready = {
            "v": VERSION,
            "user": bot.user.json() | {"verified": True, "mfa_enabled": True, "email": None, "bio": ""},
            "user_settings": {},
            "session_type": "normal",
            "session_id": session.id,
            "resume_gateway_url": f"{self.address()}/",
            "shard": [session.shard, session.count],
            "relationships": [],
            "private_channels": [],
            "presences": [],
            "guild_join_requests": [],
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "application": {"id": str(bot.application), "flags": bot.flags},
        }
        session.tell("READY", ready)
        for place, guild in enumerate(guilds if session.intents & Intent.GUILDS else []):
            if guild.is_available:
                told = self.world.guild_create(guild, bot.id)
                if place < _COMPARED:
                    self._compare("GUILD_CREATE", told)
                session.tell("GUILD_CREATE", told)

    # --- Going on

    def resume(self, line: Line, asked: Resume) -> Session | None:
        """The session goes on and what was missed is told; None if it cannot. Raises Closed."""
        self.resumed.append(asked)
        bot = self._bot(asked.token)
        session = self._kept(asked.session)
        if session is None or session.bot is not bot:
            return None
        if not 0 <= asked.sequence <= session.sequence:
            raise Closed(Code.INVALID_SEQUENCE)
        missed = session.behind(asked.sequence)
        if missed is None:
            return None
        if session.line is not None:
            session.line.end(Code.UNKNOWN_ERROR)
        session.line = line
        for text in missed:
            line.write(text)
        session.tell("RESUMED", {"_trace": []})
        return session

    def _kept(self, name: str) -> Session | None:
        session = self.sessions.get(name)
        if session is not None and session.line is None and self.world.now() - session.left > self.terms.keeps:
            self.sessions.pop(name)
            return None
        return session

    def leave(self, line: Line, *, for_good: bool) -> None:
        """A connection is gone; `for_good`: its session as well."""
        if line in self.lines:
            self.lines.remove(line)
        for session in [session for session in self.sessions.values() if session.line is line]:
            session.line, session.left = None, self.world.now()
            if for_good:
                self.sessions.pop(session.id)

    # --- Telling

    def hear(self, event: Event) -> None:
        """Something happened: it is told to every session that it concerns."""
        concerned = [session for session in self.sessions.values() if _concerns(event, session)]
        if concerned:
            self._compare(event.kind, event.data)
        for session in concerned:
            session.tell(event.kind, event.data)

    def _compare(self, name: str, data: Json) -> None:
        if problem := problem_in(name, data):
            self.world.violation(f"the simulator's own event: {problem}")

    def _end_what_is_revoked(self) -> None:
        """A token that is worth nothing any more ends its sessions."""
        for session in [each for each in self.sessions.values() if self.world.bot_of(each.token) is None]:
            del self.sessions[session.id]
            if session.line is not None:
                session.line.end(Code.AUTHENTICATION_FAILED)

    # --- Bad days

    def of(self, bot: BotAccount | None = None, shard: int | None = None) -> list[Session]:
        """The sessions that have a connection: of a bot, of a shard, or all."""
        return [
            session
            for session in self.sessions.values()
            if session.line is not None and bot in {None, session.bot} and shard in {None, session.shard}
        ]

    def refuse(self, code: int | None = None) -> None:
        """Take nobody until `listen`: no websocket at all, or this code in answer to identify and resume."""
        self.refuses = Refusal(code=code)
        if code is None:
            self.drop()
        else:
            self.close(code)

    def mute(self) -> None:
        """Acknowledge no heartbeat until `listen`."""
        self.is_mute = True

    def freeze(self) -> None:
        """Take connections, and say nothing at all on any, until `listen`."""
        self.is_frozen = True

    def listen(self) -> None:
        """Behave again."""
        self.refuses, self.is_mute, self.is_frozen = None, False, False

    def close(self, code: int, *, bot: BotAccount | None = None, shard: int | None = None) -> None:
        """Close the connections that there are with a code."""
        self._each(bot, shard, lambda line: line.end(code))

    def drop(self, *, bot: BotAccount | None = None, shard: int | None = None) -> None:
        """Cut the connections that there are without a word."""
        self._each(bot, shard, lambda line: line.cut())

    def ask_to_reconnect(self, *, bot: BotAccount | None = None, shard: int | None = None) -> None:
        """Operation 7."""
        self._each(bot, shard, lambda line: line.say(Op.RECONNECT, None))

    def ask_for_heartbeat(self, *, bot: BotAccount | None = None, shard: int | None = None) -> None:
        """Operation 1: a heartbeat at once, please."""
        self._each(bot, shard, lambda line: line.say(Op.HEARTBEAT, None))

    def invalidate(self, *, resumable: bool = False, bot: BotAccount | None = None, shard: int | None = None) -> None:
        """Operation 9; a session that may not be resumed is gone."""
        with self.world.lock:
            for session in self.of(bot, shard):
                assert session.line is not None
                session.line.say(Op.INVALID_SESSION, resumable)
                if not resumable:
                    self.sessions.pop(session.id)

    def forget(self) -> None:
        """No session that there is now can be resumed; the connections stay."""
        with self.world.lock:
            for session in self.sessions.values():
                session.told.clear()
                session.sequence += 1

    def replay(self, number: int = 1, *, bot: BotAccount | None = None) -> None:
        """The last events are told once more, with new numbers."""
        with self.world.lock:
            for session in self.of(bot):
                for _, text in list(session.told)[-number:]:
                    event = json.loads(text)
                    session.tell(event["t"], event["d"])

    def tell(self, name: str, data: Any, *, bot: BotAccount | None = None, shard: int | None = None) -> None:
        """An event as it is, known or not, true or not."""
        with self.world.lock:
            for session in self.of(bot, shard):
                session.tell(name, data)

    def _each(self, bot: BotAccount | None, shard: int | None, act: Callable[[Line], None]) -> None:
        with self.world.lock:
            for session in self.of(bot, shard):
                assert session.line is not None
                act(session.line)


def _switched_on(bot: BotAccount) -> Intent:
    return Intent(sum(intent for intent, flags in _SWITCHED_ON.items() if bot.flags & flags))


def _concerns(event: Event, session: Session) -> bool:
    guild = event.guild or None
    if session.bot.id != event.bot or shard_of(guild, session.count) != session.shard:
        return False
    wanted = wanted_by(event.kind, in_guild=guild is not None)
    return session.intents & wanted == wanted or _is_about(event.bot, event.kind, event.data)


def _is_about(me: int, name: str, data: Json) -> bool:
    """What is told of the bot itself without the intent for members."""
    return name == "GUILD_MEMBER_UPDATE" and bool(data["user"]["id"] == str(me))
