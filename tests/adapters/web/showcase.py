"""A morning at an editor's desk: posts, deliveries and messages in every state that the pages show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from adapters.platform import Dialect, Platform
from adapters.web.desk import AlertView, DeliveryView, DigestProgress, PartView, PostView, SourceView
from digest.choices import Layout
from digest.compose import Document, Passage
from digest.problems import Code, Problem
from digest.richtext import Bold, Heading, Link, List, Paragraph, Quote, Rule, Span, Text
from tests.adapters.web.desks import NOW, MemoryDesk, lane
from tests.documents import WORDS

SHANGHAI = timezone(timedelta(hours=8))
MORNING = datetime(2025, 11, 21, 9, 17, tzinfo=SHANGHAI)
NIGHT = datetime(2025, 11, 20, 23, 40, tzinfo=SHANGHAI)

STORIES = (
    (
        "北岸城市群启用统一调度的虚拟电厂",
        "https://example.com/virtual-power-plant",
        (
            "首批接入的是 **1,200 座**商场与办公楼的空调和储能设备。调度平台每五分钟给出一次报价，"
            "楼宇可以自行决定是否响应。试运行两周以来，晚高峰的外购电量下降了约 7%，运营方说下一步会把充电桩也接进来。"
        ),
    ),
    (
        "开源语音模型「回声」发布第二版，支持九种方言",
        "https://example.com/echo-2",
        (
            "新版把参数量压到 **8 亿**，在一台三年前的笔记本上也能实时转写。团队同时公开了训练数据的清单和去重脚本，"
            "并承认粤语的标点恢复仍不理想。许可证从研究用途改成了 Apache 2.0。"
        ),
    ),
    (
        "两家芯片设计公司宣布共享封装标准",
        "https://example.com/chiplet-standard",
        (
            "标准只规定**互连与供电**，不涉及内部架构。双方的理由很实际：封装厂不愿为每一家单独开线。"
            "第三方评测要到明年二季度才会出现，在那之前的功耗数字都来自厂商自己。"
        ),
    ),
    (
        "图书馆联盟给出机器阅读的收费办法：按目的，不按次数",
        "https://example.com/library-licence",
        (
            "办法把用途分成检索、训练与再发布三档，检索免费，训练按机构规模一次性付费。"
            "有出版社认为「再发布」的定义过宽，联盟答应三个月后再议。"
        ),
    ),
    (
        "A small lab shows how to audit a ranking model without its weights",
        "https://example.com/audit-ranking",
        (
            "The method needs nothing but the model's answers: about **40,000 queries** and an afternoon. "
            "The authors found two unannounced changes in a public service that way."
        ),
    ),
)
INTRO = (
    "今天的几条消息都绕不开同一个词：**标准**。电力、芯片和版权三个行业，几乎同时开始把过去口头的默契写成文件。"
    "写下来的规则未必公平，但至少可以争论。"
)
COMMENTARY = (
    (
        "标准之争常被说成技术之争，其实更像**谁来付第一笔钱**的争论。虚拟电厂的账由电网付，封装标准的账由代工厂付，"
        "而机器阅读的账，眼下还没有人愿意认。"
    ),
    "对我们的启发很简单：看到「开放」两个字的时候，先去找价目表。",
)


def spans(text: str) -> tuple[Span, ...]:
    """Text with `**bold**` in it."""
    pieces = text.split("**")
    return tuple(Bold((Text(piece),)) if at % 2 else Text(piece) for at, piece in enumerate(pieces) if piece)


def daily(layout: Layout = Layout.FULL) -> Document:
    """The morning's daily, with intro, five stories and commentary."""
    headlines = layout is Layout.HEADLINES
    stories = tuple(
        Passage(
            title=spans(title),
            number=number,
            url=url,
            body=() if headlines else (Paragraph(spans(body)),),
            folded=layout is Layout.BRIEF,
        )
        for number, (title, url, body) in enumerate(STORIES, 1)
    )
    intro = Passage(body=(Paragraph(spans(INTRO)),))
    commentary = Passage(
        title=(Text("点评"),), body=tuple(Paragraph(spans(text)) for text in COMMENTARY), folded=layout is Layout.BRIEF
    )
    return Document(
        title="2025.11.21 晨间科技速递",
        url="https://example.com/daily/2025-11-21",
        published=MORNING,
        topics=("能源", "芯片", "版权"),
        passages=stories if headlines else (intro, *stories, commentary),
    )


def rolling() -> Document:
    """The night's rolling issue: three stories, no intro, no commentary."""
    told = (
        (
            "港口试点无人拖船夜航",
            "https://example.com/tug",
            "三艘电动拖船在引航员遥控下完成了 **14 次**靠泊。港方说最难的不是避让，而是说服保险公司。",
        ),
        (
            "浏览器厂商同意统一密码管理器的导出格式",
            "https://example.com/export",
            "格式以加密容器的形式交换，五家厂商承诺**明年三月**前支持导入，导出则要再等两个版本。",
        ),
        (
            "高校联合体公开一批「失败」的材料实验数据",
            "https://example.com/failed-experiments",
            "共 **3.1 万条**未达预期的合成记录，附完整工艺参数。发起人认为这比成功案例更能帮模型少走弯路。",
        ),
    )
    stories = tuple(
        Passage(title=spans(title), number=number, url=url, body=(Paragraph(spans(body)),))
        for number, (title, url, body) in enumerate(told, 1)
    )
    return Document(title="2025.11.20.20 过去 4 小时发生了什么？", published=NIGHT, passages=stories)


