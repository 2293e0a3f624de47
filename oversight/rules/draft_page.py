"""The page of a draft: what it changes, and its backtest told as workload, with the examples its reader may see."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.roster.models import Unit
from oversight.access import opens
from oversight.center.presenters import measures
from oversight.center.presenters import words as alert_words
from oversight.center.presenters.subjects import Names
from oversight.center.presenters.times import full_time
from oversight.rules import words
from oversight.viewer import Viewer
from risk.alerts.recusal import recused_staff, switched_off
from risk.alerts.visibility import AlertView, Visibility
from risk.backtest.costs import MONTH_DAYS, THIN_DAYS, THIN_ROWS, told_to
from risk.backtest.models import BacktestRun
from risk.backtest.runs.queries import latest_for
from risk.rules.drafts.models import RuleDraft
from risk.rules.drafts.queries import draft_changes, editors_of, judges_otherwise
from risk.rules.models import LEVELS

UNITS_SHOWN = 30


def draft_context(viewer: Viewer, draft: RuleDraft) -> dict[str, Any]:
    """What rules/draft.html and rules/_run.html print."""
    run = latest_for(draft.digest)
    here = reverse("rules:draft", args=[draft.code])
    changes = draft_changes(draft)
    return {
        "code": draft.code,
        "title": draft.content["title_zh"],
        "rule_url": reverse("rules:rule", args=[draft.code]) if draft.rule_id else "",
        "first": draft.base is None,
        "base": draft.base.number if draft.base else 0,
        "changes": words.changes(changes, draft.content["unit"]),
        "reason": draft.reason,
        "by": str(draft.changed_by) if draft.changed_by else _("shipped with the platform"),
        "at": full_time(draft.changed_at),
        "edition": draft.edition,
        "own": viewer.user.pk in editors_of(draft),
        "needs_play": judges_otherwise(draft),
        "run": run and _run(run),
        "live_url": f"{here}?fragment=run" if run and run.state in BacktestRun.UNFINISHED else "",
        "cost": _told(told_to(run.result, viewer.user.staff_no)) if run and run.result else None,
        "examples": _examples(viewer, run) if run and run.result else [],
        "sees_examples": bool(Visibility.of(viewer.user).windows),
        "may_edit": opens("rules:edit", viewer.roles),
    }


def _run(run: BacktestRun) -> dict[str, Any]:
    return {
        "state": run.state,
        "label": run.get_state_display(),
        "progress": run.progress,
        "error": _(run.error) if run.error else "",
        "waits": run.state in BacktestRun.UNFINISHED,
        "done": run.state == BacktestRun.State.DONE,
        "at": full_time(run.ended_at or run.ordered_at),
    }


def _told(told: dict[str, Any]) -> dict[str, Any]:
    """The cost in sentences, by month and by unit."""
    units = _units(told)
    return {
        "sentence": _sentence(told, units),
        "detail": _detail(told),
        "thin": _thin(told) if told["thin"] else "",
        "trial": told["trial"],
        "months": _months(told["by_month"]),
        "levels": [
            {
                "level": level,
                "label": str(alert_words.LEVELS[level]),
                "before": told["by_level"][level][0],
                "after": told["by_level"][level][1],
            }
            for level in reversed(LEVELS)
            if level in told["by_level"]
        ],
        "units": units[:UNITS_SHOWN],
        "more_units": max(len(units) - UNITS_SHOWN, 0),
    }


def _units(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Workload by unit, the greatest change first; a month has thirty days."""
    names = dict(Unit.objects.filter(code__in=told["by_unit"]).values_list("code", "name"))
    months = told["days"] / MONTH_DAYS
    found = [
        {
            "name": names.get(code, code) or _("without a unit"),
            "before": words.number(before / months),
            "after": words.number(after / months),
            "change": (after - before) / months,
        }
        for code, (before, after) in told["by_unit"].items()
    ]
    found.sort(key=lambda one: -abs(one["change"]))
    return [one | {"changed": _signed(one["change"])} for one in found]


def _signed(number: float) -> str:
    text = words.number(abs(number))
    return text if text == "0" else f"{'+' if number > 0 else '−'}{text}"


def _sentence(told: dict[str, Any], units: list[dict[str, Any]]) -> str:
    """每月多37件，三中队+12件，其中历史误报占41%。"""
    change = (told["after"] - told["before"]) * MONTH_DAYS / told["days"]
    number = words.number(abs(change))
    if told["trial"]:
        head = (
            _("On trial, no alerts: %(number)s findings a month more than now")
            if change > 0
            else _("On trial, no alerts: %(number)s findings a month fewer than now")
        )
    else:
        head = _("%(number)s alerts a month more") if change > 0 else _("%(number)s alerts a month fewer")
    if number == "0":
        head = _("As many alerts as now")
    parts = [head % {"number": number}]
    parts += [f"{one['name']} {one['changed']}" for one in units[:1] if one["changed"] != "0"]
    for name, text in (
        ("affected", _("of those that would go or change %(share)s were false alarms")),
        ("of_rule", _("so far %(share)s of its settled alerts were false alarms")),
    ):
        if told[name]["settled"]:
            parts.append(text % {"share": f"{told[name]['false'] / told[name]['settled']:.0%}"})
            break
    return _(", ").join(parts) + _(".")


