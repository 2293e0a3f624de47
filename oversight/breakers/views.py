"""熔断 in pages: the list, one breaker, and what people do with it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.audit.services import record
from ledger.holds.services import code_of
from ledger.kit.errors import BadInput, Conflict, MingjingError, NotFound
from oversight import doorbell
from oversight.breakers import services
from oversight.breakers.blast import blast_of
from oversight.breakers.lists import list_context, switch
from oversight.breakers.models import Breaker, SubjectKind
from oversight.breakers.presenting import blast_context, page_context
from oversight.breakers.subjects import exists
from oversight.breakers.visibility import may_know, visible_breaker
from oversight.viewer import ConsoleRequest

FIELDS = ("text", "note", "reference", "review")


@require_GET
def breakers(request: ConsoleRequest) -> HttpResponse:
    return render(request, "breakers/breakers.html", list_context(request.viewer, request.GET.get("tab", ""), request.GET.get("page", "")))


@require_GET
def breaker(request: ConsoleRequest, number: str) -> HttpResponse:
    found = visible_breaker(request.user, number)
    record("breaker.viewed", actor=request.user, target=number, address=request.viewer.address)
    return render(request, "breakers/breaker.html", page_context(found, request.viewer))


@require_http_methods(["GET", "POST"])
def propose(request: ConsoleRequest) -> HttpResponse:
    """Trip somebody by hand: first what it would cost (`?subject_kind=&subject_code=`), then the proposal."""
    given = request.GET if request.method == "GET" else request.POST
    typed = {name: given.get(name, "").strip()[:2000] for name in ("subject_kind", "subject_code", "reason")}
    subject_kind, subject_code, reason = typed.values()
    context: dict[str, Any] = {"switch": switch(request.viewer, "breakers"), "kinds": SubjectKind.choices, "typed": typed}
    if request.method == "GET":
        return render(request, "breakers/propose.html", context | _cost(request, typed))
    try:
        made = services.propose_trip(
            subject_kind=subject_kind, subject_code=subject_code, reason=reason, actor=request.user, address=request.viewer.address
        )
    except NotFound as error:  # a subject one is recused from looks like one there is not
        return _refused(request, context, error)
    except MingjingError as error:
        return _refused(request, context | _cost(request, typed), error)
    messages.success(request, _("Proposed; a leader or the discipline inspection decides."))
    return redirect("breakers:breaker", made.number)


def _refused(request: ConsoleRequest, context: dict[str, Any], error: MingjingError) -> HttpResponse:
    told = {"problem": _("There is no such subject on the roster; give its number or code.")} if isinstance(error, NotFound) else {}
    return render(request, "breakers/propose.html", context | {"problem": str(error)} | told, status=error.status)


def _cost(request: ConsoleRequest, typed: dict[str, str]) -> dict[str, Any]:
    """What stopping the subject would cost, once one is named that there is."""
    kind, code = typed["subject_kind"], code_of(typed["subject_code"])
    if kind not in SubjectKind.values or not code:
        return {}
    if not exists(kind, code) or not may_know(request.user, kind, code):
        return {"problem": _("There is no such subject on the roster; give its number or code.")}
    return {"blast": blast_context(blast_of(kind, code, timezone.now()))}


@require_POST
def trip(request: ConsoleRequest, number: str) -> HttpResponse:
    """Decide a proposal to trip it."""
    return _decide(request, number, services.decide_trip, _("Tripped; its holds stand."), _("Not tripped."))


@require_POST
def lift(request: ConsoleRequest, number: str) -> HttpResponse:
    """Propose to lift it, or decide that (`decision`)."""
    if request.POST.get("decision"):
        return _decide(request, number, services.decide_lift, _("Lifted; its probation begins."), _("Not lifted."))
    reference, note = request.POST.get("reference", ""), request.POST.get("note", "")

    def act() -> object:
        return services.propose_lift(**_who(request, number), reference=reference, note=note)

    return _act(request, number, act, _("Proposed; another person decides."))


@require_POST
def appeal(request: ConsoleRequest, number: str) -> HttpResponse:
    text = request.POST.get("text", "")
    return _act(request, number, lambda: services.appeal(**_who(request, number), text=text), _("The appeal is entered."))


@require_POST
def answer(request: ConsoleRequest, number: str) -> HttpResponse:
    text = request.POST.get("text", "")
    return _act(request, number, lambda: services.answer(**_who(request, number), text=text), _("The appeal is answered."))


@require_POST
def review(request: ConsoleRequest, number: str) -> HttpResponse:
    verdict, pk = request.POST.get("decision", ""), request.POST.get("review", "")

    def act() -> object:
        if verdict not in ("uphold", "object") or not (pk.isascii() and pk.isdigit() and len(pk) < 19):
            raise BadInput(_("Choose whether it was in order."))
        note = request.POST.get("note", "")
        return services.review(**_who(request, number), review_id=int(pk), uphold=verdict == "uphold", note=note)

    return _act(request, number, act, _("Reviewed."))


def _who(request: ConsoleRequest, number: str) -> dict[str, Any]:
    return {"number": number, "actor": request.user, "address": request.viewer.address}


def _decide(request: ConsoleRequest, number: str, service: Callable[..., Breaker], done: str, refused: str) -> HttpResponse:
    decision, note = request.POST.get("decision", ""), request.POST.get("note", "")
    lapsed = _("What was proposed has changed since; the proposal lapsed. Propose it again.")

    def act() -> str:
        if decision not in ("approve", "refuse"):
            raise BadInput(_("Choose to approve or to refuse."))
        found = service(**_who(request, number), approve=decision == "approve", note=note)
        last = found.entries.order_by("-id")[0]
        return lapsed if last.kind.endswith("_lapsed") else refused if last.kind.endswith("_refused") else done

    return _act(request, number, act, "")


def _act(request: ConsoleRequest, number: str, act: Callable[[], object], done: str) -> HttpResponse:
    """Carry out and lead back to the breaker, or show it again with what was typed and why nothing was written."""
    found = visible_breaker(request.user, number)
    try:
        told = act()
    except NotFound:
        raise
    except MingjingError as error:
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
        form = (request.resolver_match.url_name or "") if request.resolver_match else ""
        typed = {"form": form, **{name: request.POST.get(name, "") for name in FIELDS}}
        return render(request, "breakers/breaker.html", page_context(found, request.viewer) | {"typed": typed}, status=error.status)
    doorbell.ring()
    messages.success(request, told if isinstance(told, str) else done)
    return redirect(reverse("breakers:breaker", args=[number]))
