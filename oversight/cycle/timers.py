"""What the clock does to the files of the cycle that never arrived whole."""

from datetime import datetime, timedelta

from django.utils import timezone

from oversight.cycle.models import AnswerSending

# What was sent of a file is removed from the disk after a day (oversight.intake.incoming); the row that knows of it goes after that.
FORGOTTEN = timedelta(days=2)


def forget_sendings(*, now: datetime | None = None) -> int:
    """Forget sendings that broke off long ago; how many. May run twice."""
    return AnswerSending.objects.filter(begun_at__lt=(now or timezone.now()) - FORGOTTEN).delete()[0]
