"""The name of a series within the titles of its issues."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Rules
from digest.series import name_in, series_of

RULES = Rules(source="source", zone=UTC)

_HEADLINES = (
    "模型发布",
    "芯片涨价，算力紧张",
    "OpenAI ships GPT-6",
    "Why it matters: a review",
    "What's next?",
    "每个人都该读的 10 本书",
    "Rust 2.0 is out - finally",
    "5 things to know",
    "“开源”的含义",
    "The end of May",
)


@pytest.mark.parametrize(
    ("pattern", "series"),
    [
        ("Weekly #{n}: {headline}", "Weekly"),
        ("AI Weekly Issue {n} — {headline}", "AI Weekly"),
        ("第 {n} 期：{headline}", "folder"),
        ("第{n}期", "folder"),
        ("科技爱好者周刊（第 {n} 期）：{headline}", "科技爱好者周刊"),
        ("潮流周刊第 {n} 期 - {headline}", "潮流周刊"),
        ("{headline}｜AI周刊第{n}期", "AI周刊"),
        ("This Week in Rust {n}", "This Week in Rust"),
        ("AI日报 2026-01-{n}", "AI日报"),
        ("AI日报 2026-01-{n}：{headline}", "AI日报"),
        ("2026-01-{n} AI日报", "AI日报"),
        ("2026-01-{n} {headline}", "folder"),
        ("2026-01-{n}: {headline}", "folder"),
        ("2026.01.{n} {headline}", "folder"),
        ("【2026-01-{n}】AI 早报", "AI 早报"),
        ("AI早报｜2026年1月{n}日 星期五｜{headline}", "AI早报"),
        ("AI Daily — January {n}, 2026", "AI Daily"),
        ("AI Daily | January {n}, 2026 | {headline}", "AI Daily"),
        ("Revue hebdo du {n} janvier 2026", "Revue hebdo"),
        ("Wochenrückblick KW {n}", "Wochenrückblick"),
        ("Issue {n} · {headline}", "folder"),
        ("Vol.{n}", "folder"),
        ("Vol. {n} {headline}", "folder"),
        ("2026-W{n}", "folder"),
        ("AI 周报 2026-W{n}", "AI 周报"),
        ("AI周报 2026年第{n}周", "AI周报"),
        ("AI 月报 2026年{m}月", "AI 月报"),
        ("Monthly Links, May 2026", "Monthly Links"),
        ("Newsletter {n}", "Newsletter"),
        ("#{n} {headline}", "folder"),
        ("{headline}", "folder"),
        ("{headline} #{n}", "folder"),
        ("2026-01-{n} 今日AI新闻汇总（{m}条）", "今日AI新闻汇总"),
        ("2026-01-{n} {m} 条新闻", "folder"),
        ("{n} AI news", "folder"),
        ("週刊AIウォッチ（202601{n}前編）", "週刊AIウォッチ"),
        ("【AI日报 2026-01-{n}】{headline}", "AI日报"),
        ("【AI日报】2026-01-{n} {headline}", "AI日报"),
        ("【AI日报】{headline} 2026-01-{n}", "AI日报"),
        ("[AI Daily] 2026-01-{n} {headline}", "AI Daily"),
        ("AI日报第{n}期 {headline}", "AI日报"),
        ("{headline}（AI日报 2026-01-{n}）", "AI日报"),
        ("AI日报 2026/1/{n} {headline}", "AI日报"),
        ("Newsletter #{n} {headline}", "Newsletter"),
        ("🔥 AI 日报 🔥 2026-01-{n}", "AI 日报"),
        ("2026.01.{n}.08 过去4小时全球AI发生了什么？", "过去4小时全球AI发生了什么？"),
        ("2026.01.{n} 全球AI新闻速递", "全球AI新闻速递"),
    ],
)
def test_issues_are_one_series(pattern: str, series: str) -> None:
    """Metadata: ten issues of one weekly land in one series, the common name's or the folder's, never one each."""
    titles = [
        pattern.format(n=number, m=number % 12 + 1, headline=headline) for number, headline in enumerate(_HEADLINES, 10)
    ]
    assert {series_of("folder/x.md", title, "", RULES)[0] for title in titles} == {series}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("2025.11.21 全球AI新闻速递", "全球AI新闻速递"),
        ("2025.11.26.12 过去4小时全球AI发生了什么？", "过去4小时全球AI发生了什么？"),
        ("AI早报（2025年11月21日 星期五）", "AI早报"),
        ("AI Daily — November 21, 2025", "AI Daily"),
        ("AI Weekly #12 2025-11-21", "AI Weekly"),
        ("AI日报 2025-11-21 第12期", "AI日报"),
        ("11月21日 AI早报", "AI早报"),
        ("2025-11-26日报", "日报"),
        ("2025年11月26日日报", "日报"),
        ("11月26日报", "日报"),
        ("11月26日周刊", "周刊"),
        ("AI日报 20251126", "AI日报"),
        ("20251126", ""),
        ("2025/11/21", ""),
        ("没有日期的标题", ""),
        ("AI日报", ""),
        ("2025-11-21 马斯克起诉OpenAI", ""),
    ],
)
def test_name(title: str, name: str) -> None:
    """Metadata: a title less its date, its number and the punctuation that held them names the series."""
    assert name_in(title) == name


@given(st.text(max_size=80))
def test_any_title(title: str) -> None:
    """Bounds: whatever a post is called, it has a series, and no name is longer than its title."""
    assert series_of("x.md", title, "", RULES)[0]
    assert len(name_in(title)) <= len(title)
