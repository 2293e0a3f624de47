"""The OpenAPI schema says exactly what the API answers: calls made from it, good and bad, meet no fault and nothing undocumented."""

import json

import pytest
import schemathesis
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ledger.intake.tokens import add_token
from oversight.wsgi import application
from tests.ledger.filing import found_town

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_calls_made_from_the_schema_meet_no_fault_and_no_undocumented_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oversight.doorbell.publish", lambda: None)
    found_town()
    cache.clear()
    _token, secret = add_token(name="schema", source="schema", scopes=["transactions:write"])
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)
    operation = schema["/api/v1/transactions/"]["POST"]
    answered: set[int] = set()

    @settings(max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def call(case: schemathesis.Case) -> None:
        cache.clear()
        answer = case.call(headers={"Authorization": f"Token {secret}"})
        answered.add(answer.status_code)
        case.validate_response(answer, checks=list(CHECKS))

    for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
        given(case=operation.as_strategy(generation_mode=mode))(call)()
    assert {200, 400} <= answered


@pytest.mark.django_db
def test_the_schema_is_there_without_a_login_and_declares_every_answer() -> None:
    schema = json.loads(Client().get("/api/schema/?format=json").content)
    assert list(schema["paths"]) == ["/api/v1/transactions/"]
    assert set(schema["paths"]["/api/v1/transactions/"]["post"]["responses"]) == {"200", "400", "401", "403", "409", "413", "415", "429"}
