"""What lies between a request and the core: faults that somebody asked for."""

from __future__ import annotations

import asyncio
import json

from tests.platforms.discord.answers import Answer
from tests.platforms.discord.core import Core
from tests.platforms.discord.faults import Fault, Trap
from tests.platforms.discord.limits import VIA
from tests.platforms.discord.transcript import Request
from tests.platforms.serving import Outgoing


class Wire:
    """The way to the core. Lives in one event loop; the core may be changed from any thread."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.traps: list[Trap] = []
        self._late: set[asyncio.Task[Answer]] = set()

    async def ask(self, request: Request) -> Outgoing:
        """Carry a request to the core, through whatever trap it springs."""
        fault = self._sprung(request)
        if fault is None:
            return _whole(self.core.call(request))
        if not fault.executes:
            self.core.note(request, fault=fault.name)
            self.core.count_refusal(fault.status or 0, fault.headers.get("X-RateLimit-Scope", ""))
            return _spoiled(fault, Answer(status=fault.status or 200, body={}, headers={"Via": VIA}))
        return _spoiled(fault, await self._carried_out(request, fault))

    async def _carried_out(self, request: Request, fault: Fault) -> Answer:
        if not fault.delay:
            return self.core.call(request, fault=fault.name)

        async def later() -> Answer:
            await asyncio.sleep(fault.delay)
            return self.core.call(request, fault=fault.name)

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return await asyncio.shield(task)

    def _sprung(self, request: Request) -> Fault | None:
        with self.core.lock:
            bot = self.core.asker(request)
            number = bot.id if bot else 0
            return next((t.fault for t in self.traps if t.springs(request.method, request.path, number)), None)


def _whole(answer: Answer) -> Outgoing:
    if answer.text:
        return Outgoing(status=answer.status, body=answer.text.encode(), kind="text/html", headers=answer.headers)
    if answer.body is None:
        return Outgoing(status=answer.status, body=b"", kind="text/html; charset=utf-8", headers=answer.headers)
    body = json.dumps(answer.body, ensure_ascii=False).encode()
    return Outgoing(status=answer.status, body=body, headers=answer.headers)


def _spoiled(fault: Fault, answer: Answer) -> Outgoing:
    proper = _whole(answer)
    headers = {} if fault.is_outside else {**proper.headers, **fault.headers}
    whole = Outgoing(status=proper.status, body=proper.body, kind=proper.kind, headers=headers)
    return whole.spoiled(fault)
