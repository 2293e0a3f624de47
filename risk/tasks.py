"""What the engine does in the background; every task calls one service and may run twice without harm."""

from celery import shared_task

from risk.alerts.models import Alert
from risk.alerts.recusal import recuse_again
from risk.alerts.snoozing import wake_due
from risk.backtest.runs.working import run_backtests as backtest
from risk.coverage.canaries import run_canaries as ask_canaries
from risk.evaluation.running import run_evaluations as evaluate
from risk.scoring.closing import close_days as close
from risk.scoring.gaps import find_gaps as search_gaps
from risk.scoring.turns import score_in_turn
from risk.sweeps.running import run_sweeps as sweep


@shared_task
def score_pending() -> None:
    """What the doorbell asks for, and beat in case nobody heard it."""
    score_in_turn(budget_seconds=50)


@shared_task
def close_days() -> None:
    """After midnight; asked every hour, in case nobody was there at midnight. What it marks the next stroke of score_pending works."""
    close()


@shared_task
def find_gaps() -> None:
    """What no rule has looked at is marked again."""
    search_gaps()


@shared_task
def run_canaries() -> None:
    """Once a day for every rule in force, and within the hour for one just published."""
    ask_canaries()


@shared_task
def run_sweeps() -> None:
    """Sweeps of history, a second or so at a time, behind everything that is live."""
    sweep()


@shared_task
def run_evaluations() -> None:
    """Alerts compared with labels, as somebody ordered on the page."""
    evaluate()


@shared_task
def run_backtests() -> None:
    """Drafts of rules played over history, as somebody ordered on the page."""
    backtest()


@shared_task
def recuse_relations() -> None:
    """Relations, leaders and officers that were named after an alert was raised."""
    recuse_again(Alert.objects.exclude(status__in=(Alert.Status.DISMISSED, Alert.Status.WITHDRAWN)).select_related("rule").iterator(500))


@shared_task
def wake_snoozed() -> None:
    """Snoozed alerts whose time has come are again what they were."""
    wake_due()
