"""Numbers that people see: date and chance, so that nobody can count what is hidden from them."""

import secrets
from datetime import datetime

from ledger.kit.days import SHANGHAI

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def random_number(prefix: str, now: datetime) -> str:
    """Like YD-261123-7K3QX9: prefix, Shanghai date, six characters that cannot be misread (10⁹ a day)."""
    return f"{prefix}-{now.astimezone(SHANGHAI):%y%m%d}-{''.join(secrets.choice(ALPHABET) for _ in range(6))}"
