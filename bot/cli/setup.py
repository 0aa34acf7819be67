"""What every verb of the command line starts from: the settings, the language, and how a verb ends."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.remote import Means

LANGUAGES: Final = ("zh", "en")
PLATFORMS: Final = ("telegram", "discord", "web")

PATHS: Final = click.Path(path_type=Path)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")


class Stop(click.exceptions.Exit):
    """The command ends here with one of our codes, having said why."""


@dataclass(slots=True)
class Setup:
    """What the options before the command say; the settings are read when a command first needs them."""

    config: Path | None
    wish: str | None
    _settings: Settings | None = None

    @property
    def settings(self) -> Settings:
        """The settings; raises ConfigError."""
        if self._settings is None:
            from bot.config import load

            self._settings = load(self.config)
        return self._settings

    @property
    def language(self) -> str:
        """The language that the user is spoken to in: as wished, as the terminal's, as set."""
        return self.wish or terminal_language() or self.settings.language

    @property
    def language_set(self) -> str | None:
        """The language of the settings, where they were read."""
        return self._settings.language if self._settings else None

    def say(self, key: str, /, **values: object) -> str:
        """Words of the command line."""
        from bot.catalogue import say

        return say(self.language, f"cli.{key}", **values)

    @property
    def zone(self) -> tzinfo | None:
        """The zone of the times that are printed: as set, else the machine's (None)."""
        return ZoneInfo(self.settings.time_zone) if self.settings.time_zone else None

    def zone_name(self, moment: datetime) -> str:
        """What that zone is called; the machine's by how far it is from UTC at a moment."""
        offset = f"{moment.astimezone(self.zone):%z}"
        return self.settings.time_zone or f"UTC{offset[:3]}:{offset[3:5]}"

    def means(self) -> Means:
        """What asking the program takes. What goes wrong meanwhile is logged to stderr, never among the answers."""
        from bot.remote import Means

        log(self.settings, "error")
        return Means(settings=self.settings, language=self.language, now=_now, token=lambda: secrets.token_hex(6))


def _now() -> datetime:
    return datetime.now(UTC)


def terminal_language() -> str | None:
    """The language of the terminal, where it names one that is spoken here."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            primary = value.replace("-", "_").partition("_")[0].lower()
            return primary if primary in LANGUAGES else None
    return None


def version() -> str:
    """The version of the installed program."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("sudi")
    except PackageNotFoundError:
        return "unknown"


def log(settings: Settings, level: str) -> None:
    """Write the log to stderr from this level on, without the secrets of the settings."""
    from bot.logs import Redactor, configure

    configure(level, settings.log_format, Redactor(settings.secrets()))


def flushed(stream: TextIO) -> bool:
    """Whether everything could be written out; what could not is thrown away, so that the exit stumbles over none."""
    try:
        stream.flush()
    except OSError:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), stream.fileno())
        return False
    return True
