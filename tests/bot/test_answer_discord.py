"""What is answered on Discord: options, roles that are called, permissions that are missing, words of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from adapters.discord.dialect import DiscordDialect
from adapters.platform import (
    HERE,
    AccountId,
    Address,
    Asker,
    ChatKind,
    Elsewhere,
    Grant,
    Lack,
    Platform,
    Query,
    Reply,
    Role,
    Scene,
    Suggestion,
    Taking,
)
from bot.answer.suggesting import LONGEST, MOST
from bot.catalogue import LANGUAGES, catalogue, say
from digest.choices import Calls, Choices
from storage import ledger, subscriptions
from storage.database import Database
from storage.sqlite import SqliteStore
from storage.subscriptions import Place, Subscription
from tests.bot.test_answer import START, Around, Room, words_of

EDITORS = Role(id="71", name="Editors", open=True)
READERS = Role(id="72", name="Readers")
SERVER: dict[str, Any] = {"kind": ChatKind.GROUP, "chat": "100"}


def address(chat: str = "100", thread: str = "") -> Address:
    """A channel of the server, or a thread in it."""
    return Address(platform=Platform.DISCORD, account=AccountId("42"), chat=chat, thread=thread)


def news(grant: Grant = Grant.GRANTED, *lacks: Lack, chat: str = "100") -> Elsewhere:
    """The channel in which people ask, unless it has another id, as its scene finds it."""
    return Elsewhere(
        grant=grant, address=address(chat), title="news", name="#news", lacks=lacks, roles=(EDITORS, READERS)
    )


@dataclass
class Server(Room):
    """Somebody who asks on Discord."""

    async def says(self, text: str, *, scene: Scene = HERE, thread: str = "", **who: Any) -> Reply:
        """Ask; in private, unless it is said otherwise."""
        told: dict[str, Any] = {"person": "5", "language": "en", "chat": "7", "kind": ChatKind.PRIVATE} | who
        is_admin = told.pop("admin", False)
        asker = Asker(address=address(told.pop("chat"), thread), is_admin=is_admin, **told)
        return await self.answerer.answer(Query(asker=asker, text=text, scene=scene))

    async def suggested(self, command: str, option: str, typed: str, *, admin: bool = False) -> list[Suggestion]:
        """What may be meant."""
        asker = Asker(address=address(), person="5", is_admin=admin, kind=ChatKind.GROUP)
        return list(await self.answerer.suggest(asker, command, option, typed))

    async def subscription(self, chat: str = "100", thread: str = "") -> Subscription | None:
        """The subscription of a channel or thread."""
        place = Place(platform="discord", account="42", chat=chat, thread=thread)
        return await self.store.read(subscriptions.subscription_at, place)

    async def choices(self) -> Choices:
        """What the channel chose."""
        found = await self.subscription()
        assert found is not None
        return found.choices


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server with a store of its own."""
    store = await SqliteStore.open(tmp_path / "sudi.db", now=lambda: START)
    yield Server(store)
    await store.close()


def menus(reply: Reply) -> dict[str, list[str]]:
    """The choices of a reply by what they are together called, the chosen ones marked."""
    found: dict[str, list[str]] = {}
    for button in reply.buttons:
        found.setdefault(button.menu, []).append(button.marked)
    return found


# --- What is missing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lack", "names"),
    [
        (Lack.VIEW, ("「查看频道」", "“View Channel”")),
        (Lack.WRITE, ("「发送消息」", "“Send Messages”")),
        (Lack.EMBED, ("「嵌入链接」", "“Embed Links”")),
        (Lack.WRITE_IN_THREADS, ("「在子区内发送消息」", "“Send Messages in Threads”")),
        (Lack.TAG, ("标签", "tag")),
        (Lack.UNLOCKED, ("锁定", "locked")),
        (Lack.HUSHED, ("禁言", "timed out")),
        (Lack.JOINED, ("@ 我", "mention me")),
    ],
)
async def test_what_is_missing_is_named_as_the_settings_call_it(
    server: Server, lack: Lack, names: tuple[str, str]
) -> None:
    """Where the account may not write, nobody is subscribed, and each missing thing is said by its name there."""
    around = Around(chats={"@100": news(Grant.CANNOT_POST, lack)})
    for language, name in zip(LANGUAGES, names, strict=True):
        reply = await server.says("/subscribe @100 brief", scene=around, language=language, **SERVER)
        assert name in words_of(reply)
        assert reply.only_asker
        again = reply.buttons[-1]
        assert (again.says, again.in_place) == ("/subscribe @100 brief", True)
    assert await server.subscription() is None


