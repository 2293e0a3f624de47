"""The Celery application: work that happens after a commit or by the clock. Its timetable is oversight/schedule.py."""

import logging.config
import os
import sys
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init

from oversight import broker
from oversight.schedule import beat_schedule

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oversight.settings")

broker.register()
app = Celery("mingjing")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = beat_schedule
app.autodiscover_tasks(["ledger", "risk", "oversight"])

# A worker's threads share one interpreter. A thread that scores what is fresh asks the database a hundred times, and after each answer it
# waits for its turn as long as this, in seconds, while another computes what can wait; by default ten times longer.
SWITCH_INTERVAL = 0.0005


@worker_init.connect
def take_short_turns(**_kwargs: Any) -> None:
    sys.setswitchinterval(SWITCH_INTERVAL)


@setup_logging.connect
def use_django_logging(**_kwargs: Any) -> None:
    """Worker and beat log as the web process does, instead of in Celery's own format."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
