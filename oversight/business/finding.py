"""One transaction by "source/serial number", for a person who may see it."""

from django.db.models import Q
from django.utils.translation import gettext as _

from ledger.journal.models import Transaction
from ledger.journal.sight import Sight
from ledger.kit.errors import NotFound
from oversight.viewer import Viewer


def found(identity: str, sight: Sight) -> Transaction | None:
    """Either part may hold a slash itself; every cut is tried, and one exists at most in an honest ledger. None where it is not seen."""
    parts = identity.split("/")
    where = Q(pk=None)
    for at in range(1, len(parts)):
        where |= Q(source="/".join(parts[:at]), serial_no="/".join(parts[at:]))
    return sight.filter(Transaction.objects.filter(where)).first()


def seen(identity: str, viewer: Viewer) -> tuple[Transaction, Sight]:
    """The same with the sight it was found in. Raises NotFound alike for an unknown one and for one closed to this person."""
    sight = Sight.of(viewer.user, viewer.grants)
    row = found(identity, sight)
    if row is None:
        raise NotFound(_("There is no transaction %(number)s that you may see.") % {"number": identity})
    return row, sight
