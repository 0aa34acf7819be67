"""The whole bot on Discord, where a message shows less of a story than is known: readers unfold it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.acceptance.discord import Town, buttons, text_of, town
from tests.acceptance.press import post
from tests.acceptance.town import lived
from tests.platforms.discord.person import MENU
from tests.platforms.discord.servers import Channel, Message

STORIES: Final = "展开一条…"
"""What the menu is called."""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    """A town of its own."""
    with town(tmp_path) as made:
        yield made


@lived
async def test_whoever_reads_headlines_unfolds_a_story_for_themselves(here: Town) -> None:
    """In every kind of channel, and a post that slept, a menu opens a story; only who chooses sees it."""
    sudi = await here.running()
    text, forum = here.channel("每日新闻"), here.owner.creates_forum(here.server, "论坛")
    news = here.owner.creates_announcements(here.server, "公告")
    for place in (text, forum, news):
        await here.asks(here.owner, "subscribe", text, 频道=place, 版式="只看标题")
    sudi.save("a.md", post("二日新闻", "头条", "次条"))
    assert await here.over(sudi, "二日新闻") == {"sent": 3}
    [thread] = [found for found in here.posts(forum) if found.name == "二日新闻"]
    here.owner.archives(thread)
    for channel in (text, thread, news):
        await _is_unfolded_by_a_reader(here, channel)
    assert len([call for call in here.sends() if "二日新闻" in str(call.body)]) == 2
    await here.until(lambda: here.sent(news)[-1].is_published, "its publication")
    assert _menus(here.sent(news)[-1])
    await sudi.stop()


async def _is_unfolded_by_a_reader(here: Town, channel: Channel) -> None:
    """Somebody who leads nothing chooses a story, and is answered at once, for themselves."""
    ming = here.member(103, "阿明")
    brought = await here.shown(channel, "二日新闻")
    assert "详情" not in text_of(brought)
    assert _menus(brought) == [(STORIES, ["1. 头条", "2. 次条"])]
    story = await here.chooses(ming, brought, STORIES, "2. 次条")
    assert "次条：详情" in text_of(story)
    assert "头条" not in text_of(story)
    assert (story.seen_by, brought.edits) == (ming.user.id, 0)


@lived
async def test_menus_open_their_stories_after_a_restart_and_tell_what_is_gone(here: Town) -> None:
    """In private a story is a message, in a server its reader alone turns its pages; one that is gone is said to be."""
    sudi = await here.running()
    lin, text = here.member(101, "小林"), here.channel("每日新闻")
    await here.asks(lin, "subscribe", 版式="只看标题")
    await here.asks(here.owner, "subscribe", text, 版式="只看标题")
    sudi.save("a.md", post("二日长文", "头条", "次条", body="这一条写得很长，为的是一条消息装不下。" * 200))
    private, shared = await here.shown(lin.dm, "二日长文"), await here.shown(text, "二日长文")
    await sudi.stop()
    await here.connected(sudi)
    told = await here.chooses(lin, private, STORIES, "2. 次条")
    assert (told.seen_by, "这一条写得很长" in text_of(told)) == (0, True)
    story = await here.chooses(lin, shared, STORIES, "1. 头条")
    assert (story.seen_by, buttons(story)) == (lin.user.id, ["◀", "1/2", "▶"])
    assert await here.presses(lin, story, "▶") is story
    assert buttons(story) == ["◀", "2/2", "▶"]
    menu = shared.buttons[0]["custom_id"]
    sudi.save("a.md", post("二日长文", "头条"))
    await here.until(lambda: private.edits and shared.edits, "the correction")
    gone = await here.answered(lin.presses_data(shared, menu, component_type=MENU, values=["1"]))
    assert gone.answer is not None
    assert "找不到了" in text_of(gone.answer)
    assert gone.answer.seen_by == lin.user.id
    await sudi.stop()


def _menus(message: Message) -> list[tuple[str, list[str]]]:
    """The menus below a message: what each is called, and what can be chosen."""
    menus = [part for part in message.buttons if part["type"] == MENU]
    return [(menu["placeholder"], [option["label"] for option in menu["options"]]) for menu in menus]
