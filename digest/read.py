"""From a post to a digest. Reading never raises: whatever is odd about a post becomes a problem of its digest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from digest import dates, frontmatter, names
from digest.emphasis import without_stars
from digest.frontmatter import FrontMatter
from digest.identity import name_of, story_key
from digest.links import address
from digest.manuscript import Manuscript, manuscript
from digest.markdown import Parsed, Placed, paragraphs, parse_manuscript
from digest.model import BREAKING, Digest, Post, Rules, Story, StoryKey
from digest.problems import Code, Problem
from digest.push import push_post
from digest.richtext import Heading, Text, links_in, plain
from digest.series import series_of
from digest.shapes import Division, divide
from digest.story import Item
from digest.tangle import tangled
from digest.writing import language_of, one_line

__all__ = ["LARGEST_POST", "push_post", "read"]

LARGEST_POST = 512 * 1024
"""Bytes. The largest real post that was found has 290 KB."""

_SHORT = 40
"""Characters of a story's title within a problem."""

_TITLES_NAMED = 3
"""How many stories a problem names that concerns several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A post's text, read: what stands in its front matter and in its blocks."""

    front: FrontMatter
    parsed: Parsed
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Head:
    """What is known about a digest before its stories.

    `heads` says whether the title is the first block's, `links` where that block leads.
    """

    title: str = ""
    heads: bool = False
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
    placed = page.parsed.placed[1:] if head.heads else page.parsed.placed
    division = _one_story(page.front, head, placed) or _divided(page, placed)
    permalink = _permalink(post.path, page.front, head.published, rules) or _web(next(iter(head.links), ""), rules)
    untold = page.parsed.placed[0].block if set(head.links) - {permalink} else None
    stories = tuple(_story(item) for item in division.items)
    problems = [*page.problems, *head.problems, *page.parsed.problems]
    if placed or stories:
        problems += _story_problems(head.series, division.items, stories)
    else:
        problems.append(Problem(code=Code.EMPTY))
    return Digest(
        revision=name_of(post.data),
        series=head.series,
        title=head.title,
        slug=page.front.word("id", "slug"),
        published=head.published,
        language=_language(post.path, page.front),
        topics=page.front.words("categories", "category", "topics", "tags"),
        intro=(untold, *division.intro) if untold else division.intro,
        stories=stories,
        commentary=division.commentary,
        picture=_web(page.front.word("image", "cover", "thumbnail", "picture"), rules),
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
        return Problem(code=Code.NOT_TEXT, line=data.count(b"\n", 0, at) + 1, details={"encoding": "binary"})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if error.reason == "unexpected end of data":
            return Problem(code=Code.CUT_OFF, line=line)
        return Problem(code=Code.NOT_TEXT, line=line, details={"encoding": _encoding(data)})
    return None if text.strip() else Problem(code=Code.EMPTY)


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
    written = _manuscript(front) if not plainly else Manuscript(text=front.text, first_line=front.first_line)
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
        yield Problem(code=Code.DRAFT)
    if front.withdrawn:
        yield Problem(code=Code.WITHDRAWN)


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
    """The front matter's title, else the first heading of level 1, else one made of the file's name."""
    placed = page.parsed.placed
    title = _shown(page.front.word("title"))
    top = next((one.block for one in placed if isinstance(one.block, Heading) and one.block.level == 1), None)
    heading = _shown(plain(top.spans)) if top else ""
    head.title = title or heading or _shown(names.title_in(path))
    head.heads = bool(placed) and placed[0].block is top and heading == head.title
    if head.heads and top:
        head.links = tuple(link.url for link in links_in(top.spans))
    if not head.title:
        head.problems.append(Problem(code=Code.NO_TITLE))
    elif not title and not heading:
        head.problems.append(Problem(code=Code.TITLE_FALLBACK, details={"title": head.title}))


def _shown(words: str) -> str:
    return one_line(without_stars(words)[0])


def _find_date(head: _Head, path: str, front: FrontMatter, rules: Rules) -> None:
    """The front matter's date, else what the file's name, the title or the folder tells."""
    written = front.word("date", "published", "publishdate", "pubdate", "pubdatetime", "created")
    if written and written.lower() not in {"true", "false"}:
        head.published = dates.spelled(written, rules.zone)
        if head.published is None:
            head.problems.append(Problem(code=Code.BAD_DATE, details={"date": written[:60]}))
    if head.published is None:
        head.published = (
            dates.in_name(names.stem_of(path), rules.zone)
            or dates.in_title(head.title, rules.zone)
            or dates.in_folder(path.rpartition("/")[0], rules.zone)
        )
    if head.published is None:
        head.problems.append(Problem(code=Code.NO_DATE))


def _language(path: str, front: FrontMatter) -> str:
    said = names.primary(front.word("lang", "language", "locale")) or names.language_in(path)
    return said or language_of(front.text) or language_of(front.word("title"))


def _web(written: str, rules: Rules) -> str | None:
    url = address(written, rules.base_url) if written else None
    return url if url and url.startswith("http") else None


_PLACE = re.compile(r"\{(path|stem|slug|year|month|day)\}")


def _permalink(path: str, front: FrontMatter, published: datetime | None, rules: Rules) -> str | None:
    """Where the post can be read on the publisher's site: as it says itself, or by the source's pattern."""
    own = front.word("permalink", "canonical_url", "canonicalurl")
    if own:
        return _web(own, rules)
    stem = names.stem_of(path)
    words = {"path": path.rpartition(".")[0] or path, "stem": stem, "slug": front.word("slug") or stem}
    if published:
        words |= {"year": f"{published:%Y}", "month": f"{published:%m}", "day": f"{published:%d}"}
    if not rules.permalink or any(place not in words for place in _PLACE.findall(rules.permalink)):
        return None
    return _web(_PLACE.sub(lambda place: words[place[1]], rules.permalink), rules)


# --- Stories -----------------------------------------------------------------------------------------------------


def _divided(page: _Page, placed: Sequence[Placed]) -> Division:
    """The stories that the blocks tell; none are looked for in the text-only form."""
    if any(problem.code is Code.TEXT_ONLY for problem in page.problems):
        return Division(intro=tuple(one.block for one in placed))
    return divide(placed)


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
