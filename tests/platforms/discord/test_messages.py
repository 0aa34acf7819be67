"""Messages on the simulated Discord: what may be sent where, what is refused and how, and what came of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.platforms.discord.answers import Answer
from tests.platforms.discord.faults import Fault
from tests.platforms.discord.quiet import QuietDiscord, code_of
from tests.platforms.discord.servers import Channel, ChannelKind

TITLE = {"title": "日报"}


def wrong_in(answer: Answer) -> dict[str, str]:
    """The fields that are wrong, and what they are said to be."""

    def below(node: Any, path: str) -> dict[str, str]:
        found = {path: node["_errors"][0]["code"]} if "_errors" in node else {}
        for name, inner in node.items():
            found |= below(inner, f"{path}.{name}".strip(".")) if name != "_errors" else {}
        return found

    assert answer.code == 50035
    return below(answer.body["errors"], "")


def channel_of(quiet: QuietDiscord, kind: ChannelKind) -> Channel:
    """A channel of a kind; a thread lies in the first channel."""
    if kind.name.endswith("THREAD"):
        return quiet.core.open_thread(quiet.general, "话题", owner=quiet.lin.user, kind=kind)
    return quiet.core.add_channel(quiet.server, kind, "那里")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ChannelKind.TEXT, 0),
        (ChannelKind.VOICE, 0),
        (ChannelKind.STAGE, 0),
        (ChannelKind.ANNOUNCEMENT, 0),
        (ChannelKind.PUBLIC_THREAD, 0),
        (ChannelKind.PRIVATE_THREAD, 50001),
        (ChannelKind.CATEGORY, 50008),
        (ChannelKind.FORUM, 50008),
        (ChannelKind.MEDIA, 50008),
    ],
)
def test_kinds_of_channels(quiet: QuietDiscord, kind: ChannelKind, code: int) -> None:
    """Messages stand in channels that hold them, and a private thread is not there for who was not asked in."""
    channel = channel_of(quiet, kind)
    assert code_of(quiet.send(channel)) == code
    shown = quiet.ask("GET", f"/channels/{channel.id}")
    assert shown.status == (403 if code == 50001 else 200)


@pytest.mark.parametrize(
    ("denied", "fields", "code"),
    [
        (["VIEW_CHANNEL"], {}, 50001),
        (["SEND_MESSAGES"], {}, 50013),
        (["EMBED_LINKS"], {"embeds": [TITLE]}, 50013),
        (["EMBED_LINKS"], {}, 0),
        (["SEND_MESSAGES_IN_THREADS"], {}, 0),
    ],
)
def test_permissions(quiet: QuietDiscord, denied: list[str], fields: dict[str, Any], code: int) -> None:
    """Who may not see is told 50001, who may not write, or not with embeds, 50013."""
    quiet.lacks(quiet.general, *denied)
    assert code_of(quiet.send(quiet.general, **fields)) == code


def test_writing_in_threads(quiet: QuietDiscord) -> None:
    """In a thread it is the permission for threads that counts, whatever its channel says of messages."""
    thread = channel_of(quiet, ChannelKind.PUBLIC_THREAD)
    quiet.lacks(quiet.general, "SEND_MESSAGES")
    assert code_of(quiet.send(thread, embeds=[TITLE])) == 0
    quiet.lacks(quiet.general, "SEND_MESSAGES_IN_THREADS")
    assert code_of(quiet.send(thread)) == 50013


def test_what_is_not_simulated(quiet: QuietDiscord) -> None:
    """What a message holds beyond what is simulated does not pass unnoticed."""
    quiet.send(quiet.general, message_reference={"message_id": "1"}, tts=True)
    assert quiet.violations == ["message_reference is not simulated", "tts is not simulated"]
    quiet.forgiven += quiet.violations


def test_lost_channels(quiet: QuietDiscord) -> None:
    """A deleted channel is unknown, there is no access to a server that one is not in, a strange id is refused."""
    gone = channel_of(quiet, ChannelKind.TEXT)
    quiet.core.delete_channel(gone)
    assert code_of(quiet.send(gone)) == 10003
    quiet.lin.removes_bot(quiet.server)
    assert code_of(quiet.send(quiet.general)) == 50001
    assert code_of(quiet.ask("GET", f"/guilds/{quiet.server.id}")) == 10004
    assert wrong_in(quiet.ask("GET", "/channels/general")) == {"channel_id": "NUMBER_TYPE_COERCE"}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"content": "字" * 2_000}, {}),
        ({"content": "字" * 2_001}, {"content": "BASE_TYPE_MAX_LENGTH"}),
        ({"content": "🀄" * 2_000}, {}),
        ({"embeds": [{"title": "字" * 256}]}, {}),
        ({"embeds": [{"title": "字" * 257}]}, {"embeds.0.title": "BASE_TYPE_MAX_LENGTH"}),
        ({"embeds": [{"description": "x" * 4_097}]}, {"embeds.0.description": "BASE_TYPE_MAX_LENGTH"}),
        ({"embeds": [TITLE | {"footer": {"text": "x" * 2_049}}]}, {"embeds.0.footer.text": "BASE_TYPE_MAX_LENGTH"}),
        ({"embeds": [TITLE] * 11}, {"embeds": "BASE_TYPE_BAD_LENGTH"}),
        ({"embeds": [{"fields": [{"name": "a", "value": "b"}] * 26}]}, {"embeds.0.fields": "BASE_TYPE_BAD_LENGTH"}),
        ({"embeds": [{"fields": [{"name": "", "value": "b"}]}]}, {"embeds.0.fields.0.name": "BASE_TYPE_REQUIRED"}),
        ({"embeds": [TITLE | {"url": "ftp://sudi.example/a"}]}, {"embeds.0.url": "URL_TYPE_INVALID_SCHEME"}),
        ({"embeds": [TITLE | {"url": "https://sudi.example/a b"}]}, {"embeds.0.url": "URL_TYPE_INVALID_URL"}),
        ({"nonce": "n" * 26}, {"nonce": "BASE_TYPE_BAD_LENGTH"}),
        ({"flags": 64}, {"flags": "MESSAGE_FLAGS_INVALID"}),
    ],
)
def test_limits(quiet: QuietDiscord, fields: dict[str, Any], wrong: dict[str, str]) -> None:
    """Texts are measured in code points, and what is too much is said field by field."""
    answer = quiet.send(quiet.general, **fields)
    assert (wrong_in(answer) if wrong else code_of(answer)) == (wrong or 0)
    quiet.forgiven += quiet.violations


def test_the_sum_over_all_embeds(quiet: QuietDiscord) -> None:
    """All embeds of a message share 6,000 code points; title, footer, author and fields count as well."""
    parts: dict[str, Any] = {"title": "a", "footer": {"text": "b"}, "author": {"name": "c"}}
    parts["fields"] = [{"name": "d", "value": "e"}]
    letters = [{"description": "x" * 4_096}, {"description": "x" * 1_899}]
    assert code_of(quiet.send(quiet.general, embeds=[*letters, parts])) == 0
    over = quiet.send(quiet.general, embeds=[*letters, parts | {"title": "aa"}])
    assert wrong_in(over) == {"embeds": "MAX_EMBED_SIZE_EXCEEDED"}


def test_bytes(quiet: QuietDiscord) -> None:
    """A body of ten thousand bytes is answered 500, and nothing is posted; one less is taken."""
    body = {"content": "x", "embeds": [{"description": "字" * 3_200}, {"description": ""}]}
    room = 9_999 - len(json.dumps(body, ensure_ascii=False).encode())
    for letters, status in ((room, 200), (room + 1, 500)):
        embeds = [{"description": "字" * 3_200}, {"description": "x" * letters}]
        assert quiet.send(quiet.general, embeds=embeds).status == status
    assert len(quiet.sent(quiet.general)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"content": " \n "},
        {"embeds": [{}]},
        {"embeds": [{"color": 3}]},
        {"embeds": [{"title": " ", "description": "\n", "footer": {"text": " "}}]},
        {"components": []},
    ],
)
def test_nothing_to_see(quiet: QuietDiscord, fields: dict[str, Any]) -> None:
    """A message in which nothing is to be seen is refused."""
    assert code_of(quiet.ask("POST", f"/channels/{quiet.general.id}/messages", fields)) == 50006


def row(*inner: dict[str, Any]) -> list[dict[str, Any]]:
    """One row of components."""
    return [{"type": 1, "components": list(inner)}]


def button(name: str = "a", **more: Any) -> dict[str, Any]:
    """A button."""
    return {"type": 2, "style": 1, "label": "按", "custom_id": name, **more}


def menu(*values: str, **more: Any) -> dict[str, Any]:
    """A menu."""
    options = [{"label": value, "value": value} for value in values]
    return {"type": 3, "custom_id": "m", "options": options, **more}


LINK = {"type": 2, "style": 5, "label": "看", "url": "https://sudi.example/"}


@pytest.mark.parametrize(
    ("components", "wrong"),
    [
        (row(button("a"), button("b"), LINK), {}),
        (row(menu("1", "2", placeholder="选")), {}),
        ([*row(button("a")), *row(menu("1"))], {}),
        (row(*(button(str(n)) for n in range(6))), {"components.0.components": "BASE_TYPE_BAD_LENGTH"}),
        ([r for n in range(6) for r in row(button(str(n)))], {"components": "BASE_TYPE_BAD_LENGTH"}),
        (row(button("a"), menu("1")), {"components.0.components": "BASE_TYPE_BAD_LENGTH"}),
        (row(button("a"), button("a")), {"components": "COMPONENT_CUSTOM_ID_DUPLICATED"}),
        (row(button("x" * 101)), {"components.0.components.0.custom_id": "BASE_TYPE_BAD_LENGTH"}),
        (row(button(label="字" * 81)), {"components.0.components.0.label": "BASE_TYPE_MAX_LENGTH"}),
        (row(LINK | {"url": "tg://x"}), {"components.0.components.0.url": "URL_TYPE_INVALID_SCHEME"}),
        (row(menu(*map(str, range(26)))), {"components.0.components.0.options": "BASE_TYPE_BAD_LENGTH"}),
        (row(menu("1", "1")), {"components.0.components.0.options": "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"}),
        (row(menu("字" * 101)), {"components.0.components.0.options.0.label": "BASE_TYPE_MAX_LENGTH"}),
        (row(menu("1", placeholder="字" * 151)), {"components.0.components.0.placeholder": "BASE_TYPE_MAX_LENGTH"}),
        (row(menu("1", max_values=2)), {"components.0.components.0.max_values": "NUMBER_TYPE_MAX"}),
    ],
)
def test_components(quiet: QuietDiscord, components: list[dict[str, Any]], wrong: dict[str, str]) -> None:
    """Five rows of five buttons or one menu, twenty-five options, names that are used once."""
    answer = quiet.send(quiet.general, components=components)
    if wrong:
        found = wrong_in(answer)
        assert {field: found.get(field) for field in wrong} == wrong
    else:
        assert code_of(answer) == 0
    quiet.forgiven += quiet.violations


def test_a_nonce_is_used_once(quiet: QuietDiscord) -> None:
    """A repeated nonce returns the first message, even from another channel; after some minutes it is a new one."""
    other = channel_of(quiet, ChannelKind.TEXT)
    first = quiet.send(quiet.general, "一", nonce="n1", enforce_nonce=True).body
    again = quiet.send(quiet.general, "一", nonce="n1", enforce_nonce=True).body
    elsewhere = quiet.send(other, "二", nonce="n1", enforce_nonce=True).body
    assert first["id"] == again["id"] == elsewhere["id"]
    assert not quiet.sent(other)
    assert [call.repeats for call in quiet.calls("POST")] == [False, True, True]
    assert quiet.send(quiet.general, "一", nonce="n1").body["id"] != first["id"]
    quiet.moment += 181
    assert quiet.send(quiet.general, "一", nonce="n1", enforce_nonce=True).body["id"] != first["id"]


def test_the_nonce_of_a_deleted_message(quiet: QuietDiscord) -> None:
    """A repeated nonce whose message was deleted is answered 10008, which says nothing of the channel."""
    first = quiet.send(quiet.general, nonce="n1", enforce_nonce=True).body
    assert quiet.ask("DELETE", f"/channels/{quiet.general.id}/messages/{first['id']}").status == 204
    assert code_of(quiet.send(quiet.general, nonce="n1", enforce_nonce=True)) == 10008


def test_words_that_are_not_let_through(quiet: QuietDiscord) -> None:
    """AutoMod answers 200000 in its server, a harmful link 240000 everywhere, in embeds too."""
    quiet.lin.forbids_words(quiet.server, "彩票")
    quiet.block("bad.example")
    assert code_of(quiet.send(quiet.general, "买彩票")) == 200000
    assert code_of(quiet.send(quiet.general, embeds=[{"description": "<https://bad.example/>"}])) == 240000
    assert code_of(quiet.send(quiet.general, "好")) == 0


def test_whom_a_message_calls(quiet: QuietDiscord) -> None:
    """A role hears its name only if it was allowed, and may be called by anybody or the bot may call everybody."""
    open_one = quiet.core.add_role(quiet.server, "订阅", is_mentionable=True)
    closed = quiet.core.add_role(quiet.server, "版主")
    text = f"<@&{open_one.id}> <@&{closed.id}> <@101> @everyone"
    allowed = {"parse": [], "roles": [str(open_one.id), str(closed.id)]}
    quiet.send(quiet.general, text, allowed_mentions=allowed)
    quiet.send(quiet.general, text, allowed_mentions={"parse": []})
    quiet.send(quiet.general, f"`<@&{open_one.id}>`", embeds=[{"description": text}])
    quiet.core.overwrite(quiet.general, quiet.role, allow=1 << 17)
    quiet.send(quiet.general, text, allowed_mentions=allowed)
    quiet.send(quiet.general, text)
    named, none, hidden, allowed_to, all_of = [message.pings for message in quiet.sent(quiet.general)]
    assert named.roles == (open_one.id,)
    assert none == hidden
    assert not none.roles
    assert allowed_to.roles == (open_one.id, closed.id)
    assert not allowed_to.users
    assert (all_of.users, all_of.everyone) == ((101,), True)
    both = quiet.send(quiet.general, text, allowed_mentions={"parse": ["roles"], "roles": [str(open_one.id)]})
    assert wrong_in(both) == {"allowed_mentions": "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"}


def test_flags(quiet: QuietDiscord) -> None:
    """A silent message says that it is, and an edit leaves it so."""
    sent = quiet.send(quiet.general, flags=4_096).body
    quiet.ask("PATCH", f"/channels/{quiet.general.id}/messages/{sent['id']}", {"content": "y"})
    [message] = quiet.sent(quiet.general)
    assert (message.is_silent, message.content, message.edits) == (True, "y", 1)


def test_editing_and_deleting(quiet: QuietDiscord) -> None:
    """Only what is there and one's own is edited; what is not named stays; nobody is called by an edit."""
    role = quiet.core.add_role(quiet.server, "订阅", is_mentionable=True)
    sent = quiet.send(quiet.general, "一", embeds=[TITLE], components=row(button())).body
    path = f"/channels/{quiet.general.id}/messages/{sent['id']}"
    edited = quiet.ask("PATCH", path, {"content": f"<@&{role.id}>"}).body
    assert (edited["embeds"], len(edited["components"])) == ([TITLE | {"type": "rich"}], 1)
    assert edited["edited_timestamp"]
    assert not quiet.sent(quiet.general)[0].pings.roles
    assert code_of(quiet.ask("PATCH", path, {"content": "", "embeds": []})) == 50006
    theirs = quiet.lin.says("你好", quiet.general)
    foreign = f"/channels/{quiet.general.id}/messages/{theirs.id}"
    assert code_of(quiet.ask("PATCH", foreign, {"content": "x"})) == 50005
    assert code_of(quiet.ask("DELETE", foreign)) == 50013
    assert quiet.ask("DELETE", path).status == 204
    assert code_of(quiet.ask("DELETE", path)) == 10008
    assert code_of(quiet.ask("PATCH", path, {"content": "x"})) == 10008


