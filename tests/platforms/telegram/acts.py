"""What can be done on the page, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.platforms.telegram.chats import SERVICE, Chat, Entry, Kind, Topic
from tests.platforms.telegram.faults import Fault
from tests.platforms.telegram.person import Person
from tests.platforms.telegram.simulator import Simulation

FAULTS: Final[dict[str, Callable[[], Fault]]] = {
    "502": Fault.server_error,
    "502 in HTML, carried out": lambda: Fault.server_error(html=True, executed=True),
    "429 for 5 s": lambda: Fault.flood(5),
    "429 without seconds": Fault.flood,
    "429 for two hours": lambda: Fault.flood(7_200),
    "never answers": Fault.hang,
    "carried out, answer lost": Fault.lost_answer,
    "reset before": lambda: Fault.reset(executed=False),
    "reset after": lambda: Fault.reset(executed=True),
    "a byte a second": Fault.drip,
    "half a JSON": Fault.half_json,
    "wrong types": Fault.wrong_types,
    "null": Fault.null,
    "3 s late": lambda: Fault.latency(3.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Who does something, in which chat, and what the form says."""

    simulation: Simulation
    person: Person
    chat: Chat
    form: Mapping[str, str]

    @property
    def entry(self) -> Entry:
        """The message that is meant."""
        return self.chat.entries[int(self.form["entry"])]

    @property
    def topic(self) -> Topic:
        """The topic that is open."""
        return self.chat.topics[int(self.form["thread"])]

    @property
    def rights(self) -> tuple[str, ...]:
        """The rights that are ticked."""
        return tuple(name for name in self.form if name.startswith("can_"))


Act = Callable[[Doing], Any]
"""Does it; a chat that comes back is opened."""


def _says(at: Doing) -> None:
    where = None if at.chat.kind is Kind.PRIVATE else at.chat
    answered = at.chat.entries.get(int(at.form.get("reply_to") or 0))
    at.person.says(at.form["text"], where, thread=int(at.form.get("thread") or 0), reply_to=answered)


def _starts(at: Doing) -> Chat:
    at.person.starts(at.form.get("payload", ""))
    return at.person.chat


def _forwards(at: Doing) -> Chat:
    at.person.forwards(at.entry)
    return at.person.chat


def _founds(at: Doing) -> Chat:
    """A new chat with everybody in it."""
    others = [person for person in everybody(at.simulation) if person.user is not at.person.user]
    make = {
        "group": at.person.creates_group,
        "supergroup": at.person.creates_supergroup,
        "forum": at.person.creates_forum,
        "channel": at.person.creates_channel,
    }
    found = make[at.form["kind"]](at.form["title"] or at.form["kind"], *others)
    found.username = at.form.get("username", "") if found.kind is not Kind.GROUP else ""
    return found


def _comes(at: Doing) -> None:
    """Somebody new on Telegram."""
    number = 101 + len(everybody(at.simulation))
    at.simulation.person(number, at.form["name"] or str(number), language_code=at.form.get("language") or "zh-hans")


def _fails(at: Doing) -> None:
    where = at.chat if at.form.get("here") else None
    fault = FAULTS[at.form["fault"]]()
    at.simulation.fail(fault, method=at.form.get("method", ""), times=int(at.form["times"]), chat=where)


def _privacy(at: Doing) -> None:
    at.simulation.bot.has_privacy = not at.simulation.bot.has_privacy


def everybody(simulation: Simulation) -> list[Person]:
    """The people there are."""
    numbers = [user.id for user in simulation.core.users.values() if not user.is_bot and user is not SERVICE]
    return [simulation.person(number) for number in numbers]


ACTS: Final[dict[str, Act]] = {
    "says": _says,
    "starts": _starts,
    "founds": _founds,
    "comes": _comes,
    "fails": _fails,
    "forwards": _forwards,
    "privacy": _privacy,
    "edits": lambda at: at.person.edits(at.entry, at.form["text"]),
    "deletes": lambda at: at.person.deletes(at.entry),
    "blocks": lambda at: at.person.blocks(),
    "unblocks": lambda at: at.person.unblocks(),
    "hides": lambda at: at.person.hides(at.chat, hidden=not at.chat.members[at.person.user.id].is_anonymous),
    "adds bot": lambda at: at.person.adds_bot(at.chat, *at.rights),
    "promotes bot": lambda at: at.person.promotes_bot(at.chat, *at.rights),
    "demotes bot": lambda at: at.person.demotes_bot(at.chat),
    "restricts bot": lambda at: at.person.restricts_bot(at.chat),
    "removes bot": lambda at: at.person.removes_bot(at.chat),
    "upgrades": lambda at: at.person.upgrades(at.chat),
    "deletes chat": lambda at: at.person.deletes_chat(at.chat),
    "opens topic": lambda at: at.person.opens_topic(at.chat, at.form["title"] or "话题"),
    "closes topic": lambda at: at.person.closes_topic(at.chat, at.topic),
    "reopens topic": lambda at: at.person.reopens_topic(at.chat, at.topic),
    "deletes topic": lambda at: at.person.deletes_topic(at.chat, at.topic),
    "recovers": lambda at: at.simulation.recover(),
    "revokes": lambda at: at.simulation.revoke(),
    "restores": lambda at: at.simulation.retoken(at.simulation.token),
    "replays": lambda at: at.simulation.replays(3),
    "forgets": lambda at: at.simulation.violations.clear(),
}
