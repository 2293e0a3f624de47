"""What a verdict rests on, purely: the rate before closing, the rate since, and what peers did meanwhile."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from oversight.aftercare.models import Verdict


@dataclass(frozen=True)
class Figures:
    """What a watch is judged by; as shipped 默认方案·待本单位核定. A watch keeps those of the day it began.

    `before_weeks` end with the alert. Below `least_amount` transactions (or days) since closing nothing is said of the subject. A peer has
    `peer_amount` in the same days at least, and below `least_peers` of them none are compared with. Better is at most `better_percent` of
    the rate before, where peers stayed as they were. An alert of `least_level` or above is a relapse.
    """

    before_weeks: int = 4
    least_amount: int = 10
    peer_amount: int = 5
    least_peers: int = 5
    better_percent: int = 50
    least_level: str = "yellow"

    def snapshot(self) -> dict[str, Any]:
        """As a watch keeps it."""
        return asdict(self)

    @classmethod
    def kept(cls, told: Mapping[str, Any]) -> "Figures":
        """As a watch kept it."""
        return cls(**told)


SHIPPED = Figures()


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


def verdict_of(before: Measured, weeks: Iterable[Measured], *, window_days: int, figures: Figures = SHIPPED) -> str:
    """Of the weeks since closing together. Too little to say: less than a window of the rule has been measured, too little business, no
    hit before (the case rested on something else), or peers who were hit before and are not any more, since then the rule fell silent
    for everybody. A fall that peers had too is not the subject's."""
    found = list(weeks)
    own = sum((one.own for one in found), Rate(0, 0))
    if 7 * len(found) < window_days or own.amount < figures.least_amount or not before.own.hits or not before.own.amount:
        return Verdict.TOO_LITTLE
    share = _share(before, found, figures.least_peers)
    if share == 0:
        return Verdict.TOO_LITTLE
    limit = figures.better_percent / 100 * share * before.own.hits / before.own.amount
    better = own.hits / own.amount <= limit
    return Verdict.BETTER if better else Verdict.UNCHANGED


def _share(before: Measured, weeks: list[Measured], least_peers: int) -> float:
    """What is left of the rate of peers, at most 1; 1 where there are too few of them, or none of them was hit."""
    since = sum((one.others for one in weeks), Rate(0, 0))
    if min(before.peers, *(one.peers for one in weeks)) < least_peers or not before.others.hits or not since.amount:
        return 1.0
    return min(1.0, since.hits / since.amount * before.others.amount / before.others.hits)
