"""警示约谈: a warned interview with a person of the force or with who stands for an agency."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from ledger.roster.models import User
from oversight.measures.base import DECISION, Measure
from oversight.measures.subjects import Category


class Interview(Measure):
    """警示约谈, YT-: neither 谈话函询 nor 诫勉, and never in place of a disciplinary check.

    `interviewee` is the account of a person of the force, if they have one: with it they countersign on screen. `interviewer` and
    `second` hold it, at least one of them not its proposer.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("interview", "to be approved")
        RETURNED = "returned", pgettext_lazy("interview", "returned")
        PLANNED = "planned", pgettext_lazy("interview", "to be arranged")
        NOTIFIED = "notified", pgettext_lazy("interview", "notified")
        HELD = "held", pgettext_lazy("interview", "held")
        ARCHIVED = "archived", pgettext_lazy("interview", "filed")
        CANCELLED = "cancelled", pgettext_lazy("interview", "cancelled")

    class SubjectKind(models.TextChoices):
        STAFF = "staff", pgettext_lazy("interview", "person of the force")
        AGENCY = "agency", pgettext_lazy("interview", "agency")

    class Breach(models.TextChoices):
        """Whether a breach of discipline or law is suspected: then a check must be under way beside the interview."""

        NONE = "none", pgettext_lazy("breach", "none is suspected")
        CHECKED = "checked", pgettext_lazy("breach", "suspected, and a disciplinary check is under way")
        OPEN = "open", pgettext_lazy("breach", "suspected, and nobody checks it yet")

    class Signature(models.TextChoices):
        SCREEN = "screen", pgettext_lazy("signature", "on screen by the interviewee")
        PAPER = "paper", pgettext_lazy("signature", "on paper")
        REFUSED = "refused", pgettext_lazy("signature", "refused, with a witness")

    bound: ClassVar[dict[str, tuple[str, ...]]] = {
        DECISION: ("subject_kind", "subject_code", "representative", "reason", "basis", "breach", "check_no")
    }

    status = models.CharField(max_length=12, choices=Status, default=Status.PROPOSED)
    subject_kind = models.CharField(max_length=10, choices=SubjectKind)
    subject_code = models.CharField(max_length=40)
    subject_name = models.CharField(max_length=100)
    subject_place = models.CharField(max_length=100, blank=True, help_text="Unit and, of a person of the force, category.")
    category = models.CharField(max_length=10, choices=Category)
    representative = models.CharField(max_length=100, blank=True, help_text="Of an agency: its legal representative, or who has authority.")
    interviewee = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(max_length=4_000)
    basis = models.CharField(max_length=500)
    breach = models.CharField(max_length=10, choices=Breach)
    check_no = models.CharField(max_length=100, blank=True, help_text="The number of the disciplinary check.")

    held_on = models.DateTimeField(null=True, help_text="When it is to begin, and once it was held when it began.")
    ended_at = models.DateTimeField(null=True)
    place = models.CharField(max_length=200, blank=True)
    interviewer = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    recorder = models.CharField(max_length=100, blank=True)
    present = models.CharField(max_length=200, blank=True)
    to_bring = models.CharField(max_length=500, blank=True)
    contact = models.CharField(max_length=100, blank=True)

    recusal_answer = models.CharField(max_length=500, blank=True, help_text="回避询问: what the interviewee answered.")
    facts = models.TextField(max_length=4_000, blank=True)
    statement = models.TextField(max_length=4_000, blank=True, help_text="陈述申辩")
    requirements = models.TextField(max_length=4_000, blank=True)
    fulfil_by = models.DateField(null=True)
    promise = models.TextField(max_length=2_000, blank=True)
    follow_up = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    signature = models.CharField(max_length=10, choices=Signature, blank=True)
    signed_at = models.DateTimeField(null=True)
    witness = models.CharField(max_length=100, blank=True)
    objection = models.CharField(max_length=2_000, blank=True)
    result = models.TextField(max_length=2_000, blank=True, help_text="What following it up showed, when it was filed.")

    class Meta(Measure.Meta):
        abstract = False
        constraints = [
            *Measure.Meta.constraints,
            models.CheckConstraint(
                name="interview_by_two", condition=Q(interviewer=None, second=None) | Q(interviewer__isnull=False, second__isnull=False)
            ),
            models.CheckConstraint(name="interview_by_different_people", condition=Q(interviewer=None) | ~Q(interviewer=F("second"))),
            models.CheckConstraint(name="interview_filed_signed", condition=~Q(status="archived") | ~Q(signature="")),
            models.CheckConstraint(name="interview_refusal_witnessed", condition=~Q(signature="refused") | ~Q(witness="")),
        ]
        indexes = [*Measure.Meta.indexes, models.Index(fields=["held_on"], name="interview_held_on")]

    @property
    def title(self) -> str:
        return f"{self.subject_name}（{self.representative}）" if self.representative else self.subject_name
