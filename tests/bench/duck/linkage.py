from risk.detectors.base import Spec
from risk.detectors.linkage import BEFORE, SAME_DAY
from tests.bench.duck.rows import NoSql, Rows
from tests.bench.duck.sequence import succession
from tests.bench.duck.store import Store
from tests.bench.duck.windows import ties


def sql(spec: Spec, store: Store) -> str:
    """The scope narrows this side only; the other side are all rows of the lines."""
    params = spec.params
    if params.relation == SAME_DAY:
        return _alone(spec, store)
    if params.relation != BEFORE or params.absent or params.other_keys or params.metric == "share":
        raise NoSql(f"a linkage {params.relation}")
    rows = Rows(spec, store, scoped=False)
    scope = Rows(spec, store).scope
    return succession(spec, rows, later=[*scope, *rows.holds(params.all)], first=rows.holds(params.other))


def _alone(spec: Spec, store: Store) -> str:
    """Rows to which no other row of the same day and key belongs, among all that are judged."""
    params = spec.params
    if not params.absent or params.metric != "share" or len(params.key) > 1:
        raise NoSql("rows of the same day that are there")
    these, others = Rows(spec, store), Rows(spec, store, scoped=False)
    judged = [these.subject_known, *these.holds(params.all), these.known(params.key[0])]
    listed = these.select({"subject": these.subject, "day": "r.day", "k": these.ref(params.key[0])[0]}, judged)
    there = " UNION ".join(
        others.select({"k": others.ref(name)[0], "day": "r.day"}, [*others.holds(params.other), others.known(name)])
        for (name,) in params.other_keys or (params.key,)
    )
    ctes = [f"judged AS MATERIALIZED ({listed})", f"there AS ({there})"]
    return ties(spec, "SELECT subject, day, day AS since FROM judged ANTI JOIN there USING (k, day)", ctes=ctes, among="FROM judged")
