"""What a publisher saves in tests of the whole bot: posts of any length, of a day that does not end soon."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo


def noon_zone() -> str:
    """A zone in which it is about noon, so that «today» does not end while a test runs."""
    return f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"


def post(title: str, *stories: str, head: str = "", body: str = "") -> str:
    """A post of now; each story has an address of its own. `head`: more lines of the front matter."""
    now = datetime.now(ZoneInfo(noon_zone()))
    listed = "\n".join(
        f"{number}.  [{story}](https://example.com/{quote(story)})\n\n    {body or f'{story}：详情。'}\n"
        for number, story in enumerate(stories, 1)
    )
    return f'---\ntitle: "{title}"\ndate: {now.isoformat(timespec="seconds")}\n{head}---\n\n{listed}'


def long_post(title: str, stories: int = 9) -> str:
    """A post that takes Telegram three messages or more."""
    named = [f"{title}的第{number}条" for number in range(1, stories + 1)]
    return post(title, *named, body="这一条写得很长，为的是一条消息装不下。" * 64)
