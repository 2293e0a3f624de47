from risk.detectors.base import Spec
from risk.detectors.impossible import TWO_PLACES
from risk.detectors.parts.links import MILLION
from tests.bench.duck.rows import NoSql, Rows, batch_stamped
from tests.bench.duck.store import Store
from tests.bench.duck.windows import ties

TERMS = 200


def sql(spec: Spec, store: Store) -> str:
    """A row at another place within minutes of the last row elsewhere. What the subject's own load makes of such pairs by chance is summed
    over its days, but only for those who reach a level."""
    rows, params, window = Rows(spec, store), spec.params, spec.window_days
    if params.test != TWO_PLACES:
        raise NoSql("more work than hours")
    uploads, single = batch_stamped(rows, "r.accepted_at", params.batch_rows)
    places = [f"p{number}" for number in range(len(params.place))]
    values = {"subject": rows.subject, "day": "r.day", '"at"': "r.accepted_at", "tie": "r.tie"}
    values |= dict(zip(places, (rows.ref(name)[0] for name in params.place), strict=True))
    where = [rows.subject_known, *rows.holds(params.all), *(rows.known(name) for name in params.place), single]
    moved = " OR ".join(f"{name} <> lag({name}) OVER o" for name in places)
    within_minutes = f'round_even((epoch_us("at") - epoch_us(earlier_at)) / 1e6, 0) / 60 < {params.minutes!r}'
    found = f"""SELECT subject, day, least(day, earlier_day) AS since FROM (
          SELECT subject, day, "at", last_value(was_at IGNORE NULLS) OVER w AS earlier_at, last_value(was_day IGNORE NULLS) OVER w AS
            earlier_day
          FROM (SELECT subject, day, "at", tie, CASE WHEN {moved} THEN lag("at") OVER o END AS was_at, CASE WHEN {moved} THEN lag(day)
            OVER o END AS was_day
                FROM every WINDOW o AS (PARTITION BY subject ORDER BY "at", tie))
          WINDOW w AS (PARTITION BY subject ORDER BY "at", tie ROWS UNBOUNDED PRECEDING))
        WHERE {within_minutes}"""
    share = min(1.0, params.minutes / (params.day_hours * 60))
    grouped = ", ".join(["subject", "day", *places])
    also = f"""SELECT subject, day, level FROM (
          SELECT h.subject, h.day, any_value(h.level) AS level, any_value(h.observed) AS observed, sum(c.expected) / {MILLION} AS mean
          FROM hits h JOIN (
            SELECT subject, day, sum(n * round((whole - n) * {share!r} * {MILLION})) AS expected
            FROM (SELECT subject, day, n, sum(n) OVER (PARTITION BY subject, day) AS whole
                  FROM (SELECT {grouped}, count(*) AS n FROM every SEMI JOIN hits USING (subject) GROUP BY ALL)) GROUP BY subject, day) c
          ON c.subject = h.subject AND c.day > h.day - {window} AND c.day <= h.day GROUP BY h.subject, h.day)
        WHERE {_poisson_tail("observed", "mean")} <= {params.chance!r}"""
    return ties(spec, found, ctes=[uploads, f"every AS MATERIALIZED ({rows.select(values, where)})"], also=also)


def _poisson_tail(count: str, mean: str) -> str:
    term = f"exp(k * ln({mean}) - {mean} - lgamma(k + 1))"
    below = f"1 - list_sum(list_transform(range(0, {count}::BIGINT), lambda k: {term}))"
    above = f"list_sum(list_transform(range({count}::BIGINT, {count}::BIGINT + {TERMS}), lambda k: {term}))"
    return f"CASE WHEN {mean} <= 0 THEN 0 WHEN {count} <= {mean} THEN {below} ELSE {above} END"
