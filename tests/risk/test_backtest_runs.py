"""Backtests of drafts: what they say is what the engine raises, what was raised stays explained, and one worker has a run at a time."""

from datetime import date, timedelta
from typing import Any

import pytest

from ledger.kit.errors import Conflict, NotAllowed
from ledger.roster.accounts import Role
from ledger.roster.models import Unit, User
from risk.alerts.models import Alert
from risk.alerts.services import dismiss
from risk.backtest.costs import told_to
from risk.backtest.models import BacktestRun
from risk.backtest.playing import play
from risk.backtest.runs import working
from risk.backtest.runs.queries import done_for
from risk.backtest.runs.services import cancel, order
from risk.backtest.runs.working import run_backtests
from risk.rules.drafts.models import RuleDraft
from risk.rules.drafts.queries import version_entry
from risk.rules.drafts.services import begin, change, publish
from risk.rules.models import RuleVersion
from risk.rules.queries import coming_versions, current_versions, version_on
from risk.scoring.marks import mark_everything
from risk.scoring.services import score_pending
from tests import builders
from tests.risk.test_scoring import START, burst, take

pytestmark = [pytest.mark.django_db, pytest.mark.services]
CODE = "T-OFTEN"
LATER = START + timedelta(days=40)
FROM = (START + timedelta(days=20)).date()


@pytest.fixture
def root() -> Unit:
    """A rule: so many tickets of one officer in a day; two officers of two squads."""
    found = builders.make_unit(code="ROOT", kind="detachment")
    for number in (1, 2):
        squad = builders.make_unit(code=f"U{number}", kind="squad", parent=found)
        builders.make_staff(squad, staff_no=f"P{number}")
    builders.make_rule(
        CODE,
        line="violation",
        window_days=1,
        thresholds={"yellow": 10, "red": 30},
        effective_from=date(2020, 1, 1),
        sentence_zh="{subject}一日{observed}笔。",
    )
    return found


@pytest.fixture
def admin(root: Unit) -> User:
    return builders.make_user(Role.CHECKLIST_ADMIN, root)


def drafted(admin: User, **changes: Any) -> RuleDraft:
    draft = begin(code=CODE, actor=admin)
    return change(draft=draft, content=draft.content | changes, reason="漏报", actor=admin)


def raised(first: date, last: date) -> dict[tuple[str, int], tuple[Any, ...]]:
    found = Alert.objects.filter(rule__code=CODE, first_day__range=(first, last)).select_related("unit")
    return {
        (one.subject_code, one.bucket): (one.level, one.observed, one.threshold, one.numbers, one.evidence_count, one.unit.code)
        for one in found
    }


def played(version: RuleVersion, first: date, last: date) -> dict[tuple[str, int], tuple[Any, ...]]:
    done = play(version_entry(version), None, first, last)
    return {
        (str(one.subject), one.bucket): (one.level, one.observed, one.threshold, one.numbers, len(one.evidence), one.unit_code)
        for one in done.after
    }


def test_the_engine_raises_what_the_backtest_told_and_what_was_raised_stays_explained(root, admin, monkeypatch):
    take(burst(count=12))
    score_pending()
    draft = drafted(admin, thresholds={"yellow": 4, "red": 8})
    monkeypatch.setattr("risk.rules.drafts.services.today", lambda: FROM - timedelta(days=1))
    new = publish(draft=draft, effective_from=FROM, author="a", publisher="b")
    old = RuleVersion.objects.get(rule__code=CODE, number=1)
    assert [version_on(CODE, day).number for day in (FROM - timedelta(days=1), FROM)] == [1, 2]
    assert current_versions(day=FROM - timedelta(days=1)) == [old] and list(coming_versions(FROM - timedelta(days=1))) == [new]

    take(burst(LATER, 5, 100) + burst(LATER, 9, 200, handler_no="P2", unit_code="U2") + burst(START + timedelta(days=1), 5, 300))
    mark_everything()
    score_pending()
    before, after = raised(START.date(), FROM - timedelta(days=1)), raised(FROM, LATER.date())
    assert len(before) == 1 and len(after) == 2, "five tickets were nothing under the old version"
    assert before == played(old, START.date(), FROM - timedelta(days=1)) and after == played(new, FROM, LATER.date())
    assert set(Alert.objects.filter(first_day__lt=FROM).values_list("rule_version__number", flat=True)) == {1}
    assert set(Alert.objects.filter(first_day__gte=FROM).values_list("rule_version__number", flat=True)) == {2}
    assert not played(old, FROM, LATER.date()), "and would have been nothing later"


