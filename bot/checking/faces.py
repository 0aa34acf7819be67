"""What a digest is on each platform: exactly the messages that a new reader would be sent."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.platform import Dialect, Platform
from bot.catalogue import words
from bot.rendition import Rendition, render
from digest.choices import Layout
from digest.model import Digest


def dialects(*platforms: Platform) -> Mapping[Platform, Dialect]:
    """The dialects of the platforms (of all, where none is named); only theirs are imported."""
    return {platform: _dialect(platform) for platform in platforms or Platform}


def _dialect(platform: Platform) -> Dialect:
    match platform:
        case Platform.TELEGRAM:
            from adapters.telegram.dialect import TelegramDialect

            return TelegramDialect()
        case Platform.DISCORD:
            from adapters.discord.dialect import DiscordDialect

            return DiscordDialect()
        case Platform.WEB:
            from adapters.web.dialect import WebDialect

            return WebDialect()


def face(digest: Digest, dialect: Dialect, layout: Layout, language: str) -> Rendition:
    """Exactly the messages that a new reader of this layout and language would be sent."""
    return render(digest, dialect=dialect, layout=layout, words=words(language))
