"""The front matter of a post: where it ends, what it says, and when it is none.

It is YAML between `---`, TOML between `+++`, or the bare lines of Pelican: a byte order mark hides nothing, and a
leading rule swallows nothing. Where a line is malformed, the others still say what they say; a post that may be a draft
is taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC

from digest import dates
from digest.formats import Unreadable, loaded_toml, loaded_yaml
from digest.keylines import IN_CHINESE, KNOWN, Chunk, Chunks, chunks_of, plainly, says_something, unfenced
from digest.problems import Code, Problem
from digest.slips import Slip, last_open, slip_in
from digest.writing import one_line

_LARGEST = 65_536
"""Characters. What is longer is no front matter that a person wrote."""

_FENCE = re.compile(r"(?:[ \t]*\n|<!--(?:(?!-->)[\s\S])*-->[ \t]*\n)*(-{3,}|\+{3})[ \t]*\n")
_KEY = re.compile(
    r"(?:\s*#[^\n]*\n)*\s*[\"']?(?P<key>[^\W\d][\w.-]*)[\"']?[ \t]*(?:(?P<usual>:(?=\s|$)|=)|[:：](?!//))",
    re.MULTILINE,
)
_PLAIN_KEY = re.compile(r"[a-z_][\w.-]*")

_LIFTED = ("params", "extra", "taxonomies")
"""Tables of Hugo and Zola whose topics and pictures count as the post's own."""

_LIFTED_KEYS = frozenset(
    {"categories", "category", "topics", "tags", "series", "image", "images", "cover", "thumbnail"}
)

_NO = frozenset({"", "false", "no", "off", "0", "n", "f", "null", "~", "none", "否"})
_YES = frozenset({"true", "yes", "on", "1", "y", "是"})
_UNPUBLISHED = frozenset(
    "draft hidden private unlisted unpublished pending embargoed wip todo in-progress in-review review 草稿".split()  # noqa: SIM905 - a row of words
)
_HOLDING = re.compile(
    r"^[ \t\u3000\xa0\u200b\u2060\ufeff]*[\"'“]?(?:"
    r"(?P<draft>draft|is_?draft|unpublished|withdrawn)[\"'”]?[ \t]*[:：=][ \t]*[\"'“]?(?:true|yes|on|y|1|是)"
    r"|(?P<published>published?)[\"'”]?[ \t]*[:：=][ \t]*[\"'“]?(?:false|no|off|n|0|否)"
    r"|(?P<status>(?:post_)?status|visibility)[\"'”]?[ \t]*[:：=][ \t]*[\"'“]?(?:draft|hidden|private))\b",
    re.MULTILINE | re.IGNORECASE,
)
"""A line that keeps a post back, wherever in a head it stands and however it is indented or glued."""

_DRAFT = ("draft", "isdraft", "is_draft", "unpublished")
_HIDDEN = ("hidden", "private", "unlisted")
_STATUS = ("status", "post_status", "visibility")
_PUBLISHED = ("published", "publish")
KEEPING_BACK = (*_DRAFT, *_PUBLISHED, *_STATUS, *_HIDDEN, "草稿")
"""Keys that may keep a post back."""

_NEAR_HOLDING = re.compile(r"draft|withdrawn|publish|status|private|hidden|草稿", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}|<%[^<>]*%>")
"""What a template left behind that was never filled in."""

