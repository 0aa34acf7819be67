"""Posts for the properties of reading: whole posts in every shape, with what they are expected to be read as."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC

from hypothesis import strategies as st

from digest.model import Rules

RULES = Rules(source="demo", zone=UTC)
"""The rules of a source that says nothing special."""

_CJK = "中文新闻模型发布推理算力监管开源芯片速递今日全球产业落地数据能效"
_LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as it is to be written, and read back."""

    title: str
    url: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A post's text in one shape, and what it tells."""

    shape: str
    text: str
    intro: str
    stories: tuple[Told, ...]
    commentary: str


def words(least: int = 4, most: int = 40) -> st.SearchStrategy[str]:
    """A run of Chinese or Latin words without markup, ended by nothing."""
    chinese = st.text(_CJK, min_size=least, max_size=most)
    latin = st.lists(st.text(_LATIN, min_size=2, max_size=8), min_size=least, max_size=max(least, most // 6))
    return st.one_of(chinese, latin.map(" ".join))


def _story(place: int, title: str, body: str) -> Told:
    return Told(title=title, url=f"https://example.com/story/{place}", body=body)


@st.composite
def stories(draw: st.DrawFn, *, most: int = 8) -> tuple[Told, ...]:
    """At least two stories with different addresses and titles."""
    titles = draw(st.lists(words(8, 20), min_size=2, max_size=most, unique=True))
    return tuple(_story(place, title, draw(words(20, 60))) for place, title in enumerate(titles, 1))


def _indented(story: Told, mark: str, lead: str) -> str:
    return f"{mark}{lead}\n\n{' ' * len(mark)}{story.body}"


def _s1(told: tuple[Told, ...]) -> str:
    return "\n\n".join(_indented(one, f"{n}. ", f"[{one.title}]({one.url})") for n, one in enumerate(told, 1))


def _s1_same_paragraph(told: tuple[Told, ...]) -> str:
    return "\n\n".join(f"{n}. [{one.title}]({one.url})\n    {one.body}" for n, one in enumerate(told, 1))


def _s1_unindented(told: tuple[Told, ...]) -> str:
    return "\n\n".join(f"{n}. [{one.title}]({one.url})\n\n{one.body}" for n, one in enumerate(told, 1))


def _s2(told: tuple[Told, ...]) -> str:
    return "\n".join(f"{n}. **{one.title}**：{one.body} [原文]({one.url})" for n, one in enumerate(told, 1))


def _s3(told: tuple[Told, ...]) -> str:
    return "\n".join(f"{n}. {one.title} {one.url}\n\n   {one.body}" for n, one in enumerate(told, 1))


def _s5(told: tuple[Told, ...]) -> str:
    return "\n\n".join(
        f"### {n}. {one.title}\n\n- **来源**: 某报\n- **原文链接**: {one.url}\n\n{one.body}"
        for n, one in enumerate(told, 1)
    )


def _s7(told: tuple[Told, ...]) -> str:
    items = "\n".join(f"- **{one.title}:** {one.body} [ref][{n}]" for n, one in enumerate(told, 1))
    return items + "\n\n" + "\n".join(f"[{n}]: {one.url}" for n, one in enumerate(told, 1))


def _s10(told: tuple[Told, ...]) -> str:
    return "\n\n".join(f"**{one.title}**\n\n<{one.url}>\n\n{one.body}" for one in told)


def _s11(told: tuple[Told, ...]) -> str:
    return "\n\n".join(f"[{one.title}]({one.url})\n\n{one.body}" for one in told)


def _s12(told: tuple[Told, ...]) -> str:
    rows = "\n".join(f"| **[{one.title}]({one.url})** | {one.body} |" for one in told)
    return f"| 项目 | 简介 |\n|---|---|\n{rows}"


def _s13(told: tuple[Told, ...]) -> str:
    return "\n\n".join(f"#### {one.title}\n\n{one.body}\n\n[Read more]({one.url})" for one in told)


def _s4(told: tuple[Told, ...]) -> str:
    return "\n\n".join(f"### [{one.title}]({one.url})\n\n{one.body}" for one in told)


def _s6(told: tuple[Told, ...]) -> str:
    return "\n".join(f"- [{one.title}]({one.url})\n  > {one.body}" for one in told)


def _s8(told: tuple[Told, ...]) -> str:
    return "\n".join(f"- {one.title}（[来源]({one.url})）\n\n  {one.body}\n" for one in told)


def _s9(told: tuple[Told, ...]) -> str:
    return "\n\n".join(f"{n}、[{one.title}]({one.url})\n{one.body}" for n, one in enumerate(told, 1))


SPELLINGS: dict[str, Callable[[tuple[Told, ...]], str]] = {
    "S1": _s1,
    "S1 in one paragraph": _s1_same_paragraph,
    "S1 not indented": _s1_unindented,
    "S2": _s2,
    "S3": _s3,
    "S4": _s4,
    "S5": _s5,
    "S6": _s6,
    "S7": _s7,
    "S8": _s8,
    "S9": _s9,
    "S10": _s10,
    "S11": _s11,
    "S12": _s12,
    "S13": _s13,
}


@st.composite
def written(draw: st.DrawFn) -> Written:
    """A post in one of the shapes, with an intro and a commentary or without."""
    shape = draw(st.sampled_from(sorted(SPELLINGS)))
    told = draw(stories())
    intro = draw(st.one_of(st.just(""), words(10, 60)))
    commentary = draw(st.one_of(st.just(""), words(10, 60)))
    parts = [intro, SPELLINGS[shape](told), commentary]
    text = "\n\n---\n\n".join(filter(None, parts))
    return Written(shape=shape, text=text, intro=intro, stories=told, commentary=commentary)


def _nested(kinds: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """What stands together on a line, and the same in bold or in italics."""
    together = st.lists(kinds, min_size=1, max_size=3).map(" ".join)
    return st.one_of(kinds, together, together.map("**{}**".format), together.map("*{}*".format))


@st.composite
def linked(draw: st.DrawFn) -> str:
    """Stories in one shape whose titles mix words, links and emphasis in each other; every link leads elsewhere."""
    places = itertools.count()
    mark, gap = draw(st.sampled_from([("- ", "\n"), ("1. ", "\n"), ("### ", "\n\n"), ("1、", "\n\n")]))
    link = words(1, 12).map(lambda told: f"[{told}](https://example.com/{next(places)})")
    label = st.sampled_from(["原文", "·", "1.", "🔥"]).map(lambda told: f"[{told}](https://example.com/{next(places)})")
    line = st.lists(_nested(_nested(st.one_of(words(1, 20), link, label))), min_size=1, max_size=4).map(" ".join)
    return gap.join(f"{mark}{told}" for told in draw(st.lists(line, min_size=2, max_size=4)))


_PIECES = [
    *("**", "*", "_", "~~", "`", "```\n", "[", "](", ")", "![", "<b>", "</b>", "<!--", "-->", "<script>", "</script>"),
    *(
        "<div>",
        "</div>",
        "<br>",
        "&amp;",
        "&#x202e;",
        "\\",
        "|",
        "|-|",
        "\n",
        "\n\n",
        "- ",
        "> ",
        "1. ",
        "# ",
        "---\n",
        "    ",
    ),
    *(
        "+++\n",
        "title: x\n",
        "https://a.b/c",
        "[a](https://a.b)",
        "[a]: /b\n",
        "[x][a]",
        "1、",
        "（2）",
        "中文",
        "。",
        "”",
        "word",
    ),
    *(
        "\t",
        "\r\n",
        "\x00",
        "\u202e",
        "\ufeff",
        "\u3000",
        "😀",
        "javascript:alert(1)",
        "<https://a.b>",
        "===\n",
        "{{< x >}}",
    ),
]


def scraps() -> st.SearchStrategy[str]:
    """Anything that Markdown gives a meaning to, in any order."""
    return st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=6)), max_size=40).map("".join)
