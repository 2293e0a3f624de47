"""整改成效: the weeks before and after closing as the rule judged them, beside matched peers. Each week is measured once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone

from ledger.journal.models import Transaction
from ledger.kit.days import today
from ledger.roster.models import Unit
from oversight.aftercare.models import Measurement, Verdict, Watch
from oversight.aftercare.policy import figures_of
from oversight.aftercare.rates import SHIPPED, Measured, Rate, verdict_of
from risk.alerts.models import Hit
from risk.frames.bases import TRANSACTIONS
from risk.frames.transaction_base import FIELDS
from risk.rules.models import Rule, RuleVersion, SubjectKind
from risk.rules.queries import version_on

WEEK = timedelta(days=7)
# Peers are judged once their Sunday is over, so a week is looked at when the day after it has passed too.
LAG = timedelta(days=2)
# People and vehicles are leads, never ranked: they have no peers, and their rate is by days.
UNRANKED = (SubjectKind.PERSON, SubjectKind.VEHICLE)
KIND = "unit.kind"
_COLUMNS = FIELDS | {"action": "action", "line": "line"}


@dataclass(frozen=True)
class Looked:
    """Days of a subject: its rate, the highest number told, and the rate of each peer with enough business."""

    own: Rate
    observed: float | None
    peers: Mapping[str, Rate]


def measure(watch: Watch, now: datetime | None = None) -> list[Measurement]:
    """Write down the weeks that are over and not measured yet, and first those before the alert. Returns what was written."""
    made, day = [], today(now)
    done = set(watch.measurements.values_list("week", flat=True))
    for week, first, last in weeks_of(watch):
        if week not in done and last + LAG <= day:
            made.append(_measure(watch, week, first, last, now or timezone.now()))
    return made


def weeks_of(watch: Watch) -> list[tuple[int, date, date]]:
    """Number, first and last day: 0 the weeks that end with the alert, then each whole week of the term."""
    last = watch.alert.last_day
    found = [(0, last - figures_of(watch).before_weeks * WEEK + timedelta(days=1), last)]
    first, week = watch.from_day, 1
    while first + WEEK - timedelta(days=1) <= watch.until_day:
        found.append((week, first, first + WEEK - timedelta(days=1)))
        first, week = first + WEEK, week + 1
    return found


@transaction.atomic
def _measure(watch: Watch, week: int, first: date, last: date, now: datetime) -> Measurement:
    version, peers = watch.alert.rule_version, figures_of(watch).peer_amount
    looked = look(watch.alert.rule, version, watch.alert.subject_code, first, last, peer_amount=peers)
    rates = [rate.hundred for rate in looked.peers.values() if rate.hundred is not None]
    others = sum(looked.peers.values(), Rate(0, 0))
    kept = Measurement(
        watch=watch,
        week=week,
        first_day=first,
        last_day=last,
        at=now,
        hits=looked.own.hits,
        amount=looked.own.amount,
        observed=looked.observed,
        peers=len(rates),
        peers_median=median(rates) if rates else None,
        peers_hits=others.hits,
        peers_amount=others.amount,
    )
    if week:
        kept.verdict = verdict_so_far(watch, [*watch.measurements.order_by("week"), kept])
    kept.save()
    return kept


def verdict_so_far(watch: Watch, found: list[Measurement]) -> str:
    """Of measurements in the order of their weeks, the weeks before among them."""
    before = next((one for one in found if one.week == 0), None)
    if before is None or len(found) < 2:
        return Verdict.TOO_LITTLE
    weeks = [measured(one) for one in found if one.week]
    window = watch.alert.rule_version.window_days
    return verdict_of(measured(before), weeks, window_days=window, figures=figures_of(watch))


def measured(one: Measurement) -> Measured:
    return Measured(Rate(one.hits, one.amount), Rate(one.peers_hits, one.peers_amount), one.peers)


def look(rule: Rule, version: RuleVersion, code: str, first: date, last: date, *, peer_amount: int = SHIPPED.peer_amount) -> Looked:
    """How often the rule spoke of the subject and of its peers in these days, both included, and of how much business. Peers have at
    least `peer_amount` of it."""
    hits = Hit.objects.filter(rule=rule, live=True, day__range=(first, last))
    own = hits.filter(subject_code=code)
    told = own.aggregate(number=Count("pk"), high=Max("observed"), low=Min("observed"))
    observed = told["low"] if version.op == "<=" else told["high"]
    if _is_off(rule):
        return Looked(Rate(told["number"], 0), observed, {})
    if rule.frame != TRANSACTIONS or rule.subject_kind in UNRANKED:
        return Looked(Rate(told["number"], (last - first).days + 1), observed, {})
    amounts = _amounts(version, code, first, last, peer_amount)
    amount = amounts.pop(code, 0)
    found = dict(hits.filter(subject_code__in=list(amounts)).values_list("subject_code").annotate(Count("pk")).order_by())
    peers = {name: Rate(found.get(name, 0), rows) for name, rows in amounts.items()}
    return Looked(Rate(told["number"], amount), observed, peers)


def _is_off(rule: Rule) -> bool:
    """Whether nothing is judged by the rule now: then silence says nothing."""
    version = version_on(rule)
    return version is None or version.mode == RuleVersion.Mode.OFF


def _amounts(version: RuleVersion, code: str, first: date, last: date, least: int) -> dict[str, int]:
    """Transactions of the subject, and of each peer with enough of them: in the rule's lines and scope, alike in what peers of the rule
    have in common (the post, where it does not say)."""
    column = version.subject_column
    name = f"attrs__{column[5:]}" if column.startswith("attr.") else FIELDS[column]
    rows = _business(version).filter(event_day__range=(first, last))
    own = rows.filter(**{name: code})
    amount = own.count()
    if not amount:
        return {code: 0}
    common = [_COLUMNS[one] for one in named_peers(version) if one in _COLUMNS and one != column]
    for one in common:
        alike = set(own.values_list(one, flat=True).order_by().distinct())
        rows = rows.filter(**{f"{one}__in": alike})
    if KIND in named_peers(version):
        kinds = Unit.objects.filter(code__in=own.values("unit_code")).values("kind")
        rows = rows.filter(unit_code__in=Unit.objects.filter(kind__in=kinds).values("code"))
    peers = rows.exclude(**{name: code}).exclude(**{name: ""}).exclude(**{f"{name}__isnull": True})
    counted = peers.values_list(name).annotate(rows=Count("pk")).order_by().filter(rows__gte=least)
    return dict(counted) | {code: amount}


def _business(version: RuleVersion) -> QuerySet[Transaction]:
    """The rows the rule judges, as far as its scope names columns of the journal."""
    wanted = Q(line__in=version.lines) if version.lines else Q()
    for column, allowed in version.scope.items():
        if column in _COLUMNS or column in ("status", "result"):
            wanted &= Q(**{f"{_COLUMNS.get(column, column)}__in": list(allowed)})
    return Transaction.objects.filter(wanted)


def named_peers(version: RuleVersion) -> tuple[str, ...]:
    """The columns that peers of the rule have in common, as its parameters say; the post where they do not."""
    told = version.params.get("peers")
    return (told,) if isinstance(told, str) else tuple(told) if isinstance(told, list) and told else ("post",)
