"""What the tags of site generators say in Markdown: Liquid (Jekyll, Hexo) and the shortcodes of Hugo.

A post is read without its generator. What a tag would have shown is said where it can be known (a video, a picture,
a link); everything else goes, and what stands between an opening and a closing tag stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

_NAME = re.compile(r"[-\s]*([^\s%<>{}]*)")
_ARGUMENT = re.compile(r"""(?:([\w-]+)\s*=\s*)?(?:"([^"]*)"|'([^']*)'|“([^”]*)”|([^\s"'=“”]+))""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag: its name in lower case (`/x` or `endx` closes `x`), the words and the named words behind it."""

    name: str
    words: tuple[str, ...] = ()
    named: Mapping[str, str]

    @classmethod
    def read(cls, inside: str) -> Tag:
        """What stands within the tag's braces."""
        found = _NAME.match(inside)
        name = found[1] if found else ""
        words, named = [], {}
        for key, *values in _ARGUMENT.findall(inside[found.end() if found else 0 :].rstrip("-/ \t\n")):
            value = next(filter(None, values), "").strip()
            if key:
                named[key.lower()] = value
            elif value:
                words.append(value)
        return cls(name=name.lower(), words=tuple(words), named=named)

    def named_any(self, *names: str) -> str:
        """The first of the named words that says something."""
        return next((self.named[name] for name in names if self.named.get(name)), "")


# --- What tags say -----------------------------------------------------------------------------------------------

VIDEOS: Mapping[str, str] = {
    "youtube": "https://www.youtube.com/watch?v={}",
    "bilibili": "https://www.bilibili.com/video/{}",
    "vimeo": "https://vimeo.com/{}",
}
"""Where a video with an id is watched."""

_ID = re.compile(r"[\w-]{4,40}")


def _video(tag: Tag) -> str:
    said = tag.named_any("id", "bvid", "video", "src", "url") or next(iter(tag.words), "")
    if said.startswith(("http://", "https://")):
        return f"<{said}>" if ">" not in said else ""
    site = next((site for site in VIDEOS if site in tag.name or site in "".join(tag.words[:1])), "")
    named = said if said != next(iter(tag.words), "") or tag.name == site else tag.named_any("id")
    return f"<{VIDEOS[site].format(named)}>" if site and _ID.fullmatch(named) else ""


def _included(tag: Tag) -> str:
    """`{% include youtube.html id="…" %}`; what other files hold is not known."""
    file = next(iter(tag.words), "").lower()
    site = next((site for site in VIDEOS if site in file), "")
    said = tag.named_any("id", "video_id", "video", "videoid")
    if site and _ID.fullmatch(said):
        return f"<{VIDEOS[site].format(said)}>"
    picture = tag.named_any("image_path", "src", "url", "image")
    return image(picture, tag.named_any("alt", "caption", "title")) if "fig" in file or "im" in file else ""


def _post(tag: Tag) -> str:
    """A post on X: by its address, or by its author and number."""
    url = tag.named_any("url") or next((word for word in tag.words if word.startswith("http")), "")
    if url:
        return f"<{url}>"
    number = tag.named_any("id") or next((word for word in reversed(tag.words) if word.isdigit()), "")
    user = tag.named_any("user") or next((word for word in tag.words if not word.isdigit()), "") or "i"
    return f"<https://x.com/{user}/status/{number}>" if number.isdigit() and user.isalnum() else ""


def _gist(tag: Tag) -> str:
    return f"<https://gist.github.com/{'/'.join(tag.words[:2])}>" if tag.words else ""


def image(src: str, alt: str) -> str:
    """A picture in Markdown; its words alone where nothing says where it is."""
    alt = re.sub(r"[\[\]\n]", " ", alt).strip()
    if not src.startswith(("http://", "https://", "/", "./", "../")) or re.search(r"[\s<>]", src):
        return alt
    return f"![{alt}]({src})"


def _figure(tag: Tag) -> str:
    return image(tag.named_any("src", "url") or next(iter(tag.words), ""), tag.named_any("alt", "caption", "title"))


def _hexo_image(tag: Tag) -> str:
    """`{% img [class] address [width] [height] [words] %}`."""
    src = next((word for word in tag.words if "/" in word), "")
    words = [word for word in tag.words[tag.words.index(src) + 1 :] if not word.isdigit()] if src else []
    return image(src, " ".join(words[:1]))


def _asset(tag: Tag) -> str:
    """`{% asset_img file words %}`: the file lies beside the post, where no reader can follow."""
    return " ".join(word for word in tag.words[1:] if not word.isdigit())


def _hexo_link(tag: Tag) -> str:
    """`{% link words address %}`; Jekyll's `{% link file %}` is an address within the site."""
    at = next((index for index, word in enumerate(tag.words) if word.startswith(("http://", "https://", "/"))), 0)
    return linked(" ".join(tag.words[:at]), tag.words[at]) if at else ""


def linked(words: str, url: str) -> str:
    """A link in Markdown."""
    words = re.sub(r"[\[\]\n]", " ", words).strip()
    return f"[{words}]({url})" if words and not re.search(r"[\s<>]", url) else f"<{url}>"


_OPENS = frozenset({"tab", "details", "accordion", "collapse", "spoiler", "fold", "folding", "expand"})
"""Tags whose first word names what can be opened, even if it is a single one."""


