"""A case: what the force does about one or more alerts, who takes part, what was decided by whom, and everything that happened."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from ledger.kit.append_only import AppendOnly
from ledger.roster.models import Unit, User
from risk.alerts.models import Alert
from risk.rules.models import Level, SubjectKind


class Layer(models.TextChoices):
    """五个层面: which level of supervision acted."""

    COMMITTEE = "committee", pgettext_lazy("layer", "Party committee")
    DISCIPLINE = "discipline", pgettext_lazy("layer", "discipline inspection")
    DEPARTMENT = "department", pgettext_lazy("layer", "functional department")
    UNIT = "unit", pgettext_lazy("layer", "second-tier unit")
    MEMBERS = "members", pgettext_lazy("layer", "members")


class Case(models.Model):
    """案件: opened over alerts the centre has issued as warnings, handled by one person, closed by another.

    `unit` is that of the gravest alert's event; who sees the case follows from it and from its parties. `policy` is the escalation policy
    and the terms as they stood when it was opened: later edits move no goal posts. Its status is a projection of its entries.
    An orange or red one is asked for by one person and dispatched by a leader; before that no party sees it, its alerts stay as they are.
    """

    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("case", "dispatch to be approved")
        RETURNED = "returned", pgettext_lazy("case", "dispatch returned")
        HANDLING = "handling", pgettext_lazy("case", "being handled")
        PROPOSED = "proposed", pgettext_lazy("case", "put up for closing")
        CLOSED = "closed", pgettext_lazy("case", "closed")

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed", pgettext_lazy("case", "confirmed")
        PARTLY = "partly", pgettext_lazy("case", "partly confirmed")
        UNFOUNDED = "unfounded", pgettext_lazy("case", "not confirmed")
        TRANSFERRED = "transferred", pgettext_lazy("case", "transferred")

    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200)
    facts = models.TextField(max_length=4_000, help_text="事实摘要, as the alerts' sentences and the conclusions had it on opening.")
    level = models.CharField(max_length=10, choices=Level)
    line = models.CharField(max_length=20)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    subject_kind = models.CharField(max_length=10, choices=SubjectKind)
    subject_code = models.CharField(max_length=80)
    basis = models.CharField(max_length=1_000, blank=True, help_text="依据: the clause or checklist item it is dispatched by.")
    requirement = models.CharField(max_length=1_000, blank=True, help_text="办理要求: what all parties are asked for.")
    policy = models.JSONField(default=dict)
    sealed = models.BooleanField(default=False, help_text="Seen by leaders and the discipline inspection alone.")
    led = models.BooleanField(default=False, help_text="Another body leads it now, see oversight.cases.leading.")

    status = models.CharField(max_length=10, choices=Status, default=Status.HANDLING)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    conclusion = models.TextField(max_length=4_000, blank=True, help_text="办结结论, of a closed case.")
    handler = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    updated_at = models.DateTimeField()

    # Whether whoever asked may not know whom it is about; given by oversight.cases.visibility.
    redacted: bool = False

    class Meta:
        constraints = [
            models.CheckConstraint(name="case_closed_by_another", condition=Q(closed_by=None) | ~Q(closed_by=F("handler"))),
            models.CheckConstraint(
                name="case_closed_whole",
                condition=(Q(status="closed", closed_by__isnull=False, closed_at__isnull=False) & ~Q(outcome=""))
                | (~Q(status="closed") & Q(closed_by=None, closed_at=None, outcome="")),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-opened_at"]),
            models.Index(fields=["subject_kind", "subject_code"]),
        ]

    def __str__(self) -> str:
        return self.number


class CaseAlert(models.Model):
    """An alert of a case; no alert is in two."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="alerts")
    alert = models.OneToOneField(Alert, on_delete=models.PROTECT, related_name="of_case")

    def __str__(self) -> str:
        return f"{self.case_id} {self.alert_id}"


