"""From a post to a digest. Reading never raises: whatever is odd about a post becomes a problem of its digest."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from difflib import SequenceMatcher

from digest import dates, frontmatter, names
from digest.division import Division, divide
from digest.emoji import drawn
from digest.emphasis import without_stars
from digest.frontmatter import FrontMatter
from digest.identity import name_of, short_name, story_key
from digest.links import address
from digest.manuscript import Manuscript, manuscript
from digest.markdown import Parsed, Placed, blocks, paragraphs, parse_manuscript
from digest.model import BREAKING, Digest, Post, Rules, Story, StoryKey
from digest.problems import Code, Problem
from digest.push import push_post
from digest.richtext import (
    Block,
    Break,
    Heading,
    Image,
    Link,
    Paragraph,
    Rule,
    Text,
    links_in,
    plain,
    plain_blocks,
)
from digest.series import series_of
from digest.story import Item, led_elsewhere
from digest.tangle import overfull, tangled
from digest.writing import language_of, one_line

__all__ = ["LARGEST_POST", "push_post", "read"]

LARGEST_POST = 512 * 1024
"""Bytes. The largest real post that was found has 290 KB."""

_SHORT = 40
"""Characters of a story's title within a problem."""

_TITLES_NAMED = 3
"""How many stories a problem names that concerns several."""


_KEPT_ELSEWHERE = "version https://git-lfs.github.com/spec/v1\n"
"""What Git LFS puts in place of a file (github.com/git-lfs/git-lfs, docs/spec.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A post's text, read: what stands in its front matter and in its blocks."""

    front: FrontMatter
    parsed: Parsed
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Head:
    """What is known about a digest before its stories.

    `place` is that of the heading that the title is told by again, `links` where that heading leads.
    """

    title: str = ""
    place: int | None = None
    links: tuple[str, ...] = ()
    published: datetime | None = None
    series: str = ""
    problems: list[Problem] = field(default_factory=list)


def read(post: Post, rules: Rules, *, plainly: bool = False) -> Digest:
    """The digest that a post tells. What cannot be delivered has a fatal problem, and what is known all the same.

    `plainly` asks for the text-only form, which costs little whatever the text is.
    """
    refusal = _refusal(post.data)
    if refusal:
        return _refused(post, rules, [refusal])
    page = _page(post.data.decode("utf-8-sig"), rules, plainly=plainly)
    if any(problem.fatal for problem in page.problems):
        return _refused(post, rules, page.problems)
    head = _head(post, page, rules)
    placed = tuple(one for at, one in enumerate(page.parsed.placed) if at != head.place)
    division = _one_story(page.front, head, placed) or _divided(page, placed, rules)
    permalink = _permalink(post.path, page.front, head.published, rules) or _web(next(iter(head.links), ""), rules)
    untold = page.parsed.placed[head.place or 0].block if set(head.links) - {permalink} else None
    stories = tuple(_story(item) for item in division.items)
    problems = [*page.problems, *head.problems, *(_as_written(found, page.front) for found in page.parsed.problems)]
    if stories or not all(isinstance(one.block, Rule) for one in placed):
        problems += _story_problems(head.series, division.items, stories)
    elif not page.front.drafted:
        problems.append(Problem(code=Code.EMPTY))
    return Digest(
        revision=name_of(post.data),
        series=head.series,
        title=head.title,
        name=short_name(rules.source, post.path),
        slug=page.front.word("id", "slug"),
        published=head.published,
        language=_language(post.path, page.front, head.title),
        topics=page.front.words("categories", "category", "topics", "tags"),
        intro=(untold, *division.intro) if untold else division.intro,
        stories=stories,
        commentary=division.commentary,
        picture=_web(page.front.word(*_PICTURES), rules) or page.parsed.picture,
        permalink=permalink,
        draft=page.front.drafted,
        withdrawn=page.front.withdrawn,
        problems=tuple(sorted(problems, key=lambda problem: (not problem.fatal, problem.line))),
    )


# --- What cannot be read -----------------------------------------------------------------------------------------


