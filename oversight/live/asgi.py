"""`/sse/alerts`: the live stream of alerts as a bare ASGI application, ahead of Django.

A Django view would hold a thread and a database connection for as long as a browser tab is open; here a stream is one task. Import
this module after django.setup(), that is below get_asgi_application() in oversight/asgi.py.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from oversight.live import queries, sessions, tokens, wire
from oversight.live.hub import Hub, HubFull
from oversight.live.shutdown import before_exit
from oversight.live.streams import Ending, Stream
from risk.alerts.queries import StreamEvent

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATH = "/sse/alerts"
log = logging.getLogger(__name__)


class AlertStreams:
    """The ASGI application, with one hub. Speaks "http" for PATH, and "lifespan" for servers that use it (nothing depends on it)."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._told_of_exit = False

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self.hub.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"].removeprefix(scope.get("root_path", "")) != PATH:
            return await refuse(send, 404, _("There is nothing at this address."))
        if scope["method"] != "GET":
            return await refuse(send, 405, _("Only GET is possible here."), (b"allow", b"GET"))
        header = {name: value.decode("latin-1") for name, value in scope["headers"]}
        key = sessions.session_key(header.get(b"cookie", ""))
        try:
            arrival: queries.Arrival = await self.hub.ask(queries.arrive, key)
            if arrival.sight is None:
                return await refuse(send, 401, _("You are not signed in, or your session is over; sign in again."))
            stream = self.hub.join(key, arrival.sight, arrival.head)
        except (DatabaseError, OSError) as error:
            log.warning("A live stream could not be opened: %s", error)
            return await refuse(send, 503, _("The database does not answer; try again in a moment."), (b"retry-after", b"2"))
        except HubFull:
            return await refuse(send, 503, _("Too many live streams are open; try again later."), (b"retry-after", b"30"))
        last = header.get(b"last-event-id") or parse_qs(scope.get("query_string", b"").decode("latin-1")).get("last", [""])[0]
        await self._serve(stream, last, receive, send)
        return None

    async def _serve(self, stream: Stream, last: str, receive: Receive, send: Send) -> None:
        """The stream from its first to its last byte."""
        if not self._told_of_exit:
            self._told_of_exit = True
            before_exit(asyncio.get_running_loop(), self.hub.close)
        watch = asyncio.create_task(end_with_client(stream, receive))
        writer = Writer(self.hub, stream, send)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": wire.HEADERS})
            await writer.begin(last)
            await writer.go_on()
            await writer.finish()
        except TimeoutError:
            log.info("A live stream was given up: its client took nothing for %.0f s", self.hub.timing.stalled)
        except DatabaseError as error:
            log.warning("A live stream ends, what it missed could not be read; its client comes back: %s", error)
            await writer.finish()
        except OSError:
            log.debug("A client of a live stream went away while being written to")
        finally:
            watch.cancel()
            self.hub.leave(stream)


class Writer:
    """Writes one stream. Raises TimeoutError when the client takes nothing for the stalled time."""

    def __init__(self, hub: Hub, stream: Stream, send: Send) -> None:
        self.hub, self.stream, self.send = hub, stream, send
        self.user_id = stream.viewer.sight.user_id

    async def write(self, body: bytes) -> None:
        async with asyncio.timeout(self.hub.timing.stalled):
            await self.send({"type": "http.response.body", "body": body, "more_body": True})

    def token(self, position: int) -> str:
        return tokens.seal_position(position, user_id=self.user_id)

    async def begin(self, last: str) -> None:
        """Hello, and what was missed since the place `last`; the live events wait in the queue meanwhile."""
        joined_at, retry_ms = self.stream.cursor, self.hub.timing.retry_ms
        after = tokens.open_token(last, user_id=self.user_id) if last else joined_at
        if after == joined_at:
            return await self.write(wire.hello(self.token(joined_at), retry_ms))
        await self.write(wire.hello(None, retry_ms))
        missed: list[StreamEvent] | None = None
        # A place ahead of the stream belongs to a history that an older backup has replaced.
        if after is not None and after < joined_at:
            visibility = self.stream.viewer.sight.visibility
            missed = await self.hub.ask(queries.missed, after=after, until=joined_at, visibility=visibility)
        if missed is None:
            return await self.write(wire.reset(self.token(joined_at)))
        told = b"".join(wire.placed(self.token(event.position), wire.alert(event)) for event in missed)
        return await self.write(told + wire.beat(self.token(joined_at)))

    async def go_on(self) -> None:
        """Events as they come and a beat when none do, until there is a reason to end."""
        stream = self.stream
        while stream.ending is None:
            if stream.waiting:
                await self.write(b"".join(wire.placed(self.token(position), event) for position, event in stream.take()))
                continue
            stream.wake.clear()
            try:
                async with asyncio.timeout(self.hub.timing.beat):
                    await stream.wake.wait()
            except TimeoutError:
                # An event may have come at the very moment; its place is not the client's yet.
                if not stream.waiting and stream.ending is None:
                    await self.write(wire.beat(self.token(stream.cursor)))

    async def finish(self) -> None:
        """The last word, if one is due, and the end of the body."""
        last, ending = b"", self.stream.ending
        if ending is Ending.GONE:
            return
        if ending is Ending.BEHIND:
            last = wire.reset(self.token(self.stream.cursor if self.hub.position is None else self.hub.position))
        elif ending in (Ending.SIGNED_OUT, Ending.REPLACED):
            last = wire.bye(ending.value)
        async with asyncio.timeout(self.hub.timing.stalled):
            await self.send({"type": "http.response.body", "body": last, "more_body": False})


async def end_with_client(stream: Stream, receive: Receive) -> None:
    """Ends the stream once its client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end(Ending.GONE)


async def refuse(send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    """A short answer instead of a stream."""
    body = text.encode()
    fixed = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*fixed, *headers]})
    await send({"type": "http.response.body", "body": body})


application = AlertStreams(Hub(redis_url=settings.REDIS_URL, max_streams=settings.LIVE_MAX_STREAMS))
