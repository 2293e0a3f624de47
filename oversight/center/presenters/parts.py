"""What a sum of weak signals is made of: every rule that counts, with its level, day and points, and the alert it raised itself."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language

from ledger.kit.days import from_ordinal
from oversight.center.presenters import measures, words
from oversight.viewer import Viewer
from risk.alerts.hit_rows import FRAME
from risk.alerts.models import Alert
from risk.alerts.sentences import title
from risk.rules.models import LEVELS
from risk.rules.queries import versions_on


def parts(alert: Alert, viewer: Viewer) -> dict[str, Any] | None:
    """What center/_parts.html prints; None for an alert that is no sum. A part leads to its alert where this person may see that."""
    told = alert.numbers.get("parts") if alert.rule.frame == FRAME else None
    if not told:
        return None
    codes = {part["rule"] for part in told}
    titles = _titles(codes)
    urls = _urls(alert, viewer, codes)
    unit = alert.rule_version.unit
    return {
        "rows": [
            {
                "code": part["rule"],
                "title": titles.get(part["rule"], part["rule"]),
                "level": part["level"] if part["level"] in LEVELS else LEVELS[0],
                "day": f"{from_ordinal(part['day']):%m-%d}",
                "value": measures.measured(part["value"], ""),
                "shadow": part["shadow"],
                "url": next((url for code, width, bucket, url in urls if code == part["rule"] and part["day"] // width == bucket), None),
            }
            for part in told
        ],
        "total": measures.measured(alert.observed, unit),
        "threshold": measures.measured(alert.threshold, unit),
        "level_label": words.LEVELS[alert.level],
    }


def _titles(codes: Iterable[str]) -> dict[str, str]:
    """The titles of the rules as they are in force."""
    return {version.rule.code: title(version, get_language() or "zh-hans") for version in versions_on().filter(rule__code__in=codes)}


def _urls(alert: Alert, viewer: Viewer, codes: Iterable[str]) -> list[tuple[str, int, int, str]]:
    """(rule, width of its buckets in days, bucket, address) of the alerts of these rules about the same subject."""
    same = viewer.alerts.filter(subject_kind=alert.subject_kind, subject_code=alert.subject_code, rule__code__in=codes)
    found = same.values_list("rule__code", "rule__merge_days", "bucket", "number")
    return [(code, width, bucket, reverse("center:alert", args=[number])) for code, width, bucket, number in found]
