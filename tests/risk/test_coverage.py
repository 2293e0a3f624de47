"""What was seen is written down, what was missed is found and scored, and a rule that can no longer hit is noticed."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.kit.days import today
from risk.alerts.models import Hit
from risk.coverage import canaries
from risk.coverage.canaries import run_canaries
from risk.coverage.models import Canary, Coverage, Gap
from risk.coverage.queries import matrix, recent_gaps, unable_to_judge
from risk.detectors.registry import detectors
from risk.rules.models import Reach, Rule
from risk.rules.queries import current_versions
from risk.rules.services import load_catalogue
from risk.scoring.closing import close_days
from risk.scoring.gaps import find_gaps
from risk.scoring.marks import mark_everything
from risk.scoring.models import DirtyMark
from risk.scoring.services import score_pending
from tests import builders
from tests.risk.standins import standins  # noqa: F401
from tests.risk.test_reaches import rules, score, tickets  # noqa: F401
from tests.risk.test_scoring import START, take

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("standins", "rules")]
SUNDAY = START.date() + timedelta(days=6)


def covered(code: str) -> dict:
    rows = Coverage.objects.filter(rule_version__rule__code=code).order_by("day")
    return {row.day: (row.rows, row.tested, row.insufficient, row.hits) for row in rows if row.counted_at}


def long_ago(code: str) -> None:
    """The rule was in force long before the rows came."""
    Rule.objects.get(code=code).versions.update(published_at=datetime(2020, 1, 1, tzinfo=UTC))


def test_a_sweep_counts_the_rows_and_hits_of_every_day_that_has_rows():
    take(tickets(5) + tickets(2, day=3, first=20, handler_no="P2"))
    score_pending()
    assert covered("T-OWN") == {} and Coverage.objects.filter(rule_version__rule__code="T-OWN").count() == 2
    mark_everything(rule_codes=["T-OWN"])
    score_pending()
    assert covered("T-OWN") == {START.date(): (5, None, None, 1), START.date() + timedelta(days=3): (2, None, None, 0)}


def test_peers_are_counted_on_their_grid_day_with_those_of_whom_too_little_is_known():
    take(tickets(4) + tickets(1, first=20, handler_no="P2"))
    score(START + timedelta(days=7))
    assert covered("T-PEER") == {SUNDAY: (5, 1, 1, 1)}
    assert Coverage.objects.get(rule_version__rule__code="T-PEER").unjudged == {"P2": 1}


def test_a_rule_that_can_compare_a_subject_now_is_told_of_no_more():
    take(tickets(4) + tickets(1, first=20, handler_no="P2"))
    score(START + timedelta(days=7))
    [one] = unable_to_judge("staff", "P2", SUNDAY - timedelta(days=6), SUNDAY)
    assert (one.version.rule.code, one.day, one.rows, one.days, one.looked) == ("T-PEER", SUNDAY, 1, 1, 1)
    assert unable_to_judge("staff", "P1", SUNDAY, SUNDAY) == unable_to_judge("unit", "P2", SUNDAY, SUNDAY) == []
    later = SUNDAY + timedelta(days=7)
    take(tickets(4, day=8, first=30, handler_no="P2"))
    score(START + timedelta(days=14))
    assert unable_to_judge("staff", "P2", SUNDAY, later) == []
    assert Coverage.objects.get(rule_version__rule__code="T-PEER", day=later).unjudged == {}


def test_closing_the_day_looks_at_the_whole_of_it():
    take(tickets(3, finished_at="", status="accepted", result=""))
    score_pending()
    assert covered("T-OWN") == {}
    close_days(as_of=START + timedelta(days=1))
    score_pending()
    assert covered("T-OWN") == {START.date(): (3, None, None, 0)}


def test_marks_that_were_lost_are_found_and_scored_again():
    for code in ("T-OWN", "T-PEER", "T-LINK"):
        long_ago(code)
    take(tickets(5))
    DirtyMark.objects.all().delete()
    score_pending()
    assert not Hit.objects.exists()
    assert find_gaps() >= 2
    found = set(Gap.objects.values_list("rule__code", "day"))
    assert {("T-OWN", START.date()), ("T-LINK", START.date())} <= found
    assert all(one.closed_at is None for one in recent_gaps())
    score_pending()
    assert Hit.objects.filter(rule__code="T-OWN", live=True).exists()
    assert find_gaps() == 0 and all(one.closed_at is not None for one in recent_gaps())


def test_what_waits_was_scored_or_came_before_the_rule_is_no_gap():
    take(tickets(5))
    assert find_gaps() == 0
    score_pending()
    assert find_gaps() == 0
    new = builders.make_rule("T-NEW", line="violation")
    new.__class__.objects.filter(pk=new.pk).update(published_at=datetime.now(UTC))
    assert find_gaps() == 0


def test_a_row_that_names_no_subject_of_a_rule_is_no_gap_of_it():
    builders.make_rule("T-AGENT", line="violation", subject_kind="agent", subject_column="agent")
    take(tickets(2))
    score_pending()
    assert find_gaps() == 0 and not Gap.objects.exists()


def test_a_sunday_on_which_peers_were_not_compared_is_found():
    long_ago("T-PEER")
    now = datetime.now(UTC)
    day = today(now) - timedelta(days=8)
    at = START + (day - START.date())
    take([row | {"accepted_at": f"{at:%Y-%m-%d %H:%M:%S}", "finished_at": ""} for row in tickets(4)])
    score_pending()
    Coverage.objects.filter(rule_version__rule__reach=Reach.PEER).delete()
    DirtyMark.objects.all().delete()
    assert find_gaps() == 1
    assert Gap.objects.get().rule.code == "T-PEER"
    score_pending()
    assert find_gaps() == 0


FEW = ("COM-02", "REG-04", "REG-20")


def test_every_rule_in_force_is_asked_once_a_day_and_a_silent_or_broken_one_is_written_down(monkeypatch):
    load_catalogue()
    # One of every detector; that every shipped rule finds its canary is tried rule by rule elsewhere.
    some = {version.detector: version for version in current_versions()} | {
        version.rule.code: version for version in current_versions() if version.rule.code in FEW
    }
    monkeypatch.setattr(canaries, "current_versions", lambda **_: list(some.values()))
    assert run_canaries() == 0
    asked = Canary.objects.count()
    assert asked == len({version.pk for version in some.values()}) and run_canaries() == 0 and Canary.objects.count() == asked
    shipped = Canary.objects.exclude(rule_version__rule__code__startswith="T-")
    assert set(shipped.values_list("answer", flat=True)) == {Canary.Answer.HIT}
    detector = detectors()["condition"]
    monkeypatch.setattr(type(detector), "find", lambda self, frames, spec: frames["transactions"].iloc[:0])
    monkeypatch.setattr(type(detectors()["frequency"]), "canary", lambda self, spec: {"nothing": 1}[spec.rule_code])
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    few = [version for version in current_versions() if version.rule.code in FEW]
    monkeypatch.setattr(canaries, "current_versions", lambda **_: few)
    assert run_canaries(as_of=tomorrow) == 2
    answers = {row.version.rule.code: row.canary for row in matrix([])}
    assert answers["COM-02"].answer == Canary.Answer.SILENT
    assert (answers["REG-04"].answer, answers["REG-04"].error) == (Canary.Answer.BROKEN, "KeyError: 'REG-04'")
    assert answers["REG-20"].answer == Canary.Answer.HIT


def test_a_version_that_takes_effect_later_is_asked_already_and_is_not_in_force():
    now = builders.make_rule("T-LATER", window_days=1)
    coming = builders.make_rule("T-LATER", number=2, mode="shadow", mode_reason="试运行", effective_from=today() + timedelta(days=9))
    run_canaries()
    assert set(Canary.objects.filter(rule_version__rule=now.rule).values_list("rule_version", flat=True)) == {now.pk, coming.pk}
    (row,) = [row for row in matrix([today()]) if row.version.rule == now.rule]
    assert (row.version, row.canary.rule_version_id) == (now, now.pk)
