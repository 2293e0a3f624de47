"""Deliveries and batches that brought data, versions that keep it, and the current picture that is rebuilt from versions."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ledger.kit.append_only import AppendOnly


class Delivery(models.Model):
    """One file or call as it arrived: who sent what when, and what became of every row of it.

    The counts are those of the blocks committed so far: `received` rows of the file are done with, and a process that takes a delivery
    over goes on after them. The original of a file is kept under its sha256.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    source = models.CharField(max_length=40)
    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=255, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    encoding = models.CharField(max_length=20, blank=True)
    sheet = models.CharField(max_length=100, blank=True, help_text="The sheet that was asked for, of spreadsheets; empty: the first.")
    actor = models.CharField(max_length=150, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    error = models.CharField(max_length=500, blank=True)
    backfill = models.BooleanField(default=False)
    expected_rows = models.PositiveBigIntegerField(null=True, help_text="How many rows the file seems to hold; for progress only.")
    lease_token = models.CharField(max_length=32, blank=True, help_text="Of the process that is taking it.")
    lease_until = models.DateTimeField(null=True, help_text="Past: whoever was taking it is gone, and another may go on.")
    received = models.PositiveBigIntegerField(default=0)
    accepted = models.PositiveBigIntegerField(default=0)
    revised = models.PositiveBigIntegerField(default=0)
    duplicate = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    waiting = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["-started_at"]),
            models.Index(fields=["source", "kind", "-started_at"]),
            models.Index(fields=["id"], condition=models.Q(status__in=["queued", "running"]), name="delivery_unfinished"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.started_at:%Y-%m-%d %H:%M}"


