"""May they still do business? Asked by business systems, answered from the holds, in one look at them."""

from datetime import datetime, timedelta
from typing import Any

import jsonschema
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ledger.holds.models import Hold
from ledger.holds.services import place
from ledger.intake.models import ApiToken
from ledger.kit.days import SHANGHAI
from tests.oversight.calling import System, make_system

pytestmark = [pytest.mark.django_db, pytest.mark.services]
ADDRESS = "/api/v1/breakers/check"
START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def system() -> System:
    return System(make_system(scopes=("breakers:check",)).secret, ADDRESS)


def held(kind: str, code: str, effect: str, **more: Any) -> Hold:
    fields = {"cause": "breaker", "cause_number": "RD-260302-ABCDEF", "starts_at": START}
    return place(subject_kind=kind, subject_code=code, effect=effect, **fields | more)


def ask(system: System, *questions: dict[str, Any]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = system.told(list(questions))["results"]
    return results


def test_who_is_on_hold_is_told_what_stops_why_and_until_when_in_both_languages(system: System):
    until = START + timedelta(days=3000)
    hold = held("agency", "A1", "acceptance", ends_at=until)
    (result,) = ask(system, {"subject_kind": "agency", "subject_code": " Ａ1"})
    assert (result["allowed"], result["subject_code"], result["until"]) == (False, "A1", until.isoformat())
    assert result["holds"] == [
        {
            "number": hold.number,
            "effect": "acceptance",
            "cause": "breaker",
            "cause_number": "RD-260302-ABCDEF",
            "since": "2026-03-02T09:00:00+08:00",
            "until": until.isoformat(),
        }
    ]
    assert result["message"] == {
        "zh": f"已暂停业务受理，至{until:%Y-%m-%d %H:%M}（RD-260302-ABCDEF）。",
        "en": f"On hold until {until:%Y-%m-%d %H:%M}: acceptance of business (RD-260302-ABCDEF).",
    }


def test_a_list_is_answered_in_order_each_for_its_own_action_and_moment_and_people_are_covered(system: System):
    held("staff", "070123", "permissions")
    held("unit", "W1", "all", ends_at=START + timedelta(days=1))
    asked = [
        {"subject_kind": "staff", "subject_code": "070123"},
        {"subject_kind": "staff", "subject_code": "070123", "action": "allocation"},
        {"subject_kind": "unit", "subject_code": "W1", "at": "2026-03-02 12:00", "action": "exam_booking"},
        {"subject_kind": "unit", "subject_code": "W1", "at": None, "action": None},
        {"subject_kind": "post", "subject_code": "nobody"},
    ]
    results = ask(system, *asked)
    assert [one["allowed"] for one in results] == [False, True, False, True, True]
    assert results[0]["subject_code"] == "0701**" and "070123" not in str(results)
    assert results[0]["message"]["zh"] == "已暂停业务权限，解除前不得办理（RD-260302-ABCDEF）。"
    assert results[4]["message"] == {"zh": "无停权停办，可以办理。", "en": "No hold stands in the way."}


def test_an_answer_is_as_the_schema_says(system: System):
    held("agency", "A1", "data")
    told = Client().get("/api/schema/?format=json").json()["components"]["schemas"]
    answer = system.told({"subject_kind": "agency", "subject_code": "A1"})
    jsonschema.Draft202012Validator(told["check_answer"] | {"components": {"schemas": told}}).validate(answer)


@pytest.mark.parametrize(
    "question",
    [
        {},
        "A1",
        {"subject_kind": "agency"},
        {"subject_kind": "agency", "subject_code": " "},
        {"subject_kind": "person", "subject_code": "A1"},
        {"subject_kind": "agency", "subject_code": 17},
        {"subject_kind": "agency", "subject_code": "A\u0000"},
        {"subject_kind": "agency", "subject_code": "A" * 81},
        {"subject_kind": "agency", "subject_code": "A1", "at": "soon"},
        {"subject_kind": "agency", "subject_code": "A1", "action": "all"},
        {"subject_kind": "agency", "subject_code": "A1", "colour": "red"},
    ],
)
def test_a_question_that_cannot_be_understood_is_named_and_nothing_is_answered(system: System, question: Any):
    answer = system.send([{"subject_kind": "unit", "subject_code": "W1"}, question])
    assert answer.status_code == 400, answer.content
    assert (answer.json()["code"], "2" in answer.json()["message"]) == ("bad_input", True)


def test_more_than_a_hundred_questions_are_refused_and_a_hundred_are_not(system: System):
    question = {"subject_kind": "unit", "subject_code": "W1"}
    assert len(ask(system, *[question] * 100)) == 100
    assert system.send([question] * 101).status_code == 413
    assert system.send("").status_code == 400


def test_the_scope_is_needed_and_sending_does_not_include_asking():
    sender = System(make_system().secret, ADDRESS)
    assert sender.send({"subject_kind": "unit", "subject_code": "W1"}).status_code == 403
    assert System("nobody", ADDRESS).send({}).status_code == 401


def test_a_call_costs_the_token_and_one_look_at_the_holds_however_many_are_asked_about(system: System):
    """The first call of a minute notes the use of the token too."""
    for number in range(30):
        held("agency", f"A{number}", "acceptance")
    questions = [{"subject_kind": "agency", "subject_code": f"A{number}"} for number in range(60)]
    ask(system, *questions)
    assert ApiToken.objects.get().last_used_at is not None
    with CaptureQueriesContext(
        connection,
    ) as queries:
        ask(system, *questions)
    assert len(queries) == 2
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(hours=1))
    with CaptureQueriesContext(connection) as queries:
        ask(system, *questions)
    assert len(queries) == 3
