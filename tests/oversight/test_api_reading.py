"""Alerts, rules and the checklist by the API: seen as one person sees them, recused as they are, covered, by pages, and written down."""

from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ledger.audit.models import AuditEntry
from ledger.intake.models import ApiToken
from ledger.intake.tokens import READ_SCOPES, add_token
from ledger.kit.errors import BadInput
from ledger.roster.models import Role, User
from oversight.api.rates import Meter
from risk.alerts.models import Alert
from risk.checklist.models import ChecklistVersion
from risk.checklist.services import load_checklist
from tests.builders import make_alert, make_rule, make_staff, make_transaction, make_user
from tests.oversight.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.services]


class Reader:
    """A system that reads as somebody."""

    def __init__(self, user: User, scopes: tuple[str, ...] = READ_SCOPES, name: str = "reader") -> None:
        self.secret = add_token(name=name, source="vms", scopes=scopes, reader=user.username)[1]

    def ask(self, address: str, **query: Any) -> Any:
        return Client().get(f"/api/v1/{address}", query, headers={"Authorization": f"Token {self.secret}"})

    def told(self, address: str, **query: Any) -> dict[str, Any]:
        answer = self.ask(address, **query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def numbers(self, **query: Any) -> list[str]:
        return [one["number"] for one in self.told("alerts/", **query)["alerts"]]


@pytest.fixture
def reader(cast: Cast) -> Reader:
    return Reader(cast.supervisor)


def schema_of(name: str) -> Any:
    told = Client().get("/api/schema/?format=json").json()["components"]["schemas"]
    return jsonschema.Draft202012Validator(told[name] | {"components": {"schemas": told}})


def test_a_token_sees_what_its_person_sees_and_nothing_they_are_recused_from(cast: Cast):
    officer = make_user(Role.DISCIPLINE, cast.first)
    seen = make_alert(cast.first)
    elsewhere, hidden = make_alert(cast.second), make_alert(cast.first, recused=[officer.staff_no])
    reader = Reader(officer)
    assert reader.numbers() == [seen.number]
    assert reader.ask(f"alerts/{seen.number}/").status_code == 200
    refused = [reader.ask(f"alerts/{number}/") for number in (elsewhere.number, hidden.number, "YD-000000-NOBODY")]
    assert [answer.status_code for answer in refused] == [404, 404, 404]
    messages = {
        answer.json()["message"].replace(number, "")
        for answer, number in zip(refused, (elsewhere.number, hidden.number, "YD-000000-NOBODY"), strict=True)
    }
    assert len(messages) == 1
    assert reader.numbers(subject_kind="staff", subject_code=hidden.subject_code) == []


def test_a_person_who_left_or_lost_the_role_takes_the_sight_of_the_token_along(cast: Cast):
    person = make_user(Role.SUPERVISOR, cast.detachment)
    reader = Reader(person)
    assert reader.ask("alerts/").status_code == 200
    person.grants.all().delete()
    assert reader.ask("alerts/").status_code == 403
    User.objects.filter(pk=cast.supervisor.pk).update(is_active=False)
    with pytest.raises(BadInput):
        Reader(cast.supervisor, name="late")


def test_a_role_that_opens_no_alerts_in_the_console_opens_none_here_but_may_read_rules(cast: Cast):
    reader = Reader(cast.of[Role.CHECKLIST_ADMIN])
    assert reader.ask("alerts/").status_code == 403
    assert reader.ask("rules/").status_code == 200


def test_each_scope_opens_its_own_and_no_token_reads_as_nobody(cast: Cast):
    reader = Reader(cast.supervisor, ("rules:read",))
    assert [reader.ask(address).status_code for address in ("alerts/", "rules/", "checklist/")] == [403, 200, 403]
    with pytest.raises(BadInput):
        add_token(name="x", source="vms", scopes=["alerts:read"])
    with pytest.raises(BadInput):
        add_token(name="x", source="vms", scopes=["transactions:write"], reader=cast.supervisor.username)
    with pytest.raises(BadInput):  # nobody on the roster: could not be recused
        add_token(name="x", source="vms", scopes=["alerts:read"], reader=User.objects.create(username="ghost").username)
    ApiToken.objects.update(reader=None)
    assert reader.ask("rules/").status_code == 403


def test_a_list_is_told_by_pages_newest_first_to_its_end_whatever_arrives_meanwhile(cast: Cast, reader: Reader):
    now = timezone.now()
    version = make_rule()
    made = [make_alert(cast.first, version=version, raised_at=now - timedelta(minutes=number // 2)) for number in range(7)]
    found, cursor = [], None
    for _page in range(4):
        told = reader.told("alerts/", limit=2, **({"cursor": cursor} if cursor else {}))
        found += [one["number"] for one in told["alerts"]]
        cursor = told["next"]
        make_alert(cast.first, version=version, raised_at=now + timedelta(minutes=1))
    assert cursor is None
    assert found == [alert.number for alert in sorted(made, key=lambda one: (one.raised_at, one.pk), reverse=True)]


def test_a_cursor_is_of_the_token_it_was_given_to_and_outlives_what_it_points_at(cast: Cast, reader: Reader):
    first, last = (make_alert(cast.first, raised_at=timezone.now() - timedelta(hours=hours)) for hours in (1, 2))
    cursor = reader.told("alerts/", limit=1)["next"]
    other = Reader(cast.of[Role.LEADER], name="other")
    assert [other.ask("alerts/", cursor=given).status_code for given in (cursor, first.number)] == [400, 400]
    Alert.objects.filter(pk=first.pk).update(unit=None)
    assert reader.numbers(cursor=cursor) == [last.number]


def test_filters_narrow_the_list_and_a_misspelt_one_is_refused(cast: Cast, reader: Reader):
    one = make_alert(cast.first, version=make_rule("FI-01"), level="red")
    other = make_alert(
        cast.second,
        version=make_rule("FI-02", line="exam"),
        status="dismissed",
        raised_at=timezone.now() - timedelta(days=40),
        backdated=True,
    )
    day = (timezone.now() - timedelta(days=20)).date().isoformat()
    for query in (
        {"level": "red"},
        {"status": "new"},
        {"line": "registration"},
        {"unit": cast.first.code},
        {"rule": "FI-01"},
        {"from": day},
        {"backdated": "0"},
    ):
        assert reader.numbers(**query) == [one.number], query
    assert reader.numbers(to=day) == [other.number]
    assert reader.numbers(subject_kind="staff", subject_code=other.subject_code) == [other.number]
    wrong = (
        {"levle": "red"},
        {"level": "purple"},
        {"from": "soon"},
        {"limit": "0"},
        {"limit": "201"},
        {"subject_code": "070001"},
        {"level": ["red", "blue"]},
    )
    for query in (*wrong, {"subject_kind": "person", "subject_code": "430700199001011234"}, {"unit": ""}, {"cursor": "x"}):
        assert reader.ask("alerts/", **query).status_code == 400, query


def test_nobody_is_shown_by_name_or_number(cast: Cast, reader: Reader):
    person = make_staff(cast.first, name="欧阳明", staff_no="070321")
    row = make_transaction(cast.first, handler_no=person.staff_no)
    alert = make_alert(cast.first, subject_code=person.staff_no, evidence=[row])
    citizen = make_alert(cast.first, version=make_rule(subject_kind="person"), subject_code="430700199001011234")
    for answer in (reader.ask("alerts/"), reader.ask(f"alerts/{alert.number}/"), reader.ask(f"alerts/{citizen.number}/")):
        text = answer.content.decode()
        assert answer["Cache-Control"] == "no-store"
        assert not any(clear in text for clear in ("欧阳明", "070321", "430700199001011234"))
    told = reader.told(f"alerts/{alert.number}/")
    assert (told["subject_code"], told["subject_name"][0], told["evidence"]) == ("0703**", "欧", [row.serial_no])
    assert told["sentence"]["zh"].startswith("民警欧") and "returned 6 transactions" in told["sentence"]["en"]
    assert [event["kind"] for event in told["events"]] == ["raised"]


def test_answers_are_as_the_schema_says(cast: Cast, reader: Reader):
    load_checklist()
    alert = make_alert(cast.first, evidence=[make_transaction(cast.first)])
    schema_of("alert_list").validate(reader.told("alerts/"))
    schema_of("alert_detail").validate(reader.told(f"alerts/{alert.number}/"))
    schema_of("rule_list").validate(reader.told("rules/"))
    schema_of("checklist").validate(reader.told("checklist/"))


def test_rules_are_those_of_today_and_the_checklist_the_one_in_force_or_the_version_asked_for(cast: Cast, reader: Reader):
    assert reader.ask("checklist/").status_code == 404
    load_checklist()
    version = ChecklistVersion.objects.get()
    make_rule("RU-01", line="exam"), make_rule("RU-02", mode="shadow")
    assert [one["code"] for one in reader.told("rules/", line="exam")["rules"]] == ["RU-01"]
    assert [one["code"] for one in reader.told("rules/", mode="shadow")["rules"]] == ["RU-02"]
    told = reader.told("checklist/")
    assert (told["version"], told["digest"], len(told["items"])) == (version.number, version.digest, version.items.count())
    assert told == reader.told("checklist/", version=version.number)
    high = reader.told("checklist/", level="high")["items"]
    assert 0 < len(high) < len(told["items"]) and {item["level"] for item in high} == {"high"}
    assert reader.ask("checklist/", version=version.number + 1).status_code == 404


def test_every_reading_is_written_down_with_token_and_person(cast: Cast, reader: Reader):
    alert = make_alert(cast.first)
    reader.told("alerts/", level="orange")
    reader.told(f"alerts/{alert.number}/")
    reader.ask("alerts/YD-000000-NOBODY/")
    listed, read, refused = AuditEntry.objects.filter(action__startswith="api.").order_by("id")
    assert (listed.action, listed.detail["found"], listed.detail["filters"]) == ("api.alerts_listed", 1, {"level": "orange"})
    assert (read.action, read.target) == ("api.alert_read", alert.number)
    assert {(entry.detail["token"], entry.detail["reader"]) for entry in (listed, read)} == {("reader", cast.supervisor.username)}
    assert (refused.action, refused.detail["reason"]) == ("api.refused", "not_found")
    assert ApiToken.objects.get().last_used_at is not None


def test_an_alert_counts_as_a_record_of_the_rate(cast: Cast, reader: Reader, settings: Any, monkeypatch: pytest.MonkeyPatch):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "reading"}}
    settings.API_RECORDS_PER_MINUTE = 3
    monkeypatch.setattr("oversight.api.rates.meter", Meter())
    monkeypatch.setattr("oversight.api.rates.time.time", lambda: 1_800_000_000.0)
    for _alert in range(2):
        make_alert(cast.first)
    answers = [reader.ask("alerts/") for _time in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"] == "60" and reader.ask("rules/").status_code == 200


def test_a_page_costs_the_same_questions_however_many_alerts_it_holds(cast: Cast, reader: Reader):
    counted = []
    for _round in range(2):
        for _alert in range(3):
            make_alert(cast.first, evidence=[make_transaction(cast.first)])
        reader.told("alerts/")
        with CaptureQueriesContext(connection) as queries:
            reader.told("alerts/")
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 10, counted
