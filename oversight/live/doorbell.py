"""How one web process learns that the stream has moved on: Redis rings, and polling stands behind it or in its place."""

import asyncio
import logging
from contextlib import suppress

import redis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from oversight.live.announce import CHANNEL

SILENCE_SECONDS = 5.0
CONNECT_SECONDS = 3.0
RETRY_SECONDS = (0.25, 0.5, 1.0, 2.0)
# uvloop calls writing to a connection that broke a moment ago a RuntimeError, and redis does not translate it.
LOST = (redis.RedisError, OSError, RuntimeError)
log = logging.getLogger(__name__)


class Doorbell:
    """Rings by Redis while subscribed; otherwise whoever waits looks more often.

    `subscribed` is true only once Redis has confirmed, and false from the first error until it has confirmed again.
    """

    def __init__(self, redis_url: str) -> None:
        self.redis_url = redis_url
        self.subscribed = False
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Until it rings, at most `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()

    async def listen(self) -> None:
        """Keeps the subscription for as long as it is let; returns at once without Redis. Redis may come and go."""
        failures = 0
        while self.redis_url:
            try:
                await self._subscription()
            except LOST as error:
                if self.subscribed or not failures:
                    log.warning("Redis does not answer, live events are polled until it does: %s", error)
                failures = 0 if self.subscribed else failures + 1
            finally:
                self.subscribed = False
                # Whoever waits must notice that it has to look more often now.
                self.ring()
            await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])

    async def _subscription(self) -> None:
        """One subscription until it breaks; raises one of LOST then."""
        client = redis.asyncio.Redis.from_url(
            self.redis_url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS
        )
        async with client, client.pubsub() as subscription:
            await subscription.subscribe(CHANNEL)
            asked = False
            while True:
                message = await subscription.get_message(timeout=SILENCE_SECONDS)
                if message is not None:
                    asked = False
                    self._heard(message["type"])
                elif asked:
                    raise redis.TimeoutError("no answer to a ping")
                else:
                    # A connection cut without a word looks like silence.
                    asked = True
                    await subscription.ping()

    def _heard(self, kind: str) -> None:
        if kind == "subscribe":
            self.subscribed = True
            log.info("Live events are announced by Redis")
        if kind in ("subscribe", "message"):
            self.ring()
