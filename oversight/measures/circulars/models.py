"""通报: what units are told of confirmed misconduct, and that they have read it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from ledger.roster.models import Unit, User
from oversight.measures.base import DECISION, Measure

REVIEW = "review"
TEXT = ("issuer", "heading", "period", "figures", "problems", "causes", "handling", "requirements", "copies", "secret_until", "to")


class Circular(Measure):
    """通报, TB-: drafted, reviewed and signed by three people, then issued. `to` are the codes of its recipients."""

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("circular", "to be reviewed")
        RETURNED = "returned", pgettext_lazy("circular", "returned")
        REVIEWED = "reviewed", pgettext_lazy("circular", "to be signed")
        SIGNED = "signed", pgettext_lazy("circular", "to be issued")
        ISSUED = "issued", pgettext_lazy("circular", "issued")
        WITHDRAWN = "withdrawn", pgettext_lazy("circular", "withdrawn")

    bound: ClassVar[dict[str, tuple[str, ...]]] = {REVIEW: TEXT, DECISION: (*TEXT, "review_note")}

    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    issuer = models.CharField(max_length=100)
    heading = models.CharField(max_length=200)
    period = models.CharField(max_length=100, help_text="What time the figures are of.")
    figures = models.TextField(max_length=4_000)
    problems = models.TextField(max_length=4_000, help_text="Typical problems, desensitised.")
    causes = models.TextField(max_length=4_000)
    handling = models.TextField(max_length=4_000)
    requirements = models.TextField(max_length=4_000)
    to = models.JSONField(default=list)
    copies = models.CharField(max_length=500, blank=True)
    secret_until = models.DateField(null=True)
    reviewed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    review_note = models.TextField(max_length=2_000, blank=True)
    document_no = models.CharField(max_length=100, blank=True)
    issued_on = models.DateField(null=True)

    class Meta(Measure.Meta):
        abstract = False
        constraints = [
            *Measure.Meta.constraints,
            models.CheckConstraint(name="circular_reviewed_by_another", condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("proposed_by"))),
            models.CheckConstraint(
                name="circular_three_people", condition=Q(reviewed_by=None) | Q(decided_by=None) | ~Q(decided_by=F("reviewed_by"))
            ),
            models.CheckConstraint(
                name="circular_issued_signed",
                condition=~Q(status__in=["signed", "issued"]) | Q(decided_by__isnull=False, reviewed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="circular_issued_numbered", condition=~Q(status="issued") | (~Q(document_no="") & Q(issued_on__isnull=False))
            ),
        ]
        indexes = [*Measure.Meta.indexes, models.Index(fields=["issued_on"], name="circular_issued_on")]

    @property
    def title(self) -> str:
        return self.heading

    @property
    def hands(self) -> frozenset[int]:
        return frozenset(pk for pk in (self.proposed_by_id, self.reviewed_by_id) if pk is not None)


class CircularRecipient(models.Model):
    """A unit a circular was issued to, and who signed for it there."""

    circular = models.ForeignKey(Circular, on_delete=models.PROTECT, related_name="recipients")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["circular", "unit"], name="circular_once_a_unit"),
            models.CheckConstraint(
                name="circular_signed_whole",
                condition=Q(signed_by=None, signed_at=None) | Q(signed_by__isnull=False, signed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.circular_id} {self.unit_id}"
