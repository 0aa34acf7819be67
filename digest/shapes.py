"""How a post's blocks fall into intro, stories, sections and commentary.

Publishers write stories as items of lists, as rows of tables, under headings, or below lines that read like a title.
Whether a heading is a story or the section of several, and whether a list holds stories or belongs to one, no single
mark tells. So every level of headings is tried as the one that begins stories, and lists and tables alone as well; each
way is scored by how much of the post it explains and how surely its items are stories, and the best is taken. What
stands around the stories is divided the same way for all. Every block of the post ends up in exactly one place.
"""

from __future__ import annotations

import functools
import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from digest.leads import BOLD, COUNTED, LED, TAILED, Entry, Lead, leads_of
from digest.lists import UNMARKED, items_in
from digest.markdown import Placed
from digest.richtext import Block, Blocks, Heading, List, Paragraph, Rule, links, plain
from digest.signs import is_boilerplate, is_commentary, is_overview
from digest.story import LED as LED_TRUST
from digest.story import (
    LINKED,
    TOLD,
    UNLINKED,
    UNTITLED,
    Item,
    headed,
    item_of,
    joined,
    led_elsewhere,
    pointed,
    without_pointers,
)
from digest.writing import columns

_LEAST_SCORE = 0.25
"""Of a post that must be explained. Below it, what looks like stories is a list within an essay."""

_LEAST_SCORE_BESIDE = 0.35
"""The same for a section whose stories have another form than those of the rest."""

_LEAST_TRUST = 0.35
"""How surely the items of a list must be stories, on average. What is less sure needs others beside it."""

_LEAST_TRUST_BESIDE = 0.6
"""The same for stories that have another form than the rest."""

_LEAST_PLAIN = 18
"""Columns of an item without title and link that says something, where lists beside it hold stories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """A post, divided. Without items the intro holds everything."""

    intro: Blocks = ()
    items: tuple[Item, ...] = ()
    commentary: Blocks = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Blocks, from `at` to before `end`, that hold stories. `level` is that of the lead, 0 for a list or table.

    `score` is the weight of the blocks by how surely they are stories.
    """

    at: int
    end: int
    items: tuple[Item, ...]
    score: float
    level: int = 0

    @property
    def trust(self) -> float:
        """How surely these are stories, on average."""
        return sum(item.trust for item in self.items) / len(self.items)


def divide(placed: Sequence[Placed]) -> Division:
    """The best division of the blocks, or no stories where nothing explains enough of them."""
    page = _Page.of(placed)
    found = _best(page, 0, len(placed), _LEAST_SCORE, beside=True)
    if not found and page.closed:
        page = replace(page, closed=frozenset())
        found = _best(page, 0, len(placed), _LEAST_SCORE, beside=True)
    if not found:
        return Division(intro=_edged([one.block for one in placed]))
    return _led_by_their_own(_divided(page, _told_once(_without_repeats(page, found))))