_QUOTES = "\"'“”‘’「」"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What stood before the text. Keys are lower case; a value is text, a list or a mapping, scalars as written.

    `first_line` is the line of the file, counted from 1, on which `text` begins, and `head_line` that of `head`:
    what stood there as it was written.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    text: str = ""
    first_line: int = 1
    problems: tuple[Problem, ...] = ()
    head: str = ""
    head_line: int = 1

    def line_of(self, *keys: str) -> int:
        """The line of the file on which the first of the keys that are there stands; 0 where none does."""
        for key in keys:
            begins = re.compile(rf"^[ \t\u3000\"'“]*{re.escape(key)}[\"'”]?[ \t]*[:：=]", re.MULTILINE | re.IGNORECASE)
            if found := begins.search(self.head):
                return self.head_line + self.head.count("\n", 0, found.start())
        return 0

    def word(self, *keys: str) -> str:
        """What the first of the keys that says something says, on one line; of a list, its first item."""
        return next(filter(None, (_word(self.values.get(key)) for key in keys)), "")

    def words(self, *keys: str) -> tuple[str, ...]:
        """Every word that the first of the keys that says something lists; a text is split at its commas."""
        return next(filter(None, (_words(self.values.get(key)) for key in keys)), ())

    def says(self, key: str, *answers: str) -> bool:
        """Whether the key is answered with one of these words, by default with a yes."""
        return self.word(key).strip(_QUOTES).lower() in (answers or _YES)

    def kept_back_by(self) -> tuple[int, str]:
        """The line of the file that keeps the post back, and what stands there; 0 and nothing where none is found."""
        held = _HOLDING.search(self.head)
        at = self.head.count("\n", 0, held.end()) + self.head_line if held else self.line_of(*KEEPING_BACK)
        return at, one_line(self.head.split("\n")[at - self.head_line][:200])[:60] if at else ""

    @property
    def drafted(self) -> bool:
        """Whether the post is not meant for readers yet. What is neither a yes nor a no keeps it back."""
        if any(self.word(key).strip(_QUOTES).lower() not in _NO for key in _DRAFT):
            return True
        if any(self.says(key) for key in _HIDDEN) or any(self.says(key, *_UNPUBLISHED) for key in _STATUS):
            return True
        return any(self.says(key, "false", "no", "off", "0", "n", "否") for key in _PUBLISHED)

    @property
    def withdrawn(self) -> bool:
        """Whether the post is to be taken back."""
        return self.word("withdrawn").strip(_QUOTES).lower() not in _NO


def _word(value: object) -> str:
    match value:
        case str():
            return "" if _says_nothing(value) else one_line(value)
        case [first, *_]:
            return _word(first)
        case {"image": str() as inner} | {"url": str() as inner} | {"src": str() as inner} | {"path": str() as inner}:
            return one_line(inner)
        case _:
            return ""


def _says_nothing(word: str) -> bool:
    """Whether it is what YAML writes for nothing, or what a template left unfilled."""
    return word.strip().lower() in {"~", "null"} or bool(_PLACEHOLDER.fullmatch(word.strip()))


def _words(value: object) -> tuple[str, ...]:
    match value:
        case str():
            listed: list[str] = _split_words(value)
        case list():
            listed = [word for item in value for word in _item_words(item)]
        case _:
            listed = []
    return tuple(dict.fromkeys(word for word in map(_bare_word, listed) if word))


def _item_words(item: object) -> tuple[str, ...]:
    match item:
        case str():
            return (item,)
        case list():
            return _words(item)
        case {"name": str() as name} | {"title": str() as name} | {"label": str() as name}:
            return (name,)
        case _:
            return ()


def _split_words(text: str) -> list[str]:
    """A text that lists words: parted by commas; by blanks only where each word is Chinese or begins with a `#`."""
    parted = re.split(r"[,，、;；]", text)
    words = text.split()
    if len(parted) == 1 and all(re.match(r"[#＃]|[\u3400-\u9fff]+$", word) for word in words):
        return words
    return parted


def _bare_word(word: str) -> str:
    return "" if _says_nothing(word) else one_line(word).lstrip("#＃").strip(_QUOTES + " ")


# --- Where it ends -----------------------------------------------------------------------------------------------


def split(text: str) -> FrontMatter:
    """Part the front matter from the text, whose lines end in line feeds. What is broken becomes a problem."""
    front = _split(text.lstrip("\ufeff\u200b\u2060"))
    return front if front.problems else _stray(front)


def _split(text: str) -> FrontMatter:
    fence = _FENCE.match(text)
    if fence is None:
        return _split_unfenced(text)
    head = text[fence.end() :]
    mark = fence[1][0]
    closing = re.compile(r"^(?:\+{3}|-{3,}|\.{3})[ \t]*$" if mark == "-" else r"^\+{3}[ \t]*$", re.MULTILINE)
    end = closing.search(head)
    line = text.count("\n", 0, fence.end()) + 1
    key = _KEY.match(head)
    block = _Block(whole=text, line=line, toml=mark == "+", meant=key is not None and _means_front_matter(key))
    if end is None or end.start() > _LARGEST:
        return _unclosed(block, head[:_LARGEST], head) if block.meant else FrontMatter(text=text)
    return _read(block, head[: end.start()], head[end.end() :], fence=end[0])