async def test_several_permissions_are_missing_in_one_sentence(server: Server) -> None:
    """All that is missing is said at once, and where it is given."""
    around = Around(chats={"@100": news(Grant.CANNOT_POST, Lack.VIEW, Lack.WRITE)})
    said = words_of(await server.says("/subscribe @100", scene=around, **SERVER))
    assert "these permissions: “View Channel”, “Send Messages”." in said
    assert "in the channel’s settings" in said


async def test_what_helps_is_offered_and_nothing_else(server: Server) -> None:
    """Who is not in the server is added to it; who is there and lacks something is not, and another kind stays one."""
    offered = {
        grant: [button.label for button in (await server.says("/subscribe @100", scene=around, **SERVER)).buttons]
        for grant, around in (
            (Grant.UNKNOWN, Around()),
            (Grant.CANNOT_POST, Around(chats={"@100": news(Grant.CANNOT_POST, Lack.EMBED)})),
            (Grant.WRONG_KIND, Around(chats={"@100": news(Grant.WRONG_KIND)})),
        )
    }
    assert offered == {
        Grant.UNKNOWN: ["Add to a server", "Try again"],
        Grant.CANNOT_POST: ["Try again"],
        Grant.WRONG_KIND: [],
    }


async def test_the_answer_speaks_the_language_that_was_chosen(server: Server) -> None:
    """Who chooses another language for the channel in which they ask is answered in it at once."""
    around = Around(chats={"@100": news(), "@200": news(chat="200")})
    assert words_of(await server.says("/subscribe @100 zh", scene=around, **SERVER)).startswith("订阅好了")
    assert "You are subscribed" in words_of(await server.says("/subscribe @200 zh", scene=around))


async def test_what_is_not_missing_for_everything_is_said_beside_the_subscription(server: Server) -> None:
    """Where something can be brought, the chat is subscribed, and told what will not arrive; its status says so too."""
    around = Around(chats={"@100": news(Grant.GRANTED, Lack.WRITE_IN_THREADS)})
    for words in ("/subscribe @100", "/status @100"):
        assert "“Send Messages in Threads”" in words_of(await server.says(words, scene=around, **SERVER))
    assert await server.subscription() is not None


async def test_an_interruption_says_what_is_missing(server: Server) -> None:
    """Where a subscription is interrupted, `/status` names what has to be allowed for it to go on."""
    await server.says("/subscribe @100", scene=Around(chats={"@100": news()}), **SERVER)
    await server.store.write(_forbidden)
    told = words_of(
        await server.says(
            "/status @100", scene=Around(chats={"@100": news(Grant.CANNOT_POST, Lack.EMBED, Lack.MENTION)}), **SERVER
        )
    )
    assert "The subscription is interrupted" in told
    assert "“Embed Links”" in told
    assert "Mention" not in told


def _forbidden(db: Database) -> None:
    lane = subscriptions.lane_at(db, "discord", "42")
    subscriptions.suspend_chat(db, lane, "100", reason=subscriptions.FORBIDDEN, now=START)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_nothing_is_brought_to_a_channel_of_another_kind(server: Server, language: str) -> None:
    """A voice channel is no place for a digest: what is, is said."""
    around = Around(chats={"@100": news(Grant.WRONG_KIND)})
    reply = await server.says("/subscribe @100", scene=around, language=language, **SERVER)
    assert words_of(reply) == say(language, "answers_discord.grant_wrong_kind", title="news")
    assert await server.subscription() is None


# --- Roles -------------------------------------------------------------------------------------------------------


async def test_a_role_is_chosen_and_told_by_its_name(server: Server) -> None:
    """A role is called with breaking items, until something else is chosen; its name is that of now."""
    around = Around(chats={"@100": news()})
    chosen = await server.says("/subscribe @100 role:71", scene=around, **SERVER)
    assert "Mentions: @Editors · Breaking items only" in words_of(chosen)
    choices = await server.choices()
    assert (choices.mention, choices.calls) == ("71", Calls.BREAKING)
    assert menus(chosen)["When to mention the role"] == ["✓ Breaking items only", "Every issue", "Nobody"]
    every = await server.says("/settings @100 calls:every", scene=around, **SERVER)
    assert (await server.choices()).calls is Calls.EVERY
    assert "Every issue" in words_of(every)
    renamed = Around(chats={"@100": replace(news(), roles=(replace(EDITORS, name="Writers"),))})
    assert "@Writers" in words_of(await server.says("/status @100", scene=renamed, **SERVER))
    gone = Around(chats={"@100": replace(news(), roles=(READERS,))})
    assert "a role that no longer exists" in words_of(await server.says("/status @100", scene=gone, **SERVER))
    assert "role 71" in words_of(await server.says("/status", **SERVER))


