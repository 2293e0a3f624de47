"""停业整改: what business an agency may not do for a time, until another group of people has found it put right."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from ledger.kit.days import today
from ledger.roster.models import Unit, User
from oversight.measures.base import DECISION, LEGAL, Measure
from oversight.measures.hearing import Hearing

LIFTING, EXTENDING, REVOKING = "lifting", "extending", "revoking"
PROPOSAL = (
    *("agency_code", "credit_code", "effect", "scope", "starts_on", "ends_on", "facts", "basis", "rectification", "conditions"),
    *("diversion", "in_flight", "remedy"),
)
LONG_DAYS = 14
HEARD = ("hearing", "informed_on", "heard_on", "statement", "witness")
# What the column says of those that were decided before it was there.
UNRECORDED = "unrecorded"


class Suspension(Measure):
    """停业整改, TY-: says what is really stopped. A test station's licence is not ours to take.

    `conditions` are those of lifting it, one a line: each is accepted by itself. `round` counts the applications of the agency.
    `extending_by`: who asked for an extension that waits, `revoking_by` for a revocation; `ends_on` is the last day as extensions have
    moved it. After it the agency stays stopped until it was accepted and somebody lifts it, or two people revoke it: no day passing lets it
    back into business.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("suspension", "legal review awaited")
        RETURNED = "returned", pgettext_lazy("suspension", "returned")
        REVIEWED = "reviewed", pgettext_lazy("suspension", "agency to be heard")
        HEARD = "heard", pgettext_lazy("suspension", "to be decided")
        DECIDED = "decided", pgettext_lazy("suspension", "to be served")
        IN_FORCE = "in_force", pgettext_lazy("suspension", "in force, being put right")
        APPLIED = "applied", pgettext_lazy("suspension", "to be accepted")
        ACCEPTED = "accepted", pgettext_lazy("suspension", "accepted, to be lifted")
        PROBATION = "probation", pgettext_lazy("suspension", "lifted, on probation")
        ENDED = "ended", pgettext_lazy("suspension", "ended")
        REVOKED = "revoked", pgettext_lazy("suspension", "revoked")
        WITHDRAWN = "withdrawn", pgettext_lazy("suspension", "withdrawn")

    class Effect(models.TextChoices):
        """What is stopped; the values are those of the holds that stop it."""

        ACCEPTANCE = "acceptance", pgettext_lazy("effect", "no business of it is accepted")
        MANDATE = "mandate", pgettext_lazy("effect", "it may not be mandated")
        DATA = "data", pgettext_lazy("effect", "its test data are not received")
        EXAM_SITE = "exam_site", pgettext_lazy("effect", "its exam site is not used")
        EXAM_BOOKING = "exam_booking", pgettext_lazy("effect", "its applicants are not booked for exams")

    bound: ClassVar[dict[str, tuple[str, ...]]] = {
        LEGAL: PROPOSAL,
        DECISION: (*PROPOSAL, "legal_opinion", *HEARD),
        LIFTING: ("agency_code", "effect", "report", "round", "accepted_by"),
        EXTENDING: ("agency_code", "effect", "starts_on", "ends_on"),
        REVOKING: ("agency_code", "effect", "scope"),
    }

    status = models.CharField(max_length=12, choices=Status, default=Status.PROPOSED)
    agency_code = models.CharField(max_length=40)
    agency_name = models.CharField(max_length=100)
    credit_code = models.CharField(max_length=30, blank=True, help_text="统一社会信用代码")
    effect = models.CharField(max_length=12, choices=Effect)
    scope = models.CharField(max_length=500)
    starts_on = models.DateField()
    ends_on = models.DateField()
    facts = models.TextField(max_length=4_000)
    basis = models.CharField(max_length=500)
    rectification = models.TextField(max_length=4_000)
    conditions = models.TextField(max_length=2_000)
    diversion = models.TextField(max_length=2_000, help_text="群众分流")
    in_flight = models.TextField(max_length=2_000, help_text="在途业务")
    remedy = models.CharField(max_length=500, help_text="异议、救济")

    legal_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    legal_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    legal_opinion = models.TextField(max_length=4_000, blank=True)
    hearing = models.CharField(
        max_length=10,
        blank=True,
        choices=[*Hearing.choices, (UNRECORDED, pgettext_lazy("hearing", "decided before statements were recorded"))],
    )
    informed_on = models.DateField(null=True, help_text="告知: of facts, grounds and rights.")
    heard_on = models.DateField(null=True)
    statement = models.TextField(max_length=4_000, blank=True, help_text="陈述申辩")
    witness = models.CharField(max_length=100, blank=True)
    document_no = models.CharField(max_length=100, blank=True)
    meeting_no = models.CharField(max_length=100, blank=True, help_text="支队长办公会, or of the Party committee from 14 days on.")
    served_on = models.DateField(null=True)
    served_how = models.CharField(max_length=200, blank=True)

    extending_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    revoking_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Who asked to revoke it, while that waits and once it is."
    )
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_alone = models.BooleanField(default=False, help_text="By one leader, before it took two people.")
    objected_at = models.DateTimeField(null=True, help_text="When the objection came that waits for its answer.")

    report = models.TextField(max_length=4_000, blank=True, help_text="整改报告, as the agency put it when it applied.")
    applied_on = models.DateField(null=True)
    round = models.PositiveSmallIntegerField(default=0)
    accepted_by = models.JSONField(default=list, help_text="Who accepted it in this round.")
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifting_no = models.CharField(max_length=100, blank=True)
    probation_until = models.DateField(null=True)
    closing = models.TextField(max_length=2_000, blank=True, help_text="What the probation showed.")

    class Meta(Measure.Meta):
        abstract = False
        constraints = [
            *Measure.Meta.constraints,
            models.CheckConstraint(name="suspension_from_to", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(name="suspension_legal_by_another", condition=Q(legal_by=None) | ~Q(legal_by=F("proposed_by"))),
            models.CheckConstraint(
                name="suspension_three_people", condition=Q(legal_by=None) | Q(decided_by=None) | ~Q(decided_by=F("legal_by"))
            ),
            models.CheckConstraint(
                name="suspension_in_force_decided",
                condition=Q(status__in=["proposed", "returned", "reviewed", "heard", "withdrawn"])
                | (Q(decided_by__isnull=False, legal_by__isnull=False) & ~Q(document_no="") & ~Q(meeting_no="")),
            ),
            models.CheckConstraint(
                name="suspension_decided_heard",
                condition=Q(status__in=["proposed", "returned", "reviewed", "withdrawn"]) | ~Q(hearing=""),
            ),
            models.CheckConstraint(
                name="suspension_heard_whole",
                condition=Q(hearing__in=["", UNRECORDED], informed_on=None, heard_on=None, statement="", witness="")
                | Q(hearing=Hearing.HEARD, informed_on__isnull=False, heard_on__isnull=False) & ~Q(statement="")
                | Q(hearing=Hearing.DECLINED, informed_on__isnull=False, heard_on__isnull=False) & ~Q(witness=""),
            ),
            models.CheckConstraint(
                name="suspension_lifted_whole",
                condition=Q(status__in=["probation", "ended"], lifted_by__isnull=False, lifted_at__isnull=False)
                | (~Q(status__in=["probation", "ended"]) & Q(lifted_by=None, lifted_at=None)),
            ),
            models.CheckConstraint(
                name="suspension_revoked_by_another",
                condition=Q(revoked_by=None) | Q(revoking_by__isnull=False) & ~Q(revoked_by=F("revoking_by")),
            ),
            models.CheckConstraint(
                name="suspension_revoked_whole",
                condition=Q(status="revoked", revoked_alone=False, revoked_by__isnull=False, revoked_at__isnull=False)
                | Q(status="revoked", revoked_alone=True, revoked_by=None, revoked_at=None)
                | ~Q(status="revoked") & Q(revoked_alone=False, revoked_by=None, revoked_at=None),
            ),
        ]
        indexes = [
            *Measure.Meta.indexes,
            models.Index(fields=["agency_code", "status"], name="suspension_agency"),
            models.Index(fields=["starts_on"], name="suspension_starts_on"),
        ]

    @property
    def title(self) -> str:
        return f"{self.agency_name} · {self.get_effect_display()}"

    @property
    def hands(self) -> frozenset[int]:
        return frozenset(pk for pk in (self.proposed_by_id, self.legal_by_id) if pk is not None)

    @property
    def days_left(self) -> int:
        """Until its last day; below 0 when that is over."""
        return (self.ends_on - today()).days

    @property
    def waiting_extension(self) -> "Extension | None":
        return self.extensions.filter(state=Extension.State.ASKED).first()

    @property
    def waiting_revocation(self) -> "Revocation | None":
        return self.revocations.filter(state=Revocation.State.ASKED).first()

    @property
    def waiting_objection(self) -> "AgencyObjection | None":
        return self.objections.filter(answered_by=None).first() if self.objected_at else None

    def content(self, kind: str) -> dict[str, Any]:
        """Of an extension also the day it asks for, and why; of a revocation why."""
        found = super().content(kind)
        if kind == EXTENDING and (asked := self.waiting_extension):
            return found | {"until": f"{asked.until}", "reason": asked.reason}
        if kind == REVOKING and (wanted := self.waiting_revocation):
            return found | {"reason": wanted.reason}
        return found

    @property
    def items(self) -> list[str]:
        """The conditions of lifting, in order."""
        return [one for one in self.conditions.splitlines() if one]


# In which an agency is stopped.
STANDING = (Suspension.Status.IN_FORCE, Suspension.Status.APPLIED, Suspension.Status.ACCEPTED)


class Extension(models.Model):
    """延期: that a suspension ends later than it was to, asked for by one person and decided by another; all of them are kept."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("extension", "asked for")
        GRANTED = "granted", pgettext_lazy("extension", "granted")
        REFUSED = "refused", pgettext_lazy("extension", "refused")
        LAPSED = "lapsed", pgettext_lazy("extension", "lapsed")

    suspension = models.ForeignKey(Suspension, on_delete=models.PROTECT, related_name="extensions")
    ends_on = models.DateField(help_text="The last day until then.")
    until = models.DateField(help_text="The last day it asks for.")
    reason = models.TextField(max_length=4_000)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    document_no = models.CharField(max_length=100, blank=True)
    meeting_no = models.CharField(max_length=100, blank=True)
    note = models.CharField(max_length=2_000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["suspension"], condition=Q(state="asked"), name="extension_asked_once"),
            models.CheckConstraint(name="extension_ends_later", condition=Q(until__gt=F("ends_on"))),
            models.CheckConstraint(name="extension_decided_by_another", condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by"))),
            models.CheckConstraint(
                name="extension_decided_whole",
                condition=Q(state__in=["asked", "lapsed"], decided_by=None, decided_at=None)
                | Q(state="refused", decided_by__isnull=False, decided_at__isnull=False)
                | Q(state="granted", decided_by__isnull=False, decided_at__isnull=False) & ~Q(document_no="") & ~Q(meeting_no=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.suspension_id} {self.until}"


class Revocation(models.Model):
    """撤销: that a suspension that was decided does not stand, asked for by one person and decided by another; all of them are kept."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("revocation", "asked for")
        GRANTED = "granted", pgettext_lazy("revocation", "revoked")
        REFUSED = "refused", pgettext_lazy("revocation", "refused")
        LAPSED = "lapsed", pgettext_lazy("revocation", "lapsed")

    suspension = models.ForeignKey(Suspension, on_delete=models.PROTECT, related_name="revocations")
    reason = models.TextField(max_length=4_000)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=2_000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["suspension"], condition=Q(state="asked"), name="revocation_asked_once"),
            models.CheckConstraint(name="revocation_decided_by_another", condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by"))),
            models.CheckConstraint(
                name="revocation_decided_whole",
                condition=Q(state__in=["asked", "lapsed"], decided_by=None, decided_at=None)
                | Q(state__in=["refused", "granted"], decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.suspension_id} {self.state}"


class AgencyObjection(models.Model):
    """异议, YY-: what the agency has against the decision, and what somebody else than who decided answered. `against`: who decided."""

    class Outcome(models.TextChoices):
        KEPT = "kept", pgettext_lazy("objection", "rejected, the decision stands")
        PARTLY = "partly", pgettext_lazy("objection", "accepted in part")
        UPHELD = "upheld", pgettext_lazy("objection", "accepted, to be revoked")

    number = models.CharField(max_length=20, unique=True, help_text="By which the paper with its answer goes.")
    suspension = models.ForeignKey(Suspension, on_delete=models.PROTECT, related_name="objections")
    against = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    objector = models.CharField(max_length=100, help_text="Who objects for the agency.")
    received_on = models.DateField()
    text = models.TextField(max_length=4_000)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    answer_by = models.DateField(help_text="By when it is to be answered.")
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    answer = models.TextField(max_length=4_000, blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["suspension"], condition=Q(answered_by=None), name="agency_objection_waits_once"),
            models.CheckConstraint(
                name="agency_objection_answered_by_another", condition=Q(answered_by=None) | ~Q(answered_by=F("against"))
            ),
            models.CheckConstraint(
                name="agency_objection_answered_whole",
                condition=Q(answered_by=None, answered_at=None, outcome="", answer="")
                | Q(answered_by__isnull=False, answered_at__isnull=False) & ~Q(outcome="") & ~Q(answer=""),
            ),
        ]
        # The bell asks for what came or was answered lately.
        indexes = [
            models.Index(fields=["entered_at"], name="agency_objection_entered"),
            models.Index(fields=["answered_at"], name="agency_objection_answered"),
        ]

    def __str__(self) -> str:
        return self.number


class Acceptance(models.Model):
    """验收: what one member of the team found, condition by condition, in one round."""

    suspension = models.ForeignKey(Suspension, on_delete=models.PROTECT, related_name="acceptances")
    round = models.PositiveSmallIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    passed = models.BooleanField()
    findings = models.JSONField(help_text="[condition, passed, remark] for each condition.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["suspension", "round", "by"], name="acceptance_once")]

    def __str__(self) -> str:
        return f"{self.suspension_id} {self.round} {self.by_id}"
