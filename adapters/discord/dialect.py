"""How Discord spells: one embed a message, its description in the subset of Markdown that Discord reads.

What it gives up, and how the loss is called:

| loss            | instead                                                                       |
|-----------------|-------------------------------------------------------------------------------|
| `fold`          | nothing folds: the body is shown (composing shortens it where a chat wants it) |
| `table`         | a line a row, cells between bars, the header bold                              |
| `image`         | a link with the picture's description                                          |
| `rule`          | a short line of dashes                                                         |
| `heading-level` | levels 4 to 6, and headings in lists, are bold lines                           |
| `nested-quote`  | quotes do not nest, nor stand in lists: one quote, or the text alone           |
| `styled-code`   | code that holds a mark's character is neither bold, italic nor struck           |
| `code-form`     | code that holds backticks of every length is plain text                        |
| `url-in-link`   | Discord shows no link whose text holds an address: the text, the link behind it |
| `bracket`       | an opening bracket without its partner in a link's text is a full-width one    |
| `mail-link`     | the mail address in words                                                      |
| `long-url`      | an address over `LONGEST_URL` in words                                         |

What Discord would read as markup is escaped, so that it shows what the post says. Addresses stand in angle
brackets, with the characters that would end them there percent-encoded. Mentions are never allowed to ping.

A story of which more is known than a message shows is opened below that message, by a menu or a button (`unfolding`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple, assert_never
from urllib.parse import unquote

from adapters.discord.below import MOST_CHOICES, MOST_ROWS, size_of
from adapters.discord.drawing import drawn
from adapters.discord.markup import (
    LINK_TEXT,
    MARKS,
    ZERO_WIDTH,
    Line,
    address,
    begins_list,
    code,
    escaped,
    fenced,
    simple,
)
from adapters.discord.unfolding import Hidden, Unfolding
from adapters.platform import Count, Message, Platform, Spelling
from adapters.spelling import NOTHING, called, clean, is_web, label, mail, paged, tells_one, url_of
from digest.compose import Document, Folding, Passage, Words
from digest.cutting import CODE, Run, Runs, image_line, is_blank, row_spans, runs_of, shorten, trimmed
from digest.paging import SHORT_TITLE, Page, Size, with_address_below, with_short_title
from digest.richtext import (
    Block,
    Blocks,
    Bold,
    CodeBlock,
    Heading,
    Image,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Spans,
    Table,
    Text,
)
from digest.writing import one_line

LONGEST_DESCRIPTION: Final = 4_096
"""Code points of an embed's description (Discord's developer documentation, embed limits)."""

LONGEST_TITLE: Final = 256
"""Code points of an embed's title (the same)."""

LONGEST_FOOTER: Final = 512
"""Code points that we use of a footer's 2,048, so that title, description and footer stay under `LONGEST_EMBED`."""

LONGEST_EMBED: Final = 6_000
"""Code points of all texts of a message's embeds together (the same)."""

LONGEST_BODY: Final = 9_999
"""UTF-8 bytes of a request that brings a message: larger ones are answered with HTTP 500 (measured: 10,170)."""

RESERVED: Final = 500
"""Bytes of it for what belongs to the address: nonce, mention, flags, and in a forum the thread's name and tags."""

MOST_BYTES: Final = LONGEST_BODY - RESERVED
"""UTF-8 bytes of a message as JSON."""

LONGEST_URL: Final = 2_048
"""Code points of an address (Discord's OpenAPI document, RichEmbed)."""

COLOR: Final = 0x3B6EA8
"""The bar at the embed's side."""

_PART = " · 12345/12345"
_LINE = "———"
_BETWEEN_BLOCKS = "\n\n"
_TWO_BYTES = ("\\", '"', "\n", "\t")
"""What is escaped in JSON, less the control characters, which are never written."""


_HEADINGS: Final = 3


class _Piece(NamedTuple):
    """A head or a block, spelled; `gap` is what stands between it and the next block."""

    text: str
    size: Size
    gap: str = _BETWEEN_BLOCKS


def _piece(text: str, gap: str = _BETWEEN_BLOCKS) -> _Piece | None:
    """The piece, unless there is nothing to see. A separator of two newlines takes two code points and four bytes."""
    return None if is_blank(text) else _Piece(text, (len(text) + 2, _bytes(text) + 4, 0), gap)


