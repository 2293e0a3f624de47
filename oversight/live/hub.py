"""The one place in a web process that fetches new events and hands them to the open streams.

However many streams there are, the process asks the database once. Nothing here runs while nobody watches.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.db import Error as DatabaseError
from django.db import connections

from oversight.live import queries, wire
from oversight.live.doorbell import Doorbell
from oversight.live.sessions import Sight
from oversight.live.streams import Ending, Stream, Viewer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Timing:
    """All the clocks of the live stream, in seconds."""

    poll: float = 0.25  # look for events without Redis
    net: float = 2.0  # look for events although Redis has not rung
    beat: float = 15.0
    recheck_tick: float = 5.0
    recheck_after: float = 25.0  # with the tick: nobody is looked at less often than every 30 s
    trusted: float = 60.0  # nobody is told anything on a sight older than this
    stalled: float = 30.0  # a client that takes nothing for so long is given up
    retry_ms: int = 2000


class HubFull(Exception):
    """No further stream is taken: as many as configured are open, or the server is stopping."""


class Hub:
    """Open streams of one process, all on one event loop. `position` is the last one handed out; None while nobody watches."""

    per_user = 8

    def __init__(self, *, redis_url: str, max_streams: int, timing: Timing | None = None) -> None:
        self.max_streams, self.timing = max_streams, timing or Timing()
        self.position: int | None = None
        self.closing = False
        self.count = 0
        self._streams: dict[Viewer, list[Stream]] = {}
        self._viewers: dict[str, Viewer] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._doorbell = Doorbell(redis_url)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="live-events")
        self._fetch = sync_to_async(queries.news, thread_sensitive=False, executor=self._reader)
        self._askers = ThreadPoolExecutor(4, thread_name_prefix="live-sessions")

    @property
    def state(self) -> str:
        """How events arrive at this moment: "redis" or "polling"."""
        return "redis" if self._doorbell.subscribed else "polling"

    async def ask(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a query that gives its connection back, in one of few threads."""
        return await sync_to_async(function, thread_sensitive=False, executor=self._askers)(*args, **kwargs)

    # Coming and going

    def join(self, session_key: str, sight: Sight, head: int) -> Stream:
        """Open a stream that is offered every event after its cursor. `head` was read from the database before. Raises HubFull.

        Without a suspension point between reading `position` and being in the list: no event falls between.
        """
        own = [stream for viewer, streams in self._streams.items() if viewer.sight.user_id == sight.user_id for stream in streams]
        for oldest in own[: max(0, len(own) - self.per_user + 1)]:
            oldest.end(Ending.REPLACED)
            self.leave(oldest)
        if self.closing or self.count >= self.max_streams:
            raise HubFull
        viewer = self._viewers.setdefault(session_key, Viewer(session_key, sight, 0.0))
        viewer.sight, viewer.checked_at = sight, time.monotonic()
        # The head may be ahead of what was handed out: the hub still owes the others what lies between, this stream not.
        self.position = head if self.position is None else self.position
        stream = Stream(viewer, max(head, self.position))
        self._streams.setdefault(viewer, []).append(stream)
        self.count += 1
        if not self._tasks:
            self._start()
        return stream

    def leave(self, stream: Stream) -> None:
        """Forget a stream; told twice, it is forgotten once. With the last one all work of the hub stops."""
        stream.end(Ending.GONE)
        streams = self._streams.get(stream.viewer, [])
        if stream not in streams:
            return
        streams.remove(stream)
        self.count -= 1
        if not streams:
            del self._streams[stream.viewer]
            del self._viewers[stream.viewer.session_key]
        if not self._streams:
            self._stop()

    def close(self) -> None:
        """End all streams at once and take no more: the server is stopping. On the event loop only."""
        self.closing = True
        self._end(self._all(), Ending.SHUTDOWN)

    def release(self) -> None:
        """Give the threads and their database connections back, once the event loop has ended."""
        self._reader.shutdown()
        self._askers.shutdown()

    def _all(self) -> list[Stream]:
        return [stream for streams in self._streams.values() for stream in streams]

    def _end(self, streams: list[Stream], why: Ending) -> None:
        for stream in streams:
            stream.end(why)

    def _start(self) -> None:
        self._tasks = [asyncio.create_task(work) for work in (self._doorbell.listen(), self._hand_out(), self._recheck())]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A fault of ours must not leave streams open that nobody feeds: the clients come back, and the work starts anew."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("Live streams failed, all clients reconnect", exc_info=error)
            self._end(self._all(), Ending.SHUTDOWN)

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        self.position = None
        self._reader.submit(connections.close_all)

    # Events

    async def _hand_out(self) -> None:
        """Fetch what is new whenever the doorbell rings, and now and then without. A database that is away is asked again."""
        away = False
        while True:
            await self._doorbell.wait(self.timing.net if self._doorbell.subscribed and not away else self.timing.poll)
            try:
                await self._deliver()
            except (DatabaseError, OSError) as error:
                if not away:
                    log.warning("The database does not answer, live streams wait for it: %s", error)
                away = True
                self._reader.submit(connections.close_all)
            else:
                if away:
                    log.info("The database answers again, live streams go on")
                away = False

    async def _deliver(self) -> None:
        """Hand out all that is new. Raises django.db.Error or OSError with `position` at the last event handed out."""
        while self.position is not None:
            news = await self._fetch(self.position)
            if news.head < self.position:
                # Only an older backup makes a stream shorter: what clients hold is of another history.
                log.error("The event stream went back from %d to %d; all clients start anew", self.position, news.head)
                self.position = news.head
                return self._end(self._all(), Ending.BEHIND)
            if not news.events:
                return None
            await self._recheck_overdue()
            for event in news.events:
                told = wire.alert(event)
                for viewer, streams in self._streams.items():
                    offered = told if viewer.sight.visibility.sees(event.view) else None
                    for stream in streams:
                        stream.offer(event.position, offered)
                self.position = event.position
                # A long page and many viewers must not keep the loop from everybody else.
                await asyncio.sleep(0)
        return None

    # Sight

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(self.timing.recheck_tick)
            try:
                await self._look_again(older_than=self.timing.recheck_after)
            except (DatabaseError, OSError) as error:
                log.warning("Sessions of live streams could not be checked, they will be before anything is told: %s", error)

    async def _recheck_overdue(self) -> None:
        """Before an event is told: nobody sees it on a sight that could not be confirmed for long."""
        await self._look_again(older_than=self.timing.trusted)

    async def _look_again(self, *, older_than: float) -> None:
        """Ask anew for the viewers last looked at so many seconds ago; those who may no longer watch are told goodbye."""
        asked_at = time.monotonic()
        due = [viewer for viewer in self._streams if viewer.checked_at <= asked_at - older_than]
        for start in range(0, len(due), 100):
            part = due[start : start + 100]
            found = await self.ask(queries.sights_now, [viewer.session_key for viewer in part])
            for viewer in part:
                sight = found.get(viewer.session_key)
                if sight is None or sight.user_id != viewer.sight.user_id:
                    self._end(self._streams.get(viewer, []), Ending.SIGNED_OUT)
                elif viewer.checked_at < asked_at:
                    viewer.sight, viewer.checked_at = sight, asked_at
