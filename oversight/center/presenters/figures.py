"""The chart of an alert, from what is stored and nothing else: the hits of its subject, or its evidence day by day."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ledger.journal.models import Transaction
from ledger.kit.days import event_day
from oversight.center.presenters import comparisons, words
from oversight.center.presenters.records import record_days
from oversight.center.presenters.subjects import Subject
from risk.alerts.models import Alert, Hit
from risk.alerts.sentences import title
from risk.detectors.base import GRID_DAYS, PEER
from risk.detectors.registry import detectors
from risk.frames import TRANSACTIONS
from risk.rules.models import LEVELS, RuleVersion

HISTORY_DAYS = 90
LINE_RUN = 4


def chart(alert: Alert, subject: Subject) -> dict[str, Any] | None:
    """What oversight.center.charts.geometry draws; None when one day of one row is all there is to show.

    A hit that compares, or that measures a term: one value on a scale. Else, with hits on several days: the observed number of every hit
    day of the last 90, against the thresholds. A line only where the days (of a network: the Sundays) follow each other without a gap,
    because nothing is stored of a day on which the rule did not hit. Else: evidence rows by day.
    """
    scale = comparisons.among_peers(alert, subject) or comparisons.against_term(alert, subject)
    if scale:
        return scale
    observed = _observed(alert)
    if len(observed) > 1:
        return _of_hits(alert, subject, observed)
    return _of_evidence(alert, subject)


def _observed(alert: Alert) -> list[tuple[date, float]]:
    hits = Hit.objects.filter(rule=alert.rule_id, subject_kind=alert.subject_kind, subject_code=alert.subject_code, live=True, shadow=False)
    near = hits.filter(day__gt=alert.last_day - timedelta(days=HISTORY_DAYS), day__lte=alert.last_day)
    return list(near.order_by("day").values_list("day", "observed"))


def _of_hits(alert: Alert, subject: Subject, observed: list[tuple[date, float]]) -> dict[str, Any]:
    days = [day for day, _number in observed]
    unbroken = len(days) >= LINE_RUN and (days[-1] - days[0]).days == (len(days) - 1) * _step(alert.rule_version)
    return {
        "title": title(alert.rule_version, get_language() or "zh-hans"),
        "subtitle": _("on the days with a hit, %(window)s each")
        % {
            "window": ngettext("%(number)d day", "%(number)d days", alert.rule_version.window_days)
            % {"number": alert.rule_version.window_days}
        },
        "unit": alert.rule_version.unit,
        "series": [_series(subject.text, "line" if unbroken else "bar", observed)],
        "thresholds": thresholds(alert.rule_version, alert.level),
        "window": _window(alert),
        "peers": None,
    }


def _step(version: RuleVersion) -> int:
    """Days from one possible hit to the next."""
    detector = detectors().get(version.detector)
    return GRID_DAYS if detector and detector.reach == PEER else 1


def _of_evidence(alert: Alert, subject: Subject) -> dict[str, Any] | None:
    by_day = Counter(_evidence_days(alert))
    if len(by_day) < 2:
        return None
    # A threshold speaks of the whole window: beside the rows of single days it would say something untrue.
    comparable = alert.rule_version.window_days == 1 and alert.rule_version.unit in ("item", "times")
    return {
        "title": _("Evidence by day"),
        "subtitle": subject.column,
        "unit": "item",
        "series": [_series(_("transactions") if alert.rule.frame == TRANSACTIONS else _("records"), "bar", sorted(by_day.items()))],
        "thresholds": thresholds(alert.rule_version, alert.level) if comparable else [],
        "window": _window(alert),
        "peers": None,
    }


def _evidence_days(alert: Alert) -> list[date]:
    if alert.rule.frame != TRANSACTIONS:
        ids = list(alert.evidence.values_list("row_id", flat=True))
        return [event_day(moment) for moment in record_days(alert.rule.frame, ids)]
    return list(Transaction.objects.filter(pk__in=alert.evidence.values("row_id")).values_list("event_day", flat=True))


def _series(label: str, kind: str, points: list[tuple[date, float]]) -> dict[str, Any]:
    return {"label": label, "kind": kind, "points": [[day.isoformat(), number] for day, number in points]}


def _window(alert: Alert) -> list[str]:
    """The days the last hit looked at: (d − W, d]."""
    first = alert.last_day - timedelta(days=alert.rule_version.window_days - 1)
    return [first.isoformat(), alert.last_day.isoformat()]


def thresholds(version: RuleVersion, crossed: str) -> list[dict[str, Any]]:
    return [
        {
            "level": level,
            "label": f"{words.LEVELS[level]} {number(version.thresholds[level], version.unit)}",
            "value": version.thresholds[level],
        }
        | ({"crossed": True} if level == crossed else {})
        for level in LEVELS
        if level in version.thresholds
    ]


def number(value: float, unit: str) -> str:
    text = f"{value:g}"
    return f"{text}%" if unit == "%" else text
