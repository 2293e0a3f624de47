"""Each kind of misconduct is in the rows its label names, and strong enough for the rule it belongs to."""

from datetime import date

import pandas as pd
import pytest

from risk.evaluation import simulate
from risk.evaluation.simulate.clocks import is_workday

FIRST, LAST = date(2026, 3, 1), date(2026, 6, 14)


@pytest.fixture(scope="module")
def town() -> simulate.Detachment:
    return simulate.detachment(5)


@pytest.fixture(scope="module")
def output(town: simulate.Detachment) -> simulate.Output:
    return simulate.history(town, first_day=FIRST, last_day=LAST, transactions=20_000, seed=5)


def rows_of(output: simulate.Output, scenario: str) -> pd.DataFrame:
    labels = output.labels[output.labels["scenario"] == scenario]
    serials = labels["serials"].iloc[0].split(";")
    return output.transactions.set_index("serial_no").loc[serials]


def subjects_of(output: simulate.Output, scenario: str, kind: str) -> list[str]:
    labels = output.labels[(output.labels["scenario"] == scenario) & (output.labels["subject_kind"] == kind)]
    return labels["subject_code"].tolist()


def minutes(table: pd.DataFrame) -> pd.Series:
    return (pd.to_datetime(table["finished_at"]) - pd.to_datetime(table["accepted_at"])).dt.total_seconds() / 60


def closed(table: pd.DataFrame) -> pd.Series:
    at = pd.to_datetime(table["accepted_at"])
    return ~(at.dt.date.map(is_workday) & at.dt.hour.between(8, 17))


def test_all_scenarios_are_played_and_labelled_once_per_subject(output) -> None:
    assert set(output.labels["scenario"]) == set(simulate.registered())
    assert sum(not name.startswith("lookalike:") for name in simulate.registered()) >= 12
    assert not output.labels.duplicated(["instance", "subject_kind", "subject_code"]).any()
    assert set(output.labels["subject_kind"]) <= {"staff", "post", "unit", "agency", "agent", "terminal", "person", "vehicle"}
    named = set(";".join(output.labels["serials"]).split(";"))
    assert named <= set(output.transactions["serial_no"])


def test_misconduct_stays_rare_even_in_a_small_detachment(output) -> None:
    deeds = output.labels[~output.labels["scenario"].str.startswith("lookalike:")].drop_duplicates("instance")
    assert deeds["serials"].str.count(";").add(1).sum() < 0.017 * len(output.transactions)


def test_only_the_asked_scenarios_are_played_and_honest_rows_stay_the_same(town) -> None:
    span = {"first_day": FIRST, "last_day": LAST, "transactions": 3_000, "seed": 5}
    honest = simulate.history(town, **span, scenarios=())
    one = simulate.history(town, **span, scenarios=("zero_fine",))
    assert honest.labels.empty and set(one.labels["scenario"]) == {"zero_fine"}
    added = set(one.labels["serials"].iloc[0].split(";"))
    kept = one.transactions[~one.transactions["serial_no"].isin(added)].drop(columns=["serial_no", "related_serial"])
    pd.testing.assert_frame_equal(kept.reset_index(drop=True), honest.transactions.drop(columns=["serial_no", "related_serial"]))


@pytest.mark.parametrize("name", ["night_registration", "weekend_inspection", "weekend_exam"])
def test_business_out_of_hours_is_on_no_declared_shift(output, name) -> None:
    table = rows_of(output, name)
    assert closed(table).all()
    shifts = set(zip(output.shifts["unit_code"], output.shifts["date"], strict=True))
    nights = pd.to_datetime(table["accepted_at"]).dt.hour >= 20
    on_shift = pd.Series([key in shifts for key in zip(table["unit_code"], table["accepted_at"].str[:10], strict=True)], index=table.index)
    assert (nights | ~on_shift).all()


