"""What is made of an answer with updates before the library reads it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from adapters.telegram.hearing import hear
from adapters.telegram.polling import PollRequest
from adapters.telegram.sifting import readable, slim
from tests.adapters.telegram.updates import (
    BO,
    COMMENTS,
    FORUM,
    GROUP,
    ME,
    OTHER_BOT,
    SUDI,
    as_update,
    changed,
    message,
    pressed,
    said,
    was,
)

SAMPLES = (
    said("/today", GROUP, message_thread_id=3, is_topic_message=True),
    said("", FORUM, migrate_to_chat_id=-100),
    pressed("/today"),
    changed(was("left"), was("administrator", can_post_messages=True)),
)

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value below its top."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [spot for key, below in inner for spot in [(*path, key), *places(below, (*path, key))]]


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """An update in which something is of another kind than it should be, or missing."""
    update = copy.deepcopy(draw(st.sampled_from(SAMPLES)))
    path = draw(st.sampled_from(places(update)))
    holder: Any = update
    for key in path[:-1]:
        holder = holder[key]
    if draw(st.booleans()):
        holder[path[-1]] = draw(ODD)
    else:
        del holder[path[-1]]
    return update


BOLD = [{"type": "bold", "offset": 0, "length": 1}]
PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 90, "height": 90}]
KEYS = {"inline_keyboard": [[{"text": str(n), "callback_data": f"/story x {n}"} for n in range(8)] for _ in range(10)]}

HEARD = (
    *SAMPLES,
    said("/today", GROUP, reply_to_message=message("Digest", GROUP, SUDI, entities=BOLD, reply_markup=KEYS)),
    said("/today", GROUP, reply_to_message=message("Digest", GROUP, OTHER_BOT)),
    said("", photo=PHOTO, caption="/today", caption_entities=BOLD, media_group_id="5"),
    said("", voice={"file_id": "f", "file_unique_id": "u", "duration": 3}),
    said("x", forward_origin={"type": "user", "date": 1763692200, "sender_user": BO}),
    said("x", COMMENTS, is_automatic_forward=True, sender_chat=COMMENTS),
    said("/today", GROUP, sender_chat=GROUP),
    said("", GROUP, new_chat_title="New"),
    said("", COMMENTS, migrate_from_chat_id=-200),
    pressed("/story x 3", FORUM, message_thread_id=3, is_topic_message=True, entities=BOLD, reply_markup=KEYS),
    pressed("/story x 9", GROUP, reply_markup=KEYS),
    changed(was("member"), was("kicked")),
)


def sifted(*updates: object) -> list[dict[str, Any]]:
    """What is left of an answer with these updates."""
    answer = PollRequest.parse_json_payload(json.dumps({"ok": True, "result": updates}).encode())
    result: list[dict[str, Any]] = answer["result"]
    return result


@pytest.mark.parametrize("update", HEARD)
def test_what_is_left_says_the_same(update: dict[str, Any]) -> None:
    """Of an update all is left that can be heard of it."""
    assert hear(as_update(slim(update)), ME) == hear(as_update(update), ME)


def test_a_press_leaves_one_button_and_no_text() -> None:
    """Of a long message below which a button was pressed, only where it is and that button are left to be read."""
    [left] = sifted(pressed("/story x 3", GROUP, entities=BOLD * 100, reply_markup=KEYS))
    below = left["callback_query"]["message"]
    assert below["reply_markup"] == {"inline_keyboard": [[{"text": "3", "callback_data": "/story x 3"}]]}
    assert not {"text", "entities"} & set(below)


@given(st.lists(spoiled(), max_size=3))
def test_spoiled_updates_stop_no_others(updates: list[dict[str, Any]]) -> None:
    """Whatever is wrong with some updates of an answer, the library reads it, and the others are in it unchanged."""
    whole = said("/whole", update=77)
    left = sifted(*updates, whole)
    assert Update.de_list(left)[-1].update_id == 77
    assert left[-1] == whole


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, {"update_id": "7"}, {"update_id": True}, {"update_id": None}])
def test_what_is_no_update_is_left_out(odd: object) -> None:
    """What has no number cannot be confirmed and is left out."""
    assert readable(odd) is None
    assert sifted(odd, said("x")) == [said("x")]


@pytest.mark.parametrize("odd", [{"message": {"chat": 3}}, {"message": {"message_id": 1}}, {"tomorrow": {"x": 1}}, {}])
def test_what_cannot_be_read_keeps_its_number(odd: dict[str, Any]) -> None:
    """An update that says nothing to us is reduced to its number, by which it is confirmed."""
    assert sifted({"update_id": 5, **odd}) == [{"update_id": 5}]


def test_an_answer_without_updates_stays_as_it_is() -> None:
    """An answer that holds no list is nothing to sift."""
    assert PollRequest.parse_json_payload(b'{"ok": true, "result": true}') == {"ok": True, "result": True}
