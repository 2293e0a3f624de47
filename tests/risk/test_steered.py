"""Regular counterparts whom the same few serve: one to check by hand, who is not named, what an office may do, and honest queues."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.detectors.parts.chance import log_choose, log_product_tails
from risk.detectors.parts.circles import Terms, circles
from risk.detectors.parts.params import ParamError
from risk.detectors.parts.regulars import Offices, Regulars, Stratum
from risk.detectors.parts.special import binomial_tail
from tests.risk.detector_rows import find, spec
from tests.risk.populations import FIRST_MONDAY, codes, dealings, frame, texts

WEEKS = 8
LAST = FIRST_MONDAY + 7 * WEEKS - 1


def rule(thresholds=None, *, window=56, op=">=", column="handler", **params):
    made = {"counterpart": "agent", "within": ["unit"], **params}
    return spec("steered", made, window_days=window, op=op, thresholds=thresholds or {"blue": 8, "red": 60}, subject_column=column)


def queue(people: int = 6, served: int = 10) -> list[tuple[int, int, int]]:
    """(handler, nobody's agent, day): everybody serves so many a week."""
    return [(who, 0, FIRST_MONDAY + 7 * week + turn % 5) for who in range(people) for week in range(WEEKS) for turn in range(served)]


def rows_of(visits: list[tuple[int, int, int]], **columns) -> pd.DataFrame:
    who, whom, day = (np.array(one) for one in zip(*visits, strict=True))
    return frame(day, handler=codes("H", who), unit=codes("W", 0 * who)).assign(agent=whom.astype(np.int64), **columns)


def regulars(agents: dict[int, tuple[int, ...]], visits: int = 12) -> list[tuple[int, int, int]]:
    """Agents who come that often, one day after the other, to the given handlers in turn."""
    return [(who[turn % len(who)], agent, FIRST_MONDAY + 4 * turn) for agent, who in agents.items() for turn in range(visits)]


CIRCLE = {501: (0, 1), 502: (0, 1), 503: (0, 1)}
ANYBODY = {600 + number: tuple(range(number % 6, 6)) + tuple(range(number % 6)) for number in range(10)}


def test_three_agents_who_only_ever_meet_the_same_two_are_told():
    hits = find(rule(), transactions=rows_of(queue() + regulars(CIRCLE | ANYBODY)))
    hits = hits[hits["day"] == LAST]
    assert sorted(hits["subject"]) == ["H000", "H001"]
    told = hits["numbers"].iloc[0]
    assert (told["handlers"], told["counterparts"], told["size"], told["count"], told["total"]) == (2, 3, 5, 36, 36)
    # The two do a third of the work, and somewhat more with these 36: (2 · 10 + 36 / 8 + …) of it.
    assert told["expected"] == pytest.approx(36 * 0.37, abs=2) and told["excess"] == pytest.approx(36 - told["expected"], rel=1e-4)
    assert hits["observed"].iloc[0] == told["excess"] and told["p"] < 1e-6 and told["closed"] == 100
    assert len(hits["evidence"].iloc[0]) == 18, "what this handler did for them"


def test_no_pair_of_them_stands_out_by_itself():
    pairs = spec("concentration", {"counterpart": "agent", "within": ["unit"]}, window_days=56, min_n=20, thresholds={"blue": 1})
    assert not len(find(pairs, transactions=rows_of(queue() + regulars(CIRCLE | ANYBODY))))


def test_who_only_stands_by_is_not_named():
    """Thirteen visits of sixteen are with H000, the others happen to be with H001: that is a colleague's part, and no more."""
    visits = regulars({501: (0,), 502: (0,)}, visits=13)
    visits += [(1, agent, FIRST_MONDAY + later) for agent in (501, 502) for later in (1, 22, 50)]
    hits = find(rule(), transactions=rows_of(queue() + visits + regulars(ANYBODY)))
    assert set(hits["subject"]) == {"H000"}


def test_who_stands_by_is_not_named_where_the_share_needs_both():
    """Seven in nine visits to H000: less than the share that is asked for, and more with H001, who had one."""
    visits = [(0 if turn % 9 < 7 else 1 + turn % 5, agent, FIRST_MONDAY + 2 * turn) for agent in (501, 502) for turn in range(27)]
    hits = find(rule(), transactions=rows_of(queue() + visits + regulars(ANYBODY)))
    assert set(hits["subject"]) == {"H000"}


def test_one_who_has_an_agent_of_his_own_does_not_hide_the_circle():
    """H000 is in two groups, and told of the less likely one; H001 is told of the other."""
    visits = regulars(CIRCLE, visits=10) + regulars({504: (0,), 505: (0,)}, visits=14)
    hits = find(rule(), transactions=rows_of(queue() + visits + regulars(ANYBODY)))
    hits = hits[hits["day"] == LAST].set_index("subject")
    assert set(hits.index) == {"H000", "H001"} and hits.loc["H001", "numbers"]["counterparts"] == 3


def test_a_handler_who_alone_was_at_work_in_those_weeks_is_no_wonder():
    """The others were away while these agents came: the queue had nobody else for them."""
    alone = [one for one in queue() if one[2] >= FIRST_MONDAY + 28 or one[0] == 0]
    visits = [(0, agent, FIRST_MONDAY + 2 * turn) for agent in (501, 502) for turn in range(12)]
    assert not len(find(rule(), transactions=rows_of(alone + visits + regulars(ANYBODY))))
    assert len(find(rule(), transactions=rows_of(queue() + visits + regulars(ANYBODY))))


def test_an_office_may_share_out_its_work_by_kind():
    visits = queue() + regulars({501: (0, 1), 502: (0, 1)}, visits=14)
    who, whom, _day = (np.array(one) for one in zip(*visits, strict=True))
    kind = texts(np.where(who < 2, "new", "transfer"))
    assert not len(find(rule(alike=["action"]), transactions=rows_of(visits, action=kind)))
    assert len(find(rule(), transactions=rows_of(visits, action=kind))) and set(whom) == {0, 501, 502}


def test_few_colleagues_are_an_answer():
    hits = find(rule(), transactions=rows_of(queue(people=3) + regulars(CIRCLE)))
    assert not len(hits) and set(hits.attrs["answers"]["answer"]) == {"insufficient"}


def test_honest_queues_stay_quiet():
    """Some like each other better than others: in 54 office weeks no more than the odd one."""
    rows = [dealings(seed, handlers=8, agencies=30, rows=1500, affinity=0.3) for seed in range(6)]
    found = [find(rule({"blue": 1}, counterpart="agency", window=63, min_share=50.0), transactions=one) for one in rows]
    assert sum(map(len, found)) <= 1


def test_planted_steering_is_found():
    rows = [dealings(seed, handlers=8, agencies=30, rows=1500, drawn_to=0.7) for seed in range(4)]
    found = [find(rule({"blue": 1}, counterpart="agency", window=63, min_share=60.0), transactions=one) for one in rows]
    assert all("H000" in set(hits["subject"]) for hits in found)


@pytest.mark.parametrize(
    ("params", "parts", "message"),
    [
        ({"counterpart": "handler"}, {}, "another column"),
        ({"few": 4}, {}, "few is 1 to 3"),
        ({"min_share": 0.0}, {}, "min_share"),
        ({}, {"op": "<=", "thresholds": {"blue": 5}}, "op is >="),
        ({}, {"window": 60}, "multiple of 7"),
    ],
)
def test_senseless_rules_are_refused(params, parts, message):
    with pytest.raises(ParamError, match=message):
        rule(**parts, **params)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.sampled_from([1, 2]), st.sampled_from([50.0, 80.0]))