_STRAY = re.compile(r"\s*(?P<begins>\{|`{3}|~{3}|[-–—+=;:]{3})?[^\n]*(?:\n[^\n]*\S[^\n]*){0,40}")
"""A text's first lines up to a blank one, and whether they begin as a head does in some other format."""


def _stray(front: FrontMatter) -> FrontMatter:
    """The same, unless its text begins with a head that nobody can read, in which a line keeps the post back."""
    found = _STRAY.match(front.text, 0, _LARGEST)
    held = _HOLDING.search(found[0]) if found else None
    if found is None or held is None:
        return front
    if not found["begins"] and len(chunks_of(found[0]).known()) < _ENOUGH_KEYS:
        return front
    near = one_line(held[0])
    line = front.first_line + front.text.count("\n", 0, held.start() + len(held[0]) - len(held[0].lstrip()))
    return replace(front, problems=(Problem(code=Code.MISPLACED_DRAFT, line=line, details={"near": near}),))


def _split_unfenced(text: str) -> FrontMatter:
    body = text.lstrip("\n")
    skipped = len(text) - len(body)
    head = unfenced(body, lambda written: dates.spelled(written, UTC) is not None)
    if head is None:
        return FrontMatter(text=text)
    rest = "\n".join(body.split("\n", head.length)[head.length :])
    written = body[: len(body) - len(rest)]
    first_line = skipped + head.length + 1
    return FrontMatter(values=head.values, text=rest, first_line=first_line, head=written, head_line=skipped + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A head between fences: the whole file, the line on which the head begins, and whether it is surely meant so."""

    whole: str
    line: int
    toml: bool
    meant: bool

    def problem(self, code: Code, at: int, near: str, **details: str) -> Problem:
        """An oddity on a line of the head, counted from 0."""
        said = {"near": one_line(near[:200])[:60], "slip": str(slip_in(near)), **details}
        return Problem(code=code, line=self.line + at, details=said)

    def broken(self, head: str, offset: int = 0) -> FrontMatter:
        """What is wrong on a line of the head, or on one before it: one that is left open, or the last with words."""
        lines = head.split("\n", offset + 1)[: offset + 1]
        while len(lines) > 1 and not lines[-1].strip():
            lines.pop()
        if (opened := last_open(lines)) is not None:
            lines = lines[: opened + 1]
        slip = slip_in(lines[-1])
        told = {"slip": str(Slip.FENCE if slip is Slip.VALUE else slip)}
        problem = self.problem(Code.BROKEN_FRONT_MATTER, len(lines) - 1, lines[-1], **told)
        return FrontMatter(text=self.whole, problems=(problem,))


def _read(block: _Block, head: str, rest: str, *, fence: str) -> FrontMatter:
    first_line = block.line + head.count("\n") + 1
    try:
        values = loaded_toml(head) if block.toml else loaded_yaml(head)
    except Unreadable as unreadable:
        if not block.meant and not _seems_front_matter(head, toml=block.toml):
            return FrontMatter(text=block.whole)
        if unreadable.made_to_cost:
            return block.broken(head, unreadable.line)
        return _mended(block, head, rest, unreadable.line, fence=fence)
    if values is None and not block.toml and (block.meant or _HOLDING.search(head)):
        return _mended(block, head, rest, 0, fence=fence)
    if values is None or not _is_front_matter(values.keys()):
        return FrontMatter(text=block.whole)
    lowered = {key.lower(): value for key, value in values.items()}
    problems = [*_uncommented(block, head, lowered), *_repeated(block, head)]
    problems += _kept_back(block, head, lowered)
    return FrontMatter(
        values=_lifted(lowered),
        text=rest.removeprefix("\n"),
        first_line=first_line,
        problems=tuple(problems),
        head=head,
        head_line=block.line,
    )


def _seems_front_matter(head: str, *, toml: bool) -> bool:
    """Whether a block that begins with no key is front matter all the same: a line keeps it back, or keys abound."""
    if _HOLDING.search(head):
        return True
    return not re.search(r"\n[ \t]*\n", head.strip()) and len(chunks_of(head, toml=toml).known()) >= _ENOUGH_KEYS


_ENOUGH_KEYS = 2


# --- Mending -----------------------------------------------------------------------------------------------------


def _mended(block: _Block, head: str, rest: str, at: int, *, fence: str) -> FrontMatter:
    """A head with a malformed line: what the others say, and what that line says where it is certain."""
    read = chunks_of(head, toml=block.toml)
    end = _end_of_keys(read)
    if end is not None:
        return _unclosed(block, head, f"{head}{fence}{rest}")
    lines = head.split("\n")
    doubtful = any(_NEAR_HOLDING.search(lines[line]) for line in read.unclear)
    bearable = max(len(read.chunks) // 3, len(read.known()) >= _ENOUGH_KEYS)
    if doubtful or not read.known() or len(read.unclear) > bearable:
        return block.broken(head, read.unclear[0] if read.unclear else at)
    problems = [block.problem(Code.SKIPPED_FRONT_MATTER, line, lines[line]) for line in read.unclear]
    front = _of_chunks(block, head, read.chunks, problems)
    if front is None:
        return block.broken(head, at)
    values, told = front
    told = told or (block.problem(Code.MENDED_FRONT_MATTER, at, lines[min(at, len(lines) - 1)]),)
    first_line = block.line + head.count("\n") + 1
    text = rest.removeprefix("\n")
    return FrontMatter(values=values, text=text, first_line=first_line, problems=told, head=head, head_line=block.line)


def _unclosed(block: _Block, head: str, whole_head: str) -> FrontMatter:
    """A head without an end: it ends before the first blank line behind which no key of front matter comes."""
    read = chunks_of(head, toml=block.toml)
    end = _end_of_keys(read)
    if end is None:
        return block.broken(head, max(read.unclear[0] - 1, 0) if read.unclear else 0)
    lines = head.split("\n")
    above = lines[:end]
    if held := _HOLDING.search("\n".join(lines[end:])):
        return block.broken(head, end + "\n".join(lines[end:]).count("\n", 0, held.start()))
    chunks = [chunk for chunk in read.chunks if chunk.line < end]
    front = _of_chunks(block, "\n".join(above), chunks, [block.problem(Code.UNCLOSED_FRONT_MATTER, end, above[-1])])
    if front is None:
        return block.broken(head)
    failed = end == read.failed_fence
    text = "\n".join(whole_head.split("\n", end + failed)[end + failed :])
    return FrontMatter(
        values=front[0],
        text=text,
        first_line=block.line + end + failed,
        problems=front[1],
        head="\n".join(above),
        head_line=block.line,
    )


def _end_of_keys(read: Chunks) -> int | None:
    """The blank line, or a fence that is none, that parts the keys from what is no front matter; None without one."""
    known = read.known()
    if not read.unclear or not known:
        return None
    after = max((chunk.line + len(chunk.lines) - 1 for chunk in known), default=0)
    if read.failed_fence is not None and read.failed_fence == read.unclear[0] > after:
        return read.failed_fence
    end = next((line for line in read.blank if line > after), None)
    return end if end is not None and end < read.unclear[0] else None


def _of_chunks(
    block: _Block, head: str, chunks: list[Chunk], problems: list[Problem]
) -> tuple[Mapping[str, object], tuple[Problem, ...]] | None:
    """What the chunks say one by one, those that are malformed as they stand; None where a line is made to cost."""
    values: dict[str, object] = {}
    for chunk in chunks:
        value, mended = _one_value(chunk, toml=block.toml)
        if mended is None:
            return None
        if mended:
            code = Code.MENDED_FRONT_MATTER if says_something(value) else Code.SKIPPED_FRONT_MATTER
            problems.append(block.problem(code, chunk.line, chunk.lines[0]))
        if mended and chunk.key == "title" and not says_something(value):
            return None
        if chunk.table:
            inner = values.setdefault(chunk.table.rpartition(".")[2], {})
            if isinstance(inner, dict):
                inner[chunk.key] = value
        else:
            values[chunk.key] = value
    problems += [*_repeated(block, head), *_kept_back(block, head, values)]
    return _lifted(values), tuple(sorted(problems, key=lambda problem: problem.line))


def _one_value(chunk: Chunk, *, toml: bool) -> tuple[object, bool | None]:
    """What a chunk says, and whether it had to be mended; None where it is made to cost."""
    text = "\n".join(chunk.lines)
    load: Callable[[str], Mapping[str, object] | None] = loaded_toml if toml else loaded_yaml
    try:
        loaded = load(text)
    except Unreadable as unreadable:
        return plainly(chunk), None if unreadable.made_to_cost else True
    values = [value for key, value in (loaded or {}).items() if key.lower() == chunk.key]
    return (values[0], False) if len(values) == 1 else (plainly(chunk), True)


def _lifted(values: dict[str, object]) -> Mapping[str, object]:
    """With the topics and pictures of the tables that Hugo and Zola keep them in, where the post has none itself."""
    values = {meant: values[key] for key, meant in IN_CHINESE.items() if key in values} | values
    for table in _LIFTED:
        inner = values.get(table)
        if isinstance(inner, dict):
            lowered = {str(key).lower(): value for key, value in inner.items()}
            values = {key: value for key, value in lowered.items() if key in _LIFTED_KEYS} | values
    return values


_TOP_KEY = re.compile(r"^([\"']?)([A-Za-z_][\w.-]*)\1[ \t]*(?::(?=\s|$)|=)", re.MULTILINE)
_HASH_IN_TITLE = re.compile(
    r"^title:[ \t]+(?P<title>[^\s\"'|>\[{&*!#][^\n]*?\s#[^\s#][^\n]*)$", re.MULTILINE | re.IGNORECASE
)


_MOST_NAMED = 10
"""Repeated keys that are named. Whoever has more has them from a machine."""


def _repeated(block: _Block, head: str) -> Iterator[Problem]:
    """Keys that stand twice: the last one counts, as in YAML."""
    known: set[str] = set()
    named = 0
    top = re.split(r"^\[", head, maxsplit=1, flags=re.MULTILINE)[0] if block.toml else head
    for found in _TOP_KEY.finditer(top):
        key = found[2].lower()
        if key in known:
            named += 1
            line = head[found.start() : found.start() + 200].partition("\n")[0]
            yield block.problem(Code.REPEATED_KEY, head.count("\n", 0, found.start()), line, key=key)
        if named == _MOST_NAMED:
            return
        known.add(key)


def _uncommented(block: _Block, head: str, values: dict[str, object]) -> Iterator[Problem]:
    """A title with a number sign: to YAML a comment begins there, to its author the number of an issue."""
    found = None if block.toml else _HASH_IN_TITLE.search(head)
    if found and isinstance(values.get("title"), str) and found["title"].startswith(str(values["title"])):
        values["title"] = found["title"].strip()
        yield block.problem(Code.MENDED_FRONT_MATTER, head.count("\n", 0, found.start()), found[0])


def _kept_back(block: _Block, head: str, values: dict[str, object]) -> Iterator[Problem]:
    """A line that keeps the post back but was read as something else: no post is published by a slip of the pen."""
    for found in _HOLDING.finditer(head):
        front = FrontMatter(values=values)
        withdrawn = (found["draft"] or "").lower() == "withdrawn"
        if front.withdrawn if withdrawn else front.drafted:
            continue
        values["withdrawn" if withdrawn else "draft"] = "true"
        line = head.count("\n", 0, found.start())
        yield block.problem(Code.MENDED_FRONT_MATTER, line, found[0])


def _means_front_matter(key: re.Match[str]) -> bool:
    """Whether the first key is one of front matter; where its colon is glued or full-width, only a known one is."""
    return key["key"].lower() in KNOWN or (bool(key["usual"]) and _is_front_matter([key["key"]]))


def _is_front_matter(keys: Collection[str]) -> bool:
    """Whether these are keys of front matter, and not words before a colon in a text that begins with a rule."""
    return any(key.lower() in KNOWN for key in keys) or all(map(_PLAIN_KEY.fullmatch, keys))
