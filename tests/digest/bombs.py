"""Posts that are made to cost, and a program of its own that reads them all within bounds of memory and time."""

from __future__ import annotations

import gc
import resource
import sys
from collections.abc import Iterator

from digest.model import Post
from digest.read import LARGEST_POST, read
from tests.digest.posts import RULES

MOST_MEMORY = 1 << 30
"""Bytes of address space."""

MOST_TIME = 10
"""Seconds of processor time that one post may take: many times what any takes, and less than a quadratic one does."""

HEAD = "---\ntitle: t\n---\n"

_PIECES = (
    *("[", "![", "[a](", "](", "*", "**a ", "_a_", "`", "~~", "<", "<b>", "<!--", "&amp;", "\\", "|", "|-|\n", "> "),
    *("- ", "1. ", "\n", "- a\n", "# a\n", "a\n\n", "[a]: b\n", "[a](b)", "https://a.b/", "://", "    ", "\t- "),
    *("(1)", "1、a\n\n", "**中（", "[[", "a**b", "*a_", "<a ", "</b>", "```\n", "=\n", "<?", "<![CDATA["),
    *(
        "{{",
        "{% x %}",
        "{% raw %}",
        "{{< x >}}",
        "[^a]",
        "    {% x %}\n",
        "<!-- x -->",
        "<A/>",
        "<T>",
        "[[a]]",
        "==a==",
    ),
    *("<ul><li>", "<td>", "<pre>", "<h1>", '<p "', "$a_b$ ", "\\(", "|---|\n", ":rocket:", "[a] (https://a.b)"),
)

HEADS = {
    "apply": 'title: !!python/object/apply:os.system ["true"]',
    "name": "title: !!python/name:os.system",
    "tag": "title: !custom x",
    "aliases": "a: &a [x, x]\nb: &b [*a, *a]\ntitle: x\n" + "\n".join(f"c{n}: [*a, *b]" for n in range(40)),
    "brackets": "title: " + "[" * 20_000,
    "dashes": "title: " + "- " * 20_000,
    "braces": "title: " + "{a: " * 5_000,
    "questions": "? " * 20_000 + "\ntitle: x",
    "length": "title: x\n" + "x" * 70_000,
}
"""YAML that must not be loaded."""

TOML_HEADS = {
    "dots": 'title = "x"\n' + "a." * 25_000 + "b = 1",
    "fewer dots": 'title = "x"\n' + "a." * 4_000 + "b = 1",
    "table": 'title = "x"\n[' + "a." * 4_000 + "a]",
    "tables": 'title = "x"\n[[' + "a." * 4_000 + "a]]",
    "blanks": 'title = "x"\n' + "a . " * 3_000 + "b = 1",
    "quotes": 'title = "x"\n' + '"a".' * 3_000 + "b = 1",
    "inline": 'title = "x"\nx = {' + "a." * 4_000 + "b = 1}",
    "behind a text": 'title = "x"\nx = """\\""""\n' + "a." * 4_000 + "b = 1",
    "depth": 'title = "x"\nx = ' + "[" * 8_000,
    "length": 'title = "x"\n' + "a = 1\n" * 8_000,
}
"""TOML that must not be loaded."""


_TIGHT = "**a *b\n" * 5_000
_QUOTED = "  > **a *b\n" * 5_000
_INDENTED = "    - **a *b\n" * 5_000
_NUMBERED = "2. **a *b\n" * 5_000

DISGUISED = {
    "numbers": f"x\n{_NUMBERED}",
    "columns": f"x\n{_INDENTED}",
    "steps": f"- a\n - a\n  - a\n   - a\n{_INDENTED}",
    "code": _INDENTED,
    "rule": "- - -\n     - c\ntext\n" + _INDENTED.replace("    ", "     "),
    "quote": f"- > a\n{_QUOTED}",
    "rows": "|" + _TIGHT.replace("\n", "\n|"),
    "table": "| a |\n|-|-|\n|" + _TIGHT.replace("\n", "\n|"),
    "pre": "<pre>\n" + _TIGHT.replace("\n", "\n\n"),
    "instruction": "<? >\n" + _TIGHT.replace("\n", "\n\n"),
    "block": "<div>\n- " + _TIGHT.replace("\n", "\n- "),
    "fence": f"```\n\n- a\n   ```\n   text\n{_INDENTED}",
    "comment": f"<!--\n\n- a\n   -->\n{_INDENTED}",
    "empty": "x\n" + _TIGHT.replace("\n", "\n* \u200b\n"),
}
"""Marks whose pairs are looked for far away, in lines that look as if they began paragraphs of their own."""


