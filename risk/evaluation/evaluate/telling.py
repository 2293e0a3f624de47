"""Figures for a reader, in the language that is active."""

from typing import Any

from django.utils.translation import gettext as _

from risk.evaluation.evaluate.figures import Figures

LISTED = 40


def told(figures: Figures) -> str:
    blocks = [_summary(figures), _scenarios(figures), _lookalikes(figures), _rules(figures), _missed(figures)]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _summary(figures: Figures) -> list[str]:
    lines = [
        _("%(transactions)d transactions, %(instances)d labelled instances, %(found)d found: recall %(recall)s")
        % {
            "transactions": figures.transactions,
            "instances": figures.instances,
            "found": figures.found,
            "recall": _percent(figures.recall),
        },
        _("%(matters)d matters, %(true)d of them right: precision %(precision)s")
        % {"matters": figures.matters, "true": figures.true_matters, "precision": _percent(figures.precision)},
        _("%(groups)d rows of the list, where related matters stand in one, %(true)d of them right: %(precision)s")
        % {"groups": figures.groups, "true": figures.true_groups, "precision": _percent(figures.group_precision)},
        _("%(alerts)d alerts: %(true)d right, %(false)d false (%(rate)s per 10,000 transactions), %(alike)d on look-alikes only")
        % {
            "alerts": figures.alerts,
            "true": figures.true_alerts,
            "false": figures.false_alerts,
            "rate": _number(figures.false_per_10000),
            "alike": figures.lookalike_alerts,
        },
        _("days from the first row to the first hit: median %(median)s, greatest %(max)s")
        % {"median": _number(figures.days_to_hit["median"]), "max": _number(figures.days_to_hit["max"])},
        _("days from the first row to the alert: median %(median)s, greatest %(max)s")
        % {"median": _number(figures.days_to_raise["median"]), "max": _number(figures.days_to_raise["max"])},
    ]
    if figures.by_effect:
        sizes = (f"{effect}: {entry['found']}/{entry['instances']}" for effect, entry in figures.by_effect.items())
        lines.append(_("found by size of effect: %(sizes)s") % {"sizes": ", ".join(sizes)})
    return lines


def _scenarios(figures: Figures) -> list[str]:
    if not figures.by_scenario:
        return []
    worst_first = sorted(figures.by_scenario.items(), key=lambda item: (item[1]["recall"], item[0]))
    lines = [_("Misconduct (found / instances, days to the first hit, rules that found it)")]
    for name, entry in worst_first:
        lines.append(f"  {name:<28} {_found(entry)} {_number(entry['days_to_hit']):>5}  {_counted(entry['rules'])}")
        lines += [f"    .{variant:<25} {_found(of)}" for variant, of in entry["by_variant"].items() if len(entry["by_variant"]) > 1]
    return lines


def _found(entry: dict[str, Any]) -> str:
    return f"{entry['found']:>3}/{entry['instances']:<3}"


def _lookalikes(figures: Figures) -> list[str]:
    if not figures.lookalikes:
        return []
    return [_("Look-alikes (hit / instances, alerts, rules)")] + [
        f"  {name:<36} {entry['hit']:>3}/{entry['instances']:<3} {entry['alerts']:>4}  {_counted(entry['rules'])}"
        for name, entry in sorted(figures.lookalikes.items())
    ]


def _rules(figures: Figures) -> list[str]:
    lines = [_("Rules (alerts: right + false + look-alike)")] if figures.by_rule else []
    for code, rule in sorted(figures.by_rule.items(), key=lambda item: (-item[1]["false"] - item[1]["lookalike"], item[0])):
        lines.append(f"  {code:<8} {rule['alerts']:>4}: {rule['true']} + {rule['false']} + {rule['lookalike']}")
    if figures.crying_rules:
        lines.append(_("Rules that cry wolf: %(codes)s") % {"codes": ", ".join(figures.crying_rules)})
    if figures.silent_rules:
        lines.append(_("Rules in force that raised nothing: %(codes)s") % {"codes": ", ".join(figures.silent_rules)})
    return lines


def _missed(figures: Figures) -> list[str]:
    if not figures.missed:
        return []
    lines = [_("Missed (rows; the alerts that came nearest, with the share of their evidence)")]
    for entry in figures.missed[:LISTED]:
        near = ", ".join(f"{one['rule']} {one['share']:.0%}" for one in entry["near"])
        lines.append(f"  {entry['instance']:<28} {entry['scenario']:<28} {entry['rows']:>4}  {near}".rstrip())
    if len(figures.missed) > LISTED:
        lines.append(_("  … and %(count)d more, all of them with --json") % {"count": len(figures.missed) - LISTED})
    return lines


def _counted(rules: dict[str, Any]) -> str:
    return " ".join(f"{code}×{count}" for code, count in rules.items())
