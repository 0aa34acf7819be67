"""A digest in one dialect for one kind of reader: compose × dialect, remembered.

`render` is what the preview shows and what is sent.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from adapters.platform import Dialect, Loss, Message, Platform
from digest.choices import Layout
from digest.compose import Words, compose
from digest.identity import name_of
from digest.model import Digest, Post, Revision, StoryKey
from storage import queue
from storage.records import DigestId
from storage.store import Store

REMEMBERED = 512
"""Renditions kept in memory; a digest has a dozen or so, more where readers have seen different stories."""

Read = Callable[[Post, str], Digest]
"""Reads a post of the source named: `digest.read` with the rules of that source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """The messages of a digest in order. `contents` names each of them, `name` all together; `text` is their JSON."""

    name: str
    messages: tuple[Message, ...]
    contents: tuple[str, ...]
    text: str
    losses: tuple[Loss, ...] = ()


class Kind(NamedTuple):
    """What a rendition depends on: the same kind is the same rendition. `seen`: the stories this reader knows."""

    digest: DigestId
    revision: Revision
    platform: Platform
    layout: Layout
    language: str
    seen: frozenset[StoryKey]


def render(
    digest: Digest, *, dialect: Dialect, layout: Layout, words: Words, seen: frozenset[StoryKey] = frozenset()
) -> Rendition:
    """The messages that bring a digest in this dialect and layout to a reader who has seen these stories."""
    document = compose(digest, layout=layout, folds=dialect.folds, words=words, seen=seen)
    spelling = dialect.spell(document, words)
    return rendition_of(spelling.messages, spelling.losses)


def rendition_of(messages: tuple[Message, ...], losses: tuple[Loss, ...] = ()) -> Rendition:
    """Name messages by their content."""
    texts = [_json(message) for message in messages]
    text = f"[{','.join(texts)}]"
    contents = tuple(name_of(text.encode()) for text in texts)
    return Rendition(name=name_of(text.encode()), messages=messages, contents=contents, text=text, losses=losses)


def content_of(message: Mapping[str, Any]) -> str:
    """The name of one message by its content."""
    return name_of(_json(message).encode())


NO_MESSAGES = rendition_of(())
"""What a withdrawn digest comes to."""


def _json(message: Mapping[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


Run = Callable[[Callable[[], Rendition]], Awaitable[Rendition]]
"""Has something computed where it keeps nobody waiting: a long post takes seconds."""


class TextLost(LookupError):
    """The text of a digest is not kept any more, so that nothing can be composed of it."""


class Renditions:
    """Renditions by what they depend on, read and composed once."""

    def __init__(
        self,
        *,
        store: Store,
        read: Read,
        dialects: Mapping[Platform, Dialect],
        words: Callable[[str], Words],
        remembered: int = REMEMBERED,
        run: Run = asyncio.to_thread,
    ) -> None:
        self._store = store
        self._read = read
        self._dialects = dialects
        self._words = words
        self._remembered = remembered
        self._known: OrderedDict[Kind, Rendition] = OrderedDict()
        self._kept: dict[str, int] = {}
        self._run = run
        self._making: dict[Kind, asyncio.Future[Rendition]] = {}

    def known(self, kind: Kind) -> Rendition | None:
        """The rendition, if it was made lately."""
        found = self._known.get(kind)
        if found is not None:
            self._known.move_to_end(kind)
        return found

    async def make(self, kind: Kind) -> Rendition:
        """Read, compose and spell; raises TextLost, StoreError, and whatever a mistake in composing raises.

        Whoever wants the same kind meanwhile waits for the same work.
        """
        making = self._making.get(kind)
        if making is None:
            making = self._making[kind] = asyncio.ensure_future(self._make(kind))
            making.add_done_callback(lambda done: self._note_made(kind, done))
        return await asyncio.shield(making)

    async def _make(self, kind: Kind) -> Rendition:
        source = await self._store.read(queue.text_of, kind.digest, kind.revision)
        if source is None:
            raise TextLost(f"digest {kind.digest}, revision {kind.revision}")
        return await self._run(partial(self._rendered, kind, source))

    def _rendered(self, kind: Kind, source: queue.Source) -> Rendition:
        digest = self._read(Post(path=source.path, data=source.data), source.source)
        dialect, words = self._dialects[kind.platform], self._words(kind.language)
        return render(digest, dialect=dialect, layout=kind.layout, words=words, seen=kind.seen)

    def _note_made(self, kind: Kind, done: asyncio.Future[Rendition]) -> None:
        del self._making[kind]
        if done.cancelled() or done.exception() is not None:
            return
        self._known[kind] = done.result()
        while len(self._known) > self._remembered:
            _, dropped = self._known.popitem(last=False)
            self._kept.pop(dropped.name, None)

    def kept(self, rendition: Rendition, platform: Platform) -> int | queue.Kept:
        """Where the store keeps the rendition, or what it is to keep because this process has not seen it kept."""
        kept = self._kept.get(rendition.name)
        if kept is not None:
            return kept
        return queue.Kept(name=rendition.name, platform=platform, messages=rendition.text)

    def note_kept(self, rendition: Rendition, kept: int) -> None:
        """Remember where the store keeps the rendition."""
        self._kept[rendition.name] = kept