def _refusal(data: bytes) -> Problem | None:
    """Why the bytes are not even looked at: too many, none, or no UTF-8 text."""
    if len(data) > LARGEST_POST:
        kilobytes = {"size": -(-len(data) // 1024), "limit": LARGEST_POST // 1024}
        return Problem(code=Code.TOO_LARGE, details=kilobytes)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem(code=Code.NOT_TEXT, line=1, details={"encoding": "UTF-16"})
    if (at := data.find(b"\x00")) >= 0:
        encoding = "UTF-16" if data.count(b"\x00") * 4 > len(data) and data.count(b"\x00\x00") == 0 else "binary"
        return Problem(code=Code.NOT_TEXT, line=data.count(b"\n", 0, at) + 1, details={"encoding": encoding})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if error.reason == "unexpected end of data":
            return Problem(code=Code.CUT_OFF, line=line)
        return Problem(code=Code.NOT_TEXT, line=line, details={"encoding": _encoding(data)})
    pointer = text.startswith(_KEPT_ELSEWHERE)
    return Problem(code=Code.KEPT_ELSEWHERE) if pointer else None if text.strip() else Problem(code=Code.EMPTY)


def _encoding(data: bytes) -> str:
    """What bytes that are not UTF-8 seem to be."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return "binary"
    return "GB18030" if language_of(text) == "zh" else "binary"


def _refused(post: Post, rules: Rules, problems: Iterable[Problem]) -> Digest:
    title = names.title_in(post.path)
    series, _ = series_of(post.path, title, "", rules)
    return Digest(revision=name_of(post.data), series=series, title=title, problems=tuple(problems))


# --- Text --------------------------------------------------------------------------------------------------------


def _page(text: str, rules: Rules, *, plainly: bool) -> _Page:
    lines = re.sub(r"\r\n?", "\n", text)
    front = frontmatter.split(lines)
    if any(problem.fatal for problem in front.problems):
        return _Page(front=front, parsed=Parsed(placed=()), problems=front.problems)
    problems = (*front.problems, *_states(front))
    written = (
        Manuscript(text=front.text, first_line=front.first_line)
        if plainly or overfull(front.text)
        else _manuscript(front)
    )
    line = 1 if plainly else tangled(written.text)
    parsed = None if line else _parsed(written, rules)
    if parsed is None:
        tangle = Problem(code=Code.TEXT_ONLY, line=front.first_line + max(line, 1) - 1)
        form = paragraphs(written.text, first_line=front.first_line)
        return _Page(front=front, parsed=form, problems=(*problems, tangle))
    return _Page(front=front, parsed=parsed, problems=problems)


def _manuscript(front: FrontMatter) -> Manuscript:
    try:
        return manuscript(front.text, first_line=front.first_line)
    except Exception:  # noqa: BLE001 - the same as below: what cannot be rendered is shown as it is written
        return Manuscript(text=front.text, first_line=front.first_line)


def _parsed(written: Manuscript, rules: Rules) -> Parsed | None:
    try:
        return parse_manuscript(written, base_url=rules.base_url)
    except MemoryError:
        raise  # there may be none left to read it as text
    except Exception:  # noqa: BLE001 - a parser that stumbles over a post must not stop the others; it stays readable
        return None


def _states(front: FrontMatter) -> Iterable[Problem]:
    if front.drafted:
        line, written = front.kept_back_by()
        yield Problem(code=Code.DRAFT, line=line, details={"written": written})
    if front.withdrawn:
        yield Problem(code=Code.WITHDRAWN, line=front.line_of("withdrawn"))


_LINK_OF_TAGS = re.compile(r"\]\([ \t]*(?P<link>[^()\n]*?(?:\{\{[^{}\n]*\}\}|\{%[^{}\n]*%\})[^()\n]*?)[ \t]*\)")
_TAG = re.compile(r"\{\{[^{}\n]*\}\}|\{%[^{}\n]*%\}")
_LINES_ON = 6
"""So many lines on from where a paragraph begins a link of it is looked for."""


def _as_written(problem: Problem, front: FrontMatter) -> Problem:
    """The problem; a bad link is named as the file has it, where tags of a generator were left out of it."""
    at = problem.line - front.first_line
    if problem.code is not Code.BAD_LINK or at < 0:
        return problem
    lines = "\n".join(front.text.split("\n", at + _LINES_ON)[at : at + _LINES_ON])
    for found in _LINK_OF_TAGS.finditer(lines):
        if _TAG.sub("", found["link"]).strip() == problem.details["link"]:
            return replace(problem, details={**problem.details, "link": found["link"][:200]})
    return problem


# --- Head --------------------------------------------------------------------------------------------------------


def _head(post: Post, page: _Page, rules: Rules) -> _Head:
    head = _Head()
    _find_title(head, post.path, page)
    _find_date(head, post.path, page.front, rules)
    said = page.front.word("series")
    head.series, refused = series_of(post.path, _series_title(head), said, rules)
    if refused:
        head.problems.append(Problem(code=Code.PUSH_NOT_ALLOWED))
    return head


def _series_title(head: _Head) -> str:
    """The title, as far as it can name a series: a file's name that begins with its date names one post only."""
    made_up = any(problem.code is Code.TITLE_FALLBACK for problem in head.problems)
    return "" if made_up and head.title[:1].isdigit() else head.title


def _find_title(head: _Head, path: str, page: _Page) -> None:
    """The front matter's title, else that of the heading of level 1, else one made of the file's or folder's name."""
    placed = page.parsed.placed
    title = _shown(_written_title(path, page.front))
    place = _top_heading(placed)
    top = placed[place].block if place is not None else None
    heading = _shown(plain(top.spans)) if isinstance(top, Heading) else ""
    head.title = title or heading or _shown(names.title_in(path)) or _day_of(path)
    if isinstance(top, Heading) and place is not None and _is_repeated(heading, head.title, placed[:place]):
        head.place = place
        head.links = tuple(link.url for link in links_in(top.spans))
    if not head.title:
        head.problems.append(Problem(code=Code.NO_TITLE))
    elif not title and not heading:
        head.problems.append(Problem(code=Code.TITLE_FALLBACK, details={"title": head.title}))


def _written_title(path: str, front: FrontMatter) -> str:
    """What the front matter writes as title. Brackets around it are its own; of several languages the path's counts."""
    match front.values.get("title") or front.values.get("headline"):
        case [str(), *_] as words:
            return f"[{', '.join(word for word in words if isinstance(word, str) and word)}]"
        case dict() as titles:
            said = (titles.get(names.language_in(path)), *titles.values())
            return next((title for title in said if isinstance(title, str) and title), "")
        case _:
            return front.word("title", "headline")


def _day_of(path: str) -> str:
    """The day that the folders tell with the file's name, as a title: `2026/05/12.md`, `2026/05/12/index.md`."""
    folder, bare = path.rpartition("/")[0], names.untranslated(path)
    day = dates.beneath(bare, UTC) or (dates.in_folder(folder, UTC) if bare.endswith("/index") else None)
    return f"{day:%Y-%m-%d}" if day else ""


def _top_heading(placed: Sequence[Placed]) -> int | None:
    """Where the heading of level 1 stands that heads the post; of several, only one with nothing but pictures above."""
    tops = [at for at, one in enumerate(placed) if isinstance(one.block, Heading) and one.block.level == 1]
    if _is_one_of_many(placed, tops):
        return None
    if len(tops) == 1 or (tops and all(_is_preamble(one.block) for one in placed[: tops[0]])):
        return tops[0]
    return None


_MANY, _ALIKE = 3, 0.8
"""Headings of level 1 that are many, and how many of them must be built alike to be stories rather than chapters."""


def _is_one_of_many(placed: Sequence[Placed], tops: Sequence[int]) -> bool:
    """Whether the first heading of level 1 is built like the following ones: then it heads its own story only."""
    built = [_build(placed, at) for at in tops]
    return len(tops) >= _MANY and built[0] is not None and built.count(built[0]) >= len(tops) * _ALIKE


_FACT_NAME = re.compile(r"\W*([^:：\n]{1,24})[:：]")


def _build(placed: Sequence[Placed], at: int) -> tuple[type[object], str] | None:
    """How what a heading heads begins: as which kind of block, with which label; None where no label tells."""
    heading, below = placed[at].block, placed[at + 1].block if at + 1 < len(placed) else None
    if isinstance(heading, Heading) and len(heading.spans) == 1 and isinstance(heading.spans[0], Link):
        return Link, ""
    if below is None or isinstance(below, Heading) or not (found := _FACT_NAME.match(plain_blocks((below,)))):
        return None
    return type(below), found[1].strip().casefold()


def _is_preamble(block: Block) -> bool:
    """Whether the block is a picture, a rule, or badges: what may stand above a title."""
    if isinstance(block, Paragraph):
        return all(isinstance(span, Link | Break) or not plain((span,)).strip() for span in block.spans)
    return isinstance(block, Image | Rule)


def _is_repeated(heading: str, title: str, above: Sequence[Placed]) -> bool:
    """Whether the heading only says the title once more, at the head of the post: other numbers say something else."""
    if not all(_is_preamble(placed.block) for placed in above):
        return False
    one, other = _letters(heading), _letters(title)
    if heading == title or one == other:
        return bool(one) or heading == title
    alike = SequenceMatcher(None, one[:_COMPARED], other[:_COMPARED], autojunk=False).ratio() >= _SAME
    return alike and re.findall(r"\d+", one) == re.findall(r"\d+", other)


_SAME = 0.9
"""Nine tenths of the letters in common: the same title with a slip of the pen, or with a word in another form."""

_COMPARED = 200
"""Characters that are compared of two titles."""


def _letters(words: str) -> str:
    """The letters and digits, whatever their width and case: what titles share that are spelled with another comma."""
    return "".join(char for char in unicodedata.normalize("NFKC", words).casefold() if char.isalnum())


_MARKED_UP = re.compile(r"[*_`~\[\]<&\\]")


_LONGEST_MARKED_UP = 2_000
"""Characters of a title in which markup is looked for. No title is so long; what is costs nothing more."""


def _shown(words: str) -> str:
    """A title without its markup."""
    if len(words) <= _LONGEST_MARKED_UP and _MARKED_UP.search(words) and not tangled(words):
        words = " ".join(plain(block.spans) for block in blocks(f"# {words}") if isinstance(block, Heading)) or words
    return one_line(without_stars(drawn(words))[0])


_DATES = (
    *("date", "published", "publishdate", "publish_date", "published_at", "publishedat", "published_date", "pubdate"),
    *("pubdatetime", "datepublished", "date_published", "posted", "created", "created_at", "createdat", "createtime"),
)
_CHANGES = ("updated", "lastmod", "modified", "updated_at", "last_modified")


def _find_date(head: _Head, path: str, front: FrontMatter, rules: Rules) -> None:
    """The front matter's date, else what the file's name, the title or the folder tells, the more exact the better.

    Of a date without a time the title or the name may tell the hour: issues of one day are told apart by it.
    """
    spelled, told = _first_spelled(head, front, rules.zone, _DATES), _told(head.title, path, rules.zone)
    head.published = dates.refined(spelled, told) if spelled else told
    if head.published is None:
        head.published = _first_spelled(head, front, rules.zone, _CHANGES)
    if head.published is None:
        head.problems.append(Problem(code=Code.NO_DATE))


def _first_spelled(head: _Head, front: FrontMatter, zone: tzinfo, keys: Sequence[str]) -> datetime | None:
    """What the first of the keys that is a date spells; those before it that are none are odd."""
    for key in keys:
        written = front.word(key)
        if not written or written.lower() in _NO_DATES:
            continue
        if moment := dates.spelled(written, zone):
            return moment
        head.problems.append(Problem(code=Code.BAD_DATE, line=front.line_of(key), details={"date": written[:60]}))
    return None


_NO_DATES = frozenset({"true", "false", "yes", "no", "on", "off", "null", "none", "~"})
"""What `published` says when it is no date."""


def _told(title: str, path: str, zone: tzinfo) -> datetime | None:
    """A day before a week before a month, and the file's name before the title before the folders."""
    stem, folder, bare = names.stem_of(path), path.rpartition("/")[0], names.untranslated(path)
    day = dates.in_name(stem, zone)
    titled = dates.in_title(title, zone)
    day = dates.refined(day, titled) if day else titled
    day = day or dates.in_folder(folder, zone) or dates.beneath(bare, zone)
    week = day or dates.week_in(stem, zone) or dates.week_in(title, zone) or dates.week_in(bare, zone)
    return week or dates.month_in(stem, zone) or dates.month_in(title, zone)


_TITLE_COUNTS = 3
"""How often a title counts beside the text: a few names in Latin letters below it are no English text."""


def _language(path: str, front: FrontMatter, title: str) -> str:
    """The front matter's, unless it was copied from another telling; else the path's, else that of the script."""
    said, told = names.primary(front.word("lang", "language", "locale")), names.language_in(path)
    script = language_of(front.text) or language_of(title)
    if said:
        return told if _is_copied(said, told, script, path) else said
    if told and (script in {"", "en"} or names.certain_language(path)):
        return told
    return language_of(" ".join((*[title] * _TITLE_COUNTS, front.text))) if script == "en" else script


def _is_copied(said: str, told: str, script: str, path: str) -> bool:
    """Whether the text is written as the path tells: `x.en.md` whose front matter still says `lang: zh`.

    A folder may mean another thing than a language, and counts only where the text cannot be what is said.
    """
    if not told or _script_of(told) != script:
        return False
    return bool(names.language_in_name(path)) or (names.certain_language(path) and _script_of(said) != script)


def _script_of(language: str) -> str:
    """What `language_of` makes of a text in a language: it knows three by their script, and all others as Latin."""
    return language if language in {"zh", "ja", "ko"} else "zh" if language == "yue" else "en"


def _web(written: str, rules: Rules) -> str | None:
    url = address(written, rules.base_url) if written else None
    return url if url and url.startswith("http") else None


_PICTURES = (
    *(
        "image",
        "cover",
        "thumbnail",
        "picture",
        "images",
        "cover_image",
        "coverimage",
        "featured_image",
        "featuredimage",
    ),
    *("heroimage", "hero", "banner", "og_image", "ogimage", "preview", "top_img", "feature", "img", "header"),
)
_PATTERN = re.compile(r"/:[a-z_]+(?=/|\.|-|$)")
"""A place in a permalink that the site generator fills in: what is meant stands in its settings."""

_PLACE = re.compile(r"\{(path|stem|slug|year|month|day)\}")


def _permalink(path: str, front: FrontMatter, published: datetime | None, rules: Rules) -> str | None:
    """Where the post can be read on the publisher's site: as it says itself, or by the source's pattern."""
    own = front.word("permalink", "canonical_url", "canonicalurl", "canonical")
    own = own or next(filter(re.compile("/").match, [front.word("url")]), "")
    if own and not _PATTERN.search(own):
        return _web(own, rules)
    stem = names.stem_of(path)
    words = {"path": path.rpartition(".")[0] or path, "stem": stem, "slug": front.word("slug") or stem}
    if published:
        words |= {"year": f"{published:%Y}", "month": f"{published:%m}", "day": f"{published:%d}"}
    if not rules.permalink or any(place not in words for place in _PLACE.findall(rules.permalink)):
        return None
    return _web(_PLACE.sub(lambda place: words[place[1]], rules.permalink), rules)


# --- Stories -----------------------------------------------------------------------------------------------------


def _divided(page: _Page, placed: Sequence[Placed], rules: Rules) -> Division:
    """The stories that the blocks tell, led off the publisher's site; none are looked for in the text-only form."""
    if any(problem.code is Code.TEXT_ONLY for problem in page.problems):
        return Division(intro=tuple(one.block for one in placed))
    division = divide(placed)
    own = _own_sites(page.front, rules)
    if not own:
        return division
    return replace(division, items=tuple(led_elsewhere(item, lambda url: _site(url) in own) for item in division.items))


_SITE = re.compile(
    r"https?://(?:www\.)?((?:(?:github|gitlab|gitee|medium|mp\.weixin\.qq)\.com|raw\.githubusercontent\.com)/[^/?#]*|[^/?#:]+)",
    re.IGNORECASE,
)


def _site(url: str) -> str | None:
    """Whose site an address is on: its host, and its owner where a host has many."""
    found = _SITE.match(url)
    return found[1].lower() if found else None


def _own_sites(front: FrontMatter, rules: Rules) -> frozenset[str]:
    """The publisher's own, as far as the source or the post tells."""
    written = (
        rules.base_url,
        rules.permalink,
        *(front.word(key) for key in ("permalink", "canonical_url", "canonicalurl")),
    )
    return frozenset(filter(None, map(_site, written)))


def _one_story(front: FrontMatter, head: _Head, placed: Sequence[Placed]) -> Division | None:
    """A breaking item is one story, told by the whole post; its front matter has the link."""
    if head.series != BREAKING or not head.title:
        return None
    if "link" not in front.values and (division := divide(placed)).items:
        return division
    url = address(front.word("link"))
    body = tuple(one.block for one in placed)
    return Division(items=(Item(title=(Text(head.title),), url=url, body=body, line=front.first_line),))


def _story(item: Item) -> Story:
    key = story_key(item.url) if item.url else None
    return Story(title=item.title, number=item.number, url=item.url, key=key, body=item.body, section=item.section)


def _story_problems(series: str, items: Sequence[Item], stories: Sequence[Story]) -> Iterable[Problem]:
    if not stories:
        yield Problem(code=Code.NO_STORIES)
    bare = [item for item in items if item.url is None and series != BREAKING]
    if bare:
        titles = "、".join(_short(item) for item in bare[:_TITLES_NAMED])
        yield Problem(code=Code.STORY_WITHOUT_LINK, line=bare[0].line, details={"count": len(bare), "titles": titles})
    known: set[StoryKey] = set()
    for item, story in zip(items, stories, strict=True):
        if story.key in known:
            details = {"link": item.url or "", "title": _short(item)}
            yield Problem(code=Code.REPEATED_LINK, line=item.line, details=details)
        known |= {story.key} if story.key else set()


def _short(item: Item) -> str:
    title = one_line(plain(item.title))
    return title if len(title) <= _SHORT else f"{title[: _SHORT - 1]}…"
