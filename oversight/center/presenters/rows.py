"""Alerts as rows of a list, for the person who looks."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from oversight.center.presenters import words
from oversight.center.presenters.subjects import Names, Subject
from oversight.center.presenters.times import deadline, full_time, short_time
from oversight.viewer import Viewer
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.sentences import sentence, title
from risk.alerts.states import Act, possible

log = logging.getLogger(__name__)
PRINTED = (
    *("number", "status", "level", "raised_at", "updated_at", "due_at", "snoozed_until", "backdated", "last_day", "numbers"),
    *("subject_kind", "subject_code", "observed", "threshold", "unit__name", "handler__name", "handler__username"),
    *(
        f"rule_version__{name}"
        for name in ("title_zh", "title_en", "sentence_zh", "sentence_en", "window_days", "subject_column", "params")
    ),
)
ACTS = tuple(act.value for act in Act if act is not Act.PROPOSE)


def ready_for_rows(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """With everything a row prints, so that fifty rows cost no query each."""
    return alerts.select_related("rule", "rule_version", "unit", "handler")


def ready_for_list(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """The same for a list alone: without the columns, above all of rules, that no row of a list prints."""
    return alerts.select_related("rule_version", "unit", "handler").only(*PRINTED)


def _ends(alerts: Iterable[Alert]) -> dict[int, datetime]:
    """When people ended those of the alerts that are no longer open."""
    ended = [alert.pk for alert in alerts if alert.status not in Alert.OPEN]
    ends = AlertEvent.objects.filter(alert__in=ended, kind__in=(AlertEvent.Kind.DISMISSED, AlertEvent.Kind.ISSUED))
    return dict(ends.order_by("id").values_list("alert_id", "at")) if ended else {}


def said(alert: Alert, subject: Subject, *, whole: bool = True) -> str:
    """The alert's sentence; not `whole`: what remains of it without the subject, for a column that stands beside the subject's."""
    language = get_language() or "zh-hans"
    named = {"counterpart": subject.counterpart} if subject.counterpart else {}
    try:
        text = sentence(
            version=alert.rule_version,
            numbers=alert.numbers | named,
            subject=subject.spoken if whole else "",
            language=language,
            level=alert.level,
            observed=alert.observed,
            threshold=alert.threshold,
        )
    except KeyError as missing:
        log.error("alert %s lacks the number %s its sentence asks for", alert.number, missing)
        return title(alert.rule_version, language)
    if whole:
        return text
    rest = text.strip(" ,，:：;；")
    return rest[:1].upper() + rest[1:]


class Addresses:
    """Where alerts and their acts are found, for one person and one list; what many alerts of a page have in common is asked once."""

    def __init__(self, viewer: Viewer, query: Mapping[str, str] | None = None) -> None:
        self.viewer, self.person = viewer, viewer.person
        self.tail = f"?{urlencode(query)}" if query else ""
        self.list = reverse("center:alerts")
        self._may: dict[tuple[str, str, int | None], frozenset[Act]] = {}

    def _possible(self, alert: Alert) -> frozenset[Act]:
        key = (alert.status, alert.level, alert.handler_id)
        if key not in self._may:
            may = possible(self.person, alert)
            self._may[key] = may | {Act.ISSUE} if Act.PROPOSE in may else may
        return self._may[key]

    def kin(self, number: str) -> str:
        return f"{self.list}{number}/kin/{self.tail}"

    def of(self, alert: Alert) -> dict[str, str | None]:
        """An act that is not possible now has no address. A proposal to issue is posted where a warning is issued: the level decides."""
        here, tail, may = f"{self.list}{alert.number}/", self.tail, self._possible(alert)
        return {
            "alert": f"{here}{tail}",
            **{name: f"{here}{name}/{tail}" for name in ("row", "preview", "comment")},
            **{act: f"{here}{act}/{tail}" if act in may else None for act in ACTS},
            "handlers": f"{here}handlers/" if Act.ASSIGN in may else None,
            "dispatch": f"{here}dispatch/{tail}" if alert.status == Alert.Status.ISSUED and self.viewer.judges else None,
            "escalate": f"{here}escalate/{tail}" if alert.status == Alert.Status.ASSIGNED else None,
        }


def alert_urls(alert: Alert, viewer: Viewer, query: Mapping[str, str] | None = None) -> dict[str, str | None]:
    """Where an alert and its acts are found; `query` is the list it is seen in."""
    return Addresses(viewer, query).of(alert)


def alert_row(alert: Alert, subject: Subject, viewer: Viewer, query: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What center/_row.html prints."""
    return _row(alert, subject, Addresses(viewer, query), timezone.now(), _ends([alert]).get(alert.pk))


def _row(alert: Alert, subject: Subject, addresses: Addresses, now: datetime, ended_at: datetime | None) -> dict[str, Any]:
    urls = addresses.of(alert)
    return {
        "number": alert.number,
        "level": alert.level,
        "time_short": short_time(alert.raised_at, now),
        "time_full": full_time(alert.raised_at),
        "subject": subject.column,
        "subject_code_masked": subject.code,
        "unit": alert.unit.name if alert.unit else "",
        "rule_title": title(alert.rule_version, get_language() or "zh-hans"),
        "summary": said(alert, subject, whole=False),
        "status": words.mark(alert),
        "status_label": words.status(alert),
        "until": words.until(alert),
        "no_clock": _("found in old data") if alert.backdated else "",
        "deadline": deadline(alert, ended_at=ended_at, now=now),
        "handler": str(alert.handler) if alert.handler else "",
        "url": urls["alert"],
        "row_url": urls["row"],
        "preview_url": urls["preview"],
        "acknowledge_url": urls["acknowledge"],
        "dismiss_url": urls["dismiss"],
        "snooze_url": urls["snooze"],
        "assign_url": urls["assign"],
        "handlers_url": urls["handlers"],
        "issue_url": urls["issue"],
        "comment_url": urls["comment"],
        "dispatch_url": urls["dispatch"],
        "escalate_url": urls["escalate"],
    }


def alert_rows(alerts: Iterable[Alert], addresses: Addresses) -> list[dict[str, Any]]:
    """alert_row's of many, which are asked for together."""
    found = list(alerts)
    names, ends, now = Names.of(found), _ends(found), timezone.now()
    return [_row(alert, names.subject(alert), addresses, now, ends.get(alert.pk)) for alert in found]
