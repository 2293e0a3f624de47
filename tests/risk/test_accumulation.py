"""Weak signals on one subject add up: what each adds, what is not counted twice, and what one rule has said is not said again."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.detectors.base import LEVELS, Spec
from risk.detectors.parts.params import ParamError
from risk.detectors.registry import detectors
from tests.risk.detector_rows import category, day, find, spec, told

FIRST = day("2026-03-02")
STEPS = {"yellow": 3.0, "orange": 6.0, "red": 12.0}


def rule(thresholds: dict[str, float] | None = None, *, window: int = 90, kind: str = "staff", **params: Any) -> Spec:
    parts = {"frame": "hits", "subject_kind": kind, "subject_column": "subject", "window_days": window}
    return spec("accumulation", params, thresholds=thresholds or STEPS, **parts)


def signals(*rows: dict[str, Any]) -> pd.DataFrame:
    """Rows with `rule` and `level`; today's of P1 unless told otherwise (`ago`: days before the latest day), each rule of its own item."""
    days = np.array([row.get("day", FIRST + 100 - row.get("ago", 0)) for row in rows], dtype=np.int32)
    made: dict[str, Any] = {
        "id": np.array([row.get("id", number) for number, row in enumerate(rows, start=1)], dtype=np.int64),
        "tie": np.arange(len(rows), dtype=np.int64),
        "day": days,
        "accepted_at": days.astype("datetime64[D]").astype("datetime64[us]"),
        "shadow": np.array([row.get("shadow", False) for row in rows], dtype=bool),
    }
    for name, usual in {"line": "", "subject": "P1", "kind": "staff", "rule": "", "item": "", "level": "blue"}.items():
        made[name] = category([row.get(name, usual) for row in rows])
    return pd.DataFrame(made)


def one(code: str, level: str = "blue", ago: int = 0, **more: Any) -> dict[str, Any]:
    return {"rule": code, "level": level, "ago": ago, **more}


def score(*rows: dict[str, Any], **params: Any) -> float | None:
    """The score on the latest day, told by a threshold that everything reaches."""
    hits = find(rule({"red": 0.001}, **{"min_rules": 2, **params}), hits=signals(*rows))
    of_today = hits[hits["day"] == FIRST + 100]
    return float(of_today["observed"].iloc[0]) if len(of_today) else None


def test_three_fresh_hits_of_one_level_are_one_of_the_next():
    for level, next_level in zip(LEVELS, LEVELS[1:], strict=False):
        hits = find(rule(), hits=signals(*(one(code, level) for code in ("A", "B", "C"))))
        assert list(hits["level"]) == [next_level]
        assert told(hits)[0][4] == [1, 2, 3]


def test_every_part_is_told_gravest_first():
    hits = find(rule({"orange": 3.5}), hits=signals(one("A", ago=30), one("B", "yellow"), one("C", "blue"), one("D", shadow=True)))
    numbers = hits["numbers"].iloc[-1]
    assert [(part["rule"], part["level"], part["value"], part["shadow"]) for part in numbers["parts"]] == [
        ("B", "yellow", 2.0, False),
        ("C", "blue", 1.0, False),
        ("A", "blue", 0.5, False),
        ("D", "blue", 0.25, True),
    ]
    assert numbers["parts"][2]["day"] == FIRST + 70
    assert (numbers["rules"], numbers["signals"], numbers["items"], numbers["observed"]) == ("B C A D", 4, 4, 3.75)


def test_a_hit_counts_half_after_each_half_life_and_not_at_all_outside_the_window():
    assert score(one("A"), one("B", ago=30)) == 1.5
    assert score(one("A"), one("B", ago=60)) == 1.25
    assert score(one("A"), one("B", ago=7), half_life=7) == 1.5
    assert score(one("A"), one("B", ago=89)) == pytest.approx(1 + 0.5 ** (89 / 30), abs=0.001)
    assert score(one("A"), one("B", ago=90)) is None