class Batch(models.Model):
    """The part of a delivery committed in one database transaction; pending until its rows are in the columns."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="batches")
    committed_at = models.DateTimeField()
    rows = models.PositiveIntegerField()
    in_columns = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(in_columns=False), name="batch_pending")]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Version(AppendOnly):
    """What one delivery said of one transaction, as text that was hashed when it arrived. The only truth; never changed.

    `part` is "record" (the whole row) or "steps" (the steps that were new or different). `text` is canonical JSON holding source,
    serial_no, number, part, arrived_at and content; `leaf` is SHA-256(0x00 ‖ text) in hex, the leaf hash of RFC 9162.
    """

    class Part(models.TextChoices):
        RECORD = "record"
        STEPS = "steps"

    class Change(models.TextChoices):
        FIRST = "first", _("first delivery")
        PROGRESS = "progress", _("progress")
        ALTERATION = "alteration", _("alteration")

    transaction_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    part = models.CharField(max_length=6, choices=Part)
    change = models.CharField(max_length=10, choices=Change)
    batch_id = models.BigIntegerField(db_index=True)
    arrived_at = models.DateTimeField()
    text = models.TextField()
    leaf = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["transaction_id", "number"], name="version_once")]

    def __str__(self) -> str:
        return f"{self.transaction_id}/{self.number}"


class Transaction(models.Model):
    """One business transaction as it stands now. (source, serial_no) is its identity; only journal services write it.

    Codes are plain text, not foreign keys: they are kept as received after NFKC and trimming, and the bulk path stays fast.
    `event_day` is the Shanghai day of `accepted_at`, the day under which every rule sees the row. `amount` is in fen.
    """

    class Status(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        FINISHED = "finished", _("finished")
        RETURNED = "returned", _("returned")
        CANCELLED = "cancelled", _("cancelled")

    source = models.CharField(max_length=40)
    serial_no = models.CharField(max_length=64)
    line = models.CharField(max_length=20)
    action = models.CharField(max_length=30)
    status = models.CharField(max_length=10, choices=Status)
    unit_code = models.CharField(max_length=40)
    post_code = models.CharField(max_length=40, blank=True)
    handler_no = models.CharField(max_length=40)
    approver_no = models.CharField(max_length=40, blank=True)
    terminal = models.CharField(max_length=60, blank=True)
    agency_code = models.CharField(max_length=40, blank=True)
    agent_id_no = models.CharField(max_length=40, blank=True)
    person_id_no = models.CharField(max_length=40, blank=True)
    plate_no = models.CharField(max_length=20, blank=True)
    plate_type = models.CharField(max_length=4, blank=True)
    vin = models.CharField(max_length=40, blank=True)
    vehicle_type = models.CharField(max_length=10, blank=True)
    accepted_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=40, blank=True)
    amount = models.BigIntegerField(null=True)
    points = models.SmallIntegerField(null=True)
    related_serial = models.CharField(max_length=64, blank=True)
    attrs = models.JSONField(default=dict)
    marks = models.JSONField(default=list)
    event_day = models.DateField()
    arrived_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "serial_no"], name="transaction_identity")]
        indexes = [
            models.Index(fields=["line", "event_day"]),
            models.Index(fields=["handler_no", "event_day"]),
            models.Index(fields=["agency_code", "event_day"], condition=~models.Q(agency_code=""), name="transaction_agency"),
            models.Index(fields=["agent_id_no", "event_day"], condition=~models.Q(agent_id_no=""), name="transaction_agent"),
            models.Index(fields=["person_id_no", "event_day"], condition=~models.Q(person_id_no=""), name="transaction_person"),
            models.Index(fields=["plate_no", "event_day"], condition=~models.Q(plate_no=""), name="transaction_plate"),
            models.Index(fields=["unit_code", "event_day"], name="transaction_unit"),
            models.Index(fields=["terminal", "event_day"], condition=~models.Q(terminal=""), name="transaction_terminal"),
            models.Index(fields=["related_serial"], condition=~models.Q(related_serial=""), name="transaction_related"),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.serial_no}"


class DailyCount(models.Model):
    """How many transactions of a line a source has on an event day, as they stand now: kept with every batch, so nobody has to count them.

    A projection like the current rows; rebuilt with them. A row of 0 remains where transactions moved away.
    """

    source = models.CharField(max_length=40)
    day = models.DateField()
    line = models.CharField(max_length=20)
    rows = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "day", "line"], name="daily_count_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.day} {self.line}: {self.rows}"


class Step(models.Model):
    """One step in the trail of a transaction, as it stands now."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="steps", db_constraint=False)
    seq = models.PositiveIntegerField()
    step = models.CharField(max_length=40)
    post_code = models.CharField(max_length=40, blank=True)
    staff_no = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    result = models.CharField(max_length=60, blank=True)
    terminal = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["transaction", "seq"], name="step_once")]

    def __str__(self) -> str:
        return f"{self.transaction_id}/{self.seq} {self.step}"


class Recorded(models.Model):
    """What is now known of a record that is no transaction; each kind has its model. Only `records.keep` writes it, from versions.

    `kind` is the name of its files, `key_field` the field that identifies it within its source. The other fields of a kind are named as
    the columns of its files; empty text and null mean not known. `marks` are {"column", "reason", "value"} remarks on the row.
    """

    kind: ClassVar[str]
    key_field: ClassVar[str]

    source = models.CharField(max_length=40)
    marks = models.JSONField(default=list)
    arrived_at = models.DateTimeField(help_text="When it was first heard of.")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True


class RecordVersion(AppendOnly):
    """What one delivery said of one such record, as text that was hashed when it arrived; never changed. One table for all kinds.

    `text` is canonical JSON holding kind, source, key, number, arrived_at and content, where content is what was stated and, as `emptied`,
    the known columns it stated empty. `leaf` is SHA-256(0x00 ‖ text) in hex, as in Version. The text of complaints and cases is personal.
    """

    kind = models.CharField(max_length=30)
    source = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    change = models.CharField(max_length=10, choices=Version.Change)
    delivery_id = models.BigIntegerField(db_index=True)
    arrived_at = models.DateTimeField()
    text = models.TextField()
    leaf = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "source", "key", "number"], name="record_version_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}:{self.key}/{self.number}"
