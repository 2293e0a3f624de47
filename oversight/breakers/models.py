"""熔断: policies with their versions, one breaker a subject, everything that happened to it, reviews and appeals."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from ledger.kit.append_only import AppendOnly
from ledger.roster.models import Unit, User
from oversight.breakers.core import Standing, Terms


class SubjectKind(models.TextChoices):
    """Whom a breaker can stop."""

    STAFF = "staff", pgettext_lazy("hold", "person")
    POST = "post", pgettext_lazy("hold", "post")
    UNIT = "unit", pgettext_lazy("hold", "unit")
    AGENCY = "agency", pgettext_lazy("hold", "agency")


class BreakerPolicy(models.Model):
    """When a kind of subject trips, what stops then, and how it goes on: one version of it. Its terms never change; another wording is
    another version.

    It does nothing before it is armed, and is armed only by another person than its author, after exactly these terms were played over the
    last twelve months: `simulated_digest` is that of the terms that were played.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("breaker policy", "draft")
        ARMED = "armed", pgettext_lazy("breaker policy", "armed")
        RETIRED = "retired", pgettext_lazy("breaker policy", "retired")

    number = models.CharField(max_length=20, unique=True)
    subject_kind = models.CharField(max_length=10, choices=SubjectKind)
    version = models.PositiveIntegerField()
    content = models.JSONField(help_text="The terms, by the names of core.Terms.")
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    simulation = models.JSONField(null=True)
    simulated_digest = models.CharField(max_length=64, blank=True)
    simulated_at = models.DateTimeField(null=True)
    armed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    armed_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "version"], name="breaker_policy_version_once"),
            models.UniqueConstraint(fields=["subject_kind"], condition=Q(state="armed"), name="breaker_policy_one_armed"),
            models.CheckConstraint(name="breaker_policy_armed_by_another", condition=Q(armed_by=None) | ~Q(armed_by=F("drafted_by"))),
            models.CheckConstraint(
                name="breaker_policy_armed_after_simulation",
                condition=Q(state="draft", armed_by=None, armed_at=None)
                | Q(armed_by__isnull=False, armed_at__isnull=False, simulation__isnull=False, simulated_digest=F("digest")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def terms(self) -> Terms:
        content = self.content
        return Terms(**content | {"weights": tuple(content["weights"]), "effects": tuple(content["effects"])})


class Breaker(models.Model):
    """熔断器: one subject's. Its status is a projection of its entries.

    `policy`: whose terms hold for it: of a closed one those armed when last looked at, of an open one those it tripped under. `points`
    are as of `evaluated_at`. Warnings issued up to `counts_from` are answered for and count no more. `trips` counts them; the parts of
    people are about one trip.
    """

    class Status(models.TextChoices):
        CLOSED = "closed", pgettext_lazy("breaker", "in business")
        OPEN = "open", pgettext_lazy("breaker", "tripped")
        HALF_OPEN = "half_open", pgettext_lazy("breaker", "on probation")

    number = models.CharField(max_length=20, unique=True)
    subject_kind = models.CharField(max_length=10, choices=SubjectKind)
    subject_code = models.CharField(max_length=80)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", help_text="That of the latest warning, else the subject's.")
    policy = models.ForeignKey(BreakerPolicy, on_delete=models.PROTECT, related_name="breakers")
    status = models.CharField(max_length=10, choices=Status, default=Status.CLOSED)
    points = models.FloatField(default=0)
    evaluated_at = models.DateTimeField()
    counts_from = models.DateTimeField(null=True)
    trips = models.PositiveIntegerField(default=0)
    tripped_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="Of an open one: when it ends by itself; none after an expiry nobody reviewed.")
    probation_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_code"], name="breaker_once"),
            models.CheckConstraint(
                name="breaker_whole",
                condition=Q(status="closed", expires_at=None, probation_until=None)
                | Q(status="open", tripped_at__isnull=False, probation_until=None)
                | Q(
                    status="half_open", tripped_at__isnull=False, counts_from__isnull=False, probation_until__isnull=False, expires_at=None
                ),
            ),
        ]
        indexes = [models.Index(fields=["status", "-tripped_at"])]

    def __str__(self) -> str:
        return self.number

    @property
    def standing(self) -> Standing:
        return Standing(self.status, self.counts_from, self.expires_at, self.probation_until)

    @property
    def trip_number(self) -> str:
        """What people took part in: this trip, or the next one of a breaker that is not open."""
        return f"{self.number}/{self.trips if self.status == self.Status.OPEN else self.trips + 1}"


