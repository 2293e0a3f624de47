"""Who of the threads of one worker scores: one what is fresh, one what can wait.

Leases keep any number of workers exact. Turns are about time: threads of one process share one core, so that four lanes at once would each
take four times as long, and whoever watches a screen would wait for all of them.
"""

import threading
import time
from collections.abc import Callable

from risk.scoring.services import score_pending


class Turn:
    """Work that one thread of the process does at a time. What is asked of it meanwhile is done by that thread, once more and at once."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = self._again = False

    def take(self, work: Callable[[], object]) -> bool:
        """Do the work, and again for as long as others have asked; False when another thread is at it and will do it for us."""
        with self._guard:
            if self._taken:
                self._again = True
                return False
            self._taken = True
        try:
            while True:
                work()
                with self._guard:
                    if not self._again:
                        self._taken = False
                        return True
                    self._again = False
        except BaseException:
            with self._guard:
                self._taken = self._again = False
            raise


FRESH, REST = Turn(), Turn()


def score_in_turn(*, budget_seconds: float) -> None:
    """Score what waits, as one of the threads of a worker, for so many seconds at most: first what is fresh, then what can wait."""
    ends = time.monotonic() + budget_seconds
    FRESH.take(lambda: score_pending(budget_seconds=ends - time.monotonic(), fresh=True))
    REST.take(lambda: score_pending(budget_seconds=ends - time.monotonic(), fresh=False))
