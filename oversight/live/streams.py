"""One open stream and the person who watches it."""

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import Enum

from oversight.live.sessions import Sight

QUEUE_LIMIT = 256


class Ending(Enum):
    """Why a stream ends."""

    GONE = "gone"  # the client went away
    BEHIND = "behind"  # the client reads too slowly; it starts anew
    SIGNED_OUT = "signed_out"  # session over, account closed
    REPLACED = "replaced"  # the same person opened too many
    SHUTDOWN = "shutdown"  # the server stops; the client comes back by itself


@dataclass(eq=False, slots=True)
class Viewer:
    """A session with open streams: who it is, and what they may see as of `checked_at` (monotonic seconds)."""

    session_key: str
    sight: Sight
    checked_at: float


class Stream:
    """What one client still has to be told. Belongs to the event loop; nothing here may be touched from a thread."""

    __slots__ = ("viewer", "cursor", "waiting", "ending", "wake")

    def __init__(self, viewer: Viewer, cursor: int) -> None:
        self.viewer = viewer
        self.cursor = cursor
        self.waiting: deque[tuple[int, bytes]] = deque()
        self.ending: Ending | None = None
        self.wake = asyncio.Event()

    def offer(self, position: int, event: bytes | None) -> None:
        """Pass a position: with the event, or without one when it is not for this person's eyes."""
        if position <= self.cursor or self.ending is not None:
            return
        self.cursor = position
        if event is None:
            return
        if len(self.waiting) >= QUEUE_LIMIT:
            self.end(Ending.BEHIND)
            return
        self.waiting.append((position, event))
        self.wake.set()

    def end(self, why: Ending) -> None:
        """The first reason stays. What is still waiting is dropped, so that nothing is told after the reason."""
        if self.ending is None:
            self.ending = why
            self.waiting.clear()
            self.wake.set()

    def take(self) -> list[tuple[int, bytes]]:
        """All that waits, in order."""
        taken = list(self.waiting)
        self.waiting.clear()
        return taken
