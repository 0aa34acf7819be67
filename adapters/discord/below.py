"""What stands below a message, as Discord takes it: at most five rows, each of buttons or of one menu. Pure.

Source of the limits: https://docs.discord.com/developers/components/reference
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

Component = dict[str, Any]

MOST_ROWS: Final = 5
MOST_IN_A_ROW: Final = 5
MOST_CHOICES: Final = 25
"""Options of one menu."""
LONGEST_LABEL: Final = 80
LONGEST_CHOICE: Final = 100
"""Code points of an option's label; we use as many of a menu's placeholder, which may have 150."""
LONGEST_DATA: Final = 100
"""Code points of what a component is known by, and of what a choice of a menu says."""
LONGEST_URL: Final = 512

_GREY, _LINK = 2, 5
_ROW, _BUTTON, _MENU = 1, 2, 3


def row_of(*components: Component) -> Component:
    """One menu, or buttons beside each other."""
    return {"type": _ROW, "components": list(components)}


def button(label: str, name: str) -> Component:
    """A button that is known by a name."""
    return {"type": _BUTTON, "style": _GREY, "label": label, "custom_id": name}


def link(label: str, url: str) -> Component:
    """A button that opens an address."""
    return {"type": _BUTTON, "style": _LINK, "label": label, "url": url}


def menu(placeholder: str, name: str, options: Sequence[Component]) -> Component:
    """A menu of which one thing is picked, known by a name."""
    return {"type": _MENU, "custom_id": name, "placeholder": placeholder, "options": list(options)}


def size_of(said: object) -> int:
    """UTF-8 bytes of anything as JSON."""
    return len(json.dumps(said, ensure_ascii=False).encode())
