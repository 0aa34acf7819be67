"""For whom a page is drawn."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from adapters.web.looker import Theme, looker_of, preferred_language


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "zh"),
        ("en-US,en;q=0.9", "en"),
        ("zh-TW", "zh"),
        ("fr,de;q=0.9", "zh"),
        ("fr, en;q=0.3, zh;q=0.2", "en"),
        ("en;q=0.2, zh;q=0.8", "zh"),
        ("en;q=nonsense, zh;q=0.1", "zh"),
        ("EN", "en"),
        (",,;q=", "zh"),
    ],
)
def test_the_language_defaults_to_what_the_browser_likes_best(accepted: str, language: str) -> None:
    """The default is the best of our languages in `Accept-Language`, and Chinese where it names none."""
    assert preferred_language(accepted) == language


def test_what_was_chosen_is_kept_in_cookies() -> None:
    """Language, theme and zone come from the cookies."""
    looker = looker_of({"sudi-language": "en", "sudi-theme": "dark", "sudi-zone": "Asia/Tokyo"}, "zh", UTC)
    assert (looker.language, looker.theme, looker.zone) == ("en", Theme.DARK, ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../../etc/passwd", "/etc/passwd", "\x00", "a" * 5000])
def test_a_cookie_that_makes_no_sense_counts_for_nothing(zone: str) -> None:
    """An unknown language, theme or zone is as none."""
    looker = looker_of({"sudi-language": "tlh", "sudi-theme": "loud", "sudi-zone": zone}, "en", UTC)
    assert (looker.language, looker.theme, looker.zone) == ("en", Theme.AUTO, UTC)
