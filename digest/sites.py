"""What identifies a page on sites that have several addresses for one, and which parameters only track a reader.

A pair that is missed is told twice, a false one hides a story: what may differ is kept apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from digest.model import StoryKey

# --- Pages -------------------------------------------------------------------------------------------------------


class _Page(NamedTuple):
    """Addresses of one page: of a host and a path, with the parameters `needs`.

    `key` is spelled with the named groups of both and with the parameters.
    """

    host: re.Pattern[str]
    path: re.Pattern[str]
    key: str
    needs: tuple[str, ...] = ()


def _pages(host: str, *addresses: tuple[str, str] | tuple[str, str, tuple[str, ...]]) -> Iterator[_Page]:
    for path, key, *needs in addresses:
        yield _Page(re.compile(host), re.compile(path, re.IGNORECASE), key, *needs)


_STATUS, _PAPER, _VIDEO = "x.com/i/status/{id}", "arxiv.org/abs/{id}", "youtube.com/watch?v={v}"
_PAPER_ID = r"(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?"

_PAGES = (
    # A status is known by its id, whoever is named before it.
    *_pages(
        r"(?:x|twitter|fxtwitter|vxtwitter|fixupx|fixvx|xcancel)\.com|nitter(?:\.[\w-]+)+",
        (r"/(?:i/web/|[^/]+/)?status(?:es)?/(?P<id>\d+)(?:/.*)?", _STATUS),
    ),
    *_pages(r"threadreaderapp\.com", (r"/thread/(?P<id>\d+)(?:\.html)?", _STATUS)),
    # A paper is one whatever shows it; its versions are the same paper.
    *_pages(
        r"(?:(?:export|browse|cn)\.)?arxiv\.org|ar5iv(?:\.labs\.arxiv)?\.org|alphaxiv\.org",
        (rf"/(?:abs|pdf|html|format|ps|overview)/{_PAPER_ID}(?:\.pdf)?", _PAPER),
    ),
    *_pages(r"huggingface\.co|hf\.co", (rf"/papers/{_PAPER_ID}", _PAPER)),
    *_pages(r"(?:dx\.)?doi\.org", (rf"/10\.48550/arxiv\.{_PAPER_ID}", _PAPER)),
    *_pages(r"openreview\.net", (r"/(?:forum|pdf)", "openreview.net/forum?id={id}", ("id",))),
    *_pages(r"youtu\.be", (r"/(?P<v>[\w-]+)", _VIDEO)),
    *_pages(
        r"(?:music\.)?youtube(?:-nocookie)?\.com",
        (r"/watch", _VIDEO, ("v",)),
        (r"/(?:shorts|live|embed|v)/(?P<v>[\w-]+)", _VIDEO),
    ),
    *_pages(
        r"(?:(?:old|new|np|amp)\.)?reddit\.com",
        (r"/(?:r/[^/]+/)?comments/(?P<id>\w+)(?:/[^/]*)?", "reddit.com/comments/{id}"),
    ),
    *_pages(r"redd\.it", (r"/(?P<id>\w+)", "reddit.com/comments/{id}")),
    *_pages(r"(?:t|telegram)\.me", (r"/(?:s/)?(?P<channel>\w+)/(?P<id>\d+)", "t.me/{channel}/{id}")),
    *_pages(
        r"(?P<tongue>[\w-]+)\.(?:m\.)?wikipedia\.org",
        (r"/(?:wiki|zh(?:-\w+)?)/(?P<of>.+)", "{tongue}.wikipedia.org/wiki/{of}"),
    ),
    *_pages(r"open\.substack\.com", (r"/pub/(?P<name>[\w-]+)/p/(?P<slug>[\w-]+)", "{name}.substack.com/p/{slug}")),
    *_pages(
        r"linkedin\.com",
        (
            r"/(?:posts/.*activity-|feed/update/urn:li:activity:)(?P<id>\d+)(?:-.*)?",
            "linkedin.com/feed/update/urn:li:activity:{id}",
        ),
    ),
    *_pages(
        r"mp\.weixin\.qq\.com",
        (
            r"/(?:s|mp/appmsg/show)",
            "mp.weixin.qq.com/s?__biz={__biz}&idx={idx}&mid={mid}",
            ("__biz", "mid", "idx"),
        ),
    ),
    *_pages(
        r"(?:view\.inews|new|news|xw)\.qq\.com",
        (r"/(?:rain/)?(?:a|omn)/(?:20\d{6}/)?(?P<id>20\d{6}[a-z]\w+)(?:\.html)?", "news.qq.com/rain/a/{id}"),
    ),
    *_pages(r"xiaohongshu\.com", (r"/(?:explore|discovery/item)/(?P<id>\w+)", "xiaohongshu.com/explore/{id}")),
)

_KNOWN = re.compile("|".join(f"(?:{page.host.pattern})" for page in _PAGES))
"""Hosts that have a page here: most have none."""

_CALLED = {"twitter.com": "x.com", "hf.co": "huggingface.co", "telegram.me": "t.me"}
"""Hosts that changed their name, and lead on to it."""

_REPOSITORY = re.compile(r"/([\w.-]+)/([\w.-]+?)(\.git)?(/.*)?")
_FRONT_OF_REPOSITORY = re.compile(r"(?:/tree/(?:main|master)|/blob/(?:main|master)/readme\.md)?", re.IGNORECASE)
_NO_OWNERS = frozenset({"topics", "trending", "search", "orgs", "marketplace", "sponsors", "collections", "features"})


def site_key(host: str, path: str, query: Mapping[str, str]) -> StoryKey | None:
    """The key of a page whose site is known here; None where the general rules say it.

    `path` is without a slash at its end, `query` has the parameters as they are to be spelled.
    """
    for page in _PAGES if _KNOWN.fullmatch(host) else ():
        at = page.host.fullmatch(host)
        found = page.path.fullmatch(path) if at else None
        if at and found and all(query.get(name) for name in page.needs):
            return StoryKey(page.key.format_map({**at.groupdict(), **found.groupdict(), **query}))
    return _front_of_repository(path) if host == "github.com" else None


def site_path(host: str, path: str) -> tuple[str, str]:
    """The host and the path as the site itself would spell them."""
    repository = _REPOSITORY.fullmatch(path) if host == "github.com" else None
    if repository is not None:  # names of owners and of repositories differ in more than their case
        return host, f"/{repository[1]}/{repository[2]}".lower() + (repository[3] or "") + (repository[4] or "")
    return _CALLED.get(host, host), path


def _front_of_repository(path: str) -> StoryKey | None:
    """The key of a repository, whatever of its front page is shown; None for what lies deeper."""
    found = _REPOSITORY.fullmatch(path)
    if found is None or found[1].lower() in _NO_OWNERS or not _FRONT_OF_REPOSITORY.fullmatch(found[4] or ""):
        return None
    return StoryKey(f"github.com/{found[1]}/{found[2]}".lower())


# --- Parameters --------------------------------------------------------------------------------------------------

_TRACKERS = frozenset(
    """
    fbclid gclid dclid gbraid wbraid msclkid yclid ysclid twclid ttclid li_fat_id rdt_cid irclickid epik igshid igsh
    mkt_tok vero_id wickedid oly_anon_id oly_enc_id _hsenc _hsmi __hssc __hstc __hsfp hsctatracking __s _kx _ga _gl
    gad_source gad_campaignid gaa_at gaa_n gaa_ts gaa_sig srsltid s_cid cmpid ncid ocid icid intcid guccounter
    guce_referrer guce_referrer_sig spm spm_id_from vd_source scm ref ref_src ref_url referrer cmp ftag xtor trk
    trkcampaign mibextid unique_k bbid _bhlid bhlid last_resource_guid _branch_match_id __twitter_impression wt_mc
    wt.mc_id sc_channel rb_clickid _openstat nsukey amp outputtype
    """.split()  # noqa: SIM905 - a row of names
)
_TRACKER_PREFIXES = ("utm_", "mc_", "hsa_", "pk_", "mtm_", "matomo_", "piwik_", "share_", "sharer_", "at_")

_LOCAL_TRACKERS: Mapping[str, frozenset[str]] = {
    site: frozenset(names.split())
    for site, names in {
        "mp.weixin.qq.com": (
            "chksm scene srcid mpshare exportkey pass_ticket sessionid clicktime enterid ascene devicetype version "
            "lang nettype abtest_cookie wx_header from isappinstalled subscene key uin poc_token tempkey"
        ),
        "youtube.com": "si feature pp ab_channel",
        "spotify.com": "si",
        "medium.com": "source sk",
        "bilibili.com": "p_from from seid from_source timestamp bsource plat_id",
        "weibo.com": "from wm type",
        "weibo.cn": "from wm type luicode lfid sourcetype featurecode",
        "baidu.com": "wfr for",
        "substack.com": "publication_id post_id isfreemail triedredirect r",
        "linkedin.com": "trackingid lipi midtoken trkemail otptoken rcm originalsubdomain",
        "xiaohongshu.com": "xsec_token xsec_source app_platform app_version appuid apptime author_share type",
        "toutiao.com": "app timestamp use_new_style req_id group_id wid tt_from upstream_biz source",
        "wsj.com": "mod st reflink",
        "nytimes.com": "smid smtyp partner emc",
        "x.com": "s t",
    }.items()
}
"""Parameters that say nothing on one site, its parts included, and may say everything on another."""

_BRANCHES = frozenset({"api.github.com"})
"""Where `ref` is a branch; elsewhere newsletters put their own name there."""


def tracks(name: str, host: str) -> bool:
    """Whether a parameter tells who follows a link rather than where it leads."""
    name = name.lower()
    if name == "ref" and host in _BRANCHES:
        return False
    return name in _TRACKERS or name.startswith(_TRACKER_PREFIXES) or any(name in local for local in _local_to(host))


def _local_to(host: str) -> Iterator[frozenset[str]]:
    while host:
        if host in _LOCAL_TRACKERS:
            yield _LOCAL_TRACKERS[host]
        host = host.partition(".")[2]
