"""The words by which publishers mark what a link, a line or a section is for, in the languages they write in.

A sign must be the whole of what it stands in, less punctuation and emoji: «Jobs» is a section of vacancies,
«Jobs report beats forecasts» is a story.
"""

from __future__ import annotations

import re


def _any_of(words: str) -> str:
    """The words, parted by line ends or by commas and blanks, as alternatives of a pattern."""
    return "|".join(word.strip() for word in re.split(r",\s|\n", words) if word.strip())


_EDGE = r"[\W_]*"
_ASIDE = r"(?:[(（【\[][^()（）]{0,24}[)）】\]][\W_]*)?"

_LABELS = _any_of(
    """
    links?, sources?, src, read, more, read more, read on, learn more, see more, find out more, continue reading
    read (?:the )?(?:full )?(?:article|story|post|more|paper)[^\\w]*, full (?:story|article|text), details?, here
    url, web, website, site
    article, original(?: article| post| link)?, via, ref, refs, reference, paper, pdf, arxiv, abs, html, code, repo
    repository
    github, demo, project(?: page)?, homepage, blog, blog post, announcement, tweet, post, permalink, discussion
    comments?, \\d+ comments?
    video, watch, download, release notes?, hn, hacker news, lobsters, reddit
    链接, 連結, 鏈接, 原文, 原文链接, 原链接, 原始链接, 原文連結, 原文地址, 来源, 來源, 来源链接, 消息来源, 信息来源
    新闻来源, 文章链接, 文章地址, 详情, 詳情, 更多, 更多详情, 查看, 查看原文
    查看详情, 查看更多, 阅读原文, 閱讀原文, 阅读全文, 閱讀全文, 阅读更多, 继续阅读, 了解更多, 点击查看, 点击阅读
    点击这里, 这里, 此处, 全文, 原帖, 原推, 原贴
    出处, 官网, 官方网站, 网页, 网站, 网址, 地址, 项目地址, 项目链接, 项目主页, 仓库, 仓库地址, 论文, 论文地址
    论文链接, 代码, 代码地址, 代码链接, 博客, 公告, 报道
    参考, 参考链接, 参考资料, 相关链接, 传送门, 直达, 直达链接, 视频, 演示, 推文, 评论, 讨论, 下载, 下载地址
    リンク, 記事, 元記事, 続きを読む, もっと見る, 詳細, 詳しく, ソース, 出典, 引用元, 출처, 링크, 원문, 더 보기
    lien, liens, lire, lire la suite, lire l['’]article, voir, en savoir plus, weiterlesen, mehr, mehr lesen, quelle
    zum artikel, artikel
    leer más, fuente, enlace, leia mais, fonte
    """
)
_LABEL = re.compile(rf"{_EDGE}(?:{_LABELS})?{_EDGE}", re.IGNORECASE)
_ADDRESS = re.compile(r"[\W_]{0,8}(?:https?://|(?:[\w-]+\.)+[a-z]{2,}/[!-~]*\s*$)", re.IGNORECASE | re.ASCII)

_FACTS = _any_of(
    """
    authors?, by, date, time, published(?: on| at)?, score, points?, votes?, upvotes?, likes?, stars?, forks?
    language, languages, license, tags?
    category, categories, topics?, keywords?, rating, views?, summary, abstract, description, why it matters, tl;?dr
    subjects?, institution
    作者, 日期, 时间, 發布时间, 发布时间, 发布日期, 评分, 分数, 热度, 点赞, 点赞数, 评论数, 阅读量, 语言, 标签, 分类
    类别, 关键词, 关键字, 摘要, 简介, 描述, 概要, 星标, 编辑, 整理, 翻译, 校对, 审校, 主编, \\w{0,8}归档, 平台, 机构
    单位, 推荐理由, 背景, 意义, 亮点, 看点, 要点, 关键点, 核心观点, 核心内容, 主要内容
    详细内容, 影响, 为什么重要, 一句话总结
    what happened, what (?:this|it) means, what['’]s new, why this matters, the details, the big picture, background
    key points?, key details?
    著者, 日付, 概要, タグ, auteur, résumé, autor, datum, zusammenfassung
    """
)
_FACT = re.compile(rf"{_EDGE}(?:{_FACTS}|{_LABELS}){_EDGE}", re.IGNORECASE)

