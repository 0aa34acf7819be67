"""Threads and forums on the simulated Discord: opening, tags, archiving and locking."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platforms.discord.answers import Answer
from tests.platforms.discord.limits import Limits
from tests.platforms.discord.quiet import QuietDiscord, code_of
from tests.platforms.discord.servers import Channel, ChannelKind

POST: dict[str, Any] = {"name": "七月十日", "message": {"embeds": [{"title": "日报"}]}}


def opens(quiet: QuietDiscord, forum: Channel, **fields: Any) -> Answer:
    """The bot opens a post."""
    return quiet.ask("POST", f"/channels/{forum.id}/threads", POST | fields)


def edits(quiet: QuietDiscord, thread: Channel, **fields: Any) -> int:
    """The bot changes a thread: the code of a refusal, or 0."""
    return code_of(quiet.ask("PATCH", f"/channels/{thread.id}", fields))


@pytest.mark.parametrize("kind", [ChannelKind.FORUM, ChannelKind.MEDIA])
def test_a_post(quiet: QuietDiscord, kind: ChannelKind) -> None:
    """A post is a thread whose first message has its id; what follows stands in the thread."""
    forum = quiet.core.add_channel(quiet.server, kind, "日报")
    opened = opens(quiet, forum)
    assert opened.status == 201
    assert opened.body["id"] == opened.body["message"]["id"] == opened.body["message"]["channel_id"]
    thread = quiet.core.channels[int(opened.body["id"])]
    assert quiet.send(thread, "续").body["position"] == 1
    active = quiet.ask("GET", f"/guilds/{quiet.server.id}/threads/active").body
    assert [(each["id"], each["parent_id"], each["owner_id"], each["name"]) for each in active["threads"]] == [
        (str(thread.id), str(forum.id), str(quiet.bot.id), POST["name"])
    ]
    assert len(active["members"]) == 1


def test_how_many_messages_a_post_has(quiet: QuietDiscord) -> None:
    """A thread counts what was written after its first message, and what of that was not deleted."""
    forum = quiet.core.add_channel(quiet.server, ChannelKind.FORUM, "日报")
    thread = quiet.core.channels[int(opens(quiet, forum).body["id"])]

    def counted() -> tuple[int, int]:
        told = quiet.ask("GET", f"/channels/{thread.id}").body
        return told["message_count"], told["total_message_sent"]

    assert counted() == (0, 0)
    quiet.lin.says("谢谢", thread)
    own = quiet.send(thread, "续").body["id"]
    assert counted() == (2, 2)
    for deleted, left in ((own, 1), (thread.id, 1)):
        assert quiet.ask("DELETE", f"/channels/{thread.id}/messages/{deleted}").status == 204
        assert counted() == (left, 2)


def test_a_note_of_a_new_name(quiet: QuietDiscord) -> None:
    """Whoever calls a thread otherwise leaves a note in it, which counts and which nobody deletes."""
    forum = quiet.core.add_channel(quiet.server, ChannelKind.FORUM, "日报")
    thread = quiet.core.channels[int(opens(quiet, forum).body["id"])]
    assert [edits(quiet, thread, name=name) for name in ("七月九日", "七月九日")] == [0, 0]
    quiet.lin.renames(thread, "七月")
    _, *notes = thread.messages.values()
    assert [(note.json()["type"], note.content, note.author.name) for note in notes] == [
        (4, "七月九日", quiet.bot.user.name),
        (4, "七月", quiet.lin.user.name),
    ]
    assert code_of(quiet.ask("DELETE", f"/channels/{thread.id}/messages/{notes[0].id}")) == 50021
    assert quiet.ask("GET", f"/channels/{thread.id}").body["message_count"] == 2


def test_tags(quiet: QuietDiscord) -> None:
    """A post has at most five of its forum's tags, and one at least where the forum wants it."""
    names = [f"标签{number}" for number in range(6)]
    forum = quiet.core.add_channel(quiet.server, ChannelKind.FORUM, "日报", tags=names, needs_tag=True)
    ids = [str(tag) for tag in forum.tags]
    shown = quiet.ask("GET", f"/channels/{forum.id}").body
    assert [tag["name"] for tag in shown["available_tags"]] == names
    assert shown["flags"] & 1 << 4
    assert code_of(opens(quiet, forum)) == 40067
    assert code_of(opens(quiet, forum, applied_tags=["5"])) == 10087
    assert code_of(opens(quiet, forum, applied_tags=ids)) == 50035
    assert opens(quiet, forum, applied_tags=ids[:5]).body["applied_tags"] == ids[:5]
    quiet.lin.sets_tags(forum, "内部", moderated=["内部"])
    assert code_of(opens(quiet, forum, applied_tags=[str(tag) for tag in forum.tags])) == 50013
    quiet.forgiven += quiet.violations


def test_what_a_post_needs(quiet: QuietDiscord) -> None:
    """A post needs a name of at most a hundred code points, a message with something in it, and the right to write."""
    forum = quiet.core.add_channel(quiet.server, ChannelKind.FORUM, "日报")
    assert code_of(opens(quiet, forum, name="字" * 101)) == 50035
    assert code_of(opens(quiet, forum, name="")) == 50035
    assert code_of(opens(quiet, forum, message={"content": " "})) == 50006
    assert code_of(opens(quiet, quiet.core.add_channel(quiet.server, ChannelKind.VOICE, "声"))) == 50024
    quiet.lin.forbids_words(quiet.server, "日报")
    assert code_of(opens(quiet, forum)) == 200000
    quiet.lacks(forum, "SEND_MESSAGES")
    assert code_of(opens(quiet, forum)) == 50013
    assert not quiet.server.threads
    quiet.forgiven += quiet.violations


