"""What a listener itself tells somebody who pressed a button."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.platform import AccountId, Address, Asker, Notice, Platform
from bot.answer.answerer import Answerer
from bot.checking.faces import dialects
from bot.config import Settings
from digest.richtext import plain_blocks
from storage.sqlite import SqliteStore

NOW = datetime(2025, 11, 21, tzinfo=UTC)
ADDRESS = Address(platform=Platform.TELEGRAM, account=AccountId("1"), chat="-2")


@pytest.mark.parametrize("notice", Notice)
@pytest.mark.parametrize("language", ["zh-hans", "en", "fr"])
async def test_a_notice_is_a_short_sentence_for_the_presser(notice: Notice, language: str, tmp_path: Path) -> None:
    """A notice is one short sentence in the presser's language, for the presser alone, with nothing to press."""
    store = await SqliteStore.open(tmp_path / "sudi.sqlite3", now=lambda: NOW)
    answerer = Answerer(
        store=store,
        dialects=dialects(),
        settings=Settings(),
        now=lambda: NOW,
        token=lambda: "0123456789abcdef",
    )
    reply = answerer.notice(notice, Asker(address=ADDRESS, person="3", language=language))
    await store.close()
    [document] = reply.documents
    assert document.title == ""
    text = plain_blocks(document.passages[0].body)
    assert 0 < len(text) <= 200
    assert text.isascii() is (language == "en")
    assert (reply.only_asker, reply.buttons) == (True, ())
