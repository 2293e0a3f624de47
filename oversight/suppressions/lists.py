"""Suppressions in their parts, and what this person may do with each."""

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from ledger.kit.days import today
from oversight.viewer import Viewer
from risk.alerts.models import Suppression
from risk.alerts.suppression_queries import parts, visible_suppressions
from risk.alerts.suppressions import ASKING, DECIDING

PAGE = 50
LABELS: dict[str, Promise] = {
    "asked": gettext_lazy("To be decided"),
    "approved": gettext_lazy("In force"),
    "over": gettext_lazy("Run out or ended"),
}


def asked_for(viewer: Viewer) -> QuerySet[Suppression]:
    """The requests that wait for a decision, as far as this person may know of them."""
    return visible_suppressions(viewer.user).filter(parts(today())["asked"])


def waiting_for(viewer: Viewer) -> QuerySet[Suppression]:
    """Those of them that this person may decide."""
    if not viewer.roles & DECIDING or not Suppression.objects.filter(parts(today())["asked"]).exists():
        return Suppression.objects.none()
    return asked_for(viewer).exclude(Q(asked_by=viewer.user) | Q(owner=viewer.user))


def asks(viewer: Viewer) -> bool:
    return bool(viewer.roles & ASKING) and _officer(viewer)


def decides(viewer: Viewer, one: Suppression) -> bool:
    """Whether to offer the decision; the service has the last word."""
    return bool(viewer.roles & DECIDING) and _officer(viewer) and viewer.user.pk not in (one.asked_by_id, one.owner_id)


def ends(viewer: Viewer) -> bool:
    return bool(viewer.roles & (ASKING | DECIDING)) and _officer(viewer)


def _officer(viewer: Viewer) -> bool:
    return viewer.user.staff is None or viewer.user.staff.kind == "officer"
