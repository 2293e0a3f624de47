from collections.abc import Sequence

from risk.detectors.base import Spec
from tests.bench.duck.peers import LIMIT, WEEK, columns, listed, logistic, logit, told, windowed
from tests.bench.duck.rows import Rows
from tests.bench.duck.sequence import truth
from tests.bench.duck.store import Store

PRIOR = 4


def sql(spec: Spec, store: Store) -> str:
    rows, params = Rows(spec, store), spec.params
    within = columns(rows, params.within, "c")
    where = [rows.subject_known, *rows.holds(params.all)]
    values = {"subject": rows.subject, "other": rows.ref(params.counterpart)[0], **within}
    keys = [*within, "subject", "other"]
    if params.outcome:
        listing = rows.select(values | {"week": WEEK, "matched": truth(rows.holds(params.outcome))}, where)
        ctes = _outcome(
            spec, f"SELECT {listed(keys, 'week')}, count(*) AS n, count(*) FILTER (matched) AS o FROM ({listing}) GROUP BY ALL", keys
        )
        observed = {"lift": "o / expected", "difference": "100 * (o - expected) / n"}[params.measure]
        where = [
            f"n >= {params.min_count}",
            f"o > expected + {LIMIT} * sqrt(info + between * info * info)",
            f"o >= {params.min_lift!r} * expected",
        ]
    else:
        once = "DISTINCT " if params.count_days else ""
        listing = f"SELECT {once}{listed(keys, 'week', 'day')} FROM ({rows.select(values | {'week': WEEK, 'day': 'r.day'}, where)})"
        ctes = volume(spec, f"SELECT {listed(keys, 'week')}, count(*) AS x FROM ({listing}) GROUP BY ALL", list(within))
        observed = {"lift": "x / expected", "share": "100 * x / total"}[params.measure]
        where = bound(params.min_count, params.min_lift)
    where += ["fresh", '"on" < ' + str(store.today)]
    return f"WITH {', '.join(ctes)} {told(spec, 'judged', observed, where, best=True)}"


def bound(min_count: int, min_lift: float) -> list[str]:
    """Conditions of a pair with more visits than colleagues' business explains."""
    return [f"x >= {min_count}", f"x >= {min_lift!r} * expected", f"x > expected + {LIMIT} * sqrt(expected + spread * expected * expected)"]


def volume(spec: Spec, cells: str, within: Sequence[str], *, suffix: str = "") -> list[str]:
    """CTEs to `judged`: every pair of a subject who has colleagues with a counterpart met often, its visits and those expected.

    As risk.detectors.parts.pairs.by_volume: a subject's visits would have gone where those of its colleagues went.
    """
    params = spec.params
    keys = [*within, "subject", "other"]
    stratum = listed(within, '"on"')
    return [
        f"visits{suffix} AS MATERIALIZED ({cells})",
        f"wide{suffix} AS MATERIALIZED ({windowed(spec, f'visits{suffix}', keys, ['x'])})",
        f"""strata{suffix} AS MATERIALIZED (SELECT {stratum}, subject, sum(x) AS own, bool_or(fresh) AS fresh
            FROM wide{suffix} GROUP BY ALL)""",
        f"""work{suffix} AS MATERIALIZED (SELECT *, whole - own AS others, own / (whole - own + 5) AS weight FROM (
              SELECT *, sum(own) OVER c AS whole, count(*) OVER c - 1 AS company FROM strata{suffix} WINDOW c AS (PARTITION BY {stratum}))
            WHERE whole - own >= 10 AND company > 0)""",
        f"""people{suffix} AS MATERIALIZED (SELECT row_number() OVER () AS who, * FROM (
              SELECT "on", subject, sum(own) AS total, max(company) AS colleagues, sum(weight) AS weights FROM work{suffix} GROUP BY ALL)
            JOIN (SELECT "on", subject, bool_or(fresh) AS fresh FROM strata{suffix} GROUP BY ALL) USING ("on", subject)
            WHERE total >= {spec.min_n} AND colleagues >= {params.min_colleagues})""",
        f"""often{suffix} AS MATERIALIZED (SELECT row_number() OVER () AS whom, * FROM (
              SELECT "on", other, sum(x) AS met, sum(x) / sum(sum(x)) OVER (PARTITION BY "on") AS general FROM wide{suffix} GROUP BY "on",
                other)
            WHERE met >= {params.min_count})""",
        f"""workers{suffix} AS MATERIALIZED (SELECT {stratum}, subject, who, weight
            FROM work{suffix} JOIN people{suffix} USING ("on", subject))""",
        f"""met{suffix} AS MATERIALIZED (SELECT {stratum}, subject, whom, x FROM wide{suffix} JOIN often{suffix} USING ("on", other))""",
        f"""likely{suffix} AS (SELECT who, whom, sum(weight * flow) AS flowed FROM workers{suffix}
            JOIN (SELECT {stratum}, whom, sum(x) AS flow FROM met{suffix} GROUP BY ALL) USING ({stratum}) GROUP BY who, whom)""",
        f"""mine{suffix} AS (SELECT who, whom, sum(x) AS x, sum(weight * x) AS weighed
            FROM met{suffix} JOIN workers{suffix} USING ({stratum}, subject) GROUP BY who, whom)""",
        # Pairs that never met and of whom nobody expects two visits say nothing: neither of themselves nor of the spread.
        f"""pairs{suffix} AS MATERIALIZED (SELECT p."on", subject, other, total, fresh, coalesce(x, 0) AS x,
              greatest(flowed - coalesce(weighed, 0) + 5 * general * weights, 1e-9) AS expected
            FROM likely{suffix} JOIN people{suffix} p USING (who) JOIN often{suffix} USING (whom) LEFT JOIN mine{suffix} USING (who, whom)
            WHERE x IS NOT NULL OR flowed + 5 * general * weights >= 2)""",
        f"""spread{suffix} AS (SELECT "on", greatest(0.01, 2 * sum((x - expected) ** 2 - expected) / sum(expected ** 2)) AS spread
            FROM pairs{suffix} WHERE expected >= 2 GROUP BY "on" HAVING count(*) >= 10)""",
        f'judged{suffix} AS (SELECT * FROM pairs{suffix} JOIN spread{suffix} USING ("on"))',
    ]


