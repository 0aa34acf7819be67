"""The listener at the strict simulator, with the real library: who it is, what it hears, and how it answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from adapters.platform import AccountTrouble, Asker, Button, ChatKind, Notice, Query, Reply, Suggestion
from tests.adapters.discord.front import Front, account, town
from tests.adapters.discord.interactions import COMMANDS
from tests.adapters.fronts import beginning, listening, reply
from tests.platforms.discord.faults import Fault
from tests.platforms.discord.person import Person
from tests.platforms.discord.servers import Channel
from tests.platforms.discord.simulator import DiscordSimulator
from tests.platforms.discord.uses import Use


async def ready(discord: DiscordSimulator, front: Front) -> None:
    """Wait until the account hears its gateway."""
    await discord.until(lambda: None in front.troubles, "the account is well")


@asynccontextmanager
async def hearing(discord: DiscordSimulator, person: Person, front: Front) -> AsyncIterator[Channel]:
    """An account that hears its gateway, and a channel of a server of somebody's in which it is."""
    _, news = town(person)
    async with listening(front, account(discord)):
        await ready(discord, front)
        yield news


async def answered(discord: DiscordSimulator, use: Use) -> str:
    """The text of an answer, once it stands there."""
    answer = await discord.until(lambda: use.answer, "an answer")
    return "\n".join(embed["description"] for embed in answer.embeds).replace("\\", "")


# --- Beginning ----------------------------------------------------------------------------------------------------


def patient(*, only_asker: bool = False) -> tuple[Front, asyncio.Event]:
    """A front that answers only when it is told to."""
    front, late = Front(), asyncio.Event()

    async def answering(query: Query) -> Reply:
        await late.wait()
        return reply(f"at last {query.text}", only_asker=only_asker)

    front.answering = answering
    return front, late


def hesitant() -> tuple[Front, asyncio.Event]:
    """A front that shows a menu at once, and answers what is pressed there only when it is told to."""
    front, late = Front(), asyncio.Event()

    async def answering(query: Query) -> Reply:
        if query.text == "/status":
            return SETTINGS
        await late.wait()
        return reply(f"late {query.text}")

    front.answering = answering
    return front, late


async def test_an_account_knows_itself_and_registers_its_commands_once(discord: DiscordSimulator) -> None:
    """At its start an account learns its name and registers its commands; the next start leaves them as they are."""
    front = Front()
    async with listening(front, account(discord)) as known:
        assert known.listener is not None
        assert known.listener.name == "sudi"
        await ready(discord, front)
    assert {command["name"] for command in discord.bot.commands} == {"today", "subscribe", "push", "status"}
    async with listening(Front(), account(discord)):
        pass
    assert len(discord.calls("PUT", "/commands")) == 1
    async with listening(Front(commands=COMMANDS), account(discord)):
        pass
    assert len(discord.calls("PUT", "/commands")) == 2


async def test_commands_that_cannot_be_registered_are_tried_again(discord: DiscordSimulator) -> None:
    """While commands cannot be registered the account listens, and registers them later."""
    discord.fail(Fault.server_error(503), method="PUT", path="/commands", times=2)
    async with listening(Front(), account(discord)):
        await discord.until(lambda: discord.bot.commands, "the commands")


async def test_it_starts_however_long_discord_is_away(discord: DiscordSimulator) -> None:
    """While Discord does not answer, the account waits, and tells so."""
    await discord.refuse()
    front = Front()
    async with beginning(front, account(discord)) as task:
        await discord.until(lambda: front.troubles, "somebody is told")
        assert not task.done()
        await discord.listen()
        await task
        await ready(discord, front)
    assert front.troubles[0] is AccountTrouble.UNREACHABLE


async def test_a_refused_token_is_dead(discord: DiscordSimulator) -> None:
    """A token that Discord refuses is told of as dead, and tried again now and then."""
    token = discord.token
    discord.revoke()
    front = Front()
    async with beginning(front, account(discord, token=token)):
        await discord.until(lambda: front.troubles, "somebody is told")
    assert front.troubles == [AccountTrouble.DEAD]


