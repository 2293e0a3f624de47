"""The quarantine's pages: figures that equal their lists, masks, who sees and does what, and what a sheet carries."""

import csv
import io
from datetime import timedelta

import pytest
import python_calamine
from django.test import Client
from django.utils import timezone

from ledger.audit.models import AuditEntry
from ledger.intake.models import Discard, Quarantined
from ledger.intake.reading.kinds import KINDS
from ledger.intake.reading.masks import covered
from ledger.journal.models import Delivery
from ledger.roster.models import Role, User
from tests.builders import make_refused, make_user
from tests.oversight.cast import Cast, logged_in

pytestmark = pytest.mark.django_db
PAGE = "/intake/quarantine/"
REASON = "来源系统测试数据，非真实业务"
LOOKING = (Role.SYSTEM_ADMIN, Role.SUPERVISOR, Role.DISCIPLINE)


@pytest.fixture
def admin(cast: Cast) -> Client:
    return logged_in(cast.of[Role.SYSTEM_ADMIN])


def delivery_with(**counts: int) -> Delivery:
    return Delivery.objects.create(source="manual", kind="transactions", name="三月.csv", status="done", **counts)


def in_every_part(cast: Cast) -> None:
    """Rows of several causes, sources, kinds and ages in every part."""
    one = delivery_with(rejected=4)
    for days in (0, 2, 9, 40):
        make_refused(delivery=one, days=days)
    make_refused(source="vms", reason="bad_time", column="accepted_at", value="昨天", days=5)
    make_refused(kind="complaints", reason="missing_value", column="content", value="", days=12)
    make_refused(kind="steps", state="waiting", serial_no="T9", reason="waiting", column="serial_no", value="T9")
    for state in ("corrected", "repeated", "taken"):
        make_refused(state=state, settled_at=timezone.now(), settled_by=one)
    asked = Discard.objects.create(reason=REASON, rows_count=2, asked_by=cast.supervisor, asked_at=timezone.now())
    make_refused(discard=asked)
    make_refused(discard=asked, state="corrected", settled_at=timezone.now(), settled_by=one)


@pytest.mark.services
def test_every_figure_equals_the_list_it_opens(admin: Client, cast: Cast) -> None:
    in_every_part(cast)
    page = admin.get(PAGE)
    assert [tab["count"] for tab in page.context["parts"]] == [6, 1, 1, 4]
    opened = 0
    for tab in page.context["parts"]:
        view = admin.get(tab["url"])
        assert len(view.context["rows"]) == view.context["total"] == tab["count"]
        for cause in view.context["causes"]:
            assert len(admin.get(cause["url"]).context["rows"]) == cause["count"], cause
        assert sum(cause["count"] for cause in view.context["causes"]) == tab["count"]
        for option in [option for one in view.context["filters"] for option in one["options"]]:
            found = admin.get(option["url"])
            assert found.status_code == 200
            assert option["count"] in (None, len(found.context["rows"]), found.context["total"]), option
            opened += 1
        for sheet in view.context["sheets"]:
            assert len(rows_of(admin.get(sheet["csv"]).getvalue())) == sheet["count"]
    assert opened > 20


def test_the_biggest_cause_comes_first_with_the_age_of_its_oldest(admin: Client, cast: Cast) -> None:
    in_every_part(cast)
    causes = admin.get(PAGE).context["causes"]
    assert (causes[0]["column"], causes[0]["count"], causes[0]["age"]) == ("points", 4, "40天")
    assert [cause["count"] for cause in causes] == sorted((cause["count"] for cause in causes), reverse=True)


@pytest.mark.parametrize(("days", "left"), [("1", 5), ("3", 4), ("7", 3), ("30", 1), ("x", 6)])
def test_rows_are_filtered_by_age(admin: Client, cast: Cast, days: str, left: int) -> None:
    in_every_part(cast)
    assert len(admin.get(f"{PAGE}?age={days}").context["rows"]) == left


