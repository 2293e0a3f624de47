"""What the closing of a case asks of its transfers."""

from oversight.cases.models import Case
from oversight.measures.transfers.models import Transfer


def was_transferred(case: Case) -> bool:
    """Whether the case may be closed as transferred: something of it was sent, against a receipt."""
    return Transfer.objects.filter(case=case, status__in=[Transfer.Status.SENT, Transfer.Status.CONCLUDED]).exists()
