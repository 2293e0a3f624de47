"""Manifests: what a source says it holds, kept like any other record."""

import json
from datetime import date
from pathlib import Path

import pytest

from ledger.intake.models import Quarantined
from ledger.intake.services import import_paths
from ledger.journal.queries import record_versions_of
from ledger.manifests.models import Manifest
from tests.ledger.filing import HEADER, csv_text, found_town, outcome, row, tell

pytestmark = [pytest.mark.django_db, pytest.mark.services]
MANIFEST = {"manifest_no": "Q1", "line": "violation", "first_day": "2026-03-02", "last_day": "2026-03-02", "expected": "2"}


@pytest.fixture(autouse=True)
def town(db: None) -> None:
    found_town()


def test_a_folder_takes_manifests_last_under_their_chinese_names(tmp_path: Path) -> None:
    head = "清单编号,数据种类,业务条线,起始日期,截止日期,应报数量\n"
    text = head + "Q1,transactions,violation,2026-03-02,2026/3/2,2\nQ2,,,2026-03-01,2026-03-31,0\n"
    (tmp_path / "manifests.csv").write_text(text, encoding="utf-8")
    (tmp_path / "transactions.csv").write_text(csv_text(HEADER, [row()]), encoding="utf-8")
    done = import_paths(paths=[tmp_path], source="six")
    assert [counts.kind for counts in done] == ["transactions", "manifests"]
    assert outcome(done[1]) == (2, 2, 0, 0, 0, 0)
    one, every = Manifest.objects.order_by("manifest_no")
    assert (one.source, one.of_kind, one.line, one.first_day, one.last_day, one.expected) == (
        "six",
        "transactions",
        "violation",
        date(2026, 3, 2),
        date(2026, 3, 2),
        2,
    )
    assert (every.of_kind, every.line, every.expected) == ("", "", 0)


def test_a_corrected_manifest_is_an_alteration_and_its_first_word_stays() -> None:
    assert outcome(tell(MANIFEST, MANIFEST | {"expected": "3"}, MANIFEST | {"expected": "3"}, kind="manifests")) == (3, 1, 1, 1, 0, 0)
    versions = list(record_versions_of(Manifest.objects.get()))
    assert [(one.number, one.change, json.loads(one.text)["content"]["expected"]) for one in versions] == [
        (1, "first", 2),
        (2, "alteration", 3),
    ]


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"expected": "-1"}, "expected", "bad_count"),
        ({"expected": "1.5"}, "expected", "bad_count"),
        ({"expected": "１２"}, "expected", "bad_count"),
        ({"expected": ""}, "expected", "missing_value"),
        ({"first_day": "2026-03-03"}, "last_day", "end_before_start"),
        ({"first_day": "2026-02-30"}, "first_day", "bad_date"),
        ({"of_kind": "steps"}, "of_kind", "not_in_list"),
        ({"of_kind": "complaints"}, "line", "line_of_no_transactions"),
        ({"line": "parking"}, "line", "not_in_list"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_rejected(change: dict[str, str], column: str, reason: str) -> None:
    assert outcome(tell(MANIFEST | change, kind="manifests")) == (1, 0, 0, 0, 1, 0)
    kept = Quarantined.objects.get()
    assert (kept.column, kept.reason) == (column, reason)
