"""What may begin a story or a section: headings, and paragraphs whose first line reads like a title.

Publishers who do not use headings or lists write lines in bold, lines that count themselves, or lines that are links.
Such a line begins what stands below it, as a heading does; so it has a level as well, below those of headings.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest.markdown import Placed
from digest.richtext import Bold, Heading, Italic, Link, Paragraph, Span, Spans, Text, links_in, plain, split_spans
from digest.signs import is_boilerplate, is_commentary, is_fact, is_label, names_source
from digest.story import joined, leads, leads_with_bold, leads_with_link, lines_of, names_person, numbered

BOLD, COUNTED, LED, TAILED = 7, 8, 9, 10
"""Levels below those of headings: a line in bold, one that counts itself, one that begins with a title, one that ends
with its source."""

_BULLET = re.compile(r"[•·●◆◇■□★☆▶►▸➤➜→※◎○▪▫・]\ufe0f?\s*(?=\S|\Z)")
_WORD = re.compile(r"\w")
_LONGEST_BOLD = 160
"""Characters of a line in bold that is still a title."""

_OFTEN = 3
"""A heading that stands so often in a post names a part of each story, such as «Abstract», rather than a story."""


_MOST_DOUBLED = 0.8
"""Of the headings of one level that must stand in pairs for the second of each to be the first in another language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one line begins: the number it counts itself by, its words, and what follows in its paragraph."""

    head: Spans
    line: int
    number: int | None = None
    rest: Spans = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A block, by its index, that begins a story (or several) or a section; `level` as that of a heading, to 10."""

    at: int
    level: int
    entries: tuple[Entry, ...]

    @property
    def words(self) -> str:
        """What its first line says."""
        return plain(self.entries[0].head)

    @property
    def name(self) -> str:
        """What it is called: its first line, or of one that runs on into the text the title that it begins with."""
        head = self.entries[0].head
        said = (span for span in head if plain((span,)).strip())
        return plain((next(said, Text("")),)) if self.level == LED else self.words

    @property
    def is_link(self) -> bool:
        """Whether it is a heading that is a link, or a line that is nothing but one."""
        return self.linked and (self.level < BOLD or _alone(self.entries[0].head))

    @property
    def linked(self) -> bool:
        """Whether it is a link."""
        return leads_with_link(self.entries[0].head)


def leads_of(placed: Sequence[Placed]) -> tuple[Lead, ...]:
    """Every lead of the blocks, in order, less those that only name a part of each story."""
    found = [lead for at, one in enumerate(placed) if (lead := _lead_at(at, one))]
    return tuple(_without_subtitles(_without_parts(found)))


def _lead_at(at: int, placed: Placed) -> Lead | None:
    match placed.block:
        case Heading(spans, level):
            count = numbered(spans)
            entry = Entry(
                head=count.spans if count else spans, line=placed.line, number=count.number if count else None
            )
            return Lead(at=at, level=level, entries=(entry,))
        case Paragraph(spans):
            return _paragraph(at, lines_of(spans), placed.line)
        case _:
            return None


def _paragraph(at: int, lines: Sequence[Spans], line: int) -> Lead | None:
    """The lead that a paragraph's first line makes; its other lines that read like the first are entries as well."""
    if not lines or (first := _mark(lines[0]) or _above_its_address(lines)) is None:
        return None
    level = first[0]
    entries: list[Entry] = []
    for place, spans in enumerate(lines):
        mark = first if place == 0 else _mark(spans)
        if mark and mark[0] == level and (level < LED or place == 0 or (level == LED and _alone(spans))):
            entries.append(Entry(head=mark[2], line=line + place, number=mark[1]))
        else:
            last = entries[-1]
            entries[-1] = Entry(head=last.head, line=last.line, number=last.number, rest=joined([last.rest, spans]))
    return Lead(at=at, level=level, entries=tuple(entries))


def _mark(line: Spans) -> tuple[int, int | None, Spans] | None:
    """The level, the number and the words of a line that begins something; None for a line within a text."""
    count = numbered(line)
    if count:
        return (BOLD if count.han else COUNTED), count.number, count.spans
    if _is_bold(line):
        return BOLD, None, line
    if bullet := _bullet(line):
        return COUNTED, None, bullet
    if leads(line) and not _answers(line):
        return LED, None, line
    return (TAILED, None, line) if _ends_with_source(line) or _says_its_kind(line) else None


