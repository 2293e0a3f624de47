"""Every kind of record through the API: the same checks as files, an answer for each record, a scope of its own, people covered."""

import json
from typing import Any

import pytest
from django.urls import reverse

from ledger.audit.models import AuditEntry
from ledger.intake.models import Quarantined
from ledger.intake.reading.kinds import KINDS
from ledger.intake.tokens import SCOPES, WRITE_SCOPES, add_token
from ledger.journal.models import Delivery, Step
from ledger.roster.models import Staff, Unit
from tests.ledger.filing import row, step, tell
from tests.oversight.calling import ID_NUMBER, SAMPLES, System, make_system, states
from tests.servers import CHECKOUT

COUNTS = ("created", "revised", "duplicate", "rejected", "waiting")


@pytest.fixture
def system(db: None) -> System:
    return make_system(scopes=WRITE_SCOPES)


def test_every_kind_has_its_address_its_scope_and_its_sample_here() -> None:
    assert set(SAMPLES) == set(KINDS)
    reading = ("alerts:read", "rules:read", "checklist:read")
    assert {*(f"{kind}:write" for kind in KINDS), "breakers:check", *reading} == set(SCOPES)
    assert {reverse(f"api:{kind}") for kind in KINDS} == {f"/api/v1/{kind}/" for kind in KINDS}


@pytest.mark.services
@pytest.mark.parametrize("kind", SAMPLES)
def test_a_record_of_every_kind_is_taken_once_and_a_broken_one_beside_it_is_answered_in_its_place(system: System, kind: str) -> None:
    if kind == "steps":
        system.told(row(serial_no="T1"))
    good, missing = SAMPLES[kind], KINDS[kind].required[0]
    answer = system.at(kind).told([{**good, missing: ""}, good, good])
    assert states(answer) == ["rejected", "created", "duplicate"]
    assert (answer["results"][0]["reasons"][0]["column"], answer["results"][0]["reasons"][0]["reason"]) == (missing, "missing_value")
    assert answer["received"] == sum(answer[name] for name in COUNTS) == 3
    delivery = Delivery.objects.get(pk=answer["delivery_id"])
    assert (delivery.kind, delivery.source, delivery.received, delivery.rejected) == (kind, "vms", 3, 1)
    entry = AuditEntry.objects.filter(action=f"api.{kind}").latest("id")
    assert (entry.detail["kind"], entry.detail["received"], entry.detail["rejected"]) == (kind, 3, 1)


@pytest.mark.services
@pytest.mark.parametrize("kind", SAMPLES)
def test_the_api_takes_of_a_record_what_a_file_takes_of_a_row(system: System, kind: str) -> None:
    """The same record again by the path of files is a duplicate: both read it alike."""
    system.at("transactions").told(row(serial_no="T1"))
    system.at(kind).told(SAMPLES[kind])
    as_text = {name: "" if value is None else str(value) for name, value in SAMPLES[kind].items()}
    assert tell(as_text, kind=kind, source="vms").duplicate == 1


def test_results_name_their_record_by_the_columns_that_identify_it(system: System) -> None:
    system.at("transactions").told(row(serial_no="T1"))
    named = {kind: system.at(kind).told(sample)["results"][0] for kind, sample in SAMPLES.items()}
    assert {kind: tuple(result)[:-2] for kind, result in named.items()} == {kind: KINDS[kind].identity for kind in SAMPLES}
    assert named["units"]["code"] == "S2"
    assert (named["steps"]["serial_no"], named["steps"]["seq"]) == ("T1", "1")
    assert named["shifts"] | {"reasons": []} == {
        "unit_code": "W1",
        "date": "2026-03-07",
        "start": "09:00:00",
        "end": "12:00:00",
        "status": "created",
        "reasons": [],
    }


@pytest.mark.services
def test_units_of_one_list_may_stand_in_any_order_and_a_circle_is_refused_in_its_place(system: System) -> None:
    unit = {"kind": "squad", "name": "中队"}
    answer = system.at("units").told(
        [unit | {"code": "U3", "parent_code": "U2"}, unit | {"code": "U2", "parent_code": "D1"}, unit | {"code": "U4", "上级编码": "U4"}]
    )
    assert states(answer) == ["created", "created", "rejected"]
    assert answer["results"][2]["reasons"][0]["reason"] == "parent_cycle"
    assert answer["results"][2]["reasons"][0]["column"] == "上级编码"
    assert Unit.objects.get(code="U3").depth == Unit.objects.get(code="U2").depth + 1
    assert not Unit.objects.filter(code="U4").exists()


@pytest.mark.services
def test_steps_before_their_transaction_are_answered_waiting_and_taken_when_it_comes(system: System) -> None:
    answer = system.at("steps").told([step(serial_no="late"), step(serial_no="late", seq="x")])
    assert states(answer) == ["waiting", "rejected"]
    assert (answer["waiting"], answer["rejected"], answer["created"]) == (1, 1, 0)
    assert answer["results"][0]["reasons"][0]["reason"] == "waiting"
    assert Quarantined.objects.filter(state="waiting").count() == 1
    system.at("transactions").told(row(serial_no="late"))
    assert Step.objects.count() == 1
    assert states(system.at("steps").told([step(serial_no="late"), step(serial_no="late", result="ok")])) == ["duplicate", "revised"]


