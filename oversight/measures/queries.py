"""Which measures a person may see: those of the cases they see, except what concerns themselves."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from ledger.kit.errors import NotFound
from ledger.roster.accounts import Role, RoleGrant, User
from ledger.roster.rights import active_grants
from oversight.cases.models import Approval, Case
from oversight.cases.visibility import openly_visible_cases, unconcerned, under
from oversight.measures.base import LEGAL
from oversight.measures.kinds import Kind

_LEGAL_ASKED = Approval.objects.filter(about=OuterRef("number"), kind=LEGAL, state=Approval.State.ASKED)


def visible_measures(kind: Kind, user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Any]:
    """The measures of a kind of the cases a person sees. Nobody sees here what is meant for themselves: they have a page of their own.

    Of a sealed case who does the legal review sees what waits for it, and what they themselves agreed to, marked `redacted`: the measure
    alone, no case.
    """
    held = active_grants(user) if grants is None else grants
    found, known = kind.model._default_manager.all(), openly_visible_cases(user, held)
    reviewing = tuple(grant.unit.path for grant in held if grant.role == Role.UNIT_OFFICER) if kind.fill is not None else ()
    if reviewing:
        waits = Q(Exists(_LEGAL_ASKED)) | Q(legal_by=user)
        sealed = unconcerned(user, Case.objects.filter(sealed=True))
        found = found.annotate(**{"redacted": ~Exists(known.filter(pk=OuterRef("case")))})
        found = found.filter(Q(**{"redacted": False}) | under("legal_unit__path", reviewing) & waits & Q(case__in=sealed))
    else:
        found = found.filter(case__in=known)
    if kind.concerned and user.staff_no:
        found = found.exclude(**{"subject_kind": "staff", kind.concerned: user.staff_no})
    return found


def visible_measure(kind: Kind, user: User, number: str) -> Any:
    """One of them by its number. Raises NotFound alike for an unknown and for a hidden one."""
    found = visible_measures(kind, user).select_related("case", "case__unit", *kind.related).filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no measure %(number)s that you may see.") % {"number": number})
    return found


def own_measure(kind: Kind, user: User, number: str) -> Any:
    """One that concerns this person themselves: to countersign, or to sign for. Raises NotFound for any other."""
    found = None
    if kind.own is not None:
        found = kind.own(user).select_related("case", "case__unit", *kind.related).filter(number=number).first()
    if found is None:
        raise NotFound(_("There is nothing under the number %(number)s for you to sign.") % {"number": number})
    return found


def measures_of(kind: Kind, case: Case, user: User) -> QuerySet[Any]:
    return visible_measures(kind, user).filter(case=case).order_by("-id")
