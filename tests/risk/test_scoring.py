"""Scoring end to end on the real catalogue: whatever the order and the split of arrival, the same hits and alerts."""

import random
from datetime import datetime, timedelta

import pytest

from ledger.intake.services import import_paths, take_records
from ledger.journal.models import Step
from ledger.kit.days import SHANGHAI, today
from ledger.roster.accounts import Role
from ledger.roster.models import Staff, Unit
from risk.alerts.models import Alert, AlertEvent, Hit
from risk.alerts.queries import visible_to
from risk.alerts.sequencer import sequence_events
from risk.alerts.services import acknowledge, comment, dismiss
from risk.rules.models import Reach, RuleVersion
from risk.rules.services import load_catalogue
from risk.scoring.marks import mark_everything
from risk.scoring.models import DirtyMark, Lane
from risk.scoring.services import score_pending
from tests import builders
from tests.environment import CHECKOUT

pytestmark = [pytest.mark.django_db, pytest.mark.services]
START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def catalogue(module_rows):
    with module_rows():
        load_catalogue()


@pytest.fixture
def squad(catalogue, db):
    unit = builders.make_unit(code="U1", kind="squad", parent=builders.make_unit(code="ROOT", kind="detachment"))
    for number in ("P1", "P2"):
        builders.make_staff(unit, staff_no=number)
    return unit


@pytest.fixture
def root(squad):
    return Unit.objects.get(code="ROOT")


@pytest.fixture
def supervisor(root):
    return builders.make_user(Role.SUPERVISOR, root)


def ticket(number: int, at: datetime, **fields: str) -> dict[str, str]:
    """One on-site ticket as a record of the data contract."""
    base = {
        "serial_no": f"T{number:04d}",
        "line": "violation",
        "action": "onsite",
        "unit_code": "U1",
        "handler_no": "P1",
        "accepted_at": f"{at:%Y-%m-%d %H:%M:%S}",
        "finished_at": f"{at + timedelta(minutes=1):%Y-%m-%d %H:%M:%S}",
        "result": "penalised",
        "amount": "50.00",
        "points": "0",
        "plate_no": f"湘J{number:05d}",
        "plate_type": "02",
    }
    return base | fields


def burst(start: datetime = START, count: int = 14, first: int = 1, **fields: str) -> list[dict[str, str]]:
    """So many tickets by one officer within ten minutes."""
    return [ticket(first + n, start + timedelta(seconds=35 * n), **fields) for n in range(count)]


def live_hits() -> list[tuple]:
    fields = ("rule__code", "rule_version", "subject_kind", "subject_code", "day", "level", "observed", "threshold", "evidence")
    return sorted(Hit.objects.filter(live=True).values_list(*fields), key=str)


def open_alerts() -> list[tuple]:
    fields = ("rule__code", "subject_code", "bucket", "level", "observed", "hit_count", "evidence_count", "status")
    return sorted(Alert.objects.exclude(status=Alert.Status.WITHDRAWN).values_list(*fields), key=str)


def take(records: list[dict[str, str]]) -> None:
    counts = take_records(kind="transactions", records=records, source="manual")
    assert counts.rejected == 0, counts


def left_to_score() -> int:
    """Marks that could be scored now; those of peers wait until the last Sunday that sees their rows is over."""
    return DirtyMark.objects.exclude(ready_on__gt=today()).count()


def only_burst_alert() -> Alert:
    return Alert.objects.get(rule__code="VIO-08")


def test_a_burst_of_tickets_raises_one_alert_with_its_evidence(squad):
    take(burst())
    result = score_pending()
    assert result.opened >= 1
    alert = only_burst_alert()
    assert (alert.subject_code, alert.unit, alert.status) == ("P1", squad, Alert.Status.NEW)
    assert alert.evidence_count == alert.evidence.count() > 0
    assert [event.kind for event in alert.events.all()] == [AlertEvent.Kind.RAISED]
    assert left_to_score() == 0 and not Lane.objects.exclude(lease_until=None).exists()
    assert set(DirtyMark.objects.values_list("reach", flat=True)) <= {Reach.PEER}


def test_scoring_again_what_is_scored_changes_nothing(squad):
    take(burst())
    score_pending()
    before, events = live_hits(), AlertEvent.objects.count()
    mark_everything(first_day=START.date(), last_day=START.date())
    assert score_pending().hits == 0
    assert (live_hits(), AlertEvent.objects.count()) == (before, events)


@pytest.mark.parametrize("seed", range(3))
def test_any_split_and_order_of_arrival_ends_as_one_full_sweep(squad, seed):
    records = burst() + burst(START + timedelta(days=1, hours=2), 9, 100) + burst(START + timedelta(hours=3), 13, 200, handler_no="P2")
    chance = random.Random(seed)
    chance.shuffle(records)
    while records:
        size = chance.randint(1, 9)
        take(records[:size])
        records = records[size:]
        if chance.random() < 0.6:
            score_pending()
    score_pending()
    incremental, alerts = live_hits(), open_alerts()
    assert incremental and alerts
    mark_everything(first_day=START.date() - timedelta(days=40), last_day=START.date() + timedelta(days=40))
    assert score_pending().hits == 0
    assert (live_hits(), open_alerts()) == (incremental, alerts)


def test_an_alert_that_later_data_undoes_is_withdrawn_when_nobody_had_acted(squad):
    take(burst())
    score_pending()
    spread = [row | {"accepted_at": f"{START + timedelta(hours=n):%Y-%m-%d %H:%M:%S}", "finished_at": ""} for n, row in enumerate(burst())]
    take(spread)
    score_pending()
    alert = only_burst_alert()
    assert alert.status == Alert.Status.WITHDRAWN
    assert list(alert.events.order_by("id").values_list("kind", flat=True)) == ["raised", "withdrawn"]
    assert Hit.objects.filter(rule=alert.rule, live=False).exists()
    take(burst())
    score_pending()
    alert.refresh_from_db()
    assert alert.status == Alert.Status.NEW and alert.events.count() == 3


