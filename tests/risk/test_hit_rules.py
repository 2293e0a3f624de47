"""Rules about hits in the engine: marked with the hits they add up, raised and withdrawn with them, never fed by themselves."""

from datetime import date, datetime, timedelta

import pytest

from ledger.kit.days import SHANGHAI, today
from ledger.roster.models import Role, Staff, Unit
from risk.alerts.exports import alert_rows
from risk.alerts.hit_rows import signals
from risk.alerts.models import Alert, AlertEvidence, Hit, Recused, Suppression
from risk.alerts.queries import visible_to
from risk.alerts.sentences import sentence
from risk.backtest.running import backtest
from risk.rules.models import Rule, RuleVersion
from risk.rules.services import load_catalogue
from risk.scoring import lanes
from risk.scoring.closing import close_days
from risk.scoring.marks import mark_everything
from risk.scoring.models import DirtyMark
from risk.scoring.services import score_lane, score_pending
from tests import builders
from tests.ledger.filing import found_town, make_clerk, row, tell

pytestmark = [pytest.mark.django_db, pytest.mark.services]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
FROM = AT.date() - timedelta(days=400)


def weak(code: str, rows: int, *, kind: str = "staff", column: str = "handler", level: str = "yellow", mode: str = "live") -> RuleVersion:
    """A rule that hits at one level from so many rows of a subject in 10 days on."""
    scope = {"line": "violation", "lines": ["violation"], "window_days": 10, "merge_days": 10, "effective_from": FROM}
    return builders.make_rule(code, subject_kind=kind, subject_column=column, thresholds={level: rows}, mode=mode, **scope)


def adding_up(code: str = "T-SUM", *, kind: str = "staff", thresholds: dict[str, float] | None = None) -> RuleVersion:
    version = builders.make_rule(
        code,
        subject_kind=kind,
        line="common",
        lines=[],
        merge_days=30,
        subject_column="subject",
        detector="accumulation",
        window_days=60,
        unit="score",
        thresholds=thresholds or {"yellow": 3, "orange": 6, "red": 12},
        sentence_zh="{subject}近{window}日{signals}项规则（{rules}）共{observed}分，达到{level}阈值{threshold}分",
        effective_from=FROM,
    )
    Rule.objects.filter(pk=version.rule_id).update(frame="hits")
    return version


def ticket(number: int, days: int = 0, **fields: str) -> dict[str, str]:
    at = AT + timedelta(days=days, minutes=number)
    return row(
        serial_no=f"T{number}", accepted_at=f"{at:%Y-%m-%d %H:%M}", finished_at=f"{at + timedelta(minutes=9):%Y-%m-%d %H:%M}", **fields
    )


@pytest.fixture(autouse=True)
def town(db):
    found_town()


@pytest.fixture
def three_rules():
    for code, rows in (("T-A", 1), ("T-B", 2), ("T-C", 3)):
        weak(code, rows)
    adding_up()


def sum_alert() -> Alert | None:
    return Alert.objects.filter(rule__code="T-SUM").exclude(status=Alert.Status.WITHDRAWN).first()


def test_the_third_weak_signal_raises_what_none_of_them_says_and_its_end_takes_it_back(three_rules):
    tell(ticket(1), ticket(2))
    score_pending()
    assert set(Alert.objects.values_list("rule__code", "level")) == {("T-A", "yellow"), ("T-B", "yellow")}
    tell(ticket(3, days=1))
    score_pending()
    alert = sum_alert()
    assert alert is not None
    assert (alert.subject_kind, alert.subject_code, alert.level, alert.observed) == ("staff", "070001", "orange", 6.0)
    assert (alert.unit.code, alert.line, alert.numbers["rules"]) == ("D1", "common", "T-A T-B T-C")
    assert [part["day"] for part in alert.numbers["parts"]] == [(date(2026, 3, 3) - date(1970, 1, 1)).days] * 3
    behind = {told["rule_code"]: told["evidence_serials"] for told in alert_rows()}
    assert behind["T-SUM"] == behind["T-C"] == "T1;T2;T3"
    tell(ticket(3, days=1, handler_no="070002"))
    score_pending()
    alert.refresh_from_db()
    assert alert.status == Alert.Status.WITHDRAWN
    assert not DirtyMark.objects.exists()


def test_what_changes_hits_marks_their_subject_in_the_same_transaction_and_sums_mark_nothing(three_rules):
    tell(ticket(1), ticket(2), ticket(3))
    lane = lanes.claim(today())
    assert lane is not None and lane.line == "violation"
    score_lane(lane)
    marks = list(DirtyMark.objects.values_list("rule_code", "line", "subject_kind", "key").distinct())
    assert marks == [("T-SUM", "common", "staff", "070001")]
    score_pending()
    assert sum_alert() is not None and not DirtyMark.objects.exists()
    assert set(signals().values_list("rule__code", flat=True)) == {"T-A", "T-B", "T-C"}
    mark_everything()
    assert score_pending().hits == 0


def test_a_day_that_is_closed_and_found_anew_changes_nothing(three_rules):
    tell(*(ticket(number, days=number % 4) for number in range(1, 7)))
    score_pending()
    stood = sorted(Hit.objects.filter(live=True).values_list("rule__code", "day", "observed", "level", "numbers__rules"))
    close_days(again=True)
    mark_everything()
    assert score_pending().hits == 0
    Hit.objects.all().delete()
    mark_everything()
    score_pending()
    assert sorted(Hit.objects.filter(live=True).values_list("rule__code", "day", "observed", "level", "numbers__rules")) == stood


