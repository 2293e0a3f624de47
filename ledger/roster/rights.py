"""Role × object × reach: the one table from which every list, count, search, export, stream and push is cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.kit.days import today
from ledger.roster.accounts import Role, RoleGrant, User


@dataclass(frozen=True)
class Reach:
    """How far a role sees one kind of object within the units of its grant.

    `verified_only`: not before the centre has verified it; `parties_only`: only what one of those units is a party of.
    """

    verified_only: bool = False
    parties_only: bool = False


FULL, VERIFIED, PARTIES = Reach(), Reach(verified_only=True), Reach(parties_only=True)

SIGHT: dict[tuple[Role, str], Reach] = {
    (Role.SUPERVISOR, "alert"): FULL,
    (Role.LEADER, "alert"): FULL,
    (Role.DISCIPLINE, "alert"): FULL,
    (Role.SQUAD_LEADER, "alert"): VERIFIED,
    (Role.UNIT_OFFICER, "alert"): VERIFIED,
    (Role.SUPERVISOR, "transaction"): FULL,
    (Role.LEADER, "transaction"): FULL,
    (Role.DISCIPLINE, "transaction"): FULL,
    (Role.SUPERVISOR, "case"): FULL,
    (Role.LEADER, "case"): FULL,
    (Role.DISCIPLINE, "case"): FULL,
    (Role.SQUAD_LEADER, "case"): PARTIES,
    (Role.UNIT_OFFICER, "case"): PARTIES,
    (Role.SUPERVISOR, "breaker"): FULL,
    (Role.LEADER, "breaker"): FULL,
    (Role.DISCIPLINE, "breaker"): FULL,
    (Role.SQUAD_LEADER, "breaker"): VERIFIED,
    (Role.UNIT_OFFICER, "breaker"): VERIFIED,
    (Role.SYSTEM_ADMIN, "delivery"): FULL,
    (Role.SUPERVISOR, "delivery"): FULL,
    (Role.SYSTEM_ADMIN, "quarantine"): FULL,
    (Role.SUPERVISOR, "quarantine"): FULL,
    (Role.DISCIPLINE, "quarantine"): FULL,
    (Role.AUDIT_ADMIN, "audit"): FULL,
    (Role.SUPERVISOR, "cycle"): FULL,
    (Role.LEADER, "cycle"): FULL,
    (Role.CHECKLIST_ADMIN, "cycle"): FULL,
    (Role.DISCIPLINE, "cycle"): FULL,
    (Role.SQUAD_LEADER, "cycle"): FULL,
    (Role.UNIT_OFFICER, "cycle"): FULL,
    (Role.AUDIT_ADMIN, "cycle"): FULL,
}


@dataclass(frozen=True)
class Window:
    """A part of the unit tree through which a person sees one kind of object."""

    path: str
    reach: Reach


def active_grants(user: User, day: date | None = None) -> list[RoleGrant]:
    """The roles a person holds on a day, with their units; none for an inactive account."""
    if not user.is_authenticated or not user.is_active:
        return []
    day = day or today()
    # Asked with every request: a person's few grants are read sooner than the days are put into a question.
    held = user.grants.select_related("unit")
    return [grant for grant in held if grant.valid_from <= day and (grant.valid_until is None or grant.valid_until >= day)]


def roles_of(user: User) -> set[Role]:
    return {Role(grant.role) for grant in active_grants(user)}


def windows(user: User, kind: str, grants: Sequence[RoleGrant] | None = None) -> tuple[Window, ...]:
    """Through which parts of the tree, and how far, a person sees objects of `kind`; empty means nothing at all.

    `grants`: the person's active grants, where the caller has just asked for them.
    """
    held = active_grants(user) if grants is None else grants
    found = ((grant.unit.path, SIGHT.get((Role(grant.role), kind))) for grant in held)
    return tuple(Window(path, reach) for path, reach in found if reach is not None)
