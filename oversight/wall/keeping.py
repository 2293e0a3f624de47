"""Figures kept for a moment, so that twenty screens cost as much as one."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from django.utils import timezone

SHORTEST, LONGEST = 2.0, 60.0
TIMES_ITS_COST = 20


@dataclass(frozen=True)
class Counted:
    """A value with the moment at which it was true; kept until `until` on the monotonic clock."""

    value: Any
    at: datetime
    until: float


class Keeper:
    """Values of one web process by key. A value is kept 20 times as long as it took to make, from 2 to 60 seconds: what is cheap to
    count is counted live, what is dear never takes more than a twentieth of a core. Whoever asks while it is being made waits for it.
    """

    def __init__(self) -> None:
        self._kept: dict[Hashable, Counted] = {}
        self._making: dict[Hashable, Lock] = {}
        self._own = Lock()

    def get(self, key: Hashable, make: Callable[[], Any], *, shortest: float = SHORTEST) -> Counted:
        found = self._fresh(key)
        if found is not None:
            return found
        with self._own:
            making = self._making.setdefault(key, Lock())
        with making:
            return self._fresh(key) or self._made(key, make, shortest)

    def clear(self) -> None:
        with self._own:
            self._kept.clear()

    def _fresh(self, key: Hashable) -> Counted | None:
        found = self._kept.get(key)
        return found if found is not None and time.monotonic() < found.until else None

    def _made(self, key: Hashable, make: Callable[[], Any], shortest: float) -> Counted:
        began, at = time.monotonic(), timezone.now()
        value = make()
        ended = time.monotonic()
        made = Counted(value, at, ended + max(shortest, min(LONGEST, (ended - began) * TIMES_ITS_COST)))
        with self._own:
            self._kept = {other: one for other, one in self._kept.items() if ended < one.until} | {key: made}
            self._making = {other: lock for other, lock in self._making.items() if other in self._kept or lock.locked()}
        return made


keeper = Keeper()