def test_a_long_run_of_one_rule_is_one_signal_by_the_day_that_adds_most():
    run = [one("A", "yellow", ago) for ago in range(40)]
    assert find(rule(), hits=signals(*run)).empty
    assert score(*run, one("B")) == 3.0
    assert score(one("A", "yellow"), one("A", "orange", 20), one("B")) == pytest.approx(1 + 4 * 0.5 ** (20 / 30), abs=0.001)


def test_rules_of_one_checklist_item_count_less_every_time():
    rows = [one(code, "yellow", item="X1") for code in "ABC"]
    assert score(*rows) == 3.5
    assert score(*rows, same_item=1.0) == 6.0
    assert score(one("A", "orange", item="X1"), one("B", item="X1"), same_item=0.0) == 4.0


def test_rules_in_shadow_count_in_part_or_not_at_all():
    rows = one("A"), one("B", "orange", shadow=True)
    assert score(*rows) == 2.0
    assert score(*rows, shadow=1.0) == 5.0
    assert score(*rows, shadow=0.0) is None


def test_too_few_rules_say_nothing_however_grave():
    assert find(rule(), hits=signals(one("A", "orange"), one("B", "orange"), one("A", "orange", 3))).empty


def test_what_one_rule_has_said_is_not_said_again():
    weak = [one("A", "yellow"), one("B"), one("C")]
    assert find(rule(), hits=signals(*weak)).empty, "4 points are yellow, as A said"
    assert find(rule({"orange": 4.0}), hits=signals(*weak))["level"].tolist() == ["orange"]
    assert find(rule({"orange": 4.0}), hits=signals(*weak, one("D", "orange"))).empty
    assert len(find(rule({"orange": 4.0}), hits=signals(*weak, one("D", "orange", shadow=True)))), "what is in shadow has told nobody"


def test_only_subjects_of_the_rules_kind_are_added_up_each_apart():
    rows = [one("A"), one("B"), one("C", kind="unit"), one("D", subject="P2"), one("E", subject="")]
    assert find(rule({"red": 0.1}), hits=signals(*rows)).empty
    hits = find(rule({"red": 0.1}, min_rules=2), hits=signals(*rows))
    assert [(hit[0], hit[3]) for hit in told(hits)] == [("P1", 2.0)]


def test_a_day_without_a_signal_has_no_score():
    hits = find(rule({"red": 0.1}, min_rules=2), hits=signals(one("A", ago=5), one("B", ago=3), one("C", ago=3)))
    assert hits["day"].tolist() == [FIRST + 97]


SIGNAL = st.fixed_dictionaries(
    {
        "rule": st.sampled_from("ABCD"),
        "level": st.sampled_from(LEVELS),
        "subject": st.sampled_from(("P1", "P2")),
        "day": st.integers(FIRST, FIRST + 12),
    }
)
DRAWN = st.lists(SIGNAL, max_size=40, unique_by=lambda row: (row["rule"], row["subject"], row["day"]))
ITEMS, SHADOWS = {"A": "X1", "B": "X1", "C": "X2", "D": ""}, {"D"}
MILD = rule({"yellow": 1.2, "orange": 3.0, "red": 6.0}, window=6, half_life=3, min_rules=2)