def _titled(tag: Tag) -> str:
    """The words of a tag that opens something: what can be unfolded, a box, a quote."""
    first = next(iter(tag.words), "")
    title = tag.named_any("title", "summary") or (first if " " in first or tag.name in _OPENS else "")
    return f"**{title}**" if title and "*" not in title else title


_SAYS: Mapping[str, Callable[[Tag], str]] = {
    **dict.fromkeys(("youtube", "youtubeplayer", "bilibili", "vimeo", "video", "bilibiliplayer"), _video),
    **dict.fromkeys(("include", "include_relative", "include_cached"), _included),
    **dict.fromkeys(("tweet", "twitter", "x", "twitter_simple", "x_simple"), _post),
    "gist": _gist,
    **dict.fromkeys(("figure", "image", "picture"), _figure),
    "img": _hexo_image,
    "asset_img": _asset,
    **dict.fromkeys(("link", "linkcard", "linkgrid"), _hexo_link),
}

_SILENT = """
assign capture case when if elsif else unless for break continue cycle tablerow increment decrement layout render
liquid include include_relative include_cached raw highlight codeblock comment ref relref post_url post_link link
asset_path asset_link toc ads adsense param more
"""
WITHOUT_WORDS = frozenset(_SILENT.split())
"""Tags that show nothing by themselves: their going is no loss that anyone should be told of."""


def said(tag: Tag) -> str:
    """What a tag says, in Markdown; empty for one that says nothing, or nothing that could be known."""
    if tag.name.startswith(("/", "end")):
        return ""
    says = _SAYS.get(tag.name)
    if says and (spoken := says(tag)):
        return spoken
    url = tag.named_any("href", "link", "url")
    if url.startswith(("http://", "https://")):
        return linked(tag.named_any("title", "text", "name", "content"), url)
    return _titled(tag) if tag.name not in WITHOUT_WORDS else ""


# --- What only the generator knows ---------------------------------------------------------------------------------

_SITE = re.compile(
    r"\s*-?\s*(?:(?:site|page|post|include|layout|theme|config|paginator|forloop|jekyll)[.\[]|content\b|url_for\b"
    r"|[^\W\d][\w-]*\.[^\W\d]|[^|]*\|(?!\|))"
)
"""How what a generator fills in begins. Others (`{{ .Name }}`, `{{ message }}`) stand in posts to be talked about."""
_QUOTED = re.compile(r"""\s*-?\s*(?:"([^"]*)"|'([^']*)')""")
_FOREIGN = re.compile(r"(?:[$^_\\]|\\[A-Za-z]{1,20})\Z")
_SETTING = re.compile(
    r"""[-\s]*(?:assign\s+([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|(-?[\d.]+))?|capture\s+([\w-]+))\s*"""
)


def is_value(before: str, inside: str) -> bool:
    r"""Whether braces hold a value: those of `${{ x }}`, `\frac{{a}}` and `style={{a: b}}` are other languages'."""
    return bool(inside.strip()) and not _FOREIGN.search(before) and not (before.endswith("=") and ":" in inside)


def is_filled_in(inside: str) -> bool:
    """Whether `{{ … }}` says by itself that a generator fills it in."""
    return _SITE.match(inside) is not None


def literal(inside: str) -> str | None:
    """The words that `{{ … }}` begins with, if it does."""
    quoted = _QUOTED.match(inside)
    return (quoted[1] or quoted[2] or "") if quoted else None


def setting(inside: str) -> tuple[str, str | None] | None:
    """The name that a tag gives a value to, and the value; None where only the generator can tell it."""
    found = _SETTING.match(inside)
    if found is None:
        return None
    name, *values, captured = found.groups()
    if captured or inside[found.end() :].strip("- "):
        return captured or name, None
    return name, next((value for value in values if value is not None), None)


CONTROL = r"\{%-?\s*(?P<ends>end)?(?P<control>for|tablerow|if|unless|case|else|elsif|elseif|elif|when)\b[^%]{0,400}%\}"
"""How a tag looks that decides what is shown, and how often."""

_LOOPS = frozenset({"for", "tablerow"})
_BRANCHES = frozenset({"else", "elsif", "elseif", "elif", "when"})


def passed_over(tags: Iterable[re.Match[str]]) -> dict[int, int]:
    """Where tags of `CONTROL` begin behind which nothing is shown, and where it goes on.

    A loop is not shown at all, since how often is not known; of a condition's branches, only the first.
    """
    ends: dict[int, int] = {}
    opened: list[tuple[str, list[int]]] = []
    for tag in tags:
        name = tag["control"]
        if name in _BRANCHES:
            if opened:
                opened[-1][1].append(tag.start())
        elif not tag["ends"]:
            opened.append((name, [tag.start()]))
        elif any(name == one for one, _ in opened[-_DEEPEST:]):
            while opened[-1][0] != name:
                opened.pop()
            _, places = opened.pop()
            turn = 0 if name in _LOOPS else 2 if name == "case" else 1
            ends |= dict.fromkeys(places[turn : turn + 1], tag.end())
    return ends


_DEEPEST = 50
"""Tags within each other that are looked through for the one that is closed."""

CONDITIONS = _LOOPS | {"if", "unless", "case"}
"""The tags that only the generator can decide."""
