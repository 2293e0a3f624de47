"""The draft of the next version of the checklist (次版草案): what it changes, who had a hand in it, and what became of it."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from ledger.roster.models import User
from risk.checklist.models import ChecklistVersion
from risk.rules.drafts.models import RuleDraft


class Revision(models.Model):
    """The draft of the next version: items, powers and rules that change together, published by a second person.

    One is unfinished at a time. `content_digest` is what was submitted: only that can be published. `undoes` makes it a roll back:
    its content is that of the older version, whole. `powers` None: as they stand in the version it changes.
    """

    class Status(models.TextChoices):
        EDITING = "editing", pgettext_lazy("revision", "being edited")
        SUBMITTED = "submitted", pgettext_lazy("revision", "submitted")
        PUBLISHED = "published", pgettext_lazy("revision", "published")
        DISCARDED = "discarded", pgettext_lazy("revision", "discarded")

    OPEN = (Status.EDITING.value, Status.SUBMITTED.value)

    base = models.ForeignKey(ChecklistVersion, on_delete=models.PROTECT, related_name="+")
    undoes = models.ForeignKey(ChecklistVersion, null=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.EDITING)
    unfinished = models.BooleanField(null=True, default=True, unique=True, help_text="True for the one that is; NULL once it ended.")
    powers = models.JSONField(null=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    effect_on = models.DateField(null=True, help_text="The first event day it is to hold for.")
    submitted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    content_digest = models.CharField(max_length=64, blank=True)
    returned_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    returned_at = models.DateTimeField(null=True)
    return_note = models.CharField(max_length=500, blank=True)
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    published_as = models.OneToOneField(ChecklistVersion, null=True, on_delete=models.PROTECT, related_name="revision")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=("editing", "submitted"), unfinished__isnull=False, unfinished=True)
                | Q(status__in=("published", "discarded"), unfinished__isnull=True),
                name="revision_unfinished_says_so",
            ),
            models.CheckConstraint(
                condition=~Q(status="published")
                | Q(published_by__isnull=False, submitted_by__isnull=False, published_as__isnull=False)
                & ~Q(published_by=F("author"))
                & ~Q(published_by=F("submitted_by")),
                name="revision_published_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"revision {self.pk} of {self.base}"


class RevisionItem(models.Model):
    """What a revision does with one item. `fields`: the whole item as it shall be, empty where it goes out.

    After publication it is the record of what changed and why.
    """

    class Op(models.TextChoices):
        ADD = "add", pgettext_lazy("revision", "added")
        CHANGE = "change", pgettext_lazy("revision", "changed")
        OUT = "out", pgettext_lazy("revision", "out")

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="changes")
    no = models.CharField(max_length=20)
    op = models.CharField(max_length=6, choices=Op)
    fields: Any = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "no"], name="revision_item_once")]

    def __str__(self) -> str:
        return f"{self.op} {self.no}"


class RevisionRule(models.Model):
    """A draft of a rule that is published with the revision. `waiver`: why it goes without a backtest; it holds for the draft as it was
    (`waived_digest`), and lapses with the next change of it."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="rules")
    draft = models.OneToOneField(RuleDraft, on_delete=models.PROTECT, related_name="in_revision")
    waiver = models.CharField(max_length=500, blank=True)
    waived_digest = models.CharField(max_length=64, blank=True)
    waived_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.revision} {self.draft}"


class RevisionHand(models.Model):
    """Somebody who changed anything in a revision, and therefore does not publish it."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="hands")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "user"], name="revision_hand_once")]

    def __str__(self) -> str:
        return f"{self.revision} {self.user}"
