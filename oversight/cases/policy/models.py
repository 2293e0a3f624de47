"""Terms, escalation and responsible departments as an administrator has confirmed them; until then those of reading.py hold."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from ledger.roster.models import Unit, User
from oversight.cases.models import Layer
from risk.rules.models import Level


class Measure(models.TextChoices):
    """How a term runs: around the clock, or in the working days of the unit that has it."""

    HOURS = "hours", pgettext_lazy("term", "hours around the clock")
    DAYS = "days", pgettext_lazy("term", "working days")


class CaseTerm(models.Model):
    """时限: how long the parties of a case of a level have to sign and to report, and when it is raised a level without being late."""

    level = models.CharField(max_length=10, choices=Level, primary_key=True)
    sign = models.PositiveSmallIntegerField(help_text="签收")
    sign_measure = models.CharField(max_length=5, choices=Measure)
    feedback = models.PositiveSmallIntegerField(help_text="反馈")
    feedback_measure = models.CharField(max_length=5, choices=Measure)
    first_report = models.PositiveSmallIntegerField(null=True, help_text="初报, in hours around the clock; none where empty.")
    at_once = models.BooleanField(help_text="Raised a level as soon as it is dispatched.")
    repeats = models.PositiveSmallIntegerField(help_text="Raised a level when it is the subject's n-th case; 0: never.")
    repeat_days = models.PositiveSmallIntegerField(help_text="Within so many days.")
    copied = models.JSONField(default=list, help_text="抄送: the layers that are told of a case when it is dispatched.")
    watch_days = models.PositiveSmallIntegerField(default=90, help_text="So many days after closing it is watched; 0: not at all.")
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="case_term_runs", condition=Q(sign__gt=0, feedback__gt=0, repeat_days__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.sign} {self.sign_measure}"


class EscalationStep(models.Model):
    """提级督办 by deadline: to whom a case of a level goes once a party's term is over by so many hours."""

    level = models.CharField(max_length=10, choices=Level)
    number = models.PositiveSmallIntegerField(help_text="From 1; each is taken once for a case.")
    after_hours = models.PositiveSmallIntegerField(help_text="After the end of the term.")
    to_layer = models.CharField(max_length=12, choices=Layer)
    to_kind = models.CharField(max_length=20, choices=Unit.Kind)
    addressee = models.CharField(max_length=60, help_text="Who there, in words, like 分管支队领导.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "number"], name="escalation_step_once"),
            models.CheckConstraint(name="escalation_step_counts", condition=Q(number__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.number} {self.to_layer}"


class LineDepartment(models.Model):
    """The department that answers for a business line: the business department of its cases."""

    line = models.CharField(max_length=20, unique=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    edited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.line} {self.unit_id}"