def test_many_subjects_are_marked_as_all(three_rules, monkeypatch):
    monkeypatch.setattr("risk.scoring.following.MANY_SUBJECTS", 1)
    tell(*(ticket(number + 10 * who, handler_no=f"07000{who}") for number in range(1, 4) for who in (1, 2)))
    score_pending()
    assert set(Alert.objects.filter(rule__code="T-SUM").values_list("subject_code", flat=True)) == {"070001", "070002"}


def test_hits_about_people_outside_and_vehicles_are_never_added_up():
    weak("T-P", 1, kind="person", column="person")
    weak("T-V", 1, kind="vehicle", column="plate")
    weak("T-A", 1)
    tell(ticket(1, person_id_no="430702199001010011", plate_no="湘J12345", plate_type="02"))
    score_pending()
    assert Hit.objects.filter(live=True).count() == 3
    assert [hit.rule.code for hit in signals()] == ["T-A"]


def test_rules_in_shadow_add_a_quarter():
    for code, rows, mode in (("T-A", 1, "live"), ("T-B", 2, "live"), ("T-C", 3, "shadow")):
        weak(code, rows, mode=mode)
    adding_up("T-LOW")
    adding_up(thresholds={"orange": 4.5})
    tell(ticket(1), ticket(2), ticket(3))
    score_pending()
    hit = Hit.objects.get(rule__frame="hits", live=True)
    assert (hit.rule.code, hit.observed) == ("T-SUM", 4.5), "for T-LOW it is yellow, which two rules have said"


def test_a_suppressed_rule_adds_nothing_while_the_suppression_is_in_force(three_rules):
    tell(ticket(1), ticket(2), ticket(3))
    score_pending()
    assert sum_alert() is not None
    asker, decider = (make_clerk(username=name) for name in ("asker", "decider"))
    now = datetime.now(SHANGHAI)
    quiet = Suppression.objects.create(
        number="YZ1",
        rule=Rule.objects.get(code="T-B"),
        ceiling="red",
        reason="系统割接补录",
        owner=asker,
        valid_from=today(),
        expires_on=today() + timedelta(days=9),
        state=Suppression.State.APPROVED,
        asked_by=asker,
        asked_at=now,
        decided_by=decider,
        decided_at=now,
    )
    score_pending()
    assert sum_alert() is None
    score_pending(as_of=now + timedelta(days=10))
    assert sum_alert() is not None
    assert not Suppression.objects.get(pk=quiet.pk).applied


def test_who_is_behind_any_part_is_recused_and_the_subject_always_is(three_rules):
    for code, rows in (("T-GA", 1), ("T-GB", 2), ("T-GC", 3)):
        weak(code, rows, kind="agency", column="agency")
    adding_up("T-GSUM", kind="agency")
    agency = builders.make_agency(Unit.objects.get(code="D1"), code="A1")
    tell(*(ticket(n, agency_code=agency.code, handler_no="070001" if n < 3 else "070002", approver_no="") for n in range(1, 4)))
    score_pending()
    alert = Alert.objects.get(rule__code="T-GSUM")
    assert set(Recused.objects.filter(alert=alert).values_list("staff_no", "reason")) == {("070001", "handled"), ("070002", "handled")}
    tell(ticket(4, handler_no="070001"), ticket(5, handler_no="070001"), ticket(6, handler_no="070001"))
    score_pending()
    own = sum_alert()
    assert own is not None and Recused.objects.filter(alert=own, staff_no="070001", reason="subject").exists()
    subject = builders.make_user(Role.SUPERVISOR, Unit.objects.get(code="ZD"), staff=Staff.objects.get(staff_no="070001"))
    assert not visible_to(subject).filter(pk=own.pk).exists()
    assert not visible_to(subject).filter(pk=alert.pk).exists()


def test_backtest_finds_the_same_sums_from_the_hits_that_stand(three_rules):
    tell(*(ticket(number, days=number % 5) for number in range(1, 9)))
    score_pending()
    alert = sum_alert()
    assert alert is not None
    done = backtest(rule_code="T-SUM")
    assert (len(done.candidates), done.added, done.removed, done.changed) == (1, [], [], [])
    assert done.candidates[0].unit_code == "D1"
    assert set(done.candidates[0].evidence) == set(AlertEvidence.objects.filter(alert=alert).values_list("row_id", flat=True))
    assert backtest(rule_code="T-SUM", changes={"min_rules": "4"}).candidates == []


def test_four_single_slips_of_one_officer_are_orange_by_the_shipped_rules_and_three_are_no_more_than_they_say():
    load_catalogue()
    builders.make_staff(Unit.objects.get(code="D1"), staff_no="070003")
    own = {"approver_no": "070001"}
    slips = [
        ticket(1, result="penalised", amount="0", **{"attrs.violation_code": "1039"}),
        ticket(2, days=1, **own),
        ticket(3, days=2, action="release", **own),
    ]
    tell(*slips)
    score_pending()
    assert set(Hit.objects.filter(live=True, shadow=False).values_list("rule__code", "level")) >= {
        ("VIO-53", "yellow"),
        ("VIO-55", "yellow"),
        ("VIO-16", "yellow"),
    }
    assert not Hit.objects.filter(rule__code="COM-81", live=True).exists()
    tell(ticket(4, days=3, line="accident", action="determination", **own))
    score_pending()
    alert = Alert.objects.get(rule__code="COM-81")
    assert (alert.subject_code, alert.level) == ("070001", "orange")
    assert {part["rule"] for part in alert.numbers["parts"]} >= {"VIO-53", "VIO-55", "VIO-16", "ACC-53"}
    told = sentence(
        version=alert.rule_version,
        numbers=alert.numbers,
        subject="梁某",
        language="zh",
        level=alert.level,
        observed=alert.observed,
        threshold=alert.threshold,
    )
    assert "项规则各有命中" in told and "达到橙色阈值5分" in told
