"""What this force settles for its measures: offices and terms, the weights of joint responsibility, and exemptions from it."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ledger.kit.errors import BadInput, Conflict, MingjingError, NotFound
from oversight.measures.accountability.kind import KIND as ACCOUNTABILITY
from oversight.measures.catalogue import kind_of
from oversight.measures.joint import services
from oversight.measures.joint.presenting import joint_context, typed_caps, typed_shares
from oversight.measures.joint.queries import points_of
from oversight.measures.joint.telling import WEIGHTS, switch
from oversight.measures.offices.presenting import offices_context
from oversight.measures.offices.services import change_policy
from oversight.measures.presenting import page_context
from oversight.measures.queries import visible_measure
from oversight.viewer import ConsoleRequest


@require_GET
def joint(request: ConsoleRequest) -> HttpResponse:
    return _joint_page(request)


@require_POST
def draft(request: ConsoleRequest) -> HttpResponse:
    reason = request.POST.get("reason", "")
    try:
        shares, caps = typed_shares(request.POST), typed_caps(request.POST)
        services.draft(shares=shares, caps=caps, reason=reason, actor=request.user, address=request.viewer.address)
    except MingjingError as error:
        return _joint_again(request, error)
    messages.success(request, _("Drafted; another person publishes it."))
    return redirect("measures:joint")


@require_POST
def publish(request: ConsoleRequest) -> HttpResponse:
    try:
        number, drafted_at = int(request.POST.get("number", "")), datetime.fromisoformat(request.POST.get("drafted_at", ""))
    except ValueError:
        return _joint_again(request, BadInput(_("Open the page again: the draft to publish was not named.")))
    try:
        services.publish(actor=request.user, number=number, drafted_at=drafted_at, address=request.viewer.address)
    except MingjingError as error:
        return _joint_again(request, error)
    messages.success(request, _("Published; what is decided from now on flows by it."))
    return redirect("measures:joint")


def _joint_again(request: ConsoleRequest, error: MingjingError) -> HttpResponse:
    _say(request, error)
    return _joint_page(request, request.POST.dict(), error.status)


def _joint_page(request: ConsoleRequest, typed: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    context = joint_context(request.viewer, typed) | {"switch": switch(request.viewer, WEIGHTS)}
    return render(request, "measures/joint.html", context, status=status)


@require_POST
def exempt(request: ConsoleRequest, number: str) -> HttpResponse:
    """Ask for an exemption from joint points, or decide on one that was asked for."""
    one = visible_measure(ACCOUNTABILITY, request.user, number)
    row = points_of(number).filter(part=request.POST.get("part", "")).first()
    if row is None:
        raise NotFound(_("There are no such points."))
    decision, note, address = request.POST.get("decision", ""), request.POST.get("note", ""), request.viewer.address
    try:
        if decision == "ask":
            services.ask_exemption(row=row, reason=note, actor=request.user, address=address)
            messages.success(request, _("Asked for; another person decides."))
        elif decision in ("approve", "refuse"):
            done = services.decide_exemption(row=row, approve=decision == "approve", note=note, actor=request.user, address=address)
            messages.success(request, _("Decided.")) if done else messages.warning(request, _("The points changed meanwhile; ask again."))
        else:
            raise BadInput(_("Choose to approve or to refuse."))
    except NotFound:
        raise
    except MingjingError as error:
        _say(request, error)
        context = page_context(ACCOUNTABILITY, one, request.viewer) | {"typed": {"part": row.part, "note": note}}
        return render(request, "measures/one.html", context, status=error.status)
    return redirect("measures:accountability-one", number)


@require_GET
def offices(request: ConsoleRequest) -> HttpResponse:
    return render(request, "measures/offices.html", offices_context(request.viewer))


@require_POST
def change_office(request: ConsoleRequest) -> HttpResponse:
    kind = kind_of(request.POST.get("kind", ""))
    try:
        change_policy(kind=kind, given=request.POST.dict(), actor=request.user, address=request.viewer.address)
    except NotFound:
        raise
    except MingjingError as error:
        _say(request, error)
        return render(request, "measures/offices.html", offices_context(request.viewer, request.POST.dict()), status=error.status)
    messages.success(request, _("Saved."))
    return redirect("measures:offices")


def _say(request: ConsoleRequest, error: MingjingError) -> None:
    messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
