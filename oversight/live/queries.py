"""What the live stream reads from the database: always in a thread, never on the event loop."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connections

from ledger.roster.accounts import User
from oversight.live import tokens
from oversight.live.sessions import Sight, sights
from risk.alerts.queries import StreamEvent, stream_events, stream_head
from risk.alerts.visibility import Visibility

PAGE = 500
REPLAY_TOLD = 500
REPLAY_READ = 10_000


@dataclass(frozen=True)
class News:
    """Events after a position, in order, and the last position given when they were asked for."""

    head: int
    events: list[StreamEvent]


@dataclass(frozen=True)
class Arrival:
    """A connecting client: who it is (None: nobody who may watch) and the head of the stream at that moment."""

    sight: Sight | None
    head: int


def current_place(user: User) -> str:
    """The token of the stream's head. A page that carries it misses no event between being rendered and its stream opening."""
    return tokens.seal_position(stream_head(), user_id=user.pk)


@contextmanager
def connection_given_back() -> Iterator[None]:
    """After the block this thread holds no database connection."""
    try:
        yield
    finally:
        connections.close_all()


def arrive(session_key: str) -> Arrival:
    with connection_given_back():
        sight = sights([session_key]).get(session_key) if session_key else None
        return Arrival(sight, stream_head() if sight else 0)


def sights_now(session_keys: Collection[str]) -> dict[str, Sight]:
    with connection_given_back():
        return sights(session_keys)


def news(after: int, limit: int = PAGE) -> News:
    """Keeps its thread's connection, because the hub asks several times a second from one thread."""
    head = stream_head()
    return News(head, stream_events(after, limit) if head > after else [])


def missed(*, after: int, until: int, visibility: Visibility) -> list[StreamEvent] | None:
    """The events in (after, until] that this person sees; None when they are too many to be told one by one.

    The limit counts what the person sees, so that it says nothing about what they do not; REPLAY_READ only bounds the reading.
    """
    told: list[StreamEvent] = []
    if until - after > REPLAY_READ:
        return None
    with connection_given_back():
        while after < until:
            page = [event for event in stream_events(after, PAGE) if event.position <= until]
            told += [event for event in page if visibility.sees(event.view)]
            if len(told) > REPLAY_TOLD:
                return None
            if not page:
                break
            after = page[-1].position
    return told
