"""The simulated Discord's REST API without sockets: who may ask, how fast, and what a request does.

Everything happens at the moment that `now` tells (seconds of any clock); a date is that moment after `since`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Final

from tests.platforms.discord.accounts import BotAccount
from tests.platforms.discord.answers import Answer, ApiError, not_found, refusal, unauthorized
from tests.platforms.discord.limits import STRICT, VIA, Bucket, Gate, Limits, Rate, Sliding, too_many
from tests.platforms.discord.servers import Json, Message
from tests.platforms.discord.transcript import Call, Request
from tests.platforms.discord.world import SINCE, World
from tests.witnesses.discord_api import DiscordApi, discord_api

USER_AGENT: Final = "DiscordBot ("
"""How the User-Agent of every bot begins (reference, «User Agent»)."""


@dataclass(slots=True, kw_only=True)
class Asking:
    """A request as its operation sees it. `given`: the ids in its path; `token`: of an interaction, if it names one.

    `repeats` is set where a nonce was known.
    """

    core: Core
    bot: BotAccount
    given: dict[str, int]
    query: Mapping[str, str]
    body: Any
    size: int
    token: str = ""
    repeats: bool = False

    @property
    def fields(self) -> Json:
        """The body as an object."""
        return self.body if isinstance(self.body, dict) else {}

    def wants(self, name: str) -> bool:
        """Whether the query says yes."""
        return self.query.get(name, "").lower() in {"true", "1"}


Operation = Callable[[Asking], Any]
"""What a route does: from the request to the answer's JSON (None for 204, or an Answer); raises ApiError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route by its method and its path's template.

    `rate`: which of the limits holds, by name. `major`: the part of the path that has a bucket of its own. `is_open`:
    whether it needs no token of a bot, because an interaction's stands in its path. `is_shared`: whether its bucket is
    one for all bots. `unlisted`: fields of the answer that are documented and not in the specification.
    """

    method: str
    template: str
    operation: Operation
    rate: str = "others"
    major: str = ""
    is_open: bool = False
    is_shared: bool = False
    unlisted: tuple[str, ...] = ()

    def matches(self, method: str, parts: list[str]) -> dict[str, str] | None:
        """What the template's places hold, if it is this route."""
        own = self.template.strip("/").split("/")
        if method != self.method or len(own) != len(parts):
            return None
        found = {}
        for mine, theirs in zip(own, parts, strict=True):
            if mine.startswith("{"):
                found[mine.strip("{}")] = theirs
            elif mine != theirs:
                return None
        return found


@dataclass(slots=True, kw_only=True)
class _Outcome:
    """What is known of a request while it is answered."""

    bot: BotAccount | None = None
    route: Route | None = None
    given: dict[str, int] = field(default_factory=dict)
    token: str = ""
    bucket: Bucket | None = None
    hasty: float | None = None
    repeats: bool = False


