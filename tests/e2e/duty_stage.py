"""What the stage does for duty shifts and red alerts nobody takes; see stage.py, which has set Django up."""

from datetime import timedelta

from django.utils import timezone

from ledger.roster.models import Unit
from oversight.duty.reminding import remind_unattended
from risk.alerts.sequencer import sequence_events
from tests.builders import make_alert, make_staff


def red(minutes: str = "11") -> None:
    """A red alert that nobody has taken for so many minutes."""
    window, at = Unit.objects.get(code="W1"), timezone.now() - timedelta(minutes=int(minutes))
    staff = make_staff(window, name="赵某")
    make_alert(window, subject_code=staff.staff_no, level="red", raised_at=at, due_at=at + timedelta(hours=2))
    sequence_events()


def remind(minutes: str = "0") -> None:
    """What the timetable does, as if so many minutes had gone by."""
    remind_unattended(now=timezone.now() + timedelta(minutes=int(minutes)))
    sequence_events()


ACTS = {one.__name__: one for one in (red, remind)}
