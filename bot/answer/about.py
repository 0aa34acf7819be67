"""Which chat a question is about: the one in which it is asked, or another that it names and its asker decides for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import assert_never

from adapters.platform import Audience, Button, ChatKind, Elsewhere, Grant, Reply
from bot.answer import speech
from bot.answer.command import Asked, Command, title_of
from storage import ledger, subscriptions
from storage.database import Database
from storage.subscriptions import Place

_NAMED = re.compile(
    r"(?:[@＠]|(?:https?://)?t\.me/)(?P<name>-[0-9]{1,20}|[A-Za-z][A-Za-z0-9_]{3,63})/?(?:\s+|\Z)(?P<rest>.*)",
    re.DOTALL,
)
"""A chat's public name, as it is written or as a link, or its id; and what follows."""


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
    if asked.query.asker.kind is not ChatKind.PRIVATE:
        open_ = speech.opener(asked, "private", scene.link())
        return speech.tell(asked, asked.say("elsewhere_in_private"), *open_, only_asker=True)
    found = await scene.elsewhere(name)
    match found.grant:
        case Grant.CANNOT_POST if command.posts:
            return _in_the_way(asked, name, found)
        case Grant.GRANTED | Grant.CANNOT_POST:
            return replace(asked, about=found, arguments=rest)
        case Grant.UNKNOWN | Grant.NOT_YOURS:
            return _in_the_way(asked, name, found)
        case _:
            assert_never(found.grant)


def _in_the_way(asked: Asked, name: str, found: Elsewhere) -> Reply:
    """What is in the way, and what can be done. What a chat is called is nothing for those who do not lead it."""
    title = title_of(found) if found.grant is Grant.CANNOT_POST else name
    said = asked.say(_obstacle(found, named=not name.startswith("@-")), title=title)
    add: tuple[Button, ...] = ()
    if found.grant is not Grant.NOT_YOURS and (found.kind is ChatKind.CHANNEL or found.grant is Grant.UNKNOWN):
        add = speech.opener(asked, "add_channel", asked.query.scene.link(into=ChatKind.CHANNEL))
    return speech.tell(asked, said, *add, speech.button(asked, "again", f"/channel {name}", in_place=True))


def _obstacle(found: Elsewhere, *, named: bool) -> str:
    """The key of the words for what is in the way of a chat, which was named, or given by its id."""
    match found.grant:
        case Grant.CANNOT_POST if found.kind is ChatKind.GROUP:
            return "grant_cannot_post_group"
        case Grant.UNKNOWN | Grant.NOT_YOURS if not named:
            return f"grant_{found.grant}_id"
        case _:
            return f"grant_{found.grant}"


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
