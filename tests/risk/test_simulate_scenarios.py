"""Each kind of misconduct is in the rows its label names, at the size asked for, and honest look-alikes are honest."""

from datetime import date

import pandas as pd
import pytest

from risk.evaluation import simulate
from risk.evaluation.simulate import rows as rowing
from risk.evaluation.simulate.clocks import is_workday
from risk.evaluation.simulate.history import LINES
from risk.evaluation.simulate.scenarios import LOOKALIKE, OFFICES, SCENARIOS, WIDE, Shared, Stage, _play
from risk.evaluation.simulate.world import World

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 14)
# look-alikes of the list, and the ones that want a day the simulated time does not hold
DAYS_NEEDED = {"lookalike:leap_day"}
LISTED = {
    "dealer_bulk_day", "holiday_rush", "saturday_shift", "mobile_van", "lucky_examiner", "fleet_operator", "one_officer_window",
    "repaired_retest", "migration_day", "back_from_leave", "leap_day", "midnight", "foreign_clock_change", "parking_district", "new_office",
    "new_dealer",
}  # fmt: skip


@pytest.fixture(scope="module")
def town() -> simulate.Detachment:
    return simulate.detachment(5)


@pytest.fixture(scope="module")
def output(town: simulate.Detachment) -> simulate.Output:
    """Every scenario, whatever share of the rows that makes."""
    names = tuple(simulate.registered())
    return simulate.history(town, first_day=FIRST, last_day=LAST, transactions=24_000, seed=5, scenarios=names)


def rows_of(output: simulate.Output, scenario: str) -> pd.DataFrame:
    labels = output.labels[output.labels["scenario"] == scenario]
    serials = labels["serials"].iloc[0].split(";")
    return output.transactions.set_index("serial_no").loc[serials]


def steps_of(output: simulate.Output, table: pd.DataFrame) -> pd.DataFrame:
    """The moment of each step (of its last, where it was taken twice), a column each."""
    steps = output.steps[output.steps["serial_no"].isin(table.index)].drop_duplicates(["serial_no", "step"], keep="last")
    return steps.pivot(index="serial_no", columns="step", values="at").apply(pd.to_datetime)


def subjects_of(output: simulate.Output, scenario: str, kind: str) -> list[str]:
    labels = output.labels[(output.labels["scenario"] == scenario) & (output.labels["subject_kind"] == kind)]
    return labels["subject_code"].tolist()


def minutes(table: pd.DataFrame) -> pd.Series:
    return (pd.to_datetime(table["finished_at"]) - pd.to_datetime(table["accepted_at"])).dt.total_seconds() / 60


def days(later: pd.Series, earlier: pd.Series) -> pd.Series:
    return (pd.to_datetime(later) - pd.to_datetime(earlier)).dt.total_seconds() / 86_400


def closed(table: pd.DataFrame) -> pd.Series:
    at = pd.to_datetime(table["accepted_at"])
    return ~(at.dt.date.map(is_workday) & at.dt.hour.between(8, 17))


def test_every_scenario_is_played_and_labelled_once_per_subject(output) -> None:
    assert set(output.labels["scenario"]) | DAYS_NEEDED == set(simulate.registered())
    assert sum(not name.startswith(LOOKALIKE) for name in simulate.registered()) >= 80
    assert {LOOKALIKE + name for name in LISTED} <= set(simulate.registered())
    assert not output.labels.duplicated(["instance", "subject_kind", "subject_code"]).any()
    assert set(output.labels["subject_kind"]) <= {"staff", "post", "unit", "agency", "agent", "terminal", "person", "vehicle"}
    named = set(";".join(output.labels["serials"]).split(";"))
    complained = {name for name in named if name.startswith("complaint:")}
    assert {name.removeprefix("complaint:") for name in complained} <= set(output.complaints["complaint_no"])
    assert named - complained <= set(output.transactions["serial_no"])
    assert output.labels.groupby("instance")["serials"].nunique().eq(1).all()


