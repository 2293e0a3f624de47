"""The hits a suppression holds back, for somebody whom a few of thousands of subjects concern: asked in few queries, exact all the same."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.intake.services import take_records
from ledger.journal import history
from ledger.kit.days import SHANGHAI, today
from ledger.roster.models import Relation, Role, Staff, Unit, User
from risk.alerts.models import Hit, Suppression
from risk.alerts.recusal import recused_staff
from risk.alerts.suppression_queries import held_counts, held_hits, visible_suppressions
from risk.frames import base
from tests.builders import make_alert, make_rule, make_staff, make_transaction, make_unit, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.services]
EARLY, LATE = date(2026, 3, 5), date(2026, 3, 25)


@pytest.fixture
def root() -> Unit:
    return make_unit("交警支队", kind="detachment")


def suppression(root: Unit, **fields: object) -> Suppression:
    asker, decider = (make_user(Role.LEADER, root) for _ in range(2))
    made = {
        "rule": None if "subject_code" in fields else make_rule().rule,
        "number": f"YZ-{Suppression.objects.count()}",
        "ceiling": "red",
        "reason": "专项整治集中开单",
        "owner": asker,
        "valid_from": today(),
        "expires_on": today() + timedelta(days=30),
        "state": Suppression.State.APPROVED,
        "asked_by": asker,
        "asked_at": datetime.now(SHANGHAI),
        "decided_by": decider,
        "decided_at": datetime.now(SHANGHAI),
    }
    return Suppression.objects.create(**made | fields)


def held(by: Suppression, root: Unit, kind: str, column: str, subjects: dict[str, date], *, handler_no: str = "070001") -> None:
    """Hits about subjects, each on its day, held back by the suppression; the handler is behind their evidence."""
    version = make_rule(f"TS-{kind}-{handler_no}", subject_kind=kind, subject_column=column)
    for code, day in subjects.items():
        accepted = datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI)
        row = make_transaction(root, handler_no=handler_no, accepted_at=accepted)
        make_alert(root, version=version, subject_code=code, evidence=[row])
    Hit.objects.filter(rule=version.rule).update(suppression=by)


def reader(root: Unit, staff_no: str) -> User:
    known = Staff.objects.filter(staff_no=staff_no).first()
    return make_user(Role.LEADER, root, staff=known or make_staff(root, staff_no=staff_no))


def concerned_one_by_one(by: Suppression, staff_no: str) -> set[int]:
    """The hits that every subject asked about on its own would hide."""
    hidden = set()
    for hit in by.hits.select_related("rule"):
        of_subject = by.hits.filter(rule=hit.rule, subject_code=hit.subject_code)
        facts = base(hit.rule.frame).facts({number for one in of_subject for number in one.evidence})
        days = [one.day for one in of_subject]
        people = {number for one in facts.values() for number in one.people}
        if staff_no in recused_staff(
            subject_kind=hit.subject_kind, subject_code=hit.subject_code, first_day=min(days), last_day=max(days), people=people
        ):
            hidden.add(hit.pk)
    return hidden


@pytest.fixture
def mixed(root: Unit, monkeypatch: pytest.MonkeyPatch) -> Suppression:
    """Subjects of every kind; L1 led the unit, answered for the auxiliary and held the post early, L2 late."""
    for day, number in ((1, "L1"), (15, "L2")):
        monkeypatch.setattr(history.timezone, "now", lambda day=day: datetime(2026, 3, day, 9, tzinfo=SHANGHAI))
        for code in ("U3", "U4"):
            take_records(kind="units", records=[{"code": code, "name": code, "kind": "window", "leader_no": number}], source="manual")
        for code in ("F3", "F4"):
            aux = {"staff_no": code, "name": "李某", "kind": "auxiliary", "unit_code": "U3", "responsible_no": number}
            take_records(kind="staff", records=[aux], source="manual")
    for number, starts, ends in (("L1", date(2026, 1, 1), date(2026, 3, 14)), ("L2", date(2026, 3, 15), None)):
        for code in ("R3", "R4"):
            given = {"staff_no": number, "post_code": code, "unit_code": "U3", "start_date": f"{starts}", "end_date": f"{ends or ''}"}
            take_records(kind="postings", records=[given], source="manual")
    Relation.objects.create(staff_no="L9", subject_kind="agency", subject_code="A2", kind="family")
    by = suppression(root)
    held(by, root, "unit", "unit", {"U3": EARLY, "U4": LATE})
    held(by, root, "staff", "handler", {"F3": EARLY, "F4": LATE, "L1": EARLY, "070900": LATE})
    held(by, root, "post", "post", {"R3": EARLY, "R4": LATE})
    held(by, root, "agency", "agency", {"A1": EARLY, "A2": LATE}, handler_no="L1")
    held(by, root, "agency", "agency", {"A1": LATE, "A3": LATE}, handler_no="L2")
    return by


@pytest.mark.parametrize("staff_no", ["L1", "L2", "L9", "F3", "070900", "070999"])
def test_what_is_hidden_is_what_every_subject_on_its_own_would_hide(mixed: Suppression, root: Unit, staff_no: str) -> None:
    hidden = concerned_one_by_one(mixed, staff_no)
    user = reader(root, staff_no)
    assert set(mixed.hits.values_list("pk", flat=True)) - set(held_hits(user, mixed).values_list("pk", flat=True)) == hidden
    assert held_counts(user, [mixed])[mixed.pk] == mixed.hits.count() - len(hidden)
    assert bool(hidden) == (staff_no != "070999")


def test_suppressions_about_subjects_are_hidden_from_those_they_concern(mixed: Suppression, root: Unit) -> None:
    about = {
        code: suppression(root, subject_kind=kind, subject_code=code) for kind, code in (("unit", "U3"), ("staff", "F3"), ("agency", "A2"))
    }
    for staff_no, unseen in (("L2", {"U3", "F3"}), ("L9", {"A2"}), ("F3", {"F3"}), ("L1", set())):
        user = reader(root, staff_no)
        seen = set(visible_suppressions(user).values_list("subject_code", flat=True))
        assert about.keys() - seen == unseen


@pytest.mark.parametrize(("kind", "column"), [("staff", "handler"), ("agency", "agency"), ("unit", "unit")])
def test_more_subjects_cost_no_more_queries(root: Unit, kind: str, column: str) -> None:
    few, many = suppression(root), suppression(root)
    user = reader(root, "070001" if kind == "agency" else "070777")
    held(few, root, kind, column, {"X1": EARLY, "X2": EARLY}, handler_no="070001")
    held(many, root, kind, column, {f"Y{number}": EARLY for number in range(12)}, handler_no="070002")
    asked = []
    for one in (few, many):
        with CaptureQueriesContext(connection) as queries:
            list(held_hits(user, one))
        asked.append(len(queries))
    assert asked[0] >= asked[1]
