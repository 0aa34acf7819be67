"""Turns a reply into pages with buttons and menus: one message shows one page. Pure.

Documents that fit are told on one page, an embed each. Buttons that belong to one choice are a menu.
Source of the limits: https://docs.discord.com/developers/components/reference
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import Final

from adapters import showing
from adapters.discord.below import (
    LONGEST_CHOICE,
    LONGEST_DATA,
    LONGEST_LABEL,
    LONGEST_URL,
    MOST_CHOICES,
    MOST_IN_A_ROW,
    MOST_ROWS,
    Component,
    button,
    link,
    menu,
    row_of,
    size_of,
)
from adapters.discord.dialect import LONGEST_BODY, LONGEST_EMBED, DiscordDialect
from adapters.platform import Button, Dialect, Message, Reply
from adapters.pressing import Wish
from digest.cutting import shorten

MOST_EMBEDS: Final = 10

LONGEST_NUMBER: Final = 3
"""Code points in front of a button's data: no two components of a message may be known by the same."""

ENVELOPE: Final = 200
"""Bytes of an answer that belong to no message: how it answers, flags, brackets."""

TURNING: Final = 1_200
"""Bytes of the row that turns pages, at most."""

MOST_BELOW: Final = 4_500
"""Bytes of the other rows; buttons that would make it more are left out, so that the message keeps its room."""

_AROUND = 90
"""Bytes of a button besides its label and what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Something to press. `data` is what it says, and may still be too long; or `url` is what it opens.

    `chosen`: it stands for what is chosen now; `marked` is then its label with a mark.
    """

    label: str
    data: str = ""
    url: str = ""
    chosen: bool = False
    marked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Keys beside each other; with `menu`, a menu of that name instead."""

    keys: tuple[Key, ...]
    menu: str = ""


def fits(data: str) -> bool:
    """Whether Discord takes so much data of a button."""
    return len(data) <= LONGEST_DATA - LONGEST_NUMBER


# --- Pages --------------------------------------------------------------------------------------------------------


def pages_of(reply: Reply, dialect: Dialect) -> tuple[Message, ...]:
    """What the reply says, a message each page, with room for what stands below it."""
    below = rows_of(reply.buttons)
    most = LONGEST_BODY - ENVELOPE - TURNING - size_of(components(map(_measured, below)))
    most_menus = MOST_ROWS - len(below) - 1
    if isinstance(dialect, DiscordDialect):
        dialect = replace(
            dialect,
            most_bytes=min(dialect.most_bytes, most),
            most_menus=most_menus,
            beside_others=len(reply.documents) > 1,
        )
    return showing.pages_of(reply, dialect, partial(_joined, most=most, most_menus=most_menus))


def _measured(row: Row) -> Row:
    """A row as large as it may become: what has no room in it is kept elsewhere."""
    return replace(row, keys=tuple(replace(key, data=key.data[:LONGEST_DATA]) for key in row.keys))


def _joined(one: Message, two: Message, most: int, most_menus: int) -> Message | None:
    """Both as one message, where they fit; embeds with one address would collapse into the first."""
    embeds, rows = [*one["embeds"], *two["embeds"]], [*one.get("components", ()), *two.get("components", ())]
    marks = [embed["url"] for embed in embeds if "url" in embed] + [part["custom_id"] for part in _parts(rows)]
    page = {**one, "embeds": embeds} | ({"components": rows} if rows else {})
    fit = len(embeds) <= MOST_EMBEDS and sum(map(_texts, embeds)) <= LONGEST_EMBED and size_of(page) <= most
    return page if fit and len(rows) <= most_menus and len(marks) == len(set(marks)) else None


def _parts(rows: Iterable[Component]) -> Iterator[Component]:
    return (part for row in rows for part in row["components"])


def _texts(embed: Message) -> int:
    return (
        len(embed.get("title", "")) + len(embed.get("description", "")) + len(embed.get("footer", {}).get("text", ""))
    )


# --- What stands below --------------------------------------------------------------------------------------------


def turning(page: int, pages: int, *, words: str, turner: str = "") -> list[Row]:
    """The row that turns pages, counted from 1; behind the last comes the first. Empty where there is only one."""
    wishes = showing.turns(page, pages, words=words, turner=turner)
    keys = tuple(Key(label=label, data=wish.data) for label, wish in wishes)
    return [Row(keys=keys)] if keys else []


def rows_of(buttons: Sequence[Button], *, most: int = MOST_ROWS - 1) -> list[Row]:
    """The buttons in at most so many rows; those that belong to one choice are a menu.

    Where rows that a phone shows whole are too many, they are as full as Discord lets them be.
    """
    runs = [(menu, list(run)) for menu, run in groupby(buttons, key=lambda button: button.menu)]
    rows = [row for menu, run in runs for row in _rows(menu, run)]
    if len(rows) > most:
        rows = [row for menu, run in runs for row in (_rows(menu, run) if menu else _dense(run))]
    return list(_that_fit(rows[:most]))


def _that_fit(rows: Iterable[Row]) -> Iterator[Row]:
    left = MOST_BELOW
    for row in rows:
        keys = []
        for key in row.keys:
            left -= _AROUND + size_of([key.label[:LONGEST_CHOICE], key.data[:LONGEST_DATA], key.url])
            if left >= 0:
                keys.append(key)
        yield replace(row, keys=tuple(keys))


def _rows(menu: str, run: Sequence[Button]) -> Iterator[Row]:
    if menu and all(not button.url for button in run):
        yield Row(keys=tuple(map(_key, run[:MOST_CHOICES])), menu=menu)
        return
    for row in showing.rows_of(run, most=MOST_IN_A_ROW):
        yield Row(keys=tuple(map(_key, row)))


def _dense(run: Sequence[Button]) -> Iterator[Row]:
    for start in range(0, len(run), MOST_IN_A_ROW):
        yield Row(keys=tuple(map(_key, run[start : start + MOST_IN_A_ROW])))


def _key(button: Button) -> Key:
    if button.url and len(button.url) <= LONGEST_URL:
        return Key(label=button.label, url=button.url)
    wish = Wish(words=button.says, in_place=button.in_place)
    return Key(label=button.label, data=wish.data, chosen=button.chosen, marked=button.marked)


def components(rows: Iterable[Row]) -> list[Component]:
    """The rows as Discord takes them; each component is known by another name."""
    said: list[Component] = []
    number = 0
    for shown in rows:
        keys = [key for key in shown.keys if key.url or key.data]
        if shown.menu and keys:
            inner = [_menu(shown.menu, keys, number)]
        else:
            inner = [_button(key, number + place) for place, key in enumerate(keys)]
        if inner:
            said.append(row_of(*inner))
        number += len(inner)
    return said


def _button(key: Key, number: int) -> Component:
    label = shorten(key.marked or key.label, LONGEST_LABEL)
    return link(label, key.url) if key.url else button(label, f"{number}:{key.data}")


def _menu(name: str, keys: Sequence[Key], number: int) -> Component:
    """A menu of which one thing is picked at a time; of several that are chosen now, each has a mark of its own."""
    shown = {key.data: key for key in keys}
    alone = sum(key.chosen for key in shown.values()) == 1
    options = []
    for data, key in shown.items():
        label = key.label if alone else key.marked or key.label
        option: Component = {"label": shorten(label, LONGEST_CHOICE), "value": data}
        options.append(option | ({"default": True} if key.chosen and alone else {}))
    return menu(shorten(name, LONGEST_CHOICE), f"{number}:menu", options)
