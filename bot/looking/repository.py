"""Where a publisher's Git repository is: its address, without the secrets that may stand in it. Pure."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

HIDDEN: Final = "[hidden]"
DEFAULT_USER: Final = "git"
"""Who asks where only a token is given: the services that take tokens do not mind the name."""

_SCHEMES: Final = frozenset({"http", "https", "ssh", "file"})
_SCP = re.compile(r"(?:\w[\w.+~-]*@)?[A-Za-z0-9][\w.-]*:(?![/:])[^\s\x00-\x1f\x7f]+")
_HOST = re.compile(r"[A-Za-z0-9_\[][\w.:\[\]-]*")
_UNFIT = re.compile(r"[\s\x00-\x1f\x7f\\]")
_BRANCH = re.compile(r"(?![-/.])(?!.*(?:\.\.|@\{|//|\.lock(?:/|$)))[^\s\x00-\x1f\x7f~^:?*\[\\]+(?<![/.])")
_USERINFO = re.compile(r"(?<=://)[^\s/@'\"<>]*@")


class BadAddress(ValueError):
    """This is not the address of a repository that can be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A Git repository: `url` (no secret in it), branch (empty: the remote's own), and the folder within.

    `endings` are those of the files that are wanted of it. `user` and `secret` are proof for http and https; `key` is
    the file of an SSH key. `lacks_secret`: a secret is meant to be there and is not.
    """

    url: str
    branch: str = ""
    folder: str = ""
    endings: tuple[str, ...] = ()
    user: str = ""
    secret: str = field(default="", repr=False)
    key: Path | None = None
    lacks_secret: bool = False

    @property
    def proof(self) -> tuple[str, str] | None:
        """The name and the secret that prove who asks; None where there is nothing to prove."""
        if not (self.user or self.secret) or not self.url.startswith(("http://", "https://")):
            return None
        return self.user or DEFAULT_USER, self.secret

    @property
    def base(self) -> str:
        """The scheme and host of its address, to which alone the proof is shown."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}/"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown. A user without a secret is one: some services take a token so."""
        if self.proof is None:
            return (self.secret,) if self.secret else ()
        sent = base64.b64encode(":".join(self.proof).encode()).decode()
        return (self.secret or self.user, sent)

    def hide(self, text: str) -> str:
        """The text without its secrets, in any spelling that git may give them."""
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return without_userinfo(text)


def address(text: str) -> tuple[str, str, str]:
    """An address as git is given it, and the user and secret that stood in it; raises BadAddress.

    http, https, ssh and file are understood, and `user@host:path`. A user without a secret is a part of an SSH address.
    """
    if _UNFIT.search(text):
        raise BadAddress
    if "://" not in text:
        if _SCP.fullmatch(text) is None:
            raise BadAddress
        return text, "", ""
    return _split(text)


def _split(text: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(text)
        user, secret, host = unquote(parts.username or ""), unquote(parts.password or ""), parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise BadAddress from None
    if (
        parts.scheme not in _SCHEMES
        or (parts.scheme == "file") != (not host)
        or not parts.path.strip("/")
        or parts.query
    ):
        raise BadAddress
    place = parts.netloc.rpartition("@")[2]
    if place and _HOST.fullmatch(place) is None:
        raise BadAddress
    if parts.scheme == "ssh":
        if user.startswith("-"):
            raise BadAddress
        return urlunsplit((parts.scheme, f"{user}@{place}" if user else place, parts.path, "", "")), user, ""
    return urlunsplit((parts.scheme, place, parts.path, "", "")), user, secret


def is_branch(name: str) -> bool:
    """Whether this may be the name of a branch (as `git check-ref-format` has it, and no option)."""
    return _BRANCH.fullmatch(name) is not None


def last_name(url: str) -> str:
    """What a repository is called: the last step of its address."""
    path = urlsplit(url).path if "://" in url else url.rpartition(":")[2]
    return path.rstrip("/").rpartition("/")[2].removesuffix(".git")


def told(repository: Repository) -> dict[str, str | int]:
    """What an alert says of a repository."""
    return {"url": repository.url, "branch": repository.branch, "folder": repository.folder}


def without_userinfo(text: str) -> str:
    """The text, with names and secrets taken out of the addresses in it."""
    return _USERINFO.sub(f"{HIDDEN}@", text)
