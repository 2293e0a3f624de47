"""The person behind a request: roles, what they see of alerts and transactions, and what they may do. Asked once per request."""

from collections import Counter
from collections.abc import Iterable
from functools import cached_property

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from ledger.kit.masking import mask_staff_no
from ledger.roster.accounts import Role, RoleGrant, User
from ledger.roster.models import Unit
from ledger.roster.rights import active_grants, windows
from oversight.accounts.sessions import SessionStore
from oversight.live.queries import current_place
from oversight.parts import Kind, Parts, asked, parts_of, query
from risk.alerts.models import Alert, DismissalReview
from risk.alerts.queries import visible_to
from risk.alerts.states import Person


class Viewer:
    """A logged-in person as the pages need them. Everything is read at most once."""

    def __init__(self, user: User, address: str = "") -> None:
        self.user, self.address = user, address

    @cached_property
    def grants(self) -> list[RoleGrant]:
        return active_grants(self.user)

    @cached_property
    def roles(self) -> frozenset[Role]:
        return frozenset(Role(grant.role) for grant in self.grants)

    @property
    def name(self) -> str:
        return str(self.user)

    @cached_property
    def number(self) -> str:
        return mask_staff_no(self.user.staff_no)

    @property
    def roles_text(self) -> str:
        return _(", ").join(dict.fromkeys(f"{grant.unit.name} {Role(grant.role).label}" for grant in self.grants))

    @cached_property
    def alerts(self) -> QuerySet[Alert]:
        """The alerts this person may see; every list and every number of a page starts here."""
        return visible_to(self.user, self.grants)

    @property
    def watches(self) -> bool:
        """Whether this person watches alerts arrive, live."""
        return bool(self.roles & WATCHERS)

    @cached_property
    def person(self) -> Person:
        """This person as the table of acts asks for them."""
        return Person(self.user.pk, self.roles, self.user.staff is None or self.user.staff.kind == "officer")

    @cached_property
    def judging_barrier(self) -> str:
        """Why this person may not acknowledge or dismiss; empty when they may."""
        if Role.SUPERVISOR not in self.roles:
            return _("Only supervisors of the centre acknowledge and dismiss; your role reads.")
        if self.user.staff is not None and self.user.staff.kind != "officer":
            return _("Auxiliaries and employees may comment; an officer acknowledges and dismisses.")
        return ""

    @property
    def judges(self) -> bool:
        return not self.judging_barrier

    @cached_property
    def _parts(self) -> Parts:
        return parts_of(self.roles)

    @cached_property
    def parts(self) -> dict[str, Q]:
        """The parts of the alerts that have a figure somewhere: those of the open ones, and dismissals to review."""
        reviews = DismissalReview.objects.filter(state=DismissalReview.State.WAITING).exclude(dismissed_by=self.user)
        review = Q(status=Alert.Status.DISMISSED, pk__in=reviews.values("alert"))
        return {key: query(several, self.user) for key, several in self._parts.items()} | {"review": review}

    @cached_property
    def by_level(self) -> dict[str, Counter[str]]:
        """How many alerts each part of the open ones holds of each level, in one query for the whole page."""
        alerts = self.alerts.filter(status__in=Alert.OPEN).order_by().annotate(**asked(self.user, timezone.now()))
        found = [
            # Of an alert that nobody has, or without a term, the database says neither yes nor no.
            (Kind(status, level, backdated, own=bool(own), soon=bool(soon)), number)
            for status, level, backdated, own, soon, number in alerts.values_list(*Kind._fields).annotate(number=Count("id"))
        ]
        counted: dict[str, Counter[str]] = {}
        for key, several in self._parts.items():
            counted[key] = Counter()
            for kind, number in found:
                if any(part.holds(kind) for part in several):
                    counted[key][kind.level] += number
        return counted

    @cached_property
    def figures(self) -> dict[str, int]:
        """How many alerts each part of the open ones holds."""
        return {key: found.total() for key, found in self.by_level.items()}

    @cached_property
    def place(self) -> str:
        """Where the live stream stood; a view reads it before its list, so that nothing falls between list and stream."""
        return current_place(self.user)

    @cached_property
    def _transaction_windows(self) -> tuple[str, ...]:
        return tuple(window.path for window in windows(self.user, "transaction"))

    def opens_transactions_of(self, unit_codes: Iterable[str]) -> set[str]:
        """Those of the units whose transactions this person may open."""
        paths = self._transaction_windows
        rows = Unit.objects.filter(code__in=set(unit_codes)).values_list("code", "path") if paths else ()
        return {code for code, path in rows if path.startswith(paths)}


WATCHERS = frozenset({Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE})


class ConsoleRequest(HttpRequest):
    """A request that passed oversight.access: somebody is logged in."""

    viewer: Viewer
    user: User
    session: SessionStore
    htmx: HtmxDetails
