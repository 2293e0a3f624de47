"""倒查: a sweep of history ends as one full scoring would, in any order, killed anywhere, with live work going on; and it gives way."""

import random
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit.models import AuditEntry
from ledger.intake.services import take_records
from ledger.journal.models import Transaction
from ledger.kit.days import today
from ledger.kit.errors import BadInput, Conflict, NotAllowed
from ledger.roster.accounts import Role
from ledger.roster.models import Staff, Unit
from oversight.center.models import RelatedAlerts
from risk.alerts.models import Alert, AlertEvent, AlertEvidence, Hit, Matter, Recused
from risk.coverage.models import Coverage
from risk.rules.models import Reach, Rule, RuleVersion
from risk.scoring import lanes
from risk.scoring import services as scoring
from risk.scoring.marks import mark_everything
from risk.scoring.models import DirtyMark, Lane
from risk.scoring.plan import Range
from risk.scoring.services import score_pending
from risk.sweeps import running
from risk.sweeps.models import Sweep, SweepPart, SweptAlert
from risk.sweeps.planning import plan_sweep, stretches
from risk.sweeps.queries import progress_of, raised_alerts, remaining
from risk.sweeps.services import order_sweep, pause_sweep, resume_sweep, stop_sweep
from tests import builders
from tests.risk.standins import standing_in, standins  # noqa: F401
from tests.risk.test_reaches import make_rules
from tests.risk.test_scoring import START, live_hits, open_alerts, take, ticket

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("standins")]
REASON = "新规则上线，倒查既往业务"


def month_of_tickets(days: int = 75) -> list[dict[str, str]]:
    """Some busy and some quiet days of three officers over several parts' worth of days; now and then one plate twice."""
    chance = random.Random(7)
    found = []
    for day in range(0, days, 3):
        for number in range(chance.randint(1, 7)):
            at = START + timedelta(days=day, minutes=11 * number)
            officer = chance.choice(("P1", "P1", "P2", "P3"))
            found.append(ticket(len(found), at, handler_no=officer, plate_no=f"湘J{chance.randint(1, 30):05d}"))
    return found


def forget() -> None:
    """As if no rule had ever looked."""
    for model in (RelatedAlerts, SweptAlert, AlertEvidence, Recused, AlertEvent, Alert, Matter, Hit, Coverage, DirtyMark):
        model._base_manager.all()._raw_delete(model._base_manager.db)


def swept(**fields) -> Sweep:
    sweep = order_sweep(actor=None, reason=REASON, **fields)
    running.run_to_end(sweep, tell=lambda one: None)
    return sweep


def fully_scored() -> tuple[list, list]:
    mark_everything()
    score_pending()
    return live_hits(), open_alerts()


@pytest.fixture(scope="module")
def history(module_rows) -> tuple[list, list]:
    """Rows of two and a half months under rules of every reach, that nobody has looked at; what one full scoring makes of them."""
    with module_rows(), standing_in():
        make_rules()
        take(month_of_tickets())
        expected = fully_scored()
        forget()
    assert {hit[0] for hit in expected[0]} == {"T-PEER", "T-LINK", "T-OWN"} and expected[1]
    return expected


def test_a_sweep_ends_as_one_full_scoring(history):
    sweep = swept()
    assert (live_hits(), open_alerts()) == history
    assert sweep.state == Sweep.State.DONE and sweep.ended_at and not sweep.parts.filter(done_at=None).exists()
    assert sweep.parts.count() > 8 and not Lane.objects.exclude(lease_until=None).exists()


@pytest.mark.parametrize("seed", range(3))
def test_parts_in_any_order_end_the_same(history, seed):
    sweep = order_sweep(actor=None, reason=REASON)
    places = list(range(sweep.parts.count()))
    random.Random(seed).shuffle(places)
    SweepPart.objects.update(place=1000 + F("place"))
    for part, place in zip(SweepPart.objects.order_by("place"), places, strict=True):
        SweepPart.objects.filter(pk=part.pk).update(place=place)
    running.run_to_end(sweep, tell=lambda one: None)
    assert (live_hits(), open_alerts()) == history


def test_all_it_raises_is_told_as_found_in_the_past_and_starts_no_clock(history):
    sweep = swept()
    assert sweep.raised.count() == Alert.objects.count() == len(history[1])
    assert set(Alert.objects.values_list("backdated", "due_at")) == {(True, None)}


class Killed(BaseException):
    """As if the process had ended here."""


