"""Addresses within the ledger. People and vehicles stand in them only by the keyed hash of their number."""

from django.urls import reverse

from ledger.journal.models import Transaction

_WIDTH = 1 << 64


def identity_of(row: Transaction) -> str:
    return f"{row.source}/{row.serial_no}"


def transaction_url(row: Transaction) -> str:
    return reverse("business:transaction", args=[identity_of(row)])


def subject_url(kind: str, code: str) -> str:
    """The page of a subject: of staff and agencies by their code, of agents and vehicles by key_text; "" without a code."""
    return reverse("business:subject", args=[kind, code]) if code else ""


def key_text(key: int) -> str:
    """A signed 64-bit key as sixteen hexadecimal digits."""
    return f"{key % _WIDTH:016x}"


def key_of(text: str) -> int | None:
    """The key such digits stand for; None when they are none."""
    if len(text) != 16 or not set(text) <= set("0123456789abcdef"):
        return None
    key = int(text, 16)
    return key - _WIDTH if key >= _WIDTH // 2 else key
