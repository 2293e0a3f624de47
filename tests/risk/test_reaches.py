"""Peers, links and clocks: compared when their day is over, whatever the order of arrival, and never in the way of the live path."""

import random
from datetime import datetime, timedelta

import pytest

from ledger.kit.days import SHANGHAI
from risk.alerts.models import Alert, Hit
from risk.rules.models import Reach
from risk.scoring import lanes
from risk.scoring.closing import close_days
from risk.scoring.marks import mark_everything
from risk.scoring.models import Closing, DirtyMark, Lane
from risk.scoring.services import score_pending
from tests import builders
from tests.risk.standins import standins  # noqa: F401
from tests.risk.test_scoring import START, live_hits, open_alerts, take, ticket

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("standins")]
MONDAY = START + timedelta(days=7)
SCOPE = {"line": "violation", "effective_from": START.date() - timedelta(days=400)}


def make_rules() -> None:
    """A rule of every reach, and three officers."""
    unit = builders.make_unit(code="U1", kind="squad", parent=builders.make_unit(code="ROOT", kind="detachment"))
    for number in ("P1", "P2", "P3"):
        builders.make_staff(unit, staff_no=number)
    peer = builders.make_rule("T-PEER", detector="share_of_all", window_days=10, thresholds={"blue": 50, "red": 80}, min_n=3, **SCOPE)
    linked = builders.make_rule("T-LINK", detector="shared_with_others", window_days=5, thresholds={"blue": 4, "red": 6}, **SCOPE)
    builders.make_rule("T-OWN", detector="frequency", window_days=4, thresholds={"blue": 5, "red": 8}, **SCOPE)
    builders.make_rule(
        "T-TERM",
        detector="deadline",
        window_days=1,
        unit="day",
        thresholds={"blue": 3, "red": 9},
        params={"start": "accepted_at", "end": "finished_at", "metric": "value"},
        **SCOPE,
    )
    type(peer.rule).objects.filter(pk=peer.rule_id).update(reach=Reach.PEER)
    type(peer.rule).objects.filter(pk=linked.rule_id).update(reach=Reach.LINKED)


@pytest.fixture(autouse=True)
def rules():
    make_rules()


def tickets(count: int, day: int = 0, first: int = 1, **fields: str) -> list[dict[str, str]]:
    return [ticket(first + n, START + timedelta(days=day, minutes=17 * n), **fields) for n in range(count)]


def score(as_of: datetime) -> int:
    close_days(as_of=as_of, again=True)
    return score_pending(as_of=as_of).hits


def hit_days(code: str) -> list:
    return sorted(Hit.objects.filter(rule__code=code, live=True).values_list("subject_code", "day"))


def test_peers_are_compared_on_a_sunday_that_is_over_and_not_before():
    take(tickets(4) + tickets(1, first=10, handler_no="P2"))
    score(MONDAY - timedelta(hours=10))
    assert not hit_days("T-PEER") and DirtyMark.objects.filter(reach=Reach.PEER).exists()
    assert not DirtyMark.objects.exclude(reach=Reach.PEER).exists()
    score(MONDAY)
    sunday = START.date() + timedelta(days=6)
    assert hit_days("T-PEER") == [("P1", sunday)]
    assert Alert.objects.get(rule__code="T-PEER").subject_code == "P1"
    score(MONDAY + timedelta(days=7))
    assert hit_days("T-PEER") == [("P1", sunday)]  # the next Sunday's window of ten days holds nothing of that Monday
    assert not DirtyMark.objects.exists()


def test_a_row_counts_on_every_sunday_its_window_reaches_also_those_yet_to_come():
    take(tickets(4, day=4))
    score(MONDAY)
    score(MONDAY + timedelta(days=3))
    first, second = (START.date() + timedelta(days=days) for days in (6, 13))
    assert hit_days("T-PEER") == [("P1", first)]
    score(MONDAY + timedelta(days=7))
    assert hit_days("T-PEER") == [("P1", first), ("P1", second)]
    assert not DirtyMark.objects.exists()


def test_the_row_of_a_colleague_changes_a_peer_hit_and_withdraws_its_alert():
    take(tickets(4))
    score(MONDAY)
    assert [hit.level for hit in Hit.objects.filter(rule__code="T-PEER", live=True)] == ["red"]
    take(tickets(3, day=1, first=20, handler_no="P2"))
    score(MONDAY)
    assert sorted(Hit.objects.filter(rule__code="T-PEER", live=True).values_list("subject_code", "level")) == [("P1", "blue")]
    take(tickets(9, day=2, first=30, handler_no="P3"))
    score(MONDAY)
    assert hit_days("T-PEER") == [("P3", START.date() + timedelta(days=6))]
    assert Alert.objects.get(rule__code="T-PEER", subject_code="P1").status == Alert.Status.WITHDRAWN


def test_a_row_that_shares_a_plate_makes_a_hit_of_somebody_else():
    plate = {"plate_no": "湘J00001"}
    take(tickets(3, **plate))
    score(MONDAY)
    assert not hit_days("T-LINK")
    take(tickets(1, day=-1, first=50, handler_no="P2", **plate))
    score(MONDAY)
    assert hit_days("T-LINK") == [("P1", START.date())]


