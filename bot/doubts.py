"""Remembers since when messages are in doubt, by a clock that never jumps: the wall clock may be set at any time."""

from __future__ import annotations

from dataclasses import replace

from bot.standing import NONCE_HOLDS, Standing, Standings
from storage.records import DeliveryId


class Doubts:
    """The doubts of a lane's open deliveries.

    `now` is seconds of a clock that never jumps, `wall` milliseconds of the wall clock at the same moment.
    """

    def __init__(self) -> None:
        self._since: dict[DeliveryId, dict[int, float]] = {}

    def __len__(self) -> int:
        return len(self._since)

    def note(self, delivery: DeliveryId, number: int, standing: Standing, *, left: float) -> None:
        """This is how a message stands that left at a moment (of the clock that never jumps)."""
        if standing.doubts == 1:
            self._since.setdefault(delivery, {})[number] = left
        elif standing.doubts == 0 and delivery in self._since:
            self._since[delivery].pop(number, None)
            if not self._since[delivery]:
                del self._since[delivery]

    def recall(self, delivery: DeliveryId, standings: Standings, *, now: float, wall: int) -> None:
        """This is how all messages stand by the rows, whose moments are the wall clock's: what is known better stays.

        A doubt of the future counts as an old one.
        """
        known = self._since.pop(delivery, {})
        doubted = {number: standing for number, standing in standings.items() if standing.doubts}
        if doubted:
            self._since[delivery] = {
                number: known.get(number, now - _age(standing, wall) / 1000) for number, standing in doubted.items()
            }

    def dated(self, delivery: DeliveryId, standings: Standings, *, now: float, wall: int) -> Standings:
        """The standings, each doubt from the moment on that the wall clock would say now."""
        since = self._since.get(delivery)
        if since is None:
            return standings
        moments = {number: wall - round((now - moment) * 1000) for number, moment in since.items()}
        return {
            number: replace(standing, doubted_at=moments.get(number, standing.doubted_at))
            if standing.doubts
            else standing
            for number, standing in standings.items()
        }

    def forget(self, delivery: DeliveryId) -> None:
        """The delivery has ended."""
        self._since.pop(delivery, None)


def _age(standing: Standing, wall: int) -> int:
    age = wall - standing.doubted_at
    return age if age >= 0 else NONCE_HOLDS