class Party(models.Model):
    """双联办双交办: a unit that takes part in a case, with a duty, a signature and a clock of its own."""

    class Part(models.TextChoices):
        LEAD = "lead", pgettext_lazy("party", "lead unit")
        SUPERIOR = "superior", pgettext_lazy("party", "superior unit")
        DEPARTMENT = "department", pgettext_lazy("party", "business department")
        DISCIPLINE = "discipline", pgettext_lazy("party", "discipline inspection")
        # Joins when a measure is proposed that it must review; nobody dispatches a case to it.
        LEGAL = "legal", pgettext_lazy("party", "legal review")

    DISPATCHED = (Part.LEAD, Part.SUPERIOR, Part.DEPARTMENT, Part.DISCIPLINE)

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("party", "to be signed for")
        SIGNED = "signed", pgettext_lazy("party", "signed")
        DONE = "done", pgettext_lazy("party", "duty done")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parties")
    place = models.PositiveSmallIntegerField(default=1, help_text="By which the record tells the parties of a case apart.")
    part = models.CharField(max_length=12, choices=Part)
    layer = models.CharField(max_length=12, choices=Layer)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    duty = models.CharField(max_length=500, help_text="What this party is to do.")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    sign_due_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="When its duty is to be done.")
    signed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)
    work = models.TextField(max_length=4_000, blank=True, help_text="履责情况: what it did.")
    redacted = models.BooleanField(
        default=False, help_text="Its leader is recused by a relation: the text of orders alone is shown to them, no subject, no evidence."
    )

    # When the term that runs for it ends, None where none does, and when it began; given by oversight.cases.running.
    term_end: datetime | None
    term_begun: datetime

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "part", "unit"], name="party_once"),
            models.CheckConstraint(
                name="party_whole",
                condition=Q(status="waiting", signed_by=None, signed_at=None, done_by=None, done_at=None)
                | Q(status="signed", signed_by__isnull=False, signed_at__isnull=False, done_by=None, done_at=None)
                | Q(status="done", signed_by__isnull=False, signed_at__isnull=False, done_by__isnull=False, done_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["unit", "status"])]

    def __str__(self) -> str:
        return f"{self.case_id} {self.part} {self.unit_id}"

    @property
    def about(self) -> str:
        """What the record of the case and the audit trail call it."""
        return f"{self.case.number}/{self.place}"


class CaseEntry(AppendOnly):
    """办理记录: one thing that happened in a case, to the case itself or to an order, a decision … in it. Append-only.

    `about` is the number of the object it happened to; `data["from"]` and `data["to"]` its status before and after, where that changed.
    Reading the entries of an object in order gives its status.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="entries")
    about = models.CharField(max_length=20)
    kind = models.CharField(max_length=32, help_text="The object and the act, like order.signed.")
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Nobody: the system.")
    layer = models.CharField(max_length=12, choices=Layer, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        # The bell asks for what happened lately, of whatever case.
        indexes = [models.Index(fields=["case", "id"]), models.Index(fields=["about", "id"]), models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.about} {self.kind}"


class TookPart(models.Model):
    """Who did which part of something that takes different people: handled or closed a case, answered or reviewed an order.

    One row a person and object: whoever handled it once can never be written down as who closed it, not even by a mistake of a service.
    """

    about = models.CharField(max_length=20)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=12)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["about", "user"], name="one_part_a_person")]

    def __str__(self) -> str:
        return f"{self.about} {self.user_id} {self.part}"


class Approval(models.Model):
    """What one person asks for and another decides. It binds to what lay before them: a change of that lets it lapse."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("approval", "asked for")
        APPROVED = "approved", pgettext_lazy("approval", "approved")
        REFUSED = "refused", pgettext_lazy("approval", "refused")
        LAPSED = "lapsed", pgettext_lazy("approval", "lapsed")

    about = models.CharField(max_length=20, help_text="The number of the object.")
    kind = models.CharField(max_length=24, help_text="What for, like closing or extension.")
    content = models.JSONField(help_text="What is to be approved, as it lay before both.")
    content_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="When it is to be decided, where it has a term.")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=2_000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["about", "kind"], condition=Q(state="asked"), name="approval_asked_once"),
            models.CheckConstraint(name="approval_by_another", condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by"))),
            models.CheckConstraint(
                name="approval_whole",
                condition=Q(state__in=["asked", "lapsed"], decided_by=None, decided_at=None)
                | Q(state__in=["approved", "refused"], decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["about", "kind"])]

    def __str__(self) -> str:
        return f"{self.about} {self.kind} {self.state}"
