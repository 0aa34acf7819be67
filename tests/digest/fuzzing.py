"""How long fuzzing goes on, and posts of any kind to fuzz with: scraps of all markup, in lines, in blocks, in bytes."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.digest.posts import scraps, written

EXAMPLES = int(os.environ.get("TEST_FUZZ", "60"))
"""Examples for each property: a few seconds' worth, or as many as `make fuzz` says."""

fuzzed = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)

_HEADS = (
    *(
        "",
        "---\ntitle: t\n---\n",
        "---\ntitle: t\ndate: 2025-11-21\n---\n\n",
        "+++\ntitle = 't'\n+++\n",
        "Title: t\n\n",
    ),
    *("# t\n\n", "---\n", "---\ntitle: t\n", "\ufeff---\r\ntitle: t\r\n---\r\n", "---\ntitle: t\ntitle: u\n---\n"),
    *("---\ntitle: [\n---\n", "---\ndate: 14:4g5:00\n---\n", "---\ntags: &a [*a]\n---\n", "+++\nx\n", "***\n\n"),
)

_MARKS = (
    *(
        "- ",
        "* ",
        "+ ",
        "1. ",
        "2) ",
        "10. ",
        "1、",
        "（1）",
        "① ",
        "> ",
        "> - ",
        "- > ",
        "  - ",
        "    ",
        "\t",
        "# ",
        "## ",
    ),
    *(
        "### 1. ",
        "#### ",
        "| ",
        "- [ ] ",
        "- [x] ",
        ": ",
        "[^1]: ",
        "[a]: ",
        "{{< x >}}",
        "{% y %}",
        "<details>",
        "$$ ",
    ),
)

_WORDS = (
    *(
        "词语",
        "word",
        "**粗体**",
        "**“引号”**的",
        "*斜*",
        "_i_",
        "~~s~~",
        "`code`",
        "``a`b``",
        "**没关",
        "关上**",
        "***",
    ),
    *("[题](https://a.b/1)", "[**题**](https://a.b/2)", "[相对](x.md)", "[空]()", "[t](github.com/x)", "[a][b]", "[b]"),
    *(
        "[t](https://a.b/(c))",
        "https://a.b/c。后",
        "<https://a.b/d>",
        "https://a.b/e（注）",
        "www.a.b",
        "a@b.cn",
        "原文",
    ),
    *(
        "![图](https://a.b/p.png)",
        "![](x.png)",
        "[![图](https://a.b/q.png)](https://a.b/3)",
        "<img src='https://a.b/r.png'>",
    ),
    *(
        "<b>粗</b>",
        "<br>",
        "<a href='https://a.b/4'>锚</a>",
        "<!-- 藏 -->",
        "<!--",
        "-->",
        "<p>段",
        "</p>",
        "<sup>1</sup>",
    ),
    *(
        "<table><tr><td>格</td></tr></table>",
        "<summary>摘</summary>",
        "</details>",
        "<script>x</script>",
        "<style>",
        "<svg>",
    ),
    *(
        "词语",
        "[词语](https://a.b/5)",
        "**词语**",
        "word",
        "[^1]",
        "{{ x }}",
        "{% raw %}",
        "{{% y %}}",
        "$x_1^2$",
        "\\*",
        "\\",
        "&amp;",
        "&#20013;",
        "&nbsp;",
        "&#x202e;",
    ),
    *(
        "👨‍👩‍👧",
        "e\u0301",
        "\u200b",
        "\u00a0",
        "\u3000",
        "\ufeff",
        "\u202e",
        "\u2028",
        "\x0b",
        "\x1b",
        "\u061c",
        "|",
        "---",
        "===",
        "：",
    ),
    *(
        "点评",
        "订阅",
        "招聘",
        "Read more",
        "- ",
        "1. ",
        "#",
        "。",
        "，",
        "；",
        "!",
        "?",
        ".",
        "(",
        ")",
        "【",
        "】",
        "“",
        "”",
    ),
)

_LINES = st.one_of(
    st.builds(
        "{}{}".format, st.sampled_from(("", *_MARKS)), st.lists(st.sampled_from(_WORDS), max_size=5).map(" ".join)
    ),
    st.builds(
        "{}{}".format, st.sampled_from(("", *_MARKS)), st.lists(st.sampled_from(_WORDS), max_size=5).map("".join)
    ),
    st.sampled_from(
        ("", "", "---", "***", "===", "```", "~~~", "```py", "|a|b|", "|-|-|", "| c | d |", "</details>", "$$")
    ),
)


def bodies() -> st.SearchStrategy[str]:
    """Texts of lines that mean something in Markdown or beside it, in any order."""
    lines = st.lists(_LINES, max_size=14)
    return st.one_of(lines.map("\n".join), lines.map("\n\n".join), scraps(), written().map(lambda post: post.text))


def texts() -> st.SearchStrategy[str]:
    """Whole posts: a head or none, and a body."""
    bodily = st.one_of(bodies(), bodies().map(lambda body: body.replace("\n", "\r\n")))
    return st.builds("{}{}".format, st.sampled_from(_HEADS), bodily)


def raw() -> st.SearchStrategy[bytes]:
    """Bytes: any, and those of posts that were cut, mixed, or written in another encoding."""
    posts = texts().map(lambda text: text.encode(errors="replace"))
    cut = st.builds(lambda data, at: data[:at], posts, st.integers(0, 200))
    mixed = st.builds(lambda one, any_, two: one + any_ + two, posts, st.binary(max_size=8), posts)
    other = st.builds(
        lambda text, encoding: text.encode(encoding, errors="replace"),
        texts(),
        st.sampled_from(["utf-16", "gb18030", "big5", "latin-1", "utf-8-sig"]),
    )
    return st.one_of(st.binary(max_size=200), posts, cut, mixed, other)
