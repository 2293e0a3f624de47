"""Who may see a case, decided in one place, for every list, count, search, export and page of cases and of what is in them."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from ledger.kit.errors import NotFound
from ledger.roster.accounts import Role, RoleGrant, User
from ledger.roster.rights import active_grants, windows
from oversight.cases.models import Case, Party
from risk.alerts.models import Recused
from risk.alerts.recusal import switched_off

SEALED_OPEN_TO = (Role.LEADER, Role.DISCIPLINE)


@dataclass(frozen=True)
class CaseSight:
    """One person's sight of cases: whole parts of the unit tree by some roles, by others only what their own unit is a party of.

    Nobody sees a case over an alert they are recused from, whatever their role.
    """

    whole: tuple[str, ...]
    sealed: tuple[str, ...]
    as_party: tuple[str, ...]
    staff_no: str

    @classmethod
    def of(cls, user: User, grants: list[RoleGrant] | None = None) -> "CaseSight":
        held = active_grants(user) if grants is None else grants
        seen = windows(user, "case", held)
        return cls(
            whole=tuple(window.path for window in seen if not window.reach.parties_only),
            sealed=tuple(grant.unit.path for grant in held if grant.role in SEALED_OPEN_TO),
            as_party=tuple(window.path for window in seen if window.reach.parties_only),
            staff_no=user.staff_no,
        )

    def filter(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        if not self.whole and not self.as_party:
            return cases.none()
        parties = Party.objects.filter(_under("unit__path", self.as_party), case=OuterRef("pk"))
        seen = (_under("unit__path", self.whole) | Exists(parties)) & (Q(sealed=False) | _under("unit__path", self.sealed))
        cases = cases.filter(seen)
        if self.staff_no:
            own = Recused.objects.filter(alert__of_case__case=OuterRef("pk"), staff_no=self.staff_no)
            cases = cases.exclude(Exists(own.exclude(reason__in=switched_off())))
        return cases


def _under(column: str, paths: tuple[str, ...]) -> Q:
    """Below one of the paths; nothing for no path."""
    found = Q(pk__in=[])
    for path in paths:
        found |= Q(**{f"{column}__startswith": path})
    return found


def visible_cases(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Case]:
    """The cases a person may see. `grants`: their active ones, where the caller has them."""
    return CaseSight.of(user, grants).filter(Case.objects.all())


def visible_case(user: User, number: str) -> Case:
    """One case by its number. Raises NotFound alike for an unknown and for a hidden one."""
    case = visible_cases(user).select_related("unit", "handler").filter(number=number).first()
    if case is None:
        raise NotFound(_("There is no case %(number)s that you may see.") % {"number": number})
    return case
