"""The git command line, run so that it can do no harm: nothing is asked, nothing foreign runs, and it ends in time.

What the repository holds is foreign: its hooks, filters, submodules and settings have no effect. What the operator's
own git settings say counts, for proxies and certificates stand there.

    GitFailed        it did not do what was asked: `trouble` says why, as an alert names it
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

from bot.looking.repository import Repository

MOST_OUTPUT: Final = 64 * 1024
"""So many bytes of what git says are kept; the rest is thrown away."""
OLDEST: Final = (2, 31)
"""The first git that takes settings from its environment (its release notes of 2.31)."""
LAST_WORDS: Final = 5.0
"""Seconds that a killed git has to be gone."""
MOST_WHY: Final = 200

_SETTINGS: Final = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "core.excludesFile": os.devnull,
    "core.autocrlf": "false",
    "core.symlinks": "true",
    "core.askPass": "",
    "core.logAllRefUpdates": "false",
    "credential.interactive": "false",
    "filter.lfs.smudge": "",
    "filter.lfs.process": "",
    "filter.lfs.required": "false",
    "fetch.recurseSubmodules": "false",
    "submodule.recurse": "false",
    "submodule.fetchJobs": "1",
    "gc.autoDetach": "false",
    "maintenance.auto": "false",
    "gc.auto": "500",
    "gc.autoPackLimit": "20",
    "gc.pruneExpire": "now",
    "http.lowSpeedLimit": "100",
    "http.lowSpeedTime": "30",
    "pack.threads": "1",
    "protocol.version": "2",
}
"""What counts for every call, whatever anybody's settings say."""

_ENVIRONMENT: Final = {
    "GIT_ALLOW_PROTOCOL": "http:https:ssh:file",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_ADVICE": "0",
    "LC_ALL": "C",
    "LANGUAGE": "",
}
_INHERITED = re.compile(r"(?!GIT_|SUDI_).*|GIT_(?:SSL_\w+|SSH|SSH_COMMAND|EXEC_PATH|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM))")
"""Of the environment: nothing that points git elsewhere (as in a hook), and none of our own secrets."""

_SSH_OPTIONS: Final = "-oBatchMode=yes -oConnectTimeout=20 -oControlMaster=no -oControlPath=none"
"""A connection that is kept for others would keep our pipes open."""


_PROVING: Final = (
    '!f() { test "$1" != get || printf "username=%s\\npassword=%s\\n" "$GIT_PROOF_USER" "$GIT_PROOF_SECRET"; }; f'
)
"""A credential helper, which git asks for one host alone. A header would go with every redirection, to any host."""


class Trouble(StrEnum):
    """Why git did not do what was asked. The value is the alert's code."""

    NO_GIT = "no-git"
    OLD_GIT = "old-git"
    """Its protective settings would be passed over in silence."""
    TIMED_OUT = "git-timed-out"
    UNREACHABLE = "git-unreachable"
    REFUSED = "git-refused"
    NO_TOKEN = "git-no-token"  # noqa: S105 - a code
    UNKNOWN_HOST = "git-unknown-host"
    NO_REPOSITORY = "git-no-repository"
    NO_BRANCH = "git-no-branch"
    NO_COMMIT = "git-no-commit"
    """No branch was named, and the remote has none of its own: it is empty."""
    NO_FOLDER = "git-no-folder"
    NO_ROOM = "git-no-room"
    BROKEN = "git-broken"
    """Anything else: what is here may be damaged."""


class GitFailed(Exception):
    """Git did not do what was asked; `why` is what it said last, without secrets."""

    def __init__(self, trouble: Trouble, why: str = "") -> None:
        self.trouble = trouble
        self.why = why
        super().__init__(f"{trouble}: {why}" if why else str(trouble))


_SIGNS: Final = {
    Trouble.NO_ROOM: (
        "no space left on device",
        "disk quota exceeded",
        "read-only file system",
        "(?:cannot open|unable to create|could not create|unable to write|could not lock).*permission denied",
    ),
    Trouble.UNKNOWN_HOST: ("host key verification failed", r"no \w+ host key is known"),
    Trouble.NO_BRANCH: ("couldn't find remote ref", "remote branch .* not found"),
    Trouble.REFUSED: (
        "could not read (?:username|password)",
        "(?:authentication|authorization) failed",
        "(?:permission|access) denied",
        "terminal prompts disabled",
        "returned error: 40[13]",
        "invalid (?:username|credentials)",
        "dubious ownership",
    ),
    Trouble.NO_REPOSITORY: (
        "repository .*not found",
        "not (?:appear to be )?a git repository",
        "returned error: 404",
        "transport '.*' not allowed",
        "does not exist",
        "project you were looking for could not be found",
    ),
    Trouble.UNREACHABLE: (
        "could not resolve",
        "unable to access",
        "connection (?:refused|timed out|reset|closed)",
        "failed to connect",
        "network is unreachable",
        "no route to host",
        "timed out",
        "could not read from remote repository",
        "early eof",
        "hung up",
        "rpc failed",
    ),
}
"""What git says in each trouble, the telling words first: it says the general ones as well."""


