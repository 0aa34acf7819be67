"""Where a line of rich text may be cut: between sentences, words, grapheme clusters, in this order of preference.

Cutting works on *runs*: a line of spans made flat, each run carrying its marks and the link it stands in. A slice
of runs is made spans again by `spans_of`; what was one link and is cut has become two links to the same place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple, assert_never

import regex

from digest.richtext import (
    Block,
    Blocks,
    Bold,
    Break,
    Code,
    CodeBlock,
    Heading,
    Image,
    Italic,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Span,
    Spans,
    Strike,
    Table,
    Text,
    plain,
    plain_blocks,
)

BOLD: Final = 1
ITALIC: Final = 2
STRIKE: Final = 4
CODE: Final = 8

ELLIPSIS: Final = "…"


_VISIBLE = re.compile(
    r"[^\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069"
    r"\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
"""Less the characters that take part in writing and show nothing alone."""


def is_blank(text: str, start: int = 0, end: int | None = None) -> bool:
    """Whether nothing of the text, or of its part from `start` to `end`, is to be seen."""
    return _VISIBLE.search(text, start, len(text) if end is None else end) is None


class Run(NamedTuple):
    """Characters of one form. `marks` is a sum of BOLD, ITALIC, STRIKE and CODE; a line break is a newline."""

    text: str
    marks: int = 0
    url: str | None = None


Runs = Sequence[Run]


def runs_of(spans: Spans) -> list[Run]:
    """The spans made flat, in reading order; neighbours of one form are one run."""
    flat: list[Run] = []
    _flatten(spans, 0, None, flat)
    if len(flat) < 2:  # noqa: PLR2004 - nothing to join
        return flat
    return _joined(flat)


def _joined(runs: Iterable[Run]) -> list[Run]:
    joined = []
    for (marks, url), same in groupby(runs, key=lambda run: (run.marks, run.url)):
        texts = [run.text for run in same]
        joined.append(Run(texts[0] if len(texts) == 1 else "".join(texts), marks, url))
    return joined


def _flatten(spans: Spans, marks: int, url: str | None, into: list[Run]) -> None:  # noqa: C901 - one for each span
    for span in spans:
        match span:
            case Text(text):
                if text:
                    into.append(Run(text, marks, url))
            case Bold(inner):
                _flatten(inner, marks | BOLD, url, into)
            case Italic(inner):
                _flatten(inner, marks | ITALIC, url, into)
            case Strike(inner):
                _flatten(inner, marks | STRIKE, url, into)
            case Link(inner, target):
                begun = len(into)
                _flatten(inner, marks, url or target, into)
                if is_blank("".join([run.text for run in into[begun:]])):
                    into[begun:] = [Run(target, marks, url or target)]
            case Code(text):
                if text:
                    into.append(Run(text, marks | CODE, url))
            case Break():
                into.append(Run("\n", marks, url))
            case _:
                assert_never(span)


def spans_of(runs: Runs) -> Spans:
    """Spans that say the runs: links outermost, then marks."""
    spans: list[Span] = []
    for url, group in groupby(_joined(runs), key=lambda run: run.url):
        inner = tuple(span for run in group for span in _marked(run))
        if url is None:
            spans.extend(inner)
        else:
            spans.append(Link(inner, url))
    return tuple(spans)


def _marked(run: Run) -> Spans:
    spans = (Code(run.text),) if run.marks & CODE else _lines(run.text)
    if run.marks & STRIKE:
        spans = (Strike(spans),)
    if run.marks & ITALIC:
        spans = (Italic(spans),)
    return (Bold(spans),) if run.marks & BOLD else spans


def _lines(text: str) -> Spans:
    if "\n" not in text:
        return (Text(text),)
    spans: list[Span] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            spans.append(Break())
        if line:
            spans.append(Text(line))
    return tuple(spans)


def trimmed(runs: Runs) -> Runs:
    """The runs without white space at their ends."""
    if not runs or not (runs[0].text[0].isspace() or runs[-1].text[-1].isspace()):
        return runs
    left = list(runs)
    while left and not left[-1].text.strip():
        left.pop()
    while left and not left[0].text.strip():
        left.pop(0)
    if left:
        left[0] = left[0]._replace(text=left[0].text.lstrip())
        left[-1] = left[-1]._replace(text=left[-1].text.rstrip())
    return left


# --- Where a text may be cut -------------------------------------------------------------------------------------

_URL = r"(?:https?://|www\.)[^\s<>\"'，。；：！？、（）《》「」『』【】“”‘’]+"
_CLOSERS = r"[\"'”’）)\]】」』》〉*]*"
_SENTENCE = regex.compile(
    rf"(?:{_URL})|(?P<end>(?:"
    # Full-width stops end a sentence wherever they stand; what closes a quote or a bracket belongs to it.
    rf"[。！？；｡]+{_CLOSERS}"
    # «!» and «?» do so before a space or a Chinese character, too.
    rf"|[!?]+{_CLOSERS}(?=\s|\p{{Han}}|$)"
    # A dot needs a space and something that can begin a sentence, and no abbreviation or initial before it.
    rf"|(?<!\b(?:\p{{Lu}}|Mr|Mrs|Ms|Dr|St|No|vs|Prof|Inc|Ltd|Co|e\.g|i\.e|etc|approx))\.+{_CLOSERS}(?=\s+(?!\p{{Ll}})|$)"
    rf"|;(?=\s)"
    rf")\s*|\n+)"
)
_WORD = regex.compile(rf"(?:{_URL})|(?P<end>\s+|[，、：,;:]+{_CLOSERS}\s*)")
_CLUSTERS = regex.compile(r"(?P<end>\X)")

_CHUNK = 32
"""Within a sentence pieces are of at least so many code points: there one place to cut is like another."""


def _ends(pattern: regex.Pattern[str], text: str) -> Iterator[int]:
    for match in pattern.finditer(text):
        if match["end"] is not None:
            yield match.end()


def _sentence_ends(text: str) -> Iterator[int]:
    return _ends(_SENTENCE, text)


def _word_ends(text: str) -> Iterator[int]:
    return _apart(_ends(_WORD, text))


def _cluster_ends(text: str) -> Iterator[int]:
    if text.isascii() and "\r" not in text:
        return _point_ends(text)
    return _apart(_ends(_CLUSTERS, text))


def _apart(ends: Iterable[int]) -> Iterator[int]:
    last = 0
    for end in ends:
        if end - last >= _CHUNK:
            last = end
            yield end


def _point_ends(text: str) -> Iterator[int]:
    return iter(range(_CHUNK, len(text), _CHUNK))


class Level(NamedTuple):
    """One way to cut: the places it allows, and whether links and code stay whole."""

    ends: Callable[[str], Iterator[int]]
    keeps_whole: bool


LEVELS: Final = (
    Level(_sentence_ends, keeps_whole=True),
    Level(_word_ends, keeps_whole=True),
    Level(_cluster_ends, keeps_whole=True),
    Level(_word_ends, keeps_whole=False),
    Level(_cluster_ends, keeps_whole=False),
    Level(_point_ends, keeps_whole=False),
)
"""From the best place to cut to the last resort: a single cluster larger than a page."""


def grains(runs: Runs, fits: Callable[[Runs], bool], level: int = 0) -> Iterator[list[Run]]:
    """The runs in pieces that fit, each as large as the best level of cutting allows."""
    for piece in _cut(runs, LEVELS[level]):
        if level + 1 == len(LEVELS) or fits(piece):
            yield piece
        else:
            yield from grains(piece, fits, level + 1)


def sentences(runs: Runs) -> list[list[Run]]:
    """The sentences of the runs, each with the spaces behind it."""
    return list(_cut(runs, LEVELS[0]))


def _cut(runs: Runs, level: Level) -> Iterator[list[Run]]:
    text = "".join(run.text for run in runs)
    ends: Iterable[int] = _between_words(level.ends(text), text)
    if level.keeps_whole:
        ends = _outside(ends, _whole(runs), borders=level is not LEVELS[0])
    yield from _sliced(runs, ends)


def _between_words(ends: Iterable[int], text: str) -> Iterator[int]:
    """The ends that part what can be seen from what can be seen: a blank piece belongs to its neighbour."""
    last = 0
    for end in ends:
        if not is_blank(text, last, end) and not is_blank(text, end):
            last = end
            yield end


def _whole(runs: Runs) -> list[tuple[int, int]]:
    """Where links and code begin and end, as offsets in the text of the runs."""
    areas = []
    at = 0
    for (url, code), group in groupby(runs, key=lambda run: (run.url, run.marks & CODE)):
        end = at + sum(len(run.text) for run in group)
        if url is not None or code:
            areas.append((at, end))
        at = end
    return areas


def _outside(ends: Iterable[int], areas: list[tuple[int, int]], *, borders: bool) -> list[int]:
    """The ends that lie in no area; with `borders`, where the areas themselves begin and end as well."""
    kept = {border for area in areas for border in area} if borders else set()
    upcoming = iter(areas)
    start, stop = next(upcoming, (0, 0))
    for end in ends:
        while stop and stop <= end:
            start, stop = next(upcoming, (0, 0))
        if not (stop and start < end):
            kept.add(end)
    return sorted(kept)


def _sliced(runs: Runs, ends: Iterable[int]) -> Iterator[list[Run]]:
    piece: list[Run] = []
    begun = 0
    places = iter(ends)
    end = next(places, None)
    for run in runs:
        start, stop = 0, len(run.text)
        while end is not None and end - begun <= stop:
            if end - begun > start:
                piece.append(run._replace(text=run.text[start : end - begun]))
                start = end - begun
            if piece:
                yield piece
                piece = []
            end = next(places, None)
        if start < stop:
            piece.append(run._replace(text=run.text[start:]) if start else run)
        begun += stop
    if piece:
        yield piece


# --- Shorter forms -----------------------------------------------------------------------------------------------


def shorten(text: str, room: int) -> str:
    """The text, or as many of its grapheme clusters as leave room for an ellipsis; `room` in code points."""
    if len(text) <= room:
        return text
    kept = 0
    for match in _CLUSTERS.finditer(text):
        if match.end() > room - len(ELLIPSIS):
            break
        kept = match.end()
    return text[:kept].rstrip() + ELLIPSIS


def first_sentence(blocks: Blocks) -> Spans:
    """What the blocks say first, as far as its first full stop; without a paragraph, their first line.

    A table says something in its first row: its header only names what that is.
    """
    paragraph = next(_paragraphs(blocks), None)
    if paragraph is not None:
        return _to_full_stop(paragraph)
    table = next((block for block in blocks if isinstance(block, Table) and block.rows), None)
    if table is not None:
        return row_spans(table.rows[0])
    spoken = plain_blocks(blocks).strip()
    return (Text(spoken.split("\n", 1)[0]),) if spoken else ()


def _to_full_stop(spans: Spans) -> Spans:
    taken: list[Run] = []
    for sentence in sentences(runs_of(spans)):
        taken.extend(sentence)
        if not sentence[-1].text.rstrip().endswith(("；", ";")):
            break
    return spans_of(trimmed(taken))


def _paragraphs(blocks: Blocks) -> Iterator[Spans]:
    for block in blocks:
        match block:
            case Paragraph(spans):
                if plain(spans).strip():
                    yield spans
            case List(items):
                for item in items:
                    yield from _paragraphs(item)
            case Quote(inner):
                yield from _paragraphs(inner)
            case Heading() | CodeBlock() | Table() | Rule() | Image():
                pass
            case _:
                assert_never(block)


def row_spans(row: Sequence[Spans]) -> Spans:
    """A table's row as one line."""
    spans: list[Span] = []
    for number, cell in enumerate(row):
        if number:
            spans.append(Text(" | "))
        spans.extend(cell)
    return tuple(spans)


def image_line(image: Image) -> Block:
    """A picture as a line that links to it, or to where it leads."""
    return Paragraph((image.link,))
