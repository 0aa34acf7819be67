"""Answers to interactions: the first one, its message, and what follows (interactions/receiving-and-responding)."""

from __future__ import annotations

from typing import Any, Final

from tests.platforms.discord.answers import Answer, Mistake, bad_length, invalid, missing, refusal
from tests.platforms.discord.asked import FIRST_ANSWER, LIFE, Callback, Interaction, InteractionKind
from tests.platforms.discord.bodies import check_bytes, check_message, check_not_empty
from tests.platforms.discord.core import Asking
from tests.platforms.discord.sending import as_edited, check_flags, post, revise
from tests.platforms.discord.servers import EPHEMERAL, LOADING, SILENT, Json, Message

MOST_CHOICES: Final = 25
_ALLOWED: Final = {
    InteractionKind.COMMAND: {Callback.MESSAGE, Callback.DEFERRED_MESSAGE, Callback.MODAL},
    InteractionKind.COMPONENT: {
        Callback.MESSAGE,
        Callback.DEFERRED_MESSAGE,
        Callback.DEFERRED_UPDATE,
        Callback.UPDATE,
        Callback.MODAL,
    },
    InteractionKind.AUTOCOMPLETE: {Callback.CHOICES},
}


def callback(asking: Asking) -> Answer | None:
    """POST /interactions/{interaction_id}/{interaction_token}/callback: the first answer, within three seconds."""
    interaction = _asked(asking)
    try:
        _check_first(asking, interaction)
    except Exception as refused:
        _remember(interaction, refused)
        raise
    kind = _kind(asking, interaction)
    data: Json = asking.fields.get("data") or {}
    # Nothing of it may count before all of it is known to be right.
    _FIRST[kind](asking, interaction, data)
    interaction.callback, interaction.answered_at = kind, asking.core.now()
    asking.core.changed()
    return _told(interaction) if asking.wants("with_response") else None


def _asked(asking: Asking) -> Interaction:
    interaction = asking.core.interactions.get(asking.token)
    if interaction is None or interaction.id != asking.given["interaction_id"]:
        raise refusal(10062)
    return interaction


def _check_first(asking: Asking, interaction: Interaction) -> None:
    if interaction.callback is not None:
        raise refusal(40060)
    if asking.core.now() - interaction.born >= FIRST_ANSWER:
        raise refusal(10062)


def _remember(interaction: Interaction, refused: Exception) -> None:
    answer = getattr(refused, "answer", None)
    if answer is not None:
        interaction.refusals.append(answer.code)


def _kind(asking: Asking, interaction: Interaction) -> Callback:
    kind = asking.fields.get("type")
    if kind not in _ALLOWED[interaction.kind]:
        words = f"Value must be one of {sorted(int(each) for each in _ALLOWED[interaction.kind])}."
        raise invalid(Mistake(path=("type",), code="BASE_TYPE_CHOICES", words=words))
    return Callback(kind)


def _answer(asking: Asking, interaction: Interaction, data: Json) -> None:
    interaction.original = _written(asking, interaction, data, ("data",))


def _think(asking: Asking, interaction: Interaction, data: Json) -> None:
    check_flags(data.get("flags") or 0, EPHEMERAL | SILENT)
    interaction.original = _post(asking, interaction, {"flags": data.get("flags") or 0}, flags=LOADING)


def _written(asking: Asking, interaction: Interaction, data: Json, at: tuple[str, ...] = ()) -> Message:
    check_message(data, at)
    check_not_empty(data.get("content") or "", data.get("embeds") or [])
    check_bytes(asking.size, asking.body)
    return _post(asking, interaction, data)


def _post(asking: Asking, interaction: Interaction, data: Json, *, flags: int = 0) -> Message:
    hidden = bool((data.get("flags") or 0) & EPHEMERAL)
    return post(
        asking,
        interaction.channel,
        data,
        flags=flags,
        may_flags=EPHEMERAL | LOADING,
        seen_by=interaction.user.id if hidden else 0,
        application=interaction.application,
        interaction=interaction.id,
        asked_by=interaction.user,
        asked_as=int(interaction.kind),
        pressed=interaction.message.id if interaction.message else 0,
    )


def _update(asking: Asking, interaction: Interaction, data: Json) -> None:
    message = _pressed(interaction)
    check_message(data, ("data",))
    shown = as_edited(message, data)
    check_not_empty(shown["content"] or "", shown["embeds"] or [])
    check_bytes(asking.size, asking.body)
    asking.body = data
    revise(asking, message)
    interaction.original = message


def _update_later(asking: Asking, interaction: Interaction, data: Json) -> None:
    del asking, data
    interaction.original = _pressed(interaction)


