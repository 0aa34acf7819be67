"""What the operator set: `sudi.toml`, the environment, `.env` and a directory of secrets, read once and checked whole.

A mistake is a value with a code, never a sentence and never a secret: the catalogues hold the sentences
(`mistakes.<code>`), and all mistakes are told at once.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from adapters.discord.identity import identity_of
from bot.looking.checkout import folder_at, place_of
from bot.looking.outcome import Customs, Drafts, Future
from bot.looking.repository import BadAddress, Repository, address, is_branch, last_name
from bot.looking.selection import POSTS, Selection, glob
from digest.model import Rules, SeriesRule

PREFIX = "SUDI_"
CONFIG_FILE = "sudi.toml"
SECRETS_FOLDER = "/run/secrets"
ELSEWHERE = frozenset({"SUDI_CONFIG", "SUDI_SECRETS_DIR"})
"""Variables that say where the settings are, and are none themselves."""

TELEGRAM: Final = "https://api.telegram.org"
"""Telegram's own Bot API server."""
WEBHOOK_PORTS: Final = frozenset({None, 443, 80, 88, 8443})
"""Where Telegram's own server posts updates to (https://core.telegram.org/bots/api#setwebhook)."""
DISCORD: Final = "https://discord.com/api/v10"
"""Discord's own API, in the version that Sudi speaks."""
_TOKEN: Final = re.compile(r"[1-9][0-9]{2,18}:[A-Za-z0-9_-]{30,100}")
"""A Telegram bot's token: its numeric id, and a secret."""


class WhoMaySubscribe(StrEnum):
    """Who may subscribe a chat."""

    ANYONE = "anyone"
    LISTED = "listed"
    """Only the admins."""


class LogFormat(StrEnum):
    """How log lines are written."""

    CONSOLE = "console"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing that is wrong in the settings: the key as its author wrote it, a code, and the sentence's words."""

    key: str
    code: str
    details: Mapping[str, str | int | float] = field(default_factory=dict)


class ConfigError(Exception):
    """The settings cannot be used; `mistakes` are all of them, `language` is the one that they name, as written."""

    def __init__(self, mistakes: Iterable[Mistake], *, language: object = None) -> None:
        self.mistakes = tuple(mistakes)
        self.language = language
        super().__init__("; ".join(f"{mistake.key}: {mistake.code}" for mistake in self.mistakes))


