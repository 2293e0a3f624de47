"""A live trickle fits the hour it comes at, and its bursts are there to be noticed."""

from datetime import UTC, datetime, timedelta

import pytest

from risk.evaluation import simulate

WORKDAY_MORNING, NIGHT, SUNDAY = datetime(2026, 6, 10, 10, 40), datetime(2026, 6, 10, 3, 0), datetime(2026, 6, 14, 10, 40)
ROUND_THE_CLOCK = {"onsite", "impound", "report", "survey"}


@pytest.fixture(scope="module")
def town() -> simulate.Detachment:
    return simulate.detachment(5)


def test_only_what_is_open_comes_in(town) -> None:
    for closed in (NIGHT, SUNDAY):
        table = simulate.trickle(town, now=closed, count=60, seed=5).transactions
        assert set(table["action"]) <= ROUND_THE_CLOCK and len(table) == 60
    table = simulate.trickle(town, now=WORKDAY_MORNING, count=200, seed=5).transactions
    assert set(table["line"]) == {"registration", "exam", "inspection", "accident", "violation"}
    assert table["accepted_at"].between("2026-06-10 08:30:00", "2026-06-10 10:40:00").all()


def test_just_after_opening_nothing_is_older_than_the_day(town) -> None:
    table = simulate.trickle(town, now=datetime(2026, 6, 10, 8, 33), count=80, seed=5).transactions
    office = table[~table["action"].isin(ROUND_THE_CLOCK)]
    assert len(office) and (office["accepted_at"] >= "2026-06-10 08:30:00").all()


def test_nothing_is_known_that_lies_ahead_of_now(town) -> None:
    output = simulate.trickle(town, now=WORKDAY_MORNING, count=100, misconduct=1.0, seed=5)
    for column in (output.transactions["accepted_at"], output.transactions["finished_at"], output.steps["at"]):
        assert column.max() <= "2026-06-10 10:40:00"


@pytest.mark.parametrize(
    "now", [WORKDAY_MORNING, NIGHT, SUNDAY, datetime(2026, 6, 10, 8, 31), datetime(2026, 6, 10, 12, 30), datetime(2026, 6, 10, 17, 29)]
)
def test_every_burst_has_labelled_rows_and_comes_only_when_asked(town, now) -> None:
    seen = set()
    for second in range(8):
        output = simulate.trickle(town, now=now + timedelta(seconds=second), count=1, misconduct=1.0, seed=5)
        assert len(output.labels)
        named = set(output.labels["serials"].iloc[0].split(";"))
        assert len(named) >= 2 and named <= set(output.transactions["serial_no"])
        seen |= set(output.labels["scenario"])
    assert len(seen) >= 3
    assert simulate.trickle(town, now=now, count=3, misconduct=0.0, seed=5).labels.empty


def test_bursts_at_night_are_strong_enough_for_their_rules(town) -> None:
    kind, found = town.staff.set_index("staff_no")["kind"], set()
    for second in range(24):
        output = simulate.trickle(town, now=NIGHT + timedelta(seconds=second), count=0, misconduct=1.0, seed=5)
        table, name = output.transactions, output.labels["scenario"].iloc[0]
        found.add(name)
        if name == "burst_ticketing":
            assert len(table) >= 12 and table["handler_no"].nunique() == 1 and table["accepted_at"].min() >= "2026-06-10 02:50:00"
        elif name == "auxiliary_survey":
            assert (table["handler_no"].map(kind) == "auxiliary").all()
        elif name == "auxiliary_approval":
            assert (table["approver_no"].map(kind) == "auxiliary").all()
        elif name == "self_approved_impound":
            assert (table["handler_no"] == table["approver_no"]).all()
        elif name == "zero_fine":
            assert ((table["amount"] == "0.00") & (table["result"] == "penalised")).any()
        else:
            assert name == "night_registration" and (table["line"] == "registration").all()
    assert len(found) >= 5


def test_calls_at_different_moments_share_no_serial_number_and_a_repeated_call_is_the_same(town) -> None:
    serials: list[str] = []
    for microsecond in range(20):
        serials += (
            simulate.trickle(town, now=NIGHT + timedelta(microseconds=microsecond), count=5, seed=5).transactions["serial_no"].tolist()
        )
    assert len(serials) == len(set(serials)) == 100
    again = simulate.trickle(town, now=NIGHT, count=5, seed=5).transactions["serial_no"].tolist()
    assert again == serials[:5]


def test_a_moment_with_a_zone_is_read_in_shanghai(town) -> None:
    utc = simulate.trickle(town, now=datetime(2026, 6, 10, 2, 40, tzinfo=UTC), count=20, seed=5).transactions
    local = simulate.trickle(town, now=WORKDAY_MORNING, count=20, seed=5).transactions
    assert utc.equals(local)
