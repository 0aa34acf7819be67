"""How a post's blocks fall into intro, stories, sections and commentary.

Publishers write stories in different shapes. Each shape is a small recogniser that finds the blocks which hold
stories; what stands around them is then divided the same way for all, and the candidate that explains most of the
text is taken. Every block of the post ends up in exactly one place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from digest.markdown import Placed
from digest.richtext import Block, Blocks, Heading, List, Paragraph, Rule, Spans, plain
from digest.story import Item, holds_link, item_of, joined, leads_with_bold, leads_with_link, lines_of, unnumbered

_LEAST_SHARE = 0.2
"""Of a post's weight that its stories must hold. Below it they are a list within an essay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """A post, divided. Without items the intro holds everything."""

    intro: Blocks = ()
    items: tuple[Item, ...] = ()
    commentary: Blocks = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A block (by its index) that holds stories; `level` is that of a heading."""

    at: int
    items: tuple[Item, ...]
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A way to write stories.

    `trust` weighs candidates that explain as much as each other. What follows a story belongs to it if the shape
    `owns` it; a list's items have their bodies inside.
    """

    name: str
    find: Callable[[Sequence[Placed]], Iterator[_Found]]
    trust: float
    owns: bool = False


def divide(placed: Sequence[Placed]) -> Division:
    """The best division of the blocks: by the shape that explains most of them, or no stories where none does."""
    best, best_score = Division(intro=_edged([one.block for one in placed])), _LEAST_SHARE
    whole = sum(one.weight for one in placed) or 1
    for shape in SHAPES:
        found = list(shape.find(placed))
        if not found:
            continue
        division, held = _divided(placed, found, shape)
        score = shape.trust * held / whole
        if score > best_score:
            best, best_score = division, score
    return best


# --- What stands around the stories ------------------------------------------------------------------------------


def _divided(placed: Sequence[Placed], found: Sequence[_Found], shape: Shape) -> tuple[Division, int]:
    """The division that the found stories make, and the weight of the blocks that they hold."""
    blocks = [one.block for one in placed]
    intro, section = _opening(blocks[: found[0].at])
    adopts = _Adoption.among(found)
    items: list[Item] = []
    held = 0
    for one, following in zip(found, [*found[1:], None], strict=True):
        gap = blocks[one.at + 1 : following.at if following else len(blocks)]
        owns = shape.owns or adopts.below(one, following)
        reach = _reach(gap, one, shape, last=following is None) if owns else 0
        held += sum(block.weight for block in placed[one.at : one.at + 1 + reach])
        items += _in_section(one.items, section, _edged(gap[:reach]))
        section = _edged(gap[reach:])
    return Division(intro=intro, items=tuple(items), commentary=section), held


def _in_section(items: Sequence[Item], section: Blocks, body: Blocks) -> list[Item]:
    """The items, the first with what stands before it, the last with what of its body stands below it."""
    inside = list(items)
    if section:
        inside[0] = replace(inside[0], section=section)
    if body:
        inside[-1] = replace(inside[-1], body=inside[-1].body + body)
    return inside


def _opening(blocks: Sequence[Block]) -> tuple[Blocks, Blocks]:
    """The intro, and the headings right above the first story, which name its section."""
    end = len(blocks)
    while end and isinstance(blocks[end - 1], Heading):
        end -= 1
    return _edged(blocks[:end]), _edged(blocks[end:])


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


def _reach(gap: Sequence[Block], one: _Found, shape: Shape, *, last: bool) -> int:
    """How many blocks of the gap behind a story are its body."""
    for index, block in enumerate(gap):
        if isinstance(block, Rule) and (last or not shape.owns):
            return index
        if isinstance(block, Heading) and (not one.level or block.level <= one.level or (last and _comments(block))):
            return index
    return len(gap)


