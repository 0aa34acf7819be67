"""How a post's blocks fall into intro, stories, sections and commentary.

Of all the ways in which a post may tell its stories, the one that explains most of it is taken; sections that it leaves
out may be told in another. What stands around the stories is divided the same way for all. Every block of the post ends
up in exactly one place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from digest.html import is_film
from digest.leads import BOLD, Lead
from digest.markdown import Placed
from digest.outline import Outline, edged
from digest.richtext import Block, Blocks, Bold, Heading, Paragraph, Quote, Spans, plain, plain_blocks
from digest.shapes import Found, candidates, under
from digest.signs import is_overview
from digest.story import LED, LINKED, TOLD, Item, called_by_its_line, led_elsewhere
from digest.writing import columns

_LEAST_SCORE = 0.22
"""Of a post that must be explained. Below it, what looks like stories is a list within an essay."""

_LEAST_SCORE_APART = 0.08
"""The same where several links are listed under headings of their own: then they are no list within an essay."""

_SEVERAL = 3
"""Stories that are more than the references of an essay."""

_LEAST_SCORE_BESIDE = 0.35
"""As the first for a section whose stories have another form than those of the rest."""

_LEAST_TRUST_BESIDE = 0.6
"""How surely the items of a list must be stories, on average, where the rest is told in another form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """A post, divided. Without items the intro holds everything."""

    intro: Blocks = ()
    items: tuple[Item, ...] = ()
    commentary: Blocks = ()


def divide(placed: Sequence[Placed]) -> Division:
    """The best division of the blocks, or no stories where nothing explains enough of them."""
    placed = list(_unquoted(placed))
    outline = Outline.of(placed)
    found = _best(outline, 0, len(placed))
    if not found and outline.closed:
        outline = replace(outline, closed=frozenset())
        found = _best(outline, 0, len(placed), apart=False)
    if not found or all(one.level and all(map(_only_shows, one.items)) for one in found):
        return Division(intro=edged([one.block for one in placed]))
    return _divided(outline, _led_by_their_own(_told_once(_without_repeats(outline, found))))


def _only_shows(item: Item) -> bool:
    """Whether an item is nothing but a film or a frame that stands on a line: of those alone nobody makes stories."""
    title, url = plain(item.title), item.url or ""
    return (title == url and is_film(url)) or title == url.partition("://")[2].partition("/")[0]


def _unquoted(placed: Sequence[Placed]) -> Iterator[Placed]:
    """The blocks, and in place of quotes with headings what they hold, where most of the post is quoted like that."""
    quoted = sum(one.weight for one in placed if _quotes_headings(one.block))
    if quoted * 2 <= sum(one.weight for one in placed):
        yield from placed
        return
    for one in placed:
        match one.block:
            case Quote(inner) if _quotes_headings(one.block):
                sizes = [len(plain_blocks((block,))) + 1 for block in inner]
                weight = one.weight / sum(sizes)
                for block, size in zip(inner, sizes, strict=True):
                    yield Placed(block=block, line=one.line, weight=round(size * weight))
            case _:
                yield one


def _quotes_headings(block: Block) -> bool:
    return isinstance(block, Quote) and any(isinstance(inner, Heading) for inner in block.blocks)


# --- The best way -----------------------------------------------------------------------------------------------------


_MOST_COMPLETED = 2
"""Candidates that are completed by stories of another form: the best by themselves."""


def _best(outline: Outline, start: int, end: int, *, apart: bool = True) -> list[Found]:
    """The stories between two indexes, told in the way that explains most of what is there.

    `apart` says that lists under headings of their own need not explain much of it.
    """
    whole = _whole(outline, start, end)
    ranked = sorted(filter(None, candidates(outline, start, end)), key=_score, reverse=True)[:_MOST_COMPLETED]
    completed = (sorted([*found, *_beside(outline, found)], key=lambda one: one.at) for found in ranked)
    best = max(completed, key=_score, default=[])
    least = _LEAST_SCORE_APART if apart and _apart(outline, best) else _LEAST_SCORE
    return best if _score(best) > least * whole else []


def _apart(outline: Outline, found: Sequence[Found]) -> bool:
    """Whether titles that lead somewhere are listed under headings of their own, be there an essay beside them."""
    listed = all(not one.level and one.trust >= LED and _headed(outline, one.at) for one in found)
    return listed and sum(len(one.items) for one in found) >= _SEVERAL


def _headed(outline: Outline, at: int) -> bool:
    return at > 0 and isinstance(outline.placed[at - 1].block, Heading)