def test_an_alert_somebody_took_is_only_told_that_its_evidence_went(squad, supervisor):
    take(burst())
    score_pending()
    acknowledge(number=only_burst_alert().number, actor=supervisor)
    spread = [row | {"accepted_at": f"{START + timedelta(hours=n):%Y-%m-%d %H:%M:%S}", "finished_at": ""} for n, row in enumerate(burst())]
    take(spread)
    score_pending()
    alert = only_burst_alert()
    assert (alert.status, alert.hit_count) == (Alert.Status.ACKNOWLEDGED, 0)
    assert alert.events.order_by("id").last().data == {"acted": True}


def test_who_wrote_a_remark_has_acted(squad, supervisor):
    take(burst())
    score_pending()
    comment(number=only_burst_alert().number, actor=supervisor, note="已联系中队核实")
    take([row | {"accepted_at": f"{START + timedelta(hours=n):%Y-%m-%d %H:%M:%S}", "finished_at": ""} for n, row in enumerate(burst())])
    score_pending()
    alert = only_burst_alert()
    assert (alert.status, alert.hit_count) == (Alert.Status.NEW, 0)
    assert alert.events.order_by("id").last().data == {"acted": True}


def test_a_dismissed_alert_is_quiet_until_there_is_more_than_was_judged(squad, supervisor):
    take(burst(count=9))
    score_pending()
    alert = only_burst_alert()
    dismiss(number=alert.number, actor=supervisor, reason="legitimate")
    take([row | {"amount": "100.00"} for row in burst(count=9)])
    score_pending()
    alert.refresh_from_db()
    assert alert.status == Alert.Status.DISMISSED
    take(burst(START + timedelta(hours=5), 9, 300))
    score_pending()
    alert.refresh_from_db()
    assert alert.status == Alert.Status.RECURRED
    assert alert.events.order_by("id").last().kind == AlertEvent.Kind.RECURRED


def test_old_rows_raise_backdated_alerts_without_a_clock(squad):
    take(burst(datetime(2020, 3, 2, 9, 0, tzinfo=SHANGHAI)))
    score_pending()
    alert = only_burst_alert()
    assert alert.backdated and alert.due_at is None


def test_the_subject_of_an_alert_cannot_see_it(squad, root, supervisor):
    subject = builders.make_user(Role.SUPERVISOR, root, staff=Staff.objects.get(staff_no="P1"))
    take(burst())
    score_pending()
    number = only_burst_alert().number
    assert not visible_to(subject).filter(number=number).exists()
    assert visible_to(supervisor).filter(number=number).exists()


def test_every_committed_event_gets_one_position_in_order(squad):
    take(burst())
    score_pending()
    positions = list(AlertEvent.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(1, len(positions) + 1))
    assert sequence_events() == len(positions)


def publish(code: str, mode: RuleVersion.Mode) -> None:
    """The next version of a rule, which differs in its mode alone."""
    version = RuleVersion.objects.filter(rule__code=code).order_by("number").last()
    version.pk, version._state.adding, version.number, version.mode = None, True, version.number + 1, mode
    version.save()


def test_a_rule_on_trial_finds_and_counts_and_raises_nothing_until_it_is_live(squad):
    publish("VIO-08", RuleVersion.Mode.SHADOW)
    take(burst())
    score_pending()
    hits = Hit.objects.filter(rule__code="VIO-08", live=True)
    assert hits.get().shadow and not Alert.objects.filter(rule__code="VIO-08").exists()
    publish("VIO-08", RuleVersion.Mode.LIVE)
    mark_everything(rule_codes=["VIO-08"])
    score_pending()
    assert not hits.get().shadow and only_burst_alert().hit_count == 1
    publish("VIO-08", RuleVersion.Mode.OFF)
    mark_everything(rule_codes=["VIO-08"])
    score_pending()
    assert not hits.exists() and only_burst_alert().status == Alert.Status.WITHDRAWN


def test_a_worker_that_overslept_its_lease_commits_nothing(squad, monkeypatch):
    from risk.scoring import services

    take(burst())
    evaluate = services.evaluate

    def oversleep(lane, *rest):
        found = evaluate(lane, *rest)
        Lane.objects.filter(pk=lane.pk).update(token="somebody else")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(services, "evaluate", oversleep)
        score_pending()
    assert not Hit.objects.exists() and DirtyMark.objects.exists()
    Lane.objects.update(token="", lease_until=None)
    score_pending()
    assert only_burst_alert().hit_count == 1


TRAFFIC_FINES = CHECKOUT.parent / "shared" / "data" / "traffic-fines"


@pytest.mark.skipif(not TRAFFIC_FINES.is_dir(), reason="the traffic fines of a real force lie in ../shared/data, which is not here")
def test_the_fines_of_a_real_force_are_found_to_the_last_one(catalogue, db):
    import_paths(paths=[TRAFFIC_FINES])
    score_pending()

    def found(code: str) -> set[int]:
        hits = Hit.objects.filter(rule__code=code, live=True)
        return {number for evidence in hits.values_list("evidence", flat=True) for number in evidence}

    assert len(found("VIO-61")) == 3_970
    assert Step.objects.filter(step="add_penalty").count() >= 4_635 and found("VIO-62") == set()
    alerts = Alert.objects.filter(rule__code="VIO-61")
    assert alerts.count() > 10 and all(alert.backdated for alert in alerts)
    off_hours = RuleVersion.objects.filter(detector="off_hours").values("rule")
    assert not Hit.objects.filter(rule__in=off_hours).exists()
