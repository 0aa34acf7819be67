"""What a person would call the stories of a post is what is found, in every shape that publishers use."""

from __future__ import annotations

from datetime import UTC
from textwrap import dedent

import pytest

from digest.division import Division, divide
from digest.markdown import parse
from digest.model import Digest, Post, Rules
from digest.read import LARGEST_POST, read
from digest.richtext import Quote, links, plain, plain_blocks

Cases = dict[str, tuple[str, list[str]]]


def _divided(text: str) -> Division:
    return divide(parse(dedent(text).strip()).placed)


def _told(text: str) -> list[str]:
    """Each story on a line: `1. Title → a.b/1`."""
    return [_line(item.number, plain(item.title), item.url) for item in _divided(text).items]


def _line(number: int | None, title: str, url: str | None) -> str:
    lead = "" if number is None else f"{number}. "
    return lead + title + ("" if url is None else f" → {url.removeprefix('https://')}")


def _cases(cases: Cases) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("text", "stories"), list(cases.values()), ids=list(cases))


# --- S1 to S13 ---------------------------------------------------------------------------------------------------

_S1: Cases = {
    "body indented by four": (
        """
        1. [新模型发布，价格减半](https://a.b/1)

            这款模型今天上线，所有人都能用。

        2. [芯片出口有了新规定](https://a.b/2)

            新规定下周生效。
        """,
        ["1. 新模型发布，价格减半 → a.b/1", "2. 芯片出口有了新规定 → a.b/2"],
    ),
    "body on the line below": (
        """
        1. [A model that costs half](https://a.b/1)
           It is out today for all.
        2. [New rules for chips](https://a.b/2)
           They begin next week.
        """,
        ["1. A model that costs half → a.b/1", "2. New rules for chips → a.b/2"],
    ),
    "body that nobody indented": (
        """
        1. [A model that costs half](https://a.b/1)

        It is out today for all.

        2. [New rules for chips](https://a.b/2)

        They begin next week.
        """,
        ["1. A model that costs half → a.b/1", "2. New rules for chips → a.b/2"],
    ),
    "titles alone": (
        """
        本周的文章：

        1. [新模型发布](https://a.b/1)
        2. [芯片的新规定](https://a.b/2)
        3. [机器人跑完了全程](https://a.b/3)
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2", "3. 机器人跑完了全程 → a.b/3"],
    ),
    "the link in bold": (
        """
        1. **[A model that costs half](https://a.b/1)**
           - It is out today.
           - It is open.
        2. **[New rules for chips](https://a.b/2)**
           - They begin next week.
        """,
        ["1. A model that costs half → a.b/1", "2. New rules for chips → a.b/2"],
    ),
    "an address for a title": (
        """
        1. <https://a.b/1>
           A model that costs half.
        2. <https://a.b/2>
           New rules for chips.
        """,
        ["1. https://a.b/1 → a.b/1", "2. https://a.b/2 → a.b/2"],
    ),
}


@_cases(_S1)
def test_s1_numbered_links(text: str, stories: list[str]) -> None:
    """S1: a numbered item that begins with a link is a story, however its body is written below it."""
    assert _told(text) == stories


_S2: Cases = {
    "the source at the end": (
        """
        1. **新模型发布**：今天上线，所有人都能用。[原文](https://a.b/1)
        2. **芯片的新规定**：下周生效。[原文](https://a.b/2)
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
    "a link within the text": (
        """
        1. **A model at half the price.** The team [says](https://a.b/1) that it is out for all today.
        2. **New rules for chips.** They [begin](https://a.b/2) next week.
        """,
        ["1. A model at half the price. → a.b/1", "2. New rules for chips. → a.b/2"],
    ),
    "facts nested below": (
        """
        1. **新模型发布，价格减半**
           - 来源：某报
           - 原文链接：[新模型发布](https://a.b/1)
           - 摘要：今天上线，所有人都能用。

        2. **芯片的新规定**
           - 来源：某台
           - 原文链接：[新规定](https://a.b/2)
           - 摘要：下周生效。
        """,
        ["1. 新模型发布，价格减半 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
    "text below and an arrow": (
        """
        1. **A model at half the price**

           It is out today for all.

           → [Read more](https://a.b/1)

        2. **New rules for chips**

           They begin next week.

           → [Read more](https://a.b/2)
        """,
        ["1. A model at half the price → a.b/1", "2. New rules for chips → a.b/2"],
    ),
}


@_cases(_S2)
def test_s2_numbered_titles_in_bold(text: str, stories: list[str]) -> None:
    """S2: a numbered item that begins in bold is a story; its link stands somewhere in its text."""
    assert _told(text) == stories


_S3: Cases = {
    "an address behind the text": (
        """
        1. 新模型今天发布，价格减半 https://a.b/1
        2. 芯片出口有了新规定 https://a.b/2
        """,
        ["1. 新模型今天发布，价格减半 → a.b/1", "2. 芯片出口有了新规定 → a.b/2"],
    ),
    "no link at all": (
        """
        1. 新模型今天发布，价格减半，所有人都能用。
        2. 芯片出口有了新规定，下周生效。
        3. 机器人跑完了半程马拉松，用时两个小时。
        """,
        [
            "1. 新模型今天发布，价格减半，所有人都能用。",
            "2. 芯片出口有了新规定，下周生效。",
            "3. 机器人跑完了半程马拉松，用时两个小时。",
        ],
    ),
    "the address on a line of its own": (
        """
        1. A model that costs half is out today

           https://a.b/1

        2. New rules for the export of chips

           https://a.b/2
        """,
        ["1. A model that costs half is out today → a.b/1", "2. New rules for the export of chips → a.b/2"],
    ),
    "the source in brackets": (
        """
        1. A model that costs half is out today ([source](https://a.b/1))
        2. New rules for the export of chips ([source](https://a.b/2))
        """,
        ["1. A model that costs half is out today → a.b/1", "2. New rules for the export of chips → a.b/2"],
    ),
    "a colon glued to the address": (
        """
        1. 新模型发布：https://a.b/1
        2. 芯片的新规定：https://a.b/2
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
}


@_cases(_S3)
def test_s3_numbered_text(text: str, stories: list[str]) -> None:
    """S3: a numbered item of text is a story, with the address behind it or without any."""
    assert _told(text) == stories


_S4: Cases = {
    "third level": (
        """
        ### [新模型发布](https://a.b/1)

        今天上线，所有人都能用。

        ### [芯片的新规定](https://a.b/2)

        下周生效。
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "second level, rules between": (
        """
        ## [A model that costs half](https://a.b/1)

        It is out today for all.

        ---

        ## [New rules for chips](https://a.b/2)

        They begin next week.
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "below sections": (
        """
        ## Models

        ### [A model that costs half](https://a.b/1)

        It is out today for all.

        ### [Another one](https://a.b/2)

        It is small.

        ## Law

        ### [New rules for chips](https://a.b/3)

        They begin next week.
        """,
        ["A model that costs half → a.b/1", "Another one → a.b/2", "New rules for chips → a.b/3"],
    ),
    "reading time behind the link": (
        """
        ### [A model that costs half](https://a.b/1) (3 minute read)

        It is out today for all.

        ### [New rules for chips](https://a.b/2) (5 minute read)

        They begin next week.
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "the title goes on behind the link": (
        """
        ### [Bevy](https://a.b/1) 0.9 is out

        It is faster than ever.

        ### [Ferris Kart](https://a.b/2) goes online

        Eight may race now.
        """,
        ["Bevy 0.9 is out → a.b/1", "Ferris Kart goes online → a.b/2"],
    ),
    "without any text": (
        """
        ### [A model that costs half](https://a.b/1)

        ### [New rules for chips](https://a.b/2)

        ### [A robot that runs](https://a.b/3)
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2", "A robot that runs → a.b/3"],
    ),
}


@_cases(_S4)
def test_s4_linked_headings(text: str, stories: list[str]) -> None:
    """S4: a heading that is a link is a story, told by what stands below it."""
    assert _told(text) == stories


_S5: Cases = {
    "facts in bullets": (
        """
        ### 1. 新模型发布

        - **来源**: 某报
        - **发布时间**: 2026-01-02
        - **原文链接**: https://a.b/1

        今天上线，所有人都能用。

        ### 2. 芯片的新规定

        - **来源**: 某台
        - **发布时间**: 2026-01-02
        - **原文链接**: https://a.b/2

        下周生效。
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
    "a linked label": (
        """
        ## 1. A model that costs half

        It is out today for all.

        **Source:** [The Paper](https://a.b/1)

        ## 2. New rules for chips

        They begin next week.

        **Source:** [The Station](https://a.b/2)
        """,
        ["1. A model that costs half → a.b/1", "2. New rules for chips → a.b/2"],
    ),
    "no link at all": (
        """
        ### 1. 新模型今天发布

        所有人都能用。

        ### 2. 芯片有了新规定

        下周生效。
        """,
        ["1. 新模型今天发布", "2. 芯片有了新规定"],
    ),
    "generic headings inside each": (
        """
        ## 1. A model that costs half

        ### Summary

        It is out today for all.

        ### Background

        See [the paper](https://a.b/1).

        ## 2. New rules for chips

        ### Summary

        They begin next week.

        ### Background

        See [the law](https://a.b/2).
        """,
        ["1. A model that costs half → a.b/1", "2. New rules for chips → a.b/2"],
    ),
    "a link in the heading": (
        """
        ### 1. [新模型发布](https://a.b/1)

        今天上线。

        ### 2. [芯片的新规定](https://a.b/2)

        下周生效。
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
}


@_cases(_S5)
def test_s5_numbered_headings(text: str, stories: list[str]) -> None:
    """S5: a numbered heading is a story; its link is the one that its facts name."""
    assert _told(text) == stories


_S6: Cases = {
    "a quote below": (
        """
        - [新模型发布](https://a.b/1)
          > 终于等到了。
        - [芯片的新规定](https://a.b/2)
          > 影响很大。
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "words behind a dash": (
        """
        * [A model that costs half](https://a.b/1) - out today for all
        * [New rules for chips](https://a.b/2) – they begin next week
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "sections": (
        """
        ## 文章

        - [新模型发布](https://a.b/1)
        - [芯片的新规定](https://a.b/2)

        ## 工具

        - [一个编辑器](https://a.b/3)
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2", "一个编辑器 → a.b/3"],
    ),
    "a medal before the link": (
        """
        - 🥇 [A model that costs half](https://a.b/1)
        - 🥈 [New rules for chips](https://a.b/2)
        """,
        ["🥇 A model that costs half → a.b/1", "🥈 New rules for chips → a.b/2"],
    ),
    "the body lost its indentation": (
        """
        * [A model that costs half](https://a.b/1)

        It is out today for all.

        * [New rules for chips](https://a.b/2)

        They begin next week.

        * [A robot that runs](https://a.b/3)

        It took two hours.
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2", "A robot that runs → a.b/3"],
    ),
    "a discussion beside": (
        """
        - [A model that costs half](https://a.b/1) · [discuss](https://c.d/1)
        - [New rules for chips](https://a.b/2) · [discuss](https://c.d/2)
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "escaped brackets": (
        r"""
        - [\[PATCH\] a faster path](https://a.b/1)
        - [\[RFC\] a new system call](https://a.b/2)
        """,
        ["[PATCH] a faster path → a.b/1", "[RFC] a new system call → a.b/2"],
    ),
}


@_cases(_S6)
def test_s6_linked_bullets(text: str, stories: list[str]) -> None:
    """S6: a bullet that begins with a link is a story, with what is said about it."""
    assert _told(text) == stories


_S7: Cases = {
    "references": (
        """
        - **A model that costs half:** it is out today for all.[paper][1]
        - **New rules for chips:** they begin next week.[law][2]

        [1]: https://a.b/1
        [2]: https://a.b/2
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "a full-width colon behind the stars": (
        """
        - **新模型发布**：今天上线，所有人都能用。（[某报](https://a.b/1)）
        - **芯片的新规定**：下周生效。（[某台](https://a.b/2)）
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "no links": (
        """
        ## 今日要闻

        - **新模型发布**：今天上线，所有人都能用，价格减半。
        - **芯片的新规定**：下周生效，影响三家公司。
        - **机器人马拉松**：跑完全程，用时两个小时。
        """,
        ["新模型发布", "芯片的新规定", "机器人马拉松"],
    ),
    "an emoji before the title": (
        """
        - 🚀 **A model at half the price** — it is out today. [More](https://a.b/1)
        - ⚖️ **New rules for chips** — they begin next week. [More](https://a.b/2)
        """,
        ["🚀 A model at half the price → a.b/1", "⚖️ New rules for chips → a.b/2"],
    ),
}


@_cases(_S7)
def test_s7_bullets_with_a_title_in_bold(text: str, stories: list[str]) -> None:
    """S7: a bullet that begins in bold is a story; its link may be a reference or missing."""
    assert _told(text) == stories


_S8: Cases = {
    "the link inside": (
        """
        - The team brought out [a model](https://a.b/1) at half the price
        - Ministers agreed on [new rules](https://a.b/2) for chips
        """,
        ["The team brought out a model at half the price → a.b/1", "Ministers agreed on new rules for chips → a.b/2"],
    ),
    "the link at the end": (
        """
        - 新模型今天发布，价格减半（[某报](https://a.b/1)）
        - 芯片出口有了新规定（[某台](https://a.b/2)）
        """,
        ["新模型今天发布，价格减半（某报） → a.b/1", "芯片出口有了新规定（某台） → a.b/2"],
    ),
    "a bare address": (
        """
        - 新模型今天发布，价格减半 https://a.b/1
        - 芯片出口有了新规定：https://a.b/2
        """,
        ["新模型今天发布，价格减半 → a.b/1", "芯片出口有了新规定 → a.b/2"],
    ),
    "the source's name before the address": (
        """
        - 新模型今天发布，价格减半。来源：某报 https://a.b/1
        - 芯片出口有了新规定。来源：某台 https://a.b/2
        """,
        ["新模型今天发布，价格减半。来源：某报 → a.b/1", "芯片出口有了新规定。来源：某台 → a.b/2"],
    ),
    "an address below": (
        """
        - 新模型今天发布，价格减半

          🔗 https://a.b/1

        - 芯片出口有了新规定

          🔗 https://a.b/2
        """,
        ["新模型今天发布，价格减半 → a.b/1", "芯片出口有了新规定 → a.b/2"],
    ),
}


@_cases(_S8)
def test_s8_bullets_of_text(text: str, stories: list[str]) -> None:
    """S8: a bullet of text with a link inside or at its end is a story, called by its first sentence."""
    assert _told(text) == stories


_S9: Cases = {
    "1、 and the text in the same paragraph": (
        """
        1、[新模型发布](https://a.b/1)
        今天上线，所有人都能用。

        2、[芯片的新规定](https://a.b/2)
        下周生效。
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
    "（1）": (
        """
        （1）[新模型发布](https://a.b/1)

        今天上线，所有人都能用。

        （2）[芯片的新规定](https://a.b/2)

        下周生效。
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
    "keycaps": (
        """
        1️⃣ 新模型今天发布，价格减半 https://a.b/1

        2️⃣ 芯片出口有了新规定 https://a.b/2
        """,
        ["1. 新模型今天发布，价格减半 → a.b/1", "2. 芯片出口有了新规定 → a.b/2"],
    ),
    "brackets before the link": (
        """
        [1] [A model that costs half](https://a.b/1)

        It is out today.

        [2] [New rules for chips](https://a.b/2)

        They begin next week.
        """,
        ["1. A model that costs half → a.b/1", "2. New rules for chips → a.b/2"],
    ),
    "characters taken for bullets": (
        """
        • [新模型发布](https://a.b/1)

        今天上线。

        • [芯片的新规定](https://a.b/2)

        下周生效。
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "numbers in bold": (
        """
        **1、[新模型发布](https://a.b/1)**

        今天上线。

        **2、[芯片的新规定](https://a.b/2)**

        下周生效。
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
    "one paragraph for all": (
        """
        1、新模型今天发布，价格减半。[原文](https://a.b/1)
        2、芯片出口有了新规定。[原文](https://a.b/2)
        3、机器人跑完了全程。[原文](https://a.b/3)
        """,
        ["1. 新模型今天发布，价格减半。 → a.b/1", "2. 芯片出口有了新规定。 → a.b/2", "3. 机器人跑完了全程。 → a.b/3"],
    ),
}


@_cases(_S9)
def test_s9_pseudo_numbered_paragraphs(text: str, stories: list[str]) -> None:
    """S9: a paragraph that counts itself in a way that Markdown does not know is a story."""
    assert _told(text) == stories


_S10: Cases = {
    "the address on its own line": (
        """
        **新模型发布**

        <https://a.b/1>

        今天上线，所有人都能用。

        **芯片的新规定**

        <https://a.b/2>

        下周生效。
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "all in one paragraph": (
        """
        **A model that costs half**
        https://a.b/1
        It is out today for all.

        **New rules for chips**
        https://a.b/2
        They begin next week.
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "the link itself in bold": (
        """
        **[新模型发布](https://a.b/1)**

        今天上线，所有人都能用。

        **[芯片的新规定](https://a.b/2)**

        下周生效。
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "below headings that are sections": (
        """
        ## 模型

        **新模型发布**

        今天上线。[原文](https://a.b/1)

        **小模型也来了**

        很小。[原文](https://a.b/2)

        ## 法规

        **芯片的新规定**

        下周生效。[原文](https://a.b/3)
        """,
        ["新模型发布 → a.b/1", "小模型也来了 → a.b/2", "芯片的新规定 → a.b/3"],
    ),
}


@_cases(_S10)
def test_s10_lines_in_bold(text: str, stories: list[str]) -> None:
    """S10: a line in bold is a story's title where an address and text stand below it."""
    assert _told(text) == stories


_S11: Cases = {
    "a paragraph below": (
        """
        [新模型发布](https://a.b/1)

        今天上线，所有人都能用。

        [芯片的新规定](https://a.b/2)

        下周生效。
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "the same paragraph": (
        """
        [A model that costs half](https://a.b/1)
        It is out today for all.

        [New rules for chips](https://a.b/2)
        They begin next week.
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "a dash behind the link": (
        """
        [A model that costs half](https://a.b/1) – it is out today for all.

        [New rules for chips](https://a.b/2) – they begin next week.

        [A robot that runs](https://a.b/3) – it took two hours.
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2", "A robot that runs → a.b/3"],
    ),
    "the source at the end of each paragraph": (
        """
        The team has brought out a model that costs half of the last one. [Source.](https://a.b/1)

        Ministers have agreed on new rules for the export of chips. [Source.](https://a.b/2)

        A robot has run a whole marathon for the first time. [Source.](https://a.b/3)
        """,
        [
            "The team has brought out a model that costs half of the last one. → a.b/1",
            "Ministers have agreed on new rules for the export of chips. → a.b/2",
            "A robot has run a whole marathon for the first time. → a.b/3",
        ],
    ),
    "links line by line": (
        """
        [新模型发布](https://a.b/1)
        [芯片的新规定](https://a.b/2)
        [机器人跑完了全程](https://a.b/3)
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2", "机器人跑完了全程 → a.b/3"],
    ),
}


@_cases(_S11)
def test_s11_links_on_a_line(text: str, stories: list[str]) -> None:
    """S11: a paragraph that begins with a link, or ends with its source, is a story."""
    assert _told(text) == stories


_S12: Cases = {
    "a bold link": (
        """
        | 项目 | 简介 |
        |---|---|
        | **[快编辑器](https://a.b/1)** | 一个很快的编辑器 |
        | **[小模型](https://a.b/2)** | 在手机上也能跑 |
        """,
        ["快编辑器 → a.b/1", "小模型 → a.b/2"],
    ),
    "the title's column by its head": (
        """
        | Date | Title | Link |
        |---|---|---|
        | 2026-01-02 | A model that costs half | [paper](https://a.b/1) |
        | 2026-01-02 | New rules for chips | [law](https://a.b/2) |
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "a column of numbers": (
        """
        | # | 标题 | 热度 |
        |---|---|---|
        | 1 | [新模型发布](https://a.b/1) | 300 |
        | 2 | [芯片的新规定](https://a.b/2) | 200 |
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
    "two links a row": (
        """
        | Title | Discussion |
        |---|---|
        | [A model that costs half](https://a.b/1) | [120 comments](https://c.d/1) |
        | [New rules for chips](https://a.b/2) | [80 comments](https://c.d/2) |
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "medals": (
        """
        | Rank | Project | Stars |
        |---|---|---|
        | 🥇 | [fast/editor](https://a.b/1) | 300 |
        | 🥈 | [small/model](https://a.b/2) | 200 |
        """,
        ["fast/editor → a.b/1", "small/model → a.b/2"],
    ),
}


@_cases(_S12)
def test_s12_rows_of_tables(text: str, stories: list[str]) -> None:
    """S12: a table's row is a story, titled by the column that names it."""
    assert _told(text) == stories


_S13: Cases = {
    "read more": (
        """
        #### A model that costs half

        It is out today for all.

        [Read more](https://a.b/1)

        #### New rules for chips

        They begin next week.

        [Read more](https://a.b/2)
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "the address in a bullet": (
        """
        ### 新模型发布

        - 链接：https://a.b/1
        - 简介：今天上线。

        ### 芯片的新规定

        - 链接：https://a.b/2
        - 简介：下周生效。
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "two headings a story": (
        """
        ### 新模型发布
        ### A model that costs half

        今天上线。[原文](https://a.b/1)

        ### 芯片的新规定
        ### New rules for chips

        下周生效。[原文](https://a.b/2)
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "a picture between": (
        """
        ### 新模型发布

        ![图](https://a.b/1.png)

        今天上线。

        地址：https://a.b/1

        ### 芯片的新规定

        ![图](https://a.b/2.png)

        下周生效。

        地址：https://a.b/2
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "three lines, the last is the source": (
        """
        ### 新模型发布

        今天上线，
        所有人都能用。
        原文: [原文](https://a.b/1)

        ### 芯片的新规定

        下周生效，
        影响三家公司。
        原文: [原文](https://a.b/2)
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "source and reference in brackets": (
        """
        ### 新しいモデル

        今日から使えます。

        [出典: 新聞](https://a.b/1) ・ [参考: 雑誌](https://c.d/1)

        ### 半導体の新しい規則

        来週からです。

        [出典: 新聞](https://a.b/2) ・ [参考: 雑誌](https://c.d/2)
        """,
        ["新しいモデル → a.b/1", "半導体の新しい規則 → a.b/2"],
    ),
    "addresses in code": (
        """
        ### 新模型发布

        今天上线。

        ```
        https://a.b/1
        ```

        ### 芯片的新规定

        下周生效。

        ```
        https://a.b/2
        ```
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "headings of the first level": (
        """
        # A model that costs half

        It is out today. [Read more](https://a.b/1)

        # New rules for chips

        They begin next week. [Read more](https://a.b/2)
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
}


@_cases(_S13)
def test_s13_plain_headings(text: str, stories: list[str]) -> None:
    """S13: a plain heading is a story where a link stands below it: in a bullet, a label, a block of code."""
    assert _told(text) == stories


# --- Told twice --------------------------------------------------------------------------------------------------

_OVERVIEWS: Cases = {
    "the same links above": (
        """
        - [新模型发布](https://a.b/1)
        - [芯片的新规定](https://a.b/2)

        ## [新模型发布](https://a.b/1)

        今天上线，所有人都能用，价格只有上一代的一半。

        ## [芯片的新规定](https://a.b/2)

        下周生效，影响三家公司和它们的客户。
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "plain titles above": (
        """
        ## 今日看点

        1. 新模型发布，价格减半
        2. 芯片的新规定下周生效

        ## 详情

        ### 1. 新模型发布，价格减半

        今天上线，所有人都能用。[原文](https://a.b/1)

        ### 2. 芯片的新规定下周生效

        影响三家公司和它们的客户。[原文](https://a.b/2)
        """,
        ["1. 新模型发布，价格减半 → a.b/1", "2. 芯片的新规定下周生效 → a.b/2"],
    ),
    "anchors above": (
        """
        ## Contents

        - [A model that costs half](#a-model)
        - [New rules for chips](#new-rules)

        ### A model that costs half

        It is out today for all. [Read more](https://a.b/1)

        ### New rules for chips

        They begin next week. [Read more](https://a.b/2)
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "a list of the same at the end": (
        """
        ### 1. 新模型发布，价格减半

        今天上线，所有人都能用。

        ### 2. 芯片的新规定下周生效

        影响三家公司和它们的客户。

        ## 参考链接

        - [新模型发布，价格减半](https://a.b/1)
        - [芯片的新规定下周生效](https://a.b/2)
        """,
        ["1. 新模型发布，价格减半", "2. 芯片的新规定下周生效"],
    ),
}


@_cases(_OVERVIEWS)
def test_overview_then_details(text: str, stories: list[str]) -> None:
    """Overview-then-details: what a post lists and tells again, or the other way round, counts once."""
    assert _told(text) == stories


def test_some_details_join_the_list() -> None:
    """Overview-then-details: of a list of which only some stories are told below, those words join the listed story."""
    division = _divided("""
        - [新模型发布](https://a.b/1)
        - [芯片的新规定](https://a.b/2)
        - [机器人跑完了全程](https://a.b/3)
        - [一个快编辑器](https://a.b/4)

        ## [芯片的新规定](https://a.b/2)

        下周生效，影响三家公司。

        ## [一个快编辑器](https://a.b/4)

        打开文件只要一瞬间。
    """)
    assert [item.url for item in division.items] == [f"https://a.b/{n}" for n in (1, 2, 3, 4)]
    assert "下周生效，影响三家公司。" in plain_blocks(division.items[1].body)
    assert "打开文件只要一瞬间。" in plain_blocks(division.items[3].body)


# --- Numbering ---------------------------------------------------------------------------------------------------

_NUMBERING: Cases = {
    "restarts in each section": (
        """
        ## 模型

        1. [新模型发布](https://a.b/1)
        2. [小模型也来了](https://a.b/2)

        ## 法规

        1. [芯片的新规定](https://a.b/3)
        2. [隐私的新规定](https://a.b/4)
        """,
        ["1. 新模型发布 → a.b/1", "2. 小模型也来了 → a.b/2", "1. 芯片的新规定 → a.b/3", "2. 隐私的新规定 → a.b/4"],
    ),
    "restarts with pseudo-numbers": (
        """
        ## 模型

        1、[新模型发布](https://a.b/1)

        今天上线。

        ## 法规

        1、[芯片的新规定](https://a.b/2)

        下周生效。

        2、[隐私的新规定](https://a.b/3)

        明年生效。
        """,
        ["1. 新模型发布 → a.b/1", "1. 芯片的新规定 → a.b/2", "2. 隐私的新规定 → a.b/3"],
    ),
    "restarts with headings": (
        """
        ## 模型

        ### 1. 新模型发布

        今天上线。[原文](https://a.b/1)

        ### 2. 小模型也来了

        很小。[原文](https://a.b/2)

        ## 法规

        ### 1. 芯片的新规定

        下周生效。[原文](https://a.b/3)
        """,
        ["1. 新模型发布 → a.b/1", "2. 小模型也来了 → a.b/2", "1. 芯片的新规定 → a.b/3"],
    ),
    "every item says 1": (
        """
        1. [新模型发布](https://a.b/1)

        今天上线。

        1. [芯片的新规定](https://a.b/2)

        下周生效。
        """,
        ["1. 新模型发布 → a.b/1", "1. 芯片的新规定 → a.b/2"],
    ),
    "numbered sections over lists": (
        """
        ## 1. 模型

        - [新模型发布](https://a.b/1)
        - [小模型也来了](https://a.b/2)

        ## 2. 法规

        - [芯片的新规定](https://a.b/3)
        - [隐私的新规定](https://a.b/4)
        """,
        ["新模型发布 → a.b/1", "小模型也来了 → a.b/2", "芯片的新规定 → a.b/3", "隐私的新规定 → a.b/4"],
    ),
    "sections in Chinese numbers over stories": (
        """
        一、模型

        1、新模型今天发布，价格减半。[原文](https://a.b/1)

        2、小模型也来了，手机上能跑。[原文](https://a.b/2)

        二、法规

        3、芯片的新规定下周生效。[原文](https://a.b/3)
        """,
        [
            "1. 新模型今天发布，价格减半。 → a.b/1",
            "2. 小模型也来了，手机上能跑。 → a.b/2",
            "3. 芯片的新规定下周生效。 → a.b/3",
        ],
    ),
    "stories in Chinese numbers": (
        """
        ## 一、新模型发布

        今天上线。[原文](https://a.b/1)

        ## 二、芯片的新规定

        下周生效。[原文](https://a.b/2)
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
}


@_cases(_NUMBERING)
def test_numbering(text: str, stories: list[str]) -> None:
    """Lists restart their numbering: each story keeps the number that its author gave it, in each section anew."""
    assert _told(text) == stories


# --- Nested lists ------------------------------------------------------------------------------------------------

_NESTED: Cases = {
    "groups of stories": (
        """
        - 模型
          - [新模型发布](https://a.b/1)
          - [小模型也来了](https://a.b/2)
        - 法规
          - [芯片的新规定](https://a.b/3)
          - [隐私的新规定](https://a.b/4)
        """,
        ["新模型发布 → a.b/1", "小模型也来了 → a.b/2", "芯片的新规定 → a.b/3", "隐私的新规定 → a.b/4"],
    ),
    "feeds, one of them with a single story": (
        """
        - The Paper
          - [A model that costs half](https://a.b/1)
          - [A small model](https://a.b/2)
        - The Station
          - [New rules for chips](https://a.b/3)
        """,
        ["A model that costs half → a.b/1", "A small model → a.b/2", "New rules for chips → a.b/3"],
    ),
    "details of one story": (
        """
        - **新模型发布**
          - 价格减半，见[价目表](https://a.b/1)
          - 速度翻倍，见[评测](https://c.d/1)
        - **芯片的新规定**
          - 下周生效，见[全文](https://a.b/2)
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "facts of one story": (
        """
        - [A model that costs half](https://a.b/1)
          - Author: [somebody](https://c.d/1)
          - Code: [here](https://c.d/2)
        - [New rules for chips](https://a.b/2)
          - Author: [somebody](https://c.d/1)
          - Code: [here](https://c.d/3)
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
}


@_cases(_NESTED)
def test_nested_lists(text: str, stories: list[str]) -> None:
    """Nested lists: an item that only names a group holds stories; a story's own nested list is its body."""
    assert _told(text) == stories


def test_a_group_names_the_section() -> None:
    """Nested lists: the words that name a group are the section of its first story."""
    division = _divided("""
        - 模型
          - [新模型发布](https://a.b/1)
          - [小模型也来了](https://a.b/2)
        - 法规
          - [芯片的新规定](https://a.b/3)
          - [隐私的新规定](https://a.b/4)
    """)
    assert [plain_blocks(item.section) for item in division.items] == ["模型", "", "法规", ""]


# --- Links -------------------------------------------------------------------------------------------------------

_LINKS: Cases = {
    "some items have none": (
        """
        1. [新模型发布](https://a.b/1)
        2. 芯片出口有了新规定，下周生效
        3. [机器人跑完了全程](https://a.b/3)
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片出口有了新规定，下周生效", "3. 机器人跑完了全程 → a.b/3"],
    ),
    "a person before the deed": (
        """
        - [@somebody](https://github.com/somebody) brought out [a model](https://a.b/1) at half the price
        - [@other](https://github.com/other) wrote down [new rules](https://a.b/2) for chips
        """,
        [
            "@somebody brought out a model at half the price → a.b/1",
            "@other wrote down new rules for chips → a.b/2",
        ],
    ),
    "the one that says it is the source": (
        """
        - [某公司](https://c.d/)发布新模型，价格减半，[原文](https://a.b/1)
        - [某部](https://e.f/)公布芯片新规定，[原文](https://a.b/2)
        """,
        ["某公司发布新模型，价格减半 → a.b/1", "某部公布芯片新规定 → a.b/2"],
    ),
    "one that several share": (
        """
        - [fast/editor](https://github.com/fast/editor) [#1](https://github.com/fast/editor/pull/1) opens files at once
        - [fast/editor](https://github.com/fast/editor) [#2](https://github.com/fast/editor/pull/2) saves files at once
        """,
        [
            "fast/editor #1 opens files at once → github.com/fast/editor/pull/1",
            "fast/editor #2 saves files at once → github.com/fast/editor/pull/2",
        ],
    ),
}


@_cases(_LINKS)
def test_no_link_and_several(text: str, stories: list[str]) -> None:
    """48% of items carry no link, 7% two or more: the first that is the story's own leads, and none is no fault."""
    assert _told(text) == stories


def test_every_link_is_kept() -> None:
    """Items with two or more links: one leads, and all others stay in the text."""
    division = _divided("""
        - **New rules for chips**: [the law](https://a.b/1), [a comment](https://a.b/2), [another](https://a.b/3)
        - **A robot that runs**: [the race](https://a.b/4)
    """)
    assert division.items[0].url == "https://a.b/1"
    kept = {link.url for link in links(division.items[0].body)}
    assert {"https://a.b/2", "https://a.b/3"} <= kept


# --- Sections ----------------------------------------------------------------------------------------------------

_SECTIONS: Cases = {
    "linked headings over lists": (
        """
        ## [Models](https://c.d/models)

        - [A model that costs half](https://a.b/1)
        - [A small model](https://a.b/2)

        ## [Law](https://c.d/law)

        - [New rules for chips](https://a.b/3)
        - [New rules for data](https://a.b/4)
        """,
        [
            "A model that costs half → a.b/1",
            "A small model → a.b/2",
            "New rules for chips → a.b/3",
            "New rules for data → a.b/4",
        ],
    ),
    "lines in bold over lists": (
        """
        **模型**

        - [新模型发布](https://a.b/1)
        - [小模型也来了](https://a.b/2)

        **法规**

        - [芯片的新规定](https://a.b/3)
        """,
        ["新模型发布 → a.b/1", "小模型也来了 → a.b/2", "芯片的新规定 → a.b/3"],
    ),
    "two ways in one post": (
        """
        ## Headlines

        ### [A model that costs half](https://a.b/1)

        It is out today for all.

        ### [New rules for chips](https://a.b/2)

        They begin next week.

        ## Quick links

        - [A small model](https://a.b/3)
        - [A fast editor](https://a.b/4)
        - [A robot that runs](https://a.b/5)
        """,
        [
            "A model that costs half → a.b/1",
            "New rules for chips → a.b/2",
            "A small model → a.b/3",
            "A fast editor → a.b/4",
            "A robot that runs → a.b/5",
        ],
    ),
    "a list, then headings": (
        """
        ## 快讯

        - [小模型也来了](https://a.b/1)
        - [一个快编辑器](https://a.b/2)
        - [机器人跑完了全程](https://a.b/3)

        ## 深读

        ### [新模型的幕后](https://a.b/4)

        我们去了现场，和团队聊了三个小时。

        ### [芯片规定的影响](https://a.b/5)

        三家公司和它们的客户会怎么做。
        """,
        [
            "小模型也来了 → a.b/1",
            "一个快编辑器 → a.b/2",
            "机器人跑完了全程 → a.b/3",
            "新模型的幕后 → a.b/4",
            "芯片规定的影响 → a.b/5",
        ],
    ),
    "a heading for each date": (
        """
        # 2026-01-02

        - [新模型发布](https://a.b/1)
        - [小模型也来了](https://a.b/2)

        # 2026-01-01

        - [芯片的新规定](https://a.b/3)
        """,
        ["新模型发布 → a.b/1", "小模型也来了 → a.b/2", "芯片的新规定 → a.b/3"],
    ),
    "a plain list before linked headings": (
        """
        This week:

        - models get cheaper
        - rules get stricter

        ## [A model that costs half](https://a.b/1)

        It is out today for all, and it needs half of the memory.

        ## [New rules for chips](https://a.b/2)

        They begin next week, and they hold for three companies.
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
}


@_cases(_SECTIONS)
def test_sections(text: str, stories: list[str]) -> None:
    """Sections as headings between stories are no stories, even if they are links; each may be told in its own way."""
    assert _told(text) == stories


# --- What is counted not -----------------------------------------------------------------------------------------

_BOILERPLATE = {
    "submit": ("## Submit", "- [Send us a link](https://c.d/1)\n- [Guidelines](https://c.d/2)"),
    "subscribe": ("## 订阅", "- [邮件列表](https://c.d/1)\n- [频道](https://c.d/2)"),
    "jobs": ("## Jobs", "- [Engineer at a company](https://c.d/1)\n- [Editor at a paper](https://c.d/2)"),
    "hiring": ("### 招聘", "- [某公司招工程师](https://c.d/1)\n- [某报招编辑](https://c.d/2)"),
    "editors": ("## Editors", "- [Somebody](https://c.d/1)\n- [Somebody else](https://c.d/2)"),
    "a calendar": ("## Upcoming Events", "- [A meetup on Monday](https://c.d/1)\n- [A conference](https://c.d/2)"),
    "previous issues": ("## 往期回顾", "- [第一期](https://c.d/1)\n- [第二期](https://c.d/2)"),
    "a linked heading": ("## [Contributors' corner](https://c.d/)", "Write [to us](https://c.d/1) now."),
    "a line in bold": ("**加入我们**", "- [交流群](https://c.d/1)\n- [论坛](https://c.d/2)"),
}


@pytest.mark.parametrize(("heading", "words"), list(_BOILERPLATE.values()), ids=list(_BOILERPLATE))
@pytest.mark.parametrize("form", ["- [{}]({})", "## [{}]({})\n\nSome words on it that are long enough."])
def test_boilerplate(heading: str, words: str, form: str) -> None:
    """Boilerplate (submit, subscribe, jobs, editors, calendars) is not counted, and is still delivered."""
    told = [("新模型今天发布，价格减半", "https://a.b/1"), ("芯片出口有了新规定", "https://a.b/2")]
    stories = "\n\n".join(form.format(*one) for one in told)
    division = _divided(f"{stories}\n\n{heading}\n\n{words}")
    assert [(plain(item.title), item.url) for item in division.items] == told
    assert {link.url for link in links(parse(words).blocks)} <= {link.url for link in links(division.commentary)}


_LONG = "I think that this is so because of what I saw in the last years. " * 12

_NO_STORIES = {
    "an essay": "Words on [a thing](https://a.b/1) that I read.\n\nMore words on **another** thing, and so on.",
    "an essay in chapters": "\n\n".join(
        f"## {name}\n\n" + "A long chapter that tells what I think about all of this and why. " * 20
        for name in ("Why", "How", "And now")
    ),
    "decades in brackets": "\n\n".join(
        f"（{n}）第{n}个十年\n\n" + "那时候的事情很多人已经忘了，所以我在这里慢慢地讲给大家听。" * 50 for n in "一二三"
    ),
    "numbered chapters": "\n\n".join(
        f"## {n}. Point number {n}\n\n" + "I think that this is so because of what I saw. " * 50 for n in (1, 2, 3)
    ),
    "an essay and its references": (
        f"{_LONG}\n\n## References\n\n- [One](https://a.b/1)\n- [Two](https://a.b/2)\n- [Three](https://a.b/3)"
    ),
    "bold beginnings of paragraphs": "\n\n".join(f"**The {n} point.** {_LONG}" for n in ("first", "second", "third")),
    "an announcement": "v2.0 is out.\n\n- [Download](https://a.b/1)\n- [Release notes](https://a.b/2)\n\nThanks.",
    "an interview": "\n\n".join(f"**What do you think of {n}?**\n\nA lot. {_LONG}" for n in ("one", "two", "three")),
    "what was changed": "## Added\n\n- A new button (#12)\n- A new page (#13)\n\n## Fixed\n\n- The old one (#14)",
    "a stub": "Nothing this week.",
    "a short stub with a rule": "---\n\n本周休刊。\n\n---",
    "an attribution": "> Well said.\n\n— [Somebody](https://c.d/1)",
}


@pytest.mark.parametrize("text", list(_NO_STORIES.values()), ids=list(_NO_STORIES))
def test_essays_and_stubs(text: str) -> None:
    """None (essays, stubs): what fits no shape has no stories, and is delivered as text with its links."""
    division = _divided(text)
    assert division.items == ()
    assert plain_blocks(division.intro).strip("\n")


# --- What stands around and beside -------------------------------------------------------------------------------


def test_quotes_stay_with_their_items() -> None:
    """Commentary as a quote under each item stays with that item."""
    division = _divided("""
        - [新模型发布](https://a.b/1)
          > 终于等到了。
        - [芯片的新规定](https://a.b/2)
          > 影响很大。
    """)
    assert [item.body for item in division.items] == [
        (Quote(parse("终于等到了。").blocks),),
        (Quote(parse("影响很大。").blocks),),
    ]


def test_quotes_that_nobody_indented() -> None:
    """Commentary as a quote right below each item stays with that item, the last one's as well."""
    division = _divided("""
        1. **[A model that costs half](https://a.b/1)** — 120 points ([talk](https://c.d/1))
        > Finally.

        2. **[New rules for chips](https://a.b/2)** — 80 points ([talk](https://c.d/2))
        > Too late.

        Until tomorrow.
    """)
    assert [item.body[-1] for item in division.items] == [
        Quote(parse("Finally.").blocks),
        Quote(parse("Too late.").blocks),
    ]
    assert plain_blocks(division.commentary) == "Until tomorrow."


@pytest.mark.parametrize("mark", ["**点评**：", "> 点评：", "#### 点评\n\n", "**Take:** ", "#### Our take\n\n"])
def test_comments_on_each_story(mark: str) -> None:
    """Comments on each item, under whatever repeated mark, stay with that item and are no commentary of the post."""
    stories = [
        f"### [{title}](https://a.b/{n})\n\n这是第{n}条的正文。\n\n{mark}这是第{n}条的看法。"
        for n, title in enumerate(["新模型发布", "芯片的新规定", "机器人跑完了全程"], 1)
    ]
    division = _divided("\n\n".join(stories))
    assert [item.url for item in division.items] == [f"https://a.b/{n}" for n in (1, 2, 3)]
    for n, item in enumerate(division.items, 1):
        assert f"这是第{n}条的看法。" in plain_blocks(item.body)
    assert division.commentary == ()


_LIST = "- [新模型发布](https://a.b/1)\n- [芯片的新规定](https://a.b/2)"


_SPEAKING = ["点评", "行业洞察", "对我们的启发", "Take", "Our take", "深度洞察 (编者观察)", "Closing thoughts"]
_SAID = ["今天的事情都和价格有关。", "- **关联分析**：两件事有关。\n- **展望**：明年见分晓。"]


def test_commentary_after_a_rule() -> None:
    """Commentary after a last rule is what the digest ends with."""
    division = _divided(f"{_LIST}\n\n---\n\n今天的事情都和价格有关。")
    assert [item.url for item in division.items] == ["https://a.b/1", "https://a.b/2"]
    assert plain_blocks(division.commentary) == "今天的事情都和价格有关。"


@pytest.mark.parametrize("heading", _SPEAKING)
@pytest.mark.parametrize("level", ["##", "###"])
@pytest.mark.parametrize("words", _SAID)
def test_commentary_at_the_end(heading: str, level: str, words: str) -> None:
    """Commentary under a heading that says so is no story, even if it is a list."""
    division = _divided(f"{_LIST}\n\n{level} {heading}\n\n{words}")
    assert [item.url for item in division.items] == ["https://a.b/1", "https://a.b/2"]
    assert plain_blocks(parse(words).blocks) in plain_blocks(division.commentary)


def test_commentary_at_the_top() -> None:
    """Commentary that stands at the top belongs to the intro."""
    division = _divided(f"## 点评\n\n今天的事情都和价格有关。\n\n## 新闻\n\n{_LIST}")
    assert [item.url for item in division.items] == ["https://a.b/1", "https://a.b/2"]
    before = plain_blocks((*division.intro, *division.items[0].section))
    assert "今天的事情都和价格有关。" in before


def test_commentary_in_the_middle() -> None:
    """Commentary between stories stands where it stood: in the section of the story that follows."""
    division = _divided(
        "## 模型\n\n- [新模型发布](https://a.b/1)\n- [小模型也来了](https://a.b/2)\n\n"
        "### 点评\n\n都和价格有关。\n\n## 法规\n\n- [芯片的新规定](https://a.b/3)\n- [隐私的新规定](https://a.b/4)"
    )
    assert [item.url for item in division.items] == [f"https://a.b/{n}" for n in (1, 2, 3, 4)]
    assert "都和价格有关。" in plain_blocks(division.items[2].section)
    assert division.commentary == ()


def test_a_table_and_the_editors_points() -> None:
    """Points under «深度洞察» below a table of stories are commentary."""
    division = _divided("""
        | 标题 | 说明 |
        |---|---|
        | [新模型发布](https://a.b/1) | 价格减半 |
        | [芯片的新规定](https://a.b/2) | 下周生效 |

        ## 深度洞察 (编者观察)

        - **关联分析**：两件事都和价格有关，一个让它降，一个让它升。
        - **展望**：明年才见分晓。
    """)
    assert [item.url for item in division.items] == ["https://a.b/1", "https://a.b/2"]
    assert "关联分析" in plain_blocks(division.commentary)


def test_second_link_of_a_row_is_kept() -> None:
    """S12: of two links a row, the title's leads and the other stays in the text."""
    division = _divided("""
        | Title | Discussion |
        |---|---|
        | [A model that costs half](https://a.b/1) | [120 comments](https://c.d/1) |
        | [New rules for chips](https://a.b/2) | [80 comments](https://c.d/2) |
    """)
    assert [[link.url for link in links(item.body)] for item in division.items] == [
        ["https://c.d/1"],
        ["https://c.d/2"],
    ]


# --- The publisher's own site ------------------------------------------------------------------------------------


def _read(text: str, *, base_url: str = "", permalink: str = "") -> Digest:
    rules = Rules(source="demo", zone=UTC, base_url=base_url, permalink=permalink)
    return read(Post(path="notes/a-title.md", data=dedent(text).strip().encode()), rules)


_OWN = """
    ---
    title: A title
    {}
    ---

    - [A model that costs half](https://www.own.example/1) ([the paper](https://a.b/1))
    - [New rules for chips](https://own.example/2)
    - [A robot that runs](https://a.b/3)
"""


@pytest.mark.parametrize(
    ("front", "rules"),
    [
        ("draft: false", {"base_url": "https://own.example/blog/"}),
        ("draft: false", {"permalink": "https://own.example/{stem}/"}),
        ("permalink: https://own.example/a-title/", {}),
        ("canonical_url: https://www.own.example/a-title/", {}),
    ],
)
def test_links_to_the_publishers_own_site(front: str, rules: dict[str, str]) -> None:
    """Several links: the first that is not the publisher's own site leads; all are kept, and one alone leads anyhow."""
    stories = _read(_OWN.format(front), **rules).stories
    assert [story.url for story in stories] == ["https://a.b/1", "https://own.example/2", "https://a.b/3"]
    assert "https://www.own.example/1" in {link.url for link in links(stories[0].body)}


def test_nobodys_own_site() -> None:
    """Several links: where nobody says which site is the publisher's, the first one leads."""
    assert _read(_OWN.format("permalink: /a-title/")).stories[0].url == "https://www.own.example/1"


def test_neighbours_on_one_host() -> None:
    """Several links: on a host that many share, only the publisher's own corner is theirs."""
    digest = _read(
        """
        # A title

        - [A model](https://github.com/other/model) ([the paper](https://a.b/1))
        - [Our notes](https://github.com/own/notes) ([the paper](https://a.b/2))
        """,
        base_url="https://github.com/own/digest/blob/main/",
    )
    assert [story.url for story in digest.stories] == ["https://github.com/other/model", "https://a.b/2"]


# --- Headings of the first level ---------------------------------------------------------------------------------


def _paper(name: str, number: int) -> str:
    return f"# {name}\n\n**Link**: [PDF](https://a.b/{number})\n\nWhat {name} is about.\n\n---\n\n"


def test_first_story_of_many_is_no_title() -> None:
    """H1 stories: a first heading of level 1 that is built like all the following ones is a story, not the title."""
    names = ["A model at half the price", "Rules for chips, explained", "Robots that run"]
    digest = _read("".join(_paper(name, number) for number, name in enumerate(names, 1)))
    assert digest.title == "a title"
    assert [plain(story.title) for story in digest.stories] == names
    assert [story.url for story in digest.stories] == ["https://a.b/1", "https://a.b/2", "https://a.b/3"]


def test_first_linked_heading_of_many_is_no_title() -> None:
    """H1 stories: the same where every heading of level 1 is a link."""
    digest = _read("".join(f"# [The story number {n}](https://a.b/{n})\n\nWhat it is about.\n\n" for n in (1, 2, 3)))
    assert digest.title == "a title"
    assert [story.url for story in digest.stories] == ["https://a.b/1", "https://a.b/2", "https://a.b/3"]


def test_first_heading_above_others_is_the_title() -> None:
    """Metadata: a first heading of level 1 that is built in another way than the following ones is the title."""
    stories = "".join(_paper(f"The story number {n}", n) for n in (1, 2, 3))
    digest = _read(f"# The digest of today\n\nWords of welcome.\n\n{stories}")
    assert digest.title == "The digest of today"
    assert [story.url for story in digest.stories] == ["https://a.b/1", "https://a.b/2", "https://a.b/3"]


# --- Patterns that hide ------------------------------------------------------------------------------------------

_HIDDEN: Cases = {
    "a large story beside sections of small ones": (
        """
        ## A big story of its own

        It took the whole week, and everybody talks about it.

        **Source:** [The Paper](https://a.b/0)

        ## Models

        ### A model that costs half

        It is out today for all. [Read more](https://a.b/1)

        ### A small model

        It runs on phones. [Read more](https://a.b/2)

        ## Law

        ### New rules for chips

        They begin next week. [Read more](https://a.b/3)
        """,
        [
            "A big story of its own → a.b/0",
            "A model that costs half → a.b/1",
            "A small model → a.b/2",
            "New rules for chips → a.b/3",
        ],
    ),
    "earlier titles looked back at": (
        """
        ## Top stories

        1. **The Lab's "Half" model**: it is out today for all. [Read](https://a.b/1)
        2. **New rules for chips**: they begin next week. [Read](https://a.b/2)
        3. **A robot that runs**: it took two hours. [Read](https://a.b/3)

        ## What to watch

        1. **The Lab's "Half" model**: will others follow with their prices?
        2. **New rules for chips**: will they hold in court?
        """,
        ['1. The Lab\'s "Half" model → a.b/1', "2. New rules for chips → a.b/2", "3. A robot that runs → a.b/3"],
    ),
    "numbers in one section, bullets in the next, no link anywhere": (
        """
        ## 头条

        1. 新模型今天发布，价格减半，所有人都能用。
        2. 芯片出口有了新规定，下周生效。

        ## 产品

        - **快编辑器**：打开文件只要一瞬间，今天免费。
        - **小模型**：在手机上也能跑，不用联网。
        """,
        ["1. 新模型今天发布，价格减半，所有人都能用。", "2. 芯片出口有了新规定，下周生效。", "快编辑器", "小模型"],
    ),
    "a kind in brackets, the address behind a colon": (
        """
        [类库] 一个很快的编辑器内核：<https://a.b/1>
        支持三种系统，体积很小。

        [工具] 一个看日志的工具：<https://a.b/2>
        可以同时看十台机器。
        """,
        ["[类库] 一个很快的编辑器内核 → a.b/1", "[工具] 一个看日志的工具 → a.b/2"],
    ),
    "the same, with more links behind": (
        """
        [类库] 一个很快的编辑器内核：<https://a.b/1>，看看[效果](https://c.d/1)

        【工具】可以同时看十台机器的日志工具：<https://a.b/2>，附[文档](https://c.d/2)
        """,
        ["[类库] 一个很快的编辑器内核 → a.b/1", "【工具】可以同时看十台机器的日志工具 → a.b/2"],
    ),
    "questions that every story answers": (
        """
        ## A model that costs half, and why

        **What happened:** It is out today for all.

        **What this means:** Others will follow. [Source](https://a.b/1)

        ## Quick hits

        ### New rules for chips

        **What happened:** They begin next week.

        **What this means:** Three companies must wait. [Source](https://a.b/2)

        ### A robot that runs

        **What happened:** It took two hours. [Source](https://a.b/3)
        """,
        ["A model that costs half, and why → a.b/1", "New rules for chips → a.b/2", "A robot that runs → a.b/3"],
    ),
    "facts that fall out of the tenth item": (
        "\n\n".join(
            f"{n}. **第{n}条新闻的标题**\n   ![图](https://c.d/{n}.png)\n\n   - 来源：某报\n   - 原链接：[第{n}条](https://a.b/{n})"
            for n in (9, 10, 11)
        ),
        ["9. 第9条新闻的标题 → a.b/9", "10. 第10条新闻的标题 → a.b/10", "11. 第11条新闻的标题 → a.b/11"],
    ),
    "links of the house above the stories": (
        """
        大家好，这是第 12 期。

        - 投稿请看[这里](https://c.d/1)
        - 订阅请看[这里](https://c.d/2)

        ## 文章

        ### [新模型的幕后](https://a.b/1)

        我们去了现场，和团队聊了三个小时。

        ### [芯片规定的影响](https://a.b/2)

        三家公司和它们的客户会怎么做。
        """,
        ["新模型的幕后 → a.b/1", "芯片规定的影响 → a.b/2"],
    ),
    "an address below a line that has no mark at all": (
        """
        🔥 新模型今天发布，价格减半
        https://a.b/1

        🔥 芯片出口有了新规定
        https://a.b/2
        """,
        ["🔥 新模型今天发布，价格减半 → a.b/1", "🔥 芯片出口有了新规定 → a.b/2"],
    ),
    "boxes to tick": (
        """
        - [x] [A model that costs half](https://a.b/1)
        - [ ] [New rules for chips](https://a.b/2)
        """,
        ["☑ A model that costs half → a.b/1", "☐ New rules for chips → a.b/2"],
    ),
    "lines that break by hand": (
        """
        1. 新模型发布<br>今天上线，所有人都能用。<br>https://a.b/1
        2. 芯片的新规定<br>下周生效。<br>https://a.b/2
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
    "a table without a head": (
        """
        |  |  |
        |---|---|
        | [新模型发布](https://a.b/1) | 价格减半 |
        | [芯片的新规定](https://a.b/2) | 下周生效 |
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "a table that lists what follows": (
        """
        | # | 标题 |
        |---|---|
        | 1 | 新模型发布 |
        | 2 | 芯片的新规定 |

        ## 1. 新模型发布

        今天上线。[原文](https://a.b/1)

        ## 2. 芯片的新规定

        下周生效。[原文](https://a.b/2)
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
    "a discussion first": (
        """
        ## [A model that costs half](https://a.b/1)

        [Discussion](https://c.d/1) · 120 points

        It is out.

        ## [New rules for chips](https://a.b/2)

        [Discussion](https://c.d/2) · 80 points

        They begin.
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "authors and a date before the link": (
        """
        ### A model that costs half

        **Authors:** A, B
        **Published:** 2026-01-02
        **Link:** [arXiv](https://a.b/1)

        It is out today.

        ### New rules for chips

        **Authors:** C
        **Published:** 2026-01-02
        **Link:** [arXiv](https://a.b/2)

        They begin.
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "points of a story in bullets": (
        """
        ## 模型

        ### 1. 新模型发布

        - 价格减半
        - 速度翻倍
        - [原文](https://a.b/1)

        ## 法规

        ### 2. 芯片规定

        - 下周生效
        - [原文](https://a.b/2)
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片规定 → a.b/2"],
    ),
    "a colon within the bold words": (
        """
        1. **新模型发布：** 今天上线，所有人都能用，价格只有上一代的一半。 [来源](https://a.b/1)
        2. **芯片的新规定：** 下周生效，影响三家公司和它们的客户。 [来源](https://a.b/2)
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
    "its author behind a short title": (
        """
        * [Rules for chips](https://a.b/1) by Somebody. It is long, but worth it.
        * [Half a model](https://a.b/2) via The Paper. I liked the part on prices.
        """,
        ["Rules for chips → a.b/1", "Half a model → a.b/2"],
    ),
    "NO.1": (
        """
        ### NO.1 新模型发布

        今天上线。[原文](https://a.b/1)

        ### NO.2 芯片的新规定

        下周生效。[原文](https://a.b/2)
        """,
        ["1. 新模型发布 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
    "a bold title and its source on the first line of a paragraph": (
        """
        ⭐ **A model that costs half** ([source](https://a.b/1))
        It is out today.

        ⭐ **New rules for chips** ([source](https://a.b/2))
        They begin.
        """,
        ["⭐ A model that costs half → a.b/1", "⭐ New rules for chips → a.b/2"],
    ),
    "the time, the kind or the paper before a title": (
        """
        - **09:30** 新模型今天发布，价格减半 [详情](https://a.b/1)
        - **[法规]** 芯片出口有了新规定 [详情](https://a.b/2)
        - The Paper: [A model that costs half](https://a.b/3)
        - (80) [New rules for chips](https://a.b/4)
        """,
        [
            "09:30 新模型今天发布，价格减半 → a.b/1",
            "[法规] 芯片出口有了新规定 → a.b/2",
            "The Paper: A model that costs half → a.b/3",
            "(80) New rules for chips → a.b/4",
        ],
    ),
    "HTML": (
        """
        <ol>
        <li><a href="https://a.b/1">A model that costs half</a><p>It is out.</p></li>
        <li><a href="https://a.b/2">New rules for chips</a><p>They begin.</p></li>
        </ol>
        """,
        ["1. A model that costs half → a.b/1", "2. New rules for chips → a.b/2"],
    ),
    "what unfolds": (
        """
        <details>
        <summary>A model that costs half</summary>

        It is out. [Read more](https://a.b/1)

        </details>

        <details>
        <summary>New rules for chips</summary>

        They begin. [Read more](https://a.b/2)

        </details>
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "a long word of the editor above a short list": (
        f"""
        ## 本周话题：价格

        {"这几年里价格一直在降，我在这里慢慢讲给大家听。" * 20}

        ## 文章

        - [新模型的幕后](https://a.b/1)
        - [芯片规定的影响](https://a.b/2)
        - [机器人跑完了全程](https://a.b/3)
        """,
        ["新模型的幕后 → a.b/1", "芯片规定的影响 → a.b/2", "机器人跑完了全程 → a.b/3"],
    ),
    "several sources in a list": (
        """
        ## 1. 新模型发布，价格减半

        今天上线，所有人都能用。

        **来源**：
        - [某报](https://a.b/1)
        - [某台](https://c.d/1)

        ## 2. 芯片的新规定

        下周生效。

        **来源**：
        - [某报](https://a.b/2)
        - [某台](https://c.d/2)
        """,
        ["1. 新模型发布，价格减半 → a.b/1", "2. 芯片的新规定 → a.b/2"],
    ),
    "a list within a quote": (
        """
        > - [新模型发布](https://a.b/1)
        > - [芯片的新规定](https://a.b/2)
        """,
        ["新模型发布 → a.b/1", "芯片的新规定 → a.b/2"],
    ),
    "a second title in a smaller heading": (
        """
        ### 1. A model that costs half
        #### 新模型发布，价格减半

        It is out. [Read more](https://a.b/1)

        ### 2. New rules for chips
        #### 芯片出口的新规定

        They begin. [Read more](https://a.b/2)
        """,
        ["1. A model that costs half → a.b/1", "2. New rules for chips → a.b/2"],
    ),
    "a table, then a list": (
        """
        ## Repos

        | # | Repo | About |
        |---|---|---|
        | 1 | [fast/editor](https://a.b/1) | opens at once |
        | 2 | [small/model](https://a.b/2) | runs on phones |

        ## Papers

        1. [A model that costs half](https://a.b/3)
        2. [New rules for chips](https://a.b/4)
        """,
        [
            "1. fast/editor → a.b/1",
            "2. small/model → a.b/2",
            "1. A model that costs half → a.b/3",
            "2. New rules for chips → a.b/4",
        ],
    ),
    "two links in a cell": (
        """
        | Story | Points |
        |---|---|
        | [A model that costs half](https://a.b/1) · [discuss](https://c.d/1) | 120 |
        | [New rules for chips](https://a.b/2) · [discuss](https://c.d/2) | 80 |
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "only how many more there are": (
        """
        - [A model that costs half](https://a.b/1)
        - [New rules for chips](https://a.b/2)
        - ...plus 3 more
        """,
        ["A model that costs half → a.b/1", "New rules for chips → a.b/2"],
    ),
    "a section of bullets among numbered headings": (
        """
        ## Top

        ### 1. A model that costs half

        Words on the model. [source](https://a.b/1)

        ### 2. New rules for chips

        Words on the rules. [source](https://a.b/2)

        ## More

        ### Hardware

        - **A faster chip** — twice as fast [source](https://a.b/3)
        - **A smaller board** — half the size [source](https://a.b/4)
        """,
        [
            "1. A model that costs half → a.b/1",
            "2. New rules for chips → a.b/2",
            "A faster chip → a.b/3",
            "A smaller board → a.b/4",
        ],
    ),
    "fields of each item below it": (
        """
        - The plugin supports one more protocol
          - **PR**: https://a.b/1
          - **Contributor**: [me](https://c.d/me)
        - The gateway starts twice as fast
          - **PR**: https://a.b/2
          - **Contributor**: [you](https://c.d/you)
        """,
        ["The plugin supports one more protocol → a.b/1", "The gateway starts twice as fast → a.b/2"],
    ),
    "the same label before each title": (
        """
        - **Project**: [fast/editor](https://a.b/1)
        - **Project**: [small/model](https://a.b/2)
        """,
        ["fast/editor → a.b/1", "small/model → a.b/2"],
    ),
    "numbered sentences about a linked name": (
        """
        1、[甲公司](https://a.b/1)发布新品，价格下降。

        2、[乙公司](https://a.b/2)融资十亿元。

        3、丙公司裁员。

        4、[丁公司](https://a.b/4)上市。
        """,
        [
            "1. 甲公司发布新品，价格下降。 → a.b/1",
            "2. 乙公司融资十亿元。 → a.b/2",
            "3. 丙公司裁员。",
            "4. 丁公司 → a.b/4",
        ],
    ),
    "a kind before a heading's link": (
        """
        ### Tools｜[An editor that opens files at once](https://a.b/1)

        Words on the editor.

        ### News｜[New rules for chips from May on](https://a.b/2)

        Words on the rules.
        """,
        ["An editor that opens files at once → a.b/1", "New rules for chips from May on → a.b/2"],
    ),
    "one story that is a line with its link, beside headings": (
        """
        ## Articles

        ### A model that costs half

        [source](https://a.b/1)

        Words on the model.

        ### New rules for chips

        [source](https://a.b/2)

        Words on the rules.

        ## Resources

        [A catalogue of small models](https://a.b/3)

        One line on it.
        """,
        [
            "A model that costs half → a.b/1",
            "New rules for chips → a.b/2",
            "A catalogue of small models → a.b/3",
        ],
    ),
    "a heading that says once more, with a remark, what one before it says": (
        """
        ## Today

        ### [fast/editor](https://a.b/1) new

        It opens files at once.

        ### [small/model](https://a.b/2)

        It costs half.

        ## Watched

        ### [fast/editor](https://a.b/1) third day

        It is still there.
        """,
        ["fast/editor new → a.b/1", "small/model → a.b/2"],
    ),
}


@_cases(_HIDDEN)
def test_patterns_that_hide(text: str, stories: list[str]) -> None:
    """What a person sees at once is found where the form hides it: in facts, credits, sources, a second look back."""
    assert _told(text) == stories


_CREDITS = "- 编辑: 某人\n- 归档: https://c.d/1"


@pytest.mark.parametrize("between", ["\n", "\n\n", "\n\n<!-- -->\n\n"], ids=["in the list", "loose", "apart"])
def test_credits(between: str) -> None:
    """Boilerplate: who made a list and where it is kept are no stories, be it in the list or below; both are kept."""
    for form in ("- [{}]({})", "1. [{}]({})"):
        days = [
            f"## {day}\n\n{form.format(f'模型{day}发布', f'https://a.b/{day}1')}\n"
            f"{form.format(f'规定{day}生效', f'https://a.b/{day}2')}{between}{_CREDITS}"
            for day in ("5", "6")
        ]
        division = _divided("\n\n".join(days))
        assert [item.url for item in division.items] == [f"https://a.b/{n}" for n in (51, 52, 61, 62)]
        around = (*(block for item in division.items for block in (*item.body, *item.section)), *division.commentary)
        assert plain_blocks(around).count("编辑: 某人") == 2
        assert [link.url for link in links(around)] == ["https://c.d/1"] * 2


def test_boilerplate_in_the_middle() -> None:
    """Boilerplate between sections is not counted, and stands before what follows."""
    division = _divided("""
        ## News

        - [A model that costs half](https://a.b/1)
        - [New rules for chips](https://a.b/2)

        ## Jobs

        - [Engineer at a company](https://c.d/1)

        ## Tools

        - [A fast editor](https://a.b/3)
        - [A small model](https://a.b/4)
    """)
    assert [item.url for item in division.items] == [f"https://a.b/{n}" for n in (1, 2, 3, 4)]
    assert plain_blocks(division.items[2].section) == "Jobs\nEngineer at a company\nTools"


# --- Size --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["### [{}]({})\n\n{}", "- [{}]({}) {}", "[{}]({})\n{}"], ids=["S4", "S6", "S11"])
def test_largest_real_post(form: str) -> None:
    """Size: a post of 290 KB, as large as the largest real one, is read with every story."""
    told = [form.format(f"第{n}条新闻的标题", f"https://a.b/{n}", "这一条说的是来龙去脉。" * 25) for n in range(340)]
    text = "\n\n".join(told)
    assert 290_000 < len(text.encode()) < LARGEST_POST
    digest = _read(text)
    assert [story.url for story in digest.stories] == [f"https://a.b/{n}" for n in range(340)]


_FRAME = '<iframe src="https://www.youtube.com/embed/dQw4w9WgXc{}"></iframe>'


@pytest.mark.parametrize(
    "text",
    [
        "\n\n".join(map(_FRAME.format, "QRS")),
        f"{_FRAME.format('Q')}\n\n<audio src='https://a.b/c.mp3'></audio>\n\n<iframe src='https://a.b/d'></iframe>",
    ],
)
def test_films_alone_are_no_stories(text: str) -> None:
    """A post of nothing but films, sounds and frames has no stories: they are links in its text."""
    division = divide(parse(text).placed)
    assert division.items == ()
    assert len(list(links(division.intro))) == text.count("src=")


@pytest.mark.parametrize(
    ("sentence", "title"),
    [
        ("Meta 招人 https://a.b/1。后面还有字", "Meta 招人。后面还有字"),
        ("Meta 招人 https://a.b/1 ，后面还有字", "Meta 招人 ，后面还有字"),
        ("Meta hires https://a.b/1 and more", "Meta hires and more"),
        ("Meta hires (see https://a.b/1), again and again", "Meta hires, again and again"),
        ("公司发布新品（详见 https://a.b/1）。后面还有字", "公司发布新品。后面还有字"),
        ("消息传来，[来源](https://a.b/1)。", "消息传来"),
        ("公司发布新品，详见 https://a.b/1", "公司发布新品"),
        ("公司发布新品，详见：https://a.b/1。", "公司发布新品"),
        ("公司发布新品，更多详情请见[链接](https://a.b/1)", "公司发布新品"),
        ("政府征求意见 https://a.b/1", "政府征求意见"),
        ("Leak reveals details https://a.b/1", "Leak reveals details"),
        ("详见 https://a.b/1", "详见"),
    ],
)
def test_an_address_leaves_no_gap(sentence: str, title: str) -> None:
    """An address or a label that goes out of a sentence takes along the blank, comma and words that were for it."""
    found = _divided(f"1. {sentence}\n2. 别的公司也发布了新品 https://a.b/2").items
    assert plain(found[0].title) == title
    assert found[0].url == "https://a.b/1"
