"""What people do with an alert, as posted from its page, its row or a tip: one service each, and one way to answer."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ledger.kit.errors import Conflict, MingjingError, NotFound
from oversight.center.listing import tell_streams
from oversight.center.presenters.acts import asked_moment, asked_person
from oversight.center.views import main_context, page_context, row_answer
from oversight.viewer import ConsoleRequest
from risk.alerts import reviews, services, warnings
from risk.alerts.models import Alert

WRITTEN = ("note", "reason", "text")


@require_POST
def acknowledge(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, services.acknowledge, _("Acknowledged."), undoable=True)


@require_POST
def check(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, services.start_checking, _("Checking has begun."), undoable=True)


@require_POST
def dismiss(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, services.dismiss, _("Dismissed."), _given(request, "reason", "note"), undoable=True)


@require_POST
def snooze(request: ConsoleRequest, number: str) -> HttpResponse:
    given = _given(request, "reason", "why") | {"until": asked_moment(request.POST)}
    return _act(request, number, services.snooze, _("Snoozed."), given, undoable=True)


@require_POST
def wake(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, services.wake, _("The snooze is over."))


@require_POST
def assign(request: ConsoleRequest, number: str) -> HttpResponse:
    given = _given(request, "note") | {"to": asked_person(request.POST)}
    return _act(request, number, services.assign, _("Handed over."), given, undoable=True)


@require_POST
def issue(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, warnings.issue, _issued, _given(request, "text"))


@require_POST
def confirm(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, warnings.confirm, _issued)


@require_POST
def send_back(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, warnings.send_back, _("Returned; the check goes on."), _given(request, "note", "why"))


@require_POST
def uphold(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, reviews.uphold, _("Reviewed: the dismissal stands."), _given(request, "note"))


@require_POST
def overturn(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, reviews.overturn, _("Reviewed: the alert is to be checked again."), _given(request, "note", "why"))


@require_POST
def undo(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, services.undo, _("Undone."))


@require_POST
def comment(request: ConsoleRequest, number: str) -> HttpResponse:
    return _act(request, number, services.comment, _("Comment saved."), {"note": request.POST.get("text", "")})


def _given(request: ConsoleRequest, *names: str) -> dict[str, Any]:
    return {name: request.POST.get(name, "") for name in names}


def _issued(alert: Alert) -> str:
    if alert.status == Alert.Status.PROPOSED:
        return _("Proposed; a second person must confirm the warning.")
    return _("Warning %(number)s is issued.") % {"number": alert.warning.number}


def _act(
    request: ConsoleRequest,
    number: str,
    service: Callable[..., Alert],
    done: str | Callable[[Alert], str],
    given: dict[str, Any] | None = None,
    *,
    undoable: bool = False,
) -> HttpResponse:
    """Call the service and answer as asked: with the row, with the alert, or (without script) with a page.

    The tip of an act that can be undone carries the number of its alert, see parts/_tips.html.
    """
    status, typed = 200, dict[str, str]()
    try:
        alert = service(number=number, actor=request.user, address=request.viewer.address, **given or {})
    except NotFound:
        raise
    except MingjingError as error:
        typed = _typed(given or {})
        kept_note = _("What you typed is kept in the comment.") if typed.get("note") else ""
        text = f"{error} {kept_note}".strip()
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, text)
        status = error.status
    else:
        messages.success(request, done if isinstance(done, str) else done(alert), extra_tags=number if undoable else "")
        tell_streams()
    if request.POST.get("fragment") == "row":
        return row_answer(request, number, _swapped(status))
    if request.htmx:
        return render(request, "center/_alert_main.html", main_context(request, number) | {"typed": typed}, status=_swapped(status))
    if status == 200:
        return redirect(f"{reverse('center:alert', args=[number])}{'?' if request.GET else ''}{request.GET.urlencode()}")
    return render(request, "center/alert.html", page_context(request, number) | {"typed": typed}, status=status)


def _typed(given: dict[str, Any]) -> dict[str, str]:
    """What was typed and could not be written: it stays in the dialogs, and in the comment, which is always possible."""
    name = next((name for name in WRITTEN if name in given), "")
    return {"note": given[name]} if name else {}


def _swapped(status: int) -> int:
    """The console's script shows the answer of a conflict (409) and of a refusal (422); other refusals of an act become the latter."""
    return status if status in (200, 409) else 422
