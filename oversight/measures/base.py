"""What every measure a case may end in has in common: its number and case, who proposed and who decided it, and its next term."""

from datetime import date, datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from ledger.journal.canonical import moment_text
from ledger.roster.models import User
from oversight.cases.models import Case

DECISION, LEGAL = "decision", "legal"


class Measure(models.Model):
    """A measure of a case. Its status is a projection of its entries in the case's 办理记录; who decides never proposed it.

    `due_on` is the day by which its next step is to be done. `bound` names, for each kind of approval, the columns that lie before both
    who asks and who decides: when one of them changes in between, the approval lapses.
    """

    bound: ClassVar[dict[str, tuple[str, ...]]] = {}
    # Whether whoever asked sees it without its case; given by oversight.measures.queries.
    redacted: bool = False

    number = models.CharField(max_length=20, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(name="%(class)s_decided_by_another", condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by"))),
            models.CheckConstraint(
                name="%(class)s_decision_whole",
                condition=Q(decided_by=None, decided_at=None) | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["status", "-proposed_at"], name="%(class)s_status")]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        """What it is about, in a line."""
        raise NotImplementedError

    @property
    def hands(self) -> frozenset[int]:
        """Who has had a hand in it before it is decided, and so does not decide."""
        return frozenset({self.proposed_by_id})

    def content(self, kind: str) -> dict[str, Any]:
        """What an approval of this kind binds to, as text by column; read it from a row as the database has it."""
        return {name: _text(self.serializable_value(name)) for name in self.bound[kind]}


def _text(value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, list):
        return [_text(one) for one in value]
    return value.isoformat() if isinstance(value, date) else str(value)