def _whole(outline: Outline, start: int, end: int) -> int:
    """What must be explained."""
    return sum(one.weight for at, one in enumerate(outline.placed[start:end], start) if at not in outline.closed)


def _score(found: Sequence[Found]) -> float:
    return sum(one.score for one in found)


def _beside(outline: Outline, found: Sequence[Found]) -> Iterator[Found]:
    """Stories in sections where the chosen way found none, because they are told in another."""
    taken = {at for one in found for at in range(one.at, one.end)} | outline.closed
    first = found[0].at
    opens = _opens(outline, found)
    lead_on = any(item.url for one in found for item in one.items)
    for lead in outline.leads.values():
        section = range(lead.at, outline.ends[lead.at])
        if lead.level > BOLD or not taken.isdisjoint(section):
            continue
        more = max(candidates(outline, lead.at + 1, section.stop), key=_score)
        if _score(more) <= _LEAST_SCORE_BESIDE * _whole(outline, lead.at + 1, section.stop):
            more = []
        if not more or _is_only_its_link(lead, more):
            more = _childless(outline, lead, section.stop, found) or more
        least = _least_beside(lead, more, first) if more else 0
        if opens and not _retold(found, more):
            return
        leads_on = any(item.url for one in more for item in one.items) or not lead_on
        if more and leads_on and sum(one.trust for one in more) >= least * len(more):
            taken.update(section)
            yield from more


def _opens(outline: Outline, found: Sequence[Found]) -> bool:
    """Whether stories are only listed before the first heading: such a list leads elsewhere, or is told again."""
    first = next((at for at, lead in outline.leads.items() if lead.level < BOLD), -1)
    return not found[-1].level and found[-1].at < first


def _retold(found: Sequence[Found], more: Sequence[Found]) -> bool:
    told = {item.url for one in found for item in one.items if item.url}
    return not more or any(item.url in told for one in more for item in one.items)


_LEAST_TITLE_BESIDE = 8
"""Columns. What is titled shorter than that beside other stories, such as «T1190», is a fact about one of them."""


def _least_beside(lead: Lead, found: Sequence[Found], first: int) -> float:
    """How surely stories must be told to stand beside others that are told in another way."""
    items = [item for one in found for item in one.items]
    if sum(columns(plain(item.title)) for item in items) < _LEAST_TITLE_BESIDE * len(items):
        return LINKED + 1
    if lead.at < first or found[0].at == lead.at:
        return LED
    return TOLD if found[0].level else _LEAST_TRUST_BESIDE


_HEADLINE = 28
"""Columns of a heading that rather titles the link below it than the section in which that stands."""


def _is_only_its_link(lead: Lead, found: Sequence[Found]) -> bool:
    """Whether what was found below a headline is nothing but the line with its link."""
    return len(found) == 1 and found[0].level > BOLD and columns(lead.words) >= _HEADLINE


def _childless(outline: Outline, lead: Lead, end: int, found: Sequence[Found]) -> list[Found]:
    """The story that a section's heading is itself, where the section holds no other.

    Beside stories without headings, only one of them may be told again.
    """
    if lead.level >= BOLD or any(other.level <= BOLD for other in outline.between(lead.at + 1, end)):
        return []
    told = under(outline, lead, end)
    listed = {item.url for one in found if not one.level for item in one.items if item.url}
    return [told] if 0 < found[0].level < BOLD or told.items[0].url in listed else []


# --- Told twice --------------------------------------------------------------------------------------------------

_MOSTLY = 0.6
"""Of a list's stories that must be told elsewhere in the post for it to be an overview."""

_SHORTEST_NAME = 4
"""Characters of a title by which an overview may be told."""


def _without_repeats(outline: Outline, found: list[Found]) -> list[Found]:
    """Less the lists that only repeat what stands elsewhere: a story is counted where it is told."""
    if len(found) == 1:
        return found
    kept = list(found)
    names = {one.at: [_names(item) for item in one.items] for one in found}
    told = Counter(name for one in found for name in set().union(*names[one.at]))
    for one in sorted(found, key=lambda one: one.score):
        own = Counter(name for name in set().union(*names[one.at]))
        again = sum(any(told[name] > own[name] for name in item) for item in names[one.at])
        if one.level or len(one.items) < 2 or len(kept) < 2:  # noqa: PLR2004 - one is no list
            continue
        if again >= len(one.items) * _MOSTLY or _is_overview(outline, one, kept):
            kept.remove(one)
            told -= own
    return kept