def _detail(told: dict[str, Any]) -> list[str]:
    facts = {
        "first": told["first_day"],
        "last": told["last_day"],
        "rows": f"{told['rows']:,}",
        "seconds": told["seconds"],
        "before": told["before"],
        "after": told["after"],
        "added": told["added"],
        "removed": told["removed"],
        "changed": told["changed"],
    }
    found = [
        _("From %(first)s to %(last)s: %(before)d before, %(after)d after; %(added)d come, %(removed)d go, %(changed)d change their level.")
        % facts,
        _("%(rows)s rows were judged again in %(seconds)s seconds; suppressions are left out of account.") % facts,
    ]
    affected = told["affected"]
    if affected["raised"]:
        told_of = _(
            "Of the %(raised)d alerts that stand and would go or change, %(settled)d are settled:"
            " %(dismissed)d dismissed, of them %(false)d as false alarms."
        )
        found.insert(1, told_of % affected)
    return found


def _thin(told: dict[str, Any]) -> str:
    facts = {"days": told["days"], "rows": f"{told['rows']:,}", "least_days": THIN_DAYS, "least_rows": f"{THIN_ROWS:,}"}
    told_of = _(
        "Too little history: %(days)d days and %(rows)s rows;"
        " with fewer than %(least_days)d days or %(least_rows)s rows these figures say little."
    )
    return told_of % facts


def _months(by_month: dict[str, list[int]]) -> list[dict[str, Any]]:
    most = max((max(pair) for pair in by_month.values()), default=0) or 1
    return [
        {
            "month": month,
            "before": before,
            "after": after,
            "w_before": f"{100 * before / most:.0f}%",
            "w_after": f"{100 * after / most:.0f}%",
        }
        for month, (before, after) in by_month.items()
    ]


def _examples(viewer: Viewer, run: BacktestRun) -> list[dict[str, Any]]:
    """Those the reader might see as alerts: within their sight of alerts, and never about whom they are recused.

    A candidate is no alert yet, so nobody verified it: whoever sees only verified alerts sees only those that stand as such.
    """
    sight = Visibility.of(viewer.user)
    if not sight.windows:
        return []
    paths = dict(Unit.objects.filter(code__in={one["unit_code"] for one in run.examples}).values_list("code", "path"))
    standing = dict(viewer.alerts.filter(number__in=[one["alert"] for one in run.examples if one["alert"]]).values_list("number", "pk"))
    off = set(switched_off())
    shown = [one for one in run.examples if _sees(sight, one, paths.get(one["unit_code"], ""), standing, off)]
    names = Names.of_codes(
        {kind: {one["subject_code"] for one in shown if one["subject_kind"] == kind} for kind in {one["subject_kind"] for one in shown}}
    )
    column, unit_names = run.content["subject_column"], dict(Unit.objects.filter(code__in=paths).values_list("code", "name"))
    return [
        {
            "kind": _("comes") if one["kind"] == "added" else _("goes"),
            "level": one["level"],
            "day": one["last_day"],
            "subject": names.named(one["subject_kind"], one["subject_code"], date.fromisoformat(one["last_day"]), column).text,
            "unit": unit_names.get(one["unit_code"], ""),
            "observed": measures.measured(one["observed"], run.content["unit"]),
            "alert": one["alert"] if one["alert"] in standing else "",
            "url": reverse("center:alert", args=[one["alert"]]) if one["alert"] in standing else "",
        }
        for one in shown
    ]


def _sees(sight: Visibility, one: dict[str, Any], path: str, standing: dict[str, int], off: set[str]) -> bool:
    """One that stands as an alert is seen as that alert is; another as a new alert of that subject, with those recused who would be."""
    if one["alert"]:
        return one["alert"] in standing
    recused = recused_staff(
        subject_kind=one["subject_kind"],
        subject_code=one["subject_code"],
        first_day=date.fromisoformat(one["first_day"]),
        last_day=date.fromisoformat(one["last_day"]),
        people=one["people"],
    )
    hidden = frozenset(number for number, reason in recused.items() if reason not in off)
    return bool(one["subject_code"]) and sight.sees(AlertView(unit_path=path, status="new", recused=hidden))
