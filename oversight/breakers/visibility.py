"""Who may see a breaker, decided in one place: by the unit it is filed under, without who is recused from its subject."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from ledger.kit.days import today
from ledger.kit.errors import NotFound
from ledger.roster.accounts import RoleGrant, User
from ledger.roster.rights import windows
from oversight.breakers.models import Breaker, BreakerRecused
from oversight.breakers.subjects import unit_of
from risk.alerts.models import Recused
from risk.alerts.recusal import recused_staff, switched_off


def visible_breakers(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Breaker]:
    """The breakers a person may see; other units than the centre only those that have tripped."""
    seen = Q(pk__in=[])
    for window in windows(user, "breaker", grants):
        part = Q(unit__path__startswith=window.path)
        seen |= part & ~Q(trips=0) if window.reach.verified_only else part
    found = Breaker.objects.filter(seen)
    if not user.staff_no:
        return found
    off = switched_off()
    own = BreakerRecused.objects.filter(breaker=OuterRef("pk"), staff_no=user.staff_no).exclude(reason__in=off)
    about = Recused.objects.filter(
        alert__subject_kind=OuterRef("subject_kind"), alert__subject_code=OuterRef("subject_code"), staff_no=user.staff_no
    ).exclude(reason__in=off)
    return found.exclude(Exists(own)).exclude(Exists(about))


def visible_breaker(user: User, number: str) -> Breaker:
    """One by its number. Raises NotFound alike for an unknown and for a hidden one."""
    found = visible_breakers(user).select_related("unit", "policy").filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no breaker %(number)s that you may see.") % {"number": number})
    return found


def may_know(user: User, kind: str, code: str) -> bool:
    """Whether the person would see a breaker of this subject, if there were one."""
    path = unit_of(kind, code).path
    reached = any(path.startswith(window.path) and not window.reach.verified_only for window in windows(user, "breaker"))
    near = recused_staff(subject_kind=kind, subject_code=code, first_day=today(), last_day=today(), people=())
    off = set(switched_off())
    return reached and near.get(user.staff_no, "") in ("", *off)


def recuse(breaker: Breaker) -> None:
    """Write down who must not see it, as of today; who was once recused stays so."""
    found = recused_staff(
        subject_kind=breaker.subject_kind, subject_code=breaker.subject_code, first_day=today(), last_day=today(), people=()
    )
    rows = [BreakerRecused(breaker=breaker, staff_no=number, reason=reason) for number, reason in sorted(found.items())]
    BreakerRecused.objects.bulk_create(rows, ignore_conflicts=True)
