from collections.abc import Sequence

from risk.detectors.base import Spec
from risk.detectors.parts.treatment import LOG_UNIT
from tests.bench.duck.peers import LIMIT, WEEK, WORTH, angle, columns, listed, logistic, logit, told, windowed
from tests.bench.duck.rows import Rows
from tests.bench.duck.sequence import truth
from tests.bench.duck.store import Store

PRIOR = 4


def sql(spec: Spec, store: Store) -> str:
    rows, params = Rows(spec, store), spec.params
    facts, also = columns(rows, params.facts, "f"), columns(rows, params.also, "a")
    keys = ["subject", *facts, *also, "judged"]
    where = [rows.subject_known, *rows.holds(params.among)]
    values = {"subject": rows.subject, "week": WEEK, **facts, **also, "judged": truth(rows.holds(params.only))}
    if params.below:
        # The median of everything, not that of the window.
        amount, equal = rows.ref(params.value)[0], ", ".join(facts.values()) or "1"
        small = f"{amount} < {params.below!r} * median({amount}) OVER (PARTITION BY {equal})"
        listing = rows.select(values | {"matched": small}, [*where, f"{amount} > 0"])
        sums, names = "count(*) AS n, count(*) FILTER (matched) AS o", ["n", "o"]
    elif params.value:
        value = rows.ref(params.value)[0]
        values["value"] = f"round_even(ln({value}) * {LOG_UNIT}, 0)"
        listing = rows.select(values, [*where, f"{value} > 0"])
        sums, names = "count(*) AS n, sum(value) AS o, sum(value * value) AS square", ["n", "o", "square"]
    else:
        listing = rows.select(values | {"matched": truth(rows.holds(params.all))}, where)
        sums, names = "count(*) AS n, count(*) FILTER (matched) AS o", ["n", "o"]
    factors = [list(facts), *([one] for one in also), *([["subject"]] if params.only else [])]
    ctes = [
        f"weeks AS MATERIALIZED (SELECT {listed(keys, 'week')}, {sums} FROM ({listing}) GROUP BY ALL)",
        f"wide AS ({windowed(spec, 'weeks', keys, names)})",
        *(_values(factors) if params.of_amounts else _shares(factors)),
        f"""company AS (SELECT *, sum(n) OVER (PARTITION BY {listed(list(facts), '"on"')})
              - sum(n) OVER (PARTITION BY {listed(list(facts), '"on"', "subject")}) AS others FROM rated)""",
        f"""totals AS (SELECT "on", subject, sum(n) AS total, sum(o) AS count, sum(n * rate) AS expected, sum(n * rate * (1 - rate)) AS
          info,
              any_value(noise) AS noise, bool_or(fresh) AS fresh FROM company WHERE judged AND others >= 10 GROUP BY ALL HAVING total >=
                {spec.min_n})""",
        f"measured AS (SELECT *, {_effect(params.of_amounts)} FROM totals {'' if params.of_amounts else 'WHERE info > 0'})",
        """spreads AS (SELECT "on", sum(effect / sampling) / sum(1 / sampling) AS mean, count(*) - 1 AS peers,
              greatest(0, (sum(effect * effect / sampling) - sum(effect / sampling) ** 2 / sum(1 / sampling) - (count(*) - 1))
                / nullif(sum(1 / sampling) - sum(1 / sampling ** 2) / sum(1 / sampling), 0)) AS between FROM measured GROUP BY "on")""",
        'judged AS (SELECT *, effect / sqrt(sampling + between) AS z FROM measured JOIN spreads USING ("on"))',
    ]
    far = {"high": f"z > {LIMIT}", "low": f"z < -{LIMIT}", "both": f"abs(z) > {LIMIT}"}[params.side]
    ratio = f"exp((count - expected) / total / {LOG_UNIT})" if params.of_amounts else "(count / expected)"
    factor = f"greatest({ratio}, 1 / greatest({ratio}, 1e-9))"
    observed = factor if params.measure == "ratio" else "100 * abs(count - expected) / total"
    where = ["fresh", f"peers >= {params.min_peers}", far, f"{factor} >= {params.min_ratio!r}", '"on" < ' + str(store.today)]
    return f"WITH {', '.join(ctes)} {told(spec, 'judged', observed, where)}"


def _shares(factors: Sequence[Sequence[str]]) -> list[str]:
    """Every factor's effect on the log odds by itself, then together."""
    effects = []
    for number, names in enumerate(factors):
        window = f"(PARTITION BY {listed(names, chr(34) + 'on' + chr(34))})"
        effects.append(
            f"{logit(f'(sum(o) OVER {window} + {PRIOR} * base) / (sum(n) OVER {window} + {PRIOR})')} - {logit('base')} AS e{number}"
        )
    together = " + ".join([logit("base"), *(f"e{number}" for number in range(len(factors)))])
    return [
        'based AS (SELECT *, (sum(o) OVER d + 0.5) / (sum(n) OVER d + 1) AS base, 0.0 AS noise FROM wide WINDOW d AS (PARTITION BY "on"))',
        f"felt AS (SELECT *, {', '.join(effects)} FROM based)",
        f"rated AS (SELECT *, {logistic(together)} AS rate FROM felt)",
    ]


def _values(factors: Sequence[Sequence[str]]) -> list[str]:
    """The mean of everything, and what every factor adds to it, one after the other."""
    steps = ['felt0 AS (SELECT *, sum(o) OVER d / sum(n) OVER d AS rate0 FROM wide WINDOW d AS (PARTITION BY "on"))']
    for number, names in enumerate(factors):
        window = f"(PARTITION BY {listed(names, chr(34) + 'on' + chr(34))})"
        added = f"sum(o - n * rate{number}) OVER {window} / (sum(n) OVER {window} + {PRIOR})"
        steps.append(f"felt{number + 1} AS (SELECT *, rate{number} + {added} AS rate{number + 1} FROM felt{number})")
    last = f"rate{len(factors)}"
    noise = f"greatest({(0.01 * LOG_UNIT) ** 2}, sum(square - 2 * {last} * o + n * {last} * {last}) OVER d / (sum(n) OVER d - 1))"
    return [*steps, f'rated AS (SELECT *, {last} AS rate, {noise} AS noise FROM felt{len(factors)} WINDOW d AS (PARTITION BY "on"))']


def _effect(value: bool) -> str:
    if value:
        return "(count - expected) / total AS effect, noise / total AS sampling"
    share = "expected / total"
    return f"({angle('count')} - {angle('expected')}) / sqrt(greatest({share} * (1 - {share}), {WORTH})) AS effect, 1 / info AS sampling"
