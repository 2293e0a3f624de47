"""The alerts, and the days of labelled rows, as the database has them."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from ledger.complaints.models import Complaint
from ledger.journal.models import Transaction
from ledger.kit.days import event_day
from risk.alerts.models import Alert, AlertEvidence, Hit
from risk.alerts.related import joined, pairs_of
from risk.evaluation.evaluate.labels import bare
from risk.evaluation.evaluate.matching import Raised
from risk.frames import base

BLOCK = 500
DEFAULT_SOURCE = "manual"


def raised(*, source: str = DEFAULT_SOURCE) -> list[Raised]:
    """Every alert that was not withdrawn, its evidence named as labels name rows of `source`."""
    alerts = list(Alert.objects.exclude(status=Alert.Status.WITHDRAWN).select_related("rule", "matter").order_by("number"))
    rows: dict[int, list[int]] = defaultdict(list)
    for start in range(0, len(alerts), BLOCK):
        block = [alert.pk for alert in alerts[start : start + BLOCK]]
        for alert_id, row_id in AlertEvidence.objects.filter(alert__in=block).values_list("alert_id", "row_id"):
            rows[alert_id].append(row_id)
    numbers = {alert.matter_id: alert.matter.number for alert in alerts}
    root_of = joined([(alert.pk, alert.matter_id) for alert in alerts], pairs_of([alert.pk for alert in alerts]))
    return [
        Raised(
            number=alert.number,
            matter=alert.matter.number,
            group=numbers[root_of.get(alert.matter_id, alert.matter_id)],
            rule=alert.rule.code,
            subject=(alert.subject_kind, alert.subject_code),
            evidence=_names(alert.rule.frame, rows[alert.pk], source),
            level=alert.level,
            first_day=alert.first_day,
            raised_on=event_day(alert.raised_at),
        )
        for alert in alerts
    ]


def shadowed(*, source: str = DEFAULT_SOURCE) -> list[Raised]:
    """What rules in shadow would have raised: their live hits folded by subject and bucket, each a matter of its own."""
    buckets: dict[tuple[str, str, str, int], list[Hit]] = defaultdict(list)
    for hit in Hit.objects.filter(shadow=True, live=True).select_related("rule").order_by("id"):
        buckets[hit.rule.code, hit.subject_kind, hit.subject_code, hit.bucket].append(hit)
    answer = []
    for (code, kind, subject, bucket), hits in buckets.items():
        name = f"shadow:{code}:{subject}:{bucket}"
        evidence = _names(hits[0].rule.frame, {row for hit in hits for row in hit.evidence}, source)
        day = min(hit.day for hit in hits)
        answer.append(Raised(name, name, code, (kind, subject), evidence, name, hits[-1].level, day, day))
    return answer


def _names(frame: str, ids: Collection[int], source: str) -> frozenset[str]:
    """What labels call the rows of one alert's evidence; rows that are gone are left out."""
    return frozenset(_as_labelled(name, source) for name in base(frame).names(sorted(ids)))


def _as_labelled(name: str, source: str) -> str:
    """The bare number where the row is of `source`; the same number of another source stays told apart by a prefix."""
    if source == DEFAULT_SOURCE:
        return bare(name)
    of_source = bare(name, source)
    return of_source if of_source != bare(name) else f"{DEFAULT_SOURCE}:{of_source}"


def days_of(serials: Collection[str], *, source: str = DEFAULT_SOURCE) -> dict[str, date]:
    """The event day of each labelled transaction or complaint that is in the ledger."""
    wanted = sorted(serials)
    answer: dict[str, date] = {}
    for start in range(0, len(wanted), BLOCK):
        block = wanted[start : start + BLOCK]
        answer |= dict(Transaction.objects.filter(source=source, serial_no__in=block).values_list("serial_no", "event_day"))
        complaints = Complaint.objects.filter(source=source, complaint_no__in=block).values_list("complaint_no", "received_at")
        answer |= {number: event_day(moment) for number, moment in complaints}
    return answer
