"""整改成效标准 as it stands: what watches are judged by from now on. Running ones keep what they began with."""

from dataclasses import fields
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput, NotAllowed
from ledger.roster.accounts import Role, User
from ledger.roster.rights import roles_of
from oversight.aftercare.models import AftercarePolicy, Watch
from oversight.aftercare.rates import SHIPPED, Figures
from risk.rules.models import LEVELS

# What each figure may be, both ends included.
BOUNDS = {
    "before_weeks": (1, 26),
    "least_amount": (1, 1_000),
    "peer_amount": (1, 1_000),
    "least_peers": (1, 100),
    "better_percent": (1, 99),
}


def figures_now() -> tuple[Figures, bool]:
    """The figures of new watches, and whether an administrator has confirmed or changed them."""
    row = AftercarePolicy.objects.first()
    if row is None:
        return SHIPPED, False
    return Figures(**{one.name: getattr(row, one.name) for one in fields(Figures)}), True


def figures_of(watch: Watch) -> Figures:
    """Those a watch began with; the shipped ones of a watch from before they could be edited."""
    return Figures.kept(watch.figures) if watch.figures else SHIPPED


@transaction.atomic
def save_figures(*, figures: Figures, actor: User, address: str = "") -> None:
    """Confirm or change them, as one whole. Raises NotAllowed for who is no system admin, BadInput for what cannot be."""
    if Role.SYSTEM_ADMIN not in roles_of(actor):
        raise NotAllowed(_("Only the system admin edits by what the effect of rectification is judged."))
    for name, (least, most) in BOUNDS.items():
        if not least <= getattr(figures, name) <= most:
            raise BadInput(_("A figure lies between %(least)d and %(most)d; one does not.") % {"least": least, "most": most})
    if figures.least_level not in LEVELS:
        raise BadInput(_("There is no such level."))
    was, _edited = figures_now()
    told: dict[str, Any] = figures.snapshot() | {"edited_by": actor, "edited_at": timezone.now()}
    AftercarePolicy.objects.update_or_create(pk=1, defaults=told)
    record("aftercare_policy.saved", actor=actor, target="aftercare", address=address, old=was.snapshot(), new=figures.snapshot())
