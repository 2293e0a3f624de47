"""What the statements about peers share: rows collapsed to cells of whole weeks, cells put into the windows that hold them, and tails.

An expectation is had in one pass, departures are set against sampling and the spread between subjects (moments, one step, nobody left out),
and far is what lies LIMIT standard deviations off. The engine iterates, leaves out who is judged, and controls false discoveries.
"""

from collections.abc import Sequence

from risk.detectors.base import GRID_DAYS, GRID_OFFSET, Spec
from risk.detectors.parts.grid import SHIFT
from tests.bench.duck.rows import NoSql, Rows
from tests.bench.duck.windows import level

LIMIT = 3.09
WEEK = f"r.day + (({GRID_OFFSET} - r.day) % {GRID_DAYS} + {GRID_DAYS}) % {GRID_DAYS}"
WORTH = 1e-12


def columns(rows: Rows, names: Sequence[str], letter: str) -> dict[str, str]:
    """Expressions of class columns under short names, without those that the rule's own scope makes equal."""
    found = {}
    for name in names:
        if name == SHIFT:
            hour = "extract(hour FROM r.accepted_at)"
            found[f"{letter}{len(found)}"] = f"CASE WHEN {hour} < 8 THEN 0 WHEN {hour} < 12 THEN 1 WHEN {hour} < 18 THEN 2 ELSE 3 END"
        elif not constant(rows.spec, name):
            found[f"{letter}{len(found)}"] = rows.ref(name)[0]
    return found


def constant(spec: Spec, name: str) -> bool:
    return (name == "line" and len(spec.lines) == 1) or len(spec.scope.get(name, ())) == 1


def listed(names: Sequence[str], *more: str) -> str:
    return ", ".join([*more, *names])


def windowed(spec: Spec, cells: str, keys: Sequence[str], sums: Sequence[str], *, last: str = "") -> str:
    """Cells of weeks put into every window that holds them: `on` is the Sunday. `last` names the days of a shorter window."""
    added = ", ".join(f"sum({name}) AS {name}" for name in sums)
    return f"""SELECT {listed(keys, '"on"')}, {added}, bool_or(week = "on") AS fresh
        FROM (SELECT *, unnest(range(week, week + {last or spec.window_days}, {GRID_DAYS})) AS "on" FROM {cells})
        WHERE "on" IN (SELECT week FROM {cells}) GROUP BY ALL"""


def angle(count: str, total: str = "total") -> str:
    return f"2 * asin(sqrt(({count} + 0.375) / ({total} + 0.75)))"


def logistic(sql: str) -> str:
    return f"1 / (1 + exp(-({sql})))"


def logit(sql: str) -> str:
    return f"ln(({sql}) / (1 - ({sql})))"


def compared(spec: Spec, own: str, group: Sequence[str], mix: Sequence[str], *, min_peers: int) -> list[str]:
    """CTEs from `own` ("on", subject, group, mix, n, o, fresh) to `judged`: every
      subject's rows, matched rows, expectation and distance `z`.

    As risk.detectors.parts.peers: what the others of the group did, class by class, each class drawn a little to the group's whole.
    """
    by_group, by_class, by_subject = (listed(names, '"on"') for names in (group, [*group, *mix], [*group, "subject"]))
    return [
        f"""cells AS (SELECT *, sum(n) OVER c - n AS others, sum(o) OVER c - o AS others_o, sum(n) OVER c AS all_n, sum(o) OVER c AS all_o,
              (sum(o) OVER g - sum(o) OVER s + 0.5) / (sum(n) OVER g - sum(n) OVER s + 1.0) AS base
            FROM {own} WINDOW c AS (PARTITION BY {by_class}), g AS (PARTITION BY {by_group}), s AS (PARTITION BY {by_subject}))""",
        "rated AS (SELECT *, (others_o + 5 * base) / (others + 5) AS rate FROM cells WHERE others >= 10)",
        f"""totals AS (SELECT {by_subject}, sum(n) AS total, sum(o) AS count, sum(n * rate) AS expected, sum(n * rate * (1 - rate)) AS info,
              sum(n * n * rate * (1 - rate) / others) AS borrowed, sum(n * all_o / all_n) AS usual, bool_or(fresh) AS fresh
            FROM rated GROUP BY ALL)""",
        f"""measured AS (SELECT *, info > 0 AND total >= {spec.min_n} AS qualified, expected / total AS share, 1 / info + borrowed / (info
          * info) AS sampling,
              ({angle("count")} - {angle("expected")}) / sqrt(greatest(expected / total * (1 - expected / total), {WORTH})) AS effect,
              sum(count) OVER g / sum(total) OVER g AS whole
            FROM totals WHERE info > 0 WINDOW g AS (PARTITION BY {by_group}))""",
        f"""spreads AS (SELECT "on", greatest(0, sum(excess) / nullif(sum(room), 0)) AS between FROM (
              SELECT {by_group}, sum(effect * effect / sampling) - sum(effect / sampling) ** 2 / sum(1 / sampling) - (count(*) - 1) AS
                excess,
                     sum(1 / sampling) - sum(1 / sampling ** 2) / sum(1 / sampling) AS room
              FROM measured WHERE qualified GROUP BY ALL) GROUP BY "on")""",
        f"""judged AS (SELECT *, effect / sqrt(sampling + between) AS z, count(*) OVER g - 1 AS peers,
              100 * least(1, greatest(0, CASE WHEN whole <= 0.5 THEN whole * count / usual ELSE 1 - (1 - whole) * (total - count) /
                nullif(total - usual, 0) END)) AS rate
            FROM measured JOIN spreads USING ("on") WHERE qualified WINDOW g AS (PARTITION BY {by_group}))""",
    ]


def home_of(keys: Sequence[str], group: Sequence[str], source: str, *, rows: str = "n") -> list[str]:
    """CTEs that keep of every subject the group in which it has most rows; nothing to do where there is one group."""
    if not group:
        return [f"own AS (SELECT * FROM {source})"]
    return [
        f"""homes AS (SELECT {listed(group, '"on"', "subject")} FROM {source} GROUP BY {listed(group, '"on"', "subject")}
            QUALIFY row_number() OVER (PARTITION BY "on", subject ORDER BY sum({rows}) DESC, {listed(group)}) = 1)""",
        f"own AS (SELECT * FROM {source} SEMI JOIN homes USING ({listed(group, chr(34) + 'on' + chr(34), 'subject')}))",
    ]


def told(spec: Spec, source: str, observed: str, where: Sequence[str], *, best: bool = False) -> str:
    """The final SELECT: one hit a subject and Sunday."""
    over = f'(SELECT subject, "on", max({observed}) AS observed FROM {source} WHERE {" AND ".join(where)} GROUP BY ALL)'
    if not best:
        over = f'(SELECT subject, "on", {observed} AS observed FROM {source} WHERE {" AND ".join(where)})'
    reached = min(spec.thresholds.values()) if spec.op == ">=" else max(spec.thresholds.values())
    return f'SELECT subject, "on" AS day, {level(spec)} FROM {over} WHERE observed {spec.op} {reached!r}'


__all__ = ["LIMIT", "WEEK", "NoSql", "angle", "columns", "compared", "home_of", "listed", "logistic", "logit", "told", "windowed"]
