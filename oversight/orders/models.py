"""整改单: what a case asks of a unit, what the unit answered and with which papers, who looked at it, and every term on the way."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from ledger.roster.models import User
from oversight.attachments.models import Kept, OnItsWay
from oversight.cases.models import Case, Party
from risk.rules.models import Level

SHORT, TEXT = 500, 4_000


class Order(models.Model):
    """整改单 (整改通知书): a unit that is a party of a case is told to put something right, by a term, and to show that it did.

    `problems`: [{"fact", "evidence": [source/serial_no], "clause", "item"}], 逐条. `first_due_at` is the term of the first report (初报),
    where one is asked for; `due_at` that of the response (终报), as extensions and returns have moved it. `late`: a report came after
    its term.
    Its status is a projection of the entries of the case about its number.
    """

    class Status(models.TextChoices):
        ISSUED = "issued", pgettext_lazy("order", "to be signed for")
        WORKING = "working", pgettext_lazy("order", "being put right")
        ANSWERED = "answered", pgettext_lazy("order", "to be reviewed")
        RETURNED = "returned", pgettext_lazy("order", "returned")
        CLOSED = "closed", pgettext_lazy("order", "closed")
        WITHDRAWN = "withdrawn", pgettext_lazy("order", "withdrawn")

    OPEN = (Status.ISSUED, Status.WORKING, Status.ANSWERED, Status.RETURNED)
    AT_WORK = (Status.WORKING, Status.RETURNED)

    number = models.CharField(max_length=20, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="orders")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="orders")
    level = models.CharField(max_length=10, choices=Level)
    problems = models.JSONField(default=list)
    requirement = models.TextField(max_length=TEXT)
    materials = models.CharField(max_length=SHORT, blank=True, help_text="反馈材料清单.")
    review_way = models.CharField(max_length=SHORT, blank=True, help_text="复核方式.")
    objection_way = models.CharField(max_length=SHORT, blank=True, help_text="异议途径.")

    status = models.CharField(max_length=10, choices=Status, default=Status.ISSUED)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    sign_due_at = models.DateTimeField()
    first_due_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    signed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    objection_until = models.DateTimeField(null=True, help_text="Set by signing.")
    first_reported_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    late = models.BooleanField(default=False)
    reminders = models.PositiveIntegerField(default=0)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Who accepted or withdrew it.")
    closed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="order_closed_by_another",
                condition=~Q(status="closed") | (Q(answered_by__isnull=False, closed_by__isnull=False) & ~Q(closed_by=F("answered_by"))),
            ),
            models.CheckConstraint(
                name="order_ended_whole",
                condition=Q(status__in=["closed", "withdrawn"], closed_by__isnull=False, closed_at__isnull=False)
                | (~Q(status__in=["closed", "withdrawn"]) & Q(closed_by=None, closed_at=None)),
            ),
            models.CheckConstraint(
                name="order_signed_whole",
                condition=Q(signed_by=None, signed_at=None, status__in=["issued", "withdrawn"])
                | (Q(signed_by__isnull=False, signed_at__isnull=False) & ~Q(status="issued")),
            ),
        ]
        indexes = [models.Index(fields=["status", "due_at"]), models.Index(fields=["case", "status"])]

    def __str__(self) -> str:
        return self.number


class Draft(models.Model):
    """What the unit has written so far: one for an order, shared by whoever of the unit works on it. `version` counts its changes."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="draft")
    cause = models.TextField(max_length=TEXT, blank=True)
    measures = models.TextField(max_length=TEXT, blank=True)
    result = models.TextField(max_length=TEXT, blank=True)
    responsible = models.CharField(max_length=100, blank=True)
    done_on = models.DateField(null=True)
    version = models.PositiveIntegerField(default=0)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.order_id} v{self.version}"


class Attachment(Kept):
    """A paper or picture the unit added to its answer."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="attachments")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "sha256"], condition=Q(dropped_at=None), name="attachment_once")]


class Sending(OnItsWay):
    """A file on its way to an order."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="sendings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "sent_by", "key"], name="sending_once")]


class Response(models.Model):
    """整改反馈: one report of the unit (初报 or 终报), as it was sent, and what the review said of it.

    `due_at` is the term it was sent under;
    `comments` of a return: field name → what is missing there.
    """

    class Stage(models.TextChoices):
        FIRST = "first", pgettext_lazy("order", "first report")
        FINAL = "final", pgettext_lazy("order", "response")

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", pgettext_lazy("order", "accepted")
        RETURNED = "returned", pgettext_lazy("order", "returned")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="responses")
    place = models.PositiveSmallIntegerField(help_text="The how manieth of its order, from 1.")
    stage = models.CharField(max_length=10, choices=Stage)
    cause = models.TextField(max_length=TEXT)
    measures = models.TextField(max_length=TEXT)
    result = models.TextField(max_length=TEXT, blank=True)
    responsible = models.CharField(max_length=100, blank=True)
    done_on = models.DateField(null=True)
    attachments = models.ManyToManyField(Attachment, related_name="responses")
    due_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    comments = models.JSONField(default=dict)
    note = models.CharField(max_length=2_000, blank=True)
    reviewed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "place"], name="response_place_once"),
            models.CheckConstraint(name="response_reviewed_by_another", condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("sent_by"))),
            models.CheckConstraint(
                name="response_reviewed_whole",
                condition=Q(decision="", reviewed_by=None, reviewed_at=None)
                | (~Q(decision="") & Q(stage="final", reviewed_by__isnull=False, reviewed_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.place}"


class Objection(models.Model):
    """异议: what the unit has against the order, raised once; neither it nor who issued the order answers."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="objection")
    text = models.CharField(max_length=2_000)
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    against = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text="Who issued the order.")
    upheld = models.BooleanField(null=True)
    answer = models.CharField(max_length=2_000, blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="objection_answered_by_another",
                condition=Q(answered_by=None) | (~Q(answered_by=F("raised_by")) & ~Q(answered_by=F("against"))),
            ),
            models.CheckConstraint(
                name="objection_answered_whole",
                condition=Q(upheld=None, answered_by=None, answered_at=None)
                | Q(upheld__isnull=False, answered_by__isnull=False, answered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}"


class TermMark(models.Model):
    """临期 and 超期, told once for each term: of signing, of the first report, of the response."""

    class Clock(models.TextChoices):
        SIGN = "sign", pgettext_lazy("order clock", "to sign")
        FIRST = "first", pgettext_lazy("order clock", "first report")
        FINAL = "final", pgettext_lazy("order clock", "response")

    class State(models.TextChoices):
        SOON = "soon", pgettext_lazy("order clock", "due soon")
        OVERDUE = "overdue", pgettext_lazy("order clock", "overdue")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="marks")
    clock = models.CharField(max_length=6, choices=Clock)
    state = models.CharField(max_length=8, choices=State)
    due_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "clock", "state", "due_at"], name="term_marked_once")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.clock} {self.state}"