HEAVY = {
    "items": "- a\n",
    "headings": "# a\n\n",
    "numbered": "{n}、标题{n} https://a.b/{n}。后文\n",
    "links": "- [标题标题标题{n}](https://a.b/{n})\n",
    "quoted links": "> - [标题标题标题{n}](https://a.b/{n})\n",
    "rows": "| **[标题{n}](https://a.b/{n})** | 文字 | [b](https://c.d/{n}) |\n",
    "Chinese": "中",
    "Chinese sentences": "中文新闻，今天发布。",
    "bold words": "**中文{n}**，",
    "titles in pairs": "## 甲{n}\n\n## 乙{n}\n\nwords\n\n",
    "lists of two kinds": "- a\n1. b\n",
    "sections": "## [栏目{n}](https://a.b/{n})\n\n- [a](https://c.d/{n})\n\n",
    "headed stories": "### {n}. 标题{n}\n\n正文正文正文\n\n",
    "stories": "{n}. [标题标题{n}](https://a.b/{n})\n\n    这是一段正文，说的是来龙去脉。\n\n",
    "footnotes": "正文[^{n}]\n\n[^{n}]: 说明\n\n",
    "references": "[甲][{n}]\n\n[{n}]: https://a.b/{n}\n\n",
    "shortcodes": "{{{{< x >}}}}{{% y %}}",
    "details": "<details>\n<summary>标题{n}</summary>\n\n正文\n\n</details>\n\n",
    "pictures": "![图{n}](https://a.b/{n}.png)\n\n",
    "code": "```\nx = {n}\n```\n\n",
    "marks above": "a\u0301\u0302",
    "families": "👨‍👩‍👧‍👦",
    "line breaks": "文字  \n",
    "tags": "<b><i>",
    "breaks": "<br>",
    "entities": "&amp;&#20013;",
    "comments": "a <!-- b --> c\n\n",
}
"""What posts hold, as often as a post can hold it; `{n}` counts."""


HEADLESS = {
    "a word and blanks": "draft" + " " * (LARGEST_POST - 6) + "x",
    "a word on each line": "draft: true\n" * (LARGEST_POST // 12),
    "a fence and words": "```\n" + "draft: \n" * (LARGEST_POST // 8 - 4),
    "lines": "\n" * (LARGEST_POST - 1) + "x",
}
"""What a head is looked for in."""


def counted(unit: str) -> str:
    """A text full of the unit, counted, as long as a post may be with its head."""
    room = LARGEST_POST - len(HEAD)
    if "{" not in unit:
        return unit * (room // len(unit.encode()))
    text = "".join(unit.format(n=n) for n in range(1, room // len(unit.format(n=1).encode())))
    return text.encode()[:room].decode(errors="ignore")


def filled(unit: str) -> str:
    """A text full of the unit, as long as a post may be with its head."""
    return unit * ((LARGEST_POST - len(HEAD)) // len(unit.encode()))


def bombs() -> Iterator[tuple[str, str]]:
    """Each bomb with its name."""
    yield from ((f"full of {unit!r}", HEAD + filled(unit)) for unit in _PIECES)
    yield from ((f"disguised: {name}", HEAD + text) for name, text in DISGUISED.items())
    yield from ((f"many {name}", HEAD + counted(unit)) for name, unit in HEAVY.items())
    yield "tight links", HEAD + "- [a](://b)\n" * 6_600
    yield "tight stars", HEAD + ("- " + "*a " * 1_900 + "\n") * 20
    yield from ((f"no head: {name}", text) for name, text in HEADLESS.items())
    yield from ((f"yaml: {name}", f"---\n{head}\n---\ntext") for name, head in HEADS.items())
    yield from ((f"toml: {name}", f"+++\n{head}\n+++\ntext") for name, head in TOML_HEADS.items())


def main() -> None:
    """Read every bomb, saying its name before and its codes after. The system ends the program where one costs much."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    gc.disable()  # as a booth does
    for name, text in bombs():
        used = resource.getrusage(resource.RUSAGE_SELF)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + MOST_TIME, -1))
        sys.stdout.write(f"{name}\t")
        sys.stdout.flush()
        digest = read(Post(path="x.md", data=text.encode()), RULES)
        sys.stdout.write(f"{digest.title} {' '.join(problem.code for problem in digest.problems)}\n")


if __name__ == "__main__":
    main()
