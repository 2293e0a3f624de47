"""The watchers watched: acts become rows, are marked in their own transaction, and whoever did too much of them does not see it."""

import random
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from ledger.audit.models import AuditEntry
from ledger.audit.services import record
from ledger.kit.days import SHANGHAI, today
from ledger.roster.models import Role, Unit, User
from oversight.actions.frame import FRAME
from oversight.actions.missed import note_missed_hits
from oversight.center.presenters.evidence import evidence
from oversight.duty.models import DutyShift
from oversight.viewer import Viewer
from risk.alerts.bulk import act_on
from risk.alerts.models import Alert, AlertEvidence, Hit, Recused
from risk.alerts.queries import visible_to
from risk.alerts.services import dismiss, undo
from risk.coverage.canaries import answer_of
from risk.rules.queries import current_versions
from risk.rules.services import load_catalogue
from risk.rules.shipped import read
from risk.scoring.closing import close_days
from risk.scoring.marks import mark_everything
from risk.scoring.models import DirtyMark
from risk.scoring.services import score_pending
from tests.builders import grant_role, make_alert, make_rule, make_staff, make_unit, make_user
from tests.ledger.filing import found_town, row, tell

pytestmark = [pytest.mark.django_db, pytest.mark.services]
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=SHANGHAI)  # a Monday
NIGHT = datetime(2026, 3, 3, 3, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def centre(monkeypatch: pytest.MonkeyPatch) -> Unit:
    monkeypatch.setattr("risk.rules.services.read", lambda folder: [entry for entry in read(folder) if entry.frame == FRAME])
    load_catalogue()
    found_town()
    return make_unit("大监管中心", code="JG", kind="supervision_centre", parent=Unit.objects.get(code="ZD"), leader_no="900009")


def serving(unit: Unit, role: str, staff_no: str) -> User:
    """An account of somebody of the unit, with the role over the whole detachment."""
    user = make_user(None, unit, username=f"u{staff_no}", staff=make_staff(unit, staff_no=staff_no))
    grant_role(user, role, Unit.objects.get(code="ZD"), valid_from=date(2026, 1, 1))
    return user


@pytest.fixture
def watcher(centre: Unit) -> User:
    return serving(centre, Role.SUPERVISOR, "900001")


def dismissed(actor: User, squad: Unit, count: int) -> None:
    numbers = [make_alert(squad).number for _ in range(count)]
    act_on(numbers=numbers, act="dismiss", actor=actor, given={"reason": "false_alarm"})


def found(code: str) -> list[tuple[str, str, float]]:
    return list(Alert.objects.filter(rule__code=code).exclude(status="withdrawn").values_list("subject_code", "level", "observed"))


def test_the_watching_rules_are_in_force_and_can_hit():
    watching = {version.rule.code: version for version in current_versions() if version.rule.frame == "actions"}
    modes = {code: version.mode for code, version in watching.items()}
    assert modes == dict.fromkeys(("COM-71", "COM-72", "COM-73", "COM-75"), "live") | {"COM-74": "shadow"}
    assert {answer_of(version) for version in watching.values()} == {"hit"}


def test_many_dismissals_at_once_are_an_alert_that_their_author_cannot_see_and_leaders_and_discipline_can(centre: Unit, watcher: User):
    squad = Unit.objects.get(code="S1")
    leader, inspector, audit = (
        serving(squad, role, number)
        for role, number in ((Role.LEADER, "900002"), (Role.DISCIPLINE, "900003"), (Role.AUDIT_ADMIN, "900004"))
    )
    chief = serving(centre, Role.LEADER, "900009")
    with time_machine.travel(NOON, tick=False):
        dismissed(watcher, squad, 19)
        score_pending()
        assert not found("COM-71")
        dismissed(watcher, squad, 1)
        marks = set(DirtyMark.objects.values_list("rule_code", "key", "first_day", "last_day"))
        assert marks == {(f"COM-7{n}", "900001", NOON.date(), NOON.date()) for n in range(1, 6)}
        score_pending()
        assert found("COM-71") == [("900001", "blue", 20.0)]
        alert = Alert.objects.get(rule__code="COM-71")
        assert (alert.unit.code, alert.evidence_count, DirtyMark.objects.count()) == ("JG", 20, 0)
        assert set(Recused.objects.filter(alert=alert).values_list("staff_no", "reason")) == {
            ("900001", "subject"),
            ("900009", "squad_leader"),
        }
        sees = {user.username for user in (watcher, leader, inspector, audit, chief) if visible_to(user).filter(pk=alert.pk).exists()}
        assert sees == {"u900002", "u900003"}
        told = evidence(alert, Viewer(inspector))
        assert told is not None and told["total"] == 20
        assert all(row["cells"][1]["url"] and "YD-" in row["cells"][1]["text"] for row in told["rows"])
        hidden = AlertEvidence.objects.filter(alert=alert).order_by("-row_id").first()
        Recused.objects.create(
            alert=Alert.objects.get(number=AuditEntry.objects.get(pk=hidden.row_id).target), staff_no="900003", reason="related"
        )
        again = evidence(alert, Viewer(inspector))
        assert sum(1 for row in again["rows"] if row["cells"][1]["url"]) == len(again["rows"]) - 1


def test_what_others_do_with_such_an_alert_counts_for_them_alone_and_comes_to_an_end(centre: Unit, watcher: User):
    squad = Unit.objects.get(code="S1")
    other = serving(squad, Role.SUPERVISOR, "900005")
    with time_machine.travel(NOON, tick=False):
        dismissed(watcher, squad, 20)
        score_pending()
        dismiss(number=Alert.objects.get(rule__code="COM-71").number, actor=other, reason="legitimate")
        assert set(DirtyMark.objects.values_list("key", flat=True)) == {"900005"}
        assert score_pending().hits == 0
        assert not DirtyMark.objects.exists() and Alert.objects.filter(rule__frame="actions").count() == 1


def test_a_dismissal_taken_back_in_time_is_none_though_midnight_was_between(centre: Unit, watcher: User):
    squad = Unit.objects.get(code="S1")
    late = datetime(2026, 3, 2, 23, 59, 50, tzinfo=SHANGHAI)
    with time_machine.travel(late, tick=False) as clock:
        dismissed(watcher, squad, 20)
        score_pending()
        assert found("COM-71")
        clock.shift(timedelta(seconds=20))
        undo(number=Alert.objects.filter(status="dismissed", rule__frame="transactions").first().number, actor=watcher)
        score_pending()
        assert not found("COM-71")


def test_an_act_and_its_mark_are_written_together_or_not_at_all(watcher: User):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record("transaction.revealed", actor=watcher, target="s/1", purpose="other")
        raise ZeroDivisionError
    assert not AuditEntry.objects.exists() and not DirtyMark.objects.exists()
    record("transaction.viewed", actor=watcher, target="s/1")
    record("alerts.exported", target="stdout")
    record("alerts.exported", actor=User.objects.create_user("nobody"), target="all")
    assert not DirtyMark.objects.exists(), "no act of a rule, of nobody, of nobody on the roster"


def test_personal_data_looked_at_for_no_stated_case(watcher: User):
    with time_machine.travel(NOON, tick=False):
        for number, purpose in enumerate(("case", "alert", "other", "other", "other")):
            record("transaction.revealed", actor=watcher, target=f"s/{number}", purpose=purpose)
        score_pending()
        assert found("COM-75") == [("900001", "yellow", 3.0)]


def test_opened_and_closed_by_one_person_and_closed_at_night_off_duty(watcher: User):
    with time_machine.travel(NIGHT, tick=False) as clock:
        for number in range(3):
            record("case.opened", actor=watcher, target=f"AJ-{number}")
            clock.shift(timedelta(seconds=1))
            record("case.closed", actor=watcher, target=f"AJ-{number}")
        score_pending()
        assert found("COM-72") == [("900001", "orange", 3.0)]
        clock.shift(timedelta(minutes=1))
        shift = DutyShift.objects.create(user=watcher, started_at=timezone.now())
        clock.shift(timedelta(minutes=1))
        record("case.closed", actor=watcher, target="AJ-8")
        record("case.closed", actor=watcher, target="AJ-9")
        score_pending()
        assert not found("COM-73"), "the last two were on duty"
        DutyShift.objects.filter(pk=shift.pk).update(ended_at=timezone.now())
        clock.shift(timedelta(minutes=1))
        record("case.closed", actor=watcher, target="AJ-10")
        record("case.closed", actor=watcher, target="AJ-11")
        score_pending()
        assert found("COM-73") == [("900001", "blue", 5.0)]


def test_a_threshold_raised_before_a_hit_is_noted_once_of_who_raised_it(watcher: User):
    day = today()
    make_rule("T-1", line="violation", lines=["violation"], window_days=1, thresholds={"yellow": 2}, effective_from=day)
    tell(*(row(serial_no=f"T{number}", accepted_at=f"{day} 00:0{number}", finished_at="") for number in range(3)))
    later = {"published_at": timezone.now(), "effective_from": day, "line": "violation", "lines": ["violation"], "window_days": 1}
    make_rule("T-1", number=2, thresholds={"yellow": 8}, author="catalogue", **later)
    assert note_missed_hits() == 0, "shipped: nobody raised it"
    make_rule("T-1", number=3, thresholds={"yellow": 8, "red": 9}, author=watcher.username, **later)
    assert note_missed_hits() == 0, "as easy to reach as it was"
    make_rule("T-2", line="violation", lines=["violation"], window_days=1, thresholds={"yellow": 2}, effective_from=day)
    make_rule("T-2", number=2, thresholds={"yellow": 9}, author=watcher.username, **later)
    assert (note_missed_hits(), note_missed_hits()) == (1, 0)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "actor", "target")) == [
        ("rule.raised", watcher.username, "T-2"),
        ("rule.missed", watcher.username, "T-2"),
    ]
    assert "070001" not in str(AuditEntry.objects.get(action="rule.missed").detail)
    score_pending()
    hit = Hit.objects.get(rule__code="COM-74", live=True)
    assert (hit.subject_code, hit.level, hit.shadow) == ("900001", "orange", True)
    assert not found("COM-74")


