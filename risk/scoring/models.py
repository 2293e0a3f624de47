from django.db import models


class Lane(models.Model):
    """All scoring of one business line about one kind of subject. At most one worker holds it, by a lease with a token.

    Whoever commits results must still hold the token: a worker that overslept its lease finds another token here and discards its older
    snapshot. Within a lane snapshots therefore only grow newer, and overlapping windows of two dirty days never fight.
    """

    line = models.CharField(max_length=20)
    subject_kind = models.CharField(max_length=10)
    token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "subject_kind"], name="lane_once")]

    def __str__(self) -> str:
        return f"{self.line}/{self.subject_kind}"


class DirtyMark(models.Model):
    """Event days of one subject (or of all: key empty) whose hits must be computed again; written in the transaction that changed the rows.

    `rule_code` narrows it to one rule (a sweep, a publication); empty means every rule of the lane. `quiet` marks come from old rows and
    backfills: their alerts neither sound nor start clocks. A mark is removed, by its own id, in the transaction that replaced its hits.
    """

    line = models.CharField(max_length=20)
    subject_kind = models.CharField(max_length=10)
    key = models.CharField(max_length=80, blank=True)
    rule_code = models.CharField(max_length=20, blank=True)
    first_day = models.DateField()
    last_day = models.DateField()
    quiet = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["line", "subject_kind", "id"])]

    def __str__(self) -> str:
        return f"{self.line}/{self.subject_kind} {self.key or '*'} {self.first_day}..{self.last_day}"
