"""The warnings that count, read from the alerts the centre has issued."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from oversight.breakers.core import Warned
from risk.alerts.models import Alert, IssuedWarning
from risk.alerts.visibility import VERIFIED_STATUSES

Subject = tuple[str, str]
PROVEN = (Alert.Outcome.CONFIRMED, Alert.Outcome.PARTLY)


@dataclass(frozen=True)
class FromAlert(Warned):
    """A warning with the alert it was issued over."""

    alert: str = ""
    unit: int | None = None


def warnings_of(*, kinds: Collection[str], since: datetime, until: datetime, subject_code: str = "") -> dict[Subject, list[FromAlert]]:
    """Issued between two moments (the first not included) over alerts about these kinds, by subject, the oldest first; one query.

    Left out are those whose alert was not proved (不属实) or is not verified any more.
    """
    found = IssuedWarning.objects.filter(at__gt=since, at__lte=until, alert__subject_kind__in=kinds, alert__status__in=VERIFIED_STATUSES)
    if subject_code:
        found = found.filter(alert__subject_code=subject_code)
    fields = (
        "alert__subject_kind",
        "alert__subject_code",
        "at",
        "alert__matter",
        "level",
        "alert__outcome",
        "alert__number",
        "alert__unit",
    )
    warned: dict[Subject, list[FromAlert]] = defaultdict(list)
    for kind, code, at, matter, level, outcome, number, unit in found.order_by("at", "id").values_list(*fields):
        if outcome != Alert.Outcome.UNFOUNDED:
            warned[kind, code].append(FromAlert(at, matter, level, outcome in PROVEN, number, unit))
    return warned
