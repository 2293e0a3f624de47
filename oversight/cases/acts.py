"""What people do with a case, its parties and its escalations, as posted from their pages: one service each, and one way to answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput, Conflict, MingjingError, NotFound
from oversight.cases import closing, conduct, parties, services
from oversight.cases.dispatching import Typed, again_context
from oversight.cases.escalations import services as escalations
from oversight.cases.escalations.listing import escalations_context
from oversight.cases.leading.services import Led, end_lead, record_lead
from oversight.cases.models import Case
from oversight.cases.states import Act, PartyAct
from oversight.cases.views import case_page
from oversight.cases.visibility import visible_case
from oversight.center.listing import tell_streams
from oversight.viewer import ConsoleRequest

FIELD = "%Y-%m-%dT%H:%M"


@require_POST
def approve(request: ConsoleRequest, case: str) -> HttpResponse:
    def done(found: Case) -> str:
        lapsed = found.status == Case.Status.RETURNED
        return (
            _("The alerts have changed since it was asked for; it went back to the handler.") if lapsed else _("Approved and dispatched.")
        )

    return _act(request, case, Act.APPROVE, services.decide_dispatch, done, approve=True, **_given(request, "note"))


@require_POST
def send_dispatch_back(request: ConsoleRequest, case: str) -> HttpResponse:
    given = _given(request, "note", "why")
    return _act(request, case, Act.RETURN, services.decide_dispatch, _("Returned to the handler."), approve=False, **given)


@require_http_methods(["GET", "POST"])
def ask(request: ConsoleRequest, case: str) -> HttpResponse:
    """A returned dispatch, to be changed and asked for again."""
    found = visible_case(request.user, case)
    if found.redacted or found.status != Case.Status.RETURNED:
        return redirect("cases:case", found.number)
    if request.method == "GET":
        return render(request, "cases/dispatch.html", {"offer": again_context(found, request.viewer)})
    typed = Typed.read(request.POST)
    given = {"basis": typed.basis, "requirement": typed.requirement, "address": request.viewer.address}
    try:
        services.ask_again(number=found.number, actor=request.user, parties=typed.parties(), **given)
    except MingjingError as error:
        context = {"offer": again_context(found, request.viewer, typed), "problem": str(error)}
        return render(request, "cases/dispatch.html", context, status=error.status)
    messages.success(request, _("Asked for again; a leader approves it."))
    return redirect("cases:case", found.number)


@require_POST
def propose(request: ConsoleRequest, case: str) -> HttpResponse:
    given = _given(request, "outcome", "conclusion")
    return _act(request, case, Act.PROPOSE, closing.propose_closing, _("Put up for closing; another person decides."), **given)


@require_POST
def close(request: ConsoleRequest, case: str) -> HttpResponse:
    def done(found: Case) -> str:
        lapsed = found.status == Case.Status.HANDLING
        return _("Something has changed since it was put up; the case goes on.") if lapsed else _("The case is closed.")

    return _act(request, case, Act.CLOSE, closing.decide_closing, done, approve=True, **_given(request, "note"))


@require_POST
def send_back(request: ConsoleRequest, case: str) -> HttpResponse:
    given = _given(request, "note", "why")
    return _act(request, case, Act.SEND_BACK, closing.decide_closing, _("The case goes on."), approve=False, **given)


@require_POST
def reopen(request: ConsoleRequest, case: str) -> HttpResponse:
    return _act(request, case, Act.REOPEN, closing.reopen_case, _("Reopened; all parties are called anew."), **_given(request, "note"))


@require_POST
def instruct(request: ConsoleRequest, case: str) -> HttpResponse:
    return _act(request, case, Act.INSTRUCT, conduct.instruct, _("The instruction is in the record."), **_given(request, "note"))


@require_POST
def comment(request: ConsoleRequest, case: str) -> HttpResponse:
    return _act(request, case, Act.COMMENT, conduct.comment, _("The remark is in the record."), **_given(request, "note"))


@require_POST
def hand_over(request: ConsoleRequest, case: str) -> HttpResponse:
    to = request.POST.get("to", "")
    given = _given(request, "note") | {"to": int(to) if to.isascii() and to.isdigit() and len(to) < 19 else 0}
    return _act(request, case, Act.HAND_OVER, conduct.hand_over, _("Handed over."), **given)


@require_POST
def seal(request: ConsoleRequest, case: str) -> HttpResponse:
    return _act(request, case, Act.SEAL, conduct.seal, _("Sealed; you handle it from now on."), **_given(request, "note"))


@require_POST
def unseal(request: ConsoleRequest, case: str) -> HttpResponse:
    return _act(request, case, Act.UNSEAL, conduct.unseal, _("The seal is off; the parties see it again."), **_given(request, "note"))


@require_POST
def led_by(request: ConsoleRequest, case: str) -> HttpResponse:
    typed = _given(request, "body", "name", "reference", "contact", "asked", "since")
    given = {"led": Led(**typed), "seal": request.POST.get("seal") == "1"}
    return _act(request, case, Act.LED_BY, record_lead, _("Written down who leads the case."), typed=typed, **given)


@require_POST
def led_end(request: ConsoleRequest, case: str) -> HttpResponse:
    return _act(request, case, Act.LED_END, end_lead, _("Written down what came of it."), **_given(request, "result", "until"))


@require_POST
def escalate(request: ConsoleRequest, case: str) -> HttpResponse:
    given = _given(request, "to", "why", "grounds", "requirement")
    return _act(request, case, Act.ESCALATE, escalations.raise_case, _("Raised; it waits there to be received."), **given)


@require_POST
def sign(request: ConsoleRequest, case: str, party: int) -> HttpResponse:
    return _act(request, case, f"{PartyAct.SIGN}-{party}", parties.sign, _("Signed for."), party=party)


@require_POST
def report(request: ConsoleRequest, case: str, party: int) -> HttpResponse:
    given = _given(request, "work") | {"party": party}
    return _act(request, case, f"{PartyAct.REPORT}-{party}", parties.report_duty, _("Your duty is in the record."), **given)


@require_POST
def return_duty(request: ConsoleRequest, case: str, party: int) -> HttpResponse:
    given = _given(request, "note") | {"party": party}
    return _act(request, case, f"{PartyAct.RETURN}-{party}", parties.return_duty, _("Given back."), **given)


@require_POST
def remind(request: ConsoleRequest, case: str, party: int) -> HttpResponse:
    return _act(request, case, f"{PartyAct.REMIND}-{party}", parties.remind, _("Reminded; the bell of the unit tells of it."), party=party)


@require_POST
def receive_escalation(request: ConsoleRequest, escalation: str) -> HttpResponse:
    return _above(request, escalation, escalations.receive, _("Received."))


@require_POST
def instruct_escalation(request: ConsoleRequest, escalation: str) -> HttpResponse:
    return _above(request, escalation, escalations.instruct, _("The instruction is in the record."), timed=True, **_given(request, "note"))


@require_POST
def finish_escalation(request: ConsoleRequest, escalation: str) -> HttpResponse:
    return _above(request, escalation, escalations.finish, _("The escalation is finished."), **_given(request, "note"))


def _given(request: ConsoleRequest, *names: str) -> dict[str, Any]:
    return {name: request.POST.get(name, "") for name in names}


def _act(
    request: ConsoleRequest,
    number: str,
    act: str,
    service: Callable[..., Any],
    done: str | Callable[[Any], str],
    typed: dict[str, Any] | None = None,
    **given: Any,
) -> HttpResponse:
    """Call the service and go back to the case; what could not be written stays typed in its dialog, beside who was faster or why not.

    `typed`: what was typed, where the service is given something made of it.
    """
    visible_case(request.user, number)
    try:
        result = service(number=number, actor=request.user, address=request.viewer.address, **given)
    except NotFound:
        raise
    except MingjingError as error:
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
        found = visible_case(request.user, number)
        return case_page(request, found, status=error.status, typed=(typed or given) | {"act": str(act)})
    messages.success(request, done if isinstance(done, str) else done(result))
    tell_streams()
    return redirect("cases:case", number)


def _above(
    request: ConsoleRequest, number: str, service: Callable[..., Any], done: str, *, timed: bool = False, **given: Any
) -> HttpResponse:
    """The same for an escalation, which is answered on the page of its case or in the list it was posted from."""
    found = escalations.visible_escalation(request.user, number)
    try:
        more = {"due_at": _moment(request.POST.get("due", ""))} if timed else {}
        service(number=number, actor=request.user, address=request.viewer.address, **given, **more)
    except NotFound:
        raise
    except MingjingError as error:
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
        now = escalations.visible_escalation(request.user, number)
        context = escalations_context(request.viewer, now.status, "") | {"typed": given | {"number": number}}
        return render(request, "cases/escalations.html", context, status=error.status)
    messages.success(request, done)
    if request.POST.get("back") == "case":
        return redirect(f"{reverse('cases:case', args=[found.case.number])}#{number}")
    return redirect("cases:escalations")


def _moment(text: str) -> datetime | None:
    """A moment as the browser writes local time; None for none. Raises BadInput."""
    if not text:
        return None
    try:
        return datetime.strptime(text, FIELD).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise BadInput(_("Give the term as a day and a time.")) from None
