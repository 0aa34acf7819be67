"""What the tests of composing and of the dialects share: words, and digests written for them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Final

from digest.compose import Words
from digest.model import Digest, Revision, Story, StoryKey
from digest.richtext import (
    Block,
    Blocks,
    Bold,
    Break,
    Code,
    CodeBlock,
    Heading,
    Image,
    Italic,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Spans,
    Strike,
    Table,
    Text,
)

WORDS: Final = Words(
    seen_before="之前发过",
    commentary="点评",
    continued="（续）",
    read_on_site="阅读原文",
    whole_story="展开全文",
    unfold_story="展开一条…",
)
CHINA: Final = timezone(timedelta(hours=8))


def text(*said: str) -> Spans:
    """Plain spans."""
    return tuple(Text(part) for part in said)


def paragraph(*said: str) -> Paragraph:
    """A plain paragraph."""
    return Paragraph(text(*said))


def story(number: int | None, title: str, *body: Block, url: str | None = None, section: Blocks = ()) -> Story:
    """A story; its address and key follow from its title where none is given."""
    url = f"https://news.example/{len(title)}/{number}" if url is None else url
    key = StoryKey(url.removeprefix("https://"))
    return Story(title=text(title), number=number, url=url, key=key, body=body, section=section)


def digest(*stories: Story, **fields: Any) -> Digest:
    """A digest of these stories."""
    named = {"revision": Revision("r1"), "name": "0123456789ab", "series": "daily"}
    said = {**named, "title": "2025.12.01 全球 AI 新闻速递", **fields}
    return Digest(stories=stories, **said)


KITCHEN_SINK: Final = digest(
    story(
        1,
        "「天枢」3.5 发布：上下文 200 万字，价格减半",
        Paragraph(
            (
                Text("发布会上，团队把重点放在"),
                Bold((Text("“长文不丢细节”"),)),
                Text("：一本书读完，第 3.5 章的脚注还记得。"),
                Italic((Text("现场演示"),)),
                Text("用了 "),
                Code("summary --pages 1-900"),
                Text(" 这样的命令，"),
                Strike((Text("旧价 20 元"),)),
                Text("，新价 10 元。"),
                Link((Text("价目表"),), "https://tianshu.example/price_(2025)?from=post&lang=zh#tokens"),
                Break(),
                Text("* 以上为每百万字的价格 <含税>，@everyone 可试用 [一周]_"),
            )
        ),
        List(
            ((paragraph("更快"),), (paragraph("更省"), List(((paragraph("白天 5 折"),), (paragraph("夜里 3 折"),)), 1)))
        ),
    ),
    story(
        2,
        "开源社区本周：三个仓库值得一看",
        Table(
            (text("仓库"), text("星标"), text("许可")),
            (
                ((Link(text("paper-lens"), "https://git.example/paper-lens"),), text("12,480"), text("MIT")),
                (
                    (Bold((Link(text("tiny*tokenizer"), "https://git.example/tiny_tokenizer"),)),),
                    text("3,077"),
                    text("—"),
                ),
            ),
        ),
        CodeBlock('def hello(name):\n    print(f"你好，{name} ``` !")', "python"),
        Quote((paragraph("少写一行，"), Quote((paragraph("就少错一行。"),)))),
        section=(Heading(text("开源"), 2), paragraph("编辑挑选，不分先后。")),
    ),
    story(
        3,
        "一张图看懂显存账",
        Image("https://img.example/vram.png", "显存占用对比图"),
        Rule(),
        Heading(text("怎么读"), 4),
    ),
    story(4, "短讯：[更新] 某实验室换帅 🧑‍🚀"),
    title="2025.12.01 全球 AI 新闻速递 & <点评>",
    published=datetime(2025, 12, 1, 9, 15, tzinfo=CHINA),
    topics=("人工智能", "产业动态", "Research & Development"),
    intro=(Paragraph((Text("今天的关键词是"), Bold(text("“性价比”")), Text("。模型在变便宜，选择在变多。"))),),
    commentary=(Heading(text("点评"), 3), paragraph("便宜之后，拼的是耐心。谁先把小事做好？", "我们拭目以待。")),
    permalink="https://daily.example/2025/12/01/",
    picture="https://img.example/cover.png",
    language="zh",
)
"""Every kind of block and span, emphasis around CJK punctuation, and what each platform reads as markup."""

ROLLING: Final = digest(
    *[
        story(number, title, paragraph(body))
        for number, title, body in (
            (1, "芯片厂公布下一代封装", "良率据称过了 80%。量产仍要等到明年夏天。"),
            (2, "搜索助手学会“说不知道”", "团队发布了校准方法；误答少了三成。代码随后开放！"),
            (3, "机器人厨房开进大学食堂", "第一周卖出 3.5 万份炒饭，排队的人说：“味道稳定。”"),
        )
    ],
    series="rolling",
    title="2025.12.01.16 过去4小时全球AI发生了什么？",
    published=datetime(2025, 12, 1, 16, 0, 30, tzinfo=CHINA),
    topics=("AI News",),
    language="zh",
)

ESSAY: Final = digest(
    title="为什么我们不做“秒级推送”",
    intro=(
        paragraph("快不是目的。读者要的是少而准！见 https://daily.example/faq?x=1.2 一页。"),
        List(((paragraph("先核实"),), (paragraph("再发布"),)), 3),
    ),
)
"""A text without stories."""
