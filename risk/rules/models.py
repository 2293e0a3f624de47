from django.db import models
from django.utils.translation import gettext_lazy as _

from ledger.kit.append_only import AppendOnly


class Level(models.TextChoices):
    """The four alert levels, mildest first; `rank` orders them."""

    BLUE = "blue", _("blue")
    YELLOW = "yellow", _("yellow")
    ORANGE = "orange", _("orange")
    RED = "red", _("red")

    @property
    def rank(self) -> int:
        return LEVELS.index(self.value)


LEVELS = [level.value for level in Level]


class SubjectKind(models.TextChoices):
    """Whom a rule speaks about. A person or vehicle is only a lead to the business behind it: masked, never ranked, never held."""

    STAFF = "staff", _("staff")
    POST = "post", _("post")
    UNIT = "unit", _("unit")
    AGENCY = "agency", _("agency")
    AGENT = "agent", _("agent")
    TERMINAL = "terminal", _("terminal")
    PERSON = "person", _("person")
    VEHICLE = "vehicle", _("vehicle")


class Reach(models.TextChoices):
    """Whose rows the hit of a subject depends on; see docs/decisions/0007."""

    SUBJECT = "subject", _("its own rows")
    LINKED = "linked", _("rows linked with its own")
    PEER = "peer", _("the rows of all peers")


class Rule(models.Model):
    """A rule by its code. What must never change lives here: what it speaks about, from which rows, and the width of its merge buckets."""

    code = models.CharField(max_length=20, unique=True)
    line = models.CharField(max_length=20, help_text="A business line, or common.")
    subject_kind = models.CharField(max_length=10, choices=SubjectKind)
    frame = models.CharField(max_length=20, default="transactions", help_text="The frame whose rows it is about; evidence is rows of it.")
    reach = models.CharField(
        max_length=8,
        choices=Reach,
        default=Reach.SUBJECT,
        help_text="Whose rows a hit depends on: those of the subject, also rows linked with them, or those of all peers.",
    )
    merge_days = models.PositiveSmallIntegerField(
        help_text="Hits of one subject within a fixed bucket of so many event days are one alert."
    )
    shipped_digest = models.CharField(
        max_length=64, blank=True, help_text="Digest of the shipped entry last seen, to notice a new shipped default."
    )

    def __str__(self) -> str:
        return self.code


class RuleVersion(AppendOnly):
    """One published wording of a rule: detector, scope, window, parameters, thresholds. Immutable; hits point to their version.

    `effective_from` is the first event day it judges. `lines` and `scope` narrow the rows it sees; `window_days` is W: a hit on day d
    is a function of the rows with event day in (d−W, d]. `thresholds` maps level to number, compared by `op` (">=" or "<=").
    """

    class Mode(models.TextChoices):
        OFF = "off", _("off")
        SHADOW = "shadow", _("shadow")
        LIVE = "live", _("live")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    late_fields = frozenset({"state", "published_at", "published_by", "effective_from"})

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.PUBLISHED)
    mode = models.CharField(max_length=10, choices=Mode)
    mode_reason = models.CharField(max_length=200, blank=True, help_text="Why it is off or in shadow, e.g. the feed it waits for.")
    detector = models.CharField(max_length=30)
    title_zh = models.CharField(max_length=60)
    title_en = models.CharField(max_length=100)
    sentence_zh = models.CharField(max_length=300)
    sentence_en = models.CharField(max_length=300)
    subject_column = models.CharField(max_length=40, help_text="The frame column that names the subject, e.g. handler or attr.inspector.")
    lines = models.JSONField(default=list)
    scope = models.JSONField(default=dict, help_text='Column name to allowed values, e.g. {"action": ["new"]}.')
    window_days = models.PositiveSmallIntegerField()
    min_n = models.PositiveIntegerField(default=1)
    op = models.CharField(max_length=2, default=">=")
    unit = models.CharField(max_length=10, help_text="Unit of the observed number: item, %, day, minute, times …")
    params = models.JSONField(default=dict)
    thresholds = models.JSONField(default=dict)
    checklist_item = models.CharField(max_length=20, blank=True)
    why = models.TextField(blank=True)
    basis = models.CharField(max_length=200, blank=True)
    effective_from = models.DateField()
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=150, blank=True)
    author = models.CharField(max_length=150, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="rule_version_once")]

    def __str__(self) -> str:
        return f"{self.rule.code} v{self.number}"
