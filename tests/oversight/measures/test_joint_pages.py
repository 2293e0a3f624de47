"""联带 as people meet it: their own page, the register whose sums equal its rows, the bell and the workbench, the page of a person."""

from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps

from ledger.kit.days import day_start, today
from ledger.roster.models import Role, Staff, User
from oversight.cases.models import Case
from oversight.duty.bell import bell_context
from oversight.measures.joint.models import JointPoints
from oversight.measures.joint.services import flow, withdraw
from oversight.measures.joint.telling import history_of
from oversight.viewer import Viewer
from tests.builders import make_user
from tests.oversight.cases.building import make_case
from tests.oversight.cast import logged_in
from tests.oversight.measures.building import Town, decided

pytestmark = pytest.mark.django_db
OWN, REGISTER = "/measures/joint/mine/", "/measures/joint/points/"


@pytest.fixture
def officer(town: Town) -> User:
    """Who is responsible for the auxiliary; holds no role."""
    return make_user(None, town.squad, staff=Staff.objects.get(staff_no="060003"))


def more(town: Town, source: str, points: str, **given: object) -> None:
    flow(
        source=source,
        staff_no="060004",
        unit=town.squad,
        auxiliary=True,
        points=Decimal(points),
        **{"on": today(), "case": town.case} | given,
    )


@pytest.mark.services
def test_own_points_say_whose_by_which_weight_and_add_up_over_the_year(town: Town, officer: User):
    one = decided(town)
    more(town, "ZZ-2", "10")
    more(town, "ZZ-3", "10")
    withdraw(source="ZZ-2")
    more(town, "ZZ-9", "4", on=today().replace(year=today().year - 1, day=1))
    page = logged_in(officer).get(OWN)
    rows = page.context["rows"]
    assert [(row["source"], row["points"], row["running"], row["counts"]) for row in rows] == [
        ("ZZ-3", Decimal("3.00"), Decimal("4.20"), True),
        ("ZZ-2", Decimal("3.00"), Decimal("1.20"), False),
        (one.number, Decimal("1.20"), Decimal("1.20"), True),
    ]
    assert rows[-1]["of"] == f"{town.auxiliary.name} 0600**" and "060004" not in page.content.decode()
    assert rows[-1]["weight"] == "第1版：辅警、职工属实扣分 → 带辅民警 30%"
    assert [(row["sum"], row["cap"]) for row in page.context["totals"]] == [(Decimal("4.20"), 10)]
    assert not any(row["url"] for row in rows)
    last = logged_in(officer).get(f"{OWN}?year={today().year - 1}").context
    assert [row["source"] for row in last["rows"]] == ["ZZ-9"] and [year["text"] for year in last["years"]] == [
        str(today().year),
        str(today().year - 1),
    ]
    assert logged_in(make_user(None, town.squad)).get(OWN).context["rows"] == []


def test_of_a_sealed_case_the_bearer_is_told_the_points_and_not_whose(town: Town, officer: User):
    decided(town)
    Case.objects.update(sealed=True)
    page = logged_in(officer).get(OWN)
    assert [row["of"] for row in page.context["rows"]] == ["密办"]
    assert town.auxiliary.name not in page.content.decode()


@pytest.mark.services
def test_the_sums_of_the_register_equal_its_rows_and_only_of_cases_that_are_seen(town: Town):
    one = decided(town)
    more(town, "ZZ-7", "4")  # of no measure anybody sees
    context = logged_in(town.leader).get(REGISTER).context
    assert {row["source"] for row in context["rows"]} == {one.number}
    assert (
        sum(person["sum"] for person in context["people"]) == sum(row["points"] for row in context["rows"] if row["counts"]) == Decimal(2)
    )
    assert [str(total["sum"]) for total in context["totals"]] == ["2.00"] and context["total"] == 3
    for person in context["people"]:
        of_one = logged_in(town.leader).get(person["url"]).context
        assert (of_one["total"], [total["sum"] for total in of_one["totals"]]) == (person["rows"], [person["sum"]])
    Case.objects.update(sealed=True)
    assert logged_in(town.leader).get(REGISTER).context["total"] == 3
    elsewhere = make_user(Role.LEADER, town.cast.second)
    assert logged_in(elsewhere).get(REGISTER).context["total"] == 0
    assert logged_in(town.proposer).get(REGISTER).status_code == 403


def test_whoever_is_held_to_account_does_not_find_it_in_the_register(town: Town):
    decided(town)
    own = make_user(Role.LEADER, town.cast.detachment, staff=town.auxiliary)
    assert logged_in(own).get(REGISTER).context["rows"] == []


@pytest.mark.services
def test_bell_and_workbench_tell_the_bearer_once_points_are_credited_and_no_more_when_they_are_withdrawn(town: Town, officer: User):
    def told() -> tuple[list[str], int]:
        bell = [row["url"] for row in bell_context(Viewer(officer))["rows"]]
        lines = logged_in(officer).get("/?tab=copied").content.decode().count(f"{OWN}?year=")
        return bell, lines

    assert told() == ([], 0)
    one = decided(town)
    address = f"{OWN}?year={today().year}"
    assert told() == ([address], 1)
    assert all(not [row for row in bell_context(Viewer(user))["rows"] if OWN in row["url"]] for user in (town.leader, town.proposer))
    withdraw(source=one.number)
    assert told() == ([], 0)


@pytest.mark.services
def test_the_page_of_a_person_tells_what_they_bear_to_who_sees_the_case(town: Town):
    one = decided(town)
    context = logged_in(town.leader).get("/ledger/subjects/staff/060003/").context
    assert [(row["source"], row["url"]) for row in context["joint"]] == [(one.number, f"/measures/accountability/{one.number}/")]
    assert logged_in(town.leader).get("/ledger/subjects/staff/060004/").context["joint"] == []
    make_case(town.proposer, unit=town.cast.second)
    assert history_of("060003", Viewer(make_user(Role.SUPERVISOR, town.cast.second))) == []
    assert JointPoints.objects.filter(staff_no="060003").count() == 1


def test_points_from_before_were_written_down_when_what_they_flow_from_was_decided(town: Town):
    one = decided(town)
    more(town, "ZZ-8", "4")
    JointPoints.objects.update(credited_at=day_start(today()))
    import_module("oversight.migrations.0005_joint_points_credited").note_when(apps, None)
    moments = {row.source: row.credited_at for row in JointPoints.objects.all()}
    assert moments == {one.number: one.decided_at, "ZZ-8": day_start(today())}