def test_reading(quiet: QuietDiscord) -> None:
    """The youngest messages come first, between the ids that are asked for; reading needs the history."""
    ids = [quiet.send(quiet.general, str(number)).body["id"] for number in range(4)]
    path = f"/channels/{quiet.general.id}/messages"
    assert [message["id"] for message in quiet.ask("GET", path, limit=2).body] == ids[:1:-1]
    assert [message["id"] for message in quiet.ask("GET", path, after=ids[0], limit=2).body] == ids[2:0:-1]
    assert [message["id"] for message in quiet.ask("GET", path, before=ids[1]).body] == ids[:1]
    assert quiet.ask("GET", f"{path}/{ids[2]}").body["content"] == "2"
    quiet.lacks(quiet.general, "READ_MESSAGE_HISTORY")
    assert code_of(quiet.ask("GET", path)) == 50001


def test_publishing(quiet: QuietDiscord) -> None:
    """A message of an announcement channel is published once, ten in an hour, and only there."""
    news = channel_of(quiet, ChannelKind.ANNOUNCEMENT)
    paths = [f"/channels/{news.id}/messages/{quiet.send(news).body['id']}/crosspost" for _ in range(11)]
    assert [quiet.ask("POST", path).status for path in paths[:9]] == [200] * 9
    assert code_of(quiet.ask("POST", paths[0])) == 40033
    full = quiet.ask("POST", paths[10])
    assert (full.status, full.headers["X-RateLimit-Scope"], full.body["retry_after"]) == (429, "shared", 3600.0)
    quiet.moment += 3_601
    assert quiet.ask("POST", paths[10]).body["flags"] & 1
    assert sum(message.is_published for message in quiet.sent(news)) == 10
    plain = quiet.send(quiet.general).body["id"]
    assert code_of(quiet.ask("POST", f"/channels/{quiet.general.id}/messages/{plain}/crosspost")) == 50024


def test_direct_messages(quiet: QuietDiscord) -> None:
    """A person is written to as long as they share a server with the bot and have not blocked it."""
    opened = quiet.ask("POST", "/users/@me/channels", {"recipient_id": "102"}).body
    assert (opened["type"], opened["recipients"][0]["id"]) == (1, "102")
    channel = quiet.core.channels[int(opened["id"])]
    assert code_of(quiet.send(channel)) == 0
    quiet.ada.blocks()
    assert code_of(quiet.send(channel)) == 50007
    quiet.ada.unblocks()
    quiet.ada.leaves(quiet.server)
    assert code_of(quiet.send(channel)) == 50278
    assert code_of(quiet.ask("POST", "/users/@me/channels", {"recipient_id": "9"})) == 10013


def test_faults_speak_as_discord_does() -> None:
    """A fault with a code has the status and the words that the code has."""
    fault = Fault.says(50013)
    assert (fault.status, fault.body) == (403, b'{"message": "Missing Permissions", "code": 50013}')
