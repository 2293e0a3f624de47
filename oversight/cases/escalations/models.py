"""提级督办: a case raised to a higher level of supervision, which then stands over it until the level is content."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from ledger.roster.models import Unit, User
from oversight.cases.models import Case, Layer


class Escalation(models.Model):
    """督办单: from one unit and layer to another, for a reason, with a term. Raised by a person or by the policy (nobody).

    `step` is the fence: each step of the policy, the level, the repetition happen once to a case, and once more each time it was reopened
    (deadline:1, deadline:1:2), however often the clock asks; one raised by hand has its own number there.
    """

    class Reason(models.TextChoices):
        DEADLINE = "deadline", pgettext_lazy("escalation", "a term is over")
        LEVEL = "level", pgettext_lazy("escalation", "by its level")
        REPETITION = "repetition", pgettext_lazy("escalation", "repeated on one subject")
        HAND = "hand", pgettext_lazy("escalation", "raised by hand")

    class Status(models.TextChoices):
        RAISED = "raised", pgettext_lazy("escalation", "to be received")
        SUPERVISED = "supervised", pgettext_lazy("escalation", "being supervised")
        FINISHED = "finished", pgettext_lazy("escalation", "finished")

    class Urgency(models.TextChoices):
        NORMAL = "normal", pgettext_lazy("urgency", "normal")
        URGENT = "urgent", pgettext_lazy("urgency", "urgent")
        PRESSING = "pressing", pgettext_lazy("urgency", "very urgent")

    number = models.CharField(max_length=20, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="escalations")
    reason = models.CharField(max_length=10, choices=Reason)
    step = models.CharField(max_length=24)
    urgency = models.CharField(max_length=8, choices=Urgency, default=Urgency.NORMAL)
    from_layer = models.CharField(max_length=12, choices=Layer)
    from_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    to_layer = models.CharField(max_length=12, choices=Layer)
    to_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    addressee = models.CharField(max_length=60, blank=True, help_text="Who there, in words, like 分管支队领导.")
    grounds = models.CharField(max_length=1_000, help_text="提级原因, and how the parties stood to their terms.")
    requirement = models.CharField(max_length=1_000, blank=True, help_text="办理要求")
    due_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=Status, default=Status.RAISED)
    raised_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    received_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(null=True)
    instruction = models.TextField(max_length=2_000, blank=True, help_text="批示, the last one; all stand in the record of the case.")
    opinion = models.TextField(max_length=2_000, blank=True, help_text="复核意见, with which it was finished.")
    finished_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "step"], name="escalation_once_a_step"),
            models.CheckConstraint(
                name="escalation_finished_by_another",
                condition=Q(finished_by=None) | Q(raised_by=None) | ~Q(finished_by=F("raised_by")),
            ),
            models.CheckConstraint(
                name="escalation_whole",
                condition=Q(status="raised", received_by=None, received_at=None, finished_by=None, finished_at=None)
                | Q(status="supervised", received_by__isnull=False, received_at__isnull=False, finished_by=None, finished_at=None)
                | Q(status="finished", received_by__isnull=False, received_at__isnull=False, finished_by__isnull=False)
                & Q(finished_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["status", "due_at"]), models.Index(fields=["to_unit", "status"])]

    def __str__(self) -> str:
        return self.number
