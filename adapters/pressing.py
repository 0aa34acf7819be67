"""What stands in a button's data: whom it asks what, as short as it can be said. Pure.

    /words              asks these words; the answer is a new message
    =/words             the same; the answer stands in the place of what the button was below
    3~1234~/words       shows the third page of what these words are answered, to person 1234
    #name               any of these, kept elsewhere because it is longer

Nothing in it is trusted: anybody can press any button, and a program can send any data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_IN_PLACE = "="
_KEPT = re.compile(r"#([0-9A-Za-z]{16})")
_PAGE = re.compile(r"(\d{1,4})~(-?\d{1,20})~(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a press asks. `page` counts from 1, and 0 where none is turned; `turner` is who may turn."""

    words: str
    in_place: bool = False
    page: int = 0
    turner: str = ""

    @property
    def data(self) -> str:
        """The wish as a button's data, however long."""
        if self.page:
            return f"{self.page}~{self.turner}~{self.words}"
        return f"{_IN_PLACE}{self.words}" if self.in_place else self.words


def kept_as(name: str) -> str:
    """The data of a button whose wish is kept under this name."""
    return f"#{name}"


def name_in(data: str) -> str | None:
    """The name under which the wish is kept; None where it stands in the data itself."""
    found = _KEPT.fullmatch(data)
    return found[1] if found else None


def wish_in(data: str) -> Wish | None:
    """The wish that stands in the data; None for what no button of ours holds."""
    if found := _PAGE.fullmatch(data):
        page = int(found[1])
        return Wish(words=found[3], page=page, turner=found[2]) if page else None
    if data.startswith(_IN_PLACE):
        return Wish(words=data[1:], in_place=True) if data[1:].startswith("/") else None
    return Wish(words=data) if data.startswith("/") else None
