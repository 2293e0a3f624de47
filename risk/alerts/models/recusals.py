"""Who must not see an alert, and which relations recuse."""

from django.db import models
from django.utils.translation import pgettext_lazy

from ledger.roster.models import User
from risk.alerts.models.alerts import Alert


class Recused(models.Model):
    """A staff member who must not see, count or infer an alert: its subject, those behind it and those related to them."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="recused")
    staff_no = models.CharField(max_length=40, db_index=True)
    reason = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "staff_no"], name="recused_once")]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.staff_no}"


class RecusalChange(models.Model):
    """A wish to let a configurable relation recuse, or not any more. One person asks, another decides; the last approved one of a relation
    is in force, and without one the relation recuses. The subject itself, who stands behind it and declared relations always do."""

    class Relation(models.TextChoices):
        RESPONSIBLE = "responsible", pgettext_lazy("recusal", "the officer responsible for an auxiliary")
        SQUAD_LEADER = "squad_leader", pgettext_lazy("recusal", "the leader of the subject's own squad")
        PAIRED = "paired", pgettext_lazy("recusal", "who handled or approved the same business")

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("recusal", "asked for")
        APPROVED = "approved", pgettext_lazy("recusal", "approved")
        REFUSED = "refused", pgettext_lazy("recusal", "refused")

    relation = models.CharField(max_length=20, choices=Relation)
    active = models.BooleanField(help_text="Whether the relation is to recuse.")
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    in_force = models.BooleanField(default=False, help_text="The last approved one of its relation.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["relation"], condition=models.Q(state="asked"), name="recusal_change_one_open"),
            models.UniqueConstraint(fields=["relation"], condition=models.Q(in_force=True), name="recusal_change_one_in_force"),
            models.CheckConstraint(
                name="recusal_change_in_force_approved", condition=models.Q(in_force=False) | models.Q(state="approved")
            ),
            models.CheckConstraint(
                name="recusal_change_by_another",
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
            ),
            models.CheckConstraint(
                name="recusal_change_decided_whole",
                condition=models.Q(state="asked", decided_by=None, decided_at=None)
                | models.Q(state__in=["approved", "refused"], decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.relation} {self.active} {self.state}"
