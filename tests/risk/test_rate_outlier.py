"""Rates against fair peers: examples to check by hand, honest offices that stay quiet, effects that are found, and honest look-alikes."""

import numpy as np
import pandas as pd
import pytest

from risk.detectors.parts.params import ParamError
from tests.risk.detector_rows import find, spec
from tests.risk.populations import FIRST_MONDAY, centres, codes, frame, texts

PASSED = [{"column": "result", "op": "eq", "value": "pass"}]
SUNDAY = FIRST_MONDAY + 6


def rule(thresholds=None, *, min_n=30, window=28, op=">=", **params):
    made = {"all": PASSED, "peers": ["unit"], **params}
    return spec("rate_outlier", made, window_days=window, min_n=min_n, op=op, thresholds=thresholds or {"blue": 20, "red": 60})


def office(counts: list[tuple[int, int]], *, kind: list[str] | None = None, day: int = FIRST_MONDAY, unit: int = 0) -> pd.DataFrame:
    """One office: handler k has (passed, all) rows, of the kinds given per handler."""
    who = np.repeat(np.arange(len(counts)), [total for _, total in counts]) + 100 * unit
    passed = np.concatenate([np.arange(total) < count for count, total in counts])
    kinds = np.repeat(kind or ["a"] * len(counts), [total for _, total in counts])
    result = texts(np.where(passed, "pass", "fail"))
    return frame(
        np.full(len(who), day), handler=codes("H", who), unit=codes("W", np.full(len(who), unit)), result=result, action=texts(kinds)
    )


def test_one_far_above_its_peers_is_told_with_every_number():
    hits = find(rule(), transactions=office([(30, 60), *[(6, 60)] * 8]))
    assert [(hit.subject, hit.day, hit.level, hit.observed, hit.threshold) for hit in hits.itertuples()] == [
        ("H000", SUNDAY, "blue", 50.0, 20.0)
    ]
    told = hits["numbers"].iloc[0]
    assert {name: told[name] for name in ("count", "total", "percent", "median", "peers", "ratio", "difference", "reference")} == {
        "count": 30,
        "total": 60,
        "percent": 50.0,
        "median": 10.0,
        "peers": 8,
        "ratio": 5.0,
        "difference": 40.0,
        "reference": "peers",
    }
    assert told["peer_values"] == [10.0] * 8 and told["expected"] == pytest.approx(10, abs=0.1)
    assert told["lower"] < 10 < told["upper"] < 50 and told["p"] <= told["q"] < 0.01
    assert hits["evidence"].iloc[0].tolist() == list(range(1, 31)), "the passes themselves"


def test_too_few_is_told_as_well_and_its_evidence_is_everything():
    low = rule({"blue": 0.5, "orange": 0.1}, op="<=", side="low", measure="ratio", min_median=1.0)
    hits = find(low, transactions=office([(0, 80), *[(24, 80)] * 8]))
    assert hits[["subject", "level", "observed"]].values.tolist() == [["H000", "orange", 0.0]]
    assert len(hits["evidence"].iloc[0]) == 80
    barely = find(
        rule({"blue": 0.5}, op="<=", side="low", measure="ratio", min_median=40.0), transactions=office([(0, 80), *[(24, 80)] * 8])
    )
    assert not len(barely), "the peers' median is below what makes a comparison worth while"


def test_a_harder_mixture_of_cases_is_allowed_for():
    """H000 has only cases that everybody fails often; against the same cases it is ordinary."""
    hard = office([(20, 80), *[(10, 40)] * 8], kind=["hard"] * 9)
    easy = office([(0, 0), *[(72, 80)] * 8], kind=["easy"] * 9)
    rows = pd.concat([hard.astype({"handler": str, "action": str}), easy.astype({"handler": str, "action": str})], ignore_index=True)
    rows = rows.assign(id=np.arange(1, len(rows) + 1), handler=texts(rows["handler"]), action=texts(rows["action"]))
    low = {"op": "<=", "side": "low"}
    blunt = find(rule({"blue": 40}, **low), transactions=rows)
    assert blunt["subject"].tolist() == ["H000"]
    assert not len(find(rule({"blue": 40}, **low, case_mix=["action"]), transactions=rows))


def test_too_little_data_is_an_answer():
    hits = find(rule(), transactions=office([(30, 30), *[(6, 60)] * 8, (3, 5)]))
    answers = hits.attrs["answers"].set_index("subject")["answer"].to_dict()
    assert answers["H000"] == "tested" and answers["H009"] == "insufficient"
    alone = find(rule(), transactions=office([(60, 60), (6, 60)]))
    assert not len(alone) and set(alone.attrs["answers"]["answer"]) == {"insufficient"}
    nobody = find(rule(), transactions=office([(30, 60)]).iloc[:0])
    assert not len(nobody) and list(nobody.attrs["answers"].columns) == ["subject", "day", "answer", "n"]