class BreakerEntry(AppendOnly):
    """One thing that happened to a breaker; append-only. `data["from"]`, `data["to"]`: its status, where it changed: read in order they
    give the status."""

    breaker = models.ForeignKey(Breaker, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=24)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Nobody: the breaker itself.")
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["breaker", "id"])]

    def __str__(self) -> str:
        return f"{self.breaker_id} {self.kind}"


class BreakerRecused(models.Model):
    """A staff member who must not see a breaker, whatever its alerts say: its subject, those behind it and those related to them."""

    breaker = models.ForeignKey(Breaker, on_delete=models.PROTECT, related_name="recused")
    staff_no = models.CharField(max_length=40, db_index=True)
    reason = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["breaker", "staff_no"], name="breaker_recused_once")]

    def __str__(self) -> str:
        return f"{self.breaker_id} {self.staff_no}"


class BreakerReview(models.Model):
    """熔断复核: the look of another person at a trip, or at one that ran out before anybody lifted it. It waits until it is done."""

    class Kind(models.TextChoices):
        TRIP = "trip", pgettext_lazy("breaker review", "trip")
        EXPIRY = "expiry", pgettext_lazy("breaker review", "ran out unlifted")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("breaker review", "waiting")
        UPHELD = "upheld", pgettext_lazy("breaker review", "in order")
        OBJECTED = "objected", pgettext_lazy("breaker review", "objected to")

    breaker = models.ForeignKey(Breaker, on_delete=models.PROTECT, related_name="reviews")
    entry = models.OneToOneField(BreakerEntry, on_delete=models.PROTECT, related_name="review")
    kind = models.CharField(max_length=10, choices=Kind)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Who proposed a manual trip.")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Who decided a manual trip.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    due_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=2_000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="breaker_review_by_another",
                condition=Q(reviewed_by=None)
                | ((Q(asked_by=None) | ~Q(reviewed_by=F("asked_by"))) & (Q(decided_by=None) | ~Q(reviewed_by=F("decided_by")))),
            ),
            models.CheckConstraint(
                name="breaker_review_whole",
                condition=Q(state="waiting", reviewed_by=None, reviewed_at=None)
                | Q(state__in=["upheld", "objected"], reviewed_by__isnull=False, reviewed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"])]

    def __str__(self) -> str:
        return f"{self.breaker_id} {self.kind} {self.state}"


class BreakerAppeal(models.Model):
    """异议: what the subject says against a trip, entered by its unit or on its behalf, and the answer of somebody else."""

    breaker = models.ForeignKey(Breaker, on_delete=models.PROTECT, related_name="appeals")
    text = models.CharField(max_length=2_000)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    answer = models.CharField(max_length=2_000, blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["breaker"], condition=Q(answered_by=None), name="breaker_appeal_one_open"),
            models.CheckConstraint(
                name="breaker_appeal_answered_by_another", condition=Q(answered_by=None) | ~Q(answered_by=F("entered_by"))
            ),
            models.CheckConstraint(
                name="breaker_appeal_whole",
                condition=Q(answer="", answered_by=None, answered_at=None)
                | (Q(answered_by__isnull=False, answered_at__isnull=False) & ~Q(answer="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.breaker_id} {self.entered_at}"
