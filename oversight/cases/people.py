"""Who acts: what the transition tables ask of a person. Roles hold over a part of the unit tree, and so does every right in a case."""

from dataclasses import dataclass

from ledger.roster.accounts import Role, RoleGrant, User
from ledger.roster.rights import active_grants


@dataclass(frozen=True)
class Person:
    """A person as the tables see them. Auxiliaries and employees are no officers: they enter and remind, and decide nothing."""

    pk: int
    officer: bool
    grants: frozenset[tuple[Role, str]]

    @classmethod
    def of(cls, user: User, grants: list[RoleGrant] | None = None) -> "Person":
        held = active_grants(user) if grants is None else grants
        return cls(
            pk=user.pk,
            officer=user.staff is None or user.staff.kind == "officer",
            grants=frozenset((Role(grant.role), grant.unit.path) for grant in held),
        )

    def holds(self, *roles: Role, over: str) -> bool:
        """Whether one of the roles is held over the unit with that tree path, as officer or not."""
        return any(role in roles and over.startswith(path) for role, path in self.grants)

    def may(self, *roles: Role, over: str) -> bool:
        """The same, for what only officers do: characterise, sign, decide."""
        return self.officer and self.holds(*roles, over=over)
