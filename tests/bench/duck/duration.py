from risk.detectors.base import Spec
from risk.detectors.duration import LATEST_START_DAYS, LONGEST_DAYS, SECONDS, WORKDAY
from tests.bench.duck.rows import Rows, batch_stamped, literal
from tests.bench.duck.store import Store
from tests.bench.duck.windows import counted, extreme, shares

DAY = 86_400_000_000


def length_of(rows: Rows, start: str, end: str, unit: str) -> str:
    """The time from start to end in the unit; NULL where unknown."""
    if unit != WORKDAY:
        return f"((epoch_us({end}) - epoch_us({start})) / 1e6 / {SECONDS[unit]})"
    first, last = f"(epoch_us({start}) // {DAY})", f"(epoch_us({end}) // {DAY})"
    rows.last_joins = [
        f"LEFT JOIN open_days f ON f.unit = r.unit AND f.line = r.line AND f.day = {first}",
        f"LEFT JOIN open_days l ON l.unit = r.unit AND l.line = r.line"
        f" AND l.day = greatest(least({last}, {first} + {LONGEST_DAYS}), {first})",
    ]
    return f"CASE WHEN {first} - r.day BETWEEN 0 AND {LATEST_START_DAYS} THEN (l.so_far - f.so_far)::DOUBLE END"


def sql(spec: Spec, store: Store) -> str:
    rows, params = Rows(spec, store), spec.params
    start, end = rows.moment(params.start), rows.moment(params.end)
    length = length_of(rows, start, end, params.unit)
    judged, ctes = [rows.subject_known, f"{start} IS NOT NULL", f"{end} IS NOT NULL"], []
    if params.unit == WORKDAY:
        judged.append(f"{length} IS NOT NULL")
    if params.test == "under":
        uploads, single = batch_stamped(rows, end, params.batch_rows)
        ctes, judged = [uploads], [*judged, single, *([f"{start} <> {end}"] if params.skip_equal else [])]
    judged += rows.holds(params.all)
    values = {"subject": rows.subject, "day": "r.day"}
    if params.metric == "value":
        return extreme(spec, rows.select(values | {"value": length}, judged), ctes=ctes)
    wrong = _wrong(rows, length, spec)
    if params.metric == "share":
        return shares(spec, rows.select(values | {"matched": wrong}, judged), ctes=ctes)
    return counted(spec, rows.select(values, [*judged, wrong]), ctes=ctes)


def _wrong(rows: Rows, length: str, spec: Spec) -> str:
    params = spec.params
    limit = repr(params.limit)
    if params.limit_by:
        of_class = rows.ref(params.limit_by.column)[0]
        limit = f"CASE {of_class} {' '.join(f'WHEN {literal(k)} THEN {v!r}' for k, v in params.limit_by.limits.items())} ELSE {limit} END"
    if params.test == "other_than":
        return f"abs({length} - {limit}) > {params.tolerance!r}"
    return f"{length} {'>' if params.test == 'over' else '<'} {limit}"
