from django.db import models
from django.utils.translation import pgettext_lazy

from ledger.roster.models import User


class LabelSet(models.Model):
    """标注集: a labels.csv that was kept, so that the same labels can be asked again after the rules have changed.

    `source` is the one whose serial numbers the labels use. The same bytes for the same source are one set. `added_by` is nobody for
    what the demonstration made.
    """

    name = models.CharField(max_length=200)
    source = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    deeds = models.PositiveIntegerField(help_text="Instances of misconduct.")
    lookalikes = models.PositiveIntegerField(help_text="Instances of honest business that looks like it.")
    added_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256", "source"], name="label_set_once")]

    def __str__(self) -> str:
        return self.name


class Evaluation(models.Model):
    """检出评估: the alerts as they stood once, compared with a set of labels, with the rules that were in force.

    `rules` are the versions in force when it was worked, as [{code, number, digest}], and `rules_digest` is one digest of them all.
    `figures` are those of `Figures.facts()` without single alerts; `rows_known` of the `rows` labelled were found in the ledger.
    """

    class State(models.TextChoices):
        ORDERED = "ordered", pgettext_lazy("evaluation", "waits for its turn")
        RUNNING = "running", pgettext_lazy("evaluation", "running")
        DONE = "done", pgettext_lazy("evaluation", "done")
        FAILED = "failed", pgettext_lazy("evaluation", "failed")

    UNFINISHED = (State.ORDERED, State.RUNNING)

    number = models.CharField(max_length=20, unique=True)
    labels = models.ForeignKey(LabelSet, on_delete=models.PROTECT, related_name="evaluations")
    state = models.CharField(max_length=10, choices=State, default=State.ORDERED)
    ordered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    rules = models.JSONField(default=list)
    rules_digest = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    rows_known = models.PositiveIntegerField(default=0)
    figures = models.JSONField(null=True)
    starts = models.PositiveSmallIntegerField(default=0)
    token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="evaluation_done_whole",
                condition=models.Q(state="done", figures__isnull=False, ended_at__isnull=False)
                | models.Q(state="failed", figures__isnull=True, ended_at__isnull=False)
                | models.Q(state__in=["ordered", "running"], figures__isnull=True, ended_at=None),
            )
        ]
        indexes = [models.Index(fields=["labels", "state", "id"])]

    def __str__(self) -> str:
        return self.number
