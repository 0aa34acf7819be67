"""The promises of the container: little in it, little it may do, and time to end well."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.config import load

LONGEST_ANSWER = 35
"""Seconds that stopping may take: the answer's time-out and five."""


@pytest.fixture
def stages(root: Path) -> list[list[tuple[str, str]]]:
    """The Dockerfile's instructions by stage."""
    text = re.sub(r"\\\n", " ", (root / "Dockerfile").read_text(encoding="utf-8"))
    stages: list[list[tuple[str, str]]] = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            stages += [[]] if word == "FROM" else []
            stages[-1].append((word, rest.strip()))
    return stages


@pytest.fixture
def service(root: Path) -> dict[str, Any]:
    """The one service of compose.yaml."""
    composed: dict[str, Any] = yaml.safe_load((root / "compose.yaml").read_text(encoding="utf-8"))
    [service] = composed["services"].values()
    assert isinstance(service, dict)
    return service


def _of(stage: list[tuple[str, str]], word: str) -> list[str]:
    return [rest for name, rest in stage if name == word]


def test_it_is_built_apart_and_runs_without_root(stages: list[list[tuple[str, str]]]) -> None:
    """The image is built in stages; what runs is not root, and no layer becomes root again."""
    assert len(stages) == 2
    users = _of(stages[-1], "USER")
    assert users
    assert all(re.fullmatch(r"[1-9]\d*:[1-9]\d*", user) for user in users)
    order = [name for name, _ in stages[-1]]
    assert order.index("USER") < order.index("ENTRYPOINT")
    assert "RUN" not in order[order.index("USER") :]


def test_it_hears_its_signals(stages: list[list[tuple[str, str]]]) -> None:
    """No shell stands between Docker's SIGTERM and Sudi: every command is in the exec form."""
    commands = [_of(stages[-1], word) for word in ("ENTRYPOINT", "CMD")]
    assert commands == [['["sudi"]'], ['["run"]']]
    assert _of(stages[-1], "STOPSIGNAL") == ["SIGTERM"]
    [health] = _of(stages[-1], "HEALTHCHECK")
    assert 'CMD ["python"' in health
    assert "/healthz" in health


def test_only_pinned_packages_are_installed(stages: list[list[tuple[str, str]]]) -> None:
    """Whatever pip installs in the image is hashed, or Sudi itself."""
    runs = " && ".join(_of(stages[0], "RUN")).split("&&")
    installs = [shlex.split(command) for command in runs if " install " in command]
    assert len(installs) == 2
    assert {"--require-hashes", "requirements/run.txt"} <= set(installs[0])
    assert {"--no-deps", "--no-build-isolation", "."} <= set(installs[1])


def test_git_sources_work_in_it(stages: list[list[tuple[str, str]]]) -> None:
    """The image has git, SSH and certificates, and nothing else of the distribution; its user has a name and a home."""
    runs = [command.strip() for line in _of(stages[-1], "RUN") for command in line.split("&&")]
    [installed] = [shlex.split(command) for command in runs if "apt-get install" in command]
    assert set(installed[2:]) == {"-y", "--no-install-recommends", "ca-certificates", "git", "openssh-client"}
    assert "rm -rf /var/lib/apt/lists/*" in runs
    [user] = [shlex.split(command) for command in runs if command.startswith("useradd")]
    [number] = _of(stages[-1], "USER")
    assert (user[user.index("-u") + 1], user[user.index("-g") + 1]) == tuple(number.split(":"))
    assert user[user.index("-d") + 1] == "/data"


def test_what_is_copied_is_let_in(root: Path, stages: list[list[tuple[str, str]]], project: dict[str, Any]) -> None:
    """The image is built from the packages and what the build needs, and from nothing else of the folder."""
    copied = {name.rstrip("/") for line in _of(stages[0], "COPY") for name in line.split()[:-1]}
    lines = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    assert copied == {line[1:] for line in lines if line.startswith("!")}
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= copied
    assert all((root / name).exists() for name in copied)


def test_its_settings_are_settings(stages: list[list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The image's environment is understood: data in /data, posts from /posts, and a port that the check asks."""
    [line] = _of(stages[-1], "ENV")
    environment = dict(word.split("=", 1) for word in shlex.split(line))
    for name, value in environment.items():
        if name.startswith("SUDI_"):
            monkeypatch.setenv(name, value)
    settings = load()
    assert settings.data_dir == Path("/data")
    assert [source.folder for source in settings.sources] == [Path("/posts")]
    assert settings.host == "0.0.0.0"  # noqa: S104 - within the container; compose publishes it on loopback alone
    assert _of(stages[-1], "EXPOSE") == [str(settings.port)]
    assert f"127.0.0.1:{settings.port}/healthz" in _of(stages[-1], "HEALTHCHECK")[0]


def test_only_data_and_tmp_can_be_written(stages: list[list[tuple[str, str]]], service: dict[str, Any]) -> None:
    """The root is read-only; /data is a volume, /tmp is in memory, posts and secrets come in read-only."""
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - the container's own
    assert _of(stages[-1], "VOLUME") == ['["/data"]']
    mounts = dict(volume.split(":", 1) for volume in service["volumes"])
    assert mounts == {"./posts": "/posts:ro", "data": "/data", "./secrets": "/run/secrets:ro"}


def test_it_may_do_little(service: dict[str, Any]) -> None:
    """The container has no capabilities, gains none, and shows its page on this machine alone."""
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_it_is_given_time_to_end_well(service: dict[str, Any]) -> None:
    """Docker waits longer before it kills than Sudi may need for the answers in flight."""
    assert int(service["stop_grace_period"].removesuffix("s")) > LONGEST_ANSWER
