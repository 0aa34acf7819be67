"""How the web spells: one message of safe HTML, whole. Everything is escaped; only http, https and mailto are linked.

What it gives up, and how the loss is called:

| loss            | instead                                                                             |
|-----------------|-------------------------------------------------------------------------------------|
| `image`         | a link with the picture's description: a page of ours loads nothing from elsewhere    |
| `picture`       | a link, for the same reason                                                         |
| `heading-level` | headings in a text begin at the fourth level, so that levels 4 to 6 look like level 3 |
| `bad-url`       | an address of another scheme in words                                               |

Every class begins with `digest-`; the page's style sheet gives them their look. A folded body is a `details` element.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Final, assert_never

from adapters.platform import Count, Message, Platform, Spelling
from adapters.spelling import NOTHING, clean, is_web, label, losses, mail, url_of
from digest.compose import Document, Folding, Passage, Words
from digest.cutting import BOLD, CODE, ITALIC, STRIKE, Run, first_sentence, is_blank, runs_of
from digest.richtext import Block, Blocks, CodeBlock, Heading, Image, List, Paragraph, Quote, Rule, Spans, Table
from digest.writing import one_line

LONGEST: Final = 16_777_216
"""Bytes of a message: no platform's limit, only what a page can reasonably hold. No post comes near it."""

_STYLES = ((STRIKE, "s"), (ITALIC, "em"), (BOLD, "strong"))
_FIRST_LEVEL = 3
_LAST_LEVEL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDialect:
    """The web's way to spell: `{"html": …}`."""

    platform: Platform = Platform.WEB
    folds: Folding = Folding.TO_TITLE

    def spell(self, document: Document, words: Words) -> Spelling:
        """The one message that says the document."""
        speller = _Speller(words)
        html = speller.article(document)
        return Spelling(messages=({"html": html},), losses=losses(speller.lost))

    def draw(self, message: Message) -> str:
        """The message itself."""
        return str(message["html"])

    def count(self, message: Message) -> tuple[Count, ...]:
        """Its bytes."""
        return (Count(unit="bytes", used=len(message["html"].encode()), limit=LONGEST),)