def test_subjects_are_codes_of_the_files(town, output) -> None:
    known = {"staff": set(town.staff["staff_no"]), "unit": set(town.units["code"]), "agency": set(town.agencies["code"])}
    known |= {"post": set(town.posts["code"]), "person": set(output.transactions["person_id_no"])}
    known |= {"agent": set(output.transactions["agent_id_no"]), "vehicle": set(output.transactions["plate_no"])}
    for kind, codes in known.items():
        found = set(output.labels.loc[output.labels["subject_kind"] == kind, "subject_code"])
        assert {code for code in found - codes if not code.startswith("J")} == set(), kind  # inspectors of stations are in no roster


def test_misconduct_stays_rare_and_the_narrow_kinds_come_first(town) -> None:
    small = simulate.history(town, first_day=FIRST, last_day=LAST, transactions=6_000, seed=5)
    deeds = small.labels[~small.labels["scenario"].str.startswith(LOOKALIKE)].drop_duplicates("instance")
    assert 0.008 < deeds["serials"].str.count(";").add(1).sum() / len(small.transactions) < 0.017
    assert len(deeds) >= 8 and not set(deeds["scenario"]) & (WIDE | OFFICES)


def test_only_the_asked_scenarios_are_played_and_honest_rows_stay_the_same(town) -> None:
    span = {"first_day": FIRST, "last_day": LAST, "transactions": 2_000, "seed": 5}
    honest = simulate.history(town, **span, scenarios=())
    one = simulate.history(town, **span, scenarios=("zero_fine",))
    assert honest.labels.empty and set(one.labels["scenario"]) == {"zero_fine"}
    added = set(one.labels["serials"].iloc[0].split(";"))
    keys = ["line", "action", "accepted_at", "person_id_no", "plate_no", "unit_code"]
    kept = one.transactions[~one.transactions["serial_no"].isin(added)]
    assert sorted(map(tuple, kept[keys].to_numpy())) == sorted(map(tuple, honest.transactions[keys].to_numpy()))


@pytest.mark.parametrize(("effect", "low", "high"), [(0.2, 4, 11), (1.0, 30, 38), (2.0, 60, 76)])
def test_the_size_of_the_effect_scales_what_is_done(town, effect, low, high) -> None:
    span = {"first_day": FIRST, "last_day": LAST, "transactions": 2_000, "seed": 5}
    played = simulate.history(town, **span, scenarios=("unregistered_agent",), effect=effect)
    assert low <= len(rows_of(played, "unregistered_agent")) <= high


def test_as_many_candidates_pay_as_the_effect_says(town) -> None:
    def paid(effect: float) -> int:
        span = {"first_day": FIRST, "last_day": LAST, "transactions": 24_000, "seed": 5}
        table = rows_of(simulate.history(town, **span, scenarios=("passes_sold",), effect=effect), "passes_sold")
        assert set(table["result"]) <= {"pass", ""} and table["handler_no"].nunique() == 1, "but for one not finished yet"
        return len(table)

    assert 0.08 < paid(0.2) / paid(1.0) < 0.35


@pytest.mark.parametrize("name", ["night_registration", "weekend_inspection", "weekend_exam", "night_window"])
def test_business_out_of_hours_is_on_no_declared_shift(output, name) -> None:
    table = rows_of(output, name)
    assert closed(table).all()
    shifts = set(zip(output.shifts["unit_code"], output.shifts["date"], strict=True))
    nights = pd.to_datetime(table["accepted_at"]).dt.hour >= 19
    on_shift = pd.Series([key in shifts for key in zip(table["unit_code"], table["accepted_at"].str[:10], strict=True)], index=table.index)
    assert (nights | ~on_shift).all()


