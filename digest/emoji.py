"""Emoji that are written as short codes: `:rocket:`."""

from __future__ import annotations

import re
import unicodedata

EMOJI_CODE = re.compile(r"(?<!\w):(?P<name>[a-z0-9][a-z0-9_+-]{0,40}):(?!\w)")
"""What looks like a short code."""

_ALIASES = dict(
    alias.split(" ")
    for row in (
        "tada 🎉  bulb 💡  mega 📣  loudspeaker 📢  warning ⚠️  boom 💥  zap ⚡  star ⭐  star2 🌟",
        "sparkles ✨  books 📚  book 📖  memo 📝  pencil 📝  newspaper 📰  link 🔗  bookmark 🔖",
        "pushpin 📌  calendar 📅  date 📅  computer 💻  tools 🛠️  wrench 🔧  hammer 🔨  gear ⚙️  lock 🔒",
        "bug 🐛  robot 🤖  moneybag 💰  chart_with_upwards_trend 📈  bar_chart 📊  heart ❤️  eyes 👀",
        "wave 👋  pray 🙏  clap 👏  muscle 💪  point_right 👉  point_down 👇  thumbsup 👍  thinking 🤔",
        "smile 😄  joy 😂  100 💯  white_check_mark ✅  heavy_check_mark ✔️  x ❌  question ❓",
        "exclamation ❗  new 🆕  hot 🔥  earth_asia 🌏  globe_with_meridians 🌐  hourglass ⌛",
        "package 📦  gift 🎁  art 🎨  trophy 🏆  dart 🎯  tv 📺  movie_camera 🎥  cn 🇨🇳  us 🇺🇸",
    )
    for alias in row.split("  ")
)
"""Codes that are not the names of their characters."""


def drawn(text: str) -> str:
    """The text with its short codes drawn; those that nobody knows stay as they are."""
    return EMOJI_CODE.sub(_drawn, text) if ":" in text else text


def _drawn(found: re.Match[str]) -> str:
    name = found[1]
    if name in _ALIASES:
        return _ALIASES[name]
    try:
        char = unicodedata.lookup(name.replace("_", " ").upper())
    except KeyError:
        return found[0]
    return char if len(char) == 1 and unicodedata.category(char) == "So" else found[0]
