"""What admins ask: push a breaking item, keep messages from leaving, let them go again."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final, assert_never

from adapters.platform import Audience, Dialect, Platform, Reply
from bot.answer import speech
from bot.answer.about import author, first_time, place_of
from bot.answer.command import Asked, Command, cut
from bot.answer.options import option
from bot.answer.reader import scope_name
from bot.answer.shelf import RulesOf, Shelf, read_push
from bot.catalogue import say_code
from digest.choices import Choices, Layout
from digest.identity import name_of
from digest.model import BREAKING, Digest, Post
from digest.problems import Code
from digest.push import push_post
from storage import digests, ledger, pushes, subscriptions
from storage.database import Database
from storage.pushes import ProposedPush
from storage.records import DigestId
from storage.store import Store

CONFIRM_WITHIN: Final = timedelta(hours=1)
"""So long a push can be confirmed: what broke longer ago should be looked at again."""

MOST_CALLS: Final = 5
"""Roles that a preview names; of the others only how many they are."""

_DECISION = re.compile(r"(?P<verb>confirm|cancel)\s+(?P<name>[0-9a-z]{8,32})")
_EVERYTHING = "all"
_NAME_LENGTH = 16


class Outcome(StrEnum):
    """What became of a decision about a push."""

    SENT = "sent"
    AGAIN = "again"
    DROPPED = "dropped"
    GONE = "gone"
    NOT_YOURS = "not_yours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The outcome, and the digest that was made."""

    outcome: Outcome
    digest: DigestId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoped:
    """What became of a hold or a release: the scopes in words (None: not understood), and whether anything changed.

    An update that comes again changed what it did then, and changes nothing now.
    """

    scopes: tuple[str, ...] | None
    keys: tuple[str, ...] = ()
    changed: bool = False


