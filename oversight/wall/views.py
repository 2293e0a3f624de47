"""指挥大屏: the wall as a person sees it who is logged in, and as a screen shows it that nobody is logged in at."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ledger.kit.days import day_start, today
from oversight.access import address_of
from oversight.viewer import ConsoleRequest
from oversight.wall.board import board
from oversight.wall.models import DisplayToken
from oversight.wall.services import connect_screen, note_seen, screen_of
from oversight.wall.sights import Sight, sight_of_person, sight_of_screen
from oversight.wall.throttle import too_many_polls, too_many_wrong

COOKIE = "mj_screen"
SECRET_LENGTH = 200
# The script and the styles of the wall (templates/wall/_styles.html).
FILES = ("wall.js", "wall.css", "wall-blocks.css", "wall-more.css", "wall-narrow.css")


@require_GET
def wall(request: ConsoleRequest) -> HttpResponse:
    return _answer(request, sight_of_person(request.user), {"heading": _whose(request), "alone": False})


@require_http_methods(["GET", "POST"])
def screen(request: HttpRequest) -> HttpResponse:
    """The wall for whoever shows the secret of a screen; the form that asks for it to everybody else. POST: the secret, typed or sent
    by the page from behind the # of its address."""
    if request.method == "POST":
        return _connect(request)
    address, secret = address_of(request), request.COOKIES.get(COOKIE, "")
    shown = screen_of(secret, address)
    polling = "fragment" in request.GET
    if shown is None:
        if not polling:
            return _ask(request, _("This screen was revoked, has run out, or is used at another address.") if secret else "")
        return _kept_by_nobody(HttpResponse(_("This screen is not known."), status=401, content_type="text/plain; charset=utf-8"))
    if too_many_polls(shown):
        return _kept_by_nobody(HttpResponse(_("Too many calls."), status=429, content_type="text/plain; charset=utf-8"))
    note_seen(shown, address)
    return _answer(request, sight_of_screen(shown), {"heading": shown.unit.name, "alone": True, "screen_name": shown.name})


def _answer(request: HttpRequest, sight: Sight, context: dict[str, Any]) -> HttpResponse:
    """The page with its board, or the board alone when it changed since the one the page has."""
    told = board(sight)
    html = render_to_string("wall/_board.html", told.context)
    tag, times = f'"{sha256(html.encode()).hexdigest()[:32]}"', _times(told.times)
    if "fragment" not in request.GET:
        context |= {"board": html, "tag": tag, "times": times, "version": _version(), "here": request.path}
        return _kept_by_nobody(render(request, "wall/wall.html", context))
    same = request.headers.get("If-None-Match") == tag
    answer = HttpResponseNotModified() if same else HttpResponse(html)
    answer["ETag"], answer["X-Wall-Times"], answer["X-Wall-Version"] = tag, times, _version()
    return _kept_by_nobody(answer)


def _times(parts: dict[str, datetime]) -> str:
    """Now and when each part was counted, in seconds, by the server's clock: that of a screen may be wrong."""
    moments = {"now": timezone.now(), **parts}
    return ";".join(f"{name}={moment.timestamp():.1f}" for name, moment in moments.items())


def _version() -> str:
    """Changes with the scripts and styles, so that a page that has been open for weeks loads those that belong to what it is sent."""
    return sha256(" ".join(static(f"mingjing/{name}") for name in FILES).encode()).hexdigest()[:12]


def _kept_by_nobody(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    return answer


def _whose(request: ConsoleRequest) -> str:
    """The units a person looks over, as the heading of their wall."""
    names = dict.fromkeys(grant.unit.name for grant in request.viewer.grants)
    return _(", ").join(names)


def _ask(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    return _kept_by_nobody(render(request, "wall/connect.html", {"problem": problem}, status=status))


def _connect(request: HttpRequest) -> HttpResponse:
    address, secret = address_of(request), request.POST.get("secret", "").strip()[:SECRET_LENGTH]
    if not secret:
        return _ask(request, _("Type the secret of the screen."), status=400)
    if too_many_wrong(address):
        return _ask(request, _("Too many wrong secrets came from here; wait a minute and try again."), status=429)
    shown = connect_screen(secret=secret, address=address)
    if shown is None:
        too_many_wrong(address, wrong=1)
        return _ask(request, _("This secret opens no screen here. Check it, or ask the system admin for a new one."), status=400)
    answer = redirect("wall:screen")
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=_seconds_left(shown),
        path=reverse("wall:screen"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return _kept_by_nobody(answer)


def _seconds_left(shown: DisplayToken) -> int:
    ends = day_start(shown.valid_until + timedelta(days=1))
    return max(int((ends - day_start(today())).total_seconds()), 1)
