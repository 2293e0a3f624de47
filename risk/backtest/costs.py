"""A play told as human cost: how many alerts more or fewer a month, for whom, and how often such alerts were for nothing before."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ledger.columns.hashing import key64
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.recusal import Around, switched_off
from risk.alerts.visibility import hidden_from
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

    `parts` and `alerts` are what the sums are made of, so that they can be told to somebody who is recused from some (`told_to`).
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
    parts: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)

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
    parts = _parts(before, after, draft)
    standing = _standing(rule, played, draft.subject_column)
    affected = {(one.subject, one.bucket) for one in (*removed, *changed)}
    alerts = _ends(standing, affected)
    settled = _settled(alerts)
    cost = Cost(
        first_day=f"{played.first_day}",
        last_day=f"{played.last_day}",
        days=days,
        trial=played.trial,
        rows=played.rows,
        thin=days < THIN_DAYS or played.rows < THIN_ROWS,
        seconds=round(played.seconds, 2),
        parts=parts,
        alerts=alerts,
        **_sums(parts),
        affected=Settled(**settled["affected"]),
        of_rule=Settled(**settled["of_rule"]),
    )
    return cost, [*_examples("added", added, draft, standing), *_examples("removed", removed, draft, standing)]


def told_to(told: Mapping[str, Any], staff_no: str) -> dict[str, Any]:
    """The facts of a cost without what the person is recused from, or would be: a sum gives away what it is about."""
    if not staff_no:
        return dict(told)
    off, hidden = set(switched_off()), hidden_from(staff_no)
    parts = [part for part in told["parts"] if part["people"].get(staff_no) in (None, *off)]
    return {**told, **_sums(parts), **_settled([alert for alert in told["alerts"] if alert["id"] not in hidden])}


def _parts(before: Mapping[Key, Candidate], after: Mapping[Key, Candidate], draft: Entry) -> list[dict[str, Any]]:
    """Every alert that would be, [month, unit, level] before and after, with whom its subject and evidence recuse and why."""
    pairs = [(before.get(key), after.get(key)) for key in before.keys() | after.keys()]
    both = [[one for one in pair if one is not None] for pair in pairs]
    rows = {row for some in both for one in some for row in one.evidence}
    facts = base(draft.frame).facts(rows) if rows else {}
    named = base(draft.frame).subjects({some[-1].evidence[-1] for some in both}, draft.subject_column) if both else {}
    codes = [named[some[-1].evidence[-1]].code if some[-1].evidence[-1] in named else "" for some in both]
    around = Around(draft.subject_kind, set(codes))
    found = []
    for code, some, pair in zip(codes, both, pairs, strict=True):
        people = {person for one in some for row in one.evidence if row in facts for person in facts[row].people}
        days = min(one.first_day for one in some), max(one.last_day for one in some)
        sides = [[f"{one.first_day:%Y-%m}", one.unit_code, one.level] if one else None for one in pair]
        found.append({"people": around.recused(code, *days, people), "before": sides[0], "after": sides[1]})
    return found


def _sums(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    before, after = ([part[side] for part in parts if part[side]] for side in ("before", "after"))
    both = [part for part in parts if part["before"] and part["after"]]
    by_month, by_unit, by_level = (_beside([one[place] for one in before], [one[place] for one in after]) for place in range(3))
    return {
        "before": len(before),
        "after": len(after),
        "added": len(after) - len(both),
        "removed": len(before) - len(both),
        "changed": sum(part["before"][2] != part["after"][2] for part in both),
        "by_month": by_month,
        "by_unit": by_unit,
        "by_level": {level: by_level[level] for level in LEVELS if level in by_level},
    }


def _beside(before: Iterable[str], after: Iterable[str]) -> dict[str, list[int]]:
    then, now = Counter(before), Counter(after)
    return {name: [then[name], now[name]] for name in sorted(then.keys() | now.keys())}


def _standing(rule: Rule | None, played: Played, column: str) -> dict[Key, Alert]:
    """The alerts of the rule in these days by subject and bucket, subjects as frames have them."""
    if rule is None or rule.pk is None:
        return {}
    found = Alert.objects.filter(rule=rule, last_day__gte=played.first_day, first_day__lte=played.last_day)
    found = found.exclude(status=Alert.Status.WITHDRAWN).only("number", "subject_code", "bucket", "status")
    return {(key64(one.subject_code) if column in HASHED else one.subject_code, one.bucket): one for one in found}


def _ends(standing: Mapping[Key, Alert], affected: set[Key]) -> list[dict[str, Any]]:
    """Of each alert how people came to an end with it, if they did, and whether the draft touches it."""
    dismissed = [one.pk for one in standing.values() if one.status == Alert.Status.DISMISSED]
    reasons: dict[int, str] = {}
    for start in range(0, len(dismissed), 500):
        acts = AlertEvent.objects.filter(alert__in=dismissed[start : start + 500], kind=AlertEvent.Kind.DISMISSED).order_by("id")
        reasons |= {alert: str(data.get("reason", "")) for alert, data in acts.values_list("alert_id", "data")}
    return [
        {
            "id": one.pk,
            "status": one.status,
            "false": reasons.get(one.pk) == Alert.Dismissal.FALSE_ALARM,
            "affected": key in affected,
        }
        for key, one in standing.items()
    ]


def _settled(alerts: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Facts of Settled, of all the alerts and of those that would go or change."""
    return {"of_rule": _counted(alerts), "affected": _counted([one for one in alerts if one["affected"]])}


def _counted(alerts: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {
        "raised": len(alerts),
        "settled": sum(one["status"] in (Alert.Status.DISMISSED, Alert.Status.CLOSED) for one in alerts),
        "dismissed": sum(one["status"] == Alert.Status.DISMISSED for one in alerts),
        "false": sum(one["false"] for one in alerts),
    }


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
