"""责任追究: holding a person to account, or suggesting to others that they do."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from ledger.roster.models import Unit, User
from oversight.measures.base import DECISION, LEGAL, Measure
from oversight.measures.hearing import Hearing
from oversight.measures.subjects import Category

PROPOSAL = (
    *("subject_kind", "subject_code", "subject_name", "happened_on", "place_then", "facts"),
    *("measure", "basis", "points", "effect_months"),
)


class Accountability(Measure):
    """责任追究, ZZ-. Of outsiders it is a suggestion (处理建议), never a decision.

    Punishments by Party or government discipline are decided by whom the law names; here stands only what they decided, and its number.
    `unit` is where the person was when it happened, `points` what joint responsibility flows from.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("accountability", "legal finding awaited")
        RETURNED = "returned", pgettext_lazy("accountability", "returned")
        FOUND = "found", pgettext_lazy("accountability", "statement to be heard")
        HEARD = "heard", pgettext_lazy("accountability", "to be decided")
        DECIDED = "decided", pgettext_lazy("accountability", "to be served")
        SERVED = "served", pgettext_lazy("accountability", "to be executed")
        EXECUTED = "executed", pgettext_lazy("accountability", "in its period of effect")
        ENDED = "ended", pgettext_lazy("accountability", "ended")
        DROPPED = "dropped", pgettext_lazy("accountability", "not held to account")
        REVOKED = "revoked", pgettext_lazy("accountability", "revoked")

    class SubjectKind(models.TextChoices):
        STAFF = "staff", pgettext_lazy("accountability", "person of the force")
        OUTSIDE = "outside", pgettext_lazy("accountability", "outsider")

    class Means(models.TextChoices):
        """What is done; the last three only ever to outsiders."""

        CRITICISM = "criticism", pgettext_lazy("means", "criticism and education")
        ADMONITION = "admonition", pgettext_lazy("means", "admonition (诫勉)")
        CIRCULAR = "circular", pgettext_lazy("means", "criticism in a circular")
        TRANSFER = "transfer", pgettext_lazy("means", "removal from the post")
        ERROR = "error", pgettext_lazy("means", "liability for an error of enforcement")
        CONTRACT = "contract", pgettext_lazy("means", "by the auxiliary's contract")
        DISMISSAL = "dismissal", pgettext_lazy("means", "termination of the auxiliary's contract")
        PARTY = "party", pgettext_lazy("means", "Party discipline (registered)")
        GOVERNMENT = "government", pgettext_lazy("means", "government discipline (registered)")
        EMPLOYER = "employer", pgettext_lazy("means", "report to the employer")
        DEREGISTER = "deregister", pgettext_lazy("means", "removal from the record of agents")
        REFER = "refer", pgettext_lazy("means", "transfer to the competent authority")

    class Finding(models.TextChoices):
        INTENT = "intent", pgettext_lazy("finding", "error of enforcement, with intent")
        NEGLIGENCE = "negligence", pgettext_lazy("finding", "error of enforcement, by negligence")
        NO_ERROR = "no_error", pgettext_lazy("finding", "no error of enforcement, other responsibility")

    bound: ClassVar[dict[str, tuple[str, ...]]] = {
        LEGAL: PROPOSAL,
        DECISION: (*PROPOSAL, "finding", "finding_text", "hearing", "statement", "witness"),
    }

    status = models.CharField(max_length=12, choices=Status, default=Status.PROPOSED)
    subject_kind = models.CharField(max_length=10, choices=SubjectKind)
    subject_code = models.CharField(max_length=40, blank=True)
    subject_name = models.CharField(max_length=100)
    category = models.CharField(max_length=10, choices=Category)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    happened_on = models.DateField(null=True, help_text="The day by which post and unit of a person of the force are found.")
    place_then = models.CharField(max_length=200, help_text="Post and unit when it happened; of an outsider their employer.")
    facts = models.TextField(max_length=4_000)
    measure = models.CharField(max_length=12, choices=Means)
    basis = models.CharField(max_length=500)
    points = models.DecimalField(
        max_digits=4, decimal_places=2, default=Decimal(0), validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(10))]
    )
    effect_months = models.PositiveSmallIntegerField(default=0)

    legal_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    legal_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    finding = models.CharField(max_length=12, choices=Finding, blank=True)
    finding_text = models.TextField(max_length=4_000, blank=True)
    hearing = models.CharField(max_length=10, choices=Hearing, blank=True)
    statement = models.TextField(max_length=4_000, blank=True)
    heard_on = models.DateField(null=True)
    witness = models.CharField(max_length=100, blank=True)

    deciding_body = models.CharField(max_length=100, blank=True)
    document_no = models.CharField(max_length=100, blank=True)
    decided_on = models.DateField(null=True)
    served_on = models.DateField(null=True)
    served_how = models.CharField(max_length=100, blank=True)
    appeal_until = models.DateField(null=True)
    appeal = models.TextField(max_length=2_000, blank=True)
    executed_on = models.DateField(null=True)
    execution = models.CharField(max_length=500, blank=True)
    effect_until = models.DateField(null=True)
    revocation_no = models.CharField(max_length=100, blank=True)

    class Meta(Measure.Meta):
        abstract = False
        constraints = [
            *Measure.Meta.constraints,
            models.CheckConstraint(name="accountability_legal_by_another", condition=Q(legal_by=None) | ~Q(legal_by=F("proposed_by"))),
            models.CheckConstraint(
                name="accountability_three_people", condition=Q(legal_by=None) | Q(decided_by=None) | ~Q(decided_by=F("legal_by"))
            ),
            models.CheckConstraint(
                name="accountability_decided_heard",
                condition=Q(status__in=["proposed", "returned", "found"]) | (~Q(hearing="") & ~Q(finding="") & Q(legal_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="accountability_decided_numbered",
                condition=~Q(status__in=["decided", "served", "executed", "ended", "revoked"])
                | (~Q(document_no="") & Q(decided_by__isnull=False, decided_on__isnull=False)),
            ),
        ]
        indexes = [*Measure.Meta.indexes, models.Index(fields=["decided_on"], name="accountability_decided_on")]

    @property
    def title(self) -> str:
        return f"{self.subject_name} · {self.get_measure_display()}"

    @property
    def outside(self) -> bool:
        return self.subject_kind == self.SubjectKind.OUTSIDE

    @property
    def hands(self) -> frozenset[int]:
        return frozenset(pk for pk in (self.proposed_by_id, self.legal_by_id) if pk is not None)
