"""What pairs are expected to meet: every pair there could be, written out cell by cell, against the few that are reckoned."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.detectors.parts.grid import Window
from risk.detectors.parts.pairs import by_volume
from risk.detectors.parts.peers import LEAST_COMPANY, PSEUDO_ROWS
from risk.detectors.parts.visits import LEAST_EXPECTED, Visits, Work

Cells = dict[tuple[int, int, int], int]


@st.composite
def towns(draw: st.DrawFn) -> Cells:
    """Visits by stratum, subject and counterpart: a few busy ones, many that hardly come, strata with one subject, subjects in many."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    strata, people, counterparts = draw(st.integers(1, 5)), draw(st.integers(1, 7)), draw(st.integers(1, 9))
    busy = draw(st.sampled_from([0.3, 1.0, 4.0]))
    mean = busy * rng.gamma(0.5, 4, (strata, 1, counterparts)) * rng.gamma(2, 1, (1, people, 1)) * (rng.random((strata, people, 1)) < 0.7)
    visits = rng.poisson(mean)
    if draw(st.booleans()):
        visits[0, 0, 0] += 40
    return {(int(c) + 3, int(i) + 1, int(j) + 1): int(n) for (c, i, j), n in np.ndenumerate(visits) if n}


def written_out(cells: Cells, least: int) -> dict[tuple[int, int], tuple[float, float, float, float]]:
    """(visits, expected, the counterpart's visits in the subject's strata, fair part of them) of every subject and counterpart."""
    own, of_stratum, company, of_counterpart = defaultdict(int), defaultdict(int), defaultdict(set), defaultdict(int)
    for (c, i, j), n in cells.items():
        own[c, i] += n
        of_stratum[c] += n
        company[c].add(i)
        of_counterpart[j] += n
    compared = {(c, i): n for (c, i), n in own.items() if of_stratum[c] - n >= LEAST_COMPANY and len(company[c]) > 1}
    met = defaultdict(int)
    for (c, _i, j), n in cells.items():
        met[c, j] += n
    found = {}
    for i in {one for _c, one, _j in cells}:
        for j in {one for _c, _i, one in cells}:
            if of_counterpart[j] < least:
                continue
            mine = {c: n / (of_stratum[c] - n + PSEUDO_ROWS) for (c, who), n in compared.items() if who == i}
            if not any(met[c, j] for c in mine) and not any(cells.get((c, i, j)) for c in of_stratum):
                continue
            expected = sum(w * (met[c, j] - cells.get((c, i, j), 0)) for c, w in mine.items())
            expected += PSEUDO_ROWS * of_counterpart[j] / sum(cells.values()) * sum(mine.values())
            seen = sum(cells.get((c, i, j), 0) for c in mine)
            there = sum(met[c, j] for c in mine)
            fair = sum(met[c, j] * own[c, i] / of_stratum[c] for c in mine)
            found[i, j] = seen, max(expected, 1e-9), max(there, seen), fair / max(there, 1)
    return found


def visits_of(cells: Cells, least: int) -> tuple[Visits, Work]:
    (c, i, j), x = np.array(sorted(cells), dtype=np.int64).reshape(-1, 3).T, np.array([cells[one] for one in sorted(cells)], dtype=float)
    work = Work.of(c, i, x)
    of_counterpart = np.bincount(j, weights=x)
    often = of_counterpart[j] >= least
    every = np.ones(len(work.people), dtype=bool)
    return Visits.of(c[often], i[often], j[often], x[often], work, every, of_counterpart / x.sum()), work


@settings(max_examples=80, deadline=None)
@given(towns(), st.integers(2, 9))
def test_the_pairs_that_are_reckoned_are_those_of_all_pairs_that_matter(cells, least):
    if not cells:
        return
    visits, work = visits_of(cells, least)
    everything = written_out(cells, least)
    found = visits.usual(least)
    reckoned = {
        (int(work.people[i]), int(j)): values
        for i, j, *values in zip(found.owner, found.counterpart, found.count, found.expected, found.met, found.fair, strict=True)
    }
    matter = {pair for pair, (count, expected, *_) in everything.items() if count >= least or expected >= LEAST_EXPECTED * (1 + 1e-9)}
    assert matter <= reckoned.keys() <= everything.keys()
    for pair, values in reckoned.items():
        assert values == pytest.approx(everything[pair], rel=1e-9, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(towns(), st.integers(2, 9), st.sets(st.integers(1, 7)))
def test_the_family_and_its_counterparts_are_counted_without_being_made(cells, least, chosen):
    if not cells:
        return
    visits, work = visits_of(cells, least)
    everything = {pair for pair in written_out(cells, least) if pair[0] in chosen}
    people = np.isin(work.people, list(chosen))
    assert visits.family(people) == len(everything)
    assert visits.counterparts(people).tolist() == sorted({j for _i, j in everything})


@settings(max_examples=80, deadline=None)
@given(towns(), st.sets(st.integers(1, 7), min_size=1), st.sets(st.integers(1, 9), min_size=1))
def test_what_a_group_has_together_is_the_sum_over_its_pairs(cells, handlers, counterparts):
    if not cells:
        return
    keys = tuple(np.array(sorted(cells), dtype=np.int64).T)
    x = np.array([cells[one] for one in sorted(cells)], dtype=float)
    window = Window(3, keys, np.zeros(len(x), dtype=np.int64), {"visits": x, "rows": x})
    pairs = by_volume(window, min_n=1, min_count=2, min_colleagues=1)
    tested = {int(one) for one, yes in zip(pairs.subject, pairs.tested, strict=True) if yes}
    inside = [values for (i, j), values in written_out(cells, 2).items() if i in tested & handlers and j in counterparts]
    met, count, expected = pairs.between(np.array(sorted(handlers)), np.array(sorted(counterparts)))
    assert met == bool(inside)
    assert (count, expected) == pytest.approx((sum(one[0] for one in inside), sum(one[1] for one in inside)))


def test_a_pair_seen_only_where_nobody_can_be_compared_still_belongs_to_the_family():
    """Subject 1 works alone in stratum 4, where it met counterpart 2; with the others it shares stratum 3 and counterpart 1."""
    cells = {(3, 1, 1): 9, (3, 2, 1): 20, (4, 1, 2): 9}
    visits, _work = visits_of(cells, 2)
    assert visits.family(np.array([True, False])) == 2 and visits.counterparts(np.array([True, False])).tolist() == [1, 2]
    assert visits.possible(np.array([1, 2])).tolist() == [True, True], "subject 1, who stands first, with either counterpart"
    assert visits.possible(visits.width + np.array([1, 2])).tolist() == [True, False], "subject 2 never worked where counterpart 2 came"
