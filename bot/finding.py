"""What a look at the installation finds: a code with its sentence in the catalogues, and how much it matters."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.catalogue import say, say_code, say_store, say_why


class Level(StrEnum):
    """How much a finding matters."""

    FINE = "fine"
    NOTE = "note"
    """Worth knowing; nothing is wrong."""
    MEND = "mend"
    """Something does not work until it is mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: a code whose sentence is `doctor.<code>`, and its words."""

    code: str
    level: Level = Level.FINE
    details: dict[str, str | int] = field(default_factory=dict)


def fine(code: str, **details: str | int) -> Finding:
    """Something that is as it should be."""
    return Finding(code=code, details=details)


def note(code: str, **details: str | int) -> Finding:
    """Something worth knowing."""
    return Finding(code=code, level=Level.NOTE, details=details)


def mend(code: str, **details: str | int) -> Finding:
    """Something to mend."""
    return Finding(code=code, level=Level.MEND, details=details)


def said(finding: Finding, language: str) -> str:
    """A finding in a sentence."""
    details: dict[str, Any] = dict(finding.details)
    if "lacks" in details:
        details["lacks"] = _named(str(details["lacks"]), language)
    if "trouble" in details:
        return say(language, f"doctor.{finding.code}", what=say_store(language, str(details.pop("trouble")), details))
    if "why" in details and "alert" not in details:
        details["why"] = say_why(language, str(details["why"]))
    if "alert" in details:
        code = str(details.pop("alert"))
        return say(language, f"doctor.{finding.code}", what=say_code(language, "alerts", code, **details))
    return say(language, f"doctor.{finding.code}", **details)


def _named(lacks: str, language: str) -> str:
    """Permissions as their platform's settings call them."""
    names = [say(language, f"answers.lack_{lack}") for lack in lacks.split(",")]
    return say(language, "answers.lack_between").join(names)


def finding_json(finding: Finding, language: str) -> dict[str, Any]:
    """A finding as JSON. Its `code` is stable, its `message` may change."""
    return {"level": str(finding.level), "code": finding.code, "message": said(finding, language), **finding.details}
