"""What a post's path says: its language, and its name without one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.names import certain_language, language_in, primary, untranslated


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("x.en.md", "en"),
        ("x.zh-CN.md", "zh"),
        ("x.zh-hant.md", "zh"),
        ("x.zh-Hant-TW.md", "zh"),
        ("x_en.md", "en"),
        ("2026-01-02-en.md", "en"),
        ("2026-01-02_zh-CN.md", "zh"),
        ("weekly_CN.md", "zh"),
        ("en-2026-01-02.md", "en"),
        ("2026-01-02/en.md", "en"),
        ("2026-01-02/zh.md", "zh"),
        ("en/x.md", "en"),
        ("content/zh-cn/posts/x.md", "zh"),
        ("content/zh-tw/posts/x.md", "zh"),
        ("i18n/en/docusaurus-plugin-content-blog/x.md", "en"),
        ("i18n/zh_Hans/x.md", "zh"),
        ("cn/x.md", "zh"),
        ("中文/x.md", "zh"),
        ("English/x.md", "en"),
        ("en/it/x.md", "en"),
        ("it/x.md", "it"),
        ("how-to-fix-it.md", ""),
        ("lo-que-es.md", ""),
        ("gpt-4.5.md", ""),
        ("posts/open.md", ""),
        ("x.md", ""),
    ],
)
def test_language(path: str, language: str) -> None:
    """Keys and language: a digest's language is told by its folder or its suffix, where that can mean a language."""
    assert language_in(path) == language


@pytest.mark.parametrize(
    "paths",
    [
        ("2026-01-02.md", "2026-01-02.en.md", "2026-01-02.zh-cn.md", "2026-01-02_en.md", "2026-01-02-en.md"),
        ("x.md", "en/x.md", "zh/x.md", "i18n/en/x.md", "translations/ja/x.md", "x.en.mdx"),
        ("content/posts/x.md", "content/en/posts/x.md", "content/zh-Hant/posts/x.md", "content/posts/en/x.md"),
        ("2026/01/02/index.md", "2026/01/02/index.en.md", "2026/01/02/en.md", "2026/01/02/zh.md"),
        ("blog/x.md", "i18n/en/docusaurus-plugin-content-blog/x.md"),
        (
            "weekly_2026-01-02.md",
            "weekly_2026-01-02_zh-CN.md",
            "weekly_2026-01-02-zh-Hant-TW.md",
            "weekly_2026-01-02_EN.md",
            "weekly_2026-01-02_CN.md",
        ),
    ],
)
def test_translations_have_one_name(paths: tuple[str, ...]) -> None:
    """Keys and language: a post and its translations have the same name once the language is taken out."""
    assert len({untranslated(path) for path in paths}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-01-02.md", "2026-01-03.md"),
        ("a/x.md", "b/x.md"),
        ("fix-it.md", "fix.md"),
        ("lang/x.md", "x.md"),
        ("en/it/x.md", "en/x.md"),
        ("gpt-4.5.md", "gpt-4.md"),
    ],
)
def test_others_have_names_of_their_own(one: str, other: str) -> None:
    """Keys and language: two posts are not translations for what only looks like a language."""
    assert untranslated(one) != untranslated(other)


@pytest.mark.parametrize(
    ("path", "certain"), [("en/x.md", True), ("it/x.md", False), ("x.it.md", True), ("x.md", False)]
)
def test_certain(path: str, certain: bool) -> None:
    """Keys and language: a folder that may be a topic as well tells no language for certain."""
    assert certain_language(path) is certain


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("zh", "zh"),
        ("zh-Hant-TW", "zh"),
        ("zh_CN.UTF-8", "zh"),
        ("EN-us", "en"),
        ("cn", "zh"),
        ("中文", "zh"),
        ("English", "en"),
        ("da", "da"),
        ("go", ""),
        ("python", ""),
        ("", ""),
    ],
)
def test_primary(said: str, language: str) -> None:
    """Keys and language: of what a post says only the primary tag counts, and a language for programs is none."""
    assert primary(said) == language


@given(st.text(max_size=60))
def test_any_path(path: str) -> None:
    """Bounds: whatever a file is called, its name is the same in the folders of two languages."""
    assert untranslated(f"en/{path}") == untranslated(f"zh/{path}")
    assert language_in(f"en/{path}")
