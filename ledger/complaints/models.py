from django.db import models
from django.utils.translation import gettext_lazy as _

from ledger.journal.models import Recorded
from ledger.roster.prohibitions import Prohibition

OTHER = "other"


class Complaint(Recorded):
    """One complaint as it stands now. Identity: source and `complaint_no`.

    Personal: `content` is what a citizen said and may name people, phones and plates; so may the text of its versions. `staff_no` is who
    is complained of and need not be on the roster. `serial_no` names the transaction complained of, in the same source; it may never come.
    """

    class Channel(models.TextChoices):
        HOTLINE_12345 = "12345", _("12345 hotline")
        HOTLINE_12389 = "12389", _("12389 hotline")
        HALL = "hall", _("service hall")
        LETTER = "letter", _("letter")
        ONLINE = "online", _("online")

    class RevisitResult(models.TextChoices):
        SATISFIED = "satisfied", _("satisfied")
        UNSATISFIED = "unsatisfied", _("unsatisfied")

    CATEGORIES = (*Prohibition.choices, (OTHER, _("other")))

    kind, key_field = "complaints", "complaint_no"

    complaint_no = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    channel = models.CharField(max_length=10, choices=Channel, blank=True)
    unit_code = models.CharField(max_length=40)
    staff_no = models.CharField(max_length=40, blank=True)
    category = models.CharField(max_length=5, choices=CATEGORIES, blank=True, help_text="Number of the prohibition, or other.")
    serial_no = models.CharField(max_length=64, blank=True)
    content = models.TextField(blank=True)
    rectified_at = models.DateTimeField(null=True)
    revisited_at = models.DateTimeField(null=True)
    revisit_result = models.CharField(max_length=11, choices=RevisitResult, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "complaint_no"], name="complaint_identity")]
        indexes = [
            models.Index(fields=["unit_code", "received_at"]),
            models.Index(fields=["staff_no", "received_at"], condition=~models.Q(staff_no=""), name="complaint_staff"),
            models.Index(fields=["serial_no"], condition=~models.Q(serial_no=""), name="complaint_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.complaint_no}"