def test_one_person_or_an_auxiliary_signs_where_two_officers_should(town, output) -> None:
    own = rows_of(output, "self_approval")
    assert (own["handler_no"] == own["approver_no"]).all() and own["handler_no"].iloc[0] in subjects_of(output, "self_approval", "staff")
    kind = town.staff.set_index("staff_no")["kind"]
    assert (rows_of(output, "auxiliary_approval")["approver_no"].map(kind) == "auxiliary").all()
    assert (rows_of(output, "auxiliary_survey")["handler_no"].map(kind) == "auxiliary").all()
    steps = output.steps[output.steps["serial_no"].isin(rows_of(output, "auxiliary_approval").index) & (output.steps["step"] == "approve")]
    assert len(steps) and (steps["staff_no"].map(kind) == "auxiliary").all()


def test_vehicles_are_examined_after_their_plates_were_issued(output) -> None:
    steps = output.steps[output.steps["serial_no"].isin(rows_of(output, "examined_late").index)]
    at = steps.pivot(index="serial_no", columns="step", values="at").dropna(subset=["examine"])
    assert len(at) and (at["examine"] > at["issue"]).all() and (at["examine"] > at["review"]).all()


def test_agents_file_more_than_the_threshold_for_many_owners(output) -> None:
    agent = rows_of(output, "unregistered_agent")
    assert (
        len(agent) >= 30
        and (agent["agency_code"] == "").all()
        and agent["agent_id_no"].nunique() == 1
        and agent["person_id_no"].nunique() >= 10
    )
    bulk = rows_of(output, "motorcycle_bulk")
    assert len(bulk) >= 30 and set(bulk["plate_type"]) == {"07"} and bulk["agent_id_no"].nunique() == 1
    assert (~bulk["person_id_no"].str[:4].isin(["4307", "4324"])).mean() >= 0.5


def test_things_done_faster_than_hands_allow(output) -> None:
    exams = rows_of(output, "quick_exam")
    assert (minutes(exams) < 3).all() and (exams["result"] == "pass").all() and exams["car_no"].nunique() == 1 and len(exams) >= 8
    reviews = rows_of(output, "seconds_review")
    assert (minutes(reviews) < 0.5).all() and len(reviews) >= 100 and reviews["handler_no"].nunique() == 1
    overload = rows_of(output, "inspector_overload")
    span = pd.to_datetime(overload["accepted_at"])
    assert overload["inspector"].nunique() == 1 and len(overload) >= 18 and (span.max() - span.min()).total_seconds() < 3600
    tickets = pd.to_datetime(rows_of(output, "burst_ticketing")["accepted_at"])
    assert tickets.groupby(tickets.dt.date).agg(lambda day: (day.max() - day.min()).total_seconds() <= 600 and len(day) >= 12).all()


def test_accidents_and_violations_gone_wrong(output) -> None:
    assert (minutes(rows_of(output, "overdue_determination")) > 11 * 1440).all()
    party = rows_of(output, "recurring_party")
    assert len(party) >= 6 and party["person_id_no"].nunique() == 1 and party["handler_no"].nunique() == 1
    education = rows_of(output, "repeat_education")
    assert len(education) >= 4 and education["person_id_no"].nunique() == 1 and (education["result"] == "educated").all()
    zero = rows_of(output, "zero_fine")
    assert (zero["amount"] == "0.00").all() and (zero["result"] == "penalised").all()
    void = rows_of(output, "paid_then_cancelled")
    steps = output.steps[output.steps["serial_no"].isin(void.index)].pivot(index="serial_no", columns="step", values="at")
    cancelled = void["status"] == "cancelled"
    assert cancelled.mean() > 0.7 and (steps.loc[void.index[cancelled], "pay"] < steps.loc[void.index[cancelled], "cancel"]).all()


def test_lookalikes_are_honest(output) -> None:
    saturday = rows_of(output, "lookalike:saturday_shift")
    assert closed(saturday).any() and (pd.to_datetime(saturday["accepted_at"]).dt.day_of_week == 5).all()
    dealer = rows_of(output, "lookalike:dealer_bulk_day")
    assert len(dealer) >= 24 and dealer["agency_code"].nunique() == 1 and (dealer["agency_code"] != "").all()
    fleet = rows_of(output, "lookalike:fleet_operator")
    assert fleet["agent_id_no"].nunique() == fleet["person_id_no"].nunique() == 1 and fleet["plate_no"].nunique() >= 35
    for table in (saturday, dealer, fleet):
        assert not ((table["handler_no"] == table["approver_no"]) & (table["approver_no"] != "")).any()