def test_rows_before_the_window_do_not_count_and_a_week_without_rows_is_not_judged():
    rows = pd.concat([office([(60, 60), *[(6, 60)] * 8], day=FIRST_MONDAY - 28), office([(6, 60)] * 9)], ignore_index=True)
    rows = rows.assign(id=np.arange(1, len(rows) + 1))
    assert find(rule(), transactions=rows)["day"].tolist() == [SUNDAY - 28]


def test_a_whole_office_gone_wrong_is_seen_against_its_own_past():
    """Three colleagues who all wave everything through have no honest peers; what they did before has."""
    parts = [office([(12, 60)] * 3, day=FIRST_MONDAY - 28 * ago) for ago in (1, 2, 3, 4, 5)] + [office([(55, 60)] * 3)]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.assign(id=np.arange(1, len(rows) + 1))
    among_peers = rule(window=168, recent_days=28)
    assert not len(find(among_peers, transactions=rows))
    hits = find(rule(window=168, recent_days=28, own_past=True), transactions=rows)
    assert sorted(hits["subject"][hits["day"] == SUNDAY]) == ["H000", "H001", "H002"]
    told = hits["numbers"].iloc[-1]
    assert told["reference"] == "past" and told["peers"] == 5 and told["median"] == 20.0
    assert len(hits["evidence"].iloc[-1]) == 55, "only what was done lately"


@pytest.mark.parametrize(("rate", "spread"), [(0.02, 0.3), (0.1, 0.5), (0.5, 0.3), (0.9, 0.4)])
@pytest.mark.parametrize("side", ["high", "low"])
def test_honest_offices_that_differ_more_than_chance_stay_quiet(rate, spread, side):
    """Of 360 honest people at a limit of 1 % hardly any may be named; plain binomial limits would name dozens."""
    limits = {"op": "<=", "thresholds": {"blue": 100}} if side == "low" else {"thresholds": {"blue": 0}}
    named = sum(len(find(rule(side=side, **limits), transactions=centres(seed, rate=rate, spread=spread, weeks=1))) for seed in range(10))
    assert named <= 3


def test_an_effect_planted_in_them_is_found():
    found = [
        "H000" in set(find(rule({"blue": 0}), transactions=centres(seed, rate=0.3, spread=0.15, planted={0: 1.8}, weeks=1))["subject"])
        for seed in range(10)
    ]
    assert sum(found) >= 9


def test_a_new_examiner_with_thirty_candidates_and_luck_is_not_named():
    """28 of 30 at a pass rate of 72 %: one in a hundred and fifty honest newcomers, of whom every office has some."""
    lucky = office([(28, 30), *[(72, 100)] * 11])
    spread = office([(28, 30), *[(72 + away, 100) for away in (-9, -7, -5, -3, -1, 0, 1, 3, 5, 7, 9)]])
    for rows in (lucky, spread):
        assert not len(find(rule({"blue": 0}), transactions=rows))


def test_one_officer_alone_at_a_county_window_is_not_compared():
    """Her window has no peers; the city's are in other units."""
    city, county = office([(6, 60)] * 9), office([(50, 60)], unit=1)
    rows = pd.concat([city.astype({"handler": str, "unit": str}), county.astype({"handler": str, "unit": str})], ignore_index=True)
    rows = rows.assign(id=np.arange(1, len(rows) + 1), handler=texts(rows["handler"]), unit=texts(rows["unit"]))
    hits = find(rule(), transactions=rows)
    assert not len(hits)
    assert hits.attrs["answers"].set_index("subject").loc["H100", "answer"] == "insufficient"


@pytest.mark.parametrize(
    ("params", "parts", "message"),
    [
        ({"peers": []}, {}, "peers needs at least one column"),
        ({"peers": ["colour.of"]}, {}, "no such column"),
        ({"q": 0.5}, {}, "q is above 0"),
        ({"side": "both"}, {}, "only be measured as a difference"),
        ({"side": "low"}, {}, "op <= belongs to side low"),
        ({"recent_days": 10}, {}, "a multiple of 7"),
        ({"own_past": True}, {}, "own_past needs recent_days"),
        ({"own_past": True, "recent_days": 14}, {}, "at least two earlier periods"),
        ({}, {"window": 30}, "window_days must be a multiple of 7"),
    ],
)
def test_senseless_rules_are_refused(params, parts, message):
    with pytest.raises(ParamError, match=message):
        rule(**parts, **params)