def test_an_archived_thread(quiet: QuietDiscord) -> None:
    """An archived thread takes neither messages nor changes until it is opened, which who writes there may do."""
    thread = quiet.core.open_thread(quiet.general, "话题", owner=quiet.lin.user)
    quiet.lin.archives(thread)
    assert code_of(quiet.send(thread)) == 50083
    assert edits(quiet, thread, name="x") == 50083
    assert edits(quiet, thread, archived=False) == 0
    assert code_of(quiet.send(thread)) == 0
    assert edits(quiet, thread, name="x") == 50013


def test_renaming(quiet: QuietDiscord) -> None:
    """A channel is called otherwise twice in ten minutes; whatever else is changed does not count."""
    quiet.core.limits = Limits()
    thread = quiet.core.open_thread(quiet.general, "话题", owner=quiet.bot.user)
    assert [edits(quiet, thread, name=name) for name in "abb"] == [0, 0, 0]
    refused = quiet.ask("PATCH", f"/channels/{thread.id}", {"name": "c"})
    assert (refused.status, refused.body["retry_after"]) == (429, 600.0)
    assert edits(quiet, thread, archived=True) == 0
    assert edits(quiet, thread, archived=False) == 0
    quiet.moment += 600
    assert edits(quiet, thread, name="c") == 0


def test_idle_threads(quiet: QuietDiscord) -> None:
    """A thread in which nothing happens for as long as it says is archived."""
    thread = quiet.core.open_thread(quiet.general, "话题", owner=quiet.lin.user, archives_after=60)
    quiet.moment += 3_000
    assert code_of(quiet.send(thread)) == 0
    quiet.moment += 3_000
    assert code_of(quiet.send(thread)) == 0
    quiet.moment += 3_601
    assert code_of(quiet.send(thread)) == 50083
    assert not quiet.ask("GET", f"/guilds/{quiet.server.id}/threads/active").body["threads"]
    assert edits(quiet, thread, archived=False) == 0
    assert code_of(quiet.send(thread)) == 0


def test_a_message_may_open_an_archived_thread() -> None:
    """Where the limits say so, a message opens an archived thread, as the documentation has it."""
    quiet = QuietDiscord(limits=Limits(opens_archived=True))
    thread = quiet.core.open_thread(quiet.general, "话题", owner=quiet.lin.user)
    quiet.lin.archives(thread)
    assert code_of(quiet.send(thread)) == 0
    assert not thread.is_archived


def test_a_locked_thread(quiet: QuietDiscord) -> None:
    """A locked thread is closed for all who do not manage threads, and they cannot open it."""
    thread = quiet.core.open_thread(quiet.general, "话题", owner=quiet.bot.user)
    quiet.lin.locks(thread)
    assert code_of(quiet.send(thread)) == 160005
    quiet.lin.archives(thread)
    assert edits(quiet, thread, archived=False) == 50013
    quiet.core.overwrite(quiet.general, quiet.role, allow=1 << 34)
    assert edits(quiet, thread, archived=False) == 0
    assert code_of(quiet.send(thread)) == 0


def test_deleting_a_thread(quiet: QuietDiscord) -> None:
    """A thread is deleted by whoever manages threads, be it locked; its owner may only archive it."""
    thread = quiet.core.open_thread(quiet.general, "话题", owner=quiet.bot.user)
    assert code_of(quiet.ask("DELETE", f"/channels/{thread.id}")) == 50013
    assert edits(quiet, thread, archived=True) == 0
    assert edits(quiet, thread, archived=True) == 50083
    quiet.lin.locks(thread)
    quiet.core.overwrite(quiet.general, quiet.role, allow=1 << 34)
    deleted = quiet.ask("DELETE", f"/channels/{thread.id}")
    assert (deleted.status, deleted.body["id"]) == (200, str(thread.id))
    assert code_of(quiet.ask("DELETE", f"/channels/{thread.id}")) == 10003
    assert code_of(quiet.ask("DELETE", f"/channels/{quiet.general.id}")) == 50013
    quiet.core.overwrite(quiet.general, quiet.role, allow=1 << 4)
    assert code_of(quiet.ask("DELETE", f"/channels/{quiet.general.id}")) == 0


def test_a_deleted_channel_takes_its_threads(quiet: QuietDiscord) -> None:
    """With a forum its posts are gone."""
    forum = quiet.core.add_channel(quiet.server, ChannelKind.FORUM, "日报")
    thread = quiet.core.channels[int(opens(quiet, forum).body["id"])]
    quiet.core.delete_channel(forum)
    assert code_of(quiet.send(thread)) == 10003
    assert code_of(opens(quiet, forum)) == 10003


def test_threads_without_a_message(quiet: QuietDiscord) -> None:
    """A thread in a text channel is opened by who may, and private unless it is said otherwise."""
    path = f"/channels/{quiet.general.id}/threads"
    assert code_of(quiet.ask("POST", path, {"name": "话题"})) == 50013
    quiet.core.overwrite(quiet.general, quiet.role, allow=1 << 35 | 1 << 36)
    assert quiet.ask("POST", path, {"name": "话题"}).body["type"] == ChannelKind.PRIVATE_THREAD
    assert quiet.ask("POST", path, {"name": "话题", "type": 11}).body["type"] == ChannelKind.PUBLIC_THREAD
