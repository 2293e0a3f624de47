"""What the stage does for evaluations of detection; see stage.py, which has set Django up."""

from datetime import timedelta

from django.utils import timezone

from ledger.journal.counting import recount
from ledger.roster.models import Role, Unit, User
from risk.alerts.models import Alert
from risk.evaluation.running import run_evaluations
from tests.builders import grant_role, make_alert, make_rule, make_transaction

KINDS, ROWS = 5, 4


def business() -> None:
    """The business that the labels of test_evaluations.py name, alerts on part of it, some for nothing; the audit admin supervises, too."""
    window, now = Unit.objects.get(code="W1"), timezone.now()
    versions = [make_rule(f"DJ-0{number}") for number in (14, 15, 16)]
    for kind in range(KINDS):
        for place in range(6):
            days = [now - timedelta(days=3 * number + kind) for number in range(ROWS)]
            rows = [make_transaction(window, serial_no=f"K{kind}{place}{number}", accepted_at=day) for number, day in enumerate(days)]
            if place in (2, 5) or (place + kind) % 3 == 0:
                make_alert(window, version=versions[kind % 2], subject_code=f"0811{kind}{place}", evidence=rows)
    honest = [make_transaction(window, serial_no=f"H{number}", accepted_at=now) for number in range(3)]
    for number in range(5):
        row = make_transaction(window, accepted_at=now - timedelta(days=number))
        make_alert(window, version=versions[2], subject_code=f"0812{number:02d}", evidence=[row])
    make_alert(window, version=versions[2], subject_code="081300", evidence=honest)
    grant_role(User.objects.get(username=Role.AUDIT_ADMIN), Role.SUPERVISOR, Unit.objects.get(code="D1"))
    recount()


def work_evaluations() -> None:
    """As the worker does it."""
    while run_evaluations():
        pass


def mend_rule() -> None:
    """The rule that cried wolf is given another threshold, and its alerts are undone; a case is no longer found."""
    make_rule("DJ-016", number=2, digest="2" * 64)
    Alert.objects.filter(subject_code__in=["081200", "081201", "081202", "081105"]).update(status=Alert.Status.WITHDRAWN)


ACTS = {"business": business, "work_evaluations": work_evaluations, "mend_rule": mend_rule}