def rows_of(drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is drawn, with the ids it keeps in whatever order it is given."""
    return [row | {"id": n, "item": ITEMS[row["rule"]], "shadow": row["rule"] in SHADOWS} for n, row in enumerate(drawn, start=1)]


def expected(rows: list[dict[str, Any]], made: Spec) -> dict[tuple[str, int], float]:
    """The scores of all subjects and days, by plain loops over the definition."""
    found = {}
    for subject, today in {(row["subject"], row["day"]) for row in rows}:
        best: dict[str, int] = {}
        for row in rows:
            age = today - row["day"]
            if row["subject"] == subject and 0 <= age < made.window_days:
                weight = made.params.weights[LEVELS.index(row["level"])] * (made.params.shadow if row["shadow"] else 1)
                best[row["rule"]] = max(best.get(row["rule"], 0), round(weight * 0.5 ** (age / made.params.half_life) * 1000))
        of_item: dict[str, int] = {}
        total = 0
        for code, value in sorted(best.items(), key=lambda part: (-part[1], part[0])):
            item = ITEMS[code] or code
            total += round(value * made.params.same_item ** of_item.get(item, 0))
            of_item[item] = of_item.get(item, 0) + 1
        found[subject, today] = total / 1000
    return found


@settings(max_examples=60, deadline=None)
@given(drawn=DRAWN)
def test_every_score_is_the_sum_that_the_definition_gives_and_never_above_all_weights(drawn):
    rows = rows_of(drawn)
    hits = find(MILD, hits=signals(*rows))
    scores = expected(rows, MILD)
    for hit in hits.itertuples(index=False):
        assert hit.observed == scores[hit.subject, hit.day]
        assert hit.observed == pytest.approx(sum(part["value"] for part in hit.numbers["parts"]))
        assert hit.observed <= MILD.params.weights[-1] * hit.numbers["signals"]
        live = [LEVELS.index(part["level"]) for part in hit.numbers["parts"] if not part["shadow"]]
        assert LEVELS.index(hit.level) > max(live, default=-1)
        assert len(hit.evidence) == hit.numbers["signals"] >= 2


@settings(max_examples=60, deadline=None)
@given(drawn=DRAWN, first=st.integers(0, 12), length=st.integers(0, 5), shuffle=st.randoms())
def test_a_neighbourhood_in_any_order_gives_the_hits_of_everything(drawn, first, length, shuffle):
    rows = rows_of(drawn)
    days = range(FIRST + first, FIRST + first + length + 1)

    def of_days(hits: pd.DataFrame) -> list[tuple[Any, ...]]:
        return sorted(
            (hit.subject, hit.day, hit.level, str(hit.numbers), tuple(hit.evidence)) for hit in hits.itertuples() if hit.day in days
        )

    near = [row for row in rows if days[0] - MILD.window_days < row["day"] <= days[-1]]
    shuffle.shuffle(near)
    assert of_days(find(MILD, hits=signals(*near))) == of_days(find(MILD, hits=signals(*rows)))


@settings(max_examples=40, deadline=None)
@given(drawn=DRAWN, later=st.integers(1, 9))
def test_the_same_signals_some_days_older_never_weigh_more(drawn, later):
    today = [one(code) for code in "YZ"]
    rows = [row | {"level": min(row["level"], "orange", key=LEVELS.index), "subject": "P1"} for row in rows_of(drawn)]
    rows = [row | {"day": row["day"] + 80} for row in {(row["rule"], row["day"]): row for row in rows}.values()]
    now, then = score(*rows, *today), score(*[row | {"day": row["day"] - later} for row in rows], *today)
    assert now is not None and then is not None
    assert then <= now + 0.004, "each of four rules is rounded to thousandths"


@pytest.mark.parametrize("made", [rule(), rule({"orange": 7.0}), rule({"yellow": 5.5}, shadow=0.0, min_rules=6)])
def test_the_canary_reaches_the_mildest_level(made):
    hits = find(made, **(detectors()["accumulation"].canary(made) or {}))
    assert hits["level"].tolist() == [next(level for level in LEVELS if level in made.thresholds)]


@pytest.mark.parametrize(
    ("params", "parts", "message"),
    [
        ({"weights": [4, 2, 1, 0]}, {}, "do not fall"),
        ({"half_life": 0}, {}, "half_life is 1 day"),
        ({"min_rules": 1}, {}, "min_rules 2"),
        ({"shadow": 2.0}, {}, "from 0 to 1"),
        ({}, {"thresholds": {"blue": 1.0}}, "it cannot be blue"),
        ({}, {"op": "<="}, "compared with >="),
        ({}, {"frame": "transactions", "subject_column": "handler"}, "rows of the frame hits"),
    ],
)
def test_senseless_rules_are_refused(params, parts, message):
    usual = {"frame": "hits", "subject_column": "subject", "window_days": 90, "thresholds": STEPS}
    with pytest.raises(ParamError, match=message):
        spec("accumulation", params, **(usual | parts))
