"""What a verdict rests on, purely: the rate before closing, the rate since, and what peers did meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass

from oversight.aftercare.models import Verdict

# Below so many transactions (or days) since closing nothing is said of the subject. A peer has so many in the same days at least, and
# below so many peers none are compared with.
LEAST_AMOUNT, PEER_AMOUNT, LEAST_PEERS = 10, 5, 5
# Better is at most this part of the rate before, where peers stayed as they were.
BETTER = 0.5


@dataclass(frozen=True)
class Rate:
    """So many hits against such an amount."""

    hits: int
    amount: int

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.hits + other.hits, self.amount + other.amount)

    @property
    def hundred(self) -> float | None:
        """Hits a hundred; None of nothing."""
        return 100 * self.hits / self.amount if self.amount else None


@dataclass(frozen=True)
class Measured:
    """A span of days: the subject's rate, that of its peers together, and how many they are."""

    own: Rate
    others: Rate
    peers: int


def verdict_of(before: Measured, weeks: Iterable[Measured], *, window_days: int) -> str:
    """Of the weeks since closing together. Too little to say: less than a window of the rule has been measured, too little business, no
    hit before (the case rested on something else), or peers who were hit before and are not any more, since then the rule fell silent
    for everybody. A fall that peers had too is not the subject's."""
    found = list(weeks)
    own = sum((one.own for one in found), Rate(0, 0))
    if 7 * len(found) < window_days or own.amount < LEAST_AMOUNT or not before.own.hits or not before.own.amount:
        return Verdict.TOO_LITTLE
    share = _share(before, found)
    if share == 0:
        return Verdict.TOO_LITTLE
    better = own.hits / own.amount <= BETTER * share * before.own.hits / before.own.amount
    return Verdict.BETTER if better else Verdict.UNCHANGED


def _share(before: Measured, weeks: list[Measured]) -> float:
    """What is left of the rate of peers, at most 1; 1 where there are too few of them, or none of them was hit."""
    since = sum((one.others for one in weeks), Rate(0, 0))
    if min(before.peers, *(one.peers for one in weeks)) < LEAST_PEERS or not before.others.hits or not since.amount:
        return 1.0
    return min(1.0, since.hits / since.amount * before.others.amount / before.others.hits)
