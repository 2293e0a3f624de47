from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from ledger.kit.append_only import AppendOnly


class SubjectKind(models.TextChoices):
    """Whom a hold can be upon: the overseen, never a citizen."""

    STAFF = "staff", pgettext_lazy("hold", "person")
    POST = "post", pgettext_lazy("hold", "post")
    UNIT = "unit", pgettext_lazy("hold", "unit")
    AGENCY = "agency", pgettext_lazy("hold", "agency")
    TERMINAL = "terminal", pgettext_lazy("hold", "terminal")


class Effect(models.TextChoices):
    """What stops. `all` is everything the subject does in the business of the force."""

    ALL = "all", pgettext_lazy("hold", "all business")
    PERMISSIONS = "permissions", pgettext_lazy("hold", "business permissions")
    ALLOCATION = "allocation", pgettext_lazy("hold", "allocation of work")
    ACCEPTANCE = "acceptance", pgettext_lazy("hold", "acceptance of business")
    MANDATE = "mandate", pgettext_lazy("hold", "acting on behalf of others")
    DATA = "data", pgettext_lazy("hold", "taking its test data")
    EXAM_SITE = "exam_site", pgettext_lazy("hold", "use of the exam site")
    EXAM_BOOKING = "exam_booking", pgettext_lazy("hold", "booking of exams")


# A person's duty is never stopped here: that is for the superior inspectorate to decide (警务督察), not for a counter.
OF_STAFF = (Effect.PERMISSIONS, Effect.ALLOCATION)
# Work that is given out, and bookings, are no business of the ledger; whatever else stops, no business may follow it.
BARS_BUSINESS = (Effect.ALL, Effect.PERMISSIONS, Effect.ACCEPTANCE, Effect.MANDATE, Effect.DATA, Effect.EXAM_SITE)


class Hold(AppendOnly):
    """停权停办: one thing that one subject may not do from a moment until a moment, and why.

    In force from `starts_at` until the earlier of `ends_at` and `lifted_at` (neither included; None: it has none). It is upon the code
    itself: a hold on a unit does not reach the units below it.
    """

    class Cause(models.TextChoices):
        SUSPENSION = "suspension", pgettext_lazy("hold", "suspension")
        BREAKER = "breaker", pgettext_lazy("hold", "breaker")

    late_fields = frozenset({"lifted_at"})

    number = models.CharField(max_length=20, unique=True)
    subject_kind = models.CharField(max_length=10, choices=SubjectKind)
    subject_code = models.CharField(max_length=80, help_text="After NFKC and trimming.")
    effect = models.CharField(max_length=14, choices=Effect)
    cause = models.CharField(max_length=12, choices=Cause)
    cause_number = models.CharField(max_length=20, help_text="The number of the suspension or of the breaker's trip.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="hold_ends_after_it_starts", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="hold_of_staff_stops_no_duty", condition=~Q(subject_kind="staff") | Q(effect__in=OF_STAFF)),
            models.CheckConstraint(name="hold_of_somebody_for_a_cause", condition=~Q(subject_code="") & ~Q(cause_number="")),
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject_code", "starts_at"], name="hold_subject"),
            models.Index(fields=["cause_number"]),
        ]

    def __str__(self) -> str:
        return self.number
