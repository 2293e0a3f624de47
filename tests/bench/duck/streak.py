from risk.detectors.base import Spec
from risk.detectors.streak import UNIT
from tests.bench.duck.rows import Rows, literal
from tests.bench.duck.sequence import truth
from tests.bench.duck.store import Store
from tests.bench.duck.windows import level, mildest, within


def sql(spec: Spec, store: Store) -> str:
    """Gaps and islands: a run begins after the last break, or W days back. Sums of logarithms only grow, so the greater start is the later.

    Only subjects that have as many rows as the mildest level asks for are looked at.
    """
    rows, params = Rows(spec, store), spec.params
    rate = f"{params.rate!r}"
    if params.rate_by:
        cases = " ".join(f"WHEN {literal(key)} THEN {value!r}" for key, value in params.rate_by.rates.items())
        rate = f"CASE {rows.ref(params.rate_by.column)[0]} {cases} ELSE {rate} END"
    values = {
        "subject": rows.subject,
        "day": "r.day",
        '"at"': "r.accepted_at",
        "tie": "r.tie",
        "goes_on": truth(rows.holds(params.all)),
        "log": f"round(-ln({rate}) / {UNIT!r})::BIGINT",
    }
    listed = rows.select(values, [rows.subject_known, *rows.holds(params.among)])
    whole = "AND length = total" if params.whole_window else ""
    return f"""WITH every AS MATERIALIZED ({listed}),
        large AS (SELECT subject FROM every GROUP BY subject HAVING count(*) >= {mildest(spec)}),
        numbered AS (
          SELECT *, row_number() OVER o AS n, sum(log) OVER o AS logs FROM every SEMI JOIN large USING (subject)
          WINDOW o AS (PARTITION BY subject ORDER BY "at", tie ROWS UNBOUNDED PRECEDING)),
        days AS (SELECT subject, day, max(n) AS last, count(*) AS rows, max(logs) AS logs, sum(log) AS of_day FROM numbered GROUP BY
          subject, day),
        wide AS (SELECT subject, day, last, logs, sum(rows) OVER w AS total, sum(of_day) OVER w AS of_total FROM days WINDOW w AS
          {within(spec)}),
        broken AS (
          SELECT subject, day, n, logs, goes_on,
                 coalesce(max(CASE WHEN NOT goes_on THEN n END) OVER o, 0) AS break_n,
                 coalesce(max(CASE WHEN NOT goes_on THEN logs END) OVER o, 0) AS break_logs
          FROM numbered WINDOW o AS (PARTITION BY subject ORDER BY n ROWS UNBOUNDED PRECEDING)),
        runs AS (
          SELECT subject, day, total, of_total, n - greatest(break_n, last - total) AS length,
                 b.logs - greatest(break_logs, wide.logs - of_total) AS of_run
          FROM broken b JOIN wide USING (subject, day) WHERE goes_on),
        long AS (
          SELECT subject, day, length FROM runs
          WHERE total >= {spec.min_n} AND length >= {mildest(spec)} {whole}
            AND -of_run * {UNIT!r} + ln(1 + (total - length) * (1 - exp(-of_total * {UNIT!r} / total))) <= ln({params.chance!r})),
        best AS (SELECT subject, day, max(length) AS observed FROM long GROUP BY subject, day)
        SELECT subject, day, {level(spec)} FROM best"""
