from risk.detectors.base import Spec
from tests.bench.duck.peers import LIMIT, WEEK, columns, listed, told, windowed
from tests.bench.duck.rows import Rows
from tests.bench.duck.store import Store


def sql(spec: Spec, store: Store) -> str:
    """Every regular counterpart's visits to the few handlers it met most, against their part of the office's work of the whole window."""
    rows, params = Rows(spec, store), spec.params
    office, other = columns(rows, params.within, "c"), rows.ref(params.counterpart)[0]
    values = {"subject": rows.subject, "other": other, "known": rows.known(params.counterpart), "week": WEEK, "day": "r.day", **office}
    listing = rows.select(values, [rows.subject_known, *rows.holds(params.all)])
    keys, place = [*office, "subject", "other", "known"], listed(list(office), '"on"')
    ctes = [
        f"""weeks AS MATERIALIZED (SELECT {listed(keys, "week")}, count(*) AS n, count(DISTINCT day) FILTER (known) AS x
            FROM ({listing}) GROUP BY ALL)""",
        f"wide AS MATERIALIZED ({windowed(spec, 'weeks', keys, ['n', 'x'])})",
        f"""work AS (SELECT *, own / sum(own) OVER c AS part FROM (SELECT {place}, subject, sum(n) AS own, bool_or(fresh) AS fresh
              FROM wide GROUP BY ALL) WINDOW c AS (PARTITION BY {place}) QUALIFY count(*) OVER c > {params.min_colleagues})""",
        f"""met AS (SELECT w.*, part, k.fresh AS lately, sum(x) OVER g AS visits, row_number() OVER (PARTITION BY {listed(["other"], place)}
              ORDER BY x DESC, subject) AS place FROM (SELECT {place}, subject, other, x FROM wide WHERE known) w
            JOIN work k USING ({listed(["subject"], place)}) WINDOW g AS (PARTITION BY {listed(["other"], place)}))""",
        f"""bound AS (SELECT {place}, other, any_value(visits) AS visits, sum(x) AS x, least(sum(part), 0.999) AS part FROM met
            WHERE place <= {params.few} AND visits >= {params.min_visits} GROUP BY ALL
            HAVING 100 * sum(x) >= {params.min_share!r} * any_value(visits))""",
        f"""judged AS (SELECT {place}, subject, sum(b.x) - sum(b.visits * b.part) AS excess, bool_or(lately) AS fresh,
              (sum(b.x) - sum(b.visits * b.part)) / sqrt(sum(b.visits * b.part * (1 - b.part))) AS z
            FROM met m JOIN bound b USING ({listed(["other"], place)}) WHERE m.place <= {params.few} GROUP BY ALL)""",
    ]
    where = ["fresh", f"z > {LIMIT}", f'"on" < {store.today}']
    return f"WITH {', '.join(ctes)} {told(spec, 'judged', 'excess', where, best=True)}"
