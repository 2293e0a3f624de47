"""A case closed some time ago, its watches running, and what came after."""

from datetime import date, datetime, timedelta
from typing import Any

import time_machine

from ledger.kit.days import SHANGHAI, day_start, today
from oversight.cases import closing, parties
from oversight.cases.models import Case
from risk.alerts.models import Alert, Hit
from tests.builders import make_alert, make_transaction
from tests.oversight.cases.building import make_transfer
from tests.oversight.cases.town import Town

CONCLUSION = "经核查属实,已整改到位并完善制度。"


def noon(day: date) -> datetime:
    return day_start(day) + timedelta(hours=12)


def close(town: Town, case: Case, outcome: str = "confirmed") -> Case:
    """Through the services, as of now."""
    lead = case.parties.get(part="lead")
    parties.sign(number=case.number, party=lead.pk, actor=town.squad_leader)
    parties.report_duty(number=case.number, party=lead.pk, actor=town.squad_leader, work="已核查并约谈当事人")
    if outcome == "transferred":
        make_transfer(case, town.supervisor, town.leader)
    closing.propose_closing(number=case.number, actor=town.supervisor, outcome=outcome, conclusion=CONCLUSION)
    closing.decide_closing(number=case.number, actor=town.second, approve=True)
    case.refresh_from_db()
    return case


def closed(town: Town, *, days_ago: int = 60, outcome: str = "confirmed", **alert: Any) -> Case:
    """A case over one issued yellow alert (or as `alert` says), opened and closed so many days ago, at noon."""
    day = today() - timedelta(days=days_ago)
    with time_machine.travel(noon(day), tick=False):
        issued = town.issued(alert.pop("level", "yellow"), raised_at=noon(day - timedelta(days=1)), **alert)
        return close(town, town.opened(alerts=[issued]), outcome)


def alert_of(case: Case) -> Alert:
    return Alert.objects.select_related("rule_version").filter(of_case__case=case).order_by("pk")[0]


def again(town: Town, case: Case, day: date, level: str = "yellow", **extra: Any) -> Alert:
    """The same rule speaks of the same subject on a later day."""
    old = alert_of(case)
    given = {"version": old.rule_version, "subject_code": old.subject_code, "level": level, "raised_at": noon(day)} | extra
    return make_alert(town.squad, **given)


def business(town: Town, handler: str, first: date, days: int, a_day: int = 2) -> None:
    """So many registrations a day of one handler."""
    for number in range(days):
        for hour in range(a_day):
            at = datetime.combine(first + timedelta(days=number), datetime.min.time(), SHANGHAI) + timedelta(hours=9 + hour)
            make_transaction(town.squad, handler_no=handler, post_code="P1", accepted_at=at)


def hit(case: Case, day: date, code: str = "", **extra: Any) -> Hit:
    old = alert_of(case)
    told = {
        "rule_version": old.rule_version,
        "line": old.line,
        "bucket": day.toordinal(),
        "level": "blue",
        "observed": 3.0,
        "threshold": 3.0,
    }
    moments = {"found_at": noon(day), "changed_at": noon(day)}
    return Hit.objects.create(
        rule=old.rule, subject_kind=old.subject_kind, subject_code=code or old.subject_code, day=day, **told | moments | extra
    )
