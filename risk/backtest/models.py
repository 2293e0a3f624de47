from django.db import models
from django.utils.translation import pgettext_lazy

from ledger.roster.models import User
from risk.rules.models import Rule


class BacktestRun(models.Model):
    """历史推演: one rule as a draft would have it, played over a range of event days beside the rule as it is.

    `content` and `digest` are those of the draft when it was ordered, so that a draft that says something else has no run. `rule` is
    nobody's for a new rule. `result` tells it as human cost (see risk/backtest/costs.py), `examples` the alerts that would come or go,
    each with unit and subject: whoever shows them cuts them to what the reader may see. `progress` is in percent.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("backtest", "waits for its turn")
        RUNNING = "running", pgettext_lazy("backtest", "running")
        DONE = "done", pgettext_lazy("backtest", "done")
        FAILED = "failed", pgettext_lazy("backtest", "failed")
        CANCELLED = "cancelled", pgettext_lazy("backtest", "cancelled")

    UNFINISHED = (State.WAITING, State.RUNNING)

    number = models.CharField(max_length=20, unique=True)
    code = models.CharField(max_length=20)
    rule = models.ForeignKey(Rule, null=True, on_delete=models.PROTECT, related_name="backtests")
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(null=True)
    examples = models.JSONField(default=list)
    error = models.CharField(max_length=300, blank=True)
    ordered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    starts = models.PositiveSmallIntegerField(default=0)
    token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["digest", "first_day", "last_day"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="backtest_run_once",
            ),
            models.CheckConstraint(
                name="backtest_run_whole",
                condition=models.Q(state="done", result__isnull=False, ended_at__isnull=False)
                | models.Q(state__in=["failed", "cancelled"], result__isnull=True, ended_at__isnull=False)
                | models.Q(state__in=["waiting", "running"], result__isnull=True, ended_at=None),
            ),
        ]
        indexes = [models.Index(fields=["state", "id"]), models.Index(fields=["digest", "state"])]

    def __str__(self) -> str:
        return self.number
