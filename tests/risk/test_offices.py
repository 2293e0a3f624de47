"""Whole offices: compared with offices of their kind and with their own past, beside company that has no part in it."""

import numpy as np
import pandas as pd
import pytest

from risk.detectors.parts.params import ParamError
from risk.detectors.parts.references import column, split, wanted
from tests.risk.detector_rows import find, spec, steps
from tests.risk.populations import FIRST_MONDAY, frame, texts

PASSED = [{"column": "result", "op": "eq", "value": "pass"}]
CANCELLED = [{"column": "action", "op": "eq", "value": "cancel"}]
SETTLED = [{"column": "action", "op": "eq", "value": "camera"}]
SUNDAY = FIRST_MONDAY + 7 * 16 - 1


def offices(rates: dict[str, float], *, rows: int = 400) -> pd.DataFrame:
    """Two weeks of so many rows of every office, of which exactly so many percent pass."""
    unit = np.repeat(list(rates), rows)
    passed = np.concatenate([np.arange(rows) < round(rows * rate / 100) for rate in rates.values()])
    return frame(FIRST_MONDAY + np.arange(len(unit)) % 14, unit=texts(unit), result=texts(np.where(passed, "pass", "fail")))


def kinds(**kind_of: str) -> pd.DataFrame:
    return pd.DataFrame({"unit": texts(list(kind_of)), "kind": texts(list(kind_of.values()))})


def test_the_kind_of_an_office_is_a_fact_of_the_roster() -> None:
    assert split("unit.kind") == ("units", "unit", "kind")
    assert wanted(["unit.kind"]) == {"transactions": {"unit"}, "units": {"unit", "kind"}}
    with pytest.raises(ParamError, match="no such column"):
        split("unit.colour")


def test_an_office_is_held_against_offices_of_its_kind_only() -> None:
    """Windows pass ninety of a hundred and squads forty: a squad that passes seventy is far out among squads, and nothing among both."""
    honest = {f"W{i}": 88.0 + i for i in range(6)} | {f"S{i}": 37.0 + i for i in range(6)}
    roster = kinds(**{code: "window" if code.startswith("W") else "squad" for code in [*honest, "S9"]})

    def found(*peers: str) -> list[str]:
        rule = spec(
            "rate_outlier",
            {"all": PASSED, "peers": list(peers), "measure": "difference"},
            subject_kind="unit",
            subject_column="unit",
            window_days=14,
            min_n=100,
            thresholds={"blue": 10},
        )
        return sorted(set(find(rule, transactions=offices(honest | {"S9": 70.0}), units=roster)["subject"]))

    assert found("unit.kind") == ["S9"] and found("line") == []


def cancelling(weekly: np.ndarray, *, windows: int = 6, settled: int = 50) -> pd.DataFrame:
    """The section L1 cancels so much each week, and every window settles `settled` violations each week."""
    made = [("L1", "cancel", week) for week, count in enumerate(weekly) for _ in range(count)]
    made += [(f"V{window}", "camera", week) for window in range(windows) for week in range(len(weekly)) for _ in range(settled)]
    unit, action, week = zip(*made, strict=True)
    day = FIRST_MONDAY + 7 * np.array(week) + np.arange(len(week)) % 7
    return frame(day, unit=texts(unit), action=texts(action))


def surge(**params: object):
    made = {"metric": "volume", "all": CANCELLED, "company": SETTLED, "peers": ["line"], "min_expected": 5.0, "min_peers": 3} | params
    parts = {"subject_kind": "unit", "subject_column": "unit", "window_days": 112, "min_n": 40, "thresholds": {"blue": 1.6, "red": 6}}
    return spec("drift", made, **parts)


