"""Which bot a token of Discord belongs to, read from the token alone: for this no library is needed."""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from typing import Final

from adapters.platform import AccountId

_TOKEN: Final = re.compile(r"([A-Za-z0-9_-]{2,28})\.[A-Za-z0-9_-]{5,8}\.[A-Za-z0-9_-]{20,110}", re.ASCII)
"""The bot's id, when the token was made, and what proves it: three parts of base64 without padding."""
_ID: Final = re.compile(rb"[1-9][0-9]{0,19}")
"""A snowflake: 64 bits, in decimal (https://discord.com/developers/docs/reference#snowflakes)."""


def identity_of(token: str) -> AccountId:
    """The account that a token belongs to: the bot's user id, the same in every token of one bot.

    Raises ValueError for what is no token, without its text.
    """
    found = _TOKEN.fullmatch(token)
    number = _decoded(found[1]) if found else b""
    if not _ID.fullmatch(number):
        raise ValueError("this is no token of a Discord bot")
    return AccountId(number.decode())


def _decoded(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        return b""