async def test_the_preview_of_a_push_names_the_roles_that_it_calls(server: Server) -> None:
    """Whom a push will call is said before it is confirmed, by name and channel; of more than five how many more."""

    def at(chat: str) -> Around:
        return Around(chats={f"@{chat}": replace(news(chat=chat), chat_name=f"#news-{chat} (Reading)")})

    async def preview(language: str = "en") -> str:
        reply = await server.says("/push The bridge is closed", admin=True, language=language)
        return words_of(reply)

    await server.says("/subscribe @100", scene=at("100"), **SERVER)
    assert "Mentions" not in await preview()
    await server.says("/subscribe @100 role:71", scene=at("100"), **SERVER)
    await server.says("/subscribe @101 role:72 calls:every", scene=at("101"), **SERVER)
    await server.says("/subscribe @102 daily role:72", scene=at("102"), **SERVER)
    told = "Mentions the role @Editors in “#news-100 (Reading)”, the role @Readers in “#news-101 (Reading)”."
    assert told in await preview()
    assert (
        "会提及「#news-100 (Reading)」里的身份组 @Editors、「#news-101 (Reading)」里的身份组 @Readers。"
        in await preview("zh")
    )
    # A role is called by the name that it had when somebody last looked.
    await server.says("/settings @100 role:72", scene=at("100"), **SERVER)
    assert "@Readers in “#news-100" in await preview()
    renamed = Around(chats={"@100": replace(news(), roles=(replace(READERS, name="Writers"),))})
    await server.says("/settings @100", scene=renamed, **SERVER)
    assert "@Writers in “#news-100" in await preview()
    for chat in range(103, 109):
        await server.says(f"/subscribe @{chat} role:71", scene=at(str(chat)), **SERVER)
    assert "“#news-105 (Reading)”, and a role in each of 3 more channels." in await preview()


async def test_a_role_without_a_known_name_is_named_by_its_number(server: Server) -> None:
    """Of a role and a channel of which nobody told the name the preview tells the numbers."""
    await server.store.write(_chooses_unnamed)
    for language, told in (("zh", "会提及「100」里的身份组 71。"), ("en", "Mentions the role 71 in “100”.")):
        assert told in words_of(await server.says("/push The bridge is closed", admin=True, language=language))


async def test_what_a_role_is_called_is_words_in_a_preview(server: Server) -> None:
    """Markup, lines, hidden characters or a call in a role's name are told as words, and a long name is cut."""
    name = "**A**\n\u202e<@&5> @everyone " + "b" * 100
    around = Around(chats={"@100": replace(news(), roles=(replace(EDITORS, name=name),), chat_name="#news")})
    await server.says("/subscribe @100 role:71", scene=around, **SERVER)
    reply = await server.says("/push The bridge is closed", admin=True)
    told = f"Mentions the role @**A** <@&5> @everyone {'b' * 37}… in “#news”."
    assert told in words_of(reply)
    (*_, message) = DiscordDialect().spell(reply.documents[-1], reply.words).messages
    assert f"@\\*\\*A\\*\\* \\<@&5> \\@everyone {'b' * 37}… in" in message["embeds"][0]["description"]
    assert message["allowed_mentions"] == {"parse": []}


def _chooses_unnamed(db: Database) -> None:
    place = Place(platform="discord", account="42", chat="100")
    subscriptions.subscribe(db, place, Choices(mention="71"), now=START)