@pytest.mark.services
def test_a_service_that_refuses_a_record_is_answered_under_the_name_the_column_came_by(system: System) -> None:
    system.at("transactions").told(row(serial_no="T1"))
    answer = system.at("impounds").told([{"流水号": "T1"}, {"流水号": "T2"}])
    assert states(answer) == ["rejected", "created"]
    assert {name: answer["results"][0]["reasons"][0][name] for name in ("column", "reason", "value")} == {
        "column": "流水号",
        "reason": "no_impound",
        "value": "T1",
    }


@pytest.mark.parametrize("kind", [kind for kind in SAMPLES if not KINDS[kind].extra_columns])
def test_names_that_a_kind_does_not_know_are_told_and_nothing_is_kept_of_them(system: System, kind: str) -> None:
    system.at("transactions").told(row(serial_no="T1"))
    answer = system.at(kind).told(SAMPLES[kind] | {"shoe_size": "43", f"note {ID_NUMBER}": "x"})
    assert answer["ignored"] == ["note 430702********1234", "shoe_size"]
    assert states(answer) == ["created"]


def test_numbers_stand_only_where_a_column_counts(system: System) -> None:
    system.at("transactions").told(row(serial_no="T1"))
    steps = [step(seq=2), step(seq=3.5), step(seq=True), step(serial_no=1)]
    assert states(system.at("steps").told(steps)) == ["created", "rejected", "rejected", "rejected"]
    assert states(system.at("posts").told({"code": "P2", "name": "岗", "sensitive": 1})) == ["rejected"]
    assert states(system.at("staff").told(SAMPLES["staff"] | {"staff_no": 70009})) == ["rejected"]


@pytest.mark.services
@pytest.mark.parametrize("kind", SAMPLES)
def test_a_scope_opens_its_own_kind_and_no_other(db: None, kind: str) -> None:
    system = make_system(scopes=[f"{kind}:write"])
    codes = {other: system.at(other).send(SAMPLES[other]).status_code for other in SAMPLES}
    assert codes == {other: 200 if other == kind else 403 for other in SAMPLES}
    assert Staff.objects.filter(staff_no="070009").exists() == (kind == "staff")


@pytest.mark.services
def test_a_key_belongs_to_the_kind_it_was_first_used_for(system: System) -> None:
    body = json.dumps([{"serial_no": "T1", "seq": "1"}])
    assert system.at("steps").send(body, "k-1").status_code == 200
    answer = system.at("impounds").send(body, "k-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert system.at("steps").send(body, "k-1").status_code == 200
    assert list(AuditEntry.objects.filter(action__endswith="_again").values_list("action", flat=True)) == ["api.steps_again"]


LONG = "很长" * 2500
HIDDEN: list[tuple[str, dict[str, Any], str]] = [
    ("staff", {"name": "李明华" + LONG}, "明华"),
    ("staff", {"身份证号": ID_NUMBER * 3}, "19900101"),
    ("staff", {"phone": "13912345678\x00"}, "3912345"),
    ("staff", {"staff_no": "07000912345\x00"}, "12345"),
    ("staff", {"responsible_no": "0700091234.0"}, "1234"),
    ("staff", {"unit_code": f"王{ID_NUMBER}"}, "19900101"),
    ("units", {"leader_no": "0700091234.0"}, "1234"),
    ("complaints", {"content": "我叫李明华" + LONG}, "明华"),
    ("complaints", {"被投诉人": "0700091234.0"}, "1234"),
    ("complaints", {"channel": f"热线{ID_NUMBER}"}, "19900101"),
    ("violations_of_discipline", {"decision": "李明华" + LONG}, "明华"),
    ("violations_of_discipline", {"staff_no": "0700091234.0"}, "1234"),
    ("postings", {"staff_no": "0700091234.0"}, "1234"),
    ("transactions", {"approver_no": "0700091234.0"}, "1234"),
    ("transactions", {"vin": "LSVAA4187E2123456" * 3}, "A4187E2"),
    ("transactions", {"电话": "13912345678\x00"}, "3912345"),
]


@pytest.mark.parametrize(("kind", "bad", "secret"), HIDDEN)
def test_a_refusal_never_shows_a_person(system: System, kind: str, bad: dict[str, Any], secret: str) -> None:
    answer = system.at(kind).told(SAMPLES[kind] | bad)
    assert states(answer) == ["rejected"]
    assert secret not in json.dumps(answer, ensure_ascii=False)


def test_a_person_is_covered_where_the_number_identifies_the_record_and_a_serial_number_is_not(system: System) -> None:
    assert system.at("staff").told(SAMPLES["staff"])["results"][0]["staff_no"] == "0700**"
    assert system.at("transactions").told(row(serial_no=ID_NUMBER))["results"][0]["serial_no"] == ID_NUMBER


def test_a_list_of_one_kind_at_the_address_of_another_is_rejected_record_by_record(system: System) -> None:
    answer = system.at("staff").told([SAMPLES["units"], SAMPLES["staff"]])
    assert states(answer) == ["rejected", "created"]
    assert answer["results"][0]["reasons"][0]["reason"] == "missing_column"


def test_the_call_shown_in_the_data_format_is_taken(system: System) -> None:
    shown = (CHECKOUT / "docs" / "data-format.md").read_text(encoding="utf-8").partition("    curl ")[2]
    body = shown.partition("-d '")[2].partition("'")[0]
    assert shown.partition("https://")[2].split()[0].endswith(system.address)
    assert states(system.told(body)) == ["created"]


def test_a_scope_that_is_none_is_refused_with_those_there_are(db: None) -> None:
    from ledger.kit.errors import BadInput

    with pytest.raises(BadInput, match="staff:write"):
        add_token(name="x", source="x", scopes=["*"])
