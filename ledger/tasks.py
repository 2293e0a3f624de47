"""What the ledger does by the clock; every task calls one service and may run twice without harm."""

from celery import shared_task

from ledger.intake.deliveries import take_queued
from ledger.intake.waiting import reject_overdue


@shared_task
def reject_overdue_steps() -> None:
    reject_overdue()


@shared_task
def take_deliveries() -> None:
    take_queued()
