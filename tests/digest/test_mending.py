"""Mending: what is safe is mended, and readers see what they saw."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from digest.mending import Kind, mend
from digest.model import Digest, Post, Rules
from digest.read import read
from digest.richtext import plain, plain_blocks
from digest.stars import restarred

RULES = Rules(source="demo", zone=UTC)
HEAD = '---\ntitle: "**“题”**的"\ndate: 2026-11-21T09:00:00+08:00\n---\n\n'


def _post(text: str | bytes) -> Post:
    return Post(path="post.md", data=text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))


def _mended(text: str | bytes) -> str:
    return mend(_post(text), RULES).data.decode()


def _told(digest: Digest) -> tuple[object, ...]:
    """What readers are told, in words."""
    stories = [
        (story.number, story.url, story.key, _words(plain(story.title) + plain_blocks(story.body)))
        for story in digest.stories
    ]
    return digest.title, _words(plain_blocks(digest.intro)), stories, _words(plain_blocks(digest.commentary))


def _words(text: str) -> str:
    return "".join(text.split())


def _elsewhere(text: str) -> str:
    return str(MarkdownIt("commonmark").render(text))


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("的**“神经回路”**，在", "的“**神经回路**”，在"),
        ("推动**领域专用模型（DSM）**的落地", "推动**领域专用模型**（**DSM**）的落地"),
        ("**注意：**后文还有", "**注意**：后文还有"),
        ("看**《书》。**文", "看《**书**》。文"),
        ("读*“词”*的", "读“*词*”的"),
        ("向** 实时推理**演进", "向 **实时推理**演进"),
        ("向**实时推理 **演进", "向**实时推理** 演进"),
        ("- 有个** 词 **在此", "- 有个 **词** 在此"),
        ("末尾** 词 **", "末尾 **词**"),
        ("> 的**“神经”**的", "> 的“**神经**”的"),
        ("看（**甲**）与**（乙）丙**的", "看（**甲**）与（**乙**）**丙**的"),
    ],
)
def test_emphasis_beside_cjk_is_written_for_every_renderer(written: str, better: str) -> None:
    """Emphasis that CommonMark would show as stars is rewritten so that it shows none."""
    assert _mended(f"{HEAD}{written}\n") == f"{HEAD}{better}\n"
    assert "*" in _elsewhere(written).replace("<", "")
    assert "*" not in _elsewhere(better)


@pytest.mark.parametrize(
    "line",
    [
        "粗**体**好，**“开头”**，结束",
        "2 ** 3 ** 4 与 a ** b ** c",
        "a ** b ** c",
        "乘 2 * 3 * 4 个",
        "**增长 30%**的",
        "只有一个**“词”的",
        "代码 `的**“词”**的` 在此",
        "链接 [的](https://example.com/**“a”**的) 在此",
        "公式 $的**“词”**的$ 在此",
        "标签 {{< 的**“词”**的 >}} 在此",
        "转义 的\\*\\*“词”\\*\\*的 在此",
        "    的**“词”**的 = 1",
        "这是**“甲”和“乙”**的",
    ],
)
def test_what_is_not_surely_meant_is_left(line: str) -> None:
    """Stars that work, stars that may mean something else, and stars in code, links and formulas stay as they are."""
    text = f"{HEAD}一段文字。\n\n{line}\n"
    assert _mended(text) == text


def test_a_mark_and_line_ends_are_mended() -> None:
    """A byte order mark goes, every line ends in a line feed, and both are named with their lines."""
    text = f"{HEAD}1. [甲](https://example.com/1)\n\n2. [乙](https://example.com/2)\n"
    mended = mend(_post(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()), RULES)
    assert mended.data.decode() == text
    assert [(fix.kind, fix.line, fix.count) for fix in mended.fixes] == [
        (Kind.BYTE_ORDER_MARK, 1, 1),
        (Kind.LINE_ENDS, 1, text.count("\n")),
    ]
    lone = mend(_post(text.replace("\n", "\r", 3)), RULES)
    assert (lone.data.decode(), lone.fixes[0].count) == (text, 3)


def test_control_characters_are_taken_out_of_the_text() -> None:
    """Control characters go where readers would read them; those in code stay."""
    text = f"{HEAD}一\x0b段\x1b文字\x7f。\n\n```\n代\x0b码\n```\n"
    mended = mend(_post(text), RULES)
    assert mended.data.decode() == f"{HEAD}一段文字。\n\n```\n代\x0b码\n```\n"
    assert [(fix.kind, fix.line) for fix in mended.fixes] == [(Kind.CONTROL_CHARACTERS, 6)]


def test_a_fix_names_its_line_before_and_after() -> None:
    """Each line that was changed is named, as it was and as it is."""
    (fix,) = mend(_post(f"{HEAD}的**“词”**的\n"), RULES).fixes
    assert (fix.kind, fix.line, fix.before, fix.after) == (Kind.EMPHASIS, 6, "的**“词”**的", "的“**词**”的")


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe1\x00",
        "标题\r\n".encode("gb18030"),
        b"\xef\xbb\xbftext\r\n\x00",
        b"text\r\n\xe4\xb8",
        b"\r\n" * 600_000,
    ],
)
def test_what_is_no_text_is_left(data: bytes) -> None:
    """What is not UTF-8, was cut off, is binary or too large is not touched."""
    assert mend(_post(data), RULES).data == data


def test_front_matter_code_and_html_stay() -> None:
    """Front matter, code and HTML stay byte for byte, whatever stars are in them."""
    kept = (
        f"{HEAD}",
        "```md\n的**“词”**的\n```\n",
        "\n<div>\n的**“词”**的\n</div>\n",
        "\n<!-- 的**“词”**的 -->\n",
        "\n[的**“词”**的]: https://example.com/\n",
    )
    mended = _mended("".join(kept) + "\n的**“词”**的\n")
    assert mended == "".join(kept) + "\n的“**词**”的\n"


def test_broken_front_matter_keeps_its_text() -> None:
    """Where the front matter cannot be read, nobody knows what is text: only the mark and line ends are mended."""
    text = "---\ntitle: [\n---\n\n的**“词”**的\n"
    assert _mended(text.replace("\n", "\r\n")) == text


def test_stars_that_paired_otherwise_are_left() -> None:
    """Where stars pair in another way than their author thought, other words would be bold: they stay."""
    text = f"{HEAD}向** 实时推理**演进，的**“神经回路”**的\n"
    assert _mended(text) == text


_PIECES = st.sampled_from(
    [
        *(
            "**",
            "**",
            "*",
            "***",
            "“",
            "”",
            "（",
            "）",
            "《",
            "》",
            "，",
            "。",
            "：",
            "词",
            "文字",
            "word",
            "7",
            "%",
            "`",
        ),
        *("\\", "<b>", "</b>", "|", "$", "#", "~~", "_", "__", "-", ">", "https://example.com/b**"),
        *(" ", "\n", "\n\n", "\r\n", "\r", "\x0b", "\u3000", "\ufeff", "\u2028", "- ", "1. ", "> ", "    ", "```\n"),
        *("[词](https://example.com/a)", "|词|\n|-|\n|**“a”**的|"),
    ]
)


@settings(max_examples=400)
@given(
    st.lists(_PIECES, max_size=40).map("".join), st.booleans(), st.sampled_from(["", HEAD, HEAD.replace("\n", "\r\n")])
)
def test_mending_changes_nothing_that_is_told(text: str, marked: bool, head: str) -> None:
    """Whatever is mended tells the same stories in the same words, has no new problem, and needs no further mending."""
    post = _post(("\ufeff" if marked else "") + head + text)
    mended = mend(post, RULES)
    before, after = read(post, RULES), read(_post(mended.data), RULES)
    assert _told(after) == _told(before)
    assert not Counter(problem.code for problem in after.problems) - Counter(
        problem.code for problem in before.problems
    )
    assert bool(mended.fixes) == (mended.data != post.data)
    assert mend(_post(mended.data), RULES).fixes == ()


@given(st.text(st.sampled_from("*“”（）《》，。：词文a7 %")))
def test_rewriting_a_line_only_moves_stars(line: str) -> None:
    """Whatever stands in a line, its words and punctuation stay, in their order."""
    better = line
    for edit in reversed(restarred(line)):
        better = better[: edit.start] + edit.words + better[edit.end :]
    assert re.sub(r"[* ]", "", better) == re.sub(r"[* ]", "", line)


@given(st.binary(max_size=200) | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_can_be_mended(data: bytes) -> None:
    """Mending never raises, whatever the bytes are, and what is no text stays as it is."""
    mended = mend(_post(data), RULES)
    assert mended.data == data or mended.fixes
