"""The embedded broker loses nothing under concurrent readers, and a bell nobody can hear blocks nothing."""

import json
import multiprocessing
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import transaction
from kombu import Connection, Producer, Queue

from oversight import broker, doorbell
from tests.servers import CHECKOUT, platform_environment

MESSAGES = 3000


def options(folder: Path) -> dict[str, Any]:
    return {"data_folder_in": str(folder / "m"), "data_folder_out": str(folder / "m"), "control_folder": str(folder / "c")}


def connect(folder: Path) -> Connection:
    broker.register()
    return Connection("filesystem://localhost", transport_options=options(folder))


def publish_all(folder: Path) -> None:
    with connect(folder) as connection:
        queue = Queue("work", "work", routing_key="work")
        producer = Producer(connection.default_channel)
        for number in range(MESSAGES):
            producer.publish({"number": number}, exchange=queue.exchange, routing_key="work", declare=[queue])


def read_until_quiet(folder: Path, found: Any) -> None:
    with connect(folder) as connection:
        queue = Queue("work", "work", routing_key="work")(connection.default_channel)
        queue.declare()
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 2:
            message = queue.get(no_ack=True)
            if message is not None:
                found.put(json.loads(message.body)["number"])
                quiet_since = time.monotonic()
    found.put(None)


def test_every_message_is_read_once_by_two_readers_while_it_is_written(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("spawn")
    found = processes.Queue()
    running = [processes.Process(target=read_until_quiet, args=(tmp_path, found)) for _ in range(2)]
    running.append(processes.Process(target=publish_all, args=(tmp_path,)))
    for process in running:
        process.start()
    numbers, ended = [], 0
    while ended < 2:
        number = found.get(timeout=60)
        ended += number is None
        if number is not None:
            numbers.append(number)
    for process in running:
        process.join(10)
        assert process.exitcode == 0
    assert sorted(numbers) == list(range(MESSAGES))
    assert list((tmp_path / "m").iterdir()) == [], "nothing is left behind"


PUBLISH = """
import django, time
django.setup()
from oversight import doorbell
started = time.monotonic()
doorbell.publish()
print(time.monotonic() - started)
"""


def ring_in_a_process(var_dir: Path, redis_url: str) -> tuple[float, str]:
    """Seconds one publish took with that broker, and what was logged: the settings of a broker are read once per process."""
    environment = platform_environment(var_dir, REDIS_URL=redis_url)
    run = subprocess.run(
        [sys.executable, "-c", PUBLISH], cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    return float(run.stdout), run.stderr


def test_a_bell_that_nobody_can_hear_is_logged_and_blocks_nothing(tmp_path: Path) -> None:
    seconds, logged = ring_in_a_process(tmp_path, "redis://127.0.0.1:1/0")
    assert seconds < 3
    assert "beat will offer the work" in logged


def test_a_broker_that_accepts_and_says_nothing_is_given_up_within_seconds(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        seconds, logged = ring_in_a_process(tmp_path, f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
    assert seconds < 8
    assert "beat will offer the work" in logged


def test_a_bell_reaches_redis(tmp_path: Path, redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    before = client.llen("celery")
    _, logged = ring_in_a_process(tmp_path, redis_url)
    assert client.llen("celery") == before + 1, logged
    client.ltrim("celery", 1, -1)


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_after_the_commit_and_not_after_a_rollback(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(doorbell, "publish", lambda: heard.append("bell"))
    with transaction.atomic():
        doorbell.ring()
        assert heard == []
    assert heard == ["bell"]
    with pytest.raises(ValueError), transaction.atomic():
        doorbell.ring()
        raise ValueError
    assert heard == ["bell"]
