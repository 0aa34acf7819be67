"""The ways in which a post may tell its stories, each with how much of the post it explains.

Publishers write stories as items of lists, as rows of tables, under headings, or below lines that read like a title.
Whether a heading is a story or the section of several, and whether a list holds stories or belongs to one, no single
mark tells. So every level of headings is a candidate for what begins stories, and lists and tables alone are as well;
each is scored by the text that it explains and by how surely its items are stories.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from digest.leads import BOLD, COUNTED, LED, TAILED, Entry, Lead
from digest.lists import UNMARKED, names_facts
from digest.outline import MOST_LEAD, Outline, by_level, edged, most_lead
from digest.richtext import Block, Blocks, Heading, List, Paragraph, Quote, Rule, plain, plain_blocks
from digest.signs import is_overview
from digest.story import LINKED, TOLD, UNLINKED, UNTITLED, Item, headed, item_of, joined, pointed, without_pointers
from digest.writing import columns

_LEAST_TRUST = 0.35
"""How surely the items of a list must be stories, on average. What is less sure needs others beside it."""

_LEAST_PLAIN = 18
"""Columns of an item without title and link that says something, where lists beside it hold stories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Blocks, from `at` to before `end`, that hold stories. `level` is that of the lead, 0 for a list or table.

    `score` is the weight of the blocks by how surely they are stories. `listed` counts the links for titles that
    lists below a heading without one have.
    """

    at: int
    end: int
    items: tuple[Item, ...]
    score: float
    level: int = 0
    listed: int = 0

    @property
    def trust(self) -> float:
        """How surely these are stories, on average."""
        return sum(item.trust for item in self.items) / len(self.items)


def candidates(outline: Outline, start: int, end: int) -> Iterator[list[Found]]:
    """Every way in which stories may be told between two indexes."""
    yield _listed(outline, start, end)
    leads = [lead for lead in outline.between(start, end) if lead.at not in outline.closed]
    for same in by_level(leads).values():
        same = _without_overview(same)  # noqa: PLW2901 - what counts of it
        if sum(len(lead.entries) for lead in same) > 1 or same[0].is_link:
            yield _led(outline, same, end)


def _without_overview(leads: list[Lead]) -> list[Lead]:
    """Less the heading of an overview, where others stand beside it."""
    told = [lead for lead in leads if not is_overview(lead.words)]
    return told if len(told) > 1 else leads


# --- Lists and tables --------------------------------------------------------------------------------------------


def _listed(outline: Outline, start: int, end: int) -> list[Found]:
    """The lists and tables that hold stories, each with what below it belongs to its last item."""
    found = [
        Found(at=at, end=at + 1, items=items, score=0)
        for at in range(start, end)
        if at not in outline.closed and (items := outline.items(at))
    ]
    chosen = [one for one in found if one.trust >= _LEAST_TRUST]
    if not chosen:
        return []
    fellows = _Fellows.among(outline, chosen)
    told = _without_first_words(outline, [one for one in found if _counts(outline, one, fellows)])
    adopts = _Adoption.among(outline, told)
    return [
        _adopted(outline, one, following, adopts, end) for one, following in zip(told, [*told[1:], None], strict=True)
    ]


def _kind(outline: Outline, found: Found) -> str:
    block = outline.placed[found.at].block
    if isinstance(block, List):
        return "bullets" if block.start is None else "numbers"
    return type(block).__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fellows:
    """What the lists of a post tell of each other.

    `main` is the kind that tells most, `start` and `first` say where the first of all and the first of it stands,
    `linked` whether any leads anywhere, `sure` whether one holds stories for sure.
    """

    main: str
    start: int
    first: int
    linked: bool
    sure: bool

    @classmethod
    def among(cls, outline: Outline, chosen: Sequence[Found]) -> _Fellows:
        """What these lists tell."""
        kinds: Counter[str] = Counter()
        firsts: dict[str, int] = {}
        for one in chosen:
            kind = _kind(outline, one)
            kinds[kind] += round(outline.weight(one.at, one.end) * one.trust)
            firsts.setdefault(kind, one.at)
        main = max(kinds, key=lambda kind: kinds[kind])
        return cls(
            main=main,
            start=chosen[0].at,
            first=firsts[main],
            linked=any(item.url for one in chosen for item in one.items),
            sure=any(one.trust >= UNLINKED for one in chosen),
        )


def _counts(outline: Outline, one: Found, fellows: _Fellows) -> bool:
    """Whether a list holds stories, beside the others: of the main kind, or under a heading of its own."""
    same = _kind(outline, one) == fellows.main
    if one.trust >= _LEAST_TRUST:
        leads_on = any(item.url for item in one.items) or not fellows.linked
        later = one.items[0].number is not None or one.at > fellows.first
        return same or (later and leads_on and _has_heading(outline, one.at))
    speaks = sum(columns(plain(item.title)) for item in one.items) >= _LEAST_PLAIN * len(one.items)
    return fellows.sure and speaks and same and one.at > fellows.start and _has_heading(outline, one.at)


def _has_heading(outline: Outline, at: int) -> bool:
    """Whether a section's heading stands right above, or above a paragraph."""
    for above in range(at - 1, max(-1, at - 3), -1):
        if above in outline.leads and outline.leads[above].level <= BOLD:
            return True
        if not isinstance(outline.placed[above].block, Paragraph):
            return False
    return False


