"""How often a screen may ask and how often an address may be wrong, a minute of the clock; counted where calls of the API are counted."""

import time

from oversight.api.rates import MINUTE, meter
from oversight.wall.models import DisplayToken

POLLS_PER_MINUTE = 120
WRONG_PER_MINUTE = 5


def too_many_polls(screen: DisplayToken) -> bool:
    """Counts a poll. Ten times what a screen asks: its secret may be shown by several."""
    return _spent(f"{screen.digest}:polls", 1) >= POLLS_PER_MINUTE


def too_many_wrong(address: str, *, wrong: int = 0) -> bool:
    """Whether the address has shown too many wrong secrets; `wrong` of them are added."""
    return _spent(f"{address}:wrong", wrong) >= WRONG_PER_MINUTE


def _spent(name: str, amount: int) -> int:
    """What was spent before."""
    return meter.add(f"screen:{name}", amount, minute=int(time.time() // MINUTE))
