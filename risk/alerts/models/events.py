"""What happened to an alert, and what people made of it: warnings and the second look at dismissals."""

from django.db import models
from django.utils.translation import pgettext_lazy

from ledger.kit.append_only import AppendOnly
from ledger.roster.models import User
from risk.alerts.models.alerts import Alert
from risk.rules.models import Level


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
            models.Index(fields=["kind", "at"], name="event_kind_at"),
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