_COMMENTARY = re.compile(
    rf"{_EDGE}(?:"
    + _any_of(
        """
        点评, 點評, 锐评, 短评, 编者按, 編者按, 编辑点评, 编辑手记, 小编点评, 行业洞察, 深度洞察, 核心洞察, 关键洞察
        编辑洞察, 趋势观察, 观察, 洞察, 总结, 總結, 总评, 小结, 结语, 結語, 写在最后, 后记, 我的看法, 个人看法, 思考
        启发
        对我们的启发, 观点, 今日观点, 今日点评, 本期点评, 今日总结, 本周总结, 总结与.{1,8}, 趋势展望, 展望, 未来展望
        每日一评, 趋势洞察, 趋势分析, 今日洞察
        takes?, (?:our|my|hot) takes?, takeaways?, key takeaways?, commentary, comments?, analysis
        editor['’]s (?:note|take), closing thoughts
        final thoughts, conclusions?, wrap[- ]?up, in closing, outro, 編集後記, 感想, まとめ, conclusion
        le mot de la fin, fazit
        """
    )
    + rf"){_EDGE}{_ASIDE}",
    re.IGNORECASE,
)

_BOILERPLATE = re.compile(
    rf"{_EDGE}(?:"
    + _any_of(
        """
        订阅, 訂閱, 订阅方式, 如何订阅, 欢迎订阅, 订阅本刊, 投稿, 欢迎投稿, 投稿方式, 投稿与订阅, 投稿说明, 如何投稿
        招聘, 招聘信息
        .{1,12}招聘信息, .{0,20}工作岗位, .{0,10}社区活动, 参与邀请, 参与贡献, 参考来源, 参考资料, 参考文献
        相关链接, 信息来源, 求职, 工作机会, 内推, 招聘求职, 职位, 往期, 往期回顾, 往期精选
        往期内容, 历史记录, 历史, 存档, 归档, 求职招聘, 招聘求职, 更多.{0,16}, 更多内容, 往期周刊, 往期推荐
        往年回顾, 历史回顾, 历史文章, 历史周刊, 关于, 关于我们, 关于本刊, 关于周刊, 关于作者, 关于我, 编辑, 编辑团队
        责任编辑, 本期编辑, 小编, 贡献者, 致谢, 感谢, 鸣谢
        联系我们, 联系方式, 联系, 加入我们, 加入社区, 加群, 交流群, 微信群, 公众号, 关注我们, 广告, 赞助, 赞助商
        支持我们, 打赏, 声明, 免责声明, 版权声明, 版权, 活动, 活动日历, 近期活动, 线下活动, 活动预告, 会议日历
        说明, 数据来源, 信息来源说明, 反馈, 友情链接, 友链, 最后, 留言
        subscribe(?: now| here| to .{1,40})?, subscription, unsubscribe, how to subscribe, submit(?: .{1,40})?
        submissions?, contribute, contributing
        how to contribute, contributors?, jobs?, job (?:board|listings?|openings?|postings?), hiring
        we['’]re hiring, connect(?: with us)?, contributors?['’]? corner, community corner, wanted, careers?
        open positions
        who['’]?s hiring, editors?, about(?: us| me| this (?:newsletter|issue|digest)| the author)?, authors?
        credits?, thanks, thank you, acknowledge?ments?
        sponsors?, sponsored(?: by)?, our sponsors?, promotions?, promo, werbung, publicité, 推广, 広告
        advertise(?:ment)?, upcoming events?, upcoming .{1,30}
        coming up.{0,40}, open positions.{0,40}, get involved, welcome(?: to .{1,40})?, thanks for reading.{0,20}
        欢迎来到.{1,20}, 感谢.{0,6}阅读.{0,6}, new contributors?, sources?, references?
        further reading, see also, related(?: posts| articles| reading)?, bibliography, footnotes?
        参考, 参考文献, 参考资料, 参考链接, 延伸阅读, 相关阅读, 相关链接
        events?(?: calendar)?
        event calendar, calendar, meetups?
        call for (?:participation|papers|proposals|speakers|testing|content).*, calls for testing, cf[ps], cfps?
        previous issues?, past issues?, archives?
        feedback, contact(?: us)?, follow us, stay in touch, get in touch, join us
        join the (?:community|conversation), share(?: this)?, license
        disclaimer, copyright, privacy, unsubscribe, table of contents, toc, navigation, colophon, quote of the week
        that['’]s (?:it|all).*
        目录, 目錄, 目次, 本期目录, 求人, 購読, お問い合わせ, イベント, emplois?, offres d['’]emploi, agenda
        événements, s['’]abonner, abonnez-vous.{0,40}, contribuer, stellenangebote
        termine, veranstaltungen, über uns, impressum
        """
    )
    + rf"){_EDGE}{_ASIDE}",
    re.IGNORECASE,
)

