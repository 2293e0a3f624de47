"""What measures and orders have to put on paper: each document is made of the form's fields its own area gives."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ledger.kit.errors import Conflict, NotFound
from ledger.roster.models import Unit, User
from oversight.cases.models import Case
from oversight.documents.sources import Material, Offer, register
from oversight.measures.accountability import papers as accountability
from oversight.measures.catalogue import KINDS
from oversight.measures.circulars import papers as circulars
from oversight.measures.interviews import papers as interviews
from oversight.measures.queries import visible_measure
from oversight.measures.suspensions import papers as suspensions
from oversight.measures.suspensions.models import AgencyObjection
from oversight.measures.transfers import papers as transfers
from oversight.orders import papers as orders
from oversight.orders.models import Order
from oversight.orders.queries import visible_order


@dataclass(frozen=True)
class OfMeasure:
    """A document of a measure: from which statuses on there is one, and perhaps only of some of its kind."""

    measure: str
    fields: Callable[[Any], dict[str, Any]]
    statuses: tuple[str, ...]
    only: Callable[[Any], bool] = lambda one: True
    units: Callable[[Any], Iterable[Unit]] = lambda one: ()

    def resolve(self, user: User, number: str) -> Material:
        one = visible_measure(KINDS[self.measure], user, number)
        if one.redacted:
            raise NotFound(_("There is no measure %(number)s that you may see.") % {"number": number})
        return Material(one.case, self.fields(one), tuple(self.units(one)))

    def offers(self, case: Case) -> list[Offer]:
        found = KINDS[self.measure].model._default_manager.filter(case=case, status__in=self.statuses).order_by("id")
        return [Offer(one.number, one.title) for one in found if self.only(one)]


OF_MEASURES = {
    "interview_notice": OfMeasure("interviews", interviews.notice_fields, ("notified", "held", "archived")),
    "interview_record": OfMeasure("interviews", interviews.document_fields, ("held", "archived")),
    "accountability_form": OfMeasure(
        "accountability",
        accountability.document_fields,
        ("found", "heard", "decided", "served", "executed", "ended"),
        only=lambda one: not one.outside,
    ),
    "accountability_decision": OfMeasure(
        "accountability",
        accountability.decision_fields,
        ("decided", "served", "executed", "ended"),
        only=accountability.decided_here,
    ),
    "recommendation": OfMeasure(
        "accountability",
        accountability.document_fields,
        ("decided", "served", "executed", "ended"),
        only=lambda one: one.outside,
    ),
    "suspension_notice": OfMeasure(
        "suspensions",
        suspensions.document_fields,
        ("reviewed", "heard", "decided", "in_force", "applied", "accepted", "probation", "ended"),
    ),
    "extension_notice": OfMeasure(
        "suspensions",
        suspensions.extension_fields,
        ("in_force", "applied", "accepted", "probation", "ended"),
        only=lambda one: suspensions.last_extension(one) is not None,
    ),
    "resumption_notice": OfMeasure("suspensions", suspensions.resumption_fields, ("probation", "ended")),
    "circular": OfMeasure(
        "circulars",
        circulars.document_fields,
        ("reviewed", "signed", "issued"),
        units=lambda one: [recipient.unit for recipient in one.recipients.select_related("unit")],
    ),
    "transfer_letter": OfMeasure("transfers", transfers.document_fields, ("approved", "sent", "concluded")),
}


def objection_answer(user: User, number: str) -> Material:
    """异议答复书, by the number of the objection."""
    row = AgencyObjection.objects.filter(number=number).select_related("suspension", "answered_by", "entered_by").first()
    if row is None:
        raise NotFound(_("There is no objection %(number)s that you may see.") % {"number": number})
    one = visible_measure(KINDS["suspensions"], user, row.suspension.number)
    if one.redacted:
        raise NotFound(_("There is no objection %(number)s that you may see.") % {"number": number})
    if row.answered_by is None:
        raise Conflict(_("Objection %(number)s is not answered yet.") % {"number": number})
    return Material(one.case, suspensions.answer_fields(row))


def objection_answers(case: Case) -> list[Offer]:
    answered = AgencyObjection.objects.filter(suspension__case=case, answered_by__isnull=False).select_related("suspension").order_by("id")
    return [Offer(row.number, f"{row.suspension.agency_name}：{row.get_outcome_display()}") for row in answered]


def rectification(user: User, number: str) -> Material:
    """整改通知书."""
    order = visible_order(user, number)
    return Material(order.case, orders.document_fields(order), (order.party.unit,))


def rectifications(case: Case) -> list[Offer]:
    told = Order.objects.filter(case=case).exclude(status=Order.Status.WITHDRAWN).select_related("party__unit").order_by("id")
    return [Offer(order.number, f"{order.party.unit.name}：{order.requirement[:40]}") for order in told]


def register_measures() -> None:
    register("rectification_notice", resolve=rectification, offers=rectifications)
    register("objection_answer", resolve=objection_answer, offers=objection_answers)
    for kind, source in OF_MEASURES.items():
        register(kind, resolve=source.resolve, offers=source.offers)
