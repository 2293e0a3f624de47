"""爆炸半径: what stopping a subject costs, from its business of the last 90 days; counts only, nobody is named."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from ledger.journal.models import Transaction
from ledger.kit.days import today
from ledger.roster.models import Agency, Post, Posting, Unit
from oversight.breakers.simulating import COLUMNS

LONG, SHORT = 90, 30


@dataclass(frozen=True)
class OnLine:
    """Business on one line: items of the last 30 and of the last 90 days."""

    line: str
    short: int
    long: int

    @property
    def a_day(self) -> float:
        return self.short / SHORT


@dataclass(frozen=True)
class Blast:
    """What stands still with a subject. `open_items` are accepted and not finished, `waiting` the different persons behind them;
    `others`: how many of its kind could take over."""

    lines: tuple[OnLine, ...]
    units: int
    days: int
    open_items: int
    waiting: int
    others: int

    @property
    def short(self) -> int:
        return sum(line.short for line in self.lines)

    @property
    def long(self) -> int:
        return sum(line.long for line in self.lines)


def blast_of(kind: str, code: str, now: datetime) -> Blast:
    """Four queries, bounded by 90 days of one subject's business."""
    day = today(now)
    rows = _business(kind, code, day)
    since = day - timedelta(days=SHORT)
    counted = rows.order_by().values("line").annotate(long=Count("id"), short=Count("id", filter=Q(event_day__gt=since)))
    lines = [OnLine(one["line"], one["short"], one["long"]) for one in counted]
    unfinished = Q(status=Transaction.Status.ACCEPTED)
    whole = rows.aggregate(
        units=Count("unit_code", distinct=True),
        days=Count("event_day", distinct=True),
        open_items=Count("id", filter=unfinished),
        waiting=Count("person_id_no", distinct=True, filter=unfinished & ~Q(person_id_no="")),
    )
    return Blast(lines=tuple(sorted(lines, key=lambda one: -one.long)), others=_others(kind, code, day), **whole)


def _business(kind: str, code: str, day: date) -> QuerySet[Transaction]:
    rows = Transaction.objects.filter(event_day__gt=day - timedelta(days=LONG), event_day__lte=day, **{COLUMNS[kind]: code})
    if kind == "post":  # which has no index of its own: only units where somebody held it
        held = Posting.objects.filter(post_code=code).exclude(end_date__lt=day - timedelta(days=LONG))
        rows = rows.filter(unit_code__in=set(held.values_list("unit_code", flat=True)))
    return rows


def _others(kind: str, code: str, day: date) -> int:
    """Who could take over: people in the same post and unit, posts of the same line held there, companies of the same kind under the same
    unit, sister units of the same kind."""
    held = Posting.objects.filter(start_date__lte=day).exclude(end_date__lt=day)
    if kind == "staff":
        own = Q(pk__in=[])
        for post, unit in held.filter(staff_no=code).values_list("post_code", "unit_code"):
            own |= Q(post_code=post, unit_code=unit)
        return held.filter(own).exclude(staff_no=code).values("staff_no").distinct().count()
    if kind == "post":
        units = held.filter(post_code=code).values("unit_code")
        same = Post.objects.filter(line__in=Post.objects.filter(code=code).exclude(line="").values("line")).exclude(code=code)
        return held.filter(unit_code__in=units, post_code__in=same.values("code")).values("post_code").distinct().count()
    if kind == "agency":
        one = Agency.objects.filter(code=code).first()
        return Agency.objects.filter(kind=one.kind, unit_code=one.unit_code).exclude(code=code).count() if one else 0
    unit = Unit.objects.filter(code=code).first()
    return Unit.objects.get_siblings(unit).filter(kind=unit.kind).exclude(pk=unit.pk).count() if unit else 0
