"""A simulator that is started by hand: what it says where it cannot start."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from bot.exits import Exit
from tests.platforms.discord.__main__ import main as discord
from tests.platforms.telegram.__main__ import main as telegram

_ANY = 0


@pytest.mark.parametrize(("platform", "main"), [("telegram", telegram), ("discord", discord)])
def test_a_port_that_is_taken_is_told_in_one_sentence(
    platform: str, main: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where another program listens, the simulator names the place and what to do, and ends with a code of its own."""
    with socket.create_server(("127.0.0.1", _ANY)) as other:
        port = other.getsockname()[1]
        monkeypatch.setattr("sys.argv", ["simulator", "--port", str(port)])
        with pytest.raises(SystemExit) as end:
            main()
    told = capsys.readouterr()
    assert end.value.code == Exit.UNREACHABLE
    assert told.out == ""
    assert told.err == (
        f"127.0.0.1:{port} is in use by another program. "
        f'Stop that one, or take another port: make {platform}-simulator ARGS="--port …"\n'
    )


@pytest.mark.parametrize("port", ["-1", "65536", "eighty"])
def test_what_is_no_port_is_misuse(
    port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number that no port has is told as the command line's mistake, before anything is opened."""
    monkeypatch.setattr("sys.argv", ["simulator", f"--port={port}"])
    with pytest.raises(SystemExit) as end:
        discord()
    assert end.value.code == Exit.MISUSE
    assert f"not a port: '{port}'" in capsys.readouterr().err
