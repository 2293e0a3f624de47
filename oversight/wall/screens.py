"""大屏终端: the screens that show the wall, kept by system admins. A secret is shown in the answer that makes it, and never again."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ledger.kit.days import today
from ledger.kit.errors import BadInput, MingjingError
from ledger.roster.models import Unit
from oversight.center.presenters.times import full_time, short_time
from oversight.viewer import ConsoleRequest
from oversight.wall.models import DisplayToken
from oversight.wall.queries import screens_of, units_for_screens
from oversight.wall.services import LONGEST, NAME_LENGTH, add_screen, revoke_screen

FIELDS = ("name", "unit", "valid_until", "address")
USUAL = timedelta(days=365)
ON_AIR = timedelta(minutes=3)


@require_http_methods(["GET", "POST"])
def screens(request: ConsoleRequest) -> HttpResponse:
    """The list with the form that makes a screen; what was refused stays typed."""
    if request.method == "GET":
        return render(request, "wall/screens.html", _context(request, {}))
    typed = {name: request.POST.get(name, "").strip()[:100] for name in FIELDS}
    try:
        made, secret = add_screen(
            name=typed["name"],
            unit_code=typed["unit"],
            valid_until=_day(typed["valid_until"]),
            pinned_to=typed["address"],
            actor=request.user,
            address=request.viewer.address,
        )
    except MingjingError as error:
        return render(request, "wall/screens.html", _context(request, typed) | {"problem": str(error)}, status=error.status)
    shown = {"name": made.name, "secret": secret, "url": f"{request.build_absolute_uri(reverse('wall:screen'))}#{secret}"}
    answer = render(request, "wall/screens.html", _context(request, {}) | {"made": shown})
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def revoke(request: ConsoleRequest, number: str) -> HttpResponse:
    screen = revoke_screen(number=number, actor=request.user, address=request.viewer.address)
    messages.success(request, _("Revoked: %(name)s goes dark within seconds.") % {"name": screen.name})
    return redirect("wall:screens")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(_("Give the day as YYYY-MM-DD.")) from None


def _context(request: ConsoleRequest, typed: dict[str, str]) -> dict[str, Any]:
    day, units = today(), list(units_for_screens(request.user))
    return {
        "rows": [_row(one) for one in screens_of(request.user)],
        "units": [(unit.code, f"{'　' * (len(unit.path) // Unit.steplen - 1)}{unit.name}") for unit in units],
        "typed": {**dict.fromkeys(FIELDS, ""), "valid_until": f"{day + USUAL}", **typed},
        "first": f"{day}",
        "longest": f"{day + LONGEST}",
        "name_length": NAME_LENGTH,
    }


def _row(one: DisplayToken) -> dict[str, Any]:
    ended = one.revoked_at is not None or one.valid_until < today()
    return {
        "number": one.number,
        "name": one.name,
        "unit": one.unit.name,
        "address": one.address or "",
        "valid_until": one.valid_until,
        "state": _state(one),
        "ended": ended,
        "seen": short_time(one.last_seen_at) if one.last_seen_at else "",
        "seen_exactly": full_time(one.last_seen_at) if one.last_seen_at else "",
        "seen_at": one.last_address,
        "made": full_time(one.created_at)[:10],
        "revoke_url": "" if ended else reverse("wall:revoke", args=[one.number]),
    }


def _state(one: DisplayToken) -> str:
    if one.revoked_at is not None:
        return _("revoked %(time)s") % {"time": short_time(one.revoked_at)}
    if one.valid_until < today():
        return _("run out")
    if one.last_seen_at is None:
        return _("not used yet")
    return _("on air") if timezone.now() - one.last_seen_at < ON_AIR else _("dark")
