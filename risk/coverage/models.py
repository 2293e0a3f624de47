from django.db import models
from django.utils.translation import pgettext_lazy

from risk.rules.models import Rule, RuleVersion


class Coverage(models.Model):
    """覆盖: that a rule version looked at an event day (peers: at a grid day), and what it saw then.

    `scored_at` is the beginning of the last pass that looked at it for anybody, `counted_at` of the last one for everybody; the counts are
    of that one. `rows` in scope on the day (peers: in the window); `tested` and `insufficient`: peers compared, and those of whom too
    little is known to compare them. `unjudged` says whom (as frames name them: a code, or a hash in digits), each with the number of rows
    there were; null where nobody kept it. Nothing here says whom a hit is about.
    """

    rule_version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="coverage")
    day = models.DateField()
    rows = models.PositiveIntegerField(default=0)
    tested = models.PositiveIntegerField(null=True)
    insufficient = models.PositiveIntegerField(null=True)
    unjudged = models.JSONField(null=True)
    hits = models.PositiveIntegerField(default=0)
    scored_at = models.DateTimeField()
    counted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule_version", "day"], name="coverage_once")]
        indexes = [models.Index(fields=["day"])]

    def __str__(self) -> str:
        return f"{self.rule_version_id} {self.day}"


class Gap(models.Model):
    """A day on which the ledger knew something that a rule had not looked at, though nothing was waiting: found by search, marked again."""

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="gaps")
    day = models.DateField()
    found_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-found_at"])]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.day}"


class Canary(models.Model):
    """Whether a rule version, shown made-up rows in which it must hit, did so on a day."""

    class Answer(models.TextChoices):
        HIT = "hit", pgettext_lazy("canary", "hit")
        SILENT = "silent", pgettext_lazy("canary", "silent")
        BROKEN = "broken", pgettext_lazy("canary", "broken")
        NONE = "none", pgettext_lazy("canary", "no canary")

    rule_version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="canaries")
    day = models.DateField()
    answer = models.CharField(max_length=8, choices=Answer)
    error = models.CharField(max_length=300, blank=True)
    ran_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule_version", "day"], name="canary_once")]

    def __str__(self) -> str:
        return f"{self.rule_version_id} {self.day} {self.answer}"
