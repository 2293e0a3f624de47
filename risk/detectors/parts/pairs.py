"""Pairs of a subject and a counterpart, and what is expected of them: by colleagues' volumes, or by additive effects on an outcome."""

from dataclasses import dataclass

import numpy as np

from risk.detectors.parts.discovery import LEAST_FREEDOM, false_discovery, spread_of_others, varying_binomial_tail
from risk.detectors.parts.expectation import expected_shares
from risk.detectors.parts.grid import Window, totals
from risk.detectors.parts.peers import LEAST_COMPANY, PSEUDO_ROWS
from risk.detectors.parts.special import binomial_tail, negative_binomial_tail

LEAST_DISPERSION = 0.01
LEAST_PAIRS, LEAST_EXPECTED = 10, 2.0
CUT_AWAY = 2.0
_BAND = 3.09
Shares = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Pairs:
    """Subjects with rows in the last week (tested or not, comparable rows), and the pairs of those tested.

    Of a pair: how often it was seen (`count`) `of` how many, how often `expected`, the band of ordinary counts, the subject's colleagues,
    and the chance of so many, single and after false discovery. `shares`: (subject, counterpart, percent) of every pair seen.
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
    shares: Shares

    def others(self, one: int) -> np.ndarray:
        """The percentages of other subjects with the counterpart of a pair."""
        who, whom, percent = self.shares
        return np.asarray(percent[(whom == self.counterpart[one]) & (who != self.owner[one])])


@dataclass(frozen=True)
class _Work:
    """Visits by stratum and subject in which colleagues can be compared, and how many colleagues each subject has."""

    stratum: np.ndarray
    subject: np.ndarray
    own: np.ndarray
    others: np.ndarray
    people: np.ndarray
    total: np.ndarray
    colleagues: np.ndarray

    @classmethod
    def of(cls, stratum: np.ndarray, subject: np.ndarray, n: np.ndarray) -> "_Work":
        (where, who), (own,), _ = totals([stratum, subject], [n])
        _, dense = np.unique(where, return_inverse=True)
        others = np.bincount(dense, weights=own)[dense] - own
        company = np.bincount(dense)[dense] - 1
        kept = (others >= LEAST_COMPANY) & (company > 0)
        people = np.unique(who)
        place = np.searchsorted(people, who)
        colleagues = np.zeros(len(people), dtype=np.int64)
        np.maximum.at(colleagues, place[kept], company[kept])
        total = np.bincount(place[kept], weights=own[kept], minlength=len(people))
        return cls(where[kept], who[kept], own[kept], others[kept], people, total, colleagues)


def by_volume(window: Window, *, min_n: int, min_count: int, min_colleagues: int) -> Pairs:
    """Visits of every pair against those expected if a subject's visits came from its colleagues' counterparts, stratum by stratum.

    The chance is the greater of two: that so many of the subject's visits are with the counterpart, and that so many of the counterpart's
    visits are with the subject, who does its part of the work (else a rare counterpart that colleagues never met would seem impossible).
    Shares are drawn a little towards the counterpart's share of everything (PSEUDO_ROWS). Counts are negative binomial around the
    expectation; their dispersion is estimated by moments over the pairs of the others.
    """
    stratum, who, whom = window.keys
    (c, i, j), (x,), _ = totals([stratum, who, whom], [window.sums["visits"]])
    work = _Work.of(c, i, x)
    tested = (work.total >= min_n) & (work.colleagues >= min_colleagues)
    (known,), (visits,), place = totals([j], [x])
    often = visits[place] >= min_count  # the others could not be met often enough by anybody
    general = visits / x.sum() if len(x) else visits
    owner, counterpart, count, expected, met, fair = _expected_visits(
        c[often], i[often], j[often], x[often], work, work.people[tested], (known, general)
    )
    place = np.searchsorted(work.people, owner)
    dispersion = _dispersion(owner, count, expected)
    p = np.ones(len(owner))
    if (expected >= LEAST_EXPECTED).sum() >= LEAST_PAIRS:
        worth = (count >= min_count) & (count > expected)
        unusual = negative_binomial_tail(count[worth], expected[worth], dispersion[worth])
        p[worth] = np.maximum(unusual, binomial_tail(count[worth], met[worth], fair[worth]))
    else:
        tested = np.zeros(len(work.people), dtype=bool)
    half = _BAND * np.sqrt(1 / np.maximum(expected, 0.05) + dispersion)
    return _made(
        window,
        work,
        tested,
        owner=owner,
        counterpart=counterpart,
        count=count,
        of=work.total[place] if len(place) else np.zeros(0),
        expected=expected,
        lower=expected * np.exp(-half),
        upper=np.minimum(expected * np.exp(half), work.total[place]) if len(place) else np.zeros(0),
        colleagues=work.colleagues[place] if len(place) else np.zeros(0, dtype=np.int64),
        p=p,
        shares=_shares_of_volume(i, j, x),
    )


def _expected_visits(
    c: np.ndarray,
    i: np.ndarray,
    j: np.ndarray,
    x: np.ndarray,
    work: _Work,
    tested: np.ndarray,
    general: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, ...]:
    """Of every pair that a tested subject could have had: subject, counterpart, visits, expected visits, the counterpart's visits in the
    subject's strata, and the subject's part of the work there (0 … 1).

    Subject i's n_c visits of stratum c would have gone to j as the others' did: n_c · (N_cj − x_cij + a·g_j) / (N_c − n_c + a), where
    g_j is j's share of everything (`general`: counterparts in order, and their shares).
    """
    weight = work.own / (work.others + PSEUDO_ROWS)
    (where, whom), (n_cj,), _ = totals([c, j], [x])
    mine = np.isin(work.subject, tested)
    low, high = np.searchsorted(where, work.stratum[mine], side="left"), np.searchsorted(where, work.stratum[mine], side="right")
    repeats = high - low
    spot = np.arange(int(repeats.sum())) - np.repeat(np.cumsum(repeats) - repeats, repeats) + np.repeat(low, repeats)
    owner, w = np.repeat(work.subject[mine], repeats), np.repeat(weight[mine], repeats)
    part = np.repeat((work.own / (work.own + work.others))[mine], repeats)
    seen = np.isin(i, tested)
    nothing = np.zeros(int(seen.sum()))
    weight_seen = _looked_up(work, weight, c[seen], i[seen])
    (po, pj), (others, own, met, fair), _ = totals(
        [np.concatenate([owner, i[seen]]), np.concatenate([whom[spot], j[seen]])],
        [
            np.concatenate([w * n_cj[spot], -weight_seen * x[seen]]),
            np.concatenate([np.zeros(len(owner)), np.where(weight_seen > 0, x[seen], 0.0)]),
            np.concatenate([n_cj[spot], nothing]),
            np.concatenate([n_cj[spot] * part, nothing]),
        ],
    )
    all_weight = np.bincount(np.searchsorted(work.people, work.subject), weights=weight, minlength=len(work.people))
    share = general[1][np.searchsorted(general[0], pj)]
    expected = others + PSEUDO_ROWS * share * all_weight[np.searchsorted(work.people, po)]
    return po, pj, own, np.maximum(expected, 1e-9), np.maximum(met, own), fair / np.maximum(met, 1.0)


def _looked_up(work: _Work, weight: np.ndarray, c: np.ndarray, i: np.ndarray) -> np.ndarray:
    """The weight of (stratum, subject), 0 where it is not compared."""
    width = int(max(work.subject.max(initial=0), i.max(initial=0))) + 1
    keys, wanted = work.stratum * width + work.subject, c * width + i
    if not len(keys):
        return np.zeros(len(c))
    spot = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[spot] == wanted, weight[spot], 0.0)


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
    own = np.unique(owner, return_inverse=True)[1]
    rest = square.sum() - np.bincount(own, weights=square)[own]
    found = np.where(rest > 0, (excess.sum() - np.bincount(own, weights=excess)[own]) / np.where(rest > 0, rest, 1.0), 1.0)
    return np.maximum(LEAST_DISPERSION, CUT_AWAY * found)


def _shares_of_volume(i: np.ndarray, j: np.ndarray, x: np.ndarray) -> Shares:
    (who, whom), (visits,), _ = totals([i, j], [x])
    people, (all_visits,), _ = totals([i], [x])
    return who, whom, 100 * visits / all_visits[np.searchsorted(people[0], who)]


def by_outcome(window: Window, *, min_n: int, min_count: int, min_colleagues: int) -> Pairs:
    """Matched rows of every pair against those expected from the effects of stratum, subject and counterpart taken together.

    What is left to the pair is judged against how much is left to other pairs.
    """
    stratum, who, whom = window.keys
    (c, i, j), (n, o), _ = totals([stratum, who, whom], [window.sums["rows"], window.sums["matched"]])
    work = _Work.of(c, i, n)
    share = expected_shares([np.unique(one, return_inverse=True)[1] for one in (c, i, j)], n, o)
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
    return _made(
        window,
        work,
        tested,
        owner=owner[known],
        counterpart=counterpart[known],
        count=count[known],
        of=of[known],
        expected=expected[known],
        lower=low[known],
        upper=high[known],
        colleagues=work.colleagues[place][known],
        p=p[known],
        shares=(owner[enough], counterpart[enough], 100 * (count / of)[enough]),
    )


def _made(
    window: Window, work: _Work, tested: np.ndarray, *, owner: np.ndarray, p: np.ndarray, shares: Shares, **pair: np.ndarray
) -> Pairs:
    """The pairs of tested subjects that had business in the last week; those are the family."""
    lately = np.unique(window.keys[1][window.age == 0])
    fresh = np.isin(work.people, lately)
    kept = np.isin(owner, work.people[tested & fresh])
    return Pairs(
        subject=work.people[fresh],
        tested=tested[fresh],
        total=work.total[fresh],
        owner=owner[kept],
        p=p[kept],
        q=false_discovery(p[kept]),
        shares=shares,
        **{name: values[kept] for name, values in pair.items()},
    )
