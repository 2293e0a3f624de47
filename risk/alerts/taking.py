"""下一条: the first alert of a list that nobody has, for whoever asks; twenty people who ask at once get twenty different ones."""

from django.db import transaction
from django.db.models import QuerySet

from ledger.roster.accounts import User
from risk.alerts import services
from risk.alerts.models import Alert

WAITING = (Alert.Status.NEW, Alert.Status.RECURRED)


@transaction.atomic
def take_next(*, actor: User, among: QuerySet[Alert], address: str = "") -> Alert | None:
    """Acknowledge the first waiting alert of `among` (alerts the actor sees, in order) for the actor; None when none is left.

    One that somebody is just taking is passed over, not waited for (PostgreSQL; on SQLite writers take turns). Raises NotAllowed as
    acknowledging does.
    """
    first = among.filter(status__in=WAITING).select_for_update(skip_locked=True, of=("self",)).first()
    return services.acknowledge(number=first.number, actor=actor, address=address) if first else None
