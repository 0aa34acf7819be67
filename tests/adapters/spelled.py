"""What the tests of every dialect ask of it: the messages of a few passages, and what was given up."""

from __future__ import annotations

from typing import Any

from adapters.platform import Dialect
from digest.compose import Document, Passage
from digest.richtext import Block
from tests.documents import WORDS


def messages_of(dialect: Dialect, *passages: Passage, **head: Any) -> list[dict[str, Any]]:
    """The messages of a document, all of them within their limits."""
    spelling = dialect.spell(Document(passages=passages, **head), WORDS)
    for message in spelling.messages:
        assert [count for count in dialect.count(message) if count.used > count.limit] == []
    return [dict(message) for message in spelling.messages]


def message_of(dialect: Dialect, *passages: Passage, **head: Any) -> dict[str, Any]:
    """The one message of a document."""
    [message] = messages_of(dialect, *passages, **head)
    return message


def lost(dialect: Dialect, *blocks: Block, folded: bool = False) -> dict[str, int]:
    """What the dialect gives up of the blocks, and how often."""
    spelling = dialect.spell(Document(passages=(Passage(body=blocks, folded=folded),)), WORDS)
    return {loss.what: loss.times for loss in spelling.losses}