async def test_the_bot_is_seen_to_leave(discord: DiscordSimulator, lin: Person) -> None:
    """At the end the gateway is left in good order, so that no session is kept for it."""
    town(lin)
    front = Front()
    async with listening(front, account(discord)):
        await ready(discord, front)
        assert discord.gateway.of(discord.bot)
    assert not discord.gateway.sessions


# --- Commands -----------------------------------------------------------------------------------------------------


async def test_a_command_is_answered_for_its_asker(discord: DiscordSimulator, lin: Person) -> None:
    """In a server an answer is for the asker alone, unless they let everybody see it; in private it stays."""
    front = Front()
    async with hearing(discord, lin, front) as news:
        own = lin.commands("/status", news)
        assert await answered(discord, own) == "you said /status"
        assert own.is_ephemeral
        shown = lin.commands("/today", news, public="public")
        assert await answered(discord, shown) == "you said /today"
        assert not shown.is_ephemeral
        alone = lin.commands("/status")
        assert await answered(discord, alone) == "you said /status"
        assert not alone.is_ephemeral
    assert front.heard[0].asker.kind is ChatKind.GROUP
    assert front.heard[2].asker.kind is ChatKind.PRIVATE
    assert front.heard[0].update == str(own.interaction.id)


async def test_what_only_the_asker_needs_is_not_shown_to_all(discord: DiscordSimulator, lin: Person) -> None:
    """A reply for the asker alone is seen by nobody else, even where a public answer was asked for, and late."""
    front, late = patient(only_asker=True)
    async with hearing(discord, lin, front) as news:
        use = lin.commands("/today", news, public="public")
        await discord.until(lambda: use.is_deferred, "deferral")
        late.set()
        assert await answered(discord, use) == "at last /today"
        assert [message for message in discord.messages(news) if message.content or message.embeds] == []


async def test_an_answer_that_takes_long_is_deferred(discord: DiscordSimulator, lin: Person) -> None:
    """Where an answer takes longer than Discord waits, the asker sees that it is thought about, and then the answer."""
    front, late = patient()
    async with hearing(discord, lin, front) as news:
        use = lin.commands("/status", news)
        await discord.until(lambda: use.is_thinking, "it is thought about")
        late.set()
        assert await answered(discord, use) == "at last /status"
        assert use.is_ephemeral


async def test_nothing_to_say_leaves_nobody_waiting(discord: DiscordSimulator, lin: Person) -> None:
    """Where nothing is replied, nothing stays, and Discord does not say that the bot did not respond."""
    front = Front(answers={"/status": reply()})
    async with hearing(discord, lin, front) as news:
        use = lin.commands("/status", news)
        await discord.until(lambda: discord.calls("DELETE", "@original"), "it is taken back")
        assert not use.answers
        assert use.is_answered


async def test_an_interaction_is_answered_once(discord: DiscordSimulator, lin: Person) -> None:
    """What the gateway tells again after a loss is not asked again."""
    front = Front()
    async with hearing(discord, lin, front) as news:
        use = lin.commands("/status", news)
        await answered(discord, use)
        lin.replays(use)
        await answered(discord, lin.commands("/today", news))
    assert front.said == ["/status", "/today"]


async def test_a_first_word_that_was_lost_is_said_again(discord: DiscordSimulator, lin: Person) -> None:
    """Where the answer to an answer is lost, it is given again, and «answered already» is then no rival."""
    front = Front()
    discord.fail(Fault.lost_answer(), path="/callback")
    async with hearing(discord, lin, front) as news:
        use = lin.commands("/status", news)
        assert await answered(discord, use) == "you said /status"
        await discord.until(lambda: len(discord.calls("POST", "/callback")) == 2, "it is said again")
    assert front.troubles == [None]


