"""The casework of the demonstration, played over a dozen alerts of a small detachment: what a centre shows that has worked."""

from collections import Counter

import pytest
from django.db.models import F
from django.utils import timezone

from ledger.roster.models import Unit
from oversight.aftercare.models import Watch
from oversight.breakers.models import Breaker, BreakerPolicy
from oversight.cases.escalations.models import Escalation
from oversight.cases.models import Approval, Case, CaseEntry
from oversight.cases.policy.models import LineDepartment
from oversight.cases.telling import WORDS
from oversight.cases.visibility import visible_cases
from oversight.cycle.models import Round
from oversight.demo import casework, checklist, cycle
from oversight.demo.cast import CAST, WINDOW
from oversight.demo.offices import make_account, person
from oversight.documents.models import Document
from oversight.measures.catalogue import KINDS
from oversight.orders.extending import EXTENSION
from oversight.orders.models import Draft, Order
from risk.alerts.models import Alert
from risk.checklist.models import ChecklistVersion
from risk.checklist.revisions.queries import unfinished
from risk.checklist.services import load_checklist
from risk.checklist.signing.models import ChecklistSignature
from risk.rules.models import RuleVersion
from tests.builders import make_agency, make_alert, make_rule, make_staff, make_unit

KIND_OF_UNIT = {"大监管中心": "supervision_centre", "纪检监察室": "discipline"}


def make_detachment() -> dict[str, Unit]:
    """Every unit somebody of the cast belongs to, each with officers enough, and a squad."""
    top = make_unit("交警支队", kind="detachment")
    units = {top.name: top}
    for name in dict.fromkeys([part.unit for part in CAST if part.unit != WINDOW] + list(casework.DEPARTMENTS.values())):
        units.setdefault(name, top if name == top.name else make_unit(name, kind=KIND_OF_UNIT.get(name, "department"), parent=top))
    units[WINDOW] = make_unit(WINDOW, kind="window", parent=units["车辆管理所"])
    units["一中队"] = make_unit("一中队", kind="squad", parent=units["秩序管理科"])
    for unit in units.values():
        for _place in range(6):
            make_staff(unit)
    for part in CAST:
        make_account(part)
    return units


def make_alerts(units: dict[str, Unit]) -> list[str]:
    agency, unit = make_rule(subject_kind="agency", subject_column="agency"), make_rule(subject_kind="unit", subject_column="unit")
    squad, window = units["一中队"], units[WINDOW]
    made = [
        make_alert(squad, version=agency, level=level, subject_code=make_agency(squad, name=f"{level}检测站").code)
        for level in ("red", "orange", "blue")
    ]
    for place, level in (
        (window, "orange"),
        (window, "orange"),
        *((squad, "orange"),) * 4,
        (squad, "yellow"),
        (squad, "blue"),
        (squad, "red"),
    ):
        made.append(make_alert(place, version=make_rule(), level=level, subject_code=make_staff(place).staff_no))
    made += [make_alert(squad, version=unit, level="orange", subject_code=squad.code), make_alert(squad, level="orange")]
    made.append(make_alert(squad, level="blue"))
    return [alert.number for alert in made]


@pytest.mark.django_db
def test_a_demonstration_shows_cases_orders_measures_breakers_and_papers_at_every_stage():
    numbers = make_alerts(make_detachment())
    left = casework.work(numbers)
    assert left == numbers[len(casework.STORIES) :]
    assert Counter(Case.objects.values_list("status", flat=True)) == {"handling": 9, "closed": 3, "proposed": 1, "asked": 1}
    assert Counter(Case.objects.filter(status="closed").values_list("outcome", flat=True)) == {"confirmed": 2, "partly": 1}
    assert Case.objects.filter(sealed=True).count() == 1
    assert Escalation.objects.filter(reason="hand").count() == 1
    orders = Counter(Order.objects.values_list("status", flat=True))
    assert orders == {"issued": 1, "working": 4, "answered": 1, "returned": 1, "closed": 4}
    assert Approval.objects.filter(kind=EXTENSION, state="asked").count() == 1
    assert Draft.objects.filter(order__status="working", order__case__unit__name=WINDOW).count() == 1
    assert Order.objects.filter(reminders=1, status="working").count() == 1
    measures = {code: sorted(kind.model._default_manager.values_list("status", flat=True)) for code, kind in KINDS.items()}
    assert measures == {
        "interviews": ["archived", "notified"],
        "accountability": ["executed", "proposed"],
        "suspensions": ["in_force", "proposed"],
        "circulars": ["issued"],
        "transfers": ["sent"],
    }
    assert set(BreakerPolicy.objects.values_list("subject_kind", "state")) == {("agency", "armed"), ("staff", "draft")}
    assert Breaker.objects.filter(status="open", trips=1).count() == 1
    assert Document.objects.count() == 9
    assert Watch.objects.filter(status="running").count() == 3
    assert LineDepartment.objects.count() == len(casework.DEPARTMENTS)
    # Whom the page of the cast sends to the phone finds something there.
    assert visible_cases(person("squad1")).count() == 2
    assert not Case.objects.filter(closed_by=F("handler")).exists()
    # No record of a case falls back on the code of what happened.
    assert set(CaseEntry.objects.values_list("kind", flat=True)) <= set(WORDS)
    assert Alert.objects.filter(number__in=left, status="new").count() == len(left)


@pytest.mark.django_db
def test_a_demonstration_shows_a_month_of_the_checklist_gone_through_and_one_that_runs():
    load_checklist()
    units = make_detachment()
    for name in ("二中队", "三中队"):
        make_staff(make_unit(name, kind="squad", parent=Unit.objects.get(pk=units["秩序管理科"].pk)))
    cycle.play()
    last, *running = Round.objects.order_by("first_day")
    assert Counter(last.tasks.values_list("status", flat=True)) == {"accepted": 2, "returned": 1, "open": 1}
    assert last.tasks.get(status="returned").unit.name == WINDOW
    assert last.tasks.get(status="open").due_at < timezone.now()
    told = [list(task.entries.order_by("id").values_list("kind", flat=True)) for task in last.tasks.filter(status="accepted")]
    assert told == [["opened", "submitted", "accepted"]] * 2
    # Before the first working day of a month its round is still to come.
    assert all(one.due_at > timezone.now() and set(one.tasks.values_list("status", flat=True)) == {"open"} for one in running)


@pytest.mark.django_db
def test_a_demonstration_has_a_checklist_that_people_have_changed_and_signed_for():
    make_detachment()
    load_checklist()
    make_rule("REG-20")
    checklist.work()
    version = ChecklistVersion.objects.get(number=2)
    assert set(version.revision.changes.values_list("no", flat=True)) == set(checklist.CHANGES)
    assert RuleVersion.objects.get(rule__code="REG-20", number=2).thresholds == checklist.THRESHOLDS
    assert set(unfinished().changes.values_list("no", flat=True)) == set(checklist.NEXT)
    assert ChecklistSignature.objects.count() == checklist.SIGNING
