"""交办: a case is opened over issued alerts; a blue or yellow one is dispatched by it, an orange or red one when a leader approves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.accounts import Role, User
from ledger.roster.models import Unit
from oversight.cases import approvals
from oversight.cases.acting import alerts_of, begin, layer_of, turn
from oversight.cases.escalations.raising import raise_on_dispatch
from oversight.cases.facts import LANGUAGE, facts_of, title_of
from oversight.cases.models import Approval, Case, CaseAlert, CaseEntry, Party
from oversight.cases.people import Person
from oversight.cases.policy.reading import Policy, policy_of
from oversight.cases.policy.terms import Terms
from oversight.cases.prefill import LAYERS, recusals_of, usual_duty
from oversight.cases.reasons import DispatchReturned, reason_text
from oversight.cases.record import enter, take_part
from oversight.cases.related import together
from oversight.cases.states import LEVELS_OF_TWO, Act, Status
from risk.alerts.acting import checked_note
from risk.alerts.handling import assign_to_case
from risk.alerts.models import Alert
from risk.alerts.numbers import random_number
from risk.alerts.queries import visible_to

DISPATCH = "dispatch"
COPIED = "case.copied"
HANDLED = "handled"
TEXT_LENGTH, DUTY_LENGTH = 1_000, 500


@dataclass(frozen=True)
class NewParty:
    """A unit that is to take part; `duty` empty: the usual one of its part."""

    part: str
    unit: str
    duty: str = ""


@transaction.atomic
def open_case(
    *, alerts: Sequence[str], actor: User, parties: Sequence[NewParty], basis: str = "", requirement: str = "", address: str = ""
) -> Case:
    """Open a case over the alerts with these numbers, and dispatch it, or ask a leader to.

    Raises NotFound for an alert the actor does not see, Conflict for one that is not issued or in another case already, NotAllowed for
    who does not supervise its unit, BadInput for alerts that do not belong together and for parties that are not whole.
    """
    basis, requirement = _text(basis), _text(requirement)
    found = _issued(alerts, actor)
    if not together(found):
        raise BadInput(_("A case is over alerts of one subject or about the same business; dispatch these one by one."))
    case = _case(found, actor, basis, requirement)
    CaseAlert.objects.bulk_create(CaseAlert(case=case, alert=alert) for alert in found)
    _parties(case, parties, found)
    take_part(case.number, actor, HANDLED)
    layer = layer_of(Person.of(actor), case)
    numbers = [alert.number for alert in found]
    enter(case, "case.opened", actor=actor, address=address, layer=layer, after=case.status, alerts=numbers)
    if case.status == Status.ASKED:
        _ask(case, actor)
    else:
        _dispatch(case, actor, address)
    return case


@transaction.atomic
def decide_dispatch(*, number: str, actor: User, approve: bool, note: str = "", why: str = "", address: str = "") -> Case:
    """交办审批: the case is dispatched, or goes back with a reason (`why` of DispatchReturned, or a note). What has changed since it was
    asked for goes back by itself."""
    note = checked_note(note) if approve else reason_text(DispatchReturned, why, note)
    case, move = begin(Act.APPROVE if approve else Act.RETURN, number, actor)
    decision = approvals.decide(about=number, kind=DISPATCH, approve=approve, content=dispatch_content(case), actor=actor, note=note)
    layer = layer_of(Person.of(actor), case)
    if decision.state == Approval.State.LAPSED:
        before = turn(case, Status.RETURNED)
        enter(case, "case.lapsed", actor=None, before=before, after=case.status)
        return case
    before = turn(case, str(move.to))
    kind = "case.approved" if approve else "case.returned"
    enter(case, kind, actor=actor, address=address, layer=layer, before=before, after=case.status, note=note)
    if approve:
        _dispatch(case, actor, address)
    return case


@transaction.atomic
def ask_again(*, number: str, actor: User, parties: Sequence[NewParty], basis: str = "", requirement: str = "", address: str = "") -> Case:
    """A returned dispatch, changed as its handler sees fit, is put before a leader once more. Raises as `open_case`, and
    Conflict where a party would be left out to which something was issued."""
    basis, requirement = _text(basis), _text(requirement)
    case, move = begin(Act.ASK, number, actor)
    found = alerts_of(case)
    _parties(case, parties, found)
    before = turn(case, str(move.to), basis=basis, requirement=requirement, facts=facts_of(found))
    layer = layer_of(Person.of(actor), case)
    enter(case, "case.asked", actor=actor, address=address, layer=layer, before=before, after=case.status)
    _ask(case, actor)
    return case


def _ask(case: Case, actor: User) -> None:
    """Put the dispatch before a leader, who has as long for it as a unit has to sign."""
    due = Terms(timezone.now()).end(Policy.kept(case.policy).sign, case.unit)
    approvals.ask(about=case.number, kind=DISPATCH, content=dispatch_content(case), actor=actor, due_at=due)


def dispatch_content(case: Case) -> dict[str, Any]:
    """What a leader approves: who is asked for what, over which alerts at which level and on how much evidence."""
    alerts = Alert.objects.filter(of_case__case=case).order_by("number")
    return {
        "case": case.number,
        "basis": case.basis,
        "requirement": case.requirement,
        "alerts": [[alert.number, alert.level, alert.evidence_count, f"{alert.last_day}"] for alert in alerts],
        "parties": [list(row) for row in _dispatched(case).values_list("part", "unit__code", "duty", "redacted")],
    }


def _dispatched(case: Case) -> QuerySet[Party]:
    """The parties the case goes to, without those that only review something in it."""
    return case.parties.filter(part__in=Party.DISPATCHED).order_by("place")


def _issued(numbers: Sequence[str], actor: User) -> list[Alert]:
    """The issued alerts with these numbers, locked, the gravest first."""
    wanted = list(dict.fromkeys(numbers))
    seen = visible_to(actor).filter(number__in=wanted).values_list("pk", flat=True)
    found = list(Alert.objects.select_for_update(of=("self",)).filter(pk__in=list(seen)).order_by("pk"))
    ready = Alert.objects.filter(pk__in=[alert.pk for alert in found]).select_related("rule", "rule_version", "unit", "matter")
    found = sorted(ready, key=lambda alert: (-alert.level_rank, alert.pk))
    if not wanted:
        raise BadInput(_("Choose at least one alert."))
    if len(found) < len(wanted):
        raise NotFound(_("One of these alerts is none that you may see."))
    person = Person.of(actor)
    for alert in found:
        if alert.unit is None or not person.may(Role.SUPERVISOR, over=alert.unit.path):
            raise NotAllowed(_("Only an officer who supervises the unit of an alert dispatches it; ask the security admin for the role."))
    taken = CaseAlert.objects.filter(alert__in=found).select_related("case__opened_by", "alert").first()
    if taken is not None:
        raise _taken(taken)
    for alert in found:
        if alert.status != Alert.Status.ISSUED:
            raise Conflict(_("Alert %(number)s is not issued as a warning; issue it, then dispatch it.") % {"number": alert.number})
    return found


def _taken(row: CaseAlert) -> Conflict:
    case = row.case
    told = {"number": row.alert.number, "case": case.number, "name": str(case.opened_by)}
    told["time"] = f"{case.opened_at.astimezone(SHANGHAI):%m-%d %H:%M}"
    return Conflict(_("Alert %(number)s is already in case %(case)s, opened by %(name)s at %(time)s; nothing was written.") % told)


def _case(alerts: Sequence[Alert], actor: User, basis: str, requirement: str) -> Case:
    gravest, now = alerts[0], timezone.now()
    assert gravest.unit is not None
    return Case.objects.create(
        number=random_number("AJ", now),
        title=title_of(gravest),
        facts=facts_of(alerts),
        level=gravest.level,
        line=gravest.line,
        unit=gravest.unit,
        subject_kind=gravest.subject_kind,
        subject_code=gravest.subject_code,
        basis=basis,
        requirement=requirement,
        policy=policy_of(gravest.level).snapshot(),
        status=Status.ASKED if gravest.level in LEVELS_OF_TWO else Status.HANDLING,
        handler=actor,
        opened_by=actor,
        opened_at=now,
        updated_at=now,
    )


def _parties(case: Case, wanted: Sequence[NewParty], alerts: Sequence[Alert]) -> None:
    """The parties as rows, in the order given. Whose leader is barred takes no lead; whose leader is related is redacted."""
    units = {unit.code: unit for unit in Unit.objects.filter(code__in={one.unit for one in wanted})}
    _check(wanted, units)
    recusals = recusals_of(alerts)
    terms, policy = Terms(timezone.now()), Policy.kept(case.policy)
    with translation.override(LANGUAGE):
        usual = {part.value: usual_duty(part) for part in Party.DISPATCHED}
    taken = set(case.parties.exclude(part__in=Party.DISPATCHED).values_list("place", flat=True))
    free = (number for number in count(1) if number not in taken)
    rows = []
    for place, one in zip(free, wanted, strict=False):
        unit, duty = units[one.unit], one.duty.strip()
        if one.part == Party.Part.LEAD and unit.leader_no and unit.leader_no in recusals.barred:
            raise BadInput(_("%(unit)s cannot lead: its leader is concerned. Choose its superior unit.") % {"unit": unit.name})
        if len(duty) > DUTY_LENGTH:
            raise BadInput(_("A duty has at most %(most)d characters.") % {"most": DUTY_LENGTH})
        rows.append(
            Party(
                case=case,
                place=place,
                part=one.part,
                layer=LAYERS[one.part],
                unit=unit,
                duty=duty or usual[one.part],
                redacted=bool(unit.leader_no) and unit.leader_no in recusals.related,
                sign_due_at=terms.end(policy.sign, unit),
                due_at=terms.end(policy.feedback, unit),
            )
        )
    _put_in_place(list(_dispatched(case)), rows)


def _put_in_place(had: list[Party], rows: list[Party]) -> None:
    """Write the rows over those of the dispatch that came back, each over that of its unit, else over one of its part: what hangs on a
    row stays with the part."""
    for same in (("part", "unit_id"), ("part",)):
        for row in rows:
            old = next((one for one in had if all(getattr(one, name) == getattr(row, name) for name in same)), None)
            if row.pk is None and old is not None:
                row.pk = old.pk
                had.remove(old)
    try:
        Party.objects.filter(pk__in=[one.pk for one in had]).delete()
    except ProtectedError:
        named = _(", ").join(one.unit.name for one in had)
        raise Conflict(_("An order was issued to %(units)s; leave it among the parties.") % {"units": named}) from None
    for row in rows:
        row.save()


def _check(wanted: Sequence[NewParty], units: dict[str, Unit]) -> None:
    """双联办双交办 is whole with one lead, its superior, one department and the discipline inspection, each a unit there is."""
    parts = [one.part for one in wanted]
    for part in Party.DISPATCHED:
        if part not in parts:
            raise BadInput(_("Choose the %(part)s.") % {"part": part.label})
        if part != Party.Part.SUPERIOR and parts.count(part) > 1:
            raise BadInput(_("There is one %(part)s.") % {"part": part.label})
    for one in wanted:
        if one.part not in Party.DISPATCHED or one.unit not in units:
            raise BadInput(_("Choose each unit from the list."))
    if len({(one.part, one.unit) for one in wanted}) < len(wanted):
        raise BadInput(_("A unit takes the same part once."))


def _dispatch(case: Case, actor: User, address: str) -> None:
    """The alerts are in hand, the clocks of the parties begin, and what the policy raises at once is raised."""
    now = timezone.now()
    for alert in alerts_of(case):
        assign_to_case(alert, case=case.number, actor=actor, address=address)
    start_clocks(case, now)
    names = [list(row) for row in _dispatched(case).values_list("part", "unit__name")]
    enter(case, "case.dispatched", actor=actor, address=address, layer=layer_of(Person.of(actor), case), parties=names)
    for layer in Policy.kept(case.policy).copied:
        enter(case, COPIED, actor=None, layer=layer, copied=layer)
    raise_on_dispatch(case, now)


def start_clocks(case: Case, now: datetime) -> None:
    """All parties are to sign and to report within the terms of the case, counted from now. What they did before stays in the record."""
    terms, policy = Terms(now), Policy.kept(case.policy)
    for party in _dispatched(case).select_related("unit"):
        before = party.status if CaseEntry.objects.filter(case=case, about=party.about).exists() else None
        party.status, party.work = Party.Status.WAITING, ""
        party.sign_due_at, party.due_at = terms.end(policy.sign, party.unit), terms.end(policy.feedback, party.unit)
        party.signed_by = party.signed_at = party.done_by = party.done_at = None
        party.save()
        enter(case, "party.called", actor=None, about=party.about, layer=party.layer, before=before, after=party.status)


def _text(text: str) -> str:
    text = text.strip()
    if len(text) > TEXT_LENGTH:
        raise BadInput(_("A text has %(length)d characters, %(most)d are possible.") % {"length": len(text), "most": TEXT_LENGTH})
    return text
