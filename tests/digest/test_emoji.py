"""Emoji that are written as short codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.emoji import drawn


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (":rocket: Launch", "🚀 Launch"),
        ("a :fire::fire:", "a 🔥🔥"),
        (":fire: :tada: :100:", "🔥 🎉 💯"),
        (":nothing_of_the_kind:", ":nothing_of_the_kind:"),
        ("12:30:45 a:b:c", "12:30:45 a:b:c"),
        (":latin_small_letter_a:", ":latin_small_letter_a:"),
    ],
)
def test_short_codes(text: str, shown: str) -> None:
    """Metadata: a short code is drawn where it stands alone and is known; times and words are none."""
    assert drawn(text) == shown


@given(st.text(":abc_ ", max_size=200))
def test_any_text(text: str) -> None:
    """Bounds: a text without a short code stays as it is, and no other gets longer."""
    assert len(drawn(text)) <= len(text)
