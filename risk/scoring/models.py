from django.db import models

from risk.rules.models import Reach


class Lane(models.Model):
    """All scoring of one business line about one kind of subject by rules of one reach. At most one worker holds it, by a tokened lease.

    Whoever commits results must still hold the token: a worker that overslept its lease finds another token here and discards its older
    snapshot. Within a lane snapshots therefore only grow newer, and overlapping windows of two dirty days never fight.
    """

    line = models.CharField(max_length=20)
    subject_kind = models.CharField(max_length=10)
    reach = models.CharField(max_length=8, choices=Reach, default=Reach.SUBJECT)
    token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)
    rest_until = models.DateTimeField(null=True, help_text="Of a wider reach: until when its workers leave it alone.")
    gives_way = models.BooleanField(default=False, help_text="Held for a sweep of history: live scoring may take it away.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "subject_kind", "reach"], name="lane_once")]

    def __str__(self) -> str:
        return f"{self.line}/{self.subject_kind}/{self.reach}"

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.line, self.subject_kind, self.reach)


class DirtyMark(models.Model):
    """Event days of one subject (or of all: key empty) whose hits must be computed again; written where the rows were changed.

    `rule_code` narrows it to one rule (a sweep, a publication, records that are no transactions); empty means every rule of the lane that
    is about transactions. `quiet` marks come from old rows and backfills: their alerts neither sound nor start clocks. A mark is removed,
    by its own id, in the transaction that replaced its hits.
    Peers are compared on grid days that are over: such a mark waits until `ready_on`, and while later grid days of its windows are to
    come it is followed by one that covers the hit days later than `after`.
    """

    line = models.CharField(max_length=20)
    subject_kind = models.CharField(max_length=10)
    reach = models.CharField(max_length=8, choices=Reach, default=Reach.SUBJECT)
    key = models.CharField(max_length=80, blank=True)
    rule_code = models.CharField(max_length=20, blank=True)
    first_day = models.DateField()
    last_day = models.DateField()
    ready_on = models.DateField(null=True)
    after = models.DateField(null=True)
    quiet = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["line", "subject_kind", "reach", "id"])]

    def __str__(self) -> str:
        return f"{self.line}/{self.subject_kind} {self.key or '*'} {self.first_day}..{self.last_day}"


class Closing(models.Model):
    """The one row that says up to which day everything was closed: clock rules measured anew, whole days looked at, peers let go."""

    day = models.DateField()

    def __str__(self) -> str:
        return f"closed to {self.day}"
