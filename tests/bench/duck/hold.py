from risk.detectors.base import Spec
from tests.bench.duck.rows import NoSql, Rows, literal
from tests.bench.duck.store import Store
from tests.bench.duck.windows import counted


def sql(spec: Spec, store: Store) -> str:
    """Rows at whose moment a hold stands upon one of those named."""
    rows, params = Rows(spec, store), spec.params
    if params.metric != "count":
        raise NoSql("share of business under a hold")
    at = rows.moment(params.at)
    grace = f"INTERVAL {int(params.grace_hours * 3600)} SECOND"
    upon = " OR ".join(f"(h.subject_kind = {literal(kind)} AND h.subject_code = {rows.ref(name)[0]})" for kind, name in params.who)
    under = f'EXISTS (SELECT 1 FROM holds h WHERE ({upon}) AND {at} >= h.start + {grace} AND (h."end" IS NULL OR {at} < h."end"))'
    return counted(spec, rows.select({"subject": rows.subject, "day": "r.day"}, [rows.subject_known, under, *rows.holds(params.all)]))