async def test_an_answer_waits_where_discord_asks_it_to(discord: DiscordSimulator, lin: Person) -> None:
    """A 429 for a first word, or for what follows it, is waited for, and the answer is given."""
    front, late = Front(), asyncio.Event()

    async def answering(query: Query) -> Reply:
        if query.text == "/today":
            await late.wait()
        return reply(f"you said {query.text}")

    front.answering = answering
    async with hearing(discord, lin, front) as news:
        discord.fail(Fault.flood(0.1), path="/callback")
        assert await answered(discord, lin.commands("/status", news)) == "you said /status"
        discord.fail(Fault.flood(0.1), path="@original")
        use = lin.commands("/today", news)
        await discord.until(lambda: use.is_thinking, "deferral")
        late.set()
        assert await answered(discord, use) == "you said /today"


async def test_an_answer_outlasts_a_bad_moment_of_discord(discord: DiscordSimulator, lin: Person) -> None:
    """An answer that was announced is given again and again while Discord fails: nobody is left waiting for it."""
    front, late = patient()
    async with hearing(discord, lin, front) as news:
        use = lin.commands("/status", news)
        await discord.until(lambda: use.is_thinking, "deferral")
        discord.fail(Fault.server_error(503), path="@original", times=5)
        late.set()
        assert await answered(discord, use) == "at last /status"


async def test_a_late_message_that_may_stand_there_is_not_sent_again(discord: DiscordSimulator, lin: Person) -> None:
    """Where the answer to a late message is lost, the message may stand there: it does not come twice."""
    front, late = hesitant()
    async with hearing(discord, lin, front) as news:
        use = lin.commands("/status", news)
        stop = lin.presses(await discord.until(lambda: use.answer, "the menu"), "Stop")
        await discord.until(lambda: stop.is_deferred, "it arrived")
        discord.fail(Fault.reset(executed=True), method="POST", path="/webhooks/")
        late.set()
        assert await answered(discord, stop) == "late /stop"
    assert len([call for call in discord.calls("POST") if call.route.startswith("/webhooks/")]) == 1


