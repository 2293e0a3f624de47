from django.db import models
from django.utils.translation import pgettext_lazy

from ledger.roster.models import User
from risk.rules.models import Rule, RuleVersion


class RuleDraft(models.Model):
    """规则草案: what the next version of a rule would say, or the first of a new one. One is open per code at a time.

    `content` is everything of an `Entry`, checked as strictly as a shipped rule; `digest` is that of the entry. `base` is the latest
    published version it began from; a draft whose base is no longer the latest is not published. `edition` counts its changes: who changes
    it names the edition they saw. `author` is nobody for what the catalogue proposes; `editors` is everybody who ever wrote in it, of whom
    none may publish it.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("rule draft", "open")
        PUBLISHED = "published", pgettext_lazy("rule draft", "published")
        DISCARDED = "discarded", pgettext_lazy("rule draft", "discarded")

    code = models.CharField(max_length=20)
    rule = models.ForeignKey(Rule, null=True, on_delete=models.PROTECT, related_name="drafts")
    base = models.ForeignKey(RuleVersion, null=True, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    edition = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=500, blank=True)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    editors = models.ManyToManyField(User, related_name="+")
    changed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    published_as = models.OneToOneField(RuleVersion, null=True, on_delete=models.PROTECT, related_name="draft")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=models.Q(state="open"), name="rule_draft_open_once"),
            models.CheckConstraint(
                name="rule_draft_published_whole",
                condition=models.Q(state="published", published_as__isnull=False, rule__isnull=False)
                | models.Q(state__in=["open", "discarded"], published_as=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} draft {self.pk}"
