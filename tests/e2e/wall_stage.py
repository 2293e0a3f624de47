"""A detachment at work for the journey of the wall: `wall` fills it, `red` raises one more."""

from datetime import UTC, datetime, timedelta

from ledger.kit.days import today
from ledger.roster.models import Unit
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.sequencer import sequence_events
from risk.coverage.models import Canary, Coverage
from risk.rules.queries import current_versions
from tests.builders import make_alert, make_rule, make_staff, make_unit
from tests.deliveries import HISTORY, last_days, make_counts, make_deliveries

LINES = ("registration", "exam", "inspection", "accident", "violation")
NAMES = (
    "车辆管理所",
    "考试管理中心",
    "直属一大队",
    "直属二大队",
    "鼎城大队",
    "桃源大队",
    "汉寿大队",
    "澧县大队",
    "安乡大队",
    "临澧大队",
    "石门大队",
)


def wall() -> None:
    """Some weeks of alerts over eleven units and five lines, the rules looked after, four sources of which one is late."""
    detachment, now = Unit.objects.get(code="D1"), datetime.now(UTC)
    units = [make_unit(name, parent=detachment) for name in NAMES]
    for unit in units:
        for _each in range(6):
            make_staff(unit)
    versions = [make_rule(line=line) for line in LINES]
    levels = ("blue", "blue", "yellow", "yellow", "yellow", "orange", "blue", "orange", "yellow", "red")
    for number in range(360):
        age = timedelta(hours=(number * 37 + number * number * 3) % 1600)
        old = age > timedelta(days=2)
        status = ("dismissed", "dismissed", "issued", "dismissed", "acknowledged", "closed", "dismissed", "assigned")[number % 8]
        status = status if old or number % 3 else ("new", "acknowledged", "checking", "snoozed", "recurred")[number % 5]
        level = levels[number % 10]
        due = now - age + timedelta(hours=3 if level in ("red", "orange") else 60)
        alert = make_alert(
            units[int(number**1.5) % 11 if number % 4 else number % 3],
            version=versions[(number * number + number) % 5],
            subject_code=f"W{number:05d}",
            level=level if status not in ("new", "recurred") or level != "red" else "orange",
            status=status,
            raised_at=now - age,
            due_at=due,
        )
        if status in ("dismissed", "issued", "assigned", "closed"):
            AlertEvent.objects.create(alert=alert, kind="dismissed", at=now - age + timedelta(hours=1 if number % 17 else 90))
    _watched(now)
    sequence_events()


def _watched(now: datetime) -> None:
    for version in current_versions():
        Canary.objects.create(rule_version=version, day=today(), answer="hit", ran_at=now)
        Coverage.objects.create(rule_version=version, day=today(), rows=900, scored_at=now - timedelta(seconds=20), counted_at=now)
    for source, line, to in (
        ("六合一平台", "registration", 0),
        ("考试系统", "exam", 0),
        ("检验监管", "inspection", 4),
        ("事故系统", "accident", 0),
    ):
        make_counts(source, line, working=400, resting=180)
        make_deliveries(source, last_days(HISTORY, to), received=400)


def red() -> None:
    """One red alert that nobody has taken for 26 minutes."""
    raised = datetime.now(UTC) - timedelta(minutes=26)
    unit = Unit.objects.get(name=NAMES[0])
    make_alert(unit, level="red", subject_code="W99999", status=Alert.Status.NEW, raised_at=raised, due_at=raised + timedelta(hours=2))
    sequence_events()


ACTS = {"wall": wall, "red": red}
