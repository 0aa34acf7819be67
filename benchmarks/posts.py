"""How long it takes to read an issue and to spell it, and how many posts `sudi check` reads in a second."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import telegramify_markdown

from adapters.platform import Dialect, Message, Platform
from benchmarks.figures import Figure
from benchmarks.stage import SOURCE, post_of_today, read_here
from bot.catalogue import words
from bot.checking.crew import cores, reports
from bot.checking.faces import dialects
from bot.checking.files import Found, errand_of
from bot.checking.report import Report
from bot.checking.rewriting import Wish, checked_file
from bot.config import Settings
from bot.rendition import render
from digest.choices import Layout
from digest.model import Post

STORIES = 8
POSTS = 1000
ROUNDS = 60

_STORY = """{n}.  [{title}：第 {n} 则]({url}/{n}/status/19935523{n}4315086324)

    一支团队公布了新的**“端侧推理”**方案，体积缩小到原来的四分之一，断网时也能处理上万字的材料。
    他们把模型拆成常驻与按需加载的两部分，常驻的只占三百兆内存（Bench {n}），其余在第一次用到时才读入，冷启动慢一秒。
    参与测试的两百位读者里，有一百六十位没有察觉换过模型；察觉的人多半是因为长句里的人名偶尔会写错。完整的数据和脚本已经公开，
    团队希望别人来复现，并且特别请求在旧手机上试一试：最低的一款是六年前的机型，跑得动，但摸上去会发烫。

"""


def issue(stories: int = STORIES) -> str:
    """An issue as real ones are: eight stories, about 7 KB, bold beside Chinese punctuation."""
    title = "模型更小，离读者更近"
    bodies = (_STORY.format(n=n, title=title, url="https://example.com/news") for n in range(1, stories + 1))
    return (
        '---\ntitle: "AI新闻速递"\ndate: {date}\ncategories: ["人工智能", "端侧"]\n---\n\n'
        "今天的消息集中在**“离读者更近”**：模型更小，数据留在本机，失败的实验也被完整写了出来。\n\n---\n\n"
        + "".join(bodies)
        + "---\n\n### 点评\n\n最值得读的不是发布，而是那篇复盘：**出错之后怎么办**，比第一步走得多快更要紧。\n"
    )


def published() -> list[bytes]:
    """The publisher's own posts where they lie beside the repository, else the issues of the examples."""
    root = Path(__file__).parents[1]
    beside = sorted((root.parent / "shared" / "seeds").glob("*.txt"))
    return [path.read_bytes() for path in beside or sorted((root / "examples" / "posts").glob("*.md"))]


async def spelling() -> list[Figure]:
    """Read an issue and spell it for Telegram and Discord, beside telegramify-markdown on the same texts."""
    posts = published()
    known = dialects(Platform.TELEGRAM, Platform.DISCORD)
    texts = [data.decode().split("---\n", 2)[2] for data in posts]
    ours, theirs = _in_turns(
        lambda: [_render(data, known.values()) for data in posts],
        lambda: [telegramify_markdown.convert(text) for text in texts],
    )
    telegram = [message for data in posts for message in _render(data, [known[Platform.TELEGRAM]])]
    left = sum(message["text"].count("**") for message in telegram)
    left_by_them = sum(telegramify_markdown.convert(text)[0].count("**") for text in texts)
    note = (
        f"telegramify-markdown spells Telegram alone, leaves {left_by_them} literal «**» beside Chinese punctuation "
        "where we leave none, knows no stories, and does not number its parts."
    )
    return [
        Figure(
            name="read an issue and spell it for Telegram and Discord",
            value=ours * 1000 / len(posts),
            unit="ms",
            reference=theirs * 1000 / len(posts),
            at_most=3,
            note=note,
        ),
        Figure(
            name="literal «**» left in the Telegram texts of the issues",
            value=left,
            unit="",
            reference=left_by_them,
            at_most=0,
        ),
    ]


async def checking() -> list[Figure]:
    """Read a folder of posts as `sudi check` does, in one process and in one for each core."""
    with tempfile.TemporaryDirectory() as place:
        paths = [Path(place) / f"{number:05}.md" for number in range(POSTS)]
        for number, path in enumerate(paths):
            path.write_bytes(post_of_today(issue() + f"\n{number}\n"))
        errands = [errand_of(Found(path=path), Settings()) for path in paths]
        alone = _posts_a_second(checked_file(errand, Wish()) for errand in errands)
        together = _posts_a_second(reports(errands, Wish(), jobs=cores()))
    return [
        Figure(name="posts read by `sudi check` in one process", value=alone, unit="/s"),
        Figure(name=f"posts read by `sudi check` on all cores ({cores()})", value=together, unit="/s"),
    ]


def _posts_a_second(made: Iterable[Report]) -> float:
    start = time.perf_counter()
    sound = sum(report.ok for report in made)
    seconds = time.perf_counter() - start
    if sound != POSTS:
        raise RuntimeError(f"only {sound} of {POSTS} posts are sound")
    return POSTS / seconds


def _render(data: bytes, faces: Iterable[Dialect]) -> list[Message]:
    digest = read_here(Post(path="post.md", data=data), SOURCE)
    spoken = words(digest.language)
    return [
        message
        for dialect in faces
        for message in render(digest, dialect=dialect, layout=Layout.FULL, words=spoken).messages
    ]


def _in_turns(*works: Callable[[], object]) -> list[float]:
    """The median seconds of each work, done in turns, so that a slow moment of the machine meets all of them."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for times, work in zip(taken, works, strict=True):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
    return [sorted(times)[len(times) // 2] for times in taken]
