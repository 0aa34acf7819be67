"""One story out of the blocks that tell it: number, title, link, body."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from digest.richtext import (
    Block,
    Blocks,
    Bold,
    Break,
    Code,
    CodeBlock,
    Italic,
    Link,
    List,
    Paragraph,
    Span,
    Spans,
    Strike,
    Text,
    in_a_row,
    lines,
    links,
    links_in,
    plain,
    plain_blocks,
    split_spans,
)
from digest.signs import is_address, is_label, is_source, names_source
from digest.writing import columns, is_cjk


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A story as it was found, on its line; `section` stands between the story before it and this one.

    `trust`, from 0 to 1, says how surely it is a story by its own looks.
    """

    title: Spans
    line: int
    number: int | None = None
    url: str | None = None
    body: Blocks = ()
    section: Blocks = ()
    trust: float = 1.0


def lines_of(spans: Spans) -> list[Spans]:
    """The spans, parted at their breaks."""
    lines: list[list[Span]] = [[]]
    for span in spans:
        if isinstance(span, Break):
            lines.append([])
        else:
            lines[-1].append(span)
    return [tuple(line) for line in lines if line]


def joined(lines: Sequence[Spans]) -> Spans:
    """The lines with breaks between them."""
    spans: list[Span] = []
    for line in lines:
        spans += (Break(), *line) if spans else line
    return tuple(spans)


