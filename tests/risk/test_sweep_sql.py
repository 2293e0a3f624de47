"""The SQL that the sweep is measured against says what the rules say: hits that can be said exactly are the same to the last one."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from django.core.management import call_command
from django.db.models import Count
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.columns.services import rebuild
from ledger.holds.services import place
from ledger.journal.models import Transaction
from ledger.kit.days import day_start
from risk.backtest.running import evaluate_rule
from risk.detectors.base import Spec
from risk.frames import TRANSACTIONS, base
from risk.rules.queries import current_versions, spec_of
from risk.rules.services import load_catalogue
from tests.bench.duck import catalogue
from tests.bench.duck.rows import NoSql
from tests.bench.duck.store import Store
from tests.risk.detector_rows import find, postings
from tests.risk.test_detectors_locality import ROW, RULES, frames

# Which no shipped rule on transactions asks for: nobody wrote their SQL.
UNSAID = {
    "condition distinct",
    "condition low share",
    "condition value",
    "deadline",
    "deadline share",
    "deadline workdays",
    "distinct across",
    "frequency days",
    "frequency minutes",
    "frequency minutes within a day",
    "impossible overload",
    "linkage absent",
    "linkage after",
    "linkage same day",
    "linkage same day absent",
    "revision altered",
    "revision late",
    "sequence absent",
    "sequence share",
    "sequence steps",
}
Hits = set[tuple[str | int, int, str]]


def loosened(spec: Spec) -> Spec:
    """The rule with thresholds that honest rows reach too, so that there is something to compare."""
    steps = {"share": (1, 20, 60), "group": (2, 3, 4)}.get(getattr(spec.params, "metric", ""), (1, 3, 8))
    own = {field.name for field in fields(spec.params)}
    params = replace(spec.params, **({"chance": 1.0} if "chance" in own else {}), **({"batch_rows": 5} if "batch_rows" in own else {}))
    return replace(spec, params=params, min_n=1, thresholds=dict(zip(("blue", "orange", "red"), map(float, steps), strict=True)))


def specs() -> list[Spec]:
    return [spec for spec in map(spec_of, current_versions()) if spec.frame == TRANSACTIONS]


def stop_the_busiest(last_day: date) -> None:
    """Holds over the second last month upon whom most business names, so that there is business under them."""
    since, until = day_start(last_day - timedelta(days=60)), day_start(last_day - timedelta(days=30))
    fields = {"agency": "agency_code", "staff": "handler_no", "post": "post_code", "unit": "unit_code"}
    for kind, field in fields.items():
        counted = Transaction.objects.exclude(**{field: ""}).values_list(field).annotate(n=Count("id")).order_by("-n", field)
        effect = "permissions" if kind == "staff" else "acceptance"
        place(
            subject_kind=kind, subject_code=counted[0][0], effect=effect, cause="breaker", cause_number="T", starts_at=since, ends_at=until
        )


def differing(store: Store, spec: Spec, span: tuple[date, date], as_of: datetime) -> tuple[int, int]:
    """(hits, hits that are not the same)"""
    hits = evaluate_rule(spec, *span, as_of=as_of)[1]
    ours: Hits = set(zip(hits["subject"], hits["day"].astype(int), hits["level"], strict=True))
    found = [(subject, int(day), level) for subject, day, level in store.connection.execute(catalogue.sql(spec, store)).fetchall()]
    return len(ours), len(ours ^ set(found)) + len(found) - len(set(found))


@pytest.mark.django_db
def test_hits_that_sql_can_say_exactly_are_the_same_and_every_rule_on_transactions_has_its_statement(tmp_path) -> None:
    load_catalogue()
    call_command("simulate", "-o", str(tmp_path), "--transactions", "2500", "--days", "90", "--seed", "3", stdout=StringIO())
    call_command("import_ledger", str(tmp_path), "--no-score", stdout=StringIO())
    rebuild()
    as_of, span = datetime.now(UTC), base(TRANSACTIONS).span()
    assert span is not None
    stop_the_busiest(span[1])
    store = Store(first_day=span[0], last_day=span[1], as_of=as_of, threads=2, memory="1GB")
    hits, wrong = 0, []
    for spec in specs():
        if spec.detector in catalogue.NEAR:
            store.connection.execute(catalogue.sql(spec, store)).fetchall()
            continue
        for rule in (spec, loosened(spec)):
            found, unlike = differing(store, rule, span, as_of)
            hits += found
            wrong += [(spec.rule_code, rule is spec, found, unlike)] if unlike else []
    assert wrong == []
    assert hits > 1000


class Given(Store):
    """The frames of a detector test as tables."""

    def __init__(self, frames: dict[str, pd.DataFrame]) -> None:
        self.connection = CONNECTION
        self._columns = {}
        self.as_of(frames["now"]["at"].iloc[0].to_pydatetime())
        for name, renamed in TABLES.items():
            frame = frames[name].rename(columns=renamed)
            text = {column: "str" for column in frame.columns if isinstance(frame[column].dtype, pd.CategoricalDtype)}
            self.fill(name, pa.Table.from_pandas(frame.astype(text)))
        days = frames["holds"]
        self.fill("holds", pa.Table.from_pandas(days.assign(start=moments(days["start"]), end=moments(days["end"] + 1))))
        self.derive()

    def _source(self, frame: str, lines: Sequence[str]) -> str:
        self._columns[frame] = {row[0] for row in self.connection.execute(f"DESCRIBE {frame}").fetchall()}
        return frame


def moments(numbers: pd.Series) -> pd.Series:
    """The first moments of days."""
    return pd.to_datetime(numbers, unit="D").astype("datetime64[us]")


CONNECTION = duckdb.connect(config={"threads": 1})
TABLES: dict[str, dict[str, str]] = {
    "transactions": {},
    "steps": {},
    "staff": {},
    "postings": {"start": "start_day", "end": "end_day"},
    "openings": {"start": "opens", "end": "closes"},
}
NOBODY = {
    "postings": postings(),
    "agencies": pd.DataFrame({"agency": [], "kind": [], "unit": []}),
    "units": pd.DataFrame({"unit": [], "kind": []}),
}


@pytest.mark.parametrize("name", [name for name in RULES if name not in UNSAID])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.lists(ROW, min_size=1, max_size=60))
def test_the_statement_of_a_rule_finds_what_its_detector_finds(name: str, drawn: list[dict]) -> None:
    rule, ids = RULES[name], list(range(1, len(drawn) + 1))
    rows = frames(drawn, ids)
    found = find(rule, **rows)
    store = Given(rows | NOBODY)
    told = store.connection.execute(catalogue.sql(rule, store)).fetchall()
    assert sorted((subject, int(day), level) for subject, day, level in told) == sorted(
        zip(found["subject"], found["day"].astype(int), found["level"], strict=True)
    )


def test_what_has_no_statement_is_what_no_shipped_rule_asks_for() -> None:
    rows = frames([], [])
    unsaid = set()
    for name, rule in RULES.items():
        try:
            catalogue.sql(rule, Given(rows | NOBODY))
        except (NoSql, ModuleNotFoundError):
            unsaid.add(name)
    assert unsaid == UNSAID
