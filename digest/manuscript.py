"""From what a file says to the Markdown that is meant: what only a site's generator or an editor understands.

Comments go; the tags of Liquid, Hexo and Hugo say what they would have shown; the attributes of kramdown, the imports
of MDX and the brackets of wikis leave their words; notes and ticks are spelled in plain characters. Code is left
alone. Every line stays where it is, and a text without any such mark is not touched.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from digest import templates
from digest.emoji import EMOJI_CODE, drawn
from digest.problems import Code, Problem
from digest.templates import Tag
from digest.writing import is_printable, seen, without_joints


@dataclass(frozen=True, slots=True, kw_only=True)
class Manuscript:
    """Markdown that needs no generator; `first_line` is the line of the file that it begins on."""

    text: str
    first_line: int = 1
    problems: tuple[Problem, ...] = ()


def manuscript(text: str, *, first_line: int = 1) -> Manuscript:
    """The Markdown that a post's text means, and what was odd about its characters and tags."""
    shown, count, line = seen(text)
    problems = []
    if count:
        details = {"count": count}
        problems.append(Problem(code=Code.UNREADABLE_CHARACTERS, line=first_line + line - 1, details=details))
    if not is_printable(text):
        shown = without_joints(shown)
    needed = {name for char, needs in _NEEDS if char in shown for need, name in needs if need in shown}
    if "emoji" in needed and EMOJI_CODE.search(shown) is None:
        needed.remove("emoji")
    if "definition" in needed:
        shown = _LONG_NOTE.sub(_outdented, shown)
    if needed:
        scan = _Scan(text=shown, first_line=first_line)
        shown = scan.rendered(_pattern(frozenset(needed)))
        problems += scan.problems
    return Manuscript(text=shown, first_line=first_line, problems=tuple(problems))


_LONG_NOTE = re.compile(
    r"^ {0,3}\[\^[^\]\[\s]{1,60}\]:[^\n]*(?:\n(?:(?: {2,}|\t)[^\n]*|[ \t]*(?=\n(?: {2}|\t))))+", re.MULTILINE
)
_INDENT = re.compile(r"\n(?: {1,4}|\t)")