@pytest.mark.parametrize("at", ["evaluate", "replace_hits", "record_coverage"])
def test_killed_anywhere_it_loses_a_part_and_goes_on_to_the_same_end(history, monkeypatch, at):
    sweep = order_sweep(actor=None, reason=REASON)
    real, calls = getattr(scoring, at), iter(range(1000))

    def sometimes(*args, **kwargs):
        if next(calls) % 4 == 2:
            raise Killed
        return real(*args, **kwargs)

    monkeypatch.setattr(scoring, at, sometimes)
    deaths = 0
    while sweep.state in Sweep.WORKABLE:
        try:
            running.run_to_end(sweep, tell=lambda one: None, wait=0)
        except Killed:
            deaths += 1
            Lane.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
            Sweep.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        sweep.refresh_from_db()
    assert deaths > 2 and sweep.state == Sweep.State.DONE
    assert (live_hits(), open_alerts()) == history


def test_rows_that_come_while_it_runs_end_the_same(history):
    sweep = order_sweep(actor=None, reason=REASON)
    extra = [ticket(900 + n, START + timedelta(days=20 + 9 * (n % 4), minutes=13 * n), handler_no="P2") for n in range(16)]
    while sweep.state in Sweep.WORKABLE:
        if extra:
            take([extra.pop()])
        running.run_sweeps()
        Sweep.objects.update(rest_until=None)
        if random.Random(len(extra)).random() < 0.5 or running.live_waits():
            score_pending()
        sweep.refresh_from_db()
    score_pending()
    seen = live_hits(), open_alerts()
    forget()
    assert seen == fully_scored() != history


def test_of_some_rules_and_days_it_judges_these_and_nothing_else(history):
    # The day after the last one has a hit too, whose window reaches into the days of the sweep.
    after = [hit[4] for hit in history[0] if hit[0] == "T-OWN" and hit[4] > START.date() + timedelta(days=40)][-1]
    days = Range(after - timedelta(days=31), after - timedelta(days=1))
    sweep = swept(first_day=days.first, last_day=days.last, rule_codes=["T-OWN"])
    assert live_hits() == [hit for hit in history[0] if hit[0] == "T-OWN" and days.first <= hit[4] <= days.last] != []
    assert sweep.transactions == sum(days.first <= START.date() + timedelta(days=day) <= days.last for day in _days_of_rows())


def _days_of_rows() -> list[int]:
    return [(day - START.date()).days for day in Transaction.objects.values_list("event_day", flat=True)]


def test_a_rule_published_later_is_judged_from_the_day_it_counts_from(history):
    version = RuleVersion.objects.get(rule__code="T-OWN")
    RuleVersion.objects.filter(pk=version.pk).update(effective_from=START.date() + timedelta(days=40))
    sweep = swept(rule_codes=["T-OWN"])
    assert min(hit[4] for hit in live_hits()) >= START.date() + timedelta(days=40)
    assert min(sweep.parts.values_list("first_day", flat=True)) == START.date() + timedelta(days=40)


def test_the_newest_days_come_first(history):
    swept_days = list(order_sweep(actor=None, reason=REASON).parts.order_by("place").values_list("last_day", flat=True))
    assert swept_days == sorted(swept_days, reverse=True) and swept_days[0] == today()


@given(days=st.integers(1, 1200), length=st.integers(31, 400))
def test_stretches_cover_every_day_once(days, length):
    whole = Range(today() - timedelta(days=days - 1), today())
    cut = stretches(whole, length)
    assert sum(one.days for one in cut) == days and (cut[0].last, cut[-1].first) == (whole.last, whole.first)
    assert all(later.first == earlier.last + timedelta(days=1) for later, earlier in zip(cut, cut[1:], strict=False))
    assert all(one.days <= length for one in cut)


def test_it_waits_while_fresh_rows_wait_and_rests_after_its_work(history, settings, monkeypatch):
    monkeypatch.setattr(running, "BURST_SECONDS", 1e-9)
    settings.SWEEP_SHARE_PERCENT = 10
    order_sweep(actor=None, reason=REASON)
    now = timezone.now()
    fresh = DirtyMark.objects.create(
        line="violation", subject_kind="staff", reach=Reach.SUBJECT, first_day=today(), last_day=today(), created_at=now
    )
    assert running.run_sweeps() == 0 and not SweepPart.objects.exclude(starts=0).exists()
    fresh.delete()
    assert running.run_sweeps() > 0
    sweep = Sweep.objects.get()
    worked = progress_of([sweep])[sweep.pk].seconds
    assert sweep.rest_until - now > timedelta(seconds=9 * worked)
    done = sweep.parts.exclude(done_at=None).count()
    assert sweep.state in Sweep.WORKABLE and running.run_sweeps() == 0 and sweep.parts.exclude(done_at=None).count() == done


