"""Bombs go to the text-only form, and real posts do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given

from digest.model import Post
from digest.problems import Code
from digest.read import read
from digest.richtext import plain_blocks
from digest.tangle import tangled
from tests.digest.bombs import HEAD, bombs
from tests.digest.posts import RULES, Written, written


@pytest.mark.long
def test_fault_41_bombs_at_the_cap() -> None:
    """A file full of any one mark, or with a head that is made to cost, is read without much memory or time."""
    program = [sys.executable, "-m", "tests.digest.bombs"]
    done = subprocess.run(program, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    said = [line.split("\t") for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"{said[-1]}\n{done.stderr[-2000:]}"
    assert [name for name, _ in said] == [name for name, _ in bombs()]
    assert all(found.startswith("t ") for name, found in said if name.startswith("full"))
    assert not any(Code.TOO_LARGE in found for _, found in said)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "> " * 20_000 + "x",
        "- " * 20_000 + "x",
        "\n".join(" " * n + "- x" for n in range(400)),
        "".join(f"{'>' * n} x\n" for n in range(200)),
        "| a " * 30_000 + "\n" + "|---" * 30_000,
        "|a|b|\n|-|-|\n" + "|x|y|\n" * 30_000,
        "*a " * 60_000,
        "a\n" * 100_000,
        "<?a " * 1_000,
        "[" * 30 + "\n\n" + ("[" * 60 + "\n\n") * 60,
    ],
    ids=["brackets", "quotes", "lists", "steps", "growing", "columns", "rows", "stars", "lines", "unclosed", "often"],
)
def test_tangled(text: str) -> None:
    """Deep nesting, runs of brackets and huge tables are found, and delivered as plain text with a warning."""
    digest = read(Post(path="x.md", data=(HEAD + text).encode()), RULES)
    (problem,) = [problem for problem in digest.problems if problem.code is Code.TEXT_ONLY]
    assert problem.line >= 4
    assert digest.deliverable
    assert digest.stories == ()


_BODY = "这是一段足够长的正文，说的是这条新闻的来龙去脉。"


@pytest.mark.parametrize(
    ("item", "count"),
    [
        ("{n}. [标题{n}](https://a.b/{n})\n    " + _BODY, 1_000),
        ("{n}. **标题标题标题标题{n}**：" + _BODY + "[原文](https://a.b/{n})", 1_000),
        ("- [t{n}](https://a.b/{n})", 1_100),
        ("- **[t{n}](https://a.b/{n})**", 1_000),
        ("- [t{n}](https://a.b/{n})\n  > " + _BODY, 1_100),
        ("- [一个足够长的标题{n}](https://example.com/stories/{n:05}/page)", 4_400),
        ("> - [一个足够长的标题{n}](https://example.com/stories/{n:05})", 2_000),
    ],
    ids=["S1", "S2", "S6", "bold", "commented", "long", "quoted"],
)
def test_long_tight_lists(item: str, count: int) -> None:
    """A list of a thousand stories without a blank line is read as a thousand stories."""
    text = "\n".join(item.format(n=n) for n in range(1, count + 1))
    digest = read(Post(path="x.md", data=f"{HEAD}{text}".encode()), RULES)
    assert len(digest.stories) == count


def test_long_tables_and_nested_lists() -> None:
    """A table of a thousand links is a table, and the lists within a list are lists."""
    assert tangled("- 一个词\n    - [t](https://a.b/1)\n    - [u](https://a.b/2)\n" * 600) == 0
    rows = "\n".join(f"| [t{n}](https://a.b/{n}) | x |" for n in range(1_100))
    assert tangled(f"| a | b |\n|---|---|\n{rows}\n") == 0


@pytest.mark.parametrize(
    "text",
    [
        "```c\n" + "".join(f"{' ' * 40}* 一行注释 {n}\n" for n in range(200)) + "```\n",
        "\n".join(f"{'  ' * (n % 6)}- [t{n}](https://a.b/{n})" for n in range(2_000)),
        "正则 `[^[]` 与 [ 未闭合\n" * 30,
        "a <!-- b --> c\n\n" * 2_000,
        "> 1. [t](https://a.b/1)\n>    > 评论\n" * 1_000,
    ],
    ids=["code", "six deep", "brackets", "comments", "quoted lists"],
)
def test_what_people_write_is_no_bomb(text: str) -> None:
    """Code that is indented far, lists six deep, lone brackets, and long lists within quotes are read as they are."""
    assert tangled(text) == 0


def test_place_is_named() -> None:
    """The warning names the line where the tangle begins."""
    assert tangled("fine\n\nfine\n\n" + "[" * 100) == 5


def test_text_of_a_tangled_post_is_kept() -> None:
    """Nothing is lost in the text-only form but leftover stars."""
    digest = read(Post(path="x.md", data=f"{HEAD}first **words**\nsecond\n\n{'[' * 50} last".encode()), RULES)
    assert plain_blocks(digest.intro) == f"first words\nsecond\n{'[' * 50} last"


@given(written())
def test_posts_are_not_tangled(post: Written) -> None:
    """A post in any shape, even fifty times over, is no bomb."""
    assert tangled("\n\n".join([post.text] * 50)) == 0


@pytest.mark.parametrize("mark", "-*_+=~")
def test_a_long_line_of_marks_is_no_depth(mark: str) -> None:
    """A rule of any length, as many publishers draw them, nests nothing and leaves the post readable."""
    assert tangled(f"{mark * 200}\n\n- [One](https://a.b/1)\n\n{mark * 80} \n") == 0
    assert mark not in "-*" or tangled(f"{f'{mark} ' * 40}\n\n- [One](https://a.b/1)\n") == 0
