"""What the closing of a case asks of its transfers."""

from django.utils.translation import gettext as _

from oversight.cases.models import Case
from oversight.measures.transfers.models import Transfer


def not_transferred(case: Case) -> list[str]:
    """Why the case cannot be closed as transferred: nothing of it was sent, against a receipt."""
    sent = Transfer.objects.filter(case=case, status__in=[Transfer.Status.SENT, Transfer.Status.CONCLUDED]).exists()
    return [] if sent else [_("Nothing of this case was transferred; propose a transfer, or choose another outcome.")]