def _without_first_words(outline: Outline, found: list[Found]) -> list[Found]:
    """Less what is listed before the first section, where the stories stand in sections: it leads elsewhere."""
    first = outline.first_heading
    later = [one for one in found if one.at > first]
    return later if len(later) > 1 else found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Adoption:
    """When what stands below a list is its last item's body, which nobody indented."""

    always: bool
    when_bare: bool
    quoted: bool

    @classmethod
    def among(cls, outline: Outline, found: Sequence[Found]) -> _Adoption:
        """What the lists tell: most hold a single bare item; or bare items are the exception; most are quoted below."""
        single = sum(len(one.items) == 1 and not one.items[0].body for one in found)
        numbered = [item for one in found for item in one.items if item.number is not None]
        with_body = sum(bool(item.body) for item in numbered)
        below = [outline.placed[one.end].block for one in found if one.end < len(outline.placed)]
        quoted = sum(isinstance(block, Quote) for block in below)
        return cls(
            always=single * 2 > len(found),
            when_bare=with_body * 2 > len(numbered),
            quoted=quoted > 1 and quoted * 2 > len(found),
        )

    def below(self, one: Found, following: Found | None) -> bool:
        """Whether the blocks between a list and the next belong to the list's last item."""
        last = one.items[-1]
        if self.always or (self.when_bare and not last.body):
            return True
        return following is not None and last.number is not None and following.items[0].number == last.number + 1


def _adopted(outline: Outline, one: Found, following: Found | None, adopts: _Adoption, limit: int) -> Found:
    end = one.end
    if adopts.below(one, following):
        until = following.at if following else limit
        stops = (at for at in range(end, until) if _parts(outline.placed[at].block) or at in outline.closed)
        end = next(stops, until)
    elif end < (following.at if following else limit) and _tells_of(one.items[-1], outline.placed[end].block, adopts):
        end += 1
    items = _with_body(one.items, edged(outline.blocks(one.end, end)))
    return replace(one, end=end, items=items, score=outline.weight(one.at, end) * one.trust)


def _tells_of(last: Item, block: Block, adopts: _Adoption) -> bool:
    """Whether the block right below a list tells of its last item: its facts, or a comment as the others have."""
    facts = last.url is None and isinstance(block, List) and names_facts(block)
    return facts or (adopts.quoted and isinstance(block, Quote))


def _parts(block: Block) -> bool:
    return isinstance(block, Rule | Heading)


def _with_body(items: Sequence[Item], body: Blocks) -> tuple[Item, ...]:
    """The items, the last with what of its body stands below it."""
    if not body:
        return tuple(items)
    last = items[-1]
    url = last.url or pointed(body)[0]
    return (*items[:-1], replace(last, url=url, body=without_pointers(last.body + body, url)))


# --- Leads -------------------------------------------------------------------------------------------------------


def _led(outline: Outline, leads: Sequence[Lead], limit: int) -> list[Found]:
    """The stories that leads of one level begin, each with what stands below it."""
    leads = _without_sections(outline, leads)
    found = [
        under(outline, lead, _reach(outline, lead, limit, last=following is None))
        for lead, following in zip(leads, [*leads[1:], None], strict=True)
    ]
    return _by_its_fellows(_where_others_lead(outline, found))


def _without_sections(outline: Outline, leads: Sequence[Lead]) -> Sequence[Lead]:
    """Less the headings that lead nowhere and say nothing before the next one of their level, while others lead on."""
    if not any(lead.linked for lead in leads):
        return leads
    told = [lead for lead in leads if lead.level == COUNTED or lead.linked or outline.ends[lead.at] > lead.at + 1]
    return told or leads