@pytest.mark.parametrize("name", ["self_approval", "own_supervisor", "determined_and_approved", "self_approved_impound"])
def test_one_person_signs_where_there_should_be_two(output, name) -> None:
    table = rows_of(output, name)
    assert (table["handler_no"] == table["approver_no"]).all() and table["handler_no"].iloc[0] in subjects_of(output, name, "staff")


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("auxiliary_approval", "approver_no"),
        ("auxiliary_licence", "approver_no"),
        ("auxiliary_survey", "handler_no"),
        ("auxiliary_examiner", "handler_no"),
    ],
)
def test_an_auxiliary_does_what_only_officers_may(town, output, name, column) -> None:
    kind = town.staff.set_index("staff_no")["kind"]
    assert (rows_of(output, name)[column].map(kind) == "auxiliary").all()


def test_vehicles_nobody_looked_at(output) -> None:
    late = steps_of(output, rows_of(output, "examined_late")).dropna(subset=["examine"])
    assert len(late) and (late["examine"] > late["issue"]).all()
    never = steps_of(output, rows_of(output, "never_examined"))
    assert "examine" not in never and never["issue"].notna().any()
    paper = steps_of(output, rows_of(output, "paper_cars"))
    assert ((paper["examine"] - paper["accept"]).dt.total_seconds() < 180).all()


def test_papers_and_measures_that_should_differ_are_equal(output) -> None:
    for name, column in [
        ("scrap_certificate_reused", "recycle_cert_no"),
        ("conformity_certificate_reused", "certificate_no"),
        ("cloned_vehicle", "vin"),
        ("brake_curves_copied", "brake_curve"),
        ("photographs_reused", "photo_hash"),
        ("trailer_measures_copied", "curb_mass"),
    ]:
        table = rows_of(output, name)
        assert len(table) >= 2 and table[column].nunique() <= len(table) / 2 and table["plate_no"].nunique() > 1, name
    honest = output.transactions[(output.transactions["length"] != "") & (output.transactions["plate_type"] == "15")]
    honest = honest[~honest["serial_no"].isin(rows_of(output, "trailer_measures_copied").index)]
    assert not honest.duplicated(["length", "width", "height", "curb_mass"]).any()


def test_agents_and_bulk(output) -> None:
    agent = rows_of(output, "unregistered_agent")
    assert (
        len(agent) >= 30 and (agent["agency_code"] == "").all() and agent["phone"].nunique() == 1 and agent["person_id_no"].nunique() >= 10
    )
    bulk = rows_of(output, "motorcycle_bulk")
    assert len(bulk) >= 30 and set(bulk["plate_type"]) == {"07"} and bulk["agent_id_no"].nunique() == 1
    assert (~bulk["person_id_no"].str[:4].isin(["4307", "4324"])).mean() >= 0.5
    circle = rows_of(output, "closed_circle")
    assert circle["handler_no"].nunique() == 2 and circle["agent_id_no"].nunique() == 3


def test_things_done_faster_than_hands_allow(output) -> None:
    for name, most in [("quick_exam", 3), ("remote_answers", 4), ("seconds_review", 0.5)]:
        table = rows_of(output, name)
        table = table[table["finished_at"] != ""]  # a few rows are first told when accepted, and finished in a later delivery
        assert len(table) and (minutes(table) < most).all() and (table["result"] == "pass").all(), name
    tests = steps_of(output, rows_of(output, "hurried_tests"))
    assert ((tests["test"] - tests["accept"]).dt.total_seconds() < 8 * 60).mean() > 0.6
    again = rows_of(output, "retest_without_repair")
    passed = again[again["result"] == "pass"]
    first = output.transactions.set_index("serial_no").loc[passed["related_serial"]]
    assert (
        len(passed)
        and days(passed["accepted_at"], pd.Series(first["finished_at"].to_numpy(), passed.index)).between(0, 1200 / 86_400).all()
    )


def test_tests_taken_too_early_or_too_often(output) -> None:
    early = rows_of(output, "booked_too_early").reset_index()
    moment = early.pivot(index="person_id_no", columns="action", values="accepted_at").dropna().apply(pd.to_datetime)
    assert len(moment) and ((moment["subject3"] - moment["subject1"]).dt.days < 17).all()
    assert (rows_of(output, "attempts_over_limit")["attempt"].astype(int) >= 6).all()
    again = rows_of(output, "quick_second_chance")
    failed = output.transactions.set_index("serial_no").loc[again["related_serial"]]
    assert (days(again["accepted_at"], pd.Series(failed["accepted_at"].to_numpy(), again.index)) < 9).all()
    assert (failed["result"] == "fail").all() and (again["result"] == "pass").all()