def _outdented(found: re.Match[str]) -> str:
    """A note of several lines without their indentation, which elsewhere would make them code."""
    return _INDENT.sub("\n", found[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """Something to be rendered: what must stand in a text for it, what it looks like, and which method renders it."""

    name: str
    needs: tuple[str, ...]
    looks: str


_LIQUID = r"\{%(?:[^{%]|%(?!\})|\{(?!%))*%\}"
_SHORTCODE = r"\{\{[<%](?:[^{}]|\{(?!\{)|\}(?!\}))*\}\}"
_VALUE = r"\{\{(?:[^{}\n]|\{(?!\{)|\}(?!\}))*\}\}"

_MARKS = (
    _Mark(name="comment", needs=("<!--",), looks=r"<!--"),
    _Mark(name="shortcode", needs=("{{<", "{{%"), looks=_SHORTCODE),
    _Mark(name="value", needs=("{{",), looks=_VALUE),
    _Mark(name="liquid", needs=("{%",), looks=_LIQUID),
    _Mark(
        name="attributes",
        needs=("{:", "{#", "{."),
        looks=r"^[ \t]*(?:[-*+]|1\.)[ \t]+(?:toc|TOC)[ \t]*\n[ \t]*\{:[ \t]*toc[^{}\n]*\}"
        r"|\{:(?:[ \t.#:/]|toc|[^{}\n]*=)[^{}\n]*\}"
        r"|(?:(?<![ \t])[ \t]+|(?<=[)\]*_`]))"
        r"\{[#.][\w.#-]*(?:[ \t]+[#.][\w.-]+)*(?:[ \t]+[\w-]+=[^{}\n]*)?[ \t]*\}(?=[ \t]*$)",
    ),
    _Mark(
        name="imports",
        needs=("import ", "export "),
        looks=r"\A\s*(?:(?:import[ ]+(?:[^\n'\"]*\bfrom[ ]*)?(?:'[^'\n]*'|\"[^\"\n]*\")[ \t]*;?[ \t]*(?=\n|\Z)"
        r"|export[ ]+(?:const|default|let|var|function|async|[{*])[^\n]*)(?:\n\s*|\Z))+",
    ),
    _Mark(
        name="component",
        needs=("/>", "={"),
        looks=r"</?[A-Z][\w.]*(?:(?=[\s{])(?:[^<>{}\"']|\"[^\"<>]*\"|'[^'<>]*'|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})*)?/?>",
    ),
    _Mark(
        name="wiki",
        needs=("[[",),
        looks=r"(?<![A-Za-z0-9_\])])!?\[\[[^\[\]|\n]{1,200}(?:\|[^\[\]\n]{1,200})?\]\](?![(\[:])",
    ),
    _Mark(name="contents", needs=("[TOC]", "[toc]", "[[_TOC_]]"), looks=r"^[ \t]*@?\[\[?_?(?:TOC|toc)_?\]?\][ \t]*$"),
    _Mark(name="alert", needs=("[!",), looks=r"^[ \t]*>[ \t>]*\[![A-Za-z]+\][+-]?[^\n]*"),
    _Mark(name="container", needs=(":::",), looks=r"^[ \t>]*:{3,}[^\n:]*$"),
    _Mark(
        name="admonition",
        needs=("!!! ", "??? "),
        looks=r"^[ \t]*(?:!!!|\?\?\?\+?)[ \t]+[a-z]+(?:[ \t]+\"[^\"\n]*\")?[ \t]*$",
    ),
    _Mark(name="abbreviation", needs=("*[",), looks=r"^\*\[[^\]\n]{1,80}\]:[^\n]*$"),
    _Mark(name="emoji", needs=(":",), looks=EMOJI_CODE.pattern),
    _Mark(name="definition", needs=("[^",), looks=r"^[ \t]{0,3}\[\^[^\]\[\s]{1,60}\]:[ \t]*"),
    _Mark(name="note", needs=("[^",), looks=r"\[\^[^\]\[\s]{1,60}\]"),
    _Mark(name="inline_note", needs=("^[",), looks=r"\^\[(?=[^\[\]\n]{4,500}\])"),
    _Mark(
        name="tick",
        needs=("[ ]", "[x]", "[X]"),
        looks=r"^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[[ xX]\](?=[ \t]+\S)",
    ),
    _Mark(
        name="loose_link",
        needs=("] (http", "（http", "］(http", "］ (http"),
        looks=r"(?<!!)[\[［][^\[\]［］\n]{1,300}[\]］](?: ?（https?://[^\s()（）<>]{1,2000}[）)]"
        r"|(?: |(?<=］))\(https?://[^\s()（）<>]{1,2000}\))",
    ),
    _Mark(
        name="highlight",
        needs=("==",),
        looks=r"(?<![A-Za-z0-9=])==(?=[^\s=])[^=\n]{1,300}(?<=[^\s=])==(?![A-Za-z0-9=])",
    ),
)


def _rarest(need: str) -> str:
    return next((char for char in "{<>^=］" if char in need), need[0])


_NEEDS = tuple(
    (char, tuple((need, mark.name) for mark in _MARKS for need in mark.needs if char == _rarest(need)))
    for char in sorted({_rarest(need) for mark in _MARKS for need in mark.needs})
)
"""What must stand in a text for a mark, by a character of it that most texts do not have, which is quickly seen."""

_LITERAL = (
    r"(?P<fence>^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?P<bar>```|~~~)[^\n]*"
    r"(?:\n(?![ \t>]*(?P=bar))[^\n]*)*(?:\n[^\n]*)?)"
    r"|(?P<code>(?<![`\\])(?P<tick_marks>``?)(?!`)[^\n]*?(?<!`)(?P=tick_marks)(?!`))"
)


@functools.lru_cache(maxsize=256)
def _pattern(needed: frozenset[str]) -> re.Pattern[str]:
    looks = "|".join(f"(?P<{mark.name}>{mark.looks})" for mark in _MARKS if mark.name in needed)
    return re.compile(f"{_LITERAL}|{looks}", re.MULTILINE)


_TAG = re.compile(_LIQUID)
_CONTROL = re.compile(f"{_LITERAL}|{templates.CONTROL}", re.MULTILINE)
_SIGNS = re.compile(f"{_LITERAL}|{_SHORTCODE}|(?P<liquid>{_LIQUID})|(?P<value>{_VALUE})", re.MULTILINE)
"""What shows that a generator is at work."""

_LANGUAGE = re.compile(r"(?:lang:)?([\w+#-]{1,30})")


def _code(tag: Tag, inside: str) -> str:
    """What stands between the tags of a code block, as one."""
    if "\n" not in inside:
        return f"`{inside.strip()}`"
    bar = "~~~~" if "```" in inside else "```"
    spoken = _LANGUAGE.fullmatch(tag.words[0]) if tag.words else None
    body = inside if inside.startswith("\n") else f"\n{inside}"
    return f"{bar}{spoken[1] if spoken else ''}{body if body.endswith(chr(10)) else body + chr(10)}{bar}"


_CODE_TAGS = frozenset({"highlight", "codeblock", "code"})
_WRAPPING = _CODE_TAGS | {"raw", "comment"}
"""Tags that say what becomes of everything as far as the tag that closes them."""

_FARTHEST_BACK = 40
"""Lines that are looked back to tell whether an indented line is code."""

_LONGEST_BACK = 400
"""Characters of such a line; longer ones are no code."""

_MOST_PROBLEMS = 20
"""Of one kind in one post."""

_TEXT = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3\uff00-\uff60]|\]\(|\*\*|https?://")
"""What indented code does not have in it."""

_ITEM = re.compile(r"[ >]*(?:[-*+]|\d{1,9}[.)])[ \t]")
_LABEL = re.compile(r"^ {0,3}\[([^\[\]\n]{1,200})\]:", re.MULTILINE)
_CLOSED = re.compile(r"</([A-Z][\w.]*)>")


@dataclass(slots=True, kw_only=True)
class _Scan:
    """One way through a text, from mark to mark."""

    text: str
    first_line: int
    problems: list[Problem] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _closers: dict[str, list[re.Match[str]]] = field(default_factory=dict)
    _named: set[str] = field(default_factory=set)
    _line_start: int = 0
    _unclosed: bool = False
    _looks_back: int = 20_000
    _found: dict[re.Pattern[str], frozenset[str]] = field(default_factory=dict)
    _passed_over: dict[int, int] | None = None
    _generated: bool | None = None
    _values: dict[str, str] = field(default_factory=dict)
    _indented: tuple[int, bool] = (-1, False)

    def rendered(self, pattern: re.Pattern[str]) -> str:
        at = before = 0
        while found := pattern.search(self.text, at):
            name = found.lastgroup or ""
            start, end = found.start(), found.end()
            self._line_start = self.text.rfind("\n", before, start) + 1 or self._line_start
            before = start
            self._pieces.append(self.text[at:start])
            if name in {"fence", "code"} or self._in_indented_code():
                said = found[0]
            else:
                said, end = _RENDER[name](self, found)
                said += "\n" * (self.text.count("\n", start, end) - said.count("\n"))
            self._pieces.append(said)
            at = max(end, start + 1)
            if at > end:
                self._pieces.append(self.text[end:at])
        self._pieces.append(self.text[at:])
        return "".join(self._pieces)

    def _line_of(self, at: int) -> int:
        return self.text.count("\n", 0, at) + self.first_line

    def _everywhere(self, pattern: re.Pattern[str]) -> frozenset[str]:
        """What the pattern finds in the text, looked for once."""
        if pattern not in self._found:
            self._found[pattern] = frozenset(pattern.findall(self.text))
        return self._found[pattern]

    def _in_indented_code(self) -> bool:
        """Whether the line is code by its indentation, which within a list nothing tells."""
        if not self.text.startswith(("    ", "\t"), self._line_start) or self._is_indented_text():
            return False
        apart = False
        end = self._line_start - 1
        for _ in range(min(_FARTHEST_BACK, self._looks_back)):
            self._looks_back -= 1
            if end < 0:
                return True
            start = self.text.rfind("\n", max(0, end - _LONGEST_BACK), end) + 1
            line = self.text[start:end]
            if not line.strip():
                apart = True
            elif line.startswith((" ", "\t")):
                apart = False
            else:
                return apart and _ITEM.match(line) is None
            end = start - 1
        return False

    def _is_indented_text(self) -> bool:
        """Whether the line, indented as it is, reads like text: then nobody is shown code."""
        start = self._line_start
        if self._indented[0] != start:
            farthest = start + _LONGEST_BACK
            end = self.text.find("\n", start, farthest)
            found = _TEXT.search(self.text, start, end if end >= 0 else farthest)
            self._indented = start, found is not None
        return self._indented[1]

    # --- Comments ------------------------------------------------------------------------------------------------

    def comment(self, found: re.Match[str]) -> tuple[str, int]:
        start, line_start = found.start(), self._line_start
        end = -1 if self._unclosed else self.text.find("-->", start + 2)
        opens_line = line_start + _LONGEST_BACK > start and not self.text[line_start:start].strip(" \t>-*+")
        if end < 0:
            self._unclosed = True
            self._report(Code.UNCLOSED_COMMENT, start)
            return "", len(self.text) if opens_line else found.end() + self._blanks_around(start, found.end())
        end = end + 3 if end > start + 3 else start + 5
        if opens_line and self._line_before().lstrip().startswith(
            "<"
        ):  # a blank line would end the block of HTML that it stands in
            return "\n".join(["<!---->"] * (self.text.count("\n", start, end) + 1)), end
        return "", end + self._blanks_around(start, end)

    def _blanks_around(self, start: int, end: int) -> bool:
        return self.text[start - 1 : start].isspace() and self.text[end : end + 1] == " "

    def _line_before(self) -> str:
        end = max(0, self._line_start - 1)
        return self.text[self.text.rfind("\n", max(0, end - _LONGEST_BACK), end) + 1 : end]

    def _report(self, code: Code, at: int, **details: str) -> None:
        if sum(problem.code is code for problem in self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(code=code, line=self._line_of(at), details=details))

    # --- Generators' tags ----------------------------------------------------------------------------------------

    def liquid(self, found: re.Match[str]) -> tuple[str, int]:
        tag = Tag.read(found[0][2:-2])
        if set_to := templates.setting(found[0][2:-2]):
            self._set(*set_to)
        if tag.name in templates.CONDITIONS:
            self._left_to_generator(found)
        end = self._end_of_unshown(found.start())
        if end is None:
            return self._tag(tag, found)
        for unshown in _TAG.finditer(self.text, found.end(), end):
            if set_to := templates.setting(unshown[0][2:-2]):
                self._values.pop(set_to[0], None)
        return "", end

    def _set(self, name: str, value: str | None) -> None:
        self._values.pop(name, None)
        if value is not None:
            self._values[name] = value

    def _end_of_unshown(self, at: int) -> int | None:
        """Where it goes on behind a loop, or behind a condition's further branches, if such a tag stands here."""
        if self._passed_over is None:
            self._passed_over = templates.passed_over(tag for tag in _CONTROL.finditer(self.text) if tag["control"])
        return self._passed_over.get(at)

    def _left_to_generator(self, found: re.Match[str]) -> None:
        self._report(Code.LEFT_TO_GENERATOR, found.start(), tag=_short(found[0]))

    def shortcode(self, found: re.Match[str]) -> tuple[str, int]:
        inside = found[0][3:-2].rstrip(">%")
        if inside.startswith("/*"):
            return "", found.end()
        return self._tag(Tag.read(inside), found)

    def _tag(self, tag: Tag, found: re.Match[str]) -> tuple[str, int]:
        if self._is_target(found):
            if tag.name == "url" and tag.words:
                return tag.words[0], found.end()
            self._left_to_generator(found)
            return "#", found.end()
        if tag.name in _WRAPPING and (closer := self._closer(tag.name, found.end())):
            return self._wrapped(tag, self.text[found.end() : closer.start()]), closer.end()
        said = templates.said(tag)
        if not said and not found[0].startswith("{%") and tag.words and not tag.name.startswith("/"):
            self._unknown(tag, found)
        return said.replace("\n", " "), found.end()

    def _wrapped(self, tag: Tag, inside: str) -> str:
        if tag.name == "comment":
            return ""
        return inside if tag.name == "raw" else _code(tag, inside)

    def _unknown(self, tag: Tag, found: re.Match[str]) -> None:
        if tag.name in templates.WITHOUT_WORDS or tag.name in self._named or self._closer(tag.name, found.end()):
            return
        self._named.add(tag.name)
        self._report(Code.DROPPED_TAG, found.start(), tag=tag.name[:60])

    def _is_target(self, found: re.Match[str]) -> bool:
        """Whether the tag stands in a link's target."""
        before = self.text[max(0, found.start() - 8) : found.start()].rstrip("< \"'")
        return before.endswith(("](", "href=", "src="))

    def _closer(self, name: str, at: int) -> re.Match[str] | None:
        """The first tag behind the place that closes the name. Places must come in order."""
        if name not in self._closers:
            written = re.escape(name)
            closing = rf"\{{%-?\s*end{written}\s*-?%\}}|\{{\{{[<%]\s*/\s*{written}\s*[%>]\}}\}}"
            self._closers[name] = list(re.finditer(closing, self.text, re.IGNORECASE))[::-1]
        closers = self._closers[name]
        while closers and closers[-1].start() < at:
            closers.pop()
        return closers[-1] if closers else None

    def value(self, found: re.Match[str]) -> tuple[str, int]:
        inside = found[0][2:-2].strip("-")
        if not templates.is_value(self.text[max(0, found.start() - 20) : found.start()], inside):
            return found[0], found.end()
        said = templates.literal(inside)
        said = self._values.get(inside.strip()) if said is None else said
        if said is None:
            said = self._unknown_value(found)
            return said, found.end() + (not said and self._blanks_around(found.start(), found.end()))
        return said.replace("\n", " "), found.end()

    def _unknown_value(self, found: re.Match[str]) -> str:
        """Nothing; the braces where they may be what the post is about; in a link, what leads nowhere."""
        is_target = self._is_target(found)
        if not self._is_generated():
            self._report(Code.LITERAL_BRACES, found.start(), tag=_short(found[0]))
            return "#" if is_target else found[0]
        if is_target and self.text[found.end() : found.end() + 1] not in {")", '"'}:  # the site's own address
            return ""
        self._left_to_generator(found)
        return "#" if is_target else ""

    def _is_generated(self) -> bool:
        """Whether anything in the text shows that a site's generator fills it in."""
        if self._generated is None:
            self._generated = any(map(self._is_sign, _SIGNS.finditer(self.text)))
        return self._generated

    def _is_sign(self, found: re.Match[str]) -> bool:
        if found["value"] is None:
            return found["liquid"] is not None
        before, inside = self.text[max(0, found.start() - 20) : found.start()], found[0][2:-2].strip("-")
        return templates.is_value(before, inside) and templates.is_filled_in(inside)

    # --- Attributes, imports, wikis ------------------------------------------------------------------------------

    def nothing(self, found: re.Match[str]) -> tuple[str, int]:
        return "", found.end()

    def component(self, found: re.Match[str]) -> tuple[str, int]:
        tag = found[0]
        bare = re.fullmatch(r"</?([A-Z][\w.]*)>", tag)
        if bare and bare[1] not in self._everywhere(_CLOSED):
            return tag, found.end()
        named = dict(re.findall(r"""([\w-]+)=["']([^"']*)["']""", tag))
        url = named.get("href") or named.get("url") or named.get("link") or ""
        if url.startswith("http") and tag.endswith("/>"):
            return templates.linked(named.get("title") or named.get("text") or "", url), found.end()
        return "", found.end()

    def wiki(self, found: re.Match[str]) -> tuple[str, int]:
        target, _, words = found[0].strip("![]").partition("|")
        if found[0].startswith("!"):
            return "", found.end()
        if not words and (target.isdecimal() or target in self._everywhere(_LABEL)):  # brackets around a reference
            return found[0], found.end()
        return (words or target.rpartition("/")[2].removesuffix(".md").replace("#", " · ")).strip(), found.end()

    def alert(self, found: re.Match[str]) -> tuple[str, int]:
        before, _, rest = found[0].partition("[!")
        name, _, title = rest.partition("]")
        words = title.lstrip("+-").strip() or name.capitalize()
        return f"{before}**{words}**", found.end()

    def container(self, found: re.Match[str]) -> tuple[str, int]:
        """A box: its words, or nothing where it ends or only names its kind."""
        before, _, rest = found[0].rpartition(":::")
        title = rest.strip().partition(" ")[2].strip("{} \t")
        quote = before.rstrip(": \t")
        return f"{quote} **{title}**" if title and "*" not in title else f"{quote} {title}".rstrip(), found.end()

    def admonition(self, found: re.Match[str]) -> tuple[str, int]:
        title = found[0].partition('"')[2].rstrip('" \t')
        return f"**{title}**" if title and "*" not in title else title, found.end()

    def emoji(self, found: re.Match[str]) -> tuple[str, int]:
        return drawn(found[0]), found.end()

    # --- Notes, ticks, links -------------------------------------------------------------------------------------

    def definition(self, found: re.Match[str]) -> tuple[str, int]:
        """A note's text stands where its author put it."""
        return rf"\[{found[0].strip()[2:-2]}\] ", found.end()

    def note(self, found: re.Match[str]) -> tuple[str, int]:
        label = found[0][1:-1]
        return (rf"\[{label[1:]}\]" if label in self._everywhere(_LABEL) else found[0]), found.end()

    def inline_note(self, found: re.Match[str]) -> tuple[str, int]:
        end = self.text.index("]", found.end())
        return rf"\[{self.text[found.end() : end]}\]", end + 1

    def tick(self, found: re.Match[str]) -> tuple[str, int]:
        box = "☐" if found[0].endswith("[ ]") else "☑"
        return f"{found[0][:-3]}{box}", found.end()

    def loose_link(self, found: re.Match[str]) -> tuple[str, int]:
        words, url = re.split(r"[\]］] ?[(（]", found[0][1:-1], maxsplit=1)
        return f"[{words}]({url})", found.end()

    def highlight(self, found: re.Match[str]) -> tuple[str, int]:
        return found[0][2:-2], found.end()


def _short(tag: str) -> str:
    words = " ".join(tag.split())
    return words if len(words) <= _LONGEST_NAMED else f"{words[: _LONGEST_NAMED - 1]}…"


_LONGEST_NAMED = 60
"""Characters of a tag within a problem."""

_RENDER: Mapping[str, Callable[[_Scan, re.Match[str]], tuple[str, int]]] = {
    "comment": _Scan.comment,
    "shortcode": _Scan.shortcode,
    "value": _Scan.value,
    "liquid": _Scan.liquid,
    "attributes": _Scan.nothing,
    "imports": _Scan.nothing,
    "component": _Scan.component,
    "wiki": _Scan.wiki,
    "contents": _Scan.nothing,
    "alert": _Scan.alert,
    "container": _Scan.container,
    "admonition": _Scan.admonition,
    "abbreviation": _Scan.nothing,
    "emoji": _Scan.emoji,
    "definition": _Scan.definition,
    "note": _Scan.note,
    "inline_note": _Scan.inline_note,
    "tick": _Scan.tick,
    "loose_link": _Scan.loose_link,
    "highlight": _Scan.highlight,
}
"""What is said instead of a mark, and where the text goes on behind it."""
