"""A server of a few lines that answers HTTP badly on purpose: what it writes, and when, is a script's business."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.listening import hear_no_more, let_turns_pass

Script = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]
"""What is done when a request has been read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: its first line, its headers in lower case, its body."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's JSON."""
        return json.loads(self.body)


@dataclass(slots=True, kw_only=True)
class BareServer:
    """Where it listens, what it was asked, and over how many connections; `busy` once it was asked anything.

    `greeting` is said before anything was asked.
    """

    script: Script
    greeting: bytes = b""
    busy: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one more connection."""
        self.connections += 1
        task = asyncio.create_task(self._serve(reader, writer))
        task.add_done_callback(lambda _: writer.close())  # not at its end: it may be cancelled before it began
        self.tasks.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(self.greeting)
            while not writer.is_closing():
                asked = await _read(reader)
                self.asked.append(asked)
                self.busy.set()
                await self.script(asked, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass


async def _read(reader: asyncio.StreamReader) -> Asked:
    line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(line=line, headers=headers, body=body)


@asynccontextmanager
async def serving(
    script: Script, *, greeting: bytes = b"", tls: ssl.SSLContext | None = None
) -> AsyncIterator[BareServer]:
    """A server that follows the script, on loopback."""
    bare = BareServer(script=script, greeting=greeting)
    server = await asyncio.start_server(bare.accept, "127.0.0.1", 0, ssl=tls)
    bare.port = server.sockets[0].getsockname()[1]
    try:
        yield bare
    finally:
        await hear_no_more(server.sockets)
        server.close()
        for task in bare.tasks:
            task.cancel()
        await asyncio.gather(*bare.tasks, return_exceptions=True)
        await server.wait_closed()
        await let_turns_pass()


def http(status: int, body: bytes | str | object, *headers: str) -> bytes:
    """A whole answer; what is neither bytes nor text is spelled as JSON."""
    if not isinstance(body, bytes | str):
        body = json.dumps(body)
    payload = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(payload)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + payload


def answers(*said: bytes) -> Script:
    """Says one thing after the other, and the last for ever."""
    left = list(said)

    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()

    return script


def hangs(said: bytes = b"") -> Script:
    """Says something, and then never anything."""

    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await asyncio.Event().wait()

    return script


def says_and_leaves(said: bytes = b"", *, reset: bool = False) -> Script:
    """Says something, then closes the connection, or breaks it off."""

    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        if reset:
            writer.transport.abort()
        writer.close()

    return script


def drips(said: bytes, *, every: float) -> Script:
    """Says one byte after the other, so many seconds apart."""

    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        for byte in said:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(every)

    return script