_NO_SIZE: Size = (0, 0, 0)
"""Nothing of any unit: code points of the description, bytes of the message, stories that are opened below it."""


def _bytes(text: str) -> int:
    """Bytes of the text in a JSON string."""
    return len(text.encode()) + sum(map(text.count, _TWO_BYTES))


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordDialect:
    """Discord's way to spell: the body of Create Message, less what belongs to the address.

    `most_bytes`: of a message as JSON, and `most_menus` below it: fewer where other rows stand there. `beside_others`:
    the message may tell other documents, too, so that its menus say whose stories they open.
    """

    platform: Platform = Platform.DISCORD
    folds: Folding = Folding.NEVER
    most_bytes: int = MOST_BYTES
    most_menus: int = MOST_ROWS
    beside_others: bool = False

    def spell(self, document: Document, words: Words) -> Spelling:
        """The messages that say the document, none over any limit; at least one."""
        if document.url and not _is_linkable(document.url):
            document = with_address_below(document)
        if len(escaped(one_line(document.title))) > LONGEST_TITLE:
            document = with_short_title(document)
        return paged(_Speller(document, words, self))

    def draw(self, message: Message) -> str:
        """An embed."""
        return drawn(message)

    def count(self, message: Message) -> tuple[Count, ...]:
        """Description, title, all texts of the embed, and the bytes of the whole."""
        embed = message["embeds"][0]
        description, title = embed.get("description", ""), embed.get("title", "")
        together = len(description) + len(title) + len(embed.get("footer", {}).get("text", ""))
        return (
            Count(unit="description", used=len(description), limit=LONGEST_DESCRIPTION),
            Count(unit="title", used=len(title), limit=LONGEST_TITLE),
            Count(unit="embed", used=together, limit=LONGEST_EMBED),
            Count(unit="bytes", used=size_of(message), limit=self.most_bytes),
        )