_OVERVIEW = re.compile(
    rf"{_EDGE}(?:"
    + _any_of(
        """
        目录, 目錄, 目次, 导读, 導讀, 焦点, 今日焦点, 本周焦点, 今日重点, 重点速览, 速览, 今日速览, 本期速览, 概览
        今日概览, 内容概览, 本期内容, 本期导读, 今日导读, 本期看点, 今日看点, 今日要点, 要点, 要点速览, 摘要
        今日摘要, 本期摘要, 内容提要, 一分钟速读, 快速导航, 导航
        table of contents, contents, toc, in this issue, in this edition, this week['’]s contents, overview
        highlights, at a glance, tl;?dr, summary
        quick (?:summary|overview), index, sommaire, au sommaire, inhalt, inhaltsverzeichnis, übersicht
        """
    )
    + rf"){_EDGE}{_ASIDE}",
    re.IGNORECASE,
)

_LONGEST = 60
"""Characters of what may be a sign."""


def is_label(words: str) -> bool:
    """Whether a link's words only say that there is a link: «Read more», «原文», the address itself, or nothing."""
    return is_address(words) or (len(words) <= _LONGEST and _LABEL.fullmatch(words) is not None)


def is_address(words: str) -> bool:
    """Whether a link's words are an address."""
    return _ADDRESS.match(words) is not None


_ORIGIN = re.compile(
    r"(?:.*[\s|｜·•,，;；])?[\W_]*(?:原文|原文链接|原文地址|原链接|来源|來源|出处|文章链接|阅读原文|阅读全文"
    r"|original|sources?|read more|出典|元記事)[\W_]*",
    re.IGNORECASE,
)


def is_source(words: str) -> bool:
    """Whether the words of a link, or those right before it, say that the story comes from there."""
    return len(words) <= _LONGEST and _ORIGIN.fullmatch(words) is not None


_SOURCE = re.compile(
    rf"{_EDGE}(?:sources?|via|出典|引用元|ソース|参考|来源|來源|出处|原文|quelle|fuente|출처)\s*[:：]", re.IGNORECASE
)


def names_source(words: str) -> bool:
    """Whether a link's words only say whose page it leads to: «Source: The Paper», «来源：某报»."""
    return len(words) <= _LONGEST and _SOURCE.match(words) is not None


_CREDIT = re.compile(
    rf"{_EDGE}(?:编辑|责任编辑|主编|整理|翻译|校对|审校|编译|订阅|\w{{0,8}}归档|投稿|editors?|curated by|archive)"
    r"(?:\s*[:：].*|\W*)",
    re.IGNORECASE,
)


def is_credit(words: str) -> bool:
    """Whether a line of a list only says who made it, or where it is kept: «编辑: 某人»."""
    return len(words) <= _LONGEST and _CREDIT.fullmatch(words) is not None


def is_fact(words: str) -> bool:
    """Whether these words name a fact about a story (its author, its source) and are none themselves."""
    return len(words) <= _LONGEST and _FACT.fullmatch(words) is not None


def is_commentary(words: str) -> bool:
    """Whether a heading says that the editor speaks now."""
    return len(words) <= _LONGEST and _COMMENTARY.fullmatch(words) is not None


def is_boilerplate(words: str) -> bool:
    """Whether a heading says that what follows stands in every issue and is no story."""
    return len(words) <= _LONGEST and _BOILERPLATE.fullmatch(words) is not None


def is_overview(words: str) -> bool:
    """Whether a heading says that what follows is told again below."""
    return len(words) <= _LONGEST and _OVERVIEW.fullmatch(words) is not None
