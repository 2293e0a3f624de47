"""Issuing an order, signing for it, reminding of it, withdrawing it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput, Conflict, NotAllowed
from ledger.roster.accounts import User
from oversight.cases import parties
from oversight.cases.acting import check_dispatched
from oversight.cases.models import Case, Party
from oversight.cases.people import Person
from oversight.cases.record import enter
from oversight.orders.acting import begin, layer_of, reason, write
from oversight.orders.extending import lapse_extension
from oversight.orders.models import SHORT, TEXT, Order
from oversight.orders.states import CENTRE
from oversight.orders.terms import OBJECTION, end_of, usual_terms
from risk.alerts.acting import checked_note
from risk.alerts.numbers import random_number

Problem = Mapping[str, Any]
MOST_PROBLEMS, MOST_EVIDENCE = 50, 500


@transaction.atomic
def issue_order(
    *,
    case: Case,
    party: Party,
    actor: User,
    requirement: str,
    problems: Sequence[Problem],
    due_at: datetime | None = None,
    sign_due_at: datetime | None = None,
    first_due_at: datetime | None = None,
    materials: str = "",
    review_way: str = "",
    objection_way: str = "",
    address: str = "",
) -> Order:
    """Tell a party of the case to put something right. Terms that are not given are those the case was dispatched with.

    Raises NotAllowed for who may not issue, Conflict for a case that is closed or not dispatched yet, BadInput for an empty order
    or impossible terms.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("unit").get(pk=case.pk)
    _may_issue(case, party, actor)
    now = timezone.now()
    usual = usual_terms(case=case, unit=party.unit, start=now)
    terms: dict[str, Any] = {
        "sign_due_at": sign_due_at or usual.sign_due_at,
        "first_due_at": first_due_at or usual.first_due_at,
        "due_at": due_at or usual.due_at,
    }
    _check_terms(now, **terms)
    order = Order.objects.create(
        number=random_number("ZG", now),
        case=case,
        party=party,
        level=case.level,
        problems=checked_problems(problems),
        requirement=checked_note(requirement, least=5),
        materials=_short(materials),
        review_way=_short(review_way),
        objection_way=_short(objection_way),
        issued_by=actor,
        issued_at=now,
        updated_at=now,
        **terms,
    )
    told = {"unit": party.unit.code, "due_at": order.due_at.isoformat()}
    layer = layer_of(Person.of(actor), order)
    enter(case, "order.issued", actor=actor, about=order.number, layer=layer, address=address, after=order.status, **told)
    return order


def _may_issue(case: Case, party: Party, actor: User) -> None:
    if not Person.of(actor).may(*CENTRE, over=case.unit.path):
        raise NotAllowed(_("Only an officer of the supervision centre, a leader or the discipline inspection issues an order."))
    if party.case_id != case.pk:
        raise BadInput(_("The unit is no party of the case %(number)s.") % {"number": case.number})
    if case.status == Case.Status.CLOSED:
        raise Conflict(_("The case %(number)s is closed; reopen it before you issue an order.") % {"number": case.number})
    check_dispatched(case)


def _check_terms(now: datetime, sign_due_at: datetime, first_due_at: datetime | None, due_at: datetime) -> None:
    if not now < sign_due_at <= due_at:
        raise BadInput(_("The term to sign must lie ahead and end before the term of the response."))
    if first_due_at is not None and not now < first_due_at <= due_at:
        raise BadInput(_("The first report must lie ahead and be due before the response."))


def checked_problems(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """The problems of an order, one by one, without empty ones. Raises BadInput for none, for too many and for too long texts."""
    found = []
    for one in problems:
        told = {name: str(one.get(name, "")).strip() for name in ("fact", "clause", "item")}
        if not told["fact"]:
            continue
        if len(told["fact"]) > TEXT or max(len(told["clause"]), len(told["item"])) > SHORT:
            raise BadInput(_("A problem is too long; say each one by itself."))
        evidence = [str(serial).strip() for serial in one.get("evidence", ()) if str(serial).strip()]
        found.append(told | {"evidence": evidence[:MOST_EVIDENCE]})
    if not found:
        raise BadInput(_("Name at least one problem."))
    if len(found) > MOST_PROBLEMS:
        raise BadInput(_("An order holds at most %(most)d problems; issue another one.") % {"most": MOST_PROBLEMS})
    return found


def _short(text: str) -> str:
    text = text.strip()
    if len(text) > SHORT:
        raise BadInput(_("A text has %(length)d characters, %(most)d are possible.") % {"length": len(text), "most": SHORT})
    return text


@transaction.atomic
def sign(*, number: str, actor: User, address: str = "") -> Order:
    """签收: the unit has the order, and its three working days to object begin. Its part in the case is signed for with it."""
    order, to = begin("sign", number, actor)
    now = timezone.now()
    changes = {"signed_by": actor, "signed_at": now, "objection_until": end_of(OBJECTION, order.party.unit, now)}
    write(order, "order.signed", actor, address, to=to, changes=changes, late=now > order.sign_due_at)
    parties.sign_with(order.party, actor=actor, address=address)
    return order


@transaction.atomic
def remind(*, number: str, actor: User, note: str = "", address: str = "") -> Order:
    """催办: counted, and told to the people of the unit by the bell."""
    note = checked_note(note)
    order, _to = begin("remind", number, actor)
    write(order, "order.reminded", actor, address, changes={"reminders": order.reminders + 1}, note=note)
    return order


@transaction.atomic
def withdraw(*, number: str, actor: User, note: str, address: str = "") -> Order:
    """撤回, with a reason: the unit need not answer any more."""
    note = reason(note)
    order, to = begin("withdraw", number, actor)
    lapse_extension(order)
    write(order, "order.withdrawn", actor, address, to=to, changes={"closed_by": actor, "closed_at": timezone.now()}, note=note)
    return order
