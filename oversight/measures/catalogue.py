"""All kinds of measures, in the order in which pages list them."""

from django.utils.translation import gettext as _

from ledger.kit.errors import NotFound
from oversight.measures.accountability.kind import KIND as ACCOUNTABILITY
from oversight.measures.circulars.kind import KIND as CIRCULARS
from oversight.measures.interviews.kind import KIND as INTERVIEWS
from oversight.measures.kinds import Kind
from oversight.measures.suspensions.kind import KIND as SUSPENSIONS
from oversight.measures.transfers.kind import KIND as TRANSFERS

KINDS: dict[str, Kind] = {kind.code: kind for kind in (INTERVIEWS, ACCOUNTABILITY, SUSPENSIONS, CIRCULARS, TRANSFERS)}


def kind_of(code: str) -> Kind:
    """Raises NotFound for a code that is none."""
    if code not in KINDS:
        raise NotFound(_("There is no such kind of measure."))
    return KINDS[code]
