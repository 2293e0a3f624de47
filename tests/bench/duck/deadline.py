from risk.detectors.base import Spec
from tests.bench.duck.duration import length_of
from tests.bench.duck.rows import NoSql, Rows
from tests.bench.duck.store import Store
from tests.bench.duck.windows import extreme


def sql(spec: Spec, store: Store) -> str:
    """What is still open, or done in the future only, is measured up to now."""
    rows, params = Rows(spec, store), spec.params
    if params.metric != "value" or params.due or params.unit == "workday":
        raise NoSql("a deadline other than the day's longest time")
    start, end = rows.moment(params.start), rows.moment(params.end)
    if params.open_rows:
        end = f"least(coalesce({end}, {store.now}), {store.now})"
    judged = [rows.subject_known, f"{end} > {start}", *rows.holds(params.all)]
    return extreme(spec, rows.select({"subject": rows.subject, "day": "r.day", "value": length_of(rows, start, end, params.unit)}, judged))
