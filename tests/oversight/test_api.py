"""Transactions through the API: every answer, the same call again, tokens, rates, and personal data that stays covered."""

import json
from threading import Barrier, Thread
from time import sleep
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks

from ledger.audit.models import AuditEntry
from ledger.intake.models import ApiToken, IdempotencyKey, Quarantined
from ledger.intake.services import take_each
from ledger.intake.tokens import add_token, revoke_token
from ledger.journal.models import Delivery, Transaction, Version
from tests.ledger.filing import found_town, row
from tests.oversight.calling import ADDRESS, ID_NUMBER, System, make_system, states


@pytest.fixture
def system(db: None) -> System:
    return make_system()


@pytest.mark.services
def test_every_record_is_answered_in_its_order_and_the_counts_of_the_delivery_add_up(system: System) -> None:
    system.told([row(serial_no="A"), row(serial_no="B")])
    bad = row(serial_no="D", unit_code="nowhere")
    answer = system.told([row(serial_no="C"), bad, row(serial_no="A"), row(serial_no="B", points="6"), row(serial_no="C")])
    assert states(answer) == ["created", "rejected", "duplicate", "revised", "duplicate"]
    assert [result["serial_no"] for result in answer["results"]] == ["C", "D", "A", "B", "C"]
    reason = answer["results"][1]["reasons"][0]
    assert (reason["column"], reason["reason"], reason["value"]) == ("unit_code", "unknown_unit", "nowhere")
    delivery = Delivery.objects.get(pk=answer["delivery_id"])
    assert delivery.received == delivery.accepted + delivery.revised + delivery.duplicate + delivery.rejected == 5
    assert [answer[name] for name in ("received", "created", "revised", "duplicate", "rejected")] == [5, 1, 1, 2, 1]
    assert (delivery.source, delivery.actor, delivery.status) == ("vms", "登记系统", "done")
    assert Quarantined.objects.get(delivery=delivery).row == 2
    entry = AuditEntry.objects.filter(action="api.transactions").latest("id")
    assert (entry.detail["source"], entry.detail["received"], entry.detail["rejected"]) == ("vms", 5, 1)


@pytest.mark.services
def test_a_single_record_may_have_chinese_names_numbers_where_numbers_belong_and_nested_attributes(system: System) -> None:
    record = {
        "流水号": "N1",
        "业务条线": "exam",
        "业务类型": "subject1",
        "办理单位": "D1",
        "经办人": "070001",
        "受理时间": "2026-03-02 09:00",
    }
    answer = system.told(json.dumps(record | {"金额": 0.5, "记分": 3, "attrs": {"成绩": 90.50, "room": "7"}}).encode())
    assert states(answer) == ["created"]
    taken = Transaction.objects.get(source="vms", serial_no="N1")
    assert (taken.amount, taken.points, taken.attrs) == (50, 3, {"score": "90.5", "room": "7"})


@pytest.mark.services
@pytest.mark.parametrize(
    ("record", "column", "reason"),
    [
        (row(serial_no=70001), "serial_no", "not_text"),
        (row(unit_code=1.5), "unit_code", "not_text"),
        (row(vehicle=7), "vehicle", "not_text"),
        (row(points=True), "points", "not_text"),
        (row(steps=[{"seq": 1}]), "steps", "not_text"),
        (row(amount="1,000"), "amount", "bad_amount"),
        (row(amount=1e300), "amount", "bad_amount"),
        ({"serial_no": "X"}, "line", "missing_column"),
        (row(流水号="T2"), "serial_no", "repeated_column"),
        (row(attrs={"phone": "1", "x": "2"}), "attrs.phone", "repeated_column"),
        (row(**{"a\x00b": "1"}), "a␀b", "control_character"),
        (row(**{"a\ud800b": "1"}), "a\ufffdb", "control_character"),
        (row(serial_no="a\x00b"), "serial_no", "control_character"),
        (row(result="\udfff"), "result", "control_character"),
        (row(**{"n" * 61: "1"}), "n" * 60, "too_long"),
        (row(**{f"c{n}": "1" for n in range(200)}), "", "too_many_columns"),
        ("only text", "", "not_a_record"),
        (None, "", "not_a_record"),
        ([["nested"]], "", "not_a_record"),
    ],
)
def test_a_record_that_cannot_be_taken_is_rejected_with_column_and_reason_and_stops_no_other(
    system: System, record: Any, column: str, reason: str
) -> None:
    answer = system.told(json.dumps([record, row(serial_no="good")]))
    assert states(answer) == ["rejected", "created"]
    told = answer["results"][0]["reasons"][0]
    assert told["message"]
    if reason == "repeated_column":
        assert told["reason"] == reason
    else:
        assert (told["column"], told["reason"]) == (column, reason)


