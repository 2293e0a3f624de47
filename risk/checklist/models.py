from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ledger.kit.append_only import AppendOnly
from risk.rules.models import RuleVersion


class ChecklistVersion(AppendOnly):
    """One published wording of the whole checklist. Immutable; what was raised under it stays explained by it."""

    number = models.PositiveIntegerField(unique=True)
    note = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of all items in their order.")
    effective_from = models.DateTimeField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"checklist v{self.number}"


class ChecklistItem(AppendOnly):
    """One risk point of a post at a step of its work: how it shows, how it is controlled, on what basis, and which rules watch it.

    `no` names the same item through all versions. `level` is the risk of the item (高/中/低), never the level of an alert.
    `supervision_level` is who of the five levels supervises it; `cadence` how often it is checked; `prohibition` the one of the eight
    prohibitions it falls under, where it does.
    """

    class Level(models.TextChoices):
        HIGH = "high", pgettext_lazy("risk", "high")
        MEDIUM = "medium", pgettext_lazy("risk", "medium")
        LOW = "low", pgettext_lazy("risk", "low")

    class Supervision(models.TextChoices):
        PARTY_COMMITTEE = "party_committee", _("overall supervision by the Party committee")
        DISCIPLINE = "discipline", _("dedicated supervision by discipline inspection")
        DEPARTMENT = "department", _("functional supervision by the departments")
        UNIT = "unit", _("daily supervision by the unit")
        MEMBERS = "members", _("democratic supervision by members and officers")

    class Cadence(models.TextChoices):
        MONTH = "month", _("every month")
        QUARTER = "quarter", _("every quarter")
        YEAR = "year", _("every year")

    version = models.ForeignKey(ChecklistVersion, on_delete=models.PROTECT, related_name="items")
    place = models.PositiveIntegerField(help_text="Its place in the checklist, from 1.")
    no = models.CharField(max_length=20)
    line = models.CharField(max_length=20, help_text="A business line, or common.")
    post = models.CharField(max_length=60)
    step = models.CharField(max_length=60)
    risk_point = models.CharField(max_length=200)
    level = models.CharField(max_length=10, choices=Level)
    manifestation = models.CharField(max_length=300, blank=True)
    control = models.CharField(max_length=500)
    owner = models.CharField(max_length=60)
    supervision_level = models.CharField(max_length=20, choices=Supervision)
    cadence = models.CharField(max_length=10, choices=Cadence)
    prohibition = models.CharField(max_length=1, blank=True, help_text="1 to 8, where it falls under a prohibition.")
    basis = models.CharField(max_length=300, blank=True)
    rules = models.JSONField(default=list, help_text="Codes of the rules that watch it.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "no"], name="checklist_item_once")]

    def __str__(self) -> str:
        return self.no


class Power(AppendOnly):
    """A power a post holds (职权), on which its risk points rest: by which steps it is exercised, in order, and on what basis.

    A version without rows has the powers that follow from its items, see `risk.checklist.contents.derived_powers`.
    """

    version = models.ForeignKey(ChecklistVersion, on_delete=models.PROTECT, related_name="powers")
    place = models.PositiveIntegerField(help_text="Its place in the list, from 1.")
    line = models.CharField(max_length=20, help_text="A business line, or common.")
    post = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    basis = models.CharField(max_length=300, blank=True)
    steps = models.JSONField(default=list, help_text="The steps of its flow, in order.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "line", "post", "name"], name="checklist_power_once")]

    def __str__(self) -> str:
        return f"{self.post} {self.name}"


class PinnedRule(AppendOnly):
    """Which version of a rule belongs to a version of the checklist. Pins are written when the version is published.

    Those of a version that was shipped are written when the next one is published: until then it has the rules in force.
    """

    version = models.ForeignKey(ChecklistVersion, on_delete=models.PROTECT, related_name="pins")
    code = models.CharField(max_length=20)
    rule_version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="pinned_rule_once")]

    def __str__(self) -> str:
        return f"{self.version} {self.code}"
