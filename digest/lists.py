"""The stories in a list or a table: an item each, a nested item each where the list only groups, or a row each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from digest.markdown import Placed
from digest.richtext import (
    Blocks,
    Bold,
    Break,
    Link,
    List,
    Paragraph,
    Quote,
    Spans,
    Table,
    Text,
    in_a_row,
    links,
    links_in,
    plain,
    split_spans,
)
from digest.signs import is_address, is_boilerplate, is_credit, is_fact, is_label
from digest.story import LED, LINKED, UNTITLED, Item, item_of, leads, leads_with_bold, leads_with_link
from digest.writing import columns

_LEAST_LINKED = 0.5
"""Of a list's items that must have a link or a title, unless they are numbered."""

_LONGEST_GROUP = 60
"""Characters of an item that names a group of stories nested below it."""

UNMARKED = 0.25
"""How surely an item with neither number nor title nor link is a story."""


def items_in(placed: Placed) -> tuple[Item, ...]:
    """The stories that a block lists; none where it is no list or table, or its items do not look like stories."""
    items = _items(placed)
    return () if _names_no_stories(items) else items


_LONGEST_NAME = 40
"""Columns of a title that may only say how to subscribe, or that there is a link."""


def _names_no_stories(items: Sequence[Item]) -> bool:
    """Whether most items only say how to subscribe, or that there is a link."""
    short = [words for item in items if columns(words := plain(item.title)) <= _LONGEST_NAME]
    return len(short) * 2 > len(items) and sum(map(_names_no_story, short)) * 2 > len(items)


def _names_no_story(title: str) -> bool:
    return is_boilerplate(title) or (is_label(title) and not is_address(title))


def _items(placed: Placed) -> tuple[Item, ...]:
    match placed.block:
        case List() as block:
            return _without_credits(tuple(_without_rest(_listed(block, placed))))
        case Quote((List() as block,)):
            return tuple(_listed(block, replace(placed, items=())))
        case Table() as table:
            return tuple(_rows(table, placed.line))
        case _:
            return ()


# --- Lists -------------------------------------------------------------------------------------------------------


def _listed(block: List, placed: Placed) -> Iterator[Item]:
    label = _common_label(block)
    if names_facts(block) and not label:
        return
    fields = _repeated(_label(inner) for item in block.items for inner in _nested(item))
    grouped = [None if _are_fields(_nested(item), fields) else _grouped(item) for item in block.items]
    led = sum(any(links_in(_head(item))) for item in block.items) * 2 > len(block.items)
    grouped = [None] * len(block.items) if led else grouped
    groups = any(grouped)
    lines = placed.items or (placed.line,) * len(block.items)
    for index, (item, nested, line) in enumerate(zip(block.items, grouped, lines, strict=False)):
        inside = nested or (_small_group(item) if groups else None)
        if inside:
            yield from _group(item[: item.index(inside)], inside, line)
        else:
            number = None if block.start is None else block.start + index
            yield _item(_unlabelled(item, label) if label else item, line, number)


_REST = re.compile(
    r"\W*(?:(?:\.{3}|…).*|(?:plus|and) \d+ (?:more|other).*|no .{1,40} this (?:week|month|time)\W*)", re.IGNORECASE
)


def _nested(item: Blocks) -> tuple[Blocks, ...]:
    """The items of the list that an item ends with."""
    match item[-1] if item else None:
        case List(items):
            return items
        case _:
            return ()


_LABEL = re.compile(r"\s*([^:：\n]{1,16})[:：]")


def _label(item: Blocks) -> str:
    """The word before a colon that an item begins with in bold, as a form's fields do."""
    head = _head(item)
    match head[0] if head else None:
        case Bold(spans):
            found = _LABEL.match(plain(head))
            return found[1].strip() if found and len(plain(spans)) <= len(found[0]) else ""
        case _:
            return ""


def _common_label(block: List) -> str:
    """The label that most items begin with, where each names something of its own behind it; else none."""
    label = next(iter(_repeated(map(_label, block.items), least=max(1, len(block.items) / 2))), "")
    named = sum(any(_names(plain(link.spans)) for link in links_in(_head(item))) for item in block.items)
    return label if named * 2 > len(block.items) or not is_fact(label) else ""


def _repeated(labels: Iterable[str], least: float = 1) -> frozenset[str]:
    """The labels that stand more often than `least`."""
    return frozenset(label for label, count in Counter(filter(None, labels)).items() if count > least)


def _are_fields(items: Sequence[Blocks], fields: frozenset[str]) -> bool:
    """Whether most of these items are fields that other items have as well."""
    return sum(_label(item) in fields for item in items) * 2 > len(items)


def _unlabelled(item: Blocks, label: str) -> Blocks:
    """An item without the label that its fellows have as well: what follows is its title."""
    if _label(item) != label:
        return item
    head = _head(item)
    found = _LABEL.match(plain(head))
    rest = split_spans(head, found.end())[1] if found else head
    rest = split_spans(rest, len(plain(rest)) - len(plain(rest).lstrip()))[1]
    return (Paragraph(rest), *item[1:]) if plain(rest).strip() else item


def _without_rest(items: Iterable[Item]) -> Iterator[Item]:
    """The items, with one that only says how many more there were told by the one before it."""
    last: Item | None = None
    for item in items:
        if last and item.url is None and _REST.fullmatch(plain(item.title)):
            last = replace(last, body=(*last.body, Paragraph(item.title), *item.body))
        else:
            if last:
                yield last
            last = item
    if last:
        yield last


