"""办结: put up with outcome and conclusion, decided by another person, reopened by who stands above or by the system."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput, Conflict
from ledger.roster.accounts import User
from oversight.cases import approvals
from oversight.cases.acting import alerts_of, begin, layer_of, turn
from oversight.cases.escalations.models import Escalation
from oversight.cases.escalations.raising import REOPENED, raise_on_relapse
from oversight.cases.facts import LANGUAGE
from oversight.cases.models import Approval, Case, Party
from oversight.cases.people import Person
from oversight.cases.reasons import ClosingRefused, reason_text
from oversight.cases.record import enter, take_part
from oversight.cases.services import start_clocks
from oversight.cases.states import Act, Status
from risk.alerts.acting import checked_note
from risk.alerts.handling import close_alert, reopen_alert
from risk.alerts.models import Alert

CLOSING = "closing"
CLOSED = "closed"
CONCLUSION_LENGTH, REASON_LENGTH = 10, 5

# What speaks against closing a case, as a sentence each, or nothing. Higher areas add theirs at start (see oversight/joining.py).
ClosingCheck = Callable[[Case], list[str]]
_checks: list[ClosingCheck] = []
_of_outcome: dict[str, list[ClosingCheck]] = {}
# What goes on after a case has closed, and what ends when it is reopened; inside the same transaction.
CaseTurn = Callable[[Case], None]
_closed: list[CaseTurn] = []
_reopened: list[CaseTurn] = []


def register_closing_check(check: ClosingCheck) -> None:
    """A case closes only when no check names an obstacle: an order that is open, a measure that is not done."""
    if check not in _checks:
        _checks.append(check)


def register_outcome_check(outcome: str, check: ClosingCheck) -> None:
    """What an outcome asks for beside: a case is not closed as transferred when nothing was sent anywhere."""
    if check not in _of_outcome.setdefault(outcome, []):
        _of_outcome[outcome].append(check)


def follow_outcomes(*, closed: CaseTurn, reopened: CaseTurn) -> None:
    """A higher area is told of each case that has closed, its alerts with it, and of each that goes on again."""
    if closed not in _closed:
        _closed.append(closed)
        _reopened.append(reopened)


def obstacles(case: Case, outcome: str = "") -> list[str]:
    """Why the case cannot be put up for closing now (with that outcome), in sentences; empty when nothing speaks against it."""
    return [text for check in (_lead_not_done, _escalations_open, *_checks, *_of_outcome.get(outcome, ())) for text in check(case)]


def _lead_not_done(case: Case) -> list[str]:
    """The lead unit must have done its duty. What the others left undone is told at the decision and stays with the case; of a sealed
    case no party knows anything."""
    lead = case.parties.filter(part=Party.Part.LEAD).select_related("unit").first()
    if case.sealed or lead is None or lead.status == Party.Status.DONE:
        return []
    return [_("The lead unit %(unit)s has not done its duty yet.") % {"unit": lead.unit.name}]


def _escalations_open(case: Case) -> list[str]:
    numbers = list(case.escalations.exclude(status=Escalation.Status.FINISHED).order_by("id").values_list("number", flat=True))
    return [_("Escalation %(numbers)s is not finished.") % {"numbers": _(", ").join(numbers)}] if numbers else []


@transaction.atomic
def propose_closing(*, number: str, actor: User, outcome: str, conclusion: str, address: str = "") -> Case:
    """报结: the handler puts the case up. Raises Conflict naming what is still open, BadInput without outcome or conclusion."""
    conclusion = checked_note(conclusion, least=CONCLUSION_LENGTH)
    if outcome not in Case.Outcome.values:
        raise BadInput(_("Choose the outcome: confirmed, partly confirmed, not confirmed or transferred."))
    case, move = begin(Act.PROPOSE, number, actor)
    against = obstacles(case, outcome)
    if against:
        raise Conflict(" ".join(against))
    before = turn(case, str(move.to))
    layer = layer_of(Person.of(actor), case)
    told = {"outcome": outcome, "note": conclusion}
    enter(case, "case.proposed", actor=actor, address=address, layer=layer, before=before, after=case.status, **told)
    content = closing_content(case, outcome, conclusion)
    approvals.ask(about=number, kind=CLOSING, content=content, actor=actor)
    return case


@transaction.atomic
def decide_closing(*, number: str, actor: User, approve: bool, note: str = "", why: str = "", address: str = "") -> Case:
    """销号审批: the case and its alerts are closed with the outcome, or it goes on, with a reason (`why` of ClosingRefused, or a note).

    Where what lay before the handler has changed since (more evidence, a party that took its word back) the proposal lapses and the case
    goes on.
    """
    note = checked_note(note) if approve else reason_text(ClosingRefused, why, note)
    case, move = begin(Act.CLOSE if approve else Act.SEND_BACK, number, actor)
    if not approve and case.handler_id == actor.pk:
        return _take_back(case, actor, note, address)
    asked = waiting(case)
    if asked is None:
        raise Conflict(_("Nothing waits for your decision here any more; open the page again."))
    outcome, conclusion = asked.content["outcome"], asked.content["conclusion"]
    content = closing_content(case, outcome, conclusion)
    decision = approvals.decide(about=number, kind=CLOSING, approve=approve, content=content, actor=actor, note=note)
    layer = layer_of(Person.of(actor), case)
    if decision.state == Approval.State.LAPSED:
        before = turn(case, Status.HANDLING)
        enter(case, "case.lapsed", actor=None, before=before, after=case.status)
        return case
    if not approve:
        before = turn(case, str(move.to))
        enter(case, "case.sent_back", actor=actor, address=address, layer=layer, before=before, after=case.status, note=note)
        return case
    take_part(number, actor, CLOSED)
    now = timezone.now()
    before = turn(case, str(move.to), outcome=outcome, conclusion=conclusion, closed_by=actor, closed_at=now)
    told = {"outcome": outcome, "note": note, "undone": asked.content["undone"]}
    enter(case, "case.closed", actor=actor, address=address, layer=layer, before=before, after=case.status, **told)
    for alert in alerts_of(case):
        close_alert(alert, case=number, outcome=outcome, actor=actor, address=address)
    for follow in _closed:
        follow(case)
    return case


@transaction.atomic
def reopen_case(*, number: str, actor: User, note: str, address: str = "") -> Case:
    """重新办理 by a leader or the discipline inspection, with a reason; the parties are called anew."""
    note = checked_note(note, least=REASON_LENGTH)
    case, _move = begin(Act.REOPEN, number, actor)
    _reopen(case, actor, note, layer_of(Person.of(actor), case), address)
    return case


@transaction.atomic
def reopen_by_system(*, case: Case, grounds: str) -> bool:
    """反弹: what the case had ended came back, says a watch over it. Whether it was this call that reopened it. It may be raised for it."""
    still = Case.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=case.pk, status=Status.CLOSED).first()
    if still is None:
        return False
    _reopen(still, None, grounds, "", "")
    raise_on_relapse(still, timezone.now())
    return True


def _reopen(case: Case, actor: User | None, note: str, layer: str, address: str) -> None:
    ended = {"outcome": "", "conclusion": "", "closed_by": None, "closed_at": None, "reopened": case.reopened + 1}
    was = {"outcome": case.outcome, "conclusion": case.conclusion}
    before = turn(case, Status.HANDLING, **ended)
    enter(case, REOPENED, actor=actor, address=address, layer=layer, before=before, after=case.status, note=note, was=was)
    for alert in alerts_of(case):
        reopen_alert(alert, case=case.number, actor=actor, address=address)
    start_clocks(case, timezone.now())
    for follow in _reopened:
        follow(case)


def _take_back(case: Case, actor: User, note: str, address: str) -> Case:
    approvals.lapse(about=case.number, kind=CLOSING)
    before = turn(case, Status.HANDLING)
    layer = layer_of(Person.of(actor), case)
    enter(case, "case.taken_back", actor=actor, address=address, layer=layer, before=before, after=case.status, note=note)
    return case


def waiting(case: Case) -> Approval | None:
    """The closing that waits for a decision, with outcome and conclusion in its content."""
    found = Approval.objects.filter(about=case.number, kind=CLOSING, state=Approval.State.ASKED)
    return found.select_related("asked_by").first()


def closing_content(case: Case, outcome: str, conclusion: str) -> dict[str, Any]:
    """What is approved: outcome, conclusion, the alerts with their evidence, how the parties stand and what speaks against closing; the
    same in whichever language the two people read."""
    with translation.override(LANGUAGE):
        against = obstacles(case)
    alerts = Alert.objects.filter(of_case__case=case).order_by("number")
    parties = case.parties.order_by("place").select_related("unit")
    return {
        "case": case.number,
        "outcome": outcome,
        "conclusion": conclusion,
        "alerts": [[alert.number, alert.level, alert.evidence_count, f"{alert.last_day}"] for alert in alerts],
        "undone": [[party.part, party.unit.name] for party in parties if party.status != Party.Status.DONE],
        "against": against,
    }
