"""Which body leads a case, and who is told: that a case is led is the knowledge of who watches over it, not of its parties."""

from django.db.models import Q
from django.utils.translation import gettext as _

from oversight.cases.leading.models import Lead
from oversight.cases.models import Case
from oversight.cases.states import WATCHING
from oversight.cases.visibility import under
from oversight.viewer import Viewer

# The entries of the record that tell of it.
ENTRIES = ("case.led", "case.lead_changed", "case.lead_ended")


def running_lead(case: Case) -> Lead | None:
    return case.leads.filter(until=None).first() if case.led else None


def watched(viewer: Viewer) -> tuple[str, ...]:
    """The parts of the unit tree over which this person watches cases."""
    return tuple(grant.unit.path for grant in viewer.grants if grant.role in WATCHING)


def watches(viewer: Viewer, case: Case) -> bool:
    return case.unit.path.startswith(watched(viewer))


def led_cases(viewer: Viewer) -> Q:
    """The cases led by others of which this person is told so."""
    return Q(led=True) & under("unit__path", watched(viewer))


def lead_left(case: Case) -> list[str]:
    """What speaks against closing the case: that another body still leads it."""
    lead = running_lead(case)
    return [_("%(name)s leads this case; write down first what came of it.") % {"name": lead.name}] if lead else []
