"""The ledger: search, one transaction, a value in clear, and the business of one subject."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.audit.services import record
from ledger.kit.errors import BadInput
from oversight.business import purposes
from oversight.business.addresses import identity_of, transaction_url
from oversight.business.alert_values import alert_values_context
from oversight.business.finding import found, seen
from oversight.business.kinds import CITIZENS, PERSONAL, Kind, is_personal, normal
from oversight.business.presenting import FIELDS, form_context, found_context, sought
from oversight.business.revealing import SHOWN_SECONDS
from oversight.business.searching import Search
from oversight.business.subjects import Asked, subject_context
from oversight.business.transactions import transaction_context
from oversight.business.wanted import Wanted, filters_of, keep
from oversight.center.presenters.alerts import seen as seen_alert
from oversight.viewer import ConsoleRequest

PAGE = "ledger/search.html"
ALERT_PAGE = "ledger/alert.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: ConsoleRequest) -> HttpResponse:
    """A search is sent in the body and answered with an address that holds nothing of a citizen."""
    if request.method == "POST":
        return _ask(request)
    wanted = Wanted.read(request.GET, request.session)
    purpose = purposes.kept(request.session)
    asked = Search(request.viewer, wanted, purposed=purpose is not None)
    if wanted.ended:
        messages.info(request, _("What was searched is no longer kept; search again."))
    if not wanted.asks:
        return render(request, PAGE, form_context(asked))
    if asked.kind in CITIZENS and purpose is None:
        return render(request, PAGE, form_context(asked, ask=True))
    return render(request, PAGE, form_context(asked) | _found(request, asked, purpose))


def _found(request: ConsoleRequest, asked: Search, purpose: purposes.Purpose | None) -> dict[str, Any]:
    """The list, written down with what was searched and, of citizens, what for."""
    after = request.GET.get("after", "")
    rows, more = asked.page(found(after, asked.sight) if after else None)
    context = found_context(asked, rows, more)
    told = sought(asked) | (purpose.told if purpose and asked.kind in CITIZENS else {})
    where = str(asked.kind or "browse")
    further = {"after": after[:150]} if after else {}
    record("ledger.searched", actor=request.user, target=where, address=request.viewer.address, found=context["total"], **told, **further)
    return context


def _ask(request: ConsoleRequest) -> HttpResponse:
    given = {name: request.POST.get(name, "") for name in ("q", "s", "as", "purpose", "note", *FIELDS)}
    before = Wanted.read(request.POST, request.session) if given["s"] else Wanted()
    text = normal(given["q"]) or before.text
    kind = given["as"] if given["as"] in Kind.values and text else ""
    private = is_personal(text) or kind in PERSONAL
    wanted = Wanted(text, kind, keep(request.session, text) if private else "", **filters_of(request.POST))
    purpose = purposes.kept(request.session)
    asked = Search(request.viewer, wanted, purposed=purpose is not None)
    if asked.kind in CITIZENS and purpose is None:
        try:
            purposes.keep(request.session, purposes.stated(given["purpose"], given["note"]))
        except BadInput as problem:
            first = not (given["purpose"] or given["note"])
            shown = form_context(asked, {**given, "q": text, "as": kind}, "" if first else str(problem), ask=True)
            return render(request, PAGE, shown, status=200 if first else 422)
    return redirect(wanted.url())


@require_GET
def transaction(request: ConsoleRequest, identity: str) -> HttpResponse:
    row, sight = seen(identity, request.viewer)
    record("transaction.viewed", actor=request.user, target=identity[:150], address=request.viewer.address)
    chosen = request.GET.get("field", "")
    return render(request, "ledger/transaction.html", transaction_context(row, sight, request.viewer, typed={"field": chosen}))


@never_cache
@require_POST
def reveal(request: ConsoleRequest, identity: str) -> HttpResponse:
    """One value in clear, once somebody said what for: in this answer alone, which leaves the screen by itself after some minutes."""
    row, sight = seen(identity, request.viewer)
    typed = _typed(request)
    try:
        purpose = purposes.stated(typed["purpose"], typed["note"])
        context = transaction_context(row, sight, request.viewer, revealed=typed["field"])
    except BadInput as problem:
        context = transaction_context(row, sight, request.viewer, typed=typed, problem=str(problem))
        return render(request, "ledger/transaction.html", context, status=422)
    target = identity_of(row)[:150]
    record("transaction.revealed", actor=request.user, target=target, address=request.viewer.address, field=typed["field"], **purpose.told)
    answer = render(request, "ledger/transaction.html", context)
    answer["Refresh"] = f"{SHOWN_SECONDS}; url={transaction_url(row)}"
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def alert(request: ConsoleRequest, number: str) -> HttpResponse:
    """One value that the page of an alert masks, in the same way."""
    found = seen_alert(number, request.viewer)
    if request.method != "POST":
        return render(request, ALERT_PAGE, alert_values_context(found, request.viewer))
    typed = _typed(request)
    try:
        purpose = purposes.stated(typed["purpose"], typed["note"])
        context = alert_values_context(found, request.viewer, revealed=typed["field"])
    except BadInput as problem:
        return render(request, ALERT_PAGE, alert_values_context(found, request.viewer, typed=typed, problem=str(problem)), status=422)
    record("alert.revealed", actor=request.user, target=number, address=request.viewer.address, field=typed["field"], **purpose.told)
    answer = render(request, ALERT_PAGE, context)
    answer["Refresh"] = f"{SHOWN_SECONDS}; url={context['back_url']}"
    return answer


def _typed(request: ConsoleRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in ("field", "purpose", "note")}


@require_GET
def subject(request: ConsoleRequest, kind: str, code: str) -> HttpResponse:
    context = subject_context(Asked.read(kind, code, request.GET), request.viewer)
    record("ledger.subject_viewed", actor=request.user, target=f"{kind} {code}"[:150], address=request.viewer.address, days=context["days"])
    return render(request, "ledger/subject.html", context)