async def test_an_answer_that_discord_refuses_is_in_the_log(
    discord: DiscordSimulator, lin: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """An answer that Discord does not take as it is, is a mistake of ours, and told as a warning."""
    front = Front()
    async with hearing(discord, lin, front) as news:
        discord.fail(Fault.says(50035, status=400), path="/callback")
        lin.commands("/status", news)
        await discord.until(lambda: "could not be answered" in caplog.text, "a line in the log")
    assert [record.levelname for record in caplog.records if "could not be answered" in record.getMessage()] == [
        "WARNING"
    ]


async def test_what_is_too_late_disturbs_nobody(discord: DiscordSimulator, lin: Person) -> None:
    """An interaction that Discord gave up meanwhile is left alone, and the next one is answered."""
    front = Front()

    async def answering(query: Query) -> Reply:
        if query.text == "/today":
            discord.advance(4.0)
        return reply(f"you said {query.text}")

    front.answering = answering
    async with hearing(discord, lin, front) as news:
        lost = lin.commands("/today", news)
        await discord.until(lambda: discord.calls("POST", "/callback"), "it is tried")
        assert await answered(discord, lin.commands("/status", news)) == "you said /status"
        assert not lost.answers
    assert front.troubles == [None]


async def test_a_rival_is_told(discord: DiscordSimulator, lin: Person) -> None:
    """Where somebody else with the same token answers first, that is told."""
    _, news = town(lin)
    one, two = Front(), Front()
    rivals = account(discord), account(discord)
    for front, known in zip((one, two), rivals, strict=True):
        assert known.listener is not None
        await known.listener.start(front)
        await ready(discord, front)
    await answered(discord, lin.commands("/status", news))
    await discord.until(lambda: AccountTrouble.RIVAL in [*one.troubles, *two.troubles], "the rival")
    for known in rivals:
        assert known.listener is not None
        assert known.close is not None
        await known.listener.stop()
        await known.close()


async def test_what_fails_leaves_nobody_waiting(discord: DiscordSimulator, lin: Person) -> None:
    """Where an answer cannot be made, by a store that fails or a mistake of ours, its asker is told, however late."""
    late = asyncio.Event()

    class Failing(Front):
        """A reception that keeps nothing, and makes mistakes."""

        async def kept(self, name: str) -> str | None:
            del name
            await late.wait()
            raise OSError("no disk")

    async def answering(query: Query) -> Reply:
        if query.text == "/today":
            raise ValueError("a mistake")
        return reply("?", buttons=(Button(label="Long", says="/search " + "很" * 200),))

    front = Failing(answering=answering)
    async with hearing(discord, lin, front) as news:
        assert await answered(discord, lin.commands("/today", news)) == "notice failed"
        use = lin.commands("/status", news)
        pressed = lin.presses(await discord.until(lambda: use.answer, "the button"), "Long")
        await discord.until(lambda: pressed.is_deferred, "deferral")
        late.set()
        assert await answered(discord, pressed) == "notice failed"
        assert pressed.is_ephemeral
    assert front.notices == [Notice.FAILED, Notice.FAILED]


# --- Typing -------------------------------------------------------------------------------------------------------


async def test_what_is_typed_is_completed(discord: DiscordSimulator, lin: Person) -> None:
    """Somebody who types is offered what may be meant; what is known too late is not offered."""
    front = Front()
    async with hearing(discord, lin, front) as news:
        use = lin.types("/subscribe", news, series="日")
        choices = await discord.until(lambda: use.choices, "choices")
    assert [(choice["name"], choice["value"]) for choice in choices] == [("日", "日")]


async def test_what_is_typed_is_completed_in_a_language_that_is_spoken(discord: DiscordSimulator) -> None:
    """Whoever reads none of our languages is offered words in the one that the settings name."""
    kim = discord.person(103, "Kim", locale="ko")
    _, news = town(kim)

    class English(Front):
        """A reception that suggests something with a name in each language."""

        async def suggest(self, asker: Asker, command: str, option: str, typed: str) -> Sequence[Suggestion]:
            del asker, command, option, typed
            return (Suggestion(labels={"zh": "日报", "en": "Daily"}, says="daily"),)

    front = English()
    async with listening(front, account(discord, language="en")):
        await ready(discord, front)
        use = kim.types("/subscribe", news, series="d")
        choices = await discord.until(lambda: use.choices, "choices")
    assert [choice["name"] for choice in choices] == ["Daily"]


# --- Buttons and menus --------------------------------------------------------------------------------------------

SETTINGS = reply(
    "how much?",
    buttons=(
        Button(label="Full", says="/settings full", menu="Layout", chosen=True, in_place=True),
        Button(label="Titles", says="/settings headlines", menu="Layout", in_place=True),
        Button(label="Stop", says="/stop"),
    ),
)


async def test_a_choice_of_a_menu_changes_the_message(discord: DiscordSimulator, lin: Person) -> None:
    """What is chosen in a menu is asked, and its answer takes the place of the message."""
    front = Front(answers={"/status": SETTINGS})
    async with hearing(discord, lin, front) as news:
        use = lin.commands("/status", news)
        message = await discord.until(lambda: use.answer, "the menu")
        chosen = lin.selects(message, "Layout", "Titles")
        assert await answered(discord, chosen) == "you said /settings headlines"
        assert chosen.answer is message
        assert not message.buttons  # nothing of the old message stays


async def test_a_button_asks_anew(discord: DiscordSimulator, lin: Person) -> None:
    """A button that changes nothing is answered by a message of its own, for the presser alone."""
    front = Front(answers={"/today": SETTINGS})
    async with hearing(discord, lin, front) as news:
        use = lin.commands("/today", news, public="public")
        message = await discord.until(lambda: use.answer, "the buttons")
        pressed = lin.presses(message, "Stop")
        assert await answered(discord, pressed) == "you said /stop"
        assert pressed.answer is not message
        assert pressed.is_ephemeral


async def test_long_answers_have_pages(discord: DiscordSimulator, lin: Person) -> None:
    """A long answer is one message whose pages are turned, by whoever asked."""
    server, news = town(lin)
    ada = discord.person(102, "Ada")
    ada.joins(server)
    front = Front(answers={"/today": reply("新闻。" * 3000)})
    async with listening(front, account(discord)):
        await ready(discord, front)
        use = lin.commands("/today", news, public="public")
        message = await discord.until(lambda: use.answer, "the first page")
        first = message.embeds[0]["description"]
        turned = lin.presses(message, "▶")
        await discord.until(lambda: turned.answer, "the second page")
        assert message.embeds[0]["description"] != first
        assert any(part.get("label", "").startswith("2/") for part in message.buttons)
        refused = ada.presses(message, "▶")
        assert await answered(discord, refused) == "notice not_yours"
        assert refused.is_ephemeral
    assert front.notices == [Notice.NOT_YOURS]


async def test_what_has_no_room_in_a_button_is_kept(discord: DiscordSimulator, lin: Person) -> None:
    """A button that says more than Discord takes says it all the same; one that nobody knows any more says so."""
    long = "/search " + "很" * 200
    front = Front(answers={"/status": reply("?", buttons=(Button(label="Long", says=long),))})
    async with hearing(discord, lin, front) as news:
        use = lin.commands("/status", news)
        message = await discord.until(lambda: use.answer, "the button")
        assert await answered(discord, lin.presses(message, "Long")) == f"you said {long}"
        front.memory.clear()
        await asyncio.sleep(1.1)  # until the same press is another one
        assert await answered(discord, lin.presses(message, "Long")) == "notice expired"


async def test_a_double_press_is_one(discord: DiscordSimulator, lin: Person) -> None:
    """A button that is pressed twice in a moment is asked once, and neither press is left waiting."""
    front = Front(answers={"/status": SETTINGS})
    async with hearing(discord, lin, front) as news:
        use = lin.commands("/status", news)
        message = await discord.until(lambda: use.answer, "the button")
        presses = [lin.presses(message, "Stop") for _ in range(2)]
        await discord.until(lambda: all(press.is_answered for press in presses), "both are answered")
    assert front.said == ["/status", "/stop"]


async def test_a_press_that_takes_long_is_told_to_have_arrived(discord: DiscordSimulator, lin: Person) -> None:
    """A slow answer to a press still takes the message's place, or comes as a message of its own."""
    front, late = hesitant()
    async with hearing(discord, lin, front) as news:
        use = lin.commands("/status", news)
        message = await discord.until(lambda: use.answer, "the menu")
        stop = lin.presses(message, "Stop")
        await discord.until(lambda: stop.is_deferred, "it arrived")
        late.set()
        assert await answered(discord, stop) == "late /stop"
        assert stop.answer is not message
        late.clear()
        chosen = lin.selects(message, "Layout", "Titles")
        await discord.until(lambda: chosen.is_deferred, "it arrived")
        late.set()
        assert await answered(discord, chosen) == "late /settings headlines"
        assert chosen.answer is message


async def test_a_made_up_press_changes_nothing_of_others(discord: DiscordSimulator, lin: Person) -> None:
    """Data that a hostile client makes up is asked in its name, and changes no message that others see."""
    front = Front()
    async with hearing(discord, lin, front) as news:
        use = lin.commands("/today", news, public="public")
        message = await discord.until(lambda: use.answer, "the answer")
        forged = lin.presses_data(message, "0:=/forget yes")
        assert await answered(discord, forged) == "you said /forget yes"
        assert forged.answer is not message
        assert forged.is_ephemeral
        junk = lin.presses_data(message, "nonsense:nonsense")
        assert await answered(discord, junk) == "notice expired"


# --- Stopping -----------------------------------------------------------------------------------------------------


async def test_what_was_taken_is_answered_before_the_end(discord: DiscordSimulator, lin: Person) -> None:
    """When it stops, an account answers what it took, and hears nothing new."""
    _, news = town(lin)
    front, late = patient()
    known = account(discord)
    assert known.listener is not None
    await known.listener.start(front)
    await ready(discord, front)
    use = lin.commands("/status", news)
    await discord.until(lambda: front.heard, "it is heard")
    stopping = asyncio.create_task(known.listener.stop())
    await asyncio.sleep(0)
    later = lin.commands("/today", news)
    late.set()
    await stopping
    assert await answered(discord, use) == "at last /status"
    assert not later.is_answered
    assert known.close is not None
    await known.close()
