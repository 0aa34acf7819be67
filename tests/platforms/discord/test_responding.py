"""Answers to interactions on the simulated Discord: the first within three seconds, others within fifteen minutes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platforms.discord.answers import Answer
from tests.platforms.discord.asked import Callback, Interaction, InteractionKind
from tests.platforms.discord.quiet import QuietDiscord, code_of
from tests.platforms.discord.servers import Message

COMMAND = InteractionKind.COMMAND
BUTTONS = [{"type": 1, "components": [{"type": 2, "style": 1, "label": "按", "custom_id": "a"}]}]


def asked(quiet: QuietDiscord, kind: InteractionKind = COMMAND, message: Message | None = None) -> Interaction:
    """Somebody asks something in the first channel, where the bot may not write."""
    quiet.lacks(quiet.general, "SEND_MESSAGES", "EMBED_LINKS")
    return quiet.core.ask(quiet.bot, kind, quiet.lin.user, quiet.general, {"name": "today"}, message=message)


def answers(quiet: QuietDiscord, interaction: Interaction, kind: int, **query: Any) -> Answer:
    """The first answer."""
    data = query.pop("data", None)
    body = {"type": kind} | ({"data": data} if data is not None else {})
    return quiet.ask("POST", f"/interactions/{interaction.id}/{interaction.token}/callback", body, token=None, **query)


def hook(quiet: QuietDiscord, interaction: Interaction, method: str, path: str = "", body: Any = None) -> Answer:
    """What comes after it."""
    return quiet.ask(method, f"/webhooks/{interaction.application}/{interaction.token}{path}", body, token=None)


def test_an_answer(quiet: QuietDiscord) -> None:
    """An interaction is answered once, without a bot's token, wherever it was asked; the answer can be asked back."""
    interaction = asked(quiet)
    told = answers(quiet, interaction, Callback.MESSAGE, data={"content": "好"}, with_response=True)
    assert told.body["resource"]["message"]["content"] == "好"
    [message] = quiet.sent(quiet.general)
    assert interaction.original is message
    assert message.json()["interaction_metadata"]["user"]["id"] == "101"
    assert code_of(answers(quiet, interaction, Callback.MESSAGE, data={"content": "再"})) == 40060
    assert interaction.refusals == [40060]
    assert hook(quiet, interaction, "GET", "/messages/@original").body["id"] == str(message.id)


def test_three_seconds(quiet: QuietDiscord) -> None:
    """Later than three seconds nobody waits, nothing can follow, and the person sees that it failed."""
    interaction = asked(quiet)
    assert code_of(hook(quiet, interaction, "POST", body={"content": "先"})) == 10015
    quiet.moment += 3
    assert interaction.has_failed(quiet.moment)
    assert code_of(answers(quiet, interaction, Callback.MESSAGE, data={"content": "好"})) == 10062
    stranger = quiet.ask("POST", f"/interactions/{interaction.id}/nobody/callback", {"type": 5}, token=None)
    assert code_of(stranger) == 10062


def test_only_the_asker_sees(quiet: QuietDiscord) -> None:
    """An ephemeral answer is seen by the asker alone, and not to be found in its channel."""
    interaction = asked(quiet)
    assert answers(quiet, interaction, Callback.MESSAGE, data={"content": "好", "flags": 64}).status == 204
    assert not quiet.messages(quiet.general)
    [message] = quiet.messages(quiet.general, viewer=101)
    path = f"/channels/{quiet.general.id}/messages/{message.id}"
    assert code_of(quiet.ask("PATCH", path, {"content": "x"})) == 10008
    assert hook(quiet, interaction, "PATCH", "/messages/@original", {"content": "改"}).body["content"] == "改"


def test_thinking_first(quiet: QuietDiscord) -> None:
    """Who defers is «thinking» until the answer is edited in, or the first follow-up takes its place."""
    for method, path in (("PATCH", "/messages/@original"), ("POST", "")):
        interaction = asked(quiet)
        told = answers(quiet, interaction, Callback.DEFERRED_MESSAGE, data={"flags": 64}, with_response=True)
        assert told.body["interaction"]["response_message_loading"]
        thought = interaction.is_thinking
        assert hook(quiet, interaction, method, path, {"content": "好"}).status == 200
        assert (thought, interaction.is_thinking) == (True, False)
        assert interaction.original
        assert (interaction.original.content, interaction.original.seen_by) == ("好", 101)
        assert [message.content for message in interaction.answers] == ["好"]


