"""Pages that only lead on to another: what stands between a reader and the page that was meant."""

from __future__ import annotations

import re
from collections.abc import Mapping

from yarl import URL

_MOST_WRAPPINGS = 3
"""How many redirectors may stand around each other before the rest is taken as it is."""

_SAME_SITE = re.compile(r"\A(?:(?:www|m|mobile|wap|amp)\.)+(?=[^.]+\.)")

_REDIRECTORS: Mapping[str, tuple[str, ...]] = {
    "google.com/url": ("q", "url"),
    "facebook.com/l.php": ("u",),
    "l.facebook.com/l.php": ("u",),
    "link.zhihu.com": ("target",),
    "links.jianshu.com/go": ("to",),
    "link.juejin.cn": ("target",),
    "link.csdn.net": ("target",),
    "weibo.cn/sinaurl": ("u", "toasturl"),
    "gitee.com/link": ("target",),
    "oschina.net/action/GoToLink": ("url",),
    "mp.weixinbridge.com/mp/wapredirect": ("url",),
    "c.pc.qq.com/middlem.html": ("pfurl",),
    "out.reddit.com": ("url",),
    "linkedin.com/redir/redirect": ("url",),
    "youtube.com/redirect": ("q",),
    "duckduckgo.com/l": ("uddg",),
    "slack-redir.net/link": ("url",),
    "vk.com/away.php": ("to",),
    "t.umblr.com/redirect": ("z",),
    "steamcommunity.com/linkfilter": ("url", "u"),
}
"""Host and path, and the parameters that say where to."""

_LEADS_ON = re.compile(
    rf"https?://(?:(?:www|m|mobile)\.)?(?:{'|'.join(map(re.escape, _REDIRECTORS))})/?\?", re.IGNORECASE
)

_ARCHIVED = re.compile(r"/(?:web/\d+[a-z_]*/)?(https?:/{1,2}.+)", re.DOTALL)
_ARCHIVES = frozenset({"web.archive.org", "r.jina.ai"})
"""Sites that show another address's page under a path that spells it."""

_QUICK = re.compile(r"(?:google\.[a-z.]+/amp|[\w-]+\.cdn\.ampproject\.org/[cvi])/(s/)?(.+)", re.DOTALL)
"""Viewers of quick pages, and the page that they show."""


def host_of(url: URL) -> str:
    """The host in lower case, without what does not make it another site (`www.`, `m.`); empty where there is none."""
    return _SAME_SITE.sub("", (url.raw_host or "").lower().rstrip("."), count=1)


def origin(url: URL) -> URL:
    """The page that is meant, less the redirectors and archives around it. Raises ValueError for what is no address."""
    for _ in range(_MOST_WRAPPINGS):
        target = _target(url) or _archived(url)
        if target is None:
            break
        url = URL(target)
    return url


def direct(url: str) -> str:
    """Where a reader should be sent: less redirectors, which only watch. Archives stay, they were meant."""
    for _ in range(_MOST_WRAPPINGS):
        if _LEADS_ON.match(url) is None:
            break
        try:
            target = URL(_target(URL(url)) or url)
        except ValueError:
            break
        url = str(target) if target.raw_host else url
    return url


def _target(url: URL) -> str | None:
    parameters = _REDIRECTORS.get(host_of(url) + url.path.rstrip("/"), ())
    targets = (url.query.get(parameter, "") for parameter in parameters)
    return next((target for target in targets if target.startswith(("http://", "https://"))), None)


def _archived(url: URL) -> str | None:
    """The page that an archive, or a viewer of quick pages, shows."""
    host = host_of(url)
    if quick := _QUICK.fullmatch(host + url.raw_path_qs):
        return f"{'https' if quick[1] else 'http'}://{quick[2]}"
    if host not in _ARCHIVES:
        return None
    archived = _ARCHIVED.match(url.raw_path_qs)
    return re.sub(r"^(https?):/+", r"\1://", archived[1]) if archived else None
