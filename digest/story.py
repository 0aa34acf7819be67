"""One story out of the blocks that tell it: number, title, link, body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.richtext import (
    Blocks,
    Bold,
    Break,
    Code,
    Italic,
    Link,
    Paragraph,
    Span,
    Spans,
    Strike,
    Text,
    links,
    links_in,
    plain,
    plain_blocks,
    split_spans,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A story as it was found, on its line; `section` stands between the story before it and this one."""

    title: Spans
    line: int
    number: int | None = None
    url: str | None = None
    body: Blocks = ()
    section: Blocks = ()


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
_NUMBER = re.compile(
    rf"\s*(?:(\d{{1,3}})\s*(?:[、，．）)]|\.(?!\d))|[（(【\[]\s*(\d{{1,3}})\s*[）)】\]][、.．]?|([{_CIRCLED}])[、.．]?)\s*"
)


def unnumbered(spans: Spans) -> tuple[int | None, Spans]:
    """The number that a line counts itself by (None: it does not, or the number is a link), and the line without it."""
    found = _NUMBER.match(plain(spans[:2]))
    if found is None:
        return None, spans
    mark, rest = split_spans(spans, found.end())
    if {link.url for link in links_in(mark)} - {link.url for link in links_in(rest)}:
        return None, spans
    number = int(found[1] or found[2] or 0) or _CIRCLED.find(found[3] or " ") + 1
    return number, rest


_SEPARATORS = " \t\u3000:：-–—|｜·•,，、。.;；"
_CONTINUES = re.compile(r"\w")
_SHORTEST_TITLE = {Link: 20, Bold: 8}
"""Characters. What is shorter and runs on into the sentence is a mention, not a title."""

_LONGEST_TITLE = 80
"""Characters. Of a longer text without a title, the first sentence is the title."""

_SENTENCE_END = re.compile(r"[。！？!?；;]+[”’」』）)]*|(?<=[^\W\d])\.(?=\s)")
_LABELS = (
    *(
        "link",
        "source",
        "src",
        "read",
        "more",
        "read more",
        "detail",
        "details",
        "here",
        "url",
        "web",
        "site",
        "article",
        "via",
    ),
    *(
        "链接",
        "連結",
        "原文",
        "原文链接",
        "来源",
        "來源",
        "详情",
        "查看",
        "查看原文",
        "查看详情",
        "阅读原文",
        "阅读全文",
        "全文",
    ),
    *("原帖", "原推", "出处", "官网", "网页", "网站", "リンク", "記事", "元記事", "続きを読む", "출처", "링크"),
)
_LABEL = re.compile(rf"[\W_]*(?:{'|'.join(_LABELS)}|https?://.*)?[\W_]*", re.IGNORECASE | re.DOTALL)
_OPENING, _CLOSING = re.compile(r"[\s(（\[【「《:：|｜—–-]+$"), re.compile(r"[\s)）\]】」》。.]*")


def item_of(head: Spans, rest: Blocks, *, line: int, number: int | None) -> Item:
    """The story that a first paragraph and what follows it tell."""
    first, *more = lines_of(head) or [()]
    below: Blocks = (Paragraph(joined(more)), *rest) if more else rest
    lead = _lead(first)
    item = _titled(lead, below) if lead else _told(first, below)
    title = item.title if plain(item.title).strip() else (Text(_stand_in(item)),)
    return replace(item, title=title, line=line, number=number)


def _stand_in(item: Item) -> str:
    """What a story without a title is called: by its first words, or by its address."""
    words = plain_blocks(item.body).strip().partition("\n")[0]
    return words or item.url or "…"


def _titled(lead: tuple[Spans, Link | Bold, Spans], below: Blocks) -> Item:
    """A story that begins with its title."""
    before, leading, after = lead
    url = _first_link((leading,), ()) or _first_link(after, below)
    title = _without_links((*before, *_bare(leading.spans)))
    return Item(title=title, url=url, body=_body((leading, *after), _stripped(after), below, url), line=0)


def _body(line: Spans, tail: Spans, below: Blocks, url: str | None) -> Blocks:
    """What stands below a title: the tail of its line, the links of that line which stand nowhere else, the rest."""
    body: Blocks = (Paragraph(tail),) if plain(tail).strip() else ()
    kept = {url, *(link.url for link in links(body))}
    others = tuple(link for link in links_in(line) if link.url not in kept)
    return (*body, *((Paragraph(_listed_links(others)),) if others else ()), *below)


def _first_link(spans: Spans, rest: Blocks) -> str | None:
    found = next(links_in(spans), None) or next(links(rest), None)
    return found.url if found else None


def _story_link(spans: Spans, rest: Blocks) -> str | None:
    """The link that a sentence is about: the one that says «source», rather than one on a name in passing."""
    labelled = (link.url for link in links_in(spans) if _LABEL.fullmatch(plain(link.spans)))
    return next(labelled, None) or _first_link(spans, rest)


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
    words, following = len(plain((leading,))), plain(after).lstrip(" \t")
    runs_on = _CONTINUES.match(following) is not None and len(following) > words
    if runs_on and words < _SHORTEST_TITLE[type(leading)]:
        return None
    return spans[:at], leading, after


def leads_with_link(spans: Spans) -> bool:
    """Whether a text begins with a title that is a link."""
    lead = _lead(next(iter(lines_of(spans)), ()))
    return lead is not None and isinstance(lead[1], Link)


def leads_with_bold(spans: Spans) -> bool:
    """Whether a text begins with a title in bold."""
    lead = _lead(next(iter(lines_of(spans)), ()))
    return lead is not None and isinstance(lead[1], Bold)


def holds_link(spans: Spans) -> bool:
    """Whether a text has a link anywhere."""
    return next(links_in(spans), None) is not None


def _bare(spans: Spans) -> Spans:
    while len(spans) == 1 and isinstance(spans[0], Bold | Italic):
        spans = spans[0].spans
    return spans


def _told(first: Spans, below: Blocks) -> Item:
    """A story without a title of its own: its first sentence is the title, its first link the link."""
    url = _story_link(first, below)
    head, tail = _first_sentence(_without_label(first, url))
    return Item(title=_bare(_without_links(head)), url=url, body=_body(first, _stripped(tail), below, url), line=0)


def _listed_links(found: Sequence[Link]) -> Spans:
    spans: list[Span] = []
    for link in found:
        spans += (Text(" · "), link) if spans else (link,)
    return tuple(spans)


def _first_sentence(spans: Spans) -> tuple[Spans, Spans]:
    text = plain(spans)
    if len(text) <= _LONGEST_TITLE:
        return spans, ()
    end = _SENTENCE_END.search(text, 4)
    return split_spans(spans, end.end()) if end else (spans, ())


def _without_label(spans: Spans, url: str | None) -> Spans:
    """The line without a last link that only says «source»: the title leads there already."""
    at = next((index for index in range(len(spans) - 1, -1, -1) if isinstance(spans[index], Link)), None)
    if not at or url is None:
        return spans
    last = spans[at]
    if not isinstance(last, Link) or last.url != url:
        return spans
    if not (_LABEL.fullmatch(plain(last.spans)) and _CLOSING.fullmatch(plain(spans[at + 1 :]))):
        return spans
    text = plain(spans[:at])
    return split_spans(spans[:at], len(text) - len(found[0]))[0] if (found := _OPENING.search(text)) else spans[:at]


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
