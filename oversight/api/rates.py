"""How much a token may send: so many calls and so many records a minute, counted together by all web processes of an instance.

A minute is one of the clock. The call that crosses a limit still goes through, so that no list is too long for ever; the next one waits
until the minute is over. Redis holds the counts where there is one; while it cannot be asked nothing is refused.
"""

import logging
import time
from math import ceil
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from redis.exceptions import RedisError
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from ledger.intake.models import ApiToken

MINUTE = 60
PAUSE_SECONDS = 5.0
log = logging.getLogger(__name__)


class Meter:
    """Counts by name and minute. When the cache failed, it is not asked again for a while: a dead one would cost every call its timeout."""

    def __init__(self) -> None:
        self._asked_again_at = 0.0

    def add(self, name: str, amount: int, *, minute: int) -> int:
        """Adds to a count and returns what it was before; 0 while nobody can say."""
        if time.monotonic() < self._asked_again_at:
            return 0
        key = f"api-rate:{name}:{minute}"
        try:
            return self._counted(key, amount) - amount
        except (RedisError, OSError, ValueError) as error:  # ValueError: thrown out between the two
            self._asked_again_at = time.monotonic() + PAUSE_SECONDS
            log.warning("Redis does not answer, calls of the API are not counted for %g s: %s", PAUSE_SECONDS, error)
            return 0

    @staticmethod
    def _counted(key: str, amount: int) -> int:
        """The count with `amount` added. Raises ValueError where it was thrown out between the two."""
        try:
            return cache.incr(key, amount)
        except ValueError:  # the first of its minute
            cache.add(key, 0, timeout=2 * MINUTE)
            return cache.incr(key, amount)


meter = Meter()


class CallThrottle(BaseThrottle):
    """Calls a minute for each token, as settings.API_CALLS_PER_MINUTE says. Raises Throttled."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, ApiToken):
            _spend(request.auth, "calls", 1, settings.API_CALLS_PER_MINUTE, _("More than %(limit)s calls a minute."))
        return True


def spend_records(token: ApiToken, amount: int) -> None:
    """Records a minute for each token, as settings.API_RECORDS_PER_MINUTE says; whatever becomes of them. Raises Throttled."""
    _spend(token, "records", amount, settings.API_RECORDS_PER_MINUTE, _("More than %(limit)s records a minute."))


def _spend(token: ApiToken, what: str, amount: int, limit: int, message: str) -> None:
    now = time.time()
    # By the digest, not the id: a restored database may give an id to another token.
    if meter.add(f"{token.digest}:{what}", amount, minute=int(now // MINUTE)) >= limit:
        raise Throttled(wait=ceil(MINUTE - now % MINUTE), detail=message % {"limit": limit})
