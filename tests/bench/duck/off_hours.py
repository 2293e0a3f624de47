from risk.detectors.base import Spec
from risk.detectors.off_hours import DAYS_AFTER, DAYS_BEFORE
from tests.bench.duck.rows import Rows, batch_stamped
from tests.bench.duck.store import Store
from tests.bench.duck.windows import counted, shares

MINUTE, DAY = 60_000_000, 86_400_000_000


def sql(spec: Spec, store: Store) -> str:
    """No opening of the unit and line on the day of the moment holds it; the openings are a small table."""
    rows, params = Rows(spec, store), spec.params
    at = rows.ref(params.at)[0]
    day, minute = f"(epoch_us({at}) // {DAY})", f"(epoch_us({at}) // {MINUTE} % 1440)"
    open_then = (
        f"EXISTS (SELECT 1 FROM openings o WHERE o.unit = r.unit AND o.line = r.line AND o.day = {day}"
        f" AND o.opens <= {minute} + {params.tolerance} AND o.closes >= greatest({minute} - {params.tolerance}, 0))"
    )
    uploads, single = batch_stamped(rows, at, params.batch_rows)
    outside = [
        f"epoch_us({at}) % {DAY} NOT IN (0, {8 * 60 * MINUTE})",
        f"{day} - r.day BETWEEN -{DAYS_BEFORE} AND {DAYS_AFTER}",
        "(r.unit, r.line) IN (SELECT (unit, line) FROM open_places)",
        f"NOT {open_then}",
        single,
        *rows.holds(params.all),
    ]
    values = {"subject": rows.subject, "day": "r.day"}
    if params.metric == "share":
        return shares(spec, rows.select(values | {"matched": " AND ".join(outside)}, [rows.subject_known]), ctes=[uploads])
    return counted(spec, rows.select(values, [rows.subject_known, *outside]), ctes=[uploads])
