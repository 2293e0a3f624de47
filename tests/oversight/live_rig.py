"""What the tests of the live stream share: a small detachment, a real web server around a hub, and an SSE client."""

import contextlib
import itertools
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

import uvicorn
from django.conf import settings
from django.test import Client
from django.utils import timezone

from ledger.roster.models import Unit, User
from oversight.live.asgi import AlertStreams
from oversight.live.hub import Hub, Timing
from risk.alerts.models import Alert, AlertEvent, Matter, Recused
from risk.alerts.sequencer import sequence_events
from risk.rules.models import RuleVersion
from tests.builders import make_rule, make_staff, make_user

_serial = itertools.count(1)
QUICK = Timing(poll=0.02, recheck_tick=0.1, recheck_after=0.2)


# A small detachment


def make_supervisor(name: str, unit: Unit) -> User:
    """An officer with the role of supervisor over `unit`; the staff number is the account's name."""
    return make_user("supervisor", unit, username=name, staff=make_staff(unit, staff_no=name))


def make_alert(unit: Unit, *, recused: tuple[str, ...] = ()) -> Alert:
    """An alert to which nothing has happened yet, so that a test decides when its stream has something to tell."""
    number = next(_serial)
    version = RuleVersion.objects.first() or make_rule()
    now, subject = timezone.now(), {"subject_kind": "staff", "subject_code": f"S{number}"}
    alert = Alert.objects.create(
        number=f"YJ{number:06d}",
        matter=Matter.objects.create(number=f"M{number:06d}", cause="R1", **subject),
        rule=version.rule,
        rule_version=version,
        line="exam",
        bucket=1,
        unit=unit,
        level="red",
        level_rank=3,
        first_day=now.date(),
        last_day=now.date(),
        first_at=now,
        last_at=now,
        observed=3,
        threshold=2,
        hit_count=1,
        evidence_count=1,
        raised_at=now,
        updated_at=now,
        **subject,
    )
    Recused.objects.bulk_create([Recused(alert=alert, staff_no=staff_no, reason="subject") for staff_no in recused])
    return alert


def happen(alert: Alert, *, sequenced: bool = True, **fields: Any) -> AlertEvent:
    """Something happens to an alert and, unless told otherwise, gets its place in the stream."""
    event = AlertEvent.objects.create(alert=alert, kind=AlertEvent.Kind.RAISED, at=timezone.now(), **fields)
    if sequenced:
        sequence_events()
    return event


def sign_in(user: User) -> str:
    """The session key of a fresh login."""
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


# The server


@dataclass
class Site:
    """A running web server around one hub."""

    hub: Hub
    port: int


def wait_for(condition: Callable[[], Any], *, within: float = 10.0, what: str = "the condition") -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"waited {within} s for {what}"
        time.sleep(0.01)


@contextlib.contextmanager
def site(timing: Timing = QUICK, *, redis_url: str = "", max_streams: int = 100) -> Iterator[Site]:
    """uvicorn, without lifespan, in a thread with a loop of its own."""
    hub = Hub(redis_url=redis_url, max_streams=max_streams, timing=timing)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(AlertStreams(hub), lifespan="off", log_level="error", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="site", daemon=True)
    thread.start()
    try:
        wait_for(lambda: server.started, what="the web server")
        yield Site(hub, listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)
        hub.release()
        assert not thread.is_alive(), "the web server did not stop"


# The client


@dataclass(frozen=True)
class Told:
    """One event of a stream."""

    event: str
    id: str
    data: Any


@dataclass
class Watcher:
    """An SSE client reading in a thread; it keeps the last id as a browser does."""

    response: HTTPResponse
    last_id: str = ""
    text: str = ""
    blocks: "queue.Queue[Told | None]" = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        with contextlib.suppress(OSError, HTTPException, ValueError, AttributeError):
            for line in iter(lambda: self.response.readline().decode(), ""):
                self.text += line
                name, _colon, value = line.rstrip("\n").partition(":")
                if line == "\n":
                    self.last_id = fields.get("id", self.last_id)
                    self.blocks.put(Told(fields.get("event", ""), fields.get("id", ""), json.loads(fields.get("data", "null"))))
                    fields = {}
                elif name:
                    fields[name] = value.strip()
        self.blocks.put(None)

    def block(self, within: float = 5.0) -> Told | None:
        """The next event of any kind; None at the end of the stream. Raises queue.Empty."""
        return self.blocks.get(timeout=within)

    def next(self, within: float = 5.0) -> Told:
        """The next event, over beats."""
        while True:
            told = self.block(within)
            assert told is not None, "the stream has ended"
            if told.event != "beat":
                return told

    def numbers(self, count: int) -> list[str]:
        """The alert numbers of the next `count` events."""
        return [self.next().data["number"] for _ in range(count)]

    def is_told_nothing(self, during: float = 0.4) -> bool:
        deadline = time.monotonic() + during
        with contextlib.suppress(queue.Empty):
            while True:
                told = self.block(max(0.0, deadline - time.monotonic()))
                if told is None or told.event != "beat":
                    return False
        return True

    def ends(self, within: float = 5.0) -> bool:
        with contextlib.suppress(queue.Empty):
            while self.block(within) is not None:
                pass
            return True
        return False

    def leave(self) -> None:
        # A socket in use by a reading thread is only freed by shutting it down.
        with contextlib.suppress(OSError, AttributeError):
            self.response.fp.raw._sock.shutdown(socket.SHUT_RDWR)  # type: ignore[attr-defined]


def ask(port: int, session_key: str = "", *, path: str = "/sse/alerts", method: str = "GET", last: str = "") -> HTTPResponse:
    """One request; the answer's headers are read."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session_key}"} if session_key else {}
    connection.request(method, path, headers=headers | ({"Last-Event-ID": last} if last else {}))
    return connection.getresponse()


@contextlib.contextmanager
def watching(port: int, session_key: str, *, last: str = "", path: str = "/sse/alerts") -> Iterator[Watcher]:
    """An open stream whose hello has been heard."""
    response = ask(port, session_key, last=last, path=path)
    assert response.status == 200, response.read().decode()
    watcher = Watcher(response)
    try:
        assert watcher.next().event == "hello"
        yield watcher
    finally:
        watcher.leave()