def test_what_follows(quiet: QuietDiscord) -> None:
    """More messages follow, each can be changed and taken back, and the original too."""
    interaction = asked(quiet)
    answers(quiet, interaction, Callback.MESSAGE, data={"content": "一"})
    second = hook(quiet, interaction, "POST", body={"content": "二", "flags": 64}).body
    path = f"/messages/{second['id']}"
    assert hook(quiet, interaction, "PATCH", path, {"content": "三"}).body["content"] == "三"
    assert hook(quiet, interaction, "GET", path).body["flags"] == 64
    assert [message.content for message in interaction.answers] == ["一", "三"]
    assert hook(quiet, interaction, "DELETE", path).status == 204
    assert code_of(hook(quiet, interaction, "DELETE", path)) == 10008
    assert hook(quiet, interaction, "DELETE", "/messages/@original").status == 204
    assert code_of(hook(quiet, interaction, "PATCH", "/messages/@original", {"content": "x"})) == 10008
    assert not interaction.answers


def test_fifteen_minutes(quiet: QuietDiscord) -> None:
    """After fifteen minutes the token is worth nothing; a token or an application that nobody knows never was."""
    interaction = asked(quiet)
    answers(quiet, interaction, Callback.DEFERRED_MESSAGE)
    stranger = f"/webhooks/{quiet.bot.id}/{interaction.token}"
    assert code_of(quiet.ask("POST", stranger, {"content": "x"}, token=None)) == 10015
    quiet.moment += 900
    late = hook(quiet, interaction, "PATCH", "/messages/@original", {"content": "好"})
    assert (late.status, late.code) == (401, 50027)


def test_a_press(quiet: QuietDiscord) -> None:
    """A press changes the message that was pressed, at once or later, or is answered with another one."""
    quiet.send(quiet.general, "选", components=BUTTONS)
    [message] = quiet.sent(quiet.general)
    at_once = asked(quiet, InteractionKind.COMPONENT, message)
    assert answers(quiet, at_once, Callback.UPDATE, data={"content": "选好", "components": []}).status == 204
    assert (message.content, message.components) == ("选好", [])
    later = asked(quiet, InteractionKind.COMPONENT, message)
    answers(quiet, later, Callback.DEFERRED_UPDATE)
    hook(quiet, later, "PATCH", "/messages/@original", {"content": "又变"})
    assert message.content == "又变"
    another = asked(quiet, InteractionKind.COMPONENT, message)
    told = answers(quiet, another, Callback.MESSAGE, data={"content": "另一条"}, with_response=True)
    metadata = told.body["resource"]["message"]["interaction_metadata"]
    assert metadata["interacted_message_id"] == str(message.id)
    assert [each.content for each in quiet.sent(quiet.general)] == ["又变", "另一条"]


@pytest.mark.parametrize(
    ("kind", "callback"),
    [(COMMAND, Callback.UPDATE), (COMMAND, Callback.CHOICES), (InteractionKind.AUTOCOMPLETE, Callback.MESSAGE)],
)
def test_the_wrong_kind_of_answer(quiet: QuietDiscord, kind: InteractionKind, callback: Callback) -> None:
    """A command is not answered with what only a press or a suggestion can be, and the right answer may still come."""
    interaction = asked(quiet, kind)
    assert code_of(answers(quiet, interaction, callback, data={"choices": [], "content": "x"})) == 50035
    assert interaction.callback is None
    quiet.forgiven += quiet.violations


def test_suggestions(quiet: QuietDiscord) -> None:
    """Twenty-five choices with names of a hundred code points are offered at most."""
    interaction = asked(quiet, InteractionKind.AUTOCOMPLETE)
    for wrong in ([{"name": str(n), "value": str(n)} for n in range(26)], [{"name": "字" * 101, "value": "x"}]):
        assert code_of(answers(quiet, interaction, Callback.CHOICES, data={"choices": wrong})) == 50035
    choices = [{"name": "日报", "value": "daily"}]
    assert answers(quiet, interaction, Callback.CHOICES, data={"choices": choices}).status == 204
    assert interaction.choices == choices
    quiet.forgiven += quiet.violations


def test_limits_of_an_answer(quiet: QuietDiscord) -> None:
    """An answer keeps to the limits of messages, its bytes too, and a refused one leaves the question open."""
    interaction = asked(quiet)
    assert code_of(answers(quiet, interaction, Callback.MESSAGE, data={"content": "x" * 2_001})) == 50035
    assert code_of(answers(quiet, interaction, Callback.MESSAGE, data={"content": " "})) == 50006
    huge = {"embeds": [{"description": "字" * 3_400}]}
    assert answers(quiet, interaction, Callback.MESSAGE, data=huge).status == 500
    assert answers(quiet, interaction, Callback.MESSAGE, data={"content": "好"}).status == 204
    quiet.forgiven += quiet.violations


def test_answers_do_not_count(quiet: QuietDiscord) -> None:
    """What goes by an interaction's token is not among a bot's fifty in a second, and no token is written down."""
    interaction = asked(quiet)
    answers(quiet, interaction, Callback.DEFERRED_MESSAGE)
    [call] = quiet.calls("POST", "/callback")
    assert interaction.token not in repr(call)
    assert call.bot == 0
