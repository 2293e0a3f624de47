"""The only writer of impounds."""

from collections.abc import Sequence

from django.db import transaction as database

from ledger.impounds.models import Impound
from ledger.journal import bulk
from ledger.journal.changes import tell_unit_days
from ledger.journal.fold import Record
from ledger.journal.models import Delivery, Transaction
from ledger.journal.records import Kept, keep
from ledger.roster.services import Outcome

LINE, ACTION = "violation", "impound"


@database.atomic
def save_impounds(*, delivery: Delivery, records: Sequence[Record]) -> Kept:
    """Take impounds over. One whose transaction has not come is taken; one whose serial number is another business's is rejected.

    Told as changed: the event days of the transactions, under their units. A transaction that comes later tells its own.
    """
    bulk.lock_source(delivery.source)
    serials = {record.serial_no for record in records}
    found = Transaction.objects.filter(source=delivery.source, serial_no__in=serials)
    owners = {row.serial_no: row for row in found.only("serial_no", "line", "action", "unit_code", "event_day")}
    wrong = {serial_no for serial_no, owner in owners.items() if (owner.line, owner.action) != (LINE, ACTION)}
    refused = dict.fromkeys(wrong, Outcome("rejected", "serial_no", "no_impound"))
    kept = keep(model=Impound, delivery=delivery, records=records, refused=refused)
    touched = [owners[serial_no] for serial_no in kept.changes if serial_no in owners]
    tell_unit_days(Impound.kind, {(owner.unit_code, owner.event_day) for owner in touched})
    return kept
