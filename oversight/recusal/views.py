"""回避: which relations to a subject recuse, who changed it, and the requests that wait for a second person."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ledger.kit.errors import Conflict, MingjingError, NotFound
from ledger.roster.accounts import Role
from oversight.center.presenters.times import full_time, short_time
from oversight.viewer import ConsoleRequest, Viewer
from risk.alerts import recusal_changes
from risk.alerts.models import RecusalChange
from risk.alerts.recusal import switched_off

PAST = 50


@require_GET
def relations(request: ConsoleRequest) -> HttpResponse:
    return render(request, "recusal/relations.html", relations_context(request.viewer))


@require_POST
def ask(request: ConsoleRequest) -> HttpResponse:
    given = {name: request.POST.get(name, "") for name in ("relation", "reason")}
    active, done = request.POST.get("active") == "yes", _("Asked for; a discipline inspector decides.")
    return _act(request, done, recusal_changes.ask_recusal_change, given, active=active, **given)


@require_POST
def decide(request: ConsoleRequest, pk: int) -> HttpResponse:
    note, approve = request.POST.get("note", ""), request.POST.get("decision") == "approve"
    done = _("Approved; it holds at once.") if approve else _("Refused.")
    return _act(request, done, recusal_changes.decide_recusal_change, {"pk": pk, "note": note}, pk=pk, approve=approve, note=note)


def _act(request: ConsoleRequest, done: str, service: Callable[..., RecusalChange], typed: dict[str, Any], **given: Any) -> HttpResponse:
    """Call the service and go back; what was typed and could not be written stays where it was typed."""
    try:
        service(actor=request.user, address=request.viewer.address, **given)
    except NotFound:
        raise
    except MingjingError as error:
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
        return render(request, "recusal/relations.html", relations_context(request.viewer) | {"typed": typed}, status=error.status)
    messages.success(request, done)
    return redirect("recusal:relations")


def relations_context(viewer: Viewer) -> dict[str, Any]:
    """What recusal/relations.html prints."""
    changes = list(RecusalChange.objects.select_related("asked_by", "decided_by").order_by("-pk")[:PAST])
    waiting = {change.relation: change for change in changes if change.state == RecusalChange.State.ASKED}
    off = set(switched_off())
    return {
        "always": [
            _("the subject itself"),
            _("the leader of a unit that is the subject"),
            _("who held a post that is the subject, in those days"),
            _("who handled or approved the evidence, where the subject is an agency, agent, terminal, person or vehicle"),
            _("who declared a relation to the subject, or of whom one was declared"),
        ],
        "rows": [
            {
                "relation": relation.value,
                "label": relation.label,
                "active": relation.value not in off,
                "waits": _told(waiting[relation.value]) if relation.value in waiting else None,
            }
            for relation in RecusalChange.Relation
        ],
        "past": [_told(change) for change in changes if change.state != RecusalChange.State.ASKED],
        "asks": Role.SECURITY_ADMIN in viewer.roles,
        "decides": Role.DISCIPLINE in viewer.roles,
    }


def _told(change: RecusalChange) -> dict[str, Any]:
    return {
        "pk": change.pk,
        "relation": change.get_relation_display(),
        "wish": _("is to recuse") if change.active else _("is no longer to recuse"),
        "reason": change.reason,
        "asked_by": str(change.asked_by),
        "asked_at": short_time(change.asked_at),
        "asked_exactly": full_time(change.asked_at),
        "state": change.get_state_display(),
        "decided_by": str(change.decided_by) if change.decided_by else "",
        "decided_at": full_time(change.decided_at) if change.decided_at else "",
        "note": change.note,
    }
