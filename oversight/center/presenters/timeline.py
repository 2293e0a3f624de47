"""The handling record of an alert in words, newest first."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from ledger.kit.masking import mask_free_text
from oversight.center.presenters import measures, words
from oversight.center.presenters.times import full_time, lasted, short_time
from risk.alerts.models import Alert, AlertEvent

Kind = AlertEvent.Kind


def timeline(alert: Alert) -> list[dict[str, Any]]:
    events = alert.events.select_related("actor").order_by("-id")
    return [
        {
            "time": short_time(event.at),
            "at_full": full_time(event.at),
            "actor": str(event.actor) if event.actor else None,
            "text": told(event, alert),
            "seal": None,
        }
        for event in events
    ]


def told(event: AlertEvent, alert: Alert) -> str:
    """What happened, in one line."""
    kind, data = Kind(event.kind), event.data
    if kind is Kind.RAISED:
        return _("Rule %(code)s raised it: %(level)s, %(rows)s") % {"code": alert.rule.code, **_weight(data, alert)}
    if kind is Kind.RECURRED:
        return _("Came back with more than was judged: %(level)s, %(rows)s") % _weight(data, alert)
    if kind is Kind.CHANGED:
        if data.get("old_level"):
            return _("Data changed: %(rows)s now, level %(old)s → %(level)s") % {
                **_weight(data, alert),
                "old": words.LEVELS[data["old_level"]],
            }
        return _("Data changed: %(rows)s now, level unchanged") % _weight(data, alert)
    if kind is Kind.WITHDRAWN and data.get("suppression"):
        text = _("Suppressed by %(number)s; the handler decides") if data.get("acted") else _("Suppressed by %(number)s; withdrawn")
        return text % {"number": data["suppression"]}
    if kind is Kind.WITHDRAWN:
        return _("Later data undid it; the handler decides") if data.get("acted") else _("Later data undid it; withdrawn")
    if kind is Kind.ACKNOWLEDGED:
        return _("Acknowledged, after %(span)s") % {"span": lasted(event.at - alert.raised_at)}
    if kind in (Kind.REMINDED, Kind.ESCALATED):
        return _unattended(kind, data)
    note = mask_free_text(str(data.get("note", "")))
    if kind is Kind.DISMISSED:
        reason = Alert.Dismissal(data["reason"]).label if data.get("reason") in Alert.Dismissal.values else ""
        text = _("Dismissed: %(reason)s") % {"reason": reason}
        return f"{text}{_('. ')}{note}" if note else text
    return _("Comment: %(note)s") % {"note": note}


def _unattended(kind: AlertEvent.Kind, data: dict[str, Any]) -> str:
    """A reminder, or the report to the leaders: because nobody took the alert for how long, and to whom."""
    told = {"span": lasted(timedelta(minutes=data.get("minutes", 0))), "names": _(", ").join(data.get("names", ()))}
    if kind is Kind.REMINDED:
        return _("Nobody took it for %(span)s: reminded %(names)s") % told
    if not told["names"]:
        return _("Nobody took it for %(span)s: there is no leader it could be reported to") % told
    if data.get("up"):
        return _("Nobody took it for %(span)s: reported one level up to %(names)s, the leaders below are recused") % told
    return _("Nobody took it for %(span)s: reported to %(names)s") % told


def _weight(data: dict[str, Any], alert: Alert) -> dict[str, Any]:
    rows = measures.rows_of(alert.rule.frame, int(data.get("evidence", 0)))
    return {"level": words.LEVELS.get(data.get("level", ""), ""), "rows": rows}
