"""What is said about what happened to a chat: to those in it, or to whoever did it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from adapters.platform import Button, ChatEvent, ChatKind, Elsewhere, Fate, Grant, Platform, Reply
from bot.answer import speech
from bot.answer.command import title_of
from bot.catalogue import say, say_on, words
from bot.catalogue import spoken as spoken_here


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """How a chat stands after what happened to it.

    `changed`: subscriptions were suspended, resumed or moved; `again`: it was noted before. `brought`: something is
    brought there. `language`: what the chat reads, if it ever chose.
    """

    changed: bool
    again: bool
    brought: bool
    language: str | None = None


def told(event: ChatEvent, noted: Noted, language: str) -> Reply | None:
    """What is said about the event; of a channel to whoever did it, of a group to those in it.

    `language` is for those of whom nothing else is known.
    """
    match event.fate:
        case Fate.OPEN:
            return _opened(event, noted, language)
        case Fate.MUTE:
            return _muted(event, noted, language)
        case Fate.LOST | Fate.MOVED | Fate.NAMED:
            return None
        case _:
            assert_never(event.fate)


def _opened(event: ChatEvent, noted: Noted, language: str) -> Reply | None:
    if event.kind is ChatKind.PRIVATE or not (event.new or noted.changed or noted.again or not noted.brought):
        return None
    # A group that became a supergroup is new to the platform, and not to those in it.
    moved_in = event.new and noted.brought and not (noted.changed or noted.again)
    if event.kind is ChatKind.GROUP and (moved_in or not event.new):
        return None
    return _say(event, noted, language, f"back_{event.kind}" if noted.brought else f"welcome_{event.kind}")


def _muted(event: ChatEvent, noted: Noted, language: str) -> Reply | None:
    """Nothing can be said in the chat itself; whoever did it hears what that means, where it means anything."""
    if event.kind is not ChatKind.CHANNEL or not (event.new or noted.changed or noted.again):
        return None
    return _say(event, noted, language, f"mute_new_{event.kind}" if event.new else f"mute_{event.kind}")


def _say(event: ChatEvent, noted: Noted, language: str, key: str) -> Reply | None:
    channel = event.kind is ChatKind.CHANNEL
    if channel and event.by is None:
        return None
    of_person = event.by.language if event.by else ""
    wishes = (of_person,) if channel else (noted.language or "", of_person)
    spoken = spoken_here(*(wish for wish in (*wishes, language) if wish))
    title = title_of(Elsewhere(grant=Grant.GRANTED, address=event.address, title=event.title))
    text = say_on(spoken, event.address.platform, key, title=title)
    return Reply(
        documents=(speech.spoken(*speech.lines(text)),),
        words=words(spoken),
        buttons=tuple(_buttons(event, noted, spoken)),
        only_asker=channel,
    )


def _buttons(event: ChatEvent, noted: Noted, language: str) -> Iterator[Button]:
    """What can be done next; of a channel, about it, wherever it is pressed.

    On Discord every channel is one of many, and is named, so that what is missing there is looked at.
    """
    if event.fate is not Fate.OPEN:
        return
    is_named = event.kind is ChatKind.CHANNEL or event.address.platform is Platform.DISCORD
    about = f" @{event.address.chat}" if is_named else ""
    names = ("settings", "stop") if noted.brought else ("subscribe",)
    for name in names:
        yield Button(label=say(language, f"answers.button_{name}"), says=f"/{name}{about}")
