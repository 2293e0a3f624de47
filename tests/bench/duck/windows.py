"""Statements shared by the detectors: days and their windows, ties that count while all their rows lie in the window, levels."""

from collections.abc import Sequence

from risk.detectors.base import LEVELS, Spec
from tests.bench.duck.rows import NoSql


def level(spec: Spec, observed: str = "observed") -> str:
    """The gravest level that the observed number reaches."""
    cases = [f"WHEN {observed} {spec.op} {spec.thresholds[name]!r} THEN '{name}'" for name in reversed(LEVELS) if name in spec.thresholds]
    return f"CASE {' '.join(cases)} END AS level"


def mildest(spec: Spec) -> float:
    return min(spec.thresholds.values()) if spec.op == ">=" else max(spec.thresholds.values())


def reached(spec: Spec, observed: str = "observed") -> str:
    return f"{observed} {spec.op} {mildest(spec)!r}"


def within(spec: Spec, order: str = "day", by: str = "subject") -> str:
    return f"(PARTITION BY {by} ORDER BY {order} RANGE BETWEEN {spec.window_days - 1} PRECEDING AND CURRENT ROW)"


def counted(spec: Spec, matched: str, *, ctes: Sequence[str] = (), weight: str = "", company: float = 0.0, distinct: int = 0) -> str:
    """Hits by the number of matched rows in W days. `matched` selects subject, day, and as asked weight, member, value.

    `company`: so many percent must be members; `distinct`: so many different values.
    """
    if spec.op != ">=":
        raise NoSql("counts that are too low")
    sums = "count(*) AS c" + (", sum(weight) AS weighed" if weight else "") + (", count(*) FILTER (member) AS m" if company else "")
    wide = "sum(c) OVER w AS c" + (", sum(weighed) OVER w AS weighed" if weight else "") + (", sum(m) OVER w AS m" if company else "")
    observed = weight or "c"
    conditions = [reached(spec, observed), f"c >= {spec.min_n}"] + ([f"100.0 * m / c >= {company!r}"] if company else [])
    steps = [
        *ctes,
        f"matched AS {'MATERIALIZED ' if distinct else ''}({matched})",
        f"days AS (SELECT subject, day, {sums} FROM matched GROUP BY subject, day)",
        f"wide AS (SELECT subject, day, {wide} FROM days WINDOW w AS {within(spec)})",
        f"found AS (SELECT subject, day, {level(spec, observed)} FROM wide WHERE {' AND '.join(conditions)})",
    ]
    if not distinct:
        return f"WITH {', '.join(steps)} SELECT subject, day, level FROM found"
    near = f"m.subject = f.subject AND m.day > f.day - {spec.window_days} AND m.day <= f.day"
    return (
        f"WITH {', '.join(steps)} SELECT f.subject, f.day, any_value(f.level) AS level FROM found f JOIN matched m ON {near}"
        f" GROUP BY f.subject, f.day HAVING count(DISTINCT m.value) >= {distinct}"
    )


def shares(spec: Spec, rows: str, *, ctes: Sequence[str] = ()) -> str:
    """Hits by the percentage of matched rows in W days. `rows` selects subject, day and matched."""
    if spec.op != ">=":
        raise NoSql("shares that are too low")
    return f"""WITH {"".join(f"{one}, " for one in ctes)}days AS (
          SELECT subject, day, count(*) AS n, count(*) FILTER (matched) AS c FROM ({rows}) GROUP BY subject, day),
        wide AS (SELECT subject, day, c, sum(n) OVER w AS n, sum(c) OVER w AS found FROM days WINDOW w AS {within(spec)}),
        told AS (SELECT subject, day, n, 100.0 * found / n AS observed FROM wide WHERE c > 0)
        SELECT subject, day, {level(spec)} FROM told WHERE n >= {spec.min_n} AND {reached(spec)}"""


def extreme(spec: Spec, rows: str, *, ctes: Sequence[str] = ()) -> str:
    """Hits by the greatest (op <=: smallest) value of a day. `rows` selects subject, day and value."""
    best = "max" if spec.op == ">=" else "min"
    head = f"WITH {', '.join(ctes)} " if ctes else ""
    return f"""{head}SELECT subject, day, {level(spec)} FROM (
          SELECT subject, day, {best}(value) AS observed FROM ({rows}) GROUP BY subject, day HAVING count(*) >= {spec.min_n})
        WHERE {reached(spec)}"""


def ties(spec: Spec, found: str, *, ctes: Sequence[str] = (), among: str = "", also: str = "") -> str:
    """Hits by the number of ties in W days, all rows of which lie in the window. `found` selects subject, day, since.

    `among` (subject, day): hits by their percentage of these rows instead. A tie counts from its day until `since` falls out of the window:
    arrivals and departures, summed up. `also`: further statement on `hits` (subject, day, observed, level).
    """
    window = spec.window_days
    parts = [
        "SELECT subject, day, count(*) AS d, 0 AS n, TRUE AS judged FROM kept GROUP BY subject, day",
        f"SELECT subject, since + {window}, -count(*), 0, FALSE FROM kept GROUP BY subject, since",
    ]
    if among:
        parts.append("SELECT subject, day, 0, count(*), FALSE FROM own GROUP BY subject, day")
        parts.append(f"SELECT subject, day + {window}, 0, -count(*), FALSE FROM own GROUP BY subject, day")
    observed = "100.0 * d / n" if among else "d"
    steps = [
        *ctes,
        f"kept AS MATERIALIZED (SELECT subject, day, since FROM ({found}) WHERE since > day - {window})",
        *([f"own AS MATERIALIZED ({among})"] if among else []),
        f"events AS ({' UNION ALL '.join(parts)})",
        "days AS (SELECT subject, day, sum(d) AS d, sum(n) AS n, bool_or(judged) AS judged FROM events GROUP BY subject, day)",
        "running AS (SELECT subject, day, judged, sum(d) OVER w AS d, sum(n) OVER w AS n FROM days"
        " WINDOW w AS (PARTITION BY subject ORDER BY day ROWS UNBOUNDED PRECEDING))",
        f"told AS (SELECT subject, day, {observed} AS observed, {'n' if among else 'd'} AS size FROM running WHERE judged)",
        f"hits AS (SELECT subject, day, observed, {level(spec)} FROM told WHERE size >= {spec.min_n} AND {reached(spec)})",
    ]
    return f"WITH {', '.join(steps)} {also or 'SELECT subject, day, level FROM hits'}"