def standing() -> list[tuple[object, ...]]:
    fields = ("rule__code", "subject_code", "day", "level", "observed", "evidence")
    return sorted(Hit.objects.filter(live=True, rule__frame="actions").values_list(*fields), key=str)


def test_in_whatever_parts_acts_are_scored_what_stands_is_what_one_sweep_finds(centre: Unit, watcher: User):
    chance = random.Random(connection.vendor)
    people = [watcher, serving(centre, Role.SUPERVISOR, "900006")]
    clock = NOON - timedelta(days=20)
    for number in range(60):
        clock += timedelta(seconds=chance.choice((1, 5, 20, 400, 60_000)))
        with time_machine.travel(clock, tick=False):
            act = chance.choice(("alert.dismissed",) * 3 + ("alert.undone", "case.opened", "case.closed", "transaction.revealed"))
            about = f"X{chance.randrange(2)}" if act.startswith("case") else f"X{number - chance.randrange(3)}"
            record(act, actor=chance.choice(people), target=about, level="blue", purpose=chance.choice(("other", "case")))
            if chance.random() < 0.15:
                close_days()
                score_pending()
    with time_machine.travel(clock + timedelta(days=1), tick=False):
        close_days()
        score_pending()
        found = standing()
        assert {code for code, *_rest in found} == {"COM-72", "COM-73", "COM-75"}
        mark_everything()
        assert score_pending().hits == 0
        Hit.objects.all().delete()
        mark_everything()
        score_pending()
        assert standing() == found
