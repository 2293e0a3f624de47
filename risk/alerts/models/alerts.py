"""Hits (what rules found), alerts (hits folded in buckets), matters (what belongs together), and the terms of the first check."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ledger.roster.models import Unit, User
from risk.alerts.models.suppressions import Suppression
from risk.rules.models import Level, Rule, RuleVersion, SubjectKind


class Matter(models.Model):
    """事项: the alerts of one subject and one cause, whatever the bucket. Precision and workload are counted in matters."""

    number = models.CharField(max_length=20, unique=True)
    subject_kind = models.CharField(max_length=10, choices=SubjectKind)
    subject_code = models.CharField(max_length=80)
    cause = models.CharField(max_length=20, help_text="The checklist item of the rule, else the rule code.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_kind", "subject_code", "cause"], name="matter_once")]

    def __str__(self) -> str:
        return self.number


class Alert(models.Model):
    """系统疑点: live hits of one rule about one subject within one bucket of event days.

    The fold (level, days, observed, threshold, numbers, counts) is derived from hits alone; status and handler are derived from what
    people did, kept in AlertEvent. The two never mix. Numbers are date and random, so hidden alerts cannot be inferred from them.
    """

    class Status(models.TextChoices):
        NEW = "new", _("to be checked")
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        CHECKING = "checking", _("being checked")
        PROPOSED = "proposed", _("to be confirmed")
        DISMISSED = "dismissed", _("dismissed")
        ISSUED = "issued", _("warning issued")
        ASSIGNED = "assigned", _("assigned")
        CLOSED = "closed", _("closed")
        SNOOZED = "snoozed", _("snoozed")
        RECURRED = "recurred", _("recurred")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Dismissal(models.TextChoices):
        FALSE_ALARM = "false_alarm", _("false alarm")
        REPEATED = "repeated", _("repeated")
        LEGITIMATE = "legitimate", _("true but ordinary business")
        DATA_QUALITY = "data_quality", _("data quality")

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        PARTLY = "partly", _("partly confirmed")
        UNFOUNDED = "unfounded", _("not confirmed")

    OPEN = (Status.NEW, Status.ACKNOWLEDGED, Status.CHECKING, Status.PROPOSED, Status.SNOOZED, Status.RECURRED)

    number = models.CharField(max_length=20, unique=True)
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="alerts", db_index=False)
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="alerts")
    rule_version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT)
    line = models.CharField(max_length=20)
    subject_kind = models.CharField(max_length=10, choices=SubjectKind)
    subject_code = models.CharField(max_length=80)
    bucket = models.IntegerField(help_text="Event day ordinal // merge days of the rule.")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", help_text="The unit of the event, not of today.")

    level = models.CharField(max_length=10, choices=Level)
    level_rank = models.PositiveSmallIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    first_at = models.DateTimeField(help_text="Time of the first evidence row.")
    last_at = models.DateTimeField(help_text="Time of the last evidence row.")
    observed = models.FloatField()
    threshold = models.FloatField()
    numbers = models.JSONField(default=dict, help_text="What the sentence is filled with.")
    hit_count = models.PositiveIntegerField()
    evidence_count = models.PositiveIntegerField()

    status = models.CharField(max_length=12, choices=Status, default=Status.NEW)
    handler = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    snoozed_until = models.DateTimeField(null=True, help_text="When a snoozed alert wakes by itself.")
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, help_text="What became of a closed alert.")
    backdated = models.BooleanField(default=False, help_text="倒查: found in old rows; neither sounds nor starts a clock.")
    raised_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "subject_kind", "subject_code", "bucket"], name="alert_once"),
            models.CheckConstraint(
                name="alert_snoozed_until_a_time",
                condition=models.Q(status="snoozed", snoozed_until__isnull=False)
                | (~models.Q(status="snoozed") & models.Q(snoozed_until=None)),
            ),
            models.CheckConstraint(name="alert_outcome_when_closed", condition=models.Q(outcome="") | models.Q(status="closed")),
        ]
        indexes = [
            models.Index(fields=["status", "-level_rank", "due_at", "id"]),
            models.Index(fields=["-raised_at", "-id"]),
            models.Index(fields=["subject_kind", "subject_code"]),
            # What ended, newest first, with all that its list, its figures and the counts of the tabs read of one, for the same reason.
            models.Index(fields=["status", "-raised_at", "-id", "unit", "level", "line", "rule_version", "matter"], name="alert_ended"),
            # Everything that the list of open alerts, its figures and the count of every page read of one: read from here, not from rows
            # that stand scattered among those of all years. As keys and not as INCLUDE, which SQLite does not know.
            models.Index(
                fields=[
                    *("-level_rank", "due_at", "id", "status", "unit", "handler", "backdated"),
                    *("level", "line", "rule_version", "matter"),
                ],
                condition=models.Q(status__in=["new", "acknowledged", "checking", "proposed", "snoozed", "recurred"]),
                name="alert_open",
            ),
            # The alerts of a matter, and the open ones of it, which has many of other years.
            models.Index(fields=["matter", "status"], name="alert_of_matter"),
            models.Index(fields=["snoozed_until"], condition=models.Q(status="snoozed"), name="alert_snoozed"),
        ]

    def __str__(self) -> str:
        return self.number


class Hit(models.Model):
    """命中: what a rule version found about a subject on an event day. A function of the rows in its window, replaced when they change."""

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="hits")
    rule_version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT)
    line = models.CharField(max_length=20)
    subject_kind = models.CharField(max_length=10, choices=SubjectKind)
    subject_code = models.CharField(max_length=80)
    day = models.DateField()
    bucket = models.IntegerField()
    level = models.CharField(max_length=10, choices=Level)
    observed = models.FloatField()
    threshold = models.FloatField()
    numbers = models.JSONField(default=dict)
    evidence = models.JSONField(default=list, help_text="Ids of rows of the rule's frame, ascending.")
    shadow = models.BooleanField(default=False)
    live = models.BooleanField(default=True, help_text="False once later data undid it.")
    suppression = models.ForeignKey(
        Suppression,
        null=True,
        on_delete=models.PROTECT,
        related_name="hits",
        help_text="Why it raises no alert.",
    )
    found_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "subject_kind", "subject_code", "day"], name="hit_once")]
        indexes = [models.Index(fields=["rule", "day"]), models.Index(fields=["rule", "subject_code", "bucket"])]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.subject_kind} {self.subject_code} {self.day}"


class AlertEvidence(models.Model):
    """A row that supports an alert, of the frame its rule is about (a transaction, a complaint …): the union over its live hits."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="evidence")
    row_id = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "row_id"], name="evidence_once")]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.row_id}"


class Term(models.Model):
    """How long a supervisor has for the first check of an alert of a level. A default of ours, to be confirmed by the detachment."""

    level = models.CharField(max_length=10, choices=Level, primary_key=True)
    minutes = models.PositiveIntegerField()
    working_time = models.BooleanField(help_text="Counted in the centre's working hours instead of around the clock.")

    def __str__(self) -> str:
        return f"{self.level} {self.minutes}"
