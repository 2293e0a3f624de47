"""Addresses within the ledger. People and vehicles stand in them only by the keyed hash of their number."""

from django.urls import reverse

from ledger.columns.hashing import key64
from ledger.journal.models import Transaction

_WIDTH = 1 << 64


def identity_of(row: Transaction) -> str:
    return f"{row.source}/{row.serial_no}"


def transaction_url(row: Transaction) -> str:
    return reverse("business:transaction", args=[identity_of(row)])


def subject_url(kind: str, code: str) -> str:
    """The page of a subject: of agents and vehicles by key_text, of all others by their code; "" without a code."""
    return reverse("business:subject", args=[kind, code]) if code else ""


# The kind of page for what a rule speaks about, by the column that names it in the transaction.
PAGE_OF_COLUMN = {
    **{"handler": "staff", "approver": "staff", "post": "post", "unit": "unit", "agency": "agency", "agent": "agent", "plate": "vehicle"},
    **{"terminal": "terminal", "attr.seat": "seat", "attr.car_no": "car", "attr.line_no": "lane"},
}
HASHED = frozenset({"agent", "vehicle"})


def page_of(column: str, code: str) -> str:
    """The page about whom a column names by this code; "" for who has none."""
    kind = PAGE_OF_COLUMN.get(column, "")
    if not kind or not code:
        return ""
    return subject_url(kind, key_text(key64(code)) if kind in HASHED else code)


def key_text(key: int) -> str:
    """A signed 64-bit key as sixteen hexadecimal digits."""
    return f"{key % _WIDTH:016x}"


def key_of(text: str) -> int | None:
    """The key such digits stand for; None when they are none."""
    if len(text) != 16 or not set(text) <= set("0123456789abcdef"):
        return None
    key = int(text, 16)
    return key - _WIDTH if key >= _WIDTH // 2 else key
