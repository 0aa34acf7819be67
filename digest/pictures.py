"""Which pictures of a text are pictures: badges, counters, faces and drawn letters are none."""

from __future__ import annotations

import re

from digest.html import attribute

_BADGE = re.compile(
    r"//(?:[\w-]+\.)*(?:shields\.io|badgen\.net|badge\.fury\.io|forthebadge\.com|travis-ci\.(?:org|com)|codecov\.io"
    r"|coveralls\.io|circleci\.com|awesome\.re|star-history\.com|komarev\.com|hits\.\w+\.\w+|visitor-badge\.\w+(?:\.\w+)*"
    r"|img\.badgesize\.io|isitmaintained\.com|api\.netlify\.com|ko-fi\.com|buymeacoffee\.com)[/?]"
    r"|badge[\w-]*\.svg|/badges?[/?.]|/workflows/[^/]+/badge",
    re.IGNORECASE,
)
_NO_PICTURE = re.compile(
    r"/(?:logos?|avatars?|emojis?|icons?|twemoji|favicon)[/._-]|favicon|[/._-]logo[._-]|gravatar\.com|avatars\d*\.githubusercontent"
    r"|[/._-](?:pixel|spacer|blank|1x1|tracking|beacon|avatar|qrcode|qr)[/._?-]|\.svg(?:[?#]|$)|/open\.gif|t\.gif(?:[?#]|$)",
    re.IGNORECASE,
)
_DECORATION = re.compile(r"\b(?:emoji|avatar|icon|badge)\b", re.IGNORECASE)
_SMALLEST = 64
"""Pixels of a side. What is smaller stands within a line of text."""

_PIXEL = 2
_WORDS = re.compile(r"[\w\s]")
_PIXELS = re.compile(r"(\d{1,5})(?:px)?")
_UNSAID = 10_000


def shown_at(attributes: str) -> str:
    """Where an `<img>` finds its picture: pages that load late name it elsewhere."""
    src = attribute("src", attributes)
    if src and not src.startswith("data:"):
        return src
    return attribute("data-src", attributes) or attribute("data-original", attributes) or src


def is_badge(url: str, attributes: str = "") -> bool:
    """Whether it is a badge, or a picture of a point that only counts who looks: nothing to show to a reader."""
    return _BADGE.search(url) is not None or _side(attributes) <= _PIXEL


def is_inline(alt: str, attributes: str) -> bool:
    """Whether the picture is a drawn letter, such as an emoji, that its words say as well."""
    return bool(alt) and (_WORDS.search(alt) is None or "emoji" in attribute("class", attributes))


def is_picture(url: str, alt: str, attributes: str = "") -> bool:
    """Whether it is worth being shown above a digest."""
    if is_badge(url, attributes) or _NO_PICTURE.search(url) or _side(attributes) < _SMALLEST:
        return False
    return not (_DECORATION.search(attribute("class", attributes)) or _DECORATION.fullmatch(alt.strip()))


def _side(attributes: str) -> int:
    """The shorter side in pixels, as far as it is said."""
    if not attributes:
        return _UNSAID
    sides = (_PIXELS.fullmatch(attribute(side, attributes)) for side in ("width", "height"))
    return min((int(side[1]) for side in sides if side), default=_UNSAID)
