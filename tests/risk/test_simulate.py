"""The simulated detachment keeps the contract, and its honest business keeps the rules."""

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest
from stdnum.cn import ric, uscc

from risk.evaluation import simulate
from risk.evaluation.simulate import identities, plan, tables
from risk.evaluation.simulate.clocks import is_workday

FIRST, LAST = date(2026, 4, 1), date(2026, 6, 14)
ROWS = 9_000
OFFICE_LINES = ["registration", "exam", "inspection"]


@pytest.fixture(scope="module")
def town() -> simulate.Detachment:
    return simulate.detachment(7)


@pytest.fixture(scope="module")
def output(town: simulate.Detachment) -> simulate.Output:
    return simulate.history(town, first_day=FIRST, last_day=LAST, transactions=ROWS, seed=7)


@pytest.fixture(scope="module")
def honest(town: simulate.Detachment) -> simulate.Output:
    return simulate.history(town, first_day=FIRST, last_day=LAST, transactions=ROWS, seed=7, scenarios=())


def seconds(table: pd.DataFrame, column: str) -> pd.Series:
    return pd.to_datetime(table[column].replace("", None)).astype("int64") // 1_000_000


def busiest(table: pd.DataFrame, key: str, window: int) -> int:
    """The most rows of one `key` within `window` seconds."""
    table = table[table[key] != ""].assign(at=seconds(table[table[key] != ""], "accepted_at")).sort_values("at")
    return max(
        (int((group["at"].searchsorted(group["at"] + window, "right") - np.arange(len(group))).max()) for _, group in table.groupby(key)),
        default=0,
    )


