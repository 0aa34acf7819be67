"""Which posts are translations of each other."""

from __future__ import annotations

import pytest

from digest.model import StoryKey
from digest.translations import Telling, are_translations, is_translated


def told(path: str, language: str, *keys: str) -> Telling:
    """A post at a path, with stories of these keys."""
    return Telling(path=path, language=language, keys=frozenset(map(StoryKey, keys)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (told("2026/x.md", "zh", "a.b/1"), told("2026/x.en.md", "en", "a.b/1")),
        (told("2026/x.md", "zh", "a.b/zh"), told("2026/x.en.md", "en", "a.b/en")),
        (told("x.ja.md", "ja"), told("x.en.md", "en")),
        (told("zh/x.md", "zh", "a.b/1", "a.b/2"), told("en/x.md", "en", "a.b/2")),
        (told("daily-cn.md", "zh", "a.b/1"), told("daily-en.md", "en", "a.b/1")),
        (told("2026.01.05.md", "zh", "a.b/1"), told("2026.01.05.en.md", "en", "a.b/2")),
        (told("zh/essay.md", "zh"), told("en/essay.md", "en")),
        (told("x.md", "zh", "a.b/1"), told("en/x.md", "en", "a.b/1")),
        (told("zh-cn/x.md", "zh", "a.b/1"), told("zh-tw/x.md", "zh", "a.b/1")),
    ],
)
def test_path_that_differs_in_its_language_is_a_translation(one: Telling, other: Telling) -> None:
    """A digest's language may stand in its folder or its suffix; what tells the same in another is its translation."""
    assert are_translations(one, other)
    assert are_translations(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (told("it/x.md", "en", "a.b/1"), told("x.md", "zh", "a.b/2")),
        (told("uk/2026-01-05.md", "uk", "a.b/1"), told("fr/2026-01-05.md", "fr", "a.b/2")),
        (told("uk/x.md", "uk", "a.b/1", "a.b/2", "a.b/3"), told("fr/x.md", "fr", "a.b/3", "a.b/4", "a.b/5")),
        (told("market-cn.md", "zh", "a.b/1"), told("market-jp.md", "ja", "a.b/2")),
        (told("x.md", "zh", "a.b/1"), told("y.en.md", "en", "a.b/1")),
        (told("daily/x.md", "zh", "a.b/1"), told("weekly/x.md", "en", "a.b/1")),
        (told("x.md", "zh", "a.b/1"), told("x.txt", "en", "a.b/1")),
        (told("ar/x.md", "en"), told("x.md", "en")),
        (told("it/x.md", "it"), told("x.md", "zh")),
    ],
)
def test_posts_that_only_sound_alike_are_no_translations(one: Telling, other: Telling) -> None:
    """A folder named like a language may hold other news, and what shares few links with it is no translation of it."""
    assert not are_translations(one, other)
    assert not are_translations(other, one)


def test_own_telling_has_no_language_in_its_path() -> None:
    """Of several tellings the publisher's own is the one whose path names no language."""
    assert not is_translated("2026/x.md")
    assert is_translated("2026/x.en.md")
    assert is_translated("en/2026/x.md")
