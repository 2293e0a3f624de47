"""The versions of the journal against their leaf hashes."""

from collections.abc import Iterator

from ledger.journal.canonical import leaf_hash
from ledger.journal.models import RecordVersion, Version
from ledger.seal.verifying import Fault

AT_ONCE = 2_000
WRONG = ("其内容与叶哈希不符", "its text no longer has its leaf hash")


def transaction_leaves() -> Iterator[Fault | None]:
    """Every version of every transaction, in the order of their arrival."""
    rows = Version.objects.order_by("pk").values_list("transaction_id", "number", "text", "leaf")
    for transaction_id, number, text, leaf in rows.iterator(chunk_size=AT_ONCE):
        yield None if leaf_hash(text) == leaf else Fault(f"version {transaction_id}/{number}", *WRONG)


def record_leaves() -> Iterator[Fault | None]:
    """Every version of the records that are no transactions."""
    for one in RecordVersion.objects.order_by("pk").iterator(chunk_size=AT_ONCE):
        yield None if leaf_hash(one.text) == one.leaf else Fault(f"record version {one}", *WRONG)
