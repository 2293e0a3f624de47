"""The doorbell: tells a worker that work is waiting. The work itself is a database row, so a bell nobody hears loses nothing."""

import logging

from django.db import transaction
from kombu.exceptions import OperationalError

from oversight.celery import app

logger = logging.getLogger(__name__)

SCORING_TASK = "risk.tasks.score_pending"
BACKTEST_TASK = "risk.tasks.run_backtests"
EXPIRES_SECONDS = 60


def ring() -> None:
    """Asks for scoring of what the current transaction writes, once it has committed.

    A broker that cannot be reached is logged and blocks nothing: beat offers the same work every two seconds.
    """
    transaction.on_commit(publish)


def ring_for(task: str) -> None:
    """The same for another task that a person waits for."""
    transaction.on_commit(lambda: publish(task))


def publish(task: str = SCORING_TASK) -> None:
    try:
        app.send_task(task, retry=False, ignore_result=True, expires=EXPIRES_SECONDS)
    except (OperationalError, OSError) as error:
        logger.warning("doorbell not heard, beat will offer the work: %s", error)
