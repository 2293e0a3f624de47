"""The only writer of cases of discipline."""

from collections.abc import Sequence

from ledger.discipline.models import DisciplineCase
from ledger.journal.fold import Record
from ledger.journal.models import Delivery
from ledger.journal.records import Kept, keep


def save_cases(*, delivery: Delivery, records: Sequence[Record]) -> Kept:
    """Take decided cases over, in one database transaction. No transaction looks different for them, so nothing is told."""
    return keep(model=DisciplineCase, delivery=delivery, records=records)
