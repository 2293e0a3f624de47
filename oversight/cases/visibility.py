"""Who may see a case, decided in one place, for every list, count, search, export and page of cases and of what is in them."""

from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from ledger.kit.errors import NotFound
from ledger.roster.accounts import Role, RoleGrant, User
from ledger.roster.rights import active_grants, windows
from oversight.cases.escalations.models import Escalation
from oversight.cases.models import Case, Party
from risk.alerts.models import Recused
from risk.alerts.recusal import OPTIONAL, switched_off

SEALED_OPEN_TO = (Role.LEADER, Role.DISCIPLINE)


# Before it is dispatched a case is known to those who supervise; its parties see it from then on.
UNDISPATCHED = (Case.Status.ASKED, Case.Status.RETURNED)


@dataclass(frozen=True)
class CaseSight:
    """One person's sight of cases: whole parts of the unit tree by some roles, by others only what their own unit is a party of.

    A unit a case was raised to sees it as its parties do, and who raised one keeps sight of it wherever it goes. Nobody sees a case over
    an alert they are recused from, whatever their role, but for one thing: the very unit of who is recused by a mere relation may be a
    redacted party; then they see it marked `redacted`, and no page tells them its subject or evidence.
    """

    pk: int
    whole: tuple[str, ...]
    sealed: tuple[str, ...]
    as_party: tuple[str, ...]
    staff_no: str

    @classmethod
    def of(cls, user: User, grants: list[RoleGrant] | None = None) -> "CaseSight":
        held = active_grants(user) if grants is None else grants
        seen = windows(user, "case", held)
        return cls(
            pk=user.pk,
            whole=tuple(window.path for window in seen if not window.reach.parties_only),
            sealed=tuple(grant.unit.path for grant in held if grant.role in SEALED_OPEN_TO),
            as_party=tuple(window.path for window in seen if window.reach.parties_only),
            staff_no=user.staff_no,
        )

    def filter(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        if not self.whole and not self.as_party:
            return cases.none()
        below = under("unit__path", self.as_party)
        parties = Party.objects.filter(below, case=OuterRef("pk"))
        involved = Escalation.objects.filter(under("to_unit__path", self.as_party) | Q(raised_by=self.pk), case=OuterRef("pk"))
        dispatched = (Exists(parties) | Exists(involved)) & ~Q(status__in=UNDISPATCHED)
        cases = cases.filter((under("unit__path", self.whole) | dispatched) & (Q(sealed=False) | under("unit__path", self.sealed)))
        if not self.staff_no:
            return cases
        own = Recused.objects.filter(alert__of_case__case=OuterRef("pk"), staff_no=self.staff_no).exclude(reason__in=switched_off())
        cases = cases.exclude(Exists(own.exclude(reason__in=OPTIONAL)))
        # What is left of it is by a relation only.
        by_relation = Exists(own)
        blind = Exists(Party.objects.filter(unit__path__in=self.as_party, redacted=True, case=OuterRef("pk"))) & dispatched
        return cases.filter(~by_relation | blind).annotate(**{"redacted": by_relation})

    def filter_open(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        """Only those whose subject this person may know."""
        seen = self.filter(cases)
        return seen.filter(**{"redacted": False}) if "redacted" in seen.query.annotations else seen


def under(column: str, paths: tuple[str, ...]) -> Q:
    """Below one of the paths; nothing for no path."""
    found = Q(pk__in=[])
    for path in paths:
        found |= Q(**{f"{column}__startswith": path})
    return found


def visible_cases(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Case]:
    """The cases a person may see. `grants`: their active ones, where the caller has them."""
    return _seen(CaseSight.of(user, grants)).all()


def openly_visible_cases(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Case]:
    """The same without the redacted ones: for whatever tells subjects, facts or entries."""
    return _openly_seen(CaseSight.of(user, grants)).all()


# A page asks for the same sight in a dozen places, and putting its query together takes longer than running it.


@lru_cache(maxsize=256)
def _seen(sight: CaseSight) -> QuerySet[Case]:
    return sight.filter(Case.objects.all())


@lru_cache(maxsize=256)
def _openly_seen(sight: CaseSight) -> QuerySet[Case]:
    return sight.filter_open(Case.objects.all())


def unconcerned(user: User, cases: QuerySet[Case]) -> QuerySet[Case]:
    """Those of the cases from whose alerts the person is not recused, whatever they may see of them otherwise."""
    if not user.staff_no:
        return cases
    own = Recused.objects.filter(alert__of_case__case=OuterRef("pk"), staff_no=user.staff_no).exclude(reason__in=switched_off())
    return cases.exclude(Exists(own))


def visible_case(user: User, number: str) -> Case:
    """One case by its number. Raises NotFound alike for an unknown and for a hidden one."""
    return _by_number(visible_cases(user), number)


def openly_visible_case(user: User, number: str) -> Case:
    """The same, not found either where its subject is not to be known."""
    return _by_number(openly_visible_cases(user), number)


def _by_number(cases: QuerySet[Case], number: str) -> Case:
    case = cases.select_related("unit", "handler").filter(number=number).first()
    if case is None:
        raise NotFound(_("There is no case %(number)s that you may see.") % {"number": number})
    return case