def test_accident_work_left_lying(output) -> None:
    late = steps_of(output, rows_of(output, "overdue_determination"))
    assert "entrust" not in late and ((late["determine"] - late["survey"]).dt.days >= 10).all()
    assert (steps_of(output, rows_of(output, "late_service")).eval("serve - determine").dt.days >= 4).all()
    assert (steps_of(output, rows_of(output, "late_referral")).eval("entrust - survey").dt.days >= 4).all()
    assert (steps_of(output, rows_of(output, "slow_opinion")).eval("appraise - entrust").dt.days >= 21).all()
    kept = steps_of(output, rows_of(output, "vehicle_kept_back"))
    assert ((kept["release"] - kept["notify"]).dt.days >= 10).all()
    simple = rows_of(output, "grave_case_made_simple")
    assert simple["severity"].isin(["serious", "fatal"]).all() and (simple["procedure"] == "summary").all()


def test_an_altered_determination_is_delivered_again_with_another_result(output) -> None:
    first = rows_of(output, "liability_altered")["result"]
    again = output.redelivered.set_index("serial_no")["result"].reindex(first.index)
    assert set(first) <= {"full", "main"} and (again == "equal").all()


def test_money_and_favours(output) -> None:
    zero = rows_of(output, "zero_fine")
    assert (zero["amount"] == "0.00").all() and (zero["result"] == "penalised").all()
    void = steps_of(output, rows_of(output, "paid_then_cancelled")).dropna(subset=["cancel"])
    assert len(void) and (void["pay"] < void["cancel"]).all()
    cash = steps_of(output, rows_of(output, "cash_kept")).dropna(subset=["remit"])
    assert len(cash) and ((cash["remit"] - cash["cash"]).dt.days >= 5).all()
    points = rows_of(output, "points_for_sale")
    assert points["person_id_no"].nunique() <= 2 and points["plate_no"].nunique() >= 9 and (points["points"].astype(int) >= 1).all()
    assert rows_of(output, "car_always_forgiven")["plate_no"].nunique() == 1
    down = rows_of(output, "charge_downgraded")
    assert (
        down.groupby("plate_no")["violation_code"].nunique().eq(2).all() and down.groupby("plate_no")["evidence_at"].nunique().eq(1).all()
    )


def test_rows_whose_handler_changed_have_his_steps(output) -> None:
    for name, step in [("school_and_examiner", "exam"), ("reviewer_and_station", "review")]:
        table = rows_of(output, name)
        steps = output.steps[(output.steps["step"] == step) & output.steps["serial_no"].isin(table.index)]
        assert len(steps) and (steps["staff_no"].to_numpy() == table["handler_no"].reindex(steps["serial_no"]).to_numpy()).all()


def test_a_pass_that_was_bought_leaves_no_retest_behind(output) -> None:
    sold = rows_of(output, "passes_sold")
    assert not set(sold.index) & set(output.transactions["related_serial"])


def test_accounts_posts_and_complaints(output) -> None:
    ghost = rows_of(output, "ghost_account")
    assert not ghost["handler_no"].str.isascii().any()
    leaver = rows_of(output, "leaver_account")
    ended = output.postings[output.postings["staff_no"] == leaver["handler_no"].iloc[0]]
    assert (ended["end_date"] != "").all() and (leaver["accepted_at"] > ended["end_date"].max()).all()
    buried = output.complaints.set_index("complaint_no").loc[
        [name.removeprefix("complaint:") for name in output.labels.query("scenario == 'complaints_buried'")["serials"].iloc[0].split(";")]
    ]
    waited = pd.to_datetime(buried["rectified_at"].replace("", "2026-06-15 00:00:00")) - pd.to_datetime(buried["received_at"])
    assert (waited.dt.days >= 25).all()
    held = output.impounds.set_index("serial_no").loc[rows_of(output, "pound_overdue").index]
    assert (held["released_at"] == "").all() and (held["due_at"] < "2026-06-01").all()


