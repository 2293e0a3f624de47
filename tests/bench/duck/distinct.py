from risk.detectors.base import Spec
from tests.bench.duck.rows import NoSql, Rows, known
from tests.bench.duck.store import Store, kind_of
from tests.bench.duck.windows import level, mildest, reached


def sql(spec: Spec, store: Store) -> str:
    """How many counterparts a group has on a day: each stands from its day until its next one or W days on; arrivals and departures summed.

    Only groups with as many counterparts in all as the mildest level asks for are looked at.
    """
    rows, params, window = Rows(spec, store), spec.params, spec.window_days
    if params.also_share or spec.min_n > 1:
        raise NoSql("a share beside the counterparts, or a least number of rows")
    by = [rows.ref(name)[0] for name in params.by]
    where = [*rows.holds(params.all), rows.known(params.column), *(rows.known(name) for name in params.by)]
    names = [f"g{place}" for place in range(len(by))]
    keys = list(names) if params.across else [*names, "subject"]
    if not params.across:
        where.append(rows.subject_known)
    key = ", ".join(keys)
    listed = rows.select(
        dict(zip(names, by, strict=True)) | {"subject": rows.subject, "day": "r.day", "c": rows.ref(params.column)[0]}, where
    )
    same = " AND ".join(f"seen.{name} = member.{name}" for name in keys)
    return f"""WITH every AS (SELECT DISTINCT {", ".join([*names, "subject", "day", "c"])} FROM ({listed})),
        large AS (SELECT {key} FROM every GROUP BY ALL HAVING count(DISTINCT c) >= {mildest(spec)}),
        member AS MATERIALIZED (SELECT * FROM every SEMI JOIN large USING ({key})),
        spans AS (SELECT {key}, day, least(day + {window}, coalesce(lead(day) OVER (PARTITION BY {key}, c ORDER BY day), 2147483647)) AS
          until
                  FROM (SELECT DISTINCT {key}, c, day FROM member)),
        events AS (SELECT {key}, day, 1 AS d FROM spans UNION ALL SELECT {key}, until, -1 FROM spans),
        days AS (SELECT {key}, day, sum(d) AS d FROM events GROUP BY ALL),
        seen AS (SELECT {key}, day, sum(d) OVER (PARTITION BY {key} ORDER BY day ROWS UNBOUNDED PRECEDING) AS observed FROM days),
        best AS (SELECT member.subject, member.day, max(observed) AS observed FROM (SELECT DISTINCT
          {", ".join([*names, "subject", "day"])} FROM member) member
                 JOIN seen ON {same} AND seen.day = member.day
                 WHERE {reached(spec)} GROUP BY ALL)
        SELECT subject, day, {level(spec)} FROM best WHERE {known("subject", kind_of(spec.subject_column))}"""
