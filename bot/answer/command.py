"""A command, declared once: its name, who may use it, what it does. Its words stand in the catalogues."""

from __future__ import annotations

import difflib
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.platform import Audience, Elsewhere, Offered, Option, Platform, Query, Reply
from bot.answer.options import option, told
from bot.catalogue import LANGUAGES, say, say_on

LONGEST_NAME = 32
"""What is longer is no command: no platform lets one be (Telegram: `[a-z0-9_]{1,32}`)."""

_SPOKEN = re.compile(r"[/／](?P<name>[^\s@/]{1,64})(?:@\w{1,64})?(?:\s+(?P<rest>.*))?\Z", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query that was understood: whose it is, what stands behind the command, in which language, and when.

    `admin`: an admin asks. `about`: the chat that was named; it may be the one in which it is said.
    """

    query: Query
    arguments: str
    language: str
    now: datetime
    admin: bool = False
    about: Elsewhere | None = None

    def say(self, key: str, /, **values: object) -> str:
        """Words of the answers in the asker's language, as their platform puts them."""
        return say_on(self.language, self.query.asker.address.platform, key, **values)

    @property
    def elsewhere(self) -> Elsewhere | None:
        """The chat that is spoken of, where it is not the one in which it is said."""
        here = self.about is None or self.about.address == self.query.asker.address
        return None if here else self.about

    @property
    def chat_name(self) -> str:
        """What people call the chat that is spoken of, where that was told; a person's chat has no name."""
        return self.query.chat_name if self.about is None else self.about.chat_name

    def tells(self, text: str) -> str:
        """The text, and above it the chat that it is about, where that is another one."""
        return text if self.elsewhere is None else self.say("about_chat", title=title_of(self.elsewhere), text=text)

    def command(self, name: str, arguments: str = "") -> str:
        """A command as a button says it: about the chat that is spoken of, whoever presses it and whenever."""
        about = f"@{self.about.id}" if self.about is not None and self.about.id else ""
        return " ".join(word for word in (f"/{name}", about, arguments) if word)

    def typed(self, name: str) -> str:
        """A command as a person is asked to type it: another chat that is spoken of by its name, if it has one."""
        if self.elsewhere is None:
            return f"/{name}"
        if not self.elsewhere.name:
            return self.command(name)
        return self.say("typed_about", command=name, chat=self.elsewhere.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command, and for whom it is.

    `arguments`: whether it takes any (their words are in the catalogues); `options`: what platforms with options ask
    for. `elsewhere`: another chat may be named in front of them; `posts`: only one in which the account may write.
    `hidden`: no person types it, only buttons say it. `platforms`: where it is offered. `opened_by`: whoever's
    arguments begin with it may use the command, whoever they are.
    """

    name: str
    run: Callable[[Asked], Awaitable[Reply]]
    audience: Audience = Audience.EVERYONE
    arguments: bool = False
    elsewhere: bool = False
    posts: bool = False
    hidden: bool = False
    options: tuple[Option, ...] = ()
    platforms: frozenset[Platform] = frozenset(Platform)
    opened_by: str = ""

    def about(self, language: str) -> str:
        """What it does, in a few words."""
        return say(language, f"commands.{self.name}.about")

    def usage(self, language: str, platform: Platform) -> str:
        """How it is written: `/latest [series]`; its name alone where the platform asks for each option."""
        arguments = "" if platform is Platform.DISCORD else say(language, f"commands.{self.name}.arguments")
        return f"/{self.name} {arguments}".strip()

    @property
    def words(self) -> frozenset[str]:
        """What it is called besides its name, in every language."""
        return frozenset(say(language, f"commands.{self.name}.word").lower() for language in LANGUAGES)

    @property
    def offered(self) -> Offered:
        """The command as platforms list it."""
        chat = (option("chat"),) if self.elsewhere else ()
        return Offered(
            name=self.name,
            names=told(lambda language: say(language, f"commands.{self.name}.word")),
            about=told(self.about),
            audience=self.audience,
            options=(*chat, *self.options),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What was said, taken apart: the word of a command (with `slash`, or by its plain word), and what follows it."""

    word: str
    rest: str
    slash: bool


def taken_apart(text: str) -> Spoken | None:
    """The command in a text, as `/today@bot rest`; a text without a slash gives its first word; None for no text."""
    clean = presentable(text).strip()
    if found := _SPOKEN.match(clean):
        return Spoken(word=found["name"].lower(), rest=(found["rest"] or "").strip(), slash=True)
    if not clean:
        return None
    first, _, rest = clean.partition(" ")
    return Spoken(word=first.lower(), rest=rest.strip(), slash=clean.startswith(("/", "／")))


def presentable(text: str) -> str:
    """A text that a store and a platform can take: no lone surrogates, no control or direction characters."""
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode("utf-8"))


def named(commands: Iterable[Command], spoken: Spoken) -> Command | None:
    """The command that was meant. Without a slash, only its plain word alone: «today» names one, a sentence none."""
    for command in commands:
        if spoken.slash and (spoken.word == command.name or spoken.word in command.words):
            return command
        if not spoken.slash and not spoken.rest and spoken.word in command.words:
            return command
    return None


def nearest(word: str, names: Sequence[str]) -> str | None:
    """The one name that begins with a word, or else that a misspelt word is closest to, if any is close."""
    begun = [name for name in names if word and name.startswith(word)]
    if len(begun) == 1:
        return begun[0]
    close = difflib.get_close_matches(word[:LONGEST_NAME], names, n=1, cutoff=0.6)
    return close[0] if close else None


def title_of(found: Elsewhere) -> str:
    """What a chat is called, on one line."""
    named = cut(presentable(found.title), 60)
    return named or found.id or "?"


def cut(text: str, length: int = 40) -> str:
    """A person's words, short enough to be said back."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