def test_lookalikes_are_honest(output) -> None:
    saturday = rows_of(output, "lookalike:saturday_shift")
    assert closed(saturday).any() and (pd.to_datetime(saturday["accepted_at"]).dt.day_of_week == 5).all()
    dealer = rows_of(output, "lookalike:dealer_bulk_day")
    assert len(dealer) >= 24 and dealer["agency_code"].nunique() == 1 and (dealer["agency_code"] != "").all()
    fleet = rows_of(output, "lookalike:fleet_operator")
    assert fleet["agent_id_no"].nunique() == fleet["person_id_no"].nunique() == 1 and fleet["plate_no"].nunique() >= 30
    van = rows_of(output, "lookalike:mobile_van")
    shifts = set(zip(output.shifts["unit_code"], output.shifts["date"], strict=True))
    assert set(zip(van["unit_code"], van["accepted_at"].str[:10], strict=True)) <= shifts
    moved = rows_of(output, "lookalike:migration_day")
    assert moved["accepted_at"].nunique() == 1 and len(moved) >= 100
    assert len(rows_of(output, "lookalike:lucky_examiner")) == 30
    for table in (saturday, dealer, fleet, van):
        assert not ((table["handler_no"] == table["approver_no"]) & (table["approver_no"] != "")).any()
    wrong = output.labels[~output.labels["scenario"].str.startswith(LOOKALIKE)]
    alike = output.labels[output.labels["scenario"].str.startswith(LOOKALIKE)]
    assert not set(";".join(wrong["serials"]).split(";")) & set(";".join(alike["serials"]).split(";"))


def of_the_office(output: simulate.Output, scenario: str, column: str, action: str) -> pd.DataFrame:
    """All rows of an action of the scenario's office between its first and its last row."""
    table, every = rows_of(output, scenario), output.transactions
    own = every[(every[column] == table[column].iloc[0]) & every["action"].isin(action.split("|"))]
    return own[own["accepted_at"].between(table["accepted_at"].min(), table["accepted_at"].max())]


def test_a_whole_office_is_in_it(output) -> None:
    window = of_the_office(output, "window_returns_nothing", "unit_code", "new|transfer|change")
    assert (window["status"] == "returned").mean() < 0.01 and window["approver_no"].nunique() > 1
    glanced = steps_of(output, rows_of(output, "window_looks_at_nothing"))
    assert ((glanced["examine"] - glanced["accept"]).dt.total_seconds() < 180).all()
    for name, column, least in [("group_lenient_together", "unit_code", 0.8), ("site_lenient_together", "exam_site", 0.8)]:
        action = rows_of(output, name)["action"].iloc[0] if name.startswith("group") else "subject2|subject3"
        tests = of_the_office(output, name, column, action)
        assert (tests["result"] == "pass").mean() > least and tests["handler_no"].nunique() > 3, name
    assert (of_the_office(output, "station_always_lenient", "agency_code", "periodic")["result"] == "pass").mean() > 0.95
    assert (of_the_office(output, "centre_rejects_nothing", "unit_code", "online")["result"] == "rejected").mean() < 0.02
    squad = of_the_office(output, "squad_warns_all", "unit_code", "onsite")
    assert (squad["result"] == "warned").mean() > 0.2 and (squad.query("result == 'warned'")["amount"] == "0.00").all()
    hurt = of_the_office(output, "squad_settles_summarily", "unit_code", "determination").query("severity == 'injury'")
    assert (hurt["procedure"] == "summary").mean() > 0.5