# --- The post, looked at once ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Page:
    """The blocks of a post, and what is known of them by their index.

    `order` lists those of leads, `ends` says where the next lead of the same or a higher level stands, `closed` where
    no stories are looked for; `linked` are the leads that lead somewhere, `weights` those of all blocks before.
    """

    placed: Sequence[Placed]
    leads: Mapping[int, Lead]
    order: Sequence[int]
    ends: Mapping[int, int]
    closed: frozenset[int]
    linked: frozenset[int]
    weights: Sequence[int]
    listed: dict[int, tuple[Item, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, placed: Sequence[Placed]) -> _Page:
        leads = {lead.at: lead for lead in leads_of(placed)}
        ends = _ends(leads.values(), len(placed))
        weights = [0, *itertools.accumulate(one.weight for one in placed)]
        closed = _closed(leads, ends)
        linked = frozenset(at for at in leads if _has_link(placed[at : ends[at]]))
        return cls(
            placed=placed,
            leads=leads,
            order=tuple(leads),
            ends=ends,
            closed=closed,
            linked=linked,
            weights=weights,
        )

    @functools.cached_property
    def leading(self) -> frozenset[int]:
        """The levels of which most leads lead somewhere."""
        return frozenset(level for level, leads in _by_level(self.leads.values()) if _most_lead(self, leads))

    def blocks(self, start: int, end: int) -> list[Block]:
        """The blocks from `start` to before `end`."""
        return [one.block for one in self.placed[start:end]]

    def weight(self, start: int, end: int) -> int:
        """The weight of the blocks from `start` to before `end`."""
        return self.weights[end] - self.weights[start]

    def items(self, at: int) -> tuple[Item, ...]:
        """The stories that a list or a table holds."""
        if at not in self.listed:
            self.listed[at] = items_in(self.placed[at])
        return self.listed[at]

    def between(self, start: int, end: int) -> list[Lead]:
        """The leads from `start` to before `end`."""
        first, last = bisect_left(self.order, start), bisect_left(self.order, end)
        return [self.leads[at] for at in self.order[first:last]]


def _ends(leads: Iterable[Lead], length: int) -> dict[int, int]:
    """For each lead, where the next one of its level or a higher one stands."""
    ends: dict[int, int] = {}
    opened: list[Lead] = []
    for lead in leads:
        while opened and opened[-1].level >= lead.level:
            ends[opened.pop().at] = lead.at
        opened.append(lead)
    return ends | {lead.at: length for lead in opened}


def _has_link(placed: Sequence[Placed]) -> bool:
    return next(links(tuple(one.block for one in placed)), None) is not None


def _closed(leads: Mapping[int, Lead], ends: Mapping[int, int]) -> frozenset[int]:
    """Where the editor speaks, or what stands in every issue: sections whose heading says so, to their end."""
    signed = (lead for lead in leads.values() if lead.level <= BOLD)
    named = [lead.at for lead in signed if is_commentary(lead.words) or is_boilerplate(lead.words)]
    return frozenset(at for start in named for at in range(start, ends[start]))


# --- Candidates --------------------------------------------------------------------------------------------------


def _best(page: _Page, start: int, end: int, least: float, *, beside: bool = False) -> list[_Found]:
    """The stories between two indexes, told in the way that explains most of what is there.

    With `beside`, sections that one way leaves out may be told in another.
    """
    whole = sum(one.weight for at, one in enumerate(page.placed[start:end], start) if at not in page.closed) or 1
    best: list[_Found] = []
    best_score = least * whole
    for found in _candidates(page, start, end):
        score = sum(one.score for one in found)
        if beside and found:
            more = list(_beside(page, found))
            if sum(one.score for one in more) > score:
                continue
            found = sorted([*found, *more], key=lambda one: one.at)  # noqa: PLW2901 - completed
            score = sum(one.score for one in found)
        if score > best_score:
            best, best_score = found, score
    return best


def _candidates(page: _Page, start: int, end: int) -> Iterator[list[_Found]]:
    yield _listed(page, start, end)
    for level, same in _by_level(lead for lead in page.between(start, end) if lead.at not in page.closed):
        same = _without_overview(same)  # noqa: PLW2901 - what counts of it
        if sum(len(lead.entries) for lead in same) > 1 or (level < BOLD and same[0].linked):
            yield _led(page, same, end)


def _without_overview(leads: list[Lead]) -> list[Lead]:
    """Less the heading of an overview, where others stand beside it."""
    told = [lead for lead in leads if not is_overview(lead.words)]
    return told if len(told) > 1 else leads


def _beside(page: _Page, found: Sequence[_Found]) -> Iterator[_Found]:
    """Stories in sections where the chosen way found none, because they are told in another."""
    taken = {at for one in found for at in range(one.at, one.end)}
    first = found[0].at
    lead_on = any(item.url for one in found for item in one.items)
    for lead in page.leads.values():
        section = range(lead.at, page.ends[lead.at])
        if lead.level > BOLD or not (taken | page.closed).isdisjoint(section):
            continue
        more = _best(page, lead.at + 1, section.stop, _LEAST_SCORE_BESIDE)
        if not more and 0 < found[0].level < BOLD:
            more = _childless(page, lead, section.stop)
        least = _least_beside(lead, more, first) if more else 0
        leads_on = any(item.url for one in more for item in one.items) or not lead_on
        if more and leads_on and sum(one.trust for one in more) >= least * len(more):
            taken.update(section)
            yield from more


_LEAST_TITLE_BESIDE = 8
"""Columns. What is titled shorter than that beside other stories, such as «T1190», is a fact about one of them."""


def _least_beside(lead: Lead, found: Sequence[_Found], first: int) -> float:
    """How surely stories must be told to stand beside others that are told in another way."""
    items = [item for one in found for item in one.items]
    if sum(columns(plain(item.title)) for item in items) < _LEAST_TITLE_BESIDE * len(items):
        return LINKED + 1
    if lead.at < first or found[0].at == lead.at:
        return LED_TRUST
    return TOLD if found[0].level else _LEAST_TRUST_BESIDE


def _childless(page: _Page, lead: Lead, end: int) -> list[_Found]:
    """The story that a section's heading is itself, where the section holds no other."""
    if lead.level >= BOLD or any(other.level <= BOLD for other in page.between(lead.at + 1, end)):
        return []
    return [_under(page, lead, end)]


# --- Lists and tables --------------------------------------------------------------------------------------------


def _listed(page: _Page, start: int, end: int) -> list[_Found]:
    """The lists and tables that hold stories, each with what below it belongs to its last item."""
    found = [
        _Found(at=at, end=at + 1, items=items, score=0)
        for at in range(start, end)
        if at not in page.closed and (items := page.items(at))
    ]
    chosen = [one for one in found if one.trust >= _LEAST_TRUST]
    if not chosen:
        return []
    kinds = {
        kind: sum(page.weight(one.at, one.end) * one.trust for one in group) for kind, group in _by_kind(page, chosen)
    }
    main = max(kinds, key=lambda kind: kinds[kind])
    told = _without_first_words(page, [one for one in found if _counts(page, one, main, chosen)])
    adopts = _Adoption.among(told)
    return [_adopted(page, one, following, adopts, end) for one, following in zip(told, [*told[1:], None], strict=True)]


def _by_kind(page: _Page, found: Iterable[_Found]) -> Iterator[tuple[str, list[_Found]]]:
    kind = functools.partial(_kind, page)
    yield from ((name, list(group)) for name, group in itertools.groupby(sorted(found, key=kind), kind))


def _kind(page: _Page, found: _Found) -> str:
    block = page.placed[found.at].block
    if isinstance(block, List):
        return "bullets" if block.start is None else "numbers"
    return type(block).__name__


def _counts(page: _Page, one: _Found, main: str, chosen: Sequence[_Found]) -> bool:
    """Whether a list holds stories, beside the others: of the main kind, or under a heading of its own."""
    if one.trust >= _LEAST_TRUST:
        first = next(other.at for other in chosen if _kind(page, other) == main)
        return _kind(page, one) == main or (one.at > first and _has_heading(page, one.at))
    sure = any(other.trust >= UNLINKED for other in chosen)
    speaks = sum(columns(plain(item.title)) for item in one.items) >= _LEAST_PLAIN * len(one.items)
    return sure and speaks and _kind(page, one) == main and one.at > chosen[0].at and _has_heading(page, one.at)


def _has_heading(page: _Page, at: int) -> bool:
    """Whether a section's heading stands right above, or above a paragraph."""
    for above in range(at - 1, max(-1, at - 3), -1):
        if above in page.leads and page.leads[above].level <= BOLD:
            return True
        if not isinstance(page.placed[above].block, Paragraph):
            return False
    return False


def _without_first_words(page: _Page, found: list[_Found]) -> list[_Found]:
    """Less what is listed before the first section, where the stories stand in sections: it leads elsewhere."""
    first = next((at for at, lead in page.leads.items() if lead.level < BOLD), len(page.placed))
    later = [one for one in found if one.at > first]
    return later if len(later) > 1 else found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Adoption:
    """When what stands below a list is its last item's body, which nobody indented."""

    always: bool
    when_bare: bool

    @classmethod
    def among(cls, found: Sequence[_Found]) -> _Adoption:
        """What the lists tell: most hold a single bare item; or bare items are the exception."""
        single = sum(len(one.items) == 1 and not one.items[0].body for one in found)
        numbered = [item for one in found for item in one.items if item.number is not None]
        with_body = sum(bool(item.body) for item in numbered)
        return cls(always=single * 2 > len(found), when_bare=with_body * 2 > len(numbered))

    def below(self, one: _Found, following: _Found | None) -> bool:
        """Whether the blocks between a list and the next belong to the list's last item."""
        last = one.items[-1]
        if self.always or (self.when_bare and not last.body):
            return True
        return following is not None and last.number is not None and following.items[0].number == last.number + 1


def _adopted(page: _Page, one: _Found, following: _Found | None, adopts: _Adoption, limit: int) -> _Found:
    end = one.end
    if adopts.below(one, following):
        until = following.at if following else limit
        stops = (at for at in range(end, until) if _parts(page.placed[at].block) or at in page.closed)
        end = next(stops, until)
    items = _with_body(one.items, _edged(page.blocks(one.end, end)))
    return replace(one, end=end, items=items, score=page.weight(one.at, end) * one.trust)


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


def _led(page: _Page, leads: Sequence[Lead], limit: int) -> list[_Found]:
    """The stories that leads of one level begin, each with what stands below it."""
    found = [
        _under(page, lead, _reach(page, lead, limit, last=following is None))
        for lead, following in zip(leads, [*leads[1:], None], strict=True)
    ]
    return _by_its_fellows(_where_others_lead(page, found))


def _by_its_fellows(found: list[_Found]) -> list[_Found]:
    """Headings of which few are stories are the chapters of an essay, and none is surely a story."""
    sure = sum(one.trust >= UNTITLED for one in found) / len(found)
    if sure >= _MOST_LEAD or found[0].level > BOLD:
        return found
    return [replace(one, score=one.score * sure) for one in found]


def _where_others_lead(page: _Page, found: list[_Found]) -> list[_Found]:
    """Less the points of an essay: what leads nowhere, in a section where nothing does, while most stories do."""
    leading = {one.at for one in found if any(item.url for item in one.items)}
    counted = sum(_is_numbered(one) for one in found)
    if 1 < counted < len(found) and all(_is_numbered(one) for one in found if one.at in leading):
        return [one for one in found if _is_numbered(one)]
    if len(leading) < len(found) * _MOST_LEAD or len(leading) == len(found):
        return found
    section: dict[int, int] = {}
    upper = -1
    for lead in page.leads.values():
        upper = lead.at if lead.level < found[0].level else upper
        section[lead.at] = upper
    alive = {section[at] for at in leading}
    return [one for one in found if section[one.at] in alive]


def _reach(page: _Page, lead: Lead, limit: int, *, last: bool) -> int:
    """Where the body of a lead's story ends: at the next lead of its level, or at the end of what the last one says."""
    end = min(page.ends[lead.at], limit)
    if not last:
        return end
    stops = (at for at in range(lead.at + 1, end) if at in page.closed or isinstance(page.placed[at].block, Rule))
    return next(stops, end)


def _under(page: _Page, lead: Lead, end: int) -> _Found:
    body = _edged(page.blocks(lead.at + 1, end))
    *others, last = lead.entries
    tell = {COUNTED: _counted, LED: _run_in, TAILED: _run_in}.get(lead.level) or functools.partial(_headed, lead.level)
    items = (*(tell(entry, ()) for entry in others), tell(last, body))
    trust = sum(item.trust for item in items) / len(items)
    score = page.weight(lead.at, end) * trust * _fineness(page, lead, end)
    return _Found(at=lead.at, end=end, items=items, score=score, level=lead.level)


def _headed(level: int, entry: Entry, body: Blocks) -> Item:
    """S4, S5, S10, S13: a heading or a line in bold, with its link or without."""
    words, deep = joined([entry.head, entry.rest]), _CHAPTER < level < BOLD
    item = headed(words, body, line=entry.line, number=entry.number, deep=deep)
    return item if item.number is None else replace(item, trust=max(item.trust, _COUNTED_HEADING))


_CHAPTER = 2
"""The level of headings to which the chapters of an essay reach."""

_COUNTED_HEADING = 0.5
"""How surely a heading with a number is a story, even if nothing below it leads anywhere."""


def _counted(entry: Entry, body: Blocks) -> Item:
    """S9: a line that counts itself, or that begins with a character taken for a bullet."""
    item = item_of(joined([entry.head, entry.rest]), body, line=entry.line, number=entry.number)
    return replace(item, trust=UNMARKED) if item.number is None and item.trust == UNTITLED else item


def _run_in(entry: Entry, body: Blocks) -> Item:
    """S11: a paragraph that begins with its title; a little less sure, because prose may begin with a link as well."""
    item = item_of(joined([entry.head, entry.rest]), body, line=entry.line, number=entry.number)
    return replace(item, trust=item.trust * (0.9 if item.url else 0.5))


_CROWDED, _CROWDED_BUT_TITLED = (0.35, 0.55), (0.55, 0.8)
"""What is left of the score of a story that holds several, where those have links for titles and where they just have
links: it seems to be their section, and a little less so where its own words read like a title."""

_SEVERAL = 2
"""Paragraphs that end with a source of their own may still be one story's; more are stories."""

_MOST_LEAD = 0.6
"""Of the stories of one level that must lead somewhere for the others to be measured by them."""

_LONG_TITLE = 28
"""Columns of a heading that is rather a story's title than a section's name."""


def _fineness(page: _Page, lead: Lead, end: int) -> float:
    """How much speaks for a story rather than for the section of several: what a lead holds is not itself stories."""
    below = page.leads.get(lead.at + 1)
    if below and lead.level < below.level < BOLD and below.linked and not lead.linked:
        return _CROWDED[0]
    if _holds_leads(page, lead, end):
        return _CROWDED_BUT_TITLED[0] if lead.linked else _CROWDED[0]
    titled, linked, weight = _inner(page, lead, end)
    entry = lead.entries[0]
    own = columns(lead.words) >= _LONG_TITLE or (entry.number is not None and lead.level < BOLD)
    many = titled > _SEVERAL and not own
    if titled + linked < 2 or (not many and weight * 2 < page.weight(lead.at + 1, end)):  # noqa: PLR2004 - its source
        return 1.0
    either = _CROWDED_BUT_TITLED if own else _CROWDED
    kept = either[0] if titled >= linked else either[1]
    return max(kept, _CROWDED_BUT_TITLED[0]) if lead.linked else kept


def _holds_leads(page: _Page, lead: Lead, end: int) -> bool:
    """Whether several leads of one level that lead somewhere make up most of what stands below one.

    Where nothing there leads anywhere, headings do.
    """
    within = page.between(lead.at + 1, end)
    for level, inner in _by_level(within):
        leading = level in page.leading or _most_lead(page, inner)
        weight = sum(page.weight(other.at, min(end, page.ends[other.at])) for other in inner)
        count = sum(len(other.entries) for other in inner)
        told = leading or (lead.at not in page.linked and level < BOLD)
        several = count > (_SEVERAL if level == TAILED else 1)
        if told and several and weight * (2 if level > BOLD else 3) >= page.weight(lead.at + 1, end):
            return True
    return False


def _most_lead(page: _Page, leads: Sequence[Lead]) -> bool:
    return sum(lead.at in page.linked for lead in leads) >= len(leads) * _MOST_LEAD


def _by_level(leads: Iterable[Lead]) -> Iterator[tuple[int, list[Lead]]]:
    by_level: dict[int, list[Lead]] = {}
    for lead in leads:
        by_level.setdefault(lead.level, []).append(lead)
    yield from by_level.items()


def _inner(page: _Page, lead: Lead, end: int) -> tuple[int, int, int]:
    """How many stories are listed below a lead, with a link for a title and in any other way, and what they weigh."""
    lists = ((at, [item for item in page.items(at) if item.trust >= UNTITLED]) for at in range(lead.at + 1, end))
    sure = [(at, items) for at, items in lists if len(items) > 1]
    titled = sum(item.trust == LINKED for _, items in sure for item in items)
    count = sum(len(items) for _, items in sure)
    return titled, count - titled, sum(page.weight(at, at + 1) for at, _ in sure)


def _is_numbered(found: _Found) -> bool:
    return found.items[0].number is not None


# --- Told twice --------------------------------------------------------------------------------------------------

_MOSTLY = 0.6
"""Of a list's stories that must be told elsewhere in the post for it to be an overview."""

_SHORTEST_NAME = 4
"""Characters of a title by which an overview may be told."""


def _without_repeats(page: _Page, found: list[_Found]) -> list[_Found]:
    """Less the lists that only repeat what stands elsewhere: a story is counted where it is told."""
    kept = list(found)
    names = {one.at: [_names(item) for item in one.items] for one in found}
    told = Counter(name for one in found for name in set().union(*names[one.at]))
    for one in sorted(found, key=lambda one: one.score):
        own = Counter(name for name in set().union(*names[one.at]))
        again = sum(any(told[name] > own[name] for name in item) for item in names[one.at])
        if one.level or len(one.items) < 2 or len(kept) < 2:  # noqa: PLR2004 - one is no list
            continue
        if again >= len(one.items) * _MOSTLY or _is_overview(page, one, kept):
            kept.remove(one)
            told -= own
    return kept


def _told_once(found: list[_Found]) -> list[_Found]:
    """The stories of a list that are told at length further on, with those words; there they are no stories again."""
    places = {item.url: (at, index) for at, one in enumerate(found) if not one.level for index, item in _linked(one)}
    told = list(found)
    for at, one in enumerate(found):
        if not one.level or len(one.items) > 1:
            continue
        listed = places.get(one.items[0].url, (at, 0))
        if listed[0] != at:
            told[listed[0]] = _with_words(told[listed[0]], listed[1], one.items[0].body)
            told[at] = replace(one, items=())
    return told


def _linked(found: _Found) -> Iterator[tuple[int, Item]]:
    return ((index, item) for index, item in enumerate(found.items) if item.url)


def _with_words(found: _Found, index: int, words: Blocks) -> _Found:
    item = found.items[index]
    longer = replace(item, body=item.body + words)
    return replace(found, items=(*found.items[:index], longer, *found.items[index + 1 :]))


def _names(item: Item) -> set[str]:
    """By what a story may be told again: its link, its title."""
    title = "".join(filter(str.isalnum, plain(item.title))).casefold()
    return {name for name in (item.url or "", title if len(title) >= _SHORTEST_NAME else "") if name}


def _is_overview(page: _Page, one: _Found, found: Sequence[_Found]) -> bool:
    above = page.leads.get(one.at - 1)
    others = sum(len(other.items) for other in found if other is not one)
    return above is not None and is_overview(above.words) and others >= len(one.items)


# --- What stands around the stories ------------------------------------------------------------------------------


def _divided(page: _Page, found: Sequence[_Found]) -> Division:
    """The division that the found stories make."""
    intro, section = _opening(page, found[0].at)
    items: list[Item] = []
    for one, following in zip(found, [*found[1:], None], strict=True):
        items += _in_section(one.items, section)
        kept = () if one.items else section
        section = kept + _edged(page.blocks(one.end, following.at if following else len(page.placed)))
    return Division(intro=intro, items=tuple(items), commentary=section)


def _led_by_their_own(division: Division) -> Division:
    """A link that several stories have is none of them's own: each leads to its first other one, if it has one."""
    shared = {url for url, count in Counter(item.url for item in division.items).items() if count > 1 and url}
    if not shared:
        return division
    return replace(division, items=tuple(led_elsewhere(item, shared.__contains__) for item in division.items))


def _in_section(items: Sequence[Item], section: Blocks) -> Iterator[Item]:
    """The items, the first with what stands before it."""
    for index, item in enumerate(items):
        yield item if index or not section else replace(item, section=section + item.section)


def _opening(page: _Page, first: int) -> tuple[Blocks, Blocks]:
    """The intro, and the headings right above the first story, which name its section."""
    start = first
    while start and start - 1 in page.leads and page.leads[start - 1].level <= BOLD:
        start -= 1
    return _edged(page.blocks(0, start)), _edged(page.blocks(start, first))


def _edged(blocks: Sequence[Block]) -> Blocks:
    """The blocks without the rules at their ends: those only part."""
    start, end = 0, len(blocks)
    while start < end and isinstance(blocks[start], Rule):
        start += 1
    while start < end and isinstance(blocks[end - 1], Rule):
        end -= 1
    return tuple(blocks[start:end])