@pytest.mark.services
def test_pages_by_key_show_every_row_once_in_the_order_of_work(admin: Client) -> None:
    one = delivery_with(rejected=120)
    for number in range(120):
        make_refused(delivery=one, days=number % 7)
    for tab in ("open", "all"):
        seen, url = [], f"{PAGE}?tab={tab}"
        while url:
            page = admin.get(url)
            seen += [row["number"] for row in page.context["rows"]]
            url = page.context["next_url"]
        assert sorted(seen) == sorted(Quarantined.objects.values_list("pk", flat=True)) and len(set(seen)) == 120
    order = list(Quarantined.objects.order_by("first_seen_at", "id").values_list("pk", flat=True))
    assert [row["number"] for row in admin.get(PAGE).context["rows"]] == order[:50]


@pytest.mark.parametrize(
    "query",
    [
        "tab=x",
        "age=-1",
        "delivery=x",
        "delivery=99999999999999999999",
        "after=z",
        "after=9999999999999999999",
        "discard=0",
        "state=open",
        "came=x",
        "row=1",
    ],
)
def test_an_address_that_makes_no_sense_still_opens_a_list(admin: Client, query: str) -> None:
    make_refused()
    assert admin.get(f"{PAGE}?{query}").status_code == 200


def test_the_numbers_of_a_delivery_open_exactly_its_rows_whatever_became_of_them(admin: Client) -> None:
    one = delivery_with(rejected=3, waiting=2)
    make_refused(delivery=one)
    make_refused(delivery=one, state="corrected", settled_at=timezone.now(), settled_by=one)
    make_refused(delivery=one, state="discarded", settled_at=timezone.now())
    make_refused(delivery=one, state="taken", serial_no="T1")
    make_refused(delivery=one, reason="waited_too_long", serial_no="T2", detail={"days": 30})
    make_refused()
    assert admin.get(f"{PAGE}?delivery={one.pk}").context["total"] == 5
    line = next(line for line in admin.get("/intake/").context["deliveries"] if line["number"] == one.pk)
    assert len(admin.get(line["rejected_url"]).context["rows"]) == line["rejected"] == 3
    assert len(admin.get(line["waiting_url"]).context["rows"]) == line["waiting"] == 2


def test_personal_data_are_masked_in_the_list_and_on_the_row_until_somebody_says_what_for(admin: Client, cast: Cast) -> None:
    secret = "430702198001010012"
    slipped = make_refused(
        column="points", value=secret, content={"points": secret, "phone": "13900001234", "plate_no": "湘JF0018", "当事人姓名": "欧阳某某"}
    )
    for address in (PAGE, f"{PAGE}{slipped.pk}/"):
        text = admin.get(address).content.decode()
        for hidden in (secret, "13900001234", "湘JF0018", "欧阳某某"):
            assert hidden not in text, (address, hidden)
    assert admin.post(f"{PAGE}{slipped.pk}/whole/", {"purpose": "curiosity"}).status_code == 400
    assert not AuditEntry.objects.filter(action="quarantine.revealed").exists()
    whole = admin.post(f"{PAGE}{slipped.pk}/whole/", {"purpose": "correct"}).content.decode()
    assert all(shown in whole for shown in (secret, "13900001234", "湘JF0018", "欧阳某某"))
    entry = AuditEntry.objects.get(action="quarantine.revealed")
    assert (entry.actor, entry.target, entry.detail["purpose"]) == (cast.of[Role.SYSTEM_ADMIN].username, str(slipped.pk), "correct")
    assert AuditEntry.objects.filter(action="quarantine.viewed", target=str(slipped.pk)).exists()