def test_circles_are_those_found_one_after_the_other(seed, few, min_counterparts, min_share):
    """All sets of all offices are reckoned together, and many take their counterparts at once: as if each had been alone."""
    rng = np.random.default_rng(seed)
    terms = Terms(few, min_share, min_counterparts, 0.01)
    people, guests = [6, 9], rng.integers(0, 9, 2).tolist()
    met = [rng.poisson(rng.gamma(0.2, 8, (many, here))) + np.eye(here, dtype=int)[0] for many, here in zip(guests, people, strict=True)]
    offices = Offices.of(np.repeat([3, 5], people), np.arange(sum(people)) + 20, 3)
    part = np.concatenate([rng.dirichlet(np.full(here, 3.0)) for here in people])
    visits = np.concatenate([one.sum(axis=1) for one in met]).astype(float)
    guest, worker = np.nonzero(block(met))
    stratum = Stratum(part[None], visits[None])
    at = np.repeat([0, 1], guests)
    regulars = Regulars(at, np.arange(len(at)) + 50, visits, guest, worker, block(met)[guest, worker], np.array(guests), (stratum, stratum))
    found = circles(regulars, offices, terms)
    first = found.first.tolist()
    mine = [
        (int(office), tuple(one for one in who if one >= 0), found.guest[low:high].tolist(), pytest.approx(chance))
        for office, who, low, high, chance in zip(
            found.office, found.members.tolist(), first, first[1:], found.chance.tolist(), strict=False
        )
    ]
    places = np.split(np.arange(sum(people)), [people[0]]), np.split(np.arange(sum(guests)), [guests[0]])
    expected = [
        (office, tuple(20 + workers[list(who)]), (50 + own[bound]).tolist(), chance)
        for office, one, workers, own in zip([3, 5], met, *places, strict=True)
        for who, bound, chance in one_after_the_other(one.astype(float), part[workers], terms, offices=2)
    ]
    assert expected == mine
    with_circle = np.append(part, 0.0)[np.where(found.members < 0, -1, found.members - 20)].sum(axis=1)
    assert found.expected == pytest.approx(found.visits * np.repeat(with_circle, np.diff(found.first)))


