"""System checks: mistakes in an instance's settings, each with an id that docs/configuration.md explains."""

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from oversight.doorbell import SCORING_TASK
from oversight.schedule import BEAT_SCHEDULE, DEMO_SCHEDULE

REDIS_SCHEMES = ("redis", "rediss")
SHORTEST_KEY = 32


@register
def services_are_named_rightly(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    scheme = urlsplit(settings.REDIS_URL).scheme
    if settings.REDIS_URL and scheme not in REDIS_SCHEMES:
        return [
            Error(
                f"REDIS_URL starts with {scheme or 'no scheme'}.",
                hint="Write it as redis://:password@host:6379/0, or rediss:// over TLS.",
                id="mingjing.E001",
            )
        ]
    return []


@register(deploy=True)
def timetable_names_real_tasks(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    wanted = {entry["task"]: f"schedule.py entry {name}" for name, entry in (BEAT_SCHEDULE | DEMO_SCHEDULE).items()}
    wanted[SCORING_TASK] = "doorbell.py"
    return [
        Error(f"{place} names the task {task}, which does not exist.", hint="Define it in that tasks.py.", id="mingjing.E002")
        for task, place in wanted.items()
        if not task_exists(task)
    ]


def task_exists(dotted_name: str) -> bool:
    """True when the module of a task can be imported and holds a Celery task of that name; a broken module raises as it is."""
    module, _, function = dotted_name.rpartition(".")
    if importlib.util.find_spec(module) is None:
        return False
    found = getattr(importlib.import_module(module), function, None)
    return getattr(found, "name", None) == dotted_name


@register
def keys_are_strong(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    hash_key = settings.HASH_KEY.decode(errors="replace")
    hint = "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
    if len(hash_key) < SHORTEST_KEY:
        return [
            Error(
                f"HASH_KEY is shorter than {SHORTEST_KEY} characters: ID numbers could be found by trying them all.",
                hint=hint,
                id="mingjing.E003",
            )
        ]
    if hash_key == settings.SECRET_KEY:
        return [Error("HASH_KEY and SECRET_KEY are the same: the one is changed at need, the other never.", hint=hint, id="mingjing.E004")]
    return []


@register
def production_has_its_servers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return []
    found: list[CheckMessage] = []
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        found.append(
            Warning(
                "Production runs on SQLite, which serves one writer at a time and one machine.",
                hint="Set DATABASE_URL=postgres://user:password@host:5432/mingjing (PostgreSQL 15 or newer).",
                id="mingjing.W001",
            )
        )
    if not settings.REDIS_URL:
        found.append(
            Warning(
                "Production runs without Redis: the message broker is a folder and live alerts are polled.",
                hint="Set REDIS_URL=redis://:password@host:6379/0 (Redis 7 or newer).",
                id="mingjing.W002",
            )
        )
    if not settings.SESSION_COOKIE_SECURE:
        found.append(
            Warning(
                "HTTPS=0 in production: passwords and sessions cross the network readable.",
                hint="Put the proxy of deploy/ in front and leave HTTPS unset.",
                id="mingjing.W003",
            )
        )
    if "*" in settings.ALLOWED_HOSTS:
        found.append(
            Warning("ALLOWED_HOSTS accepts every name.", hint="List the names users type, separated by commas.", id="mingjing.W004")
        )
    return found