def test_a_name_that_stands_twice_in_an_object_rejects_it(system: System) -> None:
    answer = system.told('[{"serial_no": "A", "serial_no": "B"}, {"attrs": {"x": "1", "x": "2"}, "serial_no": "C"}]')
    assert [(r["status"], r["reasons"][0]["reason"], r["reasons"][0]["column"]) for r in answer["results"]] == [
        ("rejected", "repeated_column", "serial_no"),
        ("rejected", "repeated_column", "x"),
    ]


def test_an_identity_number_is_never_echoed_in_clear(system: System) -> None:
    long = ID_NUMBER * 3
    records = [
        row(serial_no="1", person_id_no=long),
        row(serial_no="2", 代理人证件号=long),
        row(serial_no="3", action=f"某业务{ID_NUMBER}"),
        row(serial_no="4", plate_no="湘JF0018" * 3),
        row(serial_no="5", phone="13912345678\x00"),
        row(serial_no="6", person={"id": ID_NUMBER}),
        row(serial_no="7", **{ID_NUMBER: ["x"]}),
    ]
    answer = system.send(records)
    assert states(answer.json()) == ["rejected"] * 7
    text = answer.content.decode()
    assert not any(secret in text for secret in (ID_NUMBER, "19900101", "湘JF0018", "13912345678"))


