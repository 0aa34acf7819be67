"""Who became an admin through a link, and the links: each works once, and not for long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from digest.identity import name_of
from storage.database import Database
from storage.times import from_ms, to_ms

LINK_HOLDS: Final = timedelta(minutes=15)
"""So long a link makes somebody an admin."""

PAYLOAD: Final = "admin_"
"""What `/start` is followed by in a link that makes an admin, with the token behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """A person whom a link made an admin of all of Sudi; `person` is their id on the platform."""

    platform: str
    person: str
    since: datetime


def make_admin_link(db: Database, platform: str, now: datetime, token: str) -> str:
    """Keep a link that makes whoever opens it first an admin; returns what `/start` must be followed by to open it.

    An empty platform stands for any. `token` is new, of letters and digits that nobody guesses; only its name is kept.
    """
    db.run("admins.forget_links", before=to_ms(now - LINK_HOLDS))
    db.run("admins.keep_link", name=name_of(token.encode()), platform=platform, now=to_ms(now))
    return f"{PAYLOAD}{token}"


def open_admin_link(db: Database, payload: str, *, platform: str, person: str, now: datetime) -> bool:
    """Make a person an admin, if the payload is a link's that holds and nobody else opened; whether it is so.

    Whoever opened it may open it again: an update may come twice.
    """
    name = name_of(payload.removeprefix(PAYLOAD).encode())
    link = {"name": name, "platform": platform, "by": f"{platform}:{person}", "since": to_ms(now - LINK_HOLDS)}
    if not db.run("admins.use_link", **link):
        return False
    db.run("admins.add", platform=platform, person=person, now=to_ms(now))
    return True


def remove_admin(db: Database, platform: str, person: str) -> bool:
    """Make a person no admin any more; False when no link had made them one.

    The links that nobody has opened yet are void from then on: the person may have made them.
    """
    db.run("admins.void_links", by=f"{platform}:{person}")
    return db.run("admins.remove", platform=platform, person=person) > 0


def admins(db: Database) -> list[Admin]:
    """Whom links made admins, the first before the last."""
    return [
        Admin(platform=row["platform"], person=row["person"], since=from_ms(row["since"]))
        for row in db.all("admins.all")
    ]
