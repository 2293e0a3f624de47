"""A play told as human cost: how many alerts more or fewer a month, for whom, and how often such alerts were for nothing before."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from ledger.columns.hashing import key64
from risk.alerts.models import Alert, AlertEvent
from risk.backtest.folding import HASHED, Candidate, Key
from risk.backtest.playing import Played
from risk.detectors.base import LEVELS
from risk.frames import base
from risk.rules.entries import Entry
from risk.rules.models import Rule

EXAMPLES = 10
THIN_DAYS, THIN_ROWS = 90, 1_000
MONTH_DAYS = 30


@dataclass
class Settled:
    """Of some alerts that were raised: how many, how many people came to an end with, how many of those were dismissed and false alarms."""

    raised: int = 0
    settled: int = 0
    dismissed: int = 0
    false: int = 0


@dataclass
class Cost:
    """What a draft would cost and save. Counts are alerts, or in a trial what would be some.

    `by_month`, `by_unit` (codes) and `by_level` are [before, after].

    `affected`: alerts that stand and would not, or not so; `of_rule`: all of the rule in these days. `thin`: too little to judge by.
    """

    first_day: str
    last_day: str
    days: int
    trial: bool
    rows: int
    before: int = 0
    after: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0
    by_month: dict[str, list[int]] = field(default_factory=dict)
    by_unit: dict[str, list[int]] = field(default_factory=dict)
    by_level: dict[str, list[int]] = field(default_factory=dict)
    affected: Settled = field(default_factory=Settled)
    of_rule: Settled = field(default_factory=Settled)
    thin: bool = False
    seconds: float = 0.0

    @property
    def facts(self) -> dict[str, Any]:
        return asdict(self)


def cost_of(played: Played, draft: Entry, rule: Rule | None) -> tuple[Cost, list[dict[str, Any]]]:
    """The cost, and up to ten examples each of alerts that would come and that would go, the gravest and latest first."""
    before = {(one.subject, one.bucket): one for one in played.before}
    after = {(one.subject, one.bucket): one for one in played.after}
    added = [one for key, one in after.items() if key not in before]
    removed = [one for key, one in before.items() if key not in after]
    changed = [one for key, one in before.items() if key in after and one.level != after[key].level]
    days = (played.last_day - played.first_day).days + 1
    cost = Cost(
        first_day=f"{played.first_day}",
        last_day=f"{played.last_day}",
        days=days,
        trial=played.trial,
        rows=played.rows,
        before=len(before),
        after=len(after),
        added=len(added),
        removed=len(removed),
        changed=len(changed),
        by_month=_beside(played, lambda one: f"{one.first_day:%Y-%m}"),
        by_unit=_beside(played, lambda one: one.unit_code),
        by_level={level: pair for level in LEVELS if (pair := _beside(played, lambda one: one.level).get(level))},
        thin=days < THIN_DAYS or played.rows < THIN_ROWS,
        seconds=round(played.seconds, 2),
    )
    alerts = _standing(rule, played, draft.subject_column)
    cost.of_rule = _settled(alerts.values())
    cost.affected = _settled(alerts[key] for one in (*removed, *changed) if (key := (one.subject, one.bucket)) in alerts)
    examples = [*_examples("added", added, draft, alerts), *_examples("removed", removed, draft, alerts)]
    return cost, examples


def _beside(played: Played, key: Any) -> dict[str, list[int]]:
    before, after = Counter(map(key, played.before)), Counter(map(key, played.after))
    return {name: [before[name], after[name]] for name in sorted(before.keys() | after.keys())}


def _standing(rule: Rule | None, played: Played, column: str) -> dict[Key, Alert]:
    """The alerts of the rule in these days by subject and bucket, subjects as frames have them."""
    if rule is None or rule.pk is None:
        return {}
    found = Alert.objects.filter(rule=rule, last_day__gte=played.first_day, first_day__lte=played.last_day)
    found = found.exclude(status=Alert.Status.WITHDRAWN).only("number", "subject_code", "bucket", "status")
    return {(key64(one.subject_code) if column in HASHED else one.subject_code, one.bucket): one for one in found}


def _settled(alerts: Iterable[Alert]) -> Settled:
    some = list(alerts)
    dismissed = [one.pk for one in some if one.status == Alert.Status.DISMISSED]
    reasons: dict[int, str] = {}
    for start in range(0, len(dismissed), 500):
        acts = AlertEvent.objects.filter(alert__in=dismissed[start : start + 500], kind=AlertEvent.Kind.DISMISSED).order_by("id")
        reasons |= {alert: str(data.get("reason", "")) for alert, data in acts.values_list("alert_id", "data")}
    return Settled(
        raised=len(some),
        settled=sum(one.status in (Alert.Status.DISMISSED, Alert.Status.CLOSED) for one in some),
        dismissed=len(dismissed),
        false=sum(reason == Alert.Dismissal.FALSE_ALARM for reason in reasons.values()),
    )


def _examples(kind: str, some: list[Candidate], draft: Entry, alerts: dict[Key, Alert]) -> list[dict[str, Any]]:
    """Each with all it takes to decide who may see it; the last row of the evidence names the subject in clear, as it does for hits."""
    chosen = sorted(some, key=lambda one: (LEVELS.index(one.level), one.last_day, str(one.subject)), reverse=True)[:EXAMPLES]
    last = {one.evidence[-1] for one in chosen}
    named = base(draft.frame).subjects(last, draft.subject_column) if last else {}
    people = base(draft.frame).facts({row for one in chosen for row in one.evidence}) if chosen else {}
    return [
        {
            "kind": kind,
            "subject_kind": draft.subject_kind,
            "subject_code": named[one.evidence[-1]].code if one.evidence[-1] in named else "",
            "unit_code": one.unit_code,
            "level": one.level,
            "first_day": f"{one.first_day}",
            "last_day": f"{one.last_day}",
            "observed": one.observed,
            "threshold": one.threshold,
            "numbers": dict(one.numbers),
            "people": sorted({number for row in one.evidence if row in people for number in people[row].people if number}),
            "alert": alerts[one.subject, one.bucket].number if (one.subject, one.bucket) in alerts else "",
        }
        for one in chosen
    ]
