"""The audit trail, for audit admins: who did or saw what, when, from where. Reading it is itself written down."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ledger.audit.models import AuditEntry
from ledger.audit.services import record
from ledger.kit.days import day_start
from oversight.breakers.words import VERBS
from oversight.center.presenters.times import full_time
from oversight.checklist import words as checklist_words
from oversight.cycle import words as cycle_words
from oversight.intake.labels import KINDS
from oversight.measures import words as measure_words
from oversight.orders import words as order_words
from oversight.viewer import ConsoleRequest

PAGE = 100
ACTIONS = {
    "account.login": gettext_lazy("logged in"),
    "account.login_failed": gettext_lazy("login refused"),
    "account.login_locked": gettext_lazy("login locked"),
    "account.logout": gettext_lazy("logged out"),
    "account.password_changed": gettext_lazy("password changed"),
    "alert.viewed": gettext_lazy("alert opened"),
    "alert.previewed": gettext_lazy("alert previewed"),
    "recusal.asked": gettext_lazy("change of recusal asked for"),
    "recusal.approved": gettext_lazy("change of recusal approved"),
    "recusal.refused": gettext_lazy("change of recusal refused"),
    "alert.acknowledged": gettext_lazy("alert acknowledged"),
    "alert.dismissed": gettext_lazy("alert dismissed"),
    "alert.commented": gettext_lazy("alert commented"),
    "alert.checking": gettext_lazy("check of an alert begun"),
    "alert.snoozed": gettext_lazy("alert snoozed"),
    "alert.woken": gettext_lazy("snooze of an alert ended"),
    "alert.assigned": gettext_lazy("alert handed over"),
    "alert.proposed": gettext_lazy("warning proposed"),
    "alert.returned": gettext_lazy("proposed warning returned"),
    "alert.issued": gettext_lazy("warning issued"),
    "alert.upheld": gettext_lazy("dismissal reviewed and upheld"),
    "alert.overturned": gettext_lazy("dismissal reviewed and overturned"),
    "alert.undone": gettext_lazy("act on an alert undone"),
    "alert.reminded": gettext_lazy("people on duty reminded of an alert"),
    "alert.escalated": gettext_lazy("alert reported to the leaders"),
    "duty.started": gettext_lazy("went on duty"),
    "duty.ended": gettext_lazy("handed over and went off duty"),
    "duty.closed": gettext_lazy("duty shift closed by the timetable"),
    "duty.handover_read": gettext_lazy("handover confirmed as read"),
    "document.drafted": gettext_lazy("draft of a document opened"),
    "document.made": gettext_lazy("document made"),
    "document.viewed": gettext_lazy("document opened"),
    "document.printed": gettext_lazy("print page of a document opened"),
    "document.word": gettext_lazy("document downloaded as Word"),
    "document.pdf": gettext_lazy("document downloaded as PDF"),
    "template.put": gettext_lazy("document template changed"),
    "template.put_back": gettext_lazy("document template put back"),
    "template.downloaded": gettext_lazy("document template downloaded"),
    "suppression.viewed": gettext_lazy("suppression opened"),
    "rule.raised": gettext_lazy("threshold of a rule raised"),
    "rule.missed": gettext_lazy("hit missed since a threshold was raised"),
    "suppression.asked": gettext_lazy("suppression asked for"),
    "suppression.approved": gettext_lazy("suppression approved"),
    "suppression.refused": gettext_lazy("suppression refused"),
    "suppression.ended": gettext_lazy("suppression ended"),
    "sweep.ordered": gettext_lazy("sweep of history ordered"),
    "sweep.paused": gettext_lazy("sweep of history paused"),
    "sweep.resumed": gettext_lazy("sweep of history gone on with"),
    "sweep.stopped": gettext_lazy("sweep of history stopped"),
    "sweep.stuck": gettext_lazy("sweep of history cannot go on"),
    "sweep.done": gettext_lazy("sweep of history done"),
    "labels.kept": gettext_lazy("labels kept for evaluation"),
    "evaluation.ordered": gettext_lazy("evaluation of detection ordered"),
    "evaluation.failed": gettext_lazy("evaluation of detection given up"),
    "alerts.evaluated": gettext_lazy("alerts compared with labels"),
    "alert.revealed": gettext_lazy("value of an alert shown in clear"),
    "transaction.viewed": gettext_lazy("transaction opened"),
    "transaction.revealed": gettext_lazy("value of a transaction shown in clear"),
    "ledger.searched": gettext_lazy("ledger searched"),
    "ledger.subject_viewed": gettext_lazy("business of a subject opened"),
    **{f"api.{kind}": format_lazy(gettext_lazy("sent by a system: {kind}"), kind=title) for kind, title in KINDS.items()},
    **{f"api.{kind}_again": format_lazy(gettext_lazy("sent again by a system: {kind}"), kind=title) for kind, title in KINDS.items()},
    **{f"breaker.{kind}": format_lazy("{} · {}", gettext_lazy("Breaker"), verb) for kind, verb in VERBS.items()},
    "breaker.viewed": gettext_lazy("breaker opened"),
    "breaker_policy.drafted": gettext_lazy("breaker policy drafted"),
    "breaker_policy.simulated": gettext_lazy("breaker policy simulated"),
    "breaker_policy.arming_asked": gettext_lazy("arming of a breaker policy asked for"),
    "breaker_policy.arming_approved": gettext_lazy("breaker policy armed"),
    "breaker_policy.arming_refused": gettext_lazy("arming of a breaker policy refused"),
    "breaker_policy.arming_lapsed": gettext_lazy("arming of a breaker policy lapsed"),
    "breaker_policy.disarming_asked": gettext_lazy("disarming of a breaker policy asked for"),
    "breaker_policy.disarming_approved": gettext_lazy("breaker policy disarmed"),
    "breaker_policy.disarming_refused": gettext_lazy("disarming of a breaker policy refused"),
    "breaker_policy.disarming_lapsed": gettext_lazy("disarming of a breaker policy lapsed"),
    "hold.placed": gettext_lazy("hold placed"),
    "hold.lifted": gettext_lazy("hold lifted"),
    "quarantine.viewed": gettext_lazy("refused row opened"),
    "quarantine.revealed": gettext_lazy("refused row shown in clear"),
    "quarantine.exported": gettext_lazy("quarantine downloaded"),
    "quarantine.discard_asked": gettext_lazy("asked to discard rows"),
    "quarantine.discard_approved": gettext_lazy("discard of rows approved"),
    "quarantine.discard_refused": gettext_lazy("discard of rows refused"),
    "api.refused": gettext_lazy("call of a system refused"),
    "api.alerts_listed": gettext_lazy("alerts listed by a system"),
    "api.alert_read": gettext_lazy("alert read by a system"),
    "api.rules_read": gettext_lazy("rules read by a system"),
    "api.checklist_read": gettext_lazy("checklist read by a system"),
    "upload.put": gettext_lazy("file put up for intake"),
    "upload.changed": gettext_lazy("file for intake corrected"),
    "upload.tried": gettext_lazy("file for intake tried"),
    "upload.taken": gettext_lazy("file taken in"),
    "upload.dropped": gettext_lazy("file for intake dropped"),
    "delivery.original": gettext_lazy("original of a delivery downloaded"),
    "token.added": gettext_lazy("token made"),
    "token.revoked": gettext_lazy("token revoked"),
    "screen.added": gettext_lazy("wall screen made"),
    "screen.revoked": gettext_lazy("wall screen revoked"),
    "screen.connected": gettext_lazy("wall screen connected"),
    "screen.refused": gettext_lazy("wall screen refused"),
    **checklist_words.AUDIT,
    **cycle_words.audit_actions(),
    **measure_words.audit_actions(),
    **order_words.audit_actions(),
    "audit.viewed": gettext_lazy("audit trail read"),
}


@require_GET
def entries(request: ConsoleRequest) -> HttpResponse:
    wanted = {name: request.GET.get(name, "").strip()[:150] for name in ("actor", "action", "target", "day")}
    given = {name: value for name, value in wanted.items() if value}
    found = _matching(given)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit():
        found = found.filter(id__lt=int(before))
    page = list(found[: PAGE + 1])
    record("audit.viewed", actor=request.user, address=request.viewer.address, filters=given)
    here = reverse("trail:entries")
    context = {
        "entries": [_entry(one) for one in page[:PAGE]],
        "filters": _filters(wanted),
        "total": None,
        "clear_url": here if given else None,
        "next_url": f"{here}?{urlencode({**given, 'before': page[PAGE - 1].pk})}" if len(page) > PAGE else None,
        "empty": {
            "title": _("No entry matches") if given else _("Nothing is recorded yet"),
            "text": "",
            "action_label": _("Clear the filters"),
            "action_url": here if given else None,
        },
    }
    return render(request, "trail/entries.html", context)


def _matching(given: dict[str, str]) -> QuerySet[AuditEntry]:
    found = AuditEntry.objects.order_by("-id")
    for name in ("actor", "action", "target"):
        if name in given:
            found = found.filter(**{name: given[name]})
    if "day" in given:
        try:
            day = date.fromisoformat(given["day"])
        except ValueError:
            return found.none()
        found = found.filter(at__gte=day_start(day), at__lt=day_start(day + timedelta(days=1)))
    return found


def _entry(one: AuditEntry) -> dict[str, Any]:
    return {
        "time": full_time(one.at),
        "actor": one.actor or _("System"),
        "action": ACTIONS.get(one.action, one.action),
        "target": one.target,
        "target_url": None,
        "address": one.address,
    }


def _filters(wanted: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"name": "day", "label": _("Day"), "value": wanted["day"], "options": None, "type": "date"},
        {"name": "actor", "label": _("Account"), "value": wanted["actor"], "options": None},
        {"name": "action", "label": _("Action"), "value": wanted["action"], "options": list(ACTIONS.items())},
        {"name": "target", "label": _("Object"), "value": wanted["target"], "options": None},
    ]
