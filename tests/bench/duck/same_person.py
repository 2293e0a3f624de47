from risk.detectors.base import Spec
from tests.bench.duck.rows import Rows, literal
from tests.bench.duck.store import Store
from tests.bench.duck.windows import counted, shares


def sql(spec: Spec, store: Store) -> str:
    rows, params = Rows(spec, store), spec.params
    kinds = ", ".join(map(literal, params.kind_of))
    broken = []
    for pair in params.pairs:
        first, second = (rows.ref(role)[0] for role in pair)
        broken.append(f"({first} = {second} AND {first} <> '')")
    for role in params.officer_only:
        broken.append(f"{rows.ref(role)[0]} IN (SELECT staff FROM staff WHERE kind IN ({kinds}))")
    wrong = [f"({' OR '.join(broken)})", *rows.holds(params.all)]
    if params.small_unit_below:
        wrong.append(f"r.unit NOT IN (SELECT unit FROM strength WHERE people < {params.small_unit_below})")
    values = {"subject": rows.subject, "day": "r.day"}
    if params.metric == "share":
        return shares(spec, rows.select(values | {"matched": " AND ".join(wrong)}, [rows.subject_known]))
    return counted(spec, rows.select(values, [rows.subject_known, *wrong]))