def _above_its_address(lines: Sequence[Spans]) -> tuple[int, int | None, Spans] | None:
    """The mark of a line without a link, if what follows it is nothing but its address, on a line of its own."""
    address = lines[1] if len(lines) > 1 and not any(links_in(lines[0])) else ()
    own = next(links_in(address), None)
    bare = own is not None and is_label(plain(own.spans)) and is_label(plain(address))
    return (TAILED, None, lines[0]) if bare else None


_KIND = re.compile(r"\s*(?:\[\w{1,12}\]|【\w{1,12}】)\s*[^\W_]")


def _says_its_kind(line: Spans) -> bool:
    """Whether a line with a link begins with what kind of story it is: «[工具] …»."""
    return isinstance(line[0], Text) and _KIND.match(line[0].text) is not None and any(links_in(line))


def _answers(line: Spans) -> bool:
    """Whether a line only says who said it, or where: an attribution, a person's name, a bare address."""
    if isinstance(line[0], Text) and line[0].text.lstrip().startswith(("--", "—", "–")):
        return True
    first = next(links_in(line), None)
    if first is None or (leads_with_bold(line) and not is_fact(plain(line[:1]))):
        return False
    words = plain(first.spans)
    return is_label(words) or names_source(words) or names_person(first)


_SHORTEST_SENTENCE = 20
"""Characters of a paragraph that tells a story and ends with its source."""


def _ends_with_source(line: Spans) -> bool:
    """Whether the last word of a line is a link that says «source»."""
    links = list(links_in(line))
    if not links or not is_label(plain(links[-1].spans)) or len(plain(line)) < _SHORTEST_SENTENCE:
        return False
    return is_label(plain(line).rpartition(plain(links[-1].spans))[2])


def _bullet(line: Spans) -> Spans:
    """The line without the character that its author took for a bullet; empty where there is none."""
    found = _BULLET.match(line[0].text) if isinstance(line[0], Text) else None
    return split_spans(line, found.end())[1] if found else ()


def _is_bold(line: Spans) -> bool:
    """Whether nothing but a few words in bold stands on a line, and no link: that would be a story's title."""
    said = [span for span in line if not isinstance(span, Text) or _WORD.search(span.text)]
    short = len(plain(line)) <= _LONGEST_BOLD
    return bool(said) and short and all(map(_emphatic, said)) and not any(links_in(line))


def _emphatic(span: Span) -> bool:
    match span:
        case Bold():
            return True
        case Italic(inner):
            return len(inner) == 1 and isinstance(inner[0], Bold)
        case _:
            return False


def _alone(line: Spans) -> bool:
    """Whether nothing but a link stands on a line."""
    return all(isinstance(span, Link) or (isinstance(span, Text) and not _WORD.search(span.text)) for span in line)


def _without_parts(found: Sequence[Lead]) -> Iterator[Lead]:
    """Less the leads that say the same again and again: those name a part of each story."""
    names = Counter((lead.level, lead.name.strip()) for lead in found)
    levels = Counter(lead.level for lead in found)
    for lead in found:
        often = names[lead.level, lead.name.strip()]
        part = _OFTEN <= often < levels[lead.level] or (often > 1 and _is_part(lead.name))
        if part and not lead.linked and lead.entries[0].number is None:
            continue
        if lead.level in {BOLD, LED} and is_fact(lead.name) and not is_boilerplate(lead.name):
            continue
        yield lead


def _is_part(words: str) -> bool:
    return is_commentary(words) or is_fact(words)


def _without_subtitles(found: Iterator[Lead]) -> Iterator[Lead]:
    """Less the second of two headings that title one story in two languages, where most stories have two."""
    all_of_them = list(found)
    seconds = {
        second.at
        for first, second in itertools.pairwise(all_of_them)
        if first.level == second.level < BOLD and second.at == first.at + 1
    }
    doubled = {at for at in seconds if at - 1 not in seconds}
    levels = Counter(lead.level for lead in all_of_them)
    pairs = Counter(lead.level for lead in all_of_them if lead.at in doubled)
    for lead in all_of_them:
        if lead.at not in doubled or pairs[lead.level] * 2 < levels[lead.level] * _MOST_DOUBLED:
            yield lead
