"""A Git server over HTTP on loopback that wants a name and a password: git's own, behind a few lines."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


class _Answerer(BaseHTTPRequestHandler):
    """Answers with what git's own server says; `root` is the folder of the repositories."""

    root: Path

    def do_GET(self) -> None:
        head, _, body = _served(self.root, self).partition(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.answer(int(lines.pop("Status", "200").split()[0]), body, **lines)

    def do_POST(self) -> None:
        self.do_GET()

    def answer(self, status: int, body: bytes = b"", **lines: str) -> None:
        self.send_response(status)
        for name, value in lines.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@contextmanager
def _serving(answerer: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), answerer)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def git_server(folder: Path, user: str, password: str) -> Iterator[str]:
    """Serve the repositories below a folder to whoever has this name and password; its address, without them."""
    wanted = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"

    class Guarded(_Answerer):
        root = folder

        def do_GET(self) -> None:
            if self.headers.get("Authorization") == wanted:
                super().do_GET()
            else:
                self.answer(401, WWW_Authenticate='Basic realm="posts"')

    with _serving(Guarded) as url:
        yield url


@contextmanager
def moved_git_server(folder: Path, heard: list[str | None]) -> Iterator[str]:
    """A server that sends everybody on to another one, which serves the repositories to all, and notes their proof."""

    class Open(_Answerer):
        root = folder

        def do_GET(self) -> None:
            heard.append(self.headers.get("Authorization"))
            super().do_GET()

    with _serving(Open) as there:

        class Moved(_Answerer):
            def do_GET(self) -> None:
                self.answer(302, Location=f"{there}{self.path}")

        with _serving(Moved) as url:
            yield url


def _served(root: Path, asked: BaseHTTPRequestHandler) -> bytes:
    """What git's own server answers."""
    parts = urlsplit(asked.path)
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "REQUEST_METHOD": asked.command,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "CONTENT_TYPE": asked.headers.get("Content-Type", ""),
        "HTTP_CONTENT_ENCODING": asked.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": asked.headers.get("Git-Protocol", ""),
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_USER": "reader",
    }
    length = int(asked.headers.get("Content-Length") or 0)
    environment |= {"CONTENT_LENGTH": str(length)} if length else {}
    body = asked.rfile.read(length)
    return subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=True).stdout
