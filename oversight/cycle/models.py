"""每月清查、每季清理、每年总结: the checklist gone through by every unit, in rounds, item by item, and reviewed by the unit above."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from ledger.kit.append_only import AppendOnly
from ledger.roster.models import Unit, User
from oversight.attachments.models import Kept, OnItsWay
from risk.checklist.models import ChecklistItem, ChecklistVersion

SHORT, TEXT = 500, 2_000


class Period(models.TextChoices):
    """What a round is for: a month is checked (清查), a quarter cleared (清理), a year summed up (总结)."""

    MONTH = "month", pgettext_lazy("cycle", "monthly check")
    QUARTER = "quarter", pgettext_lazy("cycle", "quarterly clearance")
    YEAR = "year", pgettext_lazy("cycle", "yearly summary")


class CycleTerm(models.Model):
    """How many working days before the end of its period a round is due, as an administrator has confirmed it (see terms.DEFAULTS)."""

    period = models.CharField(max_length=10, choices=Period, primary_key=True)
    before_end = models.PositiveSmallIntegerField(help_text="Working days that are left of the period when the round is due.")
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.period} {self.before_end}"


class Round(models.Model):
    """One month, quarter or year of the cycle, by the checklist that was in force when it opened."""

    period = models.CharField(max_length=10, choices=Period)
    first_day = models.DateField()
    last_day = models.DateField()
    version = models.ForeignKey(ChecklistVersion, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "first_day"], name="round_once"),
            models.CheckConstraint(name="round_has_days", condition=Q(last_day__gt=F("first_day"))),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.first_day}"


class Task(models.Model):
    """What a round asks of one unit. Its status is a projection of its entries.

    `version` counts the changes of the draft, which whoever of the unit works on it shares. `additions`: risk points the unit wants added,
    [{"post", "step", "risk_point", "reason"}], asked for in a quarterly clearance; `summary`: 总结, asked for in a yearly one.
    """

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("cycle task", "to be filled in")
        SUBMITTED = "submitted", pgettext_lazy("cycle task", "to be reviewed")
        RETURNED = "returned", pgettext_lazy("cycle task", "returned")
        ACCEPTED = "accepted", pgettext_lazy("cycle task", "accepted")

    AT_WORK = (Status.OPEN, Status.RETURNED)

    number = models.CharField(max_length=20, unique=True)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="tasks")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="cycle_tasks")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    due_at = models.DateTimeField(help_text="That of the round, later after a return.")
    additions = models.JSONField(default=list)
    summary = models.TextField(max_length=TEXT, blank=True)
    version = models.PositiveIntegerField(default=0)
    saved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    late = models.BooleanField(default=False, help_text="It was submitted after its term.")
    note = models.CharField(max_length=TEXT, blank=True, help_text="What the last review said of the whole.")
    reviewed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "unit"], name="task_once"),
            models.CheckConstraint(
                name="task_reviewed_by_another",
                condition=Q(reviewed_by=None) | (Q(submitted_by__isnull=False) & ~Q(reviewed_by=F("submitted_by"))),
            ),
            models.CheckConstraint(
                name="task_submitted_whole",
                condition=Q(status="open", submitted_by=None, submitted_at=None, reviewed_by=None, reviewed_at=None)
                | (~Q(status="open") & Q(submitted_by__isnull=False, submitted_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="task_reviewed_whole",
                condition=Q(status__in=["open", "submitted"], reviewed_by=None, reviewed_at=None)
                | Q(status__in=["returned", "accepted"], reviewed_by__isnull=False, reviewed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["status", "due_at"])]

    def __str__(self) -> str:
        return self.number


class Answer(models.Model):
    """What a unit says of one item of the checklist, and what it wants to become of the item.

    `comment`: what the review found missing here. `noted`: what the centre did about a finding at an item of high risk.
    """

    class Result(models.TextChoices):
        FINE = "fine", pgettext_lazy("cycle answer", "no problem")
        FOUND = "found", pgettext_lazy("cycle answer", "problem found")
        OUT = "none", pgettext_lazy("cycle answer", "does not apply")

    class Wish(models.TextChoices):
        LOWER = "lower", pgettext_lazy("risk point", "lower its level")
        DROP = "drop", pgettext_lazy("risk point", "take it out")

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="answers")
    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=10, choices=Result, blank=True)
    text = models.TextField(max_length=TEXT, blank=True)
    wish = models.CharField(max_length=10, choices=Wish, blank=True)
    wish_reason = models.CharField(max_length=SHORT, blank=True)
    comment = models.CharField(max_length=SHORT, blank=True)
    noted = models.CharField(max_length=TEXT, blank=True)
    noted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "item"], name="answer_once"),
            models.CheckConstraint(
                name="answer_noted_whole",
                condition=Q(noted="", noted_by=None, noted_at=None) | (~Q(noted="") & Q(noted_by__isnull=False, noted_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.item_id} {self.result}"


class AnswerPaper(Kept):
    """A photo or paper of a finding."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="papers")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "sha256"], condition=Q(dropped_at=None), name="answer_paper_once")]


class AnswerSending(OnItsWay):
    """A file on its way to an answer."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="sendings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "sent_by", "key"], name="answer_sending_once")]


class TaskEntry(AppendOnly):
    """One thing that happened to a task. `data` holds "from" and "to" where the status changed, and what was said."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    data: Any = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.task_id} {self.kind}"


class Proposal(models.Model):
    """提请修订: a unit wants a risk point added, lowered in level or taken out; made when its clearance is accepted.

    `item` is None for one to be added, which is described by `wanted` ({"post", "step", "risk_point"}). Accepting it changes nothing in the
    checklist by itself: an administrator of the checklist does that in the draft of its next version.
    """

    class Change(models.TextChoices):
        ADD = "add", pgettext_lazy("risk point", "add it")
        LOWER = "lower", pgettext_lazy("risk point", "lower its level")
        DROP = "drop", pgettext_lazy("risk point", "take it out")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("proposal", "to be decided")
        ACCEPTED = "accepted", pgettext_lazy("proposal", "accepted")
        DECLINED = "declined", pgettext_lazy("proposal", "declined")

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="proposals")
    change = models.CharField(max_length=10, choices=Change)
    item = models.ForeignKey(ChecklistItem, null=True, on_delete=models.PROTECT, related_name="+")
    wanted = models.JSONField(default=dict)
    reason = models.CharField(max_length=SHORT)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=SHORT, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="proposal_about", condition=Q(change="add", item=None) | (~Q(change="add") & Q(item__isnull=False))
            ),
            models.CheckConstraint(
                name="proposal_decided_whole",
                condition=Q(state="open", decided_by=None, decided_at=None)
                | (~Q(state="open") & Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(name="proposal_decided_by_another", condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by"))),
        ]
        indexes = [models.Index(fields=["state", "id"])]

    def __str__(self) -> str:
        return f"{self.task_id} {self.change}"


class Summary(AppendOnly):
    """月清查汇总, 季清理报告, 年总结: what the units below one made of a round, as it was put on paper; made again it is a new version."""

    reference = models.CharField(max_length=20, unique=True)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="summaries")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    fields = models.JSONField()
    template_version = models.PositiveIntegerField()
    template_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, help_text="Of the Word file.")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "unit", "version"], name="summary_version_once")]

    def __str__(self) -> str:
        return self.reference
