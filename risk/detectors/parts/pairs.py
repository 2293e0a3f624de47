"""Pairs of a subject and a counterpart, and what is expected of them: by colleagues' volumes, or by additive effects on an outcome."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from risk.detectors.parts.discovery import LEAST_FREEDOM, false_discovery, spread_of_others, varying_binomial_tail
from risk.detectors.parts.expectation import expected_shares
from risk.detectors.parts.grid import Window, totals
from risk.detectors.parts.sorting import distinct, numbered
from risk.detectors.parts.special import binomial_tail, negative_binomial_tail
from risk.detectors.parts.visits import LEAST_EXPECTED, Visits, Work

LEAST_DISPERSION = 0.01
LEAST_PAIRS = 10
CUT_AWAY = 2.0
_BAND = 3.09
Shares = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Pairs:
    """Subjects with rows in the last week (tested or not, comparable rows), and pairs of those tested: all that were seen more often than
    expected, so that no other can stand out.

    Of a pair: how often it was seen (`count`) `of` how many, how often `expected`, the band of ordinary counts, the subject's colleagues,
    and the chance of so many, single and after false discovery. `shares`: of a counterpart (subjects, percent) of every pair seen.
    """

    subject: np.ndarray
    tested: np.ndarray
    total: np.ndarray
    owner: np.ndarray
    counterpart: np.ndarray
    count: np.ndarray
    of: np.ndarray
    expected: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    colleagues: np.ndarray
    p: np.ndarray
    q: np.ndarray
    shares: Callable[[int], Shares]

    def others(self, one: int) -> np.ndarray:
        """The percentages of other subjects with the counterpart of a pair."""
        who, percent = self.shares(int(self.counterpart[one]))
        return np.asarray(percent[who != self.owner[one]])


@dataclass(frozen=True)
class Volumes(Pairs):
    """Pairs by their visits; `family`: which of the `people` are tested and had business in the last week."""

    visits: Visits
    people: np.ndarray
    family: np.ndarray

    @property
    def counterparts(self) -> np.ndarray:
        """The counterparts with whom a subject of the family could have had business."""
        return self.visits.counterparts(self.family)

    def between(self, subjects: np.ndarray, counterparts: np.ndarray) -> tuple[bool, float, float]:
        """(whether any of them could have met, visits, expected visits) of some subjects with some counterparts."""
        place = np.flatnonzero(np.isin(self.people, subjects) & self.family)
        came = distinct(counterparts[counterparts < self.visits.width])
        keys = (place[:, None] * self.visits.width + came).ravel()
        keys = keys[self.visits.possible(keys)]
        pairs = self.visits.pairs(keys)
        return len(keys) > 0, float(pairs.count.sum()), float(pairs.expected.sum())


def by_volume(window: Window, *, min_n: int, min_count: int, min_colleagues: int) -> Volumes:
    """Visits of every pair against those expected if a subject's visits came from its colleagues' counterparts, stratum by stratum.

    The chance is the greater of two: that so many of the subject's visits are with the counterpart, and that so many of the counterpart's
    visits are with the subject, who does its part of the work (else a rare counterpart that colleagues never met would seem impossible).
    Shares are drawn a little towards the counterpart's share of everything (PSEUDO_ROWS). Counts are negative binomial around the
    expectation; their dispersion is estimated by moments over the pairs of the others.
    """
    stratum, who, whom = window.keys
    (c, i, j), (x,), _ = totals([stratum, who, whom], [window.sums["visits"]])
    work = Work.of(c, i, x)
    tested = (work.total >= min_n) & (work.colleagues >= min_colleagues)
    visits_of = np.bincount(j, weights=x)
    often = visits_of[j] >= min_count  # the others could not be met often enough by anybody
    general = visits_of / x.sum() if len(x) else visits_of
    visits = Visits.of(c[often], i[often], j[often], x[often], work, tested, general)
    pairs = visits.usual(min_count)
    if (pairs.expected >= LEAST_EXPECTED).sum() < LEAST_PAIRS:
        tested = np.zeros(len(work.people), dtype=bool)
    dispersion = _dispersion(pairs.owner, pairs.count, pairs.expected)
    family = tested & np.isin(work.people, who[window.age == 0])
    worth = (pairs.count >= min_count) & (pairs.count > pairs.expected) & family[pairs.owner]
    pairs, dispersion = pairs.kept(worth), dispersion[worth]
    unusual = negative_binomial_tail(pairs.count, pairs.expected, dispersion)
    p = np.maximum(unusual, binomial_tail(pairs.count, pairs.met, pairs.fair))
    half = _BAND * np.sqrt(1 / np.maximum(pairs.expected, 0.05) + dispersion)
    total = work.total[pairs.owner]
    return Volumes(
        **_answers(window, work, tested),
        owner=work.people[pairs.owner],
        counterpart=pairs.counterpart,
        count=pairs.count,
        of=total,
        expected=pairs.expected,
        lower=pairs.expected * np.exp(-half),
        upper=np.minimum(pairs.expected * np.exp(half), total),
        colleagues=work.colleagues[pairs.owner],
        p=p,
        q=false_discovery(p, visits.family(family) if len(p) else 0),
        shares=lambda counterpart: _shares_of_volume(i, j, x, counterpart),
        visits=visits,
        people=work.people,
        family=family,
    )


def _dispersion(owner: np.ndarray, count: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """For every pair the dispersion of the pairs of other subjects of which at least two visits were expected.

    The subject's own pairs are left out: where one counterpart takes much the others get little, and that is no spread among the honest.
    So is the twentieth of all that is furthest above the expectation, since a few guilty pairs would excuse each other; what such a cut
    takes away from an honest population is put back (CUT_AWAY: negative binomial counts of mean 8 and dispersion 0.1 to 0.4 lose half).
    """
    counted = expected >= LEAST_EXPECTED
    if not counted.any():
        return np.ones(len(count))
    away = (count - expected) / np.sqrt(expected)
    counted &= away <= np.sort(away[counted])[int(np.ceil(0.95 * counted.sum())) - 1]
    excess = np.where(counted, (count - expected) ** 2 - expected, 0.0)
    square = np.where(counted, expected**2, 0.0)
    own = numbered(owner)[1]
    rest = square.sum() - np.bincount(own, weights=square)[own]
    found = np.where(rest > 0, (excess.sum() - np.bincount(own, weights=excess)[own]) / np.where(rest > 0, rest, 1.0), 1.0)
    return np.maximum(LEAST_DISPERSION, CUT_AWAY * found)


def _shares_of_volume(i: np.ndarray, j: np.ndarray, x: np.ndarray, counterpart: int) -> Shares:
    here = j == counterpart
    (who,), (visits,), _ = totals([i[here]], [x[here]])
    return who, 100 * visits / np.bincount(i, weights=x)[who]


def by_outcome(window: Window, *, min_n: int, min_count: int, min_colleagues: int) -> Pairs:
    """Matched rows of every pair against those expected from the effects of stratum, subject and counterpart taken together.

    What is left to the pair is judged against how much is left to other pairs.
    """
    stratum, who, whom = window.keys
    (c, i, j), (n, o), _ = totals([stratum, who, whom], [window.sums["rows"], window.sums["matched"]])
    work = Work.of(c, i, n)
    share = expected_shares([numbered(one)[1] for one in (c, i, j)], n, o)
    (owner, counterpart), (count, of, expected, information), _ = totals([i, j], [o, n, n * share, n * share * (1 - share)])
    place = np.searchsorted(work.people, owner)
    enough = (of >= min_count) & (information > 0)
    variance, freedom = np.zeros(len(owner)), np.zeros(len(owner))
    if enough.any():
        sampling = 1 / information[enough]
        effect = (count - expected)[enough] / information[enough]
        spread = spread_of_others(effect, sampling, np.zeros(int(enough.sum()), dtype=np.int64))
        variance[enough], freedom[enough] = spread.between * (1 + spread.share), spread.freedom
    known = enough & (freedom >= LEAST_FREEDOM)
    tested = (work.total >= min_n) & (work.colleagues >= min_colleagues) & (np.bincount(place[known], minlength=len(work.people)) > 0)
    known &= tested[place]
    p, rate = np.ones(len(owner)), expected / of
    worth = known & (count > expected + np.sqrt(information))
    if worth.any():
        p[worth] = varying_binomial_tail(count[worth], of[worth], rate[worth], variance[worth], freedom[worth], low=False)
    half = _BAND * np.sqrt((1 / np.maximum(information, 1e-9) + variance) * rate * (1 - rate))
    middle = 2 * np.arcsin(np.sqrt(np.clip(rate, 0, 1)))
    low, high = (of * np.sin(np.clip(middle + side * half, 0, np.pi) / 2) ** 2 for side in (-1, 1))
    answers = _answers(window, work, tested)
    known &= np.isin(owner, answers["subject"])
    return Pairs(
        **answers,
        owner=owner[known],
        counterpart=counterpart[known],
        count=count[known],
        of=of[known],
        expected=expected[known],
        lower=low[known],
        upper=high[known],
        colleagues=work.colleagues[place][known],
        p=p[known],
        q=false_discovery(p[known]),
        shares=lambda counterpart_asked: _shares_of_outcome(owner[enough], counterpart[enough], (count / of)[enough], counterpart_asked),
    )


def _shares_of_outcome(owner: np.ndarray, counterpart: np.ndarray, rate: np.ndarray, asked: int) -> Shares:
    here = counterpart == asked
    return owner[here], 100 * rate[here]


def _answers(window: Window, work: Work, tested: np.ndarray) -> dict[str, np.ndarray]:
    """The subjects that had business in the last week; the pairs of those of them that are tested are the family."""
    fresh = np.isin(work.people, window.keys[1][window.age == 0])
    return {"subject": work.people[fresh], "tested": tested[fresh], "total": work.total[fresh]}
