"""One evaluation in words: its figures with their change, scenarios as bars and rows, look-alikes, rules that cry wolf or never fire."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from oversight.center.presenters.times import full_time, short_time
from oversight.evaluations import words
from oversight.intake.labels import grouped
from oversight.sweeps.ordering import rules_known
from oversight.viewer import Viewer
from risk.evaluation.evaluate.labels import LOOKALIKE
from risk.evaluation.models import Evaluation
from risk.evaluation.queries import previous_done, rules_changed
from risk.evaluation.simulate.titles import scenario_title
from risk.evaluation.simulate.ways import way_title

Told = Mapping[str, Any]
MISSED = 40


def detail_context(viewer: Viewer, one: Evaluation) -> dict[str, Any]:
    """What evaluations/evaluation.html prints; without figures only how it stands."""
    here = reverse("evaluations:evaluation", args=[one.number])
    base = {
        "number": one.number,
        "state_label": one.get_state_display(),
        "mark": words.MARKS[Evaluation.State(one.state)],
        "failed": one.state == Evaluation.State.FAILED,
        "done": one.figures is not None,
        "live_url": f"{here}?fragment=live" if one.state in Evaluation.UNFINISHED else "",
        "labels": one.labels,
        "digest": words.digest(one.labels.sha256),
        "again_url": reverse("evaluations:run", args=[one.labels_id]),
        "by": words.person(one.ordered_by),
        "at": short_time(one.ordered_at),
        "exactly": full_time(one.ordered_at),
    }
    return base if one.figures is None else base | _figures(viewer, one, one.figures, previous_done(one))


def _figures(viewer: Viewer, one: Evaluation, now: Told, previous: Evaluation | None) -> dict[str, Any]:
    then = (previous.figures if previous else None) or {}
    titles = rules_known([*now["by_rule"], *now["silent_rules"]])
    return {
        "conclusion": _conclusion(now),
        "warning": _warning(one),
        "tiles": _tiles(now, then),
        "previous": previous and {"number": previous.number, "url": reverse("evaluations:evaluation", args=[previous.number])},
        "changed_rules": [_changed(*each) for each in rules_changed(previous, one)] if previous else [],
        "versions": [f"{rule['code']} v{rule['number']}" for rule in one.rules],
        "rules_digest": words.digest(one.rules_digest),
        "effects": _effects(now["by_effect"]),
        "scenarios": _scenarios(now["by_scenario"], then.get("by_scenario", {})),
        "compares": bool(then),
        "lookalikes": _lookalikes(now["lookalikes"]),
        "crying": _crying(viewer, now, titles),
        "shows_alerts": viewer.watches,
        "silent": [_named(code, titles) for code in now["silent_rules"]],
        "rules": [{"name": _named(code, titles), **rule} for code, rule in now["by_rule"].items()],
        "missed": [_missed(entry) for entry in now["missed"][:MISSED]],
        "missed_all": len(now["missed"]),
    }


def _conclusion(now: Told) -> str:
    return _("%(found)s of %(instances)s labelled cases found; %(true)s of %(matters)s matters are right") % {
        "found": grouped(now["found"]),
        "instances": grouped(now["instances"]),
        "true": grouped(now["true_matters"]),
        "matters": grouped(now["matters"]),
    }


def _warning(one: Evaluation) -> str:
    """Labels of another ledger, or of another source, measure nothing: that has to be said before any figure."""
    if one.rows_known == one.rows:
        return ""
    return _(
        "%(known)s of %(rows)s labelled rows are transactions or complaints in the ledger under the source %(source)s; the others can be"
        " found by no rule, or are records of other kinds."
    ) % {"known": grouped(one.rows_known), "rows": grouped(one.rows), "source": one.labels.source}


def _tiles(now: Told, then: Told) -> list[dict[str, str]]:
    """The figures of the head, each with the numbers it is made of and its change."""
    alike = {name: sum(entry[name] for entry in now["lookalikes"].values()) for name in ("hit", "instances")}
    alike_then = sum(entry["hit"] for entry in then["lookalikes"].values()) if then else None
    hit, hit_then = now["days_to_hit"], then.get("days_to_hit", {})
    raised, raised_then = now["days_to_raise"], then.get("days_to_raise", {})
    return [
        _share(_("Recall"), now, then, "recall", "found", "instances"),
        _share(_("Precision by matter"), now, then, "precision", "true_matters", "matters"),
        # What was evaluated before groups were counted has none.
        *([_share(_("Precision by row of the list"), now, then, "group_precision", "true_groups", "groups")] if "groups" in now else []),
        _share(_("Precision by alert"), now, then, "alert_precision", "true_alerts", "alerts"),
        {
            "label": _("False alerts per 10,000"),
            "value": words.number(now["false_per_10000"]),
            "detail": f"{grouped(now['false_alerts'])} / {grouped(now['transactions'])}",
            "change": words.change(now["false_per_10000"], then.get("false_per_10000")),
        },
        {
            "label": _("Look-alikes hit"),
            "value": grouped(alike["hit"]),
            "detail": _("of %(all)s, %(alerts)s alerts") % {"all": grouped(alike["instances"]), "alerts": grouped(now["lookalike_alerts"])},
            "change": words.change(alike["hit"], alike_then),
        },
        _days(_("Days to the first hit"), hit, hit_then),
        _days(_("Days to the alert"), raised, raised_then),
    ]


def _share(label: str, now: Told, then: Told, name: str, part: str, whole: str) -> dict[str, str]:
    changed = words.points(now[name], then.get(name))
    detail = f"{grouped(now[part])} / {grouped(now[whole])}"
    return {"label": label, "value": words.percent(now[name]), "detail": detail, "change": changed}


def _days(label: str, now: Told, then: Told) -> dict[str, str]:
    detail = _("median; greatest %(max)s") % {"max": words.number(now["max"])}
    return {
        "label": label,
        "value": words.number(now["median"]),
        "detail": detail,
        "change": words.change(now["median"], then.get("median")),
    }


def _effects(found: Mapping[str, Told]) -> list[dict[str, Any]]:
    return [_bar(size, entry) for size, entry in found.items()]


def _bar(label: str, entry: Told) -> dict[str, Any]:
    """A bar as long as the share found, out of the whole width."""
    return {
        "label": label,
        "width": f"{100 * (entry['recall'] or 0):.1f}%",
        "found": f"{entry['found']} / {entry['instances']}",
        "recall": words.percent(entry["recall"]),
    }


def _scenarios(now: Mapping[str, Told], then: Mapping[str, Told]) -> list[dict[str, Any]]:
    """One row for each kind of misconduct, the worst found first; a bar for each size of effect where the labels give sizes."""
    worst_first = sorted(now.items(), key=lambda item: (item[1]["recall"], item[0]))
    return [
        {
            "title": scenario_title(code),
            "code": code if scenario_title(code) != code else "",
            "ways": _ways(entry.get("by_variant", {})),
            "bars": _effects(entry["by_effect"]) or [_bar("", entry)],
            "recall": words.percent(entry["recall"]),
            "found": f"{entry['found']} / {entry['instances']}",
            "change": words.points(entry["recall"], then.get(code, {}).get("recall")),
            "rules": _counted(entry["rules"]),
            "days": words.number(entry["days_to_hit"]),
        }
        for code, entry in worst_first
    ]


def _ways(found: Mapping[str, Told]) -> str:
    """How it was done, each way with found of cases; figures kept before the labels told ways have none."""
    return " · ".join(f"{way_title(way)} {entry['found']}/{entry['instances']}" for way, entry in found.items())


def _lookalikes(found: Mapping[str, Told]) -> list[dict[str, Any]]:
    """Only the kinds that were hit have a row; the rest is a number."""
    hit = [(code, entry) for code, entry in sorted(found.items()) if entry["hit"]]
    return [
        {
            "title": scenario_title(code),
            "code": code.removeprefix(LOOKALIKE) if scenario_title(code) != code else "",
            "hit": f"{entry['hit']} / {entry['instances']}",
            "alerts": entry["alerts"],
            "rules": _counted(entry["rules"]),
        }
        for code, entry in hit
    ]


def _crying(viewer: Viewer, now: Told, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rules of which most alerts were for nothing, each with as many alerts as the list it opens shows to this person."""
    codes = now["crying_rules"]
    seen = viewer.alerts.filter(rule__code__in=codes).order_by().values_list("rule__code").annotate(number=Count("id"))
    listed = dict(seen) if viewer.watches else {}
    return [
        {
            "name": _named(code, titles),
            **now["by_rule"][code],
            "listed": listed.get(code, 0),
            "url": f"{reverse('center:alerts')}?{urlencode({'tab': 'all', 'rule': code})}" if code in listed else "",
        }
        for code in codes
    ]


def _named(code: str, titles: Mapping[str, str]) -> str:
    return f"{code} {titles.get(code, '')}".strip()


def _changed(code: str, before: int | None, now: int | None) -> str:
    if before is None:
        return _("%(code)s new") % {"code": code}
    return _("%(code)s no longer in force") % {"code": code} if now is None else f"{code} v{before} → v{now}"


def _counted(rules: Mapping[str, int]) -> str:
    return " ".join(f"{code}×{count}" for code, count in rules.items()) or words.NONE


def _missed(entry: Told) -> dict[str, Any]:
    near = _(", ").join(f"{one['rule']} {one['share']:.0%}" for one in entry["near"])
    return {"instance": entry["instance"], "scenario": scenario_title(entry["scenario"]), "rows": entry["rows"], "near": near or words.NONE}