def block(tables: list[np.ndarray]) -> np.ndarray:
    """The tables as blocks of one, each with its own guests and workers."""
    whole = np.zeros((sum(len(one) for one in tables), sum(one.shape[1] for one in tables)))
    row, column = 0, 0
    for one in tables:
        whole[row : row + one.shape[0], column : column + one.shape[1]] = one
        row, column = row + one.shape[0], column + one.shape[1]
    return whole


def one_after_the_other(
    met: np.ndarray, part: np.ndarray, terms: Terms, *, offices: int
) -> list[tuple[tuple[int, ...], np.ndarray, float]]:
    """What circles are, said plainly: (handlers, guests, chance), the least likely first, from what the ones before have left."""
    visits, left, found = met.sum(axis=1), np.arange(len(met)), []
    tops = np.argsort(-met, axis=1, kind="stable")[:, : terms.few]
    close = np.take_along_axis(met, tops, axis=1).sum(axis=1) * 100 >= terms.min_share * visits
    while True:
        best = None
        for one in left[close[left]]:
            for size in range(1, terms.few + 1):
                who = tuple(sorted(tops[one, :size].tolist()))
                own = [guest for guest in left if close[guest] and sorted(tops[guest, :size]) == list(who)]
                with_them = met[:, who].sum(axis=1)
                bound = np.array([guest for guest in left if guest in own or with_them[guest] * 100 >= terms.min_share * visits[guest]])
                tails = binomial_tail(with_them[bound], visits[bound], np.minimum(np.full(len(bound), part[list(who)].sum()), 1.0))
                order, choices = np.argsort(tails, kind="stable"), np.arange(1, len(bound) + 1)
                product = np.cumsum(np.log(np.maximum(tails[order], 1e-300)))
                chances = log_choose(np.full(len(bound), len(met)), choices) + log_product_tails(product, choices)
                chances[: terms.min_counterparts - 1] = np.inf
                teams = log_choose(np.array([met.shape[1]]), np.array([size]))[0]
                chance = chances.min() + teams + np.log(terms.few * offices)
                named = chance + np.log(100) * (size - 1)
                if chance <= np.log(terms.chance) and named <= 0 and (best is None or (named, who) < best[:2]):
                    best = (named, who, bound[order[: chances.argmin() + 1]], chance)
        if best is None:
            return found
        found.append(best[1:])
        left = np.setdiff1d(left, best[2])


def test_the_chance_of_a_product_of_chances():
    """Of two uniform numbers the product is at most t with probability t (1 − ln t); of three with t (1 − ln t + ln² t / 2)."""
    t = np.log(np.array([0.01, 0.01, 0.01, 1e-200]))
    told = [0.01, 0.01 * (1 - t[0]), 0.01 * (1 - t[0] + t[0] ** 2 / 2), 1e-200 * (1 - t[3])]
    assert log_product_tails(t, np.array([1, 2, 3, 2])) == pytest.approx(np.log(told))