class EditorAnswers:
    """The commands that only admins may use. `token` makes a name that nobody guesses, of letters and digits.

    `idle`: nothing is sent before the next start.
    """

    def __init__(
        self,
        store: Store,
        dialects: Mapping[Platform, Dialect],
        rules: RulesOf,
        token: Callable[[], str],
        changed: Callable[[], None],
        *,
        idle: bool = False,
    ) -> None:
        self._store = store
        self._dialects = dialects
        self._rules = rules
        self._token = token
        self._changed = changed
        self._sent = "push_idle" if idle else "push_sent"

    def commands(self) -> tuple[Command, ...]:
        """These commands, in the order of the help."""
        return (
            self._command("push", self.push, "text"),
            self._command("hold", self.hold, "digest"),
            self._command("release", self.release, "digest"),
        )

    def _command(self, name: str, run: Callable[[Asked], Awaitable[Reply]], takes: str) -> Command:
        return Command(name=name, run=run, audience=Audience.ADMINS, arguments=True, options=(option(takes),))

    # --- Pushing -------------------------------------------------------------------------------------------------

    async def push(self, asked: Asked) -> Reply:
        """Show a push and the number of chats, and want one confirmation; or take that confirmation."""
        if not asked.arguments:
            return speech.tell(asked, asked.say("push_usage"), only_asker=True)
        if decision := _DECISION.fullmatch(asked.arguments):
            return await self._decide(asked, decision["name"], confirmed=decision["verb"] == "confirm")
        digest = read_push(self._post(asked.arguments, "draft", asked), self._rules)
        if not digest.deliverable:
            return self._unusable(asked, digest)
        return await self._propose(asked, digest)

    def _post(self, text: str, name: str, asked: Asked) -> Post:
        now = asked.now.astimezone(self._rules(digests.DESK).zone)
        return replace(push_post(text, now=now), path=_path(name))

    def _unusable(self, asked: Asked, digest: Digest) -> Reply:
        fatal = next(problem for problem in digest.problems if problem.fatal)
        if fatal.code in {Code.EMPTY, Code.NO_TITLE}:
            return speech.tell(asked, asked.say("push_usage"), only_asker=True)
        why = say_code(asked.language, "problems", fatal.code, **fatal.details)
        return speech.tell(asked, asked.say("push_unusable", why=why), only_asker=True)

    async def _propose(self, asked: Asked, digest: Digest) -> Reply:
        name = self._name(asked)
        push = ProposedPush(name=name, by=author(asked), text=asked.arguments, proposed_at=asked.now)
        await self._store.write(self._keep, push, asked)
        chats, held = await self._store.read(_reach)
        told = [asked.say("push_reach", count=chats), await self._store.read(_calls, asked)]
        told += [asked.say("push_held") if held else "", asked.say("push_confirm", count=chats)]
        question = "\n".join(filter(None, told))
        confirm = speech.button(asked, "confirm", f"/push confirm {name}", in_place=True)
        cancel = speech.button(asked, "cancel", f"/push cancel {name}", in_place=True)
        shown = self._shelf(asked).composed(digest, Layout.FULL)
        asks = speech.spoken(*speech.lines(question))
        return speech.reply(asked, shown, asks, buttons=[confirm, cancel], only_asker=True)

    def _name(self, asked: Asked) -> str:
        """What its buttons call a push: of an update that comes again, the same. Only its author can press them."""
        if not asked.query.update:
            return self._token()
        place = place_of(asked)
        said = (place.lane, author(asked), asked.query.update, asked.arguments)
        return name_of("\n".join(said).encode())[:_NAME_LENGTH]

    def _keep(self, db: Database, push: ProposedPush, asked: Asked) -> None:
        if first_time(db, asked):
            pushes.propose(db, push, forget_before=asked.now - CONFIRM_WITHIN)

    def _shelf(self, asked: Asked) -> Shelf:
        dialect = self._dialects[asked.query.asker.address.platform]
        return Shelf(choices=Choices(language=asked.language), folds=dialect.folds, rules=self._rules)

    async def _decide(self, asked: Asked, name: str, *, confirmed: bool) -> Reply:
        # Counting may take a while; nobody else's writing waits for it.
        chats, held = await self._store.read(_reach) if confirmed else (0, False)
        decided = await self._store.write(self._confirm if confirmed else self._cancel, asked, name)
        match decided.outcome:
            case Outcome.SENT:
                self._changed()
                if held:
                    return speech.tell(asked, asked.say("push_kept"), speech.button(asked, "release", "/release"))
                hold = speech.button(asked, "hold", f"/hold digest:{decided.digest}")
                return speech.tell(asked, asked.say(self._sent, count=chats), hold)
            case Outcome.DROPPED | Outcome.GONE:
                # It stands where the preview was, whose buttons are good for nothing now.
                return speech.tell(asked, asked.say(f"push_{decided.outcome}"))
            case Outcome.AGAIN | Outcome.NOT_YOURS:
                return speech.tell(asked, asked.say(f"push_{decided.outcome}"), only_asker=True)
            case _:
                assert_never(decided.outcome)

    def _confirm(self, db: Database, asked: Asked, name: str) -> Decided:
        """Take the words out and publish them, in one transaction: of two confirmations one finds them."""
        waiting = pushes.proposed(db, name)
        if waiting is None:
            sent = digests.digest_at(db, digests.DESK, _path(name))
            return Decided(outcome=Outcome.AGAIN if sent else Outcome.GONE)
        if waiting.by != author(asked):
            return Decided(outcome=Outcome.NOT_YOURS)
        text = pushes.take(db, name, waiting.by)
        if text is None or waiting.proposed_at < asked.now - CONFIRM_WITHIN:
            return Decided(outcome=Outcome.GONE)
        post = self._post(text, name, asked)
        digest = read_push(post, self._rules)
        made = digests.publish(db, path=_path(name), data=post.data, digest=digest, now=asked.now)
        return Decided(outcome=Outcome.SENT, digest=made)

    def _cancel(self, db: Database, asked: Asked, name: str) -> Decided:
        waiting = pushes.proposed(db, name)
        if waiting is not None and waiting.by != author(asked):
            return Decided(outcome=Outcome.NOT_YOURS)
        if pushes.take(db, name, author(asked)) is not None:
            return Decided(outcome=Outcome.DROPPED)
        sent = digests.digest_at(db, digests.DESK, _path(name))
        return Decided(outcome=Outcome.AGAIN if sent else Outcome.GONE)

    # --- Holding -------------------------------------------------------------------------------------------------

    async def hold(self, asked: Asked) -> Reply:
        """Keep everything, a platform's messages or a digest's from leaving."""
        scoped = await self._store.write(self._hold, asked)
        if scoped.scopes is None:
            return self._unknown(asked)
        self._changed()
        key = "held" if scoped.changed else "held_already"
        said = asked.say(key, scope=scoped.scopes[0])
        return speech.tell(asked, said, speech.button(asked, "release", f"/release {scoped.keys[0]}"))

    def _hold(self, db: Database, asked: Asked) -> Scoped:
        scope = scope_of(db, asked.arguments or _EVERYTHING)
        if scope is None:
            return Scoped(scopes=None)
        changed = not first_time(db, asked) or ledger.hold(db, scope, by=author(asked), now=asked.now)
        return Scoped(scopes=(scope_name(db, asked.language, scope),), keys=(scope,), changed=changed)

    async def release(self, asked: Asked) -> Reply:
        """Let go of what was named; without a name, of everything that is held."""
        scoped = await self._store.write(self._release, asked)
        if scoped.scopes is None:
            return self._unknown(asked)
        if not scoped.changed:
            key = "released_not_held" if scoped.scopes else "released_none"
            return speech.tell(asked, asked.say(key, scope="".join(scoped.scopes)))
        self._changed()
        return speech.tell(asked, asked.say("released", scopes=speech.joined(asked.language, scoped.scopes)))

    def _release(self, db: Database, asked: Asked) -> Scoped:
        if asked.arguments:
            scope = scope_of(db, asked.arguments)
            if scope is None:
                return Scoped(scopes=None)
            scopes = [scope]
        else:
            scopes = [held.scope for held in ledger.holds(db)]
        if again := not first_time(db, asked):
            scopes = scopes if asked.arguments else [_EVERYTHING]
        names = tuple(scope_name(db, asked.language, scope) for scope in scopes)
        let_go = [ledger.release(db, scope) for scope in scopes if not again]
        return Scoped(scopes=names, keys=tuple(scopes), changed=again or any(let_go))

    def _unknown(self, asked: Asked) -> Reply:
        return speech.tell(asked, asked.say("scope_unknown", scope=cut(asked.arguments)), only_asker=True)