def _told_once(found: list[Found]) -> list[Found]:
    """Each story where it is told first, with the words of where it is told again; there it is no story once more."""
    if len(found) == 1:
        return found
    told = list(found)
    places: dict[str, tuple[int, int]] = {}
    for at, one in enumerate(found):
        first = _told_first(told, places, one)
        if first:
            told[first[0]] = _with_words(told[first[0]], first[1], one.items[0])
            told[at] = replace(one, items=())
        else:
            for index, item in enumerate(one.items):
                places.setdefault(item.url or "", (at, index))
    return told


def _told_first(told: Sequence[Found], places: Mapping[str, tuple[int, int]], one: Found) -> tuple[int, int] | None:
    """Where the one story of a lead was told before: in a list, or by another lead of the same words."""
    if not one.level or len(one.items) > 1 or not one.items[0].url:
        return None
    place = places.get(one.items[0].url)
    if place is None:
        return None
    before = told[place[0]]
    return place if not before.level or _begin_alike(before.items[place[1]].title, one.items[0].title) else None


def _begin_alike(one: Spans, other: Spans) -> bool:
    """Whether two titles say the same until one of them adds something: a rank, a remark."""
    first, second = ("".join(filter(str.isalnum, plain(title))).casefold() for title in (one, other))
    length = min(len(first), len(second))
    alike = next((at for at in range(length) if first[at] != second[at]), length)
    return alike >= length * _MOSTLY


def _with_words(found: Found, index: int, again: Item) -> Found:
    """The found stories, one of them with what is told of it again; another title is told as well."""
    item = found.items[index]
    title: Blocks = () if _names(item) >= _names(again) else (Paragraph((Bold(again.title),)),)
    longer = replace(item, body=(*item.body, *title, *again.body))
    return replace(found, items=(*found.items[:index], longer, *found.items[index + 1 :]))


def _names(item: Item) -> set[str]:
    """By what a story may be told again: its link, its title."""
    title = "".join(filter(str.isalnum, plain(item.title))).casefold()
    return {name for name in (item.url or "", title if len(title) >= _SHORTEST_NAME else "") if name}


def _is_overview(outline: Outline, one: Found, found: Sequence[Found]) -> bool:
    above = outline.leads.get(one.at - 1)
    others = sum(len(other.items) for other in found if other is not one)
    return above is not None and is_overview(above.words) and others >= len(one.items)


# --- What stands around the stories ------------------------------------------------------------------------------


def _divided(outline: Outline, found: Sequence[Found]) -> Division:
    """The division that the found stories make."""
    intro, section = _opening(outline, found[0].at)
    items: list[Item] = []
    for one, following in zip(found, [*found[1:], None], strict=True):
        items += _in_section(one.items, section)
        kept = () if one.items else section
        section = kept + edged(outline.blocks(one.end, following.at if following else len(outline.placed)))
    return Division(intro=intro, items=tuple(items), commentary=section)


def _led_by_their_own(found: Sequence[Found]) -> list[Found]:
    """A link that several items of lists have is none of them's own: each leads to its first other one, if any."""
    urls = Counter(item.url for one in found if not one.level for item in one.items)
    shared = {url for url, count in urls.items() if count > 1 and url}
    titles = Counter(plain(item.title) for one in found if not one.level for item in one.items)
    again = {title for title, count in titles.items() if count > 1}
    return [one if one.level or not shared else _led_elsewhere(one, shared, again) for one in found]


def _led_elsewhere(found: Found, shared: AbstractSet[str], again: AbstractSet[str]) -> Found:
    """The stories with links of their own; those of which several are called the same, by their whole line."""
    items = (
        called_by_its_line(item) if item.url in shared and plain(item.title) in again else item for item in found.items
    )
    return replace(found, items=tuple(led_elsewhere(item, shared.__contains__) for item in items))


def _in_section(items: Sequence[Item], section: Blocks) -> Iterator[Item]:
    """The items, the first with what stands before it."""
    for index, item in enumerate(items):
        yield item if index or not section else replace(item, section=section + item.section)


def _opening(outline: Outline, first: int) -> tuple[Blocks, Blocks]:
    """The intro, and the headings right above the first story, which name its section."""
    start = first
    while start and start - 1 in outline.leads and outline.leads[start - 1].level <= BOLD:
        start -= 1
    return edged(outline.blocks(0, start)), edged(outline.blocks(start, first))
