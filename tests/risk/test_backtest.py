"""Backtest: what stands is re-derived to the digit, drafts are checked strictly, and nothing is written."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from ledger.kit.errors import BadInput, NotFound
from risk.alerts.models import Alert, Hit
from risk.backtest.running import backtest
from risk.management.commands.backtest import Command
from risk.rules.services import load_catalogue
from risk.scoring.services import score_pending
from tests import builders
from tests.risk.test_scoring import START, burst, take

pytestmark = [pytest.mark.django_db, pytest.mark.services]
TOMORROW = START + timedelta(days=1)


@pytest.fixture(scope="module")
def history(module_rows):
    """Two officers' bursts on two days, scored."""
    with module_rows():
        load_catalogue()
        unit = builders.make_unit(code="U1", kind="squad", parent=builders.make_unit(code="ROOT", kind="detachment"))
        for number in ("P1", "P2"):
            builders.make_staff(unit, staff_no=number)
        take(burst() + burst(TOMORROW, 9, 100) + burst(START + timedelta(days=40), 13, 200, handler_no="P2"))
        score_pending()


def told() -> dict[tuple[str, int], tuple]:
    return {
        (alert.subject_code, alert.bucket): (
            alert.level,
            alert.observed,
            alert.threshold,
            alert.numbers,
            alert.evidence_count,
            alert.unit.code,
        )
        for alert in Alert.objects.filter(rule__code="VIO-08").select_related("unit")
    }


def test_what_stands_is_rederived_to_the_digit(history):
    done = backtest(rule_code="VIO-08")
    rederived = {
        (one.subject, one.bucket): (one.level, one.observed, one.threshold, one.numbers, len(one.evidence), one.unit_code)
        for one in done.candidates
    }
    assert rederived == told() and len(rederived) >= 2
    assert (done.added, done.removed, done.changed) == ([], [], [])
    assert done.transactions == 36
    assert sum(done.by_month.values()) == done.by_unit["U1"] == len(done.candidates)


def test_every_rule_rederives_its_hits(history):
    for code in set(Hit.objects.values_list("rule__code", flat=True)):
        done = backtest(rule_code=code)
        assert (done.added, done.removed, done.changed) == ([], [], []), code


def test_a_stricter_draft_removes_a_milder_one_adds(history):
    assert len(backtest(rule_code="VIO-08", changes={f"thresholds.{name}": "none" for name in ("blue", "yellow", "orange")}).removed) >= 2
    quiet = backtest(
        rule_code="VIO-08",
        changes={"thresholds.blue": "500", "thresholds.yellow": "600", "thresholds.orange": "700"} | {"thresholds.red": "800"},
    )
    assert (quiet.candidates, len(quiet.removed)) == ([], len(told()))
    milder = backtest(rule_code="VIO-08", changes={"thresholds.blue": "2"})
    assert len(milder.candidates) >= len(told()) and milder.removed == []


def test_only_the_days_asked_for_are_compared(history):
    late = backtest(rule_code="VIO-08", first_day=(START + timedelta(days=30)).date())
    assert {one.subject for one in late.candidates} == {"P2"}
    assert (late.added, late.removed) == ([], [])


def test_nothing_is_written(history):
    backtest(rule_code="VIO-08")  # what is pending for the columns is brought there once
    before = {model: model._default_manager.count() for model in apps.get_models()}
    backtest(rule_code="VIO-08", changes={"thresholds.blue": "1"})
    assert {model: model._default_manager.count() for model in apps.get_models()} == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, "colour"),
        ({"thresholds.green": "1"}, "thresholds.green"),
        ({"thresholds.red": "many"}, "many"),
        ({"thresholds.red": "1"}, "thresholds"),
        ({f"thresholds.{level}": "none" for level in ("blue", "yellow", "orange", "red")}, "thresholds"),
        ({"window_days": "0"}, "window_days"),
        ({"min_n": "-3"}, "min_n"),
        ({"minutes": '"ten"'}, "minutes"),
        ({"op": "="}, "op"),
    ],
)
def test_a_draft_that_cannot_be_is_refused_by_name(history, changes, message):
    with pytest.raises(BadInput, match=message):
        backtest(rule_code="VIO-08", changes=changes)


def test_an_unknown_rule_is_not_found(db):
    with pytest.raises(NotFound, match="XYZ-1"):
        backtest(rule_code="XYZ-1")


def test_the_command_speaks_the_contract(history):
    out = StringIO()
    call_command("backtest", "--rule", "VIO-08", "--set", "thresholds.blue=2", "--json", stdout=out)
    facts = json.loads(out.getvalue())
    assert {"transactions", "alerts", "added", "removed", "by_month", "by_unit", "seconds"} <= set(facts)
    assert sum(facts["by_month"].values()) == facts["alerts"]
    with pytest.raises(CommandError) as refused:
        call_command("backtest", "--rule", "VIO-08", "--set", "thresholds.blue")
    assert refused.value.returncode == 2


def test_somebody_who_watches_the_command_sees_a_bar_and_a_pipe_sees_none(history, monkeypatch, capsys):
    call_command("backtest", "--rule", "VIO-08", "--json", stdout=StringIO())
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(Command, "on_terminal", True)
    call_command("backtest", "--rule", "VIO-08", "--json", stdout=StringIO())
    told = capsys.readouterr().err
    assert told.startswith("\rbacktest:   0%") and "100%" in told and told.endswith("\n")


def test_a_setting_is_not_taken_for_the_settings_of_the_project():
    options = Command().create_parser("manage.py", "backtest").parse_args(["--rule", "VIO-08", "--set", "thresholds.blue=2"])
    assert options.settings is None and options.changes == ["thresholds.blue=2"]