_COMMENTARY_NAMES = (
    *(
        "点评",
        "點評",
        "锐评",
        "短评",
        "编者按",
        "编辑点评",
        "行业洞察",
        "洞察",
        "总结",
        "总评",
        "小结",
        "结语",
        "写在最后",
        "我的看法",
    ),
    *(
        "思考",
        "启发",
        "对我们的启发",
        "观点",
        "今日观点",
        "take",
        "our take",
        "my take",
        "takeaways",
        "commentary",
        "comment",
    ),
    *("analysis", "editor['’]s note", "closing thoughts", "final thoughts", "conclusion"),
)
_COMMENTARY = re.compile("|".join(_COMMENTARY_NAMES), re.IGNORECASE)


def _comments(heading: Heading) -> bool:
    return _COMMENTARY.fullmatch(plain(heading.spans).strip(" \t\u3000:：-—·#*")) is not None


def _edged(blocks: Sequence[Block]) -> Blocks:
    """The blocks without the rules at their ends: those only part."""
    start, end = 0, len(blocks)
    while start < end and isinstance(blocks[start], Rule):
        start += 1
    while start < end and isinstance(blocks[end - 1], Rule):
        end -= 1
    return tuple(blocks[start:end])


# --- Shapes ------------------------------------------------------------------------------------------------------


def _lists(*, ordered: bool, fits: Callable[[Spans], bool]) -> Callable[[Sequence[Placed]], Iterator[_Found]]:
    """The recogniser of lists most of whose items begin as `fits` says."""

    def find(placed: Sequence[Placed]) -> Iterator[_Found]:
        for at, one in enumerate(placed):
            block = one.block
            if not isinstance(block, List) or (block.start is not None) is not ordered:
                continue
            fitting = sum(fits(_head(item)) for item in block.items)
            if fitting and fitting * 2 >= len(block.items):
                yield _Found(at=at, items=tuple(_listed(block, one.items)))

    return find


def _head(item: Blocks) -> Spans:
    return item[0].spans if item and isinstance(item[0], Paragraph) else ()


def _listed(block: List, lines: Sequence[int]) -> Iterator[Item]:
    for index, (item, line) in enumerate(zip(block.items, lines, strict=True)):
        number = None if block.start is None else block.start + index
        head = _head(item)
        yield item_of(head, item[1:] if head else item, line=line, number=number)


def _headings(placed: Sequence[Placed]) -> Iterator[_Found]:
    """S4: a heading that is a link, numbered or not, with its body below."""
    for at, one in enumerate(placed):
        if isinstance(one.block, Heading):
            number, head = unnumbered(one.block.spans)
            if leads_with_link(head):
                yield _Found(at=at, items=(item_of(head, (), line=one.line, number=number),), level=one.block.level)


def _numbered_paragraphs(placed: Sequence[Placed]) -> Iterator[_Found]:
    """S9: paragraphs that count themselves, which Markdown does not know as a list."""
    found = [one for at, block in enumerate(placed) if (one := _numbered_paragraph(at, block))]
    if sum(len(one.items) for one in found) > 1:
        yield from found


def _numbered_paragraph(at: int, placed: Placed) -> _Found | None:
    if not isinstance(placed.block, Paragraph):
        return None
    items: list[Item] = []
    line = placed.line
    entry: list[Spans] = []
    for spans in lines_of(placed.block.spans):
        if unnumbered(spans)[0] is None:
            if not entry:
                return None
        elif entry:
            items.append(_entry(entry, line))
            line += len(entry)
            entry = []
        entry.append(spans)
    if entry:
        items.append(_entry(entry, line))
    return _Found(at=at, items=tuple(items)) if items else None


def _entry(lines: Sequence[Spans], line: int) -> Item:
    number, head = unnumbered(lines[0])
    return item_of(joined([head, *lines[1:]]), (), line=line, number=number)


SHAPES = (
    Shape(name="S1", find=_lists(ordered=True, fits=leads_with_link), trust=1.0),
    Shape(name="S2", find=_lists(ordered=True, fits=leads_with_bold), trust=1.0),
    Shape(name="S4", find=_headings, trust=1.0, owns=True),
    Shape(name="S6", find=_lists(ordered=False, fits=leads_with_link), trust=0.9),
    Shape(name="S8", find=_lists(ordered=False, fits=holds_link), trust=0.8),
    Shape(name="S9", find=_numbered_paragraphs, trust=0.95, owns=True),
)
"""The shapes that are known, named as the survey of real posts names them."""
