"""Telling the web processes that the stream has moved on. A doorbell: losing it costs seconds, never an event."""

import logging
from functools import lru_cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

CHANNEL = "mingjing:events"
TIMEOUT_SECONDS = 1.0
log = logging.getLogger(__name__)


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    # No retries: whoever announces has work to do, and polling stands behind the bell.
    retry = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(url, retry=retry, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS)


def announce(position: int) -> bool:
    """Ring for `position`, the last one given; call it after sequence_events() has committed.

    False when there is no Redis or it does not answer: then the web processes find the events by polling.
    """
    if not settings.REDIS_URL:
        return False
    try:
        _client(settings.REDIS_URL).publish(CHANNEL, position)
    except (redis.RedisError, OSError) as error:
        log.warning("Position %d was not announced, streams will find it by polling: %s", position, error)
        return False
    return True
