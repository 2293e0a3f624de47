from risk.detectors.base import Spec
from risk.detectors.revision import ALTERED
from tests.bench.duck.rows import NoSql, Rows
from tests.bench.duck.store import Store
from tests.bench.duck.windows import counted, level, reached, within


def sql(spec: Spec, store: Store) -> str:
    rows, params = Rows(spec, store), spec.params
    values, judged = {"subject": rows.subject, "day": "r.day"}, [rows.subject_known, *rows.holds(params.all)]
    if params.test == ALTERED and params.metric == "count":
        return counted(spec, rows.select(values, [*judged, "r.altered"]))
    if params.metric != "share" or params.all:
        raise NoSql("late rows other than as a share of all")
    late = f"round_even((epoch_us(r.arrived_at) - epoch_us(r.accepted_at)) / 1e6, 0) / 3600 > {params.hours!r}"
    # Where most of a day came late the feed was late: the day is not judged.
    return f"""WITH days AS (
          SELECT subject, day, count(*) AS n, count(*) FILTER (late) AS c FROM ({rows.select(values | {"late": late}, judged)}) GROUP BY
            subject, day),
        wide AS (SELECT subject, day, c, sum(n) OVER w AS n, sum(c) OVER w AS found FROM days
                 WHERE 100.0 * c / n <= {params.feed_percent!r} WINDOW w AS {within(spec)}),
        told AS (SELECT subject, day, n, 100.0 * found / n AS observed FROM wide WHERE c > 0)
        SELECT subject, day, {level(spec)} FROM told WHERE n >= {spec.min_n} AND {reached(spec)}"""
