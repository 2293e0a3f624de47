"""Pages of the measures a case may end in: lists in parts, one measure, what is done with it, and proposing one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.audit.services import record
from ledger.kit.errors import Conflict, MingjingError, NotAllowed, NotFound
from oversight.breakers.lists import switch
from oversight.cases.people import Person
from oversight.cases.visibility import openly_visible_case
from oversight.measures import acting
from oversight.measures.catalogue import KINDS
from oversight.measures.interviews.calendar import calendar_context
from oversight.measures.presenting import list_context, page_context
from oversight.measures.queries import visible_measure, visible_measures
from oversight.measures.who import may_propose
from oversight.viewer import ConsoleRequest


@require_GET
def measures(request: ConsoleRequest, kind: str) -> HttpResponse:
    context = list_context(KINDS[kind], request.viewer, request.GET.dict())
    beside = switch(request.viewer, kind) if kind == "suspensions" else []
    return render(request, "measures/list.html", context | {"switch": beside})


@require_GET
def measure(request: ConsoleRequest, kind: str, number: str) -> HttpResponse:
    found = visible_measure(KINDS[kind], request.user, number)
    record(f"{KINDS[kind].one}.viewed", actor=request.user, target=number, address=request.viewer.address)
    return render(request, "measures/one.html", page_context(KINDS[kind], found, request.viewer))


@require_POST
def act(request: ConsoleRequest, kind: str, number: str, act: str) -> HttpResponse:
    """Do one act; what was typed stays when it will not do."""
    described, refused = KINDS[kind], None
    try:
        _one, done = acting.perform(
            kind=described, number=number, act=act, given=request.POST, actor=request.user, address=request.viewer.address
        )
    except NotFound:
        raise
    except MingjingError as error:
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
        if isinstance(error, acting.Refused):
            refused = (act, error.form)
        elif not isinstance(error, NotAllowed) and act in described.acts:
            one = visible_measure(described, request.user, number)
            refused = (act, described.acts[act].form(request.POST, case=one.case, one=one, act=act))
        found = visible_measure(described, request.user, number)
        return render(request, "measures/one.html", page_context(described, found, request.viewer, refused), status=error.status)
    if done:
        messages.success(request, _("Done: %(act)s.") % {"act": described.acts[act].told})
    else:
        messages.warning(request, _("What was asked for has changed since; the approval lapsed and must be asked for again."))
    # Who reviewed it for a sealed case may see no more of it now.
    if visible_measures(described, request.user).filter(number=number).exists():
        return redirect(f"measures:{kind}-one", number)
    return redirect(f"measures:{kind}")


@require_http_methods(["GET", "POST"])
def propose(request: ConsoleRequest, kind: str, case: str) -> HttpResponse:
    """The form of a new measure of a case; what was refused stays typed."""
    described, found = KINDS[kind], openly_visible_case(request.user, case)
    problem, status = "", 200
    form = described.form(case=found, initial=described.initial(found))
    if request.method == "POST":
        try:
            made = acting.propose(kind=described, case_number=case, given=request.POST, actor=request.user, address=request.viewer.address)
        except NotFound:
            raise
        except MingjingError as error:
            problem, status = str(error), error.status
            form = error.form if isinstance(error, acting.Refused) else described.form(request.POST, case=found)
        else:
            messages.success(request, _("Proposed as %(number)s.") % {"number": made.number})
            return redirect(f"measures:{kind}-one", made.number)
    elif not may_propose(Person.of(request.user, request.viewer.grants), described, found):
        raise NotAllowed(acting.not_proposed(described))
    context = {"kind": described, "case": found, "form": form, "problem": problem}
    return render(request, "measures/propose.html", context, status=status)


@require_GET
def calendar(request: ConsoleRequest) -> HttpResponse:
    """A month of interviews."""
    return render(request, "measures/calendar.html", calendar_context(request.viewer, request.GET.get("month", "")))