def _by_its_fellows(found: list[Found]) -> list[Found]:
    """Headings of which few are stories are the chapters of an essay, and none is surely a story."""
    if found[0].level > BOLD:
        return found
    sure = sum(one.trust >= UNTITLED for one in found) / len(found)
    crowded = sum(one.listed > _SEVERAL for one in found) / len(found)
    kept = (sure if sure < MOST_LEAD else 1.0) * (_CROWDED[1] if crowded >= _MANY else 1.0)
    return [replace(one, score=one.score * kept) if _is_plain(one) else one for one in found]


_MANY = 0.34
"""Of the headings of one level that hold several stories: then the others of it are sections as well."""


def _is_plain(found: Found) -> bool:
    return not _is_numbered(found) and found.trust < LINKED


def _numbered_ones(outline: Outline, found: list[Found]) -> list[Found]:
    counted = sum(_is_numbered(one) for one in found)
    if found[0].level >= BOLD or counted < 2 or counted * 2 < len(found):  # noqa: PLR2004 - one numbers nothing
        return found
    return [one for one in found if _is_numbered(one) or sum(_inner(outline, outline.leads[one.at], one.end)[:2]) < 2]  # noqa: PLR2004 - several


def _where_others_lead(outline: Outline, found: list[Found]) -> list[Found]:
    """Less the points of an essay: what leads nowhere, in a section where nothing does, while most stories do.

    Where most are numbered, less those without a number that hold a list of several.
    """
    found = _numbered_ones(outline, found)
    leading = {one.at for one in found if any(item.url for item in one.items)}
    counted = sum(_is_numbered(one) for one in found)
    if 1 < counted < len(found) and all(_is_numbered(one) for one in found if one.at in leading):
        return [one for one in found if _is_numbered(one)]
    if len(leading) < len(found) * MOST_LEAD or len(leading) == len(found):
        return found
    found = [
        one for one in found if one.at in leading or not outline.leads[one.at].words.rstrip().endswith((":", "："))
    ]
    section: dict[int, int] = {}
    upper = -1
    for lead in outline.between(found[0].at, found[-1].end):
        upper = lead.at if lead.level < found[0].level else upper
        section[lead.at] = upper
    alive = {section[at] for at in leading}
    return [one for one in found if section[one.at] in alive]


def _reach(outline: Outline, lead: Lead, limit: int, *, last: bool) -> int:
    """Where the body of a lead's story ends: at the next lead of its level, or at the end of what the last one says."""
    end = min(outline.ends[lead.at], limit)
    if not last:
        return end
    stops = (at for at in range(lead.at + 1, end) if at in outline.closed or isinstance(outline.placed[at].block, Rule))
    return next(stops, end)


def under(outline: Outline, lead: Lead, end: int) -> Found:
    """The stories that a lead begins; the blocks from behind it to before `end` are the body of its last one."""
    body = edged(outline.blocks(lead.at + 1, end))
    *others, last = lead.entries
    tell = {COUNTED: _counted, LED: _run_in, TAILED: _run_in}.get(lead.level) or functools.partial(_headed, lead.level)
    items = (*(tell(entry, ()) for entry in others), tell(last, body))
    trust = sum(item.trust for item in items) / len(items)
    score = outline.weight(lead.at, end) * trust * _fineness(outline, lead, end)
    listed = 0 if lead.linked else _inner(outline, lead, end)[0]
    return Found(at=lead.at, end=end, items=items, score=score, level=lead.level, listed=listed)


def _headed(level: int, entry: Entry, body: Blocks) -> Item:
    """S4, S5, S10, S13: a heading or a line in bold, with its link or without."""
    words, deep = joined([entry.head, entry.rest]), _CHAPTER < level < BOLD
    item = headed(words, body, line=entry.line, number=entry.number, deep=deep)
    counts = item.number is not None and (item.url or len(plain_blocks(item.body)) <= _LONGEST_COUNTED)
    return replace(item, trust=max(item.trust, _COUNTED_HEADING)) if counts else item


_CHAPTER = 2
"""The level of headings to which the chapters of an essay reach."""

_COUNTED_HEADING = 0.5
"""How surely a heading with a number is a story, even if nothing below it leads anywhere."""

_LONGEST_COUNTED = 1200
"""Characters below it that lead nowhere. What is longer is a chapter with a number."""


