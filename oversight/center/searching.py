"""What the search of the console finds among alerts."""

from django.db.models import Q

from ledger.journal.models import Delivery, Transaction
from ledger.roster.models import Agency, Staff, Unit
from risk.alerts.models import AlertEvidence
from risk.frames import TRANSACTIONS

FOUND_MOST = 500


def matches(text: str) -> Q:
    """By alert number, serial number of the evidence, staff number or name, agency or unit code or name, terminal."""
    staff = Staff.objects.filter(Q(staff_no=text) | Q(name=text)).values_list("staff_no", flat=True)[:FOUND_MOST]
    agencies = Agency.objects.filter(Q(code=text) | Q(name__contains=text)).values_list("code", flat=True)[:FOUND_MOST]
    units = Unit.objects.filter(Q(code=text) | Q(name=text)).values_list("code", flat=True)[:FOUND_MOST]
    sources = Delivery.objects.values("source").distinct()
    rows = Transaction.objects.filter(source__in=sources, serial_no=text).values_list("pk", flat=True)
    named_by = AlertEvidence.objects.filter(row_id__in=list(rows), alert__rule__frame=TRANSACTIONS).values_list("alert_id", flat=True)[
        :FOUND_MOST
    ]
    return (
        Q(number=text.upper())
        | Q(subject_kind="staff", subject_code__in=[text, *staff])
        | Q(subject_kind="agency", subject_code__in=list(agencies))
        | Q(subject_kind="unit", subject_code__in=list(units))
        | Q(subject_kind="terminal", subject_code=text)
        | Q(pk__in=list(named_by))
    )