def _split(value: object) -> object:
    """A list written in one variable: JSON, or words between commas."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            raise PydanticCustomError("not-a-list", "not a list") from None
    return [word.strip() for word in value.split(",") if word.strip()]


def _zone(value: object) -> object:
    if value == "":
        return value
    try:
        ZoneInfo(str(value))
    except (ValueError, KeyError, OSError):
        raise PydanticCustomError("unknown-zone", "unknown zone", {"value": str(value)[:80]}) from None
    return value


def _pattern(value: object) -> object:
    try:
        re.compile(str(value))
    except re.error:
        raise PydanticCustomError("bad-pattern", "bad pattern", {"value": str(value)[:80]}) from None
    return value


def _web_address(value: object) -> object:
    if value and not str(value).startswith(("http://", "https://")):
        raise PydanticCustomError("bad-address", "bad address", {"value": str(value)[:80]})
    return value


def _tokens(value: object) -> object:
    """One token, or several between commas or blanks."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if not isinstance(value, str) or value.lstrip().startswith("["):
        return _split(value)
    return tuple(filter(None, re.split(r"[\s,]+", value)))


def _token(value: object) -> object:
    given = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(given, str) or not _TOKEN.fullmatch(given):
        raise PydanticCustomError("bad-token", "bad token")
    return value


def _discord_token(value: object) -> object:
    given = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(given, str) or not _discord_bot(given):
        raise PydanticCustomError("bad-discord-token", "bad token")
    return value


def _telegram_bot(token: str) -> str:
    return token.partition(":")[0]


def _discord_bot(token: str) -> str:
    """The bot that a token belongs to; empty for what is no token."""
    try:
        return identity_of(token)
    except ValueError:
        return ""


def _server(value: object) -> object:
    """The address of a server, as paths are put behind it; who writes a password into it is not quoted."""
    address = str(value).strip()
    try:
        parts = urlsplit(address)
        fits = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and len(address.split()) == 1
    except ValueError:
        fits = False
    if not fits or parts.username is not None or parts.query or parts.fragment:
        raise PydanticCustomError("bad-server", "bad server")
    return address.rstrip("/")


def _public(value: object) -> object:
    return value and _server(value)


def _admin(value: object) -> object:
    platform, _, person = str(value).partition(":")
    if platform not in {"telegram", "discord"} or not (person.isascii() and person.isdecimal()):
        raise PydanticCustomError("bad-admin", "bad admin", {"value": str(value)[:80]})
    return value


def _source(value: object) -> object:
    """A source written as its folder, or its repository's address, alone."""
    if not isinstance(value, str):
        return value
    return {"git" if "://" in value else "folder": value}


def _repository(value: object) -> object:
    try:
        address(str(value))
    except BadAddress:
        raise PydanticCustomError("bad-repository", "bad repository") from None
    return value


def _folder(value: object, found: ValidationInfo) -> object:
    """A folder of this machine, which must be named, or one within a repository."""
    if not found.data.get("git"):
        if value is None and "git" in found.data:
            raise PydanticCustomError("missing", "missing")
        return value or Path()
    if value is None:
        return Path()
    folder = Path(str(value))
    if folder.is_absolute() or {"..", ".git"} & set(folder.parts):
        raise PydanticCustomError("outside-folder", "outside", {"value": str(value)[:80]})
    return folder


def _branch(value: object) -> object:
    if value and not is_branch(str(value)):
        raise PydanticCustomError("bad-branch", "bad branch", {"value": str(value)[:80]})
    return value


def _glob(value: object) -> object:
    try:
        glob(str(value))
    except ValueError:
        raise PydanticCustomError("bad-glob", "bad glob", {"value": str(value)[:80]}) from None
    return value


def _variable(value: object) -> object:
    name = str(value)
    if name and (not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) or name.upper().startswith(PREFIX)):
        raise PydanticCustomError("bad-variable", "bad variable", {"value": name[:80]})
    return value


