"""The search of the ledger: what is found, by whom, through which index, and what is written down of it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.audit.models import AuditEntry
from ledger.columns.hashing import key64
from ledger.columns.services import rebuild
from ledger.journal.models import Transaction
from ledger.kit.days import today
from ledger.roster.models import Role, Unit
from oversight.business import presenting, searching
from oversight.business.addresses import key_text
from tests.builders import make_agency, make_alert, make_post, make_staff, make_transaction, make_unit, make_user
from tests.oversight.cast import Cast, logged_in

CITIZEN, PLATE, VIN = "430702198001010012", "湘JF0018", "LSVAU2180N2183294"
PURPOSE = {"purpose": "complaint", "note": "投诉 TS-2026-118"}
pytestmark = pytest.mark.django_db


def ask(client: Client, text: str = "", **given: str) -> Any:
    """Send the form and follow it to the list."""
    return client.post("/ledger/", {"q": text, **given}, follow=True)


def serials(page: Any) -> list[str]:
    return [row["serial"] for row in page.context["rows"]]


@pytest.fixture
def row(cast: Cast) -> Transaction:
    staff = make_staff(cast.first, staff_no="072618", name="梁某")
    agency = make_agency(cast.first, code="91430700MA4L1ABC2X", name="众诚代办点")
    make_transaction(cast.first, person_id_no="430702197001010034", plate_no="湘JX9999", vin="", handler_no="079999")
    return make_transaction(
        cast.first,
        serial_no="S-77",
        handler_no=staff.staff_no,
        agency_code=agency.code,
        agent_id_no="430702199001010018",
        terminal="10.43.7.21",
        vin=VIN,
    )


@pytest.mark.services
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("S-77", "serial"),
        ("manual:S-77", "serial"),
        ("072618", "staff"),
        ("梁某", "staff"),
        ("91430700MA4L1ABC2X", "agency"),
        ("众诚", "agency"),
        ("湘J·f0018", "plate"),
        ("10.43.7.21", "terminal"),
    ],
)
def test_one_field_finds_by_what_it_guesses(supervisor: Client, row: Transaction, text: str, kind: str):
    page = ask(supervisor, text)
    assert (serials(page), page.context["kind"], page.context["total"]) == (["S-77"], kind, "1")
    assert page.context["reading"]
    assert AuditEntry.objects.get(action="ledger.searched").target == kind


@pytest.mark.services
def test_a_vehicle_is_found_by_its_number_out_of_the_columnar_copy(supervisor: Client, row: Transaction):
    rebuild()
    page = ask(supervisor, VIN.lower())
    assert (serials(page), page.context["kind"]) == (["S-77"], "vin")


@pytest.mark.services
def test_who_approved_and_at_which_post_is_found_when_it_is_asked_for(cast: Cast, supervisor: Client, monkeypatch: pytest.MonkeyPatch):
    for place in (searching, presenting):
        monkeypatch.setattr(place, "MOST_COUNTED", 3)
    monkeypatch.setattr(searching, "PAGE", 2)
    chief, post = make_staff(cast.first, staff_no="072700", name="罗某"), make_post("DJ-01", name="登记审核岗")
    for number in range(7):
        unit = (cast.first, cast.second)[number % 2]
        fields = {"approver_no": chief.staff_no, "post_code": post.code, "serial_no": f"P-{number}"}
        make_transaction(unit, accepted_at=datetime.now(UTC) - timedelta(days=number), **fields)
    rebuild()
    assert ask(supervisor, "罗某").context["total"] == "0", "handled nothing"
    for kind, text in (("approver", "罗某"), ("approver", "072700"), ("post", "登记审核"), ("post", "DJ-01")):
        page, found = ask(supervisor, text, **{"as": kind}), []
        assert page.context["total"] == "3+"
        while page is not None:
            found += serials(page)
            page = supervisor.get(page.context["next_url"]) if page.context["next_url"] else None
        assert found == [f"P-{number}" for number in range(7)], kind
        near = logged_in(make_user(Role.SUPERVISOR, cast.second))
        assert ask(near, text, **{"as": kind}).context["total"] == "3"


@pytest.mark.services
def test_a_citizens_number_asks_for_a_purpose_once_and_stands_in_no_address_page_or_audit_entry(supervisor: Client, row: Transaction):
    asked = ask(supervisor, CITIZEN)
    assert asked.status_code == 200 and asked.context["ask"] and "rows" not in asked.context
    refused = ask(supervisor, CITIZEN, purpose="complaint", note="x")
    assert refused.status_code == 422 and refused.context["problem"]
    assert not AuditEntry.objects.filter(action="ledger.searched").exists()
    page = ask(supervisor, CITIZEN, **PURPOSE)
    assert serials(page) == ["S-77"]
    address = page.redirect_chain[-1][0]
    assert re.fullmatch(r"/ledger/\?s=[0-9a-f]{12}", address)
    assert CITIZEN not in page.content.decode() and "430702199001010018" not in page.content.decode()
    entry = AuditEntry.objects.get(action="ledger.searched")
    told = {"sought": "4307**12", "key": key_text(key64(CITIZEN)), "as": "person", "found": "1", **PURPOSE}
    assert (entry.target, entry.detail) == ("person", told)
    again = ask(supervisor, "43070219900101001X", **{"as": "agent"})
    assert again.context["empty"] and not again.context["ask"]
    assert AuditEntry.objects.filter(action="ledger.searched", detail__note=PURPOSE["note"]).count() == 2


def test_without_a_purpose_nothing_tells_whether_a_citizens_number_is_known(supervisor: Client, cast: Cast):
    make_transaction(cast.first, serial_no="OF-A-PASS", person_id_no="E12345678", agent_id_no="E12345678")
    known, unknown = ask(supervisor, "E12345678"), ask(supervisor, "E87654321")
    for page in (known, unknown):
        assert (page.context["kind"], page.context["total"], page.context["others"]) == ("serial", "0", [])
    assert ask(supervisor, "E12345678", **{"as": "person"}).context["ask"]
    assert serials(ask(supervisor, "E12345678", **{"as": "person"}, **PURPOSE)) == ["OF-A-PASS"]
    page = ask(supervisor, "E12345678")
    assert (page.context["kind"], [other["count"] for other in page.context["others"]]) == ("person", ["1"])


def test_an_address_with_a_citizens_number_typed_into_it_searches_nothing(supervisor: Client, row: Transaction):
    for address in (f"/ledger/?q={CITIZEN}", "/ledger/?q=x&as=person", "/ledger/?q=%E6%B9%98JF0018"):
        page = supervisor.get(address)
        assert "rows" not in page.context and CITIZEN not in page.content.decode().replace(address, "")
    ended = supervisor.get("/ledger/?s=0123456789ab")
    assert "rows" not in ended.context and len(list(ended.context["messages"])) == 1
    assert not AuditEntry.objects.filter(action="ledger.searched").exists()


def test_a_purpose_holds_for_one_hour(supervisor: Client, row: Transaction):
    ask(supervisor, CITIZEN, **PURPOSE)
    session = supervisor.session
    session["ledger_purpose"] |= {"until": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()}
    session.save()
    assert ask(supervisor, CITIZEN).context["ask"]


def test_what_else_a_text_is_known_as_is_offered_with_its_count(supervisor: Client, cast: Cast, row: Transaction):
    make_transaction(cast.first, serial_no="072618")
    page = ask(supervisor, "072618")
    assert page.context["kind"] == "staff"
    assert [(other["label"], other["count"]) for other in page.context["others"]] == [("流水号", "1")]
    assert serials(supervisor.get(page.context["others"][0]["url"])) == ["072618"]


@pytest.mark.services
def test_who_oversees_one_brigade_neither_finds_nor_counts_the_business_of_another(cast: Cast, row: Transaction):
    squad = make_unit("一中队", kind="squad", parent=cast.first)
    own = make_transaction(squad, serial_no="OWN", handler_no="072618", terminal="10.43.7.21")
    other = make_transaction(cast.second, serial_no="OTHER", handler_no="072618", terminal="10.43.7.21", related_serial="OWN")
    client = logged_in(make_user(Role.SUPERVISOR, cast.second))
    assert serials(ask(client, "072618")) == [other.serial_no]
    assert [ask(client, text).context["total"] for text in ("072618", "10.43.7.21", "S-77", "众诚")] == ["1", "1", "0", "0"]
    assert ask(client, period="365").context["total"] == "1"
    assert ask(client, unit=cast.first.code).context["total"] == "0"
    assert [code for code, _name in ask(client).context["units"]] == [cast.second.code]
    both = logged_in(make_user(Role.SUPERVISOR, cast.first))
    assert set(serials(ask(both, "072618"))) == {"OWN", "S-77"}
    page = both.get(f"/ledger/transactions/manual/{own.serial_no}/")
    assert page.context["related"] == {"parts": [], "missing": ""} and "OTHER" not in page.content.decode()


def test_an_unknown_number_and_a_hidden_one_are_answered_alike(cast: Cast, row: Transaction):
    client = logged_in(make_user(Role.SUPERVISOR, cast.second))
    texts = []
    for text in ("S-77", "S-78"):
        page = ask(client, text).content.decode()
        texts.append(re.sub(r'csrf\w*"[^>]*|X-CSRFToken[^}]*|data-position="[^"]*"', "", page).replace(text, ""))
    assert texts[0] == texts[1]


def test_filters_narrow_and_an_empty_list_says_why(supervisor: Client, cast: Cast, row: Transaction):
    old = make_transaction(cast.second, serial_no="OLD", line="exam", action="subject2", accepted_at=datetime.now(UTC) - timedelta(days=40))
    assert serials(ask(supervisor, line="exam")) == [old.serial_no]
    assert serials(ask(supervisor, unit=cast.second.code)) == [old.serial_no]
    assert serials(ask(supervisor, "S-77", period="7")) == ["S-77"]
    day = f"{today() - timedelta(days=40)}"
    assert serials(ask(supervisor, first=day, last=day, period="7")) == [old.serial_no]
    empty = ask(supervisor, "S-77", line="exam").context["empty"]
    assert serials(supervisor.get(empty["action_url"])) == ["S-77"]
    assert ask(supervisor, "S-99").context["empty"]["action_url"] == "/ledger/"
    assert supervisor.get("/ledger/?line=nowhere&first=x&period=9&as=what&after=a/b&unit=%00").status_code == 200


@pytest.mark.services
def test_pages_follow_each_other_by_key_without_repeating_or_skipping(supervisor: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searching, "PAGE", 4)
    now = datetime.now(UTC).replace(microsecond=0)
    for number in range(11):
        make_transaction(
            cast.first,
            serial_no=f"P/{number:02d}",
            line=("exam", "violation")[number % 2],
            accepted_at=now - timedelta(hours=7 * (number // 2)),
        )
    seen, url, pages = [], "/ledger/?period=30", 0
    while url:
        page = supervisor.get(url)
        seen, url, pages = seen + serials(page), page.context["next_url"], pages + 1
    newest = Transaction.objects.order_by("-accepted_at", "-id").values_list("serial_no", flat=True)
    assert (seen, pages) == (list(newest), 3)


def test_more_than_a_thousand_are_not_counted(supervisor: Client, cast: Cast, row: Transaction, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searching, "MOST_COUNTED", 1)
    monkeypatch.setattr(presenting, "MOST_COUNTED", 1)
    page = ask(supervisor, line="registration")
    assert (page.context["total"], page.context["too_many"], len(page.context["rows"])) == ("1+", True, 2)


def test_names_of_several_people_are_searched_together_and_each_has_a_page(supervisor: Client, cast: Cast):
    for number in ("070011", "070012"):
        make_transaction(cast.first, serial_no=number, handler_no=make_staff(cast.first, staff_no=number, name="欧阳某某").staff_no)
    page = ask(supervisor, "欧阳某某")
    assert set(serials(page)) == {"070011", "070012"}
    assert [subject["url"] for subject in page.context["subjects"]] == ["/ledger/subjects/staff/070011/", "/ledger/subjects/staff/070012/"]


INDEXES = {"identity": {"sqlite": "sqlite_autoindex_ledger_transaction_1", "postgresql": "transaction_identity"}}
SCANS = {"sqlite": re.compile(r"SCAN \S*ledger_transaction\b(?! USING)"), "postgresql": re.compile(r"Seq Scan on ledger_transaction\b")}


def plans(client: Client, text: str, **given: str) -> str:
    """How the database would carry out every query about transactions that the list makes."""
    address = client.post("/ledger/", {"q": text, **given})["Location"]
    with CaptureQueriesContext(connection) as made:
        assert client.get(address).status_code == 200
    selects = [one["sql"] for one in made if "ledger_transaction" in one["sql"] and one["sql"].startswith("SELECT")]
    assert selects
    told = []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in selects:
            cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}")
            told += [str(line) for line in cursor.fetchall()]
    return "\n".join(told)


SEARCHES: list[tuple[str, dict[str, str], str]] = [
    ("S-77", {}, "identity"),
    ("072618", {}, "handler"),
    ("072618", {"period": "30", "line": "registration"}, "handler"),
    ("众诚", {}, "transaction_agency"),
    (CITIZEN, PURPOSE, "transaction_person"),
    ("430702199001010018", {"as": "agent"}, "transaction_agent"),
    (PLATE, {}, "transaction_plate"),
    ("10.43.7.21", {}, "transaction_terminal"),
    ("", {"line": "registration"}, ""),
    ("", {"period": "7"}, ""),
    ("", {"unit": "here"}, "transaction_unit"),
]


@pytest.mark.services
@pytest.mark.parametrize("sight", ["everything", "a brigade", "one unit"])
def test_no_search_reads_the_whole_ledger_or_all_of_a_unit(supervisor: Client, cast: Cast, row: Transaction, sight: str):
    """On PostgreSQL the planner is forbidden to prefer a scan of a table of two rows; on SQLite there is no such choice to forbid."""
    for _number in range(3):
        make_unit(parent=Unit.objects.get(pk=cast.first.pk))
    over = cast.second if sight == "one unit" else cast.first
    client = supervisor if sight == "everything" else logged_in(make_user(Role.SUPERVISOR, over))
    for text, given, index in SEARCHES:
        told = plans(client, text, **given | ({"unit": over.code} if "unit" in given else {}))
        assert not SCANS[connection.vendor].search(told), (text, given, told)
        assert INDEXES.get(index, {}).get(connection.vendor, index) in told, (text, given, told)
        # Rows come in the order of days from the index; what is sorted is one day of them.
        assert "USE TEMP B-TREE FOR ORDER BY" not in told, (text, given, told)


def test_a_recused_person_learns_nothing_of_the_alert_from_the_ledger(cast: Cast, row: Transaction):
    recused = make_user(Role.SUPERVISOR, cast.detachment, name="蒋某")
    alert = make_alert(cast.first, subject_code=recused.staff_no, evidence=[row])
    client = logged_in(recused)
    pages = [ask(client, "S-77"), client.get("/ledger/transactions/manual/S-77/"), client.get("/ledger/subjects/staff/072618/")]
    assert serials(pages[0]) == ["S-77"] and pages[1].context["alerts"] == []
    assert all(alert.number not in page.content.decode() for page in pages)
    assert alert.number in logged_in(cast.supervisor).get("/ledger/transactions/manual/S-77/").content.decode()