def test_live_scoring_takes_the_lane_from_a_part_but_not_for_ever(history, monkeypatch):
    sweep = order_sweep(actor=None, reason=REASON, rule_codes=["T-OWN"])
    key = ("violation", "staff", "subject")
    real = scoring.evaluate
    stolen = []

    def with_a_fresh_row(lane, marks, as_of, **kwargs):
        found = real(lane, marks, as_of, **kwargs)
        if kwargs:
            mark = DirtyMark.objects.create(
                line=key[0], subject_kind=key[1], reach=key[2], first_day=today(), last_day=today(), created_at=timezone.now()
            )
            live = lanes.claim(today(), hurried=True)
            stolen.append(live is not None)
            if live:
                lanes.release(live, worked=0)
            mark.delete()
        return found

    monkeypatch.setattr(scoring, "evaluate", with_a_fresh_row)
    assert running._claim(sweep, hurried=True)
    for _start in range(running.YIELDS):
        assert running.work_part(sweep)
    assert stolen == [True] * running.YIELDS and not sweep.parts.exclude(done_at=None).exists() and not Hit.objects.exists()
    assert running.work_part(sweep)
    assert stolen[-1] is False and sweep.parts.exclude(done_at=None).count() == 1


def test_a_part_that_never_succeeds_makes_it_wait_for_somebody_and_resuming_tries_again(history, monkeypatch):
    sweep = order_sweep(actor=None, reason=REASON)

    def broken(*args, **kwargs):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(scoring, "evaluate", broken)
        for _start in range(running.STARTS):
            with pytest.raises(ZeroDivisionError):
                running.run_to_end(sweep, tell=lambda one: None, wait=0)
            Sweep.objects.update(lease_until=None)
        running.run_to_end(sweep, tell=lambda one: None, wait=0)
    sweep.refresh_from_db()
    assert (sweep.state, sweep.acted_by) == (Sweep.State.PAUSED, None)
    assert AuditEntry.objects.filter(action="sweep.stuck", target=sweep.number).exists()
    sweep = resume_sweep(number=sweep.number, actor=None)
    running.run_to_end(sweep, tell=lambda one: None)
    assert (live_hits(), open_alerts()) == history


def test_paused_it_stands_still_resumed_it_goes_on_stopped_it_ends_with_what_it_found(history, monkeypatch):
    monkeypatch.setattr(running, "BURST_SECONDS", 1e-9)
    admin = builders.make_user(Role.SYSTEM_ADMIN, Unit.objects.get(code="ROOT"))
    sweep = order_sweep(actor=admin, reason=REASON)
    pause_sweep(number=sweep.number, actor=admin)
    assert running.run_sweeps() == 0
    resume_sweep(number=sweep.number, actor=admin)
    assert running.run_sweeps() > 0
    with pytest.raises(BadInput):
        stop_sweep(number=sweep.number, actor=admin, reason=" ")
    done = sweep.parts.exclude(done_at=None).count()
    stop_sweep(number=sweep.number, actor=admin, reason="改为分段倒查")
    Sweep.objects.update(rest_until=None)
    assert running.run_sweeps() == 0 and sweep.parts.exclude(done_at=None).count() == done
    with pytest.raises(Conflict):
        resume_sweep(number=sweep.number, actor=admin)
    acts = list(AuditEntry.objects.filter(target=sweep.number).order_by("id").values_list("action", "actor"))
    assert acts == [(f"sweep.{act}", admin.username) for act in ("ordered", "paused", "resumed", "stopped")]


def test_stopped_in_the_middle_of_a_part_nothing_of_it_is_written(history, monkeypatch):
    sweep = order_sweep(actor=None, reason=REASON)
    real = scoring.evaluate

    def stopped_meanwhile(*args, **kwargs):
        stop_sweep(number=sweep.number, actor=None, reason="不再需要倒查")
        return real(*args, **kwargs)

    monkeypatch.setattr(scoring, "evaluate", stopped_meanwhile)
    running.run_to_end(sweep, tell=lambda one: None)
    assert not Hit.objects.exists() and not sweep.parts.exclude(done_at=None).exists()


@pytest.mark.parametrize("role", sorted(set(Role.values) - {Role.SYSTEM_ADMIN, Role.DISCIPLINE}))
def test_only_system_admins_and_discipline_inspectors_order_one(history, role):
    with pytest.raises(NotAllowed):
        order_sweep(actor=builders.make_user(role, Unit.objects.get(code="ROOT")), reason=REASON)


def test_a_role_over_one_unit_orders_none(history):
    inspector = builders.make_user(Role.DISCIPLINE, Unit.objects.get(code="U1"))
    with pytest.raises(NotAllowed):
        order_sweep(actor=inspector, reason=REASON)


