from django.db import models

from ledger.journal.models import Delivery
from ledger.kit.append_only import AppendOnly


class Quarantined(models.Model):
    """A row that could not be taken, exactly as received, with the place and the reason; or a step still waiting for its transaction."""

    class State(models.TextChoices):
        REJECTED = "rejected"
        WAITING = "waiting"
        TAKEN = "taken"

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="quarantined")
    source = models.CharField(max_length=40)
    kind = models.CharField(max_length=30)
    row = models.PositiveBigIntegerField(help_text="Line of the file, the header being line 1.")
    column = models.CharField(max_length=60, blank=True)
    value = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=40, help_text="Code of the reason; the sentence is made in the reader's language.")
    detail = models.JSONField(default=dict)
    content = models.JSONField(help_text="The row as received, column name to text.")
    state = models.CharField(max_length=10, choices=State, default=State.REJECTED)
    serial_no = models.CharField(max_length=64, blank=True, help_text="Of the transaction a waiting step belongs to.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["source", "serial_no"], condition=models.Q(state="waiting"), name="quarantine_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} line {self.row}: {self.reason}"


class ApiToken(models.Model):
    """What a business system shows to be let in, and what it may do then. Of the secret only the SHA-256 is kept, in hex."""

    name = models.CharField(max_length=60, unique=True)
    source = models.CharField(max_length=40, help_text="Whose data it sends: the source of its transactions.")
    scopes = models.JSONField(default=list, help_text="What it may do, like transactions:write.")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150, blank=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.source})"


class IdempotencyKey(AppendOnly):
    """A call that was answered, under the key its sender gave it: kept for good, so that the same call is never taken twice."""

    source = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    token = models.ForeignKey(ApiToken, on_delete=models.PROTECT, related_name="+")
    body_sha256 = models.CharField(max_length=64)
    answer = models.TextField(help_text="JSON in ASCII, as it was given.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"
