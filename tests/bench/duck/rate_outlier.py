from risk.detectors.base import Spec
from tests.bench.duck.peers import LIMIT, WEEK, columns, compared, home_of, listed, told, windowed
from tests.bench.duck.rows import Rows
from tests.bench.duck.sequence import truth
from tests.bench.duck.store import Store


def sql(spec: Spec, store: Store) -> str:
    """The last days of the window among peers. Those with too few peers are not held against their own past: that favours the SQL."""
    rows, params = Rows(spec, store), spec.params
    group, mix = columns(rows, params.peers, "g"), columns(rows, params.case_mix, "m")
    keys = ["subject", *group, *mix]
    values = {"subject": rows.subject, "week": WEEK, **group, **mix, "matched": truth(rows.holds(params.all, params.any))}
    listing = rows.select(values, [rows.subject_known, *rows.holds(params.among)])
    lately = str(params.recent_days or "")
    counts = "count(*) AS n, count(*) FILTER (matched) AS o"
    by_group = listed(list(group), '"on"')
    far = {"high": f"z > {LIMIT}", "low": f"z < -{LIMIT}", "both": f"abs(z) > {LIMIT}"}[params.side]
    ctes = [
        f"weeks AS MATERIALIZED (SELECT {listed(keys, 'week')}, {counts} FROM ({listing}) GROUP BY ALL)",
        f"wide AS ({windowed(spec, 'weeks', keys, ['n', 'o'], last=lately)})",
        *home_of(keys, list(group), "wide"),
        *compared(spec, "own", list(group), list(mix), min_peers=params.min_peers),
        f"usual AS (SELECT {by_group}, median(rate) AS median FROM judged GROUP BY ALL)",
        f"placed AS (SELECT *, CASE WHEN median > 0 THEN median ELSE 100 * share END AS centre FROM judged JOIN usual USING ({by_group}))",
    ]
    factor = f"CASE WHEN rate >= 100 * share THEN rate >= {params.min_ratio!r} * centre ELSE rate * {params.min_ratio!r} <= centre END"
    where = ["fresh", f"peers >= {params.min_peers}", far, f"median >= {params.min_median!r}", factor, '"on" < ' + str(store.today)]
    observed = {"rate": "rate", "ratio": "rate / centre", "difference": "abs(rate - centre)"}[params.measure]
    return f"WITH {', '.join(ctes)} {told(spec, 'placed', observed, where)}"