def test_an_office_that_begins_on_a_day_has_an_honest_past(output) -> None:
    section = rows_of(output, "section_cancels")
    every = output.transactions.query("action == 'cancel' and line == 'violation'")
    during = every["accepted_at"].between(section["accepted_at"].min(), section["accepted_at"].max())
    assert 0.2 < len(section) / during.sum() < 0.65 and section["handler_no"].nunique() > 1
    for name in ("window_looks_at_nothing", "group_lenient_together", "centre_rejects_nothing", "section_cancels"):
        assert rows_of(output, name)["accepted_at"].min() > "2026-03-10", name
    assert rows_of(output, "station_always_lenient")["accepted_at"].min() < "2026-01-20"


def test_a_little_of_everything_is_of_many_kinds(output) -> None:
    clerk = rows_of(output, "clerk_little_by_little")
    assert 4 <= len(clerk) <= 14 and clerk["handler_no"].nunique() == 1
    assert days(clerk["accepted_at"].iloc[-1:], clerk["accepted_at"].min()).iloc[0] < 35
    station = rows_of(output, "station_little_by_little")
    assert station["agency_code"].nunique() == 1 and (station["result"] == "fail").sum() >= 2
    labelled = output.labels.query("scenario == 'office_little_by_little'")["serials"].iloc[0].split(";")
    assert sum(name.startswith("complaint:") for name in labelled) == 1 and len(labelled) >= 4


def test_labels_tell_the_size_of_the_effect(town) -> None:
    span = {"first_day": FIRST, "last_day": LAST, "transactions": 2_000, "seed": 5}
    played = simulate.history(town, **span, scenarios=("zero_fine", "lookalike:midnight"), effect=0.5)
    assert dict(zip(played.labels["scenario"], played.labels["effect"], strict=True)) == {"zero_fine": "0.5", "lookalike:midnight": ""}


def test_an_office_that_opened_has_no_row_before_and_a_parking_district_warns_by_the_case(output) -> None:
    opened = rows_of(output, "lookalike:new_office")
    every = output.transactions.query("unit_code == @opened.unit_code.iloc[0] and action == 'camera'")
    before = every[every["accepted_at"] < opened["accepted_at"].min()]
    assert len(before) < 0.1 * len(opened)
    parking = rows_of(output, "lookalike:parking_district")
    assert parking["violation_code"].isin(["10391", "10393"]).mean() > 0.8 and 0.05 < (parking["result"] == "warned").mean() < 0.3


def test_every_kind_knows_a_careful_way(town, output) -> None:
    world = World(town, FIRST, LAST, 10_000, 5)
    honest = rowing.join([part for line, share in LINES.items() for part in line.honest(world, round(10_000 * share))]).frame
    played = output.labels.drop_duplicates("instance").set_index("scenario")["instance"].str.partition(".")[2]
    ways = {name: {way} for name, way in played.items() if not name.startswith(LOOKALIKE)}
    for turn in range(1, 8):
        for name, seen in ways.items():
            if len(seen) < 2:
                again = _play(SCENARIOS[name], Stage(world, world.rng(f"{name}#{turn}"), Shared(honest), name=name, turn=turn))
                seen |= {again.variant} if again else set()
    assert {name for name, seen in ways.items() if len(seen - {""}) < 2} == set() and len(ways) > 100


def test_how_the_bold_do_it_is_not_drawn_from_what_they_do(town) -> None:
    world = World(town, FIRST, LAST, 24_000, 5)
    states = []
    for ways in (("bold", "careful"), ("bold", "careful", "third")):
        stage = Stage(world, world.rng("any"), Shared(pd.DataFrame()), name="any")
        assert stage.way(*ways) in ways
        states.append(stage.rng.bit_generator.state)
    assert states[0] == states[1] == world.rng("any").bit_generator.state


def test_the_rounds_of_a_history_do_it_in_turn(town) -> None:
    world = World(town, FIRST, LAST, 24_000, 5)
    told = [Stage(world, world.rng("any"), Shared(pd.DataFrame()), name="any", turn=turn).way("bold", "careful") for turn in range(4)]
    assert set(told) == {"bold", "careful"} and told[0] != told[1] and told[:2] == told[2:]
