"""Hits (what rules found), alerts (hits folded in buckets), events (what happened to an alert) and matters (what belongs together)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ledger.kit.append_only import AppendOnly
from ledger.roster.models import Unit, User
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


class Suppression(models.Model):
    """抑制: hits of a rule, or about a subject (perhaps only in one unit and below it), that raise no alert for a stated time and reason.

    Asked for by one person, decided by another, answered for by its owner. Hits are found and counted all the same; one graver than
    `ceiling` breaks through. In force from `valid_from` to `expires_on` (a year at most), both included, unless ended before.
    `applied` says whether the alerts stand as if it were in force.
    """

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("suppression", "asked for")
        APPROVED = "approved", pgettext_lazy("suppression", "approved")
        REFUSED = "refused", pgettext_lazy("suppression", "refused")
        ENDED = "ended", pgettext_lazy("suppression", "ended")

    number = models.CharField(max_length=20, unique=True)
    rule = models.ForeignKey(Rule, null=True, on_delete=models.PROTECT, related_name="suppressions")
    subject_kind = models.CharField(max_length=10, choices=SubjectKind, blank=True)
    subject_code = models.CharField(max_length=80, blank=True)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    ceiling = models.CharField(max_length=10, choices=Level, help_text="The gravest level that is suppressed.")
    reason = models.CharField(max_length=500)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    expires_on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    applied = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="suppression_decided_by_another",
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
            ),
            models.CheckConstraint(
                name="suppression_decided_whole",
                condition=models.Q(state="asked", decided_by=None, decided_at=None)
                | models.Q(state="refused", decided_by__isnull=False, decided_at__isnull=False)
                | models.Q(state="approved", decided_by__isnull=False, decided_at__isnull=False, ended_by=None, ended_at=None)
                | models.Q(state="ended", decided_by__isnull=False, ended_by__isnull=False, ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="suppression_of_something",
                condition=models.Q(rule__isnull=False) | (~models.Q(subject_code="") & ~models.Q(subject_kind="")),
            ),
            models.CheckConstraint(name="suppression_ends", condition=models.Q(expires_on__gte=models.F("valid_from"))),
        ]
        indexes = [models.Index(fields=["state", "applied"])]

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
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="alerts")
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


class Recused(models.Model):
    """A staff member who must not see, count or infer an alert: its subject, those behind it and those related to them."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="recused")
    staff_no = models.CharField(max_length=40, db_index=True)
    reason = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "staff_no"], name="recused_once")]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.staff_no}"


class RecusalChange(models.Model):
    """A wish to let a configurable relation recuse, or not any more. One person asks, another decides; the last approved one of a relation
    is in force, and without one the relation recuses. The subject itself, who stands behind it and declared relations always do."""

    class Relation(models.TextChoices):
        RESPONSIBLE = "responsible", pgettext_lazy("recusal", "the officer responsible for an auxiliary")
        SQUAD_LEADER = "squad_leader", pgettext_lazy("recusal", "the leader of the subject's own squad")
        PAIRED = "paired", pgettext_lazy("recusal", "who handled or approved the same business")

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("recusal", "asked for")
        APPROVED = "approved", pgettext_lazy("recusal", "approved")
        REFUSED = "refused", pgettext_lazy("recusal", "refused")

    relation = models.CharField(max_length=20, choices=Relation)
    active = models.BooleanField(help_text="Whether the relation is to recuse.")
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    in_force = models.BooleanField(default=False, help_text="The last approved one of its relation.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["relation"], condition=models.Q(state="asked"), name="recusal_change_one_open"),
            models.UniqueConstraint(fields=["relation"], condition=models.Q(in_force=True), name="recusal_change_one_in_force"),
            models.CheckConstraint(
                name="recusal_change_in_force_approved", condition=models.Q(in_force=False) | models.Q(state="approved")
            ),
            models.CheckConstraint(
                name="recusal_change_by_another",
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
            ),
            models.CheckConstraint(
                name="recusal_change_decided_whole",
                condition=models.Q(state="asked", decided_by=None, decided_at=None)
                | models.Q(state__in=["approved", "refused"], decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.relation} {self.active} {self.state}"


class AlertEvent(AppendOnly):
    """What happened to an alert, by the engine or by a person; append-only. `position` is given after commit by the one sequencer."""

    class Kind(models.TextChoices):
        RAISED = "raised", pgettext_lazy("act", "raised")
        CHANGED = "changed", pgettext_lazy("act", "evidence changed")
        WITHDRAWN = "withdrawn", pgettext_lazy("act", "withdrawn")
        RECURRED = "recurred", pgettext_lazy("act", "recurred")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("act", "acknowledged")
        DISMISSED = "dismissed", pgettext_lazy("act", "dismissed")
        COMMENTED = "commented", pgettext_lazy("act", "commented")
        CHECKING = "checking", pgettext_lazy("act", "taken up for checking")
        SNOOZED = "snoozed", pgettext_lazy("act", "snoozed")
        WOKEN = "woken", pgettext_lazy("act", "woken")
        ASSIGNED = "assigned", pgettext_lazy("act", "assigned")
        PROPOSED = "proposed", pgettext_lazy("act", "proposed for a warning")
        RETURNED = "returned", pgettext_lazy("act", "returned")
        ISSUED = "issued", pgettext_lazy("act", "issued as a warning")
        UPHELD = "upheld", pgettext_lazy("act", "reviewed, the dismissal upheld,")
        OVERTURNED = "overturned", pgettext_lazy("act", "reviewed, the dismissal overturned,")
        UNDONE = "undone", pgettext_lazy("act", "put back")
        REMINDED = "reminded", pgettext_lazy("act", "people on duty reminded")
        ESCALATED = "escalated", pgettext_lazy("act", "reported to the leaders")
        DISPATCHED = "dispatched", pgettext_lazy("act", "dispatched in a case")
        CLOSED = "closed", pgettext_lazy("act", "closed with its case")
        REOPENED = "reopened", pgettext_lazy("act", "reopened with its case")

    late_fields = frozenset({"position"})

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=14, choices=Kind)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict)
    position = models.PositiveBigIntegerField(null=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["alert", "id"]),
            models.Index(fields=["id"], condition=models.Q(position=None), name="event_unsequenced"),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.kind}"


