"""What the stage does for cases: the ground of a journey, and closed cases that are watched; see stage.py, which has set Django up."""

from datetime import timedelta

from django.utils import timezone

from ledger.kit.days import today
from ledger.roster.models import Role, Unit, User
from oversight.aftercare.models import Watch
from oversight.aftercare.running import follow_up
from oversight.aftercare.services import begin_watches
from oversight.cases.models import Case, Party
from oversight.cases.policy.models import LineDepartment
from oversight.cases.policy.reading import policy_of
from risk.alerts.models import Alert, Hit
from risk.alerts.sequencer import sequence_events
from tests.builders import make_alert, make_rule, make_staff, make_transaction, make_unit, make_user
from tests.oversight.cases.building import make_case, make_party


def case_ground() -> None:
    """A squad below a brigade with its leader, the department of the line, the discipline inspection; a yellow warning, issued by first."""
    detachment = Unit.objects.get(code="D1")
    brigade = make_unit("一大队", code="B1", parent=detachment)
    squad = make_unit("一大队一中队", code="B1S1", kind="squad", parent=brigade)
    department = make_unit("车辆管理科", code="K1", kind="department", parent=detachment)
    make_unit("纪检监察室", code="J1", kind="discipline", parent=detachment)
    LineDepartment.objects.create(line="registration", unit=department, edited_at=timezone.now())
    make_user(Role.SQUAD_LEADER, squad, username="squad", name="魏某", staff=make_staff(squad, staff_no="081101", name="魏某"))
    subject = make_staff(squad, staff_no="081100", name="施某")
    rows = [make_transaction(squad, handler_no="081100", accepted_at=timezone.now() - timedelta(days=day, hours=1)) for day in (0, 1, 3)]
    told = {"level": "yellow", "evidence": rows, "observed": 3.0, "threshold": 3.0, "status": Alert.Status.ISSUED}
    make_alert(squad, version=make_rule(), subject_code=subject.staff_no, handler=User.objects.get(username="first"), **told)
    sequence_events()


def watches() -> None:
    """Closed cases of which one is watched with weeks behind it, one has just begun, one came back, and two ran to their end."""
    window = Unit.objects.get(code="W1")
    told = (("退办率偏高", 70, 9), ("午间集中办理", 2, 1), ("违法撤销偏高", 40, 9), ("档案缺失超期", 95, 9), ("重复受理", 95, 0))
    for place, (title, days, rows) in enumerate(told):
        code = f"0850{place:02d}"
        make_staff(window, staff_no=code, name=f"{'贺倪汤滕殷'[place]}某")
        _closed(window, code, title, days, rows)
    follow_up()
    back = Watch.objects.get(alert__subject_code="085002").alert
    day = timezone.now() - timedelta(days=3)
    make_alert(window, version=back.rule_version, subject_code=back.subject_code, level="orange", raised_at=day)
    follow_up()
    sequence_events()


def _closed(window: Unit, code: str, title: str, days: int, rows: int) -> None:
    at, version = timezone.now() - timedelta(days=days), make_rule(f"WT-{code}", title_zh=title)
    for day in range(days + 30, 0, -3):
        for number in range(rows):
            moment = timezone.now() - timedelta(days=day, minutes=7 * number)
            who = code if number < 3 else f"0851{number:02d}"
            make_transaction(window, serial_no=f"W{code}{day:03d}{number}", handler_no=who, post_code="P1", accepted_at=moment)
    alert = make_alert(window, version=version, subject_code=code, level="yellow", status="closed", raised_at=at - timedelta(days=4))
    for back in (6, 8, 11, 15, 20):
        _hit(alert, back - 4, days)
    _hit(alert, -40, days)
    people = {
        "closed_by": User.objects.get(username="second"),
        "closed_at": at,
        "outcome": "confirmed",
        "conclusion": "核查属实，已整改到位。",
    }
    first = User.objects.get(username="first")
    case = make_case(first, alert, title=title, status=Case.Status.CLOSED, policy=policy_of("yellow").snapshot(), **people)
    make_party(case, window, Party.Part.LEAD)
    begin_watches(case)


def _hit(alert: Alert, back: int, days: int) -> None:
    """A blue hit so many days before the alert (after it, where negative and in the past)."""
    day = alert.last_day - timedelta(days=back)
    if day < today():
        told = {"rule_version": alert.rule_version, "line": alert.line, "bucket": -days, "level": "blue", "observed": 2.0, "threshold": 2.0}
        moments = {"found_at": alert.raised_at, "changed_at": alert.raised_at}
        Hit.objects.get_or_create(rule=alert.rule, subject_kind="staff", subject_code=alert.subject_code, day=day, defaults=told | moments)


ACTS = {one.__name__: one for one in (case_ground, watches)}