class Core(World):
    """The simulated Discord, its REST API included.

    `routes`: what can be asked. `limits`: how fast. `is_checked`: whether requests and answers are compared with the
    specification (it lies beside the repository or not; where it does not, nothing is compared). `blocked`: words with
    which a message is refused as a harmful link.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float],
        routes: tuple[Route, ...],
        since: float = SINCE,
        limits: Limits = STRICT,
        is_checked: bool = True,
    ) -> None:
        super().__init__(now=now, since=since)
        self.limits = limits
        self.gate = Gate(limits=limits)
        self.transcript: list[Call] = []
        self.blocked: set[str] = set()
        self.nonces: dict[tuple[int, str], tuple[float, Message]] = {}
        self.renames: dict[int, Bucket] = {}
        self.nonce_times: deque[tuple[float, tuple[int, str]]] = deque()
        self.about_gateway: Callable[[BotAccount], Json] = no_gateway
        self._routes: dict[tuple[str, int], list[Route]] = {}
        for route in routes:
            self._routes.setdefault((route.method, route.template.count("/")), []).append(route)
        self._buckets: dict[tuple[str, str, int], Bucket] = {}
        self._paces: dict[int, Sliding] = {}
        self._told_globally: dict[int, tuple[float, float]] = {}
        self._api: DiscordApi | None = discord_api() if is_checked else None

    # --- Calls

    def call(self, request: Request, *, fault: str = "") -> Answer:
        """Carry a request out, now; the transcript keeps it."""
        with self.lock:
            outcome = _Outcome()
            try:
                answer = self._answered(request, outcome)
            except ApiError as refused:
                answer = self._refused(refused.answer, outcome)
            except (AttributeError, KeyError, TypeError, ValueError) as stumble:
                # The request is not what the specification says, or the simulator is wrong: both are to be seen.
                self.violation(f"{_name(request, outcome)}: {stumble!r}")
                answer = ApiError(400, {"message": "400: Bad Request", "code": 0}).answer
            answer = self._complete(answer, outcome)
            self.gate.note(self.now(), answer.status, answer.headers.get("X-RateLimit-Scope", ""))
            self._keep(request, outcome, answer, fault=fault)
            return answer

    def note(self, request: Request, *, fault: str) -> None:
        """Keep a request that was not carried out."""
        with self.lock:
            outcome = _Outcome(bot=self.asker(request))
            try:
                outcome.route = self._find(request, outcome)
            except ApiError:
                outcome.route = None
            self._keep(request, outcome, None, fault=fault)

    def _answered(self, request: Request, outcome: _Outcome) -> Answer:
        now = self.now()
        self.gate.check(now)
        if not request.headers.get("user-agent", "").startswith(USER_AGENT):
            self.violation(f"{request.method}: the User-Agent does not begin with «{USER_AGENT}»")
        outcome.bot = self.asker(request)
        route = outcome.route = self._find(request, outcome)
        bot = self._asker(route, outcome)
        self._paced(route, bot, outcome, now)
        if request.problem:
            raise refusal(50109)
        self._check_request(route, request)
        asking = Asking(
            core=self,
            bot=bot,
            given=outcome.given,
            query=request.query,
            body=request.body,
            size=request.size,
            token=outcome.token,
        )
        result = route.operation(asking)
        outcome.repeats = asking.repeats
        answer = result if isinstance(result, Answer) else Answer(status=204 if result is None else 200, body=result)
        self._check_answer(route, answer)
        return answer

    def count_refusal(self, status: int, scope: str) -> None:
        """An answer that was made up went out; it counts like any other."""
        with self.lock:
            self.gate.note(self.now(), status, scope)

    def asker(self, request: Request) -> BotAccount | None:
        """The bot whose token comes with a request; None if there is none."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return self.bot_of(token) if kind == "Bot" else None

    def _asker(self, route: Route, outcome: _Outcome) -> BotAccount:
        """Who asks: the bot of the token, or of the interaction whose token stands in the path."""
        if route.is_open:
            asked = self.interactions.get(outcome.token)
            return self.bot_with(asked.bot) if asked else self.bots[0]
        if outcome.bot is None:
            raise unauthorized()
        return outcome.bot

    def _find(self, request: Request, outcome: _Outcome) -> Route:
        parts = request.path.strip("/").split("/")
        for route in self._routes.get((request.method, len(parts)), []):
            found = route.matches(request.method, parts)
            if found is not None:
                outcome.token = found.pop("interaction_token", "") or found.pop("webhook_token", "")
                outcome.given = {name: _number(name, value) for name, value in found.items()}
                return route
        self.violation(f"{request.method} with {len(parts)} parts is no route that is simulated: /{parts[0]}/…")
        raise not_found()

    # --- How fast

    def _paced(self, route: Route, bot: BotAccount, outcome: _Outcome, now: float) -> None:
        bucket = outcome.bucket = self._bucket(route, bot, outcome)
        if not route.is_open:
            self._paced_globally(bot, outcome, now)
        outcome.hasty = bucket.hasty(now) if outcome.hasty is None else outcome.hasty
        if wait := bucket.claim(now):
            bucket.told_at = now if bucket.told_at == float("-inf") else bucket.told_at
            raise too_many(wait, "shared" if bucket.is_shared else "user")

    def _paced_globally(self, bot: BotAccount, outcome: _Outcome, now: float) -> None:
        pace = self._paces.setdefault(bot.id, Sliding(self.limits.per_second, self.limits.second))
        told_at, until = self._told_globally.get(bot.id, (0.0, float("-inf")))
        if now < until:
            outcome.hasty = now - told_at
        wait = max(pace.wait(now), until - now)
        if wait > 0:
            self._told_globally[bot.id] = (told_at if now < until else now, now + wait)
            raise too_many(wait, "global")
        pace.add(now)

    def _bucket(self, route: Route, bot: BotAccount, outcome: _Outcome) -> Bucket:
        rate: Rate = getattr(self.limits, route.rate)
        name = route.rate if route.rate != "others" else f"{route.method} {route.template}"
        major = outcome.given.get(route.major, 0) if route.major != "token" else hash(outcome.token)
        key = (name, str(major), 0 if route.is_shared else bot.id)
        if key not in self._buckets:
            self._buckets[key] = Bucket(name=name, rate=rate, is_shared=route.is_shared)
        return self._buckets[key]

    def forget_buckets(self) -> None:
        """Every window is over."""
        self._buckets.clear()
        self.renames.clear()

    # --- The specification

    def _check_request(self, route: Route, request: Request) -> None:
        if self._api is None:
            return
        wrong = self._api.query(route.method, route.template, request.query) or self._api.request(
            route.method, route.template, request.body
        )
        if wrong:
            self.violation(wrong)

    def _check_answer(self, route: Route, answer: Answer) -> None:
        if self._api is None or answer.text:
            return
        body = answer.body
        if isinstance(body, dict) and answer.is_ok and route.unlisted:
            body = {name: value for name, value in body.items() if name not in route.unlisted}
        if wrong := self._api.answer(route.method, route.template, answer.status, body):
            self.violation(f"the simulator's own answer: {wrong}")

    def _refused(self, answer: Answer, outcome: _Outcome) -> Answer:
        if outcome.route is not None and answer.status < 500:
            self._check_answer(outcome.route, answer)
        return answer

    # --- What is kept

    def _complete(self, answer: Answer, outcome: _Outcome) -> Answer:
        """With the headers that every answer of Discord has; what stands before Discord gives none."""
        if answer.text:
            return answer
        headers = {"Via": VIA, "Date": formatdate(self.since + self.now(), usegmt=True)}
        if outcome.bucket is not None:
            headers |= outcome.bucket.headers(self.now(), self.since)
        return Answer(status=answer.status, body=answer.body, headers=headers | dict(answer.headers))

    def _keep(self, request: Request, outcome: _Outcome, answer: Answer | None, *, fault: str) -> None:
        self.transcript.append(
            Call(
                number=len(self.transcript) + 1,
                at=self.now(),
                bot=outcome.bot.id if outcome.bot else 0,
                method=request.method,
                route=outcome.route.template if outcome.route else "",
                given=outcome.given,
                body=request.body,
                status=answer.status if answer else 0,
                answer=answer.body if answer else None,
                scope=answer.headers.get("X-RateLimit-Scope", "") if answer else "",
                fault=fault,
                hasty=outcome.hasty,
                repeats=outcome.repeats,
                query=dict(request.query),
            )
        )
        self.changed()


def no_gateway(bot: BotAccount) -> Json:
    """What GET /gateway/bot answers while nobody has plugged a gateway in: an address where nothing listens."""
    starts = {"total": bot.session_starts, "remaining": bot.session_starts_left, "reset_after": 0, "max_concurrency": 1}
    return {"url": "ws://127.0.0.1:9", "shards": bot.shards, "session_start_limit": starts}


def _number(name: str, value: str) -> int:
    if not value.isdecimal():
        words = f'Value "{value[:30]}" is not snowflake.'
        errors = {name: {"_errors": [{"code": "NUMBER_TYPE_COERCE", "message": words}]}}
        raise ApiError(400, {"message": "Invalid Form Body", "code": 50035, "errors": errors})
    return int(value)


def _name(request: Request, outcome: _Outcome) -> str:
    return f"{request.method} {outcome.route.template if outcome.route else '?'}"
