"""How often a pair should have met if a subject's visits came from its colleagues' counterparts, without writing out every pair there is.

Subject i's n_c visits of stratum c would have gone to counterpart j as the others' did: n_c · (N_cj − x_cij + a·g_j) / (N_c − n_c + a),
where g_j is j's share of everything. Of the product of subjects and counterparts only two kinds of pairs are ever looked at: those met
often enough to be judged, and those expected often enough to say what is ordinary. Both are found from one stratum alone: a sum of K terms
reaches a bound only when one of them reaches its K-th part. The others count in the size of the family and are counted, not made.
"""

from dataclasses import dataclass, fields

import numpy as np

from risk.detectors.parts.grid import totals
from risk.detectors.parts.peers import LEAST_COMPANY, PSEUDO_ROWS
from risk.detectors.parts.sorting import distinct, numbered, ordered, ranges

LEAST_EXPECTED = 2.0
_MARGIN = 1 - 1e-9
_BLOCK = 2**26


@dataclass(frozen=True)
class Work:
    """Visits by stratum and subject in which colleagues can be compared, and how many colleagues each subject has."""

    stratum: np.ndarray
    subject: np.ndarray
    own: np.ndarray
    others: np.ndarray
    people: np.ndarray
    total: np.ndarray
    colleagues: np.ndarray

    @classmethod
    def of(cls, stratum: np.ndarray, subject: np.ndarray, n: np.ndarray) -> "Work":
        (where, who), (own,), _ = totals([stratum, subject], [n])
        dense = numbered(where)[1]
        others = np.bincount(dense, weights=own)[dense] - own
        company = np.bincount(dense)[dense] - 1
        kept = (others >= LEAST_COMPANY) & (company > 0)
        people = distinct(who)
        place = np.searchsorted(people, who)
        colleagues = np.zeros(len(people), dtype=np.int64)
        np.maximum.at(colleagues, place[kept], company[kept])
        total = np.bincount(place[kept], weights=own[kept], minlength=len(people))
        return cls(where[kept], who[kept], own[kept], others[kept], people, total, colleagues)


@dataclass(frozen=True)
class Met:
    """Some pairs, by place of the subject among the people and by counterpart, in that order: visits, expected visits, the counterpart's
    visits in the subject's strata, and the subject's part of the work there (0 … 1)."""

    owner: np.ndarray
    counterpart: np.ndarray
    count: np.ndarray
    expected: np.ndarray
    met: np.ndarray
    fair: np.ndarray

    def kept(self, keep: np.ndarray) -> "Met":
        return Met(*(getattr(self, one.name)[keep] for one in fields(self)))