async def test_a_role_is_let_go(server: Server) -> None:
    """The menu's last choice calls nobody any more, and the menu goes with it."""
    around = Around(chats={"@100": news()})
    chosen = await server.says("/subscribe @100 role:71 calls:every", scene=around, **SERVER)
    nobody = next(button.says for button in chosen.buttons if button.label == "Nobody")
    told = await server.says(nobody, scene=around, **SERVER)
    assert (await server.choices()).mention == ""
    assert "Mentions" not in words_of(told)
    assert set(menus(told)) == {"Series", "Layout", "Language"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("word", "roles", "key"),
    [
        ("role:everyone", (EDITORS,), "role_everyone"),
        ("role:99", (EDITORS,), "role_unknown"),
        ("role:71", (), "role_nowhere"),
    ],
)
async def test_a_role_that_cannot_be_called_is_refused(
    server: Server, word: str, roles: tuple[Role, ...], key: str, language: str
) -> None:
    """Everyone is never called, nor a role of another server; and nothing else of the wish is done."""
    around = Around(chats={"@100": replace(news(), roles=roles)})
    reply = await server.says(f"/subscribe @100 brief {word}", scene=around, language=language, **SERVER)
    assert words_of(reply) == say(language, f"answers.{key}")
    assert await server.subscription() is None


@pytest.mark.parametrize(
    ("role", "lacks", "told"),
    [
        ("role:72", (Lack.MENTION,), True),
        ("role:71", (Lack.MENTION,), False),
        ("role:72", (), False),
        ("", (Lack.MENTION,), False),
    ],
)
async def test_a_missing_right_to_mention_matters_only_for_the_chosen_role(
    server: Server, role: str, lacks: tuple[Lack, ...], told: bool
) -> None:
    """Whoever chose a role that not everybody may call hears that nobody will be notified; nobody else does."""
    around = Around(chats={"@100": news(Grant.GRANTED, *lacks)})
    said = words_of(await server.says(f"/subscribe @100 {role}", scene=around, **SERVER))
    assert ("Mentioning “Readers” will not notify anyone" in said) is told
    assert ("“Mention @everyone, @here, and All Roles”" in said) is told
    assert await server.subscription() is not None


async def test_without_a_role_nobody_is_called(server: Server) -> None:
    """Whoever says when, and never whom, is told that it does nothing."""
    around = Around(chats={"@100": news()})
    said = words_of(await server.says("/subscribe @100 calls:every", scene=around, **SERVER))
    assert "No role is chosen, so nobody is mentioned." in said
    assert "No role" not in words_of(await server.says("/settings @100 role:71", scene=around, **SERVER))


# --- Which chat --------------------------------------------------------------------------------------------------


async def test_a_thread_is_forgotten_alone(server: Server) -> None:
    """Who forgets a thread leaves its channel as it is; who forgets a channel forgets its threads as well."""
    thread = replace(news(), address=address("100", "101"))
    around = Around(chats={"@100": news(), "@101": thread})
    for said in ("/subscribe @100", "/subscribe @101", "/forget @101 yes"):
        await server.says(said, scene=around, **SERVER)
    assert await server.subscription(thread="101") is None
    assert await server.subscription() is not None
    for said in ("/subscribe @101", "/forget @100 yes"):
        await server.says(said, scene=around, **SERVER)
    assert await server.subscription(thread="101") is None
    assert await server.subscription() is None


async def test_the_channel_in_which_one_asks_is_not_named_again(server: Server) -> None:
    """Only of another channel an answer says which it is; its buttons name it always, and words as people write it."""
    around = Around(chats={"@100": news(), "@200": news(chat="200")})
    here = await server.says("/subscribe @100", scene=around, **SERVER)
    assert words_of(here).startswith("You are subscribed.")
    assert all(" @100" in button.says for button in here.buttons)
    assert "; /stop unsubscribes." in words_of(here)
    there = await server.says("/subscribe @200", scene=around, **SERVER)
    assert words_of(there).startswith("“news”\nYou are subscribed.")
    assert "; /stop channel:#news unsubscribes." in words_of(there)
    assert await server.subscription("200") is not None


async def test_a_thread_is_a_chat_of_its_own(server: Server) -> None:
    """A thread is named by its own id, and what is chosen in it is chosen for it alone."""
    thread = replace(news(), address=address("100", "300"))
    reply = await server.says("/subscribe @300", scene=Around(chats={"@300": thread}), thread="300", **SERVER)
    assert {button.says.split()[1] for button in reply.buttons} == {"@300"}
    assert await server.subscription("100", "300") is not None
    assert await server.subscription("100") is None


