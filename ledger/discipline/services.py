"""The only writer of cases of discipline."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction as database

from ledger.discipline.models import DisciplineCase
from ledger.journal.changes import tell_unit_days
from ledger.journal.fold import Record
from ledger.journal.models import Delivery
from ledger.journal.records import Kept, keep


@database.atomic
def save_cases(*, delivery: Delivery, records: Sequence[Record]) -> Kept:
    """Take decided cases over. Told as changed: the days of decision of their units, by their new and their old picture."""
    kept = keep(model=DisciplineCase, delivery=delivery, records=records)
    pictures = [picture for change in kept.changes.values() for picture in (change.old, change.new) if picture is not None]
    tell_unit_days(DisciplineCase.kind, {(picture["unit_code"], date.fromisoformat(picture["decided_at"])) for picture in pictures})
    return kept
