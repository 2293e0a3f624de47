"""Redis as the doorbell of the stream: heard at once, missed without loss."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from ledger.roster.models import Unit, User
from oversight.live.announce import announce
from risk.alerts.models import Alert
from risk.alerts.sequencer import sequence_events
from tests import servers
from tests.builders import make_unit
from tests.oversight.live_rig import QUICK, happen, make_alert, make_supervisor, sign_in, site, wait_for, watching

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
# Polling so rare that only the bell can explain an event that arrives.
BELL_ONLY = replace(QUICK, net=3600)


@pytest.fixture
def detachment() -> Unit:
    return make_unit(code="430700", kind="detachment")


@pytest.fixture
def alice(detachment: Unit) -> User:
    return make_supervisor("alice", detachment)


@contextlib.contextmanager
def redis_on(port: int, folder: Path) -> Iterator[str]:
    """A Redis on a port of our choice, so that it can come back to where it was."""
    try:
        program, _origin = servers.redis_program()
    except servers.ServerUnavailable as reason:
        pytest.skip(str(reason))
    command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    log = folder / "redis.log"
    with servers.running(command, log=log, end=signal.SIGKILL) as process:
        servers.wait_until(lambda: servers.port_open(port), process.poll, log=log, name="Redis")
        yield f"redis://127.0.0.1:{port}/0"


def happen_and_announce(alert: Alert) -> None:
    happen(alert, sequenced=False)
    announce(sequence_events())


def test_an_announced_event_arrives_without_polling(redis_url: str, alice: User, detachment: Unit, settings: Any) -> None:
    settings.REDIS_URL = redis_url
    with site(BELL_ONLY, redis_url=redis_url) as served, watching(served.port, sign_in(alice)) as watcher:
        wait_for(lambda: served.hub.state == "redis", what="the subscription")
        alerts = [make_alert(detachment) for _ in range(5)]
        started = time.monotonic()
        for alert in alerts:
            happen_and_announce(alert)
        assert watcher.numbers(5) == [alert.number for alert in alerts]
        assert time.monotonic() - started < 5


def test_an_event_nobody_announced_is_found_by_the_net(redis_url: str, alice: User, detachment: Unit) -> None:
    with site(replace(QUICK, net=0.3), redis_url=redis_url) as served, watching(served.port, sign_in(alice)) as watcher:
        wait_for(lambda: served.hub.state == "redis", what="the subscription")
        alert = make_alert(detachment)
        happen(alert)
        assert watcher.numbers(1) == [alert.number]


def test_streams_outlive_a_restart_of_redis_and_are_polled_meanwhile(alice: User, detachment: Unit, settings: Any, tmp_path: Path) -> None:
    port = servers.free_port()
    settings.REDIS_URL = url = f"redis://127.0.0.1:{port}/0"
    alerts = [make_alert(detachment) for _ in range(3)]
    with site(BELL_ONLY, redis_url=url) as served, watching(served.port, sign_in(alice)) as watcher:
        with redis_on(port, tmp_path):
            wait_for(lambda: served.hub.state == "redis", what="the subscription")
            happen_and_announce(alerts[0])
            assert watcher.numbers(1) == [alerts[0].number]
        wait_for(lambda: served.hub.state == "polling", within=2, what="the hub to notice")
        happen_and_announce(alerts[1])
        assert watcher.numbers(1) == [alerts[1].number]
        with redis_on(port, tmp_path):
            wait_for(lambda: served.hub.state == "redis", what="the subscription to come back by itself")
            happen_and_announce(alerts[2])
            assert watcher.numbers(1) == [alerts[2].number]


def test_a_redis_that_hangs_is_noticed(alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oversight.live.doorbell.SILENCE_SECONDS", 0.2)
    port = servers.free_port()
    with redis_on(port, tmp_path) as url, site(BELL_ONLY, redis_url=url) as served, watching(served.port, sign_in(alice)):
        wait_for(lambda: served.hub.state == "redis", what="the subscription")
        time.sleep(0.7)
        assert served.hub.state == "redis", "silence alone is no fault: a ping is answered"
        with hanging(port):
            wait_for(lambda: served.hub.state == "polling", within=3, what="the hub to notice")
        wait_for(lambda: served.hub.state == "redis", within=10, what="the subscription to come back by itself")


@contextlib.contextmanager
def hanging(port: int) -> Iterator[None]:
    """Redis answers nobody meanwhile, by its own command."""
    with redis.Redis(port=port) as client:
        process_id = client.info("server")["process_id"]
    os.kill(process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process_id, signal.SIGCONT)


def test_announcing_without_redis_or_to_an_absent_one_raises_nothing(settings: Any) -> None:
    settings.REDIS_URL = ""
    assert announce(1) is False
    settings.REDIS_URL = f"redis://127.0.0.1:{servers.free_port()}/0"
    assert announce(1) is False


def test_announcing_survives_a_restart_of_redis(settings: Any, tmp_path: Path) -> None:
    port = servers.free_port()
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    for _ in range(2):
        with redis_on(port, tmp_path):
            assert announce(1) is True
