"""A universe: a world whose people, faults and deaths a seed has chosen, from its beginning until it comes to rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from adapters.platform import DoubtPolicy, Platform
from digest.choices import Choices, Layout
from storage import ledger, subscriptions
from storage.records import DigestId, SubscriptionId
from tests.world import laws
from tests.world.laws import Books
from tests.world.life import Spot, World, post
from tests.world.platform import Faults

SPOTS = (
    Spot(platform=Platform.TELEGRAM, doubt_push=DoubtPolicy.RESEND_ONCE),
    Spot(platform=Platform.DISCORD, doubt=DoubtPolicy.REPLAY_NONCE, doubt_push=DoubtPolicy.REPLAY_NONCE),
    Spot(platform=Platform.WEB, doubt=DoubtPolicy.REPEAT, doubt_push=DoubtPolicy.REPEAT),
    Spot(platform=Platform.TELEGRAM, doubt=DoubtPolicy.ASK, doubt_push=DoubtPolicy.ASK),
)

SERIES = ("daily", "rolling", "breaking")
BUSY_SECONDS = 120.0
"""How long people are busy; the rest of a universe only comes to rest."""


@dataclass(kw_only=True)
class Issue:
    """A post in the making: its title never changes, and every story says its revision.

    One that is a translation lies beside its `original`, whose path names no language.
    """

    number: int
    series: str
    stories: int
    original: Issue | None = None
    revision: int = 1
    digest: DigestId | None = None
    withdrawn: bool = False

    @property
    def title(self) -> str:
        """What tells its messages from all others."""
        return f"Issue {self.number}"

    @property
    def path(self) -> str:
        """Where it lies."""
        return f"{self.series}/{self.original.number}.zh.md" if self.original else f"{self.series}/{self.number}.md"

    @property
    def words(self) -> str:
        """What each of its messages says as of now."""
        return f"v{self.revision} of {self.number}"

    @property
    def text(self) -> str:
        """The post."""
        return post(self.title, *(f"story {index} {self.words}" for index in range(self.stories)))


@dataclass(kw_only=True)
class Universe:
    """Everything that the seed decides, and what the laws need to know of it."""

    world: World
    random: Random
    issues: list[Issue] = field(default_factory=list)
    steady: list[SubscriptionId] = field(default_factory=list)
    fickle: list[SubscriptionId] = field(default_factory=list)
    held: bool = False
    churned: bool = False
    asked: int = 0

    @classmethod
    def of(cls, folder: Path, seed: int) -> Universe:
        """The universe of a seed."""
        random = Random(seed)  # noqa: S311 the same seed, the same world
        spots = (random.choice(SPOTS[:3]),) if random.random() < 0.7 else tuple(random.sample(SPOTS[1:], 2))
        return cls(world=World(folder, seed=seed, spots=spots), random=random)

    def unfold(self) -> None:
        """Let it happen, and hold it against the laws."""
        self.world.run(self._story())
        self.judge()

    def judge(self) -> None:
        """Every law."""
        books, world = Books.of(self.world), self.world
        laws.every_promise_is_kept(books)
        laws.no_mistake_is_made(books)
        laws.everyone_is_promised(books, list(self._lasting()), self.steady)
        laws.nobody_has_two_translations(books)
        laws.nothing_is_shown_twice(world, books)
        laws.everything_shown_is_recorded(world, books)
        laws.nothing_is_invented(world, books)
        laws.doubts_are_few(world, books)
        laws.chats_have_the_newest(world, books, self.steady)
        laws.the_last_words_are_shown(world, books)
        laws.pace_is_kept(world)
        if not self.held and not self.churned:
            laws.order_is_kept(world, books)

    def _lasting(self) -> Iterator[frozenset[DigestId]]:
        """The tellings of each work of which none was withdrawn."""
        for issue in self.issues:
            tellings = [other for other in self.issues if issue in (other, other.original)]
            if issue.original is None and not any(other.withdrawn for other in tellings):
                yield frozenset(other.digest for other in tellings if other.digest is not None)

    # --- What happens --------------------------------------------------------------------------------------------

    async def _story(self) -> None:
        random, world = self.random, self.world
        world.born()
        for spot in world.spots:
            for chat in range(random.randint(2, 4)):
                language = random.choice(("zh", "en"))
                self.steady.append(await world.subscribe(f"c{chat}", platform=spot.platform, language=language))
            self.fickle.append(await world.subscribe("fickle", platform=spot.platform))
        self._bring_faults()
        death = asyncio.ensure_future(self._die_now_and_then())
        for _ in range(random.randint(3, 9)):
            await asyncio.sleep(random.expovariate(1 / 8))
            await random.choice(self._deeds())()
        await asyncio.sleep(max(0.0, BUSY_SECONDS - world.loop.time()))
        death.cancel()
        if world.life is None:
            world.born()
        await self._come_to_rest()

    def _bring_faults(self) -> None:
        random = self.random
        for platform in self.world.platforms.values():
            platform.faults = Faults(
                not_sent=random.choice((0, 0, 0.2)),
                request_lost=random.choice((0, 0, 0.1)),
                answer_lost=random.choice((0, 0, 0.15)),
                chat_throttled=random.choice((0, 0, 0.1)),
                lane_throttled=random.choice((0, 0, 0.03)),
                poison=random.choice((0, 0, 0.05)),
                request_latency=(0.01, random.choice((0.1, 1.0))),
                answer_latency=(0.01, random.choice((0.1, 2.0))),
            )

    async def _die_now_and_then(self) -> None:
        random, world = self.random, self.world
        for _ in range(random.randint(0, 4)):
            await asyncio.sleep(random.uniform(0, BUSY_SECONDS / 5))
            world.loop.after_steps(random.randint(1, 60), world.die)
            while world.life is not None:  # noqa: ASYNC110 death tells nobody
                await asyncio.sleep(0.05)
            await asyncio.sleep(random.uniform(0, 5))
            world.born()

    async def _come_to_rest(self) -> None:
        for platform in self.world.platforms.values():
            platform.faults = Faults()
        for scope in [hold.scope for hold in await self.world.do(ledger.holds)]:
            await self.world.do(ledger.release, scope)
        await self.world.settle()
        await self.world.stop()

    def _deeds(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        deeds: list[Callable[[], Awaitable[None]]] = [self._publish] * 4
        if self.issues:
            deeds += [self._revise, self._revise, self._revise, self._withdraw, self._hold, self._release]
            deeds += [self._translate, self._translate]
        return (*deeds, self._ask, self._change_choices, self._leave, self._come_back, self._go_away, self._jump)

    async def _ask(self) -> None:
        """Readers ask; who is answered, and who is not, changes nothing of what is promised."""
        spot = self.random.choice(self.world.spots)
        for chat in range(self.random.randint(1, 6)):
            self.asked += 1
            self.world.ask(f"c{chat}", self.asked, spot.platform)

    async def _publish(self) -> None:
        random, number = self.random, len(self.issues) + 1
        await self._save(Issue(number=number, series=random.choice(SERIES), stories=random.randint(1, 4)))

    async def _translate(self) -> None:
        number, translated = len(self.issues) + 1, [issue.original for issue in self.issues]
        untranslated = [issue for issue in self.issues if issue.original is None and issue not in translated]
        if untranslated:
            original = self.random.choice(untranslated)
            await self._save(Issue(number=number, series=original.series, stories=original.stories, original=original))

    async def _save(self, issue: Issue) -> None:
        self.issues.append(issue)
        self.world.said[issue.title] = issue.words
        issue.digest = await self.world.publish(issue.path, issue.text)

    async def _revise(self) -> None:
        issue = self.random.choice(self.issues)
        if issue.withdrawn or issue.digest is None:
            return
        issue.revision += 1
        issue.stories = max(1, issue.stories + self.random.choice((-1, 0, 0, 1)))
        self.world.said[issue.title] = issue.words
        await self.world.revise(issue.digest, issue.text)

    async def _withdraw(self) -> None:
        issue = self.random.choice(self.issues)
        if issue.digest is not None:
            issue.withdrawn = True
            await self.world.withdraw(issue.digest)

    async def _hold(self) -> None:
        self.held = True
        scope = self.random.choice(("all", "telegram", f"digest:{self.random.choice(self.issues).digest}"))
        await self.world.do(lambda db: ledger.hold(db, scope, by="an admin", now=self.world.now()))

    async def _release(self) -> None:
        for hold in await self.world.do(ledger.holds):
            await self.world.do(ledger.release, hold.scope)

    async def _change_choices(self) -> None:
        self.churned = True
        layout = self.random.choice(list(Layout))
        series = frozenset(self.random.choice((("*",), ("daily",), ("daily", "rolling"))))
        choices = Choices(series=series, layout=layout)
        who = self.random.choice(self.fickle)
        await self.world.do(lambda db: subscriptions.change_choices(db, who, choices, now=self.world.now()))

    async def _leave(self) -> None:
        self.churned = True
        who = self.random.choice(self.fickle)
        await self.world.do(lambda db: subscriptions.unsubscribe(db, who, now=self.world.now()))

    async def _come_back(self) -> None:
        self.churned = True
        spot = self.random.choice(self.world.spots)
        await self.world.subscribe("fickle", platform=spot.platform)

    async def _go_away(self) -> None:
        """The fickle chat blocks the bot, or lets it in again."""
        self.churned = True
        for platform in self.world.platforms.values():
            room = platform.rooms["fickle"]
            room.lost = not room.lost

    async def _jump(self) -> None:
        """Somebody sets the wall clock."""
        seconds = self.random.choice((3600.0, -1800.0, 5.0))
        self.world.jump += seconds
        self.world.set_back |= seconds < 0