def test_the_same_seed_gives_the_same_files_and_another_seed_others(town, output) -> None:
    again = simulate.history(simulate.detachment(7), first_day=FIRST, last_day=LAST, transactions=ROWS, seed=7)
    other = simulate.history(town, first_day=FIRST, last_day=LAST, transactions=ROWS // 4, seed=8, scenarios=())
    pd.testing.assert_frame_equal(output.transactions, again.transactions)
    pd.testing.assert_frame_equal(output.steps, again.steps)
    pd.testing.assert_frame_equal(output.labels, again.labels)
    assert not set(output.transactions["person_id_no"].head(500)) & set(other.transactions["person_id_no"])


def test_every_table_has_the_columns_of_the_contract_and_the_asked_size(town, output, tmp_path) -> None:
    rows = simulate.write((town, output), tmp_path)
    expected = {"units", "agencies", "posts", "staff", "postings", "shifts", "transactions", "steps", "labels"}
    expected |= {"complaints", "violations_of_discipline", "impounds"}
    assert set(rows) == {f"{name}.csv" for name in expected}
    for name, columns in [("units", tables.UNITS), ("steps", tables.STEPS), ("labels", tables.LABELS), ("shifts", tables.SHIFTS)]:
        assert pd.read_csv(tmp_path / f"{name}.csv", nrows=0).columns.tolist() == columns
    assert abs(len(output.transactions) - ROWS) < 0.08 * ROWS
    assert set(output.transactions["line"]) == {"registration", "exam", "inspection", "accident", "violation"}


def test_codes_refer_to_the_roster_and_serial_numbers_are_unique(town, output) -> None:
    table, staff = output.transactions, set(town.staff["staff_no"])
    assert table["serial_no"].is_unique
    assert set(table["unit_code"]) <= set(town.units["code"])
    assert set(table["handler_no"]) | set(table["approver_no"]) - {""} <= staff
    assert set(table["agency_code"]) - {""} <= set(town.agencies["code"])
    assert set(table["post_code"]) <= set(town.posts["code"])
    assert set(output.steps["serial_no"]) <= set(table["serial_no"])
    assert set(table["related_serial"]) - {""} <= set(table["serial_no"])
    inspectors = set(table["inspector"]) - {""}
    assert set(output.steps["staff_no"]) - inspectors <= staff


def test_status_result_and_end_agree_and_nothing_lies_in_the_future(output) -> None:
    table = output.transactions
    open_rows = table["finished_at"] == ""
    assert (open_rows == (table["status"] == "accepted")).all()
    assert open_rows.any()
    assert (table.loc[open_rows, "result"] == "").all() and (table.loc[~open_rows, "result"] != "").all()
    assert (table.loc[~open_rows, "finished_at"] >= table.loc[~open_rows, "accepted_at"]).all()
    assert output.steps["at"].max() < "2026-06-15"
    assert table["accepted_at"].min() >= "2026-04-01"


def test_steps_of_a_transaction_are_numbered_from_one_in_order_of_time(output) -> None:
    steps = output.steps
    assert (steps["seq"] == steps.groupby("serial_no").cumcount() + 1).all()
    assert (steps.groupby("serial_no")["at"].shift().fillna("") <= steps["at"]).all()
    first = steps[steps["seq"] == 1].set_index("serial_no")
    assert (first["step"] == "accept").all()
    assert (first["at"].reindex(output.transactions["serial_no"]).to_numpy() == output.transactions["accepted_at"].to_numpy()).all()


def test_units_have_leaders_hours_and_county_brigades_two_superiors(town) -> None:
    units = town.units.set_index("code")
    assert (units["leader_no"] != "").all() and units.index.is_unique
    assert (units.loc[units["kind"] == "window", "hours"] != "").all()
    county = units[units["admin_parent_code"] != ""]
    assert len(county) == 4 and (county["kind"] == "brigade").all() and (county["parent_code"] == plan.DETACHMENT).all()
    assert units.loc[county["admin_parent_code"], "name"].str.endswith("公安局").all()
    assert (units["kind"] == "squad").sum() >= 40 and (units["kind"] == "window").sum() >= 12
    assert set(units["parent_code"]) - {""} <= set(units.index)


def test_every_auxiliary_has_a_responsible_officer(town) -> None:
    staff = town.staff.set_index("staff_no")
    auxiliaries = staff[staff["kind"] == "auxiliary"]
    assert (staff.loc[auxiliaries["responsible_no"], "kind"] == "officer").all()
    assert (staff.loc[staff["kind"] != "auxiliary", "responsible_no"] == "").all()
    assert staff["name"].str.fullmatch(".某").all()


def test_identifiers_pass_their_check_digits(town, output) -> None:
    people = list(town.staff["id_no"]) + [number for number in output.transactions["person_id_no"].unique()[:800] if number[0] != "9"]
    assert all(ric.is_valid(number) for number in people)
    assert {number[:4] for number in people} >= {"4307", "4324"}
    assert all(uscc.is_valid(code) for code in town.agencies["code"])
    vins = output.transactions["vin"][output.transactions["vin"] != ""].head(500)
    values = {chr(letter): int(value) for letter, value in zip(identities.VIN_ALPHABET, identities.VIN_VALUES, strict=True)}
    for vin in vins:
        remainder = sum(values[letter] * weight for letter, weight in zip(vin, identities.VIN_WEIGHTS, strict=True)) % 11
        assert vin[8] == "0123456789X"[remainder]


def test_plates_fit_their_kind(output) -> None:
    shapes = {"52": r"..[DF][A-HJ-NP-Z0-9]{5}", "51": r"..\d{5}[DF]", "15": r"..[A-HJ-NP-Z0-9]{4}挂"}
    table = output.transactions[output.transactions["plate_no"] != ""]
    for plate, kind in zip(table["plate_no"], table["plate_type"], strict=True):
        assert re.fullmatch(shapes.get(kind, r"..[A-HJ-NP-Z0-9]{5}"), plate), (plate, kind)
    assert set(table["plate_type"]) >= {"01", "02", "07", "15", "51", "52"}
    assert output.transactions["phone"][output.transactions["phone"] != ""].str.fullmatch(r"100\d{8}").all()


def test_honest_office_business_happens_in_opening_hours_or_a_declared_shift(honest) -> None:
    shifts = set(zip(honest.shifts["unit_code"], honest.shifts["date"], strict=True))
    table = honest.transactions[honest.transactions["line"].isin(OFFICE_LINES)]
    for column in ("accepted_at", "finished_at"):
        known = table[table[column] != ""]
        at = pd.to_datetime(known[column])
        minute = at.dt.hour * 60 + at.dt.minute
        working = at.dt.date.map({day: is_workday(day) for day in at.dt.date.unique()})
        open_hours = working & (minute.between(510, 720) | minute.between(780, 1050))
        shifted = [key in shifts for key in zip(known["unit_code"], known[column].str[:10], strict=True)]
        assert (open_hours | pd.Series(shifted, index=known.index)).all()
        assert any(shifted)


def test_make_up_days_are_worked_and_holidays_not(honest) -> None:
    office = honest.transactions[honest.transactions["line"] == "inspection"]
    days = set(office["accepted_at"].str[:10])
    assert "2026-05-09" in days
    assert not days & {"2026-05-01", "2026-05-04", "2026-05-05"}


def test_honest_people_keep_to_their_own_part(town, honest) -> None:
    table, kind = honest.transactions, town.staff.set_index("staff_no")["kind"]
    alone = table["unit_code"] == plan.ONE_OFFICER_WINDOW
    assert not ((table["handler_no"] == table["approver_no"]) & ~alone).any()
    approved = table[table["approver_no"] != ""]
    assert (approved["approver_no"].map(kind) == "officer").all()
    reserved = table[~table["post_code"].isin(plan.CLERICAL)]
    assert (reserved["handler_no"].map(kind) == "officer").all()
    held = honest.postings.assign(end_date=honest.postings["end_date"].replace("", "9999"))
    keys = ["staff_no", "post_code", "unit_code"]
    acts = table[["handler_no", "post_code", "unit_code"]].set_axis(keys, axis=1).assign(day=table["accepted_at"].str[:10], row=table.index)
    known = acts.merge(held, on=keys)
    assert set(known.loc[(known["start_date"] <= known["day"]) & (known["day"] <= known["end_date"]), "row"]) == set(table.index)


def test_the_officer_alone_at_a_window_is_rechecked_within_two_days(town) -> None:
    output = simulate.history(town, first_day=date(2026, 3, 2), last_day=date(2026, 6, 14), transactions=40_000, seed=3, scenarios=())
    table = output.transactions[output.transactions["line"] == "registration"]
    table = table[(table["unit_code"] == plan.ONE_OFFICER_WINDOW) & (table["status"] == "finished")]
    checks = output.steps[output.steps["step"] == "recheck"].set_index("serial_no").reindex(table["serial_no"])
    done = (checks["at"] != "") & checks["at"].notna()
    assert done.sum() >= len(table) - 1 > 5
    later = pd.to_datetime(checks.loc[done, "at"]).to_numpy() - pd.to_datetime(table["finished_at"])[done.to_numpy()].to_numpy()
    assert (later < np.timedelta64(48, "h")).all()
    assert not set(checks.loc[done, "staff_no"]) & set(table["handler_no"])


def test_honest_business_stays_under_the_lowest_thresholds_of_the_catalogue(honest) -> None:
    table, month = honest.transactions, 30 * 86_400
    registration = table[table["line"] == "registration"]
    assert busiest(registration[registration["agency_code"] == ""], "agent_id_no", month) < 15  # REG-04
    assert (
        busiest(registration[(registration["action"] == "new") & (registration["plate_type"] == "07")], "agent_id_no", month) < 30
    )  # REG-08
    assert busiest(table[table["action"] == "onsite"], "handler_no", 600) < 6  # VIO-08
    assert busiest(table[table["action"] == "periodic"], "inspector", 3600) < 10  # INS-01
    assert busiest(table[table["action"] == "report"], "person_id_no", 400 * 86_400) < 3  # ACC-13
    assert busiest(table[table["action"] == "education"], "person_id_no", 400 * 86_400) < 2  # VIO-20
    done = table[table["finished_at"] != ""]
    taken = (seconds(done, "finished_at") - seconds(done, "accepted_at")).groupby(done["action"])
    assert taken.min()[["subject1", "subject2", "subject3", "subject4"]].ge([240, 180, 360, 240]).all()  # EXM-03
    assert taken.min()["online"] >= 30  # INS-08
    plain = (done["action"] == "determination") & ~done["serial_no"].isin(honest.steps.loc[honest.steps["step"] == "entrust", "serial_no"])
    assert (seconds(done, "finished_at") - seconds(done, "accepted_at"))[plain].max() < 8 * 86_400  # ACC-01, without an expert
    assert not ((table["result"] == "penalised") & (table["amount"] == "0.00")).any()


def test_lines_have_their_rhythm_and_variation(honest) -> None:
    table = honest.transactions
    hours = pd.to_datetime(table["accepted_at"]).dt.hour
    assert (hours[table["action"] == "onsite"].isin([23, 0, 1, 2, 3, 4])).any()
    tests = table[table["action"] == "subject2"]
    rates = (tests["result"] == "pass").groupby(tests["agency_code"]).mean()
    assert 0.55 < (tests["result"] == "pass").mean() < 0.8 and rates.std() > 0.02
    again = tests[tests["attempt"].astype(int) > 1]
    assert len(again) and (again["related_serial"] != "").all()
    assert (table["status"] == "returned").any() and (table["status"] == "cancelled").any()


def test_an_impossible_span_or_an_unknown_scenario_is_refused_by_name(town) -> None:
    with pytest.raises(ValueError, match="before the first day"):
        simulate.history(town, first_day=LAST, last_day=FIRST, transactions=100)
    with pytest.raises(ValueError, match="unknown scenario no_such"):
        simulate.history(town, first_day=FIRST, last_day=LAST, transactions=100, scenarios=("no_such",))


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 6, 13), date(2026, 6, 13)), (date(2026, 6, 12), date(2026, 6, 12)), (date(2027, 12, 30), date(2028, 1, 3))],
)
def test_short_spans_closed_days_and_years_without_a_published_calendar_work(town, first, last) -> None:
    output = simulate.history(town, first_day=first, last_day=last, transactions=300, seed=2)
    assert len(output.transactions) > 50
    assert output.transactions["accepted_at"].str[:10].between(first.isoformat(), last.isoformat()).all()


