"""责任联带: how much of somebody's points reaches who answers for them, by published weights."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from ledger.roster.models import User
from oversight.cases.models import Case


class Part(models.TextChoices):
    """Who answers along with somebody."""

    OFFICER = "officer", pgettext_lazy("joint", "officer responsible for the auxiliary")
    SQUAD = "squad", pgettext_lazy("joint", "squad or window leader")
    BRIGADE = "brigade", pgettext_lazy("joint", "brigade leader in charge")
    CHIEF = "chief", pgettext_lazy("joint", "chief of the brigade")


class Direction(models.TextChoices):
    DEDUCTION = "deduction", pgettext_lazy("joint", "deduction")
    REWARD = "reward", pgettext_lazy("joint", "reward")


class JointWeights(models.Model):
    """A version of the weights. A draft is published by another person; published ones are never changed. Only one may be a draft.

    `shares`: percent by part, for "auxiliary" and for "officer"; `caps`: points a person and year, by direction.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("weights", "draft")
        PUBLISHED = "published", pgettext_lazy("weights", "published")

    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    shares = models.JSONField()
    caps = models.JSONField()
    reason = models.CharField(max_length=500)
    drafted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Nobody: as shipped.")
    drafted_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="draft"), name="joint_one_draft"),
            models.CheckConstraint(
                name="joint_published_by_another",
                condition=Q(published_by=None) | (Q(drafted_by__isnull=False) & ~Q(published_by=F("drafted_by"))),
            ),
            models.CheckConstraint(
                name="joint_published_whole",
                condition=Q(state="draft", published_at=None, published_by=None) | Q(state="published", published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    def share(self, table: str, part: str) -> int:
        shares: dict[str, Any] = self.shares[table]
        return int(shares.get(part, 0))


class JointPoints(models.Model):
    """Points of one who answers along: of whose, and how they were reckoned. Never changed, only exempted or withdrawn."""

    class State(models.TextChoices):
        COUNTED = "counted", pgettext_lazy("joint", "counted")
        EXEMPTED = "exempted", pgettext_lazy("joint", "exempted")
        WITHDRAWN = "withdrawn", pgettext_lazy("joint", "withdrawn")

    source = models.CharField(max_length=20, help_text="The number of what the points come from.")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=10, choices=Direction)
    of_staff_no = models.CharField(max_length=40, help_text="Whose points flow.")
    table = models.CharField(max_length=10, help_text="Which of the two tables of weights: auxiliary or officer.")
    staff_no = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    part = models.CharField(max_length=10, choices=Part)
    on = models.DateField(help_text="The day on which it was decided.")
    credited_at = models.DateTimeField(help_text="When it was written down, and the bell told of it.")
    base = models.DecimalField(max_digits=5, decimal_places=2)
    share = models.PositiveSmallIntegerField(help_text="Percent.")
    points = models.DecimalField(max_digits=5, decimal_places=2, help_text="Counted, after the cap of the year.")
    formula = models.CharField(max_length=200)
    weights = models.ForeignKey(JointWeights, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.COUNTED)
    exempt_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "part"], name="joint_once"),
            models.CheckConstraint(name="joint_points_positive", condition=Q(points__gte=0)),
            models.CheckConstraint(name="joint_exempted_by_somebody", condition=~Q(state="exempted") | Q(exempt_by__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["staff_no", "on"], name="joint_of_person"),
            # The bell asks for what flowed lately, to whomever.
            models.Index(fields=["credited_at"], name="joint_credited_at"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.part}"