def test_what_cannot_be_ordered_is_told(history):
    for wrong in (
        {"reason": "倒查"},
        {"rule_codes": ["T-NONE"]},
        {"first_day": today(), "last_day": START.date()},
        {"last_day": START.date() - timedelta(days=1)},
    ):
        with pytest.raises(BadInput):
            order_sweep(actor=None, **{"reason": REASON} | wrong)
    order_sweep(actor=None, reason=REASON)
    with pytest.raises(Conflict):
        order_sweep(actor=None, reason=REASON)
    Rule.objects.update(line="exam")
    assert plan_sweep().rules == 4


def test_the_alerts_of_a_sweep_are_those_one_may_see(history):
    sweep = swept()
    root = Unit.objects.get(code="ROOT")
    inspector = builders.make_user(Role.DISCIPLINE, root)
    assert raised_alerts(inspector, sweep).count() == Alert.objects.count()
    subject = Alert.objects.filter(subject_code="P1").count()
    concerned = builders.make_user(Role.DISCIPLINE, root, staff=Staff.objects.get(staff_no="P1"))
    assert subject > 0 and raised_alerts(concerned, sweep).count() == Alert.objects.count() - subject
    assert raised_alerts(builders.make_user(Role.SYSTEM_ADMIN, root), sweep).count() == 0


def test_the_time_left_is_that_of_its_pace_and_unknown_at_first(history):
    sweep = order_sweep(actor=None, reason=REASON)
    now = timezone.now()
    Sweep.objects.filter(pk=sweep.pk).update(state=Sweep.State.RUNNING, begun_at=now - timedelta(hours=1))
    sweep.refresh_from_db()
    SweepPart.objects.update(weight=100)
    assert remaining(sweep) is None
    for minute, part in enumerate(sweep.parts.order_by("place")[:5]):
        SweepPart.objects.filter(pk=part.pk).update(done_at=now - timedelta(minutes=10 - minute))
    left = sweep.parts.filter(done_at=None).count()
    assert abs(remaining(sweep) - timedelta(minutes=left)) < timedelta(seconds=1)
    assert progress_of([sweep])[sweep.pk].share == pytest.approx(5 / (5 + left))


def test_the_command_orders_works_and_goes_on(history, capsys, monkeypatch):
    monkeypatch.setattr(running, "BURST_SECONDS", 1e-9)  # one part, however fast the machine is
    with pytest.raises(CommandError):
        call_command("sweep_history")
    sweep = order_sweep(actor=None, reason=REASON)
    running.run_sweeps()
    pause_sweep(number=sweep.number, actor=None)
    call_command("sweep_history", "--json")
    assert f'"number": "{sweep.number}"' in capsys.readouterr().out
    assert (live_hits(), open_alerts()) == history and AlertEvent.objects.filter(position=None).count() == 0


def test_rules_about_other_records_are_swept_over_the_days_of_those_records(history):
    early = START - timedelta(days=300)
    complaint = {"complaint_no": "C1", "received_at": f"{early:%Y-%m-%d %H:%M}", "channel": "12345", "unit_code": "U1", "staff_no": "P1"}
    counts = take_records(kind="complaints", records=[complaint | {"content": "态度"}], source="manual")
    assert counts.rejected == 0, counts
    about = builders.make_rule("T-COMP", line="common", lines=[], subject_column="staff", window_days=7, thresholds={"blue": 1})
    RuleVersion.objects.filter(pk=about.pk).update(effective_from=early.date() - timedelta(days=900))
    Rule.objects.filter(pk=about.rule_id).update(frame="complaints")
    plan = plan_sweep()
    assert plan.days.first == early.date()
    first = {code: part.days.first for part in plan.parts for code in part.rule_codes}
    assert first["T-COMP"] == early.date() and first["T-OWN"] == START.date()
    swept(rule_codes=["T-COMP"])
    assert [(hit[3], hit[4]) for hit in live_hits()] == [("P1", early.date())]


def test_the_command_leaves_the_lease_of_a_worker_alone(history, monkeypatch):
    sweep = order_sweep(actor=None, reason=REASON)
    Sweep.objects.update(token="worker", lease_until=timezone.now() + timedelta(minutes=1))
    waited = iter(range(3))

    def until_stopped(seconds: float) -> None:
        assert Sweep.objects.get().token == "worker"
        if next(waited) == 2:
            stop_sweep(number=sweep.number, actor=None, reason="不再需要倒查")

    monkeypatch.setattr(running.time, "sleep", until_stopped)
    running.run_to_end(sweep, tell=lambda one: None)
    assert not SweepPart.objects.exclude(starts=0).exists()
