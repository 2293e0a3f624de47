from django.db import models

from ledger.journal.models import Delivery


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
