"""The posts whose faces are kept: each as every platform will show it, in golden files beside this one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from adapters.discord.dialect import DiscordDialect
from adapters.platform import Dialect, Platform, Spelling
from adapters.telegram.dialect import TelegramDialect
from adapters.web.dialect import WebDialect
from bot.catalogue import words
from digest.choices import Layout
from digest.compose import Document, compose
from digest.model import Digest, Post, Rules, StoryKey
from digest.push import push_post
from digest.read import read

HERE: Final = Path(__file__).parent
EXAMPLES: Final = HERE.parents[1] / "examples"
SEEDS: Final = HERE.parents[2] / "shared" / "seeds"

DIALECTS: Final[Mapping[Platform, Dialect]] = {
    dialect.platform: dialect for dialect in (TelegramDialect(), DiscordDialect(), WebDialect())
}
RULES: Final = Rules(source="demo", zone=ZoneInfo("Asia/Shanghai"), may_push=True)
WORDS: Final = words("zh")


def digest_of(path: Path) -> Digest:
    """The digest that a file tells."""
    return read(Post(path=path.name, data=path.read_bytes()), RULES)


def pushed(text: str) -> Digest:
    """The digest that an editor pushes with these words."""
    return read(push_post(text, now=datetime(2026, 12, 1, 11, 4, 5, tzinfo=RULES.zone)), RULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A digest as it is brought to readers of one kind."""

    name: str
    digest: Digest
    layout: Layout = Layout.FULL
    seen: frozenset[StoryKey] = frozenset()

    def document(self, platform: Platform) -> Document:
        """The digest, composed for the platform."""
        folds = DIALECTS[platform].folds
        return compose(self.digest, layout=self.layout, folds=folds, words=WORDS, seen=self.seen)

    def spelling(self, platform: Platform) -> Spelling:
        """The digest, composed and spelled for the platform."""
        return DIALECTS[platform].spell(self.document(platform), WORDS)


def _kitchen_sink() -> list[Case]:
    digest = digest_of(HERE / "kitchen-sink.md")
    return [Case(name=f"kitchen-sink.{layout}", digest=digest, layout=layout) for layout in Layout]


def _rolling() -> list[Case]:
    before, after = (digest_of(EXAMPLES / "posts" / f"2026-11-21-{hour}.md") for hour in ("08", "12"))
    seen = frozenset(story.key for story in before.stories if story.key)
    return [
        Case(name="rolling", digest=after),
        Case(name="rolling.seen", digest=after, seen=seen),
        Case(name="rolling.seen.headlines", digest=after, layout=Layout.HEADLINES, seen=seen),
    ]


CASES: Final = (
    *_kitchen_sink(),
    *_rolling(),
    Case(name="daily", digest=digest_of(EXAMPLES / "posts" / "2026-11-21.md")),
    Case(name="essay", digest=digest_of(EXAMPLES / "more" / "2026-11-16-essay.md")),
    Case(name="weekly.brief", digest=digest_of(EXAMPLES / "more" / "2026-11-17-weekly.md"), layout=Layout.BRIEF),
    Case(
        name="push",
        digest=pushed(
            "主要机房恢复供电，各项服务陆续上线 https://status.example.com/42\n先恢复**读**，再恢复写；预计一小时内完成。"
        ),
    ),
)
"""Every case; each has a golden file for each platform."""


def spelled(case: Case, platform: Platform) -> str:
    """What a golden file keeps: the messages as they are sent, how much of each limit they use, what was given up."""
    spelling = case.spelling(platform)
    counts = [
        {count.unit: f"{count.used} / {count.limit}" for count in DIALECTS[platform].count(message)}
        for message in spelling.messages
    ]
    lost = {loss.what: loss.times for loss in spelling.losses}
    whole = {"messages": spelling.messages, "counts": counts, "losses": lost}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


_LINES = re.compile(r"(?=<(?:div|blockquote|ul|ol|li|pre|section|details|h\d|p|table|tr)\b)|(?<=<br>)")


def drawn(case: Case, platform: Platform) -> str:
    """The messages as the preview draws them, with lines added between the elements so that a person can compare."""
    dialect = DIALECTS[platform]
    pictures = [_LINES.sub("\n", dialect.draw(message)) for message in case.spelling(platform).messages]
    return "\n".join(picture.strip() for picture in pictures) + "\n"
