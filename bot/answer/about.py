"""Which chat a question is about: the one in which it is asked, or another that it names and its asker decides for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, assert_never

from adapters.platform import Audience, Button, ChatKind, Elsewhere, Grant, Lack, Reply
from bot.answer import speech
from bot.answer.command import Asked, Command, cut, title_of
from storage import ledger, subscriptions
from storage.database import Database
from storage.subscriptions import Place

_NAMED = re.compile(
    r"(?:[@＠]|(?:https?://)?t\.me/)(?P<name>-?[0-9]{1,20}|[A-Za-z][A-Za-z0-9_]{3,63})/?(?:\s+|\Z)(?P<rest>.*)",
    re.DOTALL,
)
"""A chat's public name, as it is written or as a link, or its id; and what follows."""

_ID = re.compile(r"@-?[0-9]+")

_RIGHTS: Final = frozenset({Lack.VIEW, Lack.WRITE, Lack.EMBED, Lack.WRITE_IN_THREADS})
"""What is given in the settings of a chat, each by its name."""
_STATES: Final = frozenset({Lack.TAG, Lack.UNLOCKED, Lack.JOINED, Lack.HUSHED})
"""What is the matter with a chat itself."""


async def sighted(command: Command, asked: Asked) -> Asked | Reply:
    """The question with the chat that it is about, if its asker may ask it there; else what is in the way.

    Raises CourierError where the platform has to be asked, and cannot.
    """
    if command.elsewhere and (found := _NAMED.fullmatch(asked.arguments)):
        return await _elsewhere(command, asked, f"@{found['name']}", found["rest"].strip())
    if command.audience is Audience.DECIDERS and not await decides(asked):
        return speech.tell(asked, asked.say("deciders_only", command=command.name), only_asker=True)
    return asked


async def decides(asked: Asked) -> bool:
    """Whether the asker may decide for the chat that is spoken of, as it is now."""
    if asked.about is not None or asked.query.asker.kind is ChatKind.PRIVATE:
        return True
    return await asked.query.scene.decides()


async def _elsewhere(command: Command, asked: Asked, name: str, rest: str) -> Asked | Reply:
    scene = asked.query.scene
    found = await scene.elsewhere(name)
    here = found.address == asked.query.asker.address
    match found.grant:
        case Grant.NOT_HERE:
            open_ = speech.opener(asked, "private", scene.link())
            return speech.tell(asked, asked.say("elsewhere_in_private"), *open_, only_asker=True)
        case Grant.NOT_YOURS if here and command.audience is Audience.EVERYONE:
            return replace(asked, about=found, arguments=rest)
        case Grant.NOT_YOURS if here:
            return speech.tell(asked, asked.say("deciders_only", command=command.name), only_asker=True)
        case Grant.CANNOT_POST if not command.posts:
            return replace(asked, about=found, arguments=rest)
        case Grant.GRANTED:
            return replace(asked, about=found, arguments=rest)
        case Grant.UNKNOWN | Grant.NOT_YOURS | Grant.CANNOT_POST | Grant.WRONG_KIND:
            return _in_the_way(asked, found, name, again=_again(command, asked, name, rest))
        case _:
            assert_never(found.grant)


def _again(command: Command, asked: Asked, name: str, rest: str) -> str:
    """What is asked once nothing is in the way: in private how the chat stands, where many read the same as now."""
    private = asked.query.asker.kind is ChatKind.PRIVATE
    return f"/channel {name}" if private else " ".join(word for word in (f"/{command.name}", name, rest) if word)


def _in_the_way(asked: Asked, found: Elsewhere, name: str, *, again: str) -> Reply:
    """What is in the way, and what can be done. What a chat is called is nothing for those who do not lead it."""
    led = found.grant in {Grant.CANNOT_POST, Grant.WRONG_KIND}
    said = asked.say(_obstacle(found, named=not _ID.fullmatch(name)), title=title_of(found) if led else name)
    if found.grant is Grant.CANNOT_POST and found.lacks:
        said = lacking(asked, found)
    buttons = (*_adding(asked, found), speech.button(asked, "again", again, in_place=True))
    only_asker = asked.query.asker.kind is not ChatKind.PRIVATE
    return speech.tell(asked, said, *(() if found.grant is Grant.WRONG_KIND else buttons), only_asker=only_asker)


def _adding(asked: Asked, found: Elsewhere) -> tuple[Button, ...]:
    """Adds the account to a chat, where that may help: it asks for its rights in a channel."""
    may_help = found.grant is Grant.CANNOT_POST and found.kind is ChatKind.CHANNEL and not found.lacks
    if found.grant is not Grant.UNKNOWN and not may_help:
        return ()
    return speech.opener(asked, "add_channel", asked.query.scene.link(into=ChatKind.CHANNEL))


def _obstacle(found: Elsewhere, *, named: bool) -> str:
    """The key of the words for what is in the way of a chat, which was named, or given by its id."""
    match found.grant:
        case Grant.CANNOT_POST if found.kind is ChatKind.GROUP:
            return "grant_cannot_post_group"
        case Grant.UNKNOWN | Grant.NOT_YOURS if not named:
            return f"grant_{found.grant}_id"
        case _:
            return f"grant_{found.grant}"


def lacking(asked: Asked, found: Elsewhere, mention: str = "") -> str:
    """What is missing in a chat, and what to do about it; empty where nothing is. `mention`: the role that is called.

    That a role cannot be called matters only where one is chosen that not everybody may call.
    """
    told = []
    if rights := [lack for lack in found.lacks if lack in _RIGHTS]:
        named = asked.say("lack_between").join(asked.say(f"lack_{lack}") for lack in rights)
        cannot = found.grant is Grant.CANNOT_POST
        told.append(asked.say("lacks_all" if cannot else "lacks_some", title=title_of(found), lacks=named))
    told += [asked.say(f"lack_{lack}", title=title_of(found)) for lack in found.lacks if lack in _STATES]
    role = next((role for role in found.roles if role.id == mention), None)
    if role is not None and not role.open and Lack.MENTION in found.lacks:
        told.append(asked.say("lacks_mention", role=cut(role.name), lacks=asked.say("lack_mention")))
    return "\n".join(told)


def place_of(asked: Asked) -> Place:
    """The chat that is spoken of, as rows keep an address."""
    address = asked.query.asker.address
    if asked.about is not None and asked.about.address is not None:
        address = asked.about.address
    return Place(platform=address.platform, account=address.account, chat=address.chat, thread=address.thread)


def author(asked: Asked) -> str:
    """Who asks, as a person of a platform: `telegram:5`."""
    return f"{asked.query.asker.address.platform}:{asked.query.asker.person}"


def first_time(db: Database, asked: Asked) -> bool:
    """Whether this update's effect is still to be done; noted in the unit that does it."""
    if not asked.query.update:
        return True
    place = place_of(asked)
    lane = subscriptions.lane_at(db, place.platform, place.account)
    return ledger.answered(db, lane, asked.query.update, now=asked.now)
