"""Tell the workers at once that there is work; the rows in the database are the truth, so a silent bell only costs a minute."""

import logging

from celery import current_app
from kombu.exceptions import KombuError, OperationalError

log = logging.getLogger(__name__)


def ring(task: str) -> bool:
    """Ask for `task` (a Celery name) to be run soon. A broker that cannot be reached is logged and blocks nothing: False."""
    try:
        current_app.send_task(task, ignore_result=True, retry=False)
    except (OperationalError, KombuError, OSError) as error:
        log.warning("%s was not rung for: %s", task, error)
        return False
    return True
