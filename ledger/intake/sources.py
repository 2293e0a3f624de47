"""The health of every source, read: deliveries by their index, transactions by their kept counts, never by reading the ledger."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, OuterRef, QuerySet, Subquery

from ledger.complaints.models import Complaint
from ledger.discipline.models import DisciplineCase
from ledger.impounds.models import Impound
from ledger.intake.health import BEFORE_DAYS, SHOWN_DAYS, Day, Reconciled, Rhythm, State, judged_days, rhythm_of, state_of
from ledger.intake.reading.kinds import COUNTED, KINDS, TRANSACTIONS
from ledger.journal.models import DailyCount, Delivery, Transaction
from ledger.kit import calendar
from ledger.kit.days import day_start, event_day, today
from ledger.manifests.models import Manifest

SAMPLE, SHOWN_DELIVERIES = 200, 20
RHYTHM_DAYS, MANIFEST_DAYS = 182, 92
FEW_DAYS = 28
_Sampled = tuple[datetime, str, int, int]  # of a delivery: started at, status, rows received, rows rejected
Counts = dict[tuple[str, date], int]  # line (empty where a kind has none) and event day → records


@dataclass(frozen=True)
class SourceHealth:
    """A source and kind of data: how it delivers, what it delivered lately, and what is to be thought of it.

    `recent` are its newest deliveries, at most SHOWN_DELIVERIES, newest first; `received` and `rejected` count the rows of the last SAMPLE.
    `days` is empty for kinds without an event day. `line_days` holds the same for each line, where there are several.
    """

    source: str
    kind: str
    state: State
    recent: tuple[Delivery, ...]
    received: int
    rejected: int
    rhythm: Rhythm | None
    last_event_day: date | None
    days: tuple[Day, ...]
    line_days: Mapping[str, tuple[Day, ...]]
    manifests: tuple[Reconciled, ...]

    @property
    def unmet(self) -> list[Reconciled]:
        return [one for one in self.manifests if one.difference]


def sources_health(*, on: date | None = None) -> list[SourceHealth]:
    """Every source and kind that ever delivered or was counted by a manifest, by source and in the order of kinds."""
    on = on or today()
    manifests = _manifests(on)
    order = {kind: place for place, kind in enumerate(KINDS)}
    pairs = sorted({*_delivered(), *manifests}, key=lambda pair: (pair[0], order.get(pair[1], len(order))))
    working = calendar.working_days(on - timedelta(days=RHYTHM_DAYS), on)
    return [_health(source, kind, manifests.get((source, kind), []), on, working) for source, kind in pairs]


def source_health(source: str, kind: str, *, on: date | None = None) -> SourceHealth | None:
    """The same for one; None where it never delivered and no manifest counts it."""
    on = on or today()
    manifests = _manifests(on, source).get((source, kind), [])
    if not manifests and not Delivery.objects.filter(source=source, kind=kind).exists():
        return None
    return _health(source, kind, manifests, on, calendar.working_days(on - timedelta(days=RHYTHM_DAYS), on))


def _delivered() -> Iterator[tuple[str, str]]:
    """The sources and kinds of all deliveries, each found by one step into their index: a system may have delivered a million times."""
    source = ""
    while (found := _next(Delivery.objects.filter(source__gt=source), "source")) is not None:
        source, kind = found, ""
        while (next_kind := _next(Delivery.objects.filter(source=source, kind__gt=kind), "kind")) is not None:
            kind = next_kind
            yield source, kind


def _next(deliveries: QuerySet[Delivery], name: str) -> str | None:
    return deliveries.order_by(name).values_list(name, flat=True).first()


def _manifests(on: date, source: str | None = None) -> dict[tuple[str, str], list[Manifest]]:
    """The manifests of the last MANIFEST_DAYS by source and kind counted."""
    found: dict[tuple[str, str], list[Manifest]] = {}
    rows = Manifest.objects.filter(last_day__gt=on - timedelta(days=MANIFEST_DAYS))
    for one in (rows if source is None else rows.filter(source=source)).order_by("last_day", "first_day", "manifest_no"):
        found.setdefault((one.source, one.of_kind or TRANSACTIONS.code), []).append(one)
    return found


def _health(source: str, kind: str, manifests: Sequence[Manifest], on: date, working: Set[date]) -> SourceHealth:
    """`working`: the working days of the last RHYTHM_DAYS."""
    came = Delivery.objects.filter(source=source, kind=kind).order_by("-started_at")
    sample = list(came.values_list("started_at", "status", "received", "rejected")[:SAMPLE])
    delivered = _delivery_days(came, sample)
    rhythm = _rhythm(delivered, on, working) if delivered else None
    first = on - timedelta(days=SHOWN_DAYS + BEFORE_DAYS)
    counts = _counts(source, kind, min([first, *(one.first_day for one in manifests)]), max([on, *(one.last_day for one in manifests)]))
    complete_to = max(delivered) - timedelta(days=1) if delivered else None

    def judged(line: str) -> tuple[Day, ...]:
        return tuple(judged_days(_summed(counts, line, since=first), working=working, complete_to=complete_to, today=on))

    lines = sorted({line for line, _day in counts})
    days = judged("") if kind in COUNTED else ()
    line_days = {line: judged(line) for line in lines} if len(lines) > 1 else {}
    reconciled = tuple(_reconciled(one, counts) for one in manifests)
    return SourceHealth(
        source=source,
        kind=kind,
        state=state_of(days, rhythm, reconciled, line_days=line_days.values()),
        recent=tuple(came[:SHOWN_DELIVERIES]) if sample else (),
        received=sum(received for _at, _status, received, _rejected in sample),
        rejected=sum(rejected for _at, _status, _received, rejected in sample),
        rhythm=rhythm,
        last_event_day=_last_event_day(source, kind, counts),
        days=days,
        line_days=line_days,
        manifests=reconciled,
    )


def _delivery_days(came: QuerySet[Delivery], sample: Sequence[_Sampled]) -> set[date]:
    """The days on which something came in the RHYTHM_DAYS up to the last; the newest FEW_DAYS where the sample is of few days only."""
    days = {event_day(at) for at, status, *_rows in sample if status != Delivery.Status.FAILED}
    good = came.exclude(status=Delivery.Status.FAILED).values_list("started_at", flat=True)
    while days and len(sample) == SAMPLE and len(days) < FEW_DAYS:
        earlier = good.filter(started_at__lt=day_start(min(days))).first()
        if earlier is None:
            break
        days.add(event_day(earlier))
    return {day for day in days if (max(days) - day).days <= RHYTHM_DAYS}


def _rhythm(delivered: Set[date], on: date, working: Set[date]) -> Rhythm:
    first = min(delivered)
    return rhythm_of(delivered, working=working if (on - first).days <= RHYTHM_DAYS else calendar.working_days(first, on), today=on)


def _counts(source: str, kind: str, first: date, last: date) -> Counts:
    if kind == TRANSACTIONS.code:
        kept = DailyCount.objects.filter(source=source, day__range=(first, last), rows__gt=0)
        return {(line, day): rows for line, day, rows in kept.values_list("line", "day", "rows")}
    found = _event_days(source, kind, first) if kind in COUNTED else ()
    return dict(Counter(("", day) for day in found if first <= day <= last))


def _event_days(source: str, kind: str, first: date) -> Iterable[date]:
    """The event days of records of a kind that is few: complaints, cases and impounds, from about `first` on."""
    if kind == Complaint.kind:
        received = Complaint.objects.filter(source=source, received_at__gte=day_start(first)).values_list("received_at", flat=True)
        return map(event_day, received)
    if kind == DisciplineCase.kind:
        return DisciplineCase.objects.filter(source=source, decided_at__gte=first).values_list("decided_at", flat=True)
    owner = Transaction.objects.filter(source=OuterRef("source"), serial_no=OuterRef("serial_no")).values("event_day")
    came = Impound.objects.filter(source=source, arrived_at__gte=day_start(first)).annotate(day=Subquery(owner))
    return came.exclude(day=None).values_list("day", flat=True)


def _summed(counts: Counts, line: str, *, since: date) -> dict[date, int]:
    """Records by day, of one line or (empty) of all."""
    found: dict[date, int] = {}
    for (of, day), rows in counts.items():
        if day >= since and line in ("", of):
            found[day] = found.get(day, 0) + rows
    return found


def _reconciled(manifest: Manifest, counts: Counts) -> Reconciled:
    days = (manifest.first_day, manifest.last_day)
    found = sum(rows for (line, day), rows in counts.items() if days[0] <= day <= days[1] and manifest.line in ("", line))
    return Reconciled(manifest.manifest_no, manifest.line, *days, manifest.expected, found)


def _last_event_day(source: str, kind: str, counts: Counts) -> date | None:
    if kind == TRANSACTIONS.code:
        last: date | None = DailyCount.objects.filter(source=source, rows__gt=0).aggregate(last=Max("day"))["last"]
        return last
    return max((day for _line, day in counts), default=None)
