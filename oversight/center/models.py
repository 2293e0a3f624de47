"""Views of the alerts list that people keep, and which alerts are about the same business."""

from django.db import models

from ledger.roster.models import User
from risk.alerts.models import Alert


class SavedView(models.Model):
    """视图: filters and order of the alerts list under a name. It holds an address, never alerts: whoever opens it sees what they may see.

    A private one is its owner's; a shared one is read by everybody who watches alerts. A pinned one is a tab.
    """

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=20)
    query = models.CharField(max_length=600, help_text="The address's query, in the order the list writes it.")
    shared = models.BooleanField(default=False)
    pinned = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="view_once")]
        indexes = [models.Index(fields=["shared", "pinned"])]

    def __str__(self) -> str:
        return self.name


class RelatedAlerts(models.Model):
    """Two alerts of different matters about the same business (see relating.py). Derived from their evidence; rebuilt when that changes."""

    first = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="related_once"),
            models.CheckConstraint(name="related_ordered", condition=models.Q(first__lt=models.F("second"))),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"


class RelatedHead(models.Model):
    """The one row that is locked while relations are made; the last place of the event stream whose alerts were compared."""

    position = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.position)