class _Speller:
    """Spells one document."""

    def __init__(self, document: Document, words: Words, limits: DiscordDialect) -> None:
        self._most_bytes = limits.most_bytes
        self._most_stories = limits.most_menus * MOST_CHOICES
        self.lost: Counter[str] = Counter(fold=1) if any(passage.folded for passage in document.passages) else Counter()
        self._words = words
        self._document = document
        self._title = one_line(document.title)
        topics = one_line(" · ".join(document.topics))
        in_footer = len(topics) + len(_PART) <= LONGEST_FOOTER
        self._topics = topics if in_footer else ""
        ending = () if in_footer else (Passage(body=(Paragraph((Text(topics),)),)),)
        self.passages = (*document.passages, *ending)
        self._unfolding = _unfolding(document, words, beside_others=limits.beside_others)
        self._frame = self._unfolding.frame(sum(1 for passage in self.passages if self._hidden(passage)))

    # --- What paging asks for

    def room(self, *, first: bool, only: bool) -> Size:  # noqa: ARG002 - the count of parts stands in the footer
        """What a page has for pieces, less the rest of its message."""
        rest = size_of(_body(self._embed("", first=first, part=_PART))) + self._frame
        return LONGEST_DESCRIPTION, self._most_bytes - rest, self._most_stories

    def head(self, passage: Passage) -> _Piece | None:
        """The number, and the title in bold, linked."""
        before, behind = label(passage, self._words)
        number = f"**{before[:-2]}\\.**" if before else ""
        said = self._bold((Link(passage.title, passage.url),) if passage.url else passage.title)
        piece = _piece(f"{number} {said}{escaped(behind)}" if number and said else f"{number}{said}{escaped(behind)}")
        hidden = self._hidden(passage)
        if hidden is None:
            return piece
        text, (points, size, _), gap = piece or _Piece("", _NO_SIZE)
        return _Piece(text, (points, size + hidden.share, 1), gap)

    def _hidden(self, passage: Passage) -> Hidden | None:
        """The story of which the passage hides something; it is opened once, where it begins."""
        if passage.hides is None or passage.continued or not self._document.name or not self._most_stories:
            return None
        return Hidden(passage.hides, passage.number, called(passage))

    def block(self, block: Block, passage: Passage) -> _Piece | None:  # noqa: ARG002 - a block is the same in every passage
        """The block in Discord's Markdown."""
        gap = "\n" if isinstance(block, Heading) else _BETWEEN_BLOCKS
        return _piece(self._block(block, held=False), gap)

    def settled(self, runs: Runs) -> Runs:
        """The runs with addresses in words where Discord takes no link."""
        if not any(run.url is not None for run in runs):
            return runs
        settled: list[Run] = []
        for url, group in groupby(runs, key=url_of):
            same = list(group)
            settled += same if url is None else self._link(url, same)
        return settled

    def _link(self, url: str, runs: list[Run]) -> Iterator[Run]:
        said = clean("".join([run.text for run in runs])).strip()
        mailbox = mail(url)
        if _is_linkable(url):
            if "://" not in said or _is_same(said, url):
                yield from runs
                return
            self.lost["url-in-link"] += 1
            yield from [Run(run.text, run.marks) for run in runs]
            yield from (Run(" ("), Run(url, 0, url), Run(")"))
            return
        self.lost["mail-link" if mailbox else "long-url"] += 1
        yield from [Run(run.text, run.marks) for run in runs]
        if said not in {url, mailbox}:
            yield Run(f" ({mailbox or url})")

    # --- Lines

    def _line(self, runs: Runs) -> str:
        said = simple(runs)
        if said is not None:
            return said
        line = Line()
        for url, group in groupby(self.settled(runs), key=url_of):
            if url is None:
                self._write(line, group)
            else:
                self._write_link(line, url, list(group))
        return line.text()

    def _write(self, line: Line, runs: Iterable[Run]) -> None:
        for run in runs:
            if run.marks & CODE:
                line.run(self._closed_code(run), self._spelled_code(run.text))
                continue
            for number, text in enumerate(run.text.split("\n")):
                if number:
                    line.line_break()
                if text:
                    line.run(run, escaped(text))

    def _closed_code(self, run: Run) -> Run:
        """Code with the marks that it may stand in: Discord looks for a mark's end in code, too."""
        if run.marks == CODE or MARKS.isdisjoint(run.text):
            return run
        self.lost["styled-code"] += 1
        return run._replace(marks=CODE)

    def _spelled_code(self, text: str) -> str:
        spelled = code(text)
        if spelled is None:
            self.lost["code-form"] += 1
            return escaped(text.replace("\n", " "))
        return spelled

    def _write_link(self, line: Line, url: str, runs: Runs) -> None:
        """Write a link: its marks stand inside its text, so that no address ever stands inside a mark."""
        said = "".join([run.text for run in runs])
        if _is_same(clean(said).strip(), url):
            line.run(Run(""), f"<{address(url)}>")
            return
        text = self._link_text([Run(run.text.replace("\n", " "), run.marks) for run in trimmed(runs)])
        before = " " if said[0].isspace() else ""
        behind = " " if said[-1].isspace() else ""
        line.run(Run(""), f"{before}[{text}](<{address(url)}>){behind}")

    def _link_text(self, runs: Runs) -> str:
        text = simple(runs)
        if text is None:
            inner = Line()
            self._write(inner, runs)
            text = inner.text()
        if LINK_TEXT.fullmatch(text):
            return text
        self.lost["bracket"] += 1
        return text.replace("\\[", "［").replace("\\]", "］").replace("[", "［").replace("]", "］")

    # --- Blocks

    def _block(self, block: Block, *, held: bool) -> str:  # noqa: PLR0911 - one for each block
        """The block; `held`: it stands in a list or a quote already."""
        match block:
            case Paragraph(spans):
                return self._line(trimmed(runs_of(spans)))
            case Heading(spans, level):
                return self._heading(spans, level, held=held)
            case List(items, start):
                return self._list(items, start)
            case Quote(blocks):
                return self._quote(blocks, held=held)
            case CodeBlock(text, language):
                return fenced(text, language)
            case Table(header, rows):
                self.lost["table"] += 1
                return self._table(header, rows)
            case Rule():
                self.lost["rule"] += 1
                return _LINE
            case Image():
                self.lost["image"] += 1
                return self._block(image_line(block), held=held)
            case _:
                assert_never(block)

    def _bold(self, spans: Spans) -> str:
        return self._line(trimmed(runs_of((Bold(spans),))))

    def _heading(self, spans: Spans, level: int, *, held: bool) -> str:
        if level > _HEADINGS or held:
            self.lost["heading-level"] += 1
            return self._bold(spans)
        runs = [run._replace(text=run.text.replace("\n", " ")) for run in runs_of(spans)]
        line = self._line(trimmed(runs))
        return f"{'#' * level} {line}" if line else ""

    def _blocks(self, blocks: Blocks, *, between: str) -> str:
        return between.join([said for block in blocks if not is_blank(said := self._block(block, held=True))])

    def _list(self, items: Sequence[Blocks], start: int | None) -> str:
        told = [self._item(item) for item in items]
        if not any(told):
            return ""
        lines = []
        for place, said in enumerate(told):
            mark = "- " if start is None else f"{start + place}. "
            # A blank line would end the list.
            lines.append(mark + (said.replace("\n", "\n" + " " * len(mark)) or ZERO_WIDTH))
        return "\n".join(lines)

    def _item(self, item: Blocks) -> str:
        said = self._blocks(item, between="\n")
        # A list is read as one only where a line begins.
        return f"{ZERO_WIDTH}\n{said}" if begins_list(said) else said

    def _quote(self, blocks: Blocks, *, held: bool) -> str:
        said = self._blocks(blocks, between="\n")
        if held:
            self.lost["nested-quote"] += 1
            return said
        return "> " + said.replace("\n", "\n> ") if said else ""

    def _table(self, header: Sequence[Spans], rows: Sequence[Sequence[Spans]]) -> str:
        lines = [self._bold(row_spans(header))] if header else []
        return "\n".join([*lines, *[self._line(trimmed(runs_of(row_spans(row)))) for row in rows]])

    # --- Messages

    def _embed(self, description: str, *, first: bool, part: str) -> dict[str, Any]:
        document = self._document
        title = self._title if first else shorten(self._title, SHORT_TITLE)
        footer = f"{self._topics}{part}" if self._topics else part.removeprefix(" · ")
        embed: dict[str, Any] = {"title": escaped(title)} if title else {}
        if first and document.url:
            embed["url"] = address(document.url)
        embed["description"] = description
        embed["color"] = COLOR
        if document.published:
            embed["timestamp"] = document.published.isoformat()
        if footer:
            embed["footer"] = {"text": footer}
        if first and document.picture and _is_linkable(document.picture):
            embed["image"] = {"url": address(document.picture)}
        return embed

    def message(self, page: Page[_Piece]) -> Message:
        """One message of the document."""
        part = f" · {page.number}/{page.of}" if page.of > 1 else ""
        description = _described(page)
        message = _body(self._embed(description or NOTHING, first=page.number == 1, part=part))
        stories = [hidden for galley in page.galleys if (hidden := self._hidden(galley.passage))]
        if stories:
            room = self._most_bytes - size_of({**message, "components": []})
            message["components"] = self._unfolding.rows(stories, room)
        return message


def _unfolding(document: Document, words: Words, *, beside_others: bool) -> Unfolding:
    return Unfolding(
        name=document.name,
        words=words.unfold_story,
        whole=words.whole_story,
        title=one_line(document.title) if beside_others else "",
        alone=tells_one(document) and not beside_others,
    )


def _is_linkable(url: str) -> bool:
    return is_web(url) and len(address(url)) <= LONGEST_URL


def _is_same(said: str, url: str) -> bool:
    """Whether a text is the address itself; letters of any script may stand in it as they are or percent-encoded."""
    return unquote(said) == unquote(url)


def _body(embed: Mapping[str, Any]) -> dict[str, Any]:
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def _described(page: Page[_Piece]) -> str:
    out: list[str] = []
    tight = False
    for galley in page.galleys:
        gap = "\n" if tight and galley.is_line else _BETWEEN_BLOCKS
        for piece in galley.pieces:
            if piece.text:
                out += [gap if out else "", piece.text]
            gap = "\n" if piece is galley.head else piece.gap
        tight = galley.is_line
    return "".join(out)
