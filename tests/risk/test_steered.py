"""Regular counterparts whom the same few serve: one to check by hand, who is not named, what an office may do, and honest queues."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.detectors import steered
from risk.detectors.parts.chance import log_choose, log_product_tail
from risk.detectors.parts.params import ParamError
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
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.sampled_from([1, 2]))
def test_a_set_is_judged_as_if_no_other_were_looked_at(seed, few, min_counterparts):
    """All sets of an office are reckoned together; those left out could not have been likely enough for any level."""
    rng = np.random.default_rng(seed)
    met = rng.poisson(rng.gamma(0.3, 6, (rng.integers(1, 9), 7))).astype(float) + np.eye(7)[0]
    params = steered.Params(counterpart="agent", few=few, min_share=60.0, min_counterparts=min_counterparts)
    visits, fair = met.sum(axis=1), np.tile(rng.dirichlet(np.ones(7)), (len(met), 1))
    room = steered._Room(7, len(met), 3)
    sets = steered._sets(met, visits, params)
    together = {one: (chance, bound.tolist()) for one, chance, bound in steered._chances(met, fair, visits, sets, params, room)}
    for handlers, own in sets:
        with_them = met[:, handlers].sum(axis=1)
        bound = np.flatnonzero(np.isin(np.arange(len(met)), own) | (with_them * 100 >= 60 * visits))
        tails = binomial_tail(with_them[bound], visits[bound], np.minimum(fair[bound][:, handlers].sum(axis=1), 1.0))
        order = np.argsort(tails, kind="stable")
        choices = np.arange(1, len(bound) + 1)
        chances = log_choose(len(met), choices) + log_product_tail(np.cumsum(np.log(np.maximum(tails[order], 1e-300))), choices)
        chances[: min_counterparts - 1] = np.inf
        likely = chances.min() + log_choose(7, np.array([len(handlers)]))[0] + np.log(few * 3)
        if len(bound) >= min_counterparts and likely <= np.log(params.chance):
            assert together[handlers] == (min(0.0, likely), bound[order[: chances.argmin() + 1]].tolist())