async def test_who_may_not_decide_may_still_ask_how_it_stands(server: Server) -> None:
    """Everyone sees a channel's status in it; choosing takes the permission, which is named."""
    here = Around(chats={"@100": news(Grant.NOT_YOURS)})
    assert "Nothing is brought here yet." in words_of(await server.says("/status @100", scene=here, **SERVER))
    for words in ("/subscribe @100", "/settings @100 brief", "/stop @100", "/forget @100 yes"):
        assert "needs the permission “Manage Server”" in words_of(await server.says(words, scene=here, **SERVER))
    there = Around(chats={"@200": news(Grant.NOT_YOURS, chat="200")})
    for words in ("/status @200", "/subscribe @200"):
        said = words_of(await server.says(words, scene=there, **SERVER))
        assert said == say("en", "answers_discord.grant_not_yours_id")
    assert await server.subscription() is None


# --- Commands ----------------------------------------------------------------------------------------------------


async def test_only_commands_with_a_use_are_offered(server: Server) -> None:
    """Discord has no links into a chat and no channel apart: `/start` and `/channel` are offered elsewhere alone."""
    names = {command.name for command in server.answerer.offered(Platform.DISCORD)}
    everywhere = {command.name for command in server.answerer.offered(Platform.TELEGRAM)}
    assert everywhere - names == {"start", "channel"}
    assert "story" not in everywhere
    said = words_of(await server.says("/help", admin=True))
    assert "/start" not in said
    assert "/push · push a breaking item" in said


async def test_commands_say_their_options(server: Server) -> None:
    """Every option has a name and a sentence that Discord takes, in every language, and choices that are understood."""
    offered = {command.name: command.offered for command in server.answerer.offered(Platform.DISCORD)}
    choosing = ["chat", "series", "layout", "language", "role", "calls"]
    assert [option.name for option in offered["subscribe"].options] == choosing
    assert [option.name for option in offered["settings"].options] == choosing
    assert all([one.name for one in offered[name].options] == ["chat"] for name in ("status", "stop", "forget"))
    assert [option.name for option in offered["latest"].options] == ["series", "public"]
    assert offered["subscribe"].names == {"zh": "订阅", "en": "subscribe"}
    for option in (option for command in offered.values() for option in command.options):
        assert set(option.names) == set(option.about) == set(LANGUAGES)
        assert all(0 < len(name) <= 32 and name == name.lower() and " " not in name for name in option.names.values())
        assert all(0 < len(about) <= 100 for about in option.about.values())
        assert bool(option.choices) == (option.taking is Taking.CHOICE)
    around = Around(chats={"@100": news()})
    for option in offered["subscribe"].options:
        for choice in option.choices:
            said = words_of(await server.says(f"/subscribe @100 {choice.says}", scene=around, **SERVER))
            assert "I do not know" not in said


async def test_a_code_makes_an_admin_of_whoever_has_it(server: Server) -> None:
    """In private `/admin` takes a code from anybody, once; without one it is for admins alone."""
    assert "Only admins" in words_of(await server.says("/admin"))
    told = words_of(await server.says("/admin", admin=True))
    code = told.splitlines()[-1].removeprefix("/admin code:")
    assert code.startswith("admin_")
    assert "in private" in words_of(await server.says(f"/admin {code}", **SERVER))
    assert "You are an admin now" in words_of(await server.says(f"/admin {code}"))
    assert "code was used already" in words_of(await server.says(f"/admin {code}", person="6"))
    assert "code was used already" in words_of(await server.says("/admin mistyped", person="6"))
    assert "Only admins" in words_of(await server.says("/admin remove discord:5", person="6"))
    assert "Only admins" in words_of(await server.says("/admin", person="6"))
    assert "becomes an admin" in words_of(await server.says("/admin"))


@pytest.mark.parametrize(("language", "line"), [("zh", "/admin 口令:admin_"), ("en", "/admin code:admin_")])
async def test_a_code_is_told_with_the_name_that_its_option_has(server: Server, language: str, line: str) -> None:
    """What whoever is invited types has the option's name as Discord shows it in that language."""
    told = words_of(await server.says("/admin", admin=True, language=language))
    assert told.splitlines()[-1].startswith(line)
    await server.says(f"/admin {told.splitlines()[-1].split(':')[1]}", person="6")
    status = words_of(await server.says("/status", admin=True, language=language))
    assert say(language, "answers_discord.status_admins", admins="discord:6") in status


async def test_the_page_says_for_each_platform_how_one_becomes_an_admin(server: Server) -> None:
    """Who asks on the page gets the words for each platform."""
    local = Address(platform=Platform.WEB, account=AccountId("local"), chat="inbox")
    asker = Asker(address=local, person="local", language="en", is_admin=True)
    said = words_of(await server.answerer.answer(Query(asker=asker, text="/admin"))).splitlines()
    codes = {line.split("admin_")[1] for line in said if "admin_" in line}
    assert len(codes) == 1
    (code,) = codes
    assert f"Telegram: /start admin_{code}" in said
    assert f"Discord: /admin code:admin_{code}" in said


