from risk.detectors.base import Spec
from tests.bench.duck.rows import NoSql, Rows
from tests.bench.duck.store import Store
from tests.bench.duck.windows import counted, shares


def sql(spec: Spec, store: Store) -> str:
    rows, params = Rows(spec, store), spec.params
    matched = rows.holds(params.all, params.any)
    values = {"subject": rows.subject, "day": "r.day"}
    if params.metric == "share":
        return shares(spec, rows.select(values | {"matched": " AND ".join(matched)}, [rows.subject_known]))
    if params.metric == "value" or params.also_distinct:
        raise NoSql(f"condition by {params.metric}")
    return counted(spec, rows.select(values, [rows.subject_known, *matched]))