@pytest.mark.parametrize(
    ("kind", "column", "value", "shown"),
    [
        ("transactions", "当事人证件号", "430702198001010012", "4307**12"),
        ("transactions", "经办人", "070001", "0700**"),
        ("transactions", "流水号", "260302000000017", "260302000000017"),
        ("transactions", "金额", "13900001234", "139****34"),
        ("transactions", "联系电话", "13900001234", "139**34"),
        ("transactions", "天气", "晴朗", "晴**"),
        ("staff", "姓名", "欧阳某某", "欧**"),
        ("complaints", "内容", "举报欧阳某某", "举**"),
        ("complaints", "no such column", "430702198001010012", "4**"),
        ("transactions", "金额", "", ""),
        ("transactions", "quarantine_rest", "430702198001010012,欧阳某某", "4**"),
    ],
)
def test_a_cell_is_covered_by_what_its_column_holds(kind: str, column: str, value: str, shown: str) -> None:
    assert covered(KINDS[kind], column, value) == shown


def recused(cast: Cast) -> tuple[User, Quarantined, Quarantined]:
    """A supervisor, a row that names them as handler (in a request), and one that does not."""
    person = make_user(Role.SUPERVISOR, cast.detachment)
    asked = Discard.objects.create(reason=REASON, rows_count=1, asked_by=cast.supervisor, asked_at=timezone.now())
    return person, make_refused(staff_no=person.staff_no, discard=asked, days=3), make_refused()


@pytest.mark.services
def test_whom_a_row_names_as_handler_finds_no_trace_of_it(cast: Cast) -> None:
    person, own, other = recused(cast)
    client = logged_in(person)
    page = client.get(f"{PAGE}?tab=asked")
    assert [tab["count"] for tab in page.context["parts"]] == [1, 0, 0, 0]
    assert (page.context["rows"], page.context["requests"], page.context["causes"]) == ([], [], [])
    assert client.get(f"{PAGE}?tab=all").context["total"] == 1
    for address in (f"{PAGE}{own.pk}/", f"{PAGE}999999/"):
        assert client.get(address).status_code == 404
    assert client.post(f"{PAGE}{own.pk}/whole/", {"purpose": "inspect"}).status_code == 404
    assert client.post(f"{PAGE}discards/{own.discard_id}/", {"decision": "approve"}).status_code == 404
    assert client.post(f"{PAGE}discards/", {"row": [own.pk], "reason": REASON}).status_code == 400
    text = client.get(f"{PAGE}sheet/?tab=all&source=manual&kind=transactions&form=csv").getvalue().decode()
    assert own.identity not in text and other.identity in text
    assert own.refresh_from_db() is None and own.state == "rejected"
    menu = {item["url"]: item["count"] for section in page.context["menu"] for item in section["items"]}
    assert menu[PAGE] == 1


@pytest.mark.parametrize("role", Role.values)
def test_other_roles_reach_no_row_sheet_or_request(cast: Cast, role: str) -> None:
    row, asked = (
        make_refused(),
        Discard.objects.create(reason=REASON, rows_count=0, asked_by=make_user(Role.SUPERVISOR, cast.first), asked_at=timezone.now()),
    )
    client = logged_in(cast.of[role])
    reading = [PAGE, f"{PAGE}{row.pk}/"]
    statuses = {client.get(address).status_code for address in reading}
    statuses.add(client.post(f"{PAGE}{row.pk}/whole/", {"purpose": "inspect"}).status_code)
    statuses.add(client.post(f"{PAGE}discards/{asked.pk}/", {"decision": "refuse", "note": "请先核对来源"}).status_code)
    assert statuses == ({200, 302} if role in LOOKING else {403})
    sheet = client.get(f"{PAGE}sheet/?source=manual&kind=transactions&form=csv").status_code
    assert sheet == (200 if role in (Role.SYSTEM_ADMIN, Role.SUPERVISOR) else 403)


