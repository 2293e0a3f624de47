"""The only writer of complaints."""

from collections.abc import Sequence

from django.db import transaction as database

from ledger.complaints.models import Complaint
from ledger.journal.canonical import moment_of
from ledger.journal.changes import tell_unit_days
from ledger.journal.fold import Record
from ledger.journal.models import Delivery
from ledger.journal.records import Kept, keep
from ledger.kit.days import event_day


@database.atomic
def save_complaints(*, delivery: Delivery, records: Sequence[Record]) -> Kept:
    """Take complaints over. Told as changed: the days of receipt of their units, by their new and their old picture."""
    kept = keep(model=Complaint, delivery=delivery, records=records)
    pictures = [picture for change in kept.changes.values() for picture in (change.old, change.new) if picture is not None]
    tell_unit_days(Complaint.kind, {(picture["unit_code"], event_day(moment_of(picture["received_at"]))) for picture in pictures})
    return kept
