"""What the stage does for duty shifts and red alerts nobody takes; see stage.py, which has set Django up."""

from datetime import timedelta

from django.utils import timezone

from ledger.roster.models import Unit
from oversight.duty.reminding import remind_unattended
from risk.alerts.models import Alert, Term
from risk.alerts.sequencer import sequence_events
from tests.builders import make_alert, make_rule, make_staff


def unattended(minutes: str = "11") -> None:
    """A red alert that nobody has taken for so many minutes."""
    window, at = Unit.objects.get(code="W1"), timezone.now() - timedelta(minutes=int(minutes))
    known = Alert.objects.count()
    staff = make_staff(window, staff_no=f"0803{known:02d}", name="赵某")
    version = make_rule(f"DJ-9{known:02d}", subject_column="handler")
    make_alert(window, version=version, subject_code=staff.staff_no, level="red", raised_at=at, due_at=at + timedelta(hours=2))
    sequence_events()


def remind(minutes: str = "0") -> None:
    """What the timetable does, as if so many minutes had gone by."""
    remind_unattended(now=timezone.now() + timedelta(minutes=int(minutes)))
    sequence_events()


def report() -> None:
    """Half of the term has run: the detachment has made it one of twenty minutes."""
    Term.objects.create(level="red", minutes=20, working_time=False)
    remind()


ACTS = {"unattended": unattended, "remind": remind, "report": report}