def _outcome(spec: Spec, cells: str, keys: Sequence[str]) -> list[str]:
    """CTEs to `judged`: matched rows of every pair against those that stratum, subject and counterpart make one expect, each once."""
    params = spec.params
    within = listed(keys[:-2], '"on"')
    effects = []
    for name, by in (("e_stratum", within), ("e_subject", '"on", subject'), ("e_other", '"on", other')):
        mean = f"(sum(o) OVER ({f'PARTITION BY {by}'}) + {PRIOR} * base) / (sum(n) OVER ({f'PARTITION BY {by}'}) + {PRIOR})"
        effects.append(f"{logit(mean)} - {logit('base')} AS {name}")
    return [
        f"visits AS MATERIALIZED ({cells})",
        f"wide AS ({windowed(spec, 'visits', keys, ['n', 'o'])})",
        'based AS (SELECT *, (sum(o) OVER d + 0.5) / (sum(n) OVER d + 1) AS base FROM wide WINDOW d AS (PARTITION BY "on"))',
        f"felt AS (SELECT *, {', '.join(effects)} FROM based)",
        f"rated AS (SELECT *, {logistic(logit('base') + ' + e_stratum + e_subject + e_other')} AS rate FROM felt)",
        f"""colleagues AS (SELECT "on", subject, max(company) AS company, sum(n) AS total, bool_or(fresh) AS fresh FROM (
              SELECT {within}, subject, sum(n) AS n, bool_or(fresh) AS fresh, count(*) OVER (PARTITION BY {within}) - 1 AS company FROM
                wide GROUP BY {within}, subject)
            GROUP BY ALL HAVING total >= {spec.min_n} AND max(company) >= {params.min_colleagues})""",
        """pairs AS (SELECT "on", subject, other, sum(n) AS n, sum(o) AS o, sum(n * rate) AS expected, sum(n * rate * (1 - rate)) AS info
            FROM rated GROUP BY "on", subject, other)""",
        f"""spread AS (SELECT "on", greatest(0, (sum((o - expected) ** 2 / info) - count(*)) / sum(info)) AS between
            FROM pairs WHERE n >= {params.min_count} AND info > 0 GROUP BY "on")""",
        'judged AS (SELECT * FROM pairs JOIN spread USING ("on") JOIN (SELECT "on", subject, fresh FROM colleagues) USING ("on", subject))',
    ]
