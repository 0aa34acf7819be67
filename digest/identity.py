"""What names a text and what tells that two digests tell the same story."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from yarl import URL

from digest.model import Revision, StoryKey
from digest.redirectors import host_of, origin

_NAME_LENGTH = 32
"""Hexadecimal digits of a name: 128 bits of the sha-256, which no two posts will share by chance."""

_LONGEST_KEY = 2_000
"""Characters. A longer address is no address that anyone wrote twice."""

_TWITTER = frozenset({"twitter.com", "x.com", "fxtwitter.com", "vxtwitter.com", "fixupx.com"})
_STATUS = re.compile(r"/(?:i/web|[^/]+)/status(?:es)?/(\d+)")

_ARXIV = frozenset({"arxiv.org", "export.arxiv.org"})
_PAPER = re.compile(r"/(?:abs|pdf|html)/((?:[\w.-]+/)?\d[\d.]*\d)(?:v\d+)?(?:\.pdf)?")

_TRACKER_NAMES = """
fbclid gclid dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh mkt_tok vero_id wickedid oly_anon_id oly_enc_id
_hsenc _hsmi __hssc __hstc __s s_cid cmpid ncid guccounter guce_referrer guce_referrer_sig spm spm_id_from vd_source
scm ref ref_src ref_url referrer cmp ftag xtor trk trkcampaign mibextid unique_k bbid
"""
_TRACKERS = frozenset(_TRACKER_NAMES.split())
_TRACKER_PREFIXES = ("utm_", "mc_", "hsa_", "pk_", "mtm_", "share_", "sharer_", "at_")

_WECHAT_TRACKERS = """
chksm scene srcid mpshare exportkey pass_ticket sessionid clicktime enterid ascene devicetype version lang nettype
abtest_cookie wx_header from isappinstalled subscene key uin poc_token
"""
_LOCAL_TRACKERS: Mapping[str, frozenset[str]] = {
    "mp.weixin.qq.com": frozenset(_WECHAT_TRACKERS.split()),
    "youtube.com": frozenset({"si", "feature", "pp", "ab_channel"}),
    "youtu.be": frozenset({"si", "feature"}),
    "medium.com": frozenset({"source", "sk"}),
    "bilibili.com": frozenset({"p_from", "from", "seid", "from_source"}),
    "weibo.com": frozenset({"from", "wm", "type"}),
}
"""Parameters that say nothing on one site, and may say everything on another."""


def name_of(data: bytes) -> Revision:
    """The name of a text: the beginning of its sha-256, as hexadecimal digits."""
    return Revision(hashlib.sha256(data).hexdigest()[:_NAME_LENGTH])


def story_key(url: str) -> StoryKey | None:
    """The canonical form of a web address, without its scheme; None for what cannot tell a story from another.

    No key: an address that is none, one that is not http(s), and a bare host, which is a landing page.
    """
    try:
        return _key(origin(URL(url.strip())))
    except ValueError:
        return None


def _key(url: URL) -> StoryKey | None:
    host = host_of(url)
    if not host or url.scheme not in {"http", "https"}:
        return None
    path = url.raw_path.rstrip("/")
    if host in _TWITTER:
        status = _STATUS.match(path)
        return StoryKey(f"x.com/i/status/{status[1]}") if status else _spelled("x.com", path, _query(url, host))
    if host in _ARXIV and (paper := _PAPER.fullmatch(path)):
        return StoryKey(f"arxiv.org/abs/{paper[1]}")
    port = "" if url.is_default_port() or url.explicit_port is None else f":{url.explicit_port}"
    return _spelled(host + port, path, _query(url, host))


def _spelled(host: str, path: str, query: str) -> StoryKey | None:
    if not path and not query:
        return None
    key = f"{host}{path or '/'}?{query}" if query else host + path
    return StoryKey(key) if len(key) <= _LONGEST_KEY else None


def _query(url: URL, host: str) -> str:
    if not url.raw_query_string:
        return ""
    local = _LOCAL_TRACKERS.get(host, frozenset())
    pairs = filter(None, url.raw_query_string.split("&"))
    return "&".join(sorted(pair for pair in pairs if not _tracks(pair.partition("=")[0], host, local)))


def _tracks(name: str, host: str, local: frozenset[str]) -> bool:
    name = name.lower()
    if name == "ref" and host == "github.com":  # there it is a branch
        return False
    return name in _TRACKERS or name in local or name.startswith(_TRACKER_PREFIXES)
