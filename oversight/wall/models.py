from django.db import models

from ledger.roster.models import Unit, User


class DisplayToken(models.Model):
    """大屏终端: a screen that shows the wall without anybody being logged in, and the secret by which it is known.

    It shows the aggregates of one unit and of all below it, until the end of `valid_until` unless revoked before. Of the secret only the
    SHA-256 is kept, in hex. `address`: the only one from which it is accepted; empty: any.
    """

    number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=60, unique=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    address = models.GenericIPAddressField(null=True)
    valid_until = models.DateField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    last_address = models.CharField(max_length=45, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="display_token_revoked_by_somebody",
                condition=models.Q(revoked_by=None, revoked_at=None) | models.Q(revoked_by__isnull=False, revoked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"
