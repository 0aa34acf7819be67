"""Whoever looks at a page: the language, the theme and the zone that their browser asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

LANGUAGES = ("zh", "en")
LANGUAGE_COOKIE = "sudi-language"
THEME_COOKIE = "sudi-theme"
ZONE_COOKIE = "sudi-zone"


class Theme(StrEnum):
    """How bright the page is; `auto` follows the system."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """For whom a page is drawn."""

    language: str
    theme: Theme
    zone: tzinfo

    @property
    def tag(self) -> str:
        """The language as HTML names it, which also picks the shapes of Chinese characters."""
        return "zh-CN" if self.language == "zh" else self.language


def looker_of(cookies: Mapping[str, str], accept_language: str, zone: tzinfo) -> Looker:
    """Who looks, by their cookies; else by the browser's languages and the setting's zone."""
    language = cookies.get(LANGUAGE_COOKIE, "")
    theme = cookies.get(THEME_COOKIE, "")
    return Looker(
        language=language if language in LANGUAGES else preferred_language(accept_language),
        theme=Theme(theme) if theme in set(Theme) else Theme.AUTO,
        zone=_zone(cookies.get(ZONE_COOKIE, "")) or zone,
    )


def preferred_language(accept_language: str) -> str:
    """The first of our languages that `Accept-Language` names with the highest weight; Chinese where it names none."""
    best, language = 0.0, LANGUAGES[0]
    for choice in accept_language.split(",")[:20]:
        tag, _, weight = choice.strip().partition(";q=")
        primary = tag.strip().lower().partition("-")[0]
        if primary in LANGUAGES and (worth := _weight(weight)) > best:
            best, language = worth, primary
    return language


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, KeyError, OSError):
        return None
