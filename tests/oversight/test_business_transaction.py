"""One transaction: posts of that day, what its versions changed, what belongs to it, and a value in clear for a purpose."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from ledger.audit.models import AuditEntry
from ledger.journal.models import Transaction, Version
from ledger.journal.trail import Difference, differences
from ledger.roster.models import Role
from oversight.business.revealing import SHOWN_SECONDS
from tests.builders import make_alert, make_post, make_posting, make_rule, make_staff, make_transaction, make_user
from tests.ledger.filing import found_town, make_clerk, row, step, tell
from tests.oversight.cast import Cast, logged_in
from tests.oversight.test_center_lists import rows_of

CITIZEN, PLATE, VIN, PHONE = "430702198001010012", "湘JF0018", "LSVAU2180N2183294", "13900001234"
URL, REVEAL = "/ledger/transactions/manual/S-1/", "/ledger/reveal/manual/S-1/"
PURPOSE = {"purpose": "case", "note": "案件 X1"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def transaction(cast: Cast) -> Transaction:
    return make_transaction(
        cast.first,
        serial_no="S-1",
        vin=VIN,
        agent_id_no="430702199001010018",
        handler_no="072618",
        post_code="REG-2",
        attrs={"phone": PHONE, "use": "A", "gps": f"交款人{CITIZEN}", "remark": f"电话{PHONE}"},
    )


def test_no_number_of_a_person_or_vehicle_stands_on_the_page(supervisor: Client, transaction: Transaction):
    text = supervisor.get(URL).content.decode()
    for secret in (CITIZEN, "430702199001010018", PLATE, VIN, PHONE):
        assert secret not in text
    for shown in ("4307**12", "湘J·F**18", "LSV**3294", "139**34", "电**", "交款人430702********0012"):
        assert shown in text, shown


@pytest.mark.services
def test_one_value_is_shown_in_clear_for_a_purpose_in_that_answer_alone(supervisor: Client, transaction: Transaction):
    answer = supervisor.post(REVEAL, {"field": "person_id_no", **PURPOSE})
    text = answer.content.decode()
    assert CITIZEN in text and VIN not in text and PLATE not in text and PHONE not in text
    assert "no-store" in answer["Cache-Control"]
    assert answer["Refresh"] == f"{SHOWN_SECONDS}; url={URL}"
    entry = AuditEntry.objects.get(action="transaction.revealed")
    assert (entry.actor, entry.target, entry.detail) == ("supervisor", "manual/S-1", {"field": "person_id_no", **PURPOSE})
    assert CITIZEN not in supervisor.get(URL).content.decode()
    assert supervisor.get(REVEAL).status_code == 405


@pytest.mark.parametrize("field", ["attrs.phone", "attrs.remark", "plate_no", "vin", "agent_id_no"])
def test_every_masked_value_can_be_shown(supervisor: Client, transaction: Transaction, field: str):
    value = transaction.attrs[field.removeprefix("attrs.")] if field.startswith("attrs.") else getattr(transaction, field)
    assert value in supervisor.post(REVEAL, {"field": field, **PURPOSE}).content.decode()


@pytest.mark.parametrize(
    "given",
    [
        {"field": "person_id_no", "purpose": "case", "note": " "},
        {"field": "person_id_no", "purpose": "curiosity", "note": "案件 X1"},
        {"field": "digest", **PURPOSE},
        {"field": "attrs.nothing", **PURPOSE},
        {"field": "", **PURPOSE},
    ],
)
def test_nothing_is_shown_without_a_purpose_or_of_other_columns_and_what_was_typed_stays(
    supervisor: Client, transaction: Transaction, given: dict[str, str]
):
    answer = supervisor.post(REVEAL, given)
    assert answer.status_code == 422
    assert CITIZEN not in answer.content.decode()
    assert answer.context["reveal"]["problem"] and answer.context["reveal"]["typed"] == given
    assert not AuditEntry.objects.filter(action="transaction.revealed").exists()


def test_nothing_is_shown_to_somebody_who_may_not_open_the_transaction(cast: Cast, transaction: Transaction):
    client = logged_in(make_user(Role.SUPERVISOR, cast.second))
    assert client.get(URL).status_code == client.post(REVEAL, {"field": "vin", **PURPOSE}).status_code == 404
    assert not AuditEntry.objects.filter(action="transaction.revealed").exists()


def test_its_unit_and_terminal_lead_to_the_alerts_about_them(supervisor: Client, cast: Cast, transaction: Transaction):
    assert supervisor.get(URL).context["about"] == []
    Transaction.objects.filter(pk=transaction.pk).update(terminal="10.43.7.21")
    for kind, code in (("unit", cast.first.code), ("terminal", "10.43.7.21")):
        version = make_rule(f"T-{kind}", subject_kind=kind)
        alert = make_alert(cast.first, version=version, subject_code=code, recused=["072777"])
        make_alert(cast.first, version=version, subject_code="elsewhere")
        assert rows_of(supervisor, supervisor.get(URL).context["about"][-1]["url"]) == [alert.number]
    recused = make_user(Role.SUPERVISOR, cast.detachment, staff=make_staff(cast.first, staff_no="072777"))
    assert logged_in(recused).get(URL).context["about"] == []


def test_the_posts_are_those_of_the_day_and_a_handler_who_did_not_hold_it_is_told(supervisor: Client, cast: Cast, transaction: Transaction):
    handler = make_staff(cast.first, staff_no="072618", name="梁某")
    review, archive = make_post("REG-2", name="登记审核岗"), make_post("REG-9", name="档案岗")
    day = transaction.event_day
    make_posting(handler, review, cast.first, start=day - timedelta(days=300), end=day - timedelta(days=1))
    make_posting(handler, archive, cast.first, start=day)
    make_posting(make_staff(cast.first, staff_no="072700", name="陈某"), review, cast.first, start=day - timedelta(days=9))
    make_posting(make_staff(cast.second, staff_no="072701", name="何某"), review, cast.second, start=day - timedelta(days=9))
    first, other = supervisor.get(URL).context["holders"]
    assert [posting["post"] for posting in first["posts"]] == ["档案岗"]
    assert "登记审核岗" in first["remark"]
    assert other["person"] == "陈某 0727**" and other["posts"][0]["post"] == "登记审核岗"


def test_related_transactions_are_told_both_ways(supervisor: Client, cast: Cast, transaction: Transaction):
    Transaction.objects.filter(pk=transaction.pk).update(related_serial="S-0")
    assert supervisor.get(URL).context["related"]["missing"] == "S-0"
    make_transaction(cast.first, serial_no="S-0")
    make_transaction(cast.first, serial_no="S-2", related_serial="S-1")
    make_transaction(cast.first, serial_no="S-3", related_serial="S-1", source="vms")
    parts = supervisor.get(URL).context["related"]["parts"]
    assert [[one["serial"] for one in part["rows"]] for part in parts] == [["S-0"], ["S-2"]]


@pytest.mark.services
def test_the_versions_tell_what_each_delivery_changed_masked():
    found_town()
    client = logged_in(make_clerk())
    tell(row(person_id_no=CITIZEN))
    tell(row(amount="300.00", points="", phone=PHONE, person_id_no="430702197001010034"))
    tell(step(), kind="steps")
    tell(step(result="approved"), kind="steps")
    page = client.get("/ledger/transactions/manual/T1/")
    assert CITIZEN not in page.content.decode() and PHONE not in page.content.decode()
    told = [[(one["before"], one["after"]) for one in version["differences"]] for version in page.context["versions"]]
    assert told[3] == []
    assert set(told[2]) == {("200.50", "300.00"), ("3", ""), ("4307**12", "4307**34"), ("139**00", "139**34")}
    assert told[1] == [("", "受理")]
    assert told[0] == [("", "已批准")]
    assert [version["altered"] for version in page.context["versions"]] == [False, False, True, False]


def test_what_changed_is_told_from_the_versions_alone():
    versions = [
        Version(number=1, part="record", text='{"content":{"line":"exam","points":3,"attrs":{"room":"1"}}}'),
        Version(number=2, part="record", text='{"content":{"line":"exam","attrs":{"room":"2"},"emptied":["points"]}}'),
        Version(number=3, part="steps", text='{"content":{"steps":[{"seq":1,"step":"accept","at":"2026-03-02T01:00:00Z"}]}}'),
        Version(number=4, part="steps", text='{"content":{"steps":[{"seq":1,"step":"accept","at":"2026-03-02T02:00:00Z"}]}}'),
    ]
    told = differences(versions)
    assert told[1] == []
    assert told[2] == [Difference("points", 3, None), Difference("attrs.room", "1", "2")]
    assert {one.column for one in told[3]} == {"steps.1.step", "steps.1.at"}
    assert told[4] == [Difference("steps.1.at", "2026-03-02T01:00:00Z", "2026-03-02T02:00:00Z")]


def test_the_address_of_the_page_names_a_column_never_a_value(supervisor: Client, transaction: Transaction):
    text = supervisor.get(URL).content.decode()
    links = re.findall(r'href="([^"]+)"', text.partition("<main")[2])
    assert any("field=person_id_no" in link for link in links)
    assert all(secret not in link for link in links for secret in (CITIZEN, PLATE, VIN))
    assert supervisor.get(f"{URL}?field=vin").context["reveal"]["typed"] == {"field": "vin"}
