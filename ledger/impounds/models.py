from django.db import models

from ledger.journal.models import Recorded


class Impound(Recorded):
    """One impounded vehicle as it stands now. Identity: source and the serial number of the transaction (violation, impound) that took it.

    That transaction may come later; unit, plate and person are told by it alone. `due_at` is the end of the statutory term.
    """

    kind, key_field = "impounds", "serial_no"

    serial_no = models.CharField(max_length=64)
    tag_no = models.CharField(max_length=40, blank=True)
    lot = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "serial_no"], name="impound_identity")]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(released_at=None), name="impound_held")]

    def __str__(self) -> str:
        return f"{self.source}:{self.serial_no}"
