"""What may be done with an order, where it leads and by whom: the one table that services ask and pages read."""

from ledger.kit.moves import Move, Table
from ledger.roster.accounts import Role
from oversight.cases.people import Person
from oversight.orders.models import Order

S = Order.Status
# The side that issues, reviews and decides: over the unit of the case.
CENTRE = (Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE)
# The side that signs and answers: over the unit the order went to.
UNIT = (Role.SQUAD_LEADER, Role.UNIT_OFFICER)


def _centre(who: Person, order: Order) -> bool:
    return who.may(*CENTRE, over=order.case.unit.path)


def _unit(who: Person, order: Order) -> bool:
    return who.may(*UNIT, over=order.party.unit.path)


def _enters(who: Person, order: Order) -> bool:
    """Auxiliaries and employees too: they enter, officers sign and send."""
    return who.holds(*UNIT, over=order.party.unit.path)


def _reminds(who: Person, order: Order) -> bool:
    """The centre, and the offices of the units above; auxiliaries and employees too."""
    path = order.party.unit.path
    above = any(role == Role.UNIT_OFFICER and path.startswith(held) and path != held for role, held in who.grants)
    return above or who.holds(*CENTRE, over=order.case.unit.path)


def _reviews(who: Person, order: Order) -> bool:
    return _centre(who, order) and who.pk != order.answered_by_id


def _reports_first(who: Person, order: Order) -> bool:
    return _unit(who, order) and first_report_wanted(order)


def _responds(who: Person, order: Order) -> bool:
    return _unit(who, order) and not first_report_wanted(order)


def _answers_objection(who: Person, order: Order) -> bool:
    return _centre(who, order) and who.pk != order.issued_by_id


def first_report_wanted(order: Order) -> bool:
    """Whether the first report (初报) is asked for and has not been sent."""
    return order.first_due_at is not None and order.first_reported_at is None


TABLE: Table[Person, Order] = Table(
    ("sign", (S.ISSUED,), Move(S.WORKING, _unit)),
    ("draft", Order.AT_WORK, Move(None, _enters)),
    ("report", Order.AT_WORK, Move(None, _reports_first)),
    ("respond", Order.AT_WORK, Move(S.ANSWERED, _responds)),
    ("accept", (S.ANSWERED,), Move(S.CLOSED, _reviews)),
    ("return", (S.ANSWERED,), Move(S.RETURNED, _reviews)),
    ("ask_extension", Order.AT_WORK, Move(None, _unit)),
    ("decide_extension", Order.AT_WORK, Move(None, _centre)),
    ("object", Order.AT_WORK, Move(None, _unit)),
    ("overrule", (*Order.AT_WORK, S.ANSWERED), Move(None, _answers_objection)),
    ("uphold", (*Order.AT_WORK, S.ANSWERED), Move(S.WITHDRAWN, _answers_objection)),
    ("remind", (S.ISSUED, *Order.AT_WORK), Move(None, _reminds)),
    ("withdraw", Order.OPEN, Move(S.WITHDRAWN, _centre)),
)
