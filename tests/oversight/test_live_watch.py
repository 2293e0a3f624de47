"""Streams over time: leavers, slow clients, limits, an absent database, the end of the server."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection

from ledger.roster.models import RoleGrant, Unit, User
from oversight.live import queries
from oversight.live.asgi import AlertStreams
from oversight.live.hub import Hub, Timing
from oversight.live.streams import QUEUE_LIMIT, Stream
from risk.alerts.models import StreamHead
from tests import servers
from tests.builders import make_unit
from tests.oversight.live_rig import QUICK, Site, ask, happen, make_alert, make_supervisor, sign_in, site, wait_for, watching

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
OTHERS_CONNECTIONS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def detachment() -> Unit:
    return make_unit(code="430700", kind="detachment")


@pytest.fixture
def alice(detachment: Unit) -> User:
    return make_supervisor("alice", detachment)


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as running:
        yield running


# Leavers


def close_account(user: User, key: str) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def log_out(user: User, key: str) -> None:
    Session.objects.filter(session_key=key).delete()


def change_password(user: User, key: str) -> None:
    user.set_password("another-long-one")
    user.save()


@pytest.mark.parametrize("leave", [close_account, log_out, change_password])
def test_the_stream_of_a_leaver_ends_with_goodbye(served: Site, alice: User, detachment: Unit, leave: Any) -> None:
    bob = make_supervisor("bob", detachment)
    key = sign_in(alice)
    with watching(served.port, key) as alices, watching(served.port, sign_in(bob)) as bobs:
        leave(alice, key)
        told = alices.next()
        assert (told.event, told.data) == ("bye", {"reason": "signed_out"})
        assert alices.ends()
        alert = make_alert(detachment)
        happen(alert)
        assert bobs.numbers(1) == [alert.number]


def test_the_default_clocks_end_a_leavers_stream_within_a_minute_and_ask_at_most_every_30_seconds() -> None:
    timing = Timing()
    assert timing.recheck_after + timing.recheck_tick <= 30
    assert timing.trusted <= 60


def test_a_withdrawn_role_ends_the_sight_but_not_the_stream(served: Site, alice: User, detachment: Unit) -> None:
    with watching(served.port, sign_in(alice)) as watcher:
        RoleGrant.objects.filter(user=alice).delete()
        wait_for(lambda: not sees_anything(served.hub), what="the sight to be looked at again")
        happen(make_alert(detachment))
        assert watcher.is_told_nothing()


def sees_anything(hub: Hub) -> bool:
    return any(viewer.sight.visibility.windows for viewer in list(hub._streams))


def test_nothing_is_told_on_a_sight_that_was_not_confirmed_for_long(alice: User, detachment: Unit) -> None:
    never = replace(QUICK, recheck_tick=3600, trusted=0)
    with site(never) as served, watching(served.port, sign_in(alice)) as watcher:
        close_account(alice, "")
        happen(make_alert(detachment))
        assert watcher.next().event == "bye"


# Slow clients and limits


class Stuck:
    """An ASGI client that takes `takes` messages and then nothing until released."""

    def __init__(self, takes: int) -> None:
        self.takes, self.sent, self.released = takes, [], asyncio.Event()

    async def send(self, message: dict[str, Any]) -> None:
        if len(self.sent) >= self.takes:
            await self.released.wait()
        self.sent.append(message)

    async def receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}


async def open_stuck(app: AlertStreams, key: str, client: Stuck) -> "asyncio.Task[None]":
    """A stream of `client`, joined."""
    scope = {
        "type": "http",
        "path": "/sse/alerts",
        "method": "GET",
        "query_string": b"",
        "headers": [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode())],
    }
    running = asyncio.create_task(app(scope, client.receive, client.send))
    while app.hub.count == 0 or len(client.sent) < client.takes:
        await asyncio.sleep(0.01)
    return running


def only_stream(hub: Hub) -> Stream:
    return next(iter(hub._streams.values()))[0]


def test_a_client_that_reads_too_slowly_is_told_to_start_anew_and_is_let_go(alice: User, detachment: Unit) -> None:
    key, alert = sign_in(alice), make_alert(detachment)

    async def scenario(hub: Hub) -> list[bytes]:
        client = Stuck(takes=2)
        running = await open_stuck(AlertStreams(hub), key, client)
        stream = only_stream(hub)
        for position in range(1, QUEUE_LIMIT + 3):
            stream.offer(position, b"event: alert\ndata: {}\n\n")
        assert len(stream.waiting) == 0, "what a stream keeps is bounded, and dropped with the reset"
        client.released.set()
        await asyncio.wait_for(running, 5)
        assert hub.count == 0
        assert client.sent[-1]["more_body"] is False
        return [message.get("body", b"") for message in client.sent]

    hub = Hub(redis_url="", max_streams=10, timing=replace(QUICK, poll=3600))
    bodies = asyncio.run(scenario(hub))
    hub.release()
    assert b"event: reset" in bodies[-1]
    assert alert.number.encode() not in b"".join(bodies)


def test_a_client_that_takes_nothing_at_all_is_given_up(alice: User) -> None:
    key = sign_in(alice)

    async def scenario(hub: Hub) -> None:
        running = await open_stuck(AlertStreams(hub), key, Stuck(takes=2))
        only_stream(hub).offer(1, b"event: alert\ndata: {}\n\n")
        await asyncio.wait_for(running, 5)
        assert hub.count == 0

    hub = Hub(redis_url="", max_streams=10, timing=replace(QUICK, stalled=0.2))
    asyncio.run(scenario(hub))
    hub.release()


def test_the_ninth_stream_of_a_person_replaces_the_oldest(served: Site, alice: User) -> None:
    with contextlib.ExitStack() as stack:
        watchers = [stack.enter_context(watching(served.port, sign_in(alice))) for _ in range(9)]
        told = watchers[0].next()
        assert (told.event, told.data) == ("bye", {"reason": "replaced"})
        assert watchers[1].is_told_nothing()
        assert served.hub.count == 8


def test_a_full_process_refuses_in_plain_words_and_has_room_again_later(alice: User, detachment: Unit) -> None:
    bob, key = make_supervisor("bob", detachment), sign_in(alice)
    with site(max_streams=1) as served:
        with watching(served.port, key):
            answer = ask(served.port, sign_in(bob))
            assert (answer.status, answer.getheader("Retry-After")) == (503, "30")
        wait_for(lambda: served.hub.count == 0, what="the stream to be forgotten")
        with watching(served.port, sign_in(bob)):
            pass


def test_a_further_stream_costs_no_thread_and_nothing_runs_while_nobody_watches(served: Site, alice: User, detachment: Unit) -> None:
    users = [make_supervisor(f"officer{n}", detachment) for n in range(12)]
    keys = [sign_in(user) for user in users]
    own = len([thread for thread in threading.enumerate() if not thread.name.startswith(("live-", "Thread-"))])
    with contextlib.ExitStack() as stack:
        for key in keys:
            stack.enter_context(watching(served.port, key))
        threads = [thread.name for thread in threading.enumerate()]
        assert len([name for name in threads if name.startswith("live-")]) <= 5
        assert len([name for name in threads if not name.startswith(("live-", "Thread-"))]) == own
        assert len(served.hub._tasks) == 3
        assert open_connections() <= 2, "the hub's, and that of a check under way"
    wait_for(lambda: not served.hub._tasks and served.hub.position is None, what="the hub to rest")


def open_connections() -> int:
    """Connections to the test database that are not this test's own; SQLite has none to count."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_stream_that_joins_is_owed_what_follows_the_later_of_head_and_hub(alice: User) -> None:
    """The head it read may be older than what the hub has already handed out, or newer than what the hub still owes the others."""
    sight = queries.sights_now([key := sign_in(alice)])[key]

    async def scenario(hub: Hub) -> None:
        assert hub.join(key, sight, 5).cursor == 5
        assert hub.join(key, sight, 3).cursor == 5
        assert hub.join(key, sight, 9).cursor == 9
        assert hub.position == 5

    hub = Hub(redis_url="", max_streams=10, timing=replace(QUICK, poll=3600))
    asyncio.run(scenario(hub))
    hub.release()


