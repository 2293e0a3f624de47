"""Calls that come before every item of business keep their database connection, and are answered as any other request is."""

import asyncio
import json
from collections.abc import Iterator, MutableMapping
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, connections

from ledger.holds.services import lift, place
from ledger.intake.tokens import add_token, revoke_token
from ledger.kit.days import SHANGHAI
from oversight import asgi
from oversight.api.kept_threads import KeptThreads
from tests.oversight.calling import System

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
ADDRESS = "/api/v1/breakers/check"
START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
QUESTION = {"subject_kind": "agency", "subject_code": "A1"}
Message = MutableMapping[str, Any]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeptThreads]:
    """The web server's own, with one thread, which lets go of its connection afterwards."""
    kept = KeptThreads(threads=1)
    monkeypatch.setattr(asgi, "calls", kept)
    yield kept
    kept.threads.submit(connections.close_all).result()
    kept.threads.shutdown()


def call(secret: str, body: Any, method: str = "POST") -> tuple[int, dict[str, str], Any]:
    """Status, headers and answer of one call, as the web server makes it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"host": "localhost", "authorization": f"Token {secret}", "content-type": "application/json", "content-length": len(content)}
    scope = {
        "type": "http",
        "method": method,
        "path": ADDRESS,
        "headers": [(name.encode(), str(value).encode()) for name, value in headers.items()],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": content}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(asgi.application(scope, receive, send))
    told = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, json.loads(b"".join(part["body"] for part in sent[1:]))


def lose_connection(kept: KeptThreads) -> None:
    """The database ends it and tells nobody; a file cannot, so there it is closed."""
    if connection.vendor == "sqlite":
        kept.threads.submit(lambda: connection.close()).result()
        return
    process = kept.threads.submit(lambda: connection.connection.info.backend_pid).result()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])


def test_a_call_is_answered_as_everywhere_else_on_a_connection_that_is_kept_and_as_things_stand_now(kept: KeptThreads):
    secret = add_token(name="登记系统", source="vms", scopes=["breakers:check"])[1]
    other = add_token(name="sender", source="vms", scopes=["transactions:write"])[1]
    for shown, body in (
        (secret, QUESTION),
        (secret, b""),
        (secret, {"subject_kind": "car"}),
        (secret, [QUESTION] * 101),
        (other, QUESTION),
        ("x", {}),
    ):
        usual = System(shown, ADDRESS).send(body)
        status, headers, answer = call(shown, body)
        assert (status, answer.get("code")) == (usual.status_code, usual.json().get("code")), body
        assert sorted(headers) == sorted(name.lower() for name in usual.headers)
    assert call(secret, QUESTION, "GET")[0] == 405

    held = kept.threads.submit(lambda: connection.connection).result()
    assert held is not None
    hold = place(**QUESTION, effect="acceptance", cause="breaker", cause_number="RD-260302-ABCDEF", starts_at=START)
    assert call(secret, QUESTION)[2]["results"][0]["allowed"] is False
    lift(hold=hold, at=START.replace(day=3))
    assert call(secret, QUESTION)[2]["results"][0]["allowed"] is True
    assert kept.threads.submit(lambda: connection.connection).result() is held

    lose_connection(kept)
    assert call(secret, QUESTION)[0] == 200
    revoke_token(name="登记系统")
    assert call(secret, QUESTION)[0] == 401
