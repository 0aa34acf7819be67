"""A server of a few lines that answers everything alike, in a process whose processor time is not counted."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection


class _Server(asyncio.Protocol):
    """Answers whatever it is asked with the same, as cheaply as can be."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._asked = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 what a server is given
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._asked += data
        head, _, body = self._asked.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if length and len(body) >= int(length):
            self._asked.clear()
            self._transport.write(self._answer)


def _serve(answer: bytes, told: Connection) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Server(answer), "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


@asynccontextmanager
async def answering(payload: bytes, *headers: str) -> AsyncIterator[int]:
    """The port of a server that answers every POST with this JSON and these headers."""
    here, there = multiprocessing.Pipe()
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/json", f"Content-Length: {len(payload)}", *headers, "", ""]
    answer = "\r\n".join(lines).encode() + payload
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(answer, there))
    server.start()
    try:
        yield await asyncio.to_thread(here.recv)
    finally:
        server.terminate()
        server.join()
