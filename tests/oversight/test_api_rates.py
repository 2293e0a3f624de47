"""How much a token may send in a minute: counted by calls and by records, together for all web processes, and never a reason to fail."""

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches

from ledger.audit.models import AuditEntry
from ledger.intake.tokens import add_token
from ledger.journal.models import Transaction
from oversight.api import rates
from oversight.api.rates import Meter
from tests.ledger.filing import row
from tests.oversight.calling import System, make_system, states
from tests.servers import CHECKOUT, free_port, platform_environment

REDIS = {"BACKEND": "oversight.kept_cache.KeptRedisCache", "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}}


@pytest.fixture(autouse=True)
def own_counts(settings: Any) -> Iterator[None]:
    """Counts of this process alone, and a meter that no earlier failure keeps quiet."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "rates"}}
    rates.meter = Meter()
    yield
    rates.meter = Meter()


@pytest.fixture
def system(db: None) -> System:
    return make_system()


def stop_the_clock(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr("oversight.api.rates.time.time", lambda: 1_800_000_000.0 + seconds)


def test_calls_beyond_the_rate_wait_until_the_minute_is_over_and_do_not_fill_the_audit_trail(
    system: System, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_CALLS_PER_MINUTE = 2
    stop_the_clock(monkeypatch, 17.2)
    assert [system.send([row()]).status_code for _ in range(3)] == [200, 200, 429]
    refused = system.send([row()])
    assert (refused["Retry-After"], refused.json()["code"]) == ("43", "throttled")
    assert "2" in refused.json()["message"]
    assert not AuditEntry.objects.filter(action="api.refused").exists()
    other = System(add_token(name="other", source="vms", scopes=["transactions:write"])[1])
    assert other.send([row()]).status_code == 200
    stop_the_clock(monkeypatch, 59.999)
    assert system.send([row()])["Retry-After"] == "1"
    stop_the_clock(monkeypatch, 60)
    assert system.send([row()]).status_code == 200


def test_records_are_counted_whatever_becomes_of_them_and_the_call_that_crosses_the_limit_still_goes_through(
    system: System, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_RECORDS_PER_MINUTE = 5
    stop_the_clock(monkeypatch, 0)
    assert states(system.told([row(serial_no=str(n)) for n in range(4)])) == ["created"] * 4
    assert system.told([row(serial_no=str(n)) for n in range(100)])["received"] == 100
    refused = system.send([row(serial_no="more")])
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert Transaction.objects.count() == 100
    stop_the_clock(monkeypatch, 60)
    assert system.send([row(serial_no="more")]).status_code == 200


def test_without_a_known_token_nothing_is_counted(system: System, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 1
    assert [System("mj_wrong").send([row()]).status_code for _ in range(3)] == [401] * 3
    assert system.send([row()]).status_code == 200


COUNT = """
import django
django.setup()
from oversight.api.rates import Meter
print(Meter().add("token:records", 300, minute={minute}))
"""


def test_two_web_processes_count_together_in_redis(settings: Any, redis_url: str, tmp_path: Path) -> None:
    settings.CACHES = {"default": REDIS | {"LOCATION": redis_url, "KEY_PREFIX": "mingjing"}}
    minute = time.time_ns()
    assert Meter().add("token:records", 500, minute=minute) == 0
    other = subprocess.run(
        [sys.executable, "-c", COUNT.format(minute=minute)],
        cwd=CHECKOUT,
        env=platform_environment(tmp_path, REDIS_URL=redis_url),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert other.stdout.strip() == "500"
    assert Meter().add("token:records", 1, minute=minute) == 800
    assert 0 < caches["default"]._cache.get_client().ttl(f"mingjing:1:api-rate:token:records:{minute}") <= 120  # type: ignore[attr-defined]


def test_a_redis_that_cannot_be_asked_refuses_nobody_is_told_of_once_and_then_left_alone_for_a_while(
    system: System, settings: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_CALLS_PER_MINUTE = settings.API_RECORDS_PER_MINUTE = 1
    settings.CACHES = {"default": REDIS | {"LOCATION": f"redis://127.0.0.1:{free_port()}/0"}}
    now = 100.0
    monkeypatch.setattr("oversight.api.rates.time.monotonic", lambda: now)
    with caplog.at_level(logging.WARNING, "oversight.api.rates"):
        assert [system.send([row()]).status_code for _ in range(3)] == [200] * 3
    assert [record.levelname for record in caplog.records if record.name == "oversight.api.rates"] == ["WARNING"]
    now += rates.PAUSE_SECONDS
    with caplog.at_level(logging.WARNING, "oversight.api.rates"):
        system.told([row()])
    assert len([record for record in caplog.records if record.name == "oversight.api.rates"]) == 2
