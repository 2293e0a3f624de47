"""The OpenAPI schema says exactly what the API answers: calls made from it, good and bad, meet no fault and nothing undocumented."""

import json
from typing import Any

import jsonschema
import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ledger.intake.reading.kinds import KINDS
from ledger.intake.reading.values import Code, OneOf, Text
from ledger.intake.tokens import SCOPES, WRITE_SCOPES, add_token
from oversight.api.schema import FORMS
from oversight.wsgi import application
from risk.checklist.services import load_checklist
from tests.builders import make_alert
from tests.ledger.filing import found_town, row
from tests.oversight.calling import SAMPLES, make_system, states
from tests.oversight.cast import make_cast

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance)
ANSWERS = {"200", "400", "401", "403", "409", "413", "415", "429", "503"}
READ = {"200", "400", "401", "403", "429", "503"}
READINGS = {"/api/v1/alerts/": READ, "/api/v1/alerts/{number}/": READ | {"404"}}
READINGS |= {"/api/v1/rules/": READ, "/api/v1/checklist/": READ | {"404"}}
EXAMPLES = 12
CHECK = "/api/v1/breakers/check"


def schema() -> dict[str, Any]:
    return json.loads(Client().get("/api/schema/?format=json").content)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_calls_made_from_the_schema_meet_no_fault_and_no_undocumented_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oversight.doorbell.publish", lambda: None)
    monkeypatch.setattr("oversight.api.rates.meter.add", lambda name, amount, minute: 0)
    found_town()
    cast = make_cast()
    make_alert(cast.first)
    load_checklist()
    _token, secret = add_token(name="schema", source="schema", scopes=SCOPES, reader=cast.supervisor.username)
    loaded = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)
    answered: set[tuple[str, int]] = set()

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def call(case: schemathesis.Case) -> None:
        answer = case.call(headers={"Authorization": f"Token {secret}"})
        answered.add((case.path, answer.status_code))
        case.validate_response(answer, checks=list(CHECKS))

    for operation in loaded.get_all_operations():
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            given(case=operation.ok().as_strategy(generation_mode=mode))(call)()
    assert {(f"/api/v1/{kind}/", code) for kind in KINDS for code in (200, 400)} <= answered
    assert {(CHECK, 200), (CHECK, 400)} <= answered
    assert {(address, 200) for address in READINGS if "{" not in address} <= answered
    assert {(address, 404 if "{" in address else 400) for address in READINGS} <= answered


@pytest.mark.django_db
def test_the_schema_is_there_without_a_login_and_declares_every_answer_of_every_kind() -> None:
    paths = schema()["paths"]
    assert set(paths) == {*(f"/api/v1/{kind}/" for kind in KINDS), CHECK, *READINGS}
    for address, expected in READINGS.items():
        assert set(paths[address]) == {"get"} and set(paths[address]["get"]["responses"]) == expected
    for address in set(paths) - set(READINGS):
        path = paths[address]
        assert set(path["post"]["responses"]) == (ANSWERS - {"409"} if address == CHECK else ANSWERS)
        assert {code for code, answer in path["post"]["responses"].items() if "headers" in answer} == {"429", "503"}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", SAMPLES)
def test_what_the_schema_says_of_a_record_is_what_the_intake_checks(kind: str) -> None:
    """A good record is valid under it and taken; with a column missing, too long or out of its list it is neither."""
    told = schema()["components"]["schemas"]
    record, sample = told[f"{kind}_record"], SAMPLES[kind]
    assert list(record["properties"])[-1] == "attrs" or not KINDS[kind].extra_columns
    assert record["required"] == list(KINDS[kind].required)
    assert (record["additionalProperties"] is False) == (not KINDS[kind].extra_columns)
    for column in KINDS[kind].columns:
        said, read = record["properties"][column.name], column.read
        assert isinstance(read, Code | Text | OneOf) or read in FORMS, (
            f"{column.name}: oversight/api/schema.py lacks the form of its reader"
        )
        assert said.get("maxLength") == getattr(read, "limit", said.get("maxLength"))
        assert not isinstance(read, OneOf) or [value for value in said["enum"] if value is not None] == list(read.allowed())
    spoiled = [{name: value for name, value in sample.items() if name != missing} for missing in KINDS[kind].required]
    for name, said in record["properties"].items():
        if "maxLength" in said:
            spoiled.append(sample | {name: "1" * (said["maxLength"] + 1)})
        if "enum" in said or "pattern" in said or "anyOf" in said:
            spoiled.append(sample | {name: "no such value"})
        if "string" in said["type"] and not {"number", "integer"} & set(said["type"]):
            spoiled.append(sample | {name: 17})
        if name in KINDS[kind].required:
            spoiled.append(sample | {name: None})
    system = make_system(scopes=WRITE_SCOPES)
    if kind == "steps":
        system.told(row(serial_no="T1"))
    accepts = jsonschema.Draft202012Validator(record).is_valid
    assert accepts(sample) and not any(accepts(one) for one in spoiled)
    assert set(states(system.at(kind).told(spoiled))) == {"rejected"}
    answer = system.at(kind).told([sample])
    assert states(answer) == ["created"]
    jsonschema.Draft202012Validator(told[f"{kind}_answer"] | {"components": {"schemas": told}}).validate(answer)
