"""What the wall says, as numbers: one function for each part, each a few queries however many alerts there are."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import TruncDate

from ledger.intake.health import State
from ledger.intake.sources import SourceHealth, sources_health
from ledger.kit.days import SHANGHAI, day_start, today
from ledger.roster.models import Unit
from oversight.coverage.waiting import backlog
from oversight.wall.figures import MONTH_DAYS, URGENT_LEVELS, WEEK_DAYS, parts, raised_in, timed
from oversight.wall.queries import FEWEST_PEOPLE, people_by_path
from oversight.wall.sights import Sight
from risk.alerts.models import Alert
from risk.alerts.queries import RAISED
from risk.coverage.models import Canary, Coverage
from risk.coverage.queries import last_canaries, recent_gaps
from risk.rules.queries import current_versions

THREE = ("raised", "issued", "confirmed")
SPANS = ("today", "month", "year")
WEEKS_BEFORE = 4
UNITS_SHOWN = 8


@dataclass(frozen=True)
class Open:
    """What is open now. By level, of those nobody has taken: `urgent` how many, `oldest` when the first was raised. `first_due`: the next
    term among them.
    """

    counts: dict[str, int]
    urgent: dict[str, int]
    oldest: dict[str, datetime | None]
    first_due: datetime | None
    units: list["UnitCount"]
    rest: "UnitCount | None"


@dataclass(frozen=True)
class UnitCount:
    """Open alerts of a place (see figures.Wanted.unit) and how many of them are overdue; `units`: of how many units, for the rest."""

    place: str
    name: str
    open: int
    overdue: int
    units: int = 1


def count_open(sight: Sight, now: datetime) -> Open:
    known, alerts = parts(now), sight.alerts.filter(status__in=Alert.OPEN)
    names = ("open", *(status.value for status in Alert.OPEN), "soon", "overdue")
    told = alerts.aggregate(
        **{name: Count("id", filter=known[name]) for name in names},
        **{f"urgent_{level}": Count("id", filter=known["urgent"] & Q(level=level)) for level in URGENT_LEVELS},
        **{f"oldest_{level}": Min("raised_at", filter=known["urgent"] & Q(level=level)) for level in URGENT_LEVELS},
        first_due=Min("due_at", filter=known["urgent"]),
    )
    units, rest = _units(sight, alerts, known["overdue"])
    return Open(
        counts={name: told[name] for name in names},
        urgent={level: told[f"urgent_{level}"] for level in URGENT_LEVELS},
        oldest={level: told[f"oldest_{level}"] for level in URGENT_LEVELS},
        first_due=told["first_due"],
        units=units,
        rest=rest,
    )


def _units(sight: Sight, alerts: QuerySet[Alert], overdue: Q) -> tuple[list[UnitCount], UnitCount | None]:
    """The places with most open alerts, and the others together. A screen names no unit of a handful of people."""
    counted = alerts.order_by().values_list("unit__path").annotate(opened=Count("id"), late=Count("id", filter=overdue))
    opened, late = Counter[str](), Counter[str]()
    places = _places(sight.roots)
    for path, number, over in counted:
        place = next((place for place, _name, covered in places if _covers(place, covered, path)), "")
        opened[place] += number
        late[place] += over
    few = _too_few(places) if sight.screen else set()
    found = [UnitCount(place, name, opened[place], late[place]) for place, name, _path in places if opened[place]]
    found.sort(key=lambda one: (-one.open, one.place.lstrip("=")))
    shown = [one for one in found if one.place not in few][:UNITS_SHOWN]
    others = [one for one in found if one not in shown]
    if shown and len(others) == 1 and others[0].place in few:
        others.append(shown.pop())  # alone among the others it would be named after all
    if not others:
        return shown, None
    return shown, UnitCount("", "", sum(one.open for one in others), sum(one.overdue for one in others), len(others))


def _places(roots: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """(place, name, path): the units directly below the one root and the root alone, or the roots where there are several."""
    if len(roots) != 1:
        return [(unit.code, unit.name, unit.path) for unit in Unit.objects.filter(path__in=roots)]
    depth = len(roots[0]) // Unit.steplen
    units = Unit.objects.filter(path__startswith=roots[0], depth__lte=depth + 1).order_by("path")
    return [(f"={unit.code}" if unit.depth == depth else unit.code, unit.name, unit.path) for unit in units]


def _covers(place: str, covered: str, path: str) -> bool:
    return path == covered if place.startswith("=") else path.startswith(covered)


def _too_few(places: Iterable[tuple[str, str, str]]) -> set[str]:
    people = people_by_path()
    return {
        place
        for place, _name, covered in places
        if sum(number for path, number in people.items() if _covers(place, covered, path)) < FEWEST_PEOPLE
    }


@dataclass(frozen=True)
class LineCount:
    """Alerts of a line raised in the last week, by level, and the median of the four weeks before; None with too little history."""

    levels: dict[str, int]
    usual: int | None

    @property
    def total(self) -> int:
        return sum(self.levels.values())


@dataclass(frozen=True)
class History:
    """What was raised: the three counts by span, whether first checks were in time, by day and level, by line."""

    three: dict[str, dict[str, int]]
    in_time: int
    late: int
    days: dict[date, dict[str, int]]
    lines: dict[str, LineCount]

    @property
    def levels(self) -> dict[str, int]:
        found = Counter[str]()
        for levels in self.days.values():
            found.update(levels)
        return dict(found)


def count_history(sight: Sight, now: datetime) -> History:
    known, day = parts(now), today(now)
    told = sight.alerts.filter(raised_in("year", day)).aggregate(
        **{f"{name}_{span}": Count("id", filter=known[name] & raised_in(span, day)) for name in THREE for span in SPANS}
    )
    checked = (
        timed(sight.alerts)
        .filter(raised_in("days30", day))
        .aggregate(**{name: Count("id", filter=known[name]) for name in ("in_time", "late")})
    )
    begins = day - timedelta(days=(WEEKS_BEFORE + 1) * WEEK_DAYS - 1)
    rows = (
        sight.alerts.filter(RAISED, raised_at__gte=day_start(begins))
        .order_by()
        .values_list(TruncDate("raised_at", tzinfo=SHANGHAI), "line", "level")
        .annotate(number=Count("id"))
    )
    counts = Counter({(on, line, level): number for on, line, level, number in rows})
    enough = sight.alerts.filter(raised_at__lt=day_start(begins + timedelta(days=1))).exists()
    return History(
        three={span: {name: told[f"{name}_{span}"] for name in THREE} for span in SPANS},
        in_time=checked["in_time"],
        late=checked["late"],
        days=_by_day(counts, day),
        lines=_by_line(counts, day, enough=enough),
    )


def _by_day(counts: Counter[tuple[date, str, str]], last: date) -> dict[date, dict[str, int]]:
    days: dict[date, dict[str, int]] = {last - timedelta(days=back): {} for back in reversed(range(MONTH_DAYS))}
    for (on, _line, level), number in counts.items():
        if on in days:
            days[on][level] = days[on].get(level, 0) + number
    return days


def _by_line(counts: Counter[tuple[date, str, str]], last: date, *, enough: bool) -> dict[str, LineCount]:
    """`enough`: whether anything reaches back to the first of the weeks before."""
    weeks: dict[str, Counter[int]] = {}
    levels: dict[str, Counter[str]] = {}
    for (on, line, level), number in counts.items():
        back = (last - on).days // WEEK_DAYS
        weeks.setdefault(line, Counter())[back] += number
        if back <= 0:
            levels.setdefault(line, Counter())[level] += number
    return {
        line: LineCount(
            dict(levels.get(line, {})), round(median(weeks[line][back] for back in range(1, WEEKS_BEFORE + 1))) if enough else None
        )
        for line in weeks
    }


@dataclass(frozen=True)
class Watch:
    """Whether the rules look: how the canaries answered, missed days, since when work waits, and when something was looked at last."""

    rules: int
    answers: dict[str, int]
    gaps: int
    oldest: datetime | None
    last: datetime | None


def count_watch(now: datetime) -> Watch:
    versions = current_versions()
    canaries = last_canaries([version.pk for version in versions])
    lanes = backlog(today(now))
    return Watch(
        rules=len(versions),
        answers=dict(Counter(canaries[version.pk].answer if version.pk in canaries else "" for version in versions)),
        gaps=sum(one.closed_at is None for one in recent_gaps()),
        oldest=min((lane.oldest for lane in lanes if lane.oldest is not None), default=None),
        last=Coverage.objects.filter(day__gte=today(now) - timedelta(days=WEEK_DAYS)).aggregate(last=Max("scored_at"))["last"],
    )


NOT_HIT = (Canary.Answer.SILENT, Canary.Answer.BROKEN)


def sources() -> list[SourceHealth]:
    """Every source and kind, what needs somebody first."""
    order = list(State)
    return sorted(sources_health(), key=lambda health: order.index(health.state))