class IssuedWarning(models.Model):
    """业务预警: an alert the centre has verified and put out under a number of its own. What the yearly figure of warnings counts.

    Blue and yellow ones are issued by the handler alone; of orange and red ones a second person has confirmed what the handler proposed.
    """

    number = models.CharField(max_length=20, unique=True)
    alert = models.OneToOneField(Alert, on_delete=models.PROTECT, related_name="warning")
    level = models.CharField(max_length=10, choices=Level, help_text="As it was issued, whatever becomes of the alert.")
    text = models.CharField(max_length=2000, help_text="The conclusion of the first check.")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="warning_confirmed_by_another",
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("proposed_by")),
            ),
            models.CheckConstraint(
                name="warning_of_two_people",
                condition=models.Q(level__in=["blue", "yellow"]) | models.Q(confirmed_by__isnull=False),
            ),
            models.CheckConstraint(name="warning_concludes", condition=~models.Q(text="")),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def issued_by(self) -> User:
        """Whose act put it out."""
        return self.confirmed_by or self.proposed_by


class DismissalReview(models.Model):
    """排除复核: the second look at the dismissal of a red or orange alert, by somebody else, afterwards.

    Made with the dismissal, waiting. It lapses when the dismissal no longer stands: undone, or the alert came back by itself.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("review", "waiting")
        UPHELD = "upheld", pgettext_lazy("review", "upheld")
        OVERTURNED = "overturned", pgettext_lazy("review", "overturned")
        LAPSED = "lapsed", pgettext_lazy("review", "lapsed")

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="reviews")
    dismissal = models.OneToOneField(AlertEvent, on_delete=models.PROTECT, related_name="review")
    dismissed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=10, choices=Level)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reviewed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=2000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="review_by_another",
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("dismissed_by")),
            ),
            models.CheckConstraint(
                name="review_whole",
                condition=models.Q(state__in=["waiting", "lapsed"], reviewed_by=None, reviewed_at=None)
                | models.Q(state__in=["upheld", "overturned"], reviewed_by__isnull=False, reviewed_at__isnull=False),
            ),
            models.UniqueConstraint(fields=["alert"], condition=models.Q(state="waiting"), name="review_waits_once"),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.state}"


class StreamHead(models.Model):
    """The one row the sequencer locks; the last position it gave."""

    position = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.position)


class Term(models.Model):
    """How long a supervisor has for the first check of an alert of a level. A default of ours, to be confirmed by the detachment."""

    level = models.CharField(max_length=10, choices=Level, primary_key=True)
    minutes = models.PositiveIntegerField()
    working_time = models.BooleanField(help_text="Counted in the centre's working hours instead of around the clock.")

    def __str__(self) -> str:
        return f"{self.level} {self.minutes}"
