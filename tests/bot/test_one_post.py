"""What one post is: neither a copied id nor a shared title makes two posts one, and translations are one work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from digest.choices import Choices
from storage.subscriptions import Place, subscribe
from tests.bot.newsroom import START, Newsroom, open_newsroom, post


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """A newsroom after its first look at one old post."""
    async with open_newsroom(tmp_path) as opened:
        opened.save("old.md", post("Old"))
        await opened.look()
        yield opened


def issue(day: int, *, words: str = "") -> str:
    """A post whose front matter was copied from the one before: only its date and its words are its own."""
    said = words or f"What happened on day {day}."
    return post("AI news of the day", said, id="b7e0", slug="ai-news", date=f"2026-01-{day:02}T08:00:00+08:00")


# --- Identity ----------------------------------------------------------------------------------------------------


async def test_posts_with_copied_ids_and_shared_titles_are_all_brought(room: Newsroom) -> None:
    """Identity: 336 of one publisher's 701 posts carry another's id and 470 titles are shared; neither is one."""
    for day in range(1, 13):
        room.save(f"{day:02}.md", issue(day))
    await room.settle()
    assert await room.delivered() == ["AI news of the day"] * 12


async def test_new_post_with_a_copied_id_and_title_takes_no_place(room: Newsroom) -> None:
    """A post that replaces yesterday's under another name is a post of its own, though id and title were copied."""
    room.save("monday.md", issue(5))
    await room.settle()
    room.delete("monday.md")
    room.save("tuesday.md", issue(6))
    assert (await room.settle()).moved == 0
    assert len(await room.delivered()) == 2


async def test_edit_of_one_of_many_namesakes_is_a_correction_of_that_one(room: Newsroom) -> None:
    """A post is its path: what is changed in one of those that share id and title changes no other."""
    for day in (5, 6, 7):
        room.save(f"{day}.md", issue(day))
    await room.settle()
    before = {path: kept.revision for path, kept in (await room.posts()).items()}
    room.save("6.md", issue(6, words="Corrected."))
    assert (await room.settle()).revised == 1
    after = {path: kept.revision for path, kept in (await room.posts()).items()}
    assert [path for path in sorted(after) if after[path] != before[path]] == ["6.md"]


# --- Translations ------------------------------------------------------------------------------------------------


async def read_in(room: Newsroom, language: str) -> None:
    """A second chat, of this language."""
    place = Place(platform="web", account="local", chat=language)
    await room.store.write(subscribe, place, Choices(series=frozenset({"express"}), language=language), now=START)


async def promised(room: Newsroom) -> dict[str, list[str]]:
    """The titles that each chat was promised, in order."""
    found: dict[str, list[str]] = {}
    for row in reversed(await room.deliveries()):
        found.setdefault(row.chat, []).append(row.title)
    return found


@pytest.mark.parametrize(("own", "other"), [("x.md", "x.en.md"), ("zh/x.md", "en/x.md"), ("x.zh.md", "x.en.md")])
async def test_translations_are_not_brought_twice(room: Newsroom, own: str, other: str) -> None:
    """A post and its translation, by suffix or by folder, come once to each chat, in its own language."""
    await read_in(room, "en")
    link = "https://example.com/one"
    room.save(own, f"---\ntitle: 速递\nseries: express\n---\n\n1. [今天的新模型]({link})\n\n   它今天发布了。\n")
    room.save(
        other, f"---\ntitle: Express\nseries: express\n---\n\n1. [A new model]({link})\n\n   It came out today.\n"
    )
    await room.settle()
    assert await promised(room) == {"inbox": ["速递"], "en": ["Express"]}


async def test_post_waits_for_a_translation_that_settles(room: Newsroom) -> None:
    """Where a translation is written while its original settles, both are published together."""
    await read_in(room, "en")
    room.save("x.md", "---\ntitle: 速递\nseries: express\n---\n\n1. [今天的新模型](https://example.com/one)\n")
    await room.look()
    room.save("x.en.md", "---\ntitle: Express\nseries: express\n---\n\n1. [A model](https://example.com/one)\n")
    await room.look(after=30)
    assert (await room.look(after=31)).published == 0
    assert (await room.look(after=30)).published == 2
    assert await promised(room) == {"inbox": ["速递"], "en": ["Express"]}


async def test_source_of_pushes_waits_for_translations_too(tmp_path: Path) -> None:
    """Where pushes leave within seconds, any other post still waits for its translation as long as elsewhere."""
    async with open_newsroom(tmp_path, may_push=True) as room:
        room.save("old.md", post("Old"))
        await room.look()
        await test_post_waits_for_a_translation_that_settles(room)


async def test_push_waits_for_no_translation_that_settles(tmp_path: Path) -> None:
    """A push waits for another telling of it for seconds, not for the settle time."""
    async with open_newsroom(tmp_path, may_push=True) as room:
        room.save("old.md", post("Old"))
        await room.look()
        room.save("x.md", post("突发", series="breaking", lang="zh"))
        await room.look()
        room.save("x.en.md", post("Breaking", series="breaking", lang="en"))
        assert (await room.look(after=4)).published == 0
        assert (await room.look(after=2)).published == 0
        assert (await room.look(after=3)).published == 2


async def test_post_waits_for_no_translation_for_ever(room: Newsroom) -> None:
    """A translation that is written again and again holds its original back for three settle times at most."""
    room.save("x.md", post("速递", lang="zh"))
    await room.look()
    waited = 0
    while not (await room.look(after=30)).published:
        waited += 30
        room.save("x.en.md", post("Express", f"Draft {waited}."))
        assert waited < 300
    assert waited == 150
    assert await room.state("x.en.md") == "settling"


async def test_translation_of_a_later_commit_is_not_brought_again(room: Newsroom) -> None:
    """A translation that is committed days after its original goes to nobody who has the original."""
    await read_in(room, "en")
    room.save("x.md", "---\ntitle: 速递\nseries: express\n---\n\n1. [今天的新模型](https://example.com/one)\n")
    await room.settle()
    room.clock[0] += timedelta(days=2)
    room.save("x.en.md", "---\ntitle: Express\nseries: express\n---\n\n1. [A new model](https://example.com/one)\n")
    assert (await room.settle()).published == 1
    assert await promised(room) == {"inbox": ["速递"], "en": ["速递"]}


async def test_translation_of_an_old_post_is_no_news(room: Newsroom) -> None:
    """Nobody is brought the past in another language: what the first look indexed is no news, however it is told."""
    room.save("old.zh.md", post("旧闻"))
    await room.settle()
    assert await room.delivered() == []
