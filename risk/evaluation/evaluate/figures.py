"""What the matching comes to: recall, precision, false alerts, delay, look-alikes hit, and what each rule did."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from risk.evaluation.evaluate.labels import Instance
from risk.evaluation.evaluate.matching import Overlap, Raised, match

CRIES_WOLF = 0.5
PER = 10_000
NEAR = 3


@dataclass(frozen=True)
class Figures:
    """Shares are 0 to 1, None where there is nothing to take them of; delays are whole days, median and greatest.

    `precision`: matters with an alert that finds an instance, of all matters; `group_precision` the same of groups, matters joined as the
    list of alerts shows them, a row each: what a supervisor has to open. `false_alerts` find neither misconduct nor a look-alike;
    an alert that finds only a look-alike counts in `lookalikes`, makes no matter true, and is not among the false.
    """

    transactions: int
    instances: int
    found: int
    recall: float | None
    alerts: int
    true_alerts: int
    false_alerts: int
    false_per_10000: float | None
    lookalike_alerts: int
    matters: int
    true_matters: int
    precision: float | None
    groups: int
    true_groups: int
    group_precision: float | None
    alert_precision: float | None
    by_scenario: dict[str, dict[str, Any]]
    by_effect: dict[str, dict[str, Any]]
    lookalikes: dict[str, dict[str, Any]]
    by_rule: dict[str, dict[str, Any]]
    silent_rules: list[str]
    crying_rules: list[str]
    days_to_hit: dict[str, float | None]
    days_to_raise: dict[str, float | None]
    missed: list[dict[str, Any]] = field(default_factory=list)
    false: list[dict[str, Any]] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        return asdict(self)


def evaluated(
    instances: Sequence[Instance],
    alerts: Collection[Raised],
    *,
    transactions: int,
    days: Mapping[str, date] | None = None,
    rules_in_force: Iterable[str] = (),
) -> Figures:
    """`days`: the event day of each labelled row, for the delays; rows it lacks do not count in them."""
    overlaps = match(alerts, instances)
    found: dict[str, list[Overlap]] = defaultdict(list)
    for overlap in overlaps:
        if overlap.finds:
            found[overlap.instance.name].append(overlap)
    deeds = [instance for instance in instances if not instance.lookalike]
    right = {overlap.alert.number for overlap in overlaps if overlap.finds and not overlap.instance.lookalike}
    alike = {overlap.alert.number for overlap in overlaps if overlap.finds and overlap.instance.lookalike} - right
    wrong = [alert for alert in alerts if alert.number not in right | alike]
    rules = _by_rule(alerts, overlaps, right, alike)
    begins = _begins(deeds, days or {})
    seen = sum(deed.name in found for deed in deeds)
    return Figures(
        transactions=transactions,
        instances=len(deeds),
        found=seen,
        recall=_share(seen, len(deeds)),
        by_scenario=_by_scenario(deeds, found, begins),
        by_effect=_by_effect(deeds, found),
        lookalikes=_lookalikes(instances, found, alike),
        by_rule=rules,
        silent_rules=sorted(set(rules_in_force) - set(rules)),
        crying_rules=sorted(code for code, rule in rules.items() if _cries(rule)),
        days_to_hit=_spread(_delays(deeds, found, begins, lambda alert: alert.first_day)),
        days_to_raise=_spread(_delays(deeds, found, begins, lambda alert: alert.raised_on)),
        missed=_missed(deeds, found, overlaps),
        false=[_plain(alert) for alert in sorted(wrong, key=lambda alert: (alert.rule, alert.number))],
        **_precision(alerts, right, alike, len(wrong), transactions),
    )


def _precision(alerts: Collection[Raised], right: set[str], alike: set[str], wrong: int, transactions: int) -> dict[str, Any]:
    matters = {alert.matter for alert in alerts}
    true_matters = {alert.matter for alert in alerts if alert.number in right}
    groups = {alert.group or alert.matter for alert in alerts}
    true_groups = {alert.group or alert.matter for alert in alerts if alert.number in right}
    return {
        "alerts": len(alerts),
        "true_alerts": len(right),
        "false_alerts": wrong,
        "false_per_10000": _share(wrong * PER, transactions),
        "lookalike_alerts": len(alike),
        "matters": len(matters),
        "true_matters": len(true_matters),
        "precision": _share(len(true_matters), len(matters)),
        "groups": len(groups),
        "true_groups": len(true_groups),
        "group_precision": _share(len(true_groups), len(groups)),
        "alert_precision": _share(len(right), len(alerts)),
    }


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _begins(deeds: Sequence[Instance], days: Mapping[str, date]) -> dict[str, date]:
    """The day of the first row of each instance of which a day is known."""
    known = {deed.name: [days[row] for row in deed.rows if row in days] for deed in deeds}
    return {name: min(of) for name, of in known.items() if of}


def _delays(deeds: Sequence[Instance], found: Mapping[str, list[Overlap]], begins: Mapping[str, date], spoke: Any) -> list[int]:
    """Days from the first row of each instance found to the first day an alert that finds it spoke; never under 0."""
    answer = []
    for deed in deeds:
        spoken = [spoke(overlap.alert) for overlap in found.get(deed.name, ())]
        spoken = [day for day in spoken if day is not None]
        if spoken and deed.name in begins:
            answer.append(max(0, (min(spoken) - begins[deed.name]).days))
    return answer


def _spread(delays: Sequence[int]) -> dict[str, float | None]:
    return {"median": statistics.median(delays) if delays else None, "max": max(delays) if delays else None}


def _by_scenario(deeds: Sequence[Instance], found: Mapping[str, list[Overlap]], begins: Mapping[str, date]) -> dict[str, dict[str, Any]]:
    answer = {}
    for scenario in sorted({deed.scenario for deed in deeds}):
        own = [deed for deed in deeds if deed.scenario == scenario]
        seen = [deed for deed in own if deed.name in found]
        finders = Counter(rule for deed in seen for rule in {overlap.alert.rule for overlap in found[deed.name]})
        days = _spread(_delays(own, found, begins, lambda alert: alert.first_day))
        answer[scenario] = {
            "instances": len(own),
            "found": len(seen),
            "recall": _share(len(seen), len(own)),
            "days_to_hit": days["median"],
            "rules": dict(finders.most_common()),
            "by_effect": _by_effect(own, found),
            "by_variant": _by(lambda deed: deed.variant, own, found),
        }
    return answer


def _by_effect(deeds: Sequence[Instance], found: Mapping[str, list[Overlap]]) -> dict[str, dict[str, Any]]:
    """By the effect size the labels give; empty where they give none."""
    return _by(lambda deed: deed.effect, deeds, found)


def _by(told: Callable[[Instance], str], deeds: Sequence[Instance], found: Mapping[str, list[Overlap]]) -> dict[str, dict[str, Any]]:
    """By what the labels tell of each; deeds of which they tell nothing are left out."""
    answer = {}
    for name in sorted({told(deed) for deed in deeds} - {""}, key=lambda text: (len(text), text)):
        own = [deed for deed in deeds if told(deed) == name]
        seen = sum(deed.name in found for deed in own)
        answer[name] = {"instances": len(own), "found": seen, "recall": _share(seen, len(own))}
    return answer


def _lookalikes(instances: Sequence[Instance], found: Mapping[str, list[Overlap]], alike: set[str]) -> dict[str, dict[str, Any]]:
    """Per kind of look-alike: how many there are, how many were hit, by how many alerts that find no misconduct, and by which rules."""
    answer: dict[str, dict[str, Any]] = {}
    for instance in instances:
        if instance.lookalike:
            hits = [overlap for overlap in found.get(instance.name, ()) if overlap.alert.number in alike]
            entry = answer.setdefault(instance.scenario, {"instances": 0, "hit": 0, "alerts": 0, "rules": {}})
            entry["instances"] += 1
            entry["hit"] += bool(hits)
            entry["alerts"] += len(hits)
            for overlap in hits:
                entry["rules"][overlap.alert.rule] = entry["rules"].get(overlap.alert.rule, 0) + 1
    return answer


def _by_rule(alerts: Iterable[Raised], overlaps: Iterable[Overlap], right: set[str], alike: set[str]) -> dict[str, dict[str, Any]]:
    scenarios: dict[str, Counter[str]] = defaultdict(Counter)
    for rule, scenario, _name in {(o.alert.rule, o.instance.scenario, o.instance.name) for o in overlaps if o.finds}:
        scenarios[rule][scenario] += 1
    answer: dict[str, dict[str, Any]] = {}
    for alert in alerts:
        entry = answer.setdefault(alert.rule, {"alerts": 0, "true": 0, "false": 0, "lookalike": 0, "scenarios": {}})
        entry["alerts"] += 1
        entry["true" if alert.number in right else "lookalike" if alert.number in alike else "false"] += 1
    for code, entry in answer.items():
        entry["scenarios"] = dict(scenarios[code].most_common())
    return dict(sorted(answer.items()))


def _cries(rule: Mapping[str, Any]) -> bool:
    """More than half of what the rule raised was for nothing, and not just once."""
    idle = rule["false"] + rule["lookalike"]
    return bool(idle > 1 and idle > CRIES_WOLF * rule["alerts"])


def _missed(deeds: Sequence[Instance], found: Mapping[str, list[Overlap]], overlaps: Iterable[Overlap]) -> list[dict[str, Any]]:
    """Instances nothing found, each with the alerts that came nearest."""
    near: dict[str, list[Overlap]] = defaultdict(list)
    for overlap in overlaps:
        near[overlap.instance.name].append(overlap)
    answer = []
    for deed in deeds:
        if deed.name not in found:
            closest = sorted(near[deed.name], key=lambda overlap: (-overlap.share, -overlap.cover))[:NEAR]
            told = [
                {"rule": o.alert.rule, "share": round(o.share, 3), "cover": round(o.cover, 3), "own_subject": o.own_subject}
                for o in closest
            ]
            answer.append({"instance": deed.name, "scenario": deed.scenario, "rows": len(deed.rows), "near": told})
    return answer


def _plain(alert: Raised) -> dict[str, Any]:
    return {"alert": alert.number, "rule": alert.rule, "subject_kind": alert.subject[0], "level": alert.level, "rows": len(alert.evidence)}
