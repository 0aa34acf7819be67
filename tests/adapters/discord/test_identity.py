"""Which bot a token of Discord belongs to."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.identity import identity_of

BEHIND = "GxY2aa.aaEhBOweik6ad9r_QXMENQjcrGbqCr4Kbc12345"


def token(first: bytes) -> str:
    """A token whose first part says this."""
    return f"{urlsafe_b64encode(first).decode().rstrip('=')}.{BEHIND}"


@given(st.integers(1, 2**63 - 1))
def test_a_token_names_its_bot(number: int) -> None:
    """The first part of a token is the bot's number, whatever stands behind it."""
    assert identity_of(token(str(number).encode())) == str(number)


@pytest.mark.parametrize(
    "given_token",
    [
        "",
        BEHIND,
        token(b"0117000000000000000"),
        token(b"117000000000000000x"),
        token("１１７００００".encode()),
        token(b"-1170000000000000001"),
        token(b"123456789012345678901"),
        f"a.{BEHIND}",
        f"aaaaa.{BEHIND}",
        f"{token(b'1170000000000000001')}/x",
        f"Bot {token(b'1170000000000000001')}",
        token(b"1170000000000000001").rpartition(".")[0],
    ],
)
def test_what_is_no_token_is_refused_without_its_text(given_token: str) -> None:
    """What names no bot, or has not three parts, is no token; its text is not repeated."""
    with pytest.raises(ValueError, match="this is no token of a Discord bot") as caught:
        identity_of(given_token)
    assert "aaEhBO" not in repr(caught.value)
