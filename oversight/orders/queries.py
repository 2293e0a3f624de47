"""Reading orders. Who sees a case sees its orders, and nobody else does."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from ledger.kit.errors import NotFound
from ledger.roster.accounts import RoleGrant, User
from oversight.breakers.rectifications import Accepted
from oversight.cases.models import Approval, Case, CaseEntry
from oversight.cases.visibility import openly_visible_cases, visible_cases
from oversight.orders.clocks import RUNNING_UNTIL
from oversight.orders.models import Attachment, Order

EXTENSION = "extension"
_ASKED = Approval.objects.filter(about=OuterRef("number"), kind=EXTENSION, state=Approval.State.ASKED)


def visible_orders(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Order]:
    """The orders of the cases a person may see. `grants`: their active ones, where the caller has them.

    `redacted` on each: its unit must answer it, but this person may not know whom it is about (see orders.shown).
    """
    known = openly_visible_cases(user, grants).filter(pk=OuterRef("case"))
    return Order.objects.filter(case__in=visible_cases(user, grants)).annotate(redacted=~Exists(known))


def visible_order(user: User, number: str) -> Order:
    """One order by its number, with its case, its party and their units. Raises NotFound alike for an unknown and for a hidden one."""
    order = ready(visible_orders(user)).filter(number=number).first()
    if order is None:
        raise NotFound(_("There is no order %(number)s that you may see.") % {"number": number})
    return order


def ready(orders: QuerySet[Order]) -> QuerySet[Order]:
    """With what the table of acts and a row ask for: units, people, `running_until`, and whether an extension waits (`extending`)."""
    people = ("issued_by", "signed_by", "answered_by", "closed_by")
    joined = orders.select_related("case__unit", "party__unit", *people)
    return joined.annotate(running_until=RUNNING_UNTIL, extending=Exists(_ASKED))


def open_orders(case: Case) -> QuerySet[Order]:
    """The orders a case cannot be closed before: neither closed nor withdrawn."""
    return Order.objects.filter(case=case, status__in=Order.OPEN)


def with_open_order() -> Exists:
    """Parties of a case that have one, as a condition on Party: its terms are theirs, and its line on the workbench says what to do."""
    return Exists(_open_of_party())


def first_term_end() -> Subquery:
    """When the first running term of a party's orders ends, as an expression on Party; null while all they answered is being reviewed."""
    return Subquery(_first_of_party().values("ends")[:1])


def first_term_begun() -> Subquery:
    """When the order was issued whose term that is."""
    return Subquery(_first_of_party().values("issued_at")[:1])


def _first_of_party() -> QuerySet[Any]:
    return _open_of_party().annotate(ends=RUNNING_UNTIL).order_by(F("ends").asc(nulls_last=True), "pk")


def _open_of_party() -> QuerySet[Order]:
    return Order.objects.filter(party=OuterRef("pk"), status__in=Order.OPEN)


def orders_left(case: Case) -> list[str]:
    """What speaks against closing the case, in sentences: its open orders."""
    numbers = list(open_orders(case).order_by("id").values_list("number", flat=True))
    return [_("These orders are still open: %(numbers)s.") % {"numbers": ", ".join(numbers)}] if numbers else []


def accepted_order(user: User, number: str) -> Accepted | None:
    """An order that was answered and accepted, as what speaks for lifting a breaker; None for any other."""
    found = visible_orders(user).filter(number=number, status=Order.Status.CLOSED).select_related("case").first()
    if found is None or found.closed_at is None:
        return None
    return Accepted(found.number, found.case.subject_kind, found.case.subject_code, found.closed_at)


def extending() -> Q:
    """Orders for which an extension was asked and is not decided: 延期待批."""
    return Q(Exists(_ASKED))


def waiting_extension(order: Order) -> Approval | None:
    found = Approval.objects.filter(about=order.number, kind=EXTENSION, state=Approval.State.ASKED)
    return found.select_related("asked_by").first()


def entries_of(order: Order) -> QuerySet[CaseEntry]:
    """What happened to the order, oldest first."""
    return CaseEntry.objects.filter(case_id=order.case_id, about=order.number).select_related("actor").order_by("id")


def papers_of(order: Order) -> QuerySet[Attachment]:
    """The attachments that would be sent with the next response."""
    return order.attachments.filter(dropped_at=None).select_related("added_by").order_by("id")


def visible_attachment(user: User, number: str, attachment: int) -> Attachment:
    """A paper of an order the person may see, also one that was taken off but had been sent. Raises NotFound."""
    order = visible_order(user, number)
    kept = Q(dropped_at=None) | Q(responses__isnull=False)
    found = Attachment.objects.filter(kept, order=order, pk=attachment).distinct().first()
    if found is None:
        raise NotFound(_("There is no such attachment."))
    return found
