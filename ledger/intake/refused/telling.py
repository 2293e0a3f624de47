"""Tell whoever registered that the quarantine looks different: its open rows are what rules about it see."""

from django.db.models import QuerySet

from ledger.intake.models import Quarantined
from ledger.journal.changes import tell_unit_days
from ledger.kit.days import event_day

KIND = "quarantine"


def tell_settled(rows: QuerySet[Quarantined]) -> None:
    """Tell the days on which these rows, about to be settled, were first refused; in the caller's transaction."""
    tell_unit_days(KIND, {(unit_code, event_day(at)) for unit_code, at in rows.values_list("unit_code", "first_seen_at")})
