from risk.detectors.base import Spec
from tests.bench.duck.rows import Rows, known
from tests.bench.duck.store import Store, kind_of
from tests.bench.duck.windows import level, reached, ties


def sql(spec: Spec, store: Store) -> str:
    """Only values under which different things come are looked at: most values come once."""
    rows, params = Rows(spec, store), spec.params
    names = [f"k{place}" for place in range(len(params.columns))]
    values = dict(zip(names, (rows.ref(name)[0] for name in params.columns), strict=True))
    where = [*rows.holds(params.all), rows.known(params.apart), *(rows.known(name) for name in params.columns)]
    if not params.across:
        names, values, where = [*names, "subject"], values, [*where, rows.subject_known]
    values |= {"subject": rows.subject, "day": "r.day", "at": "r.accepted_at", "tie": "r.tie", "thing": rows.ref(params.apart)[0]}
    key = ", ".join(names)
    ctes = [
        f"every AS MATERIALIZED ({rows.select(_quoted(values), where)})",
        f"shared AS (SELECT {key} FROM every GROUP BY ALL HAVING min(thing) <> max(thing))",
        f"member AS MATERIALIZED (SELECT * FROM every SEMI JOIN shared USING ({key}))",
    ]
    if params.metric == "group":
        return _largest(spec, ctes, key)
    # The last row before the run of equal things in which a row stands.
    found = f"""SELECT subject, day, least(day, since) AS since FROM (
          SELECT subject, day, last_value(before IGNORE NULLS) OVER (PARTITION BY {key} ORDER BY "at", tie ROWS UNBOUNDED PRECEDING) AS
            since
          FROM (SELECT *, CASE WHEN thing <> lag(thing) OVER o THEN lag(day) OVER o END AS before
                FROM member WINDOW o AS (PARTITION BY {key} ORDER BY "at", tie)))
        WHERE since IS NOT NULL AND {_known(spec)}"""
    return ties(spec, found, ctes=ctes)


def _largest(spec: Spec, ctes: list[str], key: str) -> str:
    """The most different things under one value in W days, among the values of the subject's rows of the day."""
    window = spec.window_days
    same = " AND ".join(f"seen.{name} = member.{name}" for name in key.split(", "))
    return f"""WITH {", ".join(ctes)},
        spans AS (SELECT {key}, day, least(day + {window}, coalesce(lead(day) OVER (PARTITION BY {key}, thing ORDER BY day), 2147483647))
          AS until
                  FROM (SELECT DISTINCT {key}, thing, day FROM member)),
        events AS (SELECT {key}, day, 1 AS d FROM spans UNION ALL SELECT {key}, until, -1 FROM spans),
        days AS (SELECT {key}, day, sum(d) AS d FROM events GROUP BY ALL),
        seen AS (SELECT {key}, day, sum(d) OVER (PARTITION BY {key} ORDER BY day ROWS UNBOUNDED PRECEDING) AS observed FROM days),
        best AS (SELECT member.subject, member.day, max(observed) AS observed FROM member JOIN seen ON {same} AND seen.day = member.day
                 WHERE observed >= {max(2, spec.min_n)} AND {reached(spec)} AND {_known(spec, "member.subject")} GROUP BY ALL)
        SELECT subject, day, {level(spec)} FROM best"""


def _quoted(values: dict[str, str]) -> dict[str, str]:
    return {('"at"' if name == "at" else name): sql for name, sql in values.items()}


def _known(spec: Spec, name: str = "subject") -> str:
    return known(name, kind_of(spec.subject_column))
