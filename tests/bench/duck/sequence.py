from risk.detectors.base import Spec
from risk.detectors.parts.lags import SECONDS
from tests.bench.duck.rows import NoSql, Rows, known, literal
from tests.bench.duck.store import Store, kind_of
from tests.bench.duck.windows import counted, shares, ties


def sql(spec: Spec, store: Store) -> str:
    rows, params = Rows(spec, store), spec.params
    if params.steps:
        return _steps(spec, rows)
    if params.absent or params.metric == "share":
        raise NoSql("a succession that is missing")
    return succession(spec, rows, later=rows.holds(params.all), first=rows.holds(params.first))


def succession(spec: Spec, rows: Rows, *, later: list[str], first: list[str]) -> str:
    """Hits by the number of rows that are `later` and follow one that is `first` under the same key."""
    params = spec.params
    keys = [f"k{place}" for place in range(len(params.key))]
    values = dict(zip(keys, (rows.ref(name)[0] for name in params.key), strict=True))
    values |= follow_values(rows, params) | {
        "is_later": truth(later),
        "is_first": truth(first),
        "is_right": truth(rows.holds(params.unless)) if params.unless else "FALSE",
    }
    key = ", ".join(keys)
    return ties(
        spec,
        following(spec, key, order='"at", tie'),
        ctes=[
            f"every AS MATERIALIZED (SELECT * FROM ({rows.select(values, [rows.known(name) for name in params.key])})"
            " WHERE is_later OR is_first OR is_right)",
            f"shared AS (SELECT {key} FROM every GROUP BY ALL HAVING bool_or(is_later) AND bool_or(is_first))",
        ],
    )


def truth(conditions: list[str]) -> str:
    return f"coalesce({' AND '.join(conditions)}, FALSE)" if conditions else "TRUE"


def follow_values(rows: Rows, params: object) -> dict[str, str]:
    """What is asked of a row and of the one it follows."""
    values = {"subject": rows.subject, "day": "r.day", '"at"': "r.accepted_at", "tie": "r.tie"}
    values |= {"begins": rows.moment(params.start), "ends": rows.moment(params.end)}  # type: ignore[attr-defined]
    for place, name in enumerate(params.differs):  # type: ignore[attr-defined]
        sql, kind = rows.ref(name)
        values[f"d{place}"] = f"CASE WHEN {known(sql, kind)} THEN {sql} END"
    return values


def following(spec: Spec, key: str, *, order: str) -> str:
    """Subject, day and since of rows `is_later` with the last row `is_first` before them of the key, unless one `is_right` is between."""
    params = spec.params
    differ = [f"d{place}" for place in range(len(params.differs))]
    told = ", ".join(f"{name} := {name}" for name in ("day", "begins", *differ))
    before = f"(PARTITION BY {key} ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    right = "last_value(CASE WHEN is_right THEN n END IGNORE NULLS) OVER w AS righted," if params.unless else ""
    lag = f"round_even((epoch_us(ends) - epoch_us(earlier.begins)) / 1e6, 0) / {SECONDS[params.unit]}"
    limits = [f"{lag} IS NOT NULL"] if params.within is None and params.at_least is None else []
    limits += [f"{lag} <= {params.within!r}"] if params.within is not None else []
    limits += [f"{lag} >= {params.at_least!r}"] if params.at_least is not None else []
    limits += [f"earlier.{name} <> {name}" for name in differ]
    limits += ["(righted IS NULL OR righted <= place)"] if params.unless else []
    numbered = f"SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY {order}) AS n FROM every SEMI JOIN shared USING ({key})"
    return f"""SELECT subject, day, least(day, earlier.day) AS since FROM (
          SELECT subject, day, ends, is_later{"".join(f", {name}" for name in differ)}, {right}
                 last_value(CASE WHEN is_first THEN struct_pack({told}) END IGNORE NULLS) OVER w AS earlier,
                 last_value(CASE WHEN is_first THEN n END IGNORE NULLS) OVER w AS place
          FROM ({numbered}) WINDOW w AS {before})
        WHERE is_later AND earlier IS NOT NULL AND {known("subject", kind_of(spec.subject_column))} AND {" AND ".join(limits)}"""


def _steps(spec: Spec, rows: Rows) -> str:
    """The steps of one business against their order: a later one earlier than an earlier one, or there without it."""
    params, at = spec.params, [f"t{place}" for place in range(len(spec.params.steps))]
    if "repeated" in params.faults:
        raise NoSql("repeated steps")
    wrong = []
    for place in range(1, len(at)):
        before = at[:place]
        latest = f"greatest({', '.join(before)})" if place > 1 else before[0]
        if "reversed" in params.faults:
            wrong.append(f"{at[place]} + INTERVAL {round(params.tolerance * 60)} SECOND < {latest}")
        if "missing" in params.faults:
            wrong.append(f"({at[place]} IS NOT NULL AND ({' OR '.join(f'{one} IS NULL' for one in before)}))")
    picked = ", ".join(f'arg_min("at", seq) FILTER (step = {literal(name)}) AS t{place}' for place, name in enumerate(params.steps))
    inside = rows.select({"id": "r.id"})
    steps = rows.store.steps(spec.lines)
    trail = f"trail AS (SELECT id FROM (SELECT id, {picked} FROM {steps} WHERE id IN ({inside}) GROUP BY id) WHERE {' OR '.join(wrong)})"
    values = {"subject": rows.subject, "day": "r.day"}
    judged = [rows.subject_known, *rows.holds(params.all)]
    if params.metric == "share":
        return shares(spec, rows.select(values | {"matched": "r.id IN (SELECT id FROM trail)"}, judged), ctes=[trail])
    return counted(spec, rows.select(values, [*judged, "r.id IN (SELECT id FROM trail)"]), ctes=[trail])