def _reach(db: Database) -> tuple[int, bool]:
    """How many chats a push goes to, and whether anything is held."""
    return subscriptions.count_wanting(db, BREAKING), bool(ledger.holds(db))


def _calls(db: Database, asked: Asked) -> str:
    """Whose members a push calls, in words; empty for nobody."""
    calling, count = subscriptions.calling(db, BREAKING, limit=MOST_CALLS)
    named = speech.joined(asked.language, (_call(asked, one) for one in calling))
    more = count - len(calling)
    return asked.say("push_calls", roles=named, count=more) if named else ""


def _call(asked: Asked, one: subscriptions.Calling) -> str:
    return asked.say("push_call", role=one.name or one.role, chat=one.chat_name or one.chat)


def scope_of(db: Database, word: str) -> str | None:
    """What a word holds: `all`, a platform, or a digest that is there (`digest:12`, or its number alone)."""
    scope = word.strip().lower()
    if scope == _EVERYTHING or scope in set(Platform):
        return scope
    number = scope.removeprefix("digest:").removeprefix("#")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):  # noqa: PLR2004 - what SQLite can count
        return None
    return f"digest:{int(number)}" if digests.digest(db, DigestId(int(number))) else None


def _path(name: str) -> str:
    """Where a push lies within the desk's source."""
    return f"{name}.md"
