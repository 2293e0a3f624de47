from risk.detectors.base import Spec
from tests.bench.duck.rows import NoSql, Rows, batch_stamped, literal
from tests.bench.duck.store import Store
from tests.bench.duck.windows import counted, level, reached


def sql(spec: Spec, store: Store) -> str:
    rows, params = Rows(spec, store), spec.params
    matched = [rows.subject_known, *rows.holds(params.all, params.any)]
    values = {"subject": rows.subject, "day": "r.day"}
    if params.weight_by:
        by = rows.ref(params.weight_by.column)[0]
        cases = " ".join(f"WHEN {literal(k)} THEN {round(v * 1000)}" for k, v in params.weight_by.weights.items())
        values["weight"] = f"CASE {by} {cases} ELSE 1000 END"
    if params.minutes:
        return _in_minutes(spec, rows, values, matched)
    if params.weight_by:
        raise NoSql("weights over days")
    if params.also_distinct:
        matched_known = {
            "value": f"CASE WHEN {rows.known(params.also_distinct.column)} THEN {rows.ref(params.also_distinct.column)[0]} END"
        }
        return counted(spec, rows.select(values | matched_known, matched), distinct=params.also_distinct.min)
    if params.also_share:
        member = {"member": " AND ".join(rows.holds(params.also_share.all))}
        return counted(spec, rows.select(values | member, matched), company=params.also_share.percent)
    return counted(spec, rows.select(values, matched))


def _in_minutes(spec: Spec, rows: Rows, values: dict[str, str], matched: list[str]) -> str:
    """The fullest stretch of minutes of a day. It never reaches back beyond the window of days, which is longer by a day at least."""
    params = spec.params
    if params.minutes > 1440 * (spec.window_days - 1) or params.also_distinct:
        raise NoSql("minutes as long as the window, or different counterparts in them")
    uploads, single = batch_stamped(rows, "r.accepted_at", params.batch_rows)
    listed = rows.select(values | {"stamp": "epoch_ms(r.accepted_at)"}, [*matched, single])
    of = "sum(weight) OVER w / 1000" if params.weight_by else "count(*) OVER w"
    return f"""WITH {uploads},
        counted AS (SELECT subject, day, {of} AS observed, count(*) OVER w AS c FROM ({listed})
          WINDOW w AS (PARTITION BY subject ORDER BY stamp RANGE BETWEEN {params.minutes * 60_000 - 1} PRECEDING AND CURRENT ROW)),
        best AS (SELECT subject, day, max(observed) AS observed FROM counted
                 WHERE c >= {spec.min_n} AND {reached(spec)} GROUP BY subject, day)
        SELECT subject, day, {level(spec)} FROM best"""