def test_an_open_row_grows_older_and_its_alert_graver_without_any_new_data():
    take(tickets(1, finished_at="", status="accepted", result=""))
    score(START + timedelta(days=2))
    assert not hit_days("T-TERM")
    score(START + timedelta(days=4))
    alert = Alert.objects.get(rule__code="T-TERM")
    assert (alert.level, alert.observed) == ("blue", 4.0)
    score(START + timedelta(days=6))
    alert.refresh_from_db()
    assert alert.observed == 6.0 and alert.events.count() == 1  # a day that went by is no event
    score(START + timedelta(days=10))
    alert.refresh_from_db()
    assert (alert.level, alert.observed, alert.first_day) == ("red", 10.0, START.date())
    assert alert.events.order_by("id").last().data["old_level"] == "blue"
    take(tickets(1, finished_at=f"{START + timedelta(days=1):%Y-%m-%d %H:%M:%S}"))
    score(START + timedelta(days=10))
    alert.refresh_from_db()
    assert alert.status == Alert.Status.WITHDRAWN


def test_a_row_dated_into_the_future_does_not_move_the_clock():
    take(tickets(1, finished_at="", status="accepted", result="") + tickets(1, day=60, first=9))
    score(START + timedelta(days=2))
    assert not hit_days("T-TERM")


def test_days_are_closed_once_and_a_moment_in_the_future_does_not_keep_later_days_from_it():
    take(tickets(1))
    assert close_days(as_of=MONDAY) > 0
    assert close_days(as_of=MONDAY) == 0
    assert close_days(as_of=MONDAY + timedelta(days=1)) > 0
    close_days(as_of=datetime(2100, 1, 1, tzinfo=SHANGHAI))
    assert Closing.objects.get().day.year < 2100


def test_marks_that_only_wait_for_sunday_are_joined_and_lose_nothing(monkeypatch):
    for number in range(6):
        take([ticket(number + 1, START + timedelta(hours=number))])
    monkeypatch.setattr(lanes, "TIDY_FROM", 6)
    score_pending(as_of=START)
    assert DirtyMark.objects.filter(reach=Reach.PEER).count() == 1
    score(MONDAY)
    assert Hit.objects.get(rule__code="T-PEER", live=True).numbers["count"] == 6


def test_lanes_of_peers_come_last_and_one_at_a_time():
    take(tickets(4))
    first = lanes.claim(MONDAY.date())
    assert first is not None and first.reach == Reach.SUBJECT
    second = lanes.claim(MONDAY.date())
    assert second is not None and second.reach == Reach.LINKED
    third = lanes.claim(MONDAY.date())
    assert third is not None and third.reach == Reach.PEER
    DirtyMark.objects.create(
        line="exam", subject_kind="agency", reach="peer", first_day=START.date(), last_day=START.date(), created_at=START
    )
    assert lanes.claim(MONDAY.date()) is None
    lanes.release(third, worked=0)
    fourth = lanes.claim(MONDAY.date())
    assert fourth is not None and fourth.reach == Reach.PEER
    assert Lane.objects.count() == 4 or fourth.pk == third.pk


def test_a_lane_of_wider_reach_rests_after_its_work_unless_somebody_waits_for_it():
    take(tickets(4, plate_no="湘J00001"))
    while (lane := lanes.claim(START.date(), hurried=False)) is not None:
        lanes.release(lane, worked=60)
        if lane.reach == Reach.LINKED:
            break
        DirtyMark.objects.filter(reach=Reach.SUBJECT).delete()
    assert lanes.claim(START.date(), hurried=False) is None
    score_pending(budget_seconds=20)
    assert not hit_days("T-LINK")
    score_pending()
    assert hit_days("T-LINK")


def test_lanes_of_linked_rows_rest_together_and_none_is_woken_early():
    long, short = (Lane.objects.create(line=line, subject_kind="staff", reach=Reach.LINKED) for line in ("exam", "violation"))
    subject = Lane.objects.create(line="exam", subject_kind="staff", reach=Reach.SUBJECT)
    lanes.release(long, worked=100)
    until = Lane.objects.get(pk=long.pk).rest_until
    assert until is not None and Lane.objects.get(pk=short.pk).rest_until == until
    lanes.release(short, worked=1)
    assert Lane.objects.get(pk=long.pk).rest_until == until
    assert Lane.objects.get(pk=subject.pk).rest_until is None


@pytest.mark.parametrize("seed", range(2))
def test_whatever_the_order_of_arrival_every_reach_ends_as_one_sweep(seed):
    chance = random.Random(seed)
    rows = []
    for number in range(70):
        at = START + timedelta(days=chance.randrange(24), minutes=chance.randrange(600))
        open_row = {"finished_at": "", "status": "accepted", "result": ""} if chance.random() < 0.15 else {}
        fields = {"handler_no": chance.choice(("P1", "P1", "P1", "P2", "P3")), "plate_no": f"湘J0000{chance.randrange(9)}"}
        rows.append(ticket(number, at, **fields, **open_row))
    deliveries = list(rows)
    deliveries += chance.sample(rows, 12)  # the same once more
    deliveries += [row | {"handler_no": chance.choice(("P1", "P2", "P3"))} for row in chance.sample(rows, 8)]
    for row in chance.sample(rows, 6):
        deliveries.append(row | {"accepted_at": f"{START + timedelta(days=chance.randrange(24)):%Y-%m-%d %H:%M:%S}"})
    chance.shuffle(deliveries)
    clock = START
    while deliveries:
        size = chance.randint(1, 14)
        take(deliveries[:size])
        deliveries = deliveries[size:]
        clock += timedelta(hours=chance.randrange(90))
        if chance.random() < 0.5:
            close_days(as_of=clock)
            score_pending(as_of=clock)
    end = max(clock, START + timedelta(days=40))
    score(end)
    found, alerts = live_hits(), open_alerts()
    assert {code for code, *_rest in found} == {"T-PEER", "T-LINK", "T-OWN", "T-TERM"}
    mark_everything()
    assert score(end) == 0
    assert (live_hits(), open_alerts()) == (found, alerts)
    Hit.objects.all().delete()
    mark_everything()
    score(end)
    assert live_hits() == found