class Git:
    """Runs git. `environ` is the environment that is inherited; `limit`, in seconds, the time a call has by default."""

    def __init__(self, environ: Mapping[str, str], *, limit: float = 120.0) -> None:
        self._environ = {name: value for name, value in environ.items() if _INHERITED.fullmatch(name)}
        self._limit = limit

    async def run(
        self, *arguments: str, home: Path | None = None, asks: Repository | None = None, longer: float = 1.0
    ) -> str:
        """What git prints, run in the repository kept at `home`; raises GitFailed.

        `asks`: the repository that may be asked, with the proof it wants. The call has `longer` times the limit.
        """
        process = await self._start(arguments, self._environment(home, asks))
        try:
            async with asyncio.timeout(self._limit * longer):
                out, said = await _spoken(process)
        except TimeoutError:
            raise GitFailed(Trouble.TIMED_OUT) from None
        finally:
            await _end(process)
        if process.returncode != 0:
            raise _failure(said, asks)
        return out

    async def version(self) -> str:
        """Which git there is; raises GitFailed where there is none, or one that is too old to be used."""
        said = await self.run("version")
        found = re.search(r"(\d+)\.(\d+)[\w.]*", said)
        if found is None or (int(found[1]), int(found[2])) < OLDEST:
            raise GitFailed(Trouble.OLD_GIT, said.strip()[:MOST_WHY])
        return found[0]

    async def _start(self, arguments: tuple[str, ...], environment: Mapping[str, str]) -> Process:
        """A cancellation while it starts leaves no more of it than a later one: asyncio would kill git alone."""
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                "git", *arguments, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=environment, start_new_session=True
            )
        )
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            with suppress(OSError):
                await _end(await starting)
            raise
        except (FileNotFoundError, PermissionError, NotADirectoryError):
            raise GitFailed(Trouble.NO_GIT) from None
        except OSError as error:
            raise GitFailed(Trouble.BROKEN, error.strerror or type(error).__name__) from None

    def _environment(self, home: Path | None, asks: Repository | None) -> dict[str, str]:
        """Secrets go in here, not among the arguments, which everybody on the machine can read."""
        environment = {**self._environ, **_ENVIRONMENT}
        if home is not None:
            environment |= {"GIT_DIR": str(git_folder(home.absolute())), "GIT_WORK_TREE": str(tree_of(home.absolute()))}
        settings = dict(_SETTINGS)
        if asks is not None:
            environment["GIT_SSH_COMMAND"] = _ssh(environment, asks)
            if asks.proof is not None:
                environment["GIT_PROOF_USER"], environment["GIT_PROOF_SECRET"] = asks.proof
                settings |= {"credential.helper": "", f"credential.{asks.base}.helper": _PROVING}
        environment["GIT_CONFIG_COUNT"] = str(len(settings))
        return environment | dict(_numbered(settings))


def git_folder(home: Path) -> Path:
    """Where git keeps what it received."""
    return home / "git"


def tree_of(home: Path) -> Path:
    """Where the files are checked out."""
    return home / "tree"


def _ssh(environment: Mapping[str, str], repository: Repository) -> str:
    """How SSH is called: as the operator says, and without asking anything."""
    command = environment.get("GIT_SSH_COMMAND") or shlex.quote(environment.get("GIT_SSH") or "ssh")
    key = f" -i {shlex.quote(str(repository.key.absolute()))} -oIdentitiesOnly=yes" if repository.key else ""
    return f"{command} {_SSH_OPTIONS}{key}"


def _numbered(settings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for number, (name, value) in enumerate(settings.items()):
        yield f"GIT_CONFIG_KEY_{number}", name
        yield f"GIT_CONFIG_VALUE_{number}", value


async def _spoken(process: Process) -> tuple[str, str]:
    """Everything that git says, as far as it is kept, when it has ended."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    assert process.stderr is not None  # noqa: S101
    out, said = await asyncio.gather(_kept(process.stdout), _kept(process.stderr))
    await process.wait()
    return out, said


async def _kept(stream: asyncio.StreamReader) -> str:
    kept = b""
    while piece := await stream.read(MOST_OUTPUT):
        kept += piece[: MOST_OUTPUT - len(kept)]
    return kept.decode("utf-8", "replace")


async def _end(process: Process) -> None:
    """Nothing of it is left running: git's own children are in its group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_WORDS):
            await process.wait()


def _failure(said: str, asks: Repository | None) -> GitFailed:
    words = said.lower()
    known = _SIGNS if asks else {Trouble.NO_ROOM: _SIGNS[Trouble.NO_ROOM]}
    trouble = next((kind for kind, signs in known.items() if re.search("|".join(signs), words)), Trouble.BROKEN)
    telling = [line for line in said.splitlines() if line.startswith(("fatal:", "error:", "remote:", "ssh:"))]
    why = (telling or said.split("\n"))[0]
    return GitFailed(trouble, (asks.hide(why) if asks else why)[:MOST_WHY])
