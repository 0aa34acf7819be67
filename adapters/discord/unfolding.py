"""Opens the stories of which a message shows less than is known: a menu below it, an option for each story. Pure.

A menu is known by what it asks, less the story's place, which its option says: `0:/story 0123456789ab` and `7`. So
nothing is kept for it, and it opens its stories however old the message is. A story that is the only one has a button,
for Discord takes no choice a second time before another one (https://github.com/discord/discord-api-docs/issues/4801).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from adapters.discord.below import (
    LONGEST_CHOICE,
    LONGEST_LABEL,
    MOST_CHOICES,
    MOST_ROWS,
    Component,
    button,
    menu,
    row_of,
    size_of,
)
from digest.cutting import shorten

SHORTEST: Final = 16
"""Code points that a label has at least, if its title has them: so much room is always left for it."""

_LENGTHS: Final = (LONGEST_CHOICE, 80, 64, 48, 36, 24, SHORTEST)

_LONGEST_TITLE = 60
"""Code points of a digest's title on a menu."""

_LONGEST_RANGE = "12345–12345"


class Hidden(NamedTuple):
    """A story of which a message shows less than is known: its place in its digest, its number, its title in words."""

    place: int
    number: int | None
    title: str

    def label(self, longest: int) -> str:
        """Its number and title, in at most so many code points."""
        return shorten(self.title if self.number is None else f"{self.number}. {self.title}", longest)

    def option(self, longest: int) -> Component:
        """The story as an option of a menu."""
        return {"label": self.label(longest), "value": str(self.place)}

    @property
    def share(self) -> int:
        """Bytes that it takes at least of a message, with what separates it from the next."""
        return size_of(self.option(SHORTEST)) + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfolding:
    """How the stories of a digest are opened.

    `name`: the digest's; `words`: what a menu is called, and `whole` a button; `title`: whose stories they are, where
    that is not plain to see; `alone`: nothing else is told beside its one story, whose button needs no name.
    """

    name: str
    words: str
    whole: str
    title: str = ""
    alone: bool = False

    def frame(self, stories: int) -> int:
        """Bytes that so many stories take of a message at most, besides the stories' own."""
        if not stories:
            return 0
        menus = [self._menu(number, _LONGEST_RANGE, ()) for number in range(min(_menus_for(stories), MOST_ROWS))]
        return size_of({"components": list(map(row_of, menus))})

    def rows(self, stories: Sequence[Hidden], room: int) -> list[Component]:
        """The rows that open these stories, their labels as long as so many bytes have room for them."""
        for longest in _LENGTHS:
            shown = [self._button(stories[0], longest)] if len(stories) == 1 else self._menus(stories, longest)
            rows = list(map(row_of, shown))
            if size_of(rows) <= room:
                break
        return rows

    def _button(self, story: Hidden, longest: int) -> Component:
        label = self.whole if self.alone else f"{self.whole} · {story.label(longest)}"
        return button(shorten(label, LONGEST_LABEL), f"0:{self._asks} {story.place}")

    def _menus(self, stories: Sequence[Hidden], longest: int) -> Iterator[Component]:
        """The stories in as few menus as can be, of about the same length."""
        menus = _menus_for(len(stories))
        length = -(-len(stories) // menus)
        shares = [stories[at : at + length] for at in range(0, len(stories), length)]
        for number, (share, which) in enumerate(zip(shares, _ranges(shares), strict=True)):
            yield self._menu(number, which, [story.option(longest) for story in share])

    def _menu(self, number: int, which: str, options: Sequence[Component]) -> Component:
        said = (self.words, shorten(self.title, _LONGEST_TITLE), which)
        placeholder = shorten(" · ".join(filter(None, said)), LONGEST_CHOICE)
        return menu(placeholder, f"{number}:{self._asks}", options)

    @property
    def _asks(self) -> str:
        return f"/story {self.name}"


def _menus_for(stories: int) -> int:
    return -(-stories // MOST_CHOICES)


def _ranges(shares: Sequence[Sequence[Hidden]]) -> Iterator[str]:
    """What tells several menus apart: the numbers in each, where they rise, else the menu's own; of one, nothing."""
    numbers = [story.number for share in shares for story in share]
    rise = all(one is not None and two is not None and one < two for one, two in pairwise(numbers))
    for place, share in enumerate(shares, start=1):
        if len(shares) == 1:
            yield ""
        else:
            yield f"{share[0].number}–{share[-1].number}" if rise else f"{place}/{len(shares)}"