def _without_credits(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The items; the last that is a story is told with those behind it that only say who made the list."""
    end = len(items)
    while end > 1 and is_credit(plain(items[end - 1].title)):
        end -= 1
    below = tuple(block for item in items[end:] for block in (_credit(item), *item.body))
    return (*items[: end - 1], replace(items[end - 1], body=items[end - 1].body + below)) if below else items


def _credit(item: Item) -> Paragraph:
    return Paragraph((Link(item.title, item.url),) if item.url else item.title)


def _item(item: Blocks, line: int, number: int | None) -> Item:
    head = _head(item)
    told = item_of(head, item[1:] if head else item, line=line, number=number)
    return replace(told, trust=UNMARKED) if number is None and told.trust == UNTITLED else told


def _head(item: Blocks) -> Spans:
    return item[0].spans if item and isinstance(item[0], Paragraph) else ()


def _grouped(item: Blocks) -> List | None:
    """The list within an item whose own words only name the group."""
    head = _head(item)
    if not item or not isinstance(item[-1], List) or any(links_in(head)) or len(plain(head)) > _LONGEST_GROUP:
        return None
    nested = item[-1]
    linked = sum(_has_link(inner) for inner in nested.items)
    if linked < 2 or linked < len(nested.items) * _LEAST_LINKED or names_facts(nested):  # noqa: PLR2004 - one is a reference
        return None
    named = sum(any(links_in(_head(inner))) and leads(_head(inner)) for inner in nested.items)
    return nested if named * 2 >= linked or not leads_with_bold(head) else None


def _small_group(item: Blocks) -> List | None:
    """The list of a single story within an item, where other items of the list name groups."""
    head = _head(item)
    match item[-1] if item else None:
        case List((inner,)) as nested if leads_with_link(_head(inner)) and not any(links_in(head)):
            return nested
        case _:
            return None


def _group(words: Blocks, nested: List, line: int) -> Iterator[Item]:
    inside = tuple(_listed(nested, Placed(block=nested, line=line, weight=0)))
    for index, item in enumerate(inside):
        yield item if index else replace(item, section=(*words, *item.section))


def _has_link(item: Blocks) -> bool:
    return next(links(item), None) is not None


_FACT_NAME = re.compile(r"\s*(?:[^\w\s]\ufe0f?\s*)?([^:：]{1,24})[:：]")


def names_facts(block: List) -> bool:
    """Whether the items only tell facts about one story: its source, its author, its date."""
    named = sum(_is_fact(plain(_head(item))) for item in block.items)
    return named * 2 > len(block.items)


def _is_fact(words: str) -> bool:
    found = _FACT_NAME.match(words)
    return found is not None and is_fact(found[1])


# --- Tables ------------------------------------------------------------------------------------------------------


def _rows(table: Table, line: int) -> Iterator[Item]:
    linked = sum(any(any(links_in(cell)) for cell in row) for row in table.rows)
    if linked < max(2, len(table.rows) * _LEAST_LINKED):
        return
    for place, row in enumerate(table.rows):
        if any(plain(cell).strip() for cell in row):
            yield _row(table.header, row, line + 2 + place)


def _row(header: Sequence[Spans], row: Sequence[Spans], line: int) -> Item:
    """The story of a row: the cell that names it is the title, the other cells are told below under their heads."""
    at = _naming(header, row)
    told = item_of(row[at], (), line=line, number=_count(row[0]) if at else None)
    url = told.url or next((link.url for cell in row for link in links_in(cell)), None)
    skip = {at, 0} if told.number is not None else {at}
    rest = [
        _cell(header[place] if place < len(header) else (), cell)
        for place, cell in enumerate(row)
        if place not in skip and plain(cell).strip() and not _repeats(cell, url)
    ]
    body: Blocks = (*told.body, Paragraph(in_a_row(rest))) if rest else told.body
    trust = LINKED if told.trust == LINKED else LED if url else UNTITLED
    return replace(told, url=url, body=body, trust=trust)


_TITLE = re.compile(
    r"\W*(?:.*title|.*titel|titre|headline|名称|名字|.*标题|標題|项目|项目名称?|仓库|新闻|文章|タイトル|name|repo(?:sitory)?|project)\W*",
    re.IGNORECASE,
)


def _naming(header: Sequence[Spans], row: Sequence[Spans]) -> int:
    """The cell that names the story: under «title», else with a link that is no label, else what says most."""
    for place, head in enumerate(header[: len(row)]):
        if len(plain(head)) <= _LONGEST_GROUP and _TITLE.fullmatch(plain(head)) and plain(row[place]).strip():
            return place
    for place, cell in enumerate(row):
        if any(_names(plain(link.spans)) for link in links_in(cell)):
            return place
    return max(range(len(row)), key=lambda place: _said(row[place]))


def _names(words: str) -> bool:
    return not is_label(words) and any(map(str.isalpha, words))


def _said(cell: Spans) -> int:
    """How many letters a cell says beside its links."""
    return sum(map(str.isalpha, plain(tuple(span for span in cell if not isinstance(span, Link)))))


def _count(cell: Spans) -> int | None:
    words = plain(cell).strip().strip("#.、")
    return int(words) if words.isascii() and words.isdigit() and len(words) <= 3 else None  # noqa: PLR2004 - digits


def _repeats(cell: Spans, url: str | None) -> bool:
    """Whether a cell only leads where the title leads."""
    found = list(links_in(cell))
    return len(found) == 1 and found[0].url == url and is_label(plain(found[0].spans)) and _only(cell, found[0])


def _only(cell: Spans, link: Link) -> bool:
    return is_label(plain(cell).replace(plain(link.spans), "", 1))


def _cell(head: Spans, cell: Spans) -> Spans:
    """A cell under its head: «Stars: 120»."""
    name = plain(head).strip()
    flat = tuple(Text(" ") if isinstance(span, Break) else span for span in cell)
    return (Text(f"{name}: "), *flat) if name else flat
