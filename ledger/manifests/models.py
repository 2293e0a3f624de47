from django.db import models
from django.utils.translation import gettext_lazy as _

from ledger.journal.models import Recorded


class Manifest(Recorded):
    """A statement of a source: for these event days it holds so many records of a kind. Reconciled with what the ledger has of it.

    Identity: source and `manifest_no`. A number that is corrected downwards later is kept as an alteration, like any other record.
    """

    kind, key_field = "manifests", "manifest_no"

    manifest_no = models.CharField(max_length=64)
    of_kind = models.CharField(max_length=30, help_text=_("Kind of the records counted, e.g. transactions."))
    line = models.CharField(max_length=20, blank=True, help_text=_("Business line counted; empty: all."))
    first_day = models.DateField()
    last_day = models.DateField()
    expected = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "manifest_no"], name="manifest_identity")]
        indexes = [models.Index(fields=["source", "last_day"])]

    def __str__(self) -> str:
        return f"{self.source}:{self.manifest_no}"