# --- What is suggested -------------------------------------------------------------------------------------------


async def test_series_are_suggested_by_their_names(server: Server) -> None:
    """The series that fit what was typed, by their names in either language, those that begin with it in front."""
    for series in ("daily", "papers", "a-daily"):
        await server.publish(series, START, series=series)
    everything = await server.suggested("subscribe", "series", "")
    assert [one.says for one in everything] == ["all", "a-daily", "daily", "papers", "breaking"]
    assert everything[0].labels == {"zh": "全部系列", "en": "Every series"}
    assert [one.says for one in await server.suggested("latest", "series", "daily")] == ["daily", "a-daily"]
    for typed in ("日", "DAI", " daily "):
        assert (await server.suggested("latest", "series", typed))[0] == Suggestion(
            labels={"zh": "日报", "en": "Daily"}, says="daily"
        )
    assert await server.suggested("latest", "series", "all") == []
    assert await server.suggested("latest", "series", "zzz") == []


async def test_what_was_typed_before_a_name_stays(server: Server) -> None:
    """Signs and further series are understood: the last word is completed, what stands before it is kept."""
    for series in ("daily", "papers"):
        await server.publish(series, START, series=series)
    assert [one.says for one in await server.suggested("settings", "series", "+pap")] == ["+papers"]
    assert (await server.suggested("settings", "series", "-日"))[0].labels == {"zh": "-日报", "en": "-Daily"}
    (both,) = await server.suggested("subscribe", "series", "日报 +pap")
    assert (both.says, both.labels["zh"]) == ("日报 +papers", "日报 +papers")
    assert await server.suggested("subscribe", "series", "nonsense pap") == []
    around = Around(chats={"@100": news()})
    await server.says(f"/subscribe @100 {both.says}", scene=around, **SERVER)
    assert (await server.choices()).series == {"daily", "papers"}


async def test_no_more_is_suggested_than_can_be_shown(server: Server) -> None:
    """Discord shows 25, none that says more than 100 characters."""
    for number in range(30):
        await server.publish(f"n{number}", START, series=f"series-{number:02}")
    assert len(await server.suggested("subscribe", "series", "")) == MOST
    head = "series-01 " * 9 + "brief "
    said = [one.says for one in await server.suggested("subscribe", "series", f"{head}+")]
    assert said == [f"{head}+all"]
    assert all(len(says) <= LONGEST for says in said)


async def test_scopes_are_suggested_to_admins_alone(server: Server) -> None:
    """An admin is offered what can be held, and what is; nobody else is told."""
    digest = await server.publish("Paper", START)
    holdable = await server.suggested("hold", "digest", "", admin=True)
    assert [one.says for one in holdable] == ["all", "telegram", "discord", "web", f"digest:{digest}"]
    assert "Paper" in holdable[-1].labels["zh"]
    assert await server.suggested("release", "digest", "", admin=True) == []
    await server.store.write(lambda db: ledger.hold(db, "discord", by="discord:5", now=START))
    assert [one.says for one in await server.suggested("release", "digest", "disc", admin=True)] == ["discord"]
    for command in ("hold", "release"):
        assert await server.suggested(command, "digest", "") == []
    assert await server.suggested("push", "text", "a", admin=True) == []
    assert await server.suggested("nothing", "at all", "a", admin=True) == []


async def test_what_fails_suggests_nothing(server: Server) -> None:
    """While the store cannot be asked, nothing is suggested, and nobody hears of it while they type."""
    await server.store.close()
    assert await server.suggested("latest", "series", "d") == []


# --- Words -------------------------------------------------------------------------------------------------------


def test_what_is_said_otherwise_is_said_somewhere() -> None:
    """What Discord says in words of its own other platforms say as well, and it never speaks of what it has not."""
    for language in LANGUAGES:
        texts = catalogue(language)
        own = {key: text for key, text in texts.items() if key.startswith("answers_discord.")}
        assert own
        assert not {key for key in own if key.replace("answers_discord", "answers", 1) not in texts}
        strange = ("群", "话题", "group", "topic", "/start", "发布消息", "Post messages")
        assert not {key for key, text in own.items() if any(word in text for word in strange)}
