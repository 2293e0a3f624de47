"""移送: handing a case, or a lead in it, to an authority that may do what the force may not."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from oversight.measures.base import DECISION, Measure


class Transfer(Measure):
    """移送, YS-: proposed by one and approved by another, sent against a receipt; what became of it is registered.

    `seal`: once it is approved the case is seen by leaders and the discipline inspection alone.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("transfer", "to be approved")
        RETURNED = "returned", pgettext_lazy("transfer", "returned")
        APPROVED = "approved", pgettext_lazy("transfer", "to be sent")
        SENT = "sent", pgettext_lazy("transfer", "sent, result awaited")
        CONCLUDED = "concluded", pgettext_lazy("transfer", "concluded")
        WITHDRAWN = "withdrawn", pgettext_lazy("transfer", "withdrawn")

    class Authority(models.TextChoices):
        DISCIPLINE = "discipline", pgettext_lazy("authority", "discipline inspection and supervision")
        INSPECTOR = "inspector", pgettext_lazy("authority", "police inspectors")
        LEGAL = "legal", pgettext_lazy("authority", "legal department")
        CRIMINAL = "criminal", pgettext_lazy("authority", "criminal investigation")
        ECONOMIC = "economic", pgettext_lazy("authority", "economic crime investigation")
        MARKET = "market", pgettext_lazy("authority", "market supervision")
        TRANSPORT = "transport", pgettext_lazy("authority", "transport authority")
        TAX = "tax", pgettext_lazy("authority", "tax authority")
        INSURANCE = "insurance", pgettext_lazy("authority", "insurance fraud investigation")

    bound: ClassVar[dict[str, tuple[str, ...]]] = {DECISION: ("authority", "recipient", "about", "reason", "basis", "materials", "seal")}

    status = models.CharField(max_length=12, choices=Status, default=Status.PROPOSED)
    authority = models.CharField(max_length=12, choices=Authority)
    recipient = models.CharField(max_length=200, help_text="The office that is to take it.")
    about = models.CharField(max_length=200, help_text="What is transferred: the whole case, or a lead in it.")
    reason = models.TextField(max_length=4_000)
    basis = models.CharField(max_length=500)
    materials = models.TextField(max_length=4_000, help_text="One a line.")
    seal = models.BooleanField(default=False)

    letter_no = models.CharField(max_length=100, blank=True)
    sent_on = models.DateField(null=True)
    receipt_no = models.CharField(max_length=100, blank=True)
    received_by = models.CharField(max_length=100, blank=True)
    result_on = models.DateField(null=True)
    result = models.TextField(max_length=4_000, blank=True)

    class Meta(Measure.Meta):
        abstract = False
        constraints = [
            *Measure.Meta.constraints,
            models.CheckConstraint(
                name="transfer_sent_whole",
                condition=~Q(status__in=["sent", "concluded"])
                | (Q(decided_by__isnull=False, sent_on__isnull=False) & ~Q(receipt_no="") & ~Q(letter_no="")),
            ),
        ]
        indexes = [*Measure.Meta.indexes, models.Index(fields=["sent_on"], name="transfer_sent_on")]

    @property
    def title(self) -> str:
        return f"{self.get_authority_display()} · {self.about}"