ZoneName = Annotated[str, BeforeValidator(_zone)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Globs = tuple[Annotated[str, BeforeValidator(_glob)], ...]
Interval = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class _Table(BaseModel):
    """A table of the settings: closed and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SeriesSettings(_Table):
    """A series rule: posts whose path (a glob within the source) and title (a regular expression) fit belong to it."""

    series: Annotated[str, Field(pattern=r"^[\w-]{1,32}$")]
    path: str = "*"
    title: Annotated[str, BeforeValidator(_pattern)] = ""


class SourceSettings(_Table):
    """Where a publisher's posts lie: a folder, or a Git repository and a folder in it.

    Without a `name` it is called as its folder, or as its repository.
    """

    git: Annotated[str, BeforeValidator(_repository), Field(repr=False)] = ""
    folder: Annotated[Path, BeforeValidator(_folder)] = Field(default=None, validate_default=True)
    branch: Annotated[str, BeforeValidator(_branch)] = ""
    token: SecretStr | None = None
    token_env: Annotated[str, BeforeValidator(_variable)] = ""
    ssh_key: Path | None = None
    fetch_seconds: Interval | None = None
    name: str = ""
    time_zone: ZoneName = ""
    base_url: Annotated[str, BeforeValidator(_web_address)] = ""
    permalink: str = ""
    series: tuple[SeriesSettings, ...] = ()
    include: Globs = POSTS
    exclude: Globs = ()
    drafts: Drafts = Drafts.SKIP
    future: Future = Future.PUBLISH
    may_push: bool = False
    settle_seconds: Seconds | None = None

    @model_validator(mode="after")
    def _needs_git(self) -> SourceSettings:
        """What is about a repository stands only where there is one."""
        only = sorted({"branch", "token", "token_env", "ssh_key", "fetch_seconds"} & self.model_fields_set)
        if only and not self.git:
            raise PydanticCustomError("only-git", "only with git", {"name": only[0]})
        return self

    @property
    def called(self) -> str:
        """The source's name."""
        if self.git:
            return self.name or last_name(address(self.git)[0])
        return self.name or self.folder.name or str(self.folder)

    @property
    def repository(self) -> Repository | None:
        """The Git repository that the posts come from; None for a folder."""
        if not self.git:
            return None
        url, user, secret = address(self.git)
        return Repository(
            url=url,
            branch=self.branch,
            folder="" if self.folder == Path() else self.folder.as_posix(),
            endings=self.selection.endings,
            user=user,
            secret=self.token.get_secret_value() if self.token else secret,
            key=self.ssh_key,
            lacks_secret=bool(self.token_env) and self.token is None,
        )

    @property
    def selection(self) -> Selection:
        """Which files are posts."""
        return Selection(self.include or POSTS, self.exclude, drafts=self.drafts is Drafts.PUBLISH)

    @property
    def customs(self) -> Customs:
        """What is done with drafts, and with dates to come."""
        return Customs(drafts=self.drafts, future=self.future)

    @property
    def shown(self) -> str:
        """Where the posts come from, for people: no secret is in it."""
        repository = self.repository
        return str(self.folder) if repository is None else repository.url

    @property
    def whereabouts(self) -> str:
        """The same in full: of a repository its branch and folder as well, as far as they are set."""
        repository = self.repository
        parts = (self.shown,) if repository is None else (repository.url, repository.branch, repository.folder)
        return " ".join(filter(None, parts))

    def place(self, data: Path) -> Path:
        """The folder of the posts on this machine; that of a repository is kept within the data folder."""
        repository = self.repository
        return self.folder if repository is None else folder_at(place_of(data, self.called), repository)

    def rules(self, fallback: tzinfo) -> Rules:
        """What reading needs to know of the source; `fallback` is the zone where it names none."""
        return Rules(
            source=self.called,
            zone=ZoneInfo(self.time_zone) if self.time_zone else fallback,
            series=tuple(SeriesRule(series=rule.series, path=rule.path, title=rule.title) for rule in self.series),
            base_url=self.base_url,
            permalink=self.permalink,
            may_push=self.may_push,
        )


class Settings(BaseModel):
    """Every setting, with its default. `docs/configuration.md` describes each, and a test compares them."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    data_dir: Path = Path("var/data")
    time_zone: ZoneName = ""
    language: Literal["zh", "en"] = "zh"
    sources: Annotated[
        tuple[Annotated[SourceSettings, BeforeValidator(_source)], ...], NoDecode, BeforeValidator(_split)
    ] = ()
    settle_seconds: Seconds = 60
    look_seconds: Interval = 5
    fetch_seconds: Interval = 300
    stale_hours: Annotated[float, Field(gt=0, le=8_760, allow_inf_nan=False)] = 24
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8330
    allowed_hosts: Names = ()
    telegram_token: Annotated[
        tuple[Annotated[SecretStr, BeforeValidator(_token)], ...], NoDecode, BeforeValidator(_tokens)
    ] = ()
    telegram_api_url: Annotated[str, BeforeValidator(_server)] = TELEGRAM
    telegram_webhook_url: Annotated[str, BeforeValidator(_public)] = ""
    telegram_paid_per_day: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    discord_token: Annotated[
        tuple[Annotated[SecretStr, BeforeValidator(_discord_token)], ...], NoDecode, BeforeValidator(_tokens)
    ] = ()
    discord_api_url: Annotated[str, BeforeValidator(_server)] = DISCORD
    admins: Annotated[tuple[Annotated[str, BeforeValidator(_admin)], ...], NoDecode, BeforeValidator(_split)] = ()
    who_may_subscribe: WhoMaySubscribe = WhoMaySubscribe.ANYONE
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: LogFormat = LogFormat.CONSOLE

    def secrets(self) -> tuple[str, ...]:
        """What must never be printed or logged."""
        tokens = (*self.telegram_token, *self.discord_token, *(source.token for source in self.sources))
        known = [token.get_secret_value() for token in tokens if token is not None]
        repositories = [source.repository for source in self.sources if source.git]
        return (*known, *(secret for found in repositories if found for secret in found.secrets))


class _Found(BaseSettings, Settings):
    """The settings as they are found: the environment first, then `.env`, the secrets, and the file (its arguments)."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        env_file_encoding="utf-8",
        dotenv_filtering="match_prefix",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic passes it
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order in which they count."""
        return env_settings, dotenv_settings, file_secret_settings, init_settings


def load(config: Path | None = None) -> Settings:
    """The settings; `config` overrules SUDI_CONFIG. Raises ConfigError with every mistake."""
    table, mistakes = _file(config)
    secrets, more = _secrets_folder()
    mistakes += more
    mistakes += _unknown_variables(os.environ)
    table, private = _without_private(table)
    mistakes += private
    try:
        arguments: dict[str, Any] = {"_env_file": ".env", "_secrets_dir": secrets, **table}
        found = _Found(**arguments)
    except ValidationError as error:
        mistakes += [_mistake(detail) for detail in error.errors(include_url=False, include_input=False)]
    except (SettingsError, UnicodeDecodeError, OSError, TypeError):
        mistakes.append(Mistake(key=".env", code="unreadable"))
    else:
        mistakes += _clashes(found)
    if mistakes:
        raise ConfigError(mistakes, language=_variable_of("SUDI_LANGUAGE", secrets) or table.get("language"))
    values = {name: getattr(found, name) for name in Settings.model_fields}
    values["sources"] = tuple(_with_token(source, secrets) for source in found.sources)
    return Settings.model_construct(**values)


def _with_token(source: SourceSettings, secrets: str | None) -> SourceSettings:
    """A source with the token that its variable holds: of the environment, of `.env`, or of a file of secrets."""
    token = _variable_of(source.token_env, secrets) if source.token_env else None
    return source.model_copy(update={"token": SecretStr(token)}) if token else source


def _variable_of(name: str, secrets: str | None) -> str | None:
    if value := os.environ.get(name):
        return value
    try:
        if Path(".env").is_file() and (value := dotenv_values(".env", encoding="utf-8").get(name)):
            return value
        return (Path(secrets) / name).read_text(encoding="utf-8").strip() if secrets else None
    except (OSError, ValueError):
        return None


def _file(config: Path | None) -> tuple[dict[str, Any], list[Mistake]]:
    named = config or (Path(os.environ["SUDI_CONFIG"]) if os.environ.get("SUDI_CONFIG") else None)
    path = named or Path(CONFIG_FILE)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig")), []
    except FileNotFoundError:
        return {}, [Mistake(key=str(path), code="no-file")] if named else []
    except tomllib.TOMLDecodeError as error:
        return {}, [Mistake(key=str(path), code="not-toml", details={"why": str(error)})]
    except (OSError, ValueError):
        return {}, [Mistake(key=str(path), code="unreadable")]


def _without_private(table: dict[str, Any]) -> tuple[dict[str, Any], list[Mistake]]:
    """The table less the keys that would be taken for arguments of the loader itself."""
    private = [name for name in table if name.startswith("_")]
    kept = {name: value for name, value in table.items() if name not in private}
    return kept, [_unknown(name, name, Settings.model_fields) for name in private]


def _secrets_folder() -> tuple[str | None, list[Mistake]]:
    named = os.environ.get("SUDI_SECRETS_DIR")
    folder = Path(named or SECRETS_FOLDER)
    if not folder.is_dir():
        absent = Mistake(key="SUDI_SECRETS_DIR", code="no-folder", details={"value": str(folder)})
        return None, [absent] if named else []
    return str(folder), _unknown_variables(entry.name for entry in folder.iterdir())


def _unknown_variables(names: Iterable[str]) -> list[Mistake]:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | ELSEWHERE
    strangers = (name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known)
    return [_unknown(name, name.upper(), known, PREFIX) for name in sorted(strangers)]


def _unknown(key: str, word: str, known: Iterable[str], prefix: str = "") -> Mistake:
    """A key that there is not, with the nearest that there is; what all have in common (`prefix`) makes none near."""
    names = sorted(name.removeprefix(prefix) for name in known)
    nearest = difflib.get_close_matches(word.removeprefix(prefix), names, n=1, cutoff=0.7)
    if nearest:
        return Mistake(key=key, code="unknown-key-near", details={"nearest": prefix + nearest[0]})
    return Mistake(key=key, code="unknown-key")


_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown-key",
    "literal_error": "not-one-of",
    "enum": "not-one-of",
    "greater_than": "too-small",
    "greater_than_equal": "too-small",
    "less_than_equal": "too-large",
    "string_pattern_mismatch": "bad-series",
    "model_type": "not-a-table",
    "model_attributes_type": "not-a-table",
    "tuple_type": "not-a-list",
    "string_type": "not-text",
    "path_type": "not-text",
}
_BY_ENDING = {
    "int_": "not-a-number",
    "float_": "not-a-number",
    "finite_": "not-a-number",
    "bool_": "not-a-switch",
}
_OURS = frozenset(
    {
        "not-a-list",
        "unknown-zone",
        "bad-pattern",
        "bad-address",
        "bad-admin",
        "bad-repository",
        "bad-branch",
        "bad-glob",
        "bad-variable",
        "outside-folder",
        "bad-token",
        "bad-discord-token",
        "bad-server",
    }
)


def _mistake(detail: ErrorDetails) -> Mistake:
    """What pydantic found, in our words; never the value itself where it could be a secret."""
    key, kind, context = _key(detail["loc"]), detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        if (PREFIX + key.upper()) in ELSEWHERE:
            return Mistake(key=PREFIX + key.upper(), code="environment-only")
        return _unknown(key, str(detail["loc"][-1]), _fields_beside(detail["loc"]))
    if kind == "only-git":
        return Mistake(key=f"{key}.{context['name']}", code=kind)
    if kind in _OURS:
        return Mistake(key=key, code=kind, details={k: str(v) for k, v in context.items()})
    code = _CODES.get(kind) or next((_BY_ENDING[head] for head in _BY_ENDING if kind.startswith(head)), "not-right")
    return Mistake(key=key, code=code, details=dict(_bounds(context)))


def _bounds(context: Mapping[str, Any]) -> Iterator[tuple[str, str | int | float]]:
    if "expected" in context:
        yield "expected", str(context["expected"]).replace("'", "").replace(" or ", ", ")
    for name in ("ge", "gt", "le"):
        if name in context:
            yield "limit", f"{context[name]:g}"


def _key(location: tuple[int | str, ...]) -> str:
    """As it is written: `sources[2].series[1].title`, counted from 1."""
    words = ""
    for step in location:
        words += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if words else step
    return words


def _fields_beside(location: tuple[int | str, ...]) -> Iterable[str]:
    parents = [step for step in location[:-1] if isinstance(step, str)]
    if not parents:
        return Settings.model_fields
    return (SeriesSettings if parents[-1] == "series" else SourceSettings).model_fields


def _clashes(settings: Settings) -> Iterator[Mistake]:
    """What is right alone and wrong together."""
    yield from _same_sources(settings)
    yield from _same_bots("telegram_token", settings.telegram_token, _telegram_bot)
    yield from _same_bots("discord_token", settings.discord_token, _discord_bot)
    if settings.telegram_api_url == TELEGRAM and not _reachable(settings.telegram_webhook_url):
        yield Mistake(key="telegram_webhook_url", code="bad-webhook")


def _same_bots(key: str, tokens: Iterable[SecretStr], bot_of: Callable[[str], str]) -> Iterator[Mistake]:
    """One bot listens once: its tokens beyond the first are mistakes."""
    seen: set[str] = set()
    for number, token in enumerate(tokens, 1):
        bot = bot_of(token.get_secret_value())
        if bot in seen:
            yield Mistake(key=f"{key}[{number}]", code="same-bot", details={"value": bot})
        seen.add(bot)


def _reachable(webhook: str) -> bool:
    """Whether Telegram's own server posts there; one of somebody's own also takes http and any port."""
    parts = urlsplit(webhook)
    return not webhook or (parts.scheme == "https" and parts.port in WEBHOOK_PORTS)


def _same_sources(settings: Settings) -> Iterator[Mistake]:
    seen: set[str] = set()
    for number, source in enumerate(settings.sources, 1):
        if source.called in seen:
            yield Mistake(key=f"sources[{number}].name", code="same-name", details={"value": source.called})
        seen.add(source.called)
