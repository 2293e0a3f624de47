"""整改督办: the list, one order at the desk, the form that issues one, and what people do with it beside answering."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.audit.services import record
from ledger.kit.errors import BadInput, Conflict, MingjingError, NotFound
from oversight.cases.models import Approval
from oversight.cases.visibility import openly_visible_case
from oversight.orders import extending, objecting, reviewing, services
from oversight.orders.issuing import Asked, form_context, moment
from oversight.orders.lists import list_context
from oversight.orders.presenting import order_context, response_context
from oversight.orders.queries import visible_order
from oversight.orders.words import COMMENTED
from oversight.viewer import ConsoleRequest


@require_GET
def orders(request: ConsoleRequest) -> HttpResponse:
    return render(request, "orders/orders.html", list_context(request.viewer, request.GET))


@require_GET
def order(request: ConsoleRequest, number: str) -> HttpResponse:
    found = visible_order(request.user, number)
    record("order.viewed", actor=request.user, target=number, address=request.viewer.address)
    return render(request, "orders/order.html", order_context(found, request.viewer))


@require_http_methods(["GET", "POST"])
def issue(request: ConsoleRequest) -> HttpResponse:
    """The form of a case (`?case=`, perhaps `&party=`); what was refused stays typed."""
    given = request.GET if request.method == "GET" else request.POST
    case = openly_visible_case(request.user, given.get("case", ""))
    if request.method == "GET":
        return render(request, "orders/issue.html", form_context(Asked.fresh(case, given.get("party", ""))))
    asked = Asked.typed(case, request.POST)
    try:
        made = services.issue_order(case=case, actor=request.user, address=request.viewer.address, **asked.values())
    except MingjingError as error:
        return render(request, "orders/issue.html", form_context(asked) | {"problem": str(error)}, status=error.status)
    messages.success(request, _("The order %(number)s is issued to %(unit)s.") % {"number": made.number, "unit": made.party.unit.name})
    return redirect("orders:order", made.number)


@require_POST
def sign(request: ConsoleRequest, number: str) -> HttpResponse:
    def act() -> str:
        services.sign(number=number, actor=request.user, address=request.viewer.address)
        return _("Signed for; now put right what is asked and answer.")

    return _act(request, number, act)


@require_POST
def remind(request: ConsoleRequest, number: str) -> HttpResponse:
    def act() -> str:
        done = services.remind(number=number, actor=request.user, note=request.POST.get("note", ""), address=request.viewer.address)
        told: dict[str, Any] = {"number": number, "times": done.reminders}
        return _("Reminded of the order %(number)s, %(times)d times in all.") % told

    return _act(request, number, act)


@require_POST
def withdraw(request: ConsoleRequest, number: str) -> HttpResponse:
    def act() -> str:
        services.withdraw(number=number, actor=request.user, note=request.POST.get("note", ""), address=request.viewer.address)
        return _("The order is withdrawn.")

    return _act(request, number, act)


@require_POST
def review(request: ConsoleRequest, number: str) -> HttpResponse:
    """Accept the response, or return it with comments on its fields."""
    given = request.POST

    def act() -> str:
        told: dict[str, Any] = {"number": number, "actor": request.user, "note": given.get("note", ""), "address": request.viewer.address}
        if given.get("decision") == "accept":
            reviewing.accept(**told)
            return _("Accepted; the order is closed.")
        if given.get("decision") != "return":
            raise BadInput(_("Choose to accept or to return."))
        comments = {name: given.get(f"comment-{name}", "") for name in COMMENTED}
        reviewing.send_back(**told, comments=comments, due_at=moment(given.get("due_at", "")))
        return _("Returned; the unit works on it again.")

    return _act(request, number, act)


@require_POST
def ask_extension(request: ConsoleRequest, number: str) -> HttpResponse:
    def act() -> str:
        until = moment(request.POST.get("until", ""))
        if until is None:
            raise BadInput(_("Say until when."))
        told: dict[str, Any] = {"until": until, "note": request.POST.get("note", ""), "address": request.viewer.address}
        extending.ask_extension(number=number, actor=request.user, **told)
        return _("Asked for; until it is decided the present term runs on.")

    return _act(request, number, act)


@require_POST
def decide_extension(request: ConsoleRequest, number: str) -> HttpResponse:
    decision = request.POST.get("decision", "")

    def act() -> str:
        if decision not in ("approve", "refuse"):
            raise BadInput(_("Choose to approve or to refuse."))
        told: dict[str, Any] = {"approve": decision == "approve", "note": request.POST.get("note", ""), "address": request.viewer.address}
        decided = extending.decide_extension(number=number, actor=request.user, **told)
        if decided.state == Approval.State.LAPSED:
            return _("The order has changed since; the request lapsed and nothing was extended.")
        return _("Extended.") if decided.state == Approval.State.APPROVED else _("Not extended; the term stays.")

    return _act(request, number, act)


@require_POST
def raise_objection(request: ConsoleRequest, number: str) -> HttpResponse:
    def act() -> str:
        objecting.raise_objection(number=number, actor=request.user, text=request.POST.get("note", ""), address=request.viewer.address)
        return _("The objection is raised; somebody who did not issue the order answers it. The terms run on.")

    return _act(request, number, act)


@require_POST
def answer_objection(request: ConsoleRequest, number: str) -> HttpResponse:
    decision = request.POST.get("decision", "")

    def act() -> str:
        if decision not in ("uphold", "overrule"):
            raise BadInput(_("Choose whether the objection stands."))
        told: dict[str, Any] = {"uphold": decision == "uphold", "text": request.POST.get("note", ""), "address": request.viewer.address}
        objecting.answer_objection(number=number, actor=request.user, **told)
        return _("The objection stands; the order is withdrawn.") if told["uphold"] else _("The objection is answered; the order stands.")

    return _act(request, number, act)


def _act(request: ConsoleRequest, number: str, act: Callable[[], str]) -> HttpResponse:
    """Carry out and lead back to the page it was posted from (`back`), or show that page again with what was typed and why."""
    visible_order(request.user, number)
    back = request.POST.get("back", "")
    try:
        done = act()
    except NotFound:
        raise
    except MingjingError as error:
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
        return _again(request, number, back, error.status)
    messages.success(request, done)
    if back == "list":
        return redirect(f"{reverse('orders:orders')}{'?' if request.GET else ''}{request.GET.urlencode()}")
    return redirect("orders:response" if back == "response" else "orders:order", number)


def _again(request: ConsoleRequest, number: str, back: str, status: int) -> HttpResponse:
    typed: dict[str, Any] = {name: text for name, text in request.POST.items() if isinstance(text, str)} | {"number": number}
    if back == "list":
        return render(request, "orders/orders.html", list_context(request.viewer, request.GET, typed), status=status)
    found = visible_order(request.user, number)
    if back == "response":
        return render(request, "orders/response.html", response_context(found, request.viewer, typed), status=status)
    return render(request, "orders/order.html", order_context(found, request.viewer, typed), status=status)
