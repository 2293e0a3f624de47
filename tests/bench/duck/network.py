from risk.detectors.base import Spec
from tests.bench.duck.concentration import bound, volume
from tests.bench.duck.peers import WEEK, columns, listed
from tests.bench.duck.rows import NoSql, Rows
from tests.bench.duck.store import Store
from tests.bench.duck.windows import level, reached


def sql(spec: Spec, store: Store) -> str:
    """Ties through every kind of counterpart, then groups of those connected, found by walking along the ties."""
    rows, params = Rows(spec, store), spec.params
    if spec.subject_column != params.handler or params.measure != "excess":
        raise NoSql("a group told of its counterparts, or by its lift")
    within, ctes, ties = columns(rows, params.within, "c"), [], []
    keys = [*within, "subject", "other"]
    for number, name in enumerate(params.through):
        other = rows.ref(name)[0]
        values = {"subject": rows.subject, "other": other, "week": WEEK, "day": "r.day", **within}
        listing = rows.select(values, [rows.subject_known, rows.known(name), *rows.holds(params.all)])
        once = f"SELECT DISTINCT {listed(keys, 'week', 'day')} FROM ({listing})"
        cells = f"SELECT {listed(keys, 'week')}, count(*) AS x FROM ({once}) GROUP BY ALL"
        ctes += volume(spec, cells, list(within), suffix=str(number))
        ties.append(
            f"SELECT \"on\", subject, '{number}:' || other AS other, x, expected, fresh FROM judged{number}"
            f" WHERE {' AND '.join(bound(params.min_count, params.min_lift))}"
        )
    visits = " UNION ALL ".join(f"SELECT \"on\", subject, '{n}:' || other AS other, x FROM wide{n}" for n in range(len(params.through)))
    ctes += [
        f"tied AS MATERIALIZED ({' UNION ALL '.join(ties)})",
        """walked AS (
            SELECT "on", subject AS origin, subject AS reached FROM tied
            UNION
            SELECT w."on", w.origin, b.subject FROM walked w JOIN tied a ON a."on" = w."on" AND a.subject = w.reached
            JOIN tied b ON b."on" = a."on" AND b.other = a.other)""",
        'grouped AS (SELECT "on", origin AS subject, min(reached) AS name FROM walked GROUP BY ALL)',
        """members AS (SELECT g."on", name, count(DISTINCT t.subject) AS handlers, count(DISTINCT t.other) AS others,
              sum(x - expected) AS excess FROM tied t JOIN grouped g USING ("on", subject) GROUP BY ALL)""",
        f"""closed AS (SELECT g."on", g.name, 100.0 * sum(v.x) FILTER (h.subject IS NOT NULL) / sum(v.x) AS closed
            FROM (SELECT DISTINCT t."on", name, other FROM tied t JOIN grouped USING ("on", subject)) g
            JOIN ({visits}) v ON v."on" = g."on" AND v.other = g.other
            LEFT JOIN grouped h ON h."on" = g."on" AND h.name = g.name AND h.subject = v.subject GROUP BY ALL)""",
        f"""judged AS (SELECT DISTINCT g.subject, g."on" AS day, excess AS observed FROM members m JOIN closed c USING ("on", name)
            JOIN grouped g ON g."on" = m."on" AND g.name = m.name JOIN (SELECT DISTINCT "on", subject FROM tied WHERE fresh) f
              ON f."on" = g."on" AND f.subject = g.subject
            WHERE handlers >= {params.min_handlers} AND others >= {params.min_counterparts} AND handlers + others <= {params.max_size}
              AND closed >= {params.min_closed!r} AND g."on" < {store.today})""",
    ]
    return f"WITH RECURSIVE {', '.join(ctes)} SELECT subject, day, {level(spec)} FROM judged WHERE {reached(spec)}"
