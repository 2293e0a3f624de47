"""Who was on duty when, what one shift handed to the next, and what happened to an alert that somebody was told of personally."""

from django.db import models
from django.db.models import F, Q

from ledger.kit.append_only import AppendOnly
from ledger.roster.models import User
from risk.alerts.models import AlertEvent

NOTE_LENGTH = 2_000


class DutyShift(models.Model):
    """值班: somebody watches the alerts of the centre from a moment on, perhaps beside others, until they hand over.

    `closed_late`: nobody ended it; the timetable did when it had run too long. `note` is what the next shift must know, `handed_to` who
    takes over where somebody was named. How many alerts were open then is not kept: whoever reads the handover is shown those they may see.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="duty_shifts")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    closed_late = models.BooleanField(default=False)
    note = models.TextField(max_length=NOTE_LENGTH, blank=True)
    handed_to = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(ended_at=None), name="one_open_shift_a_person"),
            models.CheckConstraint(name="shift_ends_after_its_start", condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at"))),
            models.CheckConstraint(name="open_shift_hands_nothing_over", condition=Q(ended_at__isnull=False) | Q(handed_to=None, note="")),
            models.CheckConstraint(name="late_shift_hands_nothing_over", condition=Q(closed_late=False) | Q(handed_to=None, note="")),
            models.CheckConstraint(name="shift_goes_to_another", condition=Q(handed_to=None) | ~Q(handed_to=F("user"))),
        ]
        indexes = [models.Index(fields=["started_at"]), models.Index(fields=["ended_at"])]

    def __str__(self) -> str:
        return f"{self.user_id} {self.started_at:%Y-%m-%d %H:%M}"


class HandoverRead(AppendOnly):
    """Somebody of a later shift confirmed having read what this one handed over."""

    shift = models.ForeignKey(DutyShift, on_delete=models.PROTECT, related_name="read_by")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shift", "user"], name="handover_read_once")]

    def __str__(self) -> str:
        return f"{self.shift_id} {self.user_id}"


class Notice(AppendOnly):
    """An event of an alert that went to somebody personally: a reminder on duty, a report to a leader, ground that was lost."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(AlertEvent, on_delete=models.PROTECT, related_name="notices")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "event"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.event_id}"


class BellMark(models.Model):
    """Up to which moment somebody has read what concerns them."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="+")
    read_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} {self.read_until:%Y-%m-%d %H:%M}"
