"""Who reads a circular: besides those who see its case, whoever answers for a unit it was issued to."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from ledger.roster.accounts import Role, User
from ledger.roster.rights import active_grants
from oversight.measures.circulars.models import Circular, CircularRecipient

RECEIVING = (Role.SQUAD_LEADER, Role.UNIT_OFFICER, Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE)


def recipients_of(user: User) -> QuerySet[CircularRecipient]:
    """The units, among those to which circulars were issued, that a person answers for."""
    found = Q(pk__in=[])
    for grant in active_grants(user):
        if grant.role in RECEIVING:
            found |= Q(unit__path__startswith=grant.unit.path)
    return CircularRecipient.objects.filter(found)


def received(user: User) -> QuerySet[Circular]:
    """The circulars issued to them."""
    return Circular.objects.filter(Exists(recipients_of(user).filter(circular=OuterRef("pk"))), status=Circular.Status.ISSUED)
