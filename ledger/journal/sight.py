"""Which transactions a person may see, decided in one place: as a query for lists, pages and counts, in memory for the columns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat

from ledger.journal.models import Transaction
from ledger.roster.accounts import RoleGrant, User
from ledger.roster.models import Unit
from ledger.roster.rights import windows


@dataclass(frozen=True)
class Sight:
    """The units whose transactions a person sees. `everything`: all there are, so that no query need name them."""

    codes: frozenset[str]
    everything: bool

    @classmethod
    def of(cls, user: User, grants: Sequence[RoleGrant] | None = None) -> "Sight":
        """`grants`: the person's active grants, where the caller has just asked for them."""
        paths = tuple(window.path for window in windows(user, "transaction", grants))
        units = list(Unit.objects.values_list("code", "path")) if paths else []
        codes = frozenset(code for code, path in units if path.startswith(paths))
        return cls(codes, bool(codes) and len(codes) == len(units))

    def filter(self, transactions: QuerySet[Transaction]) -> QuerySet[Transaction]:
        return transactions if self.everything else within(transactions, self.codes)

    def sees(self, unit_code: str) -> bool:
        return self.everything or unit_code in self.codes


def within(transactions: QuerySet[Transaction], codes: Collection[str]) -> QuerySet[Transaction]:
    """Those of some units, as a condition on rows that are found otherwise.

    It is an expression, because a planner without statistics would else walk through all a unit ever did to find one person in it.
    """
    return transactions.alias(of_unit=Concat("unit_code", Value(""))).filter(of_unit__in=sorted(codes))