def test_an_office_without_peers_is_held_against_the_business_of_others() -> None:
    doubled = np.where(np.arange(16) < 12, 12, 24)
    hits = find(surge(), transactions=cancelling(doubled))
    last = hits[hits["day"] == SUNDAY]
    assert last[["subject", "level"]].values.tolist() == [["L1", "blue"]]
    told, told_of = last["numbers"].iloc[0], set(hits.attrs["answers"]["subject"])
    assert (told["count"], told["past"], told["peers"]) == (96, 48.0, 6) and told["ratio"] == pytest.approx(2.0, rel=0.05)
    assert told_of == {"L1"}, "company is judged by nobody"
    alone = find(surge(company=[]), transactions=cancelling(doubled))
    assert not len(alone), "nobody else cancels"


def test_what_rises_with_the_business_of_others_is_no_surge() -> None:
    """Twice as many violations settled, twice as many cancelled."""
    rows = cancelling(np.full(16, 12))
    lately = rows[rows["day"] > SUNDAY - 28]
    assert not len(
        find(surge(), transactions=pd.concat([rows, lately], ignore_index=True).assign(id=lambda made: np.arange(len(made)) + 1))
    )


def test_an_office_just_opened_has_no_past() -> None:
    rising = np.where(np.arange(16) < 9, 0, np.arange(16) * 4)
    assert len(find(surge(), transactions=cancelling(rising)))
    assert not len(find(surge(min_past_days=56), transactions=cancelling(rising)))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"metric": "rate"}, "company stands beside"),
        ({"all": []}, "company stands beside"),
        ({"min_past_days": 10}, "a multiple of 7"),
        ({"min_past_days": 112}, "together are at most"),
    ],
)
def test_senseless_company_is_refused(params, message) -> None:
    with pytest.raises(ParamError, match=message):
        surge(**params)


def test_a_rule_about_windows_is_not_disturbed_by_squads_over_a_holiday() -> None:
    """The windows are closed for a week and the squads work on: the feed of no window has dried up."""

    def feed(peers: list[str]) -> int:
        made = [(code, week) for code in [*(f"W{i}" for i in range(4)), *(f"S{i}" for i in range(60))] for week in range(13)]
        units = np.repeat([code for code, _week in made], 60)
        week = np.repeat([week for _code, week in made], 60)
        closed = np.char.startswith(units.astype("U4"), "W") & (week == 12) & (np.arange(len(week)) % 60 > 3)
        day = FIRST_MONDAY + 7 * week + np.arange(len(week)) % 7
        rule = spec(
            "drift",
            {"metric": "volume", "peers": peers, "recent_days": 7, "min_ratio": 2.0, "min_expected": 20.0, "min_peers": 3},
            subject_kind="unit",
            subject_column="unit",
            window_days=91,
            min_n=200,
            op="<=",
            thresholds={"yellow": 0.3, "orange": 0.15},
        )
        roster = kinds(**{code: "window" if code.startswith("W") else "squad" for code, _week in made})
        hits = find(rule, transactions=frame(day[~closed], unit=texts(units[~closed])), units=roster)
        return int((hits["day"] == FIRST_MONDAY + 7 * 13 - 1).sum())

    assert feed(["line", "unit.kind"]) == 0 and feed(["line"]) > 0


def test_minutes_between_steps_are_a_number_like_any_other() -> None:
    rows = frame(np.full(3, FIRST_MONDAY))
    at = [
        ("2026-03-02 09:00", "accept", 1),
        ("2026-03-02 09:03", "examine", 1),
        ("2026-03-02 09:00", "accept", 2),
        ("2026-03-02 08:50", "examine", 2),
    ]
    trail = steps(*[(number, seq, name, "P1", moment) for seq, (moment, name, number) in enumerate(at, start=1)])
    told = column({"steps": trail}, rows, "minutes.accept.examine")
    assert told[:2].tolist() == [3.0, -10.0] and np.isnan(told[2]), "the third was never examined"
    assert wanted(["minutes.accepted_at.examine"])["transactions"] == {"id", "accepted_at"}
    with pytest.raises(ParamError, match="minutes.<from>.<to>"):
        split("minutes.accept")
