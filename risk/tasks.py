"""What the engine does in the background; every task calls one service and may run twice without harm."""

from celery import shared_task

from risk.scoring.closing import close_days as close
from risk.scoring.services import score_pending as score


@shared_task
def score_pending() -> None:
    """What the doorbell asks for, and beat in case nobody heard it."""
    score(budget_seconds=50)


@shared_task
def close_days() -> None:
    """After midnight; asked every hour, in case nobody was there at midnight. What it marks the next stroke of score_pending works."""
    close()