def test_some_rows_come_late_and_some_twice(honest) -> None:
    table, again = honest.transactions, honest.redelivered.set_index("serial_no")
    assert 0.005 < (table["accepted_at"] < table["accepted_at"].cummax()).mean() < 0.05
    first = table.set_index("serial_no").loc[again.index]
    forward = (first["status"] == "accepted") & (again["status"] != "accepted")
    corrected = first["phone"] != again["phone"]
    assert forward.any() and (forward | corrected).all()
    kept = first.drop(columns=["status", "finished_at", "result", "phone"])
    pd.testing.assert_frame_equal(kept, again[kept.columns])


def test_people_move_and_do_their_work_where_they_are(town, honest) -> None:
    before = set(zip(town.postings["staff_no"], town.postings["post_code"], town.postings["unit_code"], strict=True))
    begun = honest.postings[honest.postings["start_date"] >= FIRST.isoformat()]
    assert len(begun) and not set(zip(begun["staff_no"], begun["post_code"], begun["unit_code"], strict=True)) & before
    ended = honest.postings[honest.postings["end_date"] >= FIRST.isoformat()]
    assert len(ended) and not ended.duplicated(["staff_no", "post_code", "unit_code"]).any()


def test_records_beside_the_transactions_are_honest(town, honest) -> None:
    impounds = honest.impounds.set_index("serial_no")
    taken = honest.transactions[honest.transactions["action"] == "impound"]
    assert set(impounds.index) == set(taken["serial_no"])
    free = impounds[impounds["released_at"] != ""]
    assert len(free) and (free["released_at"] < free["due_at"]).all()
    assert (impounds.loc[impounds["released_at"] == "", "due_at"] > LAST.isoformat()).all()
    complaints = honest.complaints
    assert 0 < len(complaints) < 0.002 * len(honest.transactions)
    answered = complaints[complaints["rectified_at"] != ""]
    taken_days = pd.to_datetime(answered["rectified_at"]) - pd.to_datetime(answered["received_at"])
    assert (taken_days.dt.days < 23).all() and set(complaints["unit_code"]) <= set(town.units["code"])
    assert set(honest.violations_of_discipline["staff_no"]) <= set(town.staff["staff_no"])


def test_weeks_of_one_person_differ_more_than_chance(honest) -> None:
    """Counts of independent chance would have a variance like their mean."""
    table = honest.transactions[honest.transactions["action"].isin(["entry", "camera"])]
    week = pd.to_datetime(table["accepted_at"]).dt.isocalendar().week
    counts = table.groupby(["handler_no", week]).size().unstack(fill_value=0)
    counts = counts[counts.mean(axis=1) >= 3]
    assert len(counts) >= 20 and counts.var(axis=1).sum() / counts.mean(axis=1).sum() > 1.25