def mixed() -> Document:
    """A post with everything that a platform may have to give up."""
    table = List(items=((Paragraph(spans("每日一期，**早上九点**前")),), (Paragraph((Text("突发随到随发"),)),)))
    return Document(
        title="编辑部手记：这周我们改了什么",
        published=NIGHT,
        passages=(
            Passage(
                body=(
                    Heading((Text("排版"),), 2),
                    Paragraph((Text("说明见"), Link((Text("写作指南"),), "https://example.com/guide"), Text("。"))),
                    table,
                    Quote((Paragraph((Text("读者来信：能不能把链接放在标题上？——已经放了。"),)),)),
                    Rule(),
                    Paragraph((Text("<script>alert(1)</script> 这样的文字照原样显示。"),)),
                )
            ),
        ),
    )


def posts() -> list[PostView]:
    """Posts in every state."""
    row = PostView(
        id=1,
        source="posts",
        path="2025/11/daily-21.md",
        state="published",
        title="2025.11.21 晨间科技速递",
        series="daily",
        first_seen=MORNING,
        published=MORNING,
        stories=5,
        problems=(),
        digest=41,
    )
    odd = Problem(code=Code.LEFTOVER_STARS, line=18, details={"near": "推动**领域专用"})
    broken = Problem(code=Code.BROKEN_FRONT_MATTER, line=3, details={"near": 'title: "未闭合'})
    return [
        row,
        _like(
            row,
            id=2,
            path="2025/11/21-08.md",
            title="2025.11.21.08 过去 4 小时发生了什么？",
            series="rolling",
            stories=12,
            problems=(odd,),
        ),
        _like(
            row,
            id=3,
            path="notes/week-47.md",
            title="编辑部手记：这周我们改了什么",
            state="settling",
            stories=0,
            digest=None,
        ),
        _like(
            row,
            id=4,
            path="2025/11/daily-20 副本.md",
            title="2025.11.20 晨间科技速递",
            state="copy",
            copy_of="2025/11/daily-20.md",
            first_seen=NIGHT,
            digest=None,
        ),
        _like(
            row,
            id=5,
            path="drafts/年终盘点.md",
            title="",
            series="",
            state="bad",
            stories=0,
            problems=(broken,),
            first_seen=NIGHT,
            digest=None,
        ),
    ]


def _like(row: PostView, **changes: object) -> PostView:
    return replace(row, **changes)  # type: ignore[arg-type]


def deliveries() -> list[DeliveryView]:
    """Deliveries in every state."""
    row = DeliveryView(
        id=900,
        digest=41,
        title="2025.11.21 晨间科技速递",
        series="daily",
        lane="web:local",
        chat="inbox",
        state="sent",
        reason=None,
        urgency=2,
        due=MORNING,
        ended_at=MORNING + timedelta(seconds=2),
    )
    part = PartView(id=70, number=1, attempt=1, action="send", state="sent", reason=None, at=MORNING)
    lost = PartView(id=72, number=2, attempt=1, action="send", state="unknown", reason="doubt", at=MORNING)
    return [
        replace(
            row,
            id=905,
            lane="telegram:7001234567",
            chat="-1001987654321",
            chat_name="AI 频道 (@aidaily)",
            state="open",
            due=NOW,
            ended_at=None,
        ),
        replace(
            row,
            id=904,
            lane="telegram:7001234567",
            chat="-1001234567890",
            chat_name="北岸读者群",
            thread="17",
            state="unknown",
            reason="doubt",
            parts=(part, lost),
        ),
        replace(
            row,
            id=903,
            lane="discord:1180000000000000001",
            chat="1190000000000000002",
            chat_name="#新闻 (AI 日报服务器)",
            state="failed",
            reason="forbidden",
        ),
        replace(row, id=902, lane="telegram:7001234567", chat="55501234", state="skipped", reason="unsubscribed"),
        row,
    ]


def furnished(desk: MemoryDesk, web: Dialect, *dialects: Dialect) -> MemoryDesk:
    """Put everything on the desk."""
    desk.dialects = (*dialects, web)
    desk.compose = lambda post, layout: {1: daily(layout), 3: mixed()}.get(post)
    desk.post_rows = posts()
    desk.source_rows = [
        SourceView(name="posts", folder="var/posts", looked_at=NOW, error=None),
        SourceView(name="archive", folder="var/archive", looked_at=NIGHT, error="missing-folder", backlog=370),
    ]
    desk.delivery_rows = deliveries()
    desk.progress = [
        DigestProgress(
            digest=41,
            title="2025.11.21 晨间科技速递",
            series="daily",
            first_seen=MORNING,
            counts={"sent": 8120, "open": 3604, "unknown": 3, "failed": 41, "skipped": 212},
        ),
        DigestProgress(
            digest=40,
            title="2025.11.20.20 过去 4 小时发生了什么？",
            series="rolling",
            first_seen=NIGHT,
            counts={"sent": 11976, "skipped": 4},
        ),
    ]
    desk.lane_rows = [
        lane(Platform.WEB, "local"),
        lane(Platform.TELEGRAM, "7001234567"),
        lane(Platform.DISCORD, "1180000000000000001"),
    ]
    desk.alert_rows = [
        AlertView(
            name="source:archive",
            code="missing-folder",
            details={"source": "archive", "folder": "var/archive"},
            raised_at=NIGHT,
        )
    ]
    for document, at in ((rolling(), NIGHT), (daily(), MORNING)):
        for message in web.spell(document, WORDS).messages:
            desk.bring(message, at)
    return desk
