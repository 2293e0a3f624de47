from django.db import models

from ledger.kit.append_only import AppendOnly


class AuditEntry(AppendOnly):
    """One thing a person (or the system) did or saw. The actor is written out, not referenced, so that it outlives the account."""

    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField(null=True, db_index=True)
    actor = models.CharField(max_length=150, blank=True)
    action = models.CharField(max_length=60, db_index=True)
    target = models.CharField(max_length=150, blank=True, db_index=True)
    address = models.CharField(max_length=45, blank=True)
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.action} {self.target}"
