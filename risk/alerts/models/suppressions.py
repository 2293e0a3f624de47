"""Hits that raise no alert for a time."""

from django.db import models
from django.utils.translation import pgettext_lazy

from ledger.roster.models import Unit, User
from risk.rules.models import Level, Rule, SubjectKind


class Suppression(models.Model):
    """抑制: hits of a rule, or about a subject (perhaps only in one unit and below it), that raise no alert for a stated time and reason.

    Asked for by one person, decided by another, answered for by its owner. Hits are found and counted all the same; one graver than
    `ceiling` breaks through. In force from `valid_from` to `expires_on` (a year at most), both included, unless ended before.
    `applied` says whether the alerts stand as if it were in force.
    """

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("suppression", "asked for")
        APPROVED = "approved", pgettext_lazy("suppression", "approved")
        REFUSED = "refused", pgettext_lazy("suppression", "refused")
        ENDED = "ended", pgettext_lazy("suppression", "ended")

    number = models.CharField(max_length=20, unique=True)
    rule = models.ForeignKey(Rule, null=True, on_delete=models.PROTECT, related_name="suppressions")
    subject_kind = models.CharField(max_length=10, choices=SubjectKind, blank=True)
    subject_code = models.CharField(max_length=80, blank=True)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    ceiling = models.CharField(max_length=10, choices=Level, help_text="The gravest level that is suppressed.")
    reason = models.CharField(max_length=500)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    expires_on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    applied = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="suppression_decided_by_another",
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
            ),
            models.CheckConstraint(
                name="suppression_decided_whole",
                condition=models.Q(state="asked", decided_by=None, decided_at=None)
                | models.Q(state="refused", decided_by__isnull=False, decided_at__isnull=False)
                | models.Q(state="approved", decided_by__isnull=False, decided_at__isnull=False, ended_by=None, ended_at=None)
                | models.Q(state="ended", decided_by__isnull=False, ended_by__isnull=False, ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="suppression_of_something",
                condition=models.Q(rule__isnull=False) | (~models.Q(subject_code="") & ~models.Q(subject_kind="")),
            ),
            models.CheckConstraint(name="suppression_ends", condition=models.Q(expires_on__gte=models.F("valid_from"))),
        ]
        indexes = [models.Index(fields=["state", "applied"])]

    def __str__(self) -> str:
        return self.number