_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_HAN = "一二三四五六七八九十"
_NUMBER = re.compile(
    r"[\s#＃]*(?:(?:no\.?\s*|第)?(?:(\d{1,3})\s*(?:[、，．）)：]|[.:](?=\D|$))|(\d{1,2})\ufe0f?\u20e3|(\d{1,3})(?=[条则]?\s*[|｜]))|no\.\s*(\d{1,3})(?=\s)"
    rf"|[（(【\[]\s*(\d{{1,3}})\s*[）)】\]][、.．]?|([{_CIRCLED}])[、.．]?"
    rf"|[（(]([{_HAN}]{{1,3}})[）)]、?|(?:第)?([{_HAN}]{{1,3}})[、．])\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A line that counts itself: its number, the line without it, and whether the number is spelled in Chinese."""

    number: int
    spans: Spans
    han: bool = False


def numbered(spans: Spans) -> Numbered | None:
    """The number that a line counts itself by; None when it does not, or when the number is a link of its own."""
    found = _NUMBER.match(plain(spans[:2]))
    if found is None:
        return None
    mark, rest = split_spans(spans, found.end())
    if {link.url for link in links_in(mark)} - {link.url for link in links_in(rest)}:
        return None
    *arabic, circled, han, ordinal = found.groups()
    if any(arabic):
        return Numbered(number=int(next(filter(None, arabic))), spans=rest)
    if circled:
        return Numbered(number=_CIRCLED.index(circled) + 1, spans=rest)
    return Numbered(number=_from_han(han or ordinal), spans=rest, han=True)


def _from_han(written: str) -> int:
    """十 is 10, 十二 is 12, 二十 is 20, 二十一 is 21."""
    tens, ten, ones = written.rpartition("十")
    if not ten:
        return _HAN.index(written[-1]) + 1
    return (_HAN.index(tens[-1]) + 1 if tens else 1) * 10 + (_HAN.index(ones[0]) + 1 if ones else 0)


_SEPARATORS = " \t\u3000:：-–—|｜·•,，、。.;；"
_CONTINUES = re.compile(r"(?!(?:by|via|from|par|von|por)\s)\w")
_ENDS_ITSELF = re.compile(r".*\w.*[:：。！？!?]\s*", re.DOTALL)
_SHORTEST_TITLE = {Link: 20, Bold: 8}
"""Characters. What is shorter and runs on into the sentence is a mention, not a title."""

_ANNOUNCED = re.compile(r"[^:：。！？!?\n]{4,48}(?:：|:(?= ))")
"""A title that a colon parts from what is told of it."""

_LONGEST_TITLE = 80
"""Characters. Of a longer text without a title, the first sentence is the title."""

_SENTENCE_END = re.compile(r"[。！？!?；;]+[”’」』）)]*|(?<=[^\W\d])\.(?=\s)")
_OPENING, _CLOSING = " \t\u3000\xa0(（[【「《:：|｜—–-,，、;；", re.compile(r"[\s)）\]】」》。.]*")
_PUNCTUATED = re.compile(r"\s*(?:[。，、；：！？）)\]】」》.,;:!?]|\Z)")
_ANNOUNCES = re.compile(
    r"(?:(?:更多)?(?:详情|細節|细节|全文|原文|报道|链接|内容)[可请]{0,2}(?:参见|见|查看|看|参阅|阅|参考)|[可请]?(?:详见|参见|参阅)"
    r"|请(?:见|看|查看|参考|戳)|(?<!\w)(?:见|via|read more(?: at)?|more at)"
    r"|(?<=[(（,，。.;；:：—–])\s*(?:see(?: also)?|details(?: at| in)?))\Z",
    re.IGNORECASE,
)
"""How words end that only say that an address follows."""

_LONGEST_ANNOUNCED = 24
"""Characters of such words."""


LINKED, LED, TOLD = 1.0, 0.95, 0.85
"""How surely an item is a story: its title is a link; it has a title and a link; it has a link."""

UNLINKED, UNTITLED = 0.6, 0.4
"""The same without any link: with a title in bold, and without one."""


def item_of(head: Spans, rest: Blocks, *, line: int, number: int | None) -> Item:
    """The story that a first paragraph and what follows it tell."""
    first, *more = lines_of(head) or [()]
    below: Blocks = (Paragraph(joined(more)), *rest) if more else rest
    lead = _lead(first)
    item = _titled(lead, below) if lead else _told(first, below)
    body = without_pointers(_in_one(item.body, below) if more else item.body, item.url)
    if not lead and body and is_address(plain(item.title)):
        words, body = _first_words(body)
        item = replace(item, title=words or item.title)
    title = item.title if plain(item.title).strip() else (Text(_stand_in(item)),)
    return replace(item, title=title, line=line, number=number, body=body)


def _in_one(body: Blocks, below: Blocks) -> Blocks:
    """The body with what stands behind the title and on the lines below it in one paragraph, as it was written."""
    match body:
        case (Paragraph(tail), Paragraph(lines) as second, *rest) if second is below[0]:
            return (Paragraph((*tail, Break(), *lines)), *rest)
        case _:
            return body


def _first_words(body: Blocks) -> tuple[Spans, Blocks]:
    """The words of a story that begins with its address, and the body without them."""
    match body:
        case (Paragraph(spans), *rest) if not any(links_in(spans)):
            first, *more = lines_of(spans)
            return first, ((Paragraph(joined(more)),) if more else ()) + tuple(rest)
        case (List(((Paragraph(spans), *inner), *others), start), *rest) if not any(links_in(spans)):
            kept = (*inner, *((List(tuple(others), start),) if others else ()))
            return spans, (*kept, *rest)
        case _:
            return (), body


def headed(head: Spans, rest: Blocks, *, line: int, number: int | None, deep: bool = False) -> Item:
    """The story under a heading or a line of its own: all of its words are the title, unless it begins with a link.

    `deep` says that it is a heading of a level at which chapters of an essay rarely are.
    """
    if leads_with_link(head) and not _goes_on(head):
        return item_of(head, rest, line=line, number=number)
    first, *more = lines_of(head) or [()]
    below: Blocks = (Paragraph(joined(more)), *rest) if more else rest
    own = next(links_in(first), None)
    url, trust = (own.url, LINKED) if own else pointed(below)
    if url is None and _reads_like_news(first, below, deep=deep):
        trust = UNTITLED
    title = _bare(_without_links(_without_kind(first) or _without_label(first, url)))
    body = _body(first, (), below, url)
    return Item(
        title=title or (Text(url or "…"),),
        url=url,
        body=without_pointers(body, url),
        line=line,
        number=number,
        trust=trust,
    )


_KIND = re.compile(r"[^｜|]{1,16}[｜|]\s*")


def _without_kind(line: Spans) -> Spans:
    """The link that a heading ends with, where only the kind of the story stands before it: «1.1 Tools｜[Title](…)»."""
    match line:
        case (Text(kind), Link() as link) if _KIND.fullmatch(kind) and not is_label(plain(link.spans)):
            return link.spans
        case _:
            return ()


_LONGEST_TAIL = 60
"""Characters behind a heading's link that are still its title."""


def _goes_on(head: Spans) -> bool:
    """Whether a heading's title goes on behind its link: «[Project] v0.2 is out», but not «[Project] (12 points)»."""
    line = next(iter(lines_of(head)), ())
    lead = _lead(line)
    tail = plain(lead[2]).strip() if lead else ""
    more = any(True for _ in links_in(lead[2])) if lead else False
    return bool(tail) and not more and len(tail) <= _LONGEST_TAIL and not tail.startswith(("(", "（", "[", "|", "｜"))


_SHORTEST_HEADLINE = 20
"""Columns of a heading that reads like a headline rather than like a chapter's name."""


def _reads_like_news(title: Spans, body: Blocks, *, deep: bool) -> bool:
    """Whether a heading that leads nowhere is a headline over a few words, and no chapter of an essay."""
    words = plain(title).strip()
    chapter = (columns(words) < _SHORTEST_HEADLINE and not deep) or words.endswith(("?", "？"))
    return not chapter and 0 < len(plain_blocks(body)) <= _SHORT_BODY


_SHORT_BODY, _LONG_BODY = 600, 2400
"""Characters. A short text around several links is a story with its sources, a long one a chapter of an essay."""


def pointed(blocks: Blocks) -> tuple[str | None, float]:
    """Where a titled body leads, and how surely that makes it a story.

    It leads to the link that says «source» or has a line for itself, else to its only link, else to the first.
    """
    found = list(links(blocks))
    told = list(lines(blocks))
    pointer = next(filter(None, map(_source, told)), None) or next(filter(None, map(_pointer, told)), None)
    if pointer:
        return pointer, LED
    if len({link.url for link in found}) == 1:
        return found[0].url, TOLD
    if not found and (written := _in_code(blocks)):
        return written, TOLD
    length = len(plain_blocks(blocks))
    long = min(1.0, max(0.0, (length - _SHORT_BODY) / (_LONG_BODY - _SHORT_BODY)))
    if found:
        return found[0].url, 0.6 - 0.4 * long
    return None, 0.2 - 0.15 * long


def _source(line: Spans) -> str | None:
    """Where a line leads that says that this is where the story comes from."""
    for link in links_in(line):
        before, _, _ = plain(line).partition(plain(link.spans))
        if is_source(plain(link.spans)) or is_source(before):
            return link.url
    return None


def _pointer(line: Spans) -> str | None:
    """Where a line leads that says «source», or nothing but where it leads."""
    found = list(links_in(line))
    named = ((link.url, plain(link.spans)) for link in found)
    labelled = next((url for url, words in named if is_label(words) or names_source(words)), None)
    if labelled or not found:
        return labelled
    words, shown = plain(line), plain(found[0].spans)
    before, _, after = words.partition(shown)
    alone = is_label(before.strip()) and not after.strip(_SEPARATORS)
    return found[0].url if alone else None


_IN_CODE = re.compile(r"https?://[^\s<>\"'`]{4,}")


def _in_code(blocks: Blocks) -> str | None:
    """The first address that stands in a block of code, where some keep their sources."""
    found = (_IN_CODE.search(block.text) for block in blocks if isinstance(block, CodeBlock))
    return next((written[0] for written in found if written), None)


def led_elsewhere(item: Item, avoided: Callable[[str], bool]) -> Item:
    """The story with its first link that is not `avoided`, where its own is; the link that it had stays in its body."""
    if item.url is None or not avoided(item.url):
        return item
    other = next((link.url for link in links(item.body) if not avoided(link.url) and not names_person(link)), None)
    if other is None:
        return item
    kept = () if any(link.url == item.url for link in links(item.body)) else (Paragraph((Link(item.title, item.url),)),)
    return replace(item, url=other, body=(*without_pointers(item.body, other), *kept))


def called_by_its_line(item: Item) -> Item:
    """The story with the words behind its title as a part of it, because others are called by that title as well."""
    if not item.body or not isinstance(item.body[0], Paragraph):
        return item
    first, *more = lines_of(item.body[0].spans)
    head, tail = _first_sentence(first)
    below = (Paragraph(joined(more)), *item.body[1:]) if more else item.body[1:]
    title = (*item.title, Text(" "), *_without_links(head))
    return replace(item, title=title, body=_body(first, _stripped(tail), below, item.url))


def _stand_in(item: Item) -> str:
    """What a story without a title is called: by its first words, or by its address."""
    words = plain_blocks(item.body).strip().partition("\n")[0]
    return words or item.url or "…"


def _titled(lead: tuple[Spans, Link | Bold, Spans], below: Blocks) -> Item:
    """A story that begins with its title."""
    before, leading, after = lead
    url = _first_link((leading,), ()) or _first_link(after, below)
    title = _without_colon(_without_links((*before, *_bare(leading.spans))))
    trust = LINKED if isinstance(leading, Link) else LED if url else UNLINKED
    return Item(title=title, url=url, body=_body((leading, *after), _stripped(after), below, url), line=0, trust=trust)


def _body(line: Spans, tail: Spans, below: Blocks, url: str | None) -> Blocks:
    """What stands below a title: the tail of its line, the links of that line which stand nowhere else, the rest."""
    body: Blocks = (Paragraph(tail),) if plain(tail).strip() else ()
    kept = {url, *(link.url for link in links(body))}
    others = tuple(link for link in links_in(line) if link.url not in kept)
    return (*body, *((Paragraph(in_a_row((link,) for link in others)),) if others else ()), *below)


def without_pointers(blocks: Blocks, url: str | None) -> Blocks:
    """The blocks without lines and bullets that only say where the story's own link leads: its title does."""
    if url is None or not any(link.url == url for link in links(blocks)):
        return blocks
    kept: list[Block] = []
    for block in blocks:
        match block:
            case Paragraph(spans):
                lines = [line for line in lines_of(spans) if not _points(line, url)]
                kept += [Paragraph(joined(lines))] if lines else []
            case List(items, start):
                told = tuple(filter(None, (without_pointers(item, url) for item in items)))
                kept += [List(told, start)] if told else []
            case _:
                kept.append(block)
    return tuple(kept)


def _points(line: Spans, url: str) -> bool:
    """Whether a line says nothing but where the link is, such as «原文链接：https://…» or «[Read more](…)»."""
    found = list(links_in(line))
    if len(found) != 1 or found[0].url != url or not is_label(plain(found[0].spans)):
        return False
    words, shown = plain(line), plain(found[0].spans)
    before, _, after = words.partition(shown)
    return is_label(before.strip()) and is_label(after.strip())


def _without_colon(title: Spans) -> Spans:
    """The title less a colon that only says that its story follows."""
    text = plain(title)
    return split_spans(title, len(text.rstrip(" :：")))[0] if text.endswith((":", "：", " ")) else title


def _first_link(spans: Spans, rest: Blocks) -> str | None:
    found = next(links_in(spans), None) or next(links(rest), None)
    return found.url if found else None


_PERSON = re.compile(
    r"https?://(?:www\.)?(?:(?:github|gitlab|twitter|x|instagram|weibo|medium)\.com/@?[\w.-]+/?|t\.me/[\w-]+/?|matrix\.to/#/@.*)"
)


def names_person(link: Link) -> bool:
    """Whether a link leads to whoever did it rather than to what was done."""
    return plain(link.spans).startswith("@") or _PERSON.fullmatch(link.url) is not None


def _story_link(spans: Spans, rest: Blocks) -> str | None:
    """The link that a sentence is about: the one that says «source», rather than one on a name in passing."""
    found = list(links_in(spans))
    labelled = (link.url for link in found if is_label(plain(link.spans)))
    deeds = (link.url for link in found if not names_person(link))
    return next(labelled, None) or next(deeds, None) or _first_link(spans, rest)


def _lead(spans: Spans) -> tuple[Spans, Link | Bold, Spans] | None:
    """The link or the bold words that a line begins with as its title, and what stands around them."""
    at = 1 if len(spans) > 1 and isinstance(spans[0], Text) and not _CONTINUES.search(spans[0].text) else 0
    if at >= len(spans):
        return None
    leading = spans[at]
    if isinstance(leading, Bold | Italic) and len(leading.spans) == 1 and isinstance(leading.spans[0], Link):
        leading = leading.spans[0]
    if not isinstance(leading, Link | Bold):
        return None
    after = spans[at + 1 :]
    if not after:
        return spans[:at], leading, after
    title, behind = plain((leading,)), plain(after)
    words, following = len(title), behind.lstrip(" \t")
    parted = behind != following and is_cjk(title[-1:] or " ") and is_cjk(following[:1] or " ")
    runs_on = _CONTINUES.match(following) is not None and len(following) > words and not parted
    ended = isinstance(leading, Bold) and _ENDS_ITSELF.fullmatch(plain((leading,))) is not None
    if runs_on and not ended and words < _SHORTEST_TITLE[type(leading)]:
        return None
    return spans[:at], leading, after


def leads(spans: Spans) -> bool:
    """Whether a text begins with a title, be it a link or in bold."""
    return _lead(next(iter(lines_of(spans)), ())) is not None


def leads_with_link(spans: Spans) -> bool:
    """Whether a text begins with a title that is a link."""
    lead = _lead(next(iter(lines_of(spans)), ()))
    return lead is not None and isinstance(lead[1], Link)


def leads_with_bold(spans: Spans) -> bool:
    """Whether a text begins with a title in bold."""
    lead = _lead(next(iter(lines_of(spans)), ()))
    return lead is not None and isinstance(lead[1], Bold)


def _bare(spans: Spans) -> Spans:
    while len(spans) == 1 and isinstance(spans[0], Bold | Italic):
        spans = spans[0].spans
    return spans


def _told(first: Spans, below: Blocks) -> Item:
    """A story without a title of its own: its first sentence is the title, its first link the link."""
    url = _story_link(first, below)
    before, after = _at_address(_without_label(first, url), url)
    head, tail = _first_sentence(before)
    title = _without_colon(_bare(_without_links(head)))
    body = _body(first, _stripped((*tail, *after)), below, url)
    return Item(title=title, url=url, body=body, line=0, trust=TOLD if url else UNTITLED)


def _at_address(spans: Spans, url: str | None) -> tuple[Spans, Spans]:
    """The line, parted where its address is announced: «title：https://… and more»."""
    for at, span in enumerate(spans):
        own = isinstance(span, Link) and span.url == url and is_address(plain((span,)))
        if own and plain(spans[:at]).rstrip().endswith((":", "：")):
            return _unannounced(spans[:at]), spans[at + 1 :]
    return _without_address(spans, url), ()


def _without_address(spans: Spans, url: str | None) -> Spans:
    """The line without the story's address where it is written out: the title leads there."""
    own = [isinstance(span, Link) and span.url == url and is_address(plain((span,))) for span in spans]
    if True not in own:
        return spans
    first = own.index(True)
    after = tuple(span for span, gone in zip(spans[first:], own[first:], strict=True) if not gone)
    kept = _rejoined(spans[:first], after)
    return kept if plain(kept).strip(_SEPARATORS) else spans


def _rejoined(before: Spans, after: Spans) -> Spans:
    """A sentence out of which an address was taken, without the blank, the words and the bracket that were for it."""
    text, rest = plain(before), plain(after)
    if not _PUNCTUATED.match(rest):
        doubled = text.endswith(" ") and rest.startswith(" ")
        return (*before, *(split_spans(after, 1)[1] if doubled else after))
    kept = _unannounced(before)
    bracketed = any(bracket in text[len(plain(kept)) :] for bracket in "(（")
    closing = re.match(r"\s*[)）]", rest) if bracketed else None
    return (*kept, *(split_spans(after, closing.end())[1] if closing else after))


def _unannounced(spans: Spans) -> Spans:
    """The words before an address or a label, without those that only say that it follows; never without all."""
    text = plain(spans)
    bare = text.rstrip(_OPENING)
    if found := _ANNOUNCES.search(bare[-_LONGEST_ANNOUNCED:]):
        bare = bare[: len(bare) - len(found[0])].rstrip(_OPENING)
    return split_spans(spans, len(bare))[0] if bare.strip(_SEPARATORS) and bare != text else spans


def _first_sentence(spans: Spans) -> tuple[Spans, Spans]:
    text = plain(spans)
    if len(text) <= _LONGEST_TITLE:
        return spans, ()
    end = _ANNOUNCED.match(text) or _SENTENCE_END.search(text, 4)
    return split_spans(spans, end.end()) if end else (spans, ())


def _without_label(spans: Spans, url: str | None) -> Spans:
    """The line without a last link that only says «source»: the title leads there already."""
    at = next((index for index in range(len(spans) - 1, -1, -1) if isinstance(spans[index], Link)), None)
    if not at or url is None:
        return spans
    last = spans[at]
    if not isinstance(last, Link) or last.url != url:
        return spans
    if not (is_label(plain(last.spans)) and _CLOSING.fullmatch(plain(spans[at + 1 :]))):
        return spans
    return _unannounced(spans[:at])


def _stripped(spans: Spans) -> Spans:
    """The spans without the separators that parted them from a title."""
    text = plain(spans)
    return split_spans(spans, len(text) - len(text.lstrip(_SEPARATORS)))[1]


def _without_links(spans: Spans) -> Spans:
    """The spans with the words of their links in their places: the link stands beside the title."""
    flat: list[Span] = []
    for span in spans:
        match span:
            case Link(inner):
                flat += _without_links(inner)
            case Bold(inner) | Italic(inner) | Strike(inner):
                flat.append(type(span)(_without_links(inner)))
            case Break():
                flat.append(Text(" "))
            case Text() | Code():
                flat.append(span)
    return tuple(flat)
