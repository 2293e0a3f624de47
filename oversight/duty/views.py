"""值班: going on duty, handing over, the history of shifts; and the bell."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.kit.errors import BadInput, Conflict, MingjingError
from ledger.roster.accounts import User
from oversight.duty import services
from oversight.duty.bell import bell_context, unread
from oversight.duty.models import DutyShift
from oversight.duty.presenting import end_context, history_context, start_context
from oversight.viewer import ConsoleRequest

BIG = 2**63


@require_GET
def shifts(request: ConsoleRequest) -> HttpResponse:
    """值班记录."""
    context = history_context(request.viewer, request.GET.get("day", ""), request.GET.get("before", ""))
    return render(request, "duty/shifts.html", context)


@require_http_methods(["GET", "POST"])
def start(request: ConsoleRequest) -> HttpResponse:
    """Go on duty. While something that was handed over is unread, the answer is the page on which to read and confirm it."""
    if request.method == "GET":
        return render(request, "duty/start.html", start_context(request.viewer))
    read = [int(text) for text in request.POST.getlist("read") if text.isascii() and text.isdigit() and int(text) < BIG]
    try:
        services.start_shift(actor=request.user, read=read, address=request.viewer.address)
    except Conflict as error:
        messages.warning(request, str(error))
        return redirect(_back(request))
    except BadInput as error:
        context = start_context(request.viewer) | {"problem": str(error) if "asked" in request.POST else "", "next": _back(request)}
        return render(request, "duty/start.html", context, status=422 if context["problem"] else 200)
    messages.success(request, _("You are on duty now; red alerts sound."))
    return redirect(_back(request))


@require_http_methods(["GET", "POST"])
def end(request: ConsoleRequest) -> HttpResponse:
    """Hand over: what is open, a note, who takes over; what was refused stays typed."""
    shift = DutyShift.objects.filter(user=request.user, ended_at=None).first()
    if request.method == "GET":
        if shift is None:
            messages.warning(request, _("You are not on duty."))
            return redirect("center:workbench")
        return render(request, "duty/end.html", end_context(request.viewer, shift, {}))
    typed = {name: request.POST.get(name, "") for name in ("note", "handed_to")}
    try:
        services.end_shift(actor=request.user, note=typed["note"], handed_to=_person(typed["handed_to"]), address=request.viewer.address)
    except BadInput as error:
        if shift is None:
            raise
        return render(request, "duty/end.html", end_context(request.viewer, shift, typed) | {"problem": str(error)}, status=422)
    except Conflict as error:
        messages.warning(request, str(error))
        return redirect("center:workbench")
    messages.success(request, _("Handed over; you are off duty."))
    return redirect("center:workbench")


def _person(username: str) -> User | None:
    """Raises BadInput for a name that nobody has."""
    if not username:
        return None
    found = User.objects.filter(username=username[:150]).first()
    if found is None:
        raise BadInput(_("Choose who takes over from the list."))
    return found


@require_POST
def read(request: ConsoleRequest, shift: int) -> HttpResponse:
    """Confirm a handover on the workbench."""
    try:
        services.confirm_handover(actor=request.user, shift=min(shift, BIG - 1), address=request.viewer.address)
    except MingjingError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Confirmed as read."))
    return redirect("center:workbench")


@require_GET
def notices(request: ConsoleRequest) -> HttpResponse:
    """The bell: a page of its own, or the list that drops from the top bar (fragment=list), or how many are new (fragment=count).

    Every page asks for the last when it stands: what a person may see of a dozen kinds takes longer to find than most pages.
    """
    part = request.GET.get("fragment")
    if part == "count":
        return render(request, "duty/_bell_count.html", {"count": unread(request.viewer)})
    template = "duty/_notices.html" if part == "list" else "duty/notices.html"
    return render(request, template, bell_context(request.viewer))


@require_POST
def notices_read(request: ConsoleRequest) -> HttpResponse:
    """Mark as read up to the newest that was shown."""
    until = _moment(request.POST.get("until", ""))
    if until is not None:
        services.mark_read(actor=request.user, until=until)
    if request.htmx:
        context: dict[str, Any] = bell_context(request.viewer) | {"marked": True}
        return render(request, "duty/_notices.html", context)
    return redirect("duty:notices")


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _back(request: ConsoleRequest) -> str:
    """The page of this site that somebody came from, else the workbench."""
    wanted = request.POST.get("next", "")
    inside = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if inside and not wanted.startswith(reverse("duty:start")) else reverse("center:workbench")
