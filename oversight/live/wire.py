"""What travels in a stream (text/event-stream): hello, alert, reset, bye, beat."""

import json

from risk.alerts.queries import StreamEvent

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


def alert(event: StreamEvent) -> bytes:
    """The part of an alert event that is the same for everybody; neither position nor view goes out."""
    told = {"number": event.number, "kind": event.kind, "level": event.level, "status": event.status, "backdated": event.backdated}
    return b"event: alert\ndata: " + json.dumps(told, separators=(",", ":")).encode() + b"\n\n"


def placed(token: str, event: bytes) -> bytes:
    """An event with the place a client resumes from after it."""
    return b"id: " + token.encode() + b"\n" + event


def hello(token: str | None, retry_ms: int) -> bytes:
    """The first event of every stream. Without a token the client keeps the place it has: what it missed is still to come."""
    event = b"event: hello\ndata: {}\n\n"
    return b"retry: %d\n" % retry_ms + (placed(token, event) if token else event)


def reset(token: str) -> bytes:
    """Some events will not be told one by one: the client loads its lists anew and goes on from this id."""
    return placed(token, b"event: reset\ndata: {}\n\n")


def bye(reason: str) -> bytes:
    """The stream is over and the client must not come back by itself."""
    return b'event: bye\ndata: {"reason":"' + reason.encode() + b'"}\n\n'


def beat(token: str) -> bytes:
    """A sign of life, sent whatever was hidden meanwhile; it moves the place a client resumes from. A script cannot see a comment,
    but must notice a connection that is silently dead."""
    return placed(token, b"event: beat\ndata: {}\n\n")
