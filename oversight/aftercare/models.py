"""整改成效跟踪: after a case is closed, whether what it ended stays away."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from ledger.kit.append_only import AppendOnly
from ledger.roster.models import User
from oversight.cases.models import Case
from risk.alerts.models import Alert
from risk.rules.models import Level


class Verdict(models.TextChoices):
    """What the days after closing say, beside those before and beside peers."""

    TOO_LITTLE = "too_little", pgettext_lazy("aftercare", "too little to say")
    BETTER = "better", pgettext_lazy("aftercare", "better")
    UNCHANGED = "unchanged", pgettext_lazy("aftercare", "not better")


class AftercarePolicy(models.Model):
    """整改成效标准: by which figures watches are judged from now on, as an administrator has confirmed them; one row, or none."""

    before_weeks = models.PositiveSmallIntegerField()
    least_amount = models.PositiveIntegerField()
    peer_amount = models.PositiveIntegerField()
    least_peers = models.PositiveSmallIntegerField()
    better_percent = models.PositiveSmallIntegerField()
    least_level = models.CharField(max_length=10, choices=Level)
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="aftercare_policy_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"{self.better_percent} %"


class Watch(models.Model):
    """跟踪: one rule and subject of a closed case, for the days its policy states. A case that was reopened and closed anew has new ones.

    `alert` is the gravest of the case about them; the matter it belongs to says what counts as the same cause. What is measured begins on
    `from_day`, the first whose window of the rule lies wholly after the closing, and ends on `until_day`, the last day of the term.
    """

    class Status(models.TextChoices):
        RUNNING = "running", pgettext_lazy("aftercare", "being watched")
        RELAPSED = "relapsed", pgettext_lazy("aftercare", "relapsed")
        ENDED = "ended", pgettext_lazy("aftercare", "term over")
        STOPPED = "stopped", pgettext_lazy("aftercare", "stopped, the case goes on")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="watches")
    closing = models.PositiveSmallIntegerField(help_text="How often the case had been reopened before the closing it follows.")
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField()
    figures = models.JSONField(default=dict, help_text="What it is judged by, as it stood when the case was closed.")
    from_day = models.DateField()
    until_day = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True, help_text="Of a watch whose term is over.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "closing", "alert"], name="watch_once_a_closing"),
            models.CheckConstraint(
                name="watch_whole",
                condition=Q(status="running", ended_at=None, verdict="")
                | Q(status__in=["relapsed", "stopped"], ended_at__isnull=False, verdict="")
                | Q(status="ended", ended_at__isnull=False) & ~Q(verdict=""),
            ),
        ]
        indexes = [models.Index(fields=["status", "until_day"])]

    def __str__(self) -> str:
        return f"{self.case_id} {self.alert_id}"


class Measurement(AppendOnly):
    """One week of a watch (from 1), or the weeks before (0), as the rule judged them. Append-only.

    `hits`: days on which the rule spoke of the subject, whatever the level, in trial or suppressed too. `amount`: what they are counted
    against, the subject's transactions of the rule's lines, or days where a rule is not about transactions or speaks of people or
    vehicles. Peers have done such business too: their number, the median of their rates (hits a hundred), their hits and amounts summed.
    """

    watch = models.ForeignKey(Watch, on_delete=models.PROTECT, related_name="measurements")
    week = models.PositiveSmallIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    at = models.DateTimeField()
    hits = models.PositiveIntegerField()
    amount = models.PositiveIntegerField()
    observed = models.FloatField(null=True, help_text="The highest number the rule told in these days, in its own unit.")
    peers = models.PositiveIntegerField()
    peers_median = models.FloatField(null=True)
    peers_hits = models.PositiveIntegerField()
    peers_amount = models.PositiveIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True, help_text="Of all weeks so far; none of the weeks before.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["watch", "week"], name="measured_once_a_week")]

    def __str__(self) -> str:
        return f"{self.watch_id} {self.week}"


class Relapse(AppendOnly):
    """反弹: the alert for which a closed case was reopened by the system. No alert does it twice."""

    watch = models.ForeignKey(Watch, on_delete=models.PROTECT, related_name="relapses")
    alert = models.OneToOneField(Alert, on_delete=models.PROTECT, related_name="relapse")
    day = models.DateField(help_text="The first event day after the closing on which the rule spoke again.")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.watch_id} {self.alert_id}"
