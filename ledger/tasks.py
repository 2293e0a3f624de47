"""What the ledger does by the clock; every task calls one service and may run twice without harm."""

from celery import shared_task

from ledger.intake.deliveries import take_queued
from ledger.intake.refused.waiting import reject_overdue
from ledger.intake.trials import try_pending


@shared_task
def reject_overdue_steps() -> None:
    reject_overdue()


@shared_task
def take_deliveries() -> None:
    take_queued()


@shared_task
def try_uploads() -> None:
    """Files that were put in the browser: looked at where that takes long, tried where somebody asked for it."""
    try_pending()
