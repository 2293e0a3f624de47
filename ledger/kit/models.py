"""Days that differ from the ordinary working calendar, and the visible record of every background run."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DayOverride(models.Model):
    """A day whose working or rest character an administrator states, above the published holiday calendar."""

    day = models.DateField(primary_key=True)
    working = models.BooleanField()
    reason = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"{self.day} {'working' if self.working else 'rest'}"


class JobRun(models.Model):
    """One run of a long background job: what it does, how far it is and how it ended."""

    class Status(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=40, db_index=True)
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.status}"
