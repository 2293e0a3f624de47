"""Which office proposes, examines and decides a kind of measure, and how long each step may take."""

from django.db import models

from ledger.roster.models import Unit, User


class MeasurePolicy(models.Model):
    """What this force has settled for a kind of measure, in place of the shipped default.

    The rights themselves stand in the tables of acts; the offices are named here as documents and pages print them.
    """

    kind = models.CharField(max_length=16, unique=True, help_text="The code of the kind, like interviews.")
    proposing = models.CharField(max_length=100, help_text="提出")
    examining = models.CharField(max_length=100, blank=True, help_text="审核")
    deciding = models.CharField(max_length=200, help_text="决定")
    legal_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", help_text="Who does the legal review.")
    terms = models.JSONField(default=dict, help_text="Working days by status.")
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.kind
