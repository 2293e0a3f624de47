"""A case about somebody with everything that can hang on one: party, order, escalation, measures, breaker, document, watch."""

from datetime import datetime, timedelta

from ledger.kit.days import today
from ledger.roster.models import Role, Staff
from oversight.aftercare.models import Watch
from oversight.breakers.evaluating import evaluate_breakers
from oversight.breakers.models import Breaker
from oversight.documents.services import make_document
from oversight.measures.acting import propose
from oversight.measures.catalogue import KINDS
from oversight.orders.services import issue_order
from risk.alerts.models import Alert
from risk.rules.models import RuleVersion
from tests.builders import make_agency, make_alert, make_unit
from tests.oversight.breakers.building import make_policy, make_warning
from tests.oversight.cases.building import make_case, make_escalation, make_party
from tests.oversight.cast import Cast
from tests.oversight.measures.building import typed_for
from tests.oversight.orders.building import PROBLEM


def found_offices(cast: Cast) -> None:
    """What must be there before: who reviews, whom a suspension could be of, and a policy by which one red warning trips."""
    make_unit("法制大队", kind="department", parent=cast.detachment)
    make_agency(cast.first, code="A77", name="安驰检测站", kind="test_station")
    make_policy("staff", author=cast.supervisor, armed_by=cast.of[Role.LEADER], trip_at=8.0)


def drive(alert: Alert, staff: Staff, cast: Cast, now: datetime) -> dict[str, str]:
    """All of it, about `staff` over their `alert`. Numbers by the namespace of the pages they open; measures and the rest by their own."""
    case = make_case(cast.supervisor, alert)
    party = make_party(case, cast.first)
    make_party(case, cast.detachment, "superior")
    order = issue_order(case=case, party=party, actor=cast.supervisor, requirement="逐笔说明夜间办理理由", problems=[PROBLEM])
    numbers = {"cases": case.number, "orders": order.number, "escalations": make_escalation(case, cast.detachment).number}
    for code, kind in KINDS.items():
        typed = typed_for(code)
        about = {"subject_code": staff.staff_no, "measure": "criticism"} if "subject_code" in typed else {"to": [cast.first.code]}
        numbers[code] = propose(kind=kind, case_number=case.number, given=typed | about, actor=cast.supervisor).number
    numbers["documents"] = make_document(kind="assignment", about=case.number, actor=cast.supervisor).document.reference
    _trip(alert.rule_version, staff, cast, now)
    numbers["breakers"] = Breaker.objects.get(status="open").number
    numbers["watched"] = _watched(alert.rule_version, staff, cast, now)
    return numbers


def _trip(version: RuleVersion, staff: Staff, cast: Cast, now: datetime) -> None:
    people, hidden = (cast.supervisor, cast.of[Role.LEADER]), {"recused": [staff.staff_no], "bucket": 3}
    at = now - timedelta(days=1)
    make_warning(cast.first, staff.staff_no, kind="staff", level="red", at=at, version=version, people=people, **hidden)
    evaluate_breakers(now)


def _watched(version: RuleVersion, staff: Staff, cast: Cast, now: datetime) -> str:
    """A case that was closed, whose subject is watched; returns its number."""
    about = {"subject_code": staff.staff_no, "recused": [staff.staff_no], "bucket": 4}
    old = make_alert(cast.first, version=version, status="closed", raised_at=now, **about)
    closed = {"status": "closed", "outcome": "confirmed", "closed_by": cast.of[Role.LEADER], "closed_at": now}
    case = make_case(cast.supervisor, old, **closed)
    first = today() + timedelta(days=7)
    Watch.objects.create(case=case, closing=0, alert=old, closed_at=now, from_day=first, until_day=first + timedelta(days=83))
    return case.number
