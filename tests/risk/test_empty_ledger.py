"""Backtests and sweeps where there is no business yet, or no such rule: an answer, or a refusal by name."""

import pytest
from django.core.management import CommandError, call_command

from ledger.kit.errors import NotFound
from risk.backtest.running import backtest
from risk.backtest.sweeping import sweep
from risk.rules.services import load_catalogue

pytestmark = pytest.mark.django_db


def test_a_backtest_of_nothing_is_an_answer():
    load_catalogue()
    done = backtest(rule_code="VIO-08")
    assert (done.transactions, done.candidates, done.by_month) == (0, [], {})


def test_a_sweep_of_nothing_and_of_no_rule():
    load_catalogue()
    assert sweep().rules == []
    with pytest.raises(NotFound, match="NO-99"):
        sweep(rule_codes=["VIO-53", "NO-99"])
    with pytest.raises(CommandError) as refused:
        call_command("sweep", "--rule", "NO-99")
    assert refused.value.returncode == 2
    with pytest.raises(CommandError) as refused:
        call_command("sweep", "--processes", "0")
    assert refused.value.returncode == 2
