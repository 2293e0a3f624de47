from django.db import models
from django.utils.translation import pgettext_lazy

from ledger.roster.models import User
from risk.alerts.models import Alert
from risk.rules.models import Reach


class Sweep(models.Model):
    """倒查: somebody's order that rules judge days of the past (again). Worked part by part, one sweep at a time, in the order of asking.

    `rule_codes` are those that were ordered; empty means all that were in force. `transactions`: those of the days, as counted when it was
    ordered. The lease and the rest say which worker has it and until when it leaves live scoring alone. `acted_by` is who paused, went on
    with or stopped it last; nobody where the engine did because a part failed again and again. `ordered_by` is nobody for the command line.
    """

    class State(models.TextChoices):
        ORDERED = "ordered", pgettext_lazy("sweep", "waits for its turn")
        RUNNING = "running", pgettext_lazy("sweep", "running")
        PAUSED = "paused", pgettext_lazy("sweep", "paused")
        STOPPED = "stopped", pgettext_lazy("sweep", "stopped")
        DONE = "done", pgettext_lazy("sweep", "done")

    UNFINISHED = (State.ORDERED, State.RUNNING, State.PAUSED)
    WORKABLE = (State.ORDERED, State.RUNNING)

    number = models.CharField(max_length=20, unique=True)
    reason = models.CharField(max_length=500)
    first_day = models.DateField()
    last_day = models.DateField()
    rule_codes = models.JSONField(default=list)
    transactions = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.ORDERED)
    ordered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    acted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    acted_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True, help_text="Why it was stopped.")
    token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)
    rest_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="sweep_days_in_order", condition=models.Q(last_day__gte=models.F("first_day"))),
            models.CheckConstraint(
                name="sweep_ended_whole",
                condition=models.Q(state__in=["stopped", "done"], ended_at__isnull=False)
                | models.Q(state__in=["ordered", "running", "paused"], ended_at=None),
            ),
        ]
        indexes = [models.Index(fields=["state", "id"])]

    def __str__(self) -> str:
        return self.number


class SweepPart(models.Model):
    """Some rules of one lane on one stretch of days: what is done in one transaction, or not at all.

    `weight`: rows that lie in its windows, by which progress is measured. `starts`: how often it was begun; done once. `seconds` of work,
    `hits` that came, changed or went.
    """

    sweep = models.ForeignKey(Sweep, on_delete=models.PROTECT, related_name="parts")
    place = models.PositiveIntegerField()
    line = models.CharField(max_length=20)
    subject_kind = models.CharField(max_length=10)
    reach = models.CharField(max_length=8, choices=Reach)
    rule_codes = models.JSONField(default=list)
    first_day = models.DateField()
    last_day = models.DateField()
    weight = models.PositiveBigIntegerField()
    starts = models.PositiveSmallIntegerField(default=0)
    seconds = models.FloatField(default=0)
    hits = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sweep", "place"], name="sweep_part_once")]
        indexes = [models.Index(fields=["sweep", "done_at"])]

    def __str__(self) -> str:
        return f"{self.sweep_id}/{self.place}"

    @property
    def lane_key(self) -> tuple[str, str, str]:
        return (self.line, self.subject_kind, self.reach)


class SweptAlert(models.Model):
    """That a sweep raised an alert; counted and listed only for those who may see the alert."""

    sweep = models.ForeignKey(Sweep, on_delete=models.PROTECT, related_name="raised")
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="sweeps")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sweep", "alert"], name="swept_alert_once")]

    def __str__(self) -> str:
        return f"{self.sweep_id} {self.alert_id}"
