"""Terms in words."""

from django.utils.translation import ngettext

from oversight.cases.policy.models import Measure
from oversight.cases.policy.reading import Span


def span_text(span: Span) -> str:
    """4小时, 3个工作日."""
    if span.measure == Measure.HOURS:
        return ngettext("%(number)d hour", "%(number)d hours", span.amount) % {"number": span.amount}
    return ngettext("%(number)d working day", "%(number)d working days", span.amount) % {"number": span.amount}
