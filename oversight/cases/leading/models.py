"""配合查处: a case that another body leads, while the force cooperates."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from ledger.roster.models import User
from oversight.cases.models import Case


class Lead(models.Model):
    """上级主办: which body leads the case under which number of its own, what it asks of the force and who answers it, from a day on.

    At most one runs for a case, which then says `led`; those that are over are kept with what came of them.
    """

    class Body(models.TextChoices):
        DISCIPLINE = "discipline", pgettext_lazy("leading", "discipline and supervisory commission")
        PROCURATORATE = "procurator", pgettext_lazy("leading", "procuratorate")
        POLICE = "police", pgettext_lazy("leading", "superior police organ")
        INSPECTION = "inspection", pgettext_lazy("leading", "superior police inspection (督察)")
        COMMITTEE = "committee", pgettext_lazy("leading", "superior Party committee or government")
        OTHER = "other", pgettext_lazy("leading", "other body")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="leads")
    body = models.CharField(max_length=12, choices=Body)
    name = models.CharField(max_length=100, help_text="主办机关, in full.")
    reference = models.CharField(max_length=100, blank=True, help_text="主办机关案号.")
    contact = models.CharField(max_length=100, help_text="我方联系人.")
    asked = models.TextField(max_length=2_000, help_text="要求配合的事项.")
    since = models.DateField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    until = models.DateField(null=True)
    result = models.TextField(max_length=2_000, blank=True, help_text="What came of it.")
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(until=None), name="lead_runs_once"),
            models.CheckConstraint(name="lead_from_to", condition=Q(until=None) | Q(until__gte=F("since"))),
            models.CheckConstraint(
                name="lead_ended_whole",
                condition=Q(until=None, ended_by=None, result="") | Q(until__isnull=False, ended_by__isnull=False) & ~Q(result=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.name}"