class _Speller:
    """Spells one document."""

    def __init__(self, words: Words) -> None:
        self.lost: Counter[str] = Counter()
        self._words = words

    def article(self, document: Document) -> str:
        """The whole document."""
        parts = [*self._header(document), *[self._passage(passage) for passage in document.passages]]
        topics = [f"<li>{escape(topic)}</li>" for topic in map(one_line, document.topics) if topic]
        if topics:
            parts.append(f'<ul class="digest-topics">{"".join(topics)}</ul>')
        return f'<article class="digest">{"".join(parts) or NOTHING}</article>'

    def _header(self, document: Document) -> Iterator[str]:
        title = escape(one_line(document.title))
        if title:
            linked = self._anchor(document.url, title) if document.url else title
            yield f'<h2 class="digest-title">{linked}</h2>'
        if document.published:
            moment = document.published
            shown = moment.strftime("%Y-%m-%d %H:%M")
            yield f'<time class="digest-time" datetime="{moment.isoformat()}">{shown}</time>'
        if document.picture:
            self.lost["picture"] += 1
            yield f'<p class="digest-picture">{self._anchor(document.picture, escape(clean(document.picture)))}</p>'

    def _passage(self, passage: Passage) -> str:
        head = self._head(passage)
        body = self._blocks(passage.body)
        if passage.folded and body:
            gist = f'<span class="digest-gist">{self._spans(first_sentence(passage.body)) or NOTHING}</span>'
            return (
                f'<details class="digest-passage digest-fold"><summary class="digest-head">{head or gist}</summary>'
                f'<div class="digest-body">{body}</div></details>'
            )
        head = f'<h3 class="digest-head">{head}</h3>' if head else ""
        body = f'<div class="digest-body">{body}</div>' if body else ""
        return f'<section class="digest-passage">{head}{body}</section>' if head or body else ""

    def _head(self, passage: Passage) -> str:
        before, behind = label(passage, self._words)
        runs = [Run(text, marks, passage.url or url) for text, marks, url in runs_of(passage.title)]
        if passage.url and is_blank("".join([run.text for run in runs])):
            runs = [Run(passage.url, 0, passage.url)]
        title = self._runs(runs)
        number = f'<span class="digest-number">{escape(before)}</span>' if before else ""
        return f"{number}{title}{escape(behind)}"

    # --- Lines

    def _anchor(self, url: str, text: str) -> str:
        if is_web(url) or mail(url):
            return f'<a href="{escape(clean(url))}" rel="noopener noreferrer nofollow" target="_blank">{text}</a>'
        self.lost["bad-url"] += 1
        return f"{text} ({escape(clean(url))})"

    def _spans(self, spans: Spans) -> str:
        return self._runs(runs_of(spans))

    def _runs(self, runs: Sequence[Run]) -> str:
        parts = []
        for url, group in groupby(runs, key=url_of):
            text = "".join([_styled(run) for run in group])
            parts.append(text if url is None else self._anchor(url, text))
        return "".join(parts)

    # --- Blocks

    def _blocks(self, blocks: Blocks) -> str:
        return "".join([self._block(block) for block in blocks])

    def _block(self, block: Block) -> str:  # noqa: PLR0911 - one for each block
        match block:
            case Paragraph(spans):
                return f"<p>{self._spans(spans)}</p>"
            case Heading(spans, level):
                return self._heading(spans, level)
            case List(items, start):
                return self._list(items, start)
            case Quote(blocks):
                return f'<blockquote class="digest-quote">{self._blocks(blocks)}</blockquote>'
            case CodeBlock(text, language):
                return _code(text, language)
            case Table(header, rows):
                return self._table(header, rows)
            case Rule():
                return '<hr class="digest-rule">'
            case Image():
                self.lost["image"] += 1
                return f'<p class="digest-image">{self._spans((block.link,))}</p>'
            case _:
                assert_never(block)

    def _heading(self, spans: Spans, level: int) -> str:
        shown = min(level + _FIRST_LEVEL, _LAST_LEVEL)
        if shown < level + _FIRST_LEVEL:
            self.lost["heading-level"] += 1
        return f'<h{shown} class="digest-heading">{self._spans(spans)}</h{shown}>'

    def _list(self, items: Sequence[Blocks], start: int | None) -> str:
        inner = "".join([f"<li>{self._item(item)}</li>" for item in items])
        if start is None:
            return f'<ul class="digest-list">{inner}</ul>'
        return f'<ol class="digest-list" start="{start}">{inner}</ol>'

    def _item(self, item: Blocks) -> str:
        match item:
            case (Paragraph(spans), *rest):
                return self._spans(spans) + self._blocks(tuple(rest))
            case _:
                return self._blocks(item)

    def _table(self, header: Sequence[Spans], rows: Sequence[Sequence[Spans]]) -> str:
        head = "".join([f"<th>{self._spans(cell)}</th>" for cell in header])
        head = f"<thead><tr>{head}</tr></thead>" if head else ""
        body = "".join(["<tr>" + "".join([f"<td>{self._spans(cell)}</td>" for cell in row]) + "</tr>" for row in rows])
        return f'<div class="digest-table"><table>{head}<tbody>{body}</tbody></table></div>'


def _styled(run: Run) -> str:
    text = escape(clean(run.text))
    if not run.marks:
        return text.replace("\n", "<br>")
    text = f'<code class="digest-code">{text}</code>' if run.marks & CODE else text.replace("\n", "<br>")
    for style, tag in _STYLES:
        if run.marks & style:
            text = f"<{tag}>{text}</{tag}>"
    return text


def _code(text: str, language: str) -> str:
    name = escape(one_line(language))
    shown = f' data-language="{name}"' if name else ""
    return f'<pre class="digest-pre"{shown}><code>{escape(clean(text))}</code></pre>'
