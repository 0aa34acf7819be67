"""A post's blocks, looked at once: which of them begin something, how far it reaches, and what leads anywhere."""

from __future__ import annotations

import functools
import itertools
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from digest.leads import BOLD, Lead, leads_of
from digest.lists import items_in
from digest.markdown import Placed
from digest.richtext import Block, Blocks, Paragraph, Rule, links, plain
from digest.signs import is_boilerplate, is_commentary, names_source
from digest.story import Item, lines_of

MOST_LEAD = 0.6
"""Of the stories of one level that must lead somewhere for the others to be measured by them."""


@dataclass(frozen=True, kw_only=True)
class Outline:
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
    def of(cls, placed: Sequence[Placed]) -> Outline:
        """The outline of these blocks."""
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
        return frozenset(level for level, leads in by_level(self.leads.values()).items() if most_lead(self, leads))

    @functools.cached_property
    def holding(self) -> frozenset[int]:
        """The levels of headings of which one has several others below it, most of which lead somewhere."""
        found: set[int] = set()
        for lead in self.leads.values():
            if lead.level < BOLD and lead.level not in found:
                below = by_level(self.between(lead.at + 1, self.ends[lead.at]))
                if any(len(inner) > 1 and level < BOLD and level in self.leading for level, inner in below.items()):
                    found.add(lead.level)
        return frozenset(found)

    @functools.cached_property
    def first_heading(self) -> int:
        """Where the first heading stands, or the end."""
        return next((at for at, lead in self.leads.items() if lead.level < BOLD), len(self.placed))

    def blocks(self, start: int, end: int) -> list[Block]:
        """The blocks from `start` to before `end`."""
        return [one.block for one in self.placed[start:end]]

    def weight(self, start: int, end: int) -> int:
        """The weight of the blocks from `start` to before `end`."""
        return self.weights[end] - self.weights[start]

    def items(self, at: int) -> tuple[Item, ...]:
        """The stories that a list or a table holds."""
        if at not in self.listed:
            self.listed[at] = () if self._lists_sources(at) else items_in(self.placed[at])
        return self.listed[at]

    def _lists_sources(self, at: int) -> bool:
        """Whether the line above a list says that it holds the sources of what was told."""
        above = self.placed[at - 1].block if at else None
        return isinstance(above, Paragraph) and names_source(plain((lines_of(above.spans) or [()])[-1]))

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


def most_lead(outline: Outline, leads: Sequence[Lead]) -> bool:
    """Whether most of the leads have a link, or one below them."""
    return sum(lead.at in outline.linked for lead in leads) >= len(leads) * MOST_LEAD


def by_level(leads: Iterable[Lead]) -> Mapping[int, list[Lead]]:
    """The leads of each level, in order."""
    found: dict[int, list[Lead]] = {}
    for lead in leads:
        found.setdefault(lead.level, []).append(lead)
    return found


def edged(blocks: Sequence[Block]) -> Blocks:
    """The blocks without the rules at their ends: those only part."""
    start, end = 0, len(blocks)
    while start < end and isinstance(blocks[start], Rule):
        start += 1
    while start < end and isinstance(blocks[end - 1], Rule):
        end -= 1
    return tuple(blocks[start:end])