def _pressed(interaction: Interaction) -> Message:
    assert interaction.message is not None, "a press is of a message"
    return interaction.message


def _offer(asking: Asking, interaction: Interaction, data: Json) -> None:
    del asking
    choices = data.get("choices")
    at = ("data", "choices")
    if choices is None:
        raise invalid(missing(at))
    if len(choices) > MOST_CHOICES:
        raise invalid(bad_length(at, 0, MOST_CHOICES))
    for place, choice in enumerate(choices):
        for name in ("name", "value"):
            if isinstance(choice.get(name), str) and not 1 <= len(choice[name]) <= 100:
                raise invalid(bad_length((*at, str(place), name), 1, 100))
    interaction.choices = choices


def _ask_more(asking: Asking, interaction: Interaction, data: Json) -> None:
    del data
    asking.core.violation(f"a modal answers interaction {interaction.id}, and modals are not simulated")


_FIRST: Final = {
    Callback.MESSAGE: _answer,
    Callback.DEFERRED_MESSAGE: _think,
    Callback.UPDATE: _update,
    Callback.DEFERRED_UPDATE: _update_later,
    Callback.CHOICES: _offer,
    Callback.MODAL: _ask_more,
}


def _told(interaction: Interaction) -> Answer:
    """The answer to who wants to know what has come of it (Interaction Callback Response Object)."""
    assert interaction.callback is not None
    guild, original = interaction.channel.guild, interaction.original
    told: Json = {
        "id": str(interaction.id),
        "type": int(interaction.kind),
        "channel_id": str(interaction.channel.id),
        **({"guild_id": str(guild.id)} if guild else {}),
    }
    body: Json = {"interaction": told}
    if original is not None:
        told |= {
            "response_message_id": str(original.id),
            "response_message_loading": interaction.is_thinking,
            "response_message_ephemeral": bool(original.flags & EPHEMERAL),
        }
    if original is not None and interaction.callback in {Callback.MESSAGE, Callback.UPDATE}:
        body["resource"] = {"type": int(interaction.callback), "message": original.json()}
    return Answer(status=200, body=body)


# --- After the first answer


def _open(asking: Asking) -> Interaction:
    """The interaction whose webhook is meant; raises 10015 or 50027."""
    interaction = asking.core.interactions.get(asking.token)
    if interaction is None or interaction.application != asking.given["webhook_id"]:
        raise refusal(10015)
    if asking.core.now() - interaction.born >= LIFE:
        raise refusal(50027)
    if interaction.callback is None:
        raise refusal(10015)
    return interaction


def follow_up(asking: Asking) -> Json:
    """POST /webhooks/{application}/{token}: one more message; while the bot is «thinking», the answer itself."""
    interaction = _open(asking)
    if interaction.is_thinking:
        return _filled(asking, interaction)
    message = _written(asking, interaction, asking.fields)
    interaction.follow_ups.append(message)
    return message.json()


def _filled(asking: Asking, interaction: Interaction) -> Json:
    """The answer takes the place of «is thinking …»; who sees it was decided when it was deferred."""
    message = interaction.original
    assert message is not None
    fields = asking.fields
    check_message(fields)
    shown = as_edited(message, fields)
    check_not_empty(shown["content"] or "", shown["embeds"] or [])
    check_bytes(asking.size, asking.body)
    asking.body = {name: value for name, value in fields.items() if name != "flags"}
    revise(asking, message)
    message.flags &= ~LOADING
    return message.json()


def read(asking: Asking) -> Json:
    """GET of the answer or of a message that followed."""
    return _named(asking, _open(asking)).json()


def edit(asking: Asking) -> Json:
    """PATCH of the answer or of a message that followed."""
    interaction = _open(asking)
    message = _named(asking, interaction)
    if message is interaction.original and interaction.is_thinking:
        return _filled(asking, interaction)
    check_message(asking.fields)
    shown = as_edited(message, asking.fields)
    check_not_empty(shown["content"] or "", shown["embeds"] or [])
    check_bytes(asking.size, asking.body)
    revise(asking, message)
    return message.json()


def delete(asking: Asking) -> None:
    """DELETE of the answer or of a message that followed."""
    asking.core.delete_message(_named(asking, _open(asking)))


def _named(asking: Asking, interaction: Interaction) -> Message:
    """The message that the path names; `@original` where it names none."""
    found: Any = interaction.original
    if "message_id" in asking.given:
        answers = {message.id: message for message in interaction.answers}
        found = answers.get(asking.given["message_id"])
    if found is None or found.id not in found.channel.messages:
        raise refusal(10008)
    message: Message = found
    return message
