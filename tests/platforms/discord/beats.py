"""The library beats from threads of its own, which may outlive the loop that they speak to."""

from __future__ import annotations

import asyncio
import threading
from typing import Final

_NAME: Final = "keep-alive-handler"
_PATIENCE: Final = 5.0
"""Seconds for a thread that was told to stop."""


async def no_beats() -> None:
    """Wait until no thread of the library beats any more: one that finds its loop closed fails another test."""
    for thread in [thread for thread in threading.enumerate() if thread.name.startswith(_NAME)]:
        await asyncio.to_thread(thread.join, _PATIENCE)