@pytest.mark.parametrize(
    "body", [b"", b"{", b'"text"', b"7", b"null", b"[]", b"\xff\xfe", b"[NaN]", b"[" * 100_000, b'{"points": ' + b"9" * 5000 + b"}"]
)
def test_a_body_without_records_is_refused_and_nothing_is_kept(system: System, body: bytes) -> None:
    answer = system.send(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_input"), answer.content
    assert answer.json()["message"]
    assert not Delivery.objects.exists()
    assert AuditEntry.objects.get(action="api.refused").detail["reason"] == "bad_input"


def test_5000_records_are_taken_and_5001_are_not(system: System) -> None:
    records = [{"serial_no": str(n)} for n in range(5001)]
    answer = system.send(records)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert not Delivery.objects.exists()
    assert system.told(records[:5000])["rejected"] == 5000


def test_a_body_of_too_many_bytes_is_refused(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oversight.api.parsing.MOST_BYTES", 100)
    assert system.send([row()]).status_code == 413


def test_a_body_that_is_not_json_by_its_type_is_refused(system: System) -> None:
    headers = {"Authorization": f"Token {system.secret}"}
    answer = system.client.post(ADDRESS, data="a=1", content_type="application/x-www-form-urlencoded", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_another_method_is_refused_and_html_is_never_answered(system: System) -> None:
    headers = {"Authorization": f"Token {system.secret}", "Accept": "text/html"}
    assert system.client.get(ADDRESS, headers=headers).status_code == 405
    assert system.send([row()], Accept="text/html")["Content-Type"] == "application/json"


@pytest.mark.services
def test_the_same_key_with_the_same_body_brings_the_same_answer_and_writes_nothing(system: System) -> None:
    body = [row(serial_no="A"), row(serial_no="B", unit_code="nowhere\x00\ud800")]
    first = system.send(json.dumps(body), "k-1")
    again = system.send(json.dumps(body), "k-1")
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert (Delivery.objects.count(), Version.objects.count(), Quarantined.objects.count()) == (1, 1, 1)
    assert AuditEntry.objects.filter(action="api.transactions_again").count() == 1


@pytest.mark.services
def test_the_same_key_with_another_body_is_refused_but_is_free_for_another_source(system: System) -> None:
    system.told([row(serial_no="A")], "k-1")
    answer = system.send([row(serial_no="B")], "k-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert Transaction.objects.count() == 1
    other = System(add_token(name="other", source="other", scopes=["transactions:write"])[1])
    assert states(other.told([row(serial_no="B")], "k-1")) == ["created"]


@pytest.mark.parametrize("key", ["", "k" * 201, "two words"])
def test_a_key_that_cannot_be_kept_is_refused(system: System, key: str) -> None:
    assert system.send([row()], key).status_code == 400
    assert not Delivery.objects.exists()


def test_a_refused_call_leaves_its_key_free(system: System) -> None:
    assert system.send(b"{", "k-1").status_code == 400
    assert states(system.told([row()], "k-1")) == ["created"]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_equal_calls_at_the_same_moment_are_written_once_and_answered_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    system = make_system()
    system.told([row(serial_no="earlier")])

    def slowly(**call: Any) -> Any:
        sleep(0.3)  # the one has seen that the key is new, and the other arrives
        return take_each(**call)

    monkeypatch.setattr("ledger.intake.calls.take_each", slowly)
    start, answers = Barrier(2), []

    def call() -> None:
        try:
            caller = System(system.secret)
            start.wait(10)
            answers.append(caller.send([row(serial_no=str(n)) for n in range(200)], "k-1"))
        finally:
            connection.close()

    threads = [Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert (Delivery.objects.count(), Transaction.objects.count(), IdempotencyKey.objects.count()) == (2, 201, 1)


def test_without_a_token_or_with_a_wrong_or_revoked_one_nothing_opens(system: System) -> None:
    assert system.client.post(ADDRESS, data="{}", content_type="application/json")["WWW-Authenticate"] == "Token"
    for wrong in ("", "mj_wrong", f"{system.secret} more", "秘密"):
        assert System(wrong).send([row()]).status_code == 401, wrong
    assert ApiToken.objects.get().last_used_at is None
    system.told([row()])
    assert ApiToken.objects.get().last_used_at is not None
    revoke_token(name="登记系统")
    answer = system.send([row()])
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")


def test_a_token_without_the_scope_is_refused_by_name_and_the_refusal_is_written_down(system: System) -> None:
    ApiToken.objects.update(scopes=[])
    answer = system.send([row()])
    assert answer.status_code == 403
    assert "登记系统" in answer.json()["message"]
    assert "transactions:write" in answer.json()["message"]
    assert AuditEntry.objects.get(action="api.refused").detail["token"] == "登记系统"
    assert not Transaction.objects.exists()


def test_calls_beyond_the_rate_of_a_token_wait_and_do_not_fill_the_audit_trail(system: System, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 2
    codes = [system.send([row()]).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    refused = system.send([row()])
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused.json()["code"] == "throttled"
    assert not AuditEntry.objects.filter(action="api.refused").exists()
    other = System(add_token(name="other", source="vms", scopes=["transactions:write"])[1])
    assert other.send([row()]).status_code == 200


def test_the_doorbell_rings_for_what_is_new_and_for_nothing_else(
    system: System, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    rung = []
    monkeypatch.setattr("oversight.doorbell.publish", lambda: rung.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        system.told([row()], "k-1")
    assert rung == [1]
    with django_capture_on_commit_callbacks(execute=True):
        system.told([row()], "k-1")
        system.told([row()])
    assert rung == [1]


@pytest.mark.django_db
def test_a_secret_is_printed_once_and_kept_only_as_its_digest(capsys: pytest.CaptureFixture[str]) -> None:
    found_town()
    call_command("add_token", "vms-1", "--source", "vms", "--scope", "transactions:write", "--json")
    facts = json.loads(capsys.readouterr().out)
    kept = ApiToken.objects.values().get()
    assert facts["secret"] not in json.dumps(kept, default=str) + json.dumps(list(AuditEntry.objects.values()), default=str)
    assert states(System(facts["secret"]).told([row()])) == ["created"]
    call_command("revoke_token", "vms-1")
    assert System(facts["secret"]).send([row()]).status_code == 401
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"token.added", "token.revoked"}
