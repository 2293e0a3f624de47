"""Which measures a person may see: those of the cases they see, except what concerns themselves."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ledger.kit.errors import NotFound
from ledger.roster.accounts import RoleGrant, User
from oversight.cases.models import Case
from oversight.cases.visibility import openly_visible_cases
from oversight.measures.kinds import Kind


def visible_measures(kind: Kind, user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Any]:
    """The measures of a kind of the cases a person sees. Nobody sees here what is meant for themselves: they have a page of their own."""
    found = kind.model._default_manager.filter(case__in=openly_visible_cases(user, grants))
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
