"""Whose sight a wall shows: that of the person logged in, or that of a screen, before which anybody may stand."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, QuerySet

from ledger.kit.days import today
from ledger.roster.accounts import User
from ledger.roster.rights import SIGHT
from oversight.wall.models import DisplayToken
from risk.alerts.models import Alert, Recused
from risk.alerts.visibility import Visibility

SEEING = frozenset(role for role, kind in SIGHT if kind == "alert")


@dataclass(frozen=True)
class Sight:
    """The alerts that are counted. `roots`: the paths of the parts of the unit tree they come from; `key` stands for all of it."""

    key: Hashable
    roots: tuple[str, ...]
    screen: bool
    alerts: QuerySet[Alert] = field(compare=False, repr=False)


def sight_of_person(user: User) -> Sight:
    """What visible_to gives this person."""
    visibility = Visibility.of(user)
    paths = {window.path for window in visibility.windows}
    roots = tuple(sorted(path for path in paths if not any(path != other and path.startswith(other) for other in paths)))
    return Sight(visibility, roots, False, visibility.filter(Alert.objects.all()))


def sight_of_screen(screen: DisplayToken) -> Sight:
    """The alerts of the screen's unit and below, without any from which somebody is recused who sees alerts here.

    Whoever stands before the screen may compare its figures with those of their own list: an alert hidden from them must not make
    the difference.
    """
    path = screen.unit.path
    alerts = Alert.objects.filter(unit__path__startswith=path).exclude(
        Exists(Recused.objects.filter(alert=OuterRef("pk"), staff_no__in=_seeing().values("staff__staff_no")))
    )
    return Sight(("screen", path), (path,), True, alerts)


def _seeing() -> QuerySet[User]:
    """Everybody with an account who may see some alert today."""
    day = today()
    unended = Q(grants__valid_until=None) | Q(grants__valid_until__gte=day)
    held = Q(grants__role__in=SEEING, grants__valid_from__lte=day) & unended
    return User.objects.filter(held, is_active=True, staff__isnull=False)
