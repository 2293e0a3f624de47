"""The handling record of an alert in words, newest first."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.kit.masking import mask_free_text
from oversight.center.presenters import measures, words
from oversight.center.presenters.times import full_time, lasted, short_time
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.returns import Overturned, Returned

Kind = AlertEvent.Kind
WOKEN = {
    "time": gettext_lazy("The snooze is over"),
    "hand": gettext_lazy("Ended the snooze"),
    "evidence": gettext_lazy("More was found; the snooze is over"),
}
CASES = {
    Kind.DISPATCHED: gettext_lazy("Dispatched in case %(number)s"),
    Kind.CLOSED: gettext_lazy("Closed with case %(number)s"),
    Kind.REOPENED: gettext_lazy("Reopened with case %(number)s"),
}
PLAIN = {
    Kind.CHECKING: gettext_lazy("Started checking"),
    Kind.PROPOSED: gettext_lazy("Proposed a warning"),
    Kind.UPHELD: gettext_lazy("Looked again; the dismissal stands"),
    Kind.OVERTURNED: gettext_lazy("Looked again; the dismissal does not stand"),
}


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
    note = mask_free_text(str(data.get("text") or data.get("note") or ""))
    if kind is Kind.COMMENTED:
        return _("Comment: %(note)s") % {"note": note}
    text = _of_people(kind, data)
    return _("%(what)s: %(note)s") % {"what": text, "note": note} if note else text


def _of_people(kind: AlertEvent.Kind, data: dict[str, Any]) -> str:
    """An act of a person, without what they wrote."""
    if kind is Kind.DISMISSED:
        return _("Dismissed: %(reason)s") % {"reason": words.dismissal(data.get("reason", ""))}
    if kind is Kind.SNOOZED:
        text = _("Snoozed until %(time)s") % {"time": short_time(datetime.fromisoformat(data["until"]))}
        return _(", ").join(one for one in (text, words.waiting(data.get("why", ""))) if one)
    if kind is Kind.ASSIGNED:
        return (_("Handed over from %(old)s to %(name)s") if data["from"] else _("Assigned to %(name)s")) % {
            "old": data["from"],
            "name": data["name"],
        }
    if kind is Kind.WOKEN:
        return str(WOKEN[data["cause"]])
    if kind is Kind.RETURNED:
        text = _("Took the proposal back") if data["own"] else _("Did not confirm the warning, returned it")
        return _(", ").join(filter(None, (text, words.given_back(Returned, data.get("why", "")))))
    if kind is Kind.OVERTURNED:
        return _(", ").join(filter(None, (str(PLAIN[kind]), words.given_back(Overturned, data.get("why", "")))))
    if kind is Kind.ISSUED:
        text = _("Confirmed; warning %(number)s issued") if data["confirmed"] else _("Warning %(number)s issued")
        return text % {"number": data["warning"]}
    if kind in CASES:
        return str(CASES[kind]) % {"number": data["case"]}
    if kind is Kind.UNDONE:
        return _("Undid within half a minute: %(act)s") % {"act": Kind(data["kind"]).label}
    return str(PLAIN.get(kind, ""))


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
