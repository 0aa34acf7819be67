"""Causes: what an error says of itself, and how it is told to people."""

from __future__ import annotations

import ast
import re
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.causes import Cause, because, in_words, reason_in_words, taken_apart
from bot.catalogue import LANGUAGES, catalogue, say

ADAPTERS = Path(__file__).parents[2] / "adapters"
GIVEN = {
    name
    for path in ADAPTERS.rglob("*.py")
    for name in re.findall(r"\bCause\.([A-Z_]+)", path.read_text(encoding="utf-8"))
}
"""The causes that are named anywhere but where they are declared."""

TOLD = [
    (
        "not-sent: no-connection: api.telegram.org",
        "没有发出去（无法建立连接：「api.telegram.org」）",
        "it could not be sent (no connection: “api.telegram.org”)",
    ),
    (
        "doubt: no-result: 502",
        "没有收到有用的回应，不知道是否送达（服务器只回了 502，没有结果）",
        "no useful answer came: nobody knows whether it arrived (the server answered 502 without a result)",
    ),
    (
        "forbidden: tag-needed: 400: X (40067)",
        "不能在那里发消息（论坛要求每个帖子都带标签，而没有机器人能用的标签：「400: X (40067)」）",
        (
            "nothing can be posted there "
            "(the forum wants a tag on every post, and there is none that the bot may give: “400: X (40067)”)"
        ),
    ),
    (
        "doubt: not-looked-for: unreadable",
        "没有收到有用的回应，不知道是否送达（没能查到它是否已经送达：收到的内容看不懂）",
        (
            "no useful answer came: nobody knows whether it arrived "
            "(whether it is there already could not be found out: what came cannot be read)"
        ),
    ),
    (
        "refused: Bad Request",
        "平台拒绝了这条消息（「Bad Request」）",
        "the platform refused this message (“Bad Request”)",
    ),
    ("chat-lost", "对话已不存在，或机器人已被移出", "the chat is gone, or the bot was removed from it"),
    # As rows that were written before have it.
    (
        "doubt: answered 502 without a result",
        "没有收到有用的回应，不知道是否送达（「answered 502 without a result」）",
        "no useful answer came: nobody knows whether it arrived (“answered 502 without a result”)",
    ),
    ("timed out: 5 s", "「timed out: 5 s」", "“timed out: 5 s”"),
]


@pytest.mark.parametrize(("reason", "chinese", "english"), TOLD)
def test_a_reason_is_told_in_the_words_of_whoever_reads(reason: str, chinese: str, english: str) -> None:
    """A reason is told in the reader's language; only what a platform said itself stays as it is, in quotes."""
    assert reason_in_words(reason, partial(say, "zh")) == chinese
    assert reason_in_words(reason, partial(say, "en")) == english


def test_nothing_that_is_said_is_told_as_unknown() -> None:
    """Where nothing is said of why, it is said that nobody knows."""
    assert in_words("", partial(say, "zh")) == "原因不明"


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_words(cause: Cause) -> None:
    """Every cause has words in both languages, which differ, and something has it."""
    chinese, english = (catalogue(language)[f"causes.{cause}"] for language in LANGUAGES)
    assert chinese != english
    assert cause.name in GIVEN


def test_words_are_kept_for_known_causes_alone() -> None:
    """No words stand in a catalogue for a cause that there is not."""
    keys = {key.removeprefix("causes.") for key in catalogue("zh") if key.startswith("causes.")}
    assert keys == set(Cause)


@given(
    causes=st.lists(st.sampled_from(Cause), max_size=3),
    said=st.text(max_size=30).filter(lambda text: not taken_apart(text)[0]),
)
def test_what_is_put_together_is_taken_apart_again(causes: list[Cause], said: str) -> None:
    """Causes and what stands behind them come out of a line as they were put into it."""
    line = said
    for cause in reversed(causes):
        line = because(cause, line)
    assert taken_apart(line) == (tuple(causes), said)


ERRORS = {
    "AccountDead",
    "AlreadyGone",
    "Archived",
    "Banned",
    "Blocked",
    "ChatLost",
    "ChatThrottled",
    "CourierError",
    "Doubt",
    "Forbidden",
    "Locked",
    "MessageLost",
    "Moved",
    "NeverLeft",
    "NotSent",
    "Oversized",
    "Poison",
    "Refused",
    "TagsRefused",
    "ThreadLost",
    "Throttled",
    "TooLarge",
    "Unanswered",
    "because",
    "ill",
}
"""What is told why."""


def test_no_error_of_ours_says_a_sentence() -> None:
    """What an error says of itself is codes, numbers and foreign words: a sentence would stay in its language."""
    said = {
        (path.name, text)
        for path in ADAPTERS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in ERRORS
        for argument in node.args
        for text in _texts(argument)
    }
    assert said
    assert {one for one in said if any(letter.isalpha() for letter in one[1])} == set()


def _texts(value: ast.expr) -> list[str]:
    """The texts of an expression, but for what is looked up or called with them."""
    match value:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.JoinedStr(values=parts):
            return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        case _:
            return []
