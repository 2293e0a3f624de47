"""What intake keeps beside the journal: refused rows and what became of them, files before they are taken, tokens, answered calls."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ledger.journal.models import Delivery
from ledger.kit.append_only import AppendOnly
from ledger.roster.models import User


class Discard(models.Model):
    """A wish to do away with rejected rows for good: asked for by one person with a reason, decided by another.

    Rows stay where they are, with all they said; what ends is that somebody must still do something about them.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    reason = models.CharField(max_length=500)
    rows_count = models.PositiveIntegerField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="discard_decided_by_another", condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by"))
            ),
            models.CheckConstraint(
                name="discard_decided_whole",
                condition=models.Q(state="asked", decided_by=None, decided_at=None)
                | (models.Q(state__in=["approved", "refused"]) & models.Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"discard {self.pk}"


class Quarantined(models.Model):
    """A row that could not be taken, exactly as received, with the place and the reason; or a step still waiting for its transaction.

    Rejected rows are work: each is settled in the end, by a row of the same identity that was taken (corrected), by the same row coming
    once more (repeated; the later one carries on its age), or by two people who discard it. `settled_by` is the delivery that did it.
    """

    class State(models.TextChoices):
        REJECTED = "rejected", pgettext_lazy("row", "rejected")
        WAITING = "waiting", pgettext_lazy("row", "waiting")
        TAKEN = "taken", pgettext_lazy("row", "taken")
        CORRECTED = "corrected", pgettext_lazy("row", "corrected")
        REPEATED = "repeated", pgettext_lazy("row", "sent again")
        DISCARDED = "discarded", pgettext_lazy("row", "discarded")

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="quarantined")
    source = models.CharField(max_length=40)
    kind = models.CharField(max_length=30)
    row = models.PositiveBigIntegerField(help_text="Line of the file, the header being line 1.")
    column = models.CharField(max_length=60, blank=True)
    value = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=40, help_text="Code of the reason; the sentence is made in the reader's language.")
    detail = models.JSONField(default=dict)
    content = models.JSONField(help_text="The row as received, column name to text.")
    state = models.CharField(max_length=10, choices=State, default=State.REJECTED)
    serial_no = models.CharField(max_length=64, blank=True, help_text="Of the transaction a waiting step belongs to.")
    identity = models.CharField(max_length=200, blank=True, help_text="What identifies the row within its kind, where that could be read.")
    unit_code = models.CharField(max_length=40, blank=True, help_text="The unit it names, where that is on the roster.")
    staff_no = models.CharField(max_length=40, blank=True, help_text="The person it names as handler, where that could be read.")
    fingerprint = models.CharField(max_length=64, blank=True, help_text="SHA-256 of kind and content: the same row is known again.")
    created_at = models.DateTimeField(auto_now_add=True)
    first_seen_at = models.DateTimeField(help_text="When the same row was first rejected: sending it again does not make it young.")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(Delivery, null=True, on_delete=models.PROTECT, related_name="+")
    discard = models.ForeignKey(Discard, null=True, on_delete=models.PROTECT, related_name="rows")

    class Meta:
        indexes = [
            models.Index(fields=["source", "serial_no"], condition=models.Q(state="waiting"), name="quarantine_waiting"),
            models.Index(fields=["first_seen_at", "id"], condition=models.Q(state="rejected"), name="quarantine_open"),
            models.Index(fields=["kind", "source", "identity"], condition=models.Q(state="rejected"), name="quarantine_identity"),
            models.Index(fields=["fingerprint"], condition=models.Q(state="rejected"), name="quarantine_fingerprint"),
        ]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of `content` in the order in which they came, which not every database keeps by itself."""
        return columns_of(self.content, self.detail)

    def __str__(self) -> str:
        return f"{self.kind} line {self.row}: {self.reason}"


def columns_of(content: Mapping[str, str], detail: Mapping[str, Any]) -> tuple[str, ...]:
    told = [name for name in detail.get("columns", ()) if name in content]
    return (*told, *(name for name in content if name not in set(told)))


class Upload(models.Model):
    """A file somebody put before the platform in the browser: looked at, tried, and then taken or dropped. A delivery once it is taken.

    `preview` is what the file looks like (encoding, sheets, columns, first rows); `trial` what a dry run found.
    """

    class State(models.TextChoices):
        NEW = "new", pgettext_lazy("upload", "not yet looked at")
        TRYING = "trying", pgettext_lazy("upload", "being tried")
        TRIED = "tried", pgettext_lazy("upload", "tried")
        TAKEN = "taken", pgettext_lazy("upload", "taken")
        DROPPED = "dropped", pgettext_lazy("upload", "dropped")

    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=30, blank=True)
    sheet = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=40)
    backfill = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    preview = models.JSONField(default=dict)
    trial = models.JSONField(default=dict)
    problem = models.CharField(max_length=500, blank=True, help_text="Why the file cannot be read, in the language of whoever sent it.")
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    delivery = models.OneToOneField(Delivery, null=True, on_delete=models.PROTECT, related_name="upload")

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class ApiToken(models.Model):
    """What a business system shows to be let in, and what it may do then. Of the secret only the SHA-256 is kept, in hex.

    `reader` answers for what is read with it: it shows what that person's roles show, and nothing they are recused from.
    """

    name = models.CharField(max_length=60, unique=True)
    source = models.CharField(max_length=40, help_text="Whose data it sends: the source of its transactions.")
    scopes = models.JSONField(default=list, help_text="What it may do, like transactions:write.")
    reader = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", help_text="As whom it reads.")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150, blank=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.source})"


class IdempotencyKey(AppendOnly):
    """A call that was answered, under the key its sender gave it: kept for good, so that the same call is never taken twice."""

    source = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    token = models.ForeignKey(ApiToken, on_delete=models.PROTECT, related_name="+")
    body_sha256 = models.CharField(max_length=64)
    answer = models.TextField(help_text="JSON in ASCII, as it was given.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"
