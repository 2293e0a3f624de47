"""Import of 100,000 transactions with their steps, and scoring them with the whole catalogue, on SQLite."""

import tempfile
import time

from tests.bench.instance import fresh_instance

TRANSACTIONS, DAYS = 100_000, 180


def measure() -> None:
    with tempfile.TemporaryDirectory(prefix="mingjing-files-") as files, fresh_instance() as instance:
        instance.run("simulate", "-o", files, "--transactions", str(TRANSACTIONS), "--days", str(DAYS), "--seed", "11")
        began = time.monotonic()
        counts = {one["kind"]: one for one in instance.facts("import_ledger", files, "--no-score")["files"]}
        took = time.monotonic() - began
        rows, steps = counts["transactions"], counts["steps"]
        print(
            f"import on SQLite: {rows['received']} transactions in {rows['seconds']:.1f} s, "
            f"{steps['received']} steps in {steps['seconds']:.1f} s, whole command {took:.1f} s (bar: 100,000 transactions ≤ 60 s)"
        )
        began = time.monotonic()
        done = instance.facts("score")
        took = time.monotonic() - began
        print(
            f"scoring them: {done['seconds']:.1f} s, whole command {took:.1f} s (bar: ≤ 30 s); "
            f"{done['hits']} hits, {done['opened']} alerts of the whole catalogue"
        )


if __name__ == "__main__":
    measure()
