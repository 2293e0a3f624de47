"""The watchers: each pattern by hand, its edges, and that a hit is a function of the actor's own acts in the window."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.detectors.base import LEVELS
from risk.detectors.parts.params import ParamError
from risk.detectors.registry import detectors
from tests.risk.detector_rows import category, day, find, openings, spec, told

TEXTS = ("line", "unit", "actor", "act", "object", "level", "purpose")
FIRST = day("2026-03-02")


def actions(*rows: dict) -> pd.DataFrame:
    at = np.array([row["at"] for row in rows], dtype="datetime64[us]")
    numbers = np.array([row.get("id", number) for number, row in enumerate(rows, start=1)], dtype=np.int64)
    usual = {"unit": "W1", "actor": "S1", "object": "alert-1", "purpose": "case-1"}
    made = {name: category([row.get(name, usual.get(name, "")) for row in rows]) for name in TEXTS}
    return pd.DataFrame({"id": numbers, "tie": numbers, "accepted_at": at, "day": at.astype("datetime64[D]").astype(np.int32), **made})


def rule(thresholds=None, *, window=1, min_n=1, column="actor", **params):
    return spec(
        "oversight", params, window_days=window, min_n=min_n, subject_column=column, frame="actions", thresholds=thresholds or {"blue": 1}
    )


def test_bulk_dismissals_are_counted_in_a_sliding_window():
    rows = [{"at": f"2026-03-02 09:{minute:02d}", "act": "dismiss", "object": f"a{minute}"} for minute in (0, 1, 2, 3, 30)]
    rows += [{"at": "2026-03-02 09:02:30", "act": "acknowledge"}, {"at": "2026-03-02 09:02:40", "act": "dismiss", "actor": "S2"}]
    hits = find(rule({"blue": 3, "red": 5}, acts=["dismiss"], minutes=5), actions=actions(*rows))
    assert told(hits) == [("S1", "2026-03-02", "blue", 4.0, [1, 2, 3, 4])]


def test_one_person_who_opens_and_closes_the_same_thing():
    rows = [
        {"at": "2026-03-02 09:00", "act": "open", "object": "case-1"},
        {"at": "2026-03-03 09:00", "act": "close", "object": "case-1"},
        {"at": "2026-03-03 10:00", "act": "close", "object": "case-2"},
        {"at": "2026-03-02 09:00", "act": "open", "object": "case-3", "actor": "S2"},
        {"at": "2026-03-03 11:00", "act": "close", "object": "case-3"},
        {"at": "2026-03-03 09:00", "act": "close", "object": "case-4"},
        {"at": "2026-03-03 12:00", "act": "open", "object": "case-4"},
    ]
    assert told(find(rule(acts=["close"], after=["open"], window=30), actions=actions(*rows))) == [("S1", "2026-03-03", "blue", 1.0, [2])]
    assert not len(find(rule(acts=["close"], after=["open"], window=1), actions=actions(*rows))), "opened before the window"


def test_a_threshold_raised_just_before_what_it_would_have_caught():
    rows = [
        {"at": "2026-03-02 09:00", "act": "raise_threshold", "object": "VIO-01"},
        {"at": "2026-03-02 10:00", "act": "missed_hit", "object": "VIO-01"},
        {"at": "2026-03-02 13:30", "act": "missed_hit", "object": "VIO-01"},
    ]
    soon = rule(acts=["missed_hit"], after=["raise_threshold"], within_minutes=120)
    assert told(find(soon, actions=actions(*rows))) == [("S1", "2026-03-02", "blue", 1.0, [2])]


def test_closing_off_hours_knows_the_openings_of_the_unit():
    rows = [{"at": f"2026-03-02 {hour}:00", "act": "close"} for hour in ("03", "09", "17", "23")]
    rows += [{"at": "2026-03-07 10:00", "act": "close"}, {"at": "2026-03-07 10:00", "act": "close", "unit": "W9"}]
    hits = find(rule(acts=["close"], off_hours=True), actions=actions(*rows), openings=openings("2026-02-20", "2026-03-20"))
    assert told(hits) == [("S1", "2026-03-02", "blue", 2.0, [1, 4]), ("S1", "2026-03-07", "blue", 1.0, [5])]


def test_data_revealed_without_a_purpose_as_a_number_and_as_a_share():
    rows = [{"at": f"2026-03-02 09:0{n}", "act": "reveal", "purpose": "" if n < 2 else "case-7"} for n in range(5)]
    rows.append({"at": "2026-03-02 09:09", "act": "dismiss", "purpose": ""})
    assert told(find(rule(acts=["reveal"], without_purpose=True), actions=actions(*rows))) == [("S1", "2026-03-02", "blue", 2.0, [1, 2])]
    share = rule({"blue": 30}, acts=["reveal"], without_purpose=True, metric="share", min_n=5)
    assert find(share, actions=actions(*rows))["observed"].tolist() == [40.0]


def test_only_alerts_of_some_levels():
    rows = [{"at": "2026-03-02 09:00", "act": "dismiss", "level": level} for level in ("blue", "red", "orange")]
    hits = find(rule(acts=["dismiss"], levels=["red", "orange"]), actions=actions(*rows))
    assert told(hits) == [("S1", "2026-03-02", "blue", 2.0, [2, 3])]


RULES = {
    "bulk": rule({"blue": 2, "red": 4}, acts=["dismiss"], minutes=600, window=2),
    "both ends": rule({"blue": 1, "red": 3}, acts=["close"], after=["open"], window=4),
    "twice": rule(acts=["close"], after=["close"], within_minutes=900, window=4),
    "off hours": rule(acts=["close"], off_hours=True, window=3),
    "share": rule({"blue": 40}, acts=["reveal"], without_purpose=True, metric="share", min_n=2, window=4),
}
ACT = st.fixed_dictionaries(
    {
        "minute": st.sampled_from((0, 300, 540, 541, 1300)),
        "day": st.integers(0, 8),
        "actor": st.sampled_from(("S1", "S1", "S2", "")),
        "act": st.sampled_from(("dismiss", "open", "close", "close", "reveal")),
        "object": st.sampled_from(("a", "b", "")),
        "purpose": st.sampled_from(("", "case")),
    }
)


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=25, deadline=None)
@given(drawn=st.lists(ACT, min_size=1, max_size=40), first=st.integers(0, 8), length=st.integers(0, 4), shuffle=st.randoms())
def test_a_neighbourhood_in_any_order_gives_the_hits_of_everything(name, drawn, first, length, shuffle):
    base = np.datetime64(FIRST, "D").astype("datetime64[m]")
    rows = [row | {"at": base + np.timedelta64(row["day"] * 1440 + row["minute"], "m"), "id": n} for n, row in enumerate(drawn, start=1)]
    office = openings("2026-02-01", "2026-04-30")
    everything = told(find(RULES[name], actions=actions(*rows), openings=office))
    days = [str(np.datetime64(FIRST + first + n, "D")) for n in range(length + 1)]
    near = [row for row in rows if first - RULES[name].window_days < row["day"] <= first + length]
    shuffle.shuffle(near)
    hits = told(find(RULES[name], actions=actions(*near), openings=office)) if near else []
    assert [hit for hit in hits if hit[1] in days] == [hit for hit in everything if hit[1] in days]


@pytest.mark.parametrize("name", RULES)
def test_the_canary_hits(name):
    made = RULES[name]
    frames = detectors()["oversight"].canary(made)
    assert set(find(made, **frames)["level"]) <= set(LEVELS) and len(find(made, **frames))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"acts": []}, "acts are needed"),
        ({"acts": ["close"], "within_minutes": 5}, "belongs to after"),
        ({"acts": ["close"], "minutes": 5, "metric": "share"}, "a share is of days"),
        ({"acts": ["close"], "levels": ["violet"]}, "levels are of"),
        ({"acts": ["close"], "minutes": 3000}, "longer than window_days"),
        ({"acts": ["close"], "column": "object"}, "the subject is the actor"),
    ],
)
def test_senseless_rules_are_refused(params, message):
    with pytest.raises(ParamError, match=message):
        rule(**params)