def test_a_discard_is_asked_for_by_one_and_approved_by_another(cast: Cast, admin: Client) -> None:
    rows = [make_refused() for _number in range(3)]
    answer = admin.post(
        f"{PAGE}discards/", {"row": [rows[0].pk, rows[1].pk], "scope": "rows", "reason": REASON, "query": "tab=open"}, follow=True
    )
    assert [tab["count"] for tab in answer.context["parts"]] == [1, 2, 0, 0]
    request = answer.context["requests"][0]
    assert (request["rows"], request["own"]) == (2, True) and REASON in answer.content.decode()
    refused = admin.post(request["decide_url"], {"decision": "approve"})
    assert refused.status_code == 403
    inspector = logged_in(cast.of[Role.DISCIPLINE])
    done = inspector.post(request["decide_url"], {"decision": "approve"}, follow=True)
    assert [tab["count"] for tab in done.context["parts"]] == [1, 0, 0, 2]
    assert cast.of[Role.SYSTEM_ADMIN].name in inspector.get(f"{PAGE}?tab=settled&state=discarded").context["rows"][0]["outcome"]
    late = logged_in(cast.supervisor).post(request["decide_url"], {"decision": "refuse", "note": "请先核对来源"})
    assert late.status_code == 409 and cast.of[Role.DISCIPLINE].name in late.content.decode()


def test_all_rows_of_the_filter_are_asked_for_and_no_other(admin: Client, cast: Cast) -> None:
    in_every_part(cast)
    admin.post(f"{PAGE}discards/", {"scope": "all", "reason": REASON, "query": "tab=open&reason=bad_points&age=7"})
    made = Discard.objects.latest("id")
    assert made.rows_count == 2 == made.rows.count()
    assert all(row.reason == "bad_points" and row.first_seen_at < timezone.now() - timedelta(days=7) for row in made.rows.all())


def test_what_was_typed_comes_back_with_the_reason_why_it_was_not_written(admin: Client) -> None:
    row = make_refused()
    answer = admin.post(f"{PAGE}discards/", {"row": [row.pk], "scope": "rows", "reason": "四个字", "query": "tab=open&reason=bad_points"})
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "四个字" in text and "data-open" in text and 'role="alert"' in text
    assert answer.context["typed"]["rows"] == [row.pk] and answer.context["clear_url"]


def test_a_refusal_without_a_note_keeps_what_was_typed(cast: Cast, admin: Client) -> None:
    asked = Discard.objects.create(reason=REASON, rows_count=1, asked_by=cast.supervisor, asked_at=timezone.now())
    make_refused(discard=asked)
    answer = admin.post(f"{PAGE}discards/{asked.pk}/", {"decision": "refuse", "note": "不行"})
    assert answer.status_code == 400 and 'value="不行"' in answer.content.decode()
    assert admin.post(f"{PAGE}discards/{asked.pk}/", {"decision": "perhaps"}).status_code == 400


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.services
def test_a_sheet_is_of_one_source_and_kind_and_its_export_is_written_down(admin: Client, cast: Cast) -> None:
    make_refused()
    make_refused(source="vms")
    assert admin.get(f"{PAGE}sheet/?form=csv").status_code == 400
    assert admin.get(f"{PAGE}sheet/?source=vms&kind=transactions&form=pdf").status_code == 400
    answer = admin.get(f"{PAGE}sheet/?source=vms&kind=transactions&form=xlsx")
    assert answer["Content-Disposition"].startswith('attachment; filename="transactions-vms-')
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.getvalue()))
    assert len(book.get_sheet_by_index(0).to_python()) == 2
    assert any(cast.of[Role.SYSTEM_ADMIN].name in cell for line in book.get_sheet_by_index(1).to_python() for cell in line)
    content = admin.get(f"{PAGE}sheet/?source=manual&kind=transactions&form=csv").getvalue()
    assert content.startswith(b"\xef\xbb\xbf") and len(rows_of(content)) == 1
    entries = AuditEntry.objects.filter(action="quarantine.exported").order_by("id").values_list("target", "detail__rows", "detail__form")
    assert list(entries) == [("vms:transactions", 1, "xlsx"), ("manual:transactions", 1, "csv")]