def _counted(entry: Entry, body: Blocks) -> Item:
    """S9: a line that counts itself, or that begins with a character taken for a bullet."""
    item = item_of(joined([entry.head, entry.rest]), body, line=entry.line, number=entry.number)
    return replace(item, trust=UNMARKED) if item.number is None and item.trust == UNTITLED else item


def _run_in(entry: Entry, body: Blocks) -> Item:
    """S11: a paragraph that begins with its title; a little less sure, because prose may begin with a link as well."""
    item = item_of(joined([entry.head, entry.rest]), body, line=entry.line, number=entry.number)
    argues = len(plain_blocks(item.body)) > _LONGEST_RUN_IN
    return replace(item, trust=item.trust * (0.9 if item.url else 0.3 if argues else 0.5))


_LONGEST_RUN_IN = 600
"""Characters of a paragraph that leads nowhere. What is longer is a point of an essay."""


_CROWDED, _CROWDED_BUT_TITLED = (0.35, 0.55), (0.55, 0.8)
"""What is left of the score of a story that holds several, where those have links for titles and where they just have
links: it seems to be their section, and a little less so where its own words read like a title."""

_SEVERAL = 2
"""Paragraphs that end with a source of their own may still be one story's; more are stories."""

_LONG_TITLE = 28
"""Columns of a heading that is rather a story's title than a section's name."""


def _fineness(outline: Outline, lead: Lead, end: int) -> float:
    """How much speaks for a story rather than for the section of several: what a lead holds is not itself stories."""
    below = outline.leads.get(lead.at + 1)
    counts = below is not None and below.entries[0].number is not None and lead.entries[0].number is None
    titles = below is not None and (below.linked or counts or lead.level in outline.holding)
    if below and titles and lead.level < below.level < BOLD and not lead.linked:
        return _CROWDED[0]
    if _holds_leads(outline, lead, end):
        return _CROWDED_BUT_TITLED[0] if lead.linked else _CROWDED[0]
    titled, linked, weight = _inner(outline, lead, end)
    entry = lead.entries[0]
    own = columns(lead.words) >= _LONG_TITLE or (entry.number is not None and lead.level < BOLD)
    many = titled > _SEVERAL and not own
    if not own and _is_a_list(outline, lead, end):
        return _CROWDED[1]
    if titled + linked < 2 or (not many and weight * 2 < outline.weight(lead.at + 1, end)):  # noqa: PLR2004 - its source
        return 1.0
    either = _CROWDED_BUT_TITLED if own else _CROWDED
    kept = either[0] if titled >= linked else either[1]
    return max(kept, _CROWDED_BUT_TITLED[0]) if lead.linked else kept


def _holds_leads(outline: Outline, lead: Lead, end: int) -> bool:
    """Whether several leads of one level that lead somewhere make up most of what stands below one.

    Where nothing there leads anywhere, headings do.
    """
    within = outline.between(lead.at + 1, end)
    for level, inner in by_level(within).items():
        leading = level in outline.leading or most_lead(outline, inner)
        weight = sum(outline.weight(other.at, min(end, outline.ends[other.at])) for other in inner)
        count = sum(len(other.entries) for other in inner)
        told = leading or (lead.at not in outline.linked and level < BOLD)
        several = count > (_SEVERAL if level == TAILED else 1)
        if told and several and weight * (2 if level > BOLD else 3) >= outline.weight(lead.at + 1, end):
            return True
    return False


def _inner(outline: Outline, lead: Lead, end: int) -> tuple[int, int, int]:
    """How many stories are listed below a lead, with a link for a title and in any other way, and what they weigh."""
    lists = ((at, [item for item in outline.items(at) if item.trust >= UNTITLED]) for at in range(lead.at + 1, end))
    sure = [(at, items) for at, items in lists if len(items) > 1]
    titled = sum(item.trust == LINKED for _, items in sure for item in items)
    count = sum(len(items) for _, items in sure)
    return titled, count - titled, sum(outline.weight(at, at + 1) for at, _ in sure)


def _is_a_list(outline: Outline, lead: Lead, end: int) -> bool:
    """Whether nothing stands below a heading but a list of one item that says more than where the link is."""
    items = outline.items(lead.at + 1) if end == lead.at + 2 and not lead.linked else ()
    return len(items) == 1 and items[0].trust >= TOLD and columns(plain(items[0].title)) >= _LEAST_PLAIN


def _is_numbered(found: Found) -> bool:
    return found.items[0].number is not None