# An absent database


def test_streams_outlive_an_absent_database_and_go_on_where_they_were(
    alice: User, detachment: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, asked = threading.Event(), threading.Event()
    news, sights_now = queries.news, queries.sights_now

    def or_fail(function: Any) -> Any:
        def called(*args: Any) -> Any:
            if away.is_set():
                asked.set()
                raise OperationalError("the server is away")
            return function(*args)

        return called

    monkeypatch.setattr(queries, "news", or_fail(news))
    monkeypatch.setattr(queries, "sights_now", or_fail(sights_now))
    with site() as served, watching(served.port, sign_in(alice)) as watcher:
        away.set()
        alert = make_alert(detachment)
        happen(alert)
        assert asked.wait(5)
        assert watcher.is_told_nothing()
        away.clear()
        assert watcher.numbers(1) == [alert.number]


def test_streams_outlive_their_database_connection(served: Site, alice: User, detachment: Unit) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only a server can end a connection; SQLite has none")
    with watching(served.port, sign_in(alice)) as watcher:
        for _ in range(3):
            with connection.cursor() as cursor:
                cursor.execute(OTHERS_CONNECTIONS)
            alert = make_alert(detachment)
            happen(alert)
            assert watcher.numbers(1) == [alert.number]


def test_a_stream_that_went_back_to_an_older_backup_starts_anew(served: Site, alice: User, detachment: Unit) -> None:
    with watching(served.port, sign_in(alice)) as watcher:
        happen(make_alert(detachment))
        assert watcher.next().event == "alert"
        StreamHead.objects.update(position=0)
        assert watcher.next().event == "reset"
        assert watcher.ends()


def test_a_fault_in_the_hub_sends_clients_to_reconnect_instead_of_leaving_them_unfed(
    alice: User, detachment: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, news, broken = sign_in(alice), queries.news, threading.Event()

    def faulty(after: int) -> queries.News:
        if broken.is_set():
            broken.clear()
            raise LookupError("a fault of ours")
        return news(after)

    monkeypatch.setattr(queries, "news", faulty)
    with site() as served:
        with watching(served.port, key) as watcher:
            broken.set()
            assert watcher.ends()
            place = watcher.last_id
        alert = make_alert(detachment)
        happen(alert)
        with watching(served.port, key, last=place) as watcher:
            assert watcher.numbers(1) == [alert.number]


# The end of the server


def test_the_server_stops_at_once_although_streams_are_open(alice: User, tmp_path: Path) -> None:
    port, key = servers.free_port(), sign_in(alice)
    command = [sys.executable, "-m", "uvicorn", "oversight.asgi:application", "--port", str(port), "--timeout-graceful-shutdown", "20"]
    environment = sharing_this_database(tmp_path)
    log = tmp_path / "uvicorn.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        servers.wait_until(lambda: servers.healthy(f"http://127.0.0.1:{port}"), process.poll, log=log, name="uvicorn")
        with watching(port, key) as watcher:
            process.send_signal(signal.SIGTERM)
            assert watcher.ends(within=5)
            assert "bye" not in watcher.text, "the client must come back once the server does"
        assert process.wait(10) in (0, -signal.SIGTERM)
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()


def sharing_this_database(var_dir: Path) -> dict[str, str]:
    """The environment in which another process works on the test database."""
    own = {"SECRET_KEY": settings.SECRET_KEY}
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        (var_dir / "mingjing.sqlite3").symlink_to(found["NAME"])
    else:
        own["DATABASE_URL"] = f"postgres://{found['USER']}:{found['PASSWORD']}@{found['HOST']}:{found['PORT']}/{found['NAME']}"
    return servers.platform_environment(var_dir, **own)