def test_the_cost_is_told_by_month_unit_and_what_such_alerts_were_before(root, admin):
    take(burst(count=12) + burst(LATER, 9, 100) + burst(LATER, 6, 200, handler_no="P2", unit_code="U2"))
    score_pending()
    dismiss(number=Alert.objects.get(rule__code=CODE).number, actor=builders.make_user(Role.SUPERVISOR, root), reason="false_alarm")
    milder = drafted(admin, thresholds={"yellow": 5, "red": 30})
    run = order(draft=milder, actor=admin)
    assert order(draft=milder, actor=admin) == run, "one at a time"
    assert run_backtests() == 1 and order(draft=milder, actor=admin) == run
    told = done_for(milder.digest).result
    assert (told["before"], told["after"], told["added"], told["removed"]) == (1, 3, 2, 0)
    assert told["by_month"] == {"2026-03": [1, 1], "2026-04": [0, 2]}
    assert told["by_unit"] == {"U1": [1, 2], "U2": [0, 1]}
    assert (told["of_rule"], told["thin"]) == ({"raised": 1, "settled": 1, "dismissed": 1, "false": 1}, True)
    of_others = told_to(told, "P1")
    assert (of_others["before"], of_others["after"], of_others["by_unit"]) == (0, 1, {"U2": [0, 1]}), "told to who is recused from two"
    assert of_others["of_rule"] == {"raised": 0, "settled": 0, "dismissed": 0, "false": 0}
    assert told_to(told, "P9") == told_to(told, "") == told
    stricter = change(draft=milder, content=milder.content | {"thresholds": {"red": 30}}, reason="过多", actor=admin)
    assert done_for(stricter.digest) is None, "bound to the content"
    order(draft=stricter, actor=admin)
    run_backtests()
    run = done_for(stricter.digest)
    assert (run.result["removed"], run.result["affected"]["false"]) == (1, 1)
    assert [(one["kind"], one["subject_code"], bool(one["alert"])) for one in run.examples] == [("removed", "P1", True)]


def test_a_rule_in_shadow_costs_nothing_and_promoted_all_it_finds(root, admin):
    take(burst(count=12))
    on_trial = play(version_entry(version_on(CODE)), None, START.date(), START.date())
    assert (on_trial.trial, len(on_trial.after)) == (False, 1)
    live = version_entry(version_on(CODE))
    shadow = version_entry(builders.make_rule(CODE, number=2, mode="shadow", mode_reason="试运行", line="violation"))
    demoted = play(shadow, live, START.date(), START.date())
    assert (demoted.trial, len(demoted.before), len(demoted.after)) == (False, 1, 0)
    shadow = version_entry(RuleVersion.objects.get(rule__code=CODE, number=1))
    assert shadow == live


def test_one_cancelled_is_thrown_away_by_who_works_at_it(root, admin, monkeypatch):
    take(burst(count=12))
    run = order(draft=drafted(admin, min_n=2), actor=admin)
    real = working.play

    def called_off(*given: Any) -> Any:
        cancel(number=run.number, actor=admin)
        return real(*given)

    monkeypatch.setattr(working, "play", called_off)
    assert run_backtests() == 0
    run.refresh_from_db()
    assert (run.state, run.result, run.progress) == ("cancelled", None, 0)
    with pytest.raises(Conflict):
        cancel(number=run.number, actor=admin)


def test_one_that_breaks_off_again_and_again_is_given_up(root, admin, monkeypatch):
    run = order(draft=drafted(admin, min_n=2), actor=admin)
    monkeypatch.setattr(working, "play", lambda *_given: 1 / 0)
    for _turn in range(working.STARTS):
        with pytest.raises(ZeroDivisionError):
            run_backtests()
    assert run_backtests() == 0
    run.refresh_from_db()
    assert run.state == BacktestRun.State.FAILED and run.error


def test_only_who_edits_rules_orders_and_cancels(root, admin):
    draft = drafted(admin, min_n=2)
    leader = builders.make_user(Role.LEADER, root)
    with pytest.raises(NotAllowed):
        order(draft=draft, actor=leader)
    run = order(draft=draft, actor=admin)
    with pytest.raises(NotAllowed):
        cancel(number=run.number, actor=leader)