@dataclass(frozen=True)
class Visits:
    """The visits of one window, and what they make expected of the pairs of the subjects that are tested.

    Work rows of those (`first`: where each person's begin) with their weight n_c / (N_c − n_c + a) and part of the stratum's work; visits
    of counterparts by stratum, by `keys` = stratum · width + counterpart; the rows seen, stratum by stratum. Strata are numbered densely,
    subjects by their place among the people.
    """

    width: int
    first: np.ndarray
    stratum: np.ndarray
    weight: np.ndarray
    part: np.ndarray
    keys: np.ndarray
    n: np.ndarray
    seen_owner: np.ndarray
    seen_counterpart: np.ndarray
    seen_weight: np.ndarray
    seen: np.ndarray
    general: np.ndarray

    @classmethod
    def of(
        cls, c: np.ndarray, i: np.ndarray, j: np.ndarray, x: np.ndarray, work: Work, tested: np.ndarray, general: np.ndarray
    ) -> "Visits":
        """Cells of stratum, subject and counterpart with x visits, in that order; `tested`: which of the people; `general`: g by number."""
        width = len(general)
        strata = distinct(c)
        stratum = np.searchsorted(strata, c)
        keys, n = _summed(stratum * width + j, x)
        person, place = np.searchsorted(work.people, work.subject), np.searchsorted(work.people, i)
        # A stratum of whose counterparts none came often enough has no cells here.
        number = np.minimum(np.searchsorted(strata, work.stratum), max(0, len(strata) - 1))
        mine = np.flatnonzero(tested[person])
        mine = mine[ordered(person[mine])]
        weight = work.own / (work.others + PSEUDO_ROWS)
        here = strata[number[mine]] == work.stratum[mine] if len(strata) else np.zeros(len(mine), dtype=bool)
        seen = np.flatnonzero(tested[place])
        return cls(
            width=width,
            first=np.searchsorted(person[mine], np.arange(len(work.people) + 1)),
            stratum=np.where(here, number[mine], len(strata)),
            weight=weight[mine],
            part=(work.own / (work.own + work.others))[mine],
            keys=keys,
            n=n,
            seen_owner=place[seen],
            seen_counterpart=j[seen],
            seen_weight=_looked_up(work, weight, c[seen], i[seen]),
            seen=x[seen],
            general=general,
        )

    @property
    def _strata_of(self) -> np.ndarray:
        return np.diff(self.first)

    @property
    def _owner(self) -> np.ndarray:
        """The person of every work row."""
        return np.repeat(np.arange(len(self.first) - 1), self._strata_of)

    @property
    def _every(self) -> np.ndarray:
        """The weight of every person in all its strata together."""
        return np.bincount(self._owner, weights=self.weight, minlength=len(self.first) - 1)

    def usual(self, least_count: int) -> Met:
        """The pairs that were expected LEAST_EXPECTED times or met `least_count` times, and some that nearly were."""
        often = self.seen * self._strata_of[self.seen_owner] >= least_count
        often |= PSEUDO_ROWS * self.general[self.seen_counterpart] * self._every[self.seen_owner] >= _MARGIN * LEAST_EXPECTED
        counted = self.seen_owner[often] * self.width + self.seen_counterpart[often]
        return self.pairs(distinct(np.concatenate([self._likely(), counted])))

    def _likely(self) -> np.ndarray:
        """Pairs of whose expected visits one stratum alone gives its part of LEAST_EXPECTED: from each, those with the most visits."""
        left = LEAST_EXPECTED - PSEUDO_ROWS * self.general.max(initial=0.0) * self._every
        least = np.ceil(_MARGIN * (left / np.maximum(self._strata_of, 1))[self._owner] / self.weight)
        most = int(self.n.max(initial=0))
        where, whom = self._parts(self.keys)
        order = ordered(where, -self.n.astype(np.int64))
        ranked = where[order] * (most + 1) + most - self.n[order].astype(np.int64)
        low = np.searchsorted(where[order], self.stratum)
        high = np.searchsorted(ranked, self.stratum * (most + 1) + most - np.clip(least, 1, most + 1).astype(np.int64), side="right")
        high = np.maximum(low, np.where(least > most, low, high))
        spot, row = ranges(low, high)
        return self._owner[row] * self.width + whom[order[spot]]

    def pairs(self, keys: np.ndarray) -> Met:
        """What is expected of the pairs given by ascending place · width + counterpart."""
        owner, counterpart = self._parts(keys)
        row, pair = ranges(self.first[owner], self.first[owner + 1])
        n = self._visits_of(self.stratum[row] * self.width + counterpart[pair])
        seen_key = self.seen_owner * self.width + self.seen_counterpart
        spot = np.minimum(np.searchsorted(keys, seen_key), max(0, len(keys) - 1))
        seen = np.flatnonzero(keys[spot] == seen_key) if len(keys) else np.zeros(0, dtype=np.int64)
        weight, x = self.seen_weight[seen], self.seen[seen]
        others = np.bincount(
            np.concatenate([pair, spot[seen]]), weights=np.concatenate([self.weight[row] * n, -weight * x]), minlength=len(keys)
        )
        own = np.bincount(spot[seen], weights=np.where(weight > 0, x, 0.0), minlength=len(keys))
        met = np.bincount(pair, weights=n, minlength=len(keys))
        fair = np.bincount(pair, weights=n * self.part[row], minlength=len(keys))
        expected = others + PSEUDO_ROWS * self.general[counterpart] * self._every[owner]
        return Met(owner, counterpart, own, np.maximum(expected, 1e-9), np.maximum(met, own), fair / np.maximum(met, 1.0))

    @property
    def _strata(self) -> int:
        """How many strata there are, with one more for those whose counterparts came too seldom."""
        return int(self.keys.max(initial=-1)) // max(1, self.width) + 2

    def _parts(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.divmod(keys, max(1, self.width))

    def _visits_of(self, keys: np.ndarray) -> np.ndarray:
        """Visits of (stratum, counterpart), 0 where there were none."""
        if not len(self.keys):
            return np.zeros(len(keys))
        spot = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[spot] == keys, self.n[spot], 0.0)

    def _in_strata(self, keys: np.ndarray) -> np.ndarray:
        """Of which pairs the counterpart came in one of the subject's strata."""
        owner, counterpart = self._parts(keys)
        row, pair = ranges(self.first[owner], self.first[owner + 1])
        n = self._visits_of(self.stratum[row] * self.width + counterpart[pair])
        return np.bincount(pair, weights=n, minlength=len(keys)) > 0

    def possible(self, keys: np.ndarray) -> np.ndarray:
        """Which of the pairs could have met: the counterpart came in one of the subject's strata, or to the subject itself."""
        return self._in_strata(keys) | np.isin(keys, self.seen_owner * self.width + self.seen_counterpart)

    def family(self, chosen: np.ndarray) -> int:
        """The number of pairs of the chosen people that could have met."""
        sets, of_set = self._strata_sets(chosen)
        strata, many = self._parts(self.keys)
        size = np.zeros(len(sets), dtype=np.int64)
        step = max(1, _BLOCK // max(1, sets.shape[1]))
        for start in range(0, self.width, step):
            here = (many >= start) & (many < start + step)
            came = np.zeros((sets.shape[1], min(step, self.width - start)), dtype=bool)
            came[strata[here], many[here] - start] = True
            bits = np.packbits(came, axis=1)
            for number, one in enumerate(sets):
                size[number] += int(np.bitwise_count(np.bitwise_or.reduce(bits[one], axis=0)).sum())
        elsewhere = np.flatnonzero((self.seen_weight == 0) & chosen[self.seen_owner])
        apart = distinct(self.seen_owner[elsewhere] * self.width + self.seen_counterpart[elsewhere])
        return int(size[of_set].sum()) + int((~self._in_strata(apart)).sum())

    def _strata_sets(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(the different sets of strata the chosen people work in, as rows of a table of yes and no; which of them each has)."""
        people = np.flatnonzero(chosen)
        rank = np.full(len(chosen), -1)
        rank[people] = np.arange(len(people))
        row = np.flatnonzero(chosen[self._owner])
        works = np.zeros((len(people), self._strata), dtype=bool)
        works[rank[self._owner[row]], self.stratum[row]] = True
        packed = np.ascontiguousarray(np.packbits(works, axis=1))
        if not packed.size:
            return works[:0], np.zeros(0, dtype=np.int64)
        _, first, of_set = np.unique(packed.view(f"V{packed.shape[1]}").ravel(), return_index=True, return_inverse=True)
        return works[first], of_set

    def counterparts(self, chosen: np.ndarray) -> np.ndarray:
        """The counterparts of the pairs of the chosen people that could have met."""
        works = np.zeros(self._strata, dtype=bool)
        works[self.stratum[chosen[self._owner]]] = True
        there = np.zeros(self.width, dtype=bool)
        strata, whom = self._parts(self.keys)
        there[whom[works[strata]]] = True
        there[self.seen_counterpart[chosen[self.seen_owner]]] = True
        return np.flatnonzero(there)


def _summed(keys: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different keys in order and the sum over each."""
    found, place = numbered(keys)
    return found, np.bincount(place, weights=x, minlength=len(found))


def _looked_up(work: Work, weight: np.ndarray, c: np.ndarray, i: np.ndarray) -> np.ndarray:
    """The weight of (stratum, subject), 0 where it is not compared."""
    width = int(max(work.subject.max(initial=0), i.max(initial=0))) + 1
    keys, wanted = work.stratum * width + work.subject, c * width + i
    if not len(keys):
        return np.zeros(len(c))
    spot = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[spot] == wanted, weight[spot], 0.0)
